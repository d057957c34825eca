//! A chat as it is stored: how far it has come, and what a restart must not forget of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use jid::{BareJid, FullJid};
use serde::Serialize;

use crate::desk::ids::{ChatId, QueueName, RoomJid, StanzaId};
use crate::desk::wording::Language;

/// A chat as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRecord {
    /// The chat's number.
    pub id: ChatId,
    /// Where it takes place.
    pub room: RoomJid,
    /// The guest's latest address; the occupant JID where the real one is invisible.
    pub guest: FullJid,
    /// The queue it waits or waited in.
    pub queue: QueueName,
    /// How far it has come.
    pub stage: StageName,
    /// Who has the offer or serves, or served last.
    pub operator: Option<BareJid>,
    /// When the invitation came.
    pub opened_at: DateTime<Utc>,
    /// When the present stage began.
    pub stage_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// How it ended; while closing: how it is about to end.
    pub outcome: Option<Outcome>,
    /// The room's password, where it has one that we know.
    pub password: Option<String>,
    /// The guest's language.
    pub language: Language,
    /// The unguessable first part of the ids of what we send about this chat.
    pub tag: String,
    /// The room's id of the line up to which the record is known to be complete.
    pub anchor: Option<StanzaId>,
    /// Where lines may be missing of which nobody knows yet, in the room's order.
    pub holes: Vec<Hole>,
    /// What has been promised or done once and must not be done again.
    pub marks: Marks,
    /// What routing needs to know of it.
    pub standing: Standing,
    /// The guest's direct chat with the desk, where they have written to it.
    pub direct: Option<DirectRecord>,
}

/// A guest's direct chat with the desk, beside the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectRecord {
    /// How far it has come.
    pub stage: DirectStage,
    /// The guest has all that stands in the record up to this place (see [`super::LineRecord::place`]), for certain.
    pub certain: i64,
}

/// How far a direct chat has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectStage {
    /// The guest's client is asked into the room.
    Calling,
    /// It has not come, or has gone: the words of the room are carried to the guest.
    Carrying,
    /// The guest is in the room, or was when they last gave a sign of themselves.
    Resting,
}

/// A chat's standing in its queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Served before those with less; among equals the oldest first.
    pub priority: i32,
    /// Since when the guest has waited in this queue; `None` once they heard from whoever serves them.
    pub waits_since: Option<DateTime<Utc>>,
    /// To whom it is offered, one by one or all at once. While somebody serves: to whom it is being transferred.
    pub offered_to: Vec<BareJid>,
    /// What its operator must know.
    pub skills: Vec<String>,
    /// Which language the guest speaks (BCP 47, primary part, lower case).
    pub language: Option<String>,
    /// Queues that it has overflowed from.
    pub left: Vec<QueueName>,
    /// It is being handed over to somebody of this queue.
    pub transfer_queue: Option<QueueName>,
    /// What is said to whoever it is handed over to.
    pub transfer_note: Option<String>,
    /// Who wants it handed over.
    pub transfer_by: Option<BareJid>,
    /// Colleagues who were asked into the room.
    pub invited: Vec<BareJid>,
    /// What a rule wants for it.
    pub ruling: Ruling,
}

/// What a rule wants for a chat, beside its queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ruling {
    /// This priority, not its queue's.
    pub priority: Option<i32>,
    /// Its operator must know this, beside what its queue asks for.
    pub skills: BTreeSet<String>,
    /// It is offered to them first, if they can take it.
    pub operator: Option<BareJid>,
    /// What is noted on it.
    pub tags: Vec<String>,
}

/// Facts of a chat that a restart must not forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// The guest was greeted.
    pub greeted: bool,
    /// We were in the room at least once.
    pub entered: bool,
    /// A guest was in the room while we were.
    pub came: bool,
    /// An operator said something in the room.
    pub answered: bool,
    /// Every line so far had an id that its room vouched for, so that the room's history can be told from what we have.
    pub vouched: bool,
    /// Only people who were told the password can enter.
    pub closed_door: bool,
    /// Whoever serves it has said something since they took it.
    pub replied: bool,
    /// It came while its queue took nobody.
    pub after_hours: bool,
    /// The supervisors were told that it waits.
    pub escalated: bool,
    /// The guest was told that they may leave a message.
    pub message_asked: bool,
    /// Everybody but the desk was lowered to member, and the room confirmed it.
    pub lowered: bool,
    /// The rules were asked.
    pub ruled: bool,
    /// The desk opened the room itself.
    pub ours: bool,
    /// How many messages were sent under the chat's tag.
    pub sent: u32,
}

/// Something that was perhaps said in the room, and is not in the record: nobody knows yet. It is filled from the room's
/// archive or history, or becomes a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// Behind this place of the room's order.
    pub place: i64,
    /// When we last knew all that was said.
    pub since: DateTime<Utc>,
    /// When we were back.
    pub until: DateTime<Utc>,
}

/// How far a chat has come. `closing` is the short time between the decision and the closed room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum StageName {
    Joining,
    Waiting,
    Offered,
    Serving,
    Closing,
    Closed,
}

/// How a chat ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// An operator spoke.
    Answered,
    /// The guest left first.
    Abandoned,
    /// Nobody came, or the room was gone before we came.
    Missed,
    /// Limits, rights or rules forbade it.
    Refused,
    /// The server lost the room.
    Lost,
}
