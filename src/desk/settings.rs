//! What the desk needs to know of the configuration: already checked, never changed but by a `SettingsChanged` event.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use jid::BareJid;

use super::crm::CrmSettings;
use super::hours::{self, Hours};
use super::ids::{Nick, QueueName};
use super::moment::earlier;
use super::routing::rules::Rules;
use super::token::TokenSettings;

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
    /// Whoever writes to the desk directly is served too.
    pub alias: bool,
    /// How long a guest whose words are carried may say nothing.
    pub alias_idle: Duration,
    /// Accounts that many guests share: they are told apart by full JID, also where they write directly.
    pub shared_accounts: Vec<BareJid>,
    /// What `!time` says without an argument.
    pub zone: Tz,
    /// The queues; the first is the default. Never empty.
    pub queues: Vec<QueueSettings>,
    /// Who serves.
    pub operators: Vec<OperatorSettings>,
    /// Where chats go, by what is known of their guests.
    pub rules: Rules,
    /// Whose signed tokens are believed; nobody's, where it is missing.
    pub token: Option<TokenSettings>,
    /// Who is asked about guests, in the order in which their word counts.
    pub crms: Vec<CrmSettings>,
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
    /// How long a tier is tried before the next joins it; and how long a guest's language is insisted on.
    pub tier: Duration,
    /// Rest for an operator after a chat of this queue.
    pub wrap_up: Duration,
    /// A returning guest gets the operator they had last, if that one can take the chat.
    pub prefer_last_operator: bool,
    /// Who is asked when nobody else comes, and hears of trouble.
    pub supervisors: Vec<BareJid>,
    /// When the queue takes guests; always, where there are none.
    pub hours: Option<Hours>,
    /// Days on which it takes nobody.
    pub holidays: BTreeSet<NaiveDate>,
    /// What every chat of this queue asks its operator to know.
    pub skills: BTreeSet<String>,
    /// How many of an operator's places a chat of this queue takes; at least 1.
    pub chat_weight: u32,
    /// Chats of a queue with a higher priority are served first by operators who serve several queues.
    pub priority: i32,
    /// After so long a wait the supervisors are asked too.
    pub escalate: Duration,
    /// After so long a wait the guest may leave a message.
    pub message: Duration,
    /// An operator who missed so many offers in a row gets no more until they come back; 0 = never.
    pub missed_offers_max: u32,
    /// Where chats go that this queue cannot serve in time.
    pub overflow: Option<Overflow>,
}

impl QueueSettings {
    /// Does it take guests at that time?
    pub fn open_at(&self, at: DateTime<Utc>, zone: Tz) -> bool {
        // Mostly there are none, and the date is not worked out.
        let holiday = !self.holidays.is_empty() && self.holidays.contains(&at.with_timezone(&zone).date_naive());
        !holiday && self.hours.as_ref().is_none_or(|hours| hours.open_at(at, zone))
    }

    /// When its being open may change next: its hours do, or a day with another date begins.
    pub fn next_change(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let hours = self.hours.as_ref().and_then(|hours| hours.next_change(after, zone));
        let today = after.with_timezone(&zone).date_naive();
        let next_day = self.holidays.contains(&today).then(|| hours::midnight_after(today, zone)).flatten();
        earlier(hours, next_day)
    }
}

/// When a waiting chat goes to another queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow {
    /// To which.
    pub to: QueueName,
    /// After so long a wait.
    pub after: Option<Duration>,
    /// As soon as so many chats wait in this queue before it.
    pub beyond: Option<u32>,
}

/// How an operator is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyName {
    /// In turn.
    RoundRobin,
    /// Whose last chat ended longest ago.
    LongestIdle,
    /// Who has the smallest part of their places taken.
    FewestChats,
    /// The primary tier first, then the next.
    Tiers,
    /// All at once; the first in the room has it.
    Broadcast,
}

impl StrategyName {
    /// As the configuration spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::LongestIdle => "longest-idle",
            Self::FewestChats => "fewest-chats",
            Self::Tiers => "tiers",
            Self::Broadcast => "broadcast",
        }
    }
}

/// One `[[operator]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorSettings {
    /// Their account.
    pub jid: BareJid,
    /// What guests and colleagues call them.
    pub name: Arc<str>,
    /// The queues they serve.
    pub queues: Vec<QueueName>,
    /// How many chats at once.
    pub chats_max: u32,
    /// 1 = primary.
    pub tier: u32,
    /// What they know.
    pub skills: BTreeSet<String>,
    /// What they speak (BCP 47, lower case); empty = whatever comes.
    pub languages: Vec<String>,
    /// They are there as a supervisor only: nobody's operator until a chat is escalated to them or they take it.
    pub supervisor_only: bool,
}
