//! The beginnings that many stories share.

use std::time::{Duration, Instant};

use xmpp::jid::BareJid;

use super::client::Client;
use super::desk::{Config, Desk, NICK};
use super::server::{DESK, Kind, Server, Setup};
use super::stanzas::Invited;
use super::witness;

/// A desk on a server.
#[derive(Debug)]
pub struct Opened {
    // The order is the order of dropping.
    pub desk: Desk,
    pub server: Server,
}

/// How long the record may take to be as the room after the story's end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A story is told well when each transcript says what was really said. A desk that does not run any more cannot catch
/// up, so nothing is asked of it.
impl Drop for Opened {
    fn drop(&mut self) {
        if std::thread::panicking() || !self.desk.is_running() {
            return;
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let differences = differences_of(&self.desk, &self.server);
            if differences.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "the record is not what was said:\n{}", differences.join("\n"));
        }
    }
}

/// How the transcripts of a desk differ from what was heard. Rooms that had several chats are left out: nobody could
/// say which line belongs to which.
pub fn differences_of(desk: &Desk, server: &Server) -> Vec<String> {
    let chats = desk.chats();
    let mut differences = Vec::new();
    for chat in &chats {
        if chats.iter().filter(|other| other["room"] == chat["room"]).count() > 1 {
            continue;
        }
        let Ok(jid) = chat["room"].as_str().unwrap_or_default().parse::<BareJid>() else { continue };
        let room = server.witness().room(&jid);
        let found = witness::differences(&room, &desk.transcript(chat), chat["stage"] == "closed");
        differences.extend(found.into_iter().map(|words| format!("{jid}: {words}")));
    }
    differences
}

/// The usual server, and a desk with these operators, who are not logged in yet.
pub fn open(kind: Kind, operators: &[&str]) -> Opened {
    open_with(Setup::usual(kind), operators, |_| {})
}

/// The same with a server, and a configuration, of one's choice.
pub fn open_with(setup: Setup, operators: &[&str], change: impl FnOnce(&mut Config)) -> Opened {
    let server = Server::start(setup);
    let mut config = Config::usual(&server, operators);
    change(&mut config);
    Opened { desk: Desk::start(&config), server }
}

/// A guest in a room of their own, with the desk beside them.
#[derive(Debug)]
pub struct Asked {
    pub guest: Client,
    pub room: BareJid,
}

impl Opened {
    /// An operator logs in for the first time, is available, and the desk knows.
    pub async fn operator(&self, name: &str) -> Client {
        let mut operator = Client::login(&self.server, name).await;
        operator.presence(None);
        operator.befriend(DESK).await;
        known_to_the_desk(&mut operator).await;
        operator
    }

    /// A guest opens a room and asks the desk into it through the room; the desk has come and has said something.
    pub async fn guest(&self, room: &str) -> Asked {
        let mut asked = self.guest_alone(room).await;
        asked.guest.invite_mediated(&asked.room, DESK, "I need help");
        asked.desk_comes().await;
        asked
    }

    /// A guest in a room of their own, who has not asked yet.
    pub async fn guest_alone(&self, room: &str) -> Asked {
        let mut guest = Client::guest(&self.server).await;
        let room = guest.open_room(room, "Guest").await;
        Asked { guest, room }
    }
}

impl Asked {
    /// Hears the desk say this in the room; all of it.
    pub async fn told(&mut self, part: &str) -> String {
        let room = self.room.clone();
        self.guest.hear(&room, &format!("{part:?}"), |nick, words| nick == NICK && words.contains(part)).await
    }

    /// The desk enters and speaks its first words; the words.
    pub async fn desk_comes(&mut self) -> String {
        self.guest.see(&self.room, NICK).await;
        self.guest.hear(&self.room, "the desk's first words", |nick, _| nick == NICK).await
    }
}

/// Waits until the desk has read whatever this client sent before: stanzas of one client to another keep their order,
/// so when it answers a question it knows the presence that came before.
pub async fn known_to_the_desk(client: &mut Client) {
    client.direct(DESK, "!time UTC");
    client.read(DESK, "the time", |words| words.ends_with(" in UTC.")).await;
}

/// The desk's offer comes to an operator: an invitation, and a direct message that says how to take it.
pub async fn offered(operator: &mut Client) -> Invited {
    let invited = operator.be_invited(DESK).await;
    let room = invited.room.to_string();
    operator.read(DESK, "what the offer is about", |words| words.contains(&room) && words.contains("!accept")).await;
    invited
}

/// The desk writes this to somebody directly; all of it.
pub async fn told(operator: &mut Client, part: &str) -> String {
    operator.read(DESK, &format!("{part:?}"), |words| words.contains(part)).await
}

/// What happened with offers in the only chat.
pub fn happened(opened: &Opened, wanted: &[&str]) {
    let chat = opened.desk.only_chat();
    let names = ["offered", "accepted", "declined", "lapsed", "revoked", "transferred"];
    let mut happenings = opened.desk.happenings(&chat);
    happenings.retain(|happening| names.iter().any(|name| happening.ends_with(name)));
    assert_eq!(happenings, wanted);
}

/// An operator takes the offer that comes to them: enters the room.
pub async fn accept(operator: &mut Client, nick: &str) -> Invited {
    let invited = offered(operator).await;
    operator.join(&invited.room, nick, invited.password.as_deref()).await;
    invited
}
