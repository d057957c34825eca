//! What people can do, and how time passes.

use std::collections::BTreeSet;

use frontdesk::desk::event::{DirectMessage, Event, Show};
use frontdesk::desk::ids::Nick;
use jid::FullJid;

use crate::world::World;
use crate::world::people::{person, room};

pub const OPERATORS: [&str; 3] = ["alice", "bob", "carol"];
const GUESTS: [&str; 2] = ["1", "2"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A guest opens a room and invites the desk.
    Come(usize),
    /// The guest leaves it.
    Go(usize),
    /// An operator enters a guest's room.
    Enter(usize, usize),
    Leave(usize, usize),
    Accept(usize, usize),
    Decline(usize, usize),
    /// An operator who was available is away, and the other way round.
    Turn(usize),
    /// Nothing happens until the desk has something to do.
    Wait,
}

/// All that anybody can do now.
pub fn possible(world: &World, came: &BTreeSet<usize>) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for (guest, name) in GUESTS.iter().enumerate() {
        let jid = person(&format!("g{name}"));
        match (came.contains(&guest), inside(world, &jid, guest)) {
            (false, _) => deeds.push(Deed::Come(guest)),
            (true, true) => deeds.push(Deed::Go(guest)),
            (true, false) => {}
        }
        if came.contains(&guest) {
            for (operator, name) in OPERATORS.iter().enumerate() {
                of_operator(world, operator, &person(name), guest, &mut deeds);
            }
        }
    }
    deeds.extend((0..OPERATORS.len()).map(Deed::Turn));
    if world.desk.next_deadline().is_some() {
        deeds.push(Deed::Wait);
    }
    deeds
}

fn of_operator(world: &World, operator: usize, jid: &FullJid, guest: usize, deeds: &mut Vec<Deed>) {
    let there = world.rooms.contains_key(&room(GUESTS[guest]));
    match inside(world, jid, guest) {
        true => deeds.push(Deed::Leave(operator, guest)),
        false if there => deeds.push(Deed::Enter(operator, guest)),
        false => {}
    }
    deeds.extend([Deed::Accept(operator, guest), Deed::Decline(operator, guest)]);
}

fn inside(world: &World, jid: &FullJid, guest: usize) -> bool {
    world.rooms.get(&room(GUESTS[guest])).is_some_and(|room| room.nick_of(jid).is_some())
}

/// The chat of this guest, if there was one: the first that came has the first number.
fn number(world: &World, guest: usize) -> i64 {
    let place = room(GUESTS[guest]);
    world.store.chats.values().find(|chat| chat.room == place).map_or(0, |chat| chat.id.0)
}

impl Deed {
    pub fn is_done(self, world: &mut World) {
        match self {
            Self::Come(guest) => {
                let (place, who) = (room(GUESTS[guest]), person(&format!("g{}", GUESTS[guest])));
                world.in_room(&place, |room| room.enter(&who, &Nick::from("Guest".to_owned()), None));
                world.invite_directly(place, who);
            }
            Self::Go(guest) => {
                let who = person(&format!("g{}", GUESTS[guest]));
                world.in_room(&room(GUESTS[guest]), |room| room.leave(&who));
            }
            Self::Enter(operator, guest) => {
                let (who, nick) = (person(OPERATORS[operator]), Nick::from(OPERATORS[operator].to_owned()));
                world.in_room(&room(GUESTS[guest]), |room| {
                    let password = room.password.clone();
                    room.enter(&who, &nick, password.as_deref())
                });
            }
            Self::Leave(operator, guest) => {
                let who = person(OPERATORS[operator]);
                world.in_room(&room(GUESTS[guest]), |room| room.leave(&who));
            }
            Self::Accept(operator, guest) => says(world, operator, "!accept", guest),
            Self::Decline(operator, guest) => says(world, operator, "!decline", guest),
            Self::Turn(operator) => turns(world, operator),
            Self::Wait => {
                let next = world.desk.next_deadline().unwrap();
                world.wait(next.since(world.now().mono));
            }
        }
    }
}

fn says(world: &mut World, operator: usize, command: &str, guest: usize) {
    let from = person(OPERATORS[operator]).into();
    let body = format!("{command} {}", number(world, guest));
    world.happen(Event::DirectMessageReceived(DirectMessage {
        from,
        body,
        language: None,
        delayed: false,
        id: None,
        encrypted: false,
        archived: None,
    }));
}

fn turns(world: &mut World, operator: usize) {
    let client = person(OPERATORS[operator]);
    let show = match world.presences.get(&client) {
        Some(Show::Online) => Show::Away,
        _ => Show::Online,
    };
    world.presence(&client, show);
}
