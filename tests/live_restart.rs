//! Restarts on real servers: of the desk, of the server, on purpose and not. Nobody is greeted twice, nothing said is
//! lost in silence, nobody is left behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use serde_json::Value;
use support::cable::Cable;
use support::client::Client;
use support::desk::{Config, Desk, NICK};
use support::server::{DESK, Kind, Server, Setup};
use support::story::{Asked, Opened, accept, known_to_the_desk, offered, open, open_with};

on_both_servers!(
    a_chat_goes_on_after_sigterm,
    a_chat_goes_on_after_a_crash,
    an_offer_stands_after_a_crash,
    a_guest_who_waits_still_waits_after_a_crash,
    a_guest_who_left_meanwhile_is_noticed,
    a_chat_goes_on_after_the_server_crashed,
    a_chat_goes_on_without_stream_management,
    a_room_that_the_server_lost_is_lost,
    the_desk_waits_for_a_server_that_is_down,
    a_second_daemon_on_the_same_database_is_refused,
    a_second_copy_of_the_account_is_refused,
    only_a_crashed_desk_takes_over_without_asking,
    a_wrong_password_ends_it,
    retiring_closes_everything,
    a_chat_goes_on_after_its_link_was_cut,
    what_guests_say_again_meanwhile_is_recorded,
);

on_lesser_servers!(
    a_chat_goes_on_after_sigterm,
    a_chat_goes_on_after_a_crash,
    an_offer_stands_after_a_crash,
    a_guest_who_waits_still_waits_after_a_crash,
    a_guest_who_left_meanwhile_is_noticed,
    a_chat_goes_on_after_the_server_crashed,
    a_room_that_the_server_lost_is_lost,
    retiring_closes_everything,
    a_chat_goes_on_after_its_link_was_cut,
    what_guests_say_again_meanwhile_is_recorded,
);

async fn a_chat_goes_on_after_sigterm(setup: impl Into<Setup>) {
    let opened = open_with(setup.into(), &["alice"], patient);
    the_desk_is_away(opened, Desk::term).await;
}

async fn a_chat_goes_on_after_a_crash(setup: impl Into<Setup>) {
    let opened = open_with(setup.into(), &["alice"], patient);
    the_desk_is_away(opened, Desk::kill9).await;
}

/// A chat is being served; the desk stops and starts again; the chat goes on.
async fn the_desk_is_away(mut opened: Opened, stop: fn(&mut Desk)) {
    let (mut asked, mut alice) = serving(&opened).await;
    let room = asked.room.clone();
    alice.say(&room, "Before").await;
    let before = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&before, "Before").await;
    stop(&mut opened.desk);
    asked.guest.say(&room, "Meanwhile").await;
    opened.desk.start_again();
    alice.say(&room, "After").await;
    asked.guest.say(&room, "!time UTC").await;
    let time = asked.guest.hear(&room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;

    let chat = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&chat, &time).await;
    assert_eq!((&chat["id"], &chat["operator"]), (&before["id"], &before["operator"]));
    greeted_once(&mut asked);
    nothing_is_lost_in_silence(&opened, &mut asked, &chat);
}

