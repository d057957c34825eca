//! What the door costs: memory of our process for each guest who is connected through it, and how much longer a message
//! takes than on a direct connection to the XMPP server's WebSocket, while a thousand others are there.
//!
//! `cargo bench --bench proxy`; `-- GUESTS` for another number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::large_futures
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use support::browser::{Browser, Knock};
use support::desk::{Config, Desk};
use support::server::{Kind, Port, ROOMS, Server, random_word};

/// How many guests are connected, and say nothing.
const GUESTS: usize = 1_000;
/// How many messages are sent on each way, in turn.
const MESSAGES: usize = 400;

fn main() {
    let guests = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(GUESTS);
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        support::play(measure(kind, guests));
    }
}

async fn measure(kind: Kind, guests: usize) {
    let (server, port) = (Server::usual(kind), Port::reserve());
    let config = Config::usual(&server, &["alice"]);
    let desk = Desk::start(&config.with_web(&server, port.address(), "trusted_proxies = [\"127.0.0.1\"]"));
    let web = port.address();
    // Whatever the first connections need once.
    drop(Browser::login(web).await);
    let before = desk.memory_kib();
    let mut there = Vec::new();
    for number in 0..guests {
        there.push(connect(web, number).await);
    }
    let each = desk.memory_kib().saturating_sub(before) * 1_024 / u64::try_from(guests).unwrap();

    let mut through = Talker::enter(Browser::login(web).await).await;
    let mut direct = Talker::enter(directly(&server).await).await;
    let (mut through_took, mut direct_took) = (Vec::new(), Vec::new());
    for _ in 0..MESSAGES {
        through_took.push(through.say().await);
        direct_took.push(direct.say().await);
    }
    let (with, without) = (median(&mut through_took), median(&mut direct_took));
    println!("{kind:?}, {guests} guests connected through the door");
    println!("  memory of our process for each of them: {:.1} KiB", each as f64 / 1_024.0);
    println!("  a message and its echo, median of {MESSAGES}: {with:?} through the door, {without:?} directly");
    println!("  that is {:.2} times as long", with.as_secs_f64() / without.as_secs_f64());
    for browser in there {
        browser.vanish();
    }
}

/// A guest at an address of their own.
async fn connect(web: SocketAddr, number: usize) -> Browser {
    let client = format!("10.{}.{}.{}", number / 65_536, number / 256 % 256, number % 256);
    let mut browser = Knock { forwarded_for: Some(client), ..Knock::usual(web) }.at(web).await.expect("a WebSocket");
    browser.log_in().await;
    browser
}

async fn directly(server: &Server) -> Browser {
    Browser::login(server.http_address()).await
}

/// Somebody alone in a room, who hears themselves.
struct Talker {
    browser: Browser,
    room: String,
}

impl Talker {
    async fn enter(mut browser: Browser) -> Self {
        let room = format!("{}@{ROOMS}", random_word());
        browser.enter(&room, "Kim", None).await;
        Self { browser, room }
    }

    async fn say(&mut self) -> Duration {
        let begin = Instant::now();
        self.browser.say(&self.room, "How long does this take?").await;
        begin.elapsed()
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
