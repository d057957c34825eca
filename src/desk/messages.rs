//! Messages that guests left: each operator of the queue gets each once, when they are next available.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jid::BareJid;

use super::Desk;
use super::action::Speech;
use super::ids::{ChatId, MessageId, OperatorId};
use super::moment::Mono;
use super::office::Out;
use super::operators::Availability;
use super::record::{LeftMessage, Record};
use super::recording::Recording;
use super::wording::{Language, duty};

/// A message is passed on for so many days.
const DAYS: i64 = 7;
/// So many messages wait at most; the oldest give way. All of them stay in the record.
const WAITING_MAX: usize = 1_000;

/// What is decided is said for certain after so long, as long as it can be written: turns are shorter.
const SAID_WITHIN: Duration = Duration::from_secs(10);

/// What waits to be passed on.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    waiting: VecDeque<LeftMessage>,
    /// The number of the first that waits.
    first: u64,
    /// Up to which number each operator has looked through them: whoever is free again and again looks at new ones only.
    looked: BTreeMap<OperatorId, u64>,
    /// There is a new one: everybody who is there is told.
    fresh: bool,
    /// What was decided to be said, and when. Written only when it was said for certain, for what is written is never
    /// said again: who dies in between says it again.
    saying: VecDeque<(Mono, ChatId, BareJid)>,
}

impl Messages {
    /// What an earlier desk left.
    pub fn restored(messages: impl Iterator<Item = LeftMessage>) -> Self {
        let waiting = messages.filter(|message| !message.body.is_empty()).collect();
        Self { waiting, fresh: true, ..Self::default() }
    }

    /// One more.
    pub fn hand_in(&mut self, message: LeftMessage) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
            self.first += 1;
        }
        self.waiting.push_back(message);
        self.fresh = true;
    }

    /// Somebody may be for other queues now.
    pub fn look_again(&mut self) {
        self.fresh = true;
        self.looked.clear();
    }

    /// Those that this operator has not looked through, from now on all of them are.
    fn news_for(&mut self, operator: OperatorId) -> impl Iterator<Item = &mut LeftMessage> {
        let end = self.first + self.waiting.len() as u64;
        let from = self.looked.insert(operator, end).unwrap_or_default().saturating_sub(self.first);
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.waiting.len());
        self.waiting.range_mut(from..)
    }

    fn forget_before(&mut self, oldest: DateTime<Utc>) {
        let before = self.waiting.len();
        self.waiting.retain(|message| message.at >= oldest);
        if self.waiting.len() != before {
            self.looked.clear();
        }
    }

    /// Is there one that nobody was told of?
    pub(super) fn are_new(&self) -> bool {
        self.fresh
    }

    /// When something was said for certain.
    pub fn said_at(&self) -> Option<Mono> {
        self.saying.front().map(|(at, ..)| *at + SAID_WITHIN)
    }
}

impl Desk {
    /// Writes down who got what.
    pub(super) fn note_messages_said(&mut self, out: &mut Out) {
        let now = out.mono();
        if self.office.recording != Recording::Works {
            self.office.messages.saying.iter_mut().for_each(|(at, ..)| *at = now);
        }
        while self.office.messages.said_at().is_some_and(|at| at <= now) {
            let Some((_, chat, to)) = self.office.messages.saying.pop_front() else { return };
            out.remember(Record::MessagePassedOn { chat, to });
        }
    }

    /// New messages go to everybody who is there.
    pub(super) fn pass_on_new_messages(&mut self, out: &mut Out) {
        if !self.office.online() || !std::mem::take(&mut self.office.messages.fresh) {
            return;
        }
        let oldest = out.stamp.at.wall - TimeDelta::days(DAYS);
        self.office.messages.forget_before(oldest);
        let there: Vec<OperatorId> = self
            .office
            .operators
            .employed()
            .filter(|(_, who)| who.availability() == Availability::Available)
            .map(|(id, _)| id)
            .collect();
        for operator in there {
            self.pass_on_messages(operator, out);
        }
    }

    /// Somebody is there: they get what was left for their queues.
    pub(super) fn pass_on_messages(&mut self, operator: OperatorId, out: &mut Out) {
        let Some(who) = self.office.operators.get(operator) else { return };
        if self.office.messages.waiting.is_empty() || who.availability() != Availability::Available {
            return;
        }
        let jid = who.settings.jid.clone();
        let queues = who.settings.queues.clone();
        let mut said = Vec::new();
        for message in self.office.messages.news_for(operator) {
            if !queues.contains(&message.queue) || message.told.contains(&jid) {
                continue;
            }
            message.told.push(jid.clone());
            let body = duty::left_message(message);
            // The same id if it has to be said again after a crash.
            let id = MessageId::from(format!("left-{}-{}", message.chat, message.at.timestamp_millis()));
            out.speak(Speech::Direct { to: jid.clone().into(), id, body, language: Language::English });
            said.push((out.mono(), message.chat, jid.clone()));
        }
        self.office.messages.saying.extend(said);
    }
}
