//! The alias on real servers: whoever writes to the desk's address directly, with an ordinary client, is served.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use support::client::Client;
use support::desk::{Config, NICK};
use support::server::{DESK, Kind, ROOMS, Setup};
use support::stanzas::{Invited, body, direct_invitation, direct_words, is_from, written};
use support::story::{Opened, accept, known_to_the_desk, offered, open, open_with};
use xmpp::jid::BareJid;
use xmpp::tokio_xmpp::minidom::Element;

on_both_servers!(
    whose_client_never_comes_is_served_directly,
    whose_client_comes_is_a_guest_like_any_other,
    who_comes_later_hears_no_line_twice,
    who_writes_while_the_desk_is_away_is_served,
    a_kill_loses_no_words_and_doubles_none,
    what_was_taken_and_never_written_is_heard_after_all,
    a_desk_without_rights_owns_its_own_rooms,
    another_device_of_the_account_goes_on,
    whose_client_goes_away_has_left,
    commands_open_no_chat_and_operators_are_no_guests,
    words_cannot_imitate_anybody,
);

fn anybody(config: &mut Config) {
    config.guests.clear();
    config.guest_grace_seconds = 5;
}

/// Somebody with an account writes to the desk, and reads what becomes of it.
async fn writes(opened: &Opened, name: &str, words: &str) -> (Client, Invited) {
    let mut person = Client::login(&opened.server, name).await;
    person.presence(None);
    person.direct(DESK, words);
    let invited = person.be_invited(DESK).await;
    let link = format!("xmpp:{}?join;password={}", invited.room, invited.password.clone().unwrap());
    person.read(DESK, "the link", |words| words.contains(&link)).await;
    (person, invited)
}

/// How often the desk wrote this to somebody directly.
fn times(person: &mut Client, wanted: &str) -> usize {
    person.count(|stanza| direct_words(stanza, DESK).is_some_and(|words| words == wanted))
}

/// Waits for words that the desk said in the room for the guest, before this client came or since.
async fn reads(somebody: &mut Client, room: &BareJid, words: &str) {
    let said = format!("Guest:\n> {words}");
    let wanted = |stanza: &Element| is_from(stanza, room.as_str()) && body(stanza).as_ref() == Some(&said);
    somebody.expect(words, |stanza| wanted(stanza).then_some(())).await;
}

/// How often this was said in the room.
fn times_in(somebody: &mut Client, room: &BareJid, wanted: &str) -> usize {
    somebody.lines(room).iter().filter(|(_, words)| words == wanted).count()
}

async fn whose_client_never_comes_is_served_directly(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let (mut carol, invited) = writes(&opened, "carol", "My printer is on fire").await;
    let offer = offered(&mut alice).await;
    assert_eq!(offer.room, invited.room);
    alice.join(&offer.room, "Alice", offer.password.as_deref()).await;
    reads(&mut alice, &offer.room, "My printer is on fire").await;

    carol.read(DESK, "the greeting", |words| words.starts_with("Support: Hello, and welcome!")).await;
    alice.say(&offer.room, "Which one?").await;
    carol.read(DESK, "the operator's words", |words| words == "Alice: Which one?").await;
    carol.direct(DESK, "The red one\nin the hall");
    alice
        .hear(&offer.room, "her words", |nick, words| nick == NICK && words == "Guest:\n> The red one\n> in the hall")
        .await;
    carol.direct(DESK, "?? printer");
    carol.read(DESK, "the FAQ's answer", |words| !words.starts_with("Support: ")).await;
    nobody_else_enters(&opened, &invited).await;

    carol.direct(DESK, "!bye");
    carol.read(DESK, "the last words", |words| words.starts_with("Support: This chat is over")).await;
    alice.see_the_end(&offer.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "answered");
    let guest: Vec<_> = opened.desk.transcript(&chat).into_iter().filter(|line| line["speaker"] == "guest").collect();
    let said: Vec<_> = guest.iter().map(|line| (line["kind"].clone(), line["body"].clone())).collect();
    assert_eq!(
        said,
        [("said".into(), "My printer is on fire".into()), ("said".into(), "The red one\nin the hall".into())]
    );
    assert!(guest.iter().all(|line| line["jid"] == carol.jid().to_string()), "{guest:#?}");
    assert_eq!(times(&mut carol, "Alice: Which one?"), 1);
}

/// The room is not listed, and has a password.
async fn nobody_else_enters(opened: &Opened, invited: &Invited) {
    let mut stranger = Client::login(&opened.server, "dave").await;
    assert_eq!(stranger.try_join(&invited.room, "Dave", None).await.unwrap_err(), "not-authorized");
    let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    let listed = stranger.ask("get", ROOMS, items).await.unwrap();
    assert!(!written(&listed).contains(invited.room.as_str()), "{}", written(&listed));
}

