//! The stage for the tests of the guest's window: a real server, the real daemon with its web pages, and operators who do
//! as they are told. Whoever plays on it (`web/tests`) writes one JSON object a line, and reads one line as the answer.
//!
//! The first line sets it up: `{"server": "prosody", "operators": ["alice"], "web": "…", "queue": "…", "guest_grace_seconds": 3}`.
//! Each further line is an order, such as `{"do": "say", "who": "alice", "words": "Good morning"}`. It ends with its input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::large_futures
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use support::client::Client;
use support::desk::{Config, Desk};
use support::server::{DESK, Kind, Port, Server, Setup, random_word};
use support::stanzas::{escaped, occupant, room_line};
use support::story::known_to_the_desk;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use xmpp::jid::BareJid;
use xmpp::tokio_xmpp::minidom::Element;

const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";

/// What the stage is to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    server: Which,
    #[serde(default)]
    operators: Vec<String>,
    /// Further lines of `[web]`.
    #[serde(default)]
    web: String,
    /// Further lines of the queue `support`.
    #[serde(default)]
    queue: String,
    /// Files of the FAQ, by name.
    #[serde(default)]
    faq: BTreeMap<String, String>,
    guest_grace_seconds: u32,
    /// Where the operators' client for the browser is, if there is to be one.
    operator_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Which {
    Prosody,
    Ejabberd,
}

/// What somebody on it is to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// An operator logs in, and is available.
    Login {
        who: String,
    },
    /// They are gone; the desk knows them still.
    Logout {
        who: String,
    },
    /// Waits for the desk's invitation, and enters.
    Accept {
        who: String,
    },
    /// Says something in the room.
    Say {
        who: String,
        words: String,
    },
    /// The same, and the room's echo is not waited for.
    Pour {
        who: String,
        words: Vec<String>,
    },
    /// Says each of these words, each time under a nick that is the same as the words, where the room lets them.
    PourAs {
        who: String,
        words: Vec<String>,
    },
    /// Puts right what was said last.
    Correct {
        who: String,
        words: String,
    },
    /// Writes to the desk directly.
    Direct {
        who: String,
        words: String,
    },
    /// Waits until these words are said in the room; by whom.
    Hear {
        who: String,
        words: String,
    },
    /// Tells the room that they type (`composing`), or do not (`paused`).
    Type {
        who: String,
        state: String,
    },
    /// Waits until somebody types.
    SeeTyping {
        who: String,
    },
    /// Waits until somebody enters; as who.
    SeeComing {
        who: String,
    },
    /// Waits until an occupant leaves; when, in milliseconds of this clock.
    SeeGoing {
        who: String,
        nick: String,
    },
    /// Waits until the room is closed.
    SeeEnd {
        who: String,
    },
    /// What the time is, in milliseconds of this clock.
    Clock,
    /// Waits for a stage of the only chat.
    WaitForStage {
        stage: String,
    },
    /// All chats.
    Chats,
    /// The lines of a chat.
    Transcript {
        chat: u64,
    },
    /// Waits until the guest of a chat says in these words what they thought of it; the rating.
    Rating {
        chat: u64,
        words: String,
    },
    /// Ends the server, without a word.
    StopServer,
    StartServer,
}

/// Who does it.
struct Stage {
    // The order is the order of dropping.
    operators: BTreeMap<String, Operator>,
    desk: Desk,
    server: Server,
    began: Instant,
}

struct Operator {
    client: Client,
    room: Option<BareJid>,
    nick: String,
    last_id: String,
}

fn main() {
    support::play(perform());
}

async fn perform() {
    let mut orders = lines();
    let Some(scene) = orders.recv().await else { return };
    let ports = [Port::reserve(), Port::reserve()];
    let (mut stage, place) = Stage::set(serde_json::from_str(&scene).expect("a scene"), &ports);
    println!("{place}");
    while let Some(line) = orders.recv().await {
        let order = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        println!("{}", stage.act(order).await);
    }
}

