//! Gives the stream a new connection whenever it needs one, and never gives up but for what no retry can mend.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::SinkExt;
use jid::{FullJid, Jid};
use tokio::sync::{mpsc, oneshot, watch};
use xmpp::parsers::stanza::Stanza;
use xmpp::tokio_xmpp::stanzastream::{Connection, StanzaStream, XmppStream};

use super::account::RESOURCE;
use super::backoff;
use super::connector::{Connector, LoggedIn};
use super::jitter::Jitter;
use super::link::{LinkFailure, Others};
use super::login::LoginError;
use super::probe;

/// The queues of the stream. COMPAT: two full queues can block each other for ever, so they are long, and we never
/// let ours fill up.
const QUEUE_DEPTH: usize = 1_024;

/// So many connections one after the other that came to no session: then we stop asking for our old one.
const FRUITLESS_MAX: u32 = 2;

/// So many sessions one after the other that did not hold: then, too. Something in the old one may be what kills them.
const BRIEF_MAX: u32 = 6;

/// For ending a stream that nobody wants any more.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// A stream that heals itself, and what its owner tells its reconnector.
#[derive(Debug)]
pub(super) struct Stream {
    /// The library's stream.
    pub(super) stanzas: StanzaStream,
    /// What cannot be mended by retrying.
    pub(super) failures: mpsc::Receiver<LinkFailure>,
    signs: Arc<Signs>,
    /// Dropped with us: then the reconnector stops.
    _alive: watch::Sender<()>,
}

/// What the owner of the stream and its reconnector know in common.
#[derive(Debug, Default)]
struct Signs {
    /// There was a session, old or new.
    established: AtomicBool,
    /// It held for a while.
    settled: AtomicBool,
    /// The old session is not wanted back.
    fresh: AtomicBool,
}

impl Stream {
    /// Opens a stream for this resource and begins to connect.
    pub(super) fn open(connector: Arc<Connector>, resource: FullJid) -> Self {
        let (alive, watching) = watch::channel(());
        let (failed, failures) = mpsc::channel(1);
        let signs = Arc::new(Signs::default());
        let mut reconnector = Reconnector {
            jitter: Jitter::new(connector.account().seed),
            connector,
            resource,
            signs: signs.clone(),
            conflict: Arc::default(),
            watching,
            failed,
            brief: None,
            fruitless: 0,
        };
        let reconnect = move |_location, slot| reconnector.reconnect(slot);
        let stanzas = StanzaStream::new(Box::new(reconnect), QUEUE_DEPTH);
        Self { stanzas, failures, signs, _alive: alive }
    }

    /// There is a session, old or new.
    pub(super) fn establish(&self) {
        self.signs.established.store(true, Ordering::Release);
    }

    /// The session has held for a while: the next loss is a first one.
    pub(super) fn settle(&self) {
        self.signs.settled.store(true, Ordering::Release);
    }

    /// The old session is not wanted back: the next connection begins a new one.
    pub(super) fn begin_anew(&self) {
        self.signs.fresh.store(true, Ordering::Release);
    }
}

struct Reconnector {
    connector: Arc<Connector>,
    resource: FullJid,
    signs: Arc<Signs>,
    conflict: Arc<AtomicBool>,
    watching: watch::Receiver<()>,
    failed: mpsc::Sender<LinkFailure>,
    jitter: Jitter,
    /// How many sessions one after the other did not hold; `None` before the first connection.
    brief: Option<u32>,
    /// How many connections one after the other came to no session at all.
    fruitless: u32,
}

impl Reconnector {
    fn reconnect(&mut self, slot: oneshot::Sender<Connection>) {
        let delay = self.count().map(|before| backoff::delay_after(before, &mut self.jitter));
        let attempt = Attempt {
            connector: self.connector.clone(),
            resource: self.resource.clone(),
            signs: self.signs.clone(),
            conflict: self.conflict.clone(),
            jitter: Jitter::new(self.jitter.draw()),
            delay: delay.unwrap_or_default(),
            // COMPAT: a server that has forgotten our session says <failed/> without `h`, which the library cannot
            // read: it would ask for the same session for ever. Without the feature it binds a new one.
            resumes: self.fruitless < FRUITLESS_MAX && self.brief.unwrap_or_default() < BRIEF_MAX,
        };
        tokio::spawn(attempt.serve(slot, self.watching.clone(), self.failed.clone()));
    }

    /// Counts what became of the connection before: a session that did not hold, or none at all. Says how many of that
    /// kind there were one after the other before it; `None` where this connection is the first.
    ///
    /// They are counted apart: after its crash a server refuses us the old session, and if those refusals counted as
    /// sessions that did not hold, we would come back the later, the more often the server crashed.
    fn count(&mut self) -> Option<u32> {
        let established = self.signs.established.swap(false, Ordering::AcqRel);
        let settled = self.signs.settled.swap(false, Ordering::AcqRel);
        let Some(brief) = &mut self.brief else {
            self.brief = Some(0);
            return None;
        };
        if settled {
            *brief = 0;
        }
        let counter = if established || settled {
            self.fruitless = 0;
            brief
        } else {
            &mut self.fruitless
        };
        let before = *counter;
        *counter = before.saturating_add(1);
        Some(before)
    }
}

