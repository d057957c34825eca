//! Three operators want the same chat at the same moment, again and again, on real servers: one has it, the others are told who.
//!
//! `FRONTDESK_RACES=1000 cargo test --test live_races -- --nocapture` plays so many races on each server, and tells figures.

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

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{ChatRecord, LineKind, LineRecord, Outcome, Speaker};
use frontdesk::store::Reader;
use futures::future::join_all;
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;
use xmpp::jid::BareJid;

use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::stanzas::{Invited, direct_invitation, direct_words};
use support::story::{Opened, open_with};

on_both_servers!(a_broadcast_has_one_winner, in_a_rush_nobody_gets_beyond_their_places);

const OPERATORS: [&str; 3] = ["alice", "bob", "carol"];
/// So many chats are raced for at once; each operator has a place for all of them, so that always all three race.
const TABLES: u32 = 2;

async fn a_broadcast_has_one_winner(kind: Kind) {
    let races: u32 = std::env::var("FRONTDESK_RACES").map_or(30, |number| number.parse().expect("a number"));
    let opened = broadcasting(kind, TABLES);
    let crowd = Crowd::come(&opened, Some(OPERATORS.len())).await;
    let began = Instant::now();
    let opened_to_all = &opened;
    let tables = (0..TABLES).map(|table| async move {
        let mut waits = Vec::new();
        for number in (table..races).step_by(TABLES as usize) {
            waits.push(race(opened_to_all, number, &OPERATORS).await);
        }
        waits
    });
    let waits = join_all(tables).await.concat();
    let took = began.elapsed();
    let chats = all_closed(&opened).await;
    let told = crowd.go().await;
    assert_eq!(chats.len(), races as usize);
    for (chat, lines) in &chats {
        one_winner(chat, lines, &told);
    }
    opened.desk.verify();
    report(kind, &opened, &chats, waits, took);
}

/// More guests than places, and everybody takes what they can get.
async fn in_a_rush_nobody_gets_beyond_their_places(kind: Kind) {
    let opened = broadcasting(kind, 1);
    let crowd = Crowd::come(&opened, None).await;
    join_all((0..12).map(|number| race(&opened, number, &[]))).await;
    let chats = all_closed(&opened).await;
    crowd.go().await;
    assert_eq!(chats.len(), 12);
    for (chat, lines) in &chats {
        assert_eq!(lines_of(lines, LineKind::Accepted).count(), 1, "chat {}", chat.id);
    }
    // With one place each nobody accepts before the guest whom they had has left.
    let mut turns: Vec<Turn<'_>> = chats.iter().map(Turn::of).collect();
    turns.sort_by_key(|turn| (turn.operator, turn.accepted));
    for pair in turns.windows(2).filter(|pair| pair[0].operator == pair[1].operator) {
        let (before, next) = (&pair[0], &pair[1]);
        assert!(before.left <= next.accepted, "chats {} and {} at once", before.chat, next.chat);
    }
    opened.desk.verify();
}

fn broadcasting(kind: Kind, chats_max: u32) -> Opened {
    open_with(Setup::usual(kind), &OPERATORS, |config| {
        *config = config.clone().with_chats_max(chats_max);
        config.guest_grace_seconds = 0;
        config.operator_grace_seconds = 30;
        config.queue = "strategy = \"broadcast\"".to_owned();
    })
}

/// A guest asks, hears who comes, sees these come, and leaves, which closes the chat. How long it took until somebody came.
async fn race(opened: &Opened, number: u32, seen: &[&str]) -> Duration {
    let mut asked = opened.guest_alone(&format!("race{number}")).await;
    asked.guest = asked.guest.with_patience(60);
    let room = asked.room.clone();
    let began = Instant::now();
    asked.guest.invite_direct(room.as_str(), DESK, None);
    let comes = |nick: &str, words: &str| nick == NICK && words.contains("will help you");
    asked.guest.hear(&room, "who comes", comes).await;
    let waited = began.elapsed();
    for nick in seen {
        asked.guest.see(&room, nick).await;
    }
    asked.guest.leave(&room).await;
    waited
}

