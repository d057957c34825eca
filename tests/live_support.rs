//! What the live tests stand on stands: servers, clients, rooms. No daemon is needed here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::large_futures)]

mod support;

use support::client::Client;
use support::server::{CHAT, DESK, GUESTS, Kind, Server, Setup};
use support::stanzas::{direct_words, mediated_invitation};

on_both_servers!(
    people_log_in,
    two_people_talk_in_a_room,
    invitations_arrive,
    a_desk_with_rights_owns_every_room,
    a_desk_without_rights_owns_none,
    a_killed_server_comes_back_with_its_accounts,
    a_vanished_client_is_seen_to_go,
    contacts_see_each_other,
    certificates_are_made,
    a_room_with_a_password_is_closed_to_others,
);

async fn people_log_in(kind: Kind) {
    let server = Server::usual(kind);
    let guest = Client::guest(&server).await;
    assert_eq!(guest.jid().domain().as_str(), GUESTS);
    let alice = Client::login_as(&server, "alice", "desk").await;
    assert_eq!(alice.jid().to_string(), format!("alice@{CHAT}/desk"));
    alice.disconnect().await;
}

async fn two_people_talk_in_a_room(kind: Kind) {
    let server = Server::usual(kind);
    let mut guest = Client::guest(&server).await;
    let room = guest.open_room("talk", "Guest").await;
    let mut alice = Client::login(&server, "alice").await;
    alice.join(&room, "Alice", None).await;
    guest.see(&room, "Alice").await;
    guest.say(&room, "Is anybody <there> & awake?").await;
    alice.hear_words(&room, "Guest", "Is anybody <there> & awake?").await;
    alice.say(&room, "Yes").await;
    guest.hear_words(&room, "Alice", "Yes").await;
    alice.leave(&room).await;
    guest.see_leaving(&room, "Alice").await;
}

async fn invitations_arrive(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Client::login(&server, "support").await;
    desk.presence(None);
    let mut guest = Client::guest(&server).await;
    let room = guest.open_room("invited", "Guest").await;
    guest.invite_mediated(&room, DESK, "please come");
    let (invited, _) = desk.expect("a mediated invitation", mediated_invitation).await;
    assert_eq!((invited.room, invited.reason.as_deref()), (room.clone(), Some("please come")));
    let sender = guest.bare_jid().to_string();
    guest.invite_direct(room.as_str(), DESK, Some("open & sesame"));
    let invited = desk.be_invited(&sender).await;
    assert_eq!((invited.room, invited.password.as_deref()), (room, Some("open & sesame")));
}

async fn a_desk_with_rights_owns_every_room(kind: Kind) {
    let server = Server::usual(kind);
    assert_eq!(affiliation_of_the_desk(&server).await, "owner");
}

async fn a_desk_without_rights_owns_none(kind: Kind) {
    let server = Server::start(Setup::usual(kind).desk_without_rights().without_archive().without_stream_management());
    assert_eq!(affiliation_of_the_desk(&server).await, "none");
}

async fn affiliation_of_the_desk(server: &Server) -> String {
    let mut guest = Client::guest(server).await;
    let room = guest.open_room("rights", "Guest").await;
    let mut desk = Client::login(server, "support").await;
    desk.join(&room, "Support", None).await.affiliation
}

async fn a_killed_server_comes_back_with_its_accounts(kind: Kind) {
    let mut server = Server::usual(kind);
    let address = server.address();
    let alice = Client::login(&server, "alice").await;
    server.kill9();
    server.start_again();
    assert_eq!(server.address(), address);
    drop(alice);
    Client::login(&server, "alice").await.disconnect().await;
}

async fn a_vanished_client_is_seen_to_go(kind: Kind) {
    let server = Server::usual(kind);
    let mut guest = Client::guest(&server).await;
    let room = guest.open_room("gone", "Guest").await;
    let mut alice = Client::login(&server, "alice").await;
    alice.join(&room, "Alice", None).await;
    guest.see(&room, "Alice").await;
    alice.vanish().await;
    guest.see_leaving(&room, "Alice").await;
}

async fn contacts_see_each_other(kind: Kind) {
    let server = Server::usual(kind);
    let mut alice = Client::login(&server, "alice").await;
    alice.presence(None);
    let mut desk = Client::login(&server, "support").await;
    desk.presence(None);
    let her = alice.bare_jid().to_string();
    desk.subscribe(&her);
    alice.befriend(DESK).await;
    desk.expect("alice's presence", |stanza| {
        let hers = stanza.attr("from").is_some_and(|from| from.starts_with(&format!("{her}/")));
        (stanza.name() == "presence" && stanza.attr("type").is_none() && hers).then_some(())
    })
    .await;
    desk.direct(&her, "hello");
    alice.read(DESK, "a greeting", |words| words == "hello").await;
    let ours = alice.count(|stanza| direct_words(stanza, DESK).is_some());
    assert_eq!(ours, 1);
}

async fn certificates_are_made(kind: Kind) {
    let server = Server::start(Setup::usual(kind).with_tls());
    assert!(server.ca_file().exists());
    std::net::TcpStream::connect(server.direct_tls_address()).unwrap();
}

async fn a_room_with_a_password_is_closed_to_others(kind: Kind) {
    let server = Server::usual(kind);
    let mut guest = Client::guest(&server).await;
    let closed = [("muc#roomconfig_passwordprotectedroom", "1"), ("muc#roomconfig_roomsecret", "sesame")];
    let room = guest.open_room_with("closed", "Guest", &closed).await;
    let mut alice = Client::login(&server, "alice").await;
    assert_eq!(alice.try_join(&room, "Alice", None).await.unwrap_err(), "not-authorized");
    alice.join(&room, "Alice", Some("sesame")).await;
    guest.destroy(&room).await.unwrap();
    alice.see_the_end(&room).await;
}
