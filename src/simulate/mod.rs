//! TRIES OUT: the same desk on a simulated day.
//!
//! Nothing here decides who serves whom: [`world`] carries events to a [`crate::desk::Desk`] and does what it asks, as the
//! daemon does, but with a server that answers at once, people who are played by a [`cast`], and a clock that jumps. There is
//! no clock, no network and no disk in here, and chance comes from a seed.

pub mod agenda;
pub mod case;
pub mod cast;
pub mod chance;
pub mod crowd;
pub mod erlang;
pub mod figures;
pub mod replay;
pub mod report;
mod server;
pub mod theory;
pub mod world;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::desk::settings::Settings;
use crowd::{Crowd, Day};
use figures::{Ledger, Waits};
use world::{Keeper, World};

/// So long after the last guest has come it is over, whoever still waits.
const PATIENCE_MILLIS: u64 = 24 * 3_600 * 1_000;

/// What came of a synthetic day.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What happened.
    pub ledger: Ledger,
    /// How long those waited whom an operator came to.
    pub waits: Waits,
    /// How long guests could come, in milliseconds.
    pub open_millis: u64,
    /// How many chats were still open when it was over.
    pub unserved: usize,
}

/// Plays a synthetic day. `progress` hears how many guests have come; `keeper` gets all that the desk remembers.
pub fn day(settings: &Settings, day: Day, keeper: Option<Keeper<'_>>, progress: impl FnMut(u64)) -> Outcome {
    let start = monday(settings.zone);
    let crowd = Crowd::new(day, settings, start);
    let mut world = World::new(settings.clone(), start, crowd, keeper);
    world.cast.begin(settings.operators.len(), &mut world.agenda);
    world.live(|crowd| crowd.all_came_at().map(|at| at + PATIENCE_MILLIS), progress);
    let unserved = world.open();
    let open_millis = world.cast.open_millis();
    let mut ledger = world.cast.ledger;
    let waits = Waits::new(std::mem::take(&mut ledger.waits));
    Outcome { ledger, waits, open_millis, unserved }
}

/// A Monday on which nothing is special begins.
fn monday(zone: Tz) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap_or_default();
    zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest().map(|at| at.to_utc()).unwrap_or_default()
}
