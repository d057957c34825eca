//! Random guests, operators and faults over simulated days, and I1 to I4 of DESIGN.md checked after every event.
//!
//! `FRONTDESK_SEEDS=5000 cargo test --release --test simulation` plays more days, `FRONTDESK_SEED=17` one of them.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a day that goes wrong should stop"
)]

mod world;

mod simulation {
    pub mod chance;
    pub mod day;
    pub mod guest;
    pub mod holders;
    pub mod operator;
    pub mod oracle;
    pub mod patience;
    pub mod server;
}

use std::panic::{AssertUnwindSafe, catch_unwind};

use simulation::day::Day;
use world::turn::Tamper;

/// How many days are played unless somebody wants more.
const SEEDS: u64 = 300;
/// How much of a bad day is told, in lines.
const TOLD_MAX: usize = 120;

#[test]
fn days_at_the_desk() {
    if let Some(seed) = number("FRONTDESK_SEED") {
        return play(seed);
    }
    for seed in 0..number("FRONTDESK_SEEDS").unwrap_or(SEEDS) {
        play(seed);
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Plays a day; a bad one a second time, telling all.
fn play(seed: u64) {
    if verdict(&mut Day::new(seed, false, None)).is_err() {
        let mut day = Day::new(seed, true, None);
        let violation = verdict(&mut day).unwrap_err();
        let told = &day.world.told;
        let most = number("FRONTDESK_TOLD").map_or(TOLD_MAX, |lines| usize::try_from(lines).unwrap());
        let last = told[told.len().saturating_sub(most)..].join("\n");
        panic!("FRONTDESK_SEED={seed}\n{last}\n{violation}");
    }
}

fn verdict(day: &mut Day) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| day.play())).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        Err(words.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
    })
}

#[allow(dead_code)]
fn with(tamper: Tamper, seed: u64) -> Result<(), String> {
    verdict(&mut Day::new(seed, false, Some(tamper)))
}
