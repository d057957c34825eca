//! KEEPS FILES: a text and a JSON-lines file a chat, for those who want files.
//!
//! The database is the record; these are copies of it, written after the commit and made anew where they lag. While a
//! chat is open, lines are added in the order of recording; when it is closed both files are written once more, in the
//! room's order.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::desk::ids::ChatId;
use crate::desk::record::{ChatRecord, LineRecord, StageName};
use crate::transcript::text::Look;
use crate::transcript::{json, text};

/// The folder with the files.
#[derive(Debug)]
pub struct LogFolder {
    path: PathBuf,
}

/// The right to write in the folder, which the daemon and `frontdesk erase` take in turn: what one of them has just
/// removed the other must not write again.
#[derive(Debug)]
pub struct Held<'a> {
    folder: &'a LogFolder,
    _lock: File,
}

impl LogFolder {
    /// Makes the folder where it is missing, for its owner alone.
    ///
    /// # Errors
    /// What the disk says.
    pub fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// The folder, if it is there.
    pub fn find(path: &Path) -> Option<Self> {
        path.is_dir().then(|| Self { path: path.to_path_buf() })
    }

    /// Waits until nobody else writes here.
    ///
    /// # Errors
    /// What the disk says.
    pub fn hold(&self) -> io::Result<Held<'_>> {
        let lock = private().create(true).truncate(false).open(self.path.join(".lock"))?;
        lock.lock()?;
        Ok(Held { folder: self, _lock: lock })
    }

    fn text(&self, chat: ChatId) -> PathBuf {
        self.path.join(format!("{chat}.txt"))
    }

    fn json(&self, chat: ChatId) -> PathBuf {
        self.path.join(format!("{chat}.jsonl"))
    }
}

impl Held<'_> {
    /// Writes a chat's files anew. `day` becomes the last line's, for [`Held::append`].
    ///
    /// # Errors
    /// What the disk says; the files are as they were, or one of them is new.
    pub fn write(&self, chat: &ChatRecord, lines: &[LineRecord], day: &mut Option<NaiveDate>) -> io::Result<()> {
        replace(&self.folder.json(chat.id), |out| lines.iter().try_for_each(|line| json::line(out, line)))?;
        // The text comes last: its first line tells whether both are complete.
        replace(&self.folder.text(chat.id), |out| {
            text::head(out, chat, Look::Plain)?;
            text::lines(out, lines, day, Look::Plain)
        })
    }

    /// Adds lines to files that are there.
    ///
    /// # Errors
    /// What the disk says; then the files must be written anew.
    pub fn append(&self, chat: ChatId, lines: &[LineRecord], day: &mut Option<NaiveDate>) -> io::Result<()> {
        add(&self.folder.json(chat), |out| lines.iter().try_for_each(|line| json::line(out, line)))?;
        add(&self.folder.text(chat), |out| text::lines(out, lines, day, Look::Plain))
    }

    /// Whether the files were written when the chat was closed, or later.
    pub fn are_complete(&self, chat: &ChatRecord) -> bool {
        let mut head = Vec::new();
        let written = text::head(&mut head, chat, Look::Plain).is_ok();
        let mut found = vec![0; head.len()];
        let read = File::open(self.folder.text(chat.id)).and_then(|mut file| file.read_exact(&mut found)).is_ok();
        written && read && chat.stage == StageName::Closed && found == head
    }

    /// Removes a chat's files, if there are any.
    ///
    /// # Errors
    /// What the disk says.
    pub fn remove(&self, chat: ChatId) -> io::Result<()> {
        let (text, json) = (self.folder.text(chat), self.folder.json(chat));
        [part(&text), part(&json), text, json].iter().try_for_each(|file| match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }
}

fn replace(file: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let part = part(file);
    let mut out = BufWriter::new(private().create(true).truncate(true).open(&part)?);
    write(&mut out)?;
    out.flush()?;
    fs::rename(part, file)
}

fn add(file: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(OpenOptions::new().append(true).open(file)?);
    write(&mut out)?;
    out.flush()
}

fn part(file: &Path) -> PathBuf {
    file.with_added_extension("part")
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}
