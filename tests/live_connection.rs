//! The link to the server, against real servers: logging in, losing the server, a second copy, and each thing that can
//! be asked, said and heard.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::large_futures)]

mod support;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use frontdesk::desk::action::{Question, RoomSetup, Speech};
use frontdesk::desk::event::{
    Affiliation, Answer, Body, Condition, Event, InvitationForm, OccupantPresent, RoomFeatures, Show,
};
use frontdesk::desk::ids::{MessageId, Nick, RoomJid};
use frontdesk::desk::wording::Language;
use frontdesk::secret::Secret;
use frontdesk::xmpp::{Account, Link, LinkFailure, Others, Outgoing, SessionNumber, Survey, Tls, start};
use tokio::sync::mpsc;
use xmpp::jid::Jid;

use support::client::Client;
use support::proxy::Proxy;
use support::server::{DESK, Kind, ROOMS, Server, Setup};

on_both_servers!(
    logs_in_in_plain_text_on_loopback,
    logs_in_by_starttls,
    logs_in_by_direct_tls,
    a_wrong_password_is_final,
    an_unknown_authority_is_explained_and_retried,
    a_server_that_comes_up_later_is_found,
    a_killed_server_is_found_again_and_again,
    a_cut_connection_is_resumed_and_nothing_is_lost,
    a_daemon_that_does_not_listen_blocks_nothing_for_good,
    a_lost_connection_fails_every_open_question,
    what_was_meant_for_an_old_session_is_not_said_in_the_new_one,
    a_second_copy_is_refused,
    a_copy_that_takes_our_place_ends_us,
    a_visitor_does_not_disturb_the_desk,
    questions_of_others_are_answered,
    invitations_are_heard,
    a_room_from_entry_to_destruction,
    entries_are_refused_for_a_reason,
    people_and_their_presence,
    private_and_direct_words,
    hostile_words_break_nothing,
    closing_says_goodbye,
);

/// How long to wait for what is expected. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server was lost and returned: the link must be back within this time.
const RETURN: Duration = Duration::from_secs(12);

/// A link, and who carries events to and fro.
struct Desk {
    link: Link,
    events: mpsc::Receiver<Event>,
    session: SessionNumber,
    heard: Vec<Event>,
}

impl Desk {
    async fn connected(server: &Server) -> Self {
        let mut desk = Self::started(account(server)).await;
        desk.expect("a session", |event| (*event == Event::Connected).then_some(())).await;
        desk
    }

    async fn started(account: Account) -> Self {
        Self::try_started(account).await.expect("a link")
    }

    async fn try_started(account: Account) -> Result<Self, LinkFailure> {
        let (sender, events) = mpsc::channel(64);
        let link = start(account, Others::Unknown, sender).await?;
        Ok(Self { link, events, session: SessionNumber::default(), heard: Vec::new() })
    }

    async fn expect<T>(&mut self, what: &str, wanted: impl FnMut(&Event) -> Option<T>) -> T {
        self.expect_within(PATIENCE, what, wanted).await
    }

