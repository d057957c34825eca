//! The reference model of routing: who may be offered what, who has what, and until when, written anew from what the
//! documentation promises. It hears what the desk hears and what the desk decides, and knows nothing of how.
//!
//! Where it cannot know (somebody set the clock while an operator was away for some minutes) both answers are right.

mod case;
mod choice;
mod reply;
mod staff;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frontdesk::desk::action::{Action, Notice, Speech};
use frontdesk::desk::commands::Command;
use frontdesk::desk::event::{Body, Event, RoomMessage};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::moment::{Moment, Mono};
use frontdesk::desk::record::{ChatRecord, LineKind, LineRecord, Outcome, Record, Speaker, StageName};
use frontdesk::desk::settings::{QueueSettings, Settings, StrategyName};
use frontdesk::desk::snapshot::Snapshot;
use frontdesk::desk::wording::duty;
use jid::{BareJid, FullJid};

use crate::world::World;
use case::Case;
use choice::Choice;
use staff::Staff;

pub type Verdict = Result<(), String>;

/// How late a desk may notice that somebody set the clock and a queue is open, in seconds.
const OPENING_SLACK: u64 = 900;

#[derive(Debug, Clone, Default)]
pub struct Model {
    now: Option<Moment>,
    settings: Option<Rc<Settings>>,
    staff: Staff,
    cases: BTreeMap<ChatId, Case>,
    /// Who has served a guest.
    served: BTreeMap<FullJid, BTreeSet<BareJid>>,
    /// Which chats wanted somebody after the last event.
    wanting: BTreeSet<ChatId>,
    /// Offers of this event that came before these older chats: (older, offered, to whom).
    jumped: Vec<(ChatId, ChatId, BareJid)>,
    /// Offers of this event that were looked at.
    looked_at: BTreeSet<ChatId>,
    linked: bool,
    restarted: bool,
    /// Who said something for the guest in this event.
    spoke_now: Option<(ChatId, Option<BareJid>)>,
    /// Something was decided since that is written.
    changed: bool,
    /// What is written, if the daemon dies.
    committed: Option<Box<Model>>,
    /// Operators' typing is not heard: a test of the test.
    pub deaf: bool,
    /// The younger should go first: another one.
    pub younger_first: bool,
}

impl Model {
    pub fn committed(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        self.committed = None;
        self.committed = Some(Box::new(self.clone()));
    }

    pub fn died(&mut self) {
        let committed = self.committed.take().map(|model| *model).unwrap_or_default();
        *self =
            Self { restarted: true, linked: false, deaf: self.deaf, younger_first: self.younger_first, ..committed };
        self.committed = None;
        self.committed = Some(Box::new(self.clone()));
    }

    fn at(&self) -> Moment {
        self.now.unwrap()
    }

    fn mono(&self) -> Mono {
        self.at().mono
    }

    fn settings(&self) -> &Settings {
        self.settings.as_ref().unwrap()
    }

    fn queue(&self, case: &Case) -> &QueueSettings {
        let queues = &self.settings().queues;
        queues.iter().find(|queue| queue.name == case.queue).unwrap_or(&queues[0])
    }

    // What happens

    pub fn decided(&mut self, world: &World, event: &Event, actions: &[Action]) -> Verdict {
        self.now = Some(world.now());
        self.jumped.clear();
        self.looked_at.clear();
        self.spoke_now = None;
        if self.settings.is_none() {
            self.settings = Some(Rc::new(world.settings.clone()));
            self.staff.hire(&world.settings);
        }
        if std::mem::take(&mut self.restarted) {
            self.start_again(&world.settings.clone());
        }
        self.changed |= !actions.is_empty() || matches!(event, Event::SettingsChanged(_));
        self.hear(world, event);
        self.staff.wake(self.at());
        for (index, action) in actions.iter().enumerate() {
            self.act(event, action, &actions[index + 1..])?;
        }
        Ok(())
    }

