//! I4: nobody is stranded. How long something may last while nothing is wrong.

use std::collections::BTreeMap;

use frontdesk::desk::ids::{ChatId, RoomJid};
use frontdesk::desk::moment::Mono;
use frontdesk::desk::record::StageName;
use frontdesk::desk::snapshot::{ChatView, Snapshot};
use jid::FullJid;

use super::oracle::since;
use crate::world::World;
use crate::world::people::account;
use crate::world::room::Room;

/// A waiting guest hears from us at least so often, in seconds.
const NOTICE: u64 = 60;
const JOINING: u64 = 60;
const OUTSIDE: u64 = 15;
const CLOSING: u64 = 15;
/// What the desk may need beyond a grace, in seconds.
const SLACK: u64 = 5;

#[derive(Default)]
pub struct Patience {
    /// Since when all is well.
    quiet: Mono,
    clocks: BTreeMap<(ChatId, Why), Mono>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Joining,
    Untold,
    Outside,
    Closing,
    NoOperator,
    NoGuest,
}

impl Patience {
    /// While something is wrong nothing is demanded of time.
    pub fn feel(&mut self, world: &World) {
        if super::server::in_trouble(world) {
            self.quiet = world.now().mono;
        }
    }

    pub fn check(&mut self, world: &World, now: &Snapshot) -> Result<(), String> {
        let open = |chat: &ChatId| now.chats.iter().any(|view| view.id == *chat);
        self.clocks.retain(|(chat, _), _| open(chat));
        for chat in &now.chats {
            self.chat(world, chat)?;
        }
        Ok(())
    }

    fn chat(&mut self, world: &World, chat: &ChatView) -> Result<(), String> {
        let settings = &world.settings;
        let here = chat.inside;
        let open = chat.stage != StageName::Closing;
        let waits = matches!(chat.stage, StageName::Waiting | StageName::Offered);
        let guest = guest_inside(world, &chat.room);
        self.limit(world, chat, Why::Joining, chat.stage == StageName::Joining, JOINING, Mono::default())?;
        self.limit(world, chat, Why::Outside, !here, OUTSIDE, Mono::default())?;
        self.limit(world, chat, Why::Closing, !open, CLOSING, Mono::default())?;
        let visible = world.rooms.get(&chat.room).is_some_and(Room::desk_sees_jids);
        let listens = visible && someone_inside(world, &chat.room, |jid| *jid == chat.guest);
        let untold = waits && here && listens;
        let told = if untold { last_told(world, &chat.room) } else { Mono::default() };
        self.limit(world, chat, Why::Untold, untold, NOTICE, told)?;
        let grace = settings.guest_grace.as_secs() + SLACK;
        self.limit(world, chat, Why::NoGuest, here && open && !guest && !chat.direct, grace, Mono::default())?;
        let alone = chat.stage == StageName::Serving && here && operator_missing(world, chat);
        self.limit(world, chat, Why::NoOperator, alone, settings.operator_grace.as_secs() + SLACK, Mono::default())
    }

    /// `holds` may be so for so many seconds, or since `anew`.
    fn limit(
        &mut self,
        world: &World,
        chat: &ChatView,
        why: Why,
        holds: bool,
        seconds: u64,
        anew: Mono,
    ) -> Result<(), String> {
        let now = world.now().mono;
        if !holds {
            self.clocks.remove(&(chat.id, why));
            return Ok(());
        }
        let began = *self.clocks.entry((chat.id, why)).or_insert(now);
        let lasts = since(now, began.max(self.quiet).max(anew));
        if lasts > seconds {
            return Err(format!("I4: {why:?} for {lasts} s, though nothing is wrong: {chat:?}"));
        }
        Ok(())
    }
}

fn last_told(world: &World, room: &RoomJid) -> Mono {
    let account = account();
    let said = world.said.get(room).into_iter().flatten();
    said.rev().find(|line| line.by.to_bare() == account).map(|line| line.at).unwrap_or_default()
}

/// Where real JIDs are invisible, the desk cannot tell a guest from anybody else who was there before it.
fn guest_inside(world: &World, room: &RoomJid) -> bool {
    let visible = world.rooms.get(room).is_some_and(Room::desk_sees_jids);
    someone_inside(world, room, |jid| match visible {
        true => jid.domain().as_str() == "guest.example",
        false => jid.to_bare() != account(),
    })
}

fn someone_inside(world: &World, room: &RoomJid, who: impl Fn(&FullJid) -> bool) -> bool {
    world.rooms.get(room).is_some_and(|room| room.occupants.values().any(|one| who(&one.jid)))
}

/// Where real JIDs are invisible nobody can tell.
fn operator_missing(world: &World, chat: &ChatView) -> bool {
    let (Some(room), Some(operator)) = (world.rooms.get(&chat.room), &chat.operator) else { return false };
    let here = room.occupants.values().any(|one| one.jid.to_bare() == *operator);
    !here && room.desk_sees_jids()
}
