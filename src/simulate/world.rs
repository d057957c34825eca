//! A world around the desk: a server that answers everything at once, rooms that behave, and a clock that jumps from one
//! deed or deadline to the next. What is decided is decided by the desk alone.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::fast::FixedState;
use jid::{FullJid, Jid};

use super::agenda::{Agenda, Deed, GuestNumber, StaffNumber};
use super::case::Case;
use super::cast::Cast;
use super::server;
use crate::desk::Desk;
use crate::desk::action::{Action, Notice, Question, Speech};
use crate::desk::crm::{CrmReply, LookUp};
use crate::desk::event::{Answer, ContactPresence, DirectMessage, Event, FaqReply, Invitation, RosterItem, Show};
use crate::desk::ids::{ChatId, Nick, RoomJid};
use crate::desk::moment::{Entropy, Moment, Mono, Stamp, earlier};
use crate::desk::record::{ChatRecord, LineKind, LineRecord, Outcome, Record, Restored, StageName};
use crate::desk::settings::Settings;

/// What the desk says before anybody has come: the monotonic clock begins here, so that no deadline lies before it.
const MONO_START: u64 = 1_000_000;

/// What operators say to guests.
const HELLO: &str = "Hello, how can I help?";

/// Where everything that the desk wants remembered goes, with the time; for those who want to keep it.
pub type Keeper<'a> = Box<dyn FnMut(&Record, DateTime<Utc>) + 'a>;

/// A desk and the people around it.
pub struct World<'a, C> {
    /// Who plays the people.
    pub cast: C,
    /// What they are going to do.
    pub agenda: Agenda,
    desk: Desk,
    start: DateTime<Utc>,
    inbox: VecDeque<Event>,
    /// Empty, and used again and again.
    actions: Vec<Action>,
    cases: HashMap<GuestNumber, Box<Case>, FixedState>,
    by_room: HashMap<RoomJid, GuestNumber, FixedState>,
    by_chat: HashMap<ChatId, GuestNumber, FixedState>,
    staff: Vec<Staff>,
    by_address: HashMap<String, StaffNumber, FixedState>,
    desk_nick: Nick,
    guests: GuestNumber,
    entropy: u64,
    keeper: Option<Keeper<'a>>,
}

/// An operator as the world plays them.
#[derive(Debug, Clone)]
struct Staff {
    client: Jid,
    nick: Nick,
}

impl<'a, C: Cast> World<'a, C> {
    /// A desk with these settings that begins then, logged in, with nobody there.
    pub fn new(settings: Settings, start: DateTime<Utc>, cast: C, keeper: Option<Keeper<'a>>) -> Self {
        let staff: Vec<Staff> = settings.operators.iter().map(|operator| Staff::new(&operator.jid)).collect();
        let address = |(number, operator): (StaffNumber, &crate::desk::settings::OperatorSettings)| {
            (operator.jid.as_str().to_owned(), number)
        };
        let by_address = settings.operators.iter().enumerate().map(address).collect();
        let at = Moment { wall: start, mono: Mono(MONO_START) };
        let mut world = Self {
            cast,
            agenda: Agenda::default(),
            desk_nick: settings.nick.clone(),
            desk: Desk::new(settings, Restored::default(), at),
            start,
            inbox: VecDeque::from([Event::Connected]),
            actions: Vec::new(),
            cases: HashMap::default(),
            by_room: HashMap::default(),
            by_chat: HashMap::default(),
            staff,
            by_address,
            guests: 0,
            entropy: 0,
            keeper,
        };
        world.settle();
        world
    }

    /// Lives until nobody plans anything and no chat is open, or until then (in milliseconds since the beginning). Asks after
    /// each deed whether to go on, and tells how many guests have come whenever one more has.
    pub fn live(&mut self, until: impl Fn(&C) -> Option<u64>, mut progress: impl FnMut(GuestNumber)) {
        while let Some(next) = self.next() {
            if until(&self.cast).is_some_and(|until| next > until) {
                return;
            }
            self.agenda.jump(next);
            let come = self.guests;
            match self.agenda.take_due() {
                Some(deed) => self.perform_deed(deed),
                None => self.inbox.push_back(Event::TimePassed),
            }
            self.settle();
            if self.guests > come {
                progress(self.guests);
            }
        }
    }

    /// Chats that are open.
    pub fn open(&self) -> usize {
        self.by_chat.len()
    }

