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

pub mod crm;
pub mod crowd;
pub mod faq;
pub mod fork;
pub mod known;
pub mod people;
pub mod room;
pub mod store;
pub mod telling;
pub mod turn;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk::desk::Desk;
use frontdesk::desk::action::{Action, Notice, Question, Search, Speech};
use frontdesk::desk::event::{Answer, ContactPresence, DirectMessage, Event, Page, RosterItem, Show};
use frontdesk::desk::ids::{MessageId, Nick, RoomJid, StanzaId};
use frontdesk::desk::moment::{Entropy, Moment, Mono, Stamp};
use frontdesk::desk::settings::Settings;
use jid::{BareJid, FullJid, Jid};

use people::{account, me};
use room::Room;
use store::Store;
use turn::{Tamper, Turn, Watcher};

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
    /// The reasons of choices too.
    pub telling_why: bool,
    /// Only what people hear and read.
    pub telling_people: bool,
    /// What the guest's window is told beside the words is told, too.
    pub telling_states: bool,
    /// The rooms answer the desk's questions by themselves.
    pub answering: bool,
    /// The daemon runs.
    pub running: bool,
    /// The link stands.
    pub linked: bool,
    /// There is a session, which can be resumed while the link is down.
    pub session: bool,
    /// What the server sends is on its way for long.
    pub lagging: bool,
    /// What rooms send is on its way for long; all else comes at once.
    pub rooms_slow: bool,
    /// After a login presence comes before the rooms answer.
    pub presence_first: bool,
    pub notices: Vec<Notice>,
    /// All that was ever said in a room of this name, by whomever.
    pub said: BTreeMap<RoomJid, Vec<Said>>,
    pub turn: Turn,
    pub watcher: Option<Box<dyn Watcher>>,
    pub tamper: Option<Tamper>,
    pub crms: crm::Crms,
    /// What the account's archive has, where it has one.
    pub own_archive: Vec<DirectMessage>,
    /// What people write to the account goes into its archive.
    pub archiving: bool,
    waiting: VecDeque<Event>,
    /// What the server sent and the desk has not got yet.
    late: VecDeque<Event>,
    /// What the desk wanted done while the link was down.
    unsent: Vec<Action>,
    /// Questions that a room was asked and left unanswered.
    unanswered: Vec<Question>,
    clock: Moment,
    entropy: u64,
}

/// What reached somebody outside the rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mail {
    Words(String),
    Invitation { room: RoomJid, password: Option<String> },
}

