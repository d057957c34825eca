//! How long a guest waits: from the invitation to the desk's first words, and to the operator's invitation, on real
//! servers on loopback, beside what the room's own round trip and one commit to this disk take.
//!
//! `cargo bench --bench first_words`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::large_futures)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::story::open_with;

/// How many guests come, one after the other.
const GUESTS: usize = 40;

fn main() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        support::play(measure(kind));
    }
    println!("one commit's worth of this disk (4 KiB written and synchronised): {}", spread(&mut disk()));
}

async fn measure(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| {
        config.guest_grace_seconds = 0;
        *config = config.clone().with_chats_max(1_000);
    });
    let mut alice = opened.operator("alice").await;
    let (mut entry, mut words, mut called) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..GUESTS {
        let mut guest = Client::guest(&opened.server).await;
        let begin = Instant::now();
        let room = guest.open_room(&format!("help{number}"), "Guest").await;
        entry.push(begin.elapsed());
        let begin = Instant::now();
        guest.invite_mediated(&room, DESK, "I need help");
        let hear = async {
            guest.hear(&room, "the desk's first words", |nick, _| nick == NICK).await;
            begin.elapsed()
        };
        let be_called = async {
            alice.be_invited(DESK).await;
            begin.elapsed()
        };
        let (heard_after, called_after) = tokio::join!(hear, be_called);
        words.push(heard_after);
        called.push(called_after);
        guest.leave(&room).await;
    }
    println!("{kind:?}, {GUESTS} guests (min, median, max)");
    println!("  a guest's own entering and configuring of a room: {}", spread(&mut entry));
    println!("  invitation sent to the desk's first words heard:  {}", spread(&mut words));
    println!("  invitation sent to the operator invited:          {}", spread(&mut called));
}

fn disk() -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = File::create(folder.path().join("disk")).expect("a file");
    (0..GUESTS)
        .map(|_| {
            let begin = Instant::now();
            file.write_all(&[0; 4_096]).and_then(|()| file.sync_data()).expect("the disk");
            begin.elapsed()
        })
        .collect()
}

fn spread(times: &mut [Duration]) -> String {
    times.sort();
    let millis = |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    format!("{:.1} / {:.1} / {:.1} ms", millis(0), millis(times.len() / 2), millis(times.len() - 1))
}
