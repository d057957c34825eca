//! What the store proves, finds, copies and forgets: chain, search, backup, erasure, migration.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use frontdesk::clock::entropy;
use frontdesk::desk::ids::{ChatId, StanzaId};
use frontdesk::desk::moment::Entropy;
use frontdesk::desk::record::{
    ChatRecord, FaqVerdict, Heard, LineKind, LineRecord, Outcome, Record, Speaker, StageName,
};
use frontdesk::store::{ERASED_GUEST, Eraser, Erasure, Findings, Pass, Reader, Store, StoreError, Whose};
use place::Place;
use records::{at, chat, chat_record, faq_alias, faq_asked, line, line_record, owed};

async fn commit(store: &Store, records: Vec<Record>) {
    store.commit(Arc::new(records), at(0)).await.unwrap();
}

fn closed(id: i64) -> ChatRecord {
    ChatRecord { stage: StageName::Closed, closed_at: Some(at(90)), outcome: Some(Outcome::Answered), ..chat(id) }
}

fn heard(seq: i64, place: i64) -> Record {
    let stanza_id = Some(StanzaId(format!("s-echo-{seq}")));
    Record::Heard(Heard { chat: ChatId(1), seq, place, at: at(60), stanza_id })
}

fn operator(seq: i64, kind: LineKind, who: &str) -> Record {
    let jid = Some(format!("{who}@chat.example"));
    line_record(LineRecord { kind, speaker: Speaker::Operator, jid, stanza_id: None, ..line(1, seq, "") })
}

/// A chat with every kind of link: said, owed, heard, not recorded twice.
fn a_chat() -> Vec<Record> {
    let twice = LineRecord { stanza_id: line(1, 1, "").stanza_id, ..line(1, 9, "replayed") };
    vec![
        chat_record(closed(1)),
        line_record(line(1, 1, "My Grüßautomat is broken")),
        line_record(owed(1, 2, "Welcome to the desk")),
        line_record(owed(1, 3, "never heard")),
        heard(2, 2),
        heard(2, 7),
        line_record(twice),
        operator(4, LineKind::Accepted, "alice"),
        line_record(line(1, 5, "thank you\0\u{202e}")),
    ]
}

fn verify(place: &Place) -> Findings {
    place.reader().verify(|_, _| {}).unwrap()
}

fn faults(place: &Place) -> Vec<String> {
    verify(place).faults.iter().map(ToString::to_string).collect()
}

fn count(findings: &Findings) -> [u64; 5] {
    [findings.chats, findings.erased, findings.lines, findings.links, findings.faults_number]
}

/// All files of the database in one piece, to look for words in.
fn bytes(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.is_file()).flat_map(|file| fs::read(file).unwrap()).collect()
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words.as_bytes()))
}

// The chain

#[tokio::test]
async fn what_was_recorded_is_verified_line_by_line() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(count(&verify(&place)), [0; 5]);
    commit(&store, a_chat()).await;
    commit(&store, vec![chat_record(chat(2)), line_record(line(2, 1, "another chat"))]).await;
    assert_eq!(count(&verify(&place)), [2, 0, 6, 7, 0], "five lines, one of them heard, and one");
    store.close().await.unwrap();
    assert_eq!(count(&verify(&place)), [2, 0, 6, 7, 0]);
}

