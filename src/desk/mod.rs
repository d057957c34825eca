//! DECIDES. A plain, deterministic state machine: one event and the time in, a list of actions out.
//!
//! No async, no clock, no randomness, no I/O, no locks; it cannot fail. What goes wrong outside comes back as an event.

pub mod action;
pub mod chat;
pub mod commands;
mod direct;
pub mod event;
pub mod ids;
mod inviting;
pub mod moment;
mod office;
pub mod operators;
mod queue;
pub mod record;
mod recording;
pub mod routing;
pub mod settings;
pub mod snapshot;
pub mod wording;
mod zones;

use std::collections::{BTreeMap, BTreeSet};

use jid::Jid;

use action::{Action, Asker, Notice, Question, Speech};
use chat::Chat;
use event::{Answer, Event, FaqReply, RosterItem};
use ids::{ChatId, OperatorId, RoomJid};
use moment::{Moment, Mono, Stamp};
use office::{LinkState, Office, Out};
use operators::Operators;
use queue::Queues;
use record::{Counter, Restored};
use settings::Settings;

/// The desk: all open chats, and what they share.
#[derive(Debug)]
pub struct Desk {
    office: Office,
    chats: BTreeMap<ChatId, Chat>,
    rooms: BTreeMap<RoomJid, ChatId>,
    deadlines: BTreeSet<(Mono, ChatId)>,
    due_at: BTreeMap<ChatId, Mono>,
    last_chat: i64,
    ready: bool,
}

impl Desk {
    /// A desk with these settings, going on where `restored` says the last one stopped.
    pub fn new(settings: Settings, restored: Restored, at: Moment) -> Self {
        let mut operators = Operators::default();
        operators.configure(&settings.operators);
        let mut desk = Self {
            office: Office {
                settings,
                operators,
                queues: Queues::default(),
                link: LinkState::Never,
                routing_due: false,
                retiring: false,
                recording: recording::Recording::default(),
                strangers: BTreeMap::new(),
            },
            chats: BTreeMap::new(),
            rooms: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            due_at: BTreeMap::new(),
            last_chat: restored.last_chat,
            ready: false,
        };
        for chat in restored.chats {
            desk.adopt(Chat::restore(chat, &desk.office, at));
        }
        desk
    }

    /// Takes one event and says what is to be done about it, in order.
    pub fn handle(&mut self, event: Event, stamp: Stamp) -> Vec<Action> {
        let mut out = Out::new(stamp);
        self.decide(event, &mut out);
        self.route(&mut out);
        self.say_when_ready(&mut out);
        self.say_when_retired(&mut out);
        out.into_actions()
    }

    /// When the desk next needs attention. The daemon sends `Event::TimePassed` at that time.
    pub fn next_deadline(&self) -> Option<Mono> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Why the desk needs attention at [`Self::next_deadline`], and which chat.
    pub fn next_reason(&self) -> Option<(ChatId, &'static str)> {
        let (_, id) = self.deadlines.first()?;
        let (_, why) = self.chats.get(id)?.deadline(&self.office)?;
        Some((*id, why))
    }

    fn decide(&mut self, event: Event, out: &mut Out) {
        match event {
            Event::Connected => self.connected(out),
            Event::Disconnected => self.disconnected(out),
            Event::Resumed => self.resumed(out),
            Event::InvitationReceived(invitation) => self.invited(&invitation, out),
            Event::DirectMessageReceived(message) => self.direct_message(message, out),
            Event::PresenceReceived(presence) => self.presence(&presence),
            Event::SubscriptionRequested { from } => self.subscription_requested(from, out),
            Event::RosterChanged(item) => self.roster_changed(&item, out),
            Event::TimeAsked { from, id } => self.time_asked(from, id, out),
            Event::OccupantPresent(presence) => {
                let room = presence.room.clone();
                self.in_our_room(&room, out, |chat, office, out| chat.occupant_present(&presence, office, out));
            }
            Event::OccupantGone(gone) => {
                let room = gone.room.clone();
                self.in_room(&room, out, |chat, office, out| chat.occupant_gone(gone, office, out));
            }
            Event::EntryRefused { room, condition } => {
                self.in_room(&room, out, |chat, office, out| chat.entry_refused(condition, office, out));
            }
            Event::RoomMessageReceived(message) => {
                let room = message.room.clone();
                self.in_our_room(&room, out, |chat, office, out| chat.room_message(message, office, out));
            }
            Event::SubjectReceived { room } => {
                self.in_room(&room, out, |chat, office, out| chat.subject_received(office, out));
            }
            Event::QuestionAnswered { question, answer } => self.question_answered(&question, answer, out),
            Event::FaqAnswered { asker, reply } => self.faq_answered(asker, &reply, out),
            Event::MessageBounced { .. } | Event::InvitationDeclined { .. } | Event::StanzaUnreadable { .. } => {
                out.count(Counter::StanzaIgnored);
            }
            Event::RecordFailed(why) => self.record_failed(why, out),
            Event::RecordRestored => self.record_restored(out),
            Event::TimePassed => self.time_passed(out),
            Event::SettingsChanged(settings) => self.settings_changed(*settings, out),
            Event::RetirementAsked => self.retire(out),
        }
    }

