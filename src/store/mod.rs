//! REMEMBERS: verbs and records in our words.
//!
//! [`Store`] is the daemon's: one writer, one transaction a turn, on a thread of its own. [`Reader`] is everybody
//! else's. SQL stays behind these two.

mod attendance;
mod backup;
mod chain;
mod erase;
mod error;
mod faq;
mod lock;
mod reader;
mod restore;
mod routing;
mod rows;
mod schema;
mod search;
mod sqlite;
mod verify;
mod watch;
mod words;
mod writer;

pub use erase::{ERASED_GUEST, ERASED_ROOM, Eraser, Erasure, Pass};
pub use error::StoreError;
pub use faq::{ProposalState, Proposed, Reviewer};
pub use reader::{Count, Reader, Whose};
pub use search::{Found, Piece, WORDS_MAX};
pub use verify::{Fault, Findings};

use std::path::Path;
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use crate::desk::ids::ChatId;
use crate::desk::moment::Entropy;
use crate::desk::record::{Record, Restored};
use lock::Lock;
use writer::{Reply, Request, Writer};

/// How many requests may wait for the thread. The daemon has one turn under way at a time.
const REQUESTS_MAX: usize = 8;

/// Where the store gets the salts of its chain from; it draws none itself.
pub type EntropySource = fn() -> Entropy;

/// The daemon's hold on the database. Dropping it ends the thread and frees the database; [`Store::close`] also waits
/// for that.
#[derive(Debug)]
pub struct Store {
    requests: mpsc::Sender<Request>,
}

impl Store {
    /// Takes the database (a file, created where there has never been one) for this process, brings it up to date,
    /// and reads what the last desk left open. Blocks; to be called once, at the start.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another daemon has it, [`StoreError::Missing`] where it was there and is not any
    /// more, [`StoreError::NewerSchema`], [`StoreError::Foreign`], or what the disk says.
    pub fn open(database: &Path, entropy: EntropySource) -> Result<(Self, Restored), StoreError> {
        let path = lock::create(database)?;
        let mut lock = Lock::take(&path)?;
        fault!("store.open" => return Err(StoreError::Io("a fault".to_owned())));
        let connection = sqlite::open(&path, entropy)?;
        fault!("store.restore" => return Err(StoreError::Io("a fault".to_owned())));
        let restored = restore::restore(&connection)?;
        lock.note_database()?;
        let writer = Writer::new(&path, connection, lock, entropy)?;
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.serve(inbox))
            .map_err(|error| StoreError::Other(format!("no thread for the store: {error}")))?;
        Ok((Self { requests }, restored))
    }

    /// Writes a turn's records, in order, in one transaction; when this is `Ok` they are on the disk. After an error
    /// nothing of them is, and the same records can be tried again. What is counted counts for the day of `at`.
    ///
    /// The future must be kept until it is ready: dropped earlier, the records may or may not be written.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Full`] and the like pass; [`StoreError::Ended`] does not.
    pub fn commit(
        &self,
        records: Arc<Vec<Record>>,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let requests = self.requests.clone();
        async move {
            if records.is_empty() {
                return Ok(());
            }
            ask(&requests, |reply| Request::Commit { records, day: at.date_naive(), reply }).await
        }
    }

    /// What keeps the store tidy beside the turns.
    pub fn housekeeper(&self) -> Housekeeper {
        Housekeeper { requests: self.requests.clone() }
    }

    /// Folds the write-ahead log into the file, closes it and frees the database for others.
    ///
    /// # Errors
    /// What the disk says. Nothing that was committed is lost by it.
    pub async fn close(self) -> Result<(), StoreError> {
        ask(&self.requests, |reply| Request::Close { reply }).await
    }
}

/// When the last daemon wrote to this database, if it ended without closing it: a crash leaves the write-ahead log behind.
pub fn left_open_at(database: &Path) -> Option<DateTime<Utc>> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::metadata(log).ok().filter(|log| log.len() > 0)?;
    Some(log.modified().ok()?.into())
}

/// Asks the daemon's own writer to forget what is old. Its transactions are short and stand in line with the turns.
#[derive(Debug, Clone)]
pub struct Housekeeper {
    requests: mpsc::Sender<Request>,
}

impl Housekeeper {
    /// Erases some of the chats that were closed before then, and says which; none when there are no more.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn purge(&self, before: DateTime<Utc>, at: DateTime<Utc>) -> Result<Vec<ChatId>, StoreError> {
        ask(&self.requests, |reply| Request::Purge { before, at, reply }).await
    }

    /// Merges some of the search index, so that erased words go from it; whether there is more to do.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn merge_index(&self, pass: Pass) -> Result<bool, StoreError> {
        ask(&self.requests, |reply| Request::MergeIndex { pass, reply }).await
    }

    /// Empties the write-ahead log, in which erased words may still stand.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where somebody reads for long, or as [`Store::commit`].
    pub async fn fold(&self) -> Result<(), StoreError> {
        ask(&self.requests, |reply| Request::Fold { reply }).await
    }
}

async fn ask<T>(requests: &mpsc::Sender<Request>, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, StoreError> {
    let (reply, answer) = oneshot::channel();
    requests.send(request(reply)).await.map_err(|_| StoreError::Ended)?;
    answer.await.map_err(|_| StoreError::Ended)?
}
