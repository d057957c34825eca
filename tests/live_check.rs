//! `frontdesk check --online` against real servers: what it says of good and bad set-ups, with which code it ends, and
//! that it leaves everything as it was.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::large_futures)]

mod support;

use std::time::Duration;

use support::client::Client;
use support::desk::{Config, Desk, NICK, binary};
use support::process::{Process, bound_to_us};
use support::server::{CHAT, DESK, GUESTS, Kind, Port, ROOMS, Server, Setup};
use support::story::{Asked, Opened, open_with};

on_both_servers!(
    all_is_good_for_an_admin,
    a_desk_that_is_no_admin_is_told_how_to_become_one,
    rooms_that_only_admins_make,
    rooms_without_an_archive,
    rooms_that_are_persistent_by_default,
    sessions_that_cannot_be_resumed,
    what_the_accounts_own_archive_keeps_is_told,
    starttls_and_the_way_of_logging_in_are_told,
    a_wrong_password,
    a_server_that_is_down,
    a_certificate_that_nobody_vouches_for,
    services_that_are_none,
    guests_of_a_domain_that_is_not_there,
    operators_who_are_not_seen_are_named,
    the_way_of_the_window_is_tried,
    a_running_desk_serves_on,
    killed_at_any_moment_it_leaves_nothing,
);

/// How long a check may take to come to its rooms, and its room to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the check printed, and its exit code.
struct Checked {
    code: Option<i32>,
    printed: String,
}

fn check(desk: &Desk) -> Checked {
    let output = desk.command(&["check", "--online"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "all is told on standard output:\n{printed}");
    Checked { code: output.status.code(), printed }
}

impl Checked {
    #[track_caller]
    fn ended_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.printed);
        self
    }

    /// There is a line of this grade with these words.
    #[track_caller]
    fn says(&self, grade: &str, words: &[&str]) -> &Self {
        let line = |line: &&str| line.starts_with(grade) && words.iter().all(|words| line.contains(words));
        assert!(self.printed.lines().any(|it| line(&it)), "no {grade} line with {words:?}:\n{}", self.printed);
        self
    }

    /// There is no line of this grade but those with one of these words.
    #[track_caller]
    fn says_no(&self, grade: &str, but: &[&str]) -> &Self {
        let mut lines = self.printed.lines().filter(|line| line.starts_with(grade));
        let surplus = lines.find(|line| !but.iter().any(|words| line.contains(words)));
        assert_eq!(surplus, None, "{}", self.printed);
        self
    }
}

/// A server, and a desk on it that is not running.
fn set_up(setup: Setup, change: impl FnOnce(&mut Config)) -> (Server, Desk) {
    let server = Server::start(setup);
    let mut config = Config::usual(&server, &["alice"]);
    change(&mut config);
    let desk = Desk::set_up(&config);
    (server, desk)
}

/// The rooms that a client sees at the service.
async fn rooms(client: &mut Client) -> Vec<String> {
    let items = client.ask("get", ROOMS, "<query xmlns='http://jabber.org/protocol/disco#items'/>").await.unwrap();
    let query = items.children().next().unwrap();
    query.children().filter_map(|item| item.attr("jid").map(ToOwned::to_owned)).collect()
}

/// Runs the check; whatever it finds, it leaves no room behind.
async fn check_leaving_nothing(server: &Server, desk: &Desk) -> Checked {
    let mut guest = Client::guest(server).await;
    let room = guest.open_room("witness", "Guest").await.to_string();
    let before = rooms(&mut guest).await;
    assert_eq!(before, [room], "rooms can be seen here");
    let checked = check(desk);
    assert_eq!(rooms(&mut guest).await, before, "a room was left behind:\n{}", checked.printed);
    checked
}

fn own_limit(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Prosody => &["operator Alice"],
        // Its archive keeps nothing of accounts unless it is told to.
        Kind::Ejabberd => &["operator Alice", "`max_user_conferences`", "direct messages: "],
    }
}

async fn all_is_good_for_an_admin(kind: Kind) {
    let (server, desk) = set_up(Setup::usual(kind).with_rooms_listed(), |_| {});
    let checked = check_leaving_nothing(&server, &desk).await;
    let software = match kind {
        Kind::Prosody => "Prosody",
        Kind::Ejabberd => "ejabberd",
    };
    checked
        .ended_with(0)
        .says("good", &["login: ", DESK, "SCRAM-SHA-", "no TLS"])
        .says("good", &["server: ", software])
        .says("good", &["XEP-0198"])
        .says("good", &[ROOMS, "a MUC service"])
        .says("good", &[ROOMS, "a room can be made and set up"])
        .says("good", &[ROOMS, "XEP-0313"])
        .says("good", &[ROOMS, DESK, "is an admin"])
        .says("good", &[GUESTS, "is there"])
        .says_no("doubtful", own_limit(kind))
        .says_no("bad", &[]);
}

