//! The desk on a disk that fails, and the files it writes: on real servers, with the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

#[path = "support/records.rs"]
mod records;
#[path = "support/small_disk.rs"]
mod small_disk;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use frontdesk::clock::entropy;
use frontdesk::desk::record::{ChatRecord, Outcome, StageName};
use frontdesk::store::Store;
use serde_json::Value;
use small_disk::SmallDisk;
use support::client::Client;
use support::desk::{Config, Desk, NICK};
use support::server::{DESK, Kind, Server, Setup};
use support::stanzas::written;
use support::story::{Asked, Opened, accept};

on_both_servers!(
    while_the_database_is_gone_nothing_is_said_and_the_operators_know,
    while_the_disk_is_full_nothing_is_said_and_the_operators_know,
    while_another_program_locks_the_database_nothing_is_said_and_the_operators_know,
    the_log_files_are_as_the_transcript_and_come_back_by_themselves,
    old_chats_lose_their_words_by_themselves,
);

const TROUBLE: &str = "I cannot keep my records";
const MENDED: &str = "I can keep my records again";

/// A desk with the `[store]` of one's choice, a guest, and an operator who serves them.
struct Served {
    opened: Opened,
    asked: Asked,
    alice: Client,
}

async fn served(kind: Kind, store: &str) -> Served {
    let server = Server::start(Setup::usual(kind));
    let mut desk = Desk::set_up(&Config::usual(&server, &["alice"]));
    let file = desk.home().join("frontdesk.toml");
    let toml = fs::read_to_string(&file).unwrap();
    fs::write(&file, toml.replace("url = \"sqlite:frontdesk.db\"", store)).unwrap();
    desk.start_again();
    let opened = Opened { desk, server };
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("help").await;
    accept(&mut alice, "Alice").await;
    asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Alice")).await;
    asked.guest.say(&asked.room, "before the trouble").await;
    opened.desk.wait_for_words(&opened.desk.only_chat(), "before the trouble").await;
    Served { opened, asked, alice }
}

impl Served {
    /// The trouble has begun: words are not lost, nothing is answered, the operator knows.
    async fn endure(&mut self) {
        self.asked.guest.say(&self.asked.room, "said in trouble").await;
        self.alice.read(DESK, "what is wrong", |words| words.contains(TROUBLE)).await;
        self.asked.guest.say(&self.asked.room, "?? printer").await;
        self.asked.guest.say(&self.asked.room, "still in trouble").await;
        let lines = self.asked.guest.lines(&self.asked.room);
        assert!(!lines.iter().any(|(nick, words)| nick == NICK && words.contains("green button")), "{lines:#?}");
    }

    /// The trouble is over: everything is there once, and the desk goes on.
    async fn recover(&mut self) {
        self.alice.read(DESK, "that all is well", |words| words.contains(MENDED)).await;
        let answer = |nick: &str, words: &str| nick == NICK && words.contains("green button");
        self.asked.guest.hear(&self.asked.room, "the answer", answer).await;
        self.asked.guest.say(&self.asked.room, "after the trouble").await;
        let chat = self.opened.desk.only_chat();
        self.opened.desk.wait_for_words(&chat, "after the trouble").await;
        let said = self.opened.desk.said(&chat);
        let theirs: Vec<&str> =
            said.iter().filter(|(nick, _)| nick == "Guest").map(|(_, words)| words.as_str()).collect();
        let expected = ["before the trouble", "said in trouble", "?? printer", "still in trouble", "after the trouble"];
        assert_eq!(theirs, expected);
        assert_eq!(self.alice.count(|stanza| written(stanza).contains(TROUBLE)), 1, "told once");
        assert!(self.opened.desk.output_of(&["verify"]).ends_with(" 0 faults\n"));
        let errors = self.opened.desk.log().matches("could not be written").count();
        assert_eq!(errors, 1, "{}", self.opened.desk.log());
    }
}

async fn while_the_database_is_gone_nothing_is_said_and_the_operators_know(kind: Kind) {
    let mut story = served(kind, "url = \"sqlite:frontdesk.db\"").await;
    let home = story.opened.desk.home().to_owned();
    fs::rename(home.join("frontdesk.db"), home.join("away")).unwrap();
    story.endure().await;
    assert!(!home.join("frontdesk.db").exists(), "no new one is begun");
    fs::rename(home.join("away"), home.join("frontdesk.db")).unwrap();
    story.recover().await;
}

