//! The main job, on real servers: from a guest's invitation to a closed room and a complete transcript.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::stanzas::written;
use support::story::{Asked, Opened, accept, known_to_the_desk, offered, open, open_with};

on_both_servers!(
    a_guest_is_served_from_the_invitation_to_the_closed_room,
    a_guest_is_served_where_they_make_the_desk_an_owner,
    a_guest_is_served_where_the_desk_has_no_right,
    the_words_from_before_the_desk_came_are_in_the_transcript,
    a_guest_who_reloads_comes_back_with_the_password,
    a_guest_who_vanishes_before_anybody_came_has_abandoned,
    an_operator_closes_a_chat_and_a_guest_cannot,
    a_guest_is_greeted_once_in_their_language,
    everybody_asks_the_faq_and_the_time,
    questions_are_answered_by_direct_message,
    entries_that_change_are_read_again,
    what_a_guest_forges_changes_nothing,
    strange_words_do_no_harm,
    encrypted_words_are_marked,
);

async fn a_guest_is_served_from_the_invitation_to_the_closed_room(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest_alone("help").await;
    asked.guest.invite_mediated(&asked.room, DESK, "My printer is on fire");
    let greeting = asked.desk_comes().await;
    assert!(greeting.contains("recorded"), "{greeting}");

    let invited = offered(&mut alice).await;
    assert_eq!(invited.room, asked.room);
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    asked.guest.see(&asked.room, "Alice").await;
    asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Alice")).await;
    opened.desk.wait_for_stage("serving").await;

    talk(&mut asked, &mut alice).await;
    asked.guest.leave(&asked.room).await;
    alice.hear(&asked.room, "the last words", |nick, words| nick == NICK && words.contains("closing")).await;
    let end = alice.see_the_end(&asked.room).await;
    assert!(written(&end).contains("destroy"), "the room is destroyed: {}", written(&end));
    all_is_recorded(&opened, &mut asked, "answered").await;
}

async fn a_guest_is_served_where_they_make_the_desk_an_owner(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest_alone("help").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.see(&asked.room, NICK).await;
    asked.guest.grant(&asked.room, DESK, "owner").await.unwrap();

    let invited = accept(&mut alice, "Alice").await;
    assert!(invited.password.is_some(), "an open room gets a password");
    talk(&mut asked, &mut alice).await;
    asked.guest.leave(&asked.room).await;
    alice.see_the_end(&asked.room).await;
    all_is_recorded(&opened, &mut asked, "answered").await;
}

async fn a_guest_is_served_where_the_desk_has_no_right(kind: Kind) {
    let opened = open_with(Setup::usual(kind).desk_without_rights(), &["alice"], |_| {});
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest_alone("help").await;
    asked.guest.invite_direct(asked.room.as_str(), DESK, None);
    asked.guest.see(&asked.room, NICK).await;

    let invited = accept(&mut alice, "Alice").await;
    assert_eq!(invited.password, None);
    alice.direct(DESK, "!accept");
    asked.guest.hear(&asked.room, "who has come", |nick, words| nick == NICK && words.contains("Alice")).await;
    opened.desk.wait_for_stage("serving").await;
    talk(&mut asked, &mut alice).await;
    asked.guest.leave(&asked.room).await;
    alice.see_leaving(&asked.room, NICK).await;
    all_is_recorded(&opened, &mut asked, "answered").await;
}

async fn the_words_from_before_the_desk_came_are_in_the_transcript(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest_alone("early").await;
    for words in ["Hello?", "Is this the help desk?", "?? printer"] {
        asked.guest.say(&asked.room, words).await;
    }
    asked.guest.invite_mediated(&asked.room, DESK, "");
    asked.desk_comes().await;
    asked.guest.say(&asked.room, "There you are").await;
    asked.guest.hear(&asked.room, "that nobody is free", |nick, words| nick == NICK && words.contains("free")).await;
    asked.guest.leave(&asked.room).await;
    all_is_recorded(&opened, &mut asked, "abandoned").await;
    let answers = asked.guest.lines(&asked.room).iter().filter(|(_, words)| words.contains("green button")).count();
    assert_eq!(answers, 0, "what was asked before the desk came was not asked of the desk");
}

