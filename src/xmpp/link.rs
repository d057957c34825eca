//! The public face: how the daemon starts the link, gives it what is to be said, learns how it ended, and ends it.

use std::sync::Arc;
use std::time::Duration;

use jid::FullJid;
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::desk::action::{Question, Speech};
use crate::desk::event::Event;

use super::account::{Account, RESOURCE};
use super::backoff;
use super::connector::Connector;
use super::jitter::Jitter;
use super::reconnector::{Complaints, Refusal, ensure_alone};
use super::session::Session;

/// How much may wait between the daemon and the task that owns the stream.
const OUTGOING_DEPTH: usize = 1_024;

/// How long [`Link::close`] takes at most.
const CLOSE_LIMIT: Duration = Duration::from_secs(6);

/// What the link carries to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Ask it; the answer comes as `Event::QuestionAnswered`, or as the events that the question names.
    Ask(Question),
    /// Say it.
    Speak(Speech),
}

/// The sessions of this link in order of time: how many `Event::Connected` were seen.
///
/// What the desk wants said is meant for the session that it knows of. Who carries events to the desk counts them with
/// [`SessionNumber::after`] and gives the number along with whatever the desk asked for in answer to that event. The
/// link compares: what was meant for a session that is over is thrown away, exactly, because after
/// `Event::Connected` the desk derives again what must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SessionNumber(u64);

impl SessionNumber {
    /// The session that the desk knows of once it has handled this event.
    #[must_use]
    pub fn after(self, event: &Event) -> Self {
        match event {
            Event::Connected => Self(self.0.saturating_add(1)),
            _ => self,
        }
    }
}

/// Why the link is over and no retry helps.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkFailure {
    /// The account or its password is wrong. Exit code 77.
    #[error("{0}")]
    Authentication(String),
    /// Another copy of the desk is logged in. Exit code 69.
    #[error("{0}")]
    SecondCopy(String),
    /// The certificates or the address cannot be used. Exit code 78.
    #[error("{0}")]
    Configuration(String),
    /// The task that owns the stream is gone. It never happens; exit code 69.
    #[error("the connection to the server is gone for good")]
    Gone,
}

/// A running link. Dropping it closes it, less politely than [`Link::close`].
#[derive(Debug)]
pub struct Link {
    outgoing: mpsc::Sender<(SessionNumber, Outgoing)>,
    failure: watch::Receiver<Option<LinkFailure>>,
    task: JoinHandle<()>,
}

impl Link {
    /// Gives it to the link. Waits only while the link is busy handing over to the stream (seconds at worst), never for
    /// the server to come back.
    ///
    /// # Errors
    /// Why the link is over.
    pub async fn send(&self, session: SessionNumber, outgoing: Outgoing) -> Result<(), LinkFailure> {
        match self.outgoing.send((session, outgoing)).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.failed().await),
        }
    }

    /// Waits until the link is over, which it never is by itself but for a [`LinkFailure`]. Can be dropped and called
    /// again at any time.
    pub async fn failed(&self) -> LinkFailure {
        let mut failure = self.failure.clone();
        match failure.wait_for(Option::is_some).await {
            Ok(failure) => failure.clone().unwrap_or(LinkFailure::Gone),
            Err(_) => LinkFailure::Gone,
        }
    }

    /// Sends what was given before, says goodbye and ends the stream; takes a few seconds at most. Events that come
    /// meanwhile are lost, as they would be after it.
    pub async fn close(self) {
        let Self { outgoing, failure: _, mut task } = self;
        drop(outgoing);
        if tokio::time::timeout(CLOSE_LIMIT, &mut task).await.is_err() {
            tracing::debug!("the stream did not end in time");
            task.abort();
        }
    }
}

/// Who else may be logged in as we are when the link starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nobody knows: whoever answers is a second copy.
    Unknown,
    /// The process before us has crashed a moment ago, and nobody else has its record. What stands at the server is its
    /// ghost, which answers nothing, and whose silence need not be waited for. (A second copy that was started elsewhere
    /// in that moment loses its session to us, asks, and ends.)
    OwnGhost,
}

/// Makes sure that no second copy runs and starts the link. A server that cannot be reached is waited for; dropping the
/// future gives up.
///
/// # Errors
/// What no retry can mend.
pub async fn start(account: Account, others: Others, events: mpsc::Sender<Event>) -> Result<Link, LinkFailure> {
    let resource = resource(&account)?;
    let connector = connector(account)?;
    Box::pin(wait_until_alone(&connector, others)).await?;
    Ok(run(connector, resource, events))
}

fn connector(account: Account) -> Result<Arc<Connector>, LinkFailure> {
    Connector::new(account).map(Arc::new).map_err(LinkFailure::Configuration)
}

fn resource(account: &Account) -> Result<FullJid, LinkFailure> {
    let usable = account.jid.node().and_then(|_| account.with_resource(RESOURCE));
    usable.ok_or_else(|| LinkFailure::Configuration(format!("{} is no account's address", account.jid)))
}

async fn wait_until_alone(connector: &Connector, others: Others) -> Result<(), LinkFailure> {
    let mut jitter = Jitter::new(connector.account().seed);
    let mut complaints = Complaints::default();
    let mut failures = 0;
    loop {
        match ensure_alone(connector, others, &mut jitter).await {
            Ok(()) => return Ok(()),
            Err(Refusal::Final(failure)) => return Err(failure),
            Err(Refusal::Passing(error)) => complaints.hear(&error),
        }
        tokio::time::sleep(backoff::delay_after(failures, &mut jitter)).await;
        failures = failures.saturating_add(1);
    }
}

fn run(connector: Arc<Connector>, resource: FullJid, events: mpsc::Sender<Event>) -> Link {
    let (outgoing, incoming) = mpsc::channel(OUTGOING_DEPTH);
    let (failing, failure) = watch::channel(None);
    let session = Session::new(connector, resource, incoming, events);
    let task = tokio::spawn(async move {
        if let Some(failure) = Box::pin(session.run()).await {
            failing.send_replace(Some(failure));
        }
    });
    Link { outgoing, failure, task }
}
