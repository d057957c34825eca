//! Every fail point × {kill, error, delay}, on real servers, under load: each is reached, and none leaves a trace in the
//! record. And the negative control: where words are said before they are committed, the very same siege finds it.
//!
//! `cargo test --features failpoints --test live_faults`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::print_stdout,
    clippy::string_slice
)]

mod support;

#[path = "support/siege.rs"]
mod siege;

use frontdesk::faults::{POINTS, SPEAK_FIRST, SPOKEN_FIRST};
use siege::{Death, Life, LifeEvent, siege};
use support::desk::{Config, Desk};
use support::server::{Kind, Server, Setup};
use support::story::open;

on_both_servers!(
    every_fault_strikes_and_leaves_no_trace,
    a_new_database_is_whole_or_not_there,
    a_backup_is_whole_or_not_there,
    words_before_the_commit_are_found_out,
);

const FAULTS: [&str; 3] = ["kill", "error", "delay"];

/// How a fault is armed: so many times it is spared, then it strikes once.
fn armed(point: &str, fault: &str, spared: u32) -> String {
    let words = if fault == "delay" { "delay:150" } else { fault };
    if spared > 0 { format!("{point}={spared}*off->1*return({words})") } else { format!("{point}=1*return({words})") }
}

fn strike(point: &str, fault: &str) -> String {
    format!("fault: {point} {fault}")
}

/// Where the faults of a siege strike; the others have stories of their own. FRONTDESK_POINTS chooses some, by a part of
/// their names.
fn points_of_a_siege() -> impl Iterator<Item = &'static str> {
    let elsewhere = |point: &str| point.starts_with("store.migrat") || point.starts_with("store.backup");
    let chosen = std::env::var("FRONTDESK_POINTS").unwrap_or_default();
    POINTS.iter().map(|(point, _)| *point).filter(move |point| !elsewhere(point) && point.contains(&chosen))
}

/// What must happen to a desk so that it comes by.
fn events(point: &str) -> Vec<LifeEvent> {
    match point {
        "xmpp.suspended" | "xmpp.resumed" => vec![LifeEvent::Cut],
        "daemon.reload" => vec![LifeEvent::HangUp],
        "daemon.stop" | "xmpp.close" | "daemon.close" | "store.fold" | "store.close" => vec![LifeEvent::Term],
        _ => Vec::new(),
    }
}

/// Spots that a desk passes many times a second are to be struck in the middle of its work.
fn spared(point: &str) -> u32 {
    match point {
        "xmpp.receive" | "xmpp.pass" | "daemon.take" | "daemon.decide" => 60,
        "daemon.commit" | "store.begin" | "store.commit" | "store.committed" | "daemon.committed" | "store.line"
        | "store.seal" => 25,
        "xmpp.send" | "xmpp.sent" | "xmpp.written" | "daemon.ask" | "daemon.speak" | "daemon.spoken" => 8,
        _ => 0,
    }
}

fn life(point: &str, fault: &str) -> Life {
    let mut faults = armed(point, fault, spared(point));
    if point == "store.reopen" {
        faults = format!("{};{faults}", armed("store.commit", "error", 25));
    }
    Life { faults, strikes: vec![strike(point, fault)], events: events(point), recovers: true }
}

/// A life in which everything takes its time, and one whose end does.
fn slow_lives() -> [Life; 2] {
    [vec![LifeEvent::HangUp, LifeEvent::Cut], vec![LifeEvent::Term]].map(|events| {
        let ending = events.contains(&LifeEvent::Term);
        let points: Vec<_> = points_of_a_siege()
            .filter(|point| *point != "store.reopen" && ending == self::events(point).contains(&LifeEvent::Term))
            .collect();
        Life {
            faults: points.iter().map(|point| armed(point, "delay", spared(point))).collect::<Vec<_>>().join(";"),
            strikes: points.iter().map(|point| strike(point, "delay")).collect(),
            events,
            recovers: true,
        }
    })
}

async fn every_fault_strikes_and_leaves_no_trace(kind: Kind) {
    let resumes = |point: &&str| events(point).contains(&LifeEvent::Cut);
    let each = |point| ["kill", "error"].map(|fault| life(point, fault));
    let mut lives = slow_lives().to_vec();
    lives.extend(points_of_a_siege().filter(resumes).flat_map(each));
    leaves_no_trace(Setup::usual(kind), lives).await;

    // Without a ghost of itself at the server a desk is back in no time, and there are many lives to live.
    let mut lives = vec![life("store.reopen", "delay")];
    lives.extend(points_of_a_siege().filter(|point| !resumes(point)).flat_map(each));
    leaves_no_trace(Setup::usual(kind).without_stream_management(), lives).await;
}

async fn leaves_no_trace(setup: Setup, lives: Vec<Life>) {
    let outcome = siege(setup, Death::Armed(lives)).await;
    outcome.report(setup);
    assert!(outcome.violations.is_empty(), "{:#?}\n{}", outcome.violations, outcome.evidence);
}

async fn a_new_database_is_whole_or_not_there(kind: Kind) {
    let server = Server::start(Setup::usual(kind));
    for point in ["store.migrate", "store.migrated"] {
        for fault in FAULTS {
            let mut desk = Desk::set_up(&Config::usual(&server, &["alice"]));
            desk.arm(&armed(point, fault, 0));
            desk.launch();
            desk.wait_for_log(|line| line.ends_with(&strike(point, fault)));
            if fault == "delay" {
                desk.wait_until_ready();
            } else {
                desk.wait_for_end();
                desk.arm("");
                desk.start_again();
            }
            assert!(desk.output_of(&["verify"]).ends_with(" 0 faults\n"));
            desk.term();
        }
    }
}

async fn a_backup_is_whole_or_not_there(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    opened.guest("backup").await;
    for point in ["store.backup", "store.backup.page", "store.backup.finish"] {
        for fault in FAULTS {
            let name = format!("{point}.{fault}.db");
            let ended = opened.desk.command_with(&["backup", &name], &armed(point, fault, 0));
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(said.contains(&strike(point, fault)), "{point} {fault}: {said}");
            assert_eq!(ended.status.success(), fault == "delay", "{point} {fault}: {said}");
            let file = opened.desk.home().join(&name);
            assert_eq!(file.exists(), fault == "delay", "{point} {fault}");
        }
    }
    opened.desk.term();
    std::fs::rename(opened.desk.home().join("store.backup.page.delay.db"), opened.desk.home().join("frontdesk.db"))
        .unwrap();
    opened.desk.start_again();
    assert!(opened.desk.output_of(&["verify"]).ends_with(" 0 faults\n"));
    opened.desk.term();
}

/// The negative control. Each life ends behind another of its speeches, when the words are out.
async fn words_before_the_commit_are_found_out(kind: Kind) {
    let lives = (2..20).map(|speeches| {
        let strikes = vec![strike(SPOKEN_FIRST, "delay"), strike(SPOKEN_FIRST, "kill")];
        let faults = format!(
            "{SPEAK_FIRST}=return(on);{SPOKEN_FIRST}={}*off->1*return(delay:150)->1*return(kill)",
            2 * speeches
        );
        Life { faults, strikes, events: Vec::new(), recovers: false }
    });
    let outcome = siege(Setup::usual(kind), Death::Armed(lives.collect())).await;
    println!("found: {:#?}", outcome.violations);
    let told = outcome.violations.iter().filter(|words| words.contains("the desk said twice")).count();
    assert!(told > 0, "words before the commit went unnoticed");
}
