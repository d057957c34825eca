//! The store against real files: what is committed is there, what is not committed is not, and one desk has it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use frontdesk::clock::entropy;
use frontdesk::desk::ids::{ChatId, StanzaId};
use frontdesk::desk::record::{Counter, Heard, LineKind, LineRecord, Marks, Outcome, Record, Speaker, StageName};
use frontdesk::desk::wording::Language;
use frontdesk::store::{Count, Reader, Store, StoreError};
use place::Place;
use records::{at, chat, chat_record, line, line_record, owed};

async fn commit(store: &Store, records: Vec<Record>) {
    store.commit(Arc::new(records), at(0)).await.unwrap();
}

fn heard(seq: i64, place: i64, stanza_id: Option<&str>) -> Record {
    let stanza_id = stanza_id.map(|id| StanzaId(id.to_owned()));
    Record::Heard(Heard { chat: ChatId(1), seq, place, at: at(60), stanza_id })
}

fn bodies(lines: &[LineRecord]) -> Vec<&str> {
    lines.iter().map(|line| line.body.as_str()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_chat_comes_back_as_it_was_written() {
    let place = Place::new();
    let store = place.open();
    let open = chat(1);
    let mut closed = chat(2);
    closed.stage = StageName::Closed;
    closed.operator = Some("alice@chat.example".parse().unwrap());
    closed.closed_at = Some(at(90));
    closed.outcome = Some(Outcome::Lost);
    closed.password = None;
    closed.language = Language::English;
    closed.marks = Marks { answered: true, sent: u32::MAX, ..Marks::default() };
    commit(&store, vec![chat_record(open.clone()), chat_record(closed.clone())]).await;

    let reader = place.reader();
    assert_eq!(reader.chat(ChatId(1)).unwrap(), Some(open.clone()));
    assert_eq!(reader.chat(ChatId(2)).unwrap(), Some(closed.clone()));
    assert_eq!(reader.chat(ChatId(3)).unwrap(), None);
    assert_eq!(reader.chats(false).unwrap(), [open.clone(), closed]);
    assert_eq!(reader.chats(true).unwrap(), [open]);
}

#[tokio::test]
async fn every_stage_and_outcome_has_a_word() {
    use StageName::{Closed, Closing, Joining, Offered, Serving, Waiting};
    let place = Place::new();
    let store = place.open();
    let outcomes = [Outcome::Answered, Outcome::Abandoned, Outcome::Missed, Outcome::Refused, Outcome::Lost].map(Some);
    let stages = [Joining, Waiting, Offered, Serving, Closing, Closed];
    let mut written = Vec::new();
    for (id, (stage, outcome)) in (1..).zip(stages.into_iter().zip(outcomes.into_iter().chain([None]))) {
        let mut chat = chat(id);
        chat.stage = stage;
        chat.outcome = outcome;
        written.push(chat);
    }
    commit(&store, written.iter().cloned().map(chat_record).collect()).await;
    assert_eq!(place.reader().chats(false).unwrap(), written);
}

#[tokio::test]
async fn a_chat_written_again_is_replaced_and_keeps_its_lines() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1)), line_record(line(1, 1, "Hello"))]).await;
    let mut later = chat(1);
    later.stage = StageName::Serving;
    later.operator = Some("alice@chat.example".parse().unwrap());
    later.guest = "other@guest.example/tab".parse().unwrap();
    later.password = None;
    later.marks.sent = 8;
    commit(&store, vec![chat_record(later.clone())]).await;
    assert_eq!(place.reader().chats(false).unwrap(), [later]);
    assert_eq!(bodies(&place.lines()), ["Hello"]);
}

