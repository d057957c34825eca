//! What can go wrong with the store. The texts name files, tables and columns, never anybody's words (I7).

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process has the database.
    #[error("another frontdesk is using this database: it holds {}; stop it, or give this one its own [store] url", lock.display())]
    Locked {
        /// The file that the other one has locked.
        lock: PathBuf,
    },
    /// A later version of frontdesk has written the database.
    #[error("{} has schema {found}, this frontdesk knows {known}: use the newer frontdesk, or restore a backup", path.display())]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its schema's number.
        found: i64,
        /// The highest number that this program knows.
        known: i64,
    },
    /// The database awaits migrations that only the daemon makes.
    #[error("{} has schema {found}, this frontdesk needs {known}: start `frontdesk run`, it brings the file up to date", path.display())]
    OlderSchema {
        /// The database.
        path: PathBuf,
        /// Its schema's number.
        found: i64,
        /// The number that this program needs.
        known: i64,
    },
    /// The file is some other program's database.
    #[error("{} is another program's database; give [store] url a file of its own", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There is no database.
    #[error("there is no database at {}: `frontdesk run` creates it; is -c the right configuration?", path.display())]
    NotFound {
        /// Where it was expected.
        path: PathBuf,
    },
    /// There was a database, and it is not there any more: a new one is never begun in its place.
    #[error("the database {} is gone or empty: restore a backup, or remove {} too and begin anew", path.display(), lock.display())]
    Missing {
        /// Where it was.
        path: PathBuf,
        /// The file that remembers it.
        lock: PathBuf,
    },
    /// The database was removed or replaced while it was open. Passes when it is put back.
    #[error("the database {} was removed or replaced: put the same file back, or stop the desk, restore a backup and start it", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// A copy would overwrite something.
    #[error("{} is there already, and nothing is overwritten: name another file, or remove it", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// Somebody else kept the database locked for longer than the store waits. Passes.
    #[error("the database is busy: another program keeps it locked")]
    Busy,
    /// The disk, or a quota, is full. Passes when there is room.
    #[error("there is no room for the database: the disk or a quota is full")]
    Full,
    /// The file may not be written.
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    /// The disk or the file system failed.
    #[error("the database cannot be read or written: {0}")]
    Io(String),
    /// The file is not what the store has written.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The store's thread has ended; trying again does not help.
    #[error("the store is closed")]
    Ended,
    /// Anything else: a mistake in frontdesk.
    #[error("the database refused: {0}")]
    Other(String),
}

impl StoreError {
    /// A file could not be opened or made.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(text),
            _ => Self::Io(text),
        }
    }

    /// A stored value that the store cannot have written.
    pub(super) fn value(column: &str) -> Self {
        Self::Corrupt(format!("a value of `{column}` makes no sense"))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, text) => from_code(failure, text),
            rusqlite::Error::InvalidColumnType(_, column, _) => Self::value(&column),
            rusqlite::Error::IntegralValueOutOfRange(..) | rusqlite::Error::Utf8Error(..) => {
                Self::Corrupt("a value has the wrong type".to_owned())
            }
            // The text of other errors may quote a value.
            _ => Self::Other("the statement does not fit the schema".to_owned()),
        }
    }
}

impl From<rusqlite_migration::Error> for StoreError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => Self::Other(format!("migration: {other}")),
        }
    }
}

fn from_code(failure: ffi::Error, text: Option<String>) -> StoreError {
    let meaning = ffi::code_to_str(failure.extended_code).to_owned();
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly(meaning),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => StoreError::Io(meaning),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(meaning),
        // SQLite names the constraint here, never the value.
        ErrorCode::ConstraintViolation => StoreError::Other(text.unwrap_or(meaning)),
        _ => StoreError::Other(meaning),
    }
}