// Operators

/// What each operator was told directly by the desk.
type Told = BTreeMap<String, Vec<String>>;

/// All operators, each acting by themselves.
struct Crowd(Vec<Operator>);

struct Operator {
    name: String,
    /// Ends with what they were told.
    work: JoinHandle<(Client, Vec<String>)>,
    stop: oneshot::Sender<()>,
}

impl Crowd {
    /// `together`: nobody moves before so many were asked.
    async fn come(opened: &Opened, together: Option<usize>) -> Self {
        let start = Arc::new(Start { together, asked: Mutex::default(), go: broadcast::channel(64).0 });
        let mut operators = Vec::new();
        for name in OPERATORS {
            let client = opened.operator(name).await;
            let (stop, stopped) = oneshot::channel();
            let work = tokio::spawn(work(client, name, start.clone(), stopped));
            operators.push(Operator { name: name.to_owned(), work, stop });
        }
        Self(operators)
    }

    async fn go(self) -> Told {
        let mut told = Told::new();
        // Nobody goes before all are done: an operator of a thousand rooms who goes keeps Prosody busy for half a minute.
        let mut clients = Vec::new();
        for Operator { name, work, stop } in self.0 {
            stop.send(()).expect("the operator is there still");
            let (client, words) = work.await.unwrap();
            clients.push(client);
            told.insert(name, words);
        }
        told
    }
}

/// The starting gun: fires for a room when all were asked into it.
struct Start {
    together: Option<usize>,
    asked: Mutex<BTreeMap<BareJid, usize>>,
    go: broadcast::Sender<BareJid>,
}

impl Start {
    /// Says whether somebody need not wait.
    fn ready(&self, room: &BareJid) -> bool {
        let Some(together) = self.together else { return true };
        let mut asked = self.asked.lock().unwrap();
        let number = asked.entry(room.clone()).or_default();
        *number += 1;
        if *number == together {
            self.go.send(room.clone()).unwrap();
        }
        false
    }
}

/// An operator who wants each chat. They remember what they are told.
async fn work(
    mut client: Client,
    name: &str,
    start: Arc<Start>,
    mut stopped: oneshot::Receiver<()>,
) -> (Client, Vec<String>) {
    let mut go = start.go.subscribe();
    let (mut invited, mut told) = (BTreeMap::new(), Vec::new());
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            room = go.recv() => {
                let room = room.unwrap();
                snatch(&client, name, &invited.remove(&room).expect("they were invited"));
            }
            stanza = client.next() => {
                let stanza = stanza.expect("a connection");
                told.extend(direct_words(&stanza, DESK));
                if let Some(invitation) = direct_invitation(&stanza, DESK) {
                    match start.ready(&invitation.room) {
                        true => snatch(&client, name, &invitation),
                        false => drop(invited.insert(invitation.room.clone(), invitation)),
                    }
                }
            }
        }
    }
    // Whatever the desk had to say before is here when it has answered this. (Words it would not answer: after so many
    // orders that came too late it takes operators for robots.)
    client.ask("get", &format!("{DESK}/frontdesk"), "<time xmlns='urn:xmpp:time'/>").await.unwrap();
    told.extend(client.heard().filter_map(|stanza| direct_words(stanza, DESK)));
    (client, told)
}

/// By coming in, by a word and coming in, or by coming in and a word.
fn snatch(client: &Client, name: &str, invited: &Invited) {
    let reason = invited.reason.as_deref().unwrap();
    let chat: u32 = reason.strip_prefix("Chat ").and_then(|rest| rest.split(':').next()).unwrap().parse().unwrap();
    let accept = || client.direct(DESK, &format!("!accept {chat}"));
    let enter = || client.knock(&invited.room, name, invited.password.as_deref());
    match chat % 3 {
        0 => enter(),
        1 => {
            accept();
            enter();
        }
        _ => {
            enter();
            accept();
        }
    }
}