#[tokio::test]
async fn whatever_is_changed_behind_the_desks_back_is_found_where_it_is() {
    let tamperings = [
        ("UPDATE line SET body = 'I never said that' WHERE seq = 1", "chat 1, line 1: it is not as it was recorded"),
        ("UPDATE line SET at = at + 1 WHERE seq = 5", "chat 1, line 5: it is not as it was recorded"),
        ("UPDATE line SET nick = NULL WHERE seq = 5", "chat 1, line 5: it is not as it was recorded"),
        ("UPDATE line SET speaker = 'operator' WHERE seq = 1", "chat 1, line 1: it is not as it was recorded"),
        ("UPDATE line SET place = 1 WHERE seq = 2", "chat 1, line 2: it is not as it was recorded"),
        ("UPDATE line SET owed_at = owed_at + 1 WHERE seq = 2", "chat 1, line 2: it is not as it was recorded"),
        ("UPDATE line SET kind = 'said', place = 9 WHERE seq = 3", "chat 1, line 3: it is not as it was recorded"),
        ("DELETE FROM line WHERE seq = 1", "chat 1, line 1: it was recorded and is gone"),
        ("DELETE FROM link WHERE n = 2", "chat 1: link 2 of its chain is missing"),
        ("DELETE FROM link WHERE n = 6", "chat 1, line 5: it was added without a link"),
        ("UPDATE chat SET links = 5", "chat 1: its chain does not end where its head says"),
        ("UPDATE chat SET head = zeroblob(32)", "chat 1: its chain does not end where its head says"),
        ("UPDATE link SET seal = zeroblob(32) WHERE n = 3", "chat 1, line 3: its link does not follow"),
        ("UPDATE link SET salt = NULL WHERE n = 1", "chat 1, line 1: it is not as it was recorded"),
        (
            "UPDATE line SET kind = 'whispered' WHERE seq = 1",
            "chat 1, line 1: the database is damaged: a value of `kind`",
        ),
        ("UPDATE link SET chat = 9", "database: a row of `link` belongs to no chat"),
        (
            "INSERT INTO line (chat, seq, at, kind, speaker, body) VALUES (1, 6, 0, 'said', 'guest', 'forged')",
            "chat 1, line 6: it was added without a link",
        ),
    ];
    for (tampering, fault) in tamperings {
        let place = Place::new();
        let store = place.open();
        commit(&store, a_chat()).await;
        place.foreign().execute_batch(&format!("PRAGMA foreign_keys = OFF; {tampering}")).unwrap();
        let faults = faults(&place);
        assert!(faults.iter().any(|found| found.starts_with(fault)), "{tampering}: {faults:#?}");
        assert!(!faults.concat().contains("never said"), "I7");
    }
}

/// A chat with these deeds, in their order.
async fn chat_of(deeds: &[(LineKind, &str)]) -> Place {
    let lines = (1..).zip(deeds).map(|(seq, (kind, who))| operator(seq, *kind, who));
    let place = Place::new();
    let store = place.open();
    commit(&store, [chat_record(closed(1))].into_iter().chain(lines).collect()).await;
    place
}

#[tokio::test]
async fn one_owner_after_the_other_is_no_fault() {
    use LineKind::{Accepted, Declined, Lapsed, Offered, Revoked, Transferred};
    let stories: [&[(LineKind, &str)]; 5] = [
        // Declined, accepted, lost, and offered again.
        &[
            (Offered, "alice"),
            (Declined, "alice"),
            (Offered, "bob"),
            (Accepted, "bob"),
            (Revoked, "bob"),
            (Accepted, "alice"),
        ],
        // Broadcast: the first has it, the others' offers are taken back.
        &[
            (Offered, "alice"),
            (Offered, "bob"),
            (Offered, "carol"),
            (Revoked, "alice"),
            (Revoked, "carol"),
            (Accepted, "bob"),
        ],
        // `!take` of what was offered to somebody else.
        &[(Offered, "bob"), (Revoked, "bob"), (Accepted, "alice")],
        // Handed over, and on, and then lost.
        &[
            (Offered, "alice"),
            (Accepted, "alice"),
            (Offered, "bob"),
            (Lapsed, "bob"),
            (Offered, "carol"),
            (Transferred, "carol"),
            (Offered, "bob"),
            (Transferred, "bob"),
            (Revoked, "bob"),
            (Offered, "alice"),
            (Accepted, "alice"),
        ],
        // A transfer that was taken back when the owner was lost.
        &[(Accepted, "alice"), (Offered, "bob"), (Revoked, "alice"), (Revoked, "bob"), (Accepted, "carol")],
    ];
    for deeds in stories {
        let place = chat_of(deeds).await;
        assert_eq!(faults(&place), [""; 0], "{deeds:?}");
        Eraser::open(&place.database()).unwrap().erase(ChatId(1), at(100)).unwrap();
        assert_eq!(faults(&place), [""; 0], "erased: {deeds:?}");
    }
}

