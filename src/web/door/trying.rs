//! Whether guests could come in: for `frontdesk check`, which runs beside the daemon and lets nobody in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::super::site::Site;
use super::element::Element;
use super::judge::{self, STREAM};
use super::reply;
use super::upstream::{self, Trust, Upstream};

/// What the server has to say may take so long.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Why no guest could come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// Nobody answers there, or nobody who speaks XMPP over WebSocket.
    Unreachable(String),
    /// The server does not have the guests' domain, or has something against us.
    Refused(String),
    /// Nobody can log in there without an account.
    NoAnonymous {
        /// There is no way to log in at all, which is so where the server holds our connection for unsafe.
        no_way: bool,
    },
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be used: {why}"),
            Self::Refused(why) => write!(f, "the server does not let guests in ({why})"),
            Self::NoAnonymous { .. } => f.write_str("nobody can log in there without an account (SASL ANONYMOUS)"),
        }
    }
}

/// Begins a stream for guests at `web.upstream`, looks what is offered, and goes.
///
/// # Errors
/// Says what is in the way.
pub async fn try_out(site: Site) -> Result<(), Unusable> {
    let site = Arc::new(site);
    let us = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let connected = Box::pin(upstream::connect(&site, &Trust::default(), us)).await;
    let mut socket = connected.map_err(Unusable::Unreachable)?;
    let offered = timeout(ANSWER_LIMIT, offer(&mut socket, &site.domain)).await;
    let offered = offered.unwrap_or_else(|_| Err(Unusable::Unreachable("it says nothing".to_owned())))?;
    drop(socket.send(Message::text(reply::close())).await);
    drop(socket.close(None).await);
    let ways = judge::mechanisms(&offered).unwrap_or_default();
    if ways.iter().any(|way| way == judge::ANONYMOUS) {
        Ok(())
    } else {
        Err(Unusable::NoAnonymous { no_way: ways.is_empty() })
    }
}

/// What the server offers to whoever comes for this domain.
async fn offer(socket: &mut Upstream, domain: &str) -> Result<Element, Unusable> {
    let gone = || Unusable::Unreachable("it hung up".to_owned());
    socket.send(Message::text(reply::open(domain))).await.map_err(|_| gone())?;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(frame) = message else { continue };
        let element = Element::read(&frame).map_err(|_| Unusable::Unreachable("it does not speak XMPP".to_owned()))?;
        if element.is("features", STREAM) {
            return Ok(element);
        }
        if element.is("error", STREAM) {
            let condition = element.children.first().map_or("stream error", |condition| condition.name.as_str());
            return Err(Unusable::Refused(condition.to_owned()));
        }
        if element.name == "close" {
            break;
        }
    }
    Err(gone())
}
