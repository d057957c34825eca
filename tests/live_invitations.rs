//! Invitations on real servers: what becomes a chat, what is refused with words, and what comes to nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use support::client::Client;
use support::desk::NICK;
use support::server::{CHAT, DESK, GUESTS, Kind, ROOMS, Setup};
use support::stanzas::{DISCO_INFO, MUC_USER, has_type, is_from, written};
use support::story::{Asked, Opened, accept, known_to_the_desk, offered, open, open_with};

on_both_servers!(
    one_invitation_in_many_forms_is_one_chat,
    a_room_with_a_password_is_entered_with_it,
    a_room_whose_password_is_unknown_is_refused_with_words,
    a_members_only_room_stays_so_and_the_operator_is_let_in,
    a_members_only_room_without_rights_is_refused_with_words,
    a_right_that_comes_late_is_used,
    a_desk_that_is_no_member_says_what_to_do,
    a_desk_that_is_banned_says_nothing,
    a_taken_nick_is_no_obstacle,
    a_room_that_is_gone_is_missed_and_leaves_no_ghost,
    a_users_address_is_no_room,
    rooms_elsewhere_come_to_nothing,
    guests_from_elsewhere_come_to_nothing,
    operators_are_no_guests,
    invitations_that_make_no_sense_come_to_nothing,
    further_guests_get_a_polite_refusal,
    a_stranger_gets_one_sentence,
    invitations_that_waited_for_the_desk_are_served,
);

async fn one_invitation_in_many_forms_is_one_chat(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest_alone("many").await;
    for number in 0..3 {
        asked.guest.invite_mediated(&asked.room, DESK, &format!("number {number}"));
        asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    }
    asked.desk_comes().await;
    invited_again(&mut asked).await;
    let chat = opened.desk.only_chat();
    assert_eq!(chat["room"], asked.room.as_str());
    assert_eq!(chat["guest"], asked.guest.jid().to_string());
    let greetings = asked.guest.lines(&asked.room).iter().filter(|(_, words)| words.contains("recorded")).count();
    assert_eq!(greetings, 1);
}

async fn a_room_with_a_password_is_entered_with_it(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let mut alice = opened.operator("alice").await;
    let mut asked = guest_behind_a_password(&opened, "locked").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, Some("sesame"));
    asked.desk_comes().await;
    let invited = accept(&mut alice, "Alice").await;
    assert_eq!(invited.password.as_deref(), Some("sesame"), "the operator gets the guest's password");
}

async fn a_room_whose_password_is_unknown_is_refused_with_words(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let mut asked = guest_behind_a_password(&opened, "locked").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.read(DESK, "what is missing", |words| words.contains("password")).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "refused");

    asked.guest.invite_direct(asked.room.as_str(), DESK, Some("sesame"));
    asked.desk_comes().await;
}

async fn a_members_only_room_stays_so_and_the_operator_is_let_in(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = guest_among_members(&opened, "members").await;
    asked.guest.invite_mediated(&asked.room, DESK, "");
    asked.desk_comes().await;
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    let mut carol = Client::login(&opened.server, "carol").await;
    assert_eq!(carol.try_join(&asked.room, "Carol", None).await.unwrap_err(), "registration-required");
}

async fn a_members_only_room_without_rights_is_refused_with_words(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let _alice = opened.operator("alice").await;
    let mut asked = member_who_asks(&opened, "members").await;
    asked.guest.hear(&asked.room, "which right is missing", |_, words| words.contains("owner or admin")).await;
    asked.guest.hear(&asked.room, "that it never came", |_, words| words.contains("have to leave")).await;
    asked.guest.see_leaving(&asked.room, NICK).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "refused");
}

async fn a_right_that_comes_late_is_used(kind: Kind) {
    let late = |config: &mut support::desk::Config| config.guest_grace_seconds = 30;
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], late);
    let mut alice = opened.operator("alice").await;
    let mut asked = member_who_asks(&opened, "late").await;
    asked.guest.hear(&asked.room, "which right is missing", |_, words| words.contains("owner or admin")).await;
    asked.guest.grant(&asked.room, DESK, "owner").await.unwrap();
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
}

async fn a_desk_that_is_no_member_says_what_to_do(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let mut asked = guest_among_members(&opened, "members").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.read(DESK, "what is missing", |words| words.contains("members") && words.contains(DESK)).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "refused");
}

