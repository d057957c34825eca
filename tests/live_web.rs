//! The guest's window, from the server side: pages over HTTP, and the door to the XMPP server, on real servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::large_futures
)]

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use support::browser::{Browser, Knock, get, request};
use support::desk::{Config, Desk, NICK};
use support::server::{CHAT, GUESTS, Kind, Port, ROOMS, Server, Setup};
use support::story::{Opened, offered};
use support::terminator::Terminator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use xmpp::tokio_xmpp::minidom::Element;

on_both_servers!(
    a_window_is_served_and_operators_stay_hidden,
    a_closed_tab_is_noticed_within_a_second,
    a_guest_who_says_goodbye_has_gone_at_once,
    a_reload_goes_on_in_the_same_chat,
    a_window_is_told_how_its_chat_stands,
    what_a_guest_thought_of_it_is_kept,
    the_way_to_the_server_may_be_tls,
    the_door_lets_nobody_but_guests_of_its_pages_through,
    the_door_is_for_the_guests_domain_and_anonymous_login,
    what_is_no_frame_ends_the_stream,
    nobody_reaches_strangers_through_the_door,
    who_sends_too_fast_is_slowed_down_and_loses_nothing,
    who_is_slowed_down_still_hears,
    who_falls_silent_is_given_up,
    a_stopping_desk_says_goodbye,
    a_server_that_dies_ends_the_window,
);

/// A desk with pages.
struct Served {
    opened: Opened,
    port: Port,
}

impl Served {
    fn on(setup: impl Into<Setup>, more: &str) -> Self {
        Self::with(setup, more, |_| {})
    }

    fn with(setup: impl Into<Setup>, more: &str, change: impl FnOnce(&mut Config)) -> Self {
        let (server, port) = (Server::start(setup.into()), Port::reserve());
        let mut config = Config::usual(&server, &["alice"]).with_web(&server, port.address(), more);
        change(&mut config);
        Self { opened: Opened { desk: Desk::start(&config), server }, port }
    }

    fn web(&self) -> std::net::SocketAddr {
        self.port.address()
    }
}

async fn a_window_is_served_and_operators_stay_hidden(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut alice = served.opened.operator("alice").await;
    let mut guest = Browser::login(served.web()).await;
    let room = guest.ask(ROOMS, "My printer prints flowers").await;
    guest
        .hear("the greeting", |frame| frame.contains(&format!("/{NICK}'")) || frame.contains(&format!("/{NICK}\"")))
        .await;
    let invited = offered(&mut alice).await;
    assert_eq!(invited.room.to_string(), room);
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    let seen = guest.hear("Alice", |frame| frame.starts_with("<presence") && frame.contains("/Alice")).await;
    assert!(!seen.contains("alice@"), "her address is seen: {seen}");
    alice.say(&invited.room, "Have you watered it?").await;
    guest.hear("her words", |frame| frame.contains("Have you watered it?")).await;
    // An ordinary member, who cannot look at addresses.
    let list = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner'/></query>";
    guest.send(&format!("<iq xmlns='jabber:client' to='{room}' type='get' id='who'>{list}</iq>")).await;
    let answer = guest.hear("an answer", |frame| frame.contains("\"who\"") || frame.contains("'who'")).await;
    assert!(answer.contains("forbidden") && !answer.contains("support@"), "{answer}");
}

