//! What the FAQ was asked, and what it may learn.

use chrono::{DateTime, Utc};
use jid::BareJid;
use serde::Serialize;

use crate::desk::ids::ChatId;
use crate::desk::wording::Language;

/// What the FAQ was asked. Who asked is not in it: in a room the chat tells where it belongs, so that it is forgotten with
/// the chat; what was asked directly belongs to nobody and is forgotten by its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaqQuery {
    /// In which chat's room; `None` = by direct message.
    pub chat: Option<ChatId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was typed.
    pub words: String,
    /// In which language.
    pub language: Language,
    /// What came of it.
    pub verdict: FaqVerdict,
    /// The entry that answered, or was suggested first, or was picked: its id.
    pub entry: Option<String>,
}

/// What came of a question to the FAQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaqVerdict {
    /// An entry was given as the answer.
    Answer,
    /// Entries were suggested.
    Suggestions,
    /// There was nothing.
    None,
    /// One of what had been suggested for these words was picked.
    Picked,
}

/// Something that the FAQ may learn, once somebody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaqProposal {
    /// In which chat it arose; `None` = by direct message.
    pub chat: Option<ChatId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The guest's words: the new entry's question, or the new alias.
    pub question: String,
    /// In which language.
    pub language: Language,
    /// What it is about.
    pub lesson: FaqLesson,
}

/// What the FAQ may learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaqLesson {
    /// A new entry with this answer.
    Entry {
        /// The operator's words.
        answer: String,
        /// Who proposes it.
        by: BareJid,
    },
    /// A new alias for this entry: somebody picked it from what was suggested for these words.
    Alias {
        /// The entry's id.
        entry: String,
    },
}