/// Standard input is read by a thread of its own: the players' streams must live while nobody gives orders.
fn lines() -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Stage {
    fn set(scene: Scene, [guests, operators]: &[Port; 2]) -> (Self, Value) {
        let kind = match scene.server {
            Which::Prosody => Kind::Prosody,
            Which::Ejabberd => Kind::Ejabberd,
        };
        let server = Server::start(Setup::usual(kind));
        let names: Vec<_> = scene.operators.iter().map(String::as_str).collect();
        let mut config = Config::usual(&server, &names);
        config.guest_grace_seconds = scene.guest_grace_seconds;
        config.queue = scene.queue;
        config.demo = true;
        let address = guests.address();
        let client = scene
            .operator_dir
            .map(|dir| format!("operator_listen = \"{}\"\noperator_dir = {dir:?}\n", operators.address()));
        let config = config.with_web(&server, address, &(scene.web + &client.unwrap_or_default()));
        let mut desk = Desk::set_up(&config);
        for (name, text) in &scene.faq {
            std::fs::write(desk.home().join("faq").join(name), text).unwrap();
        }
        desk.start_again();
        let passwords: BTreeMap<_, _> = scene.operators.iter().map(|name| (name, server.password(name))).collect();
        let place = json!({
            "address": format!("http://{address}"),
            "operator_address": format!("http://{}", operators.address()),
            "passwords": passwords,
            "upstream": server.websocket(),
        });
        (Self { operators: BTreeMap::new(), desk, server, began: Instant::now() }, place)
    }

    async fn act(&mut self, order: Order) -> Value {
        match order {
            Order::Login { who } => self.log_in(who).await,
            Order::Logout { who } => self.log_out(&who).await,
            Order::Accept { who } => self.of(&who).accept().await,
            Order::Say { who, words } => self.of(&who).say(&words).await,
            Order::Pour { who, words } => self.of(&who).pour(&words),
            Order::PourAs { who, words } => self.of(&who).pour_as(&words),
            Order::Correct { who, words } => self.of(&who).correct(&words),
            Order::Direct { who, words } => self.of(&who).direct(&words),
            Order::Hear { who, words } => self.of(&who).hear(&words).await,
            Order::Type { who, state } => self.of(&who).tell_typing(&state),
            Order::SeeTyping { who } => self.of(&who).see_typing().await,
            Order::SeeComing { who } => self.of(&who).see_coming().await,
            Order::SeeGoing { who, nick } => self.see_going(&who, &nick).await,
            Order::SeeEnd { who } => self.of(&who).see_end().await,
            Order::Clock => self.clock(),
            Order::WaitForStage { stage } => self.desk.wait_for_stage(&stage).await,
            Order::Chats => json!(self.desk.chats()),
            Order::Transcript { chat } => json!(self.desk.transcript(&json!({ "id": chat }))),
            Order::Rating { chat, words } => self.desk.wait_for_rating(&json!({ "id": chat }), &words).await,
            Order::StopServer => self.stop_server(),
            Order::StartServer => self.start_server(),
        }
    }

    fn of(&mut self, who: &str) -> &mut Operator {
        self.operators.get_mut(who).unwrap_or_else(|| panic!("{who} has not logged in"))
    }

    async fn log_in(&mut self, who: String) -> Value {
        let mut client = Client::login(&self.server, &who).await;
        client.presence(None);
        client.befriend(DESK).await;
        known_to_the_desk(&mut client).await;
        let nick = format!("{}{}", who[..1].to_uppercase(), &who[1..]);
        self.operators.insert(who, Operator { client, room: None, nick, last_id: String::new() });
        Value::Null
    }

    async fn log_out(&mut self, who: &str) -> Value {
        let operator = self.operators.remove(who).unwrap_or_else(|| panic!("{who} has not logged in"));
        operator.client.disconnect().await;
        Value::Null
    }

    async fn see_going(&mut self, who: &str, nick: &str) -> Value {
        self.of(who).see_going(nick).await;
        self.clock()
    }

    fn clock(&self) -> Value {
        json!(self.began.elapsed().as_secs_f64() * 1_000.0)
    }

    fn stop_server(&mut self) -> Value {
        self.server.kill9();
        Value::Null
    }

    fn start_server(&mut self) -> Value {
        self.server.start_again();
        Value::Null
    }
}

impl Operator {
    async fn accept(&mut self) -> Value {
        let invited = support::story::accept(&mut self.client, &self.nick).await;
        let room = invited.room.to_string();
        self.room = Some(invited.room);
        json!({ "room": room })
    }

    async fn say(&mut self, words: &str) -> Value {
        let room = self.room().clone();
        self.client.say(&room, words).await;
        Value::Null
    }

    fn pour(&mut self, words: &[String]) -> Value {
        for words in words {
            self.last_id = self.client.say_and_go_on(self.room(), words);
        }
        Value::Null
    }

    fn pour_as(&mut self, words: &[String]) -> Value {
        let room = self.room();
        // Namespaces are written out: the words may hold what looks like one.
        let rename = |nick: &str| format!("<presence xmlns='jabber:client' to='{room}/{}'/>", escaped(nick));
        for words in words {
            let (id, body) = (random_word(), escaped(words));
            self.client.send(&rename(words));
            self.client.send(&format!(
                "<message xmlns='jabber:client' to='{room}' type='groupchat' id='{id}'><body>{body}</body></message>"
            ));
        }
        self.client.send(&rename(&self.nick));
        Value::Null
    }

    fn correct(&mut self, words: &str) -> Value {
        let (room, id, body) = (self.room(), random_word(), escaped(words));
        self.client.send(&format!(
            "<message to='{room}' type='groupchat' id='{id}'><body>{body}</body>\
             <replace xmlns='urn:xmpp:message-correct:0' id='{}'/></message>",
            self.last_id
        ));
        Value::Null
    }

    fn direct(&mut self, words: &str) -> Value {
        self.client.direct(DESK, words);
        Value::Null
    }

    async fn hear(&mut self, words: &str) -> Value {
        let room = self.room().clone();
        let said = |stanza: &Element| room_line(stanza, &room).filter(|(_, heard)| heard.contains(words));
        let (nick, _) = self.client.expect(&format!("{words:?}"), said).await;
        json!(nick)
    }

    fn tell_typing(&mut self, state: &str) -> Value {
        self.client.show_typing(self.room(), state);
        Value::Null
    }

    async fn see_typing(&mut self) -> Value {
        self.client.expect("somebody types", |stanza| stanza.has_child("composing", CHAT_STATES).then_some(())).await;
        Value::Null
    }

    async fn see_coming(&mut self) -> Value {
        let room = self.room().clone();
        let coming = |stanza: &Element| occupant(stanza, &room).filter(|one| one.here);
        json!(self.client.expect("somebody enters", coming).await.nick)
    }

    async fn see_going(&mut self, nick: &str) {
        let room = self.room().clone();
        self.client.see_leaving(&room, nick).await;
    }

    async fn see_end(&mut self) -> Value {
        let room = self.room().clone();
        self.client.see_the_end(&room).await;
        Value::Null
    }

    fn room(&self) -> &BareJid {
        self.room.as_ref().expect("an operator in a room")
    }
}
