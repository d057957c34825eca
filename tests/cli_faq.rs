//! The real binary, asked what the FAQ could not answer, and what it may learn, beside a store that is open.

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

use chrono::TimeDelta;
use frontdesk::clock::Clock;
use frontdesk::desk::record::{FaqVerdict, Record};
use frontdesk::store::Store;
use records::{at, chat, chat_record, faq_alias, faq_asked, faq_entry};
use serde_json::{Value, json};
use shell::Shell;

const CONFIG: &str = r#"
[xmpp]
jid = "support@chat.example"
[rooms]
services = ["rooms.chat.example"]
[store]
url = "sqlite:desk.db"
[[queue]]
name = "support"
"#;

const PRINTER: &str = "# How do I print?\naliases: printer\nlang: en\n\nSwitch it on.\n";

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
        let shell = Shell::within(&["faq"], CONFIG);
        let place = &shell.place;
        fs::create_dir(place.file("faq")).unwrap();
        fs::write(place.file("faq/printer.md"), PRINTER).unwrap();
        let store = place.open();
        let all = [chat_record(chat(1)), chat_record(chat(2))].into_iter().chain(records).collect();
        store.commit(Arc::new(all), at(0)).await.unwrap();
        Self { shell, store }
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.place.file(&format!("faq/{name}"))).unwrap()
    }

    /// An editor that does this to the file that it is given.
    fn editor(&self, script: &str) {
        let editor = self.place.file("an editor");
        fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(editor, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn waiting(&self) -> Vec<i64> {
        let list = self.json(&["review", "list", "--format", "json"]);
        list.as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
    }
}

/// So many days ago, in seconds from the records' beginning.
fn days_ago(days: i64) -> i64 {
    let now = Clock::start().now().wall;
    (now - TimeDelta::days(days) - at(0)).num_seconds()
}

fn unanswered(chat: Option<i64>, words: &str) -> Record {
    faq_asked(chat, days_ago(1), words, FaqVerdict::None)
}

// Gaps

#[tokio::test]
async fn gaps_are_grouped_and_counted_the_most_frequent_first() {
    let suggested = |chat, words| faq_asked(chat, days_ago(2), words, FaqVerdict::Suggestions);
    let desk = Desk::with(vec![
        unanswered(Some(1), "where is the cafeteria"),
        unanswered(Some(1), "how do I reset my password"),
        unanswered(Some(2), "Password reset"),
        unanswered(None, "password reset"),
        unanswered(None, "resetting my pasword"),
        suggested(Some(1), "toner is empty"),
        suggested(Some(2), "paper is empty"),
        faq_asked(Some(2), days_ago(1), "paper is empty", FaqVerdict::Picked),
        faq_asked(Some(2), days_ago(1), "the printer", FaqVerdict::Answer),
        unanswered(None, "printer"),
        faq_asked(None, days_ago(40), "long ago", FaqVerdict::None),
    ])
    .await;
    let gaps = desk.json(&["gaps", "--format", "json"]);
    let told: Vec<(&str, u64)> = gaps
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| (gap["question"].as_str().unwrap(), gap["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [("Password reset", 4), ("where is the cafeteria", 1), ("toner is empty", 1)]);
    assert_eq!(
        gaps[0]["spellings"],
        json!([
            {"words": "Password reset", "count": 2},
            {"words": "how do I reset my password", "count": 1},
            {"words": "resetting my pasword", "count": 1},
        ])
    );
    assert_eq!(gaps[0]["nearest"], Value::Null);

    let told = desk.printed(&["gaps"]);
    assert!(
        told.starts_with("    4x  Password reset\n        also: how do I reset my password (1x) · resetting"),
        "{told}"
    );
    let end = "In 30 days: 9 asked, 1 answered, 2 given suggestions (1 picks), 6 given nothing. 1 of those without an \
               answer would get one today.\n";
    assert!(told.ends_with(end), "{told}");
    assert_eq!(desk.json(&["gaps", "--days", "50", "--format", "json"]).as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn where_nothing_was_asked_there_are_no_gaps() {
    let desk = Desk::with(vec![]).await;
    assert_eq!(desk.printed(&["gaps"]), "Nothing was asked in 30 days.\n");
    assert_eq!(desk.json(&["gaps", "--format", "json"]), json!([]));
}

#[tokio::test]
async fn what_guests_typed_does_nothing_to_the_terminal() {
    let hostile = "\u{1b}[2J\u{202e}evil\u{7}\nsecond line";
    let desk = Desk::with(vec![unanswered(Some(1), hostile), faq_entry(Some(1), 1, hostile, hostile)]).await;
    for typed in [&["gaps"][..], &["review"], &["gaps", "--format", "json"], &["review", "list", "--format", "json"]] {
        let told = desk.printed(typed);
        assert!(told.contains("evil"), "{told}");
        assert!(!told.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{told:?}");
    }
}

// Review

#[tokio::test]
async fn what_waits_is_listed_once_each() {
    let desk = Desk::with(vec![
        faq_alias(Some(1), 1, "my thing is jammed", "printer"),
        faq_entry(Some(1), 2, "Where is paper?", "In the cupboard.\nOn the left."),
        faq_alias(Some(2), 3, "My thing is JAMMED!", "printer"),
        faq_alias(None, 4, "Printer", "printer"),
    ])
    .await;
    let list = desk.json(&["review", "list", "--format", "json"]);
    let first = json!({"id": 1, "kind": "alias", "question": "my thing is jammed", "language": "en", "answer": null,
        "operator": null, "entry": "printer", "count": 2, "chats": [1, 2], "at": "2026-11-30T09:00:03Z"});
    let second = json!({"id": 2, "kind": "entry", "question": "Where is paper?", "language": "en",
        "answer": "In the cupboard.\nOn the left.", "operator": "alice@chat.example", "entry": null, "count": 1,
        "chats": [1], "at": "2026-11-30T09:00:02Z"});
    assert_eq!(list, json!([first, second]), "an alias that the entry has needs no review");
    let told = desk.printed(&["review"]);
    let expected = "   1  alias for `printer`, picked 2 times, chat 1, 2, 2026-11-30\n      my thing is jammed\n   \
                    2  new entry, proposed by alice@chat.example, chat 1, 2026-11-30\n      Where is paper?\n      \
                    In the cupboard. On the left.\n";
    assert!(told.starts_with(expected), "{told}");
    assert_eq!(told, desk.printed(&["review", "list"]));
}

#[tokio::test]
async fn an_accepted_entry_is_a_new_file() {
    let desk = Desk::with(vec![
        faq_entry(Some(1), 1, "Where is *paper*?", "In the cupboard.\n\n# On the left\nsee: there"),
        faq_entry(Some(1), 2, "Printer", "another"),
    ])
    .await;
    assert_eq!(desk.printed(&["review", "accept", "1"]), "written: ./faq/where-is-paper.md\n");
    let expected = "# Where is \\*paper\\*?\nlang: en\n\nIn the cupboard.\n\n\\# On the left\\\nsee: there\n";
    assert_eq!(desk.file("where-is-paper.md").replace("\\:", ":"), expected);
    assert_eq!(desk.printed(&["review", "accept", "2"]), "written: ./faq/printer-2.md\n");
    assert_eq!(desk.file("printer.md"), PRINTER);
    assert_eq!(desk.waiting(), [0; 0]);
    let (code, told) = desk.failed(&["review", "accept", "1"]);
    assert_eq!(code, 64);
    assert!(told.contains("no proposal 1 waits"), "{told}");
    let found = desk.json(&["ask", "--format", "json", "where is paper"]);
    assert_eq!((&found["verdict"], &found["entries"][0]["id"]), (&json!("answer"), &json!("where-is-paper")));
}

#[tokio::test]
async fn an_entry_may_be_changed_before_it_is_written() {
    let desk = Desk::with((1..=4).map(|n| faq_entry(Some(1), n, &format!("Question {n}"), "answer")).collect()).await;
    let typed = ["review", "accept", "1", "--name", "paper", "--question", "Where is paper?", "--answer", "There."];
    assert_eq!(desk.printed(&typed), "written: ./faq/paper.md\n");
    assert_eq!(desk.file("paper.md"), "# Where is paper?\nlang: en\n\nThere.\n");

    let (code, told) = desk.failed(&["review", "accept", "2", "--name", "printer"]);
    assert!(code == 64 && told.contains("an entry `printer` already"), "{told}");
    desk.editor("sed -i 's/answer/edited/; s/lang: en/aliases: two/' \"$1\"");
    assert_eq!(desk.printed(&["review", "accept", "2", "--edit"]), "written: ./faq/question-2.md\n");
    assert_eq!(desk.file("question-2.md"), "# Question 2\naliases: two\n\nedited\n");

    desk.editor("echo no heading > \"$1\"");
    let (code, told) = desk.failed(&["review", "accept", "3", "--edit"]);
    assert!(code == 64 && told.contains("has no heading"), "{told}");
    desk.editor("exit 1");
    let (code, told) = desk.failed(&["review", "accept", "3", "--edit"]);
    assert!(code == 64 && told.contains("nothing is done"), "{told}");
    assert_eq!(desk.waiting(), [3, 4]);
}

#[tokio::test]
async fn an_accepted_alias_stands_in_its_entry() {
    let desk = Desk::with(vec![
        faq_alias(Some(1), 1, "my thing is jammed", "printer"),
        faq_alias(Some(2), 2, "my thing is jammed", "printer"),
        faq_alias(Some(2), 3, "other words", "plotter"),
        faq_alias(Some(2), 4, "more words", "printer"),
    ])
    .await;
    assert_eq!(desk.printed(&["review", "accept", "2"]), "written: ./faq/printer.md\n");
    assert_eq!(desk.file("printer.md"), PRINTER.replace("printer\n", "printer, my thing is jammed\n"));
    assert_eq!(desk.waiting(), [3, 4]);
    let (code, told) = desk.failed(&["review", "accept", "3"]);
    assert!(code == 64 && told.contains("there is no entry `plotter`"), "{told}");
    desk.printed(&["review", "accept", "4", "--question", "jam"]);
    assert_eq!(desk.file("printer.md"), PRINTER.replace("printer\n", "printer, my thing is jammed, jam\n"));
    let (code, _) = desk.failed(&["review", "accept", "3", "--name", "x"]);
    assert_eq!(code, 64);
}

#[tokio::test]
async fn what_was_rejected_does_not_come_again() {
    let alias = |chat, seconds| faq_alias(Some(chat), seconds, "words", "printer");
    let desk =
        Desk::with(vec![alias(1, 1), faq_entry(Some(1), 2, "Why?", "Because."), faq_entry(Some(2), 2, "Why?", "So.")])
            .await;
    assert_eq!(desk.printed(&["review", "reject", "1", "2"]), "");
    assert_eq!(desk.waiting(), [3]);
    desk.store.commit(Arc::new(vec![alias(2, 9)]), at(9)).await.unwrap();
    assert_eq!(desk.waiting(), [3]);
    assert_eq!(desk.failed(&["review", "reject", "3", "7"]).0, 64);
    assert_eq!(desk.waiting(), [3], "all or none");
    assert_eq!(desk.file("printer.md"), PRINTER);
}

#[tokio::test]
async fn help_teaches_each_command() {
    let desk = Desk::with(vec![]).await;
    let help = desk.printed(&["--help"]);
    for command in ["ask", "gaps", "review", "eval"] {
        assert!(help.contains(&format!("\n  {command}")), "{command}: {help}");
        let help = desk.printed(&[command, "--help"]);
        assert!(help.contains("Examples:") && help.contains("--config <FILE>"), "{help}");
    }
}