    /// What a desk that starts knows is what was written; who is there, who passed and who rests it does not.
    fn start_again(&mut self, settings: &Settings) {
        let at = self.at();
        self.settings = Some(Rc::new(settings.clone()));
        self.staff.start_again(settings, at);
        let employed: BTreeSet<BareJid> = settings.operators.iter().map(|one| one.jid.clone()).collect();
        let ids: Vec<ChatId> = self.cases.keys().copied().collect();
        for id in ids {
            let mut case = self.cases.remove(&id).unwrap();
            case.start_again(&employed, at);
            self.find_queue(&mut case);
            let first_reply = self.queue(&case).first_reply;
            case.reply.start_again(at.mono + first_reply);
            if let Some(owner) = &case.owner {
                self.staff.engage(owner, id, self.queue(&case).chat_weight);
            }
            let weight = self.offered_weight(&case);
            for operator in &case.offered {
                self.staff.engage(operator, id, weight);
            }
            self.cases.insert(id, case);
        }
    }

    /// It asks for what its queue now asks for. A chat whose queue the configuration has no more is in the default queue.
    fn find_queue(&self, case: &mut Case) {
        case.come_to(&case.queue.clone(), self.settings());
    }

    fn hear(&mut self, world: &World, event: &Event) {
        let now = self.mono();
        match event {
            Event::Connected => {
                self.linked = true;
                self.staff.nobody_seen(now);
            }
            Event::Resumed => {
                self.linked = true;
                self.cases.values_mut().for_each(|case| case.reply.not_before(now));
            }
            Event::Disconnected => self.linked = false,
            Event::PresenceReceived(presence) => self.staff.presence(presence, now),
            Event::SettingsChanged(settings) => self.configure(settings),
            Event::OccupantPresent(presence) if presence.own => {
                let entered = self.cases.values_mut().filter(|case| case.room == presence.room && !case.inside);
                entered.for_each(|case| case.reply.not_before(now));
            }
            Event::OccupantTyping { room, nick, typing } if !self.deaf => {
                let Some(room) = world.rooms.get(room) else { return };
                let who = room.occupants.get(nick).map(|one| one.jid.to_bare());
                for case in self.cases.values_mut().filter(|case| case.room == room.jid && case.inside) {
                    case.reply.unsure |= !room.desk_sees_jids();
                    if who.is_some() && who == case.owner {
                        case.reply.types(*typing, now);
                    }
                }
            }
            _ => {}
        }
    }

    fn configure(&mut self, settings: &Settings) {
        self.settings = Some(Rc::new(settings.clone()));
        self.staff.hire(settings);
        let mut cases = std::mem::take(&mut self.cases);
        cases.values_mut().for_each(|case| self.find_queue(case));
        // Whether it is open is asked anew, of those who were told that it is not.
        for case in cases.values_mut().filter(|case| case.after_hours) {
            case.asked_at = self.at();
        }
        self.cases = cases;
    }

    // What the desk decides

    fn act(&mut self, event: &Event, action: &Action, rest: &[Action]) -> Verdict {
        match action {
            Action::Remember(Record::Chat(record)) => self.chat(event, record),
            Action::Remember(Record::Line(line)) => self.line(event, line, rest),
            Action::Remember(Record::Operator(operator)) => {
                self.staff.remembered(&operator.jid);
                Ok(())
            }
            Action::Speak(Speech::Direct { to, body, .. }) => self.told(event, &to.to_bare(), body),
            _ => Ok(()),
        }
    }

    fn chat(&mut self, event: &Event, record: &ChatRecord) -> Verdict {
        if !self.cases.contains_key(&record.id) {
            if record.stage == StageName::Closed {
                return Ok(());
            }
            self.cases.insert(record.id, Case::new(event, record, self.settings()));
        }
        let mut case = self.cases.remove(&record.id).unwrap();
        self.moved(&mut case, record)?;
        let now = self.at();
        let opened = case.note_stage(record, now, |case| case::takes_guests(self.queue(case), now.wall))?;
        if opened && !case::takes_guests(self.queue(&case), now.wall) {
            return Err(format!("I3: chat {} is called in though {} is closed", record.id, case.queue));
        }
        self.settle(&mut case, record)?;
        case.agrees_with(record)?;
        if record.stage == StageName::Closed {
            if record.outcome == Some(Outcome::Answered) {
                self.served.entry(record.guest.clone()).or_default().append(&mut case.accepted_by);
            }
        } else {
            self.cases.insert(record.id, case);
        }
        Ok(())
    }

