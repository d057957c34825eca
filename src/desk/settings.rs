//! What the desk needs to know of the configuration: already checked, never changed but by a `SettingsChanged` event.

use std::time::Duration;

use chrono_tz::Tz;
use jid::BareJid;

use super::ids::{Nick, QueueName};

/// The checked configuration as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The desk's own account.
    pub account: BareJid,
    /// The nick that the desk wants in rooms.
    pub nick: Nick,
    /// MUC services whose invitations are accepted. In lower case.
    pub services: Vec<String>,
    /// Domains whose users may ask for help; empty = any. In lower case.
    pub guests: Vec<String>,
    /// How long a guest who vanished may take to return.
    pub guest_grace: Duration,
    /// The same for an operator.
    pub operator_grace: Duration,
    /// Operators' real JIDs stay hidden from guests where rights allow.
    pub hide_operators: bool,
    /// Further guests get a polite refusal.
    pub chats_open_max: usize,
    /// What `!time` says without an argument.
    pub zone: Tz,
    /// The queues; the first is the default. Never empty.
    pub queues: Vec<QueueSettings>,
    /// Who serves.
    pub operators: Vec<OperatorSettings>,
}

/// One `[[queue]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// Its name.
    pub name: QueueName,
    /// How an operator is chosen.
    pub strategy: StrategyName,
    /// How long an offer stands.
    pub offer: Duration,
    /// How long an operator who accepted may stay silent.
    pub first_reply: Duration,
    /// How long a tier is tried before the next.
    pub tier: Duration,
    /// Rest for an operator after a chat.
    pub wrap_up: Duration,
}

/// How an operator is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyName {
    /// In turn.
    RoundRobin,
}

/// One `[[operator]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorSettings {
    /// Their account.
    pub jid: BareJid,
    /// What guests and colleagues call them.
    pub name: String,
    /// The queues they serve.
    pub queues: Vec<QueueName>,
    /// How many chats at once.
    pub chats_max: u32,
    /// 1 = primary.
    pub tier: u32,
    /// What they know.
    pub skills: Vec<String>,
    /// What they speak (BCP 47, lower case).
    pub languages: Vec<String>,
}
