//! An operator: comes and goes, takes what is offered or not, talks, leaves.

use frontdesk::desk::event::{DirectMessage, Event, Show};
use frontdesk::desk::ids::{MessageId, Nick, RoomJid};
use jid::{FullJid, Jid};

use super::chance::Chance;
use crate::world::people::person;
use crate::world::{Mail, World};

pub struct Operator {
    name: &'static str,
    clients: [FullJid; 2],
    mail_read: usize,
    words: u32,
    /// Invitations that were not followed yet.
    invitations: Vec<(RoomJid, Option<String>)>,
    /// Rooms they know the way into.
    known: Vec<(RoomJid, Option<String>)>,
    /// Numbers of chats that the desk wrote about.
    chats: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Enter,
    EnterLate,
    Talk,
    ShowUp,
    ShowAway,
    Accept,
    Decline,
    Close,
    CloseByMail,
    SecondClient,
    Leave,
    Ask,
    SayAvailable,
    SayAway,
    SayBusy,
    Take,
    Transfer,
    Invite,
    Type,
    StopTyping,
}

const DEEDS: [(u32, Deed); 20] = [
    (34, Deed::Enter),
    (3, Deed::EnterLate),
    (24, Deed::Talk),
    (9, Deed::ShowUp),
    (5, Deed::ShowAway),
    (5, Deed::Accept),
    (5, Deed::Decline),
    (2, Deed::Close),
    (2, Deed::CloseByMail),
    (3, Deed::SecondClient),
    (6, Deed::Leave),
    (2, Deed::Ask),
    (5, Deed::SayAvailable),
    (3, Deed::SayAway),
    (2, Deed::SayBusy),
    (4, Deed::Take),
    (14, Deed::Transfer),
    (3, Deed::Invite),
    (6, Deed::Type),
    (3, Deed::StopTyping),
];

