//! What waits to be reviewed: the same proposal from several chats is one.

use chrono::{DateTime, Utc};

use crate::desk::ids::ChatId;
use crate::desk::record::{FaqLesson, FaqProposal};
use crate::faq::{Faq, rank};
use crate::store::{ProposalState, Proposed};

/// A proposal that nobody has decided about.
pub(super) struct Waiting {
    /// The numbers of all that propose it, the first one first: that one is shown.
    pub ids: Vec<i64>,
    /// The first of them.
    pub proposal: FaqProposal,
    /// When it was proposed last.
    pub at: DateTime<Utc>,
    /// In which chats.
    pub chats: Vec<ChatId>,
}

/// What waits, in the order in which it was proposed first. What was decided about once does not come again, nor an alias
/// that its entry has.
pub(super) fn waiting(proposals: &[Proposed], faq: &Faq) -> Vec<Waiting> {
    let (open, decided): (Vec<&Proposed>, Vec<&Proposed>) =
        proposals.iter().partition(|one| one.state == ProposalState::Open);
    let mut waiting: Vec<Waiting> = Vec::new();
    for one in open {
        let known = decided.iter().any(|other| is_same(&one.proposal, &other.proposal)) || has(faq, &one.proposal);
        if known {
            continue;
        }
        match waiting.iter_mut().find(|there| is_same(&there.proposal, &one.proposal)) {
            Some(there) => there.add(one),
            None => waiting.push(Waiting::of(one)),
        }
    }
    waiting
}

impl Waiting {
    fn of(one: &Proposed) -> Self {
        let proposal = one.proposal.clone();
        Self { ids: vec![one.id], at: proposal.at, chats: proposal.chat.into_iter().collect(), proposal }
    }

    fn add(&mut self, one: &Proposed) {
        self.ids.push(one.id);
        self.at = self.at.max(one.proposal.at);
        self.chats.extend(one.proposal.chat.filter(|chat| !self.chats.contains(chat)));
    }
}

fn is_same(one: &FaqProposal, other: &FaqProposal) -> bool {
    let same = match (&one.lesson, &other.lesson) {
        (FaqLesson::Entry { answer, .. }, FaqLesson::Entry { answer: other, .. }) => answer == other,
        (FaqLesson::Alias { entry }, FaqLesson::Alias { entry: other }) => entry == other,
        _ => false,
    };
    same && asks_same(&one.question, &other.question)
}

fn asks_same(one: &str, other: &str) -> bool {
    one == other || rank::is_same(one, other)
}

fn has(faq: &Faq, proposal: &FaqProposal) -> bool {
    let FaqLesson::Alias { entry } = &proposal.lesson else { return false };
    let entry = faq.entries().iter().find(|there| there.id == *entry);
    let mut names = entry.into_iter().flat_map(|entry| entry.aliases.iter().chain([&entry.question]));
    names.any(|name| asks_same(name, &proposal.question))
}