    /// It stands in another queue now: it overflowed, or was handed over.
    fn moved(&mut self, case: &mut Case, record: &ChatRecord) -> Verdict {
        if case.queue == record.queue {
            return Ok(());
        }
        let overflowed = record.stage != StageName::Serving && record.stage != StageName::Closing;
        let before = self.queue(case).clone();
        if overflowed {
            let to = before.overflow.as_ref().map(|overflow| &overflow.to);
            if to != Some(&record.queue) {
                return Err(format!("chat {} went from {} to {}, whyever", case.id, case.queue, record.queue));
            }
            self.overflow_is_due(case, &before)?;
            if case.left.contains(&record.queue) {
                return Err(format!("chat {} came back to {}", case.id, record.queue));
            }
            case.left.push(case.queue.clone());
            case.waits_since = Some(self.at());
        }
        case.come_to(&record.queue, self.settings());
        let after = self.queue(case);
        if overflowed && !case::takes_guests(after, self.at().wall) {
            return Err(format!("chat {} overflowed to {}, which is closed", case.id, case.queue));
        }
        if record.stage == StageName::Serving {
            case.reply.begin(self.mono() + after.first_reply);
        }
        Ok(())
    }

    /// It has waited for long enough, or so many are before it.
    fn overflow_is_due(&self, case: &Case, queue: &QueueSettings) -> Verdict {
        let overflow = queue.overflow.as_ref().unwrap();
        let waited = case.waits_since.map(|since| self.mono().since(since.mono)).unwrap_or_default();
        let line = self.cases.values().filter(|other| other.waits() && other.queue == case.queue);
        let ahead = line.filter(|other| other.place() < case.place()).count();
        let crowded = overflow.beyond.is_some_and(|beyond| ahead >= beyond as usize);
        match crowded || overflow.after.is_some_and(|after| waited >= after) {
            true => Ok(()),
            false => Err(format!("chat {} overflows after {waited:?} with {ahead} before it: {overflow:?}", case.id)),
        }
    }

    /// Who has it and to whom it is offered, as the record says, is what the lines said.
    fn settle(&mut self, case: &mut Case, record: &ChatRecord) -> Verdict {
        let wrap_up = self.queue(case).wrap_up;
        if !matches!(record.stage, StageName::Serving | StageName::Offered) {
            if let (Some(owner), false) = (case.owner.clone(), case.over) {
                return Err(format!("I3: {owner} lost chat {} without a word: {record:?}", case.id));
            }
            for operator in std::mem::take(&mut case.offered) {
                self.staff.release(&operator, case.id);
            }
            if let Some(owner) = case.owner.take() {
                self.staff.released_after_serving(&owner, case.id, wrap_up, self.at());
            }
            return Ok(());
        }
        let owner = record.operator.clone().filter(|_| record.stage == StageName::Serving);
        let offered: BTreeSet<BareJid> = record.standing.offered_to.iter().cloned().collect();
        if owner != case.owner || offered != case.offered {
            return Err(format!(
                "I3: chat {} is {:?}'s and offered to {:?} by its lines, but {owner:?}'s and offered to {offered:?}",
                case.id, case.owner, case.offered
            ));
        }
        let broadcast = self.queue(case).strategy == StrategyName::Broadcast || case.several;
        if offered.len() > 1 && !broadcast {
            return Err(format!("I3: chat {} is offered to {offered:?} at once", case.id));
        }
        Ok(())
    }

