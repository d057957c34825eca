//! What operators tell the desk to do: one place for the room and for direct messages.

use chrono::TimeDelta;
use jid::Jid;

use super::Desk;
use super::action::Speech;
use super::chat::Chat;
use super::chat::handing::Named;
use super::chat::stage::{Service, Stage};
use super::commands::Order;
use super::ids::{ChatId, OperatorId, QueueName};
use super::office::Out;
use super::operators::Availability;
use super::record::Away;
use super::routing;
use super::settings::QueueSettings;
use super::wording::duty::{self, QueueFacts, QueueState};
use super::wording::{self, Language};

/// So many who wait are named by `!queue`; the others are counted.
const QUEUE_SHOWN: usize = 10;
/// So many chats are named by `!chats`.
const CHATS_SHOWN: usize = 30;

/// An order, by whom, and in which chat's room it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// By whom.
    pub operator: OperatorId,
    /// Where the answer goes: their own address.
    pub to: Jid,
    /// What.
    pub order: Order,
    /// It was said in this chat's room, and is about that chat.
    pub said_in: Option<ChatId>,
}

/// What an order came to: a sentence for who gave it, or nothing where the chat has answered already.
type Outcome = Result<Option<String>, String>;

impl Desk {
    /// Does what operators said in rooms while the event was handled.
    pub(super) fn follow_orders(&mut self, out: &mut Out) {
        for ordered in std::mem::take(&mut self.office.orders) {
            self.follow(ordered, out);
        }
    }

    /// Does it, and answers by direct message.
    pub(super) fn follow(&mut self, ordered: Ordered, out: &mut Out) {
        let to = ordered.to.clone();
        let (Ok(answer) | Err(answer)) = self.carry_out(ordered, out).map_err(Some);
        if let Some(body) = answer.filter(|_| self.answers(&to, Language::English, out)) {
            let id = out.fresh_id();
            out.speak(Speech::Direct { to, id, body, language: Language::English });
        }
    }

    fn carry_out(&mut self, ordered: Ordered, out: &mut Out) -> Outcome {
        let Ordered { operator, order, said_in, .. } = ordered;
        match order {
            Order::Accept(chat) => self.accept(about(said_in, chat)?, operator, out),
            Order::Decline(chat) => self.decline(about(said_in, chat)?, operator, out),
            Order::Take(chat) => self.take(about(said_in, chat)?, operator, out),
            Order::Close(chat, note) => self.close(about(said_in, chat)?, note, operator, out),
            Order::Transfer(chat, words) => self.transfer(about(said_in, chat)?, &words, operator, out),
            Order::Invite(chat, words) => self.invite(about(said_in, chat)?, &words, operator, out),
            Order::Available => self.available(operator),
            Order::Away(minutes) => self.away(operator, minutes, out),
            Order::Busy(places) => self.busy(operator, places, out),
            Order::Queue => Ok(Some(self.tell_queues(operator, out))),
            Order::Chats => Ok(Some(self.tell_chats(operator, out))),
            Order::Why(chat) => self.why(chat.or(said_in), operator),
            Order::Learn(chat, question) => self.learn(about(said_in, chat)?, question.as_deref(), operator, out),
        }
    }

    // Chats

    fn accept(&mut self, chat: Option<ChatId>, operator: OperatorId, out: &mut Out) -> Outcome {
        let id = match self.pick(chat, operator, |chat| chat.stage.offered_to().contains(&operator)) {
            Picked::One(id) => id,
            Picked::None => return Err(wording::no_such_offer(chat)),
            Picked::Several(chats) => return Err(wording::which_chat("!accept", &chats)),
        };
        let mut done = false;
        self.with_chat(id, out, |chat, office, out| done = chat.accept_by_word(operator, office, out));
        if done { Ok(None) } else { Err(wording::no_such_offer(Some(id))) }
    }

    fn decline(&mut self, chat: Option<ChatId>, operator: OperatorId, out: &mut Out) -> Outcome {
        let id = match self.pick(chat, operator, |chat| chat.stage.offered_to().contains(&operator)) {
            Picked::One(id) => id,
            Picked::None => return Err(wording::no_such_offer(chat)),
            Picked::Several(chats) => return Err(wording::which_chat("!decline", &chats)),
        };
        let mut done = false;
        self.with_chat(id, out, |chat, office, out| done = chat.decline(operator, office, out));
        if done { Ok(None) } else { Err(wording::no_such_offer(Some(id))) }
    }

