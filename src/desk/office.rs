//! What all chats share, and where what the desk wants done is collected while one event is handled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jid::BareJid;

use super::action::{Action, Notice, Question, Search, Speech};
use super::alias::Afterwords;
use super::bounds::Bounds;
use super::crm::{CrmName, CrmReply, LookUp};
use super::dialogues::Dialogues;
use super::dispatching::Due;
use super::guests::Guests;
use super::ids::{MessageId, OperatorId, QueueName};
use super::inbox::Inbox;
use super::messages::Messages;
use super::moment::{Mono, Stamp};
use super::operators::Operators;
use super::orders::Ordered;
use super::queue::Queues;
use super::ratings::Ended;
use super::record::{Counter, Record};
use super::recording::Recording;
use super::returning::Returning;
use super::settings::{QueueSettings, Settings};
use super::token::UsedTokens;

/// So many changes of a queue's hours are looked through for the next opening: more than a year of days with breaks.
const OPENINGS_MAX: u32 = 2_000;

/// What all chats share.
#[derive(Debug, Clone)]
pub struct Office {
    /// The checked configuration.
    pub settings: Settings,
    /// Who serves.
    pub operators: Operators,
    /// Who waits.
    pub queues: Queues,
    /// Whether the server hears us.
    pub link: LinkState,
    /// When the present session began.
    pub session_since: Mono,
    /// Who became free and which chats began to wait: looked at after this event.
    pub due: Due,
    /// What operators told us to do, with chats other than the one where they said it: done after this event.
    pub orders: Vec<Ordered>,
    /// Which signed tokens were used where.
    pub tokens: UsedTokens,
    /// Rules whose failing was told since the configuration was read.
    pub rules_failed: BTreeSet<usize>,
    /// Who served guests that may return.
    pub returning: Returning,
    /// What guests left for operators.
    pub messages: Messages,
    /// The desk is given up.
    pub retiring: bool,
    /// Whether what is decided is written.
    pub recording: Recording,
    /// Strangers who were told how to get help, and when.
    pub strangers: BTreeMap<BareJid, Mono>,
    /// How much of everything.
    pub bounds: Bounds,
    /// Whose chats are open where.
    pub guests: Guests,
    /// Whose chats ended a moment ago.
    pub afterwords: Afterwords,
    /// How far we are in our account's archive.
    pub inbox: Inbox,
    /// Which chats ended a moment ago.
    pub ended: Ended,
    /// CRMs whose last answer was none that could be used.
    pub crms_failing: BTreeSet<CrmName>,
    /// What the FAQ was last asked.
    pub dialogues: Dialogues,
}

/// The connection as the desk knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// No session since the start.
    Never,
    /// A session is bound and the connection stands.
    Up,
    /// The connection is lost; the session may yet be resumed.
    Down,
}

impl Office {
    /// The queue with this name, or the default queue where the configuration has it no more.
    pub fn queue(&self, name: &super::ids::QueueName) -> Option<&QueueSettings> {
        self.settings.queues.iter().find(|queue| queue.name == *name).or_else(|| self.settings.queues.first())
    }

    /// Does this queue take guests at that time?
    pub fn queue_open(&self, name: &QueueName, at: DateTime<Utc>) -> bool {
        self.queue(name).is_none_or(|queue| queue.open_at(at, self.settings.zone))
    }

    /// When a queue that takes nobody now will take guests; `None` where that is never, or too far away to say.
    pub fn queue_opens(&self, name: &QueueName, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let queue = self.queue(name)?;
        let mut at = after;
        for _ in 0..OPENINGS_MAX {
            at = queue.next_change(at, self.settings.zone)?;
            if self.queue_open(name, at) {
                return Some(at);
            }
        }
        None
    }

    /// Does somebody of this queue speak this language?
    pub fn speaks(&self, queue: &QueueSettings, language: &str) -> bool {
        self.operators.speaks(&queue.name, language)
    }

