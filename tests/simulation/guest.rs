//! A guest: opens a room, invites the desk, talks, reloads the page, vanishes.

use frontdesk::desk::event::{Affiliation, DirectMessage, Event, Invitation, InvitationForm};
use frontdesk::desk::facts::Brought;
use frontdesk::desk::ids::{MessageId, Nick, RoomJid};
use frontdesk::desk::record::StageName;
use jid::FullJid;

use super::chance::Chance;
use crate::world::people::{account, person, room};
use crate::world::room::{Door, HISTORY_MAX, Room};
use crate::world::{Mail, Said, World};

pub struct Guest {
    number: usize,
    /// How many addresses they have had: a reloaded page has a new one.
    lives: u32,
    /// How often they asked for help again.
    visits: u32,
    pub jid: FullJid,
    nick: Nick,
    pub room: RoomJid,
    password: Option<String>,
    mail_read: usize,
    words: u32,
    whereabouts: Whereabouts,
    /// Addresses under which the server still believes them to be there.
    ghosts: Vec<FullJid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    Home,
    Inside,
    Away,
    Gone,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Talk,
    Command,
    Pour,
    Ask,
    Encrypt,
    Forge,
    Repeat,
    Mimic,
    Whisper,
    Invite,
    Rename,
    Grant,
    Friend,
    Reload,
    Vanish,
    StepOut,
    Leave,
    Destroy,
}

const DEEDS: [(u32, Deed); 18] = [
    (46, Deed::Talk),
    (8, Deed::Command),
    (1, Deed::Pour),
    (2, Deed::Ask),
    (2, Deed::Encrypt),
    (3, Deed::Forge),
    (3, Deed::Repeat),
    (3, Deed::Mimic),
    (2, Deed::Whisper),
    (6, Deed::Invite),
    (3, Deed::Rename),
    (3, Deed::Grant),
    (2, Deed::Friend),
    (5, Deed::Reload),
    (4, Deed::Vanish),
    (5, Deed::StepOut),
    (8, Deed::Leave),
    (1, Deed::Destroy),
];

impl Guest {
    pub fn new(number: usize) -> Self {
        Self {
            number,
            lives: 1,
            visits: 0,
            jid: person(&format!("g{number}")),
            nick: Nick::from(format!("Guest {number}")),
            room: room(&format!("help{number}")),
            password: None,
            mail_read: 0,
            words: 0,
            whereabouts: Whereabouts::Home,
            ghosts: Vec::new(),
        }
    }

    pub fn act(&mut self, world: &mut World, chance: &mut Chance) {
        self.read_mail(world);
        if !matches!(self.whereabouts, Whereabouts::Inside | Whereabouts::Gone) {
            world.note(|| format!("{} of {}: {:?}", self.jid, self.room, self.whereabouts));
        }
        match self.whereabouts {
            Whereabouts::Home => self.open_room(world, chance),
            Whereabouts::Inside if !self.inside(world) => self.whereabouts = Whereabouts::Away,
            Whereabouts::Inside => self.do_something(world, chance),
            Whereabouts::Away if chance.percent(30) => self.leave_for_good(world),
            Whereabouts::Away => self.come_back(world, chance),
            Whereabouts::Gone if chance.percent(15) && !self.is_open(world) => self.return_another_time(),
            Whereabouts::Gone => {}
        }
    }

    /// The same guest, with another question and in another room.
    fn return_another_time(&mut self) {
        self.visits += 1;
        self.room = room(&format!("help{}x{}", self.number, self.visits));
        self.whereabouts = Whereabouts::Home;
    }

    /// Is out of the room under every address, and never comes back.
    pub fn leave_for_good(&mut self, world: &mut World) {
        self.leave(world);
        for ghost in std::mem::take(&mut self.ghosts) {
            world.in_room(&self.room, |room| room.leave(&ghost));
        }
        self.whereabouts = Whereabouts::Gone;
    }

    /// Their last chat is not closed yet: a guest has one at a time.
    fn is_open(&self, world: &World) -> bool {
        world.store.chats.values().any(|chat| chat.room == self.room && chat.stage != StageName::Closed)
    }

    fn inside(&self, world: &World) -> bool {
        world.rooms.get(&self.room).is_some_and(|room| room.nick_of(&self.jid).is_some())
    }

    fn leave(&mut self, world: &mut World) {
        if self.inside(world) {
            let jid = self.jid.clone();
            world.in_room(&self.room, |room| room.leave(&jid));
        }
    }

    /// The desk sends the password that it gave the room.
    fn read_mail(&mut self, world: &World) {
        for (to, mail) in &world.mail[self.mail_read..] {
            if let Mail::Invitation { room, password } = mail
                && *room == self.room
                && *to == self.jid
            {
                self.password.clone_from(password);
            }
        }
        self.mail_read = world.mail.len();
    }

