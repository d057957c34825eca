//! What a starting desk is told of the last one's open chats, and of what routing has learnt.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use jid::{BareJid, FullJid};
use rusqlite::{Connection, Row};

use super::{StoreError, routing, rows};
use crate::desk::ids::{ChatId, QueueName, StanzaId};
use crate::desk::ratings::{AFTERWARDS, ENDED_MAX};
use crate::desk::record::{ChatRecord, Choice, EndedChat, LeftMessage, LineRecord, Restored, RestoredChat};

/// How old a message may be that is perhaps still to be passed on, seen from the latest one.
const MESSAGES_AGE: TimeDelta = TimeDelta::days(7);

/// Reads all chats that are not closed, and what is known of others.
pub(super) fn restore(connection: &Connection) -> Result<Restored, StoreError> {
    let open = rows::all(connection, "SELECT * FROM chat WHERE stage <> 'closed' ORDER BY id", (), rows::chat)?;
    let chats = open.into_iter().map(|chat| restore_chat(connection, chat)).collect::<Result<_, _>>()?;
    Ok(Restored {
        chats,
        last_chat: last_chat(connection)?,
        operators: rows::all(connection, "SELECT * FROM operator ORDER BY jid", (), routing::operator)?,
        waits: waits(connection)?,
        served: served(connection)?,
        served_ids: served_ids(connection)?,
        tokens: rows::all(connection, "SELECT * FROM token ORDER BY expires_at DESC LIMIT 100000", (), routing::token)?,
        inbox: rows::all(connection, "SELECT reached FROM inbox", (), routing::inbox)?.pop(),
        messages: messages(connection)?,
        ended: ended(connection)?,
    })
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
        facts: rows::all(connection, "SELECT known FROM guest WHERE chat = ?1", [id], routing::facts)?.pop(),
        choices: latest_choices(connection, id)?,
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
    let ids = rows::all(
        connection,
        "SELECT stanza_id, coalesce(place, 0) FROM line WHERE chat = ?1 AND stanza_id IS NOT NULL \
         ORDER BY place DESC, seq DESC LIMIT 2000",
        [chat],
        |row| Ok((StanzaId(row.get(0)?), row.get(1)?)),
    )?;
    Ok(oldest_first(ids))
}

/// The latest 20, oldest first.
fn latest_choices(connection: &Connection, chat: i64) -> Result<Vec<Choice>, StoreError> {
    let question = "SELECT chat, reason FROM choice WHERE chat = ?1 ORDER BY n DESC LIMIT 20";
    Ok(oldest_first(rows::all(connection, question, [chat], routing::choice)?))
}

/// Of the latest 500 chats in which an operator spoke: from its opening until somebody accepted it.
fn waits(connection: &Connection) -> Result<Vec<(QueueName, Duration)>, StoreError> {
    let question = "SELECT queue, accepted - opened_at AS wait FROM (
                        SELECT id, queue, opened_at, (SELECT at FROM line WHERE chat = chat.id AND kind = 'accepted'
                                                      ORDER BY seq LIMIT 1) AS accepted
                        FROM chat WHERE answered = 1 ORDER BY id DESC LIMIT 500
                    ) WHERE accepted IS NOT NULL ORDER BY id";
    rows::all(connection, question, (), wait)
}

fn wait(row: &Row<'_>) -> Result<(QueueName, Duration), StoreError> {
    // A clock that was set back makes no negative wait.
    let millis = u64::try_from(row.get::<_, i64>("wait")?).unwrap_or_default();
    Ok((QueueName::from(row.get::<_, String>("queue")?.as_str()), Duration::from_millis(millis)))
}

/// Of the latest 10,000 chats in which an operator spoke, erased ones apart: whoever accepted last.
fn served(connection: &Connection) -> Result<Vec<(FullJid, BareJid)>, StoreError> {
    let question = "SELECT guest, operator FROM (
                        SELECT id, guest, (SELECT jid FROM line WHERE chat = chat.id AND kind IN ('accepted', 'transferred')
                                           ORDER BY seq DESC LIMIT 1) AS operator
                        FROM chat WHERE answered = 1 AND erased_at IS NULL ORDER BY id DESC LIMIT 10000
                    ) WHERE operator IS NOT NULL ORDER BY id";
    rows::all(connection, question, (), |row| Ok((rows::parsed(row, "guest")?, rows::parsed(row, "operator")?)))
}

/// The same of chats whose guest proved who they are, and was still who had proved it at the end.
fn served_ids(connection: &Connection) -> Result<Vec<(String, BareJid)>, StoreError> {
    let question = "SELECT proved, operator FROM (
                        SELECT id, json_extract(known, '$.trusted.id') AS proved,
                               (SELECT jid FROM line WHERE chat = chat.id AND kind IN ('accepted', 'transferred')
                                ORDER BY seq DESC LIMIT 1) AS operator
                        FROM chat JOIN guest ON guest.chat = chat.id
                        WHERE answered = 1 AND erased_at IS NULL AND json_extract(known, '$.jid') = chat.guest
                        ORDER BY id DESC LIMIT 10000
                    ) WHERE proved IS NOT NULL AND operator IS NOT NULL ORDER BY id";
    rows::all(connection, question, (), |row| Ok((row.get("proved")?, rows::parsed(row, "operator")?)))
}

/// The latest 1,000, oldest first.
fn messages(connection: &Connection) -> Result<Vec<LeftMessage>, StoreError> {
    let question = format!(
        "SELECT {} FROM message WHERE at > (SELECT max(at) FROM message) - ?1 ORDER BY at DESC, chat DESC LIMIT 1000",
        routing::MESSAGE
    );
    Ok(oldest_first(rows::all(connection, &question, [MESSAGES_AGE.num_milliseconds()], routing::message)?))
}

/// The latest, oldest first; who was erased has nothing more to say.
fn ended(connection: &Connection) -> Result<Vec<EndedChat>, StoreError> {
    let question = format!(
        "SELECT id, room, guest, closed_door, tag, closed_at FROM chat
         WHERE stage = 'closed' AND erased_at IS NULL
               AND closed_at >= (SELECT max(closed_at) FROM chat WHERE stage = 'closed') - {}
         ORDER BY closed_at DESC, id DESC LIMIT {ENDED_MAX}",
        AFTERWARDS.as_millis()
    );
    Ok(oldest_first(rows::all(connection, &question, (), ended_chat)?))
}

fn ended_chat(row: &Row<'_>) -> Result<EndedChat, StoreError> {
    let private: bool = row.get("closed_door")?;
    Ok(EndedChat {
        chat: ChatId(row.get("id")?),
        room: rows::parsed(row, "room")?,
        guest: rows::parsed(row, "guest")?,
        tag: if private { row.get("tag")? } else { None },
        at: rows::time(row, "closed_at")?,
    })
}

fn oldest_first<T>(mut items: Vec<T>) -> Vec<T> {
    items.reverse();
    items
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