/// Its link is cut and comes back at once; the session may be resumed, or not.
async fn a_chat_goes_on_after_its_link_was_cut(setup: impl Into<Setup>) {
    let server = Server::start(setup.into());
    let cable = Cable::to(server.address()).await;
    let mut config = Config::usual(&server, &["alice"]);
    patient(&mut config);
    config.server = cable.address.to_string();
    let opened = Opened { desk: Desk::start(&config), server };
    let (mut asked, mut alice) = serving(&opened).await;
    let room = asked.room.clone();
    let before = opened.desk.only_chat();
    for round in ["once", "twice", "three times"] {
        asked.guest.say(&room, &format!("Before it was cut {round}")).await;
        opened.desk.wait_for_words(&before, &format!("Before it was cut {round}")).await;
        cable.cut();
        asked.guest.say(&room, &format!("Cut {round}")).await;
        alice.say(&room, &format!("Yes, {round}")).await;
        opened.desk.wait_for_words(&before, &format!("Yes, {round}")).await;
    }
    asked.guest.say(&room, "!time UTC").await;
    let time = asked.guest.hear(&room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;
    opened.desk.wait_for_words(&before, &time).await;
    greeted_once(&mut asked);
    assert_eq!(opened.desk.said(&before), asked.guest.lines(&room), "once, and in order");
    let gap = opened.desk.happenings(&before).contains(&"desk gap".to_owned());
    let setup = opened.server.setup();
    assert_eq!(gap, !setup.stream_management && !tells_all(setup), "what is resumed is complete");
    assert_eq!(opened.desk.only_chat()["stage"], "serving");
}

/// The guest says old lines again, under their ids, and the desk's last words under its nick: that is recorded, as what it
/// is, and nothing that the desk owed or has said is taken for it.
async fn what_guests_say_again_meanwhile_is_recorded(setup: impl Into<Setup>) {
    let mut opened = open_with(setup.into(), &["alice"], patient);
    let (mut asked, mut alice) = serving(&opened).await;
    let room = asked.room.clone();
    let again = "<body>Again</body>";
    asked.guest.send(&format!("<message to='{room}' type='groupchat' id='again'>{again}</message>"));
    alice.hear_words(&room, "Guest", "Again").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&chat, "Again").await;
    let own =
        opened.desk.transcript(&chat).into_iter().rfind(|line| line["speaker"] == "desk" && line["kind"] == "said");
    let welcome = own.expect("words of the desk")["body"].as_str().unwrap().to_owned();
    opened.desk.term();
    alice.see_leaving(&room, NICK).await;
    asked.guest.send(&format!("<message to='{room}' type='groupchat' id='again'>{again}</message>"));
    asked.guest.rename(&room, NICK).await;
    asked.guest.say(&room, &welcome).await;
    asked.guest.rename(&room, "Guest").await;
    opened.desk.start_again();
    asked.guest.say(&room, "!time UTC").await;
    let time = asked.guest.hear(&room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;
    opened.desk.wait_for_words(&chat, &time).await;
    nothing_is_lost_in_silence(&opened, &mut asked, &chat);
    let lines = opened.desk.transcript(&chat);
    let forged: Vec<&Value> =
        lines.iter().filter(|line| line["body"] == *welcome && line["speaker"] != "desk").collect();
    assert_eq!(forged.len(), 1, "who says the desk's words is not the desk: {lines:#?}");
}

async fn an_offer_stands_after_a_crash(setup: impl Into<Setup>) {
    let mut opened = open_with(setup.into(), &["alice"], patient);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("offer").await;
    offered(&mut alice).await;
    opened.desk.wait_for_stage("offered").await;
    opened.desk.kill9();
    opened.desk.start_again();
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Alice")).await;
    opened.desk.wait_for_stage("serving").await;
    greeted_once(&mut asked);
}

async fn a_guest_who_waits_still_waits_after_a_crash(setup: impl Into<Setup>) {
    let mut opened = open_with(setup.into(), &["alice"], patient);
    let mut asked = opened.guest("wait").await;
    asked.guest.hear(&asked.room, "that nobody is free", |nick, words| nick == NICK && words.contains("free")).await;
    opened.desk.wait_for_stage("waiting").await;
    opened.desk.kill9();
    opened.desk.start_again();
    let mut alice = opened.operator("alice").await;
    assert_eq!(accept(&mut alice, "Alice").await.room, asked.room);
    asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Alice")).await;
    greeted_once(&mut asked);
}

async fn a_guest_who_left_meanwhile_is_noticed(setup: impl Into<Setup>) {
    let mut opened = open_with(setup.into(), &["alice"], |_| {});
    let (mut asked, mut alice) = serving(&opened).await;
    alice.say(&asked.room, "One moment please").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&chat, "One moment please").await;
    opened.desk.kill9();
    asked.guest.leave(&asked.room).await;
    opened.desk.start_again();
    alice.see_the_end(&asked.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "answered");
}

async fn a_chat_goes_on_after_the_server_crashed(setup: impl Into<Setup>) {
    the_server_crashes(setup.into()).await;
}

async fn a_chat_goes_on_without_stream_management(kind: Kind) {
    the_server_crashes(Setup::usual(kind).without_stream_management()).await;
}

/// The room is persistent, so it is still there; everybody comes back, the guest with the password that they kept.
async fn the_server_crashes(setup: Setup) {
    let mut opened = open_with(setup, &["alice"], patient);
    let (mut asked, mut alice) = serving(&opened).await;
    let room = asked.room.clone();
    let key = asked.guest.be_invited(DESK).await.password;
    alice.say(&room, "Before").await;
    let before = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&before, "Before").await;
    opened.server.kill9();
    opened.server.start_again();

    let mut guest = Client::guest(&opened.server).await;
    let mut alice = Client::login(&opened.server, "alice").await;
    alice.presence(None);
    alice.join(&room, "Alice", key.as_deref()).await;
    guest.join(&room, "Guest", key.as_deref()).await;
    guest.say(&room, "Are you still there?").await;
    alice.hear_words(&room, "Guest", "Are you still there?").await;
    guest.see(&room, NICK).await;
    alice.say(&room, "!time UTC").await;
    let time = guest.hear(&room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;

    let chat = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&chat, &time).await;
    assert_eq!(chat["id"], before["id"]);
    assert!(guest.lines(&room).iter().all(|(_, words)| !words.contains("recorded")), "nobody is greeted twice");
    // A room's history does not outlive its server.
    let gap = opened.desk.happenings(&chat).contains(&"desk gap".to_owned());
    assert_eq!(gap, !opened.server.setup().archive, "the archive fills what was missed, and nothing else can");
}

