//! Chats for a spreadsheet: one row a line, under headings (RFC 4180).

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use csv::{Terminator, WriterBuilder};

use super::{Kept, harmless};
use crate::desk::record::{ChatRecord, LineRecord};

const HEADINGS: [&str; 23] = [
    "chat",
    "room",
    "guest",
    "queue",
    "stage",
    "operator",
    "opened_at",
    "closed_at",
    "outcome",
    "language",
    "password",
    "seq",
    "at",
    "kind",
    "speaker",
    "nick",
    "jid",
    "joined_as",
    "message_id",
    "stanza_id",
    "corrects",
    "retracts",
    "body",
];

/// Writes chats with their lines. A chat without lines has one row.
///
/// # Errors
/// What `out` says.
pub fn chats(out: &mut impl Write, chats: &[Kept]) -> io::Result<()> {
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    table.write_record(HEADINGS)?;
    for Kept { chat, lines, .. } in chats {
        let of_chat = chat_cells(chat);
        if lines.is_empty() {
            table.write_record(row(&of_chat, &Default::default()))?;
        }
        for line in lines {
            table.write_record(row(&of_chat, &line_cells(line)))?;
        }
    }
    table.flush()
}

fn row(chat: &[String; 11], line: &[String; 12]) -> Vec<String> {
    chat.iter().chain(line).map(|text| cell(text)).collect()
}

fn chat_cells(chat: &ChatRecord) -> [String; 11] {
    let (outcome, closed_at) = super::ending(chat);
    [
        chat.id.to_string(),
        chat.room.to_string(),
        chat.guest.to_string(),
        chat.queue.to_string(),
        super::word(super::stage(chat)),
        chat.operator.as_ref().map(ToString::to_string).unwrap_or_default(),
        time(chat.opened_at),
        closed_at.map(time).unwrap_or_default(),
        outcome.map(super::word).unwrap_or_default(),
        chat.language.tag().to_owned(),
        chat.password.clone().unwrap_or_default(),
    ]
}

fn line_cells(line: &LineRecord) -> [String; 12] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    [
        line.seq.to_string(),
        time(line.at),
        super::word(line.kind),
        super::word(line.speaker),
        text(line.nick.as_deref()),
        text(line.jid.as_deref()),
        text(line.joined_as.as_deref()),
        text(line.message_id.as_ref().map(|id| &*id.0)),
        text(line.stanza_id.as_ref().map(|id| &*id.0)),
        text(line.corrects.as_deref()),
        text(line.retracts.as_deref()),
        line.body.clone(),
    ]
}

/// A cell that no spreadsheet takes for a formula, and no terminal for a command. An apostrophe in front makes it text.
fn cell(text: &str) -> String {
    let harmless = harmless::lines(text).collect::<Vec<_>>().join("\n");
    if is_formula(text) { format!("'{harmless}") } else { harmless }
}

/// What spreadsheets evaluate begins so, also after spaces, and in the wide forms of East Asian keyboards.
fn is_formula(text: &str) -> bool {
    const BEGINNINGS: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    text.starts_with(BEGINNINGS) || text.trim_start().starts_with(BEGINNINGS)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
