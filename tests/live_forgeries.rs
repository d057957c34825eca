//! What any guest can make up, on real servers: stamps, ids, standing, copies, answers, names. The transcript tells the truth,
//! the chat stays as it is, and the desk answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use serde_json::{Value, json};
use support::client::Client;
use support::desk::{Config, NICK};
use support::raw::RawGuest;
use support::server::{DESK, Setup};
use support::stanzas::CLIENT;
use support::story::{Opened, accept, open_with};
use xmpp::tokio_xmpp::minidom::Element;

on_both_servers!(
    a_rooms_own_stamps_and_ids,
    standing_and_archives_in_a_message,
    the_same_id_twice,
    words_past_the_room,
    copies_pushes_and_answers,
    names_that_look_alike,
    corrections_and_retractions,
    several_texts_in_one_message,
    kinds_of_message_that_nobody_knows,
    stamps_on_what_is_said_while_the_desk_is_away,
);

on_server!(
    prosody_without_archive,
    Setup::usual(Kind::Prosody).without_archive(),
    a_rooms_own_stamps_and_ids,
    standing_and_archives_in_a_message,
    the_same_id_twice,
    corrections_and_retractions,
    stamps_on_what_is_said_while_the_desk_is_away,
);

on_server!(
    ejabberd_without_archive,
    Setup::usual(Kind::Ejabberd).without_archive(),
    a_rooms_own_stamps_and_ids,
    stamps_on_what_is_said_while_the_desk_is_away,
);

/// A chat that Alice serves, and its guest, who makes things up.
struct Scene {
    opened: Opened,
    guest: RawGuest,
    alice: Client,
    room: String,
    chat: Value,
    checks: usize,
}

/// The desk's address as strangers know it.
fn desk_client() -> String {
    format!("{DESK}/frontdesk")
}

fn patient(config: &mut Config) {
    config.guest_grace_seconds = 60;
    config.operator_grace_seconds = 60;
}

impl Scene {
    async fn open(setup: impl Into<Setup>) -> Self {
        let opened = open_with(setup.into(), &["alice", "bob"], patient);
        let mut alice = opened.operator("alice").await;
        let mut guest = RawGuest::log_in(&opened.server).await;
        let room = guest.ask_for_help("forged").await;
        accept(&mut alice, "Alice").await;
        guest.expect("Alice is here").await;
        let chat = opened.desk.wait_for_stage("serving").await;
        Self { opened, guest, alice, room, chat, checks: 0 }
    }

    /// Says something in the room, with something beside it.
    async fn say(&mut self, id: &str, words: &str, beside: &str) {
        let body = if words.is_empty() { String::new() } else { format!("<body>{words}</body>") };
        let stanza = format!("<message to='{}' type='groupchat' id='{id}'>{body}{beside}</message>", self.room);
        self.guest.send(&stanza).await;
    }

    /// The desk answers the next question, with nothing changed; the lines of the transcript.
    async fn nothing_is_changed(&mut self, after: &str) -> Vec<Value> {
        self.checks += 1;
        let id = format!("check-{}", self.checks);
        self.say(&id, "!time UTC", "").await;
        self.guest.expect("(UTC+00:00)").await;
        let desk = &mut self.opened.desk;
        assert!(desk.is_running(), "after {after}");
        let log = desk.log();
        assert_eq!(log.matches("connected as").count(), 1, "after {after}: {log}");
        assert!(!log.contains("the connection is lost"), "after {after}: {log}");
        let (now, before) = (desk.only_chat(), &self.chat);
        for fact in ["id", "stage", "operator", "guest", "queue"] {
            assert_eq!(now[fact], before[fact], "{fact} after {after}");
        }
        let lines = desk.transcript(&self.chat);
        let odd = |line: &&Value| ["left", "gap", "revoked"].iter().any(|kind| line["kind"] == *kind);
        assert!(!lines.iter().any(|line| odd(&line)), "after {after}: {lines:#?}");
        lines
    }

    /// The one line with these words, said by the guest under their own name.
    async fn one_line_by_the_guest(&mut self, words: &str) -> Value {
        let lines = self.nothing_is_changed(words).await;
        let line = one(&lines, words);
        assert_eq!((&line["speaker"], &line["jid"]), (&json!("guest"), &json!(self.guest.jid)), "{line:#}");
        line
    }

    /// All that was heard in the room is in the transcript, in order and once.
    async fn it_is_all_there(mut self) {
        self.nothing_is_changed("all").await;
        self.compare().await;
    }

