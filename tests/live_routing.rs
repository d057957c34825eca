//! Who gets a chat, on real servers: tiers, silent operators, broadcast, supervisors, hours, messages that guests leave, and
//! what operators say to the desk.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

mod support;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::stanzas::{direct_invitation, direct_words, written};
use support::story::{Asked, Opened, accept, happened, known_to_the_desk, offered, open, open_with, told};

on_both_servers!(
    the_next_tier_is_asked_at_once_where_the_first_is_away,
    the_next_tier_is_asked_in_time_where_the_first_is_silent,
    who_accepts_and_stays_silent_loses_the_chat,
    while_an_operator_types_the_chat_is_theirs,
    whoever_misses_too_many_offers_gets_no_more_until_they_are_back,
    all_are_asked_at_once_and_the_first_has_it,
    all_are_asked_where_nobody_is_seen,
    whose_word_comes_first_is_known_when_they_come,
    supervisors_are_asked_when_nobody_comes,
    a_chat_that_waits_too_long_goes_on_to_another_queue,
    a_guest_gets_somebody_who_speaks_their_language,
    a_message_is_passed_on_when_somebody_comes,
    a_closed_queue_says_when_it_opens_and_keeps_a_message,
    what_operators_ask_is_never_answered_in_the_room,
    a_chat_is_taken_by_word,
);

async fn the_next_tier_is_asked_at_once_where_the_first_is_away(kind: Kind) {
    let opened = with_two_tiers(kind, "tier_seconds = 3600");
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    alice.presence(Some("away"));
    known_to_the_desk(&mut alice).await;
    let asked = opened.guest("tiers").await;
    assert_eq!(accept(&mut bob, "Bob").await.room, asked.room);
    let why = opened.desk.why(&opened.desk.wait_for_stage("serving").await);
    assert_eq!(why[0]["because"], "tiers: in turn among tier 2");
    assert_eq!(why[0]["skipped"], serde_json::json!([{"operator": "Alice", "why": "away"}]));
}

async fn the_next_tier_is_asked_in_time_where_the_first_is_silent(kind: Kind) {
    let opened = with_two_tiers(kind, "tier_seconds = 4");
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("tiers").await;
    offered(&mut alice).await;
    told(&mut alice, "lapsed").await;
    asked.told("Nobody is free").await;
    accept(&mut bob, "Bob").await;
    asked.told("Bob").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(opened.desk.choices(&chat), ["offered Alice", "nobody", "offered Bob"]);
    let why = opened.desk.why(&chat);
    let waited = at(&why[2]) - at(&why[0]);
    assert!(waited >= TimeDelta::seconds(4), "tier 2 was asked after {waited}");
    assert_eq!(why[2]["skipped"], serde_json::json!([{"operator": "Alice", "why": "passed on it a moment ago"}]));
}

/// Alice is asked first, for two seconds, then Bob.
fn with_two_tiers(kind: Kind, tier_seconds: &str) -> Opened {
    open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.offer_seconds = 2;
        config.queue = format!("strategy = \"tiers\"\n{tier_seconds}");
        config.operator("bob").more = "tier = 2";
    })
}

async fn who_accepts_and_stays_silent_loses_the_chat(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.queue = "first_reply_seconds = 2".to_owned();
    });
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("silent").await;
    accept(&mut alice, "Alice").await;
    asked.told("Alice").await;
    asked.told("Alice does not answer").await;
    told(&mut alice, "Chat 1 is no longer yours: the guest has not heard from you").await;
    accept(&mut bob, "Bob").await;
    bob.say(&asked.room, "Here I am").await;
    asked.guest.hear_words(&asked.room, "Bob", "Here I am").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["operator"], bob.bare_jid().as_str());
    let deeds = ["offered", "accepted", "revoked", "offered", "accepted"];
    happened(&opened, &deeds.map(|deed| format!("operator {deed}")).each_ref().map(String::as_str));
    assert_eq!(opened.desk.choices(&chat), ["offered Alice", "revoked Alice", "offered Bob"]);
    opened.desk.verify();
}

