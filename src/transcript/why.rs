//! Why a chat went where it went: each choice, who or what it fell on, and why not on others.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::harmless::one_line;
use super::json;
use super::text::{self, Look};
use crate::desk::record::{self, ChatRecord, Choice, ChoiceKind, RuleReason, Skipped};
use crate::desk::wording::duty;

/// Writes the choices for people, each on a line: `09:14:05  offered to Bob (his turn is longest ago). Not Alice: away.`
///
/// # Errors
/// What `out` says.
pub fn text(out: &mut impl Write, chat: &ChatRecord, choices: &[Choice], look: Look) -> io::Result<()> {
    text::head(out, chat, look)?;
    if choices.is_empty() {
        return writeln!(out, "\nNo choice is recorded for this chat.");
    }
    let mut day = None;
    for choice in choices {
        text::date(out, &mut day, choice.at, look)?;
        let time = choice.at.format("%H:%M:%S").to_string();
        let (first, others) = (chosen(choice), passed_over(choice));
        writeln!(out, "{}  {first}{}", look.dim(&time), look.dim(&others))?;
    }
    Ok(())
}

/// Writes `{chat, tags, choices}`, on one line.
///
/// # Errors
/// What `out` says.
pub fn json(out: &mut impl Write, chat: &ChatRecord, choices: &[Choice]) -> io::Result<()> {
    json::write(out, &Why { chat: json::Chat::of(chat), tags: &chat.standing.ruling.tags, choices: told(choices) })
}

/// Choices as they stand in JSON.
pub(super) fn told(choices: &[Choice]) -> Vec<Told<'_>> {
    choices.iter().map(Told::of).collect()
}

#[derive(Serialize)]
struct Why<'a> {
    chat: json::Chat<'a>,
    tags: &'a [String],
    choices: Vec<Told<'a>>,
}

/// A choice in JSON.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    at: String,
    kind: ChoiceKind,
    queue: &'a str,
    chosen: &'a [Arc<str>],
    because: &'a str,
    #[serde(flatten)]
    others: Cow<'a, record::Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a RuleReason>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failed: &'a [RuleReason],
}

impl<'a> Told<'a> {
    fn of(choice: &'a Choice) -> Self {
        let Choice { chat: _, at, kind, queue, chosen, because, others, rule, failed } = choice;
        let (at, kind, rule) = (json::rfc3339(*at), *kind, rule.as_ref());
        Self { at, kind, queue, chosen, because, others: others.told(), rule, failed }
    }
}

/// "offered to Bob (round-robin: his turn is longest ago)."
fn chosen(choice: &Choice) -> String {
    let because = one_line(choice.because.trim_end_matches('.'));
    let because = if because.is_empty() { because } else { format!(" ({because})") };
    format!("{}{because}.", outcome(choice))
}

fn outcome(choice: &Choice) -> String {
    let queue = one_line(&choice.queue);
    let whom = listed(choice.chosen.iter().map(|name| &**name));
    let toward = |words: &str| if whom.is_empty() { words.to_owned() } else { format!("{words} {whom}") };
    match choice.kind {
        ChoiceKind::Queued => format!("came to the queue {queue}"),
        ChoiceKind::Ruled => format!("rules send it to the queue {queue}"),
        ChoiceKind::Refused => "refused".to_owned(),
        ChoiceKind::Offered => toward("offered to"),
        ChoiceKind::Nobody => format!("nobody in the queue {queue} can take it"),
        ChoiceKind::Taken => toward("taken by"),
        ChoiceKind::Revoked => toward("taken back from"),
        ChoiceKind::Transferred => toward("transferred to"),
        ChoiceKind::Overflowed => toward("overflowed to the queue"),
        ChoiceKind::Escalated => toward("escalated to"),
    }
}

/// " Not Alice: 3 of 3 chats. Not Carol, Dave: away. 12 more: 10 offline, 2 full."
fn passed_over(choice: &Choice) -> String {
    let mut told = String::new();
    let mut reasons: Vec<&str> = Vec::new();
    let passed = choice.others.told();
    for Skipped { why, .. } in &passed.skipped {
        if !reasons.contains(&&**why) {
            reasons.push(why);
            let whom = passed.skipped.iter().filter(|other| other.why == *why);
            let whom = listed(whom.map(|skipped| &*skipped.operator));
            told.push_str(&format!(" Not {whom}: {}.", one_line(why)));
        }
    }
    told.push_str(&others(&passed.more));
    for rule in &choice.failed {
        told.push_str(&format!(" {}", one_line(&duty::rule_failed(rule))));
    }
    told
}

fn others(more: &[(Arc<str>, u32)]) -> String {
    if more.is_empty() {
        return String::new();
    }
    let number: u64 = more.iter().map(|(_, number)| u64::from(*number)).sum();
    let reasons: Vec<String> = more.iter().map(|(why, number)| counted(*number, &one_line(why))).collect();
    format!(" {number} more: {}.", reasons.join(", "))
}

/// "10 offline", "2 × 3 of 3 chats"
fn counted(number: u32, why: &str) -> String {
    let times = if why.starts_with(|first: char| first.is_ascii_digit()) { " ×" } else { "" };
    format!("{number}{times} {why}")
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(one_line).collect::<Vec<_>>().join(", ")
}
