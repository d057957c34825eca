//! DECIDES. A plain, deterministic state machine: one event and the time in, a list of actions out.
//!
//! No async, no clock, no randomness, no I/O, no locks; it cannot fail. What goes wrong outside comes back as an event.

pub mod action;
mod alias;
mod answering;
mod bounds;
pub mod chat;
mod chats;
pub mod commands;
pub mod crm;
mod deadlines;
mod dialogues;
mod direct;
mod dispatching;
pub mod event;
pub mod facts;
pub mod guest_state;
mod guests;
pub mod hours;
pub mod ids;
mod inbox;
mod inviting;
mod letting_in;
mod messages;
pub mod moment;
mod noted;
mod office;
pub mod operators;
mod orders;
mod paging;
mod prints;
mod queue;
pub mod ratings;
pub mod record;
mod recording;
mod returning;
pub mod routing;
pub mod settings;
pub mod snapshot;
pub mod token;
pub mod wording;
mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::Jid;

use action::{Action, Notice, Question, Speech};
use bounds::Bounds;
use chat::Chat;
use chat::cause::Cause;
use chats::Chats;
use deadlines::Deadlines;
use dialogues::Dialogues;
use dispatching::Due;
use event::{Answer, Condition, Event, RosterItem};
use guests::Guests;
use ids::{ChatId, MessageId, RoomJid};
use messages::Messages;
use moment::{Moment, Mono, Stamp, earlier};
use office::{LinkState, Office, Out};
use operators::Operators;
use queue::Queues;
use record::{Counter, EndedChat, Restored};
use returning::Returning;
use settings::Settings;
use token::UsedTokens;

/// Most events ask for no more than so many actions.
const ACTIONS: usize = 8;
/// So long after a login contacts' presence arrives that tells what was so before.
const PRESENCES_ARRIVE: Duration = Duration::from_secs(10);

/// The desk: all open chats, and what they share.
#[derive(Debug, Clone)]
pub struct Desk {
    office: Office,
    chats: Chats,
    deadlines: Deadlines,
    last_chat: i64,
    /// Rooms of an earlier life that are not entered yet: the desk is not ready before they are.
    awaited: BTreeSet<ChatId>,
    ready: bool,
}

impl Desk {
    /// A desk with these settings, going on where `restored` says the last one stopped.
    pub fn new(settings: Settings, restored: Restored, at: Moment) -> Self {
        let mut operators = Operators::default();
        operators.configure(&settings.operators);
        for record in &restored.operators {
            operators.restore(record, at);
        }
        let mut queues = Queues::default();
        for (queue, wait) in restored.waits {
            queues.waited(&queue, wait);
        }
        let open: BTreeSet<ChatId> = restored.chats.iter().map(|chat| chat.chat.id).collect();
        let (unfinished, left): (Vec<_>, Vec<_>) =
            restored.messages.into_iter().partition(|message| open.contains(&message.chat));
        let mut desk = Self {
            office: Office {
                settings,
                operators,
                queues,
                link: LinkState::Never,
                session_since: at.mono,
                due: Due::default(),
                orders: Vec::new(),
                returning: Returning::restored(restored.served.into_iter(), restored.served_ids.into_iter()),
                tokens: UsedTokens::restored(restored.tokens.into_iter()),
                rules_failed: BTreeSet::new(),
                messages: Messages::restored(left.into_iter()),
                retiring: false,
                recording: recording::Recording::default(),
                strangers: BTreeMap::new(),
                bounds: Bounds::default(),
                guests: Guests::default(),
                afterwords: alias::Afterwords::default(),
                ended: ratings::Ended::restored(restored.ended, at),
                inbox: inbox::Inbox::restored(restored.inbox),
                crms_failing: BTreeSet::new(),
                dialogues: Dialogues::default(),
            },
            chats: Chats::default(),
            deadlines: Deadlines::default(),
            last_chat: restored.last_chat,
            awaited: open,
            ready: false,
        };
        for chat in restored.chats {
            let message = unfinished.iter().find(|message| message.chat == chat.chat.id);
            let message = message.map(|left| chat::messages::Message { at: left.at, body: left.body.clone() });
            desk.adopt(Chat::restore(chat, message, &desk.office, at));
        }
        desk
    }

