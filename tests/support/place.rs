//! A folder with room for one database.

#![allow(dead_code)]

use std::path::{Path, PathBuf};

use frontdesk::clock::entropy;
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::LineRecord;
use frontdesk::store::{Reader, Store};
use tempfile::TempDir;

pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn database(&self) -> PathBuf {
        self.file("desk.db")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn open(&self) -> Store {
        Store::open(&self.database(), entropy).unwrap().0
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.database()).unwrap()
    }

    /// The database as any other program sees it.
    pub fn foreign(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }

    pub fn lines(&self) -> Vec<LineRecord> {
        self.reader().lines(ChatId(1)).unwrap()
    }
}
