//! SPEAKS HTTP: the guest's window, its way to the XMPP server, and the operators' pages.
//!
//! A request comes in at [`listener`], is answered by [`guests`] or [`operators`], and a WebSocket is carried by
//! [`door`], which lets through what a window needs and nothing else. What pages show of the desk is asked of the
//! daemon, at most four times a second ([`opening`]).

mod addresses;
mod answer;
mod assets;
mod door;
mod guests;
mod listener;
mod opening;
mod operators;
mod origin;
mod site;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use addresses::Addresses;
use assets::Assets;
use door::Trust;
use listener::Listener;
use opening::OpeningHours;

pub use door::{Unusable, try_out};
pub use opening::OpeningAsked;
pub use site::Site;

/// Whoever is connected when the desk stops is told so; that may take so long.
const GOODBYE: Duration = Duration::from_secs(3);
/// Questions for the daemon that may wait.
const QUESTIONS_MAX: usize = 16;

/// What all connections share.
struct House {
    site: watch::Receiver<Arc<Site>>,
    assets: Assets,
    addresses: Addresses,
    trust: Trust,
    opening: OpeningHours,
    closing: Closing,
}

/// Turns true when the desk stops.
#[derive(Clone)]
struct Closing(watch::Receiver<bool>);

impl Closing {
    async fn comes(&mut self) {
        // Whoever has the other end has ended without a word: then it is over as well.
        drop(self.0.wait_for(|closing| *closing).await);
    }
}

/// The HTTP server.
pub struct Web {
    site: watch::Sender<Arc<Site>>,
    closing: watch::Sender<bool>,
    questions: mpsc::Receiver<OpeningAsked>,
    listeners: JoinSet<()>,
}

impl Web {
    /// Listens, from now on.
    ///
    /// # Errors
    /// Says in a sentence where nobody can listen, or what cannot be read.
    pub async fn start(site: Site, clock: Clock) -> Result<Self, String> {
        let (guests, pages) = (site.web.listen, site.web.operators.clone());
        let (site, seen) = watch::channel(Arc::new(site));
        let (closing, closes) = watch::channel(false);
        let (asks, questions) = mpsc::channel(QUESTIONS_MAX);
        let house = Arc::new(House {
            site: seen,
            assets: Assets::embedded(),
            addresses: Addresses::new(clock.clone()),
            trust: Trust::default(),
            opening: OpeningHours::new(asks, clock),
            closing: Closing(closes),
        });
        let mut listeners = JoinSet::new();
        allow_files();
        let socket = listen(guests).await?;
        listeners.spawn(Listener::new(socket, Arc::clone(&house), guests::Guests).accept());
        if let Some(pages) = pages {
            let client = operators::Client::load(&pages.dir)?;
            let socket = listen(pages.listen).await?;
            listeners.spawn(Listener::new(socket, house, operators::Operators::new(client)).accept());
        }
        tracing::info!(%guests, "the guests' window is served over HTTP");
        Ok(Self { site, closing, questions, listeners })
    }

    /// Would a restart with this site listen as we do?
    pub fn listens_as(&self, site: &Site) -> bool {
        self.site.borrow().listens_as(site)
    }

    /// What the pages show from now on.
    pub fn show(&self, site: Site) {
        self.site.send_replace(Arc::new(site));
    }

    /// Waits until a page wants to know whether the desk is open.
    pub async fn question(&mut self) -> OpeningAsked {
        match self.questions.recv().await {
            Some(question) => question,
            None => std::future::pending().await,
        }
    }

    /// Says goodbye to whoever is connected, and stops.
    pub async fn close(mut self) {
        self.closing.send_replace(true);
        let all = async { while self.listeners.join_next().await.is_some() {} };
        if tokio::time::timeout(GOODBYE, all).await.is_err() {
            tracing::debug!("some windows did not say goodbye in time");
        }
    }
}

/// Each window takes two file handles, and many systems begin with 1,024: takes as many as the system lets us.
fn allow_files() {
    let limit = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_err() {
        tracing::debug!("no more file handles than before");
    }
}

async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, String> {
    let explain = |error: io::Error| format!("nobody can listen on {address} (`[web]`): {error}");
    TcpListener::bind(address).await.map_err(explain)
}