    /// May this operator take a chat of this queue, asked or not?
    pub fn may_serve(&self, operator: OperatorId, queue: &QueueSettings) -> bool {
        self.operators.get(operator).is_some_and(|who| {
            (who.serves(&queue.name) || queue.supervisors.contains(&who.settings.jid))
                && who.has_places(queue.chat_weight)
        })
    }

    /// What an operator is called.
    pub fn name(&self, id: OperatorId) -> &str {
        self.operators.get(id).map_or("somebody", |who| &*who.settings.name)
    }

    /// What operators are called.
    pub fn names(&self, ids: &[OperatorId]) -> Vec<Arc<str>> {
        let name = |id: &OperatorId| self.operators.get(*id).map(|who| Arc::clone(&who.settings.name));
        ids.iter().map(|id| name(id).unwrap_or_else(|| self.name(*id).into())).collect()
    }

    /// May somebody from this domain ask for help?
    pub fn welcomes(&self, domain: &str) -> bool {
        self.settings.guests.is_empty() || self.settings.guests.iter().any(|known| known == domain)
    }

    /// A limit was reached; the admin hears of it now and then.
    pub fn limit_reached(&mut self, what: &'static str, out: &mut Out) {
        if self.bounds.is_news(what, out.mono()) {
            out.report(Notice::LimitReached { what });
        }
    }

    /// A CRM said something; the admin hears once that it fails, and once that it does no more.
    pub fn crm_said(&mut self, source: &CrmName, reply: &CrmReply, out: &mut Out) {
        match reply {
            CrmReply::Failed(trouble) => {
                out.count(Counter::CrmFailed);
                if self.crms_failing.insert(source.clone()) {
                    out.report(Notice::CrmFailing { source: source.clone(), trouble: *trouble });
                }
            }
            CrmReply::Known(_) | CrmReply::Unknown => {
                if self.crms_failing.remove(source) {
                    out.report(Notice::CrmAnswers { source: source.clone() });
                }
            }
        }
    }

    /// Is the server listening?
    pub fn online(&self) -> bool {
        self.link == LinkState::Up
    }
}

/// What the desk wants done about one event, in order.
#[derive(Debug)]
pub struct Out {
    /// The event's stamp.
    pub stamp: Stamp,
    actions: Vec<Action>,
    ids: u32,
}

impl Out {
    /// Nothing more than these yet.
    pub fn new(stamp: Stamp, actions: Vec<Action>) -> Self {
        Self { stamp, actions, ids: 0 }
    }

    /// Now, for deadlines.
    pub fn mono(&self) -> Mono {
        self.stamp.at.mono
    }

    /// To be written.
    pub fn remember(&mut self, record: Record) {
        self.actions.push(Action::Remember(record));
    }

    /// To be asked.
    pub fn ask(&mut self, question: Question) {
        self.actions.push(Action::Ask(question));
    }

    /// To be asked once it is remembered.
    pub fn ask_for_good(&mut self, question: Question) {
        self.actions.push(Action::AskForGood(question));
    }

    /// To be looked up.
    pub fn search(&mut self, search: Search) {
        self.actions.push(Action::Search(search));
    }

    /// To be asked about a guest.
    pub fn look_up(&mut self, question: LookUp) {
        self.actions.push(Action::LookUp(question));
    }

    /// To be said.
    pub fn speak(&mut self, speech: Speech) {
        self.actions.push(Action::Speak(speech));
    }

    /// To be said though nothing can be written.
    pub fn warn(&mut self, speech: Speech) {
        self.actions.push(Action::Warn(speech));
    }

    /// For the admin.
    pub fn report(&mut self, notice: Notice) {
        self.actions.push(Action::Report(notice));
    }

    /// One more of what came to nothing.
    pub fn count(&mut self, counter: Counter) {
        self.remember(Record::Counted(counter));
    }

    /// An id for a message that belongs to no chat, made of the event's entropy.
    pub fn fresh_id(&mut self) -> MessageId {
        self.ids += 1;
        MessageId::from(format!("{}-{}", self.stamp.entropy.hex(), self.ids))
    }

    /// All of it.
    pub fn into_actions(self) -> Vec<Action> {
        self.actions
    }
}