#[tokio::test]
async fn two_owners_at_once_are_found() {
    use LineKind::{Accepted, Lapsed, Offered, Revoked, Transferred};
    let accepted = |seq: i64, before: i64| {
        format!("chat 1, line {seq}: accepted, though line {before} had been and was not taken back (I3)")
    };
    let stories: [(&[(LineKind, &str)], String); 6] = [
        (&[(Accepted, "alice"), (Accepted, "bob")], accepted(2, 1)),
        (&[(Accepted, "bob"), (Revoked, "bob"), (Accepted, "alice"), (Accepted, "bob")], accepted(4, 3)),
        // The race of a broadcast has two winners: the end of one's offer does not end the other's having it.
        (
            &[(Offered, "alice"), (Offered, "bob"), (Accepted, "bob"), (Revoked, "alice"), (Accepted, "alice")],
            accepted(5, 3),
        ),
        // Nor does a transfer that nobody took.
        (&[(Accepted, "alice"), (Offered, "bob"), (Lapsed, "bob"), (Accepted, "carol")], accepted(4, 1)),
        (&[(Accepted, "alice"), (Offered, "bob"), (Transferred, "bob"), (Accepted, "alice")], accepted(4, 3)),
        (
            &[(Accepted, "alice"), (Revoked, "alice"), (Transferred, "bob")],
            "chat 1, line 3: handed over, though nobody had it (I3)".to_owned(),
        ),
    ];
    for (deeds, fault) in stories {
        assert_eq!(faults(&chat_of(deeds).await), [fault], "{deeds:?}");
    }
}

#[tokio::test]
async fn a_damaged_page_is_found() {
    let place = Place::new();
    let store = place.open();
    let lines = (1..=400).map(|seq| line_record(line(1, seq, &"many words ".repeat(20))));
    commit(&store, [chat_record(chat(1))].into_iter().chain(lines).collect()).await;
    store.close().await.unwrap();
    let mut file = fs::read(place.database()).unwrap();
    let middle = file.len() / 2 / 4096 * 4096;
    file[middle..middle + 4096].fill(0xa5);
    fs::write(place.database(), file).unwrap();
    let faults = faults(&place);
    assert!(!faults.is_empty() && faults.iter().all(|fault| fault.starts_with("database: ")), "{faults:#?}");
    assert!(!faults.concat().contains("many words"), "I7");
}

// Migration

const OLD: &str = include_str!("../migrations/sqlite/0001_chats.sql");

/// A database of the first version, with chats of some lines each.
fn old_database(place: &Place, chats: i64, lines: i64) {
    let mut old = place.foreign();
    let transaction = old.transaction().unwrap();
    transaction.execute_batch(OLD).unwrap();
    for chat in 1..=chats {
        let row = "INSERT INTO chat VALUES (?1, 'help@rooms.chat.example', 'g@guest.example/tab', 'support', 'closed', \
                   NULL, 1, 2, 3, 'answered', NULL, 'en', 't', NULL, 1, 1, 1, 1, 1, 1, 7)";
        transaction.execute(row, [chat]).unwrap();
        for seq in 1..=lines {
            let kind = ["said", "owed", "joined"][usize::try_from(seq % 3).unwrap()];
            let row = "INSERT INTO line VALUES (?1, ?2, iif(?3 = 'owed', NULL, ?2), ?2, ?3, 'guest', 'g', NULL, NULL, NULL, ?4, NULL, NULL, NULL)";
            transaction.execute(row, rusqlite::params![chat, seq, kind, format!("old wörds {chat} {seq}")]).unwrap();
        }
    }
    transaction.execute_batch("PRAGMA user_version = 1").unwrap();
    transaction.commit().unwrap();
    old.execute_batch("PRAGMA journal_mode = wal").unwrap();
}

#[tokio::test]
async fn an_old_database_gets_chain_and_index_and_goes_on() {
    let place = Place::new();
    old_database(&place, 2, 30);
    let error = Reader::open(&place.database()).unwrap_err();
    assert!(matches!(error, StoreError::OlderSchema { found: 1, .. }), "{error}");
    let store = place.open();
    assert_eq!(count(&verify(&place)), [2, 0, 60, 60, 0]);
    assert_eq!(place.reader().search("WORDS 2 30", 9).unwrap().len(), 1);
    assert_eq!(place.reader().search("words", 99).unwrap().len(), 20, "what was said");
    commit(
        &store,
        vec![
            line_record(LineRecord { stanza_id: None, ..line(2, 31, "new words") }),
            Record::Heard(Heard { chat: ChatId(2), seq: 1, place: 40, at: at(1), stanza_id: None }),
        ],
    )
    .await;
    assert_eq!(count(&verify(&place)), [2, 0, 61, 62, 0]);
}

/// Set for the child of the next test: which database to open.
const CHILD: &str = "FRONTDESK_TEST_MIGRATES";
static SALTS: AtomicUsize = AtomicUsize::new(0);