async fn a_guest_who_reloads_comes_back_with_the_password(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice"], |config| config.guest_grace_seconds = 30);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("reload").await;
    let key = asked.guest.be_invited(DESK).await;
    assert_eq!(key.room, asked.room);
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    asked.guest.vanish().await;
    alice.see_leaving(&asked.room, "Guest").await;

    let mut again = Client::guest(&opened.server).await;
    assert!(again.try_join(&asked.room, "Guest", None).await.is_err(), "nobody gets in without the password");
    again.join(&asked.room, "Guest", key.password.as_deref()).await;
    let address = again.jid().to_string();
    alice.read(DESK, "the guest's new address", |words| words.contains(&address)).await;
    again.say(&asked.room, "Here I am again").await;
    alice.hear_words(&asked.room, "Guest", "Here I am again").await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["guest"], address);
    opened.desk.wait_for_words(&chat, "Here I am again").await;
    let line = opened.desk.transcript(&chat).into_iter().find(|line| line["body"] == "Here I am again").unwrap();
    assert_eq!((&line["speaker"], &line["kind"]), (&"guest".into(), &"said".into()));
}

async fn a_guest_who_vanishes_before_anybody_came_has_abandoned(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let asked = opened.guest("vanish").await;
    asked.guest.vanish().await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "abandoned");
    assert_eq!(chat["room"], asked.room.as_str());
}

async fn an_operator_closes_a_chat_and_a_guest_cannot(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("close").await;
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    asked.guest.say(&asked.room, "!close").await;
    asked.guest.say(&asked.room, "!help").await;
    asked.guest.hear(&asked.room, "help instead of an end", |nick, words| nick == NICK && words.contains("??")).await;
    opened.desk.wait_for_stage("serving").await;
    alice.say(&asked.room, "Solved").await;
    alice.say(&asked.room, "!close").await;
    asked.guest.hear(&asked.room, "goodbye", |nick, words| nick == NICK && words.contains("closed this chat")).await;
    asked.guest.see_the_end(&asked.room).await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], "answered");
    assert!(opened.desk.said(&chat).contains(&("Guest".into(), "!close".into())), "a guest's command is a line");
}

async fn a_guest_is_greeted_once_in_their_language(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest_alone("sprache").await;
    let invitation = format!(
        "<message to='{DESK}' xml:lang='de-AT'><body>Bitte kommen</body><x xmlns='jabber:x:conference' jid='{}'/></message>",
        asked.room
    );
    asked.guest.send(&invitation);
    let greeting = asked.desk_comes().await;
    assert!(greeting.contains("aufgezeichnet"), "{greeting}");
    asked
        .guest
        .hear(&asked.room, "that nobody is free", |nick, words| nick == NICK && words.contains("niemand frei"))
        .await;
    let greetings = asked.guest.lines(&asked.room).iter().filter(|(_, words)| *words == greeting).count();
    assert_eq!(greetings, 1);
}

async fn everybody_asks_the_faq_and_the_time(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("questions").await;
    let room = asked.room.clone();
    accept(&mut alice, "Alice").await;
    asked.guest.see(&room, "Alice").await;
    for client in [&mut asked.guest, &mut alice] {
        client.say(&room, "?? printer").await;
        client.hear(&room, "the answer", |nick, words| nick == NICK && words.contains("green button")).await;
        client.say(&room, "??").await;
        client.hear(&room, "the topics", |nick, words| nick == NICK && words.contains("When are you open?")).await;
        client.say(&room, "!time Asia/Tokyo").await;
        client.hear(&room, "Tokyo's time", |nick, words| nick == NICK && words.contains("+09:00")).await;
        client.say(&room, "!time").await;
        client.hear(&room, "our time", |nick, words| nick == NICK && words.contains("Europe/Berlin")).await;
        client.say(&room, "!time Berlin/Mitte").await;
        client.hear(&room, "that there is none", |nick, words| nick == NICK && words.contains("time zone")).await;
    }
}

