//! What the store gives back at a start.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jid::{BareJid, FullJid};

use super::{ChatRecord, Choice, LeftMessage, LineRecord, OperatorRecord};
use crate::desk::facts::GuestFacts;
use crate::desk::ids::{ChatId, QueueName, RoomJid, StanzaId};
use crate::desk::token::UsedToken;

/// What the store hands back at a start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// The chats that are not closed, by number.
    pub chats: Vec<RestoredChat>,
    /// The highest chat number ever used, 0 for a new database.
    pub last_chat: i64,
    /// What is known of operators, whether they are configured still or not.
    pub operators: Vec<OperatorRecord>,
    /// How long the guests of the latest answered chats (at most 500) waited until an operator accepted, the oldest
    /// chat first.
    pub waits: Vec<(QueueName, Duration)>,
    /// Who served the guests of the latest answered chats (at most 10,000), the oldest chat first.
    pub served: Vec<(FullJid, BareJid)>,
    /// The same for guests who proved who they are, by that id.
    pub served_ids: Vec<(String, BareJid)>,
    /// The ids of signed tokens that may not be over (at most 100,000, those that are over last).
    pub tokens: Vec<UsedToken>,
    /// Up to which message of our account's archive all was heard.
    pub inbox: Option<StanzaId>,
    /// Messages (at most 1,000, the latest) of the last seven days that were left, and perhaps not passed on to everybody.
    pub messages: Vec<LeftMessage>,
    /// Chats that ended at most [`super::ratings::AFTERWARDS`] before the one that ended last (at most
    /// [`super::ratings::ENDED_MAX`], the latest), the oldest first.
    pub ended: Vec<EndedChat>,
}

/// A chat that has ended, as far as it may still be rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedChat {
    /// Its number.
    pub chat: ChatId,
    /// Where it took place.
    pub room: RoomJid,
    /// The guest's latest address.
    pub guest: FullJid,
    /// The first part of the ids of what we said there, where only people who were told the password could hear it.
    pub tag: Option<String>,
    /// When it ended.
    pub at: DateTime<Utc>,
}

/// An open chat as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredChat {
    /// The chat's row.
    pub chat: ChatRecord,
    /// What is known about its guest.
    pub facts: Option<GuestFacts>,
    /// Its latest choices (at most 20), the oldest first.
    pub choices: Vec<Choice>,
    /// The highest `seq` used.
    pub last_seq: i64,
    /// The highest `place` used.
    pub last_place: i64,
    /// When something was last heard in its room, or a gap ended: all that was said before is known.
    pub last_line_at: Option<DateTime<Utc>>,
    /// Lines of kind `owed`, in order.
    pub owed: Vec<LineRecord>,
    /// What the guest said first (at most three lines of kind `said`), for the offer.
    pub first_words: Vec<String>,
    /// The ids that the room gave to the last lines (at most 2,000) with the lines' places, to know them again in its
    /// history and archive.
    pub known_ids: Vec<(StanzaId, i64)>,
    /// What was said last, with the gaps, in the room's order (at most 100 lines), to know it again in the history of a
    /// room that gives no ids.
    pub last_lines: Vec<LineRecord>,
}