    fn close(&mut self, chat: Option<ChatId>, note: Option<String>, operator: OperatorId, out: &mut Out) -> Outcome {
        let id = match self.pick(chat, operator, |chat| chat.served_by(operator)) {
            Picked::One(id) => id,
            Picked::None => return Err(wording::no_such_chat(chat)),
            Picked::Several(chats) => return Err(wording::which_chat("!close", &chats)),
        };
        let may = self.commands_chat(id, operator);
        let mut done = false;
        self.with_chat(id, out, |chat, office, out| done = may && chat.close_by_operator(operator, note, office, out));
        if done { Ok(None) } else { Err(wording::no_such_chat(Some(id))) }
    }

    /// The chat that was named, or what is offered to them, or whoever is next in their queues.
    fn take(&mut self, chat: Option<ChatId>, operator: OperatorId, out: &mut Out) -> Outcome {
        let offered = self.chats_of(operator, |chat| chat.stage.offered_to().contains(&operator));
        if let Some(id) = offered.into_iter().find(|id| chat.is_none_or(|chat| chat == *id)) {
            return self.accept(Some(id), operator, out);
        }
        if let Some(chat) = chat.and_then(|id| self.chats.get(&id))
            && let Stage::Serving(service) = &*chat.stage
        {
            if service.operator == operator {
                return Err(duty::yours_already(chat.id));
            }
            if self.belongs(operator, &chat.queue) {
                return Err(duty::taken_by_other(chat.id, self.office.name(service.operator)));
            }
        }
        let takeable = |id: &ChatId| {
            self.chats.get(id).is_some_and(|found| found.may_take(operator, &self.office))
                || self.offered_elsewhere(*id, operator)
        };
        let found = match chat {
            Some(id) => Some(id).filter(takeable),
            None => self.next_for(operator),
        };
        let Some(id) = found else { return Err(duty::nothing_waits(chat)) };
        self.with_chat(id, out, |chat, office, out| chat.taken(operator, office, out));
        Ok(None)
    }

    /// A chat that is offered to colleagues only may be taken from under them: the first who comes has it.
    fn offered_elsewhere(&self, id: ChatId, operator: OperatorId) -> bool {
        let Some(chat) = self.chats.get(&id).filter(|chat| matches!(*chat.stage, Stage::Offered(_))) else {
            return false;
        };
        self.office.queue(&chat.queue).is_some_and(|queue| self.office.may_serve(operator, queue))
    }

    fn next_for(&self, operator: OperatorId) -> Option<ChatId> {
        let queues = self.office.settings.queues.iter().filter(|queue| self.office.may_serve(operator, queue));
        let may_take = |id: &ChatId| self.chats.get(id).is_some_and(|chat| chat.may_take(operator, &self.office));
        let first = |queue: &QueueSettings| self.office.queues.line(&queue.name).find(|(_, id)| may_take(id));
        queues.filter_map(first).min().map(|(_, id)| id)
    }

    fn transfer(&mut self, chat: Option<ChatId>, words: &str, operator: OperatorId, out: &mut Out) -> Outcome {
        let id = self.own_chat("!transfer", chat, operator)?;
        let (named, rest) = self.name_in(words)?;
        let note = (!rest.is_empty()).then(|| rest.to_owned());
        let mut told = Ok(());
        self.with_chat(id, out, |chat, office, out| told = chat.transfer(&named, note, operator, office, out));
        told.map(|()| None)
    }

    fn invite(&mut self, chat: Option<ChatId>, words: &str, operator: OperatorId, out: &mut Out) -> Outcome {
        let id = self.own_chat("!invite", chat, operator)?;
        let (named, _) = self.name_in(words)?;
        let mut told = Ok(());
        self.with_chat(id, out, |chat, office, out| told = chat.invite(&named, operator, office, out));
        told.map(|()| None)
    }

    /// Whoever may command the chat, and whoever helps in its room, may propose what was answered there.
    fn learn(&mut self, chat: Option<ChatId>, question: Option<&str>, operator: OperatorId, out: &mut Out) -> Outcome {
        let id = match chat.filter(|id| self.chats.get(id).is_some_and(|chat| chat.has_inside(operator))) {
            Some(id) => id,
            None => self.own_chat("!learn", chat, operator)?,
        };
        let Some(chat) = self.chats.get(&id) else { return Err(wording::no_such_chat(Some(id))) };
        chat.learn(question, operator, &self.office, out).map(Some)
    }

    fn own_chat(&self, command: &str, chat: Option<ChatId>, operator: OperatorId) -> Result<ChatId, String> {
        match self.pick(chat, operator, |chat| chat.served_by(operator)) {
            Picked::One(id) if self.commands_chat(id, operator) => Ok(id),
            Picked::One(id) => Err(duty::not_yours(id)),
            Picked::None => Err(wording::no_such_chat(chat)),
            Picked::Several(chats) => Err(wording::which_chat(command, &chats)),
        }
    }

    /// Is it theirs, or do they supervise its queue?
    fn commands_chat(&self, id: ChatId, operator: OperatorId) -> bool {
        let Some(chat) = self.chats.get(&id) else { return false };
        chat.served_by(operator) || self.supervises(operator, &chat.queue)
    }

