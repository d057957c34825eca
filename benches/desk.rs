//! How many events a second the desk decides on one core, and whether that depends on how many chats are open.
//!
//! `cargo bench --bench desk` plays busy days without a network or a disk: what the desk wants done is counted and thrown
//! away. The mix is that of a day at a desk: mostly lines (each heard, and each of the desk's own repeated by its room),
//! typing and presence; guests come, wait, are offered, served and leave all the time, so that each chat lives for a few
//! dozen events. What it costs to look at the clock, twice for each event, is measured too, and taken off.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use chrono::{TimeZone, Utc};
use frontdesk::desk::Desk;
use frontdesk::desk::action::{Action, Question, Speech};
use frontdesk::desk::event::{
    Affiliation, Answer, Body, ContactPresence, Event, Invitation, InvitationForm, OccupantGone, OccupantPresent, Page,
    Role, RoomFeatures, RoomMessage, RosterItem, Show,
};
use frontdesk::desk::facts::Brought;
use frontdesk::desk::ids::{MessageId, Nick, QueueName, RoomJid, StanzaId};
use frontdesk::desk::moment::{Entropy, Moment, Mono, Stamp};
use frontdesk::desk::routing::rules::Rules;
use frontdesk::desk::settings::{OperatorSettings, QueueSettings, Settings, StrategyName};
use jid::{BareJid, FullJid, Jid};

fn main() {
    let seconds = std::env::var("FRONTDESK_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    let wanted: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = match wanted[..] {
        [operators, chats] => vec![(operators, chats)],
        _ => vec![(10, 100), (10, 1_000), (100, 1_000), (1_000, 1_000), (1_000, 10_000)],
    };
    for (operators, chats) in sizes {
        let mut day = Day::new(operators, chats);
        day.fill();
        let (rate, slowest) = day.measure(Duration::from_secs_f64(seconds));
        println!(
            "{operators:>5} operators, {chats:>6} open chats: {rate:>10.0} events a second, slowest {} µs, {} offers, {} actions",
            slowest.as_micros(),
            day.offers,
            day.actions,
        );
    }
}

/// A desk, the rooms' side of what happens, and a deterministic dice.
struct Day {
    desk: Desk,
    now: Moment,
    entropy: u64,
    dice: u64,
    events: VecDeque<Event>,
    open: Vec<Chat>,
    target: usize,
    born: u64,
    staff: Vec<FullJid>,
    offers: u64,
    actions: u64,
}

/// A guest's room.
struct Chat {
    room: RoomJid,
    operator: Option<FullJid>,
    lines: u64,
}

impl Day {
    fn new(operators: usize, chats: usize) -> Self {
        let staff: Vec<FullJid> = (0..operators).map(|n| jid(&format!("op{n}@chat.example/pc"))).collect();
        let now = Moment { wall: Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap(), mono: Mono(100_000_000) };
        let desk = Desk::new(settings(&staff, chats), Default::default(), now);
        let mut day = Self {
            desk,
            now,
            entropy: 0,
            dice: 42,
            events: VecDeque::new(),
            open: Vec::new(),
            target: chats,
            born: 0,
            staff,
            offers: 0,
            actions: 0,
        };
        day.happen(Event::Connected);
        for who in day.staff.clone() {
            day.happen(Event::PresenceReceived(ContactPresence { from: who.into(), show: Show::Online }));
        }
        day
    }

    fn fill(&mut self) {
        // Over some minutes, so that not all of them are told at the same moment how long they have waited.
        while self.open.len() < self.target {
            self.come();
            self.pass(Duration::from_millis(100_000 / self.target as u64));
            self.settle();
        }
    }

    /// Events a second, and the slowest event.
    fn measure(&mut self, span: Duration) -> (f64, Duration) {
        let look = cost_of_a_look();
        let (mut spent, mut count, mut slowest) = (Duration::ZERO, 0_u64, Duration::ZERO);
        (self.offers, self.actions) = (0, 0);
        while spent < span {
            self.something_happens();
            while let Some(event) = self.events.pop_front() {
                let begin = Instant::now();
                let actions = self.decide(event);
                let took = begin.elapsed().saturating_sub(look);
                spent += took;
                slowest = slowest.max(took);
                count += 1;
                self.perform(actions);
            }
        }
        (count as f64 / spent.as_secs_f64(), slowest)
    }

    fn something_happens(&mut self) {
        self.pass(Duration::from_millis(200_000 / self.target as u64 / 10));
        match self.roll(100) {
            0..=1 => self.leave(),
            2..=3 => self.flicker(),
            4..=13 => self.type_something(),
            _ => self.speak(),
        }
        if self.open.len() < self.target {
            self.come();
        }
    }

