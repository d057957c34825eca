//! Somebody else's SQLite database. It is opened for each question and only read; the value is bound, never spliced.

use std::path::PathBuf;
use std::sync::Weak;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Statement};
use serde_json::Value as Json;

use super::answer::{ANSWER_MAX, Members};
use crate::desk::crm::CrmTrouble;

/// So many steps of SQLite's machine are done between two looks whether anybody still waits.
const STEPS_A_LOOK: i32 = 1_000;

/// A query and where it is asked.
#[derive(Debug)]
pub(super) struct Query {
    file: PathBuf,
    query: String,
    limit: Duration,
}

impl Query {
    pub(super) fn new(file: PathBuf, query: String, limit: Duration) -> Self {
        Self { file, query, limit }
    }

    /// The first row.
    pub(super) fn first(&self, key: &str, asker: &Weak<()>) -> Result<Option<Members>, CrmTrouble> {
        let connection = self.open().map_err(|error| trouble(&error))?;
        let waits = Weak::clone(asker);
        connection
            .progress_handler(STEPS_A_LOOK, Some(move || waits.strong_count() == 0))
            .map_err(|error| trouble(&error))?;
        let mut statement = connection.prepare(&self.query).map_err(|error| trouble(&error))?;
        if !statement.readonly() {
            return Err(CrmTrouble::Unreadable);
        }
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([key]).map_err(|error| trouble(&error))?;
        let row = rows.next().map_err(|error| trouble(&error))?;
        row.map(|row| members(&names, row)).transpose()
    }

    /// Prepares the query, without asking anything.
    pub(super) fn look(&self) -> Result<String, String> {
        let unusable = |why: String| format!("{} cannot be used: {why}", self.file.display());
        let connection = self.open().map_err(|error| unusable(error.to_string()))?;
        // A file that is no database shows it only when it is read.
        let read = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()));
        read.map_err(|error| unusable(error.to_string()))?;
        let statement =
            connection.prepare(&self.query).map_err(|error| format!("its query cannot be used: {error}"))?;
        fit(&statement)?;
        Ok(format!("{} can be asked for {}", self.file.display(), statement.column_names().join(", ")))
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(self.limit)?;
        connection.pragma_update(None, "query_only", true)?;
        // Somebody else's views and triggers call only what is harmless.
        connection.pragma_update(None, "trusted_schema", false)?;
        Ok(connection)
    }
}

fn fit(statement: &Statement<'_>) -> Result<(), String> {
    if !statement.readonly() || statement.column_count() == 0 {
        return Err("its query does more than read; write a SELECT".to_owned());
    }
    match statement.parameter_count() {
        1 => Ok(()),
        number => Err(format!("its query has {number} parameters; write `?1` where the value goes, and nothing else")),
    }
}

/// Blobs and nothing say nothing. A text that is longer than any answer may be is not even copied.
fn members(names: &[String], row: &Row<'_>) -> Result<Members, CrmTrouble> {
    let mut members = Members::new();
    for (column, name) in names.iter().enumerate() {
        let value = match row.get_ref(column).map_err(|error| trouble(&error))? {
            ValueRef::Null | ValueRef::Blob(_) => continue,
            ValueRef::Integer(number) => Json::from(number),
            ValueRef::Real(number) => Json::from(number),
            ValueRef::Text(text) if text.len() > ANSWER_MAX => return Err(CrmTrouble::TooLarge),
            ValueRef::Text(text) => Json::from(String::from_utf8_lossy(text).into_owned()),
        };
        members.entry(name.as_str()).or_insert(value);
    }
    Ok(members)
}

/// Without SQLite's words: they may show the query, or the data (I7).
fn trouble(error: &rusqlite::Error) -> CrmTrouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => CrmTrouble::Slow,
        _ => CrmTrouble::Unreadable,
    }
}
