//! The database's form: its migrations, and whether a file is ours.

use std::path::Path;

use rusqlite::{Connection, Transaction};
use rusqlite_migration::{HookError, M, Migrations};

use super::{EntropySource, StoreError, chain};

/// `PRAGMA application_id` of a desk's database: "fdsk". The first migration sets it.
const APPLICATION_ID: i64 = 0x6664_736b;

/// The steps, in order.
const STEPS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_chats.sql"),
    include_str!("../../migrations/sqlite/0002_keeping.sql"),
    include_str!("../../migrations/sqlite/0003_routing.sql"),
    include_str!("../../migrations/sqlite/0004_guest.sql"),
    include_str!("../../migrations/sqlite/0005_holes.sql"),
    include_str!("../../migrations/sqlite/0006_faq.sql"),
    include_str!("../../migrations/sqlite/0007_rating.sql"),
    include_str!("../../migrations/sqlite/0008_attendance.sql"),
    include_str!("../../migrations/sqlite/0009_direct.sql"),
    include_str!("../../migrations/sqlite/0010_rules.sql"),
    include_str!("../../migrations/sqlite/0011_lowered.sql"),
    include_str!("../../migrations/sqlite/0012_inbox.sql"),
];

/// Behind this step the lines that there are get their chain.
const SEALED: usize = 2;

/// The highest schema number that this program knows.
const KNOWN: i64 = STEPS.len() as i64;

fn steps(entropy: EntropySource) -> Vec<M<'static>> {
    let seal = move |transaction: &Transaction<'_>| {
        fault!("store.migrated" => return Err(HookError::Hook("a fault".to_owned())));
        chain::seal_all(transaction, entropy).map_err(|error| HookError::Hook(error.to_string()))
    };
    let step = |(number, sql)| if number == SEALED { M::up_with_hook(sql, seal) } else { M::up(sql) };
    (1..).zip(STEPS.iter().copied()).map(step).collect()
}

/// Brings the database up to date, all steps or none: they are one transaction.
pub(super) fn migrate(connection: &mut Connection, path: &Path, entropy: EntropySource) -> Result<(), StoreError> {
    let found = version(connection, path)?;
    if found < KNOWN {
        fault!("store.migrate" => return Err(StoreError::Io("a fault".to_owned())));
        tracing::info!(from = found, to = KNOWN, "the database is brought up to date");
        Migrations::new(steps(entropy)).to_latest(connection)?;
    }
    Ok(())
}

/// Insists on the very schema that this program knows, and changes nothing.
pub(super) fn insist(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match version(connection, path)? {
        found if found == KNOWN => Ok(()),
        found => Err(StoreError::OlderSchema { path: path.to_path_buf(), found, known: KNOWN }),
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
    if found > KNOWN {
        return Err(StoreError::NewerSchema { path: path.to_path_buf(), found, known: KNOWN });
    }
    Ok(found)
}

fn number(connection: &Connection, question: &str) -> Result<i64, StoreError> {
    Ok(connection.query_row(question, (), |row| row.get(0))?)
}
