//! A newcomer's first sight of the desk: a real server, the real daemon, and a short conversation, printed as each
//! side sees it. Started by `scripts/demo`, which installs and builds what is needed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::large_futures
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::IsTerminal;

use support::client::Client;
use support::desk::{Config, Desk, NICK, binary};
use support::server::{ACCOUNTS, CHAT, DESK, GUESTS, Kind, Port, ROOMS, Server, Setup};
use support::story::{Opened, offered};
use tokio::signal::unix::{SignalKind, signal};
use xmpp::jid::BareJid;

fn main() {
    support::play(demo());
}

/// Whoever asks us to end gets everything cleaned up, by dropping it.
async fn demo() {
    let [mut interrupt, mut terminate] =
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).expect("signals"));
    tokio::select! {
        () = show() => {}
        _ = interrupt.recv() => println!("\nCleaning up."),
        _ = terminate.recv() => println!("\nCleaning up."),
    }
}

async fn show() {
    let pages = Pages::reserve();
    let opened = open(&pages);
    converse(&opened).await;
    if !std::env::args().any(|word| word == "--once") {
        tell_how_to_click(&opened, &pages);
        tell_how_to_join_in(&opened);
        std::future::pending::<()>().await;
    }
}

/// Where browsers find the desk.
struct Pages {
    guests: Port,
    operators: Port,
    /// The operators' client, where `scripts/demo` could fetch one.
    client: Option<String>,
}

impl Pages {
    fn reserve() -> Self {
        let client = std::env::var("FRONTDESK_DEMO_CLIENT").ok().filter(|folder| !folder.is_empty());
        Self { guests: Port::reserve(), operators: Port::reserve(), client }
    }

    /// What `[web]` says besides.
    fn configuration(&self) -> String {
        let mut lines = "title = \"Flower Printers\"\nform = [\"name\", \"question*\"]\n".to_owned();
        if let Some(client) = &self.client {
            let listen = self.operators.address();
            lines += &format!("operator_listen = \"{listen}\"\noperator_dir = {client:?}\n");
        }
        lines
    }
}

fn open(pages: &Pages) -> Opened {
    tell("server", "Prosody starts on loopback, in a folder that goes away with it");
    let server = Server::start(Setup::usual(Kind::Prosody).with_tls());
    tell("desk", &format!("`frontdesk run` logs in as {DESK}"));
    let mut config = Config::usual(&server, &["alice", "bob"]);
    config.tls = "required";
    config.ca_file = Some(server.ca_file());
    config.guest_grace_seconds = 5;
    config = config.with_web(&server, pages.guests.address(), &pages.configuration());
    config.demo = true;
    config.faq_dir = concat!(env!("CARGO_MANIFEST_DIR"), "/faq").into();
    let desk = Desk::start(&config);
    tell("desk", "ready");
    tell("desk", &format!("a shop page with its button is at http://{}/demo", pages.guests.address()));
    Opened { desk, server }
}

/// One of the two people, and what they see.
struct Side {
    name: &'static str,
    nick: &'static str,
    client: Client,
}

/// The story. Everything in it passes through the server.
async fn converse(opened: &Opened) {
    let mut alice = Side { name: "alice", nick: "Alice", client: opened.operator("alice").await };
    alice.does("is an operator: logs in with her usual client, and is available");
    let asked = opened.guest_alone("help").await;
    let (mut guest, room) = (Side { name: "guest", nick: "Guest", client: asked.guest }, asked.room);
    guest.does(&format!("logs in without an account, opens {room}, invites {DESK}"));
    guest.client.invite_mediated(&room, DESK, "My printer prints flowers");
    guest.hears_the_desk(&room).await;

    let password = alice.is_offered_the_chat().await;
    alice.does("joins the room");
    alice.client.join(&room, alice.nick, password.as_deref()).await;
    guest.hears_the_desk(&room).await;
    guest.says("Good morning! My printer prints flowers.", &room, &mut alice).await;
    alice.says("Good morning! Let us see what the desk knows about that.", &room, &mut guest).await;
    for question in ["?? printer", "!time Asia/Tokyo"] {
        alice.says(question, &room, &mut guest).await;
        guest.hears_the_desk(&room).await;
    }
    guest.says("That helped, and it is late in Tokyo. Thank you!", &room, &mut alice).await;

    guest.does("leaves");
    guest.client.leave(&room).await;
    alice.hears_last_words(&room).await;
    alice.client.see_the_end(&room).await;
    alice.does("sees the room closed");
    print_transcript(opened).await;
    alice.client.disconnect().await;
    guest.client.disconnect().await;
}