    /// Waits for an event among those that came and were not expected yet.
    async fn expect_within<T>(
        &mut self,
        limit: Duration,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> T {
        let known = self.heard.iter().enumerate().find_map(|(place, event)| Some((place, wanted(event)?)));
        if let Some((place, found)) = known {
            self.heard.remove(place);
            return found;
        }
        let end = tokio::time::Instant::now() + limit;
        loop {
            let Ok(event) = tokio::time::timeout_at(end, self.events.recv()).await else {
                panic!("waited in vain for {what}; what came:\n{:#?}", self.heard);
            };
            let event = event.unwrap_or_else(|| panic!("the link ended before {what}"));
            self.session = self.session.after(&event);
            match wanted(&event) {
                Some(found) => return found,
                None => self.heard.push(event),
            }
        }
    }

    async fn see(&mut self, expected: Event) {
        self.expect(&format!("{expected:?}"), |event| (*event == expected).then_some(())).await;
    }

    async fn say(&self, speech: Speech) {
        self.link.send(self.session, Outgoing::Speak(speech)).await.unwrap();
    }

    async fn ask(&self, question: Question) {
        self.link.send(self.session, Outgoing::Ask(question)).await.unwrap();
    }

    /// Asks and waits for the answer.
    async fn learn(&mut self, question: Question) -> Answer {
        self.ask(question.clone()).await;
        self.answer(question).await
    }

    async fn answer(&mut self, asked: Question) -> Answer {
        self.expect(&format!("an answer to {asked:?}"), |event| match event {
            Event::QuestionAnswered { question, answer } if *question == asked => Some(answer.clone()),
            _ => None,
        })
        .await
    }

    /// Enters a room and waits for the subject.
    async fn enter(&mut self, room: &RoomJid, password: Option<&str>) -> OccupantPresent {
        self.ask(entry(room, password)).await;
        let entered = self
            .expect("our own presence", |event| match event {
                Event::OccupantPresent(present) if present.own && present.room == *room => Some(present.clone()),
                _ => None,
            })
            .await;
        let ended = |event: &Event| matches!(event, Event::SubjectReceived { room: of, .. } if of == room);
        self.expect("the subject", |event| ended(event).then_some(())).await;
        entered
    }

    async fn refusal(&mut self, room: &RoomJid) -> Condition {
        self.expect("a refused entry", |event| match event {
            Event::EntryRefused { room: refused, condition } if refused == room => Some(*condition),
            _ => None,
        })
        .await
    }
}

fn account(server: &Server) -> Account {
    let address = server.address();
    account_at(address, server.password("support"), Tls::Off, None)
}

fn account_at(address: SocketAddr, password: &str, tls: Tls, ca_file: Option<PathBuf>) -> Account {
    Account {
        jid: DESK.parse().unwrap(),
        password: Secret::new(password.to_owned()),
        server: Some(frontdesk::xmpp::Server { host: address.ip().to_string(), port: address.port() }),
        tls,
        ca_file,
        seed: u64::from(address.port()),
    }
}

fn entry(room: &RoomJid, password: Option<&str>) -> Question {
    let password = password.map(ToOwned::to_owned);
    Question::Enter { room: room.clone(), nick: Nick::from("Support".to_owned()), password, history: 20 }
}

fn room(name: &str) -> RoomJid {
    format!("{name}@{ROOMS}").parse().unwrap()
}

fn words(room: &RoomJid, id: &str, body: &str) -> Speech {
    let (room, id, body) = (room.clone(), MessageId::from(id.to_owned()), body.to_owned());
    Speech::Room { room, id, body, language: Language::English, state: None }
}

async fn logs_in_in_plain_text_on_loopback(kind: Kind) {
    let server = Server::usual(kind);
    Desk::connected(&server).await.link.close().await;
}

async fn logs_in_by_starttls(kind: Kind) {
    let server = Server::start(Setup::usual(kind).with_tls());
    logs_in(account_at(server.address(), server.password("support"), Tls::Required, Some(server.ca_file()))).await;
}

async fn logs_in_by_direct_tls(kind: Kind) {
    let server = Server::start(Setup::usual(kind).with_tls());
    let address = server.direct_tls_address();
    logs_in(account_at(address, server.password("support"), Tls::Direct, Some(server.ca_file()))).await;
}

async fn logs_in(account: Account) {
    let mut desk = Desk::started(account.clone()).await;
    desk.see(Event::Connected).await;
    Survey::begin(account).await.expect("a login beside the desk").end().await;
    desk.link.close().await;
}

async fn a_wrong_password_is_final(kind: Kind) {
    let server = Server::usual(kind);
    let wrong = account_at(server.address(), "not the password", Tls::Off, None);
    let failure = Desk::try_started(wrong).await.err();
    assert!(matches!(&failure, Some(LinkFailure::Authentication(words)) if words.contains("password")), "{failure:?}");
}

async fn an_unknown_authority_is_explained_and_retried(kind: Kind) {
    let server = Server::start(Setup::usual(kind).with_tls());
    let account = account_at(server.address(), server.password("support"), Tls::Required, None);
    let failure = Survey::begin(account.clone()).await.err().expect("no login").to_string();
    assert!(failure.contains("certificate") && failure.contains("ca_file"), "{failure}");
    let (sender, _events) = mpsc::channel(1);
    assert!(
        tokio::time::timeout(Duration::from_secs(2), start(account, Others::Unknown, sender)).await.is_err(),
        "it gave up"
    );
}

async fn a_server_that_comes_up_later_is_found(kind: Kind) {
    let mut server = Server::usual(kind);
    server.kill9();
    let starting = tokio::spawn(Desk::started(account(&server)));
    tokio::task::yield_now().await;
    server.start_again();
    let mut desk = tokio::time::timeout(RETURN, starting).await.expect("found within seconds").unwrap();
    desk.see(Event::Connected).await;
}

async fn a_killed_server_is_found_again_and_again(kind: Kind) {
    let mut server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    for _ in 0..4 {
        server.kill9();
        desk.see(Event::Disconnected).await;
        server.start_again();
        desk.expect_within(RETURN, "a new session", |event| (*event == Event::Connected).then_some(())).await;
        assert!(matches!(desk.learn(Question::Roster).await, Answer::Roster(_)));
    }
}

async fn a_cut_connection_is_resumed_and_nothing_is_lost(kind: Kind) {
    let server = Server::usual(kind);
    let cable = Proxy::to(server.address()).await;
    let account = account_at(cable.address, server.password("support"), Tls::Off, None);
    let mut desk = Desk::started(account).await;
    desk.see(Event::Connected).await;
    let mut guest = Client::guest(&server).await;
    let opened = guest.open_room("cut", "Guest").await;
    desk.enter(&room("cut"), None).await;
    for round in 0..3 {
        cable.cut();
        let said = format!("said while the cable was cut {round}");
        guest.say(&opened, &said).await;
        desk.see(Event::Disconnected).await;
        desk.say(words(&room("cut"), &format!("id-{round}"), &format!("answer {round}"))).await;
        desk.expect_within(RETURN, "the old session", |event| (*event == Event::Resumed).then_some(())).await;
        desk.expect("the words", |event| room_words(event, "Guest").filter(|(words, _)| *words == said)).await;
        guest.hear_words(&opened, "Support", &format!("answer {round}")).await;
    }
    assert!(!desk.heard.contains(&Event::Connected));
}

/// More than all queues hold is said in both directions while nobody takes the events.
async fn a_daemon_that_does_not_listen_blocks_nothing_for_good(kind: Kind) {
    const WORDS: usize = 3_000;
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut guest = Client::guest(&server).await.with_patience(120);
    let opened = guest.open_room("deaf", "Guest").await;
    desk.enter(&room("deaf"), None).await;
    for number in 0..WORDS {
        guest.say_and_go_on(&opened, &format!("guest {number}"));
        desk.say(words(&room("deaf"), &number.to_string(), &format!("desk {number}"))).await;
    }
    guest.hear_words(&opened, "Support", &format!("desk {}", WORDS - 1)).await;
    for speaker in ["Guest", "Support"] {
        for number in 0..WORDS {
            let heard = desk.expect("the next words", |event| room_words(event, speaker)).await.0;
            assert!(heard.ends_with(&format!(" {number}")), "{heard} came and not {number}");
        }
    }
    assert!(!desk.heard.contains(&Event::Disconnected), "the stream was given up");
}

async fn a_lost_connection_fails_every_open_question(kind: Kind) {
    let mut server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    server.kill9();
    desk.see(Event::Disconnected).await;
    let questions = ["a", "b"].map(|name| Question::Describe { room: room(name) });
    for question in &questions {
        desk.ask(question.clone()).await;
    }
    server.start_again();
    for question in questions {
        assert_eq!(desk.answer(question).await, Answer::Unanswered);
        assert!(!desk.heard.contains(&Event::Connected), "the new session came before the end of the old one");
    }
    desk.see(Event::Connected).await;
}

async fn what_was_meant_for_an_old_session_is_not_said_in_the_new_one(kind: Kind) {
    let mut server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let old = desk.session;
    server.kill9();
    desk.see(Event::Disconnected).await;
    let late = |id: &str| Speech::Direct {
        to: "alice@chat.example".parse().unwrap(),
        id: MessageId::from(id.to_owned()),
        body: format!("said {id}"),
        language: Language::English,
    };
    desk.say(late("while it was away")).await;
    server.start_again();
    desk.see(Event::Connected).await;
    desk.link.send(old, Outgoing::Speak(late("too late"))).await.unwrap();
    let mut alice = Client::login(&server, "alice").await;
    alice.presence(None);
    desk.say(late("in time")).await;
    assert_eq!(alice.read(DESK, "words", |_| true).await, "said in time");
}

async fn a_second_copy_is_refused(kind: Kind) {
    let server = Server::usual(kind);
    let mut first = Desk::connected(&server).await;
    let second = Desk::try_started(account(&server)).await.err();
    assert!(matches!(second, Some(LinkFailure::SecondCopy(_))), "{second:?}");
    assert!(matches!(first.learn(Question::Roster).await, Answer::Roster(_)));
    assert_eq!(first.heard, [], "the first one has noticed");
    first.link.close().await;
    Desk::connected(&server).await;
}

async fn a_copy_that_takes_our_place_ends_us(kind: Kind) {
    let server = Server::usual(kind);
    let desk = Desk::connected(&server).await;
    let _thief = Client::login_as(&server, "support", "frontdesk").await;
    let failure = tokio::time::timeout(PATIENCE, desk.link.failed()).await.expect("an end");
    assert!(matches!(failure, LinkFailure::SecondCopy(_)), "{failure:?}");
}

async fn a_visitor_does_not_disturb_the_desk(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut visitor = Survey::begin(account(&server)).await.unwrap();
    visitor.contacts().await.unwrap();
    assert_eq!(visitor.try_room(ROOMS).await.left_behind, None);
    visitor.end().await;
    assert!(matches!(desk.learn(Question::Roster).await, Answer::Roster(_)));
    assert_eq!(desk.heard, []);
}

async fn questions_of_others_are_answered(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut alice = Client::login(&server, "alice").await;
    let us = format!("{DESK}/frontdesk");
    alice.ask("get", &us, "<ping xmlns='urn:xmpp:ping'/>").await.unwrap();
    let disco = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    let description = alice.ask("get", &us, disco).await.unwrap();
    let query = description.children().next().unwrap();
    let identity = query.children().find(|child| child.name() == "identity").unwrap();
    assert_eq!((identity.attr("category"), identity.attr("type")), (Some("client"), Some("bot")));
    let version = alice.ask("get", &us, "<query xmlns='jabber:iq:version'/>").await.unwrap();
    assert!(version.children().next().unwrap().children().any(|child| child.text() == "frontdesk"));
    let refused = alice.ask("set", &us, "<query xmlns='jabber:iq:roster'><item jid='eve@x'/></query>").await;
    assert_eq!(refused.unwrap_err(), "service-unavailable");

    alice.send(&format!("<iq type='get' to='{us}' id='t1'><time xmlns='urn:xmpp:time'/></iq>"));
    let (from, id) = desk
        .expect("a question for the time", |event| match event {
            Event::TimeAsked { from, id } => Some((from.clone(), id.clone())),
            _ => None,
        })
        .await;
    let time = chrono::DateTime::parse_from_rfc3339("2026-11-22T10:00:00-03:30").unwrap();
    desk.say(Speech::TellTime { to: from, id, time }).await;
    let told = alice.expect("the time", |stanza| (stanza.attr("id") == Some("t1")).then(|| stanza.clone())).await;
    let texts: Vec<String> = told.children().next().unwrap().children().map(|child| child.text()).collect();
    assert_eq!(texts, ["-03:30", "2026-11-22T13:30:00Z"]);
}

async fn invitations_are_heard(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    desk.say(Speech::Available).await;
    let mut guest = Client::guest(&server).await;
    let opened = guest.open_room("printer", "Guest").await;
    guest.invite_mediated(&opened, DESK, "the printer burns");
    guest.invite_direct(opened.as_str(), DESK, Some("open & sesame"));
    let mut invitations = Vec::new();
    for _ in 0..2 {
        let invitation = desk.expect("an invitation", |event| match event {
            Event::InvitationReceived(invitation) => Some(invitation.clone()),
            _ => None,
        });
        invitations.push(invitation.await);
    }
    let mediated = invitations.iter().find(|it| it.form == InvitationForm::Mediated).unwrap();
    assert_eq!((&mediated.room, mediated.reason.as_deref()), (&room("printer"), Some("the printer burns")));
    assert!(mediated.from == *guest.jid() || mediated.from.to_bare() == opened, "{mediated:?}");
    let direct = invitations.iter().find(|it| it.form == InvitationForm::Direct).unwrap();
    assert_eq!((&direct.from, direct.password.as_deref()), (&guest.jid().clone().into(), Some("open & sesame")));
    assert!(desk.heard.is_empty(), "more than two: {:?}", desk.heard);
}

async fn a_room_from_entry_to_destruction(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut guest = Client::guest(&server).await;
    let opened = guest.open_room("life", "Guest").await;
    guest.say(&opened, "is anybody there?").await;
    let room = room("life");

    let own = desk.enter(&room, None).await;
    assert_eq!(own.affiliation, Affiliation::Owner);
    let history = desk.expect("history", |event| room_words(event, "Guest")).await;
    assert_eq!((history.0.as_str(), history.1), ("is anybody there?", true));

    let before = described(&mut desk, &room).await;
    assert!(before.stanza_ids && !before.password && !before.persistent, "{before:?}");
    let setup = RoomSetup {
        persistent: Some(true),
        jids_for_moderators_only: true,
        password: Some("<pass> & 'word'".to_owned()),
        name: Some("Chat 1: \"Jo\" & <Ann>".to_owned()),
        description: Some("frontdesk chat 1".to_owned()),
        hidden: true,
    };
    assert_eq!(desk.learn(Question::Configure { room: room.clone(), setup }).await, Answer::Done);
    let after = described(&mut desk, &room).await;
    assert!(after.persistent && after.password && !after.real_jids_for_all, "{after:?}");

    let member = guest.bare_jid();
    let affiliation = Affiliation::Member;
    let affiliate = Question::Affiliate { room: room.clone(), jid: member.clone(), affiliation };
    assert_eq!(desk.learn(affiliate).await, Answer::Done);
    let list = Question::ListAffiliated { room: room.clone(), affiliation };
    assert_eq!(desk.learn(list).await, Answer::Affiliated(vec![member]));

    desk.say(words(&room, "tag-1", "Welcome & <hello>")).await;
    guest.hear_words(&opened, "Support", "Welcome & <hello>").await;
    let echo = desk
        .expect("our echo", |event| match event {
            Event::RoomMessageReceived(message) if message.nick.as_ref().is_some_and(|nick| &**nick == "Support") => {
                Some(message.clone())
            }
            _ => None,
        })
        .await;
    assert_eq!(echo.id, Some(MessageId::from("tag-1".to_owned())));
    assert_eq!(echo.body, Body::Words("Welcome & <hello>".to_owned()));
    assert_eq!((echo.language.as_deref(), echo.delay), (Some("en"), None));
    assert!(echo.stanza_id.is_some());

    let destroy = Question::Destroy { room: room.clone(), reason: "goodbye".to_owned() };
    assert_eq!(desk.learn(destroy).await, Answer::Done);
    let (own, destroyed) = desk
        .expect("our end in the room", |event| match event {
            Event::OccupantGone(gone) if gone.room == room && &*gone.nick == "Support" => {
                Some((gone.own, gone.destroyed))
            }
            _ => None,
        })
        .await;
    assert!(destroyed, "own: {own}");
    guest.see_the_end(&opened).await;
}

async fn described(desk: &mut Desk, room: &RoomJid) -> RoomFeatures {
    match desk.learn(Question::Describe { room: room.clone() }).await {
        Answer::Described(features) => features,
        other => panic!("{other:?}"),
    }
}

/// What this nick said, and whether it is history.
fn room_words(event: &Event, speaker: &str) -> Option<(String, bool)> {
    match event {
        Event::RoomMessageReceived(message) if message.nick.as_ref().is_some_and(|nick| &**nick == speaker) => {
            let Body::Words(words) = &message.body else { return None };
            Some((words.clone(), message.delay.is_some()))
        }
        _ => None,
    }
}

async fn entries_are_refused_for_a_reason(kind: Kind) {
    let server = Server::start(Setup::usual(kind).desk_without_rights());
    let mut desk = Desk::connected(&server).await;
    let mut guest = Client::guest(&server).await;
    let closed = ("muc#roomconfig_membersonly", "1");
    guest.open_room_with("members", "Guest", &[closed]).await;
    let password = [("muc#roomconfig_passwordprotectedroom", "1"), ("muc#roomconfig_roomsecret", "x")];
    guest.open_room_with("secret", "Guest", &password).await;
    guest.open_room("taken", "Support").await;
    for (name, expected) in [
        ("members", Condition::RegistrationRequired),
        ("secret", Condition::NotAuthorized),
        ("taken", Condition::Conflict),
    ] {
        desk.ask(entry(&room(name), None)).await;
        assert_eq!(desk.refusal(&room(name)).await, expected, "{name}");
    }
    let impossible = Nick::from("x".repeat(2_000));
    let question = Question::Enter { room: room("taken"), nick: impossible, password: None, history: 0 };
    desk.ask(question).await;
    assert_eq!(desk.refusal(&room("taken")).await, Condition::JidMalformed);
    let own = desk.enter(&room("secret"), Some("x")).await;
    assert_eq!(own.affiliation, Affiliation::None);
}

async fn people_and_their_presence(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut alice = Client::login_as(&server, "alice", "phone").await;
    alice.presence(None);
    let alice_jid: xmpp::jid::BareJid = "alice@chat.example".parse().unwrap();
    assert_eq!(desk.learn(Question::Roster).await, Answer::Roster(Vec::new()));
    desk.say(Speech::Available).await;
    desk.say(Speech::Subscribe(alice_jid.clone())).await;
    alice.befriend(DESK).await;
    desk.see(Event::SubscriptionRequested { from: alice_jid.clone() }).await;
    desk.say(Speech::ApproveSubscription(alice_jid.clone())).await;
    desk.expect("a mutual subscription", |event| match event {
        Event::RosterChanged(item) => (item.jid == alice_jid && item.to && item.from).then_some(()),
        _ => None,
    })
    .await;
    let shows = |desk: &mut Desk, expected: Show| {
        let from: Jid = "alice@chat.example/phone".parse().unwrap();
        let wanted = Event::PresenceReceived(frontdesk::desk::event::ContactPresence { from, show: expected });
        desk.heard.retain(|event| !matches!(event, Event::PresenceReceived(_)) || *event == wanted);
        wanted
    };
    let online = shows(&mut desk, Show::Online);
    desk.see(online).await;
    alice.presence(Some("dnd"));
    let busy = shows(&mut desk, Show::Busy);
    desk.see(busy).await;
    alice.unavailable();
    let offline = shows(&mut desk, Show::Offline);
    desk.see(offline).await;
    match desk.learn(Question::Roster).await {
        Answer::Roster(items) => assert!(items.iter().any(|item| item.jid == alice_jid && item.to && item.from)),
        other => panic!("{other:?}"),
    }
    let mut eve = Client::login(&server, "bob").await;
    let own = eve.bare_jid();
    eve.ask("get", own.as_str(), "<query xmlns='jabber:iq:roster'/>").await.unwrap();
    eve.presence(None);
    eve.subscribe(DESK);
    desk.see(Event::SubscriptionRequested { from: eve.bare_jid() }).await;
    desk.say(Speech::RefuseSubscription(eve.bare_jid())).await;
    eve.expect("a refusal", |stanza| (stanza.attr("type") == Some("unsubscribed")).then_some(())).await;
}

async fn private_and_direct_words(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    desk.say(Speech::Available).await;
    let mut guest = Client::guest(&server).await;
    let opened = guest.open_room("aside", "Guest").await;
    let room = room("aside");
    desk.enter(&room, None).await;
    guest.see(&opened, "Support").await;

    let occupant: Jid = format!("{room}/Guest").parse().unwrap();
    let private = Speech::Direct {
        to: occupant.clone(),
        id: MessageId::from("p1".to_owned()),
        body: "just for you".to_owned(),
        language: Language::German,
    };
    desk.say(private).await;
    let marked = guest
        .expect("a private message", |stanza| {
            let private = stanza.name() == "message" && stanza.attr("id") == Some("p1");
            private.then(|| stanza.has_child("x", "http://jabber.org/protocol/muc#user"))
        })
        .await;
    assert!(marked, "without the mark of a private message");
    guest.direct(&format!("{room}/Support"), "thank you");
    heard_direct(&mut desk, &occupant, "thank you").await;
    guest.direct(DESK, "hello desk");
    heard_direct(&mut desk, &guest.jid().clone().into(), "hello desk").await;

    let mut alice = Client::login(&server, "alice").await;
    alice.presence(None);
    let invite = Speech::Invite {
        to: "alice@chat.example".parse().unwrap(),
        room: room.clone(),
        password: Some("geheim".to_owned()),
        reason: "a guest waits".to_owned(),
        id: MessageId::from("i1".to_owned()),
    };
    desk.say(invite).await;
    let invited = alice.be_invited(DESK).await;
    assert_eq!((invited.room, invited.password.as_deref()), (opened.clone(), Some("geheim")));
    assert_eq!(invited.reason.as_deref(), Some("a guest waits"));

    let nobody = Speech::Direct {
        to: "nobody@chat.example/x".parse().unwrap(),
        id: MessageId::from("n1".to_owned()),
        body: "?".to_owned(),
        language: Language::English,
    };
    desk.say(nobody).await;
    desk.expect("a bounce", |event| match event {
        Event::MessageBounced { id: Some(id), .. } => (&*id.0 == "n1").then_some(()),
        _ => None,
    })
    .await;
    desk.say(Speech::Leave { room: room.clone(), nick: Nick::from("Support".to_owned()) }).await;
    guest.see_leaving(&opened, "Support").await;
    desk.expect("our leaving", |event| match event {
        Event::OccupantGone(gone) => (gone.own && gone.room == room && !gone.destroyed).then_some(()),
        _ => None,
    })
    .await;
}

async fn heard_direct(desk: &mut Desk, from: &Jid, body: &str) {
    desk.expect(body, |event| match event {
        Event::DirectMessageReceived(message) => {
            (message.from == *from && message.body == body && !message.delayed).then_some(())
        }
        _ => None,
    })
    .await;
}

async fn hostile_words_break_nothing(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut guest = Client::guest(&server).await;
    let opened = guest.open_room("hostile", "Guest").await;
    let room = room("hostile");
    desk.enter(&room, None).await;
    desk.say(words(&room, "id\u{1}\u{0}", "a\u{0}b\u{ffff}c\u{1b}[31m")).await;
    desk.say(words(&room, "long", &"ü".repeat(200_000))).await;
    let reason = "x\u{2}".repeat(50_000);
    let (to, id) = (guest.jid().clone().into(), MessageId::from("\u{3}".to_owned()));
    desk.say(Speech::Invite { to, room: room.clone(), password: None, reason, id }).await;
    guest.hear_words(&opened, "Support", "a\u{fffd}b\u{fffd}c\u{fffd}[31m").await;
    guest.be_invited(DESK).await;
    guest.send(&format!(
        "<message to='{room}' type='groupchat' id='f'><body>forged</body>\
         <result xmlns='urn:xmpp:mam:2' id='1'/><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/>\
         <item affiliation='owner'/><invite from='a@b'/></x></message>"
    ));
    let heard = desk.expect("the forged words", |event| room_words(event, "Guest")).await;
    assert_eq!(heard, ("forged".to_owned(), false));
    assert!(matches!(desk.learn(Question::Roster).await, Answer::Roster(_)));
    assert!(!desk.heard.iter().any(|event| matches!(event, Event::Disconnected | Event::InvitationReceived(_))));
}

async fn closing_says_goodbye(kind: Kind) {
    let server = Server::usual(kind);
    let mut desk = Desk::connected(&server).await;
    let mut guest = Client::guest(&server).await;
    let opened = guest.open_room("end", "Guest").await;
    desk.enter(&room("end"), None).await;
    guest.see(&opened, "Support").await;
    desk.say(words(&room("end"), "last", "last words")).await;
    desk.link.close().await;
    guest.hear_words(&opened, "Support", "last words").await;
    guest.see_leaving(&opened, "Support").await;
}
