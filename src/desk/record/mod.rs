//! What the desk wants remembered, in the desk's own words. The store writes these; the shell's commands read them.

mod chat;
mod choice;
mod counter;
mod faq;
mod line;
mod others;
mod people;
mod restored;

use std::sync::Arc;

use jid::BareJid;

use crate::desk::facts::GuestFacts;
use crate::desk::ids::{ChatId, StanzaId};
use crate::desk::token::UsedToken;

pub use chat::{ChatRecord, DirectRecord, DirectStage, Hole, Marks, Outcome, Ruling, StageName, Standing};
pub use choice::{Choice, ChoiceKind, RuleReason};
pub use counter::Counter;
pub use faq::{FaqLesson, FaqProposal, FaqQuery, FaqVerdict};
pub use line::{Heard, LineKind, LineRecord, Speaker};
pub use others::{Others, SKIPPED_MAX, Skipped, Told};
pub use people::{Attendance, AttendanceRecord, Away, LeftMessage, OperatorRecord, Rating, Thumb};
pub use restored::{EndedChat, Restored, RestoredChat};

/// One thing to remember. All records of a turn are written in one transaction, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Insert the chat, or replace what is known of it.
    Chat(Arc<ChatRecord>),
    /// Add a line to a chat's transcript. The pair (chat, seq) is new.
    Line(Box<LineRecord>),
    /// An owed line was heard in its room: its kind becomes `said`.
    Heard(Heard),
    /// Add to a named counter of the day (what came to nothing, quietly).
    Counted(Counter),
    /// Insert what is known of an operator, or replace it.
    Operator(OperatorRecord),
    /// Add to what is known of who was there when.
    Attendance(AttendanceRecord),
    /// Add a reason: why a chat went where it went.
    Choice(Arc<Choice>),
    /// Insert what is known about a chat's guest, or replace it.
    Facts {
        /// The chat.
        chat: ChatId,
        /// All of it.
        facts: Box<GuestFacts>,
    },
    /// A signed token was used: keep its id until it is over.
    TokenUsed(UsedToken),
    /// All that our account's archive has up to this message was heard.
    InboxReached(StanzaId),
    /// What the guest thought of the chat; the latest holds. A chat that was erased meanwhile has none.
    Rating(Box<Rating>),
    /// A guest leaves a message, to be passed on: insert it, or replace what they wrote so far. Without words it is
    /// withdrawn.
    Message(Box<LeftMessage>),
    /// This operator got the message that was left in this chat.
    MessagePassedOn {
        /// The chat.
        chat: ChatId,
        /// Who got it.
        to: BareJid,
    },
    /// Add what the FAQ was asked, and what came of it.
    FaqAsked(Box<FaqQuery>),
    /// Add a proposal for the FAQ, unless the same chat has made the same one before.
    FaqProposed(Box<FaqProposal>),
}
