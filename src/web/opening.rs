//! Whether the desk is open: asked of the daemon, at most four times a second.

use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::clock::Clock;
use crate::desk::moment::Mono;
use crate::desk::snapshot::Opening;

/// An answer is as good as new for so long.
const FRESH: Duration = Duration::from_millis(250);
/// The daemon answers within a turn; where the disk keeps it, pages do not wait for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A page wants to know whether the desk is open: answer here.
pub type OpeningAsked = oneshot::Sender<Opening>;

/// The last answer, and whom to ask for the next.
pub(super) struct OpeningHours {
    asks: mpsc::Sender<OpeningAsked>,
    clock: Clock,
    known: Mutex<Option<(Mono, Opening)>>,
}

impl OpeningHours {
    pub(super) fn new(asks: mpsc::Sender<OpeningAsked>, clock: Clock) -> Self {
        Self { asks, clock, known: Mutex::new(None) }
    }

    /// `None` where the daemon does not answer in time. Whoever asks meanwhile waits for the same answer.
    pub(super) async fn now(&self) -> Option<Opening> {
        let mut known = self.known.lock().await;
        let now = self.clock.now().mono;
        if let Some((_, opening)) = known.as_ref().filter(|(at, _)| now.since(*at) < FRESH) {
            return Some(opening.clone());
        }
        let opening = tokio::time::timeout(PATIENCE, self.ask()).await.ok()??;
        *known = Some((now, opening.clone()));
        Some(opening)
    }

    async fn ask(&self) -> Option<Opening> {
        let (answer, comes) = oneshot::channel();
        self.asks.send(answer).await.ok()?;
        comes.await.ok()
    }
}