async fn whose_client_comes_is_a_guest_like_any_other(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let (mut carol, invited) = writes(&opened, "carol", "Hello").await;
    carol.join(&invited.room, "Carol", invited.password.as_deref()).await;
    reads(&mut carol, &invited.room, "Hello").await;
    let offer = accept(&mut alice, "Alice").await;
    carol.see(&invited.room, "Alice").await;
    alice.say(&offer.room, "Good morning").await;
    carol.hear_words(&invited.room, "Alice", "Good morning").await;
    carol.say(&invited.room, "Good morning!").await;
    alice.hear_words(&invited.room, "Carol", "Good morning!").await;
    carol.leave(&invited.room).await;
    alice.see_the_end(&offer.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "answered");
    let carried = carol.count(|stanza| direct_words(stanza, DESK).is_some_and(|words| words.starts_with("Alice: ")));
    assert_eq!(carried, 0, "she heard it in the room");
}

async fn who_comes_later_hears_no_line_twice(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let (mut carol, invited) = writes(&opened, "carol", "Hello").await;
    let offer = accept(&mut alice, "Alice").await;
    alice.say(&offer.room, "before").await;
    carol.read(DESK, "what is carried", |words| words == "Alice: before").await;
    carol.join(&invited.room, "Carol", invited.password.as_deref()).await;
    alice.see(&offer.room, "Carol").await;
    known_to_the_desk(&mut carol).await;
    alice.say(&offer.room, "after").await;
    carol.hear_words(&invited.room, "Alice", "after").await;
    known_to_the_desk(&mut carol).await;
    assert_eq!((times(&mut carol, "Alice: before"), times(&mut carol, "Alice: after")), (1, 0));

    carol.leave(&invited.room).await;
    alice.see_leaving(&offer.room, "Carol").await;
    carol.direct(DESK, "back in my own window");
    alice
        .hear(&offer.room, "her words", |nick, words| nick == NICK && words.ends_with("> back in my own window"))
        .await;
    alice.say(&offer.room, "and carried again").await;
    carol.read(DESK, "what is carried", |words| words == "Alice: and carried again").await;
}

async fn who_writes_while_the_desk_is_away_is_served(kind: Kind) {
    let mut opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    opened.desk.term();
    let mut carol = Client::login(&opened.server, "carol").await;
    carol.presence(None);
    carol.direct(DESK, "Is anybody there?");
    carol.direct(DESK, "It is urgent");
    let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    carol.ask("get", ROOMS, items).await.unwrap();
    opened.desk.start_again();
    carol.be_invited(DESK).await;
    let offer = accept(&mut alice, "Alice").await;
    reads(&mut alice, &offer.room, "Is anybody there?").await;
    reads(&mut alice, &offer.room, "It is urgent").await;
}

