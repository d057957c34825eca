//! The way from the door to the XMPP server's WebSocket.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::super::site::Site;
use super::{SUBPROTOCOL, sockets};
use crate::roots;

/// Connecting, TLS and the handshake together may take so long.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// A stream of bytes, through TLS or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A WebSocket of the XMPP server.
pub(super) type Upstream = WebSocketStream<Box<dyn Stream>>;

/// Connects for a client at this address.
///
/// # Errors
/// Says in a sentence what went wrong.
pub(super) async fn connect(site: &Arc<Site>, trust: &Trust, client: IpAddr) -> Result<Upstream, String> {
    let connected = tokio::time::timeout(CONNECT_LIMIT, Box::pin(handshake(site, trust, client))).await;
    connected.unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

async fn handshake(site: &Arc<Site>, trust: &Trust, client: IpAddr) -> Result<Upstream, String> {
    let upstream = &site.web.upstream;
    let (host, port) = (upstream.server.host.as_str(), upstream.server.port);
    let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let stream: Box<dyn Stream> =
        if upstream.secure { secure(stream, host, trust.of(site)).await? } else { Box::new(stream) };
    let mut request = upstream.to_string().into_client_request().map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    for (name, value) in
        [(ORIGIN, site.web.address.clone()), (HeaderName::from_static("x-forwarded-for"), client.to_string())]
    {
        headers.insert(name, HeaderValue::from_str(&value).map_err(|error| error.to_string())?);
    }
    let shaken = client_async_with_config(request, stream, Some(sockets())).await;
    shaken.map(|(socket, _)| socket).map_err(|error| error.to_string())
}

async fn secure(stream: TcpStream, host: &str, tls: Result<TlsConnector, String>) -> Result<Box<dyn Stream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let stream = tls?.connect(name, stream).await.map_err(|error| error.to_string())?;
    Ok(Box::new(stream))
}

/// Whom we believe when the server shows its certificate: read once for each reading of the configuration.
#[derive(Default)]
pub(in super::super) struct Trust(Mutex<Option<(Arc<Site>, TlsConnector)>>);

impl Trust {
    fn of(&self, site: &Arc<Site>) -> Result<TlsConnector, String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, tls)) = known.as_ref()
            && Arc::ptr_eq(of, site)
        {
            return Ok(tls.clone());
        }
        let tls = TlsConnector::from(Arc::new(roots::client(site.ca_file.as_deref())?));
        *known = Some((Arc::clone(site), tls.clone()));
        Ok(tls)
    }
}
