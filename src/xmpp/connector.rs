//! From nothing to a stream that is logged in: find the server, connect, protect, log in. Each step has a time limit.

use std::borrow::Cow;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::{FutureExt, SinkExt, StreamExt, future};
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;
use xmpp::parsers::stream_features::StreamFeatures;
use xmpp::tokio_xmpp::Error as StreamFailure;
use xmpp::tokio_xmpp::parsers::{ns, starttls};
use xmpp::tokio_xmpp::xmlstream::{
    PendingFeaturesRecv, ReadError, StreamHeader, Timeouts, XmppStream, XmppStreamElement, initiate_stream,
};

use super::account::{Account, Server, Tls};
use super::jitter::Jitter;
use super::login::{self, Login, LoginError, OurStream};
use super::wire::{Socket, Wire};
use super::{srv, tls};

/// For finding the server and each of its addresses.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// For STARTTLS and the handshake.
const TLS_LIMIT: Duration = Duration::from_secs(10);
/// For the login.
const LOGIN_LIMIT: Duration = Duration::from_secs(20);
/// After so much silence we ask the server whether it is there; after so much more the connection is dead.
const SILENCE: Timeouts = Timeouts { read_timeout: Duration::from_secs(30), response_timeout: Duration::from_secs(10) };

/// Makes connections for one account.
#[derive(Debug)]
pub(super) struct Connector {
    account: Account,
    tls: Arc<ClientConfig>,
}

/// A stream that is logged in, but has no resource yet.
pub(super) struct LoggedIn {
    pub(super) features: StreamFeatures,
    pub(super) stream: OurStream,
    pub(super) login: Login,
}

impl Connector {
    /// Reads the certificates.
    ///
    /// # Errors
    /// A sentence, where the CA file cannot be used.
    pub(super) fn new(account: Account) -> Result<Self, String> {
        let tls = tls::config(&account)?;
        Ok(Self { account, tls })
    }

    /// Whose connections these are.
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// One try. `conflict` becomes true when this stream ends because somebody else took its resource.
    pub(super) async fn log_in(&self, jitter: &mut Jitter, conflict: Arc<AtomicBool>) -> Result<LoggedIn, LoginError> {
        fault!("xmpp.dial" => return Err(LoginError::Unreachable("a fault".to_owned())));
        let socket = self.connect(jitter).await?;
        fault!("xmpp.tls" => return Err(LoginError::Tls("a fault".to_owned())));
        let socket = within(TLS_LIMIT, "protecting the connection", self.protect(socket).boxed()).await?;
        let tls = tls::version(&socket);
        fault!("xmpp.login" => return Err(LoginError::Stream("a fault".to_owned())));
        let login = self.open_and_log_in(Wire::new(socket, conflict));
        let (features, stream, mechanism) = within(LOGIN_LIMIT, "the login", login.boxed()).await?;
        let login = Login { tls, mechanism, resumable: features.stream_management.is_some() };
        Ok(LoggedIn { features, stream, login })
    }

    async fn connect(&self, jitter: &mut Jitter) -> Result<TcpStream, LoginError> {
        let servers = within(CONNECT_LIMIT, "asking the DNS", srv::servers(&self.account, jitter)).await?;
        let mut failure = LoginError::Unreachable("it has no address".to_owned());
        for server in servers {
            match within(CONNECT_LIMIT, "connecting", self.connect_to(&server)).await {
                Ok(socket) => return Ok(socket),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// All addresses at once; the first that answers is taken (RFC 8305, without its patience).
    async fn connect_to(&self, server: &Server) -> Result<TcpStream, LoginError> {
        let addresses = srv::addresses(server).await?;
        if let Some(exposed) = addresses.iter().find(|address| !self.account.may_connect_to(address.ip())) {
            return Err(LoginError::Exposed(exposed.ip()));
        }
        if addresses.is_empty() {
            return Err(LoginError::Lookup(format!("{} has no address", server.host)));
        }
        let (socket, _) = future::select_ok(addresses.into_iter().map(|address| dial(address).boxed())).await?;
        Ok(socket)
    }

    async fn protect(&self, socket: TcpStream) -> Result<Socket, LoginError> {
        let socket = match self.account.tls {
            Tls::Off => return Ok(Socket::Plain(socket)),
            Tls::Direct => socket,
            Tls::Required => self.start_tls(socket).await?,
        };
        let protected = tls::secure(socket, self.tls.clone(), self.account.domain()).await?;
        Ok(Socket::Tls(Box::new(protected)))
    }

    /// Asks for TLS (RFC 6120, 5.4). What the server sent along in the clear is thrown away with the buffer.
    async fn start_tls(&self, socket: TcpStream) -> Result<TcpStream, LoginError> {
        let wire = Wire::new(Socket::Plain(socket), Arc::default());
        let opened = self.open(BufStream::new(wire)).await?;
        let (features, mut stream): (_, XmppStream<BufStream<Wire>>) =
            opened.recv_features().await.map_err(StreamFailure::from)?;
        if !features.can_starttls() {
            return Err(LoginError::NoTls);
        }
        let request = XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request));
        stream.send(&request).await.map_err(StreamFailure::from)?;
        loop {
            let heard = stream.next().await.map(|element| element.and_then(|element| element.into_read_error()));
            match heard {
                Some(Ok(XmppStreamElement::Starttls(starttls::Nonza::Proceed(_)))) => break,
                Some(Ok(XmppStreamElement::Starttls(starttls::Nonza::Failure(_)))) => return Err(LoginError::NoTls),
                Some(Ok(_) | Err(ReadError::SoftTimeout)) => {}
                Some(Err(error)) => return Err(LoginError::Stream(error.to_string())),
                None => return Err(LoginError::Stream("the server hung up".to_owned())),
            }
        }
        match stream.into_inner().into_inner().into_socket() {
            Socket::Plain(socket) => Ok(socket),
            Socket::Tls(_) => Err(LoginError::NoTls),
        }
    }

    async fn open_and_log_in(&self, wire: Wire) -> Result<(StreamFeatures, OurStream, &'static str), LoginError> {
        let opened = self.open(BufStream::new(wire)).await?;
        login::log_in(&self.account, opened).await
    }

    async fn open<Io>(&self, io: Io) -> Result<PendingFeaturesRecv<Io>, LoginError>
    where
        Io: tokio::io::AsyncBufRead + tokio::io::AsyncWrite + Unpin,
    {
        let header = StreamHeader { to: Some(Cow::Borrowed(self.account.domain())), from: None, id: None };
        Ok(initiate_stream(io, ns::JABBER_CLIENT, header, SILENCE).await.map_err(StreamFailure::from)?)
    }
}

async fn dial(address: SocketAddr) -> Result<TcpStream, LoginError> {
    let unreachable = |error: std::io::Error| LoginError::Unreachable(format!("{address}: {error}"));
    let socket = TcpStream::connect(address).await.map_err(unreachable)?;
    socket.set_nodelay(true).map_err(unreachable)?;
    Ok(socket)
}

async fn within<T>(
    limit: Duration,
    what: &'static str,
    work: impl Future<Output = Result<T, LoginError>>,
) -> Result<T, LoginError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(LoginError::TimedOut(what)))
}
