//! One daemon for one database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The right to write a database, held until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

/// What a lock file says once there has been a database beside it.
const NOTE: &[u8] = b"The database beside this file was made by frontdesk.\n";

impl Lock {
    /// Locks `DATABASE.lock`. The file stays when the lock goes: removing it would let two daemons lock two files of
    /// one name.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let file = private().open(&path).map_err(|error| StoreError::file(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { lock: path }),
            Err(TryLockError::Error(error)) => Err(StoreError::file(&path, &error)),
        }
    }

    /// Writes down that there is a database now, so that a later start knows when it is missing.
    pub(super) fn note_database(&mut self) -> Result<(), StoreError> {
        self.write_note().map_err(|error| StoreError::file(&self.path, &error))
    }

    fn write_note(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() == 0 {
            self.file.write_all(NOTE)?;
            self.file.sync_all()?;
        }
        Ok(())
    }
}

/// Makes the database's file where there has never been one, so that nobody else may ever read it: SQLite gives its
/// `-wal` and `-shm` the same rights. Returns the path without symbolic links, since a lock belongs to the file, not
/// to a name.
pub(super) fn create(database: &Path) -> Result<PathBuf, StoreError> {
    insist_unless_new(database)?;
    private().open(database).and_then(|_| database.canonicalize()).map_err(|error| StoreError::file(database, &error))
}

/// Fails where there was a database and is none, or an empty file.
pub(super) fn insist_unless_new(database: &Path) -> Result<(), StoreError> {
    let has_content = |path: &Path| std::fs::metadata(path).is_ok_and(|found| found.len() > 0);
    let lock = lock_path(database);
    if !has_content(database) && has_content(&lock) {
        return Err(StoreError::Missing { path: database.to_path_buf(), lock });
    }
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
