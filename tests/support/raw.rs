//! A client that sends and receives text and understands nothing of it: no poison can hurt it, its own least of all.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::server::{DESK, GUESTS, ROOMS, Server};
use super::stanzas::{MUC, MUC_OWNER, MUC_USER};

/// How long it waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(20);

/// A guest whose client is a socket.
#[derive(Debug)]
pub struct RawGuest {
    /// Who the server says we are.
    pub jid: String,
    socket: TcpStream,
    heard: Vec<u8>,
    /// So much of it was expected.
    read: usize,
}

impl RawGuest {
    /// Logs in anonymously (XEP-0175) and is there.
    pub async fn log_in(server: &Server) -> Self {
        let socket = TcpStream::connect(server.address()).await.expect("the server accepts connections");
        let mut guest = Self { jid: String::new(), socket, heard: Vec::new(), read: 0 };
        guest.open_stream().await;
        guest.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>").await;
        guest.expect("<success").await;
        guest.open_stream().await;
        guest.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await;
        let bound = guest.expect("</jid>").await;
        let jid = bound.rsplit_once("<jid>").expect("a JID").1;
        guest.jid = jid.strip_suffix("</jid>").expect("its end").to_owned();
        guest.send("<iq type='set' id='session'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>").await;
        guest.send("<presence/>").await;
        guest
    }

    async fn open_stream(&mut self) {
        let namespaces = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'";
        self.send(&format!("<stream:stream to='{GUESTS}' version='1.0' {namespaces}>")).await;
        self.expect("</stream:features>").await;
    }

    /// Opens a new room and asks the desk into it; the room, when the desk has spoken.
    pub async fn ask_for_help(&mut self, name: &str) -> String {
        let room = format!("{name}@{ROOMS}");
        self.send(&format!("<presence to='{room}/Guest'><x xmlns='{MUC}'/></presence>")).await;
        self.expect("<subject").await;
        let form = "<x xmlns='jabber:x:data' type='submit'/>";
        self.send(&format!("<iq type='set' id='form' to='{room}'><query xmlns='{MUC_OWNER}'>{form}</query></iq>"))
            .await;
        self.expect("form").await;
        let invite = format!("<x xmlns='{MUC_USER}'><invite to='{DESK}'/></x>");
        self.send(&format!("<message to='{room}'>{invite}</message>")).await;
        self.expect("This chat is recorded").await;
        room
    }

    /// Sends text.
    pub async fn send(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.expect("the server takes what we send");
    }

    /// Waits until this text has come after what was expected before; all up to its end.
    pub async fn expect(&mut self, text: &str) -> String {
        self.expect_one_of(&[text]).await.1
    }

    /// The same with one of several texts; which one came first.
    pub async fn expect_one_of(&mut self, texts: &[&str]) -> (usize, String) {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = texts.iter().enumerate().filter_map(|(which, text)| Some((self.find(text)?, which)));
            if let Some((place, which)) = found.min() {
                let came = String::from_utf8_lossy(&self.heard[self.read..place]).into_owned();
                self.read = place;
                return (which, came);
            }
            let mut piece = vec![0; 65_536];
            let waited = timeout_at(end, self.socket.read(&mut piece)).await;
            match waited {
                Ok(Ok(length)) if length > 0 => self.heard.extend_from_slice(&piece[..length]),
                other => panic!("waited in vain for {texts:?} ({other:?}). What came: {}", self.tail()),
            }
        }
    }

    /// Has this text come, at any time?
    pub fn has_heard(&self, text: &str) -> bool {
        self.heard.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Where the first such text ends that was not expected yet.
    fn find(&self, text: &str) -> Option<usize> {
        let unread = &self.heard[self.read..];
        let start = unread.windows(text.len()).position(|window| window == text.as_bytes())?;
        Some(self.read + start + text.len())
    }

    fn tail(&self) -> String {
        String::from_utf8_lossy(&self.heard[self.heard.len().saturating_sub(3_000)..]).into_owned()
    }
}