/// Bob accepts after Alice and is silent: he loses his chat before her, who types. Then she stops, and loses hers.
async fn while_an_operator_types_the_chat_is_theirs(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob", "carol"], |config| {
        *config = config.clone().with_chats_max(1);
        config.queue = "first_reply_seconds = 5".to_owned();
    });
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut first = opened.guest("typing").await;
    accept(&mut alice, "Alice").await;
    first.told("Alice").await;
    alice.show_typing(&first.room, "composing");
    known_to_the_desk(&mut alice).await;
    let mut second = opened.guest("silent").await;
    accept(&mut bob, "Bob").await;
    let mut carol = opened.operator("carol").await;
    second.told("Bob does not answer").await;
    assert_eq!(offered(&mut carol).await.room, second.room);
    known_to_the_desk(&mut alice).await;
    assert_eq!(first.guest.count(|stanza| written(stanza).contains("does not answer")), 0, "she types");
    alice.show_typing(&first.room, "paused");
    first.told("Alice does not answer").await;
    assert_eq!(offered(&mut bob).await.room, first.room);
}

async fn whoever_misses_too_many_offers_gets_no_more_until_they_are_back(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| {
        config.offer_seconds = 1;
        config.queue = "missed_offers_max = 2\nsupervisors = [\"dave@chat.example\"]".to_owned();
    });
    let mut alice = opened.operator("alice").await;
    let mut dave = opened.operator("dave").await;
    let first = opened.guest("first").await;
    let _second = opened.guest("second").await;
    told(&mut alice, "You did not answer 2 times in a row").await;
    told(&mut dave, "I send them no more offers until they are back").await;
    let mut third = opened.guest("third").await;
    third.told("Nobody is free").await;
    assert_eq!(invitations(&mut alice), 2);
    alice.direct(DESK, "!available");
    told(&mut alice, "You take chats again").await;
    alice
        .expect("an offer of the third chat", |stanza| {
            direct_invitation(stanza, DESK).filter(|invited| invited.room == third.room)
        })
        .await;
    drop(first);
}

async fn all_are_asked_at_once_and_the_first_has_it(kind: Kind) {
    let opened = broadcasting(Setup::usual(kind));
    let mut operators = three(&opened).await;
    let mut asked = opened.guest("all").await;
    let mut invitations = Vec::new();
    for operator in &mut operators {
        invitations.push(offered(operator).await);
    }
    let [alice, bob, carol] = &mut operators;
    bob.join(&asked.room, "Bob", invitations[1].password.as_deref()).await;
    asked.told("Bob").await;
    told(alice, "Bob has taken chat 1.").await;
    told(carol, "Bob has taken chat 1.").await;
    carol.join(&asked.room, "Carol", invitations[2].password.as_deref()).await;
    told(carol, "belongs to Bob").await;
    alice.direct(DESK, "!accept 1");
    told(alice, "not offered to you").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["operator"], bob.bare_jid().as_str());
    let deeds = ["offered", "offered", "offered", "revoked", "revoked", "accepted"];
    happened(&opened, &deeds.map(|deed| format!("operator {deed}")).each_ref().map(String::as_str));
    assert_eq!(opened.desk.choices(&chat), ["offered Alice, Bob, Carol"]);
    opened.desk.verify();
}