    async fn compare(&mut self) {
        let room = self.room.parse().unwrap();
        self.say("the-end", "The end", "").await;
        self.alice.hear_words(&room, "Guest", "The end").await;
        self.opened.desk.wait_for_words(&self.chat, "The end").await;
        let said = self.opened.desk.said(&self.chat);
        let heard = witnessed(&mut self.alice);
        let first = said.iter().position(|line| *line == heard[0]).expect("the first words that Alice heard");
        assert_eq!(&said[first..], heard, "once, and in order");
    }
}

/// What Alice's client heard live, whatever stamp it bears: nick and words.
fn witnessed(alice: &mut Client) -> Vec<(String, String)> {
    let words = |stanza: &Element| {
        let from = stanza.attr("from")?.split_once('/')?.1.to_owned();
        Some((from, stanza.get_child("body", CLIENT)?.text()))
    };
    let live = alice.heard().skip_while(|stanza| !stanza.has_child("subject", CLIENT)).skip(1);
    live.filter(|stanza| stanza.attr("type") == Some("groupchat")).filter_map(words).collect()
}

fn one(lines: &[Value], words: &str) -> Value {
    let with: Vec<&Value> =
        lines.iter().filter(|line| line["body"].as_str().is_some_and(|body| body.starts_with(words))).collect();
    assert_eq!(with.len(), 1, "{words:?} in {lines:#?}");
    with[0].clone()
}

async fn a_rooms_own_stamps_and_ids(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let room = scene.room.clone();
    let stanza_id = |id: &str| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='{id}'/>");
    scene.say("m1", "an id of my own", &stanza_id("forged")).await;
    let line = scene.one_line_by_the_guest("an id of my own").await;
    assert_ne!(line["stanza_id"], "forged");

    // The id of a line that is there: nothing may be taken for it.
    let known = line["stanza_id"].as_str().unwrap_or("forged").to_owned();
    scene.say("m2", "an id that is taken", &stanza_id(&known)).await;
    let line = scene.one_line_by_the_guest("an id that is taken").await;
    assert_ne!(line["stanza_id"], known);
    scene.say("m3", "two ids", &(stanza_id("one") + &stanza_id("two"))).await;
    scene.one_line_by_the_guest("two ids").await;

    let occupant = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='the-desk'/>";
    scene.say("m4", "somebody else", occupant).await;
    scene.one_line_by_the_guest("somebody else").await;

    let delay = |from: &str| format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='2001-02-03T04:05:06Z'/>");
    for (number, from) in [room.as_str(), "chat.example", DESK].into_iter().enumerate() {
        let words = format!("said long ago, says {number}");
        scene.say(&format!("d{number}"), &words, &delay(from)).await;
        let line = scene.one_line_by_the_guest(&words).await;
        assert!(!line["at"].as_str().unwrap().starts_with("2001"), "{line:#}");
    }
    // A command is one, whenever it says that it was said.
    scene.say("d9", "!time Tokyo", &delay(&room)).await;
    scene.guest.expect("(UTC+09:00)").await;
    scene.it_is_all_there().await;
}

/// The room's history and its archive tell who said what, and when.
async fn stamps_on_what_is_said_while_the_desk_is_away(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let (room, us) = (scene.room.clone(), desk_client());
    scene.say("before", "before", "").await;
    scene.opened.desk.wait_for_words(&scene.chat, "before").await;
    scene.opened.desk.term();
    scene.guest.expect("unavailable").await;
    let stamp = |year: &str, from: &str| {
        format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='{year}-02-03T04:05:06Z'/>")
    };
    let delay = |from: &str| stamp("2001", from);
    let stanza_id = format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='forged'/>");
    let occupant = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='the-desk'/>".to_owned();
    let all = delay(&room) + &stanza_id + &occupant;
    let beside = [delay(&room), delay(&us), all, stamp("2101", &room), delay(&room) + &stamp("2101", &room)];
    for (number, beside) in beside.iter().enumerate() {
        let words = format!("meanwhile {number}");
        scene.say(&format!("m{number}"), &words, beside).await;
        scene.guest.expect(&words).await;
    }
    scene.opened.desk.start_again();
    scene.say("after", "!time UTC", "").await;
    scene.guest.expect("(UTC+00:00)").await;
    scene.opened.desk.wait_for_words(&scene.chat, "meanwhile 4").await;
    let lines = scene.opened.desk.transcript(&scene.chat);
    for number in 0..beside.len() {
        let line = one(&lines, &format!("meanwhile {number}"));
        assert_eq!(line["speaker"], "guest", "{line:#}");
        assert_ne!(line["stanza_id"], "forged", "{line:#}");
        let at = line["at"].as_str().unwrap();
        assert!(!at.starts_with("2001") && !at.starts_with("2101"), "{line:#}");
    }
    scene.compare().await;
}

