//! What goes wrong: the link, the server, the rooms, the daemon, the clock, the configuration.

use chrono::TimeDelta;
use frontdesk::desk::event::{Condition, Event};
use frontdesk::desk::ids::RoomJid;

use super::chance::Chance;
use super::rota;
use crate::world::World;
use crate::world::room::Door;
use crate::world::turn::CrashPoint;

#[derive(Debug, Clone, Copy)]
enum Fault {
    LoseLink,
    LoseSession,
    Lag,
    SlowRooms,
    Kill,
    ArmCrash,
    KickDesk,
    BanDesk,
    DestroyRoom,
    MuteRoom,
    DeafenRoom,
    BarDoor,
    Throttle,
    Reload,
    SetClock,
}

const FAULTS: [(u32, Fault); 15] = [
    (14, Fault::LoseLink),
    (10, Fault::LoseSession),
    (12, Fault::Lag),
    (6, Fault::SlowRooms),
    (10, Fault::Kill),
    (16, Fault::ArmCrash),
    (8, Fault::KickDesk),
    (1, Fault::BanDesk),
    (3, Fault::DestroyRoom),
    (8, Fault::MuteRoom),
    (8, Fault::DeafenRoom),
    (6, Fault::BarDoor),
    (8, Fault::Throttle),
    (6, Fault::Reload),
    (6, Fault::SetClock),
];

/// Something goes wrong, or what was wrong is repaired.
pub fn act(world: &mut World, chance: &mut Chance) {
    if in_trouble(world) && chance.percent(60) {
        return repair(world, chance);
    }
    let fault = chance.weigh(&FAULTS);
    world.note(|| format!("fault: {fault:?}"));
    match fault {
        Fault::LoseLink if world.linked => world.disconnect(),
        Fault::LoseSession if world.running => world.connect(),
        Fault::Lag => world.lagging = world.linked,
        Fault::SlowRooms => slow_down(world),
        Fault::Kill => world.kill(),
        Fault::ArmCrash => arm(world, chance),
        Fault::KickDesk => throw_out(world, chance, &[110, 307]),
        Fault::BanDesk => throw_out(world, chance, &[110, 301]),
        Fault::DestroyRoom => destroy(world, chance),
        Fault::MuteRoom => with_room(world, chance, |room| room.mute = true),
        Fault::DeafenRoom => deafen(world, chance),
        Fault::BarDoor => bar_door(world, chance),
        Fault::Throttle => throttle(world, chance),
        Fault::Reload => reload(world, chance),
        Fault::SetClock => set_clock(world, chance),
        Fault::LoseLink | Fault::LoseSession => {}
    }
}

/// Is anything wrong that somebody has to repair?
pub fn in_trouble(world: &World) -> bool {
    let barred = |door: Door| !matches!(door, Door::Open | Door::Missing);
    !world.linked
        || world.lagging
        || world.rooms_slow
        || world.rooms.values().any(|room| room.mute || room.throttle > 0 || barred(room.door))
}

/// All that is wrong is repaired.
pub fn heal(world: &mut World) {
    world.turn.crash = None;
    for room in world.rooms.values_mut() {
        room.mute = false;
        room.throttle = 0;
        room.deaf = 0;
        if !matches!(room.door, Door::Missing) {
            room.door = Door::Open;
        }
    }
    if !world.running {
        world.start();
    }
    if !world.linked {
        world.resume();
    }
    world.catch_up();
    world.abandon_questions();
    world.happen(Event::TimePassed);
}

fn repair(world: &mut World, chance: &mut Chance) {
    world.note(|| "repair".to_owned());
    match (world.running, world.linked, world.lagging || world.rooms_slow) {
        (false, ..) => world.start(),
        (true, false, _) if chance.percent(60) => world.resume(),
        (true, false, _) => world.connect(),
        (true, true, true) => world.catch_up(),
        (true, true, false) => heal(world),
    }
}

fn arm(world: &mut World, chance: &mut Chance) {
    let after = u32::try_from(chance.below(12)).unwrap() + 1;
    let point = match chance.below(3) {
        0 => CrashPoint::BeforeRemembering,
        1 => CrashPoint::BeforeSpeaking(0),
        _ => CrashPoint::BeforeSpeaking(chance.below(3)),
    };
    if world.running {
        world.turn.crash = Some((after, point));
    }
}

fn some_room(world: &World, chance: &mut Chance) -> Option<RoomJid> {
    let open: Vec<RoomJid> = world.rooms.keys().cloned().collect();
    if open.is_empty() { None } else { Some(chance.pick(&open).clone()) }
}

fn with_room(world: &mut World, chance: &mut Chance, act: impl FnOnce(&mut crate::world::room::Room)) {
    if let Some(room) = some_room(world, chance) {
        world.in_room(&room, act);
    }
}

fn throw_out(world: &mut World, chance: &mut Chance, codes: &[u16]) {
    let unexplained = chance.percent(40);
    let codes = if unexplained { vec![110] } else { codes.to_vec() };
    with_room(world, chance, |room| {
        room.harmed |= codes.contains(&301);
        room.throw_desk_out(codes, false);
    });
}

fn destroy(world: &mut World, chance: &mut Chance) {
    with_room(world, chance, |room| room.destroy());
}

/// A room that does not let us in for ten seconds may be given up.
fn slow_down(world: &mut World) {
    world.rooms_slow = true;
    for room in world.rooms.values_mut() {
        room.harmed = true;
    }
}

fn bar_door(world: &mut World, chance: &mut Chance) {
    let door = match chance.below(4) {
        0 => Door::NickTaken(1),
        1 => Door::Silent,
        2 => Door::Refusing(Condition::ResourceConstraint),
        _ => Door::Refusing(Condition::ItemNotFound),
    };
    with_room(world, chance, |room| {
        if room.door != Door::Missing {
            room.door = door;
            room.harmed = true;
        }
    });
}

/// A room does not hear what the desk asks it next.
fn deafen(world: &mut World, chance: &mut Chance) {
    let times = *chance.pick(&[1, 2, 3, 5]);
    with_room(world, chance, |room| {
        room.deaf = times;
        room.harmed = true;
    });
}

/// A room refuses the desk's next words.
fn throttle(world: &mut World, chance: &mut Chance) {
    let lines = *chance.pick(&[1, 2, 5, 1_000]);
    with_room(world, chance, |room| room.throttle = lines);
}

fn reload(world: &mut World, chance: &mut Chance) {
    let mut settings = world.settings.clone();
    rota::change(&mut settings, chance);
    world.settings = settings.clone();
    if world.running {
        world.happen(Event::SettingsChanged(Box::new(settings)));
    }
}

/// Not while words are on their way: if they came hours before they were said, a room that gives no ids could tell them
/// again, and nobody would know them.
fn set_clock(world: &mut World, chance: &mut Chance) {
    if !world.linked || world.lagging || world.rooms_slow {
        return;
    }
    let hours = i64::try_from(chance.below(12)).unwrap() - 6;
    world.set_wall_clock(TimeDelta::minutes(hours * 60 + 7));
}