/// All three sit in the room, and the desk cannot tell who is who; the first word counts.
async fn all_are_asked_where_nobody_is_seen(kind: Kind) {
    let opened = broadcasting(Setup::usual(kind).desk_without_rights());
    let mut operators = three(&opened).await;
    let mut asked = asked_blindly(&opened, "all").await;
    for (operator, nick) in operators.iter_mut().zip(["Alice", "Bob", "Carol"]) {
        accept(operator, nick).await;
    }
    let [alice, bob, carol] = &mut operators;
    carol.direct(DESK, "!accept 1");
    told(carol, "Chat 1 is yours").await;
    for other in [&mut *alice, &mut *bob] {
        told(other, "Carol has taken chat 1.").await;
        other.direct(DESK, "!accept");
        told(other, "Nothing is offered").await;
        other.leave(&asked.room).await;
    }
    asked.told("Carol").await;
    carol.say(&asked.room, "I was the first").await;
    asked.guest.hear_words(&asked.room, "Carol", "I was the first").await;
    asked.guest.leave(&asked.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!((&chat["outcome"], &chat["operator"]), (&"answered".into(), &carol.bare_jid().as_str().into()));
    let deeds = ["offered", "offered", "offered", "revoked", "revoked", "accepted"];
    happened(&opened, &deeds.map(|deed| format!("operator {deed}")).each_ref().map(String::as_str));
    opened.desk.verify();
}

/// Where the desk sees no real JIDs an operator may say yes and come in afterwards. Nobody can see that she is silent, and
/// she is not.
async fn whose_word_comes_first_is_known_when_they_come(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice", "bob"], |config| {
        config.offer_seconds = 6;
        config.queue = "first_reply_seconds = 3".to_owned();
    });
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = asked_blindly(&opened, "word").await;
    offered(&mut alice).await;
    alice.direct(DESK, "!accept");
    told(&mut alice, "is yours").await;
    alice.join(&asked.room, "Alice", None).await;
    alice.say(&asked.room, "What is it about?").await;
    asked.guest.hear_words(&asked.room, "Alice", "What is it about?").await;
    // An offer to Bob that begins later and stands longer: when it lapses, the time of her first words is long over.
    let mut other = asked_blindly(&opened, "other").await;
    offered(&mut bob).await;
    told(&mut bob, "lapsed").await;
    other.guest.leave(&other.room).await;
    assert_eq!(asked.guest.count(|stanza| written(stanza).contains("does not answer")), 0);
    asked.guest.leave(&asked.room).await;
    let closed = |chats: &[Value]| chats.iter().all(|chat| chat["stage"] == "closed");
    let chats = opened.desk.wait_for_chats("the end", closed).await;
    let chat = chats.iter().find(|chat| chat["room"] == asked.room.as_str()).unwrap();
    assert_eq!((&chat["outcome"], &chat["operator"]), (&"answered".into(), &alice.bare_jid().as_str().into()));
}

/// They hear of a chat that nobody takes, are asked when they are there, and may take one in any case.
async fn supervisors_are_asked_when_nobody_comes(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| {
        config.queue = "escalate_seconds = 2\nsupervisors = [\"dave@chat.example\"]".to_owned();
    });
    let mut dave = opened.operator("dave").await;
    dave.presence(Some("dnd"));
    known_to_the_desk(&mut dave).await;
    let mut first = opened.guest("told").await;
    first.told("Nobody is free").await;
    let words = told(&mut dave, "and nobody takes it").await;
    assert!(words.contains("I need help") && words.contains("`!take 1`"), "{words}");
    assert_eq!(invitations(&mut dave), 0);
    dave.direct(DESK, "!take 1");
    told(&mut dave, "Chat 1 is yours").await;
    comes_in(&mut dave, &mut first).await;

    dave.presence(None);
    known_to_the_desk(&mut dave).await;
    let mut second = opened.guest("asked").await;
    second.told("Nobody is free").await;
    assert_eq!(accept(&mut dave, "Dave").await.room, second.room);
    second.told("dave").await;
    let second = opened.desk.wait_for_chats("two served chats", |chats| served(chats, 2)).await[1].clone();
    let why = opened.desk.why(&second);
    let offer = why.last().unwrap();
    assert_eq!(offer["chosen"], serde_json::json!(["dave"]));
    assert!(offer["because"].as_str().unwrap().contains("they supervise the queue"), "{offer}");
    opened.desk.verify();
}

async fn a_chat_that_waits_too_long_goes_on_to_another_queue(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.queue = "overflow_to = \"second\"\noverflow_seconds = 1".to_owned();
        config.more = "[[queue]]\nname = \"second\"";
        config.operator("bob").queues = vec!["second"];
    });
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("overflow").await;
    asked.told("Nobody is free").await;
    accept(&mut bob, "Bob").await;
    asked.told("Bob").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["queue"], "second");
    assert_eq!(opened.desk.choices(&chat), ["nobody", "overflowed second", "offered Bob"]);
}