/// The desk has no right, so the room is temporary; it must not be created again by whoever comes back.
async fn a_room_that_the_server_lost_is_lost(setup: impl Into<Setup>) {
    let mut opened = open_with(setup.into().desk_without_rights(), &["alice"], patient);
    let mut asked = opened.guest_alone("lost").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.desk_comes().await;
    opened.desk.wait_for_stage("waiting").await;
    opened.server.kill9();
    opened.server.start_again();
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "lost");
    Client::guest(&opened.server).await.open_room("lost", "Guest").await;
}

async fn the_desk_waits_for_a_server_that_is_down(kind: Kind) {
    let mut server = Server::usual(kind);
    server.kill9();
    let mut desk = Desk::set_up(&Config::usual(&server, &["alice"]));
    desk.launch();
    desk.wait_for_log(|line| line.contains("WARN"));
    assert!(desk.printed().is_empty(), "not ready before it is logged in");
    server.start_again();
    desk.wait_until_ready();
    let mut opened = Opened { desk, server };
    opened.guest("late").await;
    opened.desk.term();
}

async fn a_second_daemon_on_the_same_database_is_refused(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let (code, words) = opened.desk.run_to_its_end();
    assert_eq!(code, Some(69), "{words}");
    assert!(opened.desk.is_running());
    opened.guest("undisturbed").await;
}

async fn a_second_copy_of_the_account_is_refused(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let other = Desk::set_up(&Config::usual(&opened.server, &["alice"]));
    let (code, words) = other.run_to_its_end();
    assert_eq!(code, Some(69), "{words}");
    assert!(opened.desk.is_running());
    opened.guest("undisturbed").await;
}

/// A desk that has crashed knows its own ghost, and does not wait for its answer; one that was stopped, or is new, asks.
async fn only_a_crashed_desk_takes_over_without_asking(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let takes_over = |desk: &mut Desk| desk.log().contains("its session is taken over");
    assert!(!takes_over(&mut opened.desk));
    opened.guest("crash").await;
    opened.desk.kill9();
    opened.desk.start_again();
    assert!(takes_over(&mut opened.desk));
    opened.desk.term();
    opened.desk.start_again();
    assert!(!takes_over(&mut opened.desk));
}

async fn a_wrong_password_ends_it(kind: Kind) {
    let server = Server::usual(kind);
    let mut config = Config::usual(&server, &["alice"]);
    config.password = "not the password".into();
    let (code, words) = Desk::set_up(&config).run_to_its_end();
    assert_eq!(code, Some(77), "{words}");
    assert!(words.contains("password"), "{words}");
    assert!(!words.contains("not the password"), "a secret is in the log: {words}");
}

async fn retiring_closes_everything(setup: impl Into<Setup>) {
    let mut opened = open_with(setup.into(), &["alice"], patient);
    let (mut asked, mut alice) = serving(&opened).await;
    let mut waiting = opened.guest("waiting").await;
    opened.desk.term();
    opened.desk.output_of(&["retire"]);
    asked
        .guest
        .hear(&asked.room, "that the desk closes", |nick, words| nick == NICK && words.contains("goodbye"))
        .await;
    asked.guest.see_the_end(&asked.room).await;
    alice.see_the_end(&asked.room).await;
    waiting.guest.see_the_end(&waiting.room).await;
    let chats = opened.desk.chats();
    assert_eq!(chats.len(), 2);
    assert!(chats.iter().all(|chat| chat["stage"] == "closed"), "{chats:#?}");
}

/// Nobody is given up while something is started again.
fn patient(config: &mut Config) {
    config.guest_grace_seconds = 60;
    config.operator_grace_seconds = 60;
}

/// A guest, served by Alice in the room "served".
async fn serving(opened: &Opened) -> (Asked, Client) {
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("served").await;
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    opened.desk.wait_for_stage("serving").await;
    known_to_the_desk(&mut alice).await;
    (asked, alice)
}

fn greeted_once(asked: &mut Asked) {
    let greetings = asked.guest.lines(&asked.room).iter().filter(|(_, words)| words.contains("recorded")).count();
    assert_eq!(greetings, 1);
}

/// Each line that the guest heard is in the transcript once, in order: the room's archive, or its history, tells what the
/// desk missed.
fn nothing_is_lost_in_silence(opened: &Opened, asked: &mut Asked, chat: &Value) {
    let heard = asked.guest.lines(&asked.room);
    let said = opened.desk.said(chat);
    assert_eq!(said, heard, "once, and in order");
    let gap = opened.desk.happenings(chat).contains(&"desk gap".to_owned());
    assert_eq!(gap, !tells_all(opened.server.setup()), "{:#?}", opened.desk.transcript(chat));
}

/// ejabberd vouches for nothing in a room without an archive, so that its history proves nothing. Prosody vouches for who
/// speaks.
fn tells_all(setup: Setup) -> bool {
    setup.archive || setup.kind == Kind::Prosody
}
