//! The store on disks that fail: nothing is lost, nothing is begun anew in silence, and it goes on by itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;
#[path = "support/small_disk.rs"]
mod small_disk;

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use frontdesk::clock::entropy;
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::Record;
use frontdesk::store::{Reader, Store, StoreError};
use place::Place;
use records::{at, chat, chat_record, line, line_record};
use small_disk::SmallDisk;

async fn commit(store: &Store, records: Vec<Record>) -> Result<(), StoreError> {
    store.commit(Arc::new(records), at(0)).await
}

/// A turn that says something in chat 1.
fn turn(seq: i64) -> Vec<Record> {
    vec![line_record(line(1, seq, &format!("words {seq}")))]
}

/// All lines are there, and the record is whole.
fn whole(database: &Path, lines: usize) {
    let reader = Reader::open(database).unwrap();
    assert_eq!(reader.lines(ChatId(1)).unwrap().len(), lines);
    assert_eq!(reader.verify(|_, _| {}).unwrap().faults, []);
}

async fn opened(place: &Place) -> Store {
    let store = place.open();
    commit(&store, vec![chat_record(chat(1)), line_record(line(1, 1, "words"))]).await.unwrap();
    store
}

#[tokio::test]
async fn on_a_full_disk_a_turn_fails_whole_and_is_written_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(2 << 20) else { return };
    let database = disk.path().join("desk.db");
    let (store, _) = Store::open(&database, entropy).unwrap();
    commit(&store, vec![chat_record(chat(1)), line_record(line(1, 1, "words"))]).await.unwrap();
    disk.fill();
    // What SQLite keeps ready of its log takes a few turns yet.
    let mut seq = 1;
    let error = loop {
        seq += 1;
        let turn = vec![line_record(line(1, seq, &"many words ".repeat(2_000)))];
        match commit(&store, turn).await {
            Ok(()) => assert!(seq < 1_000, "it never fills"),
            Err(error) => break error,
        }
    };
    assert_eq!(error, StoreError::Full);
    let written = usize::try_from(seq - 1).unwrap();
    assert_eq!(commit(&store, vec![line_record(line(1, seq, &"many words ".repeat(2_000)))]).await, Err(error));
    disk.make_room();
    commit(&store, vec![line_record(line(1, seq, &"many words ".repeat(2_000)))]).await.unwrap();
    whole(&database, written + 1);
    store.close().await.unwrap();
    whole(&database, written + 1);
}

#[tokio::test]
async fn a_new_database_on_a_full_disk_is_refused_and_made_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(1 << 20) else { return };
    disk.fill();
    let database = disk.path().join("desk.db");
    let error = Store::open(&database, entropy).unwrap_err();
    assert!(matches!(error, StoreError::Full | StoreError::Other(_)), "{error:?}");
    disk.make_room();
    let (store, _) = Store::open(&database, entropy).unwrap();
    commit(&store, vec![chat_record(chat(1)), line_record(line(1, 1, "words"))]).await.unwrap();
    whole(&database, 1);
}

#[tokio::test]
async fn a_database_that_is_moved_away_is_not_written_until_it_is_back() {
    let place = Place::new();
    let store = opened(&place).await;
    fs::rename(place.database(), place.file("elsewhere")).unwrap();
    let gone = StoreError::Gone { path: place.database().parent().unwrap().canonicalize().unwrap().join("desk.db") };
    assert_eq!(commit(&store, turn(2)).await, Err(gone.clone()));
    assert!(!place.database().exists(), "no new one is begun");
    fs::write(place.database(), "").unwrap();
    assert_eq!(commit(&store, turn(2)).await, Err(gone.clone()), "nor is another one taken for it");
    fs::remove_file(place.database()).unwrap();
    assert_eq!(commit(&store, turn(2)).await, Err(gone));
    fs::rename(place.file("elsewhere"), place.database()).unwrap();
    commit(&store, turn(2)).await.unwrap();
    whole(&place.database(), 2);
}

#[tokio::test]
async fn a_database_that_was_there_is_never_begun_anew_at_a_start() {
    let place = Place::new();
    opened(&place).await.close().await.unwrap();
    let copy = fs::read(place.database()).unwrap();
    let missing = |error: StoreError| matches!(error, StoreError::Missing { .. });
    fs::remove_file(place.database()).unwrap();
    assert!(missing(Store::open(&place.database(), entropy).unwrap_err()));
    assert!(missing(Reader::open(&place.database()).unwrap_err()), "and the shell says so too");
    assert!(!place.database().exists());
    fs::write(place.database(), "").unwrap();
    let error = Store::open(&place.database(), entropy).unwrap_err();
    assert!(error.to_string().contains("restore a backup"), "{error}");
    assert!(missing(error));
    fs::write(place.database(), copy).unwrap();
    drop(place.open());
    whole(&place.database(), 1);
}

#[tokio::test]
async fn a_write_ahead_log_that_was_removed_costs_nothing() {
    let place = Place::new();
    let store = opened(&place).await;
    commit(&store, turn(2)).await.unwrap();
    fs::remove_file(place.file("desk.db-wal")).unwrap();
    commit(&store, turn(3)).await.unwrap();
    assert!(place.file("desk.db-wal").exists(), "a new one");
    whole(&place.database(), 3);
    commit(&store, turn(4)).await.unwrap();
    store.close().await.unwrap();
    whole(&place.database(), 4);
}

#[tokio::test]
async fn a_damaged_page_fails_the_turn_and_the_rest_stays() {
    let place = Place::new();
    let store = opened(&place).await;
    let lines = (2..=400).map(|seq| line_record(line(1, seq, &"many words ".repeat(20))));
    commit(&store, lines.collect()).await.unwrap();
    store.close().await.unwrap();
    let store = place.open();
    let whole_file = fs::read(place.database()).unwrap();
    // The page that the next line's index entry goes to, whichever it is: all but the first are damaged.
    let mut file = fs::File::options().write(true).open(place.database()).unwrap();
    file.seek(SeekFrom::Start(4_096)).unwrap();
    file.write_all(&vec![0xa5; whole_file.len() - 4_096]).unwrap();
    let error = commit(&store, turn(401)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");

    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(&whole_file).unwrap();
    commit(&store, turn(401)).await.unwrap();
    whole(&place.database(), 401);
}

#[tokio::test]
async fn a_database_that_another_program_has_for_itself_is_busy_until_it_is_free() {
    let place = Place::new();
    let store = opened(&place).await;
    let other = place.foreign();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(commit(&store, turn(2)).await, Err(StoreError::Busy));
    other.execute_batch("ROLLBACK").unwrap();
    commit(&store, turn(2)).await.unwrap();
    whole(&place.database(), 2);
}

/// Files that cannot be changed, even by root.
#[tokio::test]
async fn files_that_may_not_be_written_fail_the_turn_until_they_may() {
    let place = Place::new();
    let store = opened(&place).await;
    let files = [place.file("desk.db-wal"), place.database()];
    let change = |mode: &str| {
        let chattr = Command::new("chattr").arg(mode).args(&files).output();
        chattr.is_ok_and(|output| output.status.success())
    };
    if !change("+i") {
        eprintln!("skipped: nobody can make a file immutable here");
        return;
    }
    let outcome = commit(&store, turn(2)).await;
    assert!(change("-i"));
    assert!(matches!(outcome, Err(StoreError::Io(_) | StoreError::ReadOnly(_))), "{outcome:?}");
    commit(&store, turn(2)).await.unwrap();
    whole(&place.database(), 2);
}
