//! What any guest can send, on real servers: nothing of it ends the daemon, makes it deaf or costs it its session, and
//! what was said is in the transcript.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use std::fmt::Write as _;

use serde_json::Value;
use support::desk::{Desk, NICK};
use support::raw::RawGuest;
use support::server::{DESK, Kind, Setup};
use support::story::{Opened, open, open_with};

on_both_servers!(
    poison_in_the_room_is_a_line_now_and_after_a_restart,
    poison_in_a_room_without_an_archive_is_a_line,
    poison_in_a_page_of_the_archive_is_a_line,
    poison_for_the_desk_alone_comes_to_nothing,
    poisoned_presence_and_questions_change_nothing,
);

/// How deep the deepest are. ejabberd 23.01 itself dies of much deeper ones; Prosody 0.12 cannot archive what is deeper than
/// some 125 levels, and then does not deliver it either.
fn levels(setup: Setup) -> usize {
    if setup.kind == Kind::Prosody && setup.archive { 100 } else { 1_500 }
}

fn deep(levels: usize) -> String {
    format!("<x xmlns='urn:x'>{}{}</x>", "<a>".repeat(levels), "</a>".repeat(levels))
}

/// A class of poison.
struct Poison {
    name: &'static str,
    /// What stands beside the body.
    children: String,
    /// Servers relay it as it is, so that the line must be unreadable. (Of the others ejabberd mends some.)
    relayed: bool,
}

fn poisons(setup: Setup) -> Vec<Poison> {
    let long = "x".repeat(9_000);
    let attributes = (0..100).fold(String::new(), |mut all, number| {
        let _ = write!(all, " a{number}='1'");
        all
    });
    let sure = |name, children| Poison { name, children, relayed: true };
    let mended = |name, children: &str| Poison { name, children: children.to_owned(), relayed: false };
    vec![
        sure("depth", deep(levels(setup))),
        sure("long value", format!("<x xmlns='urn:x' a='{long}'/>")),
        sure("long name", format!("<{long} xmlns='urn:x'/>")),
        sure("long attribute", format!("<x xmlns='urn:x' {long}='1'/>")),
        sure("long namespace", format!("<x xmlns='{long}'/>")),
        sure("many attributes", format!("<x xmlns='urn:x'{attributes}/>")),
        sure("many elements", format!("<x xmlns='urn:x'>{}</x>", "<a/>".repeat(21_000))),
        sure("marker", "<unreadable xmlns='urn:frontdesk:guard:0' reason='forged'>never said</unreadable>".to_owned()),
        mended("quotes", &format!("<x xmlns='urn:x'>{}</x>", "\"".repeat(200_000))),
        mended("two threads", "<thread>1</thread><thread>2</thread>"),
        mended("stray text", "stray"),
        mended("two bodies", "<body>another</body>"),
        mended("prefixes", "<p:x xmlns:p='urn:p' p:a='1' xmlns:q='urn:q' q:a='2'><q:y/></p:x>"),
    ]
}

/// The desk answers the next message, and has not lost its session.
async fn is_well(guest: &mut RawGuest, room: &str, desk: &mut Desk, after: &str) {
    let id = after.replace(' ', "-");
    guest.send(&format!("<message to='{room}' type='groupchat' id='{id}'><body>!time UTC</body></message>")).await;
    guest.expect("(UTC+00:00)").await;
    kept_its_session(desk, after);
}

fn kept_its_session(desk: &mut Desk, after: &str) {
    let log = desk.log();
    let connections = log.matches("connected as").count() + log.matches("connected again").count();
    assert!(connections == 1 && !log.contains("the connection is lost"), "after {after}: {log}");
}

/// The lines with these words.
fn lines_with<'a>(lines: &'a [Value], words: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["body"].as_str().is_some_and(|body| body.starts_with(words))).collect()
}

async fn poison_in_the_room_is_a_line_now_and_after_a_restart(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let (mut guest, room) = poisoned_room(&mut opened).await;
    let desk = &mut opened.desk;
    let chat = desk.only_chat();

    // The room's history holds it all.
    desk.kill9();
    desk.start_again();
    is_well(&mut guest, &room, desk, "a restart").await;
    let lines = desk.transcript(&chat);
    for Poison { name, .. } in &poisons(opened.server.setup()) {
        assert_eq!(lines_with(&lines, &format!("this is {name}!")).len(), 1, "{name} after a restart: {lines:#?}");
    }
}

async fn poison_in_a_room_without_an_archive_is_a_line(kind: Kind) {
    let mut opened = open_with(Setup::usual(kind).without_archive(), &["alice"], |_| {});
    let (mut guest, room) = poisoned_room(&mut opened).await;
    opened.desk.kill9();
    opened.desk.start_again();
    is_well(&mut guest, &room, &mut opened.desk, "a restart").await;
}

/// What was said while the desk was away comes in the archive's pages only, poison inside.
async fn poison_in_a_page_of_the_archive_is_a_line(kind: Kind) {
    let mut opened = open_with(Setup::usual(kind), &["alice"], |config| config.guest_grace_seconds = 60);
    let mut guest = RawGuest::log_in(&opened.server).await;
    let room = guest.ask_for_help("pages").await;
    let poisons = poisons(opened.server.setup());
    opened.desk.kill9();
    // More than the room's history tells.
    for Poison { name, children, .. } in &poisons {
        for number in 0..3 {
            let body = format!("<body>this is {name} {number}!</body>");
            guest.send(&format!("<message to='{room}' type='groupchat' id='p'>{body}{children}</message>")).await;
        }
    }
    guest.send(&format!("<message to='{room}' type='groupchat' id='z'><body>well</body></message>")).await;
    guest.expect("<body>well</body>").await;
    opened.desk.start_again();
    let desk = &mut opened.desk;
    is_well(&mut guest, &room, desk, "the pages").await;
    let chat = desk.only_chat();
    desk.wait_for_words(&chat, "well").await;
    let lines = desk.transcript(&chat);
    assert!(lines.iter().all(|line| line["kind"] != "gap"), "{lines:#?}");
    for Poison { name, relayed, .. } in &poisons {
        for number in 0..3 {
            let found = lines_with(&lines, &format!("this is {name} {number}!"));
            assert_eq!(found.len(), 1, "{name} {number}: {lines:#?}");
            assert!(!relayed || found[0]["kind"] == "unreadable", "{name}: {:#?}", found[0]);
        }
    }
}

