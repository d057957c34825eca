//! Choices, what is known about guests, operators and messages as rows, and back.

use chrono::{DateTime, TimeDelta};
use jid::BareJid;
use rusqlite::{Connection, Row, named_params, params};

use super::{StoreError, rows};
use crate::desk::facts::GuestFacts;
use crate::desk::ids::{ChatId, QueueName, StanzaId};
use crate::desk::record::{Away, Choice, LeftMessage, OperatorRecord, Rating, Thumb};
use crate::desk::token::UsedToken;

/// No token lasts longer (`[token]`, `lifetime_max_seconds`), and clocks differ by less than an hour: when one is used
/// that ends so much later, the other is over.
const TOKEN_LIFETIME_MAX: TimeDelta = TimeDelta::hours(25);

/// Adds a choice behind the chat's others.
pub(super) fn add_choice(connection: &Connection, choice: &Choice) -> Result<(), StoreError> {
    let reason = serde_json::to_string(choice).map_err(|error| StoreError::Other(error.to_string()))?;
    connection
        .prepare_cached(
            "INSERT INTO choice (chat, n, reason)
             SELECT ?1, coalesce(max(n), 0) + 1, ?2 FROM choice WHERE chat = ?1",
        )?
        .execute(params![choice.chat.0, reason])?;
    Ok(())
}

/// A row of `SELECT chat, reason FROM choice`.
pub(super) fn choice(row: &Row<'_>) -> Result<Choice, StoreError> {
    let reason: String = row.get("reason")?;
    let choice: Choice = serde_json::from_str(&reason).map_err(|_| StoreError::value("reason"))?;
    Ok(Choice { chat: ChatId(row.get("chat")?), ..choice })
}

/// Inserts what is known about a chat's guest, or replaces it.
pub(super) fn put_facts(connection: &Connection, chat: ChatId, facts: &GuestFacts) -> Result<(), StoreError> {
    let known = serde_json::to_string(facts).map_err(|error| StoreError::Other(error.to_string()))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO guest (chat, known) VALUES (?1, ?2)")?
        .execute(params![chat.0, known])?;
    Ok(())
}

/// A row of `SELECT known FROM guest`.
pub(super) fn facts(row: &Row<'_>) -> Result<GuestFacts, StoreError> {
    let known: String = row.get("known")?;
    serde_json::from_str(&known).map_err(|_| StoreError::value("known"))
}

