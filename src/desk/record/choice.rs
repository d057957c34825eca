//! Why a chat went where it went.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Others;
use crate::desk::ids::ChatId;

/// Why a chat went where it went: one choice of the desk, or of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Which chat. Not in its JSON: the chat is known wherever that is read.
    #[serde(skip, default = "no_chat")]
    pub chat: ChatId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was chosen.
    pub kind: ChoiceKind,
    /// In which queue.
    pub queue: Arc<str>,
    /// Who or what: operators' names, or a queue's.
    pub chosen: Vec<Arc<str>>,
    /// In a sentence.
    pub because: Cow<'static, str>,
    /// Operators that were considered, and why each was not chosen.
    #[serde(flatten)]
    pub others: Others,
    /// The rule that applied, where rules were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleReason>,
    /// Rules that failed and were passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<RuleReason>,
}

impl Choice {
    /// Is it the same but for the time?
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { chat, at: _, kind, queue, chosen, because, others, rule, failed } = self;
        (chat, kind, queue, chosen) == (&other.chat, &other.kind, &other.queue, &other.chosen)
            && (because, others) == (&other.because, &other.others)
            && (rule, failed) == (&other.rule, &other.failed)
    }
}

/// A rule, as it stood in the configuration when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReason {
    /// Its number, from 1.
    pub number: usize,
    /// In which line its condition stands.
    pub line: u32,
    /// Its condition.
    pub when: String,
    /// Why it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// What a [`Choice`] was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChoiceKind {
    /// The chat came to this queue.
    Queued,
    /// The rules were asked.
    Ruled,
    /// A rule refused it.
    Refused,
    /// It was offered.
    Offered,
    /// Nobody could take it.
    Nobody,
    /// An operator took it by themselves.
    Taken,
    /// It was taken from an operator.
    Revoked,
    /// It was handed over.
    Transferred,
    /// It went to another queue.
    Overflowed,
    /// The supervisors were asked.
    Escalated,
}

fn no_chat() -> ChatId {
    ChatId(0)
}