    fn line(&mut self, event: &Event, line: &LineRecord, rest: &[Action]) -> Verdict {
        let Some(case) = self.cases.get(&line.chat) else { return Ok(()) };
        let jid = line.jid.as_ref().and_then(|jid| jid.parse::<jid::Jid>().ok()).map(|jid| jid.to_bare());
        if matches!(line.kind, LineKind::Said | LineKind::Unreadable) {
            self.spoke(line, jid);
            return Ok(());
        }
        if line.speaker != Speaker::Operator {
            return Ok(());
        }
        let (Some(jid), weight) = (jid, self.queue(case).chat_weight) else { return Ok(()) };
        match line.kind {
            LineKind::Offered => self.offered(event, line.chat, &jid, rest),
            LineKind::Accepted => self.accepted(line.chat, &jid, weight),
            LineKind::Transferred => self.transferred(line.chat, &jid),
            LineKind::Lapsed => {
                self.staff.missed(&jid);
                self.withdrawn(line.chat, &jid, case::LAPSED)
            }
            LineKind::Declined => {
                self.staff.answered(&jid);
                // Who is away from now on may come back.
                let leaves = |words: &str| words.starts_with("!away") || words.starts_with("!busy 0");
                let pass = if typed_in(event).is_some_and(leaves) { 0 } else { case::DECLINED };
                self.withdrawn(line.chat, &jid, pass)
            }
            LineKind::Revoked => self.revoked(line.chat, &jid),
            _ => Ok(()),
        }
    }

    /// Where the address is unknown, so is who gave a sign of life; and whoever is not the guest may be the operator.
    fn spoke(&mut self, line: &LineRecord, jid: Option<BareJid>) {
        let words = line.kind == LineKind::Unreadable || Command::parse(&line.body).is_none();
        let case = self.cases.get_mut(&line.chat).unwrap();
        match (line.speaker, jid) {
            (Speaker::Operator, Some(jid)) => {
                self.staff.answered(&jid);
                if words && case.owner.as_ref() == Some(&jid) {
                    (case.reply.given, case.waits_since) = (true, None);
                }
                self.spoke_now = words.then_some((line.chat, Some(jid)));
            }
            (Speaker::Operator, None) => {
                self.staff.somebody_answered();
                self.spoke_now = Some((line.chat, None));
                case.reply.unsure = true;
            }
            (Speaker::Other, None) if line.joined_as.is_some() => case.reply.given |= words,
            _ => {}
        }
    }

    /// An offer by the desk, or a transfer by the owner.
    fn offered(&mut self, event: &Event, chat: ChatId, to: &BareJid, rest: &[Action]) -> Verdict {
        let routed =
            |action: &Action| matches!(action, Action::Report(Notice::OfferMade { chat: id, .. }) if *id == chat);
        let weight = if rest.first().is_some_and(routed) {
            if self.looked_at.insert(chat) {
                self.choice_is_right(chat, to, rest)?;
            }
            self.queue(&self.cases[&chat]).chat_weight
        } else {
            let typed = typed_in(event).and_then(|words| words.strip_prefix("!transfer "));
            if let Some(words) = typed {
                let named = self.settings().queues.iter().map(|queue| queue.name.clone());
                let named = named.into_iter().find(|name| words.split(' ').any(|word| *word == *name.0));
                self.cases.get_mut(&chat).unwrap().handed_to = named;
            }
            self.transfer_is_right(chat, to)?
        };
        self.staff.engage(to, chat, weight);
        let case = self.cases.get_mut(&chat).unwrap();
        case.offered.insert(to.clone());
        Ok(())
    }