// What became of it

async fn all_closed(opened: &Opened) -> Vec<(ChatRecord, Vec<LineRecord>)> {
    opened.desk.wait_for_chats("the end of all", |chats| chats.iter().all(|chat| chat["stage"] == "closed")).await;
    let reader = Reader::open(&opened.desk.home().join("frontdesk.db")).unwrap();
    let chats = reader.chats(false).unwrap();
    chats.into_iter().map(|chat| (chat.clone(), reader.lines(chat.id).unwrap())).collect()
}

/// All three were asked; one has it, and the others were told who: when they lost it, and when they came in.
fn one_winner(chat: &ChatRecord, lines: &[LineRecord], told: &Told) {
    let id = chat.id;
    let of = |kind| lines_of(lines, kind).count();
    assert_eq!(
        (of(LineKind::Offered), of(LineKind::Accepted), of(LineKind::Revoked)),
        (3, 1, 2),
        "chat {id}: {lines:#?}"
    );
    assert_eq!(chat.outcome, Some(Outcome::Abandoned), "nobody said anything");
    let (winner, name) = (winner(chat), name_of(winner(chat)));
    let accepted = lines_of(lines, LineKind::Accepted).next().unwrap();
    assert_eq!(accepted.jid, chat.operator.as_ref().map(ToString::to_string), "chat {id}");
    let promises = lines.iter().filter(|line| line.body.contains("will help you")).count();
    assert_eq!(promises, 1, "chat {id}: {lines:#?}");
    for (operator, told) in told {
        let times = |words: &str| told.iter().filter(|told| told.starts_with(words)).count();
        let heard = (times(&format!("{name} has taken chat {id}.")), times(&format!("Chat {id} belongs to {name}")));
        let wanted = if operator == winner { (0, 0) } else { (1, 1) };
        assert_eq!(heard, wanted, "chat {id} of {winner}, {operator}: {told:#?}");
    }
}

fn winner(chat: &ChatRecord) -> &str {
    chat.operator.as_ref().and_then(|jid| jid.node()).expect("a winner").as_str()
}

fn lines_of(lines: &[LineRecord], kind: LineKind) -> impl Iterator<Item = &LineRecord> {
    lines.iter().filter(move |line| line.kind == kind)
}

/// The configuration calls alice Alice.
fn name_of(account: &str) -> String {
    let mut letters = account.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Who had a chat from when to when.
struct Turn<'a> {
    chat: ChatId,
    operator: &'a str,
    accepted: DateTime<Utc>,
    left: DateTime<Utc>,
}

impl<'a> Turn<'a> {
    fn of((chat, lines): &'a (ChatRecord, Vec<LineRecord>)) -> Self {
        let accepted = lines_of(lines, LineKind::Accepted).next().unwrap().at;
        let left = lines_of(lines, LineKind::Left).find(|line| line.speaker == Speaker::Guest).unwrap().at;
        Self { chat: chat.id, operator: winner(chat), accepted, left }
    }
}

fn report(
    kind: Kind,
    opened: &Opened,
    chats: &[(ChatRecord, Vec<LineRecord>)],
    mut waits: Vec<Duration>,
    took: Duration,
) {
    let mut won: BTreeMap<&str, u32> = BTreeMap::new();
    for (chat, _) in chats {
        *won.entry(winner(chat)).or_default() += 1;
    }
    waits.sort();
    eprintln!(
        "figures: {kind:?}: {} races in {took:.1?}, one winner each: {won:?}; from the invitation to the winner {:?} \
         (median), {:?} (most); memory at most {} KiB",
        chats.len(),
        waits[waits.len() / 2],
        waits[waits.len() - 1],
        opened.desk.memory_peak_kib()
    );
}
