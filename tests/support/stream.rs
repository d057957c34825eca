//! A client's stream: by hand on tokio-xmpp's XML stream, and owned by one task.
//!
//! COMPAT tokio-xmpp 6.0: its `Client` hangs on runtimes with more than one thread, so nobody here uses it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use sasl::common::Credentials;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use xmpp::jid::FullJid;
use xmpp::tokio_xmpp::client_login;
use xmpp::tokio_xmpp::minidom::Element;
use xmpp::tokio_xmpp::parsers::stream_features::StreamFeatures;
use xmpp::tokio_xmpp::xmlstream::{
    FallibleStreamElement, InitiatingStream, ReadError, StreamHeader, Timeouts, XmlStream, initiate_stream,
};

use super::server::{CHAT, GUESTS};
use super::stanzas::{CLIENT, STANZA_ERRORS, escaped, from, has_type, written, xml};
use super::witness::Listener;

type Io = BufStream<TcpStream>;

/// Who logs in, and as which client.
#[derive(Debug)]
pub struct Account<'a> {
    pub name: &'a str,
    pub password: &'a str,
    pub resource: &'a str,
}

/// What a client's task is told.
#[derive(Debug)]
pub enum Order {
    Send(Element),
    Close,
}

/// Connects, logs in and binds; anonymously without an account.
pub async fn open_stream(
    address: SocketAddr,
    account: Option<Account<'_>>,
) -> Result<(XmlStream<Io, Element>, FullJid), String> {
    let host = if account.is_some() { CHAT } else { GUESTS };
    let socket = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    let pending = initiate_stream(BufStream::new(socket), CLIENT, header(host), Timeouts::default())
        .await
        .map_err(|error| error.to_string())?;
    let (features, stream) =
        pending.recv_features::<FallibleStreamElement>().await.map_err(|error| error.to_string())?;
    let stream = client_login(stream, mechanisms(&features, account.is_none()), credentials(account.as_ref()))
        .await
        .map_err(|error| error.to_string())?;
    bind(stream, host, account.map(|account| account.resource)).await
}

fn header(host: &str) -> StreamHeader<'_> {
    StreamHeader { to: Some(host.into()), from: None, id: None }
}

/// Anonymous hosts may offer PLAIN too, and accounts are never asked for in plain text.
fn mechanisms(features: &StreamFeatures, anonymous: bool) -> BTreeSet<String> {
    let wanted = |name: &&String| (name.as_str() == "ANONYMOUS") == anonymous && name.as_str() != "PLAIN";
    features.sasl_mechanisms.iter().filter(wanted).cloned().collect()
}

/// COMPAT tokio-xmpp 6.0: it makes every mechanism ready before it looks which one is wanted, and panics without a
/// name and a password.
fn credentials(account: Option<&Account<'_>>) -> Credentials {
    let (name, password) = account.map_or(("nobody", "nothing"), |account| (account.name, account.password));
    Credentials::default().with_username(name).with_password(password)
}

async fn bind(
    stream: InitiatingStream<Io>,
    host: &str,
    resource: Option<&str>,
) -> Result<(XmlStream<Io, Element>, FullJid), String> {
    let pending = stream.send_header(header(host)).await.map_err(|error| error.to_string())?;
    let (_, mut stream) = pending.recv_features::<Element>().await.map_err(|error| error.to_string())?;
    let resource = resource.map(|name| format!("<resource>{name}</resource>")).unwrap_or_default();
    let request =
        format!("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{resource}</bind></iq>");
    stream.send(&xml(&request)).await.map_err(|error| error.to_string())?;
    match stream.next().await {
        Some(Ok(answer)) => bound_jid(&answer).map(|jid| (stream, jid)),
        other => Err(format!("no answer to our binding: {other:?}")),
    }
}

fn bound_jid(answer: &Element) -> Result<FullJid, String> {
    let bind = answer.get_child("bind", "urn:ietf:params:xml:ns:xmpp-bind");
    let jid = bind.and_then(|bind| bind.get_child("jid", "urn:ietf:params:xml:ns:xmpp-bind"));
    jid.and_then(|jid| jid.text().parse().ok()).ok_or_else(|| format!("not bound: {}", written(answer)))
}

/// The one task that owns the stream: sends what is ordered, hands on what comes, answers what clients answer.
pub async fn attend(
    mut stream: XmlStream<Io, Element>,
    mut todo: UnboundedReceiver<Order>,
    hear: UnboundedSender<Element>,
    mut listener: Listener,
) {
    loop {
        tokio::select! {
            order = todo.recv() => match order {
                Some(Order::Send(stanza)) => {
                    if stream.send(&stanza).await.is_err() {
                        return;
                    }
                }
                Some(Order::Close) => return close(stream).await,
                None => return,
            },
            came = stream.next() => match came {
                Some(Ok(stanza)) => {
                    if let Some(answer) = answer_of_a_client(&stanza) {
                        let _ = stream.send(&answer).await;
                    }
                    listener.hear(&stanza);
                    let _ = hear.send(stanza);
                }
                Some(Err(ReadError::SoftTimeout | ReadError::ParseError(_))) => {}
                Some(Err(ReadError::HardError(_) | ReadError::StreamFooterReceived)) | None => return,
            },
        }
    }
}

/// Closes our half and waits until the server has closed its own.
async fn close(mut stream: XmlStream<Io, Element>) {
    let _ = stream.shutdown().await;
    while let Some(Ok(_)) = stream.next().await {}
}

/// Clients answer every question (RFC 6120, 8.2.3).
fn answer_of_a_client(stanza: &Element) -> Option<Element> {
    if stanza.name() != "iq" || !(has_type(stanza, "get") || has_type(stanza, "set")) {
        return None;
    }
    let to = from(stanza).map(|from| format!(" to='{}'", escaped(from.as_str()))).unwrap_or_default();
    let id = escaped(stanza.attr("id").unwrap_or_default());
    let known = stanza.has_child("ping", "urn:xmpp:ping") || stanza.has_child("query", "jabber:iq:roster");
    let answer = if known {
        format!("<iq type='result' id='{id}'{to}/>")
    } else {
        format!(
            "<iq type='error' id='{id}'{to}><error type='cancel'><service-unavailable xmlns='{}'/></error></iq>",
            STANZA_ERRORS
        )
    };
    Some(xml(&answer))
}
