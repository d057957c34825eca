//! The way from the door to the XMPP server's WebSocket.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::super::site::Site;
use super::{SUBPROTOCOL, sockets};

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
pub(super) async fn connect(site: &Site, client: IpAddr) -> Result<Upstream, String> {
    let connected = tokio::time::timeout(CONNECT_LIMIT, Box::pin(handshake(site, client))).await;
    connected.unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

async fn handshake(site: &Site, client: IpAddr) -> Result<Upstream, String> {
    let upstream = &site.web.upstream;
    let (host, port) = (upstream.server.host.as_str(), upstream.server.port);
    let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let stream: Box<dyn Stream> =
        if upstream.secure { secure(stream, host, site.ca_file.as_deref()).await? } else { Box::new(stream) };
    let scheme = if upstream.secure { "wss" } else { "ws" };
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let address = format!("{scheme}://{host}:{port}{}", upstream.path);
    let mut request = address.into_client_request().map_err(|error| error.to_string())?;
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

async fn secure(stream: TcpStream, host: &str, ca_file: Option<&Path>) -> Result<Box<dyn Stream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = builder.with_root_certificates(roots(ca_file)?).with_no_client_auth();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| error.to_string())?;
    Ok(Box::new(stream))
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca_file else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())? {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    Ok(roots)
}
