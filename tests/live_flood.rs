//! A flood of invitations, against real servers: 2,000 within five seconds, one in a hundred of them by somebody who needs
//! help. Half of the others are sent by twenty guests, half by two hundred, nearly all into rooms that are not there.
//!
//! `FRONTDESK_FLOOD=10000 cargo test --test live_flood` sends so many within a minute.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::print_stderr
)]

mod support;

use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::time::{Interval, MissedTickBehavior, interval};

use frontdesk::store::Reader;
use support::client::Client;
use support::desk::NICK;
use support::raw::RawGuest;
use support::server::{DESK, Kind, ROOMS, Server, Setup};
use support::stanzas::{DIRECT_INVITATION, MUC_USER, body, direct_words, from, has_type, is_from, written};
use support::story::{Asked, Opened, open_with};

on_both_servers!(a_flood_harms_nobody_else);

/// Whoever needs help is served, or told why not, within this time.
const ANSWER: Duration = Duration::from_secs(30);
/// Twenty senders, and many who send a few.
const FLOODERS: usize = 20;
const PASSERS_BY: usize = 200;
/// No more memory than this was ever used, in KiB: three times what was measured (docs/figures.md).
const MEMORY_KIB_MAX: u64 = 96 * 1_024;

/// How much comes, in how long.
struct Flood {
    invitations: usize,
    within: Duration,
}

impl Flood {
    fn wanted() -> Self {
        match std::env::var("FRONTDESK_FLOOD") {
            Ok(number) => Self { invitations: number.parse().expect("a number"), within: Duration::from_secs(60) },
            Err(_) => Self { invitations: 2_000, within: Duration::from_secs(5) },
        }
    }

    fn guests(&self) -> usize {
        self.invitations / 100
    }

    fn spam(&self) -> usize {
        self.invitations - self.guests()
    }

    /// Ticks, so many in all the time.
    fn pace(&self, ticks: usize) -> Interval {
        let mut pace = interval(self.within / u32::try_from(ticks).unwrap());
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        pace
    }
}

async fn a_flood_harms_nobody_else(kind: Kind) {
    let flood = Flood::wanted();
    let opened = open_with(Setup::usual(kind).with_rooms_listed(), &["alice"], |_| {});
    let mut alice = opened.operator("alice").await;
    let mut guests = Vec::new();
    for number in 0..flood.guests() {
        guests.push(opened.guest_alone(&format!("real{number}")).await);
    }
    let flooders = crowd(&opened.server, FLOODERS).await;
    let passers_by = crowd(&opened.server, PASSERS_BY).await;

    let (guests, flooders, passers_by) = tokio::join!(
        ask_for_help(&flood, guests),
        pour_out(&flood, flooders, "flood"),
        pour_out(&flood, passers_by, "crowd")
    );
    let waits: Vec<Answer> = guests.iter().map(|(_, answer)| *answer).collect();
    every_invitation_counts(&opened, flood.invitations).await;
    report(kind, &flood, &opened, &waits);
    assert!(waits.iter().all(|answer| answer.after < ANSWER), "somebody waited: {waits:?}");
    assert!(memory_peak(&opened) < MEMORY_KIB_MAX, "{} KiB", memory_peak(&opened));

    somebody_else_is_served(&opened).await;
    drop((guests, flooders, passers_by));
    nothing_is_left(&opened, &mut alice).await;
}

/// Guests without a room.
async fn crowd(server: &Server, size: usize) -> Vec<RawGuest> {
    let mut crowd = Vec::new();
    for _ in 0..size {
        crowd.push(RawGuest::log_in(server).await);
    }
    crowd
}

/// Half of the spam, by these in turn.
async fn pour_out(flood: &Flood, mut crowd: Vec<RawGuest>, name: &str) -> Vec<RawGuest> {
    let times = flood.spam() / 2;
    let (mut pace, size) = (flood.pace(times), crowd.len());
    for number in 0..times {
        pace.tick().await;
        let invite = format!("<x xmlns='{DIRECT_INVITATION}' jid='{name}{number}@{ROOMS}' reason='come here'/>");
        crowd[number % size].send(&format!("<message to='{DESK}'>{invite}</message>")).await;
    }
    crowd
}

