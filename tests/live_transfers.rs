//! Chats that change hands on real servers: transfers to a person and to a queue, and colleagues who are brought in.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

mod support;

use serde_json::Value;
use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::stanzas::{Invited, room_line, written};
use support::story::{Asked, Opened, accept, happened, open, open_with, told};

on_both_servers!(
    a_chat_is_handed_over_to_a_colleague,
    a_chat_is_handed_over_to_a_queue,
    a_transfer_that_is_declined_leaves_the_chat_where_it_is,
    a_transfer_that_lapses_leaves_the_chat_where_it_is,
    a_transfer_outlives_the_desk,
    a_chat_is_handed_over_where_nobody_is_seen,
    a_colleague_is_brought_in_and_the_chat_stays,
);

async fn a_chat_is_handed_over_to_a_colleague(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let (mut alice, mut bob, mut asked) = alice_serves(&opened, "hand").await;
    let room = asked.room.clone();
    alice.say(&room, "!transfer Bob knows printers").await;
    told(&mut alice, "Bob is asked to take chat 1. It stays yours until they have come").await;
    let invited =
        handing_offered(&mut bob, &["Alice wants to hand over to you", "knows printers", "I need help"]).await;
    assert_eq!(opened.desk.only_chat()["operator"], alice.bare_jid().as_str());

    bob.join(&room, "Bob", invited.password.as_deref()).await;
    asked.told("Bob is here and goes on helping you in place of Alice").await;
    told(&mut alice, "Bob has chat 1 now").await;
    owner_is(&opened, &bob).await;
    // The operator's grace is one second, as long as the guest's: a desk that missed her would say so first.
    alice.leave(&room).await;
    bob.say(&room, "Hello, I am Bob").await;
    asked.guest.hear_words(&room, "Bob", "Hello, I am Bob").await;
    asked.guest.leave(&room).await;
    nobody_had_to_leave(&mut bob, &asked).await;

    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!((&chat["outcome"], &chat["operator"]), (&"answered".into(), &bob.bare_jid().as_str().into()));
    happened(&opened, &["operator offered", "operator accepted", "operator offered", "operator transferred"]);
    let transferred = opened.desk.transcript(&chat).into_iter().find(|line| line["kind"] == "transferred").unwrap();
    assert_eq!(transferred["jid"], bob.bare_jid().as_str());
    assert_eq!(opened.desk.choices(&chat), ["offered Alice", "transferred Bob"]);
    opened.desk.verify();
}

/// Whoever is free there is asked, one after the other.
async fn a_chat_is_handed_over_to_a_queue(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob", "carol"], |config| {
        config.more = "[[queue]]\nname = \"billing\"";
        config.operator("bob").queues = vec!["billing"];
        config.operator("carol").queues = vec!["billing"];
    });
    let (mut alice, mut bob, mut asked) = alice_serves(&opened, "billing").await;
    let mut carol = opened.operator("carol").await;
    alice.direct(DESK, "!transfer BILLING about an invoice");
    handing_offered(&mut bob, &["Alice wants to hand over to you", "about an invoice"]).await;
    bob.direct(DESK, "!decline");
    let invited = handing_offered(&mut carol, &["Alice wants to hand over to you", "about an invoice"]).await;
    carol.join(&asked.room, "Carol", invited.password.as_deref()).await;
    asked.told("Carol is here").await;
    let chat = owner_is(&opened, &carol).await;
    assert_eq!(chat["queue"], "billing");
    alice.leave(&asked.room).await;
    carol.say(&asked.room, "Which invoice?").await;
    asked.guest.hear_words(&asked.room, "Carol", "Which invoice?").await;
    let deeds = ["offered", "accepted", "offered", "declined", "offered", "transferred"];
    happened(&opened, &deeds.map(|deed| format!("operator {deed}")).each_ref().map(String::as_str));
    opened.desk.verify();
}