/// A room with everything in it, and the transcript says so.
async fn poisoned_room(opened: &mut Opened) -> (RawGuest, String) {
    let mut guest = RawGuest::log_in(&opened.server).await;
    let room = guest.ask_for_help("poison").await;
    let poisons = poisons(opened.server.setup());
    let desk = &mut opened.desk;
    for Poison { name, children, .. } in &poisons {
        let body = format!("<body>this is {name}!</body>");
        guest.send(&format!("<message to='{room}' type='groupchat' id='p'>{body}{children}</message>")).await;
        is_well(&mut guest, &room, desk, name).await;
    }
    let long = "x".repeat(9_000);
    guest.send(&format!("<message to='{room}' type='groupchat' id='{long}'><body>this is id!</body></message>")).await;
    is_well(&mut guest, &room, desk, "long id").await;
    let lines = desk.transcript(&desk.only_chat());
    for Poison { name, relayed, .. } in &poisons {
        let found = lines_with(&lines, &format!("this is {name}!"));
        assert_eq!(found.len(), 1, "{name}: {lines:#?}");
        assert_eq!((&found[0]["speaker"], &found[0]["nick"]), (&"guest".into(), &"Guest".into()), "{name}");
        assert!(!opened.server.setup().archive || found[0]["stanza_id"].is_string(), "{name}: {:#?}", found[0]);
        assert!(!relayed || found[0]["kind"] == "unreadable", "{name}: {:#?}", found[0]);
    }
    assert_eq!(lines_with(&lines, "this is id!").len(), 1);
    assert!(lines.iter().all(|line| line["body"] != "never said"));
    (guest, room)
}

async fn poison_for_the_desk_alone_comes_to_nothing(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let mut guest = RawGuest::log_in(&opened.server).await;
    let room = guest.ask_for_help("alone").await;
    let desk = &mut opened.desk;
    let before = desk.transcript(&desk.only_chat()).len();
    let addresses = [DESK.to_owned(), format!("{DESK}/frontdesk"), format!("{room}/{NICK}")];
    let setup = opened.server.setup();
    let mut strange = poisons(setup);
    let invitation = format!("<x xmlns='jabber:x:conference' jid='other-{room}'>{}</x>", deep(levels(setup)));
    strange.push(Poison { name: "invitation", relayed: false, children: invitation });
    for Poison { name, children, .. } in &strange {
        for address in &addresses {
            for kind in ["type='chat'", "type='normal'", "type='headline'", "type='groupchat'", "type='odd'"] {
                // A room takes no groupchat message for one of its occupants; and servers are slow with many elements.
                let refused = *address == addresses[2] && kind == "type='groupchat'";
                if refused || (*name == "many elements" && kind != "type='chat'") {
                    continue;
                }
                guest.send(&format!("<message to='{address}' {kind}><body>!time</body>{children}</message>")).await;
            }
        }
        is_well(&mut guest, &room, desk, name).await;
    }
    let lines = desk.transcript(&desk.only_chat());
    let asked = lines_with(&lines, "!time UTC").len();
    assert_eq!(asked, strange.len());
    assert!(lines[before..].iter().all(|line| line["kind"] == "said" || line["kind"] == "owed"), "{lines:#?}");
}

async fn poisoned_presence_and_questions_change_nothing(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let mut guest = RawGuest::log_in(&opened.server).await;
    let room = guest.ask_for_help("presence").await;
    let desk = &mut opened.desk;
    let mut strange = poisons(opened.server.setup());
    for (name, children) in [("odd show", "<show>odd</show>"), ("odd priority", "<priority>1000</priority>")] {
        strange.push(Poison { name, children: children.to_owned(), relayed: false });
    }
    let desk_itself = format!("{DESK}/frontdesk");
    for Poison { name, children, .. } in &strange {
        guest.send(&format!("<presence to='{room}/Guest'>{children}</presence>")).await;
        for kind in ["", "type='unavailable'", "type='error'", "type='subscribe'", "type='unsubscribed'"] {
            guest.send(&format!("<presence to='{desk_itself}' {kind}>{children}</presence>")).await;
        }
        if name.starts_with("long") || *name == "depth" || *name == "many elements" {
            for (id, address) in [("q1", &desk_itself), ("q2", &format!("{room}/{NICK}"))] {
                guest.send(&format!("<iq to='{address}' type='get' id='{id}'>{children}</iq>")).await;
                guest.expect("service-unavailable").await;
            }
            guest.send(&format!("<iq to='{desk_itself}' type='result' id='fd-1'>{children}</iq>")).await;
        }
        is_well(&mut guest, &room, desk, name).await;
    }
    assert_eq!(desk.only_chat()["stage"], "waiting");

    // The guest goes, with poison in the goodbye, and the desk sees it.
    let depth = &strange[0].children;
    guest.send(&format!("<presence to='{room}/Guest' type='unavailable'>{depth}</presence>")).await;
    let chat = desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "abandoned");
    kept_its_session(desk, "the goodbye");
}