async fn a_closed_tab_is_noticed_within_a_second(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut alice = served.opened.operator("alice").await;
    let mut guest = Browser::login(served.web()).await;
    guest.ask(ROOMS, "Hello?").await;
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    alice.see(&invited.room, "Kim").await;
    let begun = Instant::now();
    guest.vanish();
    alice.see_leaving(&invited.room, "Kim").await;
    let took = begun.elapsed();
    println!("{kind:?}: a closed tab is seen by the operator after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

async fn a_guest_who_says_goodbye_has_gone_at_once(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut alice = served.opened.operator("alice").await;
    let mut guest = Browser::login(served.web()).await;
    guest.ask(ROOMS, "Hello?").await;
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    let begun = Instant::now();
    guest.send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>").await;
    assert!(guest.hear_the_end().await.iter().any(|frame| frame.starts_with("<close")));
    alice.see_leaving(&invited.room, "Kim").await;
    assert!(begun.elapsed() < Duration::from_secs(1));
}

async fn a_reload_goes_on_in_the_same_chat(kind: Kind) {
    let served = Served::with(Setup::usual(kind), "", |config| config.guest_grace_seconds = 20);
    let mut alice = served.opened.operator("alice").await;
    let mut guest = Browser::login(served.web()).await;
    let room = guest.ask(ROOMS, "Hello?").await;
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    guest.vanish();
    alice.see_leaving(&invited.room, "Kim").await;
    let mut again = Browser::login(served.web()).await;
    again.enter(&room, "Kim", invited.password.as_deref()).await;
    again.say(&room, "Here I am again").await;
    alice.hear_words(&invited.room, "Kim", "Here I am again").await;
    alice.say(&invited.room, "Welcome back").await;
    again.hear("her words", |frame| frame.contains("Welcome back")).await;
    assert_eq!(served.opened.desk.chats().len(), 1);
}

async fn a_window_is_told_how_its_chat_stands(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut guest = Browser::login(served.web()).await;
    guest.ask(ROOMS, "Hello?").await;
    told(&mut guest, "waiting", "position", "1").await;
    let mut second = Browser::login(served.web()).await;
    second.ask(ROOMS, "Is anybody there?").await;
    told(&mut second, "waiting", "position", "2").await;
    let mut alice = served.opened.operator("alice").await;
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    told(&mut guest, "serving", "operator", "Alice").await;
    alice.say_and_go_on(&invited.room, "!close");
    stands(&mut guest, "closed").await;
}

/// The desk says that the chat is at this stage, and what else is said with it.
async fn told(guest: &mut Browser, stage: &str, attribute: &str, value: &str) {
    let said = |frame: &str| {
        standing(frame)
            .is_some_and(|state| state["stage"] == stage && state.get(attribute).is_some_and(|it| it == value))
    };
    guest.hear(&format!("the stage {stage:?} with {attribute} {value:?}"), said).await;
}

/// The desk says that the chat is at this stage.
async fn stands(guest: &mut Browser, stage: &str) {
    told(guest, stage, "stage", stage).await;
}

/// `urn:frontdesk:state:0` in a frame of the desk's, beside words.
fn standing(frame: &str) -> Option<BTreeMap<String, String>> {
    let message = frame.parse::<Element>().ok()?;
    let state = message.get_child("state", "urn:frontdesk:state:0")?;
    assert!(message.attr("from").is_some_and(|from| from.ends_with(&format!("/{NICK}"))), "{frame}");
    assert!(message.has_child("body", "jabber:client"), "other clients see the words alone: {frame}");
    Some(state.attrs().into_iter().map(|((_, name), value)| (name.to_string(), value.to_owned())).collect())
}

async fn what_a_guest_thought_of_it_is_kept(kind: Kind) {
    let mut served = Served::on(Setup::usual(kind), "");
    let mut alice = served.opened.operator("alice").await;
    let mut guest = Browser::login(served.web()).await;
    let room = guest.ask(ROOMS, "Hello?").await;
    let greeting = guest.hear("the greeting", |frame| standing(frame).is_some()).await;
    let heard = greeting.parse::<Element>().unwrap().attr("id").unwrap().to_owned();
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    let chat = served.opened.desk.only_chat();
    assert_eq!(served.opened.desk.rating(&chat), Value::Null);
    guest.rate(&room, "down", "Slow", None).await;
    served.opened.desk.wait_for_rating(&chat, "Slow").await;
    alice.say_and_go_on(&invited.room, "!close");
    stands(&mut guest, "closed").await;
    guest.rate(&room, "up", "Quick & kind", None).await;
    let rating = served.opened.desk.wait_for_rating(&chat, "Quick & kind").await;
    assert_eq!(rating["thumb"], "up");

    // The desk is started anew, which ends every window; the guest's next connection has another address. Somebody who
    // was not there comes with the room alone.
    served.opened.desk.wait_for_stage("closed").await;
    served.opened.desk.term();
    served.opened.desk.start_again();
    let mut again = Browser::login(served.web()).await;
    assert_ne!(again.jid, guest.jid);
    again.rate(&room, "down", "I was not there", None).await;
    again.rate(&room, "down", "Nor was I", Some("guess-1")).await;
    again.rate(&room, "up", "Still so", Some(&heard)).await;
    served.opened.desk.wait_for_rating(&chat, "Still so").await;
}

async fn the_way_to_the_server_may_be_tls(kind: Kind) {
    let (server, port) = (Server::usual(kind), Port::reserve());
    let tls = Terminator::before(server.http_address()).await;
    let config = |ca_file| {
        let mut config = Config::usual(&server, &["alice"]).with_web(&server, port.address(), "");
        config.web = config.web.replace(&server.websocket(), &tls.websocket());
        config.ca_file = ca_file;
        config
    };
    // Nobody vouches for the server's certificate.
    let mut desk = Desk::start(&config(None));
    assert_eq!(Knock::usual(port.address()).at(port.address()).await.err(), Some(502));
    desk.wait_for_log(|line| line.contains("`web.upstream`") && line.contains("certificate"));
    let told = desk.command(&["check", "--online"]);
    assert_eq!(told.status.code(), Some(69));
    let told = String::from_utf8(told.stdout).unwrap();
    let bad = told.lines().find(|line| line.starts_with("bad ") && line.contains("window: ")).expect(&told);
    assert!(bad.contains(&tls.websocket()) && bad.contains("certificate") && bad.contains("`xmpp.ca_file`"), "{bad}");
    // The private CA does.
    desk.configure(&config(Some(tls.ca_file())));
    desk.reload();
    desk.wait_for_log(|line| line.contains("are read again"));
    let mut guest = Browser::login(port.address()).await;
    let room = guest.ask(ROOMS, "Hello?").await;
    stands(&mut guest, "waiting").await;
    assert_eq!(desk.only_chat()["room"], room);
    let told = String::from_utf8(desk.command(&["check", "--online"]).stdout).unwrap();
    assert!(told.contains(&format!("window: guests can log in to {GUESTS} through {}", tls.websocket())), "{told}");
    desk.term();
}

async fn the_door_lets_nobody_but_guests_of_its_pages_through(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "sites = [\"https://www.example.org\"]");
    let knock = Knock::usual(served.web());
    let at = |origin: Option<&str>| Knock { origin: origin.map(str::to_owned), ..knock.clone() };
    assert!(at(Some("https://www.example.org")).at(served.web()).await.is_ok());
    for stranger in ["https://evil.example", "http://www.example.org", "https://www.example.org.evil.example", "null"] {
        assert_eq!(at(Some(stranger)).at(served.web()).await.err(), Some(403), "{stranger}");
    }
    assert_eq!(at(None).at(served.web()).await.err(), Some(403));
    for subprotocol in [None, Some("xmpp-framing"), Some("chat")] {
        let knock = Knock { subprotocol, ..knock.clone() };
        assert_eq!(knock.at(served.web()).await.err(), Some(400), "{subprotocol:?}");
    }
    assert_eq!(get(served.web(), "/xmpp-websocket", "").await.status, 426);
}

async fn the_door_is_for_the_guests_domain_and_anonymous_login(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let knock = Knock::usual(served.web());
    let mut stranger = knock.at(served.web()).await.unwrap();
    stranger.open(CHAT).await;
    let end = stranger.hear_the_end().await;
    assert!(end.iter().any(|frame| frame.contains("<host-unknown ")), "{end:?}");
    assert!(end.iter().any(|frame| frame.starts_with("<close")), "{end:?}");

    // ejabberd offers PLAIN to guests as well; here it is neither offered nor taken.
    let mut stranger = knock.at(served.web()).await.unwrap();
    stranger.open(GUESTS).await;
    let features = stranger.hear("the features", |frame| frame.contains("features")).await;
    assert_eq!(features.matches("<mechanism>").count(), 1, "{features}");
    stranger.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHg=</auth>").await;
    stranger.hear("a refusal", |frame| frame.contains("<invalid-mechanism")).await;
    // After a mistake the right way is still open, and logging in again under another domain is not.
    stranger.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>").await;
    stranger.hear("success", |frame| frame.contains("<success")).await;
    stranger.open(CHAT).await;
    assert!(stranger.hear_the_end().await.iter().any(|frame| frame.contains("<host-unknown ")));
}

async fn what_is_no_frame_ends_the_stream(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let long = format!("<message xmlns='jabber:client'><body>{}</body></message>", "x".repeat(65 * 1024));
    let frames = [
        (Message::text("<presence xmlns='jabber:client'/><presence xmlns='jabber:client'/>"), "not-well-formed"),
        (Message::text("<presence xmlns='jabber:client'>"), "not-well-formed"),
        (Message::text("<?xml version='1.0'?><presence xmlns='jabber:client'/>"), "not-well-formed"),
        (Message::text("hello"), "not-well-formed"),
        (Message::binary(b"<presence xmlns='jabber:client'/>".to_vec()), "not-well-formed"),
        (Message::text("<enable xmlns='urn:xmpp:sm:3' resume='true'/>"), "invalid-namespace"),
        (Message::text(long), "policy-violation"),
    ];
    for (frame, condition) in frames {
        let mut guest = Browser::login(served.web()).await;
        guest.send_message(frame.clone()).await;
        let end = guest.hear_the_end().await;
        assert!(end.iter().any(|heard| heard.contains(&format!("<{condition} "))), "{frame:?}: {end:?}");
    }
}

async fn nobody_reaches_strangers_through_the_door(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut alice = served.opened.operator("alice").await;
    let mut guest = Browser::login(served.web()).await;
    let other = Browser::login(served.web()).await;
    for to in [
        alice.jid().to_string(),
        format!("alice@{CHAT}"),
        CHAT.to_owned(),
        other.jid.clone(),
        "x@elsewhere.example".to_owned(),
    ] {
        guest.send(&format!("<message xmlns='jabber:client' to='{to}' id='m'><body>spam</body></message>")).await;
        guest.hear("a refusal", |frame| frame.contains("<not-allowed ") && frame.contains("id=\"m\"")).await;
        guest
            .send(&format!("<iq xmlns='jabber:client' to='{to}' type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>"))
            .await;
        guest.hear("a refusal", |frame| frame.contains("<not-allowed ") && frame.contains("id=\"i\"")).await;
    }
    let room = guest.ask(ROOMS, "Hello?").await;
    guest
        .send(&format!(
            "<message xmlns='jabber:client' to='{room}' id='v'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='alice@{CHAT}'/></x></message>"
        ))
        .await;
    guest.hear("a refusal", |frame| frame.contains("<not-allowed ") && frame.contains("id=\"v\"")).await;
    // What is allowed came through meanwhile, and nothing else did.
    let invited = offered(&mut alice).await;
    assert_eq!(invited.room.to_string(), room);
    assert_eq!(alice.count(|stanza| support::stanzas::body(stanza).is_some_and(|body| body == "spam")), 0);
    guest
        .send(&format!("<iq xmlns='jabber:client' to='{GUESTS}' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"))
        .await;
    guest.hear("an answer", |frame| frame.contains("type='result'") || frame.contains("type=\"result\"")).await;
    other.vanish();
}

async fn who_sends_too_fast_is_slowed_down_and_loses_nothing(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut guest = Browser::login(served.web()).await;
    let begun = Instant::now();
    // A burst is free; what goes beyond it takes its time: 600 pings are about 140 KiB more than the burst.
    for number in 0..600 {
        guest
            .send(&format!("<iq xmlns='jabber:client' to='{GUESTS}' type='get' id='ping-{number}'><ping xmlns='urn:xmpp:ping'/></iq>"))
            .await;
    }
    for number in 0..600 {
        let id = [format!("'ping-{number}'"), format!("\"ping-{number}\"")];
        guest.hear("an answer", |frame| id.iter().any(|id| frame.contains(id))).await;
    }
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(3), "{took:?}");
}

