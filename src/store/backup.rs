//! A copy of the database, taken while the desk writes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Reader, StoreError};

/// How many pages are copied before progress is told.
const PAGES_A_STEP: i32 = 512;

impl Reader {
    /// Copies the database as it was when this reader was opened: one file, complete and checked, that can be put in
    /// the database's place while no desk runs. Overwrites nothing. `progress` is told how many pages are done, and of
    /// how many.
    ///
    /// # Errors
    /// [`StoreError::Exists`], or what the disk says; then there is no copy.
    pub fn backup(&self, file: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), StoreError> {
        if file.symlink_metadata().is_ok() {
            return Err(StoreError::Exists { path: file.to_path_buf() });
        }
        fault!("store.backup" => return Err(StoreError::Io("a fault".to_owned())));
        let part = Part::begin(file)?;
        let mut copy = Connection::open_with_flags(
            &part.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        self.copy(&mut copy, &mut progress)?;
        check(&copy)?;
        copy.close().map_err(|(_, error)| StoreError::from(error))?;
        fault!("store.backup.finish" => return Err(StoreError::Io("a fault".to_owned())));
        part.finish(file).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Exists { path: file.to_path_buf() },
            _ => StoreError::file(file, &error),
        })
    }

    fn copy(&self, copy: &mut Connection, progress: &mut impl FnMut(u64, u64)) -> Result<(), StoreError> {
        let backup = Backup::new(self.connection(), copy)?;
        loop {
            fault!("store.backup.page" => return Err(StoreError::Io("a fault".to_owned())));
            let step = backup.step(PAGES_A_STEP)?;
            let told = backup.progress();
            let pages = |pages: i32| u64::try_from(pages).unwrap_or_default();
            progress(pages(told.pagecount - told.remaining), pages(told.pagecount));
            match step {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                _ => return Err(StoreError::Busy),
            }
        }
    }
}

/// One file, without a write-ahead log beside it, and undamaged.
fn check(copy: &Connection) -> Result<(), StoreError> {
    copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    let told: String = copy.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if told == "ok" { Ok(()) } else { Err(StoreError::Corrupt(told)) }
}

/// A file that gets its name when it is complete, and goes when it does not become so.
struct Part {
    path: PathBuf,
}

impl Part {
    fn begin(file: &Path) -> Result<Self, StoreError> {
        let mut path = file.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(StoreError::Exists { path }),
            Err(error) => Err(StoreError::file(&path, &error)),
        }
    }

    fn finish(&self, file: &Path) -> io::Result<()> {
        // Unlike a renaming, a link never replaces what came there meanwhile.
        fs::hard_link(&self.path, file)?;
        fs::remove_file(&self.path)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Gone already where all went well.
        drop(fs::remove_file(&self.path));
    }
}