    fn open_room(&mut self, world: &mut World, chance: &mut Chance) {
        let (admin, members, password) = (chance.percent(75), chance.percent(8), chance.percent(15));
        let (for_all, vouches) = (chance.percent(15), chance.percent(65));
        let (archive, names_speakers) = (chance.percent(75), chance.percent(60));
        let history_max = *chance.pick(&[HISTORY_MAX, HISTORY_MAX, HISTORY_MAX, 3, 0]);
        self.password = password.then(|| format!("word{}", self.number));
        let (jid, nick, word) = (self.jid.clone(), self.nick.clone(), self.password.clone());
        let grants = !admin && chance.percent(50);
        world.in_room(&self.room, |room| {
            room.desk_is_admin = admin;
            room.jids_for_all = for_all;
            (room.vouches, room.archive, room.names_speakers) = (vouches, archive, names_speakers);
            room.history_max = history_max;
            room.enter(&jid, &nick, None);
            room.members_only = members;
            room.password = word;
            if grants {
                room.affiliate(&account(), Affiliation::Owner);
            }
        });
        self.whereabouts = Whereabouts::Inside;
        for _ in 0..chance.below(4) {
            self.talk(world);
        }
        if chance.percent(95) {
            self.invite(world, chance);
        }
        if chance.percent(5) {
            self.leave(world);
            self.whereabouts = Whereabouts::Away;
        }
    }

    fn invite(&mut self, world: &mut World, chance: &mut Chance) {
        let nick = world.rooms.get(&self.room).and_then(|room| room.nick_of(&self.jid));
        let by_nick = nick.and_then(|nick| self.room.occupant(&nick)).filter(|_| chance.percent(20));
        let forms: &[InvitationForm] = match chance.below(4) {
            0 => &[InvitationForm::Mediated],
            1 => &[InvitationForm::Direct],
            2 => &[InvitationForm::Mediated, InvitationForm::Direct],
            _ => &[InvitationForm::Direct, InvitationForm::Mediated, InvitationForm::Mediated],
        };
        let language = *chance.pick(&[None, Some("de"), Some("en-GB")]);
        let reason = *chance.pick(&[None, None, Some("Please help"), Some("")]);
        let password = self.password.clone().filter(|_| chance.percent(95));
        for form in forms {
            let from = match (&by_nick, form) {
                (Some(occupant), InvitationForm::Mediated) => occupant.clone(),
                _ => self.jid.clone(),
            };
            world.receive(Event::InvitationReceived(Invitation {
                room: self.room.clone(),
                from: from.into(),
                form: *form,
                password: password.clone(),
                reason: reason.map(str::to_owned),
                language: language.map(str::to_owned),
                brought: Brought::default(),
            }));
        }
    }

    fn do_something(&mut self, world: &mut World, chance: &mut Chance) {
        let deed = chance.weigh(&DEEDS);
        world.note(|| format!("{} in {}: {deed:?}", self.jid, self.room));
        match deed {
            Deed::Talk => self.talk(world),
            Deed::Command => self.command(world, chance),
            Deed::Pour => (0..chance.below(260)).for_each(|_| self.talk(world)),
            Deed::Ask => (0..chance.below(30)).for_each(|_| self.command(world, chance)),
            Deed::Encrypt => self.say(world, "encrypted:you cannot read this"),
            Deed::Forge => self.forge(world),
            Deed::Repeat => self.repeat(world, chance),
            Deed::Mimic => self.mimic(world),
            Deed::Whisper => self.whisper(world, chance),
            Deed::Invite => self.invite(world, chance),
            Deed::Rename => self.rename(world),
            Deed::Grant => world.in_room(&self.room, |room| room.affiliate(&account(), Affiliation::Owner)),
            Deed::Friend => self.bring_a_friend(world),
            Deed::Reload => self.reload(world, chance),
            Deed::Vanish => self.vanish(),
            Deed::StepOut => self.step_out(world),
            Deed::Leave => self.leave_for_good(world),
            Deed::Destroy => self.destroy_room(world),
        }
    }

    fn talk(&mut self, world: &mut World) {
        self.say(world, "my printer is on fire");
    }

    fn say(&mut self, world: &mut World, words: &str) {
        self.words += 1;
        let id = MessageId::from(format!("{}-{}", self.jid, self.words));
        self.say_as(world, Some(id), &format!("{words} ({})", self.words));
    }

    fn say_as(&self, world: &mut World, id: Option<MessageId>, body: &str) {
        let at = world.now().wall;
        let jid = self.jid.clone();
        world.in_room(&self.room, |room| {
            if let Some(nick) = room.nick_of(&jid) {
                room.say(&nick, id, body, None, at);
            }
        });
    }

    fn command(&mut self, world: &mut World, chance: &mut Chance) {
        let words =
            *chance.pick(&["?? printer", "??", "?? nonsense", "!time", "!time Tokyo", "!help", "!close", "!accept"]);
        let id = MessageId::from(format!("{}-c{}", self.jid, self.words));
        self.words += 1;
        self.say_as(world, Some(id), words);
    }