    fn choice_is_right(&mut self, chat: ChatId, first: &BareJid, rest: &[Action]) -> Verdict {
        let mut to = BTreeSet::from([first.clone()]);
        let more = rest.iter().take_while(|action| !matches!(action, Action::Remember(Record::Chat(_))));
        to.extend(more.filter_map(|action| match action {
            Action::Report(Notice::OfferMade { chat: id, operator }) if *id == chat => Some(operator.clone()),
            _ => None,
        }));
        let case = &self.cases[&chat];
        if case.after_hours || case.owner.is_some() || !case.offered.is_empty() {
            return Err(format!("I3: chat {chat} is offered to {to:?} though it does not wait: {case:?}"));
        }
        let right = self.choose(case, false);
        let perhaps = self.staff.unsure(self.at());
        // A desk that starts takes whoever had the chat itself for whom the guest had last.
        let had = case.accepted_by.contains(first)
            || self.served.get(&case.guest).is_some_and(|served| served.contains(first));
        let preferred = had && self.queue(case).prefer_last_operator && to.len() == 1 && self.fits(case, first, true);
        if !preferred && !perhaps && !right.allows(&to) {
            return Err(format!(
                "I3: chat {chat} was offered to {to:?}, but {} should choose {right:?}: {case:?} {:?}",
                self.queue(case).strategy.name(),
                self.staff
            ));
        }
        for other in self.wanting.iter().filter(|other| **other != chat) {
            let Some(before) = self.cases.get(other).filter(|before| self.comes_before(before, case)) else { continue };
            let may = self.choose(before, false);
            if let Some(operator) = to.iter().find(|operator| may.names(operator)) {
                self.jumped.push((*other, chat, operator.clone()));
            }
        }
        self.cases.get_mut(&chat).unwrap().several = to.len() > 1;
        Ok(())
    }

    fn comes_before(&self, one: &Case, other: &Case) -> bool {
        (one.place() < other.place()) != self.younger_first
    }

    /// Says how many places it takes: as many as a chat of the queue to which it goes.
    fn transfer_is_right(&self, chat: ChatId, to: &BareJid) -> Result<u32, String> {
        let case = &self.cases[&chat];
        let Some(owner) = &case.owner else {
            return Err(format!("I3: chat {chat} is handed over to {to} by nobody"));
        };
        let weight = self.offered_weight(case);
        let free = self.staff.free(to, weight, self.at(), true);
        if owner == to || !free {
            return Err(format!("I3: chat {chat} of {owner} is handed over to {to}, who cannot: {:?}", self.staff));
        }
        Ok(weight)
    }

    fn offered_weight(&self, case: &Case) -> u32 {
        let name = case.handed_to.as_ref().unwrap_or(&case.queue);
        let queues = &self.settings.as_ref().unwrap().queues;
        queues.iter().find(|queue| queue.name == *name).unwrap_or(&queues[0]).chat_weight
    }

    fn accepted(&mut self, chat: ChatId, by: &BareJid, weight: u32) -> Verdict {
        let case = &self.cases[&chat];
        if let Some(owner) = &case.owner {
            return Err(format!("I3: {by} accepted chat {chat}, which is {owner}'s"));
        }
        if !case.offered.contains(by) && !self.may_take(case, by) {
            return Err(format!("I3: {by} took chat {chat} and may not: {case:?} {:?}", self.staff));
        }
        let first_reply = self.queue(case).first_reply;
        self.staff.answered(by);
        self.staff.engage(by, chat, weight);
        let due = self.mono() + first_reply;
        let case = self.cases.get_mut(&chat).unwrap();
        case.offered.remove(by);
        case.belongs_to(by, due);
        match &self.spoke_now {
            Some((spoken, Some(who))) if *spoken == chat && who == by => {
                (case.reply.given, case.waits_since) = (true, None);
            }
            Some((spoken, None)) if *spoken == chat => case.reply.unsure = true,
            _ => {}
        }
        if !case.offered.is_empty() {
            return Err(format!("I3: {by} accepted chat {chat}, and {:?} are still asked", case.offered));
        }
        Ok(())
    }

    /// Nobody has to be chosen by the desk to take a chat of theirs that waits; only to have a place.
    fn may_take(&self, case: &Case, operator: &BareJid) -> bool {
        let queue = self.queue(case);
        let employed = self.settings().operators.iter().find(|one| one.jid == *operator);
        let theirs =
            employed.is_some_and(|one| one.queues.contains(&queue.name)) || queue.supervisors.contains(operator);
        theirs && employed.is_some() && case.waits() && self.staff.has_places(operator, queue.chat_weight)
    }

