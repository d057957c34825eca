//! Transport Layer Security: whom we believe, and what to say when we do not.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error as TlsError, ProtocolVersion};

use super::account::{Account, Tls};
use super::login::LoginError;
use super::srv;
use super::wire::Socket;
use crate::roots;

/// The name of our protocol in TLS (XEP-0368, 4).
const ALPN: &[u8] = b"xmpp-client";

/// The authorities that we believe and what we offer to the server.
///
/// # Errors
/// A sentence, where the CA file cannot be used.
pub(super) fn config(account: &Account) -> Result<Arc<ClientConfig>, String> {
    let mut config = roots::client(account.ca_file.as_deref())?;
    if account.tls == Tls::Direct {
        config.alpn_protocols = vec![ALPN.to_vec()];
    }
    Ok(Arc::new(config))
}

/// Shakes hands with the server that must prove to be `domain`.
pub(super) async fn secure(
    socket: TcpStream,
    config: Arc<ClientConfig>,
    domain: &str,
) -> Result<TlsStream<TcpStream>, LoginError> {
    let name = ServerName::try_from(srv::ascii(domain)?)
        .map_err(|error| LoginError::Tls(format!("{domain} is no name that a certificate could have: {error}")))?;
    TlsConnector::from(config).connect(name, socket).await.map_err(|error| explained(&error, domain))
}

/// The version in use; `None` where there is no TLS.
pub(super) fn version(socket: &Socket) -> Option<&'static str> {
    let Socket::Tls(stream) = socket else { return None };
    Some(match stream.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "TLS",
    })
}

fn explained(error: &std::io::Error, domain: &str) -> LoginError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        Some(TlsError::InvalidCertificate(why)) => {
            LoginError::Certificate { domain: domain.to_owned(), why: why.to_string() }
        }
        _ => LoginError::Tls(error.to_string()),
    }
}
