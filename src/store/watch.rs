//! Whether the files that SQLite has open are still those that the next start would find.
//!
//! SQLite goes on writing into a file that was removed or replaced, and everything written there is lost with the
//! process. So the store looks before each commit.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The database's file and its write-ahead log, as they were when they were opened.
#[derive(Debug)]
pub(super) struct Watch {
    database: PathBuf,
    log: PathBuf,
    seen_database: Identity,
    seen_log: Option<Identity>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Watch {
    /// Begins to watch a database that is open.
    pub(super) fn begin(database: &Path) -> Result<Self, StoreError> {
        let seen = identity(database).map_err(|error| StoreError::file(database, &error))?;
        let seen_database = seen.ok_or_else(|| StoreError::Gone { path: database.to_path_buf() })?;
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { database: database.to_path_buf(), log: log.into(), seen_database, seen_log: None })
    }

    /// Insists that the database under its name is the one that is open.
    pub(super) fn insist(&self) -> Result<(), StoreError> {
        match identity(&self.database).map_err(|error| StoreError::file(&self.database, &error))? {
            Some(found) if found == self.seen_database => Ok(()),
            _ => Err(StoreError::Gone { path: self.database.clone() }),
        }
    }

    /// Whether the write-ahead log under its name is the one that is written to.
    pub(super) fn has_log(&self) -> bool {
        self.seen_log.is_none_or(|seen| identity(&self.log).is_ok_and(|found| found == Some(seen)))
    }

    /// Remembers the write-ahead log, which the first commit makes.
    pub(super) fn see_log(&mut self) {
        if self.seen_log.is_none() {
            self.seen_log = identity(&self.log).ok().flatten();
        }
    }

    /// The database was opened anew; its log is not known yet.
    pub(super) fn forget_log(&mut self) {
        self.seen_log = None;
    }
}

fn identity(path: &Path) -> io::Result<Option<Identity>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(Identity { device: found.dev(), inode: found.ino() })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