    fn transferred(&mut self, chat: ChatId, to: &BareJid) -> Verdict {
        let now = self.at();
        let case = &self.cases[&chat];
        let (wrap_up, first_reply) = (self.queue(case).wrap_up, self.queue(case).first_reply);
        let case = self.cases.get_mut(&chat).unwrap();
        let from = case.owner.take().filter(|from| from != to);
        let (Some(from), true) = (from, case.offered.remove(to)) else {
            return Err(format!("I3: chat {chat} was handed over to {to}, who was not asked: {case:?}"));
        };
        case.belongs_to(to, now.mono + first_reply);
        self.staff.answered(to);
        self.staff.released_after_serving(&from, chat, wrap_up, now);
        Ok(())
    }

    fn withdrawn(&mut self, chat: ChatId, from: &BareJid, pass: u64) -> Verdict {
        let until = self.mono() + std::time::Duration::from_secs(pass);
        let case = self.cases.get_mut(&chat).unwrap();
        if !case.offered.remove(from) {
            return Err(format!("I3: {from} gave chat {chat} back and had not been asked: {case:?}"));
        }
        case.passes.insert(from.clone(), until);
        self.staff.release(from, chat);
        Ok(())
    }

    /// The offer is taken back, or the chat itself.
    fn revoked(&mut self, chat: ChatId, from: &BareJid) -> Verdict {
        let now = self.at();
        let wrap_up = self.queue(&self.cases[&chat]).wrap_up;
        let case = self.cases.get_mut(&chat).unwrap();
        if case.offered.remove(from) {
            self.staff.release(from, chat);
        } else if case.owner.as_ref() == Some(from) {
            case.owner = None;
            case.passes.insert(from.clone(), now.mono + std::time::Duration::from_secs(case::LOST));
            self.staff.released_after_serving(from, chat, wrap_up, now);
        } else if case.dismissed.take().as_ref() != Some(from) {
            return Err(format!("I3: chat {chat} was taken from {from}, who had nothing to do with it: {case:?}"));
        }
        Ok(())
    }

    // Words to operators

    fn told(&mut self, event: &Event, to: &BareJid, body: &str) -> Verdict {
        let Some(chat) = number_in(body) else { return self.staff.told(event, to, body, self.now.unwrap()) };
        let now = self.mono();
        let Some(case) = self.cases.get_mut(&chat) else { return Ok(()) };
        if body.ends_with("you are in its room as a visitor.") {
            case.passes.remove(to);
        } else if body == duty::taken_back_for_silence(chat) {
            self.staff.missed(to);
            return case.reply.overdue(now).map_err(|why| format!("I3: {to} lost chat {chat}: {why}"));
        }
        Ok(())
    }

    // What must hold

    pub fn agree(&mut self, world: &World, now: &Snapshot) -> Verdict {
        if self.settings.is_none() || self.restarted {
            return Ok(());
        }
        for view in &now.chats {
            let Some(case) = self.cases.get_mut(&view.id) else { return Err(format!("nobody opened {view:?}")) };
            case.see(view)?;
        }
        self.staff.agree(self.at(), &now.operators)?;
        let due = world.desk.next_deadline().is_some_and(|at| at <= world.now().mono);
        if self.linked && !due {
            self.nobody_overlooked(now)?;
            self.open_in_time(now)?;
        }
        if self.linked && !due && world.heard_all() {
            self.replies_in_time(world, now)?;
        }
        self.wanting = now.chats.iter().filter(|chat| chat.wants_operator).map(|chat| chat.id).collect();
        Ok(())
    }