    fn belongs(&self, operator: OperatorId, queue: &QueueName) -> bool {
        let serves = self.office.operators.get(operator).is_some_and(|who| who.serves(queue));
        serves || self.supervises(operator, queue)
    }

    fn supervises(&self, operator: OperatorId, queue: &QueueName) -> bool {
        let who = self.office.operators.get(operator);
        let queue = self.office.queue(queue);
        who.zip(queue).is_some_and(|(who, queue)| queue.supervisors.contains(&who.settings.jid))
    }

    /// Which chat a command is about: the one it names, or the only one it can be about.
    fn pick(&self, named: Option<ChatId>, operator: OperatorId, fits: impl Fn(&Chat) -> bool) -> Picked {
        if let Some(id) = named {
            return if self.chats.contains_key(&id) { Picked::One(id) } else { Picked::None };
        }
        let mine = self.chats_of(operator, fits);
        match mine.as_slice() {
            [] => Picked::None,
            [one] => Picked::One(*one),
            _ => Picked::Several(mine),
        }
    }

    /// Which of the chats that are offered to them or that they serve fit.
    fn chats_of(&self, operator: OperatorId, fits: impl Fn(&Chat) -> bool) -> Vec<ChatId> {
        let ids = self.office.operators.get(operator).into_iter().flat_map(|who| who.load().chats());
        ids.filter(|id| self.chats.get(id).is_some_and(&fits)).collect()
    }