    // The link

    fn connected(&mut self, out: &mut Out) {
        self.office.link = LinkState::Up;
        self.office.operators.forget_presence();
        out.ask(Question::Roster);
        out.speak(Speech::Available);
        self.warn_of_failing_record(out);
        self.each_chat(out, |chat, office, out| {
            chat.thrown_out();
            chat.enter(office, out);
        });
    }

    fn disconnected(&mut self, out: &mut Out) {
        self.office.link = LinkState::Down;
        self.each_chat(out, |_, _, _| {});
    }

    fn resumed(&mut self, out: &mut Out) {
        self.office.link = LinkState::Up;
        self.office.routing_due = true;
        self.warn_of_failing_record(out);
        self.each_chat(out, |chat, _, out| chat.resumed(out));
    }

    // Operators' presence

    fn presence(&mut self, presence: &event::ContactPresence) {
        if self.office.operators.presence(presence) {
            self.office.routing_due = true;
        }
    }

    fn subscription_requested(&mut self, from: jid::BareJid, out: &mut Out) {
        if self.office.operators.find(&from).is_some() {
            out.speak(Speech::ApproveSubscription(from.clone()));
            out.speak(Speech::Subscribe(from));
        } else {
            out.count(Counter::SubscriptionRefused);
            out.speak(Speech::RefuseSubscription(from));
        }
    }

    fn roster_received(&mut self, items: &[RosterItem], out: &mut Out) {
        for item in items {
            self.office.operators.roster(item);
        }
        let missing: Vec<jid::BareJid> = self
            .office
            .operators
            .employed()
            .filter(|(_, operator)| operator.subscribed != Some(true))
            .map(|(_, operator)| operator.settings.jid.clone())
            .collect();
        for operator in missing {
            out.speak(Speech::Subscribe(operator.clone()));
            out.report(Notice::SubscriptionMissing { operator });
        }
    }

    fn roster_changed(&mut self, item: &RosterItem, out: &mut Out) {
        let known = self.office.operators.find(&item.jid).and_then(|id| self.office.operators.get(id));
        let lost = known.is_some_and(|operator| operator.subscribed == Some(true)) && !item.to;
        self.office.operators.roster(item);
        if lost {
            out.report(Notice::SubscriptionMissing { operator: item.jid.clone() });
        }
    }

    fn time_asked(&self, from: Jid, id: String, out: &mut Out) {
        let time = out.stamp.at.wall.with_timezone(&self.office.settings.zone).fixed_offset();
        out.speak(Speech::TellTime { to: from, id, time });
    }

    // Answers

    fn question_answered(&mut self, question: &Question, answer: Answer, out: &mut Out) {
        match (question, answer) {
            (Question::Roster, Answer::Roster(items)) => self.roster_received(&items, out),
            (Question::Roster, _) => {}
            (
                Question::Enter { room, .. }
                | Question::Describe { room }
                | Question::Configure { room, .. }
                | Question::ListAffiliated { room, .. }
                | Question::Affiliate { room, .. }
                | Question::Archive { room, .. }
                | Question::SelfPing { room, .. }
                | Question::Silence { room, .. }
                | Question::Destroy { room, .. },
                answer,
            ) => self.in_room(room, out, |chat, office, out| chat.question_answered(question, answer, office, out)),
        }
    }

    fn faq_answered(&mut self, asker: Asker, reply: &FaqReply, out: &mut Out) {
        match asker {
            Asker::Room(id) => self.with_chat(id, out, |chat, _, out| {
                let waits = matches!(chat.stage, chat::stage::Stage::Waiting | chat::stage::Stage::Offered(_));
                chat.answer(wording::faq(chat.language(), reply, waits), out);
            }),
            Asker::Person(to, language) => {
                let id = out.fresh_id();
                out.speak(Speech::Direct { to, id, body: wording::faq(language, reply, false), language });
            }
        }
    }

    // Time

