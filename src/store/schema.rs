//! The database's form: its migrations, and whether a file is ours.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// `PRAGMA application_id` of a desk's database: "fdsk". The first migration sets it.
const APPLICATION_ID: i64 = 0x6664_736b;

const STEPS: &[M<'static>] = &[M::up(include_str!("../../migrations/sqlite/0001_chats.sql"))];

/// Brings the database up to date, all steps or none.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if version(connection, path)? < known() {
        Migrations::from_slice(STEPS).to_latest(connection)?;
    }
    Ok(())
}

/// Insists on the very schema that this program knows, and changes nothing.
pub(super) fn insist(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match version(connection, path)? {
        found if found == known() => Ok(()),
        found => Err(StoreError::OlderSchema { path: path.to_path_buf(), found, known: known() }),
    }
}

/// The schema's number, 0 for an empty file. Refuses other programs' databases and schemas of the future.
fn version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let found = number(connection, "PRAGMA user_version")?;
    let application = number(connection, "PRAGMA application_id")?;
    let objects = number(connection, "SELECT count(*) FROM sqlite_schema")?;
    if objects > 0 && application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_path_buf() });
    }
    if found > known() {
        return Err(StoreError::NewerSchema { path: path.to_path_buf(), found, known: known() });
    }
    Ok(found)
}

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

fn number(connection: &Connection, question: &str) -> Result<i64, StoreError> {
    Ok(connection.query_row(question, (), |row| row.get(0))?)
}
