//! Every order in which three operators and two guests can do what they do, up to a number of deeds: no rule of routing is
//! ever broken. The desk is the real one; who may be offered what says the simulation's model.
//!
//! `FRONTDESK_DEPTH=7 cargo test --release --test exhaustive -- --nocapture` looks further than the shipped depth.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a search that finds something should stop"
)]

mod world;

#[path = "simulation/holders.rs"]
mod holders;
#[path = "simulation/model/mod.rs"]
#[allow(dead_code, reason = "nobody dies here, and nobody leaves a message")]
mod model;

mod exhaustive {
    pub mod deed;
    pub mod search;
    pub mod sight;
    pub mod state;
}

use std::time::Duration;

use exhaustive::search::{Found, search};
use exhaustive::state::State;
use frontdesk::desk::settings::{OperatorSettings, QueueSettings, Settings, StrategyName};
use world::people::{operator, queue, settings};

/// How many deeds follow each other, unless somebody wants more.
const DEPTH: usize = 5;

fn depth() -> usize {
    std::env::var("FRONTDESK_DEPTH").map_or(DEPTH, |text| text.parse().unwrap())
}

/// Alice and Bob have one place each, Carol two; Carol is of the second tier.
fn desk(strategy: StrategyName) -> Settings {
    let carol = OperatorSettings { tier: 2, ..operator("carol", 2) };
    let staff = vec![operator("alice", 1), operator("bob", 1), carol];
    let tier = Duration::from_secs(30);
    let queues = vec![QueueSettings { strategy, tier, missed_offers_max: 2, ..queue("support") }];
    Settings { queues, ..settings(staff) }
}

fn holds_with(strategy: StrategyName) {
    let found = search(State::new(desk(strategy), desk(strategy)), depth());
    println!("{}: {found}", strategy.name());
    assert!(found.wrong.is_none(), "{found}");
    assert!(found.states > 1_000 || depth() < 4, "the search is not stuck: {found}");
}

#[test]
fn nothing_goes_wrong_with_round_robin() {
    holds_with(StrategyName::RoundRobin);
}

#[test]
fn nothing_goes_wrong_with_tiers() {
    holds_with(StrategyName::Tiers);
}

#[test]
fn nothing_goes_wrong_with_broadcast() {
    holds_with(StrategyName::Broadcast);
}

// The test of the test: a desk that breaks the rules is caught.

fn caught(works_by: Settings, should: Settings) -> Found {
    let found = search(State::new(works_by, should), 4);
    assert!(found.wrong.is_some(), "nobody notices: {found}");
    found
}

#[test]
fn a_desk_that_gives_somebody_too_many_chats_is_caught() {
    let mut should = desk(StrategyName::RoundRobin);
    should.queues[0].chat_weight = 2;
    caught(desk(StrategyName::RoundRobin), should);
}

#[test]
fn a_desk_that_asks_several_at_once_is_caught() {
    caught(desk(StrategyName::Broadcast), desk(StrategyName::RoundRobin));
}

#[test]
fn a_desk_that_does_not_know_tiers_is_caught() {
    caught(desk(StrategyName::LongestIdle), desk(StrategyName::Tiers));
}

#[test]
fn a_desk_that_takes_chats_back_too_early_is_caught() {
    let mut hasty = desk(StrategyName::RoundRobin);
    hasty.queues[0].first_reply = Duration::from_secs(1);
    caught(hasty, desk(StrategyName::RoundRobin));
}
