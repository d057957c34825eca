//! The real binary, asked to prove, find, copy, give and forget, beside a store that is open.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;
#[path = "support/shell.rs"]
mod shell;

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{
    ChatRecord, LeftMessage, LineKind, LineRecord, Outcome, Rating, Record, StageName, Thumb,
};
use frontdesk::store::Store;
use records::{at, chat, chat_record, choice, choice_record, line, line_record};
use serde_json::{Value, json};
use shell::{Shell, is_dangerous, text};

const CONFIG: &str = r#"
[xmpp]
jid = "support@chat.example"
[rooms]
services = ["rooms.chat.example"]
[store]
url = "sqlite:desk.db"
log_dir = "logs"
[[queue]]
name = "support"
"#;

/// Everything that could leave its line, colour the terminal, or turn the reading order.
const HOSTILE: &str = "=cmd|'/c calc'!A1 \u{1b}[2J\u{1b}]0;owned\u{7}<script>alert('x')</script> \u{202e}drow\u{202c} \
                       \u{2066}i\u{9b}31m \"quoted\", & \u{85}\r\n=1+1\ttab\u{2028}end\0\u{7f}";

/// A configuration, and a database that a desk has open.
struct Desk {
    shell: Shell,
    store: Store,
}

impl Deref for Desk {
    type Target = Shell;

    fn deref(&self) -> &Shell {
        &self.shell
    }
}

impl Desk {
    async fn with(records: Vec<Record>) -> Self {
        let shell = Shell::new(CONFIG);
        let store = shell.place.open();
        store.commit(Arc::new(records), at(0)).await.unwrap();
        Self { shell, store }
    }

    /// Whether the words are anywhere in the folder.
    fn knows(&self, words: &str) -> bool {
        fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
            let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
        }
        let holds =
            |bytes: &[u8]| bytes.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words.as_bytes()));
        files(self.place.folder()).iter().any(|file| holds(&fs::read(file).unwrap()))
    }
}

fn closed(id: i64) -> ChatRecord {
    ChatRecord { stage: StageName::Closed, closed_at: Some(at(90)), outcome: Some(Outcome::Answered), ..chat(id) }
}

fn two_chats() -> Vec<Record> {
    let bobs = LineRecord { jid: Some("guest2@guest.example/tab".to_owned()), ..line(2, 1, "another subject") };
    vec![
        chat_record(closed(1)),
        line_record(line(1, 1, "My printer\nis offline")),
        line_record(LineRecord { kind: LineKind::Left, stanza_id: None, ..line(1, 2, "") }),
        chat_record(closed(2)),
        line_record(bobs),
    ]
}

fn hostile() -> Vec<Record> {
    let said = LineRecord { nick: Some(HOSTILE.into()), joined_as: Some(HOSTILE.into()), ..line(1, 1, HOSTILE) };
    vec![chat_record(ChatRecord { queue: HOSTILE.into(), ..closed(1) }), line_record(said)]
}

