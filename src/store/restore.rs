//! What a starting desk is told of the last one's open chats.

use chrono::DateTime;
use rusqlite::{Connection, Row};

use super::{StoreError, rows};
use crate::desk::ids::StanzaId;
use crate::desk::record::{ChatRecord, LineRecord, Restored, RestoredChat};

/// Reads all chats that are not closed.
pub(super) fn restore(connection: &Connection) -> Result<Restored, StoreError> {
    let open = rows::all(connection, "SELECT * FROM chat WHERE stage <> 'closed' ORDER BY id", (), rows::chat)?;
    let chats = open.into_iter().map(|chat| restore_chat(connection, chat)).collect::<Result<_, _>>()?;
    Ok(Restored { chats, last_chat: last_chat(connection)? })
}

/// `sqlite_sequence` remembers the highest number even when its chat was erased.
fn last_chat(connection: &Connection) -> Result<i64, StoreError> {
    let question = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'chat'";
    Ok(connection.query_row(question, (), |row| row.get(0))?)
}

fn restore_chat(connection: &Connection, chat: ChatRecord) -> Result<RestoredChat, StoreError> {
    let id = chat.id.0;
    let (last_seq, last_place, last_line_at) = connection
        .prepare_cached(
            "SELECT coalesce(max(seq), 0), coalesce(max(place), 0),
                    max(at) FILTER (WHERE kind IN ('said', 'system', 'unreadable', 'gap'))
             FROM line WHERE chat = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?)))?;
    Ok(RestoredChat {
        chat,
        last_seq,
        last_place,
        last_line_at: last_line_at.and_then(DateTime::from_timestamp_millis),
        owed: rows::all(
            connection,
            "SELECT * FROM line WHERE chat = ?1 AND kind = 'owed' ORDER BY seq",
            [id],
            rows::line,
        )?,
        first_words: rows::all(
            connection,
            "SELECT body FROM line WHERE chat = ?1 AND kind = 'said' AND speaker = 'guest' ORDER BY place, seq LIMIT 3",
            [id],
            first,
        )?,
        known_ids: known_ids(connection, id)?,
        last_lines: last_lines(connection, id)?,
    })
}

/// The latest 2,000, oldest first.
fn known_ids(connection: &Connection, chat: i64) -> Result<Vec<(StanzaId, i64)>, StoreError> {
    let mut ids = rows::all(
        connection,
        "SELECT stanza_id, coalesce(place, 0) FROM line WHERE chat = ?1 AND stanza_id IS NOT NULL \
         ORDER BY place DESC, seq DESC LIMIT 2000",
        [chat],
        |row| Ok((StanzaId(row.get(0)?), row.get(1)?)),
    )?;
    ids.reverse();
    Ok(ids)
}

/// The latest 100 that were said, with the gaps between them, oldest first.
fn last_lines(connection: &Connection, chat: i64) -> Result<Vec<LineRecord>, StoreError> {
    let mut lines = rows::all(
        connection,
        "SELECT * FROM line WHERE chat = ?1 AND kind IN ('said', 'system', 'unreadable', 'gap')
         ORDER BY place DESC, seq DESC LIMIT 100",
        [chat],
        rows::line,
    )?;
    lines.reverse();
    Ok(lines)
}

fn first(row: &Row<'_>) -> Result<String, StoreError> {
    Ok(row.get(0)?)
}