async fn standing_and_archives_in_a_message(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let user = |inside: &str| format!("<x xmlns='http://jabber.org/protocol/muc#user'>{inside}</x>");
    let item = "<item affiliation='owner' role='moderator' jid='alice@chat.example/pc'/>";
    scene.say("u1", "I own this", &user(item)).await;
    scene.one_line_by_the_guest("I own this").await;
    for code in ["110", "100", "104", "201", "301", "303", "307", "321", "322", "332"] {
        let words = format!("status {code}");
        scene.say(code, &words, &user(&format!("{item}<status code='{code}'/>"))).await;
        scene.one_line_by_the_guest(&words).await;
    }
    scene.say("u2", "it is destroyed", &user("<destroy jid='elsewhere@rooms.chat.example'/>")).await;
    scene.one_line_by_the_guest("it is destroyed").await;
    let invite = format!("<invite from='alice@chat.example'/><decline from='{DESK}'/>");
    scene.say("u3", "an invitation", &user(&invite)).await;
    scene.one_line_by_the_guest("an invitation").await;

    let room = scene.room.clone();
    let archived = |query: &str, words: &str| {
        let stamp = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T10:00:00Z'/>";
        let said = format!(
            "<message xmlns='jabber:client' type='groupchat' from='{room}/Alice'><body>{words}</body></message>"
        );
        let forwarded = format!("<forwarded xmlns='urn:xmpp:forward:0'>{stamp}{said}</forwarded>");
        format!("<result xmlns='urn:xmpp:mam:2' queryid='{query}' id='r1'>{forwarded}</result>")
    };
    for (number, query) in ["fd-0000000000000000-1", "fd-1", ""].into_iter().enumerate() {
        let words = format!("with a page {number}");
        scene.say(&format!("r{number}"), &words, &archived(query, "never said")).await;
        scene.one_line_by_the_guest(&words).await;
        for to in [DESK.to_owned(), desk_client(), format!("{room}/{NICK}")] {
            scene
                .guest
                .send(&format!("<message to='{to}' type='chat'>{}</message>", archived(query, "never said")))
                .await;
        }
    }
    let lines = scene.nothing_is_changed("pages").await;
    assert!(!lines.iter().any(|line| line["body"] == "never said"), "{lines:#?}");
    scene.it_is_all_there().await;
}

async fn the_same_id_twice(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    scene.nothing_is_changed("nothing").await;
    let desks = said_by_the_desk(&mut scene.alice);
    assert!(desks.len() > 1, "{desks:?}");
    scene.say("same", "first", "").await;
    scene.say("same", "second", "").await;
    scene.say("same", "second", "").await;
    let lines = scene.nothing_is_changed("the same id").await;
    let said = |words: &str| lines.iter().filter(|line| line["body"] == words).count();
    assert_eq!((said("first"), said("second")), (1, 2));

    // The desk's own words, under its own ids and under another.
    for (id, words) in &desks {
        scene.say(id, words, "").await;
        scene.say("copied", words, "").await;
    }
    let lines = scene.nothing_is_changed("the desk's words").await;
    for (_, words) in &desks {
        let copies = lines.iter().filter(|line| line["body"] == words.as_str() && line["speaker"] == "guest").count();
        assert_eq!(copies, 2, "{words:?} in {lines:#?}");
    }
    scene.it_is_all_there().await;
}

/// What the desk has said, with the ids of its messages. The time is left out: who waits to be told it, so that a check is
/// over, would take a copy of it for the answer.
fn said_by_the_desk(alice: &mut Client) -> Vec<(String, String)> {
    let line = |stanza: &Element| {
        let words = stanza.get_child("body", CLIENT)?.text();
        let ours = stanza.attr("from")?.ends_with(&format!("/{NICK}")) && !words.contains("(UTC");
        ours.then_some((stanza.attr("id")?.to_owned(), words))
    };
    alice.heard().filter(|stanza| stanza.attr("type") == Some("groupchat")).filter_map(line).collect()
}

