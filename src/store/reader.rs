//! A look into the store from outside: the shell's commands beside the running daemon.

use std::fs::File;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use jid::Jid;
use rusqlite::{Connection, Row};

use super::{StoreError, attendance, lock, routing, rows, sqlite};
use crate::desk::facts::GuestFacts;
use crate::desk::ids::ChatId;
use crate::desk::record::{AttendanceRecord, ChatRecord, Choice, LeftMessage, LineRecord, Rating};

/// A read-only view of the database at the moment of opening: all its answers fit together. For short use; while it
/// lives the daemon's write-ahead log cannot shrink.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

/// How often something came to nothing on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The day in UTC, `2026-11-30`.
    pub day: String,
    /// What, as `Counter::name` calls it.
    pub name: String,
    /// How often.
    pub n: i64,
}

/// Whose chats are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// One chat.
    Chat(ChatId),
    /// All chats of a guest: by the address that the chat has, or that the guest had in one of its lines. A bare JID
    /// stands for all its full JIDs.
    Guest(Jid),
}

impl Reader {
    /// Opens an existing database; never creates or migrates one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there has never been one, [`StoreError::Missing`] where it is gone, [`StoreError::OlderSchema`] where the daemon has to migrate it
    /// first, [`StoreError::NewerSchema`], [`StoreError::Foreign`], or what the disk says.
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        lock::insist_unless_new(database)?;
        File::open(database).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound { path: database.to_path_buf() },
            io::ErrorKind::PermissionDenied => not_ours(database),
            _ => StoreError::Io(format!("{}: {error}", database.display())),
        })?;
        let connection = sqlite::open_to_read(database).map_err(|error| match error {
            StoreError::ReadOnly(_) => not_ours(database),
            error => error,
        })?;
        Ok(Self { connection })
    }

    /// All chats, or those that are not closed, by number.
    ///
    /// # Errors
    /// What the disk says.
    pub fn chats(&self, open_only: bool) -> Result<Vec<ChatRecord>, StoreError> {
        let question = "SELECT * FROM chat WHERE stage <> 'closed' OR NOT ?1 ORDER BY id";
        rows::all(&self.connection, question, [open_only], rows::chat)
    }

    /// Chats that were opened in this time, the end not included, by number.
    ///
    /// # Errors
    /// What the disk says.
    pub fn chats_opened(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<ChatRecord>, StoreError> {
        let question = "SELECT * FROM chat WHERE opened_at >= ?1 AND opened_at < ?2 ORDER BY id";
        rows::all(&self.connection, question, [from.timestamp_millis(), to.timestamp_millis()], rows::chat)
    }

    /// Who was there when, up to then, in the order of writing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn attendance(&self, to: DateTime<Utc>) -> Result<Vec<AttendanceRecord>, StoreError> {
        let question = "SELECT * FROM attendance WHERE at < ?1 ORDER BY id";
        rows::all(&self.connection, question, [to.timestamp_millis()], attendance::record)
    }

    /// One chat; `None` where there is no such number.
    ///
    /// # Errors
    /// What the disk says.
    pub fn chat(&self, id: ChatId) -> Result<Option<ChatRecord>, StoreError> {
        Ok(rows::all(&self.connection, "SELECT * FROM chat WHERE id = ?1", [id.0], rows::chat)?.pop())
    }

    /// A chat's lines in the room's order; what was not heard yet comes last.
    ///
    /// # Errors
    /// What the disk says.
    pub fn lines(&self, id: ChatId) -> Result<Vec<LineRecord>, StoreError> {
        let question = "SELECT * FROM line WHERE chat = ?1 ORDER BY place IS NULL, place, seq";
        rows::all(&self.connection, question, [id.0], rows::line)
    }

    /// Why the chat went where it went, in the order of choosing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn choices(&self, id: ChatId) -> Result<Vec<Choice>, StoreError> {
        let question = "SELECT chat, reason FROM choice WHERE chat = ?1 ORDER BY n";
        rows::all(&self.connection, question, [id.0], routing::choice)
    }

    /// What was known about the chat's guest; `None` where nothing was, or it was erased.
    ///
    /// # Errors
    /// What the disk says.
    pub fn facts(&self, id: ChatId) -> Result<Option<GuestFacts>, StoreError> {
        let question = "SELECT known FROM guest WHERE chat = ?1";
        Ok(rows::all(&self.connection, question, [id.0], routing::facts)?.pop())
    }

    /// The message that the guest left in this chat, if they left one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn message(&self, id: ChatId) -> Result<Option<LeftMessage>, StoreError> {
        let question = format!("SELECT {} FROM message WHERE chat = ?1", routing::MESSAGE);
        Ok(rows::all(&self.connection, &question, [id.0], routing::message)?.pop())
    }

    /// What the guest thought of this chat, if they said so.
    ///
    /// # Errors
    /// What the disk says.
    pub fn rating(&self, id: ChatId) -> Result<Option<Rating>, StoreError> {
        Ok(rows::all(&self.connection, "SELECT * FROM rating WHERE chat = ?1", [id.0], routing::rating)?.pop())
    }

    /// The chats that are meant, by number; none where there is none.
    ///
    /// # Errors
    /// What the disk says.
    pub fn chats_of(&self, whose: &Whose) -> Result<Vec<ChatRecord>, StoreError> {
        let guest = match whose {
            Whose::Chat(id) => return Ok(self.chat(*id)?.into_iter().collect()),
            Whose::Guest(guest) => guest,
        };
        let question = if guest.is_full() {
            "SELECT * FROM chat
             WHERE guest = ?1 OR id IN (SELECT chat FROM line WHERE speaker = 'guest' AND jid = ?1) ORDER BY id"
        } else {
            "SELECT * FROM chat
             WHERE substr(guest, 1, length(?1) + 1) = ?1 || '/'
                OR id IN (SELECT chat FROM line WHERE speaker = 'guest'
                          AND (jid = ?1 OR substr(jid, 1, length(?1) + 1) = ?1 || '/')) ORDER BY id"
        };
        rows::all(&self.connection, question, [guest.as_str()], rows::chat)
    }

    /// When the chat was erased; `None` where it was not.
    ///
    /// # Errors
    /// What the disk says.
    pub fn erased_at(&self, id: ChatId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let question = "SELECT erased_at AS at FROM chat WHERE id = ?1 AND erased_at IS NOT NULL";
        Ok(rows::all(&self.connection, question, [id.0], |row| rows::time(row, "at"))?.pop())
    }

    /// What a chat's record has won since its chain had so many links, in the order of recording: the lines that were
    /// recorded since, where they are not owed, and those that were owed and have been heard. Each line comes once.
    /// Also how many links there are now.
    ///
    /// # Errors
    /// What the disk says.
    pub fn news(&self, id: ChatId, since: i64) -> Result<(i64, Vec<LineRecord>), StoreError> {
        let question = "SELECT line.* FROM link JOIN line USING (chat, seq)
                        WHERE link.chat = ?1 AND link.n > ?2 AND line.kind <> 'owed'
                          AND (link.deed = 'heard' OR line.owed_at IS NULL)
                        ORDER BY link.n";
        let links = rows::all(&self.connection, "SELECT links FROM chat WHERE id = ?1", [id.0], |row| Ok(row.get(0)?))?;
        let lines = rows::all(&self.connection, question, [id.0, since], rows::line)?;
        Ok((links.first().copied().unwrap_or_default(), lines))
    }

    /// All counters, by day and name.
    ///
    /// # Errors
    /// What the disk says.
    pub fn counters(&self) -> Result<Vec<Count>, StoreError> {
        rows::all(&self.connection, "SELECT day, name, n FROM counter ORDER BY day, name", (), count)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Readers of a write-ahead log share its index, the `-shm` file, so that they too must be allowed to write that.
fn not_ours(database: &Path) -> StoreError {
    StoreError::Io(format!("{}: only the desk's own account (and root) may; use `sudo -u`", database.display()))
}

fn count(row: &Row<'_>) -> Result<Count, StoreError> {
    Ok(Count { day: row.get("day")?, name: row.get("name")?, n: row.get("n")? })
}