    fn come(&mut self) {
        self.born += 1;
        let room: RoomJid = format!("help{}@rooms.chat.example", self.born).parse().unwrap();
        let guest = jid(&format!("g{}@guest.example/web", self.born));
        self.open.push(Chat { room: room.clone(), operator: None, lines: 0 });
        self.happen(Event::InvitationReceived(Invitation {
            room,
            from: guest.into(),
            form: InvitationForm::Direct,
            password: Some("secret".to_owned()),
            reason: Some("The printer is on fire".to_owned()),
            language: Some("en".to_owned()),
            brought: Brought::default(),
        }));
    }

    fn leave(&mut self) {
        let index = self.pick();
        let chat = self.open.swap_remove(index);
        for nick in [Some("Guest"), chat.operator.as_ref().map(|_| "Operator")].into_iter().flatten() {
            self.happen(Event::OccupantGone(OccupantGone {
                room: chat.room.clone(),
                nick: Nick::from(nick),
                own: false,
                codes: Vec::new(),
                new_nick: None,
                destroyed: nick == "Operator" || chat.operator.is_none(),
            }));
        }
        self.happen(Event::OccupantGone(OccupantGone {
            room: chat.room,
            nick: Nick::from("Support"),
            own: true,
            codes: vec![110],
            new_nick: None,
            destroyed: true,
        }));
    }

    fn flicker(&mut self) {
        let index = self.roll(self.staff.len() as u64) as usize;
        let who = self.staff[index].clone();
        for show in [Show::Away, Show::Online] {
            self.happen(Event::PresenceReceived(ContactPresence { from: who.clone().into(), show }));
        }
    }

    fn type_something(&mut self) {
        let index = self.pick();
        let room = self.open[index].room.clone();
        self.happen(Event::OccupantTyping { room, nick: Nick::from("Operator"), typing: true });
    }

    fn speak(&mut self) {
        let index = self.pick();
        let chat = &mut self.open[index];
        chat.lines += 1;
        let nick = if chat.lines.is_multiple_of(2) && chat.operator.is_some() { "Operator" } else { "Guest" };
        let event = line(
            &chat.room,
            nick,
            &format!("{nick}-{}", chat.lines),
            "Have you tried turning it off and on again?",
            chat.lines,
        );
        self.events.push_back(event);
    }

    fn pick(&mut self) -> usize {
        self.roll(self.open.len() as u64) as usize
    }

    /// A linear congruential generator will do for a dice (Knuth, MMIX).
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    fn pass(&mut self, span: Duration) {
        self.now.mono = self.now.mono + span;
        self.now.wall += span;
        if self.desk.next_deadline().is_some_and(|at| at <= self.now.mono) {
            self.events.push_back(Event::TimePassed);
        }
    }

    /// Outside the measured loop everything happens at once.
    fn happen(&mut self, event: Event) {
        self.events.push_back(event);
        if self.open.len() < self.target || self.born < self.target as u64 {
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some(event) = self.events.pop_front() {
            let actions = self.decide(event);
            self.perform(actions);
        }
    }

    fn decide(&mut self, event: Event) -> Vec<Action> {
        self.entropy += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&self.entropy.to_be_bytes());
        self.desk.handle(event, Stamp { at: self.now, entropy: Entropy(bytes) })
    }

    /// What the rooms and people answer.
    fn perform(&mut self, actions: Vec<Action>) {
        self.actions += actions.len() as u64;
        for action in actions {
            match action {
                Action::Ask(question) | Action::AskForGood(question) => self.answer(question),
                Action::Speak(Speech::Room { room, id, body, .. }) => {
                    if let Some(chat) = self.open.iter().rev().take(50).find(|chat| chat.room == room) {
                        let event = line(&room, "Support", &id.0, &body, chat.lines + 1_000_000 + self.entropy);
                        self.events.push_back(event);
                    } else {
                        let event = line(&room, "Support", &id.0, &body, 1_000_000 + self.entropy);
                        self.events.push_back(event);
                    }
                }
                Action::Speak(Speech::Invite { to, room, .. }) => self.invited(&to.to_bare(), &room),
                _ => {}
            }
        }
    }

    fn invited(&mut self, who: &BareJid, room: &RoomJid) {
        self.offers += 1;
        // One in ten lets it lapse.
        if self.roll(10) == 0 {
            return;
        }
        let jid = who.with_resource_str("pc").unwrap();
        if let Some(chat) = self.open.iter_mut().find(|chat| chat.room == *room) {
            chat.operator = Some(jid.clone());
            let event = present(room, "Operator", Some(jid.into()), Affiliation::Member, Role::Participant, false);
            self.events.push_back(event);
        }
    }

