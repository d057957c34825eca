//! A listener and its connections, each with its limits: who dawdles, or asks too much, is let go.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::House;
use super::answer::Answer;
use super::door::Errand;
use super::origin::household;

/// So many connections a listener has at once, WebSockets among them.
const CONNECTIONS_MAX: usize = 10_000;
/// A request's headers, in bytes; 8 KiB is the least that the HTTP library can do.
const HEADERS_BYTES_MAX: usize = 8 * 1024;
/// So many headers a request may have.
const HEADERS_MAX: usize = 64;
/// Within such a time the headers must have come; an idle connection is closed after as long.
const HEADERS_LIMIT: Duration = Duration::from_secs(10);
/// No connection is older, unless it is a WebSocket: pages are small.
const CONNECTION_LIMIT: Duration = Duration::from_secs(60);
/// After a failure to accept (no file handles are left) it is tried again after so long.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// What is served at a listener.
pub(super) trait Pages: Send + Sync + 'static {
    /// Answers a request of somebody at this address. A WebSocket leaves as an errand, which begins after the answer.
    fn answer(
        &self,
        house: &Arc<House>,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = (Answer, Option<Errand>)> + Send;
}

/// A listener.
pub(super) struct Listener<P> {
    socket: TcpListener,
    house: Arc<House>,
    pages: Arc<P>,
}

impl<P: Pages> Listener<P> {
    pub(super) fn new(socket: TcpListener, house: Arc<House>, pages: P) -> Self {
        Self { socket, house, pages: Arc::new(pages) }
    }

    /// Accepts connections until the house closes; then waits for the last of them.
    pub(super) async fn accept(self) {
        let mut closing = self.house.closing.clone();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.socket.accept(), if connections.len() < CONNECTIONS_MAX => {
                    if let Err(error) = self.begin(accepted, &mut connections) {
                        tracing::warn!("a connection cannot be accepted: {error}");
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                }
                Some(_) = connections.join_next() => {}
                () = closing.comes() => break,
            }
        }
        drop(self.socket);
        while connections.join_next().await.is_some() {}
    }

    fn begin(&self, accepted: io::Result<(TcpStream, SocketAddr)>, connections: &mut JoinSet<()>) -> io::Result<()> {
        let (stream, peer) = accepted?;
        stream.set_nodelay(true)?;
        let connection = Connection { house: Arc::clone(&self.house), pages: Arc::clone(&self.pages), peer };
        connections.spawn(connection.serve(stream));
        Ok(())
    }
}

/// One connection.
struct Connection<P> {
    house: Arc<House>,
    pages: Arc<P>,
    peer: SocketAddr,
}

impl<P: Pages> Connection<P> {
    async fn serve(self, stream: TcpStream) {
        // Whom a proxy speaks for is known with the request only; then their WebSockets are counted.
        let is_proxy = self.is_proxy();
        let place = self.house.addresses.connect(household(self.peer.ip()));
        if place.is_none() && !is_proxy {
            return tracing::debug!("an address has too many connections");
        }
        let errand = Box::pin(self.requests(stream)).await;
        drop(place);
        if let Some(errand) = errand {
            errand.run().await;
        }
    }

    fn is_proxy(&self) -> bool {
        let address = self.peer.ip().to_canonical();
        self.house.site.borrow().web.trusted_proxies.iter().any(|network| network.contains(&address))
    }

    /// Answers one request after the other, until one is a WebSocket's.
    async fn requests(self, stream: TcpStream) -> Option<Errand> {
        let mut closing = self.house.closing.clone();
        let (leaves, errand) = tokio::sync::mpsc::channel(1);
        let answer = service_fn(|request| {
            let leaves = leaves.clone();
            async {
                let (answer, errand) = self.pages.answer(&self.house, self.peer, request).await;
                if let Some(errand) = errand {
                    drop(leaves.try_send(errand));
                }
                drop(leaves);
                Ok::<_, Infallible>(answer)
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_LIMIT)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEADERS_BYTES_MAX);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answer).with_upgrades());
        let ended = tokio::select! {
            ended = tokio::time::timeout(CONNECTION_LIMIT, connection.as_mut()) => ended,
            () = closing.comes() => {
                connection.as_mut().graceful_shutdown();
                tokio::time::timeout(HEADERS_LIMIT, connection.as_mut()).await
            }
        };
        if let Ok(Err(error)) = ended {
            tracing::trace!("a connection ended: {error}");
        }
        let mut errand = errand;
        errand.try_recv().ok()
    }
}