#[tokio::test]
async fn lines_of_every_kind_come_back_as_they_were_written() {
    use LineKind::*;
    let place = Place::new();
    let store = place.open();
    let kinds = [
        Said,
        Owed,
        Joined,
        Left,
        Offered,
        Accepted,
        Declined,
        Lapsed,
        Revoked,
        Transferred,
        Note,
        System,
        Gap,
        Unreadable,
    ];
    let speakers = [Speaker::Guest, Speaker::Operator, Speaker::Desk, Speaker::Other];
    let mut written = Vec::new();
    for (seq, (kind, speaker)) in (1..).zip(kinds.into_iter().zip(speakers.into_iter().cycle())) {
        let body = "two\nlines, a NUL \0, \u{202e}bidi, \u{1b}[31m, ' ; DROP TABLE line; --";
        written.push(LineRecord { kind, speaker, ..line(1, seq, body) });
    }
    written.push(LineRecord {
        nick: None,
        jid: None,
        stanza_id: None,
        message_id: None,
        joined_as: None,
        corrects: Some("m-1".to_owned()),
        retracts: Some("m-2".to_owned()),
        ..line(1, 99, "")
    });
    let records = [chat_record(chat(1))].into_iter().chain(written.iter().cloned().map(line_record)).collect();
    commit(&store, records).await;
    assert_eq!(place.lines(), written);
}

#[tokio::test]
async fn what_came_to_nothing_is_counted_by_day() {
    let place = Place::new();
    let store = place.open();
    let twice = vec![Record::Counted(Counter::StanzaIgnored), Record::Counted(Counter::StanzaIgnored)];
    commit(&store, twice).await;
    let once = Arc::new(vec![Record::Counted(Counter::StanzaIgnored)]);
    store.commit(once, at(86_400)).await.unwrap();
    let count = |day: &str, n| Count { day: day.to_owned(), name: "stanza_ignored".to_owned(), n };
    assert_eq!(place.reader().counters().unwrap(), [count("2026-11-30", 2), count("2026-12-01", 1)]);
}

#[tokio::test]
async fn the_rooms_order_is_by_place_then_seq_with_the_unheard_last() {
    let place = Place::new();
    let store = place.open();
    let placed =
        |seq, place, body| line_record(LineRecord { place: Some(place), stanza_id: None, ..line(1, seq, body) });
    let turn = vec![
        chat_record(chat(1)),
        line_record(owed(1, 1, "unheard, first")),
        placed(2, 3, "third"),
        placed(3, 1, "first"),
        placed(4, 3, "third, recorded later"),
        line_record(owed(1, 5, "unheard, second")),
        placed(6, 2, "second"),
    ];
    commit(&store, turn).await;
    let expected = ["first", "second", "third", "third, recorded later", "unheard, first", "unheard, second"];
    assert_eq!(bodies(&place.lines()), expected);
}

#[tokio::test]
async fn an_owed_line_that_was_heard_is_said_once_and_for_all() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1)), line_record(owed(1, 1, "Welcome"))]).await;
    commit(&store, vec![heard(1, 4, Some("s-echo"))]).await;
    let expected = LineRecord {
        kind: LineKind::Said,
        place: Some(4),
        at: at(60),
        stanza_id: Some(StanzaId("s-echo".to_owned())),
        ..owed(1, 1, "Welcome")
    };
    assert_eq!(place.lines(), std::slice::from_ref(&expected));
    commit(&store, vec![heard(1, 9, Some("s-forged")), heard(77, 9, None)]).await;
    assert_eq!(place.lines(), [expected], "heard again, or never owed: nothing changes");
}

#[tokio::test]
async fn a_vouched_id_is_recorded_once_in_a_chat_and_does_not_stop_the_turn() {
    let place = Place::new();
    let store = place.open();
    let mut copy = line(1, 2, "Hello, replayed");
    copy.stanza_id = line(1, 1, "").stanza_id;
    let turn = vec![
        chat_record(chat(1)),
        chat_record(chat(2)),
        line_record(line(1, 1, "Hello")),
        line_record(copy),
        line_record(line(2, 1, "the same id in another room")),
        line_record(line(1, 3, "the turn goes on")),
    ];
    commit(&store, turn).await;
    assert_eq!(bodies(&place.lines()), ["Hello", "the turn goes on"]);
    assert_eq!(place.reader().lines(ChatId(2)).unwrap().len(), 1);
}

#[tokio::test]
async fn lines_without_a_vouched_id_may_be_alike() {
    let place = Place::new();
    let store = place.open();
    let alike = |seq| line_record(LineRecord { stanza_id: None, message_id: None, ..line(1, seq, "hm") });
    commit(&store, vec![chat_record(chat(1)), alike(1), alike(2)]).await;
    assert_eq!(bodies(&place.lines()), ["hm", "hm"]);
}

