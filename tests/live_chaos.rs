//! The way to the server is bad, on real servers: cut at any byte, a trickle, stalled one way, half-open. The desk comes
//! back, and the record is complete: each story ends with the witness (see `support/story.rs`).

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

use std::time::{Duration, Instant};

use support::client::Client;
use support::desk::{Config, Desk, NICK};
use support::proxy::{Flow, Proxy, Way};
use support::server::{DESK, Kind, Server, Setup};
use support::story::{Asked, Opened, accept};

on_both_servers!(
    cut_at_any_byte_of_the_login,
    cut_at_any_byte_of_the_joining,
    cut_in_the_middle_of_a_stanza,
    a_trickle_is_enough,
    a_half_open_link_is_noticed,
    a_link_that_is_deaf_is_noticed,
    a_link_that_is_mute_is_noticed,
);

/// A half-dead link is noticed, and the desk is back, within this time.
const NOTICED: Duration = Duration::from_secs(75);
/// Where a connection is cut: in the first header, in the features, in the login, in what follows.
const BYTES: [u64; 6] = [1, 60, 190, 420, 700, 1_100];

/// A desk behind a proxy.
struct Far {
    opened: Opened,
    proxy: Proxy,
}

impl Far {
    async fn open(kind: Kind) -> Self {
        let server = Server::start(Setup::usual(kind));
        let proxy = Proxy::to(server.address()).await;
        let mut config = Config::usual(&server, &["alice"]);
        config.server = proxy.address.to_string();
        config.log = "debug";
        (config.guest_grace_seconds, config.operator_grace_seconds) = (60, 60);
        Self { opened: Opened { desk: Desk::start(&config), server }, proxy }
    }

    /// A guest, served by Alice.
    async fn served(&self, room: &str) -> (Asked, Client) {
        let mut alice = self.opened.operator("alice").await;
        let mut asked = self.opened.guest(room).await;
        accept(&mut alice, "Alice").await;
        asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Alice")).await;
        (asked, alice)
    }

    /// Words were said, and are recorded.
    async fn recorded(&self, words: &str) {
        let chat = self.opened.desk.chats().pop().expect("a chat");
        self.opened.desk.wait_for_words(&chat, words).await;
    }
}

async fn cut_at_any_byte_of_the_login(kind: Kind) {
    let mut far = Far::open(kind).await;
    for way in [Way::Up, Way::Down] {
        for bytes in BYTES {
            far.opened.desk.kill9();
            far.proxy.cut_after(way, bytes);
            far.opened.desk.start_again();
            // The last bytes may go when it is ready already: with no chat open, being connected is being ready.
            far.proxy.cut_comes(way).await;
        }
    }
    far.opened.guest("login").await;
}

async fn cut_at_any_byte_of_the_joining(kind: Kind) {
    let mut far = Far::open(kind).await;
    for way in [Way::Up, Way::Down] {
        for bytes in BYTES {
            // Anew, for a link that is cut again and again comes back ever more slowly.
            far.opened.desk.term();
            far.opened.desk.start_again();
            let mut asked = far.opened.guest_alone(&format!("joining-{way:?}-{bytes}").to_lowercase()).await;
            asked.guest.say(&asked.room, "first words").await;
            far.proxy.cut_after(way, bytes);
            asked.guest.invite_mediated(&asked.room, DESK, "");
            asked.desk_comes().await;
            asked.guest.say(&asked.room, "There you are").await;
            assert!(!far.proxy.cut_is_due(way), "{way:?} {bytes}: the desk came before the cut");
            far.recorded("There you are").await;
        }
    }
}