    fn nobody_overlooked(&self, now: &Snapshot) -> Verdict {
        let wanting = || now.chats.iter().filter(|chat| chat.wants_operator);
        for chat in wanting() {
            let case = &self.cases[&chat.id];
            self.not_kept(case)?;
            let choice = self.choose(case, false);
            if choice != Choice::Nobody {
                return Err(format!("I3: chat {} waits while {choice:?} could take it: {case:?}", chat.id));
            }
        }
        match self.jumped.iter().find(|(older, ..)| wanting().any(|chat| chat.id == *older)) {
            Some((older, offered, to)) => {
                let before = &self.cases[older];
                Err(format!("I3: {to} was offered chat {offered} before chat {older}, which comes first: {before:?}"))
            }
            None => Ok(()),
        }
    }

    /// Whoever has waited for long goes on to where the queue says, if they may.
    fn not_kept(&self, case: &Case) -> Verdict {
        let Some(overflow) = &self.queue(case).overflow else { return Ok(()) };
        let waited = case.waits_since.map(|since| self.mono().since(since.mono)).unwrap_or_default();
        let to = self.settings().queues.iter().find(|queue| queue.name == overflow.to);
        let may = to.is_some_and(|to| case::takes_guests(to, self.at().wall) && !case.left.contains(&to.name));
        // A queue that has opened since is found when the chat looks around the next time.
        let opened_since = to.is_some_and(|to| to.hours.is_some());
        match may && !opened_since && overflow.after.is_some_and(|after| waited >= after) {
            true => Err(format!("I4: chat {} stays in {} for {waited:?}: {overflow:?}", case.id, case.queue)),
            false => Ok(()),
        }
    }

    /// A queue that opens calls those who stayed.
    fn open_in_time(&mut self, now: &Snapshot) -> Verdict {
        let at = self.at();
        let waiting = now.chats.iter().filter(|chat| chat.stage == StageName::Waiting).map(|chat| chat.id);
        for id in waiting.collect::<Vec<_>>() {
            let case = &self.cases[&id];
            let open = case::takes_guests(self.queue(case), at.wall);
            let overdue = at.mono.since(case.asked_at.mono).as_secs() > OPENING_SLACK + 5;
            if case.after_hours && open && (overdue || !case.clock_was_set(at)) {
                return Err(format!("I4: {} is open, and chat {id} is not called in: {case:?}", case.queue));
            }
        }
        Ok(())
    }

    /// Whoever accepted and says nothing loses the chat in time.
    fn replies_in_time(&mut self, world: &World, now: &Snapshot) -> Verdict {
        let at = self.mono();
        for view in now.chats.iter().filter(|view| view.stage == StageName::Serving && view.inside) {
            let case = self.cases.get_mut(&view.id).unwrap();
            if !case.reply.lost(at) {
                continue;
            }
            let Some(room) = world.rooms.get(&view.room) else { continue };
            let there = |jid: &BareJid| room.occupants.values().any(|one| one.jid.to_bare() == *jid);
            let owner = view.operator.as_ref().is_some_and(&there);
            if !room.desk_sees_jids() || !owner {
                case.reply.unsure = true;
            } else if room.nick_of(&view.guest).is_some() {
                return Err(format!("I4: nobody answers in chat {}, and nothing happens: {case:?}", view.id));
            }
        }
        Ok(())
    }

    /// Who is there and may be told what was left for them.
    pub fn there(&self) -> Vec<(BareJid, Vec<frontdesk::desk::ids::QueueName>)> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let there = settings.operators.iter().filter(|one| self.linked && self.staff.available(&one.jid));
        there.map(|one| (one.jid.clone(), one.queues.clone())).collect()
    }
}

/// The chat that such words to an operator are about.
fn number_in(words: &str) -> Option<ChatId> {
    let rest = words.strip_prefix("Chat ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(ChatId)
}

/// The words that somebody typed.
pub fn typed_in(event: &Event) -> Option<&str> {
    match event {
        Event::DirectMessageReceived(message) => Some(&message.body),
        Event::RoomMessageReceived(RoomMessage { body: Body::Words(words), .. }) => Some(words),
        _ => None,
    }
}
