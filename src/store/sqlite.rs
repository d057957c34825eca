//! Connections: how a database is opened, and what every one of them insists on.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{EntropySource, StoreError, schema};

/// How long SQLite waits for another program's lock before it says `Busy`. The only other writers are short.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// How long the shell's commands wait for the desk: longer than it waits for them.
const BUSY_WAIT_PATIENT: Duration = Duration::from_secs(10);

/// How far the write-ahead log may stay grown after a long reader, in bytes.
const WAL_BYTES_MAX: i64 = 64 << 20;

/// The daemon's connection, the database brought up to date.
pub(super) fn open(path: &Path, entropy: EntropySource) -> Result<Connection, StoreError> {
    let mut connection = open_to_write(path, BUSY_WAIT)?;
    schema::migrate(&mut connection, path, entropy)?;
    durable(&connection)?;
    Ok(connection)
}

/// The daemon's connection once more, after a failure: the same database or none.
pub(super) fn open_again(path: &Path) -> Result<Connection, StoreError> {
    fault!("store.reopen" => return Err(StoreError::Io("a fault".to_owned())));
    let connection = open_to_write(path, BUSY_WAIT)?;
    schema::insist(&connection, path)?;
    durable(&connection)?;
    Ok(connection)
}

/// A connection that writes beside the daemon's, for a short while.
pub(super) fn open_beside(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_to_write(path, BUSY_WAIT_PATIENT)?;
    schema::insist(&connection, path)?;
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

/// Folds the write-ahead log into the database and empties it. `Busy` where somebody reads what is in it.
pub(super) fn fold(connection: &Connection) -> Result<(), StoreError> {
    fault!("store.fold" => return Err(StoreError::Io("a fault".to_owned())));
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    if busy { Err(StoreError::Busy) } else { Ok(()) }
}

/// Never makes a database. What is deleted or replaced in one is overwritten with zeros.
fn open_to_write(path: &Path, busy_wait: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_wait)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(connection)
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