/// Ends the process, as `kill -9` would, in the middle of the migration.
fn entropy_until_death() -> Entropy {
    if SALTS.fetch_add(1, Ordering::Relaxed) == 700 {
        std::process::abort();
    }
    entropy()
}

#[test]
fn a_child_that_dies_in_the_middle_of_the_migration() {
    if let Some(database) = std::env::var_os(CHILD) {
        drop(Store::open(Path::new(&database), entropy_until_death));
        unreachable!("it died before");
    }
}

#[test]
fn killed_in_the_middle_of_the_migration_a_database_is_old() {
    let place = Place::new();
    old_database(&place, 10, 100);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["a_child_that_dies_in_the_middle_of_the_migration", "--exact"])
        .env(CHILD, place.database())
        .output()
        .unwrap();
    assert!(child.status.code().is_none(), "killed by a signal: {child:?}");

    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('link', 'words', 'line_numbered')";
    assert_eq!(place.foreign().query_row(tables, (), |row| row.get::<_, i64>(0)).unwrap(), 0);
    let version: i64 = place.foreign().query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
    let lines: i64 = place.foreign().query_row("SELECT count(*) FROM line", (), |row| row.get(0)).unwrap();
    assert_eq!((version, lines), (1, 1_000));
    let _store = place.open();
    assert_eq!(count(&verify(&place)), [10, 0, 1_000, 1_000, 0], "and the next start makes it new");
}

// Search

fn snippet(found: &frontdesk::store::Found) -> String {
    found.snippet.iter().map(|piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
}

#[tokio::test]
async fn words_are_found_whatever_their_case_and_accents_and_however_many() {
    let place = Place::new();
    let store = place.open();
    commit(&store, a_chat()).await;
    let found = |words: &str| place.reader().search(words, 10).unwrap().iter().map(snippet).collect::<Vec<_>>();
    assert_eq!(found("broken GRUSSAUTOMAT"), [""; 0], "ß is no accent");
    assert_eq!(found("broken grußautomat"), ["My [Grüßautomat] is [broken]"]);
    assert_eq!(found("welcome"), ["[Welcome] to the desk"], "owed, and heard since");
    assert_eq!(found("heard"), [""; 0], "owed and not heard is not said");
    assert_eq!(found("broken welcome"), [""; 0], "all the words, in one line");
    assert_eq!(found("replayed"), [""; 0]);
    let found = place.reader().search("thank", 10).unwrap();
    assert_eq!((found[0].chat, found[0].seq, found[0].speaker), (ChatId(1), 5, Speaker::Guest));
}

#[tokio::test]
async fn no_character_of_a_search_is_syntax() {
    let place = Place::new();
    let store = place.open();
    commit(
        &store,
        vec![chat_record(chat(1)), line_record(line(1, 1, "NOT near OR \"quoted\" body: x* {a} (b) c++ d'e"))],
    )
    .await;
    let reader = place.reader();
    for words in ["NOT", "OR", "near", "\"quoted\"", "body:", "x*", "{a}", "(b)", "c++", "d'e", "^NOT"] {
        assert_eq!(reader.search(words, 10).unwrap().len(), 1, "{words}");
    }
    let nothing = [
        "nothing:*",
        "bo*",
        "a AND zebra",
        "-near zebra",
        "'; DROP TABLE line; --",
        "\"",
        "\"\"\"",
        "*",
        "",
        " \0 ",
        "NEAR(NOT OR)",
        "rank:MATCH",
        "words MATCH 'x'",
        "{body rank} : x y z",
    ];
    for words in nothing {
        assert_eq!(reader.search(words, 10).unwrap(), [], "{words}");
    }
    assert_eq!(reader.search(&"near ".repeat(10_000), 10).unwrap().len(), 1, "bounded");
    assert_eq!(reader.search(&"(".repeat(100_000), 10).unwrap(), []);
}

// Backup

#[tokio::test]
async fn a_backup_taken_while_the_desk_writes_is_whole_and_is_restored_by_copying_it_back() {
    let place = Place::new();
    let store = place.open();
    commit(&store, a_chat()).await;
    let reader = place.reader();
    commit(&store, vec![chat_record(chat(2))]).await;
    let copy = place.file("copy.db");
    let mut told = (0, 0);
    reader.backup(&copy, |done, of| told = (done, of)).unwrap();
    assert!(told.0 == told.1 && told.0 > 0, "{told:?}");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(place.folder())
            .unwrap()
            .filter(|file| { file.as_ref().unwrap().file_name().to_string_lossy().starts_with("copy.db") })
            .count(),
        1,
        "one file"
    );
    let error = reader.backup(&copy, |_, _| {}).unwrap_err();
    assert_eq!(error, StoreError::Exists { path: copy.clone() });
    drop(reader);

    commit(&store, vec![line_record(line(1, 6, "said after the backup"))]).await;
    store.close().await.unwrap();
    fs::copy(&copy, place.database()).unwrap();
    let store = place.open();
    assert_eq!(count(&verify(&place)), [1, 0, 5, 6, 0], "as it was when the reader was opened");
    assert_eq!(place.reader().search("broken", 9).unwrap().len(), 1);
    commit(&store, vec![line_record(line(1, 6, "it goes on"))]).await;
    assert_eq!(faults(&place), [""; 0]);
}

