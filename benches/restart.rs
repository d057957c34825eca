//! How long a starting desk reads its database: with many closed chats, some of them answered lately, and some open.
//!
//! `cargo bench --bench restart`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/place.rs"]
mod place;
#[path = "../tests/support/records.rs"]
mod records;

use std::sync::Arc;
use std::time::Instant;

use frontdesk::clock::entropy;
use frontdesk::desk::record::{ChatRecord, LineKind, LineRecord, Outcome, Record, Speaker, StageName};
use frontdesk::store::Store;
use place::Place;
use records::{at, chat, chat_record, choice, choice_record, line, line_record};

/// How many chats are closed.
const CLOSED: i64 = 100_000;
/// How many are open.
const OPEN: i64 = 100;
/// How many lines each has.
const LINES: i64 = 12;
/// How many chats are written in one turn.
const CHATS_A_TURN: usize = 500;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let place = Place::new();
    let store = place.open();
    let begin = Instant::now();
    let ids: Vec<i64> = (1..=CLOSED + OPEN).collect();
    for some in ids.chunks(CHATS_A_TURN) {
        let turn = some.iter().flat_map(|id| records_of(*id)).collect();
        store.commit(Arc::new(turn), at(0)).await.unwrap();
    }
    store.close().await.unwrap();
    println!("{CLOSED} closed and {OPEN} open chats of {LINES} lines each written in {:.1?}", begin.elapsed());
    for _ in 0..5 {
        let begin = Instant::now();
        let (store, restored) = Store::open(&place.database(), entropy).unwrap();
        let took = begin.elapsed();
        let (chats, waits, served) = (restored.chats.len(), restored.waits.len(), restored.served.len());
        println!("restored in {took:.1?}: {chats} chats, {waits} waits, {served} guests and their operators");
        store.close().await.unwrap();
    }
}

fn records_of(id: i64) -> Vec<Record> {
    let mut whole = chat(id);
    if id <= CLOSED {
        let (closed_at, outcome) = (Some(at(90)), Some(Outcome::Answered));
        whole = ChatRecord { stage: StageName::Closed, closed_at, outcome, ..whole };
        whole.marks.answered = true;
    }
    let accepted = LineRecord {
        kind: LineKind::Accepted,
        speaker: Speaker::Operator,
        jid: Some("alice@chat.example".to_owned()),
        stanza_id: None,
        ..line(id, 1, "")
    };
    let words = (2..=LINES).map(|seq| line_record(line(id, seq, "My printer is offline and I have no idea why")));
    let begin = [chat_record(whole), line_record(accepted), choice_record(choice(id, 1))];
    begin.into_iter().chain(words).collect()
}
