//! What the desk wants remembered, in the desk's own words. The store writes these; the shell's commands read them.

use chrono::{DateTime, Utc};
use jid::{BareJid, FullJid};
use serde::Serialize;

use super::ids::{ChatId, MessageId, QueueName, RoomJid, StanzaId};
use super::wording::Language;

/// One thing to remember. All records of a turn are written in one transaction, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Insert the chat, or replace what is known of it.
    Chat(Box<ChatRecord>),
    /// Add a line to a chat's transcript. The pair (chat, seq) is new.
    Line(Box<LineRecord>),
    /// An owed line was heard in its room: its kind becomes `said`.
    Heard(Heard),
    /// Add to a named counter of the day (what came to nothing, quietly).
    Counted(Counter),
}

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
    /// What has been promised or done once and must not be done again.
    pub marks: Marks,
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
    /// How many messages were sent under the chat's tag.
    pub sent: u32,
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

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRecord {
    /// The chat it belongs to.
    pub chat: ChatId,
    /// The order of recording, from 1.
    pub seq: i64,
    /// The order in the room, with room for what is found later; `None` for an owed line that was not heard yet.
    pub place: Option<i64>,
    /// When it was said (the room's stamp for history, our clock otherwise).
    pub at: DateTime<Utc>,
    /// What kind of line.
    pub kind: LineKind,
    /// Who spoke or is spoken of.
    pub speaker: Speaker,
    /// The nick at that time.
    pub nick: Option<String>,
    /// The real JID, where it is visible.
    pub jid: Option<String>,
    /// The room's id, where the room vouches for it.
    pub stanza_id: Option<StanzaId>,
    /// The sender's id of the message; for owed lines the id that we send it with.
    pub message_id: Option<MessageId>,
    /// The words.
    pub body: String,
    /// The nick under which the occupant entered the room.
    pub joined_as: Option<String>,
    /// The message id that this line says it corrects (XEP-0308).
    pub corrects: Option<String>,
    /// The id that this line says it retracts (XEP-0424).
    pub retracts: Option<String>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum LineKind {
    Said,
    /// Decided and committed by the desk, not yet heard in the room.
    Owed,
    Joined,
    Left,
    Offered,
    Accepted,
    Declined,
    Lapsed,
    Revoked,
    Transferred,
    Note,
    System,
    /// From here on something may be missing; the body gives the bounds.
    Gap,
    Unreadable,
}

/// Who a line is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Speaker {
    Guest,
    Operator,
    Desk,
    Other,
}

/// The room has repeated what we owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The chat.
    pub chat: ChatId,
    /// The owed line.
    pub seq: i64,
    /// Its place in the room's order.
    pub place: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The room's id, where the room vouches for it.
    pub stanza_id: Option<StanzaId>,
}

/// Things that come to nothing, quietly, and are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// An invitation to a room that is not on `rooms.services`, or to no room at all.
    InvitationForeignRoom,
    /// An invitation by somebody outside `rooms.guests`.
    InvitationForeignGuest,
    /// An invitation by a configured operator, who is never a guest.
    InvitationByOperator,
    /// The same invitation again.
    InvitationRepeated,
    /// A subscription asked for by somebody who is no operator.
    SubscriptionRefused,
    /// A stranger's direct message that was left without an answer (limits).
    StrangerUnanswered,
    /// A stanza that makes no sense to the desk.
    StanzaIgnored,
}

impl Counter {
    /// The name in the store and in print.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvitationForeignRoom => "invitation_foreign_room",
            Self::InvitationForeignGuest => "invitation_foreign_guest",
            Self::InvitationByOperator => "invitation_by_operator",
            Self::InvitationRepeated => "invitation_repeated",
            Self::SubscriptionRefused => "subscription_refused",
            Self::StrangerUnanswered => "stranger_unanswered",
            Self::StanzaIgnored => "stanza_ignored",
        }
    }
}

/// What the store hands back at a start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// The chats that are not closed, by number.
    pub chats: Vec<RestoredChat>,
    /// The highest chat number ever used, 0 for a new database.
    pub last_chat: i64,
}

/// An open chat as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredChat {
    /// The chat's row.
    pub chat: ChatRecord,
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