#[tokio::test]
async fn an_echo_under_an_id_that_is_taken_is_heard_without_it() {
    let place = Place::new();
    let store = place.open();
    let turn = vec![chat_record(chat(1)), line_record(owed(1, 1, "Welcome")), line_record(line(1, 2, "Hello"))];
    commit(&store, turn).await;
    commit(&store, vec![heard(1, 3, Some("s-2"))]).await;
    let lines = place.lines();
    assert_eq!(bodies(&lines), ["Hello", "Welcome"]);
    assert_eq!((lines[1].kind, &lines[1].stanza_id), (LineKind::Said, &None));
}

#[tokio::test]
async fn a_line_number_used_twice_undoes_the_whole_turn() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1)), line_record(line(1, 1, "Hello"))]).await;
    let mut clash = line(1, 1, "top secret words");
    clash.stanza_id = None;
    let turn = vec![line_record(line(1, 2, "more")), chat_record(chat(2)), line_record(clash)];
    let error = store.commit(Arc::new(turn), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Other(_)), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert_eq!(bodies(&place.lines()), ["Hello"]);
    assert_eq!(place.reader().chats(false).unwrap().len(), 1);
}

#[tokio::test]
async fn a_turn_that_failed_is_written_when_tried_again() {
    let place = Place::new();
    let store = place.open();
    place
        .foreign()
        .execute_batch("CREATE TRIGGER no BEFORE INSERT ON line BEGIN SELECT RAISE(ABORT, 'not now'); END")
        .unwrap();
    let turn =
        Arc::new(vec![chat_record(chat(1)), Record::Counted(Counter::StanzaIgnored), line_record(line(1, 1, "Hello"))]);
    store.commit(Arc::clone(&turn), at(0)).await.unwrap_err();
    assert_eq!(place.reader().chats(false).unwrap(), []);
    assert_eq!(place.reader().counters().unwrap(), []);

    place.foreign().execute_batch("DROP TRIGGER no").unwrap();
    store.commit(turn, at(0)).await.unwrap();
    assert_eq!(bodies(&place.lines()), ["Hello"]);
    assert_eq!(place.reader().counters().unwrap()[0].n, 1);
}

#[tokio::test]
async fn a_database_locked_by_another_program_is_busy_until_it_is_free() {
    let place = Place::new();
    let store = place.open();
    let other = place.foreign();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let turn = Arc::new(vec![chat_record(chat(1))]);
    assert_eq!(store.commit(Arc::clone(&turn), at(0)).await, Err(StoreError::Busy));
    other.execute_batch("COMMIT").unwrap();
    store.commit(turn, at(0)).await.unwrap();
    assert_eq!(place.reader().chats(true).unwrap().len(), 1);
}

#[tokio::test]
async fn a_second_desk_is_refused_until_the_first_is_gone() {
    let place = Place::new();
    let store = place.open();
    let error = Store::open(&place.database(), entropy).unwrap_err();
    assert_eq!(error, StoreError::Locked { lock: place.file("desk.db.lock").canonicalize().unwrap() });
    assert!(error.to_string().contains("desk.db.lock"), "{error}");

    std::os::unix::fs::symlink(place.file("desk.db"), place.file("alias.db")).unwrap();
    assert!(matches!(Store::open(&place.file("alias.db"), entropy), Err(StoreError::Locked { .. })), "by another name");

    store.close().await.unwrap();
    place.open();
}

#[tokio::test]
async fn closing_leaves_one_file_with_everything_in_it() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1))]).await;
    store.close().await.unwrap();
    assert!(!place.file("desk.db-wal").exists());
    assert_eq!(place.reader().chats(true).unwrap(), [chat(1)]);
}

#[tokio::test]
async fn an_empty_file_becomes_a_database_and_stays_one() {
    let place = Place::new();
    fs::write(place.file("desk.db"), "").unwrap();
    let (store, restored) = Store::open(&place.database(), entropy).unwrap();
    assert_eq!((restored.chats.len(), restored.last_chat), (0, 0));
    commit(&store, vec![chat_record(chat(1))]).await;
    store.close().await.unwrap();
    let (_store, restored) = Store::open(&place.database(), entropy).unwrap();
    assert_eq!(restored.last_chat, 1);
}