    fn next(&self) -> Option<u64> {
        // An empty house has deadlines only for itself.
        let desk = self.desk.next_deadline().filter(|_| !self.cases.is_empty());
        let desk = desk.map(|at| at.0.saturating_sub(MONO_START).max(self.agenda.now()));
        earlier(self.agenda.next(), desk)
    }

    fn now(&self) -> Moment {
        let ahead = self.agenda.now();
        let wall = self.start + TimeDelta::milliseconds(i64::try_from(ahead).unwrap_or(i64::MAX));
        Moment { wall, mono: Mono(MONO_START + ahead) }
    }

    fn settle(&mut self) {
        // However much happens at once, it takes no time.
        let at = self.now();
        while let Some(event) = self.inbox.pop_front() {
            self.entropy += 1;
            let entropy = Entropy(u128::from(self.entropy).to_be_bytes());
            let stamp = Stamp { at, entropy };
            let mut actions = std::mem::take(&mut self.actions);
            self.desk.handle_into(event, stamp, &mut actions);
            actions.drain(..).for_each(|action| self.perform(action));
            self.actions = actions;
        }
    }

    // People

    fn perform_deed(&mut self, deed: Deed) {
        match deed {
            Deed::Invite => self.invite(),
            Deed::GuestLeaves(guest) => self.guest_leaves(guest, |_| true),
            Deed::LosePatience(guest) => self.guest_leaves(guest, |case| case.owner.is_none()),
            Deed::Enter(guest, operator) => self.enter_if(guest, operator, |case| case.asked.contains(&operator)),
            Deed::Take(guest, operator) => self.enter_if(guest, operator, |case| case.owner.is_none()),
            Deed::Decline(guest, operator) => self.decline(guest, operator),
            Deed::Speak(guest, operator) => self.say(guest, operator, HELLO),
            Deed::Tell(guest, operator, words) => self.say(guest, operator, &words),
            Deed::Close(guest, operator) => self.say(guest, operator, "!close"),
            Deed::Leave(guest, operator) => self.operator_leaves(guest, operator),
            Deed::Show(operator, show) => self.show(operator, show),
            Deed::Order(operator, words) => self.order(operator, words),
        }
    }

    fn invite(&mut self) {
        let Some(invitation) = self.cast.invite(&mut self.agenda) else { return };
        self.guests += 1;
        let (guest, room) = (self.guests, invitation.room.clone());
        let Ok(address) = FullJid::try_from(invitation.from.clone()) else { return };
        if !self.by_room.contains_key(&room) {
            self.by_room.insert(room.clone(), guest);
            self.cases.insert(guest, Box::new(Case::new(guest, address, room, self.agenda.now())));
        }
        self.hear_invitation(guest, invitation);
    }

    /// Nothing may come of it; then the guest goes away.
    fn hear_invitation(&mut self, guest: GuestNumber, invitation: Invitation) {
        self.inbox.push_back(Event::InvitationReceived(invitation));
        self.settle();
        if self.cases.get(&guest).is_some_and(|case| case.chat.is_none()) {
            self.forget(guest);
        } else if let Some(case) = self.cases.get(&guest) {
            self.cast.opened(case, &mut self.agenda);
        }
    }

    fn guest_leaves(&mut self, guest: GuestNumber, wanted: impl Fn(&Case) -> bool) {
        let Some(case) = self.cases.get_mut(&guest).filter(|case| case.guest_inside && wanted(case)) else { return };
        case.guest_inside = false;
        self.inbox.push_back(server::gone(&case.room, server::guest_nick()));
    }

    fn enter_if(&mut self, guest: GuestNumber, operator: StaffNumber, wanted: impl Fn(&Case) -> bool) {
        let Some(who) = self.staff.get(operator) else { return };
        let Some(case) = self.cases.get_mut(&guest).filter(|case| wanted(case)) else { return };
        if !case.inside.contains(&operator) {
            case.inside.push(operator);
            self.inbox.push_back(server::operator_present(&case.room, who.nick.clone(), who.client.clone()));
        }
    }

    fn decline(&mut self, guest: GuestNumber, operator: StaffNumber) {
        let Some(case) = self.cases.get(&guest).filter(|case| case.asked.contains(&operator)) else { return };
        if let Some(chat) = case.chat {
            self.order(operator, format!("!decline {chat}"));
        }
    }

