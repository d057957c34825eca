//! Random `kill -9` under load, on real servers: whenever the daemon dies, what was said is recorded once, nobody has
//! two operators, nobody is left behind, and it is ready again within five seconds.
//!
//! `FRONTDESK_KILLS` says how often (10), `FRONTDESK_SEED` repeats a run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::print_stdout,
    clippy::string_slice
)]

mod support;

#[path = "support/siege.rs"]
mod siege;

use siege::besiege;
use support::server::{Kind, Setup};

on_both_servers!(whenever_the_daemon_is_killed_the_record_is_whole, without_archive_and_stream_management,);

async fn whenever_the_daemon_is_killed_the_record_is_whole(kind: Kind) {
    besiege(Setup::usual(kind)).await;
}

async fn without_archive_and_stream_management(kind: Kind) {
    besiege(Setup::usual(kind).without_archive().without_stream_management()).await;
}

#[test]
fn without_an_archive() {
    support::play(besiege(Setup::usual(Kind::Prosody).without_archive()));
}

#[test]
fn without_stream_management() {
    support::play(besiege(Setup::usual(Kind::Prosody).without_stream_management()));
}
