//! Turns: gathered, committed, then said. One commit is under way at a time; the next turn is gathered meanwhile.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::desk::event::RecordTrouble;
use crate::desk::ids::ChatId;
use crate::desk::moment::{Moment, Mono};
use crate::desk::record::Record;
use crate::store::{Housekeeper, Store, StoreError};
use crate::xmpp::{Outgoing, SessionNumber};

/// What is said (or asked for good), and for which session it was decided.
pub(super) type Said = (SessionNumber, Outgoing);

/// A turn in which nothing is said need not be written at once: the next one may come along. So long it waits.
const PATIENCE: Duration = Duration::from_millis(5);
/// A turn that could not be written is tried again after so long, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// An event belongs to the next turn where this one has so many records: more take a disk longer than a tenth of a second,
/// and what is said waits for all of them.
const TURN_RECORDS_MAX: usize = 1_000;
/// So many records may wait for the disk; then the daemon takes no events until some were written.
const RECORDS_MAX: usize = 20_000;
/// The same for what waits to be said.
const SAID_MAX: usize = 20_000;
/// A lock is told after so many tries, of two seconds and more each: erasing and backups take the database for a while.
const LOCKED_TRIES: u32 = 3;

type Commit = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// The turn that is being written, those that wait for it, and the one that is being gathered.
pub(super) struct Turns {
    store: Store,
    full: VecDeque<Turn>,
    gathering: Turn,
    writing: Option<Writing>,
}

#[derive(Default)]
struct Turn {
    records: Vec<Record>,
    said: Vec<Said>,
    since: Option<Mono>,
}

/// What came of the turn that is being written.
pub(super) enum Progress {
    /// It is written.
    Written(Written),
    /// It cannot be written, and is tried again. Comes once for a turn.
    Failing(RecordTrouble),
}

/// A turn that is on the disk.
#[derive(Default)]
pub(super) struct Written {
    /// What it comes to say.
    pub said: Vec<Said>,
    /// The chats of which it has written something.
    pub chats: BTreeSet<ChatId>,
    /// It had been [`Progress::Failing`].
    pub restored: bool,
    /// How many records it has.
    pub records: usize,
    /// When it was begun to be written.
    pub begun: Mono,
}

struct Writing {
    records: Arc<Vec<Record>>,
    said: Vec<Said>,
    begun: Moment,
    commit: Commit,
    failures: u32,
    told: bool,
}

impl Turns {
    pub(super) fn new(store: Store) -> Self {
        Self { store, full: VecDeque::new(), gathering: Turn::default(), writing: None }
    }

    /// What comes now belongs to another event: it may go into another turn.
    pub(super) fn next_event(&mut self) {
        if self.gathering.records.len() >= TURN_RECORDS_MAX {
            self.full.push_back(std::mem::take(&mut self.gathering));
        }
    }

    pub(super) fn remember(&mut self, record: Record, now: Mono) {
        self.gathering.since.get_or_insert(now);
        self.gathering.records.push(record);
    }

    pub(super) fn send(&mut self, session: SessionNumber, outgoing: Outgoing, now: Mono) {
        self.gathering.since.get_or_insert(now);
        self.gathering.said.push((session, outgoing));
    }

    /// Is there room for more to remember and to say?
    pub(super) fn has_room(&self) -> bool {
        let waiting = |length: fn(&Turn) -> usize| self.waiting().map(length).sum::<usize>();
        self.writing.is_none()
            || (waiting(|turn| turn.records.len()) < RECORDS_MAX && waiting(|turn| turn.said.len()) < SAID_MAX)
    }

    /// Is there anything that is not written and said?
    pub(super) fn unfinished(&self) -> bool {
        self.writing.is_some() || self.waiting().any(|turn| !turn.is_empty())
    }

    /// The next one to be written comes first.
    fn waiting(&self) -> impl Iterator<Item = &Turn> {
        self.full.iter().chain([&self.gathering])
    }

    fn next(&self) -> &Turn {
        self.full.front().unwrap_or(&self.gathering)
    }

    /// When the next turn must be written though nothing more comes.
    pub(super) fn due(&self) -> Option<Mono> {
        self.next().since.filter(|_| self.writing.is_none()).map(|since| since + PATIENCE)
    }

