//! A guest's window as the server side sees it: plain HTTP requests, and a WebSocket that speaks XMPP (RFC 7395).

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::server::{DESK, GUESTS, random_word};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";

/// How a browser asks for the WebSocket.
#[derive(Debug, Clone)]
pub struct Knock {
    pub origin: Option<String>,
    pub subprotocol: Option<&'static str>,
    /// What a proxy in front says.
    pub forwarded_for: Option<String>,
}

impl Knock {
    /// As the window does it.
    pub fn usual(web: SocketAddr) -> Self {
        Self { origin: Some(format!("http://{web}")), subprotocol: Some("xmpp"), forwarded_for: None }
    }

    /// The WebSocket, or the status that refuses it.
    pub async fn at(&self, web: SocketAddr) -> Result<Browser, u16> {
        let mut request = format!("ws://{web}/xmpp-websocket").into_client_request().unwrap();
        let mut set = |name: &'static str, value: Option<&str>| {
            value.map(|value| request.headers_mut().insert(name, value.parse().unwrap()));
        };
        set("origin", self.origin.as_deref());
        set("sec-websocket-protocol", self.subprotocol);
        set("x-forwarded-for", self.forwarded_for.as_deref());
        let stream = TcpStream::connect(web).await.expect("the server accepts connections");
        stream.set_nodelay(true).unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Browser { socket, heard: Vec::new(), jid: String::new() }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("the WebSocket: {error}"),
        }
    }
}

/// A window that is connected.
#[derive(Debug)]
pub struct Browser {
    socket: WebSocketStream<TcpStream>,
    /// Frames that nobody asked for yet.
    heard: Vec<String>,
    /// Its full JID, once it has one.
    pub jid: String,
}

impl Browser {
    /// Connects and logs in without an account, as the window does.
    pub async fn login(web: SocketAddr) -> Self {
        let mut browser = Knock::usual(web).at(web).await.expect("a WebSocket");
        browser.log_in().await;
        browser
    }

    pub async fn log_in(&mut self) {
        self.open(GUESTS).await;
        let features = self.hear("the features", |frame| frame.contains("features")).await;
        assert!(features.contains("ANONYMOUS"), "{features}");
        self.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>").await;
        self.hear("success", |frame| frame.contains("<success")).await;
        self.open(GUESTS).await;
        self.hear("the features", |frame| frame.contains("urn:ietf:params:xml:ns:xmpp-bind")).await;
        self.send(
            "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        )
        .await;
        let bound = self.hear("an address", |frame| frame.contains("<jid>")).await;
        let jid = bound.split("<jid>").nth(1).and_then(|rest| rest.split("</jid>").next());
        self.jid = jid.expect("an address").to_owned();
    }

    pub async fn open(&mut self, domain: &str) {
        self.send(&format!("<open xmlns='{FRAMING}' to='{domain}' version='1.0'/>")).await;
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.expect("the WebSocket is open");
    }

    pub async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.expect("the WebSocket is open");
    }