    /// The name that the words begin with, the longest that fits, and the rest.
    fn name_in<'a>(&self, words: &'a str) -> Result<(Named, &'a str), String> {
        let operators = self.office.operators.employed().flat_map(|(id, who)| {
            let local = who.settings.jid.node().map(|node| node.as_str().to_owned());
            [Some(who.settings.name.to_string()), local]
                .into_iter()
                .flatten()
                .map(move |name| (name, Named::Operator(id)))
        });
        let queues = self
            .office
            .settings
            .queues
            .iter()
            .map(|queue| (queue.name.0.to_string(), Named::Queue(queue.name.clone())));
        let names: Vec<(String, Named)> = operators.chain(queues).collect();
        let fitting =
            names.iter().filter_map(|(name, named)| Some((name.chars().count(), named, rest_behind(words, name)?)));
        match fitting.max_by_key(|(length, ..)| *length) {
            Some((_, named, rest)) => Ok((named.clone(), rest)),
            None => Err(duty::unknown_name(words, nearest(words, &names))),
        }
    }

    // Themselves

    fn available(&mut self, operator: OperatorId) -> Outcome {
        self.office.operators.said_available(operator);
        let shown = self.office.operators.get(operator).map_or(Availability::Offline, |who| who.availability());
        Ok(Some(duty::available(shown, self.office.settings.account.as_str())))
    }

    /// Who takes no chats any more passes on what is offered to them: no guest is to wait for that in vain.
    fn pass_on_all(&mut self, operator: OperatorId, out: &mut Out) {
        for id in self.chats_of(operator, |chat| chat.stage.offered_to().contains(&operator)) {
            self.with_chat(id, out, |chat, office, out| chat.pass_on(operator, office, out));
        }
    }

    fn away(&mut self, operator: OperatorId, minutes: Option<u32>, out: &mut Out) -> Outcome {
        let away = match minutes {
            Some(minutes) => Away::Until(out.stamp.at.wall + TimeDelta::minutes(minutes.into())),
            None => Away::UntilBack,
        };
        self.office.operators.said_away(operator, away, out.stamp.at);
        self.pass_on_all(operator, out);
        Ok(Some(duty::away(minutes)))
    }

    fn busy(&mut self, operator: OperatorId, places: u32, out: &mut Out) -> Outcome {
        self.office.operators.said_busy(operator, places);
        if places == 0 {
            self.pass_on_all(operator, out);
        }
        let places_max = self.office.operators.get(operator).map_or(0, |who| who.settings.chats_max);
        Ok(Some(duty::busy(places, places_max)))
    }

    // What they want to know

    fn tell_queues(&self, operator: OperatorId, out: &Out) -> String {
        let who = self.office.operators.get(operator);
        let theirs = |queue: &&QueueSettings| {
            who.is_some_and(|who| who.serves(&queue.name) || queue.supervisors.contains(&who.settings.jid))
        };
        let queues = self.office.settings.queues.iter().filter(theirs);
        queues.map(|queue| self.tell_queue(queue, out)).collect::<Vec<_>>().join("\n")
    }

    fn tell_queue(&self, queue: &QueueSettings, out: &Out) -> String {
        let first = self.office.queues.line(&queue.name).take(QUEUE_SHOWN).filter_map(|(_, id)| {
            let chat = self.chats.get(&id)?;
            Some((id, chat.guest.to_string(), chat.age(out)))
        });
        duty::queue(&QueueFacts {
            name: &queue.name.0,
            state: self.queue_state(queue, out),
            free: self.free_in(queue, out),
            waiting: self.office.queues.length(&queue.name),
            first: first.collect(),
        })
    }

    fn queue_state(&self, queue: &QueueSettings, out: &Out) -> QueueState {
        let busy = || self.chats.values().any(|chat| *chat.queue == queue.name && !chat.waits_after_hours());
        match self.office.queue_open(&queue.name, out.stamp.at.wall) && !self.office.retiring {
            true => QueueState::Open,
            false if busy() => QueueState::Active,
            false => QueueState::Closed,
        }
    }

    fn free_in(&self, queue: &QueueSettings, out: &Out) -> usize {
        let demand = Default::default();
        let need = routing::Need {
            queue,
            demand: &demand,
            waited: Default::default(),
            ruled_operator: None,
            last_operator: None,
            now: out.mono(),
        };
        self.office.operators.of_queue(&queue.name).filter(|(_, who)| routing::free(who, &need).is_ok()).count()
    }

    fn tell_chats(&self, operator: OperatorId, out: &Out) -> String {
        let theirs = |chat: &&Chat| chat.stage.engaged(operator) || self.supervises(operator, &chat.queue);
        let chats: Vec<&Chat> = self.chats.values().filter(theirs).collect();
        let shown: Vec<String> = chats.iter().take(CHATS_SHOWN).map(|chat| self.tell_chat(chat, out)).collect();
        duty::chats(&shown, chats.len())
    }

    fn tell_chat(&self, chat: &Chat, out: &Out) -> String {
        let asked = || self.office.names(chat.stage.offered_to()).join(", ");
        let stage = match &*chat.stage {
            Stage::Joining | Stage::Pleading(_) => "begins".to_owned(),
            Stage::Waiting => "waits".to_owned(),
            Stage::Offered(_) => format!("offered to {}", asked()),
            Stage::Serving(Service { operator, transfer: Some(_), .. }) => {
                format!("served by {}, who hands it over to {}", self.office.name(*operator), asked())
            }
            Stage::Serving(service) => format!("served by {}", self.office.name(service.operator)),
            Stage::Closing(_) | Stage::Closed(_) => "ends".to_owned(),
        };
        duty::chat(chat.id, &stage, chat.guest.as_str(), chat.age(out))
    }

    /// Operators see it of chats in their queues.
    fn why(&self, chat: Option<ChatId>, operator: OperatorId) -> Outcome {
        let id = match self.pick(chat, operator, |chat| chat.stage.engaged(operator)) {
            Picked::One(id) => id,
            Picked::None => return Err(chat.map_or_else(duty::no_chats, duty::why_closed)),
            Picked::Several(chats) => return Err(wording::which_chat("!why", &chats)),
        };
        let chat = self.chats.get(&id).ok_or_else(|| duty::why_closed(id))?;
        match self.may_look(operator, chat) {
            true => Ok(Some(duty::why(id, chat.choices(), self.office.settings.zone))),
            false => Err(duty::not_your_queue(id)),
        }
    }

    fn may_look(&self, operator: OperatorId, chat: &Chat) -> bool {
        chat.stage.engaged(operator) || self.belongs(operator, &chat.queue)
    }
}

enum Picked {
    One(ChatId),
    None,
    Several(Vec<ChatId>),
}

/// In the room a command is about the room's chat, whatever number it names.
fn about(said_in: Option<ChatId>, named: Option<ChatId>) -> Result<Option<ChatId>, String> {
    match (said_in, named) {
        (Some(here), Some(other)) if here != other => Err(wording::elsewhere(here)),
        (here, named) => Ok(here.or(named)),
    }
}

/// What comes behind a name at the begin of the words; nothing where they begin with something else.
fn rest_behind<'a>(words: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = words.chars();
    let mut wanted = name.chars().flat_map(char::to_lowercase);
    let mut pending = wanted.next();
    while let Some(char) = pending {
        let mut given = rest.next()?.to_lowercase();
        let first = given.next()?;
        if first != char {
            return None;
        }
        pending = wanted.next();
        for more in given {
            if pending != Some(more) {
                return None;
            }
            pending = wanted.next();
        }
    }
    let rest = rest.as_str();
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

/// The name that comes nearest to the first word.
fn nearest<'a>(words: &str, names: &'a [(String, Named)]) -> Option<&'a str> {
    let word = words.split_whitespace().next()?.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&word, &name.to_lowercase());
    let best = names.iter().map(|(name, _)| (likeness(name), name.as_str())).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then_some(best.1)
}