async fn questions_are_answered_by_direct_message(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut guest = Client::guest(&opened.server).await;
    for client in [&mut alice, &mut guest] {
        client.direct(DESK, "?? printer");
        client.read(DESK, "the answer", |words| words.contains("green button")).await;
        client.direct(DESK, "!time Asia/Tokyo");
        client.read(DESK, "Tokyo's time", |words| words.contains("+09:00")).await;
        client.direct(DESK, "!help");
        client.read(DESK, "help", |words| words.contains("!time")).await;
    }
}

/// Nobody tells the desk; and what cannot be used leaves the old entries in service, after SIGHUP too.
async fn entries_that_change_are_read_again(kind: Kind) {
    let mut opened = open(kind, &["alice"]);
    let mut guest = Client::guest(&opened.server).await;
    let entry = opened.desk.home().join("faq/coffee.md");
    std::fs::write(&entry, "# Where is coffee?\n\nIn the kitchen.").unwrap();
    opened.desk.wait_for_log(|line| line.contains("the FAQ was changed and is read again"));
    guest.direct(DESK, "?? coffee");
    guest.read(DESK, "the new answer", |words| words.contains("In the kitchen.")).await;
    std::fs::write(&entry, b"# Where is coffee?\n\nIn the cellar \xff.").unwrap();
    opened.desk.wait_for_log(|line| line.contains("the old one stays in service"));
    guest.direct(DESK, "?? coffee");
    guest.read(DESK, "the old answer", |words| words.contains("In the kitchen.")).await;
    opened.desk.reload();
    opened.desk.wait_for_log(|line| line.contains("not read again because of the FAQ"));
    guest.direct(DESK, "?? coffee");
    guest.read(DESK, "the old answer still", |words| words.contains("In the kitchen.")).await;
}

/// The table "Who says what is true": none of it makes a line vanish, double, or change its speaker.
async fn what_a_guest_forges_changes_nothing(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("forged").await;
    accept(&mut alice, "Alice").await;
    let (room, desk_in_room) = (asked.room.clone(), format!("{}/{NICK}", asked.room));
    asked.guest.see(&room, "Alice").await;
    let forgeries = [
        format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='1'/>"),
        format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='1'/>"),
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='1'/>".to_owned(),
        format!("<delay xmlns='urn:xmpp:delay' from='{room}' stamp='2002-09-10T23:08:25Z'/>"),
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='alice@chat.example/x'/><status code='110'/></x>".to_owned(),
        "<result xmlns='urn:xmpp:mam:2' id='1' queryid='1'><forwarded xmlns='urn:xmpp:forward:0'/></result>".to_owned(),
        "<subject/>".to_owned(),
    ];
    for (number, forgery) in forgeries.iter().enumerate() {
        asked.guest.send(&format!(
            "<message to='{room}' type='groupchat' id='same'><body>forged {number}</body>{forgery}</message>"
        ));
    }
    // Straight to the desk, past the room.
    let straight = full_jid_of_the_desk(&mut alice).await;
    asked.guest.send(&format!("<message to='{straight}' type='groupchat'><body>never said here</body></message>"));
    asked.guest.send(&format!("<presence to='{straight}' type='unavailable'/>"));
    asked.guest.send(&format!("<message to='{desk_in_room}' type='chat'><body>!close</body></message>"));
    asked.guest.say(&room, "the last of them").await;
    alice.hear_words(&room, "Guest", "the last of them").await;
    alice.say(&room, "!time UTC").await;
    let time = alice.hear(&room, "the time", |nick, words| nick == NICK && words.contains("UTC")).await;

    let chat = opened.desk.wait_for_stage("serving").await;
    opened.desk.wait_for_words(&chat, &time).await;
    let said = opened.desk.said(&chat);
    for (number, forgery) in forgeries.iter().enumerate() {
        let times = said.iter().filter(|(nick, words)| nick == "Guest" && *words == format!("forged {number}")).count();
        assert_eq!(times, 1, "forgery {number}: {forgery}\n{said:#?}");
    }
    assert!(said.iter().all(|(_, words)| words != "never said here"), "{said:#?}");
    let forged =
        opened.desk.transcript(&chat).into_iter().filter(|line| line["nick"] == "Guest" && line["kind"] == "said");
    assert!(forged.clone().all(|line| line["speaker"] == "guest"), "{:#?}", forged.collect::<Vec<_>>());
}

