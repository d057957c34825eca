//! REMEMBERS: verbs and records in our words.
//!
//! [`Store`] is the daemon's: one writer, one transaction a turn, on a thread of its own. [`Reader`] is everybody
//! else's. SQL stays behind these two.

mod error;
mod lock;
mod reader;
mod restore;
mod rows;
mod schema;
mod sqlite;
mod words;

pub use error::StoreError;
pub use reader::{Count, Reader};

use std::path::Path;
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use crate::desk::record::{Record, Restored};
use lock::Lock;
use sqlite::Request;

/// How many requests may wait for the thread. The daemon has one turn under way at a time.
const REQUESTS_MAX: usize = 8;

/// The daemon's hold on the database. Dropping it ends the thread and frees the database; [`Store::close`] also waits
/// for that.
#[derive(Debug)]
pub struct Store {
    requests: mpsc::Sender<Request>,
}

impl Store {
    /// Takes the database (a file, created where there is none) for this process, brings it up to date, and reads what the last desk left open. Blocks;
    /// to be called once, at the start.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another daemon has it, [`StoreError::NewerSchema`], [`StoreError::Foreign`], or
    /// what the disk says.
    pub fn open(database: &Path) -> Result<(Self, Restored), StoreError> {
        let path = lock::create(database)?;
        let lock = Lock::take(&path)?;
        let connection = sqlite::open(&path)?;
        let restored = restore::restore(&connection)?;
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || sqlite::serve(connection, lock, inbox))
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

    /// Folds the write-ahead log into the file, closes it and frees the database for others.
    ///
    /// # Errors
    /// What the disk says. Nothing that was committed is lost by it.
    pub async fn close(self) -> Result<(), StoreError> {
        ask(&self.requests, |reply| Request::Close { reply }).await
    }
}

async fn ask(
    requests: &mpsc::Sender<Request>,
    request: impl FnOnce(oneshot::Sender<Result<(), StoreError>>) -> Request,
) -> Result<(), StoreError> {
    let (reply, answer) = oneshot::channel();
    requests.send(request(reply)).await.map_err(|_| StoreError::Ended)?;
    answer.await.map_err(|_| StoreError::Ended)?
}