    /// Says what the desk said last, under its id; and says something under an id that was used before.
    fn forge(&mut self, world: &mut World) {
        let said =
            world.said.get(&self.room).and_then(|said| said.iter().rfind(|line| line.nick.0.starts_with("Support")));
        if let Some(line) = said.cloned() {
            self.say_as(world, line.id, &line.body);
        }
        self.words += 1;
        self.say_as(world, Some(MessageId::from("always the same".to_owned())), &format!("twice? ({})", self.words));
    }

    /// Says again what they said, under the same id.
    fn repeat(&self, world: &mut World, chance: &mut Chance) {
        let own = |said: &&Said| said.by == self.jid && said.nick == self.nick;
        let said: Vec<Said> = world.said.get(&self.room).into_iter().flatten().filter(own).cloned().collect();
        if !said.is_empty() {
            let line = chance.pick(&said).clone();
            self.say_as(world, line.id, &line.body);
        }
    }

    /// Says what the desk said last, under its id and its nick, which is free while the desk is away. Where the room does not
    /// tell whose words they are, nobody could know.
    fn mimic(&self, world: &mut World) {
        let free = |room: &Room| room.names_speakers && !room.desk_inside();
        if !world.rooms.get(&self.room).is_some_and(free) {
            return;
        }
        let said: Vec<Said> = world.said.get(&self.room).into_iter().flatten().cloned().collect();
        let last = said.iter().rev().filter(|said| said.by.to_bare() == account()).take(3);
        let (jid, nick) = (self.jid.clone(), self.nick.clone());
        world.in_room(&self.room, |room| room.rename(&jid, &Nick::from("Support".to_owned())));
        for line in last.collect::<Vec<_>>().into_iter().rev() {
            self.say_as(world, line.id.clone(), &line.body);
        }
        world.in_room(&self.room, |room| room.rename(&jid, &nick));
    }

    fn whisper(&self, world: &mut World, chance: &mut Chance) {
        let body = (*chance.pick(&["hello?", "?? printer", "!accept", "!close 1"])).to_owned();
        let message = DirectMessage {
            from: self.jid.clone().into(),
            body,
            language: None,
            delayed: false,
            id: None,
            encrypted: false,
            archived: None,
        };
        world.receive(Event::DirectMessageReceived(message));
    }

    fn rename(&mut self, world: &mut World) {
        self.words += 1;
        self.nick = Nick::from(format!("Guest {} {}", self.number, self.words));
        let (jid, nick) = (self.jid.clone(), self.nick.clone());
        world.in_room(&self.room, |room| room.rename(&jid, &nick));
    }

    fn bring_a_friend(&mut self, world: &mut World) {
        self.words += 1;
        let friend = person(&format!("friend{}x{}", self.number, self.words));
        self.enter_as(world, &friend, &Nick::from(format!("Friend {}", self.words)));
        self.ghosts.push(friend);
    }

    fn enter_as(&self, world: &mut World, jid: &FullJid, nick: &Nick) -> bool {
        let there = world.rooms.get(&self.room).is_some_and(|room| room.door != Door::Missing);
        there && world.in_room(&self.room, |room| room.enter(jid, nick, self.password.as_deref()))
    }

    /// The page is loaded again: a new address, and the old one a ghost for a while, or not.
    fn reload(&mut self, world: &mut World, chance: &mut Chance) {
        if chance.percent(50) {
            self.leave(world);
        } else {
            self.ghosts.push(self.jid.clone());
        }
        self.new_address();
        self.whereabouts = if self.enter_as(world, &self.jid.clone(), &self.nick.clone()) {
            Whereabouts::Inside
        } else {
            Whereabouts::Away
        };
    }

    fn new_address(&mut self) {
        self.lives += 1;
        self.jid = person(&format!("g{}x{}", self.number, self.lives));
        self.nick = Nick::from(format!("Guest {} again {}", self.number, self.lives));
    }

    /// The network is gone: nobody notices until the server does.
    fn vanish(&mut self) {
        self.ghosts.push(self.jid.clone());
        self.new_address();
        self.whereabouts = Whereabouts::Away;
    }

    fn step_out(&mut self, world: &mut World) {
        self.leave(world);
        self.whereabouts = Whereabouts::Away;
    }

    fn come_back(&mut self, world: &mut World, chance: &mut Chance) {
        if chance.percent(40) {
            self.new_address();
        }
        if let Some(ghost) = self.ghosts.pop() {
            world.in_room(&self.room, |room| room.leave(&ghost));
        }
        if self.enter_as(world, &self.jid.clone(), &self.nick.clone()) {
            self.whereabouts = Whereabouts::Inside;
        } else if !world.rooms.contains_key(&self.room) {
            self.whereabouts = Whereabouts::Gone;
        }
    }

    /// Only an owner can; whoever is in it is out of it.
    fn destroy_room(&mut self, world: &mut World) {
        let owner = |room: &Room| room.affiliation(&self.jid.to_bare()) == Affiliation::Owner;
        if world.rooms.get(&self.room).is_some_and(owner) {
            world.in_room(&self.room, |room| room.destroy());
            self.whereabouts = Whereabouts::Gone;
        }
    }
}
