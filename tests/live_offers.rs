//! Offers on real servers: who is asked, in which order, what they and the guest are told, and what stays hidden.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use support::client::Client;
use support::desk::{Config, NICK};
use support::server::{DESK, Kind, Setup};
use support::stanzas::{occupant, written};
use support::story::{accept, happened, known_to_the_desk, offered, open, open_with};
use xmpp::jid::BareJid;

on_both_servers!(
    operators_are_asked_in_turn,
    an_offer_says_what_it_is_about,
    who_is_away_is_not_asked,
    one_client_that_is_there_is_enough,
    nobody_gets_more_than_they_can_take,
    an_offer_that_lapses_goes_to_the_next,
    an_offer_that_is_declined_goes_to_the_next,
    an_offer_is_accepted_by_direct_message,
    an_offer_is_taken_back_when_the_guest_goes,
    a_guest_for_whom_nobody_is_there_waits_for_the_first_who_comes,
    an_operator_who_leaves_is_replaced,
    an_operator_who_returns_keeps_the_chat,
    leaving_with_one_client_is_not_leaving,
    the_guest_never_sees_who_the_operator_is,
    an_operator_without_an_offer_is_told,
    an_operator_whose_presence_is_hidden_is_named,
);

async fn operators_are_asked_in_turn(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut guests = Vec::new();
    for number in 0..4 {
        let asked = opened.guest(&format!("turn{number}")).await;
        let next = if number % 2 == 0 { &mut alice } else { &mut bob };
        assert_eq!(offered(next).await.room, asked.room);
        guests.push(asked);
    }
}

async fn an_offer_says_what_it_is_about(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest_alone("about").await;
    asked.guest.say(&asked.room, "It is the blue one").await;
    asked.guest.invite_mediated(&asked.room, DESK, "My printer is on fire");
    let invited = alice.be_invited(DESK).await;
    let words = alice.read(DESK, "what it is about", |words| words.contains("!accept")).await;
    let guest = asked.guest.jid().to_string();
    let join = format!("xmpp:{}?join", asked.room);
    for part in ["My printer is on fire", "It is the blue one", "!decline", &guest, &join] {
        assert!(words.contains(part), "{part} is missing: {words}");
    }
    assert!(invited.password.is_some_and(|password| words.contains(&password)));
}

async fn who_is_away_is_not_asked(kind: Kind) {
    let opened = open(kind, &["alice", "bob", "carol"]);
    let mut operators = [opened.operator("alice").await, opened.operator("bob").await, opened.operator("carol").await];
    for (operator, show) in operators.iter_mut().zip(["away", "dnd", "xa"]) {
        operator.presence(Some(show));
        known_to_the_desk(operator).await;
    }
    let mut asked = opened.guest("away").await;
    nobody_is_free(&mut asked.guest, &asked.room).await;
    let [alice, bob, _] = &mut operators;
    bob.presence(Some("chat"));
    assert_eq!(offered(bob).await.room, asked.room);
    known_to_the_desk(alice).await;
    assert_eq!(invitations(alice), 0);
}

async fn one_client_that_is_there_is_enough(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut at_work = opened.operator("alice").await;
    at_work.presence(Some("dnd"));
    known_to_the_desk(&mut at_work).await;
    let mut on_the_phone = Client::login(&opened.server, "alice").await;
    on_the_phone.presence(None);
    known_to_the_desk(&mut on_the_phone).await;
    let asked = opened.guest("clients").await;
    assert_eq!(on_the_phone.be_invited(DESK).await.room, asked.room);
}

async fn nobody_gets_more_than_they_can_take(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| *config = config.clone().with_chats_max(1));
    let mut alice = opened.operator("alice").await;
    let mut first = opened.guest("first").await;
    accept(&mut alice, "Alice").await;
    first.guest.see(&first.room, "Alice").await;
    let mut second = opened.guest("second").await;
    nobody_is_free(&mut second.guest, &second.room).await;
    let mut third = opened.guest("third").await;
    nobody_is_free(&mut third.guest, &third.room).await;
    assert_eq!(invitations(&mut alice), 1);

    first.guest.leave(&first.room).await;
    assert_eq!(accept(&mut alice, "Alice").await.room, second.room, "who came first is served first");
    second.guest.leave(&second.room).await;
    assert_eq!(accept(&mut alice, "Alice").await.room, third.room);
}