#[test]
fn tables_are_strict_and_commits_are_durable() {
    let place = Place::new();
    let _store = place.open();
    let question = "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict AND name = ?1";
    for table in ["chat", "line", "counter", "choice", "operator", "message", "message_told", "rating"] {
        let strict: i64 = place.foreign().query_row(question, [table], |row| row.get(0)).unwrap();
        assert_eq!(strict, 1, "{table}");
    }
    let mode: String = place.foreign().query_row("PRAGMA journal_mode", (), |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_schema_of_the_future_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open());
    place.foreign().execute_batch("PRAGMA user_version = 999").unwrap();
    let error = reopen(&place).unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 999, .. }), "{error:?}");
    assert!(error.to_string().contains("999"), "{error}");
    let error = Reader::open(&place.database()).unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 999, .. }), "{error:?}");
}

/// A dropped store frees its lock as soon as its thread has noticed.
fn reopen(place: &Place) -> Result<Store, StoreError> {
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        match Store::open(&place.database(), entropy) {
            Err(StoreError::Locked { .. }) if std::time::Instant::now() < give_up => std::thread::yield_now(),
            other => return other.map(|(store, _)| store),
        }
    }
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let place = Place::new();
    place.foreign().execute_batch("CREATE TABLE recipe (title TEXT)").unwrap();
    let before = fs::read(place.file("desk.db")).unwrap();
    assert!(matches!(Store::open(&place.database(), entropy), Err(StoreError::Foreign { .. })));
    assert!(matches!(Reader::open(&place.database()), Err(StoreError::Foreign { .. })));
    assert_eq!(fs::read(place.file("desk.db")).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_without_quoting_it() {
    let place = Place::new();
    fs::write(place.file("desk.db"), "Dear diary, ".repeat(200)).unwrap();
    let error = Store::open(&place.database(), entropy).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(!error.to_string().contains("diary"), "{error}");
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_named_by_its_column_only() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1))]).await;
    place.foreign().execute("UPDATE chat SET room = 'top secret words'", ()).unwrap();
    let error = place.reader().chats(false).unwrap_err();
    assert_eq!(error, StoreError::Corrupt("a value of `room` makes no sense".to_owned()));
}

#[tokio::test]
async fn the_files_are_for_the_desks_account_alone() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1))]).await;
    for name in ["desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"] {
        assert_eq!(mode(&place.file(name)), 0o600, "{name}");
    }
}

#[test]
fn a_reader_creates_nothing() {
    let place = Place::new();
    let error = Reader::open(&place.database()).unwrap_err();
    assert_eq!(error, StoreError::NotFound { path: place.file("desk.db") });
    assert_eq!(fs::read_dir(place.folder()).unwrap().count(), 0);

    fs::write(place.file("desk.db"), "").unwrap();
    let error = Reader::open(&place.database()).unwrap_err();
    assert!(matches!(error, StoreError::OlderSchema { found: 0, .. }), "{error:?}");
    assert_eq!(fs::read(place.file("desk.db")).unwrap(), b"");
}

#[tokio::test]
async fn a_reader_beside_the_writer_sees_one_moment_and_hinders_nobody() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1)), line_record(line(1, 1, "Hello"))]).await;
    let before = place.reader();
    assert_eq!(before.chats(false).unwrap().len(), 1);
    commit(&store, vec![chat_record(chat(2)), line_record(line(1, 2, "Anybody?"))]).await;
    assert_eq!(bodies(&before.lines(ChatId(1)).unwrap()), ["Hello"]);
    assert_eq!(bodies(&place.lines()), ["Hello", "Anybody?"]);
    store.close().await.unwrap();
    assert_eq!(before.chats(false).unwrap().len(), 1);
    assert_eq!(place.reader().chats(false).unwrap().len(), 2);
}