async fn a_desk_that_is_banned_says_nothing(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let mut asked = opened.guest_alone("banned").await;
    asked.guest.grant(&asked.room, DESK, "outcast").await.unwrap();
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "refused");
    known_to_the_desk(&mut asked.guest).await;
    assert_eq!(asked.guest.count(|stanza| is_from(stanza, DESK) && stanza.name() == "message"), 1, "only the time");
}

async fn a_taken_nick_is_no_obstacle(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut guest = Client::guest(&opened.server).await;
    let room = guest.open_room("nick", NICK).await;
    guest.invite_mediated(&room, DESK, "");
    let second = guest.hear(&room, "the greeting", |nick, words| nick != NICK && words.contains("recorded")).await;
    assert!(!second.is_empty());
    guest.say(&room, "I am the desk, honestly").await;
    let chat = opened.desk.wait_for_stage("waiting").await;
    opened.desk.wait_for_words(&chat, "I am the desk, honestly").await;
    let lines = opened.desk.transcript(&chat);
    let line = lines.iter().find(|line| line["body"] == "I am the desk, honestly").unwrap();
    assert_eq!(line["speaker"], "guest", "a nick makes nobody the desk: {line:#}");
}

/// An old invitation makes the desk create the room that is gone.
async fn a_room_that_is_gone_is_missed_and_leaves_no_ghost(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut guest = Client::guest(&opened.server).await;
    guest.invite_direct(&format!("ghost@{ROOMS}"), DESK, None);
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "missed");
    guest.open_room("ghost", "Guest").await;
}

/// Here the guest's own address. It never answers; after ten seconds the desk knows, and others need not wait for that.
async fn a_users_address_is_no_room(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| config.services.push(GUESTS.into()));
    let mut alice = opened.operator("alice").await;
    let guest = Client::guest(&opened.server).await;
    guest.invite_direct(&format!("carol@{CHAT}"), DESK, None);
    guest.invite_direct(guest.bare_jid().as_str(), DESK, None);
    let mut asked = opened.guest("meanwhile").await;
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    let missed = |chats: &[serde_json::Value]| chats.iter().any(|chat| chat["outcome"] == "missed");
    let chats = opened.desk.wait_for_chats("a chat that is missed", missed).await;
    assert_eq!(chats.len(), 2, "an account's server has no rooms: {chats:#?}");
}

async fn rooms_elsewhere_come_to_nothing(kind: Kind) {
    let elsewhere = |config: &mut support::desk::Config| config.services = vec!["rooms.elsewhere.example".into()];
    let opened = open_with(Setup::usual(kind), &["alice"], elsewhere);
    let mut asked = opened.guest_alone("foreign").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.invite_mediated(&asked.room, DESK, "");
    invited_again(&mut asked).await;
    assert!(opened.desk.chats().is_empty());
}

async fn guests_from_elsewhere_come_to_nothing(kind: Kind) {
    let elsewhere = |config: &mut support::desk::Config| config.guests = vec!["guest.elsewhere.example".into()];
    let opened = open_with(Setup::usual(kind), &["alice"], elsewhere);
    let mut asked = opened.guest_alone("foreigner").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.direct(DESK, "Hello?");
    asked.guest.read(DESK, "how to get help", |words| words.contains("help desk")).await;
    assert!(opened.desk.chats().is_empty());
}

async fn operators_are_no_guests(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| config.guests.clear());
    let mut alice = opened.operator("alice").await;
    let room = alice.open_room("lounge", "Alice").await;
    alice.invite_direct(room.as_str(), DESK, None);
    known_to_the_desk(&mut alice).await;
    assert!(opened.desk.chats().is_empty());
}

async fn invitations_that_make_no_sense_come_to_nothing(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest_alone("sense").await;
    let service_itself = ROOMS.to_owned();
    for room in ["", "@", "a@b@c", &service_itself, "\u{202e}@rooms.chat.example ", "x@rooms.chat.example/y"] {
        asked.guest.invite_direct(room, DESK, None);
    }
    for payload in [
        "<x xmlns='jabber:x:conference'/>".to_owned(),
        format!("<x xmlns='{MUC_USER}'><invite from='{}'/></x>", asked.room),
        format!("<x xmlns='{MUC_USER}'><invite/><invite/></x>"),
        format!("<x xmlns='{MUC_USER}'><decline/></x>"),
    ] {
        asked.guest.send(&format!("<message to='{DESK}'>{payload}</message>"));
    }
    known_to_the_desk(&mut asked.guest).await;
    let rooms: Vec<_> = opened.desk.chats().into_iter().map(|chat| chat["room"].clone()).collect();
    assert!(rooms.iter().all(|room| *room == "x@rooms.chat.example"), "{rooms:?}");

    asked.guest.invite_mediated(&asked.room, DESK, &"very long ".repeat(5_000));
    asked.guest.invite_mediated(&asked.room, DESK, "short");
    asked.desk_comes().await;
}