async fn while_the_disk_is_full_nothing_is_said_and_the_operators_know(kind: Kind) {
    let Some(disk) = SmallDisk::mount(4 << 20) else { return };
    let mut story = served(kind, &format!("url = \"sqlite:{}/desk.db\"", disk.path().display())).await;
    // Without room in the log that SQLite keeps, so that the next turn needs some.
    let database = rusqlite::Connection::open(disk.path().join("desk.db")).unwrap();
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    drop(database);
    disk.fill();
    story.endure().await;
    disk.make_room();
    story.recover().await;
}

async fn while_another_program_locks_the_database_nothing_is_said_and_the_operators_know(kind: Kind) {
    let mut story = served(kind, "url = \"sqlite:frontdesk.db\"").await;
    let other = rusqlite::Connection::open(story.opened.desk.home().join("frontdesk.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    story.endure().await;
    other.execute_batch("ROLLBACK").unwrap();
    story.recover().await;
}

async fn the_log_files_are_as_the_transcript_and_come_back_by_themselves(kind: Kind) {
    let mut story = served(kind, "url = \"sqlite:frontdesk.db\"\nlog_dir = \"logs\"").await;
    let logs = story.opened.desk.home().join("logs");
    let chat = story.opened.desk.only_chat();
    wait_for_file(&logs.join("1.txt"), |text| text.contains("<Guest> before the trouble")).await;
    wait_for_file(&logs.join("1.jsonl"), |text| said_in(text).contains(&"before the trouble".to_owned())).await;

    story.opened.desk.kill9();
    fs::remove_file(logs.join("1.txt")).unwrap();
    fs::write(logs.join("1.jsonl"), "half a li").unwrap();
    story.opened.desk.start_again();
    wait_for_file(&logs.join("1.txt"), |text| text.contains("<Guest> before the trouble")).await;

    story.asked.guest.say(&story.asked.room, "last words").await;
    story.asked.guest.leave(&story.asked.room).await;
    story.opened.desk.wait_for_stage("closed").await;
    wait_for_file(&logs.join("1.txt"), |text| text.starts_with("Chat 1: closed")).await;
    let shown = story.opened.desk.output_of(&["transcript", "1"]);
    assert_eq!(fs::read_to_string(logs.join("1.txt")).unwrap(), shown);
    let bodies: Vec<String> = story.opened.desk.said(&chat).into_iter().map(|(_, words)| words).collect();
    assert_eq!(said_in(&fs::read_to_string(logs.join("1.jsonl")).unwrap()), bodies);
    assert!(bodies.contains(&"last words".to_owned()));

    story.opened.desk.output_of(&["erase", "--chat", "1", "--yes"]);
    assert!(!logs.join("1.txt").exists() && !logs.join("1.jsonl").exists());
    story.opened.desk.term();
    story.opened.desk.start_again();
    assert!(!logs.join("1.txt").exists());
    assert!(story.opened.desk.output_of(&["verify"]).ends_with(" 0 faults\n"));
}

async fn old_chats_lose_their_words_by_themselves(kind: Kind) {
    let server = Server::start(Setup::usual(kind));
    let mut desk = Desk::set_up(&Config::usual(&server, &["alice"]));
    let (store, _) = Store::open(&desk.home().join("frontdesk.db"), entropy).unwrap();
    let closed_at = Some("2020-01-01T00:00:00Z".parse().unwrap());
    let old = ChatRecord { stage: StageName::Closed, closed_at, outcome: Some(Outcome::Answered), ..records::chat(1) };
    let lines = [records::chat_record(old), records::line_record(records::line(1, 1, "xylophone"))];
    store.commit(Arc::new(lines.to_vec()), records::at(0)).await.unwrap();
    store.close().await.unwrap();
    desk.start_again();
    desk.wait_for_log(|line| line.contains("erased what was older"));
    assert_eq!(desk.transcript(&desk.only_chat())[0]["body"], "");
    assert_eq!(desk.output_of(&["search", "xylophone"]), "");
    assert!(desk.output_of(&["verify"]).ends_with("(1 erased), 1 lines, 1 links: 0 faults\n"));
}

fn said_in(json_lines: &str) -> Vec<String> {
    let lines = json_lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_default());
    lines.filter(|line| line["kind"] == "said").map(|line| line["body"].as_str().unwrap().to_owned()).collect()
}

async fn wait_for_file(file: &Path, wanted: impl Fn(&str) -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(30);
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    loop {
        pace.tick().await;
        let text = fs::read_to_string(file).unwrap_or_default();
        if wanted(&text) {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "waited in vain for {}: {text}", file.display());
    }
}