async fn a_transfer_that_is_declined_leaves_the_chat_where_it_is(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let (mut alice, mut bob, mut asked) = alice_serves(&opened, "no").await;
    alice.direct(DESK, "!transfer 1 bob");
    handing_offered(&mut bob, &["Alice wants to hand over to you"]).await;
    bob.direct(DESK, "!decline 1");
    told(&mut alice, "Chat 1 stays yours: Bob declined").await;
    alice.direct(DESK, "!transfer nobody");
    told(&mut alice, "Nobody is called \"nobody\"").await;
    alice_goes_on(&opened, &mut alice, &mut asked).await;
    happened(&opened, &["operator offered", "operator accepted", "operator offered", "operator declined"]);
}

async fn a_transfer_that_lapses_leaves_the_chat_where_it_is(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| config.offer_seconds = 3);
    let (mut alice, mut bob, mut asked) = alice_serves(&opened, "late").await;
    alice.say(&asked.room, "!transfer bob").await;
    let invited = handing_offered(&mut bob, &["Alice wants to hand over to you"]).await;
    told(&mut bob, "lapsed").await;
    told(&mut alice, "Chat 1 stays yours: Bob did not answer").await;
    bob.join(&asked.room, "Bob", invited.password.as_deref()).await;
    told(&mut bob, "belongs to Alice").await;
    alice_goes_on(&opened, &mut alice, &mut asked).await;
    happened(&opened, &["operator offered", "operator accepted", "operator offered", "operator lapsed"]);
}

/// The desk dies while a colleague is asked: once they come after it is back, once while it is not there.
async fn a_transfer_outlives_the_desk(kind: Kind) {
    let mut opened =
        open_with(Setup::usual(kind), &["alice", "bob", "carol"], |config| config.operator_grace_seconds = 30);
    let (mut alice, mut bob, mut asked) = alice_serves(&opened, "restart").await;
    let room = asked.room.clone();
    alice.say(&room, "!transfer bob").await;
    handing_offered(&mut bob, &["Alice wants to hand over to you"]).await;
    opened.desk.kill9();
    opened.desk.start_again();
    let invited = handing_offered(&mut bob, &["Alice wants to hand over to you"]).await;
    let chat = opened.desk.only_chat();
    assert_eq!((&chat["stage"], &chat["operator"]), (&"serving".into(), &alice.bare_jid().as_str().into()));
    bob.join(&room, "Bob", invited.password.as_deref()).await;
    asked.told("Bob is here and goes on helping you in place of Alice").await;
    owner_is(&opened, &bob).await;

    let mut carol = opened.operator("carol").await;
    bob.say(&room, "!transfer carol").await;
    let invited = handing_offered(&mut carol, &["Bob wants to hand over to you"]).await;
    opened.desk.kill9();
    carol.join(&room, "Carol", invited.password.as_deref()).await;
    opened.desk.start_again();
    asked.told("Carol is here and goes on helping you in place of Bob").await;
    owner_is(&opened, &carol).await;
    opened.desk.verify();
}

/// Where the desk sees no real JIDs, the word counts.
async fn a_chat_is_handed_over_where_nobody_is_seen(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice", "bob"], |_| {});
    let (mut alice, mut bob) = (opened.operator("alice").await, opened.operator("bob").await);
    let mut asked = opened.guest_alone("blind").await;
    let room = asked.room.clone();
    asked.guest.invite_direct(room.as_str(), DESK, None);
    asked.desk_comes().await;
    accept(&mut alice, "Alice").await;
    alice.direct(DESK, "!accept");
    asked.told("Alice").await;
    alice.say(&room, "!transfer bob").await;
    alice.direct(DESK, "!transfer bob please");
    handing_offered(&mut bob, &["Alice wants to hand over to you", "please"]).await;
    bob.join(&room, "Bob", None).await;
    assert_eq!(opened.desk.only_chat()["operator"], alice.bare_jid().as_str(), "a nick says nothing");
    bob.direct(DESK, "!accept 1");
    asked.told("Bob is here and goes on helping you in place of Alice").await;
    owner_is(&opened, &bob).await;
    alice.leave(&room).await;
    bob.say(&room, "Hello, I am Bob").await;
    asked.guest.hear_words(&room, "Bob", "Hello, I am Bob").await;
    asked.guest.leave(&room).await;
    nobody_had_to_leave(&mut bob, &asked).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!((&chat["outcome"], &chat["operator"]), (&"answered".into(), &bob.bare_jid().as_str().into()));
    happened(&opened, &["operator offered", "operator accepted", "operator offered", "operator transferred"]);
    opened.desk.verify();
}