async fn further_guests_get_a_polite_refusal(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| config.chats_open_max = 1);
    let mut first = opened.guest("first").await;

    let second = opened.guest_alone("second").await;
    let mut guest = second.guest;
    guest.invite_direct(second.room.as_str(), DESK, None);
    guest.read(DESK, "a polite refusal", |words| words.contains("more guests than we can serve")).await;

    let third = opened.guest_alone("third").await;
    let (mut guest, room) = (third.guest, third.room);
    guest.invite_mediated(&room, DESK, "");
    guest
        .expect("a polite refusal, directly or through the room", |stanza| {
            let sorry = written(stanza).contains("more guests than we can serve");
            (sorry && (is_from(stanza, room.as_str()) || is_from(stanza, DESK))).then_some(())
        })
        .await;

    first.guest.leave(&first.room).await;
    let over = |chats: &[serde_json::Value]| chats.iter().all(|chat| chat["stage"] == "closed");
    let chats = opened.desk.wait_for_chats("the end of the first chat", over).await;
    assert_eq!(chats.iter().filter(|chat| chat["outcome"] == "refused").count(), 2);
    guest.invite_mediated(&room, DESK, "");
    guest.see(&room, NICK).await;
}

async fn a_stranger_gets_one_sentence(kind: Kind) {
    let without_alias = |config: &mut support::desk::Config| {
        config.guests.clear();
        config.rooms = "alias = false".into();
    };
    let opened = open_with(Setup::usual(kind), &["alice"], without_alias);
    let mut carol = Client::login(&opened.server, "carol").await;
    carol.presence(None);
    for words in ["Hello?", "Is anybody there?", "!close 1"] {
        carol.direct(DESK, words);
    }
    carol.subscribe(DESK);
    known_to_the_desk(&mut carol).await;
    let sentences = carol.count(|stanza| {
        support::stanzas::direct_words(stanza, DESK)
            .is_some_and(|words| words.contains("open a private group-chat room"))
    });
    assert_eq!(sentences, 1);
    carol
        .expect("no subscription", |stanza| {
            (stanza.name() == "presence" && has_type(stanza, "unsubscribed") && is_from(stanza, DESK)).then_some(())
        })
        .await;
}

async fn invitations_that_waited_for_the_desk_are_served(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    opened.desk.term();
    let mut asked = opened.guest_alone("offline").await;
    asked.guest.invite_mediated(&asked.room, DESK, "nobody is there yet");
    asked.guest.ask("get", asked.room.as_str(), &format!("<query xmlns='{DISCO_INFO}'/>")).await.unwrap();
    opened.desk.start_again();
    asked.desk_comes().await;
    offered(&mut alice).await;
}

async fn guest_behind_a_password(opened: &Opened, room: &str) -> Asked {
    let closed = [("muc#roomconfig_passwordprotectedroom", "1"), ("muc#roomconfig_roomsecret", "sesame")];
    let mut guest = Client::guest(&opened.server).await;
    let room = guest.open_room_with(room, "Guest", &closed).await;
    Asked { guest, room }
}

async fn guest_among_members(opened: &Opened, room: &str) -> Asked {
    let mut guest = Client::guest(&opened.server).await;
    let room = guest.open_room_with(room, "Guest", &[("muc#roomconfig_membersonly", "1")]).await;
    Asked { guest, room }
}

/// A guest in a members-only room makes the desk a member, invites it, and it is there.
async fn member_who_asks(opened: &Opened, room: &str) -> Asked {
    let mut asked = guest_among_members(opened, room).await;
    asked.guest.grant(&asked.room, DESK, "member").await.unwrap();
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.see(&asked.room, NICK).await;
    asked
}

/// Invites once more, and waits until the room and the desk have read that.
async fn invited_again(asked: &mut Asked) {
    asked.guest.invite_mediated(&asked.room, DESK, "again");
    asked.guest.ask("get", asked.room.as_str(), &format!("<query xmlns='{DISCO_INFO}'/>")).await.unwrap();
    known_to_the_desk(&mut asked.guest).await;
}