/// All that is done for one request of the stream.
struct Attempt {
    connector: Arc<Connector>,
    resource: FullJid,
    signs: Arc<Signs>,
    conflict: Arc<AtomicBool>,
    jitter: Jitter,
    delay: Duration,
    resumes: bool,
}

impl Attempt {
    async fn serve(
        mut self,
        slot: oneshot::Sender<Connection>,
        mut watching: watch::Receiver<()>,
        failed: mpsc::Sender<LinkFailure>,
    ) {
        let connected = tokio::select! {
            connected = Box::pin(self.connection()) => connected,
            _ = watching.changed() => return hold(slot).await,
        };
        match connected {
            Ok(connection) => deliver(slot, connection).await,
            Err(failure) => {
                if failed.send(failure).await.is_err() {
                    tracing::debug!("nobody wants to know why the connection failed");
                }
                hold(slot).await;
            }
        }
    }

    /// Tries until it works.
    async fn connection(&mut self) -> Result<Connection, LinkFailure> {
        tokio::time::sleep(self.delay).await;
        let mut complaints = Complaints::default();
        let mut failures = 0;
        loop {
            match self.try_once().await {
                Ok(connection) => return Ok(connection),
                Err(Refusal::Final(failure)) => return Err(failure),
                Err(Refusal::Passing(error)) => complaints.hear(&error),
            }
            tokio::time::sleep(backoff::delay_after(failures, &mut self.jitter)).await;
            failures = failures.saturating_add(1);
        }
    }

    async fn try_once(&mut self) -> Result<Connection, Refusal> {
        if self.conflict.load(Ordering::Acquire) {
            ensure_alone(&self.connector, Others::Unknown, &mut self.jitter).await?;
            self.conflict.store(false, Ordering::Release);
        }
        let LoggedIn { mut features, stream, .. } =
            self.connector.log_in(&mut self.jitter, self.conflict.clone()).await?;
        fault!("xmpp.bind" => return Err(Refusal::Passing(LoginError::Stream("a fault".to_owned()))));
        if self.signs.fresh.swap(false, Ordering::AcqRel) || !self.resumes {
            features.stream_management = None;
        }
        Ok(Connection { stream: stream.box_stream(), features, identity: Jid::from(self.resource.clone()) })
    }
}

/// Why a try failed.
pub(super) enum Refusal {
    /// No retry helps.
    Final(LinkFailure),
    /// The next try may work.
    Passing(LoginError),
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        if error.is_final() {
            Self::Final(LinkFailure::Authentication(error.to_string()))
        } else {
            Self::Passing(error)
        }
    }
}

/// Fails where a second copy of the desk answers.
pub(super) async fn ensure_alone(connector: &Connector, others: Others, jitter: &mut Jitter) -> Result<(), Refusal> {
    fault!("xmpp.probe" => return Err(Refusal::Passing(LoginError::Stream("a fault".to_owned()))));
    if others == Others::OwnGhost {
        tracing::info!("the last run has not logged out; its session is taken over");
        return Ok(());
    }
    if probe::second_copy_answers(connector, jitter).await? {
        let jid = &connector.account().jid;
        let words =
            format!("another frontdesk is logged in as {jid}/{RESOURCE}: stop it, or give this one its own account");
        return Err(Refusal::Final(LinkFailure::SecondCopy(words)));
    }
    Ok(())
}

/// Says each new reason once, not once per try.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    last: String,
}

impl Complaints {
    /// Logs it, if it is news.
    pub(super) fn hear(&mut self, error: &LoginError) {
        let words = error.to_string();
        if words != self.last {
            tracing::warn!("not connected: {words}; trying again");
            self.last = words;
        }
    }
}

async fn deliver(slot: oneshot::Sender<Connection>, connection: Connection) {
    let Err(mut unwanted) = slot.send(connection) else { return };
    let closing = <XmppStream as SinkExt<&Stanza>>::close(&mut unwanted.stream);
    if tokio::time::timeout(CLOSE_LIMIT, closing).await.is_err() {
        tracing::debug!("the server did not let us leave politely");
    }
}

/// COMPAT: the library's worker panics when its slot is dropped, so the slot of a stream that nobody wants any more is
/// kept until the runtime ends. It happens at most at a shutdown or a final failure.
async fn hold(slot: oneshot::Sender<Connection>) {
    let _kept = slot;
    std::future::pending::<()>().await;
}
