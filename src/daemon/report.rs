//! What the admin should know, in the log; and the one line on standard output.

use std::io::Write;

use crate::desk::action::Notice;
use crate::faq::FaqProblem;

/// The line that service managers and scripts wait for. Where standard output is closed, nobody waits.
pub(super) fn ready() {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "ready").and_then(|()| out.flush()).is_err() {
        tracing::debug!("standard output is closed");
    }
}

/// Entries that cannot be used. The others are in service.
pub(super) fn faq_problems(problems: &[FaqProblem]) {
    for problem in problems {
        tracing::warn!("FAQ: {problem}");
    }
}

/// A notice of the desk.
pub(super) fn log(notice: &Notice) {
    match notice {
        Notice::Ready => tracing::info!("ready"),
        Notice::SubscriptionMissing { operator } => {
            tracing::warn!(%operator, "I cannot see this operator's presence, so they get no chats: \
                their client must accept my request to see it");
        }
        Notice::ChatOpened { chat, room } => tracing::info!(%chat, %room, "a chat begins"),
        Notice::ChatClosed { chat, outcome } => tracing::info!(%chat, ?outcome, "a chat is over"),
        Notice::RightsMissing { chat, what } => tracing::warn!(%chat, "I could not {what}"),
        Notice::OfferMade { chat, operator } => tracing::info!(%chat, %operator, "offered"),
        Notice::OperatorBenched { operator, missed } => {
            tracing::warn!(%operator, missed, "looks available and takes nothing: no more offers until they come back");
        }
        Notice::CrmFailing { source, trouble } => {
            tracing::warn!(%source, "the CRM gives no answer: {trouble}; chats go on without it");
        }
        Notice::CrmAnswers { source } => tracing::info!(%source, "the CRM answers again"),
        Notice::Retired => tracing::info!("no chat is open any more"),
        Notice::LimitReached { what } => tracing::warn!("limit reached: {what}"),
    }
}
