//! What the live tests stand on: real servers, real clients, the real binary. Nothing here is a stand-in for anything.
//!
//! - [`server`] a throw-away XMPP server on loopback ([`prosody`], [`ejabberd`]), with [`certificates`]
//! - [`client`] a person at an XMPP client, in [`rooms`] too, speaking [`stanzas`] over a [`stream`]
//! - [`raw`] a guest who sends poison, and understands nothing
//! - [`browser`] a guest's window, as far as the server side sees it
//! - [`cable`] the way between the desk and its server, which can be cut
//! - [`desk`] the daemon as an admin starts it
//! - [`story`] the beginnings that many stories share
//! - [`terminator`] TLS in front of a server that speaks none
//! - [`witness`] what was really said in rooms, and whether a transcript says the same
//! - [`proxy`] the way between a client and its server, on which anything may happen
//! - [`process`] a child that cannot outlive its test

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::large_futures
)]

pub mod browser;
pub mod cable;
pub mod certificates;
pub mod client;
pub mod desk;
pub mod ejabberd;
pub mod process;
pub mod prosody;
pub mod proxy;
pub mod raw;
pub mod rooms;
pub mod server;
pub mod stanzas;
pub mod story;
pub mod stream;
pub mod terminator;
pub mod witness;

use std::future::Future;

/// Plays a story to its end. Clients live on a thread of their own, so that a story may block while it waits for a
/// process; the processes are started by this thread, and end with it whatever happens.
pub fn play(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(story);
}

/// Makes each story (an `async fn(Kind)`) two tests: `prosody::story` and `ejabberd::story`.
#[macro_export]
macro_rules! on_both_servers {
    ($($story:ident),+ $(,)?) => {
        mod prosody {
            $(#[test] fn $story() { $crate::support::play(super::$story($crate::support::server::Kind::Prosody)); })+
        }
        mod ejabberd {
            $(#[test] fn $story() { $crate::support::play(super::$story($crate::support::server::Kind::Ejabberd)); })+
        }
    };
}

/// Makes each story (an `async fn(impl Into<Setup>)`) tests on servers that lack something: `prosody_without_archive::story` and
/// so on.
#[macro_export]
macro_rules! on_lesser_servers {
    ($($story:ident),+ $(,)?) => {
        $crate::on_server!(prosody_without_archive, Setup::usual(Kind::Prosody).without_archive(), $($story),+);
        $crate::on_server!(ejabberd_without_archive, Setup::usual(Kind::Ejabberd).without_archive(), $($story),+);
        $crate::on_server!(
            prosody_without_stream_management,
            Setup::usual(Kind::Prosody).without_stream_management(),
            $($story),+
        );
    };
}

/// Makes each story a test on one server.
#[macro_export]
macro_rules! on_server {
    ($name:ident, $setup:expr, $($story:ident),+ $(,)?) => {
        mod $name {
            #[allow(unused_imports)]
            use $crate::support::server::{Kind, Setup};
            $(#[test] fn $story() { $crate::support::play(super::$story($setup)); })+
        }
    };
}