async fn the_way_of_the_window_is_tried(kind: Kind) {
    let (server, port) = (Server::usual(kind), Port::reserve());
    let with = |change: &dyn Fn(&mut Config)| {
        let mut config = Config::usual(&server, &["alice"]).with_web(&server, port.address(), "");
        change(&mut config);
        check(&Desk::set_up(&config))
    };
    with(&|_| {}).ended_with(0).says("good", &["window: ", GUESTS, &server.websocket()]);
    let nowhere = Port::reserve().address();
    let elsewhere = |config: &mut Config| {
        config.web = config.web.replace(&server.http_address().to_string(), &nowhere.to_string());
    };
    let websocket = match kind {
        Kind::Prosody => "add \"websocket\" to `modules_enabled`",
        Kind::Ejabberd => "ejabberd_http_ws",
    };
    with(&elsewhere).ended_with(69).says("bad", &["window: ", &nowhere.to_string(), websocket]);
    let no_websocket = |config: &mut Config| config.web = config.web.replace("/xmpp-websocket", "/nothing");
    with(&no_websocket).ended_with(69).says("bad", &["window: ", "/nothing", websocket]);
    // Operators' accounts have passwords.
    let anonymous = match kind {
        Kind::Prosody => "`authentication = \"anonymous\"`",
        Kind::Ejabberd => "`auth_method: anonymous`",
    };
    let accounts = |config: &mut Config| config.guests = vec![CHAT.into()];
    with(&accounts).ended_with(69).says("bad", &["window: ", "without an account", CHAT, anonymous]);
    let nobody = |config: &mut Config| config.guests = vec!["nowhere.example".into()];
    with(&nobody).ended_with(78).says("bad", &["window: ", "nowhere.example", anonymous]);
}

async fn a_desk_that_is_no_admin_is_told_how_to_become_one(kind: Kind) {
    let (server, desk) = set_up(Setup::usual(kind).desk_without_rights().with_rooms_listed(), |_| {});
    let checked = check_leaving_nothing(&server, &desk).await;
    let setting = match kind {
        Kind::Prosody => "admins = { \"support@chat.example\" }",
        Kind::Ejabberd => "`access_admin` of `mod_muc`",
    };
    checked
        .ended_with(0)
        .says("good", &[ROOMS, "a room can be made and set up"])
        .says("doubtful", &[ROOMS, "is no admin", setting])
        .says_no("bad", &[]);
}

async fn rooms_that_only_admins_make(kind: Kind) {
    let (_server, desk) = set_up(Setup::usual(kind).desk_without_rights().with_rooms_by_admins_only(), |_| {});
    let setting = match kind {
        Kind::Prosody => "restrict_room_creation = false",
        Kind::Ejabberd => "`access_create` of `mod_muc`",
    };
    check(&desk).ended_with(69).says("bad", &[ROOMS, "may not make a room", setting]);
}

async fn rooms_without_an_archive(kind: Kind) {
    let (server, desk) = set_up(Setup::usual(kind).without_archive().with_rooms_listed(), |_| {});
    let setting = match kind {
        Kind::Prosody => "muc_mam",
        Kind::Ejabberd => "default_room_options: {mam: true}",
    };
    check_leaving_nothing(&server, &desk).await.ended_with(0).says("doubtful", &[ROOMS, "no archive", setting]);
}

async fn rooms_that_are_persistent_by_default(kind: Kind) {
    for setup in [Setup::usual(kind), Setup::usual(kind).desk_without_rights()] {
        let (server, desk) = set_up(setup.with_rooms_listed().with_rooms_persistent(), |_| {});
        let (grade, words) = if setup.desk_is_admin { ("good", "is an admin") } else { ("doubtful", "is no admin") };
        check_leaving_nothing(&server, &desk).await.ended_with(0).says(grade, &[ROOMS, words]).says_no("bad", &[]);
    }
}

async fn sessions_that_cannot_be_resumed(kind: Kind) {
    let (_server, desk) = set_up(Setup::usual(kind).without_stream_management(), |_| {});
    let setting = match kind {
        Kind::Prosody => "smacks",
        Kind::Ejabberd => "mod_stream_mgmt",
    };
    check(&desk).ended_with(0).says("doubtful", &["XEP-0198", setting]);
}

async fn what_the_accounts_own_archive_keeps_is_told(kind: Kind) {
    let (server, desk) = set_up(Setup::usual(kind), |_| {});
    let mut account = Client::login(&server, "support").await;
    for (preference, grade, words) in [
        ("always", "good", "a killed desk loses none"),
        ("roster", "doubtful", "only what contacts write"),
        ("never", "doubtful", "to keep nothing"),
    ] {
        let prefs = format!("<prefs xmlns='urn:xmpp:mam:2' default='{preference}'><always/><never/></prefs>");
        account.ask("set", DESK, &prefs).await.unwrap();
        check(&desk).ended_with(0).says(grade, &["direct messages: ", words]);
    }
}

