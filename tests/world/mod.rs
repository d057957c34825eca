//! A world for the desk: rooms that behave as XEP-0045 says, a store that remembers, and a clock that jumps to the
//! next deadline. No network, no threads; what happens is written down in the order in which it happens.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's world: each story uses a part of it, and a broken story should stop"
)]

pub mod faq;
pub mod people;
pub mod room;
pub mod store;
pub mod telling;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk::desk::Desk;
use frontdesk::desk::action::{Action, Notice, Question, Search, Speech};
use frontdesk::desk::event::{Answer, ContactPresence, Event, RosterItem, Show};
use frontdesk::desk::ids::{Nick, RoomJid};
use frontdesk::desk::moment::{Entropy, Moment, Mono, Stamp};
use frontdesk::desk::settings::Settings;
use jid::{BareJid, FullJid, Jid};

use people::{account, me};
use room::Room;
use store::Store;

/// What a world is made of.
pub struct World {
    pub desk: Desk,
    pub settings: Settings,
    pub store: Store,
    pub rooms: BTreeMap<RoomJid, Room>,
    /// Which clients of operators are there, and what they say.
    pub presences: BTreeMap<FullJid, Show>,
    /// Operators whose presence the desk may not see.
    pub unsubscribed: Vec<BareJid>,
    /// Direct messages and invitations that the desk sent: (to, what).
    pub mail: Vec<(Jid, Mail)>,
    /// What happened, in order.
    pub told: Vec<String>,
    /// Whether happenings are written down (a simulation does not).
    pub telling: bool,
    /// The rooms answer the desk's questions by themselves.
    pub answering: bool,
    /// The link stands.
    pub linked: bool,
    pub notices: Vec<Notice>,
    /// Is called after each event that the desk has handled.
    pub after_event: Option<fn(&World)>,
    waiting: VecDeque<Event>,
    clock: Moment,
    entropy: u64,
}

/// What reached somebody outside the rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mail {
    Words(String),
    Invitation { room: RoomJid, password: Option<String> },
}

impl World {
    pub fn new(settings: Settings) -> Self {
        let clock = Moment { wall: start(), mono: Mono(1_000_000) };
        Self {
            desk: Desk::new(settings.clone(), Default::default(), clock),
            settings,
            store: Store::default(),
            rooms: BTreeMap::new(),
            presences: BTreeMap::new(),
            unsubscribed: Vec::new(),
            mail: Vec::new(),
            told: Vec::new(),
            telling: true,
            answering: true,
            linked: false,
            notices: Vec::new(),
            after_event: None,
            waiting: VecDeque::new(),
            clock,
            entropy: 0,
        }
    }

    pub fn now(&self) -> Moment {
        self.clock
    }

