#![allow(clippy::unwrap_used, clippy::string_slice)]

use super::*;

const NINE: i64 = 1_796_029_200;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NINE + second, 0).unwrap()
}

/// A line in short: `support#d-1: Hello`; ours where the id begins with `d-`. `#d-1: Hello` is said by nobody knows whom.
fn parts(line: &str) -> (Option<MessageId>, Mark) {
    let (who, words) = line.split_once(": ").unwrap();
    let (nick, id) = who.split_once('#').map_or((who, None), |(nick, id)| (nick, Some(id)));
    let ours = id.filter(|id| id.starts_with("d-")).map(MessageId::from);
    (ours, Mark::of(Some(nick).filter(|nick| !nick.is_empty()), id, words))
}

/// Lines said in the first seconds, one after the other.
fn run(lines: &[&str]) -> Run {
    let mut run = Run::default();
    for (second, line) in (0..).zip(lines) {
        let (ours, mark) = parts(line);
        run.add(second, at(second), ours, mark);
    }
    run
}

/// Lines said an hour later, unless they are ours to the room's knowledge or begin with `<`: those were said at nine.
fn history(lines: &[&str]) -> Vec<Told> {
    let told = |line: &&str| {
        let (early, line) = line.strip_prefix('<').map_or((false, *line), |line| (true, line));
        let (ours, mark) = parts(line);
        let anybodys = parts(line.find('#').map_or(line, |nick_ends| &line[nick_ends..])).1;
        Told { at: Some(at(if early { 0 } else { 3_600 })), ours, mark, anybodys }
    };
    lines.iter().map(told).collect()
}

fn overlap(record: &[&str], told: &[&str]) -> (usize, bool) {
    let Overlap { known, proven } = run(record).overlap(i64::MAX, &history(told));
    (known, proven.is_some())
}

#[test]
fn our_own_words_prove_it() {
    let record = ["a#1: hi", "support#d-1: hello", "a#2: printer", "a#3: fire"];
    assert_eq!(overlap(&record, &["support#d-1: hello", "a#2: printer", "a#3: fire", "a#4: help"]), (3, true));
    assert_eq!(overlap(&record, &["a#1: hi", "support#d-1: hello", "a#2: printer", "a#3: fire"]), (4, true));
    assert_eq!(overlap(&["support#d-1: hello"], &["a#0: before", "support#d-1: hello", "a#4: help"]), (2, true));
}

#[test]
fn others_words_prove_nothing() {
    let record = ["a#1: hi", "support#d-1: hello", "a#2: printer"];
    assert_eq!(overlap(&record, &["<a#2: printer", "a#3: help"]), (1, false));
    assert_eq!(overlap(&record, &["a#2: printer", "a#3: help"]), (0, false), "said again, an hour later");
    assert_eq!(overlap(&record, &["a#3: help"]), (0, false));
    assert_eq!(overlap(&record, &[]), (0, false));
    assert_eq!(overlap(&[], &["a#3: help"]), (0, false));
}

#[test]
fn words_of_ours_that_were_owed_outside_have_no_nick() {
    let record = ["a#1: hi", "#d-1: hello", "a#2: printer"];
    assert_eq!(overlap(&record, &["support#d-1: hello", "a#2: printer", "a#4: help"]), (2, true));
    assert_eq!(overlap(&["#1: hi"], &["<a#1: hi"]), (0, false), "only ours");
}

#[test]
fn what_does_not_fit_proves_nothing() {
    let record = ["support#d-1: hello", "a#1: not stored", "a#2: printer"];
    assert_eq!(overlap(&record, &["support#d-1: hello", "a#2: printer"]), (0, false));
    assert_eq!(overlap(&record, &["support#d-1: hello"]), (0, false), "the history ends before the record");
}

#[test]
fn the_longest_that_looks_alike() {
    let record = ["a#1: ok", "a#1: ok", "b#1: yes"];
    assert_eq!(overlap(&record, &["<a#1: ok", "<b#1: yes", "a#1: ok"]), (2, false));
    assert_eq!(overlap(&["a#1: ok", "a#1: ok"], &["<a#1: ok", "<a#1: ok", "a#1: ok"]), (2, false));
}

#[test]
fn what_was_in_a_gap_is_told_by_nobody() {
    let mut run = run(&["support#d-1: hello", "a#1: hi", "a#2: fire"]);
    run.cut(1);
    let overlap = |told: &[&str]| {
        let Overlap { known, proven } = run.overlap(i64::MAX, &history(told));
        (known, proven.is_some())
    };
    assert_eq!(overlap(&["support#d-1: hello", "a#1: hi", "a#2: fire", "a#3: help"]), (3, true), "the gap is empty");
    assert_eq!(
        overlap(&["support#d-1: hello", "a#1: hi", "<x#1: in the gap", "<a#2: fire", "a#3: help"]),
        (4, false),
        "it stays in the gap"
    );
    assert_eq!(overlap(&["<x#1: in the gap", "<a#2: fire", "a#3: help"]), (2, false));
    assert_eq!(overlap(&["x#1: said later", "<a#2: fire", "a#3: help"]), (0, false));
    assert_eq!(overlap(&["<a#2: fire", "a#3: help"]), (1, false));
}

#[test]
fn a_gap_stays_where_it_is() {
    let mut run = run(&["a#1: hi"]);
    run.cut(0);
    let (ours, mark) = parts("a#3: help");
    run.add(3, at(3), ours, mark);
    let (ours, mark) = parts("a#2: fire");
    run.add(2, at(2), ours, mark);
    let told = history(&["<a#1: hi", "<x#1: in the gap", "<a#2: fire", "<a#3: help", "a#4: now"]);
    assert_eq!(run.overlap(i64::MAX, &told), Overlap { known: 4, proven: None });
}

#[test]
fn parts_do_not_run_together() {
    assert_ne!(Mark::of(Some("ab"), None, "c"), Mark::of(Some("a"), None, "bc"));
    assert_ne!(Mark::of(None, Some(""), ""), Mark::of(Some(""), None, ""));
}
