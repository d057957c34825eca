//! The JSON that scripts rely on: see "The contract" in the design.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::ser::Formatter;

use super::{Kept, harmless, why};
use crate::desk::facts::GuestFacts;
use crate::desk::record::{
    ChatRecord, Choice, FaqQuery, FaqVerdict, LeftMessage, LineKind, LineRecord, Outcome, Rating, Speaker, StageName,
    Thumb,
};
use crate::desk::wording::Language;

/// Writes chats as an array, on one line.
///
/// # Errors
/// What `out` says.
pub fn chats(out: &mut impl Write, chats: &[ChatRecord]) -> io::Result<()> {
    write(out, &chats.iter().map(Chat::of).collect::<Vec<_>>())
}

/// Writes a chat with its lines, choices and rating as `{chat, tags, lines, choices, rating}`, on one line.
///
/// # Errors
/// What `out` says.
pub fn transcript(
    out: &mut impl Write,
    chat: &ChatRecord,
    lines: &[LineRecord],
    choices: &[Choice],
    rating: Option<&Rating>,
) -> io::Result<()> {
    let lines = lines.iter().map(Line::of).collect();
    let (tags, rating) = (chat.standing.ruling.tags.as_slice(), rating.map(KeptRating::of));
    write(out, &Transcript { chat: Chat::of(chat), tags, lines, choices: why::told(choices), rating })
}

/// Writes all that is kept of chats as `{chats: [{chat, lines, choices, guest, message, rating,
/// faq_queries}]}`, on one line.
///
/// # Errors
/// What `out` says.
pub fn export(out: &mut impl Write, chats: &[Kept]) -> io::Result<()> {
    write(out, &Export { chats: chats.iter().map(KeptTranscript::of).collect() })
}

/// Writes one line of a chat as `{chat, seq, at, …}`, on a line of its own.
///
/// # Errors
/// What `out` says.
pub fn line(out: &mut impl Write, line: &LineRecord) -> io::Result<()> {
    write(out, &ChatLine { chat: line.chat.0, line: Line::of(line) })
}

/// Writes any value on one line, with everything escaped that a terminal would obey.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless))?;
    writeln!(out)
}

#[derive(Serialize)]
struct Transcript<'a> {
    chat: Chat<'a>,
    tags: &'a [String],
    lines: Vec<Line<'a>>,
    choices: Vec<why::Told<'a>>,
    rating: Option<KeptRating<'a>>,
}

#[derive(Serialize)]
struct Export<'a> {
    chats: Vec<KeptTranscript<'a>>,
}

#[derive(Serialize)]
struct KeptTranscript<'a> {
    chat: KeptChat<'a>,
    lines: Vec<KeptLine<'a>>,
    choices: Vec<why::Told<'a>>,
    guest: Option<&'a GuestFacts>,
    message: Option<KeptMessage<'a>>,
    rating: Option<KeptRating<'a>>,
    faq_queries: Vec<KeptQuery<'a>>,
}

impl<'a> KeptTranscript<'a> {
    fn of(kept: &'a Kept) -> Self {
        let chat = &kept.chat;
        Self {
            chat: KeptChat {
                chat: Chat::of(chat),
                language: chat.language,
                password: chat.password.as_deref(),
                tags: &chat.standing.ruling.tags,
            },
            lines: kept.lines.iter().map(KeptLine::of).collect(),
            choices: why::told(&kept.choices),
            guest: kept.facts.as_ref(),
            message: kept.message.as_ref().map(KeptMessage::of),
            rating: kept.rating.as_ref().map(KeptRating::of),
            faq_queries: kept.faq_queries.iter().map(KeptQuery::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct KeptRating<'a> {
    at: String,
    thumb: Thumb,
    words: &'a str,
}

impl<'a> KeptRating<'a> {
    fn of(rating: &'a Rating) -> Self {
        Self { at: rfc3339(rating.at), thumb: rating.thumb, words: &rating.words }
    }
}

#[derive(Serialize)]
struct KeptMessage<'a> {
    at: String,
    queue: &'a str,
    guest: &'a str,
    body: &'a str,
    told: Vec<&'a str>,
}

impl<'a> KeptMessage<'a> {
    fn of(message: &'a LeftMessage) -> Self {
        Self {
            at: rfc3339(message.at),
            queue: &message.queue.0,
            guest: message.guest.as_str(),
            body: &message.body,
            told: message.told.iter().map(|jid| jid.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
struct KeptQuery<'a> {
    at: String,
    words: &'a str,
    verdict: FaqVerdict,
    entry: Option<&'a str>,
}

impl<'a> KeptQuery<'a> {
    fn of(query: &'a FaqQuery) -> Self {
        Self { at: rfc3339(query.at), words: &query.words, verdict: query.verdict, entry: query.entry.as_deref() }
    }
}

#[derive(Serialize)]
struct KeptChat<'a> {
    #[serde(flatten)]
    chat: Chat<'a>,
    language: Language,
    password: Option<&'a str>,
    tags: &'a [String],
}

#[derive(Serialize)]
struct KeptLine<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    message_id: Option<&'a str>,
}

impl<'a> KeptLine<'a> {
    fn of(line: &'a LineRecord) -> Self {
        Self { line: Line::of(line), message_id: line.message_id.as_ref().map(|id| &*id.0) }
    }
}

#[derive(Serialize)]
struct ChatLine<'a> {
    chat: i64,
    #[serde(flatten)]
    line: Line<'a>,
}

/// A chat in JSON.
#[derive(Serialize)]
pub(super) struct Chat<'a> {
    id: i64,
    room: String,
    guest: String,
    queue: &'a str,
    stage: StageName,
    operator: Option<String>,
    opened_at: String,
    closed_at: Option<String>,
    outcome: Option<Outcome>,
}

impl<'a> Chat<'a> {
    pub(super) fn of(chat: &'a ChatRecord) -> Self {
        let (outcome, closed_at) = super::ending(chat);
        Self {
            id: chat.id.0,
            room: chat.room.to_string(),
            guest: chat.guest.to_string(),
            queue: &chat.queue.0,
            stage: super::stage(chat),
            operator: chat.operator.as_ref().map(ToString::to_string),
            opened_at: rfc3339(chat.opened_at),
            closed_at: closed_at.map(rfc3339),
            outcome,
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    at: String,
    kind: LineKind,
    speaker: Speaker,
    nick: Option<&'a str>,
    jid: Option<&'a str>,
    stanza_id: Option<&'a str>,
    body: &'a str,
    joined_as: Option<&'a str>,
    corrects: Option<&'a str>,
    retracts: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(line: &'a LineRecord) -> Self {
        Self {
            seq: line.seq,
            at: rfc3339(line.at),
            kind: line.kind,
            speaker: line.speaker,
            nick: line.nick.as_deref(),
            jid: line.jid.as_deref(),
            stanza_id: line.stanza_id.as_ref().map(|id| &*id.0),
            body: &line.body,
            joined_as: line.joined_as.as_deref(),
            corrects: line.corrects.as_deref(),
            retracts: line.retracts.as_deref(),
        }
    }
}

/// A time as in all JSON of ours.
pub(super) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Compact JSON. JSON itself demands an escape for C0 only; C1 and the bidirectional overrides would reach the
/// terminal.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for part in fragment.split_inclusive(harmless::is_hostile) {
            out.write_all(part.trim_end_matches(harmless::is_hostile).as_bytes())?;
            for hostile in part.chars().filter(|character| harmless::is_hostile(*character)) {
                write!(out, "\\u{:04x}", u32::from(hostile))?;
            }
        }
        Ok(())
    }
}
