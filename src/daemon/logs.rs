//! From the database to the log files, on a thread of its own: what was committed is read back and written there.
//!
//! Files may lag behind (a full disk, a crash): what the thread does not know to be written it writes anew.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use chrono::NaiveDate;
use tokio::sync::mpsc;

use crate::desk::ids::ChatId;
use crate::desk::record::StageName;
use crate::exit::{Exit, Failure};
use crate::logs::{Held, LogFolder};
use crate::store::{Reader, StoreError};

/// How many turns may wait for the thread. When they are more, their chats' numbers are kept for a later turn.
const TURNS_MAX: usize = 64;
/// How many chats are looked at in one view of the database.
const CHATS_AT_ONCE: usize = 200;

/// What the daemon has in hand of the log files.
pub(super) struct Logs {
    turns: mpsc::Sender<BTreeSet<ChatId>>,
    unsent: BTreeSet<ChatId>,
    thread: JoinHandle<()>,
}

impl Logs {
    /// Begins, with what lags from an earlier life.
    pub(super) fn start(database: &Path, folder: &Path) -> Result<Self, Failure> {
        let told = |error: io::Error| Failure::new(Exit::Io, format_args!("{}: {error}", folder.display()));
        LogFolder::make(folder).map_err(told)?;
        let keeper = Keeper {
            database: database.to_path_buf(),
            folder: folder.to_path_buf(),
            written: BTreeMap::new(),
            lagging: BTreeSet::new(),
        };
        let (turns, inbox) = mpsc::channel(TURNS_MAX);
        let thread = thread::Builder::new().name("logs".to_owned()).spawn(move || keeper.serve(inbox))?;
        Ok(Self { turns, unsent: BTreeSet::new(), thread })
    }

    /// Something of these chats was committed.
    pub(super) fn committed(&mut self, chats: BTreeSet<ChatId>) {
        self.unsent.extend(chats);
        if self.unsent.is_empty() {
            return;
        }
        if let Ok(place) = self.turns.try_reserve() {
            place.send(std::mem::take(&mut self.unsent));
        }
    }

    /// For somebody else who changes chats.
    pub(super) fn inbox(&self) -> mpsc::Sender<BTreeSet<ChatId>> {
        self.turns.clone()
    }

    /// Waits until all is written.
    pub(super) async fn close(self) {
        let Self { turns, unsent, thread } = self;
        // Where the thread has ended, the next start writes what lags.
        drop(turns.send(unsent).await);
        drop(turns);
        drop(tokio::task::spawn_blocking(|| thread.join()).await);
    }
}

struct Keeper {
    database: PathBuf,
    folder: PathBuf,
    /// Open chats whose files are known to be as they should.
    written: BTreeMap<ChatId, Position>,
    /// Chats whose files could not be written.
    lagging: BTreeSet<ChatId>,
}

/// How far a chat's files go.
#[derive(Clone, Copy, Default)]
struct Position {
    links: i64,
    day: Option<NaiveDate>,
}

/// What went wrong, told without anybody's words.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("log files: {0}")]
    File(#[from] io::Error),
}

impl Keeper {
    fn serve(mut self, mut inbox: mpsc::Receiver<BTreeSet<ChatId>>) {
        match self.all() {
            Ok(all) => self.update(all),
            Err(error) => tracing::error!(%error, "log files of earlier chats are not looked at"),
        }
        while let Some(mut chats) = inbox.blocking_recv() {
            while let Ok(more) = inbox.try_recv() {
                chats.extend(more);
            }
            self.update(chats);
        }
    }

    fn all(&self) -> Result<BTreeSet<ChatId>, StoreError> {
        Ok(Reader::open(&self.database)?.chats(false)?.into_iter().map(|chat| chat.id).collect())
    }

    fn update(&mut self, mut chats: BTreeSet<ChatId>) {
        let lagged = !self.lagging.is_empty();
        chats.append(&mut self.lagging);
        let chats: Vec<ChatId> = chats.into_iter().collect();
        for some in chats.chunks(CHATS_AT_ONCE) {
            if let Err(error) = self.update_some(some) {
                if !lagged && self.lagging.is_empty() {
                    tracing::error!(%error, "log files lag behind the database until this is mended");
                }
                self.lagging.extend(some);
            }
        }
        if lagged && self.lagging.is_empty() {
            tracing::info!("log files are up to date again");
        }
    }

    fn update_some(&mut self, chats: &[ChatId]) -> Result<(), Trouble> {
        let folder = LogFolder::make(&self.folder)?;
        // First the right to write, then the view: what is erased meanwhile is seen as erased.
        let held = folder.hold()?;
        let reader = Reader::open(&self.database)?;
        chats.iter().try_for_each(|chat| self.bring_up_to_date(*chat, &reader, &held))
    }

    fn bring_up_to_date(&mut self, id: ChatId, reader: &Reader, held: &Held<'_>) -> Result<(), Trouble> {
        let known = self.written.remove(&id);
        let Some(chat) = reader.chat(id)? else { return Ok(()) };
        if reader.erased_at(id)?.is_some() {
            return Ok(held.remove(id)?);
        }
        if chat.stage == StageName::Closed {
            return if held.are_complete(&chat) {
                Ok(())
            } else {
                Ok(held.write(&chat, &reader.lines(id)?, &mut None)?)
            };
        }
        let mut position = known.unwrap_or_default();
        let (links, news) = reader.news(id, position.links)?;
        match known {
            Some(_) => held.append(id, &news, &mut position.day)?,
            None => held.write(&chat, &news, &mut position.day)?,
        }
        self.written.insert(id, Position { links, ..position });
        Ok(())
    }
}