#[tokio::test]
async fn a_backup_that_fails_leaves_nothing() {
    let place = Place::new();
    let _store = place.open();
    assert!(place.reader().backup(&place.file("no/such/folder.db"), |_, _| {}).is_err());
    fs::write(place.file("precious"), "precious").unwrap();
    std::os::unix::fs::symlink(place.file("precious"), place.file("alias")).unwrap();
    for name in ["precious", "alias"] {
        let error = place.reader().backup(&place.file(name), |_, _| {}).unwrap_err();
        assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    }
    assert_eq!(fs::read(place.file("precious")).unwrap(), b"precious");
}

// Whose

#[tokio::test]
async fn a_guests_chats_are_found_by_every_address_they_had() {
    let place = Place::new();
    let store = place.open();
    let moved = LineRecord { jid: Some("before@guest.example/x".to_owned()), ..line(2, 1, "hello") };
    let stranger =
        LineRecord { jid: Some("other@guest.example/x".to_owned()), speaker: Speaker::Other, ..line(2, 2, "hm") };
    commit(&store, vec![chat_record(chat(1)), chat_record(chat(2)), line_record(moved), line_record(stranger)]).await;
    let chats = |jid: &str| {
        let whose = Whose::Guest(jid.parse().unwrap());
        place.reader().chats_of(&whose).unwrap().iter().map(|chat| chat.id.0).collect::<Vec<_>>()
    };
    assert_eq!(chats("guest1@guest.example"), [1]);
    assert_eq!(chats("guest1@guest.example/tab"), [1]);
    assert_eq!(chats("guest1@guest.example/other"), [0; 0]);
    assert_eq!(chats("guest@guest.example"), [0; 0], "no prefix");
    assert_eq!(chats("before@guest.example"), [2]);
    assert_eq!(chats("BEFORE@guest.example/x"), [2]);
    assert_eq!(chats("other@guest.example"), [0; 0], "was no guest there");
    assert_eq!(place.reader().chats_of(&Whose::Chat(ChatId(2))).unwrap().len(), 1);
}

// Erasing

/// Words and addresses that are nowhere else.
fn secrets(id: i64) -> Vec<String> {
    ["xylophone", "zither", "quagga", "okapi"].map(|word| format!("{word}{id}")).to_vec()
}

/// A closed chat of many lines with secrets in every field, among other words.
fn secret_chat(id: i64, lines: i64) -> Vec<Record> {
    let [word, nick, user, room] = secrets(id).try_into().unwrap();
    let chat = ChatRecord {
        guest: format!("{user}@guest.example/tab").parse().unwrap(),
        room: format!("{room}@rooms.chat.example").parse().unwrap(),
        ..closed(id)
    };
    let told = (1..=lines).map(|seq| {
        let body = format!("{word} {seq} {}", "and much more ".repeat(usize::try_from(seq % 40).unwrap()));
        line_record(LineRecord {
            nick: Some(nick.as_str().into()),
            jid: Some(format!("{user}@guest.example/tab")),
            joined_as: Some(format!("{nick}-before").into()),
            stanza_id: Some(StanzaId(format!("{nick}-{seq}"))),
            corrects: Some(format!("{nick}-{seq}")),
            ..line(id, seq, &body)
        })
    });
    let faq = [faq_asked(Some(id), 1, &word, FaqVerdict::Picked), faq_alias(Some(id), 1, &word, "printer")];
    [chat_record(chat)].into_iter().chain(told).chain(faq).collect()
}

