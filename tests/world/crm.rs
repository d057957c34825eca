//! The CRMs of the stories: each answers in its manner.

use std::collections::BTreeMap;
use std::time::Duration;

use frontdesk::desk::crm::{CrmReply, LookUp};
use frontdesk::desk::event::Event;
use frontdesk::desk::moment::Mono;

use super::World;

/// How a CRM answers: what, after how long, and how often. One without a manner never answers.
#[derive(Debug, Clone)]
pub struct Manner {
    pub reply: CrmReply,
    pub after: Duration,
    pub times: usize,
}

/// All CRMs, and what they have not said yet.
#[derive(Debug, Clone, Default)]
pub struct Crms {
    pub manners: BTreeMap<String, Manner>,
    due: BTreeMap<(Mono, usize), Event>,
    questions: usize,
}

impl Crms {
    pub(super) fn next(&self) -> Option<Mono> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(super) fn take_due(&mut self, now: Mono) -> Option<Event> {
        let (at, _) = *self.due.keys().next().filter(|(at, _)| *at <= now)?;
        let first = self.due.first_entry().filter(|entry| entry.key().0 == at)?;
        Some(first.remove())
    }

    /// The daemon died, and what it waited for is nobody's.
    pub(super) fn forget(&mut self) {
        self.due.clear();
    }
}

impl World {
    pub(super) fn look_up(&mut self, question: &LookUp) {
        let Some(manner) = self.crms.manners.get(&*question.source.0) else { return };
        let event =
            Event::LookedUp { chat: question.chat, source: question.source.clone(), reply: manner.reply.clone() };
        for _ in 0..manner.times {
            self.crms.questions += 1;
            if manner.after.is_zero() {
                self.waiting.push_back(event.clone());
            } else {
                self.crms.due.insert((self.clock.mono + manner.after, self.crms.questions), event.clone());
            }
        }
    }
}
