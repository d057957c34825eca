//! The chain that shows whether a chat's lines are as they were recorded.
//!
//! Each deed (a line recorded, an owed line heard) becomes one link: `seal = HMAC-SHA-256(salt, content)` and
//! `hash = SHA-256(the hash before ‖ seal)`. The content of a line is what was recorded at first; what changes when an
//! owed line is heard (place, time, stanza-id) is the content of a link of its own. Without salt and content the seals
//! still prove order and number, and tell nothing of the words.

use hmac::{Hmac, Mac};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::words::Stored;
use super::{EntropySource, StoreError, rows};
use crate::desk::ids::ChatId;
use crate::desk::record::{Heard, LineKind, LineRecord};

/// A SHA-256 value.
pub(super) type Hash = [u8; 32];

/// What the first link builds on.
pub(super) const BEGINNING: Hash = [0; 32];

/// What a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A line was recorded.
    Line,
    /// An owed line was heard.
    Heard,
}

impl Deed {
    /// The word in the database.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Heard => "heard",
        }
    }
}

/// What a seal is made of: fields one after the other, each with its length, so that no two contents read alike.
#[derive(Debug)]
pub(super) struct Content(Vec<u8>);

impl Content {
    /// A line as it was recorded.
    pub(super) fn of_line(line: &LineRecord) -> Self {
        Self::about(Deed::Line, line.chat, line.seq)
            .number(line.place)
            .number(Some(line.at.timestamp_millis()))
            .text(Some(line.kind.word()))
            .text(Some(line.speaker.word()))
            .text(line.nick.as_deref())
            .text(line.jid.as_deref())
            .text(line.stanza_id.as_ref().map(|id| &*id.0))
            .text(line.message_id.as_ref().map(|id| &*id.0))
            .text(Some(&line.body))
            .text(line.joined_as.as_deref())
            .text(line.corrects.as_deref())
            .text(line.retracts.as_deref())
    }

    /// The hearing of an owed line, with the stanza-id that was kept of it.
    pub(super) fn of_hearing(heard: &Heard) -> Self {
        Self::about(Deed::Heard, heard.chat, heard.seq)
            .number(Some(heard.place))
            .number(Some(heard.at.timestamp_millis()))
            .text(heard.stanza_id.as_ref().map(|id| id.0.as_str()))
    }

    fn about(deed: Deed, chat: ChatId, seq: i64) -> Self {
        Self(Vec::with_capacity(256)).text(Some(deed.word())).number(Some(chat.0)).number(Some(seq))
    }

    fn number(self, number: Option<i64>) -> Self {
        self.bytes(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    fn text(self, text: Option<&str>) -> Self {
        self.bytes(text.map(str::as_bytes))
    }

    fn bytes(mut self, bytes: Option<&[u8]>) -> Self {
        let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
        self.0.extend(length.to_be_bytes());
        self.0.extend(bytes.unwrap_or_default());
        self
    }

    /// HMAC-SHA-256 of it (RFC 2104).
    pub(super) fn seal(&self, salt: &[u8]) -> Result<Hash, StoreError> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(salt).map_err(|_| StoreError::Other("a salt has no length".to_owned()))?;
        mac.update(&self.0);
        Ok(mac.finalize().into_bytes().into())
    }
}

/// The hash of a link.
pub(super) fn hash(before: &[u8], seal: &[u8]) -> Hash {
    Sha256::new().chain_update(before).chain_update(seal).finalize().into()
}

/// Seals a line that was just recorded.
pub(super) fn seal_line(connection: &Connection, line: &LineRecord, entropy: EntropySource) -> Result<(), StoreError> {
    fault!("store.seal" => return Err(StoreError::Io("a fault".to_owned())));
    append(connection, line.chat, line.seq, Deed::Line, &Content::of_line(line), entropy)
}

/// Seals the hearing of a line.
pub(super) fn seal_hearing(connection: &Connection, heard: &Heard, entropy: EntropySource) -> Result<(), StoreError> {
    append(connection, heard.chat, heard.seq, Deed::Heard, &Content::of_hearing(heard), entropy)
}

/// Seals all lines of a database that has no chain yet, as they are now.
pub(super) fn seal_all(connection: &Connection, entropy: EntropySource) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT * FROM line ORDER BY chat, seq")?;
    let mut lines = statement.query(())?;
    while let Some(row) = lines.next()? {
        seal_line(connection, &rows::line(row)?, entropy)?;
    }
    Ok(())
}

/// The line as it was recorded at first: one that was owed and heard since was recorded as owed.
pub(super) fn as_recorded(line: LineRecord, owed_at: Option<chrono::DateTime<chrono::Utc>>) -> LineRecord {
    match owed_at {
        Some(at) => LineRecord { kind: LineKind::Owed, place: None, stanza_id: None, at, ..line },
        None => line,
    }
}

fn append(
    connection: &Connection,
    chat: ChatId,
    seq: i64,
    deed: Deed,
    content: &Content,
    entropy: EntropySource,
) -> Result<(), StoreError> {
    let (links, head) = head(connection, chat)?;
    let salt = entropy().0;
    let seal = content.seal(&salt)?;
    let hash = hash(&head, &seal);
    connection
        .prepare_cached("INSERT INTO link (chat, n, seq, deed, salt, seal, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![chat.0, links + 1, seq, deed.word(), salt, seal, hash])?;
    connection.prepare_cached("UPDATE chat SET links = ?2, head = ?3 WHERE id = ?1")?.execute(params![
        chat.0,
        links + 1,
        hash
    ])?;
    Ok(())
}

fn head(connection: &Connection, chat: ChatId) -> Result<(i64, Hash), StoreError> {
    let found = connection
        .prepare_cached("SELECT links, head FROM chat WHERE id = ?1")?
        .query_row([chat.0], |row| Ok((row.get(0)?, row.get::<_, Option<Hash>>(1)?)))
        .optional()?;
    let (links, head) = found.ok_or_else(|| StoreError::Other("a line of no chat".to_owned()))?;
    Ok((links, head.unwrap_or(BEGINNING)))
}
