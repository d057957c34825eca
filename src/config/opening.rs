//! When a queue takes guests: `hours` and `holidays`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;
use toml::{Spanned, Value};

use super::mistakes::Mistakes;
use super::shape::Given;
use crate::desk::hours::Hours;

const EXAMPLE: &str = "\"Mo-Fr 09:00-17:00; Sa 10:00-14:00\"";

/// What the notation of OpenStreetMap allows and a desk cannot know, and what to write instead.
const UNKNOWABLE: [(&str, &str, &str); 4] = [
    ("\"", "has a comment, which nobody would read", "write it after a `#`"),
    (
        r"\b(PH|SH)\b",
        "speaks of public or school holidays, which nobody has told the desk",
        "write the days under `holidays`, such as `holidays = [\"2026-12-25\"]`",
    ),
    (
        r"(?i)\b(dawn|sunrise|sunset|dusk)\b",
        "goes by the sun, which differs from place to place",
        "write times of the clock",
    ),
    (r"(?i)\bunknown\b", "says `unknown`, and the desk must know", "write `open` or `off`"),
];

static UNKNOWABLE_RULES: LazyLock<Vec<(Regex, &str, &str)>> = LazyLock::new(|| {
    let rule = |(pattern, what, advice): &(&str, &'static str, &'static str)| {
        Regex::new(pattern).ok().map(|found| (found, *what, *advice))
    };
    UNKNOWABLE.iter().filter_map(rule).collect()
});

/// Opening hours; `None` where there are none, or where they were noted as a mistake.
pub(super) fn hours(given: &Given<String>, mistakes: &mut Mistakes) -> Option<Hours> {
    let given = given.as_ref()?;
    let text = given.get_ref().trim();
    if text.is_empty() {
        // COMPAT: the parser takes two spaces for rules without a condition: always open.
        mistakes.note(
            given.span(),
            "`hours` is empty",
            format!("remove it, or write for instance `hours = {EXAMPLE}`"),
        );
        return None;
    }
    let unknowable = UNKNOWABLE_RULES.iter().find(|(found, ..)| found.is_match(text));
    if let Some((_, what, advice)) = unknowable {
        mistakes.note(given.span(), format!("`hours` {what}"), *advice);
        return None;
    }
    match text.parse() {
        Ok(hours) => Some(hours),
        Err(error) => {
            mistakes.note(given.span(), unreadable(text, &error), format!("write for instance `hours = {EXAMPLE}`"));
            None
        }
    }
}

/// The parser draws a picture of several lines for a slip of the pen, and writes one line for everything else.
fn unreadable(text: &str, error: &str) -> String {
    let column = error.trim_start().strip_prefix("--> 1:").and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
    match column {
        Some(column) => {
            let rest: String = text.chars().skip(column.saturating_sub(1)).collect();
            format!("{text:?} are no opening hours: {rest:?} cannot be understood")
        }
        None => format!("{text:?} are no opening hours: {}", error.lines().next().unwrap_or_default()),
    }
}

/// Days, as strings or as TOML's own dates.
pub(super) fn holidays(given: &Given<Vec<Spanned<Value>>>, mistakes: &mut Mistakes) -> BTreeSet<NaiveDate> {
    given.iter().flat_map(Spanned::get_ref).filter_map(|day| holiday(day, mistakes)).collect()
}

fn holiday(given: &Spanned<Value>, mistakes: &mut Mistakes) -> Option<NaiveDate> {
    let text = match given.get_ref() {
        Value::String(text) => text.clone(),
        Value::Datetime(written) => written.to_string(),
        _ => {
            let advice = "write for instance `holidays = [\"2026-12-25\"]`";
            mistakes.note(given.span(), "`holidays` holds something of the wrong type", advice);
            return None;
        }
    };
    let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
    if day.is_none() {
        mistakes.note(given.span(), format!("{text:?} is no day"), "write year, month and day, such as \"2026-12-25\"");
    }
    day
}
