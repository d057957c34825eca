//! A stored chat for people and programs: text, JSON, HTML, CSV.
//!
//! What guests wrote is data here, never layout: no renderer lets a line of theirs look like a line of the desk's.

pub mod csv;
pub(crate) mod harmless;
pub mod html;
pub mod json;
pub mod text;
pub mod why;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::desk::facts::GuestFacts;
use crate::desk::record::{
    ChatRecord, Choice, FaqQuery, LeftMessage, LineKind, LineRecord, Outcome, Rating, StageName, Thumb,
};

/// All that is kept of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The chat itself.
    pub chat: ChatRecord,
    /// Its lines, in the room's order.
    pub lines: Vec<LineRecord>,
    /// Why it went where it went, in the order of choosing.
    pub choices: Vec<Choice>,
    /// What was known about the guest.
    pub facts: Option<GuestFacts>,
    /// The message that the guest left.
    pub message: Option<LeftMessage>,
    /// What the guest thought of it.
    pub rating: Option<Rating>,
    /// What the FAQ was asked in its room, in the order of asking.
    pub faq_queries: Vec<FaqQuery>,
}

/// A rating in words, on one line.
fn rated(rating: &Rating) -> String {
    let thumb = match rating.thumb {
        Thumb::Up => "thumb up",
        Thumb::Down => "thumb down",
    };
    let words = harmless::one_line(&rating.words);
    if words.is_empty() { thumb.to_owned() } else { format!("{thumb}: {words}") }
}

/// The stage as others see it: the short while of closing is not theirs to know.
fn stage(chat: &ChatRecord) -> StageName {
    match (chat.stage, &chat.operator) {
        (StageName::Closing, Some(_)) => StageName::Serving,
        (StageName::Closing, None) => StageName::Waiting,
        (stage, _) => stage,
    }
}

/// How the chat ended and when, once it is closed; what is only intended is not told.
fn ending(chat: &ChatRecord) -> (Option<Outcome>, Option<DateTime<Utc>>) {
    match chat.stage {
        StageName::Closed => (chat.outcome, chat.closed_at),
        _ => (None, None),
    }
}

/// Who a line is from or about, for people: the nick, and the nick at the door where it was another.
fn who(line: &LineRecord) -> String {
    let name = line.nick.as_deref().or(line.jid.as_deref()).unwrap_or("somebody");
    match &line.joined_as {
        Some(first) if line.nick.as_ref().is_some_and(|nick| nick != first) => {
            harmless::one_line(&format!("{name} (joined as {first})"))
        }
        _ => harmless::one_line(name),
    }
}

/// What happened, in words, for lines that are not somebody's words.
fn occurrence(line: &LineRecord) -> Option<String> {
    let who = who(line);
    match line.kind {
        LineKind::Said | LineKind::Owed | LineKind::Unreadable => None,
        LineKind::Joined => Some(format!("{who} joined")),
        LineKind::Left => Some(format!("{who} left")),
        LineKind::Offered => Some(format!("offered to {who}")),
        LineKind::Accepted => Some(format!("{who} accepted")),
        LineKind::Declined => Some(format!("{who} declined")),
        LineKind::Lapsed => Some(format!("the offer to {who} lapsed")),
        LineKind::Revoked => Some(format!("the offer to {who} was revoked")),
        LineKind::Transferred => Some(format!("transferred to {who}")),
        LineKind::Note => Some(format!("note by {who}")),
        LineKind::System => Some("the room says".to_owned()),
        LineKind::Gap => Some("GAP: something may be missing here".to_owned()),
    }
}

/// What people must know about a line before they read its words.
fn remarks(line: &LineRecord) -> Vec<&'static str> {
    let owed = (line.kind == LineKind::Owed).then_some("not heard in the room yet");
    let unreadable = (line.kind == LineKind::Unreadable).then_some("cannot be read");
    let corrects = line.corrects.is_some().then_some("corrects an earlier line");
    let retracts = line.retracts.is_some().then_some("retracts an earlier line");
    [owed, unreadable, corrects, retracts].into_iter().flatten().collect()
}

/// The word for a stage, an outcome or a speaker: the one of the JSON.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