    fn answer(&mut self, question: Question) {
        let answer = match &question {
            Question::Enter { room, .. } => return self.enter(&room.clone()),
            Question::Roster => Answer::Roster(
                self.staff.iter().map(|who| RosterItem { jid: who.to_bare(), to: true, from: true }).collect(),
            ),
            Question::Describe { .. } => Answer::Described(RoomFeatures {
                password: true,
                stanza_ids: true,
                archive: true,
                ..RoomFeatures::default()
            }),
            Question::ListAffiliated { .. } => Answer::Affiliated(Vec::new()),
            Question::Archive { .. } => Answer::Archived(Page { complete: true, ..Page::default() }),
            _ => Answer::Done,
        };
        self.events.push_back(Event::QuestionAnswered { question, answer });
    }

    fn enter(&mut self, room: &RoomJid) {
        let number = room.bare().node().unwrap().as_str().trim_start_matches("help").to_owned();
        let guest = jid(&format!("g{number}@guest.example/web"));
        let guest = present(room, "Guest", Some(guest.into()), Affiliation::Owner, Role::Moderator, false);
        let own = present(room, "Support", None, Affiliation::Owner, Role::Moderator, true);
        self.events.extend([
            guest,
            own,
            Event::SubjectReceived { room: room.clone(), nick: None, subject: String::new() },
        ]);
    }
}

/// What passes between two looks at the clock with nothing between them; the median of many.
fn cost_of_a_look() -> Duration {
    let mut looks: Vec<Duration> = (0..100_001).map(|_| Instant::now().elapsed()).collect();
    looks.sort_unstable();
    looks[looks.len() / 2]
}

fn present(room: &RoomJid, nick: &str, jid: Option<Jid>, affiliation: Affiliation, role: Role, own: bool) -> Event {
    let codes = if own { vec![110] } else { Vec::new() };
    Event::OccupantPresent(OccupantPresent {
        room: room.clone(),
        nick: Nick::from(nick),
        jid,
        affiliation,
        role,
        own,
        codes,
        occupant_id: None,
    })
}

fn line(room: &RoomJid, nick: &str, id: &str, words: &str, stanza: u64) -> Event {
    Event::RoomMessageReceived(Box::new(RoomMessage {
        room: room.clone(),
        nick: Some(Nick::from(nick)),
        id: Some(MessageId::from(id)),
        body: Body::Words(words.to_owned()),
        stanza_id: Some(StanzaId(format!("s{stanza}"))),
        delay: None,
        language: None,
        corrects: None,
        retracts: None,
        occupant_id: None,
    }))
}

fn jid(text: &str) -> FullJid {
    text.parse().unwrap()
}

/// Each operator has places for a tenth more than their share of nine tenths of the chats: some always wait.
fn settings(staff: &[FullJid], chats: usize) -> Settings {
    let strategies =
        [StrategyName::RoundRobin, StrategyName::LongestIdle, StrategyName::FewestChats, StrategyName::Tiers];
    let queues: Vec<QueueSettings> = strategies.iter().enumerate().map(|(n, strategy)| queue(n, *strategy)).collect();
    let places = u32::try_from((chats * 9 / 10).div_ceil(staff.len())).unwrap();
    let operator = |(n, who): (usize, &FullJid)| OperatorSettings {
        jid: who.to_bare(),
        name: format!("Operator {n}").into(),
        queues: queues.iter().map(|queue| queue.name.clone()).collect(),
        chats_max: places,
        tier: u32::try_from(n % 3 + 1).unwrap(),
        skills: BTreeSet::new(),
        languages: Vec::new(),
        supervisor_only: false,
    };
    Settings {
        account: "support@chat.example".parse().unwrap(),
        nick: Nick::from("Support"),
        services: vec!["rooms.chat.example".to_owned()],
        guests: Vec::new(),
        guest_grace: Duration::from_secs(45),
        operator_grace: Duration::from_secs(30),
        hide_operators: true,
        chats_open_max: chats * 2,
        alias: true,
        alias_idle: Duration::from_secs(900),
        shared_accounts: Vec::new(),
        zone: chrono_tz::Europe::Berlin,
        operators: staff.iter().enumerate().map(operator).collect(),
        queues,
        rules: Rules::default(),
        token: None,
        crms: Vec::new(),
    }
}

fn queue(n: usize, strategy: StrategyName) -> QueueSettings {
    QueueSettings {
        name: QueueName::from(format!("queue{n}").as_str()),
        strategy,
        offer: Duration::from_secs(20),
        first_reply: Duration::from_secs(120),
        tier: Duration::from_secs(60),
        wrap_up: Duration::from_secs(5),
        prefer_last_operator: false,
        supervisors: Vec::new(),
        hours: None,
        holidays: BTreeSet::new(),
        skills: BTreeSet::new(),
        chat_weight: 1,
        priority: 0,
        escalate: Duration::from_secs(180),
        message: Duration::from_secs(300),
        missed_offers_max: 0,
        overflow: None,
    }
}
