//! Operators and guests: who was there, what they thought, what they left.

use chrono::{DateTime, Utc};
use jid::{BareJid, FullJid};
use serde::Serialize;

use crate::desk::ids::{ChatId, QueueName};
use crate::desk::operators::Availability;

/// What a restart must not forget of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRecord {
    /// Who.
    pub jid: BareJid,
    /// They said `!away`: until when, if they said so.
    pub away: Option<Away>,
    /// They said `!busy N`: no more than so many places.
    pub busy: Option<u32>,
    /// How many offers they let pass in a row.
    pub missed_offers: u32,
    /// Since when they get no more offers.
    pub benched_at: Option<DateTime<Utc>>,
    /// When their last chat ended.
    pub idle_since: Option<DateTime<Utc>>,
}

/// From then on the desk knew this of an operator's being there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRecord {
    /// Who.
    pub jid: BareJid,
    /// Since when.
    pub at: DateTime<Utc>,
    /// What.
    pub attendance: Attendance,
}

/// Whether an operator is there to take chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// What their clients show.
    pub shows: Availability,
    /// They said `!away`.
    pub away: bool,
    /// They said `!busy N`: no more than so many places.
    pub busy: Option<u32>,
    /// They get no offers because they missed too many.
    pub benched: bool,
}

/// `!away`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// Until they say `!available`.
    UntilBack,
    /// Until then.
    Until(DateTime<Utc>),
}

/// What a guest thought of their chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Which chat.
    pub chat: ChatId,
    /// When they said so.
    pub at: DateTime<Utc>,
    /// Up or down.
    pub thumb: Thumb,
    /// A few words, perhaps none.
    pub words: String,
}

/// Whether the guest was helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Thumb {
    Up,
    Down,
}

/// A message that a guest left for the operators of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftMessage {
    /// The chat in which it was left.
    pub chat: ChatId,
    /// For whom.
    pub queue: QueueName,
    /// Who left it.
    pub guest: FullJid,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub body: String,
    /// Who has got it.
    pub told: Vec<BareJid>,
}