    /// Takes one event and says what is to be done about it, in order.
    pub fn handle(&mut self, event: Event, stamp: Stamp) -> Vec<Action> {
        let mut actions = Vec::with_capacity(ACTIONS);
        self.handle_into(event, stamp, &mut actions);
        actions
    }

    /// As [`Self::handle`], behind what is in `actions` already: for those who carry so many events that a new list for each of them
    /// tells.
    pub fn handle_into(&mut self, event: Event, stamp: Stamp, actions: &mut Vec<Action>) {
        let mut out = Out::new(stamp, std::mem::take(actions));
        self.note_messages_said(&mut out);
        self.decide(event, &mut out);
        if self.something_follows(out.mono()) {
            self.follow_up(&mut out);
        }
        *actions = out.into_actions();
    }

    /// When the desk next needs attention. The daemon sends `Event::TimePassed` at that time.
    pub fn next_deadline(&self) -> Option<Mono> {
        let mut first = self.deadlines.first().map(|(at, _)| at);
        first = earlier(first, self.office.operators.next_waking().filter(|_| self.office.online()));
        first = earlier(first, self.door_deadline());
        first = earlier(first, self.office.messages.said_at());
        earlier(first, self.inbox_deadline())
    }

    /// Why the desk needs attention at [`Self::next_deadline`], and which chat.
    pub fn next_reason(&self) -> Option<(ChatId, Cause)> {
        let first = self.deadlines.first();
        match (self.door_deadline(), first) {
            (Some(door), first) if first.is_none_or(|(at, _)| door < at) => {
                Some((self.office.bounds.doors.first()?, Cause::ItsTurnToEnter))
            }
            (_, first) => {
                let (_, id) = first?;
                let (_, why) = self.chats.get(&id)?.deadline(&self.office)?;
                Some((id, why))
            }
        }
    }

    fn decide(&mut self, event: Event, out: &mut Out) {
        match event {
            Event::Connected => self.connected(out),
            Event::Disconnected => self.disconnected(out),
            Event::Resumed => self.resumed(out),
            Event::InvitationReceived(invitation) => self.invited(&invitation, out),
            Event::DirectMessageReceived(message) => self.message_came(message, out),
            Event::GuestRated(rating) => self.rated(rating, out),
            Event::PresenceReceived(presence) => self.presence(&presence, out),
            Event::SubscriptionRequested { from } => self.subscription_requested(from, out),
            Event::RosterChanged(item) => self.roster_changed(&item, out),
            Event::TimeAsked { from, id } => self.time_asked(from, id, out),
            Event::OccupantPresent(presence) => {
                self.in_our_room(self.at(&presence.room), out, |chat, office, out| {
                    chat.occupant_present(&presence, office, out);
                });
            }
            Event::OccupantGone(gone) => {
                self.in_room(self.at(&gone.room), out, |chat, office, out| chat.occupant_gone(gone, office, out));
            }
            Event::EntryRefused { room, condition } => {
                self.in_room(self.at(&room), out, |chat, office, out| chat.entry_refused(condition, office, out));
            }
            Event::RoomMessageReceived(message) => {
                self.in_our_room(self.at(&message.room), out, |chat, office, out| {
                    chat.room_message(message, office, out);
                });
            }
            Event::OccupantTyping { room, nick, typing } => {
                self.in_our_room(self.at(&room), out, |chat, _, out| chat.typing(&nick, typing, out));
            }
            Event::SubjectReceived { room, nick, subject } => {
                self.in_room(self.at(&room), out, |chat, office, out| {
                    chat.subject_received(nick, &subject, office, out);
                });
            }
            Event::QuestionAnswered { question, answer } => self.question_answered(&question, answer, out),
            Event::FaqAnswered { search, reply } => self.faq_answered(&search, &reply, out),
            Event::MessageBounced { from, id, condition } => self.bounced(&from, id.as_ref(), condition, out),
            Event::InvitationDeclined { .. } | Event::StanzaUnreadable { .. } => {
                out.count(Counter::StanzaIgnored);
            }
            Event::LookedUp { chat, source, reply } => {
                self.with_chat(chat, out, |chat, office, out| chat.looked_up(&source, reply, office, out));
            }
            Event::RecordFailed(why) => self.record_failed(why, out),
            Event::RecordRestored => self.record_restored(out),
            Event::TimePassed => self.time_passed(out),
            Event::SettingsChanged(settings) => self.settings_changed(*settings, out),
            Event::RetirementAsked => self.retire(out),
        }
    }