    fn say(&mut self, guest: GuestNumber, operator: StaffNumber, words: &str) {
        let Some(case) = self.cases.get(&guest).filter(|case| case.inside.contains(&operator)) else { return };
        let Some(who) = self.staff.get(operator).filter(|_| case.owner == Some(operator)) else { return };
        self.inbox.push_back(server::said(case.room.clone(), who.nick.clone(), None, words.to_owned()));
    }

    fn operator_leaves(&mut self, guest: GuestNumber, operator: StaffNumber) {
        let Some(who) = self.staff.get(operator) else { return };
        let Some(case) = self.cases.get_mut(&guest).filter(|case| case.inside.contains(&operator)) else { return };
        case.inside.retain(|one| *one != operator);
        self.inbox.push_back(server::gone(&case.room, who.nick.clone()));
    }

    fn show(&mut self, operator: StaffNumber, show: Show) {
        if let Some(who) = self.staff.get(operator) {
            self.inbox.push_back(Event::PresenceReceived(ContactPresence { from: who.client.clone(), show }));
        }
    }

    fn order(&mut self, operator: StaffNumber, body: String) {
        if let Some(who) = self.staff.get(operator) {
            let from = who.client.clone();
            let message = DirectMessage {
                from,
                body,
                language: None,
                delayed: false,
                id: None,
                encrypted: false,
                archived: None,
            };
            self.inbox.push_back(Event::DirectMessageReceived(message));
        }
    }

    // What the desk wants done

    fn perform(&mut self, action: Action) {
        match action {
            Action::Remember(record) => self.remember(&record),
            Action::Ask(question) | Action::AskForGood(question) => self.answer(question),
            Action::Speak(speech) | Action::Warn(speech) => self.speak(speech),
            Action::Search(search) => {
                self.inbox.push_back(Event::FaqAnswered { search, reply: FaqReply::Nothing });
            }
            Action::LookUp(asked) => self.look_up(asked),
            Action::Report(notice) => self.hear_of(&notice),
        }
    }

    fn answer(&mut self, question: Question) {
        let answer = match &question {
            Question::Enter { room, .. } => return self.let_desk_in(room),
            Question::Roster => Answer::Roster(self.roster()),
            _ => server::answer(&question),
        };
        self.inbox.push_back(Event::QuestionAnswered { question, answer });
    }

    fn roster(&self) -> Vec<RosterItem> {
        self.staff.iter().map(|who| RosterItem { jid: who.client.to_bare(), to: true, from: true }).collect()
    }

    fn let_desk_in(&mut self, room: &RoomJid) {
        let Some(case) = self.by_room.get(room).and_then(|guest| self.cases.get(guest)) else {
            return self.inbox.push_back(server::no_such_room(room));
        };
        if case.guest_inside {
            self.inbox.push_back(server::guest_present(room, case.address.clone()));
        }
        for who in case.inside.iter().filter_map(|operator| self.staff.get(*operator)) {
            self.inbox.push_back(server::operator_present(room, who.nick.clone(), who.client.clone()));
        }
        self.inbox.push_back(server::desk_present(room, self.desk_nick.clone()));
        self.inbox.push_back(server::history_is_over(room));
    }

    fn speak(&mut self, speech: Speech) {
        match speech {
            Speech::Room { room, id, body, .. } => {
                self.inbox.push_back(server::said(room, self.desk_nick.clone(), Some(id), body));
            }
            Speech::Invite { to, room, .. } => self.invited(&to, &room),
            _ => {}
        }
    }

    /// Guests are invited too, when their room gets a password; only operators take it as an offer.
    fn invited(&mut self, to: &Jid, room: &RoomJid) {
        let Some(operator) = self.by_address.get(to.as_str()) else { return };
        let Some(case) = self.by_room.get(room).and_then(|guest| self.cases.get(guest)) else { return };
        self.cast.offered(case, *operator, &mut self.agenda);
    }

    fn look_up(&mut self, asked: LookUp) {
        let case = self.by_chat.get(&asked.chat).and_then(|guest| self.cases.get(guest));
        let known = case.map(|case| self.cast.known(case)).unwrap_or_default();
        let reply = if known.is_empty() { CrmReply::Unknown } else { CrmReply::Known(known) };
        self.inbox.push_back(Event::LookedUp { chat: asked.chat, source: asked.source, reply });
    }

