//! The way of a WebSocket through our server to the XMPP server (RFC 7395): an honest door.

mod carry;
mod element;
mod judge;
mod reply;
mod trying;
mod upstream;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::addresses::Place;
use super::answer::{Answer, set, words};
use super::origin::{client, household, origin};
use super::site::Site;
use super::{Closing, House};
use judge::Judge;
use upstream::Upstream;

pub(super) use judge::Door;
pub use trying::{Unusable, try_out};
pub(super) use upstream::Trust;

/// The path of the WebSocket.
pub(super) const PATH: &str = "/xmpp-websocket";
/// The subprotocol (RFC 7395, 3.1).
const SUBPROTOCOL: &str = "xmpp";
/// No frame is longer, in bytes; XMPP servers refuse longer stanzas, too.
const FRAME_BYTES_MAX: usize = 64 * 1024;
/// What the XMPP server sends to a client may be longer: whole rooms and archives.
const FRAME_FROM_SERVER_BYTES_MAX: usize = 1024 * 1024;
/// After the answer the client's connection becomes a WebSocket at once, or never.
const UPGRADE_LIMIT: Duration = Duration::from_secs(10);

/// A client's WebSocket.
type Client = WebSocketStream<TcpStream>;

/// A WebSocket that was agreed to, and both ends of it.
pub(super) struct Errand {
    upgrade: OnUpgrade,
    upstream: Upstream,
    judge: Judge,
    place: Place,
    closing: Closing,
}

/// Answers the request for a WebSocket. Whatever stands against it is said before the upgrade.
pub(super) async fn knock(
    house: &House,
    site: &Arc<Site>,
    peer: SocketAddr,
    door: Door,
    knows: impl Fn(&str) -> bool,
    mut request: Request<Incoming>,
) -> (Answer, Option<Errand>) {
    let refuse = |status, why: &str| (words(status, why), None);
    if let Err((status, why)) = wishes(request.headers(), knows) {
        return refuse(status, &why);
    }
    let address = client(peer.ip(), request.headers(), &site.web.trusted_proxies);
    let Some(place) = house.addresses.connect(household(address)) else {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "There are too many connections from this address.");
    };
    let upstream = match upstream::connect(site, &house.trust, address).await {
        Ok(upstream) => upstream,
        Err(why) => {
            tracing::warn!("the XMPP server's WebSocket (`web.upstream`) cannot be used: {why}");
            return refuse(StatusCode::BAD_GATEWAY, "The XMPP server cannot be reached.");
        }
    };
    let answer = switching(request.headers());
    let (judge, closing) = (Judge::new(door), house.closing.clone());
    let upgrade = hyper::upgrade::on(&mut request);
    (answer, Some(Errand { upgrade, upstream, judge, place, closing }))
}

/// Is this the request for a WebSocket that we speak, from a page that we know?
fn wishes(headers: &HeaderMap, knows: impl Fn(&str) -> bool) -> Result<(), (StatusCode, String)> {
    let says = |name, wanted: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    let bad = |why: &str| Err((StatusCode::BAD_REQUEST, why.to_owned()));
    if !says(UPGRADE, "websocket") || !says(CONNECTION, "upgrade") || !says(SEC_WEBSOCKET_VERSION, "13") {
        return Err((StatusCode::UPGRADE_REQUIRED, "Here is a WebSocket.".to_owned()));
    }
    if !headers.contains_key(SEC_WEBSOCKET_KEY) {
        return bad("There is no Sec-WebSocket-Key.");
    }
    match origin(headers) {
        Some(origin) if knows(origin) => {}
        Some(origin) => {
            // Who sends it is in doubt, so it is cut; whoever set the site up finds it here.
            let shown: String = origin.chars().filter(|c| !c.is_control()).take(100).collect();
            tracing::debug!(origin = shown, "a page that is not in `web.sites` wanted to speak to the desk");
            return Err((StatusCode::FORBIDDEN, "This page is not one of the desk's sites (`web.sites`).".to_owned()));
        }
        None => return Err((StatusCode::FORBIDDEN, "There is no Origin.".to_owned())),
    }
    if !says(SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return bad("The subprotocol must be \"xmpp\" (RFC 7395).");
    }
    Ok(())
}

fn switching(asked: &HeaderMap) -> Answer {
    let key = asked.get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes())).unwrap_or_default();
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    set(&mut answer, CONNECTION, "Upgrade");
    set(&mut answer, UPGRADE, "websocket");
    set(&mut answer, SEC_WEBSOCKET_ACCEPT, &key);
    set(&mut answer, SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    answer
}

/// Small buffers: there are many connections and little is said on each. They grow with what is said.
fn sockets() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(2 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * FRAME_FROM_SERVER_BYTES_MAX)
        .max_message_size(Some(FRAME_FROM_SERVER_BYTES_MAX))
        .max_frame_size(Some(FRAME_FROM_SERVER_BYTES_MAX))
}

impl Errand {
    /// Carries frames until one end has gone, or the desk stops.
    pub(super) async fn run(self) {
        let Self { upgrade, upstream, judge, place, closing } = self;
        match tokio::time::timeout(UPGRADE_LIMIT, Box::pin(client_socket(upgrade))).await {
            Ok(Some(client)) => Box::pin(carry::carry(client, upstream, judge, place, closing)).await,
            _ => carry::leave(upstream).await,
        }
    }
}

async fn client_socket(upgrade: OnUpgrade) -> Option<Client> {
    let Parts { io, read_buf, .. } = upgrade.await.ok()?.downcast::<TokioIo<TcpStream>>().ok()?;
    let limits = sockets().max_message_size(Some(FRAME_BYTES_MAX)).max_frame_size(Some(FRAME_BYTES_MAX));
    Some(WebSocketStream::from_partially_read(io.into_inner(), read_buf.to_vec(), Role::Server, Some(limits)).await)
}

/// The door of the guests.
pub(super) fn of_guests(site: &Site) -> Door {
    Door::Guests { domain: site.domain.clone(), services: site.services.clone(), desk: site.desk.clone() }
}

/// The door of the operators.
pub(super) fn of_operators(site: &Site) -> Door {
    Door::Operators { domain: site.desk.domain().as_str().to_owned() }
}