/// What a guest got.
#[derive(Debug, Clone, Copy)]
struct Answer {
    after: Duration,
    served: bool,
}

/// Those who need help ask while the flood lasts, one after the other.
async fn ask_for_help(flood: &Flood, guests: Vec<Asked>) -> Vec<(Asked, Answer)> {
    let mut pace = flood.pace(guests.len() + 1);
    let mut asking = Vec::new();
    for (number, asked) in guests.into_iter().enumerate() {
        pace.tick().await;
        asking.push(tokio::spawn(be_answered(asked, number % 2 == 0)));
    }
    join_all(asking).await.into_iter().map(Result::unwrap).collect()
}

async fn be_answered(asked: Asked, directly: bool) -> (Asked, Answer) {
    let Asked { guest, room } = asked;
    let mut guest = guest.with_patience(2 * ANSWER.as_secs());
    let began = Instant::now();
    match directly {
        true => guest.invite_direct(room.as_str(), DESK, None),
        false => guest.invite_mediated(&room, DESK, "I need help"),
    }
    let served = guest
        .expect("the desk, or a refusal", |stanza| {
            let words = body(stanza).filter(|_| has_type(stanza, "groupchat") && is_from(stanza, room.as_str()));
            let of_desk = from(stanza).is_some_and(|from| from.resource().is_some_and(|nick| nick.as_str() == NICK));
            let declined = is_from(stanza, room.as_str())
                && written(stanza).contains("<decline")
                && written(stanza).contains(MUC_USER);
            let refused = direct_words(stanza, DESK).is_some() || declined;
            if words.is_some() && of_desk { Some(true) } else { refused.then_some(false) }
        })
        .await;
    (Asked { guest, room }, Answer { after: began.elapsed(), served })
}

/// Each invitation became a chat, or was counted.
async fn every_invitation_counts(opened: &Opened, invitations: usize) {
    let end = tokio::time::Instant::now() + 2 * ANSWER;
    let mut pace = interval(Duration::from_millis(200));
    loop {
        pace.tick().await;
        let (chats, counted) = seen(opened);
        if chats + counted == invitations {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "{chats} chats, {counted} counted, {invitations} invitations");
    }
}

fn seen(opened: &Opened) -> (usize, usize) {
    let reader = Reader::open(&opened.desk.home().join("frontdesk.db")).unwrap();
    let chats = reader.chats(false).unwrap().len();
    let counters = reader.counters().unwrap();
    let counted =
        counters.iter().filter(|count| count.name.starts_with("invitation_")).map(|count| count.n).sum::<i64>();
    (chats, usize::try_from(counted).unwrap())
}

fn memory_peak(opened: &Opened) -> u64 {
    opened.desk.memory_peak_kib()
}

fn report(kind: Kind, flood: &Flood, opened: &Opened, waits: &[Answer]) {
    let mut times: Vec<Duration> = waits.iter().map(|answer| answer.after).collect();
    times.sort();
    let served = waits.iter().filter(|answer| answer.served).count();
    let (chats, counted) = seen(opened);
    eprintln!(
        "figures: {kind:?}: {} invitations in {:?}: {served} of {} guests served, {} told; waited {:?} (median), {:?} (most); \
         {chats} chats, {counted} counted; memory at most {} KiB",
        flood.invitations,
        flood.within,
        waits.len(),
        waits.len() - served,
        times[times.len() / 2],
        times[times.len() - 1],
        memory_peak(opened)
    );
}

async fn somebody_else_is_served(opened: &Opened) {
    let mut asked = opened.guest("afterwards").await;
    asked.guest.say(&asked.room, "!time UTC").await;
    asked.guest.hear(&asked.room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;
    asked.guest.leave(&asked.room).await;
}

/// When all have gone every chat is closed, and there is no room.
async fn nothing_is_left(opened: &Opened, alice: &mut Client) {
    let over = |chats: &[serde_json::Value]| chats.iter().all(|chat| chat["stage"] == "closed");
    opened.desk.wait_for_chats("the end of all chats", over).await;
    let rooms = alice.ask("get", ROOMS, "<query xmlns='http://jabber.org/protocol/disco#items'/>").await.unwrap();
    let rooms = rooms.children().flat_map(|query| query.children()).count();
    assert_eq!(rooms, 0, "rooms are left");
}
