//! The reference model of routing: who may be offered what, who has what, and until when, written anew from what the
//! documentation promises. It hears what the desk hears and what the desk decides, and knows nothing of how.
//!
//! Where it cannot know (somebody set the clock while an operator was away for some minutes) both answers are right.

mod case;
mod choice;
mod holding;
mod moving;
mod offering;
mod passing;
mod reply;
mod staff;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frontdesk::desk::action::{Action, Speech};
use frontdesk::desk::event::{Body, Event};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::moment::{Moment, Mono};
use frontdesk::desk::record::Record;
use frontdesk::desk::settings::{QueueSettings, Settings};
use frontdesk::desk::wording::duty;
use jid::{BareJid, FullJid};

use crate::world::World;
use case::Case;
use staff::Staff;

pub type Verdict = Result<(), String>;

#[derive(Debug, Clone, Default)]
pub struct Model {
    now: Option<Moment>,
    /// When somebody last set the clock.
    clock_set_at: Mono,
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
        let now = world.now();
        if self.now.is_some_and(|before| case::clock_was_set(before, now)) {
            self.clock_set_at = now.mono;
        }
        self.now = Some(now);
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
        Event::RoomMessageReceived(message) => match &message.body {
            Body::Words(words) => Some(words),
            Body::Encrypted(_) | Body::Unreadable(_) => None,
        },
        _ => None,
    }
}