async fn words_past_the_room(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let (us, room) = (desk_client(), scene.room.clone());
    let user = |code: &str| {
        let item = "<item affiliation='none' role='none'/>";
        format!("<x xmlns='http://jabber.org/protocol/muc#user'>{item}<status code='110'/><status code='{code}'/></x>")
    };
    scene.guest.send(&format!("<message to='{us}' type='groupchat'><body>past the room</body></message>")).await;
    scene.guest.send(&format!("<message to='{us}' type='groupchat'><subject>past the room</subject></message>")).await;
    for code in ["301", "307", "332", "303"] {
        let payload = user(code);
        scene.guest.send(&format!("<presence to='{us}' type='unavailable'>{payload}</presence>")).await;
        scene.guest.send(&format!("<presence to='{us}'>{payload}</presence>")).await;
        scene.guest.send(&format!("<presence to='{room}/Guest'>{payload}</presence>")).await;
    }
    let destroyed = "<x xmlns='http://jabber.org/protocol/muc#user'><destroy/></x>";
    scene.guest.send(&format!("<presence to='{us}' type='unavailable'>{destroyed}</presence>")).await;
    scene.guest.send(&format!("<message to='{us}' type='error' id='x'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")).await;
    let lines = scene.nothing_is_changed("words past the room").await;
    assert!(!lines.iter().any(|line| line["body"].as_str().unwrap().contains("past the room")), "{lines:#?}");
    scene.it_is_all_there().await;
}

async fn copies_pushes_and_answers(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let us = desk_client();
    for kind in ["sent", "received"] {
        let said = format!(
            "<message xmlns='jabber:client' type='chat' from='alice@chat.example/pc' to='{us}'><body>!close</body></message>"
        );
        let forwarded = format!("<forwarded xmlns='urn:xmpp:forward:0'>{said}</forwarded>");
        let copy = format!("<{kind} xmlns='urn:xmpp:carbons:2'>{forwarded}</{kind}>");
        for to in [us.as_str(), DESK] {
            scene.guest.send(&format!("<message to='{to}' type='chat'>{copy}</message>")).await;
        }
        scene.say(kind, &format!("a copy {kind}"), &copy).await;
        scene.one_line_by_the_guest(&format!("a copy {kind}")).await;
    }
    let push = |subscription: &str| {
        let item = format!("<item jid='alice@chat.example' subscription='{subscription}'/>");
        format!("<iq type='set' to='{us}' id='push'><query xmlns='jabber:iq:roster'>{item}</query></iq>")
    };
    for subscription in ["remove", "none"] {
        scene.guest.send(&push(subscription)).await;
        scene.guest.expect("type='error'").await;
    }
    let gone = "<error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    for id in ["fd-0000000000000000-1", "fd-0000000000000001-2", "bind", "check-1"] {
        scene.guest.send(&format!("<iq type='result' to='{us}' id='{id}'/>")).await;
        scene.guest.send(&format!("<iq type='error' to='{us}' id='{id}'>{gone}</iq>")).await;
    }
    scene.nothing_is_changed("answers").await;
    scene.it_is_all_there().await;
}

async fn names_that_look_alike(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let room = scene.room.clone();
    let nicks = ["SUPPORT", "\u{405}upport", "Support ", "support", "ALICE", "\u{410}lice", "Bob", "bob@chat.example"];
    for (number, nick) in nicks.into_iter().enumerate() {
        scene.guest.send(&format!("<presence to='{room}/{nick}' id='nick-{number}'/>")).await;
        // Some servers refuse one or the other; then the old nick is kept.
        scene.guest.expect_one_of(&["code='303'", "code=\"303\"", "type='error'", "type=\"error\""]).await;
        for (verb, command) in ["!close", "!accept", "!decline", "!close 1"].into_iter().enumerate() {
            scene.say(&format!("n{number}-{verb}"), command, "").await;
        }
        scene.say(&format!("n{number}"), &format!("who am I? {number}"), "").await;
        scene.one_line_by_the_guest(&format!("who am I? {number}")).await;
    }
    for command in ["!close 1", "!accept 1", "!decline 1"] {
        for to in [desk_client(), format!("{room}/{NICK}")] {
            scene.guest.send(&format!("<message to='{to}' type='chat'><body>{command}</body></message>")).await;
        }
    }
    scene.nothing_is_changed("commands").await;
    scene.guest.send(&format!("<presence to='{room}/Guest'/>")).await;
    scene.it_is_all_there().await;
}

