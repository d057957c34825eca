//! The CRMs of the stories: each answers in its manner.

use std::collections::BTreeMap;
use std::time::Duration;

use frontdesk::desk::crm::{CrmName, CrmReply, LookUp};
use frontdesk::desk::event::Event;
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::moment::Mono;
use frontdesk::desk::record::{LineKind, Record};

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
    /// Who was asked for which chat in this life of the daemon, and until when the chat may wait; `None` once it was answered.
    asked: BTreeMap<(ChatId, CrmName), Option<Mono>>,
}

impl Crms {
    pub(super) fn next(&self) -> Option<Mono> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(super) fn take_due(&mut self, now: Mono) -> Option<Event> {
        let (at, _) = *self.due.keys().next().filter(|(at, _)| *at <= now)?;
        let event = self.due.first_entry().filter(|entry| entry.key().0 == at)?.remove();
        self.answered(&event);
        Some(event)
    }

    /// The daemon died, and what it waited for is nobody's.
    pub(super) fn forget(&mut self) {
        self.due.clear();
        self.asked.clear();
    }

    fn answered(&mut self, event: &Event) {
        if let Event::LookedUp { chat, source, .. } = event {
            self.asked.insert((*chat, source.clone()), None);
        }
    }
}

impl World {
    /// Nobody is called into a chat while a CRM may yet say something of its guest.
    pub(super) fn assert_crms_heard(&self, record: &Record) {
        let Record::Line(line) = record else { return };
        let chat = |(asked, _): &&(ChatId, CrmName)| *asked == line.chat;
        let until = self.crms.asked.iter().filter(|(asked, _)| chat(asked)).filter_map(|(_, until)| *until).max();
        let early = line.kind == LineKind::Offered && until.is_some_and(|until| until > self.clock.mono);
        assert!(!early, "chat {} is offered before its CRMs have answered", line.chat);
    }

    pub(super) fn look_up(&mut self, question: &LookUp) {
        let limit = self.settings.crms.iter().find(|crm| crm.name == question.source).map(|crm| crm.limit);
        let until = self.clock.mono + limit.unwrap_or_default();
        let before = self.crms.asked.insert((question.chat, question.source.clone()), Some(until));
        assert_eq!(before, None, "{question:?} is asked twice");
        let Some(manner) = self.crms.manners.get(&*question.source.0).cloned() else { return };
        let event =
            Event::LookedUp { chat: question.chat, source: question.source.clone(), reply: manner.reply.clone() };
        for _ in 0..manner.times {
            self.crms.questions += 1;
            if manner.after.is_zero() {
                self.crms.answered(&event);
                self.waiting.push_back(event.clone());
            } else {
                self.crms.due.insert((self.clock.mono + manner.after, self.crms.questions), event.clone());
            }
        }
    }
}