async fn who_is_slowed_down_still_hears(kind: Kind) {
    const SPENDTHRIFTS: usize = 12;
    let served = Served::on(Setup::usual(kind), "");
    let mut guest = Browser::login(served.web()).await;
    // All of one address: together they owe a rest of some fourteen seconds.
    let words = "x".repeat(60 * 1024);
    let mut spendthrifts = Vec::new();
    for _ in 0..SPENDTHRIFTS {
        spendthrifts.push(Browser::login(served.web()).await);
    }
    for one in &mut spendthrifts {
        one.send(&format!("<message xmlns='jabber:client' to='x@elsewhere.example'><body>{words}</body></message>"))
            .await;
        one.hear("a refusal", |frame| frame.contains("<not-allowed ")).await;
    }
    let ping = |id: &str| {
        format!("<iq xmlns='jabber:client' to='{GUESTS}' type='get' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>")
    };
    let begun = Instant::now();
    guest.send(&ping("first")).await;
    guest.send(&ping("second")).await;
    guest.hear("an answer", |frame| frame.contains("first")).await;
    let heard = begun.elapsed();
    guest.hear("an answer", |frame| frame.contains("second")).await;
    let rested = begun.elapsed();
    println!("{kind:?}: heard after {heard:?}, read on after {rested:?}");
    assert!(rested > Duration::from_secs(5), "{rested:?}");
    assert!(heard < rested / 2, "{heard:?}");
}