#[tokio::test]
async fn erased_words_are_nowhere_in_the_files_and_the_chain_still_holds() {
    let place = Place::new();
    let store = place.open();
    for id in 1..=6 {
        commit(&store, secret_chat(id, 300)).await;
    }
    assert!(secrets(3).iter().all(|word| contains(&bytes(place.folder()), word)));
    let mut eraser = Eraser::open(&place.database()).unwrap();
    assert_eq!(eraser.erase(ChatId(3), at(100)).unwrap(), Erasure::Done { lines: 300 });
    assert_eq!(eraser.erase(ChatId(3), at(200)).unwrap(), Erasure::Before);
    assert_eq!(eraser.erase(ChatId(9), at(200)).unwrap(), Erasure::NoSuchChat);
    eraser.rebuild().unwrap();

    for word in secrets(3) {
        assert!(!contains(&bytes(place.folder()), &word), "{word}");
    }
    for word in secrets(4) {
        assert!(contains(&bytes(place.folder()), &word), "{word}");
    }
    assert_eq!(count(&verify(&place)), [6, 1, 1_800, 1_800, 0]);
    assert_eq!(place.reader().search("xylophone3", 9).unwrap(), []);
    assert_eq!(place.reader().search("xylophone4", 999).unwrap().len(), 300);
    let skeleton = place.reader().chat(ChatId(3)).unwrap().unwrap();
    assert_eq!((skeleton.guest.as_str(), skeleton.outcome), (ERASED_GUEST, Some(Outcome::Answered)));
    assert_eq!(place.reader().erased_at(ChatId(3)).unwrap(), Some(at(100)));
    assert_eq!(place.reader().erased_at(ChatId(4)).unwrap(), None);
    let lines = place.reader().lines(ChatId(3)).unwrap();
    assert_eq!((lines.len(), lines[7].seq, lines[7].at, lines[7].kind), (300, 8, at(8), LineKind::Said));
    commit(&store, secret_chat(7, 3)).await;
    assert_eq!(faults(&place), [""; 0], "and the desk goes on");
}

#[tokio::test]
async fn an_erased_chat_that_was_changed_is_found() {
    let place = Place::new();
    let store = place.open();
    commit(&store, secret_chat(1, 3)).await;
    Eraser::open(&place.database()).unwrap().erase(ChatId(1), at(100)).unwrap();
    place.foreign().execute_batch("UPDATE line SET body = 'put in his mouth' WHERE seq = 2").unwrap();
    assert_eq!(faults(&place), ["chat 1, line 2: it is not as it was recorded"]);
}

#[tokio::test]
async fn open_chats_are_not_erased() {
    let place = Place::new();
    let store = place.open();
    let closing = ChatRecord { stage: StageName::Closing, ..chat(2) };
    commit(&store, vec![chat_record(chat(1)), chat_record(closing), line_record(line(1, 1, "Hello"))]).await;
    let mut eraser = Eraser::open(&place.database()).unwrap();
    for id in [1, 2] {
        assert_eq!(eraser.erase(ChatId(id), at(100)).unwrap(), Erasure::StillOpen);
    }
    assert_eq!(place.lines(), [line(1, 1, "Hello")]);
}

#[tokio::test]
async fn a_purge_takes_what_is_old_and_closed_in_small_steps() {
    let place = Place::new();
    let store = place.open();
    for id in 1..=50 {
        commit(&store, secret_chat(id, 2)).await;
    }
    let late = ChatRecord { closed_at: Some(at(10_000)), ..closed(51) };
    commit(&store, vec![chat_record(late), chat_record(chat(52))]).await;
    let housekeeper = store.housekeeper();
    let mut steps = Vec::new();
    loop {
        let gone = housekeeper.purge(at(5_000), at(20_000)).await.unwrap();
        if gone.is_empty() {
            break;
        }
        commit(&store, vec![chat_record(chat(53))]).await;
        steps.extend(gone.iter().map(|chat| chat.0));
    }
    let mut pass = Pass::First;
    while housekeeper.merge_index(pass).await.unwrap() {
        pass = Pass::Next;
    }
    housekeeper.fold().await.unwrap();
    assert_eq!(steps, (1..=50).collect::<Vec<_>>());
    assert_eq!(count(&verify(&place)), [53, 50, 100, 100, 0]);
    assert_eq!(fs::metadata(place.file("desk.db-wal")).unwrap().len(), 0);
    assert!(!contains(&bytes(place.folder()), "xylophone17"));
}
