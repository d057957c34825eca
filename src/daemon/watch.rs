//! Notices that the FAQ's files changed, and reads them again beside the loop.
//!
//! By looking at names, sizes and times every few seconds: that works on every file system, also where changes come over
//! a network or by replacing a link, and a file that is just being written is read when it is quiet.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use crate::clock::Clock;
use crate::faq::{Faq, FaqProblem, Fingerprint};

/// How long between two looks: so long, or so many times as long as a look takes, that looking costs little.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const REST: u32 = 50;

/// What was read, and what the files looked like just before.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub faq: Faq,
    pub problems: Vec<FaqProblem>,
    pub fingerprint: Fingerprint,
}

impl Loaded {
    /// Reads the folder.
    pub(super) fn from(folder: &Path) -> Self {
        let fingerprint = Fingerprint::of(folder);
        let (faq, problems) = Faq::load(folder);
        Self { faq, problems, fingerprint }
    }
}

/// Looks after a folder until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    changes: mpsc::Receiver<Loaded>,
    task: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to look after the folder that looked like this when it was read; where there is none, nothing ever changes.
    pub(super) fn begin(folder: Option<PathBuf>, known: Fingerprint, clock: Clock) -> Self {
        let (changed, changes) = mpsc::channel(1);
        let task = folder.map(|folder| tokio::spawn(look_after(folder, known, clock, changed)));
        Self { changes, task }
    }

    /// The FAQ, when it was changed.
    pub(super) async fn change(&mut self) -> Loaded {
        match self.changes.recv().await {
            Some(loaded) => loaded,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.iter().for_each(JoinHandle::abort);
    }
}

async fn look_after(folder: PathBuf, mut known: Fingerprint, clock: Clock, changed: mpsc::Sender<Loaded>) {
    let mut before = known.clone();
    loop {
        let begin = clock.stopwatch();
        let Ok(now) = look(&folder).await else { return };
        let took = clock.stopwatch().saturating_sub(begin);
        if now != known && now == before {
            let folder = folder.clone();
            let Ok(loaded) = spawn_blocking(move || Loaded::from(&folder)).await else { return };
            known = loaded.fingerprint.clone();
            if changed.send(loaded).await.is_err() {
                return;
            }
        }
        before = now;
        tokio::time::sleep(LOOK_EVERY.max(took.saturating_mul(REST))).await;
    }
}

async fn look(folder: &Path) -> Result<Fingerprint, JoinError> {
    let folder = folder.to_owned();
    spawn_blocking(move || Fingerprint::of(&folder)).await
}