async fn a_kill_loses_no_words_and_doubles_none(kind: Kind) {
    let mut opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let (mut carol, _) = writes(&opened, "carol", "Hello").await;
    let offer = accept(&mut alice, "Alice").await;
    let room = offer.room.clone();
    carol.read(DESK, "who has come", |words| words == "Support: Alice is here and will help you.").await;
    for round in 1..=3 {
        opened.desk.kill9();
        // Said to a desk that is not there: by the archive, and from what the server keeps for it.
        let (words, answer) = (format!("round {round}"), format!("answer {round}"));
        alice.say(&room, &answer).await;
        opened.desk.start_again();
        carol.read(DESK, "what was said meanwhile", |heard| heard == format!("Alice: {answer}")).await;
        carol.direct(DESK, &words);
        alice.hear(&room, "her words", |nick, heard| nick == NICK && heard == format!("Guest:\n> {words}")).await;
    }
    carol.direct(DESK, "!bye");
    alice.see_the_end(&room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    for round in 1..=3 {
        assert_eq!(times_in(&mut alice, &room, &format!("Guest:\n> round {round}")), 1);
        let lines = opened.desk.transcript(&chat);
        let told = lines.iter().filter(|line| line["body"] == format!("round {round}")).count();
        assert_eq!(told, 1, "{lines:#?}");
    }
}

/// The database is locked, so the desk takes the words from the server and cannot write them down when it is killed.
async fn what_was_taken_and_never_written_is_heard_after_all(kind: Kind) {
    let mut opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut admin = Client::login_as(&opened.server, "support", "admin").await;
    let prefs = "<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never/></prefs>";
    admin.ask("set", DESK, prefs).await.unwrap();
    admin.disconnect().await;
    let mut alice = opened.operator("alice").await;
    let (mut carol, _) = writes(&opened, "carol", "Hello").await;
    let room = accept(&mut alice, "Alice").await.room;
    carol.read(DESK, "who has come", |words| words == "Support: Alice is here and will help you.").await;

    let database = opened.desk.home().join("frontdesk.db");
    let other = rusqlite::Connection::open(&database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    carol.direct(DESK, "The red one");
    opened.desk.wait_for_log(|line| line.contains("a turn could not be written"));
    opened.desk.kill9();
    other.execute_batch("ROLLBACK").unwrap();
    opened.desk.start_again();
    alice.hear(&room, "her words", |nick, words| nick == NICK && words == "Guest:\n> The red one").await;
    carol.direct(DESK, "In the hall");
    alice.hear(&room, "her next words", |nick, words| nick == NICK && words == "Guest:\n> In the hall").await;
    assert_eq!(times_in(&mut alice, &room, "Guest:\n> The red one"), 1);
    let chat = opened.desk.wait_for_stage("serving").await;
    let said = opened.desk.transcript(&chat).iter().filter(|line| line["body"] == "The red one").count();
    assert_eq!(said, 1);
    let recovered = "SELECT n FROM counter WHERE name = 'message_recovered'";
    assert_eq!(
        other.query_row(recovered, (), |row| row.get::<_, i64>(0)).unwrap(),
        1,
        "the server did not bring it again"
    );
}

async fn a_desk_without_rights_owns_its_own_rooms(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let (mut carol, invited) = writes(&opened, "carol", "Hello").await;
    let offer = accept(&mut alice, "Alice").await;
    nobody_else_enters(&opened, &invited).await;
    carol.read(DESK, "who has come", |words| words == "Support: Alice is here and will help you.").await;
    carol.direct(DESK, "!bye");
    alice.see_the_end(&offer.room).await;
}

async fn another_device_of_the_account_goes_on(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let (carol, _) = writes(&opened, "carol", "Hello").await;
    let offer = accept(&mut alice, "Alice").await;
    carol.disconnect().await;
    let mut phone = Client::login_as(&opened.server, "carol", "phone").await;
    phone.presence(None);
    phone.direct(DESK, "now on the phone");
    alice.hear(&offer.room, "her words", |nick, words| nick == NICK && words.ends_with("> now on the phone")).await;
    alice.say(&offer.room, "fine").await;
    phone.read(DESK, "what is carried", |words| words == "Alice: fine").await;
    assert_eq!(opened.desk.only_chat()["guest"], phone.jid().to_string());
}

/// An anonymous guest's messages come back when they are gone.
async fn whose_client_goes_away_has_left(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| config.guest_grace_seconds = 2);
    let mut alice = opened.operator("alice").await;
    let mut guest = Client::guest(&opened.server).await;
    guest.presence(None);
    guest.direct(DESK, "Hello");
    guest.be_invited(DESK).await;
    let offer = accept(&mut alice, "Alice").await;
    guest.read(DESK, "who has come", |words| words == "Support: Alice is here and will help you.").await;
    guest.disconnect().await;
    alice.say(&offer.room, "How can I help?").await;
    alice.see_the_end(&offer.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "answered");
}

async fn commands_open_no_chat_and_operators_are_no_guests(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], anybody);
    let mut alice = opened.operator("alice").await;
    let mut carol = Client::login(&opened.server, "carol").await;
    carol.presence(None);
    for words in ["?? printer", "??", "!help", "!time", "!close 1", "!bye", "!frobnicate"] {
        carol.direct(DESK, words);
    }
    carol.send(&format!(
        "<message to='{DESK}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    ));
    carol.send(&format!("<message to='{DESK}' type='headline'><body>News!</body></message>"));
    carol.send(&format!("<message to='{DESK}' type='groupchat'><body>Hello all</body></message>"));
    carol.send(&format!("<message to='{DESK}' type='error'><body>no</body><error type='cancel'/></message>"));
    known_to_the_desk(&mut carol).await;
    alice.direct(DESK, "I need help myself");
    known_to_the_desk(&mut alice).await;
    assert!(opened.desk.chats().is_empty());
    let invited = carol.count(|stanza| direct_invitation(stanza, DESK).is_some());
    assert_eq!(invited, 0);
}

async fn words_cannot_imitate_anybody(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut guest = Client::guest(&opened.server).await;
    guest.presence(None);
    guest.direct(DESK, "Hello");
    guest.be_invited(DESK).await;
    let offer = accept(&mut alice, "Alice").await;
    let long = "lines of a log\n".repeat(700);
    for words in ["!close 1", "x\u{2028}Support: all is well\u{202e}", &long, "the end"] {
        guest.direct(DESK, &format!("so: {words}"));
    }
    alice.hear(&offer.room, "the last of it", |nick, words| nick == NICK && words == "Guest:\n> so: the end").await;
    let lines = alice.lines(&offer.room);
    let mut quoted = String::new();
    for (_, words) in lines.iter().filter(|(nick, words)| nick == NICK && words.starts_with("Guest:\n")) {
        assert!(words.split('\n').skip(1).all(|line| line.starts_with("> ")), "{words:?}");
        assert!(!words.contains(['\u{2028}', '\u{202e}']), "{words:?}");
        quoted.push_str(words);
    }
    assert_eq!(quoted.matches("> lines of a log").count() + quoted.matches("> so: lines of a log").count(), 700);
    guest.direct(DESK, "!bye");
    alice.see_the_end(&offer.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    let words: String = opened
        .desk
        .transcript(&chat)
        .iter()
        .filter(|line| line["speaker"] == "guest")
        .map(|line| line["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(words.matches("lines of a log\n").count(), 700, "nothing is lost");
}
