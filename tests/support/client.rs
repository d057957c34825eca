//! A person at an XMPP client: small, but it speaks to a real server through a real stream. What it does in rooms is in
//! [`super::rooms`].

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use xmpp::jid::{BareJid, FullJid};
use xmpp::tokio_xmpp::minidom::Element;

use super::server::{Door, Server, random_word};
use super::stanzas::{
    DIRECT_INVITATION, Invited, direct_invitation, direct_words, error_condition, escaped, has_type, is_from, written,
    xml,
};
use super::stream::{Account, Order, attend, open_stream};

/// How long a person waits for what they expect. Generous: the machine may be busy; nothing waits when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A logged-in client. Stanzas that came and were not expected yet are kept, so that a story need not be told in the
/// order in which two people's clients happen to hear things.
#[derive(Debug)]
pub struct Client {
    pub(super) name: String,
    jid: FullJid,
    orders: UnboundedSender<Order>,
    inbox: UnboundedReceiver<Element>,
    /// Everything that came, and whether somebody has expected it.
    heard: Vec<(Element, bool)>,
    /// The rooms that we are in, and as whom.
    pub(super) nicks: BTreeMap<BareJid, String>,
    patience: Duration,
    /// The task that owns the stream; it ends with its client.
    task: JoinSet<()>,
}

/// Logging in.
impl Client {
    /// A guest: logs in anonymously, and is there.
    pub async fn guest(server: &Server) -> Self {
        Self::guest_at(&server.door()).await
    }

    /// The same, without the server at hand.
    pub async fn guest_at(door: &Door) -> Self {
        let client = Self::connect(door, "guest", None).await.expect("an anonymous login");
        client.presence(None);
        client
    }

    /// Somebody with an account, by local part. Not available before they say so.
    pub async fn login(server: &Server, name: &str) -> Self {
        Self::login_as(server, name, &random_word()).await
    }

    /// The same with a resource of one's choice.
    pub async fn login_as(server: &Server, name: &str, resource: &str) -> Self {
        let account = Account { name, password: server.password(name), resource };
        let mut client = Self::connect(&server.door(), name, Some(account)).await.expect("a login");
        // Whoever has not asked for their roster is not told of what becomes of subscriptions (RFC 6121, 2.1.6).
        let own = client.bare_jid().to_string();
        client.ask("get", &own, "<query xmlns='jabber:iq:roster'/>").await.expect("a roster");
        client
    }

    async fn connect(door: &Door, name: &str, account: Option<Account<'_>>) -> Result<Self, String> {
        let (stream, jid) = open_stream(door.address, account).await?;
        let (orders, todo) = unbounded_channel();
        let (hear, inbox) = unbounded_channel();
        let mut task = JoinSet::new();
        task.spawn(attend(stream, todo, hear, door.witness.listener()));
        let heard = Vec::new();
        let nicks = BTreeMap::new();
        Ok(Self { name: name.into(), jid, orders, inbox, heard, nicks, patience: PATIENCE, task })
    }

    /// Who the server says we are.
    pub fn jid(&self) -> &FullJid {
        &self.jid
    }

    pub fn bare_jid(&self) -> BareJid {
        self.jid.to_bare()
    }

    /// How long to wait from now on.
    pub fn with_patience(mut self, seconds: u64) -> Self {
        self.patience = Duration::from_secs(seconds);
        self
    }

    /// Says goodbye to the server, and waits until it has heard.
    pub async fn disconnect(mut self) {
        let _ = self.orders.send(Order::Close);
        self.task.join_next().await;
    }

    /// The socket is gone without a word.
    pub async fn vanish(mut self) {
        self.task.shutdown().await;
    }
}

/// Presence and contacts.
impl Client {
    /// `None` = available, `Some("away")`, `Some("dnd")`, `Some("xa")`, `Some("chat")`.
    pub fn presence(&self, show: Option<&str>) {
        let show = show.map(|show| format!("<show>{show}</show>")).unwrap_or_default();
        self.send(&format!("<presence>{show}</presence>"));
    }

    /// No longer available, but still connected.
    pub fn unavailable(&self) {
        self.send("<presence type='unavailable'/>");
    }

    /// Waits until `who` asks to see our presence, grants it, and asks for theirs.
    pub async fn befriend(&mut self, who: &str) {
        self.expect(&format!("{who} asks for our presence"), |stanza| {
            (stanza.name() == "presence" && has_type(stanza, "subscribe") && is_from(stanza, who)).then_some(())
        })
        .await;
        self.send(&format!("<presence to='{who}' type='subscribed'/>"));
        self.send(&format!("<presence to='{who}' type='subscribe'/>"));
    }

    pub fn subscribe(&self, who: &str) {
        self.send(&format!("<presence to='{who}' type='subscribe'/>"));
    }
}

/// Person to person.
impl Client {
    /// Invites somebody directly (XEP-0249).
    pub fn invite_direct(&self, room: &str, who: &str, password: Option<&str>) {
        let password = password.map(|word| format!(" password='{}'", escaped(word))).unwrap_or_default();
        self.send(&format!(
            "<message to='{who}'><x xmlns='{DIRECT_INVITATION}' jid='{}'{password}/></message>",
            escaped(room)
        ));
    }