async fn an_offer_that_lapses_goes_to_the_next(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| config.offer_seconds = 2);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("lapse").await;
    offered(&mut alice).await;
    alice.read(DESK, "that the offer has lapsed", |words| words.contains("lapsed")).await;
    assert_eq!(accept(&mut bob, "Bob").await.room, asked.room);
    asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Bob")).await;
    happened(&opened, &["operator offered", "operator lapsed", "operator offered", "operator accepted"]);
    alice.direct(DESK, "!accept 1");
    alice.read(DESK, "that it is too late", |words| words.contains("not offered to you")).await;
}

async fn an_offer_that_is_declined_goes_to_the_next(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("decline").await;
    offered(&mut alice).await;
    alice.direct(DESK, "!decline");
    alice.read(DESK, "that the no was heard", |words| words.contains("declined")).await;
    assert_eq!(offered(&mut bob).await.room, asked.room);
    bob.direct(DESK, "!decline 1");
    nobody_is_free(&mut asked.guest, &asked.room).await;
    happened(&opened, &["operator offered", "operator declined", "operator offered", "operator declined"]);
}

async fn an_offer_is_accepted_by_direct_message(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| config.operator_grace_seconds = 30);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("accept").await;
    let invited = offered(&mut alice).await;
    alice.direct(DESK, "!accept");
    alice.read(DESK, "that the chat is hers", |words| words.contains("is yours")).await;
    asked.guest.hear(&asked.room, "who will come", |nick, words| nick == NICK && words.contains("Alice")).await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["operator"], alice.bare_jid().as_str());
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    alice.say(&invited.room, "Hello!").await;
    asked.guest.hear_words(&asked.room, "Alice", "Hello!").await;
    happened(&opened, &["operator offered", "operator accepted"]);
}

async fn an_offer_is_taken_back_when_the_guest_goes(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("gone").await;
    offered(&mut alice).await;
    asked.guest.leave(&asked.room).await;
    alice.read(DESK, "that the offer is taken back", |words| words.contains("taken back")).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "abandoned");
}

async fn a_guest_for_whom_nobody_is_there_waits_for_the_first_who_comes(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut first = opened.guest("first").await;
    nobody_is_free(&mut first.guest, &first.room).await;
    let mut second = opened.guest("second").await;
    let ahead =
        second.guest.hear(&second.room, "who is ahead", |nick, words| nick == NICK && words.contains("free")).await;
    assert!(ahead.contains("One guest is before you"), "{ahead}");
    let mut alice = opened.operator("alice").await;
    assert_eq!(offered(&mut alice).await.room, first.room);
    assert_eq!(offered(&mut alice).await.room, second.room);
}

async fn an_operator_who_leaves_is_replaced(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("replaced").await;
    accept(&mut alice, "Alice").await;
    asked.guest.hear(&asked.room, "that Alice is here", |nick, words| nick == NICK && words.contains("Alice")).await;
    alice.leave(&asked.room).await;
    asked
        .guest
        .hear(&asked.room, "that Alice has left", |nick, words| nick == NICK && words.contains("had to leave"))
        .await;
    alice.read(DESK, "that the chat is no longer hers", |words| words.contains("no longer yours")).await;
    assert_eq!(accept(&mut bob, "Bob").await.room, asked.room);
    asked.guest.hear(&asked.room, "that Bob is here", |nick, words| nick == NICK && words.contains("Bob")).await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["operator"], bob.bare_jid().as_str());
}

async fn an_operator_who_returns_keeps_the_chat(kind: Kind) {
    let blip = |config: &mut Config| config.operator_grace_seconds = 30;
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], blip);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("blip").await;
    let invited = accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    alice.vanish().await;
    asked.guest.see_leaving(&asked.room, "Alice").await;
    let mut alice = Client::login(&opened.server, "alice").await;
    alice.presence(None);
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    alice.say(&asked.room, "Sorry, a tunnel").await;
    asked
        .guest
        .expect_before(
            "Alice's words",
            |stanza| written(stanza).contains("a tunnel").then_some(()),
            |stanza| written(stanza).contains("had to leave"),
        )
        .await;
    known_to_the_desk(&mut bob).await;
    assert_eq!(invitations(&mut bob), 0);
    assert_eq!(opened.desk.only_chat()["operator"], alice.bare_jid().as_str());
}