    /// What an event has made possible or necessary elsewhere.
    fn follow_up(&mut self, out: &mut Out) {
        self.follow_orders(out);
        self.let_in(out);
        self.wake_operators(out);
        self.dispatch(out);
        self.pass_on_new_messages(out);
        self.remember_operators(out);
        self.say_when_ready(out);
        self.say_when_retired(out);
    }

    /// Is there anything to do in [`Self::follow_up`]? Most events are words, and nothing follows.
    fn something_follows(&self, now: Mono) -> bool {
        let Office { orders, bounds, operators, due, messages, retiring, .. } = &self.office;
        !orders.is_empty()
            || bounds.doors.somebody_waits()
            || operators.next_waking().is_some_and(|at| at <= now)
            || operators.changed_hands()
            || operators.have_news()
            || !due.nothing()
            || messages.are_new()
            || *retiring
            || !self.ready
    }

    // The link

    fn connected(&mut self, out: &mut Out) {
        self.office.link = LinkState::Up;
        self.office.session_since = out.mono();
        self.office.operators.forget_presence();
        out.ask(Question::Roster);
        out.speak(Speech::Available);
        self.look_into_inbox(out);
        self.warn_of_failing_record(out);
        self.each_chat(out, |chat, _, out| {
            chat.thrown_out();
            chat.carry_again(out);
            chat.enter(out);
        });
    }

    fn disconnected(&mut self, out: &mut Out) {
        self.office.link = LinkState::Down;
        self.each_chat(out, |_, _, _| {});
    }

    fn resumed(&mut self, out: &mut Out) {
        self.office.link = LinkState::Up;
        self.office.due.all = true;
        self.warn_of_failing_record(out);
        self.each_chat(out, |chat, _, out| chat.resumed(out));
    }

    // Operators' presence

    fn presence(&mut self, presence: &event::ContactPresence, out: &Out) {
        if !self.office.operators.presence(presence) {
            return;
        }
        let Some(id) = self.office.operators.find(&presence.from) else { return };
        let available = |who: &operators::Operator| who.availability() == operators::Availability::Available;
        if self.office.operators.get(id).is_some_and(available) {
            // What comes with a new session is what was so before: nobody has come back.
            if out.mono().since(self.office.session_since) >= PRESENCES_ARRIVE {
                self.office.operators.came_back(id);
            }
            self.office.due.operators.insert(id);
        }
    }

    /// Rests and absences that are over.
    fn wake_operators(&mut self, out: &mut Out) {
        let awake = self.office.operators.wake(out.stamp.at);
        self.office.due.operators.extend(awake);
    }