fn mode(desk: &Desk, name: &str) -> u32 {
    fs::metadata(desk.place.file(name)).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn help_teaches_each_command() {
    let desk = Desk::with(vec![]).await;
    let help = desk.printed(&["--help"]);
    for command in ["search", "backup", "verify", "export", "erase", "purge"] {
        assert!(help.contains(&format!("\n  {command}")), "{command}: {help}");
        let help = desk.printed(&[command, "--help"]);
        assert!(help.contains("Usage:") && help.contains("--config <FILE>"), "{help}");
    }
}

#[tokio::test]
async fn a_whole_record_verifies_and_a_changed_one_ends_with_74() {
    let desk = Desk::with(two_chats()).await;
    assert_eq!(desk.printed(&["verify"]), "2 chats (0 erased), 3 lines, 3 links: 0 faults\n");
    desk.place.foreign().execute_batch("UPDATE line SET body = 'secret words' WHERE chat = 2").unwrap();
    let output = desk.run(&["verify"]);
    assert_eq!(output.status.code(), Some(74));
    let told = "chat 2, line 1: it is not as it was recorded\n2 chats (0 erased), 3 lines, 3 links: 1 faults\n";
    assert_eq!(text(&output.stdout), told);
    assert_eq!(text(&output.stderr), "frontdesk: the record is not whole: 1 faults\n");
}

#[tokio::test]
async fn words_are_searched_for_and_shown_in_a_line() {
    let desk = Desk::with(two_chats()).await;
    let shown = desk.printed(&["search", "PRINTER", "offline"]);
    assert_eq!(shown, "chat 1 line 1  2026-11-30 09:00:01  guest     <Visitor> My printer is offline\n");
    let expected = json!([{
        "chat": 1, "seq": 1, "at": "2026-11-30T09:00:01.250Z", "speaker": "guest", "nick": "Visitor",
        "snippet": "My printer\nis offline",
    }]);
    assert_eq!(desk.json(&["search", "printer", "--format", "json"]), expected);
    assert_eq!(desk.printed(&["search", "zebra", "--format", "json"]), "[]\n");
    assert_eq!(desk.printed(&["search", "--limit", "1", "subject"]).lines().count(), 1);
    for words in ["\"", "(", "body:", "NEAR(", "*", "--"] {
        assert_eq!(desk.printed(&["search", "--", words]), "", "{words}");
    }
    let many = vec!["x"; 33];
    assert_eq!(desk.failed(&[&["search"], &many[..]].concat()).0, 64);
    assert_eq!(desk.failed(&["search"]).0, 64);
    assert_eq!(desk.failed(&["search", "x", "--limit", "0"]).0, 64);
}

#[tokio::test]
async fn a_backup_is_made_once_and_for_its_owner() {
    let desk = Desk::with(two_chats()).await;
    assert_eq!(desk.printed(&["backup", "copy.db"]), "");
    assert_eq!(mode(&desk, "copy.db"), 0o600);
    let (code, told) = desk.failed(&["backup", "copy.db"]);
    assert_eq!((code, told.contains("nothing is overwritten")), (64, true), "{told}");
    fs::write(desk.place.file("copy.toml"), CONFIG.replace("desk.db", "copy.db")).unwrap();
    assert_eq!(desk.printed(&["verify", "-c", "copy.toml"]), "2 chats (0 erased), 3 lines, 3 links: 0 faults\n");
    assert_eq!(desk.failed(&["backup", "no/such/folder.db"]).0, 74);
}

#[tokio::test]
async fn a_guest_gets_all_that_is_kept_and_nothing_of_others() {
    let desk = Desk::with(two_chats()).await;
    let whole = desk.json(&["export", "--guest", "guest1@guest.example"]);
    assert_eq!(whole["chats"].as_array().unwrap().len(), 1);
    let chat = &whole["chats"][0]["chat"];
    assert_eq!((&chat["id"], &chat["language"], &chat["password"]), (&json!(1), &json!("de"), &json!("geheim ß")));
    let said = &whole["chats"][0]["lines"][0];
    assert_eq!((&said["body"], &said["message_id"]), (&json!("My printer\nis offline"), &json!("m-1")));
    assert_eq!((&whole["chats"][0]["choices"], &whole["chats"][0]["message"]), (&json!([]), &Value::Null));
    for format in ["json", "csv", "text", "html"] {
        let shown = desk.printed(&["export", "--chat", "1", "--format", format]);
        assert!(shown.contains("printer") && !shown.contains("another subject"), "{format}: {shown}");
        assert_eq!(desk.printed(&["export", "--chat", "1", "--format", format, "--output", format]), "");
        assert_eq!((mode(&desk, format), fs::read_to_string(desk.place.file(format)).unwrap()), (0o600, shown));
        assert_eq!(desk.failed(&["export", "--chat", "1", "--output", format]).0, 64, "nothing is overwritten");
    }
    assert_eq!(desk.failed(&["export", "--guest", "nobody@guest.example"]).0, 64);
    assert_eq!(desk.failed(&["export", "--chat", "9"]).0, 64);
    assert_eq!(desk.failed(&["export"]).0, 64);
    assert_eq!(desk.failed(&["export", "--chat", "1", "--guest", "a@b.example"]).0, 64);
    assert_eq!(desk.failed(&["export", "--guest", "@"]).0, 64);
}

#[tokio::test]
async fn choices_and_a_message_that_was_left_are_given_too_and_erased_too() {
    let message = LeftMessage {
        chat: ChatId(1),
        queue: "support".into(),
        guest: closed(1).guest,
        at: at(8),
        body: "xylophone".to_owned(),
        told: vec!["bob@chat.example".parse().unwrap()],
    };
    let mut records = two_chats();
    records.extend([choice_record(choice(1, 5)), Record::Message(Box::new(message))]);
    let desk = Desk::with(records).await;
    let whole = &desk.json(&["export", "--guest", "guest1@guest.example"])["chats"][0];
    assert_eq!((&whole["choices"][0]["kind"], &whole["choices"][0]["chosen"]), (&json!("offered"), &json!(["Bob"])));
    let expected = json!({
        "at": "2026-11-30T09:00:08.250Z", "queue": "support", "guest": "guest1@guest.example/tab",
        "body": "xylophone", "told": ["bob@chat.example"],
    });
    assert_eq!(whole["message"], expected);
    assert!(desk.knows("xylophone") && desk.knows("longest ago"));
    assert_eq!(desk.printed(&["erase", "--chat", "1", "--yes"]), "erased 1 chats with 2 lines\n");
    assert!(!desk.knows("xylophone") && !desk.knows("longest ago"));
    assert!(desk.printed(&["why", "1"]).ends_with("\nNo choice is recorded for this chat.\n"));
}

#[tokio::test]
async fn what_the_guest_thought_of_it_is_shown_and_given_and_erased() {
    let rating = |second: i64, thumb, words: &str| {
        Record::Rating(Box::new(Rating { chat: ChatId(1), at: at(second), thumb, words: words.to_owned() }))
    };
    let mut records = two_chats();
    records.extend([rating(8, Thumb::Down, "marimba"), rating(9, Thumb::Up, "glockenspiel\n<b>")]);
    let desk = Desk::with(records).await;
    let expected = json!({"at": "2026-11-30T09:00:09.250Z", "thumb": "up", "words": "glockenspiel\n<b>"});
    assert_eq!(desk.json(&["export", "--chat", "1"])["chats"][0]["rating"], expected);
    assert_eq!(desk.json(&["transcript", "1", "--format", "json"])["rating"], expected);
    assert_eq!(desk.json(&["transcript", "2", "--format", "json"])["rating"], Value::Null);
    let text = desk.printed(&["transcript", "1"]);
    assert!(text.lines().last().unwrap().starts_with("the guest's rating: thumb up: glockenspiel"), "{text}");
    let page = desk.printed(&["transcript", "1", "--format", "html"]);
    assert!(page.contains("thumb up: glockenspiel") && !page.contains("<b>"), "{page}");
    desk.printed(&["erase", "--chat", "1", "--yes"]);
    assert!(!desk.knows("glockenspiel") && !desk.knows("marimba"));
}

#[tokio::test]
async fn a_table_has_a_row_for_each_line_and_no_formula() {
    let desk = Desk::with(hostile()).await;
    let shown = desk.printed(&["export", "--chat", "1", "--format", "csv"]);
    assert!(!shown.replace("\r\n", "\n").contains(is_dangerous), "{shown:?}");
    let mut table = csv::Reader::from_reader(shown.as_bytes());
    let headings: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!((headings.len(), headings[0].as_str(), headings[22].as_str()), (23, "chat", "body"));
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    for cell in &rows[0] {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell:?}");
    }
    assert!(rows[0][22].starts_with("'=cmd|'/c calc'!A1 <U+001B>[2J"), "{:?}", &rows[0][22]);
}

