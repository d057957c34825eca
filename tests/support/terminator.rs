//! TLS in front of a server that speaks none: what a proxy in front of an XMPP server's WebSocket does.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::certificates;

/// Whom its certificate names.
const HOST: &str = "localhost";

/// It ends when this is dropped.
#[derive(Debug)]
pub struct Terminator {
    folder: TempDir,
    address: SocketAddr,
    accepts: JoinHandle<()>,
}

impl Terminator {
    /// Takes TLS off, with a certificate of a private CA, and passes on what is inside.
    pub async fn before(server: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificates::make(folder.path(), &[HOST]);
        let acceptor = acceptor(folder.path());
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let accepts = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not like the certificate goes away.
                    let Ok(mut inside) = acceptor.accept(stream).await else { return };
                    let mut outside = TcpStream::connect(server).await.unwrap();
                    drop(copy_bidirectional(&mut inside, &mut outside).await);
                });
            }
        });
        Self { folder, address, accepts }
    }

    /// The private CA.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join(certificates::CA)
    }

    /// The WebSocket's address.
    pub fn websocket(&self) -> String {
        format!("wss://{HOST}:{}/xmpp-websocket", self.address.port())
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

fn acceptor(folder: &Path) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(folder.join(certificates::CERTIFICATE)).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join(certificates::KEY)).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = builder.with_single_cert(chain.map(Result::unwrap).collect(), key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}