impl Operator {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            clients: [person(name), person(&format!("{name}/phone"))],
            mail_read: 0,
            words: 0,
            invitations: Vec::new(),
            known: Vec::new(),
            chats: Vec::new(),
        }
    }

    pub fn act(&mut self, world: &mut World, chance: &mut Chance) {
        self.read_mail(world);
        let deed = chance.weigh(&DEEDS);
        world.note(|| format!("{}: {deed:?}", self.name));
        match deed {
            Deed::Enter => self.follow_invitation(world, chance),
            Deed::EnterLate => self.enter_known(world, chance, 0),
            Deed::SecondClient => self.enter_known(world, chance, 1),
            Deed::Talk => self.talk(world, chance),
            Deed::ShowUp => self.show(world, chance, &[Show::Online, Show::Online, Show::Chat]),
            Deed::ShowAway => self.show(world, chance, &[Show::Away, Show::ExtendedAway, Show::Busy, Show::Offline]),
            Deed::Accept => self.write(world, chance, "!accept"),
            Deed::Decline => self.write(world, chance, "!decline"),
            Deed::CloseByMail => self.write(world, chance, "!close"),
            Deed::SayAvailable => self.command(world, chance, &["!available"]),
            Deed::SayAway => self.command(world, chance, &["!away", "!away 1", "!away 3"]),
            Deed::SayBusy => self.command(world, chance, &["!busy 0", "!busy 1", "!busy 2", "!busy 9"]),
            Deed::Take => self.write(world, chance, "!take"),
            Deed::Transfer => self.name_somebody(world, chance, "!transfer"),
            Deed::Invite => self.name_somebody(world, chance, "!invite"),
            Deed::Type => self.types(world, chance, true),
            Deed::StopTyping => self.types(world, chance, false),
            Deed::Close => self.close_in_room(world, chance),
            Deed::Leave => self.leave_one(world, chance),
            Deed::Ask => self.write(world, chance, "?? printer"),
        }
    }

    /// Comes to work.
    pub fn show_up(&mut self, world: &mut World) {
        world.presence(&self.clients[0].clone(), Show::Online);
    }

    /// Leaves all rooms, or those where the desk cannot tell them from a guest.
    pub fn leave(&mut self, world: &mut World, all: bool) {
        for (room, client) in self.places(world) {
            world.in_room(&room, |room| {
                if all || !room.desk_sees_jids() {
                    room.leave(&client);
                }
            });
        }
    }

    fn read_mail(&mut self, world: &World) {
        let me = Jid::from(self.clients[0].to_bare());
        for (_, mail) in world.mail[self.mail_read..].iter().filter(|(to, _)| *to == me) {
            match mail {
                Mail::Invitation { room, password } => self.invitations.push((room.clone(), password.clone())),
                Mail::Words(words) => self.chats.extend(number_in(words)),
            }
        }
        self.mail_read = world.mail.len();
    }

    /// The oldest, or the latest.
    fn follow_invitation(&mut self, world: &mut World, chance: &mut Chance) {
        let followed = if chance.percent(50) && !self.invitations.is_empty() {
            Some(self.invitations.remove(0))
        } else {
            self.invitations.pop()
        };
        let Some((room, password)) = followed else { return };
        self.known.push((room.clone(), password.clone()));
        self.enter(world, &room, password.as_deref(), 0);
    }

    fn enter_known(&mut self, world: &mut World, chance: &mut Chance, client: usize) {
        if !self.known.is_empty() {
            let (room, password) = chance.pick(&self.known).clone();
            self.enter(world, &room, password.as_deref(), client);
        }
    }

    fn enter(&self, world: &mut World, room: &RoomJid, password: Option<&str>, client: usize) {
        let (client, nick) = (&self.clients[client], Nick::from(format!("{} {client}", self.name)));
        let free = world.rooms.get(room).is_some_and(|room| room.nick_of(client).is_none());
        if free {
            world.in_room(room, |room| room.enter(client, &nick, password));
        }
    }

    fn show(&self, world: &mut World, chance: &mut Chance, shows: &[Show]) {
        let client = chance.pick(&self.clients).clone();
        world.presence(&client, *chance.pick(shows));
    }

    fn places(&self, world: &World) -> Vec<(RoomJid, FullJid)> {
        let inside = |client: &FullJid| {
            let rooms = world.rooms.iter().filter(|(_, room)| room.nick_of(client).is_some());
            rooms.map(|(name, _)| (name.clone(), client.clone())).collect::<Vec<_>>()
        };
        self.clients.iter().flat_map(inside).collect()
    }

    fn talk(&mut self, world: &mut World, chance: &mut Chance) {
        let words = *chance.pick(&["Good morning", "Switch it off", "?? printer", "!time"]);
        self.say_somewhere(world, chance, words);
    }

    fn close_in_room(&mut self, world: &mut World, chance: &mut Chance) {
        let words = *chance.pick(&["!close", "!close all is well"]);
        self.say_somewhere(world, chance, words);
    }

    /// In a room or directly.
    fn command(&mut self, world: &mut World, chance: &mut Chance, commands: &[&str]) {
        let command = *chance.pick(commands);
        if chance.percent(30) {
            self.say_somewhere(world, chance, command);
        } else {
            self.write_as_is(world, command.to_owned());
        }
    }

    /// A colleague or a queue, at times with a note.
    fn name_somebody(&mut self, world: &mut World, chance: &mut Chance, command: &str) {
        let names: Vec<String> = world.settings.operators.iter().map(|one| one.name.to_string()).collect();
        let queues = world.settings.queues.iter().map(|queue| queue.name.0.to_string());
        let names: Vec<String> = names.into_iter().chain(queues).chain(["nobody".to_owned()]).collect();
        let note = if command == "!transfer" && chance.percent(30) { " please go on" } else { "" };
        let number =
            self.chats.last().filter(|_| chance.percent(50)).map(|chat| format!("{chat} ")).unwrap_or_default();
        let words = format!("{command} {number}{}{note}", chance.pick(&names));
        if chance.percent(50) {
            self.say_somewhere(world, chance, &words);
        } else {
            self.write_as_is(world, words);
        }
    }

    /// Where what is on its way is not in order, nobody can say when they typed.
    fn types(&self, world: &mut World, chance: &mut Chance, typing: bool) {
        let places = self.places(world);
        if places.is_empty() || world.lagging || world.rooms_slow || !world.linked {
            return;
        }
        let (room, client) = chance.pick(&places).clone();
        let nick = world.rooms[&room].nick_of(&client).unwrap();
        if world.rooms[&room].desk_inside() {
            world.receive(Event::OccupantTyping { room, nick, typing });
        }
    }

    fn say_somewhere(&mut self, world: &mut World, chance: &mut Chance, words: &str) {
        let places = self.places(world);
        if places.is_empty() {
            return;
        }
        let (room, client) = chance.pick(&places).clone();
        self.words += 1;
        let id = MessageId::from(format!("{}-{}", self.name, self.words));
        let at = world.now().wall;
        world.in_room(&room, |room| {
            let nick = room.nick_of(&client).unwrap();
            room.say(&nick, Some(id), words, None, at);
        });
    }

    fn leave_one(&self, world: &mut World, chance: &mut Chance) {
        let places = self.places(world);
        if !places.is_empty() {
            let (room, client) = chance.pick(&places).clone();
            world.in_room(&room, |room| room.leave(&client));
        }
    }

    fn write(&self, world: &mut World, chance: &mut Chance, command: &str) {
        let body = match self.chats.last() {
            Some(chat) if chance.percent(60) => format!("{command} {chat}"),
            _ => command.to_owned(),
        };
        self.write_as_is(world, body);
    }

    fn write_as_is(&self, world: &mut World, body: String) {
        let from = self.clients[0].clone().into();
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
}

/// "Chat 7 (support): …", "Chat 7: …"
fn number_in(words: &str) -> Option<String> {
    let words = words.lines().find_map(|line| line.strip_prefix("Chat "))?;
    let digits: String = words.chars().take_while(char::is_ascii_digit).collect();
    Some(digits)
}
