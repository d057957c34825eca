//! The real binary, typed at: exit codes, help, what goes to which stream, and words that attack the reader.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;
#[path = "support/shell.rs"]
mod shell;

use std::fs::{self, File};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{
    ChatRecord, Choice, ChoiceKind, LineKind, LineRecord, Others, Outcome, Record, Skipped, Speaker, StageName, Told,
};
use frontdesk::store::Store;
use records::{at, chat, chat_record, choice, choice_record, line, line_record, owed};
use serde_json::{Value, json};
use shell::{Shell, is_dangerous, text};

const CONFIG: &str = r#"
[xmpp]
jid = "support@chat.example"
[rooms]
services = ["rooms.chat.example"]
[store]
url = "sqlite:desk.db"
[[queue]]
name = "support"
[[operator]]
jid = "alice@chat.example"
"#;

/// Everything that could leave its line, colour the terminal, or turn the reading order.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}<script>alert('x')</script> \u{202e}drow\u{202c} \u{2066}i\u{9b}31m \
                       \"quoted\" & \u{85}\r\n10:00:00  operator  <Alice> I promise a refund\ttab\u{2028}end\0\u{7f}";

/// A folder with a configuration, and a database where one was written.
struct Desk {
    shell: Shell,
}

impl Deref for Desk {
    type Target = Shell;

    fn deref(&self) -> &Shell {
        &self.shell
    }
}

impl Desk {
    fn new() -> Self {
        Self { shell: Shell::new(CONFIG) }
    }

    /// With these records in the database.
    async fn with(records: Vec<Record>) -> Self {
        let desk = Self::new();
        desk.remember(records).await.close().await.unwrap();
        desk
    }

    async fn remember(&self, records: Vec<Record>) -> Store {
        let store = self.place.open();
        store.commit(Arc::new(records), at(0)).await.unwrap();
        store
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.file(name)
    }
}

fn staged(id: i64, stage: StageName, operator: Option<&str>, outcome: Option<Outcome>) -> ChatRecord {
    let operator = operator.map(|jid| jid.parse().unwrap());
    let closed_at = outcome.map(|_| at(90));
    ChatRecord { stage, operator, outcome, closed_at, ..chat(id) }
}

