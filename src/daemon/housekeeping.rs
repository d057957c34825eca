//! Once a day, and at each start: chats that were closed long ago lose their words.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::Tz;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::desk::ids::ChatId;
use crate::store::{Housekeeper, Pass, StoreError};

/// When: at a quiet hour of the desk's time zone.
const HOUR: NaiveTime = match NaiveTime::from_hms_opt(3, 30, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};
/// The wall clock may be set, and the machine may sleep: it is looked at again after so long.
const NAP: Duration = Duration::from_secs(600);
/// What could not be done is tried again after so long.
const AGAIN: Duration = Duration::from_secs(3_600);

/// What is to be kept, and where else it stands.
pub(super) struct Housekeeping {
    pub store: Housekeeper,
    pub clock: Clock,
    pub retention: Duration,
    pub zone: Tz,
    /// Who removes the log files of what was erased.
    pub logs: Option<mpsc::Sender<BTreeSet<ChatId>>>,
}

impl Housekeeping {
    /// Goes on for ever.
    pub(super) async fn day_after_day(self) {
        // The last life may have ended between erasing and tidying up.
        let mut untidy = true;
        loop {
            match self.purge(&mut untidy).await {
                Ok(0) => {}
                Ok(chats) => tracing::info!(chats, "erased what was older than [store] retention_days"),
                Err(error) => {
                    tracing::error!(%error, "old chats could not be erased; tried again in an hour");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            }
            self.rest().await;
        }
    }

    async fn purge(&self, untidy: &mut bool) -> Result<usize, StoreError> {
        let now = self.clock.now().wall;
        let mut chats = 0;
        loop {
            let gone = self.store.purge(now - self.retention, now).await?;
            if gone.is_empty() {
                break;
            }
            chats += gone.len();
            *untidy = true;
            if let Some(logs) = &self.logs {
                // Where the thread has ended, the next start removes them.
                drop(logs.send(gone.into_iter().collect()).await);
            }
        }
        if *untidy {
            self.tidy_up().await?;
            *untidy = false;
        }
        Ok(chats)
    }

    /// Erased words go from the index and from the write-ahead log.
    async fn tidy_up(&self) -> Result<(), StoreError> {
        let mut pass = Pass::First;
        while self.store.merge_index(pass).await? {
            pass = Pass::Next;
        }
        self.store.fold().await
    }

    async fn rest(&self) {
        let until = self.clock.next(HOUR, self.zone);
        while let Ok(left) = (until - self.clock.now().wall).to_std() {
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}
