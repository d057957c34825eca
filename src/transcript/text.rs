//! Chats and transcripts for a terminal.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};

use super::{Kept, harmless, rated};
use crate::desk::record::{ChatRecord, LineKind, LineRecord, Rating};

/// Whether the reader's terminal shows more than letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Letters only.
    Plain,
    /// Bold and dim as well.
    Styled,
}

/// Writes a table of chats.
///
/// # Errors
/// What `out` says.
pub fn chats(out: &mut impl Write, chats: &[ChatRecord], look: Look) -> io::Result<()> {
    const HEADINGS: [&str; 8] = ["CHAT", "STAGE", "OUTCOME", "QUEUE", "OPENED (UTC)", "OPERATOR", "GUEST", "ROOM"];
    let headings = HEADINGS.map(str::to_owned);
    let rows: Vec<_> = chats.iter().map(row).collect();
    let widths = widths(rows.iter().chain([&headings]));
    let heading = aligned(&headings, &widths);
    writeln!(out, "{}", look.bold(&heading))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", aligned(row, &widths)))
}

/// Writes one chat with its lines. A line begins with its time and its speaker, which nobody in the room can forge;
/// further lines of the same words are indented.
///
/// # Errors
/// What `out` says.
pub fn transcript(
    out: &mut impl Write,
    chat: &ChatRecord,
    lines: &[LineRecord],
    rating: Option<&Rating>,
    look: Look,
) -> io::Result<()> {
    head(out, chat, look)?;
    self::lines(out, lines, &mut None, look)?;
    let Some(rating) = rating else { return Ok(()) };
    writeln!(out, "{}", look.bold(&format!("the guest's rating: {}", rated(rating))))
}

/// Writes several chats with their lines, one after the other.
///
/// # Errors
/// What `out` says.
pub fn transcripts(out: &mut impl Write, chats: &[Kept], look: Look) -> io::Result<()> {
    for (index, Kept { chat, lines, rating, .. }) in chats.iter().enumerate() {
        if index > 0 {
            writeln!(out, "\n")?;
        }
        transcript(out, chat, lines, rating.as_ref(), look)?;
    }
    Ok(())
}

/// Writes lines, with a heading where a day begins that is not `day`; `day` becomes the last line's.
///
/// # Errors
/// What `out` says.
pub fn lines(out: &mut impl Write, lines: &[LineRecord], day: &mut Option<NaiveDate>, look: Look) -> io::Result<()> {
    for line in lines {
        date(out, day, line.at, look)?;
        write_line(out, line, look)?;
    }
    Ok(())
}

impl Look {
    /// For what matters most.
    pub(crate) fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    /// For what matters least.
    pub(crate) fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    /// With an attribute of ECMA-48, 8.3.117 (SGR).
    fn styled(self, attribute: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Styled => format!("\u{1b}[{attribute}m{text}\u{1b}[0m"),
        }
    }
}

fn row(chat: &ChatRecord) -> [String; 8] {
    let (outcome, _) = super::ending(chat);
    [
        chat.id.to_string(),
        super::word(super::stage(chat)),
        outcome.map_or("-".to_owned(), super::word),
        harmless::one_line(&chat.queue.0),
        chat.opened_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        chat.operator.as_ref().map_or("-".to_owned(), |jid| harmless::one_line(jid.as_str())),
        harmless::one_line(chat.guest.as_str()),
        harmless::one_line(chat.room.bare().as_str()),
    ]
}

fn widths<'a>(rows: impl Iterator<Item = &'a [String; 8]>) -> [usize; 8] {
    let mut widths = [0; 8];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    widths
}

fn aligned(row: &[String; 8], widths: &[usize; 8]) -> String {
    let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    cells.join("  ").trim_end().to_owned()
}

/// Writes what is known of a chat, before its lines.
///
/// # Errors
/// What `out` says.
pub fn head(out: &mut impl Write, chat: &ChatRecord, look: Look) -> io::Result<()> {
    let (outcome, closed_at) = super::ending(chat);
    let outcome = outcome.map(|outcome| format!(", {}", super::word(outcome))).unwrap_or_default();
    let title = format!("Chat {}: {}{outcome}", chat.id, super::word(super::stage(chat)));
    writeln!(out, "{}", look.bold(&title))?;
    writeln!(out, "  queue     {}", harmless::one_line(&chat.queue.0))?;
    writeln!(out, "  guest     {}", harmless::one_line(chat.guest.as_str()))?;
    if let Some(operator) = &chat.operator {
        writeln!(out, "  operator  {}", harmless::one_line(operator.as_str()))?;
    }
    writeln!(out, "  room      {}", harmless::one_line(chat.room.bare().as_str()))?;
    writeln!(out, "  opened    {}", utc(chat.opened_at))?;
    closed_at.map_or(Ok(()), |at| writeln!(out, "  closed    {}", utc(at)))
}

fn utc(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

/// A heading where a new day begins.
pub(super) fn date(out: &mut impl Write, day: &mut Option<NaiveDate>, at: DateTime<Utc>, look: Look) -> io::Result<()> {
    if day.replace(at.date_naive()) == Some(at.date_naive()) {
        return Ok(());
    }
    writeln!(out, "\n{}", look.dim(&at.format("%Y-%m-%d, times in UTC").to_string()))
}

fn write_line(out: &mut impl Write, line: &LineRecord, look: Look) -> io::Result<()> {
    const INDENT: &str = "                    ";
    let margin = format!("{}  {:<8}", line.at.format("%H:%M:%S"), super::word(line.speaker));
    let mut words = words(line, look).into_iter();
    writeln!(out, "{}  {}", look.dim(&margin), words.next().unwrap_or_default())?;
    words.try_for_each(|more| writeln!(out, "{INDENT}{more}"))
}

/// Somebody's words begin with `<nick>`, what happened begins with `*`, so that neither can be taken for the other.
fn words(line: &LineRecord, look: Look) -> Vec<String> {
    let remarks: String = super::remarks(line).into_iter().map(|remark| format!(" [{remark}]")).collect();
    let mut body = harmless::lines(&line.body);
    let first = body.next().unwrap_or_default();
    let first = match super::occurrence(line) {
        None => format!("{}{remarks} {first}", look.bold(&format!("<{}>", super::who(line)))),
        Some(what) if line.kind == LineKind::Gap => look.bold(&happened(&what, &remarks, &first)),
        Some(what) => look.dim(&happened(&what, &remarks, &first)),
    };
    [first.trim_end().to_owned()].into_iter().chain(body).collect()
}

fn happened(what: &str, remarks: &str, body: &str) -> String {
    let colon = if body.is_empty() { "" } else { ": " };
    format!("* {what}{remarks}{colon}{body}")
}
