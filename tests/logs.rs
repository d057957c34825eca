//! The log files: for their owner alone, complete or made anew, and harmless to who reads them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/records.rs"]
mod records;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use frontdesk::desk::record::{ChatRecord, LineRecord, StageName};
use frontdesk::logs::LogFolder;
use records::{at, chat, line};
use serde_json::Value;
use tempfile::TempDir;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_begun_and_continued_are_as_if_written_at_once() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("logs");
    let folder = LogFolder::make(&path).unwrap();
    let held = folder.hold().unwrap();
    let late = LineRecord { at: at(86_400), ..line(1, 3, "the next day") };
    let lines = [line(1, 1, "first"), line(1, 2, "second\nof two"), late];

    let mut day = None;
    held.write(&chat(1), &lines[..1], &mut day).unwrap();
    for one in &lines[1..] {
        held.append(one.chat, std::slice::from_ref(one), &mut day).unwrap();
    }
    let continued = ["1.txt", "1.jsonl"].map(|name| fs::read_to_string(path.join(name)).unwrap());
    held.write(&chat(1), &lines, &mut None).unwrap();
    let at_once = ["1.txt", "1.jsonl"].map(|name| fs::read_to_string(path.join(name)).unwrap());
    assert_eq!(continued, at_once);
    assert!(at_once[0].contains("\n09:00:02  guest     <Visitor> second\n                    of two\n\n2026-12-01,"));
    let second: Value = serde_json::from_str(at_once[1].lines().nth(1).unwrap()).unwrap();
    assert_eq!((&second["chat"], &second["seq"], &second["body"]), (&1.into(), &2.into(), &"second\nof two".into()));
    assert_eq!([mode(&path), mode(&path.join("1.txt")), mode(&path.join("1.jsonl"))], [0o700, 0o600, 0o600]);
}

#[test]
fn a_chats_files_are_complete_when_they_say_that_it_is_closed() {
    let home = TempDir::new().unwrap();
    let folder = LogFolder::make(home.path()).unwrap();
    let held = folder.hold().unwrap();
    let closed = ChatRecord { stage: StageName::Closed, closed_at: Some(at(90)), ..chat(1) };
    assert!(!held.are_complete(&closed));
    held.write(&chat(1), &[line(1, 1, "words")], &mut None).unwrap();
    assert!(!held.are_complete(&closed), "written while it was open");
    held.write(&closed, &[line(1, 1, "words")], &mut None).unwrap();
    assert!(held.are_complete(&closed));
    held.remove(closed.id).unwrap();
    held.remove(closed.id).unwrap();
    assert!(!held.are_complete(&closed));
    assert!(held.append(closed.id, &[line(1, 2, "more")], &mut None).is_err(), "what is gone is not begun by adding");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "the lock only");
}

#[test]
fn hostile_words_forge_no_line_in_either_file() {
    let home = TempDir::new().unwrap();
    let folder = LogFolder::make(home.path()).unwrap();
    let hostile = "\u{1b}[2J\u{202e}\u{2028}\r\n10:00:00  operator  <Alice> I promise\n{\"chat\":1,\"seq\":9}\0\u{9b}";
    let said = LineRecord { nick: Some(hostile.into()), ..line(1, 1, hostile) };
    folder.hold().unwrap().write(&chat(1), &[said], &mut None).unwrap();
    let text = fs::read_to_string(home.path().join("1.txt")).unwrap();
    let json = fs::read_to_string(home.path().join("1.jsonl")).unwrap();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{9b}'), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("10:00:00")), "{text}");
    assert_eq!(json.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["body"], hostile);
}