    fn time_passed(&mut self, out: &mut Out) {
        let now = out.mono();
        let due: Vec<ChatId> = self.deadlines.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect();
        for id in due {
            self.with_chat(id, out, |chat, office, out| chat.time_passed(office, out));
        }
    }

    // The configuration and the end

    fn settings_changed(&mut self, settings: Settings, out: &mut Out) {
        self.office.operators.configure(&settings.operators);
        self.office.settings = settings;
        self.office.routing_due = true;
        self.each_chat(out, |chat, office, out| chat.settings_changed(office, out));
        if self.office.online() {
            out.ask(Question::Roster);
        }
    }

    fn retire(&mut self, out: &mut Out) {
        self.office.retiring = true;
        self.each_chat(out, |chat, office, out| chat.retire(office, out));
    }

    fn say_when_retired(&mut self, out: &mut Out) {
        if self.office.retiring && self.chats.is_empty() {
            self.office.retiring = false;
            out.report(Notice::Retired);
        }
    }

    /// Ready: logged in, and no room of an earlier life is still being entered.
    fn say_when_ready(&mut self, out: &mut Out) {
        let entering = |chat: &Chat| !matches!(chat.visit, chat::stage::Visit::Inside(_));
        if !self.ready && self.office.online() && !self.chats.values().any(entering) {
            self.ready = true;
            out.report(Notice::Ready);
        }
    }

    // Routing

    /// Brings waiting chats, the oldest first, and free operators together.
    fn route(&mut self, out: &mut Out) {
        while self.office.online() && std::mem::take(&mut self.office.routing_due) {
            let waiting: Vec<ChatId> = self.office.queues.in_order().collect();
            for id in waiting {
                self.route_one(id, out);
            }
        }
    }

    fn route_one(&mut self, id: ChatId, out: &mut Out) {
        let Some(chat) = self.chats.get(&id).filter(|chat| chat.wants_operator()) else { return };
        match self.choose_for(chat) {
            Some(operator) => self.with_chat(id, out, |chat, office, out| chat.offer(operator, office, out)),
            None if chat.wonders() => {
                self.with_chat(id, out, |chat, office, out| chat.nobody_free(office, out));
            }
            None => {}
        }
    }

    fn choose_for(&self, chat: &Chat) -> Option<OperatorId> {
        let queue = self.office.queue(&chat.queue)?;
        routing::choose(queue.strategy, &self.office.operators, &queue.name, |operator| chat.passed_by(operator))
    }

    // Chats

    fn adopt(&mut self, chat: Chat) {
        if let Some(operator) = chat.stage.engages() {
            self.office.operators.engage(operator, chat.id);
        }
        chat.stand_in_line(&mut self.office);
        self.rooms.insert(chat.room.clone(), chat.id);
        self.chats.insert(chat.id, chat);
    }

    fn in_room(&mut self, room: &RoomJid, out: &mut Out, act: impl FnOnce(&mut Chat, &mut Office, &mut Out)) {
        if let Some(id) = self.rooms.get(room) {
            self.with_chat(*id, out, act);
        }
    }

    /// As [`Self::in_room`], for what only somebody who makes things up sends about a room that is not ours.
    fn in_our_room(&mut self, room: &RoomJid, out: &mut Out, act: impl FnOnce(&mut Chat, &mut Office, &mut Out)) {
        if !self.rooms.contains_key(room) {
            out.count(Counter::StanzaIgnored);
        }
        self.in_room(room, out, |chat, office, out| {
            chat.room_lives(out);
            act(chat, office, out);
        });
    }

    fn each_chat(&mut self, out: &mut Out, act: impl Fn(&mut Chat, &mut Office, &mut Out)) {
        let all: Vec<ChatId> = self.chats.keys().copied().collect();
        for id in all {
            self.with_chat(id, out, &act);
        }
    }

    /// Lets something happen to a chat, then remembers it, forgets it if it is closed, and asks when it is next due.
    fn with_chat(&mut self, id: ChatId, out: &mut Out, act: impl FnOnce(&mut Chat, &mut Office, &mut Out)) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        act(chat, &mut self.office, out);
        chat.save(&self.office, out);
        let due = chat.deadline(&self.office).map(|(at, _)| at);
        if chat.closed() {
            let room = chat.room.clone();
            self.rooms.remove(&room);
            self.chats.remove(&id);
            self.schedule(id, None);
        } else {
            self.schedule(id, due);
        }
    }

    fn schedule(&mut self, id: ChatId, due: Option<Mono>) {
        if let Some(before) = self.due_at.remove(&id) {
            self.deadlines.remove(&(before, id));
        }
        if let Some(at) = due {
            self.due_at.insert(id, at);
            self.deadlines.insert((at, id));
        }
    }
}