    /// Writes to somebody directly.
    pub fn direct(&self, to: &str, words: &str) {
        let (id, body) = (random_word(), escaped(words));
        self.send(&format!("<message to='{to}' type='chat' id='{id}'><body>{body}</body></message>"));
    }

    /// Waits for a direct message of somebody that `wanted` accepts; the words.
    pub async fn read(&mut self, who: &str, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.expect(what, |stanza| direct_words(stanza, who).filter(|words| wanted(words))).await
    }

    /// Waits for a direct invitation of somebody.
    pub async fn be_invited(&mut self, who: &str) -> Invited {
        self.expect(&format!("an invitation by {who}"), |stanza| direct_invitation(stanza, who)).await
    }

    /// Asks (iq) and waits for the answer: the result, or the error condition.
    pub async fn ask(&mut self, kind: &str, to: &str, payload: &str) -> Result<Element, String> {
        let id = random_word();
        self.send(&format!("<iq type='{kind}' to='{to}' id='{id}'>{payload}</iq>"));
        let answer = self
            .expect(&format!("an answer to {payload}"), |stanza| {
                (stanza.name() == "iq" && stanza.attr("id") == Some(&id)).then(|| stanza.clone())
            })
            .await;
        if has_type(&answer, "error") { Err(error_condition(&answer).unwrap_or_default()) } else { Ok(answer) }
    }
}

/// The ground.
impl Client {
    /// Sends a stanza, written out; `xmlns` may be left out.
    pub fn send(&self, stanza: &str) {
        self.send_element(xml(stanza));
    }

    pub fn send_element(&self, stanza: Element) {
        let _ = self.orders.send(Order::Send(stanza));
    }

    /// Waits for a stanza that `wanted` makes something of, among those that came and were not expected yet. Panics
    /// with all that came when patience ends.
    pub async fn expect<T>(&mut self, what: &str, mut wanted: impl FnMut(&Element) -> Option<T>) -> T {
        self.expect_at(what, &mut wanted).await.1
    }

    /// The same, and nothing that `forbidden` accepts may have come before it.
    pub async fn expect_before<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Element) -> Option<T>,
        forbidden: impl Fn(&Element) -> bool,
    ) -> T {
        let (place, found) = self.expect_at(what, &mut wanted).await;
        if self.heard[..place].iter().any(|(stanza, _)| forbidden(stanza)) {
            self.fail(&format!("saw something that must not come before {what}"));
        }
        found
    }

    /// What is found, and its place in the order of coming.
    async fn expect_at<T>(&mut self, what: &str, wanted: &mut impl FnMut(&Element) -> Option<T>) -> (usize, T) {
        for (place, (stanza, taken)) in self.heard.iter_mut().enumerate().filter(|(_, (_, taken))| !*taken) {
            if let Some(found) = wanted(stanza) {
                *taken = true;
                return (place, found);
            }
        }
        let end = tokio::time::Instant::now() + self.patience;
        loop {
            match tokio::time::timeout_at(end, self.inbox.recv()).await {
                Ok(Some(stanza)) => {
                    let found = wanted(&stanza);
                    self.heard.push((stanza, found.is_some()));
                    if let Some(found) = found {
                        return (self.heard.len() - 1, found);
                    }
                }
                Ok(None) => self.fail(&format!("was disconnected, and expected {what}")),
                Err(_) => self.fail(&format!("waited in vain for {what}")),
            }
        }
    }

    /// The next stanza that comes, which is not kept; nothing when we are disconnected. For whoever acts on all that
    /// comes and expects nothing.
    pub async fn next(&mut self) -> Option<Element> {
        self.inbox.recv().await
    }

    /// The first of the stanzas that came so far, and were not expected yet, of which `wanted` makes something.
    pub fn find<T>(&mut self, mut wanted: impl FnMut(&Element) -> Option<T>) -> Option<T> {
        while let Ok(stanza) = self.inbox.try_recv() {
            self.heard.push((stanza, false));
        }
        self.heard.iter_mut().filter(|(_, taken)| !*taken).find_map(|(stanza, taken)| {
            let found = wanted(stanza);
            *taken = found.is_some();
            found
        })
    }

    /// Forgets what came so far: for those who hear much and long.
    pub fn forget(&mut self) {
        self.heard.clear();
    }

    /// Everything that came so far, in order.
    pub fn heard(&mut self) -> impl Iterator<Item = &Element> {
        while let Ok(stanza) = self.inbox.try_recv() {
            self.heard.push((stanza, false));
        }
        self.heard.iter().map(|(stanza, _)| stanza)
    }

    /// How many of the stanzas that came so far are such.
    pub fn count(&mut self, wanted: impl Fn(&Element) -> bool) -> usize {
        self.heard().filter(|stanza| wanted(stanza)).count()
    }

    fn fail(&self, why: &str) -> ! {
        let heard: String = self
            .heard
            .iter()
            .map(|(stanza, taken)| format!("  {} {}\n", if *taken { '+' } else { '-' }, written(stanza)))
            .collect();
        panic!("{} ({}) {why}.\nWhat came (+ was expected):\n{heard}", self.name, self.jid);
    }
}