    /// The next frame that is wanted; the others are kept.
    pub async fn hear(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        if let Some(place) = self.heard.iter().position(|frame| wanted(frame)) {
            return self.heard.remove(place);
        }
        let search = async {
            while let Some(Ok(message)) = self.socket.next().await {
                let Message::Text(frame) = message else { continue };
                if wanted(&frame) {
                    return Some(frame.to_string());
                }
                self.heard.push(frame.to_string());
            }
            None
        };
        let found = timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("waited in vain for {what}"));
        found.unwrap_or_else(|| panic!("the WebSocket ended, and there was no {what}: {:#?}", self.heard))
    }

    /// All frames until the WebSocket ends.
    pub async fn hear_the_end(&mut self) -> Vec<String> {
        let rest = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Message::Text(frame) = message {
                    self.heard.push(frame.to_string());
                }
            }
        };
        timeout(2 * PATIENCE, rest).await.expect("the WebSocket ends");
        std::mem::take(&mut self.heard)
    }

    /// The tab is closed: no goodbye.
    pub fn vanish(self) {
        drop(self.socket.into_inner());
    }

    /// The socket under it, and nobody reads from it.
    pub fn fall_silent(self) -> TcpStream {
        self.socket.into_inner()
    }

    /// Makes a room with a password, makes the desk its owner, invites it, and says the question, as docs/protocol.md
    /// has it. The room.
    pub async fn ask(&mut self, service: &str, question: &str) -> String {
        let room = format!("{}{}@{service}", random_word(), random_word());
        let password = random_word();
        self.enter(&room, "Kim", None).await;
        let value = |name: &str, value: &str| format!("<field var='{name}'><value>{value}</value></field>");
        let form = [
            value("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig"),
            value("muc#roomconfig_publicroom", "0"),
            value("muc#roomconfig_whois", "moderators"),
            value("muc#roomconfig_passwordprotectedroom", "1"),
            value("muc#roomconfig_roomsecret", &password),
        ];
        let form = form.concat();
        self.set(&room, &format!("<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>{form}</x></query>")).await;
        self.set(
            &room,
            &format!(
                "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='{DESK}'/></query>"
            ),
        )
        .await;
        self.invite(&room, &password, "").await;
        self.say(&room, question).await;
        room
    }

    /// The one direct invitation, with these fields of the guest form.
    pub async fn invite(&mut self, room: &str, password: &str, fields: &str) {
        self.send(&format!(
            "<message xmlns='jabber:client' to='{DESK}' type='normal' xml:lang='en'>\
             <x xmlns='jabber:x:conference' jid='{room}' password='{password}'/>\
             <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>\
             <value>urn:frontdesk:guest:0</value></field>{fields}</x></message>"
        ))
        .await;
    }

    /// Tells the desk what they thought of the chat in this room; `heard`: the id of something that the desk said there.
    pub async fn rate(&mut self, room: &str, value: &str, words: &str, heard: Option<&str>) {
        let heard = heard.map(|id| format!(" heard='{id}'")).unwrap_or_default();
        let words = words.replace('&', "&amp;");
        self.send(&format!(
            "<message xmlns='jabber:client' to='{DESK}' type='normal' id='{}'>\
             <rating xmlns='urn:frontdesk:rating:0' room='{room}' value='{value}'{heard}>{words}</rating></message>",
            random_word()
        ))
        .await;
    }

    pub async fn enter(&mut self, room: &str, nick: &str, password: Option<&str>) {
        let password = password.map(|password| format!("<password>{password}</password>")).unwrap_or_default();
        self.send(&format!(
            "<presence xmlns='jabber:client' to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'>{password}</x></presence>"
        ))
        .await;
        self.hear("its own entry", |frame| frame.contains("<presence") && frame.contains("110")).await;
    }

    pub async fn say(&mut self, room: &str, words: &str) {
        let id = random_word();
        self.send(&format!(
            "<message xmlns='jabber:client' to='{room}' type='groupchat' id='{id}'><body>{words}</body></message>"
        ))
        .await;
        self.hear("its own words", |frame| frame.contains(&id)).await;
    }

    /// An IQ set, and its result.
    pub async fn set(&mut self, to: &str, payload: &str) {
        let id = random_word();
        self.send(&format!("<iq xmlns='jabber:client' to='{to}' type='set' id='{id}'>{payload}</iq>")).await;
        let answer = self.hear("a result", |frame| frame.contains(&id)).await;
        assert!(answer.contains("result"), "{answer}");
    }
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Page {
    /// A header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// `GET path`, with these further headers, each with its line end.
pub async fn get(web: SocketAddr, path: &str, headers: &str) -> Page {
    request(web, &format!("GET {path} HTTP/1.1\r\nHost: {web}\r\nConnection: close\r\n{headers}\r\n")).await
}

/// Sends these bytes and reads until the server closes.
pub async fn request(web: SocketAddr, bytes: &str) -> Page {
    let mut stream = TcpStream::connect(web).await.expect("the server accepts connections");
    // A server that has seen enough may close before it has read all.
    drop(stream.write_all(bytes.as_bytes()).await);
    let mut answer = Vec::new();
    drop(timeout(2 * PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer"));
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Page { status, head, body: answer.get(end + 4..).unwrap_or_default().to_vec() }
}
