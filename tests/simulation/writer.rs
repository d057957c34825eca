//! Somebody with an ordinary client who writes to the desk's address: reads what comes back, comes into the room or not,
//! goes on from another device, and ends it or falls silent.

use frontdesk::desk::event::{DirectMessage, Event};
use frontdesk::desk::ids::{MessageId, Nick, RoomJid};
use jid::FullJid;

use super::chance::Chance;
use crate::world::people::person;
use crate::world::{Mail, World};

pub struct Writer {
    name: String,
    jid: FullJid,
    /// Their client understands invitations, and follows them.
    comes: bool,
    room: Option<(RoomJid, Option<String>)>,
    mail_read: usize,
    words: u32,
    last: Option<(MessageId, String)>,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Write,
    WriteAgain,
    Deliver,
    Command,
    Device,
    Enter,
    Talk,
    Leave,
    Bye,
    Nothing,
}

const DEEDS: [(u32, Deed); 10] = [
    (40, Deed::Write),
    (3, Deed::WriteAgain),
    (6, Deed::Deliver),
    (8, Deed::Command),
    (6, Deed::Device),
    (14, Deed::Enter),
    (10, Deed::Talk),
    (6, Deed::Leave),
    (3, Deed::Bye),
    (8, Deed::Nothing),
];

impl Writer {
    pub fn new(number: usize, chance: &mut Chance) -> Self {
        let name = format!("writer{number}");
        let jid = person(&name);
        Self { name, jid, comes: chance.percent(50), room: None, mail_read: 0, words: 0, last: None }
    }

    pub fn act(&mut self, world: &mut World, chance: &mut Chance) {
        self.read_mail(world);
        let deed = chance.weigh(&DEEDS);
        world.note(|| format!("{}: {deed:?}", self.jid));
        match deed {
            Deed::Write => self.write(world),
            Deed::WriteAgain => self.write_again(world),
            Deed::Deliver => self.deliver_again(world),
            Deed::Command => {
                let words = *chance.pick(&["?? printer", "!time", "!help", "!close", "??"]);
                self.send(world, None, words.to_owned());
            }
            Deed::Device => self.change_device(world),
            Deed::Enter if self.comes => self.enter(world),
            Deed::Talk => self.talk(world),
            Deed::Leave => self.leave(world),
            Deed::Bye => self.send(world, None, "!bye".to_owned()),
            Deed::Enter | Deed::Nothing => {}
        }
    }

    /// Out of the room, and out of words.
    pub fn leave_for_good(&mut self, world: &mut World) {
        self.leave(world);
    }

    fn read_mail(&mut self, world: &World) {
        for (to, mail) in &world.mail[self.mail_read.min(world.mail.len())..] {
            if let Mail::Invitation { room, password } = mail
                && to.to_bare() == self.jid.to_bare()
            {
                self.room = Some((room.clone(), password.clone()));
            }
        }
        self.mail_read = world.mail.len();
    }

    fn write(&mut self, world: &mut World) {
        self.words += 1;
        let words = format!("{} writes\nmessage {}", self.name, self.words);
        let id = MessageId::from(format!("{}-{}", self.name, self.words));
        self.last = Some((id.clone(), words.clone()));
        self.send(world, Some(id), words);
    }

    /// The same words, said once more.
    fn write_again(&mut self, world: &mut World) {
        if let Some((_, words)) = self.last.clone() {
            self.words += 1;
            let id = MessageId::from(format!("{}-{}", self.name, self.words));
            self.send(world, Some(id), words);
        }
    }

    /// The same message, delivered once more.
    fn deliver_again(&self, world: &mut World) {
        if let Some((id, words)) = self.last.clone() {
            self.send(world, Some(id), words);
        }
    }

    fn send(&self, world: &mut World, id: Option<MessageId>, body: String) {
        let from = self.jid.clone().into();
        world.receive(Event::DirectMessageReceived(DirectMessage {
            from,
            body,
            language: None,
            delayed: false,
            id,
            encrypted: false,
            archived: None,
        }));
    }

    fn change_device(&mut self, world: &mut World) {
        self.leave(world);
        let resource = if self.jid.resource().as_str() == "pc" { "phone" } else { "pc" };
        self.jid = person(&format!("{}/{resource}", self.name));
    }

    fn enter(&mut self, world: &mut World) {
        let Some((room, password)) = self.room.clone() else { return };
        if world.rooms.contains_key(&room) {
            let (jid, nick) = (self.jid.clone(), Nick::from(self.name.clone()));
            world.in_room(&room, |room| room.enter(&jid, &nick, password.as_deref()));
        }
    }

    fn talk(&mut self, world: &mut World) {
        let Some((room, _)) = self.room.clone().filter(|(room, _)| world.rooms.contains_key(room)) else { return };
        self.words += 1;
        let (at, jid, words) = (world.now().wall, self.jid.clone(), format!("{} says {}", self.name, self.words));
        let id = MessageId::from(format!("{}-{}", self.name, self.words));
        world.in_room(&room, |room| {
            if let Some(nick) = room.nick_of(&jid) {
                room.say(&nick, Some(id), &words, None, at);
            }
        });
    }

    fn leave(&mut self, world: &mut World) {
        let Some((room, _)) = self.room.clone().filter(|(room, _)| world.rooms.contains_key(room)) else { return };
        let jid = self.jid.clone();
        world.in_room(&room, |room| room.leave(&jid));
    }
}