async fn strange_words_do_no_harm(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest("strange").await;
    let room = asked.room.clone();
    let strange = [
        format!("?? {}", "printer ".repeat(1_250)),
        "?? \u{202e}drowssap".to_owned(),
        "!time ../../etc/passwd".to_owned(),
        format!("!time {}", "Europe/".repeat(500)),
        "!frobnicate".to_owned(),
        "!close 99999999999999999999".to_owned(),
        "<message/>&amp;]]>".to_owned(),
    ];
    for words in &strange {
        asked.guest.say(&room, words).await;
    }
    asked.guest.send(&format!("<message to='{room}' type='groupchat'><body/></message>"));
    asked.guest.send(&format!("<message to='{room}' type='groupchat'/>"));
    asked.guest.say(&room, "!help").await;
    let well = |nick: &str, words: &str| nick == NICK && words.contains("shows this");
    let help = asked.guest.hear(&room, "that the desk is well", well).await;
    let chat = opened.desk.wait_for_stage("waiting").await;
    opened.desk.wait_for_words(&chat, &help).await;
    let said = opened.desk.said(&chat);
    for words in strange {
        assert!(said.contains(&("Guest".into(), words.clone())), "{words:?} is missing in {said:#?}");
    }
}

async fn encrypted_words_are_marked(kind: Kind) {
    let opened = open(kind, &["alice"]);
    let mut asked = opened.guest("omemo").await;
    asked.guest.send(&format!(
        "<message to='{}' type='groupchat'><body>I sent you an OMEMO encrypted message</body>\
         <encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>bm8=</payload></encrypted></message>",
        asked.room
    ));
    asked.guest.hear(&asked.room, "how to switch it off", |nick, words| nick == NICK && words.contains("OMEMO")).await;
    let chat = opened.desk.wait_for_stage("waiting").await;
    opened.desk.wait_for_words(&chat, "I sent you an OMEMO encrypted message").await;
    let happenings = opened.desk.happenings(&chat);
    assert!(happenings.contains(&"guest unreadable".to_owned()), "{happenings:?}");
}

/// A guest and an operator talk, and the desk answers a question.
async fn talk(asked: &mut Asked, alice: &mut Client) {
    let room = &asked.room;
    asked.guest.say(room, "It prints flowers").await;
    alice.hear_words(room, "Guest", "It prints flowers").await;
    alice.say(room, "Which kind?").await;
    asked.guest.hear_words(room, "Alice", "Which kind?").await;
    asked.guest.say(room, "?? printer").await;
    alice.hear(room, "the answer", |nick, words| nick == NICK && words.contains("green button")).await;
    asked.guest.hear(room, "the answer", |nick, words| nick == NICK && words.contains("green button")).await;
    asked.guest.say(room, "Thank you").await;
    alice.hear_words(room, "Guest", "Thank you").await;
}

/// The transcript is what the guest heard, line by line, and then the desk's last words; all formats can be read. The
/// guest must have heard all that the desk had to say before they left.
async fn all_is_recorded(opened: &Opened, asked: &mut Asked, outcome: &str) {
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!(chat["outcome"], outcome, "{chat:#}");
    assert_eq!(chat["guest"], asked.guest.jid().to_string());
    let heard = asked.guest.lines(&asked.room);
    let mut said = opened.desk.said(&chat);
    assert_eq!(said.pop().map(|(nick, _)| nick).as_deref(), Some(NICK), "the last words are the desk's");
    assert_eq!(said, heard, "the transcript is what was said");
    let id = chat["id"].to_string();
    for format in ["text", "html"] {
        let page = opened.desk.output_of(&["transcript", &id, "--format", format]);
        assert!(page.contains(&heard[0].1), "{format}: {page}");
    }
}

/// The desk's full JID.
async fn full_jid_of_the_desk(alice: &mut Client) -> String {
    known_to_the_desk(alice).await;
    alice
        .expect("the desk's own presence", |stanza| {
            let from = stanza.attr("from").filter(|from| from.starts_with(&format!("{DESK}/")))?;
            (stanza.name() == "presence" || stanza.name() == "message").then(|| from.to_owned())
        })
        .await
}