async fn a_guest_gets_somebody_who_speaks_their_language(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.operator("alice").more = "languages = [\"en\"]";
        config.operator("bob").more = "languages = [\"de-AT\"]";
    });
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let asked = opened.guest_alone("sprache").await;
    let room = &asked.room;
    asked.guest.send(&format!(
        "<message to='{DESK}' xml:lang='de'><body>Bitte</body><x xmlns='jabber:x:conference' jid='{room}'/></message>"
    ));
    assert_eq!(offered(&mut bob).await.room, *room);
    known_to_the_desk(&mut alice).await;
    assert_eq!(invitations(&mut alice), 0);
    let why = opened.desk.why(&opened.desk.wait_for_stage("offered").await);
    assert_eq!(why[0]["skipped"], serde_json::json!([{"operator": "Alice", "why": "does not speak de"}]));
}

/// To each operator once, also those who come after the desk was started again. (Who got it just before the desk died may
/// get it again, as the same message.)
async fn a_message_is_passed_on_when_somebody_comes(kind: Kind) {
    let mut opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.queue = "message_seconds = 1".to_owned();
    });
    let mut asked = opened.guest("message").await;
    asked.told("write here what we should know").await;
    asked.guest.say(&asked.room, "Call me: 555-0199").await;
    asked.guest.leave(&asked.room).await;
    opened.desk.wait_for_stage("closed").await;

    let mut alice = opened.operator("alice").await;
    let words = told(&mut alice, "A message was left in chat 1").await;
    assert!(words.contains("Call me: 555-0199"), "{words}");
    known_to_the_desk(&mut alice).await;
    opened.desk.kill9();
    opened.desk.start_again();
    let mut bob = opened.operator("bob").await;
    let words = told(&mut bob, "A message was left in chat 1").await;
    assert!(words.contains("Call me: 555-0199"), "{words}");
    known_to_the_desk(&mut alice).await;
    let ids: BTreeSet<String> = alice
        .heard()
        .filter(|stanza| written(stanza).contains("555-0199"))
        .map(|stanza| stanza.attr("id").expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

async fn a_closed_queue_says_when_it_opens_and_keeps_a_message(kind: Kind) {
    let opens: String = (Utc::now() + TimeDelta::days(3)).format("%a").to_string().chars().take(2).collect();
    let opened = open_with(Setup::usual(kind), &["alice"], |config| {
        config.zone = "UTC".into();
        config.queue = format!("hours = \"{opens} 09:00-17:00\"");
    });
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("closed").await;
    let words = asked.told("Nobody is on duty").await;
    let when = (Utc::now() + TimeDelta::days(3)).format("%Y-%m-%d at 09:00").to_string();
    assert!(words.contains(&when), "{when} is missing: {words}");
    asked.guest.say(&asked.room, "It is the blue one").await;
    alice.direct(DESK, "!queue");
    told(&mut alice, "support (closed): 1 waiting, 1 free").await;
    asked.guest.leave(&asked.room).await;
    let words = told(&mut alice, "A message was left in chat 1").await;
    assert!(words.contains("It is the blue one"), "{words}");
    assert_eq!(invitations(&mut alice), 0);
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!((&chat["outcome"], &chat["operator"]), (&"abandoned".into(), &Value::Null));
    alice.direct(DESK, "!queue");
    told(&mut alice, "support (closed): 0 waiting").await;
}

async fn what_operators_ask_is_never_answered_in_the_room(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("orders").await;
    let room = asked.room.clone();
    accept(&mut alice, "Alice").await;
    asked.told("Alice").await;
    let before = desk_lines(&mut asked);
    let orders = [
        ("!queue", "support (open): 0 waiting, 1 free"),
        ("!chats", "served by Alice"),
        ("!why", "offered to Alice (round-robin: it is their turn). Not Bob: offline."),
        ("!why 1", "offered to Alice"),
        ("!away 5", "No new chats for 5 minutes"),
        ("!busy 1", "No more than 1 at once"),
        ("!available", "You take chats again"),
        ("!take", "Chat 1 is yours already"),
        ("!transfer", "!transfer"),
        ("!invite somebody", "Nobody is called"),
        ("!accept", "not offered to you"),
        ("!decline 1", "not offered to you"),
    ];
    for (order, answer) in orders {
        alice.say(&room, order).await;
        told(&mut alice, answer).await;
        asked.guest.say(&room, order).await;
    }
    for (order, answer) in &orders[..5] {
        alice.direct(DESK, order);
        told(&mut alice, answer).await;
    }
    asked.guest.say(&room, "!time UTC").await;
    asked.told("UTC").await;
    assert_eq!(desk_lines(&mut asked), before + 1, "{:#?}", asked.guest.lines(&room));
    let direct = asked.guest.count(|stanza| direct_words(stanza, DESK).is_some());
    assert_eq!(direct, 0, "a guest who types orders is not answered");
}

/// One that waits, and one that is offered to somebody else.
async fn a_chat_is_taken_by_word(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    for operator in [&mut alice, &mut bob] {
        operator.direct(DESK, "!away");
        told(operator, "No new chats").await;
    }
    let mut first = opened.guest("waits").await;
    first.told("Nobody is free").await;
    alice.direct(DESK, "!take");
    told(&mut alice, "Chat 1 is yours").await;
    comes_in(&mut alice, &mut first).await;

    bob.direct(DESK, "!available");
    told(&mut bob, "You take chats again").await;
    let mut second = opened.guest("offered").await;
    assert_eq!(offered(&mut bob).await.room, second.room);
    alice.direct(DESK, "!take 2");
    told(&mut alice, "Chat 2 is yours").await;
    told(&mut bob, "Alice has taken chat 2.").await;
    comes_in(&mut alice, &mut second).await;
    bob.direct(DESK, "!take 2");
    told(&mut bob, "Alice has taken chat 2.").await;
    let chats = opened.desk.wait_for_chats("two served chats", |chats| served(chats, 2)).await;
    let owners: BTreeSet<&str> = chats.iter().filter_map(|chat| chat["operator"].as_str()).collect();
    assert_eq!(owners, BTreeSet::from([alice.bare_jid().as_str()]));
    assert_eq!(opened.desk.choices(&chats[0]), ["nobody", "taken Alice"]);
    assert_eq!(opened.desk.choices(&chats[1]), ["offered Bob", "taken Alice"]);
    opened.desk.verify();
}

/// Whoever took a chat by word is invited, and comes.
async fn comes_in(operator: &mut Client, asked: &mut Asked) {
    let invited = operator
        .expect("an invitation", |stanza| direct_invitation(stanza, DESK).filter(|invited| invited.room == asked.room))
        .await;
    operator.join(&asked.room, "Helper", invited.password.as_deref()).await;
    asked.guest.see(&asked.room, "Helper").await;
    asked.told("will help you").await;
}

/// All are asked at once.
fn broadcasting(setup: Setup) -> Opened {
    open_with(setup, &["alice", "bob", "carol"], |config| config.queue = "strategy = \"broadcast\"".to_owned())
}

async fn three(opened: &Opened) -> [Client; 3] {
    [opened.operator("alice").await, opened.operator("bob").await, opened.operator("carol").await]
}

/// A guest asks in a room where the desk has no rights and sees no real JIDs.
async fn asked_blindly(opened: &Opened, room: &str) -> Asked {
    let mut asked = opened.guest_alone(room).await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.desk_comes().await;
    asked
}

/// How many invitations of the desk came so far.
fn invitations(operator: &mut Client) -> usize {
    operator.count(|stanza| direct_invitation(stanza, DESK).is_some())
}

/// How many lines the desk has said in the room so far.
fn desk_lines(asked: &mut Asked) -> usize {
    asked.guest.lines(&asked.room).iter().filter(|(nick, _)| nick == NICK).count()
}

fn served(chats: &[Value], number: usize) -> bool {
    chats.len() == number && chats.iter().all(|chat| chat["stage"] == "serving")
}

fn at(choice: &Value) -> DateTime<Utc> {
    choice["at"].as_str().unwrap().parse().unwrap()
}