async fn starttls_and_the_way_of_logging_in_are_told(kind: Kind) {
    let server = Server::start(Setup::usual(kind).with_tls());
    let mut config = Config::usual(&server, &["alice"]);
    config.tls = "required";
    config.ca_file = Some(server.ca_file());
    check(&Desk::set_up(&config)).ended_with(0).says("good", &["login: ", DESK, "SCRAM-SHA-", ", TLS 1.3"]);
}

async fn a_wrong_password(kind: Kind) {
    let (_server, desk) = set_up(Setup::usual(kind), |config| config.password = "not the one".into());
    let checked = check(&desk);
    checked.ended_with(77).says("bad", &["login: ", "does not accept"]);
    assert!(!checked.printed.contains("not the one"), "I7: {}", checked.printed);
}

async fn a_server_that_is_down(kind: Kind) {
    let (mut server, desk) = set_up(Setup::usual(kind), |_| {});
    server.kill9();
    check(&desk).ended_with(69).says("bad", &["login: ", "does not answer"]);
}

async fn a_certificate_that_nobody_vouches_for(kind: Kind) {
    let (_server, desk) = set_up(Setup::usual(kind).with_tls(), |config| config.tls = "required");
    check(&desk).ended_with(78).says("bad", &["login: ", "certificate", "ca_file"]);
}

async fn services_that_are_none(kind: Kind) {
    let services = vec![GUESTS.to_owned(), "nowhere.chat.example".to_owned(), ROOMS.to_owned()];
    let (server, desk) = set_up(Setup::usual(kind).with_rooms_listed(), |config| config.services = services);
    check_leaving_nothing(&server, &desk)
        .await
        .ended_with(78)
        .says("bad", &[GUESTS, "no MUC service, but server/im", "`services` under [rooms]"])
        .says("bad", &["nowhere.chat.example: nobody is there", "`services` under [rooms]"])
        .says("good", &[ROOMS, "is an admin"]);
}

async fn guests_of_a_domain_that_is_not_there(kind: Kind) {
    let (_server, desk) = set_up(Setup::usual(kind), |config| config.guests.push("nobody.chat.example".into()));
    check(&desk).ended_with(78).says("good", &[GUESTS, "is there"]).says("bad", &["nobody.chat.example is not there"]);
}

async fn operators_who_are_not_seen_are_named(kind: Kind) {
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |_| {});
    let _alice = opened.operator("alice").await;
    check(&opened.desk)
        .ended_with(0)
        .says("good", &["operators: ", "Alice"])
        .says("doubtful", &["operator Bob", "bob@chat.example", "accept the request of support@chat.example"])
        .says_no("doubtful", &["operator Bob", "`max_user_conferences`", "direct messages: "]);
    let (_server, idle) = set_up(Setup::usual(kind), |_| {});
    check(&idle).ended_with(0).says("doubtful", &["operator Alice", "start the desk"]);
}

async fn a_running_desk_serves_on(kind: Kind) {
    let mut opened: Opened = open_with(Setup::usual(kind), &["alice"], |_| {});
    let _alice = opened.operator("alice").await;
    let Asked { mut guest, room } = opened.guest("served").await;
    let before = opened.desk.log();
    check(&opened.desk).ended_with(0).says("good", &["operators: ", "Alice"]).says("good", &["1 chats are open"]);
    assert!(opened.desk.is_running());
    guest.say(&room, "?? printer").await;
    guest.hear(&room, "the FAQ's answer", |nick, words| nick == NICK && words.contains("green button")).await;
    assert!(guest.count(|stanza| stanza.attr("type") == Some("unavailable")) == 0, "the desk stayed in the room");
    let after = opened.desk.log();
    for trouble in ["connection is lost", "connected", "WARN", "ERROR"] {
        assert_eq!(before.matches(trouble).count(), after.matches(trouble).count(), "{trouble}:\n{after}");
    }
}

/// Killed while it has a room, or about then: the room ends with its session.
async fn killed_at_any_moment_it_leaves_nothing(kind: Kind) {
    let (server, desk) = set_up(Setup::usual(kind).with_rooms_listed(), |_| {});
    let mut guest = Client::guest(&server).await;
    let only = [guest.open_room("witness", "Guest").await.to_string()];
    for moment in 0..12 {
        let mut command = bound_to_us(binary().to_str().unwrap(), None);
        command.args(["check", "--online"]).current_dir(desk.home());
        let mut checking = Process::spawn("check", &mut command);
        checking.wait_for_line(PATIENCE, |_, line| line.contains("a MUC service"));
        // Each question takes the server a moment, and so spreads the moments of dying.
        for _ in 0..moment {
            rooms(&mut guest).await;
        }
        checking.kill9();
        let end = tokio::time::Instant::now() + PATIENCE;
        while rooms(&mut guest).await != only {
            assert!(tokio::time::Instant::now() < end, "a room outlived the check: {:?}", rooms(&mut guest).await);
        }
    }
}