    fn hear_of(&mut self, notice: &Notice) {
        match notice {
            Notice::ChatClosed { chat, outcome } => self.close(*chat, *outcome),
            Notice::OperatorBenched { operator, .. } => {
                if let Some(operator) = self.by_address.get(operator.as_str()) {
                    self.cast.benched(*operator, &mut self.agenda);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, chat: ChatId, outcome: Outcome) {
        let Some(guest) = self.by_chat.remove(&chat) else { return };
        if let Some(case) = self.cases.get_mut(&guest) {
            case.outcome = Some(outcome);
        }
        self.forget(guest);
    }

    /// The room is gone, and everybody with it.
    fn forget(&mut self, guest: GuestNumber) {
        self.release(guest);
        if let Some(case) = self.cases.remove(&guest) {
            self.by_room.remove(&case.room);
            self.cast.closed(&case, &mut self.agenda);
        }
    }

    // What is remembered tells where a chat stands

    fn remember(&mut self, record: &Record) {
        if self.keeper.is_some() {
            let wall = self.now().wall;
            self.keeper.iter_mut().for_each(|keeper| keeper(record, wall));
        }
        match record {
            Record::Chat(chat) => self.chat_changed(chat),
            Record::Line(line) => self.line_added(line),
            Record::Choice(choice) => {
                let case = self.by_chat.get(&choice.chat).and_then(|guest| self.cases.get(guest));
                case.into_iter().for_each(|case| self.cast.chose(case, choice));
            }
            _ => {}
        }
    }

    fn chat_changed(&mut self, chat: &ChatRecord) {
        if chat.stage == StageName::Closing {
            if let Some(guest) = self.by_chat.get(&chat.id).copied() {
                self.release(guest);
            }
            return;
        }
        if self.by_chat.contains_key(&chat.id) {
            return;
        }
        let Some(case) = self.by_room.get(&chat.room).and_then(|guest| self.cases.get_mut(guest)) else { return };
        match chat.stage {
            StageName::Closed => case.outcome = chat.outcome,
            _ => {
                case.chat = Some(chat.id);
                self.by_chat.insert(chat.id, case.guest);
            }
        }
    }

    fn line_added(&mut self, line: &LineRecord) {
        let told = matches!(
            line.kind,
            LineKind::Offered
                | LineKind::Accepted
                | LineKind::Transferred
                | LineKind::Declined
                | LineKind::Lapsed
                | LineKind::Revoked
        );
        if !told {
            return;
        }
        let Some(guest) = self.by_chat.get(&line.chat).copied() else { return };
        let Some(operator) = line.jid.as_ref().and_then(|jid| self.by_address.get(jid)).copied() else { return };
        match line.kind {
            LineKind::Offered => self.ask(guest, operator),
            LineKind::Accepted | LineKind::Transferred => self.accept(guest, operator),
            _ => self.ask_no_more(guest, operator),
        }
    }

    fn ask(&mut self, guest: GuestNumber, operator: StaffNumber) {
        if let Some(case) = self.cases.get_mut(&guest) {
            case.asked.push(operator);
        }
    }

    fn accept(&mut self, guest: GuestNumber, operator: StaffNumber) {
        self.release(guest);
        let now = self.agenda.now();
        let Some(case) = self.cases.get_mut(&guest) else { return };
        case.asked.clear();
        (case.owner, case.owned_since) = (Some(operator), now);
        if case.accepted.is_none() {
            (case.accepted, case.first_owner) = (Some(now), Some(operator));
        }
        self.cast.accepted(case, operator, &mut self.agenda);
    }

    fn ask_no_more(&mut self, guest: GuestNumber, operator: StaffNumber) {
        let Some(case) = self.cases.get_mut(&guest) else { return };
        case.asked.retain(|one| *one != operator);
        if case.owner == Some(operator) {
            self.release(guest);
        }
    }

    fn release(&mut self, guest: GuestNumber) {
        let Some(case) = self.cases.get_mut(&guest) else { return };
        if let Some(operator) = case.owner {
            self.cast.released(case, operator, &mut self.agenda);
            case.owner = None;
        }
    }
}

impl Staff {
    fn new(jid: &jid::BareJid) -> Self {
        let client = jid.with_resource_str("simulated").map_or_else(|_| jid.clone().into(), Jid::from);
        Self { client, nick: Nick::from(jid.to_string()) }
    }
}
