//! Fairness over long days: what each strategy shares out, and what a priority does to those without.
//!
//! What is proved here is what the documentation says, and no more: see docs/decisions/0009-routing.md.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a day that goes wrong should stop"
)]

mod world;

#[path = "simulation/chance.rs"]
#[allow(dead_code, reason = "these days need little of it")]
mod chance;

mod fairness {
    pub mod shift;
}

use std::collections::BTreeMap;
use std::time::Duration;

use chance::Chance;
use fairness::shift::Shift;
use frontdesk::desk::settings::{QueueSettings, Settings, StrategyName};
use world::people::{operator, queue, settings};

const STAFF: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// Chats of a long day.
const CHATS: usize = 400;

fn team(strategy: StrategyName, places: [u32; 4]) -> Settings {
    let staff = STAFF.iter().zip(places).map(|(name, places)| operator(name, places)).collect();
    Settings { queues: vec![QueueSettings { strategy, ..queue("support") }], ..settings(staff) }
}

fn seconds(from: u64, to: u64, chance: &mut Chance) -> Duration {
    Duration::from_secs(from + chance.below(usize::try_from(to - from).unwrap() + 1) as u64)
}

/// Guests come now and then and are served for so long. How many chats each operator had, in the order of `STAFF`.
fn day(settings: Settings, seed: u64, pause: (u64, u64), service: (u64, u64)) -> [usize; 4] {
    let mut chance = Chance::new(seed);
    let mut shift = Shift::new(settings, &STAFF);
    for _ in 0..CHATS {
        let (wait, takes) = (seconds(pause.0, pause.1, &mut chance), seconds(service.0, service.1, &mut chance));
        shift.wait(wait);
        shift.guest_comes(takes);
    }
    shift.wait(Duration::from_secs(3_600));
    assert_eq!(shift.accepted.len(), CHATS, "everybody is served");
    STAFF.map(|name| shift.accepted.iter().filter(|(_, operator)| operator == name).count())
}

fn spread(counts: [usize; 4]) -> usize {
    counts.iter().max().unwrap() - counts.iter().min().unwrap()
}

/// Whether the desk is quiet, busy, or has more guests than it can serve at once.
const LOADS: [(u64, u64); 3] = [(20, 120), (5, 15), (2, 8)];

#[test]
fn round_robin_gives_equal_operators_as_many_chats_each() {
    for (seed, pause) in (0..).zip(LOADS) {
        for places in [1, 3] {
            let counts = day(team(StrategyName::RoundRobin, [places; 4]), seed, pause, (30, 30));
            assert!(spread(counts) <= 1, "a guest each {pause:?} s, {places} places: {counts:?}");
        }
    }
}

#[test]
fn longest_idle_gives_equal_operators_as_many_chats_each() {
    for (seed, pause) in (0..).zip(LOADS) {
        let counts = day(team(StrategyName::LongestIdle, [1; 4]), seed, pause, (30, 30));
        assert!(spread(counts) <= 1, "a guest each {pause:?} s: {counts:?}");
    }
}

/// Chats that last differently keep operators busy differently: whoever has long ones gets fewer while they last, and that
/// does not add up over the day.
#[test]
fn chats_of_different_length_are_shared_out_almost_evenly() {
    for strategy in [StrategyName::RoundRobin, StrategyName::LongestIdle] {
        for seed in 0..3 {
            let counts = day(team(strategy, [1; 4]), seed, (5, 30), (10, 120));
            println!("{}: {counts:?}", strategy.name());
            assert!(spread(counts) <= CHATS / 4 / 5, "{}: {counts:?}", strategy.name());
        }
    }
}

/// Where no chat ends, relative loads differ by one chat at most; where they do, nobody gets a chat while somebody else
/// with a free place has a smaller part of theirs taken.
#[test]
fn fewest_chats_keeps_relative_loads_within_one_chat() {
    let places = [1, 2, 4, 8];
    let mut shift = Shift::new(team(StrategyName::FewestChats, places), &STAFF);
    for _ in 0..places.iter().sum() {
        shift.guest_comes(Duration::MAX);
        let loads = shift.loads();
        for ((one, _), all) in loads.iter().zip(places) {
            for ((other, _), others) in loads.iter().zip(places) {
                assert!(one.saturating_sub(1) * others <= other * all, "{loads:?}");
            }
        }
    }
    assert!(shift.loads().iter().zip(places).all(|((taken, _), all)| *taken == all));
}

#[test]
fn fewest_chats_never_passes_over_whoever_has_more_left() {
    let (mut chance, places) = (Chance::new(1), [1, 2, 4, 8]);
    let mut shift = Shift::new(team(StrategyName::FewestChats, places), &STAFF);
    for _ in 0..CHATS {
        let (wait, takes) = (seconds(0, 10, &mut chance), seconds(10, 120, &mut chance));
        shift.wait(wait);
        let before: Vec<(u32, u32)> = shift.loads();
        let served = shift.accepted.len();
        shift.guest_comes(takes);
        for (_, operator) in &shift.accepted[served..] {
            let (taken, all) = before[STAFF.iter().position(|name| name == operator).unwrap()];
            let freer = before.iter().find(|(other, others)| other < others && other * all < taken * others);
            assert!(freer.is_none(), "{operator} had {taken} of {all}: {before:?}");
        }
    }
}

/// Two queues, one operator: guests of the queue with priority go first always, and the others in the order in which they
/// came. Nothing is done against starving: while more guests with priority come than are served, the others wait.
#[test]
fn a_higher_priority_always_goes_first_and_the_others_in_their_order() {
    let urgent = QueueSettings { priority: 10, ..queue("urgent") };
    let mut alice = operator("alice", 1);
    alice.queues = vec!["support".into(), "urgent".into()];
    let ordinary = Settings { queues: vec![queue("support"), urgent.clone()], ..settings(vec![alice]) };
    let first = Settings { queues: vec![urgent, queue("support")], ..ordinary.clone() };
    let mut chance = Chance::new(3);
    let mut shift = Shift::new(ordinary.clone(), &["alice"]);
    let mut came: BTreeMap<usize, bool> = BTreeMap::new();
    for guest in 0..120 {
        // Guests stand in the first queue of the configuration.
        let hurries = chance.percent(30);
        shift.configure(if hurries { first.clone() } else { ordinary.clone() });
        came.insert(guest, hurries);
        shift.wait(seconds(0, 40, &mut chance));
        shift.guest_comes(Duration::from_secs(25));
        shift.assert_order(|guest| came[&guest]);
    }
    shift.wait(Duration::from_secs(7_200));
    let (urgent, others): (Vec<usize>, Vec<usize>) =
        shift.accepted.iter().map(|(guest, _)| *guest).partition(|guest| came[guest]);
    assert!(urgent.is_sorted() && others.is_sorted(), "{:?}", shift.accepted);
    assert_eq!(shift.accepted.len(), 120, "nobody is forgotten");
}