async fn cut_in_the_middle_of_a_stanza(kind: Kind) {
    let far = Far::open(kind).await;
    let (mut asked, mut alice) = far.served("middle").await;
    let room = asked.room.clone();
    for (number, bytes) in [1, 30, 150, 400, 2_000].into_iter().enumerate() {
        // Towards the desk: in a guest's words.
        let words = format!("{number} {}", "long words ".repeat(300));
        far.proxy.cut_after(Way::Down, bytes);
        asked.guest.say(&room, words.trim()).await;
        far.recorded(words.trim()).await;
        assert!(!far.proxy.cut_is_due(Way::Down), "{bytes} down");
        // From the desk: in its answer.
        far.proxy.cut_after(Way::Up, bytes);
        asked.guest.say(&room, "?? printer").await;
        alice.hear(&room, "the answer", |nick, words| nick == NICK && words.contains("green button")).await;
        asked.guest.say(&room, &format!("after {bytes}")).await;
        far.recorded(&format!("after {bytes}")).await;
    }
    let answers = asked.guest.lines(&room).iter().filter(|(_, words)| words.contains("green button")).count();
    assert_eq!(answers, 5, "each answer once");
}

async fn a_trickle_is_enough(kind: Kind) {
    let mut far = Far::open(kind).await;
    far.proxy.flow(Way::Up, Flow::Trickle);
    far.proxy.flow(Way::Down, Flow::Trickle);
    far.opened.desk.kill9();
    far.opened.desk.start_again();
    let (mut asked, mut alice) = far.served("trickle").await;
    asked.guest.say(&asked.room, "It is slow").await;
    alice.hear_words(&asked.room, "Guest", "It is slow").await;
    asked.guest.say(&asked.room, "?? printer").await;
    asked.guest.hear(&asked.room, "the answer", |nick, words| nick == NICK && words.contains("green button")).await;
    alice.say(&asked.room, "!close").await;
    asked.guest.see_the_end(&asked.room).await;
}

/// Nothing comes and nothing goes, and nobody says that it is over.
async fn a_half_open_link_is_noticed(kind: Kind) {
    let mut far = Far::open(kind).await;
    let (mut asked, _alice) = far.served("frozen").await;
    far.proxy.freeze();
    comes_back(&mut far, &mut asked).await;
}

/// What the server sends does not come; what the desk sends goes.
async fn a_link_that_is_deaf_is_noticed(kind: Kind) {
    let mut far = Far::open(kind).await;
    let (mut asked, _alice) = far.served("deaf").await;
    far.proxy.stall(Way::Down);
    comes_back(&mut far, &mut asked).await;
}

/// What the desk sends does not go; what the server sends comes, and it says much.
async fn a_link_that_is_mute_is_noticed(kind: Kind) {
    let mut far = Far::open(kind).await;
    let (mut asked, _alice) = far.served("mute").await;
    far.proxy.stall(Way::Up);
    comes_back(&mut far, &mut asked).await;
}

/// The guest goes on talking; the desk answers when it is back, within the time that it has.
async fn comes_back(far: &mut Far, asked: &mut Asked) {
    let (begin, room) = (Instant::now(), asked.room.clone());
    let mut pace = tokio::time::interval(Duration::from_secs(2));
    asked.guest.say(&room, "!time UTC").await;
    for number in 0.. {
        pace.tick().await;
        asked.guest.say(&room, &format!("Is anybody there? {number}")).await;
        let log = far.opened.desk.log();
        if log.contains("the connection is lost") || log.contains("the stream is opened again") {
            break;
        }
        assert!(begin.elapsed() < NOTICED, "not noticed within {NOTICED:?}");
    }
    println!("noticed after {:.0} s", begin.elapsed().as_secs_f64());
    asked.guest.say(&room, "!time Asia/Tokyo").await;
    asked.guest.hear(&room, "Tokyo's time", |nick, words| nick == NICK && words.contains("+09:00")).await;
    assert!(begin.elapsed() < NOTICED, "back after {:?}", begin.elapsed());
    asked.guest.say(&room, "Good").await;
    far.recorded("Good").await;
    assert!(!far.opened.desk.happenings(&far.opened.desk.only_chat()).contains(&"desk gap".to_owned()));
}