    /// Begins to write the next turn, if it is worth it and no other is being written.
    pub(super) fn begin_commit(&mut self, now: Moment) {
        let due = self.due().is_some_and(|due| due <= now.mono);
        if due || !self.full.is_empty() || !self.gathering.said.is_empty() {
            self.begin_commit_now(now);
        }
    }

    /// As [`Self::begin_commit`], whatever the turn is worth.
    pub(super) fn begin_commit_now(&mut self, now: Moment) {
        if self.writing.is_some() || self.next().is_empty() {
            return;
        }
        let turn = self.full.pop_front().unwrap_or_else(|| std::mem::take(&mut self.gathering));
        let records = Arc::new(turn.records);
        let commit = commit(&self.store, Arc::clone(&records), now.wall);
        self.writing = Some(Writing { records, said: turn.said, begun: now, commit, failures: 0, told: false });
    }

    /// Waits until the turn is written, or it shows that it cannot be for now. A turn that could not be written is kept
    /// whole and tried again. Can be dropped and called again at any time; without a turn being written it never ends.
    pub(super) async fn progress(&mut self) -> Progress {
        loop {
            let Some(writing) = &mut self.writing else { return std::future::pending().await };
            match writing.commit.as_mut().await {
                Ok(()) => {
                    let written = self.writing.take();
                    return Progress::Written(written.map(Writing::done).unwrap_or_default());
                }
                Err(error) => {
                    writing.again(&self.store);
                    if writing.is_news(&error) {
                        return Progress::Failing(trouble(&error));
                    }
                }
            }
        }
    }

    /// What keeps the store tidy.
    pub(super) fn housekeeper(&self) -> Housekeeper {
        self.store.housekeeper()
    }

    /// Ends the store.
    pub(super) async fn close(self) -> Result<(), StoreError> {
        self.store.close().await
    }
}

impl Turn {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.said.is_empty()
    }
}

impl Writing {
    fn again(&mut self, store: &Store) {
        let pause = RETRY_FIRST.saturating_mul(1 << self.failures.min(8)).min(RETRY_MOST);
        self.failures += 1;
        let commit = commit(store, Arc::clone(&self.records), self.begun.wall);
        self.commit = Box::pin(async move {
            tokio::time::sleep(pause).await;
            commit.await
        });
    }

    /// Is it time to tell that this turn fails?
    fn is_news(&mut self, error: &StoreError) -> bool {
        let passing = *error == StoreError::Busy && self.failures < LOCKED_TRIES;
        if self.told || passing {
            return false;
        }
        tracing::error!(%error, "a turn could not be written; nothing of it is said until it is");
        self.told = true;
        true
    }

    fn done(self) -> Written {
        if self.told {
            tracing::info!(tries = self.failures + 1, "the turn is written");
        }
        let chats = self.records.iter().filter_map(chat_of).collect();
        let (records, begun) = (self.records.len(), self.begun.mono);
        Written { said: self.said, chats, restored: self.told, records, begun }
    }
}

fn commit(store: &Store, records: Arc<Vec<Record>>, at: DateTime<Utc>) -> Commit {
    fault!("daemon.commit" => return Box::pin(std::future::ready(Err(StoreError::Io("a fault".to_owned())))));
    Box::pin(store.commit(records, at))
}

/// Whose log files this changes.
fn chat_of(record: &Record) -> Option<ChatId> {
    match record {
        Record::Chat(chat) => Some(chat.id),
        Record::Line(line) => Some(line.chat),
        Record::Heard(heard) => Some(heard.chat),
        Record::Counted(_)
        | Record::Operator(_)
        | Record::Choice(_)
        | Record::Facts { .. }
        | Record::TokenUsed(_)
        | Record::InboxReached(_)
        | Record::Rating(_)
        | Record::Message(_)
        | Record::MessagePassedOn { .. }
        | Record::FaqAsked(_)
        | Record::FaqProposed(_)
        | Record::Attendance(_) => None,
    }
}

fn trouble(error: &StoreError) -> RecordTrouble {
    match error {
        StoreError::Full => RecordTrouble::Full,
        StoreError::ReadOnly(_) => RecordTrouble::ReadOnly,
        StoreError::Busy => RecordTrouble::Locked,
        StoreError::Gone { .. } => RecordTrouble::Gone,
        StoreError::Corrupt(_) => RecordTrouble::Damaged,
        _ => RecordTrouble::Failing,
    }
}
