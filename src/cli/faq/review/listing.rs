//! What waits to be reviewed, for people and programs.

use std::io::{self, Write};

use chrono::SecondsFormat;
use serde::Serialize;

use super::waiting::Waiting;
use crate::desk::record::FaqLesson;
use crate::transcript::harmless::one_line;
use crate::transcript::json;
use crate::transcript::text::Look;

/// So much of an answer stands in the list, in characters.
const ANSWER_SHOWN: usize = 100;

/// A list, and what to do next.
pub(super) fn text(out: &mut impl Write, waiting: &[Waiting], look: Look) -> io::Result<()> {
    if waiting.is_empty() {
        return writeln!(out, "Nothing waits. `!learn` in a chat proposes an entry, `?? 2` an alias.");
    }
    for one in waiting {
        head(out, one, look)?;
        if let FaqLesson::Entry { answer, .. } = &one.proposal.lesson {
            let flat = answer.split_whitespace().collect::<Vec<_>>().join(" ");
            let short: String = flat.chars().take(ANSWER_SHOWN).collect();
            let more = if flat.chars().nth(ANSWER_SHOWN).is_some() { "…" } else { "" };
            writeln!(out, "      {}{more}", one_line(&short))?;
        }
    }
    writeln!(
        out,
        "\n`frontdesk faq review accept ID` or `reject ID`; at a terminal `frontdesk faq review` asks about each."
    )
}

/// One with all its words.
pub(super) fn whole(out: &mut impl Write, one: &Waiting, look: Look) -> io::Result<()> {
    head(out, one, look)?;
    if let FaqLesson::Entry { answer, .. } = &one.proposal.lesson {
        for line in answer.lines() {
            writeln!(out, "      {}", one_line(line))?;
        }
    }
    Ok(())
}

fn head(out: &mut impl Write, one: &Waiting, look: Look) -> io::Result<()> {
    let id = one.ids.first().copied().unwrap_or_default();
    let what = match &one.proposal.lesson {
        FaqLesson::Entry { by, .. } => format!("new entry, proposed by {by}"),
        FaqLesson::Alias { entry } => format!("alias for `{}`, picked {}", one_line(entry), times(one.ids.len())),
    };
    let chats: Vec<String> = one.chats.iter().map(ToString::to_string).collect();
    let place = if chats.is_empty() { String::new() } else { format!(", chat {}", chats.join(", ")) };
    let about = format!("{what}{place}, {}", one.at.format("%Y-%m-%d"));
    writeln!(out, "{id:>4}  {}\n      {}", look.dim(&about), look.bold(&one_line(&one.proposal.question)))
}

fn times(number: usize) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

/// An array, on one line.
pub(super) fn json(out: &mut impl Write, waiting: &[Waiting]) -> io::Result<()> {
    json::write(out, &waiting.iter().map(Row::of).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Row<'a> {
    id: i64,
    kind: &'a str,
    question: &'a str,
    language: &'a str,
    /// Of a new entry.
    answer: Option<&'a str>,
    operator: Option<&'a str>,
    /// Of an alias.
    entry: Option<&'a str>,
    count: usize,
    chats: Vec<i64>,
    at: String,
}

impl<'a> Row<'a> {
    fn of(one: &'a Waiting) -> Self {
        let (kind, answer, operator, entry) = match &one.proposal.lesson {
            FaqLesson::Entry { answer, by } => ("entry", Some(answer.as_str()), Some(by.as_str()), None),
            FaqLesson::Alias { entry } => ("alias", None, None, Some(entry.as_str())),
        };
        Self {
            id: one.ids.first().copied().unwrap_or_default(),
            kind,
            question: &one.proposal.question,
            language: one.proposal.language.tag(),
            answer,
            operator,
            entry,
            count: one.ids.len(),
            chats: one.chats.iter().map(|chat| chat.0).collect(),
            at: one.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}