#[test]
fn help_teaches_and_is_no_error() {
    let desk = Desk::new();
    let help = desk.printed(&["--help"]);
    for word in ["run", "check", "chats", "transcript", "why", "faq", "retire", "Examples:", "Exit codes:", "64", "78"]
    {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in
        [&["run"] as &[&str], &["check"], &["chats"], &["transcript"], &["why"], &["faq", "ask"], &["retire"]]
    {
        let help = desk.printed(&[command, &["--help"]].concat());
        assert!(help.contains("Usage:") && help.contains("--config <FILE>"), "{help}");
        assert!(!help.contains('\u{1b}'), "colours belong on a terminal");
    }
    assert_eq!(desk.printed(&["--version"]), format!("frontdesk {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_makes_no_sense_ends_with_64_and_words() {
    let desk = Desk::new();
    let mistakes: [&[&str]; 12] = [
        &[],
        &["open"],
        &["chats", "--closed"],
        &["chats", "--format", "html"],
        &["transcript"],
        &["transcript", "first"],
        &["transcript", "0"],
        &["why"],
        &["why", "0"],
        &["why", "1", "--format", "html"],
        &["faq"],
        &["faq", "ask"],
    ];
    for typed in mistakes {
        let (code, told) = desk.failed(typed);
        assert_eq!(code, 64, "{typed:?}");
        assert!(told.contains("Usage:") || told.contains("--help"), "{typed:?}: {told}");
    }
}

#[test]
fn a_configuration_that_is_missing_or_wrong_ends_with_78() {
    let desk = Desk::new();
    let (code, told) = desk.failed(&["chats", "-c", "nowhere.toml"]);
    assert_eq!(code, 78);
    assert!(told.starts_with("frontdesk: nowhere.toml"), "{told}");
    fs::write(desk.file("wrong.toml"), "[store]\nurl = 1\n").unwrap();
    assert_eq!(desk.failed(&["transcript", "1", "-c", "wrong.toml"]).0, 78);
}

#[test]
fn a_database_that_is_not_there_ends_with_69_and_is_not_made() {
    let desk = Desk::new();
    for typed in [&["chats"] as &[&str], &["transcript", "1"], &["why", "1"]] {
        let (code, told) = desk.failed(typed);
        assert_eq!(code, 69);
        assert!(told.contains("there is no database at") && told.contains("frontdesk run"), "{told}");
    }
    assert!(!desk.file("desk.db").exists());
}

#[tokio::test]
async fn every_trouble_with_the_database_has_its_code() {
    let desk = Desk::with(vec![]).await;
    let database = rusqlite::Connection::open(desk.file("desk.db")).unwrap();
    database.execute_batch("PRAGMA user_version = 999").unwrap();
    assert_eq!(desk.failed(&["chats"]).0, 69, "newer schema");
    drop(database);
    for name in ["desk.db", "desk.db-wal", "desk.db-shm"] {
        drop(fs::remove_file(desk.file(name)));
    }
    fs::write(desk.file("desk.db"), "Dear diary, ".repeat(500)).unwrap();
    let (code, told) = desk.failed(&["chats"]);
    assert_eq!(code, 74, "no database at all");
    assert!(!told.contains("diary"), "{told}");
    fs::remove_file(desk.file("desk.db")).unwrap();
    let database = rusqlite::Connection::open(desk.file("desk.db")).unwrap();
    database.execute_batch("CREATE TABLE recipe (title TEXT)").unwrap();
    assert_eq!(desk.failed(&["chats"]).0, 78, "another program's");
}

#[tokio::test]
async fn an_unknown_chat_ends_with_64_and_a_sentence() {
    let desk = Desk::with(vec![chat_record(chat(1))]).await;
    for format in ["text", "json", "html"] {
        let (code, told) = desk.failed(&["transcript", "2", "--format", format]);
        assert_eq!((code, told.as_str()), (64, "frontdesk: there is no chat 2: `frontdesk chats` lists them\n"));
    }
    for format in ["text", "json"] {
        let (code, told) = desk.failed(&["why", "2", "--format", format]);
        assert_eq!((code, told.as_str()), (64, "frontdesk: there is no chat 2: `frontdesk chats` lists them\n"));
    }
}

#[tokio::test]
async fn the_configuration_is_named_anywhere_after_the_command() {
    let desk = Desk::with(vec![chat_record(chat(1))]).await;
    let elsewhere = desk.file("frontdesk.toml");
    let file = elsewhere.to_str().unwrap();
    let spellings: [&[&str]; 4] = [
        &["transcript", "-c", file, "1"],
        &["transcript", "1", "-c", file],
        &["transcript", "1", "--format", "json", "--config", file],
        &["transcript", "--format=json", "-c", file, "1"],
    ];
    for typed in spellings {
        let output = desk.command(typed).current_dir("/").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{typed:?}: {}", text(&output.stderr));
    }
}

#[tokio::test]
async fn chats_are_listed_beside_the_running_desk_as_the_contract_says() {
    let desk = Desk::new();
    let alice = Some("alice@chat.example");
    let _running = desk
        .remember(vec![
            chat_record(staged(1, StageName::Closed, alice, Some(Outcome::Answered))),
            chat_record(chat(2)),
            chat_record(staged(3, StageName::Closing, alice, Some(Outcome::Answered))),
            chat_record(staged(4, StageName::Closing, None, Some(Outcome::Missed))),
        ])
        .await;
    let listed = desk.json(&["chats", "--format", "json"]);
    assert_eq!(
        listed[0],
        json!({
            "id": 1,
            "room": "help-1@rooms.chat.example",
            "guest": "guest1@guest.example/tab",
            "queue": "support",
            "stage": "closed",
            "operator": "alice@chat.example",
            "opened_at": "2026-11-30T09:00:00.250Z",
            "closed_at": "2026-11-30T09:01:30.250Z",
            "outcome": "answered",
        })
    );
    let seen = |chat: &Value| json!([chat["id"], chat["stage"], chat["operator"], chat["closed_at"], chat["outcome"]]);
    let open = desk.json(&["chats", "--open", "--format", "json"]);
    let expected = [
        json!([2, "waiting", null, null, null]),
        json!([3, "serving", "alice@chat.example", null, null]),
        json!([4, "waiting", null, null, null]),
    ];
    assert_eq!(open.as_array().unwrap().iter().map(seen).collect::<Vec<_>>(), expected);
    let table = desk.printed(&["chats"]);
    assert_eq!(table.lines().count(), 5, "{table}");
    assert!(table.contains("CHAT  STAGE    OUTCOME   QUEUE"), "{table}");
}

#[tokio::test]
async fn nothing_is_an_empty_array() {
    let desk = Desk::with(vec![]).await;
    assert_eq!(desk.printed(&["chats", "--format", "json"]), "[]\n");
    assert_eq!(desk.printed(&["chats"]).lines().count(), 1);
}

#[tokio::test]
async fn a_transcript_in_json_is_as_the_contract_says() {
    let mut reply = line(1, 3, "Hello, I correct myself");
    reply.speaker = Speaker::Operator;
    reply.corrects = Some("m-2".to_owned());
    let mut join = line(1, 1, "");
    join.kind = LineKind::Joined;
    join.stanza_id = None;
    let records = vec![
        chat_record(chat(1)),
        line_record(owed(1, 2, "Please wait")),
        line_record(reply),
        line_record(join),
        choice_record(choice(1, 9)),
    ];
    let shown = Desk::with(records).await.json(&["transcript", "1", "--format", "json"]);
    assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["chat", "choices", "lines", "rating", "tags"]);
    assert_eq!(shown["choices"], json!([choice_in_json(9)]));
    assert_eq!(shown["chat"]["stage"], "waiting");
    let second = |seconds: u8, kind: &str, speaker: &str, nick: &str, seq: i64, body: &str| {
        json!({
            "seq": seq, "at": format!("2026-11-30T09:00:0{seconds}.250Z"), "kind": kind, "speaker": speaker,
            "nick": nick, "jid": "guest1@guest.example/tab", "stanza_id": null, "body": body,
            "joined_as": "Visitor", "corrects": null, "retracts": null,
        })
    };
    let mut said = second(3, "said", "operator", "Visitor", 3, "Hello, I correct myself");
    said["stanza_id"] = json!("s-3");
    said["corrects"] = json!("m-2");
    let mut unheard = second(2, "owed", "desk", "Support", 2, "Please wait");
    unheard["jid"] = Value::Null;
    unheard["joined_as"] = Value::Null;
    assert_eq!(shown["lines"], json!([second(1, "joined", "guest", "Visitor", 1, ""), said, unheard]));
}

/// The choice of the records, at that second.
fn choice_in_json(second: u8) -> Value {
    json!({
        "at": format!("2026-11-30T09:00:0{second}.250Z"), "kind": "offered", "queue": "support", "chosen": ["Bob"],
        "because": "round-robin: his turn is longest ago",
        "skipped": [{"operator": "Alice", "why": "3 of 3 chats"}, {"operator": "Carol", "why": "away"}],
        "more": [["offline", 10], ["full", 2]],
    })
}

fn because(kind: ChoiceKind, chosen: &[&str], because: &str) -> Choice {
    let chosen = chosen.iter().map(|name| (*name).into()).collect();
    Choice { kind, chosen, because: because.to_owned().into(), others: Others::default(), ..choice(1, 14) }
}

#[tokio::test]
async fn each_choice_is_told_with_its_reason_beside_the_running_desk() {
    use ChoiceKind::{Escalated, Nobody, Offered, Overflowed, Queued, Revoked, Taken, Transferred};
    let skipped = |operator: &str, why: &str| Skipped { operator: operator.into(), why: why.into() };
    let several = Choice {
        others: Others::Told(Told {
            skipped: vec![skipped("Dave", "away"), skipped("Erin", "full"), skipped("Frank", "away")],
            more: vec![("3 of 3 chats".into(), 2)],
        }),
        ..because(Nobody, &[], "")
    };
    let choices = [
        because(Queued, &["support"], "it is the default"),
        choice(1, 14),
        several,
        because(Offered, &["Bob", "Carol"], "broadcast."),
        because(Taken, &["Carol"], "!take"),
        because(Revoked, &["Carol"], "120 s without a word"),
        because(Escalated, &["boss"], "waits for 180 s"),
        because(Transferred, &["boss"], "by Carol"),
        Choice { at: at(86_400), ..because(Overflowed, &["sales"], "5 chats wait before it") },
    ];
    let desk = Desk::new();
    let records = [chat_record(chat(1)), chat_record(chat(2))].into_iter().chain(choices.map(choice_record));
    let _running = desk.remember(records.collect()).await;
    let shown = desk.printed(&["why", "1"]);
    let (head, told) = shown.split_once("\n\n").unwrap();
    assert!(head.starts_with("Chat 1: waiting\n  queue     support\n"), "{head}");
    let expected = "\
2026-11-30, times in UTC
09:00:14  came to the queue support (it is the default).
09:00:14  offered to Bob (round-robin: his turn is longest ago). Not Alice: 3 of 3 chats. Not Carol: away. \
12 more: 10 offline, 2 full.
09:00:14  nobody in the queue support can take it. Not Dave, Frank: away. Not Erin: full. 2 more: 2 × 3 of 3 chats.
09:00:14  offered to Bob, Carol (broadcast).
09:00:14  taken by Carol (!take).
09:00:14  taken back from Carol (120 s without a word).
09:00:14  escalated to boss (waits for 180 s).
09:00:14  transferred to boss (by Carol).

2026-12-01, times in UTC
09:00:00  overflowed to the queue sales (5 chats wait before it).
";
    assert_eq!(told, expected);
    let shown = desk.json(&["why", "1", "--format", "json"]);
    assert_eq!(shown["chat"], desk.json(&["transcript", "1", "--format", "json"])["chat"]);
    assert_eq!(shown["choices"].as_array().unwrap().len(), 9);
    assert_eq!(shown["choices"][8]["at"], "2026-12-01T09:00:00.250Z");
    assert!(desk.printed(&["why", "2"]).ends_with("\n\nNo choice is recorded for this chat.\n"));
    assert_eq!(desk.json(&["why", "2", "--format", "json"])["choices"], json!([]));
}

#[tokio::test]
async fn a_transcript_in_text_shows_who_spoke_what_is_owed_and_where_something_is_missing() {
    let gap = LineRecord {
        kind: LineKind::Gap,
        speaker: Speaker::Desk,
        nick: None,
        jid: None,
        ..line(1, 3, "09:00 to 09:05")
    };
    let records = vec![
        chat_record(staged(1, StageName::Closed, Some("alice@chat.example"), Some(Outcome::Abandoned))),
        line_record(LineRecord { kind: LineKind::Joined, stanza_id: None, ..line(1, 1, "") }),
        line_record(line(1, 2, "first\nsecond")),
        line_record(gap),
        line_record(LineRecord { nick: Some("Renamed".into()), at: at(86_400), ..line(1, 4, "still me") }),
        line_record(owed(1, 5, "Please wait")),
    ];
    let shown = Desk::with(records).await.printed(&["transcript", "1"]);
    let expected = "\
Chat 1: closed, abandoned
  queue     support
  guest     guest1@guest.example/tab
  operator  alice@chat.example
  tags      vip, a/b
  room      help-1@rooms.chat.example
  opened    2026-11-30 09:00:00 UTC
  closed    2026-11-30 09:01:30 UTC

2026-11-30, times in UTC
09:00:01  guest     * Visitor joined
09:00:02  guest     <Visitor> first
                    second
09:00:03  desk      * GAP: something may be missing here: 09:00 to 09:05

2026-12-01, times in UTC
09:00:00  guest     <Renamed (joined as Visitor)> still me

2026-11-30, times in UTC
09:00:05  desk      <Support> [not heard in the room yet] Please wait
";
    assert_eq!(shown, expected);
}

fn hostile_records() -> Vec<Record> {
    let hostile = LineRecord { nick: Some(HOSTILE.into()), joined_as: Some(HOSTILE.into()), ..line(1, 1, HOSTILE) };
    let left = LineRecord { kind: LineKind::Left, stanza_id: None, seq: 2, place: Some(2), ..hostile.clone() };
    let guest = "guest@guest.example/\u{202e}<script>".parse();
    let chat = ChatRecord { guest: guest.unwrap_or(chat(1).guest), queue: HOSTILE.into(), ..chat(1) };
    let skipped = vec![Skipped { operator: HOSTILE.into(), why: HOSTILE.into() }];
    let others = Others::Told(Told { skipped, more: vec![(HOSTILE.into(), 1)] });
    let hostile_choice = Choice { queue: HOSTILE.into(), because: HOSTILE.into(), others, ..choice(1, 1) };
    vec![chat_record(chat), line_record(hostile), line_record(left), choice_record(hostile_choice)]
}

#[tokio::test]
async fn hostile_words_do_nothing_to_a_terminal_and_forge_no_line() {
    let desk = Desk::with(hostile_records()).await;
    for typed in [&["transcript", "1"] as &[&str], &["chats"], &["why", "1"], &["why", "1", "--format", "json"]] {
        let shown = desk.printed(typed);
        assert!(!shown.contains(is_dangerous), "{shown:?}");
    }
    let shown = desk.printed(&["transcript", "1"]);
    assert!(shown.contains("<U+001B>[2J") && shown.contains("<U+202E>drow"), "{shown}");
    let shown = format!("{shown}{}", desk.printed(&["why", "1"]));
    let forged: Vec<_> = shown.lines().filter(|line| line.starts_with("10:00:00")).collect();
    assert_eq!(forged, [""; 0]);
}

#[tokio::test]
async fn hostile_words_do_nothing_to_a_page() {
    let page = Desk::with(hostile_records()).await.printed(&["transcript", "1", "--format", "html"]);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains(is_dangerous), "{page:?}");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    assert!(!page.contains("src=") && !page.contains("href=") && !page.contains("url("), "needs nothing else");
    assert!(page.contains("default-src 'none'") && page.contains("prefers-color-scheme: dark"));
}

#[tokio::test]
async fn hostile_words_pass_unchanged_through_json_and_harmlessly_by_the_terminal() {
    let desk = Desk::with(hostile_records()).await;
    let printed = desk.printed(&["transcript", "1", "--format", "json"]);
    assert!(!printed.contains(is_dangerous), "{printed:?}");
    assert_eq!(printed.lines().count(), 1);
    let shown: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(shown["lines"][0]["body"], HOSTILE);
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_is_no_error() {
    let lines = (1..=3_000).map(|seq| line_record(line(1, seq, &"many words ".repeat(10))));
    let desk = Desk::with([chat_record(chat(1))].into_iter().chain(lines).collect()).await;
    for format in ["text", "json", "html"] {
        let mut command = desk.command(&["transcript", "1", "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{format}");
    }
}

#[tokio::test]
async fn an_output_that_is_full_ends_with_74() {
    let desk = Desk::with(vec![chat_record(chat(1))]).await;
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = desk.command(&["chats"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(74));
    assert!(text(&output.stderr).starts_with("frontdesk: standard output: "), "{}", text(&output.stderr));
}

#[test]
fn the_faq_is_asked_with_words() {
    let desk = Desk::new();
    let ask = ["faq", "ask", "printer", "offline"];
    let (code, told) = desk.failed(&ask);
    assert_eq!(code, 78);
    assert!(told.contains("there is no FAQ"), "{told}");

    fs::create_dir(desk.file("faq")).unwrap();
    fs::write(desk.file("faq/printer.md"), "# Why is my printer offline?\n\nSwitch it on.\n").unwrap();
    let shown = desk.printed(&ask);
    assert!(shown.contains("Why is my printer offline? (printer)") && shown.contains("Switch it on."), "{shown}");
    let found = desk.json(&[&ask[..], &["--format", "json"]].concat());
    assert_eq!((&found["verdict"], &found["entries"][0]["id"]), (&json!("answer"), &json!("printer")));
    assert!(found["entries"][0]["score"].is_f64(), "{found}");
    let nothing = desk.json(&["faq", "ask", "--format", "json", "--", "--zebra"]);
    assert_eq!(nothing, json!({"verdict": "none", "entries": []}));

    fs::write(desk.file("faq/broken.md"), b"\xff\xfe").unwrap();
    let output = desk.run(&ask);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("broken.md"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn the_largest_chat_number_is_shown_exactly() {
    let records =
        vec![chat_record(chat(i64::MAX)), line_record(LineRecord { chat: ChatId(i64::MAX), ..line(1, 7, "x") })];
    let shown = Desk::with(records).await.json(&["transcript", &i64::MAX.to_string(), "--format", "json"]);
    assert_eq!((&shown["chat"]["id"], &shown["lines"][0]["seq"]), (&json!(i64::MAX), &json!(7)));
}