impl Side {
    /// What they do.
    fn does(&self, what: &str) {
        tell(self.name, what);
    }

    /// What their client shows.
    fn sees(&self, nick: &str, words: &str) {
        let indent = " ".repeat(nick.len() + 2);
        tell(self.name, &format!("{nick}: {}", words.replace('\n', &format!("\n{indent}"))));
    }

    async fn hears_the_desk(&mut self, room: &BareJid) {
        let words = self.client.hear(room, "the desk's words", |nick, _| nick == NICK).await;
        self.sees(NICK, &words);
    }

    async fn hears_last_words(&mut self, room: &BareJid) {
        let words =
            self.client.hear(room, "the last words", |nick, words| nick == NICK && words.contains("clos")).await;
        self.sees(NICK, &words);
    }

    async fn says(&mut self, words: &str, room: &BareJid, listener: &mut Self) {
        self.client.say(room, words).await;
        self.sees(self.nick, words);
        listener.client.hear_words(room, self.nick, words).await;
        listener.sees(self.nick, words);
    }

    /// The room's password, if it has one.
    async fn is_offered_the_chat(&mut self) -> Option<String> {
        let invited = offered(&mut self.client).await;
        self.does(&format!("is invited to {}, and reads what it is about:", invited.room));
        let words: Vec<_> =
            self.client.heard().filter_map(|stanza| support::stanzas::direct_words(stanza, DESK)).collect();
        self.sees(NICK, words.last().expect("the offer in words"));
        invited.password
    }
}

async fn print_transcript(opened: &Opened) {
    let chat = opened.desk.wait_for_stage("closed").await;
    let number = chat["id"].to_string();
    println!("\n$ frontdesk transcript {number}\n{}", opened.desk.output_of(&["transcript", &number]));
}

fn tell_how_to_click(opened: &Opened, pages: &Pages) {
    println!("Now you, with a browser. Be the guest in one tab, and Alice in another:\n");
    println!("  the shop      http://{}/demo   click \"online help\"", pages.guests.address());
    match &pages.client {
        Some(_) => {
            let password = opened.server.password("alice");
            println!("  Alice         http://{}/operator", pages.operators.address());
            println!("                log in as alice@{CHAT}, password {password}, before the guest asks\n");
        }
        None => println!(
            "  Alice         needs an XMPP client of yours, see below (with npm there is one in the browser)\n"
        ),
    }
}

fn tell_how_to_join_in(opened: &Opened) {
    let server = &opened.server;
    println!(
        "Or with XMPP clients. The server is {} (STARTTLS) or {} (TLS);",
        server.address(),
        server.direct_tls_address()
    );
    println!("tell your client to connect there, and to trust {}.\n", server.ca_file().display());
    println!("  operators    alice@{CHAT}   password {}", server.password("alice"));
    println!("               bob@{CHAT}     password {}", server.password("bob"));
    println!("               and let {DESK} see when you are there");
    println!("  guests       anonymous login at {GUESTS}; open a room on {ROOMS}");
    println!("               and invite {DESK}");
    println!("  other users  {}\n", accounts_that_are_left(server));
    println!("The desk's records, while it runs:\n");
    println!("  {} chats -c {}\n", binary().display(), opened.desk.home().join("frontdesk.toml").display());
    println!("Ctrl-C ends it and cleans everything up.");
}

fn accounts_that_are_left(server: &Server) -> String {
    let others = ACCOUNTS.iter().filter(|name| !["support", "alice", "bob"].contains(name));
    let told: Vec<_> = others.map(|name| format!("{name}@{CHAT} ({})", server.password(name))).collect();
    told.join(", ")
}

/// Prints who does or sees something, and what.
fn tell(who: &str, what: &str) {
    let colour = match who {
        "guest" => "36",
        "alice" => "33",
        _ => "90",
    };
    let plain = !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let name = if plain { format!("{who:>6}") } else { format!("\x1b[{colour}m{who:>6}\x1b[0m") };
    println!("{name} │ {}", what.replace('\n', "\n       │ "));
}