#[tokio::test]
async fn formulas_are_text_however_they_begin() {
    let beginnings =
        ["=1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "\u{ff1d}1", "\u{ff20}x", "plain", "a=1"];
    let lines = (1..).zip(beginnings).map(|(seq, body)| line_record(line(1, seq, body)));
    let desk = Desk::with([chat_record(closed(1))].into_iter().chain(lines).collect()).await;
    let shown = desk.printed(&["export", "--chat", "1", "--format", "csv"]);
    let bodies = csv::Reader::from_reader(shown.as_bytes()).into_records().map(|row| row.unwrap()[22].to_owned());
    let marked: Vec<bool> = bodies.map(|body| body.starts_with('\'')).collect();
    assert_eq!(marked, [vec![true; 10], vec![false; 2]].concat());
}

#[tokio::test]
async fn hostile_words_do_nothing_to_who_searches_or_exports() {
    let desk = Desk::with(hostile()).await;
    for typed in [
        &["search", "drow"] as &[&str],
        &["search", "drow", "--format", "json"],
        &["export", "--chat", "1"],
        &["export", "--chat", "1", "--format", "text"],
        &["export", "--chat", "1", "--format", "html"],
    ] {
        let shown = desk.printed(typed);
        assert!(shown.contains("drow") && !shown.contains(is_dangerous), "{typed:?}: {shown:?}");
    }
    assert_eq!(desk.printed(&["search", "drow"]).lines().count(), 1, "one line of output for one that was found");
    let page = desk.printed(&["export", "--chat", "1", "--format", "html"]);
    assert!(
        !page.contains("<script") && page.contains("&lt;script&gt;") && page.contains("default-src 'none'"),
        "{page}"
    );
    assert_eq!(desk.json(&["export", "--chat", "1"])["chats"][0]["lines"][0]["body"], HOSTILE);
}

#[tokio::test]
async fn a_chat_is_erased_everywhere_after_a_yes() {
    let desk = Desk::with(two_chats()).await;
    fs::create_dir(desk.place.file("logs")).unwrap();
    for name in ["logs/1.txt", "logs/1.jsonl", "logs/2.txt"] {
        fs::write(desk.place.file(name), "My printer is offline").unwrap();
    }
    let (code, told) = desk.failed(&["erase", "--chat", "1"]);
    assert_eq!((code, told.contains("--yes")), (64, true), "{told}");
    assert!(desk.place.file("logs/1.txt").exists());

    assert_eq!(desk.printed(&["erase", "--chat", "1", "--yes"]), "erased 1 chats with 2 lines\n");
    assert!(!desk.place.file("logs/1.txt").exists() && !desk.place.file("logs/1.jsonl").exists());
    assert!(desk.place.file("logs/2.txt").exists());
    fs::remove_file(desk.place.file("logs/2.txt")).unwrap();
    for words in ["printer", "guest1@guest", "help-1@"] {
        assert!(!desk.knows(words), "{words}");
    }
    assert!(desk.knows("another subject"));
    assert_eq!(desk.printed(&["verify"]), "2 chats (1 erased), 3 lines, 3 links: 0 faults\n");
    let shown = desk.json(&["transcript", "1", "--format", "json"]);
    assert_eq!(
        (&shown["chat"]["guest"], &shown["chat"]["outcome"]),
        (&json!("erased@erased.invalid/erased"), &json!("answered"))
    );
    assert_eq!(desk.printed(&["erase", "--chat", "1", "--yes"]), "erased 1 chats with 0 lines\n", "again");
    assert_eq!(desk.failed(&["erase", "--guest", "guest1@guest.example", "--yes"]).0, 64, "nobody knows them any more");

    let late = LineRecord { seq: 2, place: Some(2), ..line(2, 2, "the desk goes on") };
    desk.store.commit(Arc::new(vec![line_record(late)]), at(0)).await.unwrap();
    assert_eq!(desk.printed(&["verify"]), "2 chats (1 erased), 4 lines, 4 links: 0 faults\n");
}

#[tokio::test]
async fn of_a_guest_with_an_open_chat_nothing_is_erased() {
    let mut records = two_chats();
    records.push(chat_record(ChatRecord { guest: closed(1).guest, ..chat(3) }));
    let desk = Desk::with(records).await;
    let (code, told) = desk.failed(&["erase", "--guest", "guest1@guest.example", "--yes"]);
    assert_eq!((code, told.contains("chat 3")), (69, true), "{told}");
    assert!(desk.knows("printer"));
    assert_eq!(desk.failed(&["erase", "--chat", "9", "--yes"]).0, 64);
}

#[tokio::test]
async fn a_purge_takes_what_is_older_than_the_retention() {
    let old = ChatRecord { closed_at: Some("2020-01-01T00:00:00Z".parse().unwrap()), ..closed(1) };
    let new = ChatRecord { closed_at: Some("2999-01-01T00:00:00Z".parse().unwrap()), ..closed(2) };
    let lines = [line_record(line(1, 1, "ancient words")), line_record(line(2, 1, "young words"))];
    let desk = Desk::with([chat_record(old), chat_record(new)].into_iter().chain(lines).collect()).await;
    assert_eq!(desk.printed(&["purge"]), "erased 1 chats\n");
    assert!(!desk.knows("ancient") && desk.knows("young"));
    assert_eq!(desk.printed(&["purge"]), "erased 0 chats\n");
    assert_eq!(desk.printed(&["verify"]), "2 chats (1 erased), 2 lines, 2 links: 0 faults\n");
}

#[tokio::test]
async fn a_desk_that_is_busy_for_long_ends_with_69_and_nothing_is_erased() {
    let desk = Desk::with(two_chats()).await;
    let other = desk.place.foreign();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (code, told) = desk.failed(&["erase", "--chat", "1", "--yes"]);
    assert_eq!((code, told.contains("busy")), (69, true), "{told}");
    drop(other);
    assert!(desk.knows("printer"));
}