#[tokio::test]
async fn a_restart_finds_the_open_chats_with_what_is_owed_said_and_known() {
    let place = Place::new();
    let store = place.open();
    let mut closing = chat(2);
    closing.stage = StageName::Closing;
    closing.outcome = Some(Outcome::Abandoned);
    let mut closed = chat(3);
    closed.stage = StageName::Closed;
    let mut turn = vec![chat_record(chat(1)), chat_record(closing.clone()), chat_record(closed)];
    turn.push(line_record(LineRecord { place: Some(9), ..line(1, 1, "fourth words") }));
    turn.push(line_record(owed(1, 2, "Please wait")));
    turn.extend([("first", 3), ("second", 4), ("third", 5)].map(|(body, seq)| line_record(line(1, seq, body))));
    turn.push(line_record(owed(1, 7, "Still waiting")));
    turn.push(line_record(LineRecord { speaker: Speaker::Operator, stanza_id: None, ..line(1, 6, "not the guest") }));
    commit(&store, turn).await;
    store.close().await.unwrap();

    let (_store, restored) = Store::open(&place.database(), entropy).unwrap();
    assert_eq!(restored.last_chat, 3);
    assert_eq!(restored.chats.len(), 2);
    let first = &restored.chats[0];
    assert_eq!(first.chat, chat(1));
    assert_eq!(
        (first.last_seq, first.last_place, first.last_line_at),
        (7, 9, Some(at(6))),
        "what is owed was not heard"
    );
    let last: Vec<&str> = first.last_lines.iter().map(|line| line.body.as_str()).collect();
    assert_eq!(last, ["first", "second", "third", "not the guest", "fourth words"]);
    assert_eq!(first.owed, [owed(1, 2, "Please wait"), owed(1, 7, "Still waiting")]);
    assert_eq!(first.first_words, ["first", "second", "third"]);
    let ids: Vec<&str> = first.known_ids.iter().map(|id| id.0.0.as_str()).collect();
    assert_eq!(ids, ["s-3", "s-4", "s-5", "s-1"]);
    let second = &restored.chats[1];
    assert_eq!(second.chat, closing);
    assert_eq!((second.last_seq, second.last_place, second.last_line_at), (0, 0, None));
    assert_eq!((&second.owed, &second.first_words, &second.known_ids), (&vec![], &vec![], &vec![]));
}

#[tokio::test]
async fn a_restart_knows_the_last_two_hundred_ids() {
    let place = Place::new();
    let store = place.open();
    let lines = (1..=250).map(|seq| line_record(line(1, seq, "words")));
    commit(&store, [chat_record(chat(1))].into_iter().chain(lines).collect()).await;
    store.close().await.unwrap();
    let (_store, restored) = Store::open(&place.database(), entropy).unwrap();
    let known = &restored.chats[0].known_ids;
    assert_eq!((known.len(), known[0].0.0.as_str(), known[249].0.0.as_str()), (250, "s-1", "s-250"));
}

#[tokio::test]
async fn a_restart_knows_the_last_hundred_lines_and_the_gaps_between_them() {
    let place = Place::new();
    let store = place.open();
    let said = |seq| LineRecord { stanza_id: None, ..line(1, seq, &format!("line {seq}")) };
    let gap = LineRecord { kind: LineKind::Gap, speaker: Speaker::Desk, place: Some(140), ..said(151) };
    let joined = LineRecord { kind: LineKind::Joined, ..said(152) };
    let lines = (1..=150).map(said).chain([gap, joined]).map(line_record);
    commit(&store, [chat_record(chat(1))].into_iter().chain(lines).collect()).await;
    store.close().await.unwrap();
    let (_store, restored) = Store::open(&place.database(), entropy).unwrap();
    let last: Vec<(i64, LineKind)> = restored.chats[0].last_lines.iter().map(|line| (line.seq, line.kind)).collect();
    assert_eq!(last.len(), 100);
    assert_eq!((last[0], last[89], last[90]), ((52, LineKind::Said), (151, LineKind::Gap), (141, LineKind::Said)));
}

#[tokio::test]
async fn a_chats_number_is_not_used_again_after_it_was_erased() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(41)), line_record(line(41, 1, "Hello"))]).await;
    store.close().await.unwrap();
    place.foreign().execute_batch("PRAGMA foreign_keys = ON; DELETE FROM chat").unwrap();
    let (_store, restored) = Store::open(&place.database(), entropy).unwrap();
    assert_eq!((restored.chats.len(), restored.last_chat), (0, 41));
    assert_eq!(place.reader().lines(ChatId(41)).unwrap(), []);
}
