//! A line of a transcript.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::desk::ids::{ChatId, MessageId, Nick, StanzaId};

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
    pub nick: Option<Nick>,
    /// The real JID, where it is visible.
    pub jid: Option<String>,
    /// The room's id, where the room vouches for it.
    pub stanza_id: Option<StanzaId>,
    /// The sender's id of the message; for owed lines the id that we send it with.
    pub message_id: Option<MessageId>,
    /// The words.
    pub body: String,
    /// The nick under which the occupant entered the room. Of a guest's line without a nick, which they wrote to the desk
    /// directly: the desk's nick when it brought the words in.
    pub joined_as: Option<Nick>,
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
