//! Bounds against real servers: one chat for each guest, voices that are taken and given back, a room that throttles us.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

mod support;

use std::time::{Duration, Instant};

use frontdesk::store::Reader;
use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::stanzas::{MUC_OWNER, error_condition, occupant};
use support::story::{Opened, known_to_the_desk, open, open_with};
use tokio::time::interval;
use xmpp::jid::BareJid;
use xmpp::tokio_xmpp::minidom::Element;

on_both_servers!(
    a_second_room_is_answered_with_the_first,
    whoever_pours_loses_their_voice_for_a_while,
    a_room_that_throttles_us_hears_everything_once,
    an_alternate_venue_is_not_followed,
);

/// Through the room, which may hide who invites, and directly.
async fn a_second_room_is_answered_with_the_first(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest("first").await;
    let second = asked.guest.open_room("second", "Guest").await;
    asked.guest.invite_mediated(&second, DESK, "here too");
    let first = asked.room.to_string();
    asked.guest.read(DESK, "where the chat is", |words| words.contains(&first) && words.contains("already")).await;
    let third = asked.guest.open_room("third", "Guest").await;
    asked.guest.invite_direct(third.as_str(), DESK, None);
    asked.guest.say(&asked.room, "!help").await;
    asked.guest.hear(&asked.room, "help", |nick, words| nick == NICK && words.contains("!time")).await;
    let chats = opened.desk.chats();
    let open: Vec<_> = chats.iter().filter(|chat| chat["stage"] != "closed").collect();
    assert!(matches!(open.as_slice(), [chat] if chat["room"] == first.as_str()), "{chats:#?}");
    assert!(chats.iter().all(|chat| chat["stage"] != "closed" || chat["outcome"] == "refused"), "{chats:#?}");
    assert_eq!(counted(&opened, "invitation_elsewhere"), 2);
}

/// What the room passed on is recorded, and nothing else; what it refused was never said.
async fn whoever_pours_loses_their_voice_for_a_while(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let asked = opened.guest("pour").await;
    let (mut guest, room) = (asked.guest, asked.room);
    let chat = opened.desk.wait_for_stage("waiting").await;
    let mut number = 0;
    while said(&mut guest, &room, number).await {
        number += 1;
    }
    guest.hear(&room, "why", |nick, words| nick == NICK && words.contains("too much at once")).await;
    let refused = Instant::now();
    let mut pace = interval(Duration::from_secs(2));
    pace.tick().await;
    while !said(&mut guest, &room, number + 1).await {
        assert!(refused.elapsed() < Duration::from_secs(60), "they are never heard again");
        pace.tick().await;
    }
    opened.desk.wait_for_words(&chat, &format!("line {}", number + 1)).await;
    let heard: Vec<_> = guest.lines(&room).into_iter().filter(|(nick, _)| nick == "Guest").collect();
    let recorded: Vec<_> = opened.desk.said(&chat).into_iter().filter(|(nick, _)| nick == "Guest").collect();
    assert!(recorded.len() > 200, "{} lines", recorded.len());
    assert_eq!(recorded, heard);
}

async fn a_room_that_throttles_us_hears_everything_once(kind: Kind) {
    let opened = open_with(Setup::usual(kind).with_rooms_throttled(), &["alice"], |_| {});
    let mut asked = opened.guest("throttled").await;
    let chat = opened.desk.wait_for_stage("waiting").await;
    asked.guest.say(&asked.room, "!help").await;
    asked.guest.hear(&asked.room, "help", |nick, words| nick == NICK && words.contains("`!time")).await;
    asked.guest.hear(&asked.room, "that nobody is there", |nick, words| nick == NICK && words.contains("Nobody")).await;
    asked.guest.say(&asked.room, "thank you").await;
    opened.desk.wait_for_words(&chat, "thank you").await;
    assert!(counted(&opened, "words_throttled") > 0, "the room has not refused anything");
    assert_eq!(opened.desk.said(&chat), asked.guest.lines(&asked.room));
}

/// The room is destroyed by its owner, who says where to go on (XEP-0045, 10.9).
async fn an_alternate_venue_is_not_followed(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |config| config.guests.clear());
    let mut asked = opened.guest("here").await;
    let trap = asked.guest.open_room("trap", "Guest").await;
    let destroy =
        format!("<query xmlns='{MUC_OWNER}'><destroy jid='{trap}'><reason>over there</reason></destroy></query>");
    asked.guest.ask("set", asked.room.as_str(), &destroy).await.unwrap();
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "abandoned");
    known_to_the_desk(&mut asked.guest).await;
    let followed = asked.guest.count(|stanza| occupant(stanza, &trap).is_some_and(|one| one.nick == NICK));
    assert_eq!(followed, 0, "the desk came into {trap}");
}

/// Says a line, and whether the room has taken it.
async fn said(guest: &mut Client, room: &BareJid, number: usize) -> bool {
    let id = guest.say_and_go_on(room, &format!("line {number}"));
    let fate = |stanza: &Element| (stanza.attr("id") == Some(&id)).then(|| error_condition(stanza));
    match guest.expect("the line, or a refusal", fate).await.as_deref() {
        None => true,
        Some("forbidden") => false,
        Some(other) => panic!("refused: {other}"),
    }
}

fn counted(opened: &Opened, name: &str) -> i64 {
    let reader = Reader::open(&opened.desk.home().join("frontdesk.db")).unwrap();
    reader.counters().unwrap().iter().filter(|count| count.name == name).map(|count| count.n).sum()
}
