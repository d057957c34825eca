//! The store's thread: the one writer, its connection, and the one transaction of a turn.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::erase::Pass;
use super::lock::Lock;
use super::watch::Watch;
use super::{EntropySource, StoreError, attendance, chain, erase, faq, routing, rows, sqlite};
use crate::desk::ids::ChatId;
use crate::desk::record::{Counter, Record};

/// Where an answer goes. Who no longer waits for it has no need of it.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the thread is asked.
pub(super) enum Request {
    /// Write the records in one transaction; those that count belong to `day`.
    Commit { records: Arc<Vec<Record>>, day: NaiveDate, reply: Reply<()> },
    /// Erase some of the chats that were closed before then; which they were.
    Purge { before: DateTime<Utc>, at: DateTime<Utc>, reply: Reply<Vec<ChatId>> },
    /// Merge some of the search index; whether there is more to do.
    MergeIndex { pass: Pass, reply: Reply<bool> },
    /// Fold the write-ahead log into the file and empty it.
    Fold { reply: Reply<()> },
    /// Fold, close the database, end.
    Close { reply: Reply<()> },
}

/// What the thread owns.
pub(super) struct Writer {
    path: PathBuf,
    /// Empty between a failure and the next try.
    connection: Option<Connection>,
    watch: Watch,
    entropy: EntropySource,
    lock: Lock,
}

impl Writer {
    /// Begins with a database that was just opened.
    pub(super) fn new(
        path: &Path,
        connection: Connection,
        lock: Lock,
        entropy: EntropySource,
    ) -> Result<Self, StoreError> {
        let watch = Watch::begin(path)?;
        Ok(Self { path: path.to_path_buf(), connection: Some(connection), watch, entropy, lock })
    }

    /// The thread's whole life. It ends when it is told to, or when nobody can ask it any more.
    pub(super) fn serve(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(request) = requests.blocking_recv() {
            match request {
                Request::Commit { records, day, reply } => drop(reply.send(self.commit(&records, day))),
                Request::Purge { before, at, reply } => {
                    drop(reply.send(self.try_with(|connection| erase::purge(connection, before, at))));
                }
                Request::MergeIndex { pass, reply } => {
                    drop(reply.send(self.try_with(|connection| erase::merge_index(connection, pass))));
                }
                Request::Fold { reply } => drop(reply.send(self.try_with(|connection| sqlite::fold(connection)))),
                Request::Close { reply } => {
                    let outcome = self.connection.map_or(Ok(()), close);
                    drop(self.lock);
                    drop(reply.send(outcome));
                    return;
                }
            }
        }
    }

    fn commit(&mut self, records: &[Record], day: NaiveDate) -> Result<(), StoreError> {
        let entropy = self.entropy;
        self.try_with(|connection| commit(connection, records, day, entropy))?;
        self.watch.see_log();
        Ok(())
    }

    /// Does something with the database, if it is the one that we know. After a failure that may be the connection's
    /// own it is opened anew for the next try.
    fn try_with<T>(&mut self, act: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.watch.insist()?;
        self.keep_log()?;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(sqlite::open_again(&self.path)?),
        };
        let outcome = act(connection);
        if let Err(StoreError::Io(_) | StoreError::ReadOnly(_) | StoreError::Corrupt(_)) = &outcome {
            self.part();
        }
        outcome
    }

    /// A write-ahead log that was removed under us still has what was committed: it is folded into the database
    /// before a new one is begun.
    fn keep_log(&mut self) -> Result<(), StoreError> {
        if self.watch.has_log() {
            return Ok(());
        }
        if let Some(connection) = &self.connection {
            tracing::error!("the database's write-ahead log is gone; what was in it is saved, and a new one is begun");
            sqlite::fold(connection)?;
        }
        self.part();
        Ok(())
    }

    fn part(&mut self) {
        self.connection = None;
        self.watch.forget_log();
    }
}

/// All or nothing: what is returned early rolls the transaction back.
fn commit(
    connection: &mut Connection,
    records: &[Record],
    day: NaiveDate,
    entropy: EntropySource,
) -> Result<(), StoreError> {
    fault!("store.begin" => return Err(StoreError::Io("a fault".to_owned())));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for record in records {
        write(&transaction, record, day, entropy)?;
    }
    fault!("store.commit" => return Err(StoreError::Io("a fault".to_owned())));
    transaction.commit()?;
    fault!("store.committed" => return Err(StoreError::Io("a fault".to_owned())));
    Ok(())
}

fn write(connection: &Connection, record: &Record, day: NaiveDate, entropy: EntropySource) -> Result<(), StoreError> {
    match record {
        Record::Chat(chat) => rows::put_chat(connection, chat),
        Record::Line(line) => match rows::add_line(connection, line)? {
            true => chain::seal_line(connection, line, entropy),
            false => Ok(()),
        },
        Record::Heard(heard) => match rows::hear(connection, heard)? {
            Some(kept) => chain::seal_hearing(connection, &kept, entropy),
            None => Ok(()),
        },
        Record::Counted(counter) => count(connection, *counter, day),
        Record::Operator(operator) => routing::put_operator(connection, operator),
        Record::Attendance(attendance) => attendance::add(connection, attendance),
        Record::Choice(choice) => routing::add_choice(connection, choice),
        Record::Facts { chat, facts } => routing::put_facts(connection, *chat, facts),
        Record::TokenUsed(token) => routing::put_token(connection, token),
        Record::InboxReached(id) => routing::put_inbox(connection, id),
        Record::Rating(rating) => routing::put_rating(connection, rating),
        Record::Message(message) => routing::put_message(connection, message),
        Record::MessagePassedOn { chat, to } => routing::pass_message_on(connection, *chat, to),
        Record::FaqAsked(query) => faq::add_query(connection, query),
        Record::FaqProposed(proposal) => faq::add_proposal(connection, proposal),
    }
}

fn count(connection: &Connection, counter: Counter, day: NaiveDate) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO counter (day, name, n) VALUES (?1, ?2, 1) ON CONFLICT (day, name) DO UPDATE SET n = n + 1",
        )?
        .execute((day.to_string(), counter.name()))?;
    Ok(())
}

fn close(connection: Connection) -> Result<(), StoreError> {
    fault!("store.close" => return Err(StoreError::Io("a fault".to_owned())));
    match sqlite::fold(&connection) {
        // A reader keeps part of the log in use; what is committed is safe in the log as well.
        Ok(()) | Err(StoreError::Busy) => {}
        Err(error) => return Err(error),
    }
    connection.close().map_err(|(_, error)| error.into())
}