    fn remember_operators(&mut self, out: &mut Out) {
        for record in self.office.operators.take_changed() {
            out.remember(record::Record::Operator(record));
        }
        for record in self.office.operators.take_attendance(out.stamp.at) {
            out.remember(record::Record::Attendance(record));
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

    /// Words of ours came back: from the room's own address, for nobody else can say that the room refuses them.
    fn bounced(&mut self, from: &Jid, id: Option<&MessageId>, condition: Condition, out: &mut Out) {
        let room = RoomJid::new(from.to_bare()).filter(|room| from.is_bare() && self.at(room).is_some());
        match (room, id) {
            (Some(room), Some(id)) => {
                self.in_room(self.at(&room), out, |chat, _, out| chat.words_bounced(id, condition, out));
            }
            (None, Some(id)) => self.direct_message_bounced(from, id, condition, out),
            _ => out.count(Counter::StanzaIgnored),
        }
    }

    /// A direct message of ours came back: from the guest's own address, or their server in its name.
    fn direct_message_bounced(&mut self, from: &Jid, id: &MessageId, condition: Condition, out: &mut Out) {
        match self.open_chat_of(from) {
            Some(chat) => self.with_chat(chat, out, |chat, _, out| chat.direct_bounced(id, condition, out)),
            None => out.count(Counter::StanzaIgnored),
        }
    }

    // Answers

    fn question_answered(&mut self, question: &Question, answer: Answer, out: &mut Out) {
        match (question, answer) {
            (Question::Roster, Answer::Roster(items)) => self.roster_received(&items, out),
            (Question::Roster, _) => {}
            (Question::OwnArchive { after }, answer) => self.inbox_answered(after, answer, out),
            (
                Question::Enter { room, .. }
                | Question::Describe { room }
                | Question::Configure { room, .. }
                | Question::ListAffiliated { room, .. }
                | Question::Affiliate { room, .. }
                | Question::Archive { room, .. }
                | Question::SelfPing { room, .. }
                | Question::Silence { room, .. }
                | Question::GiveVoice { room, .. }
                | Question::Destroy { room, .. },
                answer,
            ) => self.in_room(self.at(room), out, |chat, office, out| {
                chat.question_answered(question, answer, office, out);
            }),
        }
    }

    // Time

    fn time_passed(&mut self, out: &mut Out) {
        let now = out.mono();
        self.inbox_due(out);
        for id in self.deadlines.take_due(now, &mut self.chats) {
            self.with_chat(id, out, |chat, office, out| chat.time_passed(office, out));
        }
    }

    // The configuration and the end

    fn settings_changed(&mut self, settings: Settings, out: &mut Out) {
        self.office.operators.configure(&settings.operators);
        self.office.rules_failed.clear();
        self.office.settings = settings;
        self.office.due.all = true;
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

    /// Ready: logged in, and no room of an earlier life is still being entered. Those who come meanwhile do not count: there
    /// is always somebody.
    fn say_when_ready(&mut self, out: &mut Out) {
        if self.ready || !self.office.online() {
            return;
        }
        let inside = |chat: &Chat| matches!(chat.visit, chat::stage::Visit::Inside(_));
        let chats = &self.chats;
        self.awaited.retain(|id| chats.get(id).is_some_and(|chat| !inside(chat)));
        if self.awaited.is_empty() {
            self.ready = true;
            out.report(Notice::Ready);
        }
    }

    // Chats

    fn adopt(&mut self, mut chat: Box<Chat>) {
        for operator in chat.stage.engages() {
            let weight = chat.weight(operator, &chat.stage, &self.office);
            self.office.operators.engage(operator, chat.id, weight);
        }
        chat.stand_in_line(&mut self.office);
        if !chat.stage.ending() {
            self.office.guests.note(chat.id, &chat.guest, &chat.room, chat.is_direct());
        }
        self.chats.insert(chat);
    }

    /// The chat in this room.
    fn at(&self, room: &RoomJid) -> Option<ChatId> {
        self.chats.at(room)
    }

    fn in_room(&mut self, chat: Option<ChatId>, out: &mut Out, act: impl FnOnce(&mut Chat, &mut Office, &mut Out)) {
        if let Some(id) = chat {
            self.with_chat(id, out, act);
        }
    }

    /// As [`Self::in_room`], for what only somebody who makes things up sends about a room that is not ours.
    fn in_our_room(&mut self, chat: Option<ChatId>, out: &mut Out, act: impl FnOnce(&mut Chat, &mut Office, &mut Out)) {
        let Some(id) = chat else { return out.count(Counter::StanzaIgnored) };
        self.with_chat(id, out, |chat, office, out| {
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
        chat.stand_in_line(&mut self.office);
        chat.save(&self.office, out);
        chat.keep_place(&mut self.office, out);
        let closed = chat.closed();
        let due = chat.deadline(&self.office).map(|(at, _)| at).filter(|_| !closed);
        if self.deadlines.set(chat, due) {
            self.deadlines.settle_first(&mut self.chats);
        }
        if closed && let Some(chat) = self.chats.remove(&id) {
            self.office.ended.note(EndedChat::of(&chat, out.stamp.at.wall), out.mono());
            self.office.dialogues.close(id);
        }
    }
}