/// Words in a room, as they were really said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub by: FullJid,
    pub nick: Nick,
    pub id: Option<MessageId>,
    pub body: String,
    /// The desk was in the room.
    pub before_desk: bool,
    pub at: Mono,
    /// What the room stamps it with.
    pub stamp: DateTime<Utc>,
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
            telling_why: false,
            telling_people: false,
            telling_states: false,
            answering: true,
            running: true,
            linked: false,
            session: false,
            lagging: false,
            rooms_slow: false,
            presence_first: false,
            notices: Vec::new(),
            said: BTreeMap::new(),
            turn: Turn::default(),
            watcher: None,
            tamper: None,
            crms: crm::Crms::default(),
            own_archive: Vec::new(),
            archiving: false,
            waiting: VecDeque::new(),
            late: VecDeque::new(),
            unsent: Vec::new(),
            unanswered: Vec::new(),
            clock,
            entropy: 0,
        }
    }

    /// The desk knows all that has happened.
    pub fn heard_all(&self) -> bool {
        self.waiting.is_empty() && self.late.is_empty()
    }

    pub fn now(&self) -> Moment {
        self.clock
    }

    /// Lets something happen, and all that follows from it at the same moment.
    pub fn happen(&mut self, event: Event) {
        self.waiting.push_back(event);
        self.settle();
    }

    /// Something comes over the link: at once, later, or (a message) with the next session.
    pub fn receive(&mut self, event: Event) {
        let event = self.archived(event);
        self.deliver(vec![event]);
        self.settle();
    }

    fn archived(&mut self, event: Event) -> Event {
        match event {
            Event::DirectMessageReceived(message) if self.archiving && message.archived.is_none() => {
                let archived = Some(StanzaId(format!("m{}", self.own_archive.len() + 1)));
                let message = DirectMessage { archived, ..message };
                self.own_archive.push(message.clone());
                Event::DirectMessageReceived(message)
            }
            other => other,
        }
    }

    fn deliver(&mut self, events: Vec<Event>) {
        if self.linked && !self.lagging {
            self.waiting.extend(events);
        } else {
            self.late.extend(events);
        }
    }

    fn deliver_from_room(&mut self, events: Vec<Event>) {
        if self.rooms_slow {
            self.late.extend(events);
        } else {
            self.deliver(events);
        }
    }

    fn settle(&mut self) {
        loop {
            while let Some(event) = self.waiting.pop_front() {
                self.decide(event);
                if self.turn.crashes() {
                    return self.crash();
                }
                if self.turn.full() {
                    self.commit();
                }
            }
            if self.turn.empty() {
                return;
            }
            self.commit();
        }
    }

    fn decide(&mut self, event: Event) {
        if !self.running {
            return;
        }
        self.entropy += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&self.entropy.to_be_bytes());
        let stamp = Stamp { at: self.clock, entropy: Entropy(bytes) };
        let mut watcher = self.watcher.take();
        let seen = watcher.is_some().then(|| event.clone());
        let time_passed = event == Event::TimePassed;
        let mut actions = self.desk.handle(event, stamp);
        if time_passed {
            self.assert_nothing_due();
        }
        if let Some(tamper) = &mut self.tamper {
            actions = actions.into_iter().flat_map(tamper).collect();
        }
        if let (Some(watcher), Some(event)) = (&mut watcher, &seen) {
            watcher.decided(self, event, &actions);
        }
        self.perform(actions);
        if let Some(wrong) = watcher.as_mut().and_then(|watcher| watcher.performed(self)) {
            self.note(|| wrong);
        }
        self.watcher = watcher;
    }

    /// Time passes; the desk is woken at each of its deadlines, as the daemon would.
    pub fn wait(&mut self, span: Duration) {
        let until = self.clock.mono + span;
        while let Some(at) = self.next_happening().filter(|at| self.running && *at <= until) {
            self.jump(at.max(self.clock.mono));
            let event = self.crms.take_due(self.clock.mono).unwrap_or(Event::TimePassed);
            self.happen(event);
        }
        self.jump(until);
    }

    fn next_happening(&self) -> Option<Mono> {
        [self.desk.next_deadline(), self.crms.next()].into_iter().flatten().min()
    }

    /// Otherwise the daemon would wake the desk again and again.
    fn assert_nothing_due(&self) {
        let next = self.desk.next_deadline();
        assert!(next.is_none_or(|at| at > self.clock.mono), "a deadline stays due: {:?}", self.desk.next_reason());
    }

    /// Somebody sets the wall clock.
    pub fn set_wall_clock(&mut self, by: TimeDelta) {
        self.clock.wall += by;
    }

    fn jump(&mut self, to: Mono) {
        let millis = i64::try_from(to.0 - self.clock.mono.0).unwrap();
        self.clock = Moment { wall: self.clock.wall + TimeDelta::milliseconds(millis), mono: to };
    }

    // The link

    /// A fresh session: whoever had been in a room under our name is out of it, and what we asked is unanswered.
    pub fn connect(&mut self) {
        (self.linked, self.session, self.lagging) = (true, true, false);
        self.leave_all_rooms();
        let stored = self.stored_offline();
        self.abandon_questions();
        let presences: Vec<Event> = self.presences.iter().filter_map(|(jid, show)| self.shown(jid, *show)).collect();
        self.waiting.push_back(Event::Connected);
        if !self.presence_first {
            self.settle();
        }
        for presence in presences {
            self.receive(presence);
        }
        for message in stored {
            self.receive(message);
        }
    }

    pub fn disconnect(&mut self) {
        self.linked = false;
        self.happen(Event::Disconnected);
    }

    /// The link is back and the session lives: nothing was lost on the way, in neither direction.
    pub fn resume(&mut self) {
        (self.linked, self.lagging, self.rooms_slow) = (true, false, false);
        self.waiting.push_back(Event::Resumed);
        self.waiting.append(&mut self.late);
        let unsent = std::mem::take(&mut self.unsent);
        self.perform_now(unsent);
        self.settle();
    }

    /// What was long on its way arrives.
    pub fn catch_up(&mut self) {
        (self.lagging, self.rooms_slow) = (false, false);
        if self.linked {
            self.waiting.append(&mut self.late);
            self.settle();
        }
    }

    /// Rooms that left questions unanswered will never answer them.
    pub fn abandon_questions(&mut self) {
        let unsent = std::mem::take(&mut self.unsent).into_iter().filter_map(|action| match action {
            Action::Ask(question) | Action::AskForGood(question) => Some(question),
            _ => None,
        });
        let open: Vec<Question> = self.unanswered.drain(..).chain(unsent).collect();
        for question in open {
            self.waiting.push_back(Event::QuestionAnswered { question, answer: Answer::Unanswered });
        }
    }

    /// The daemon dies and is started again: all that is left is the store.
    pub fn restart(&mut self) {
        self.kill();
        self.start();
    }

    pub fn kill(&mut self) {
        self.turn.forget();
        if let Some(watcher) = &mut self.watcher {
            watcher.died();
        }
        (self.running, self.linked, self.session, self.lagging) = (false, false, false, false);
        self.waiting.clear();
        self.unsent.clear();
        self.unanswered.clear();
        self.crms.forget();
        self.leave_all_rooms();
    }

    pub fn start(&mut self) {
        self.running = true;
        self.desk = Desk::new(self.settings.clone(), self.store.restored(), self.clock);
        self.connect();
    }

    fn leave_all_rooms(&mut self) {
        for room in self.rooms.values_mut() {
            room.remove_desk();
        }
        self.rooms.retain(|_, room| room.stays());
    }

    /// Of what never reached us the server keeps messages for the account.
    fn stored_offline(&mut self) -> Vec<Event> {
        let keep = |event| match event {
            Event::InvitationReceived(_) => Some(event),
            Event::DirectMessageReceived(message) => {
                Some(Event::DirectMessageReceived(DirectMessage { delayed: true, ..message }))
            }
            _ => None,
        };
        std::mem::take(&mut self.late).into_iter().filter_map(keep).collect()
    }

    // People

    pub fn presence(&mut self, client: &FullJid, show: Show) {
        self.presences.insert(client.clone(), show);
        if let Some(event) = self.shown(client, show).filter(|_| self.session) {
            self.receive(event);
        }
    }

    fn shown(&self, client: &FullJid, show: Show) -> Option<Event> {
        let visible = !self.unsubscribed.contains(&client.to_bare());
        visible.then(|| Event::PresenceReceived(ContactPresence { from: client.clone().into(), show }))
    }

    /// Somebody does something in a room that makes presence or words go around.
    pub fn in_room<T>(&mut self, room: &RoomJid, act: impl FnOnce(&mut Room) -> T) -> T {
        let result = act(self.place(room));
        self.go_around(room);
        self.settle();
        result
    }

    /// The room of this name; there is one as soon as somebody looks for it.
    fn place(&mut self, room: &RoomJid) -> &mut Room {
        let said = self.said.get(room).map_or(0, Vec::len);
        let slow = self.rooms_slow;
        self.rooms.entry(room.clone()).or_insert_with(|| {
            let mut fresh = Room::again(room.clone(), account(), said);
            fresh.harmed = slow;
            fresh
        })
    }

    /// What happened in a room reaches the desk, and the record of what was really said.
    fn go_around(&mut self, name: &RoomJid) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        let events = std::mem::take(&mut room.outbox);
        let words = std::mem::take(&mut room.words);
        if room.deserted() {
            self.rooms.remove(name);
        }
        let at = self.clock.mono;
        if !words.is_empty() {
            let said = words.into_iter().map(|(by, line, before_desk)| Said {
                by,
                nick: line.nick,
                id: line.id,
                body: line.body,
                before_desk,
                at,
                stamp: line.at,
            });
            self.said.entry(name.clone()).or_default().extend(said);
        }
        self.deliver_from_room(events);
    }

    // What the desk asks for

    /// Questions are asked at once; what is remembered and said belongs to the turn.
    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            self.tell(&action);
            match action {
                Action::Remember(record) => {
                    self.assert_crms_heard(&record);
                    self.store.write(record);
                }
                Action::Search(search) => self.search(search),
                Action::LookUp(question) => self.look_up(&question),
                Action::Speak(_) | Action::AskForGood(_) if self.turn.gathers() => self.turn.keep(action),
                Action::Speak(_) | Action::Ask(_) | Action::AskForGood(_) if !self.linked => self.keep_unsent(action),
                Action::Ask(question) | Action::AskForGood(question) => self.ask(question),
                Action::Speak(speech) | Action::Warn(speech) => self.speak(speech),
                Action::Report(notice) => self.notices.push(notice),
            }
        }
        self.turn.count();
    }

    pub(crate) fn send(&mut self, actions: Vec<Action>) {
        if self.linked {
            self.perform_now(actions);
        } else {
            actions.into_iter().for_each(|action| self.keep_unsent(action));
        }
    }

    fn keep_unsent(&mut self, action: Action) {
        if self.session {
            self.unsent.push(action);
        }
    }

    fn perform_now(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Ask(question) | Action::AskForGood(question) => self.ask(question),
                Action::Speak(speech) => self.speak(speech),
                _ => {}
            }
        }
    }

    fn ask(&mut self, question: Question) {
        if !self.answering {
            return;
        }
        match &question {
            Question::Roster => {
                let answer = Answer::Roster(self.roster());
                self.deliver(vec![Event::QuestionAnswered { question, answer }]);
            }
            Question::Enter { room, nick, password, .. } => {
                let (room, nick, password) = (room.clone(), nick.clone(), password.clone());
                self.place(&room).enter_desk(&me(), &nick, password.as_deref());
                self.go_around(&room);
                self.rooms.retain(|_, room| room.stays());
            }
            Question::OwnArchive { after } => {
                let answer = self.own_page(after);
                self.deliver(vec![Event::QuestionAnswered { question, answer }]);
            }
            Question::Describe { room }
            | Question::Configure { room, .. }
            | Question::ListAffiliated { room, .. }
            | Question::Affiliate { room, .. }
            | Question::Archive { room, .. }
            | Question::SelfPing { room, .. }
            | Question::Silence { room, .. }
            | Question::GiveVoice { room, .. }
            | Question::Destroy { room, .. } => {
                let room = room.clone();
                self.ask_room(&room, question);
            }
        }
    }

    /// Two messages a page.
    fn own_page(&self, after: &StanzaId) -> Answer {
        let at = self.own_archive.iter().position(|message| message.archived.as_ref() == Some(after));
        let Some(at) = at else { return Answer::Refused(frontdesk::desk::event::Condition::ItemNotFound) };
        let late = |message: &DirectMessage| DirectMessage { delayed: true, ..message.clone() };
        let direct: Vec<_> = self.own_archive[at + 1..].iter().take(2).map(late).collect();
        let last = direct.last().and_then(|message| message.archived.clone());
        let complete = at + 1 + direct.len() == self.own_archive.len();
        Answer::Archived(Page { direct, last, complete, ..Page::default() })
    }

    fn ask_room(&mut self, room: &RoomJid, question: Question) {
        let Some(place) = self.rooms.get_mut(room) else {
            let answer = Answer::Refused(frontdesk::desk::event::Condition::ItemNotFound);
            return self.deliver_from_room(vec![Event::QuestionAnswered { question, answer }]);
        };
        let answer = place.answer(&question);
        self.go_around(room);
        match answer {
            Some(answer) => self.deliver_from_room(vec![Event::QuestionAnswered { question, answer }]),
            None => self.unanswered.push(question),
        }
        self.rooms.retain(|_, room| room.stays());
    }

    fn search(&mut self, search: Search) {
        let reply = faq::reply(&search.look);
        self.waiting.push_back(Event::FaqAnswered { search, reply });
    }

    fn speak(&mut self, speech: Speech) {
        match speech {
            Speech::Room { room, id, body, .. } => {
                let wall = self.clock.wall;
                if let Some(place) = self.rooms.get_mut(&room) {
                    place.say_as_desk(Some(id), &body, wall);
                }
                self.go_around(&room);
            }
            Speech::Leave { room, .. } => {
                if let Some(place) = self.rooms.get_mut(&room) {
                    place.leave_desk();
                }
                self.go_around(&room);
                self.late.retain(|event| room_of(event) != Some(&room));
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

/// The room whose sending this is. Of a room that we left we hear nothing more.
fn room_of(event: &Event) -> Option<&RoomJid> {
    match event {
        Event::OccupantPresent(presence) => Some(&presence.room),
        Event::OccupantGone(gone) => Some(&gone.room),
        Event::RoomMessageReceived(message) => Some(&message.room),
        Event::SubjectReceived { room, .. } | Event::EntryRefused { room, .. } => Some(room),
        _ => None,
    }
}

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}
