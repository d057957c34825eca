//! The link and the rooms behind it, on real servers: what dies without a word is noticed, and within which time.
//!
//! What takes longer than people like to wait runs with `FRONTDESK_PATIENT=1`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::print_stderr
)]

mod support;

use std::time::{Duration, Instant};

use support::cable::Cable;
use support::client::Client;
use support::desk::{Config, Desk, NICK};
use support::server::{DESK, Kind, Server, Setup};
use support::stanzas::occupant;
use support::story::{Opened, accept, known_to_the_desk, open_with};

on_both_servers!(
    a_dead_link_is_noticed,
    a_restarted_group_chat_service_is_noticed,
    rooms_that_a_restarted_service_lost_are_lost,
    kicked_it_comes_back_and_has_missed_nothing,
    made_an_outcast_it_stays_out,
);

/// Issue 3: a half-dead link is noticed within this time.
const DEAD_LINK: Duration = Duration::from_secs(75);
/// Issue 3: every chat is reconciled within this time after the group-chat service was restarted.
const RESTARTED: Duration = Duration::from_secs(60);

fn patient(config: &mut Config) {
    config.guest_grace_seconds = 120;
    config.operator_grace_seconds = 120;
}

fn somebody_waits() -> bool {
    let patient = std::env::var_os("FRONTDESK_PATIENT").is_some();
    if !patient {
        eprintln!("not run: FRONTDESK_PATIENT=1 runs what takes more than 40 seconds");
    }
    patient
}

/// Whoever throws the desk out once may have meant it or not; what is said until it is back is in the archive.
async fn kicked_it_comes_back_and_has_missed_nothing(kind: Kind) {
    let mut opened = without_rights(kind);
    let mut asked = opened.guest("kicked").await;
    let room = asked.room.clone();
    asked.guest.kick(&room, NICK).await.unwrap();
    let meanwhile: Vec<String> = (0..20).map(|number| format!("meanwhile {number}")).collect();
    for words in &meanwhile {
        asked.guest.say_and_go_on(&room, words);
    }
    asked.guest.see(&room, NICK).await;
    asked.guest.say(&room, "!time UTC").await;
    asked.told("(UTC+00:00)").await;
    let chat = opened.desk.only_chat();
    opened.desk.wait_for_words(&chat, "meanwhile 19").await;
    let said = opened.desk.said(&chat);
    let told: Vec<&String> = said.iter().map(|(_, words)| words).filter(|words| meanwhile.contains(words)).collect();
    assert_eq!(told, meanwhile.iter().collect::<Vec<_>>(), "once, and in order");
    assert!(!opened.desk.happenings(&chat).contains(&"desk gap".to_owned()));
    assert!(opened.desk.is_running());
}

/// An affiliation is taken on purpose (XEP-0045, 9.1): there is no way back, and nobody is left with a chat.
async fn made_an_outcast_it_stays_out(kind: Kind) {
    let opened = without_rights(kind);
    let mut asked = opened.guest("outcast").await;
    let room = asked.room.clone();
    asked.guest.grant(&room, DESK, "outcast").await.unwrap();
    asked.guest.see_leaving(&room, NICK).await;
    asked.guest.forget();
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "refused");
    known_to_the_desk(&mut asked.guest).await;
    let entered = asked.guest.count(|stanza| occupant(stanza, &room).is_some_and(|one| one.here && one.nick == NICK));
    assert_eq!(entered, 0, "since it was thrown out");
}

/// The guest owns the room; the desk is just somebody in it.
fn without_rights(kind: Kind) -> Opened {
    open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |config| {
        config.guests.clear();
        patient(config);
    })
}

/// Waits for a line of the log; how long it took.
async fn logged(desk: &mut Desk, words: &str, since: Instant, limit: Duration) -> Duration {
    let before = desk.log().matches(words).count();
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    loop {
        pace.tick().await;
        if desk.log().matches(words).count() > before {
            return since.elapsed();
        }
        assert!(since.elapsed() < limit, "{words:?} is not in the log after {limit:?}: {}", desk.log());
    }
}

fn measured(what: &str, kind: Kind, took: Duration) {
    eprintln!("measured on {kind:?}: {what} after {:.1} s", took.as_secs_f64());
}

