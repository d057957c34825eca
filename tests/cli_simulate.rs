//! `frontdesk simulate` at the shell.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::path::Path;
use std::process::{Command, Output};

const CONFIG: &str = r#"
[xmpp]
jid = "support@chat.example"

[rooms]
services = ["rooms.chat.example"]

[[queue]]
name = "support"

[[operator]]
jid = "alice@chat.example"
chats_max = 2

[[operator]]
jid = "bob@chat.example"
chats_max = 1
"#;

fn frontdesk(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_frontdesk")).current_dir(folder).args(words).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frontdesk.toml"), CONFIG).unwrap();
    folder
}

#[test]
fn a_day_is_told_for_people_and_for_programs() {
    let folder = folder();
    let text = frontdesk(folder.path(), &["simulate", "--chats", "200", "--arrivals", "20"]);
    assert!(text.status.success(), "{text:?}");
    let text = String::from_utf8(text.stdout).unwrap();
    for words in ["waited on average", "answered within 30.0 s", "Erlang C", "alice", "of 2"] {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
    assert!(!text.contains("does not quite apply"), "{text}");
    let day = ["simulate", "--chats", "200", "--arrivals", "20", "--format", "json"];
    let json: serde_json::Value = serde_json::from_slice(&frontdesk(folder.path(), &day).stdout).unwrap();
    assert_eq!(json["chats"]["answered"], 200);
    assert_eq!(json["erlang_c"]["applies"], true);
    assert_eq!(json["erlang_c"]["places"], 3);
    assert_eq!(json["operators"].as_array().unwrap().len(), 2);
    // Two operators, and nobody wrote anything.
    assert!(!folder.path().join("frontdesk.db").exists());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = folder();
    for words in [
        &["simulate", "--arrivals", "0"][..],
        &["simulate", "--talk", "soon"],
        &["simulate", "--from", "2026-11-01"],
        &["simulate", "--replay", "--chats", "5"],
    ] {
        assert_eq!(frontdesk(folder.path(), words).status.code(), Some(64), "{words:?}");
    }
    let replay = frontdesk(folder.path(), &["simulate", "--replay"]);
    assert_eq!(replay.status.code(), Some(69), "there is no database: {replay:?}");
}