async fn corrections_and_retractions(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let room = scene.room.parse().unwrap();
    let hers = scene.alice.say_and_go_on(&room, "Hers");
    scene.guest.expect("Hers").await;
    scene.say("mine", "Mine", "").await;
    scene.one_line_by_the_guest("Mine").await;
    for (number, old) in ["mine", hers.as_str(), "never-said"].into_iter().enumerate() {
        let replace = format!("<replace xmlns='urn:xmpp:message-correct:0' id='{old}'/>");
        scene.say(&format!("c{number}"), &format!("corrected {number}"), &replace).await;
        let line = scene.one_line_by_the_guest(&format!("corrected {number}")).await;
        assert_eq!((&line["corrects"], &line["retracts"]), (&json!(old), &Value::Null));

        let retract = format!("<retract xmlns='urn:xmpp:message-retract:1' id='{old}'/>");
        let fallback = format!("taken back {number}");
        scene.say(&format!("t{number}"), &fallback, &retract).await;
        let line = scene.one_line_by_the_guest(&fallback).await;
        assert_eq!((&line["corrects"], &line["retracts"]), (&Value::Null, &json!(old)));

        let older = format!(
            "<apply-to xmlns='urn:xmpp:fasten:0' id='{old}'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>"
        );
        scene.say(&format!("o{number}"), &format!("withdrawn {number}"), &older).await;
        let line = scene.one_line_by_the_guest(&format!("withdrawn {number}")).await;
        assert_eq!(line["retracts"], old);
    }
    let lines = scene.nothing_is_changed("corrections").await;
    assert_eq!(one(&lines, "Mine")["body"], "Mine");
    assert_eq!(one(&lines, "Hers")["speaker"], "operator");
    scene.it_is_all_there().await;
}

async fn several_texts_in_one_message(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let languages = "<body xml:lang='de'>auf Deutsch</body><body xml:lang='fr'>en français</body>";
    scene.say("l1", "in no language", languages).await;
    let lines = scene.nothing_is_changed("languages").await;
    let all = |line: &&Value| {
        let has = |words: &str| line["body"].as_str().is_some_and(|body| body.contains(words));
        has("in no language") && has("auf Deutsch") && has("en français") && line["kind"] == "said"
    };
    assert_eq!(lines.iter().filter(all).count(), 1, "nothing that anybody may have read is hidden: {lines:#?}");
    scene.say("l2", "one of two", "<body>two of two</body>").await;
    let lines = scene.nothing_is_changed("two bodies").await;
    let line = one(&lines, "one of two");
    assert!(line["kind"] == "unreadable" || line["body"] == "one of two", "neither is hidden: {line:#}");

    scene.say("s1", "with a subject", "<subject>a subject</subject>").await;
    let line = scene.one_line_by_the_guest("with a subject").await;
    assert_eq!(line["body"], "with a subject\n[subject] a subject");
    scene.say("s2", "", "<subject>only a subject</subject>").await;
    let answers = ["id='s2'", "id=\"s2\""];
    scene.guest.expect_one_of(&answers).await;
    let lines = scene.nothing_is_changed("a subject").await;
    let subjects = lines.iter().filter(|line| line["kind"] == "note" && line["speaker"] == "guest");
    let bodies: Vec<&str> = subjects.filter_map(|line| line["body"].as_str()).collect();
    let heard = |words: &str| scene.guest.has_heard(&format!("<subject>{words}</subject>"));
    assert_eq!(bodies.contains(&"The subject is now: only a subject"), heard("only a subject"), "{lines:#?}");
}

async fn kinds_of_message_that_nobody_knows(setup: impl Into<Setup>) {
    let mut scene = Scene::open(setup).await;
    let (us, room) = (desk_client(), scene.room.clone());
    for kind in ["banana", "headline", "normal", "chat", "error", ""] {
        let in_the_room = [room.clone(), format!("{room}/{NICK}")];
        // Whoever sends an error to a room is thrown out of it.
        let rooms = in_the_room.into_iter().filter(|_| kind != "error");
        for to in rooms.chain([us.clone(), DESK.to_owned()]) {
            scene.guest.send(&format!("<message to='{to}' type='{kind}' id='k'><body>a {kind}</body></message>")).await;
        }
        scene.nothing_is_changed(kind).await;
    }
    scene.guest.send(&format!("<presence to='{us}' type='banana'/>")).await;
    scene.nothing_is_changed("presence").await;
    scene.it_is_all_there().await;
}