/// The socket stays open and nothing comes through, as when a router forgets a connection.
async fn a_dead_link_is_noticed(kind: Kind) {
    if !somebody_waits() {
        return;
    }
    let server = Server::usual(kind);
    let cable = Cable::to(server.address()).await;
    let mut config = Config::usual(&server, &["alice"]);
    patient(&mut config);
    config.server = cable.address.to_string();
    let mut opened = Opened { desk: Desk::start(&config), server };
    let mut asked = opened.guest("dead").await;
    let chat = opened.desk.only_chat();
    asked.guest.say(&asked.room, "Before").await;
    opened.desk.wait_for_words(&chat, "Before").await;

    let died = Instant::now();
    cable.go_dead();
    asked.guest.say(&asked.room, "Meanwhile").await;
    let noticed = logged(&mut opened.desk, "the connection is lost", died, DEAD_LINK).await;
    measured("a dead link was noticed", kind, noticed);
    let revived = Instant::now();
    cable.revive();
    opened.desk.wait_for_words(&chat, "Meanwhile").await;
    measured("what was said meanwhile was recorded", kind, revived.elapsed());
    asked.guest.say(&asked.room, "!time UTC").await;
    let time = asked.guest.hear(&asked.room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;
    opened.desk.wait_for_words(&chat, &time).await;
    assert_eq!(opened.desk.said(&chat), asked.guest.lines(&asked.room), "once, and in order");
}

/// Persistent rooms come back without their occupants, and nobody tells them.
async fn a_restarted_group_chat_service_is_noticed(kind: Kind) {
    if !somebody_waits() {
        return;
    }
    let opened = open_with(Setup::usual(kind), &["alice"], patient);
    let mut alice = opened.operator("alice").await;
    let mut served = opened.guest("one").await;
    accept(&mut alice, "Alice").await;
    served.guest.see(&served.room, "Alice").await;
    let mut all = vec![served, opened.guest("two").await, opened.guest("three").await];
    let mut keys = Vec::new();
    for asked in &mut all {
        keys.push(asked.guest.be_invited(DESK).await.password);
        asked.guest.say(&asked.room, "Before").await;
    }
    for chat in opened.desk.chats() {
        opened.desk.wait_for_words(&chat, "Before").await;
    }
    let restarted = Instant::now();
    opened.server.restart_group_chat();
    for (asked, key) in all.into_iter().zip(keys) {
        let room = asked.room.clone();
        let mut guest = Client::guest(&opened.server).await.with_patience(RESTARTED.as_secs());
        guest.join(&room, "Guest again", key.as_deref()).await;
        guest.say(&room, "Are you there?").await;
        guest.see(&room, NICK).await;
        measured("the desk was back in a room", kind, restarted.elapsed());
        guest.say(&room, "!time UTC").await;
        guest.hear(&room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;
        assert!(restarted.elapsed() < RESTARTED + Duration::from_secs(10), "{:?}", restarted.elapsed());
        drop(asked);
        drop(guest);
    }
    let chats = opened.desk.chats();
    assert_eq!(chats.iter().filter(|chat| chat["stage"] != "closed").count(), 3, "{chats:#?}");
    for chat in chats {
        opened.desk.wait_for_words(&chat, "Are you there?").await;
        let said: Vec<String> = opened.desk.said(&chat).into_iter().map(|(_, words)| words).collect();
        let place = |words: &str| said.iter().filter(|line| *line == words).count();
        assert_eq!((place("Before"), place("Are you there?")), (1, 1), "once: {said:#?}");
        // ejabberd tells its occupants that it ends, and lets them in again before it says of its rooms what they are. Whoever
        // speaks in between is recorded, behind a gap.
        let gap = opened.desk.happenings(&chat).contains(&"desk gap".to_owned());
        assert!(
            !gap || kind == Kind::Ejabberd,
            "the archive fills what was missed: {:#?}",
            opened.desk.transcript(&chat)
        );
    }
}

/// Nothing answers for the room. (A room that just ends may swallow the question.)
async fn no_room_is_left(guest: &mut Client, room: &str) {
    let disco = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    for _ in 0..20 {
        let answer = tokio::time::timeout(Duration::from_secs(1), guest.ask("get", room, disco)).await;
        if matches!(&answer, Ok(Err(why)) if why == "item-not-found") {
            return;
        }
    }
    panic!("{room} is still there");
}

/// Temporary rooms are gone with their service. Whoever knocks makes a new one, which must not stay.
async fn rooms_that_a_restarted_service_lost_are_lost(kind: Kind) {
    if !somebody_waits() {
        return;
    }
    let mut opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |config| {
        patient(config);
        config.hide_operators = false;
        config.guests = Vec::new();
    });
    let mut alice = opened.operator("alice").await;
    // By a direct invitation the desk knows whose it is.
    let mut asked = opened.guest_alone("lost").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.desk_comes().await;
    let mut guest = asked.guest.with_patience(RESTARTED.as_secs());
    accept(&mut alice, "Alice").await;
    alice.direct(DESK, "!accept");
    opened.desk.wait_for_stage("serving").await;
    let restarted = Instant::now();
    opened.server.restart_group_chat();
    guest.read(DESK, "that the room is lost", |words| words.contains("lost")).await;
    measured("the guest was told that the room is lost", kind, restarted.elapsed());
    alice.read(DESK, "that the chat is over", |words| words.contains("is over")).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "lost");
    no_room_is_left(&mut guest, asked.room.as_str()).await;
    assert!(opened.desk.is_running());
}
