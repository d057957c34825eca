//! One daemon for one database.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The right to write a database, held until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `DATABASE.lock`. The file stays when the lock goes: removing it would let two daemons lock two files of
    /// one name.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let file = private().open(&path).map_err(|error| StoreError::file(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { lock: path }),
            Err(TryLockError::Error(error)) => Err(StoreError::file(&path, &error)),
        }
    }
}

/// Makes the database's file where there is none, so that nobody else may ever read it: SQLite gives its `-wal` and
/// `-shm` the same rights. Returns the path without symbolic links, since a lock belongs to the file, not to a name.
pub(super) fn create(database: &Path) -> Result<PathBuf, StoreError> {
    private().open(database).and_then(|_| database.canonicalize()).map_err(|error| StoreError::file(database, &error))
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