    /// Lets something happen, and all that follows from it at the same moment.
    pub fn happen(&mut self, event: Event) {
        self.waiting.push_back(event);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            self.entropy += 1;
            let mut bytes = [0; 16];
            bytes[8..].copy_from_slice(&self.entropy.to_be_bytes());
            let actions = self.desk.handle(event, Stamp { at: self.clock, entropy: Entropy(bytes) });
            self.perform(actions);
            if let Some(check) = self.after_event {
                check(self);
            }
        }
    }

    /// Time passes; the desk is woken at each of its deadlines, as the daemon would.
    pub fn wait(&mut self, span: Duration) {
        let until = self.clock.mono + span;
        while let Some(at) = self.desk.next_deadline().filter(|at| *at <= until) {
            self.jump(at.max(self.clock.mono));
            self.happen(Event::TimePassed);
            assert!(
                self.desk.next_deadline() > Some(at) || self.desk.next_deadline().is_none(),
                "a deadline stays due"
            );
        }
        self.jump(until);
    }

    fn jump(&mut self, to: Mono) {
        let millis = i64::try_from(to.0 - self.clock.mono.0).unwrap();
        self.clock = Moment { wall: self.clock.wall + TimeDelta::milliseconds(millis), mono: to };
    }

    // The link

    /// A fresh session: whoever had been in a room under our name is out of it.
    pub fn connect(&mut self) {
        self.linked = true;
        self.leave_all_rooms();
        self.happen(Event::Connected);
        let presences: Vec<(FullJid, Show)> = self.presences.iter().map(|(jid, show)| (jid.clone(), *show)).collect();
        for (jid, show) in presences {
            self.presence(jid, show);
        }
    }

    pub fn disconnect(&mut self) {
        self.linked = false;
        self.happen(Event::Disconnected);
    }

    pub fn resume(&mut self) {
        self.linked = true;
        self.happen(Event::Resumed);
        self.deliver_missed();
    }

    /// The daemon dies and is started again: all that is left is the store.
    pub fn restart(&mut self) {
        self.waiting.clear();
        self.linked = false;
        self.leave_all_rooms();
        self.desk = Desk::new(self.settings.clone(), self.store.restored(), self.clock);
        self.connect();
    }

    fn leave_all_rooms(&mut self) {
        for room in self.rooms.values_mut() {
            room.remove_desk();
        }
        self.rooms.retain(|_, room| room.stays());
    }

    /// What the rooms said while the link was down and the session lived.
    fn deliver_missed(&mut self) {
        let events: Vec<Event> = self.rooms.values_mut().flat_map(|room| std::mem::take(&mut room.missed)).collect();
        for event in events {
            self.happen(event);
        }
    }

    // People

    pub fn presence(&mut self, client: FullJid, show: Show) {
        self.presences.insert(client.clone(), show);
        if self.linked && !self.unsubscribed.contains(&client.to_bare()) {
            self.happen(Event::PresenceReceived(ContactPresence { from: client.into(), show }));
        }
    }

    /// Somebody does something in a room that makes presence or words go around.
    pub fn in_room<T>(&mut self, room: &RoomJid, act: impl FnOnce(&mut Room) -> T) -> T {
        let room = self.rooms.entry(room.clone()).or_insert_with(|| Room::new(room.clone(), account()));
        let result = act(room);
        let events = std::mem::take(&mut room.outbox);
        if self.linked {
            self.waiting.extend(events);
        } else {
            room.missed.extend(events);
        }
        self.settle();
        result
    }

    // What the desk asks for

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            self.tell(&action);
            match action {
                Action::Remember(record) => self.store.write(record),
                Action::Ask(question) => self.ask(question),
                Action::Search(search) => self.search(search),
                Action::Speak(speech) | Action::Warn(speech) => self.speak(speech),
                Action::Report(notice) => self.notices.push(notice),
            }
        }
    }

    fn ask(&mut self, question: Question) {
        if !self.answering || !self.linked {
            return;
        }
        match &question {
            Question::Roster => {
                let answer = Answer::Roster(self.roster());
                self.waiting.push_back(Event::QuestionAnswered { question, answer });
            }
            Question::Enter { room, nick, password, .. } => {
                let (room, nick, password) = (room.clone(), nick.clone(), password.clone());
                self.enter_as_desk(&room, &nick, password.as_deref());
            }
            Question::Describe { room }
            | Question::Configure { room, .. }
            | Question::ListAffiliated { room, .. }
            | Question::Affiliate { room, .. }
            | Question::Destroy { room, .. } => {
                let room = room.clone();
                self.ask_room(&room, question);
            }
        }
    }

    fn enter_as_desk(&mut self, room: &RoomJid, nick: &Nick, password: Option<&str>) {
        let place = self.rooms.entry(room.clone()).or_insert_with(|| Room::new(room.clone(), account()));
        place.enter_desk(&me(), nick, password);
        let events = std::mem::take(&mut place.outbox);
        self.waiting.extend(events);
        self.rooms.retain(|_, room| room.stays());
    }

    fn ask_room(&mut self, room: &RoomJid, question: Question) {
        let Some(place) = self.rooms.get_mut(room) else {
            let answer = Answer::Refused(frontdesk::desk::event::Condition::ItemNotFound);
            return self.waiting.push_back(Event::QuestionAnswered { question, answer });
        };
        let answer = place.answer(&question);
        let events = std::mem::take(&mut place.outbox);
        self.waiting.extend(events);
        if let Some(answer) = answer {
            self.waiting.push_back(Event::QuestionAnswered { question, answer });
        }
        self.rooms.retain(|_, room| room.stays());
    }

    fn search(&mut self, search: Search) {
        let reply = faq::reply(&search.words);
        self.waiting.push_back(Event::FaqAnswered { asker: search.asker, reply });
    }

    fn speak(&mut self, speech: Speech) {
        if !self.linked {
            return;
        }
        match speech {
            Speech::Room { room, id, body, .. } => {
                if let Some(place) = self.rooms.get_mut(&room) {
                    place.say_as_desk(Some(id), &body, self.clock.wall);
                    let events = std::mem::take(&mut place.outbox);
                    self.waiting.extend(events);
                }
            }
            Speech::Leave { room, .. } => {
                if let Some(place) = self.rooms.get_mut(&room) {
                    place.leave_desk();
                    let events = std::mem::take(&mut place.outbox);
                    self.waiting.extend(events);
                }
                self.rooms.retain(|_, room| room.stays());
            }
            Speech::Direct { to, body, .. } => self.mail.push((to, Mail::Words(body))),
            Speech::Invite { to, room, password, .. } => self.mail.push((to, Mail::Invitation { room, password })),
            _ => {}
        }
    }

    fn roster(&self) -> Vec<RosterItem> {
        let seen = |jid: &BareJid| !self.unsubscribed.contains(jid);
        self.settings
            .operators
            .iter()
            .map(|operator| RosterItem { jid: operator.jid.clone(), to: seen(&operator.jid), from: true })
            .collect()
    }
}

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}