/// Keeps the id of a signed token; those of tokens that were over a day ago go.
pub(super) fn put_token(connection: &Connection, token: &UsedToken) -> Result<(), StoreError> {
    let (id, expires_at) = (&token.id, token.expires_at.timestamp_millis());
    connection
        .prepare_cached("INSERT OR IGNORE INTO token (id, chat, expires_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, token.chat.0, expires_at])?;
    connection
        .prepare_cached("DELETE FROM token WHERE expires_at < ?1")?
        .execute([expires_at - TOKEN_LIFETIME_MAX.num_milliseconds()])?;
    Ok(())
}

/// Keeps how far the desk is in its account's archive.
pub(super) fn put_inbox(connection: &Connection, reached: &StanzaId) -> Result<(), StoreError> {
    connection.prepare_cached("INSERT OR REPLACE INTO inbox (only, reached) VALUES (1, ?1)")?.execute([&reached.0])?;
    Ok(())
}

/// A row of `SELECT reached FROM inbox`.
pub(super) fn inbox(row: &Row<'_>) -> Result<StanzaId, StoreError> {
    Ok(StanzaId(row.get("reached")?))
}

/// A row of `SELECT * FROM token`.
pub(super) fn token(row: &Row<'_>) -> Result<UsedToken, StoreError> {
    Ok(UsedToken { id: row.get("id")?, chat: ChatId(row.get("chat")?), expires_at: rows::time(row, "expires_at")? })
}

/// Inserts what is known of an operator, or replaces it.
pub(super) fn put_operator(connection: &Connection, operator: &OperatorRecord) -> Result<(), StoreError> {
    let until = match operator.away {
        Some(Away::Until(until)) => Some(until.timestamp_millis()),
        Some(Away::UntilBack) | None => None,
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO operator (jid, away, away_until, busy, missed_offers, benched_at, idle_since)
             VALUES (:jid, :away, :away_until, :busy, :missed_offers, :benched_at, :idle_since)",
        )?
        .execute(named_params! {
            ":jid": operator.jid.as_str(),
            ":away": operator.away.is_some(),
            ":away_until": until,
            ":busy": operator.busy,
            ":missed_offers": operator.missed_offers,
            ":benched_at": operator.benched_at.map(|at| at.timestamp_millis()),
            ":idle_since": operator.idle_since.map(|at| at.timestamp_millis()),
        })?;
    Ok(())
}

/// A row of `SELECT * FROM operator`.
pub(super) fn operator(row: &Row<'_>) -> Result<OperatorRecord, StoreError> {
    let until = rows::optional(row, "away_until", DateTime::from_timestamp_millis)?;
    let away = row.get::<_, bool>("away")?.then(|| until.map_or(Away::UntilBack, Away::Until));
    Ok(OperatorRecord {
        jid: rows::parsed(row, "jid")?,
        away,
        busy: row.get("busy")?,
        missed_offers: row.get("missed_offers")?,
        benched_at: rows::optional(row, "benched_at", DateTime::from_timestamp_millis)?,
        idle_since: rows::optional(row, "idle_since", DateTime::from_timestamp_millis)?,
    })
}

/// Inserts the message that was left in a chat, or replaces it; one without words is withdrawn.
pub(super) fn put_message(connection: &Connection, message: &LeftMessage) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM message WHERE chat = ?1")?.execute([message.chat.0])?;
    if message.body.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT INTO message (chat, queue, guest, at, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            message.chat.0,
            &*message.queue.0,
            message.guest.as_str(),
            message.at.timestamp_millis(),
            message.body
        ])?;
    message.told.iter().try_for_each(|to| pass_message_on(connection, message.chat, to))
}

/// Keeps what the guest thought of a chat, the latest word alone. One that was erased meanwhile has none.
pub(super) fn put_rating(connection: &Connection, rating: &Rating) -> Result<(), StoreError> {
    let thumb = match rating.thumb {
        Thumb::Up => "up",
        Thumb::Down => "down",
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO rating (chat, at, thumb, words)
             SELECT id, ?2, ?3, ?4 FROM chat WHERE id = ?1 AND erased_at IS NULL",
        )?
        .execute(params![rating.chat.0, rating.at.timestamp_millis(), thumb, rating.words])?;
    Ok(())
}

/// A row of `SELECT * FROM rating`.
pub(super) fn rating(row: &Row<'_>) -> Result<Rating, StoreError> {
    let thumb = match row.get::<_, String>("thumb")?.as_str() {
        "up" => Thumb::Up,
        "down" => Thumb::Down,
        _ => return Err(StoreError::value("thumb")),
    };
    Ok(Rating { chat: ChatId(row.get("chat")?), at: rows::time(row, "at")?, thumb, words: row.get("words")? })
}

/// Somebody got the message. Where it was erased meanwhile, or they had it before, nothing changes.
pub(super) fn pass_message_on(connection: &Connection, chat: ChatId, to: &BareJid) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO message_told (chat, jid) SELECT chat, ?2 FROM message WHERE chat = ?1")?
        .execute(params![chat.0, to.as_str()])?;
    Ok(())
}

/// A row of `SELECT *, (…) AS told FROM message`; `told` is a JSON array.
pub(super) fn message(row: &Row<'_>) -> Result<LeftMessage, StoreError> {
    Ok(LeftMessage {
        chat: ChatId(row.get("chat")?),
        queue: QueueName::from(row.get::<_, String>("queue")?.as_str()),
        guest: rows::parsed(row, "guest")?,
        at: rows::time(row, "at")?,
        body: row.get("body")?,
        told: rows::list(row, "told", |jid| jid.parse().ok())?,
    })
}

/// The columns that [`message`] reads, in the order of telling.
pub(super) const MESSAGE: &str = "message.*, (SELECT json_group_array(jid) FROM (
    SELECT jid FROM message_told WHERE message_told.chat = message.chat ORDER BY rowid)) AS told";