async fn who_falls_silent_is_given_up(kind: Kind) {
    let served = Served::on(Setup::usual(kind), "");
    let mut alice = served.opened.operator("alice").await.with_patience(40);
    let mut guest = Browser::login(served.web()).await;
    guest.ask(ROOMS, "Hello?").await;
    let invited = offered(&mut alice).await;
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    let begun = Instant::now();
    // The laptop is closed: the connection stands, and nobody answers pings.
    let silent = guest.fall_silent();
    alice.see_leaving(&invited.room, "Kim").await;
    let took = begun.elapsed();
    assert!((Duration::from_secs(19)..Duration::from_secs(27)).contains(&took), "{took:?}");
    drop(silent);
}

async fn a_stopping_desk_says_goodbye(kind: Kind) {
    let mut served = Served::on(Setup::usual(kind), "");
    let mut guest = Browser::login(served.web()).await;
    let begun = Instant::now();
    served.opened.desk.term();
    assert!(guest.hear_the_end().await.iter().any(|frame| frame.starts_with("<close")));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

async fn a_server_that_dies_ends_the_window(kind: Kind) {
    let mut served = Served::on(Setup::usual(kind), "");
    let mut guest = Browser::login(served.web()).await;
    served.opened.server.kill9();
    assert!(guest.hear_the_end().await.iter().any(|frame| frame.starts_with("<close")));
    assert_eq!(Knock::usual(served.web()).at(served.web()).await.err(), Some(502), "nobody is there");
    served.opened.desk.kill9();
}

mod pages {
    use super::*;

    #[test]
    fn pages_are_served_with_their_headers() {
        support::play(async {
            let more = "sites = [\"https://www.example.org\"]\ntitle = \"Printers & more\"\ncolour = \"#1F6FEB\"";
            let served = Served::on(Setup::usual(Kind::Prosody), more);
            let up = get(served.web(), "/", "").await;
            assert_eq!((up.status, up.text().as_str()), (200, "The desk is up.\n"));
            for page in [&up, &get(served.web(), "/nothing", "").await, &get(served.web(), "/config.json", "").await] {
                assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
                assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
                let policy = page.header("content-security-policy").unwrap();
                assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
                assert_eq!(page.header("strict-transport-security"), None, "nobody speaks TLS here");
                assert_eq!(page.header("cache-control"), Some("no-store"));
            }
            let frame = get(served.web(), "/frame", "").await;
            let policy = frame.header("content-security-policy").unwrap();
            assert!(policy.ends_with("frame-ancestors 'self' https://www.example.org"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");

            let config: serde_json::Value =
                serde_json::from_slice(&get(served.web(), "/config.json", "").await.body).unwrap();
            assert_eq!(config["desk"], "support@chat.example");
            assert_eq!(config["domain"], GUESTS);
            assert_eq!(config["service"], ROOMS);
            assert_eq!(config["title"], "Printers & more");
            assert_eq!(config["colour"], "#1f6feb");
            assert_eq!(config["open"], true);
            assert_eq!(config["address"], format!("http://{}", served.web()));
            let orders: Vec<&str> = config["orders"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(orders.contains(&"transfer") && orders.contains(&"close"), "{orders:?}");
            assert!(!orders.contains(&"help") && !orders.contains(&"??"), "guests say these, too: {orders:?}");

            assert_eq!(get(served.web(), "/demo", "").await.status, 404, "the shop is for the demo alone");
            assert_eq!(get(served.web(), "/widget/../Cargo.toml", "").await.status, 404);
            assert_eq!(get(served.web(), "/widget/%2e%2e/Cargo.toml", "").await.status, 404);
            let posted = request(
                served.web(),
                &format!("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", served.web()),
            )
            .await;
            assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
        });
    }

    #[test]
    fn out_of_hours_the_window_knows_when_the_desk_opens() {
        support::play(async {
            let served = Served::with(Setup::usual(Kind::Prosody), "", |config| {
                config.queue = "hours = \"2031 Jan 01 10:00-11:00\"".into();
            });
            let config: serde_json::Value =
                serde_json::from_slice(&get(served.web(), "/config.json", "").await.body).unwrap();
            assert_eq!(config["open"], false, "{config}");
        });
    }

    #[test]
    fn dawdlers_and_giants_are_let_go() {
        support::play(async {
            let served = Served::on(Setup::usual(Kind::Prosody), "");
            let giant = get(served.web(), "/", &format!("X-Much: {}\r\n", "x".repeat(20_000))).await;
            assert_eq!(giant.status, 431);
            let many: String = (0..100).map(|number| format!("X-{number}: y\r\n")).collect();
            assert_eq!(get(served.web(), "/", &many).await.status, 431);
            // A byte now and then keeps nobody waiting for ever.
            let begun = Instant::now();
            let mut slow = TcpStream::connect(served.web()).await.unwrap();
            slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
            let mut rest = Vec::new();
            drop(slow.read_to_end(&mut rest).await);
            let took = begun.elapsed();
            assert!((Duration::from_secs(9)..Duration::from_secs(20)).contains(&took), "{took:?}");
        });
    }

    #[test]
    fn one_address_cannot_take_all_connections() {
        support::play(async {
            let served = Served::on(Setup::usual(Kind::Prosody), "trusted_proxies = [\"127.0.0.1\"]");
            let knock = |client: &str| Knock { forwarded_for: Some(client.to_owned()), ..Knock::usual(served.web()) };
            let mut inside = Vec::new();
            for _ in 0..100 {
                inside.push(knock("203.0.113.9").at(served.web()).await.unwrap());
            }
            assert_eq!(knock("203.0.113.9").at(served.web()).await.err(), Some(429));
            assert_eq!(
                knock("198.51.100.1, 203.0.113.9").at(served.web()).await.err(),
                Some(429),
                "the proxy's word counts"
            );
            assert!(knock("203.0.113.10").at(served.web()).await.is_ok());
            drop(inside.pop());
            while knock("203.0.113.9").at(served.web()).await.is_err() {}
        });
    }

    #[test]
    fn a_reload_changes_what_pages_show() {
        support::play(async {
            let (server, port) = (Server::usual(Kind::Prosody), Port::reserve());
            let config =
                |more: &str, port: &Port| Config::usual(&server, &["alice"]).with_web(&server, port.address(), more);
            let mut desk = Desk::start(&config("title = \"Old\"", &port));
            desk.configure(&config("title = \"New\"", &port));
            desk.reload();
            desk.wait_for_log(|line| line.contains("are read again"));
            let shown = || async { get(port.address(), "/config.json", "").await.text() };
            while !shown().await.contains("New") {}
            let elsewhere = Port::reserve();
            desk.configure(&config("title = \"Newer\"", &elsewhere));
            desk.reload();
            desk.wait_for_log(|line| line.contains("where [web] listens changes after a restart"));
            while !shown().await.contains("Newer") {}
        });
    }

    #[test]
    fn a_port_that_is_taken_is_told() {
        support::play(async {
            let (server, port) = (Server::usual(Kind::Prosody), Port::reserve());
            let _taken = std::net::TcpListener::bind(port.address()).unwrap();
            let desk = Desk::set_up(&Config::usual(&server, &["alice"]).with_web(&server, port.address(), ""));
            let (code, log) = desk.run_to_its_end();
            assert_eq!(code, Some(69), "{log}");
            assert!(log.contains(&format!("nobody can listen on {}", port.address())), "{log}");
        });
    }
}
