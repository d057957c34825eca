//! The store's thread, its connection, and the one transaction of a turn.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::lock::Lock;
use super::{StoreError, rows, schema};
use crate::desk::record::{Counter, Record};

/// How long SQLite waits for another program's lock before it says `Busy`. The only other writers are short.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// How far the write-ahead log may stay grown after a long reader, in bytes.
const WAL_BYTES_MAX: i64 = 64 << 20;

/// What the thread is asked.
pub(super) enum Request {
    /// Write the records in one transaction; those that count belong to `day`.
    Commit { records: Arc<Vec<Record>>, day: NaiveDate, reply: oneshot::Sender<Result<(), StoreError>> },
    /// Fold the write-ahead log into the file, close it, end.
    Close { reply: oneshot::Sender<Result<(), StoreError>> },
}

/// A connection that writes.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    schema::migrate(&mut connection, path)?;
    durable(&connection)?;
    Ok(connection)
}

/// A connection that cannot write, within a transaction that lasts as long as it does.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.execute_batch("BEGIN")?;
    schema::insist(&connection, path)?;
    Ok(connection)
}

/// The thread's whole life. It ends when it is told to, or when nobody can ask it any more.
pub(super) fn serve(mut connection: Connection, lock: Lock, mut requests: mpsc::Receiver<Request>) {
    while let Some(request) = requests.blocking_recv() {
        match request {
            // A caller who no longer waits has no need of the answer.
            Request::Commit { records, day, reply } => drop(reply.send(commit(&mut connection, &records, day))),
            Request::Close { reply } => {
                let outcome = close(connection);
                drop(lock);
                drop(reply.send(outcome));
                return;
            }
        }
    }
}

/// A commit must have reached the disk when it returns: what is said to people next relies on it.
fn durable(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Other(format!("journal mode `{mode}`; put the database on a local disk")));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_MAX, |_| Ok(()))?;
    Ok(())
}

/// All or nothing: what is returned early rolls the transaction back.
fn commit(connection: &mut Connection, records: &[Record], day: NaiveDate) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for record in records {
        write(&transaction, record, day)?;
    }
    Ok(transaction.commit()?)
}

fn write(connection: &Connection, record: &Record, day: NaiveDate) -> Result<(), StoreError> {
    match record {
        Record::Chat(chat) => rows::put_chat(connection, chat),
        Record::Line(line) => rows::add_line(connection, line),
        Record::Heard(heard) => rows::hear(connection, heard),
        Record::Counted(counter) => count(connection, *counter, day),
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
    // A reader may keep part of the log in use; what is committed is safe in the log as well.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error.into())
}
