//! Forgetting: a chat's words and addresses go, its skeleton and its chain stay.
//!
//! What stays of a chat: its number, queue, operator, times and outcome; of why it went where it went, of what was known about
//! the guest, of a message that was left, and of what the FAQ was asked: nothing; of a line: its number, place, time, kind and
//! speaker; of a link: its seal and hash, without the salt, so that nobody can try words against it.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{StoreError, attendance, faq, rows, sqlite};
use crate::desk::ids::ChatId;

/// What stands where a guest's address was. `.invalid` is nobody's (RFC 2606, 2).
pub const ERASED_GUEST: &str = "erased@erased.invalid/erased";
/// What stands where a room's address was.
pub const ERASED_ROOM: &str = "erased@erased.invalid";

/// How many chats one transaction erases, so that the desk never waits long.
const CHATS_AT_ONCE: i64 = 20;

/// How many pages of the index one transaction merges.
const PAGES_AT_ONCE: i64 = 200;

/// A writer beside the daemon's, for the shell: erases closed chats in short transactions.
#[derive(Debug)]
pub struct Eraser {
    connection: Connection,
}

/// What came of erasing a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// Its words are gone; so many lines had some.
    Done {
        /// How many lines it has.
        lines: usize,
    },
    /// It had been erased before.
    Before,
    /// It is not closed.
    StillOpen,
    /// There is no such chat.
    NoSuchChat,
}

impl Eraser {
    /// Opens an existing database; never creates or migrates one.
    ///
    /// # Errors
    /// As [`super::Reader::open`].
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        drop(super::Reader::open(database)?);
        Ok(Self { connection: sqlite::open_beside(database)? })
    }

    /// Erases one chat, if it is closed.
    ///
    /// # Errors
    /// What the disk says; [`StoreError::Busy`] where the desk is busy for long.
    pub fn erase(&mut self, chat: ChatId, at: DateTime<Utc>) -> Result<Erasure, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = transaction
            .query_row("SELECT stage = 'closed', erased_at IS NOT NULL FROM chat WHERE id = ?1", [chat.0], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let outcome = match found {
            None => Erasure::NoSuchChat,
            Some((false, _)) => Erasure::StillOpen,
            Some((true, true)) => Erasure::Before,
            Some((true, false)) => Erasure::Done { lines: erase(&transaction, chat, at)? },
        };
        transaction.commit()?;
        Ok(outcome)
    }

    /// Erases some of the chats that were closed before then, and says which; none when there are no more.
    ///
    /// # Errors
    /// As [`Eraser::erase`].
    pub fn purge(&mut self, before: DateTime<Utc>, at: DateTime<Utc>) -> Result<Vec<ChatId>, StoreError> {
        purge(&mut self.connection, before, at)
    }

    /// Rebuilds the index and the database's file and empties its write-ahead log, so that nothing erased is left in either: SQLite
    /// leaves copies of rows that it moved in the unused parts of pages. The desk's turns wait meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where a reader stays for long, [`StoreError::Full`] where there is no room for a copy, or
    /// what the disk says. What was erased stays erased.
    pub fn rebuild(&self) -> Result<(), StoreError> {
        let mut pass = Pass::First;
        while merge_index(&self.connection, pass)? {
            pass = Pass::Next;
        }
        self.connection.execute_batch("VACUUM")?;
        sqlite::fold(&self.connection)
    }
}

/// How far the merging of the index has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It begins: whatever is in the index now is to be merged.
    First,
    /// It goes on.
    Next,
}

/// Some pages of merging the index's segments into one, which drops the words that were taken out of it. Says whether
/// there is more to do (<https://sqlite.org/fts5.html>, 6.8).
pub(super) fn merge_index(connection: &Connection, pass: Pass) -> Result<bool, StoreError> {
    let pages = match pass {
        Pass::First => -PAGES_AT_ONCE,
        Pass::Next => PAGES_AT_ONCE,
    };
    let before = connection.total_changes();
    connection.prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?1)")?.execute([pages])?;
    Ok(connection.total_changes() - before >= 2)
}

/// One short transaction of a purge.
pub(super) fn purge(
    connection: &mut Connection,
    before: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<Vec<ChatId>, StoreError> {
    fault!("store.purge" => return Err(StoreError::Io("a fault".to_owned())));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let old = rows::all(
        &transaction,
        "SELECT id FROM chat WHERE stage = 'closed' AND erased_at IS NULL AND closed_at < ?1 ORDER BY id LIMIT ?2",
        [before.timestamp_millis(), CHATS_AT_ONCE],
        |row| Ok(ChatId(row.get(0)?)),
    )?;
    for chat in &old {
        erase(&transaction, *chat, at)?;
    }
    faq::purge(&transaction, before)?;
    attendance::forget(&transaction, before)?;
    transaction.commit()?;
    Ok(old)
}

fn erase(connection: &Connection, chat: ChatId, at: DateTime<Utc>) -> Result<usize, StoreError> {
    let lines = connection.execute(
        "UPDATE line SET nick = NULL, jid = NULL, stanza_id = NULL, message_id = NULL, body = '', joined_as = NULL,
                         corrects = NULL, retracts = NULL
         WHERE chat = ?1",
        [chat.0],
    )?;
    connection.execute("DELETE FROM choice WHERE chat = ?1", [chat.0])?;
    connection.execute("DELETE FROM guest WHERE chat = ?1", [chat.0])?;
    connection.execute("DELETE FROM rating WHERE chat = ?1", [chat.0])?;
    connection.execute("DELETE FROM message WHERE chat = ?1", [chat.0])?;
    faq::erase(connection, chat)?;
    connection.execute("UPDATE link SET salt = NULL WHERE chat = ?1", [chat.0])?;
    connection.execute(
        "UPDATE chat SET room = ?2, guest = ?3, password = NULL, tag = '', offered_to = '[]', skills = '[]',
                         spoken_language = NULL, left_queues = '[]', transfer_note = NULL, erased_at = ?4
         WHERE id = ?1",
        params![chat.0, ERASED_ROOM, ERASED_GUEST, at.timestamp_millis()],
    )?;
    Ok(lines)
}