async fn a_colleague_is_brought_in_and_the_chat_stays(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let (mut alice, mut bob, mut asked) = alice_serves(&opened, "invite").await;
    let room = asked.room.clone();
    alice.say(&room, "!invite bob").await;
    told(&mut alice, "Bob is asked to join chat 1").await;
    let invited = bob.be_invited(DESK).await;
    told(&mut bob, "Alice asks you to join chat 1; it stays theirs").await;
    bob.join(&room, "Bob", invited.password.as_deref()).await;
    bob.say(&room, "I know that printer").await;
    asked.guest.hear_words(&room, "Bob", "I know that printer").await;
    bob.say(&room, "!close").await;
    told(&mut bob, "not yours").await;
    bob.leave(&room).await;
    alice_goes_on(&opened, &mut alice, &mut asked).await;
    happened(&opened, &["operator offered", "operator accepted"]);
    let chat = opened.desk.only_chat();
    let words = opened.desk.transcript(&chat).into_iter().find(|line| line["body"] == "I know that printer").unwrap();
    assert_eq!(words["speaker"], "operator");
    assert_eq!(words["jid"].as_str().map(|jid| jid.split('/').next().unwrap()), Some(bob.bare_jid().as_str()));
}

/// Alice serves a guest; Bob is there.
async fn alice_serves(opened: &Opened, room: &str) -> (Client, Client, Asked) {
    let mut alice = opened.operator("alice").await;
    let bob = opened.operator("bob").await;
    let mut asked = opened.guest(room).await;
    accept(&mut alice, "Alice").await;
    asked.told("Alice").await;
    (alice, bob, asked)
}

/// A transfer is offered, and says all this.
async fn handing_offered(operator: &mut Client, parts: &[&str]) -> Invited {
    let invited = operator.be_invited(DESK).await;
    let words = told(operator, "wants to hand over to you").await;
    for part in parts {
        assert!(words.contains(part), "{part} is missing: {words}");
    }
    invited
}

/// The chat is Alice's still, to its end.
async fn alice_goes_on(opened: &Opened, alice: &mut Client, asked: &mut Asked) {
    let room = asked.room.clone();
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["operator"], alice.bare_jid().as_str());
    alice.say(&room, "So it is me").await;
    asked.guest.hear_words(&room, "Alice", "So it is me").await;
    assert_eq!(asked.guest.count(|stanza| written(stanza).contains("goes on helping")), 0);
    asked.guest.leave(&room).await;
    nobody_had_to_leave(alice, asked).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!((&chat["outcome"], &chat["operator"]), (&"answered".into(), &alice.bare_jid().as_str().into()));
    opened.desk.verify();
}

async fn owner_is(opened: &Opened, operator: &Client) -> Value {
    let jid = operator.bare_jid();
    let wanted = |chats: &[Value]| chats[0]["stage"] == "serving" && chats[0]["operator"] == jid.as_str();
    opened.desk.wait_for_chats(&format!("a chat of {jid}"), wanted).await[0].clone()
}

/// The chat ends because the guest goes, and nobody was missed before.
async fn nobody_had_to_leave(operator: &mut Client, asked: &Asked) {
    let desk_says = |stanza: &_, part: &str| {
        room_line(stanza, &asked.room).is_some_and(|(nick, words)| nick == NICK && words.contains(part))
    };
    operator
        .expect_before(
            "the last words",
            |stanza| desk_says(stanza, "The guest has gone").then_some(()),
            |stanza| desk_says(stanza, "had to leave") || desk_says(stanza, "could not come"),
        )
        .await;
}
