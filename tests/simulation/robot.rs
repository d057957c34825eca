//! Somebody's program: floods the desk with invitations into rooms that are not there, and answers whatever it is told.

use frontdesk::desk::event::{DirectMessage, Event, Invitation, InvitationForm};
use frontdesk::desk::facts::Brought;
use jid::FullJid;

use super::chance::Chance;
use crate::world::World;
use crate::world::people::{person, room};

/// More often than this nobody answers a robot that does nothing but answer.
const ANSWERS_MAX: usize = 30;

#[derive(Default)]
pub struct Robot {
    invitations: usize,
    mail_read: usize,
}

impl Robot {
    pub fn act(&mut self, world: &mut World, chance: &mut Chance) {
        match chance.below(3) {
            0 => self.flood(world, chance),
            1 => self.chatter(world, chance),
            _ => self.resound(world),
        }
    }

    fn flood(&mut self, world: &mut World, chance: &mut Chance) {
        let (times, many) = (*chance.pick(&[5, 30, 150]), chance.percent(50));
        world.note(|| format!("a robot sends {times} invitations, as many: {many}"));
        for _ in 0..times {
            self.invitations += 1;
            let resource = if many { self.invitations } else { 0 };
            world.receive(Event::InvitationReceived(Invitation {
                room: room(&format!("nowhere{}", self.invitations)),
                from: person(&format!("robot/{resource}")).into(),
                form: InvitationForm::Direct,
                password: None,
                reason: None,
                language: None,
                brought: Brought::default(),
            }));
        }
    }

    fn chatter(&self, world: &mut World, chance: &mut Chance) {
        let words = *chance.pick(&["?? printer", "!help", "!time", "!accept", "hello", "!time nowhere"]);
        for _ in 0..chance.below(40) {
            say(world, &me(), words);
        }
    }

    /// Answers each answer at once.
    fn resound(&mut self, world: &mut World) {
        self.mail_read = world.mail.len();
        say(world, &me(), "!help");
        let mut answers = 0;
        while self.was_answered(world) {
            answers += 1;
            assert!(answers <= ANSWERS_MAX, "I6: two robots talk for ever");
            say(world, &me(), "!help");
        }
    }

    fn was_answered(&mut self, world: &World) -> bool {
        let fresh = &world.mail[self.mail_read.min(world.mail.len())..];
        let answered = fresh.iter().any(|(to, _)| *to == me());
        self.mail_read = world.mail.len();
        answered
    }
}

pub fn me() -> FullJid {
    person("robot/0")
}

fn say(world: &mut World, who: &FullJid, words: &str) {
    let (from, body) = (who.clone().into(), words.to_owned());
    world.receive(Event::DirectMessageReceived(DirectMessage {
        from,
        body,
        language: None,
        delayed: false,
        id: None,
        encrypted: false,
        archived: None,
    }));
}