async fn leaving_with_one_client_is_not_leaving(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("two").await;
    let invited = accept(&mut alice, "Alice").await;
    let mut phone = Client::login(&opened.server, "alice").await;
    phone.join(&invited.room, "Alice on the phone", invited.password.as_deref()).await;
    asked.guest.see(&asked.room, "Alice on the phone").await;
    alice.leave(&asked.room).await;
    asked.guest.see_leaving(&asked.room, "Alice").await;
    // The operator's grace is one second: a desk that thought her gone would say so before the guest's own is over.
    asked.guest.leave(&asked.room).await;
    phone
        .expect_before(
            "the end of the chat",
            |stanza| written(stanza).contains("The guest has gone").then_some(()),
            |stanza| written(stanza).contains("had to leave"),
        )
        .await;
    known_to_the_desk(&mut bob).await;
    assert_eq!(invitations(&mut bob), 0);
}

/// Lowered to member first, then the operator is invited; her address never reaches the guest.
async fn the_guest_never_sees_who_the_operator_is(kind: Kind) {
    for setup in [Setup::usual(kind), Setup::usual(kind).desk_without_rights()] {
        let opened = open_with(setup, &["alice"], |_| {});
        let mut alice = opened.operator("alice").await;
        let mut asked = opened.guest_alone("hidden").await;
        let room = asked.room.clone();
        asked.guest.configure(&room, &[("muc#roomconfig_whois", "anyone")]).await.unwrap();
        asked.guest.invite_direct(room.as_str(), DESK, None);
        asked.guest.see(&room, NICK).await;
        if !setup.desk_is_admin {
            asked.guest.grant(&room, DESK, "owner").await.unwrap();
        }
        accept(&mut alice, "Alice").await;
        let address = alice.bare_jid().to_string();
        let came = asked
            .guest
            .expect_before(
                "Alice",
                |stanza| occupant(stanza, &room).filter(|other| other.nick == "Alice"),
                |stanza| written(stanza).contains(&address),
            )
            .await;
        assert_eq!(came.jid, None, "{came:?}");
        let lowered = asked.guest.count(|stanza| {
            occupant(stanza, &room).is_some_and(|own| own.nick == "Guest" && own.affiliation == "member")
        });
        assert!(lowered > 0, "the guest was lowered before the operator came");
        alice.say(&room, "Hello").await;
        asked.guest.hear_words(&room, "Alice", "Hello").await;
        assert_eq!(asked.guest.count(|stanza| written(stanza).contains(&address)), 0);
    }
}

async fn an_operator_without_an_offer_is_told(kind: Kind) {
    let opened = open(kind, &["alice", "bob"]);
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let mut asked = opened.guest("visitor").await;
    let invited = accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    bob.join(&invited.room, "Bob", invited.password.as_deref()).await;
    bob.read(DESK, "whose chat it is", |words| words.contains("belongs to Alice")).await;
    bob.say(&asked.room, "!close").await;
    bob.read(DESK, "that it is not his", |words| words.contains("not yours")).await;
    bob.direct(DESK, "!accept");
    bob.read(DESK, "that nothing is offered to him", |words| words.contains("Nothing is offered")).await;
    opened.desk.wait_for_stage("serving").await;
}

async fn an_operator_whose_presence_is_hidden_is_named(kind: Kind) {
    let mut opened = open(kind, &["alice", "bob"]);
    opened.desk.wait_for_log(|line| line.contains("alice@chat.example"));
    opened.desk.wait_for_log(|line| line.contains("bob@chat.example"));
}

async fn nobody_is_free(guest: &mut Client, room: &BareJid) {
    guest.hear(room, "that nobody is free", |nick, words| nick == NICK && words.contains("Nobody is free")).await;
}

/// How many invitations came so far.
fn invitations(operator: &mut Client) -> usize {
    operator.count(|stanza| support::stanzas::direct_invitation(stanza, DESK).is_some())
}
