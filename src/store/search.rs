//! Finding what was said.

use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::words::Stored;
use super::{Reader, StoreError, rows};
use crate::desk::ids::ChatId;
use crate::desk::record::Speaker;

/// How many words a search may have.
pub const WORDS_MAX: usize = 32;

/// What stands before and behind a word that was found, in what SQLite returns. No client can send these (XML 1.0,
/// 2.2); where a line has them nevertheless, the wrong part of it is shown as found.
const BEFORE: char = '\u{2}';
const BEHIND: char = '\u{3}';

/// A line in which all the words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The chat.
    pub chat: ChatId,
    /// The line, in the order of recording.
    pub seq: i64,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// Who said it.
    pub speaker: Speaker,
    /// Their nick at that time.
    pub nick: Option<String>,
    /// A part of the line, around the words.
    pub snippet: Vec<Piece>,
}

/// A part of a snippet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text, as it was said.
    pub text: String,
    /// It is one of the words.
    pub hit: bool,
}

impl Reader {
    /// The lines that were said with all these words in them (at most [`WORDS_MAX`]), the latest first. Case and
    /// accents make no difference, and no character means anything but itself.
    ///
    /// # Errors
    /// What the disk says.
    pub fn search(&self, words: &str, lines_max: u32) -> Result<Vec<Found>, StoreError> {
        let Some(query) = quoted(words) else { return Ok(Vec::new()) };
        let question = "SELECT line.chat, line.seq, line.at, line.speaker, line.nick,
                               snippet(words, 0, ?2, ?3, '…', 24) AS snippet
                        FROM words JOIN line ON line.id = words.rowid
                        WHERE words MATCH ?1 ORDER BY words.rowid DESC LIMIT ?4";
        rows::all(self.connection(), question, (query, BEFORE.to_string(), BEHIND.to_string(), lines_max), found)
    }
}

/// Each word as a string of FTS5's query language, in which only the quotation mark means something, and is doubled.
/// Strings side by side must all be there.
fn quoted(words: &str) -> Option<String> {
    let harmless = words.replace(char::is_control, " ");
    let strings: Vec<String> = harmless
        .split_whitespace()
        // A string without a letter or digit is no word: FTS5 would find nothing for it.
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(WORDS_MAX)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    (!strings.is_empty()).then(|| strings.join(" "))
}

fn found(row: &Row<'_>) -> Result<Found, StoreError> {
    let speaker: String = row.get("speaker")?;
    Ok(Found {
        chat: ChatId(row.get("chat")?),
        seq: row.get("seq")?,
        at: rows::time(row, "at")?,
        speaker: Speaker::from_word(&speaker).ok_or_else(|| StoreError::value("speaker"))?,
        nick: row.get("nick")?,
        snippet: pieces(&row.get::<_, String>("snippet")?),
    })
}

fn pieces(marked: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in marked.split(BEFORE) {
        let (hit, rest) = part.split_once(BEHIND).unwrap_or(("", part));
        pieces.extend([(hit, true), (rest, false)]);
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces.into_iter().map(|(text, hit)| Piece { text: text.to_owned(), hit }).collect()
}
