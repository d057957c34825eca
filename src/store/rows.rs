//! Chats and lines as rows, and back.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row, named_params};

use super::StoreError;
use super::words::Stored;
use crate::desk::ids::{ChatId, MessageId, Nick, QueueName, StanzaId};
use crate::desk::record::{ChatRecord, DirectRecord, DirectStage, Heard, Hole, LineRecord, Marks, Ruling, Standing};
use crate::desk::wording::Language;

/// Inserts the chat, or replaces what is known of it.
pub(super) fn put_chat(connection: &Connection, chat: &ChatRecord) -> Result<(), StoreError> {
    fault!("store.chat" => return Err(StoreError::Io("a fault".to_owned())));
    connection
        .prepare_cached(
            "INSERT INTO chat (id, room, guest, queue, stage, operator, opened_at, stage_at, closed_at, outcome,
                               password, language, tag, anchor, holes, greeted, entered, came, answered, vouched,
                               closed_door, replied, after_hours, escalated, message_asked, sent,
                               priority, waits_since, offered_to, skills, spoken_language, left_queues,
                               transfer_queue, transfer_note, transfer_by, invited, ours, direct, carried,
                               lowered, ruled, rule_priority, rule_skills, rule_operator, tags)
             VALUES (:id, :room, :guest, :queue, :stage, :operator, :opened_at, :stage_at, :closed_at, :outcome,
                     :password, :language, :tag, :anchor, :holes, :greeted, :entered, :came, :answered, :vouched,
                     :closed_door, :replied, :after_hours, :escalated, :message_asked, :sent,
                     :priority, :waits_since, :offered_to, :skills, :spoken_language, :left_queues,
                     :transfer_queue, :transfer_note, :transfer_by, :invited, :ours, :direct, :carried,
                     :lowered, :ruled, :rule_priority, :rule_skills, :rule_operator, :tags)
             ON CONFLICT (id) DO UPDATE SET
                room = :room, guest = :guest, queue = :queue, stage = :stage, operator = :operator,
                opened_at = :opened_at, stage_at = :stage_at, closed_at = :closed_at, outcome = :outcome,
                password = :password, language = :language, tag = :tag, anchor = :anchor, holes = :holes, greeted = :greeted,
                entered = :entered, came = :came, answered = :answered, vouched = :vouched,
                closed_door = :closed_door, replied = :replied, after_hours = :after_hours, escalated = :escalated,
                message_asked = :message_asked, sent = :sent, priority = :priority, waits_since = :waits_since,
                offered_to = :offered_to, skills = :skills, spoken_language = :spoken_language,
                left_queues = :left_queues, transfer_queue = :transfer_queue, transfer_note = :transfer_note,
                transfer_by = :transfer_by, invited = :invited, ours = :ours, direct = :direct, carried = :carried,
                lowered = :lowered, ruled = :ruled, rule_priority = :rule_priority, rule_skills = :rule_skills,
                rule_operator = :rule_operator, tags = :tags",
        )?
        .execute(named_params! {
            ":id": chat.id.0,
            ":room": chat.room.to_string(),
            ":guest": chat.guest.to_string(),
            ":queue": &*chat.queue.0,
            ":stage": chat.stage.word(),
            ":operator": chat.operator.as_ref().map(ToString::to_string),
            ":opened_at": chat.opened_at.timestamp_millis(),
            ":stage_at": chat.stage_at.timestamp_millis(),
            ":closed_at": chat.closed_at.map(|at| at.timestamp_millis()),
            ":outcome": chat.outcome.map(|outcome| outcome.word()),
            ":password": chat.password,
            ":language": chat.language.tag(),
            ":tag": chat.tag,
            ":anchor": chat.anchor.as_ref().map(|id| id.0.as_str()),
            ":holes": holes(&chat.holes),
            ":greeted": chat.marks.greeted,
            ":entered": chat.marks.entered,
            ":came": chat.marks.came,
            ":answered": chat.marks.answered,
            ":vouched": chat.marks.vouched,
            ":closed_door": chat.marks.closed_door,
            ":replied": chat.marks.replied,
            ":after_hours": chat.marks.after_hours,
            ":escalated": chat.marks.escalated,
            ":message_asked": chat.marks.message_asked,
            ":sent": chat.marks.sent,
            ":priority": chat.standing.priority,
            ":waits_since": chat.standing.waits_since.map(|at| at.timestamp_millis()),
            ":offered_to": json(&chat.standing.offered_to),
            ":skills": json(&chat.standing.skills),
            ":spoken_language": chat.standing.language,
            ":left_queues": json(&chat.standing.left),
            ":transfer_queue": chat.standing.transfer_queue.as_ref().map(|queue| &*queue.0),
            ":transfer_note": chat.standing.transfer_note,
            ":transfer_by": chat.standing.transfer_by.as_ref().map(ToString::to_string),
            ":invited": json(&chat.standing.invited),
            ":ours": chat.marks.ours,
            ":direct": chat.direct.map(|direct| direct.stage.word()),
            ":carried": chat.direct.map(|direct| direct.certain),
            ":lowered": chat.marks.lowered,
            ":ruled": chat.marks.ruled,
            ":rule_priority": chat.standing.ruling.priority,
            ":rule_skills": json(chat.standing.ruling.skills.iter()),
            ":rule_operator": chat.standing.ruling.operator.as_ref().map(|jid| jid.as_str()),
            ":tags": json(&chat.standing.ruling.tags),
        })?;
    Ok(())
}

/// Adds a line. A stanza-id that the chat already has comes to nothing: the room vouches that it is the same
/// message, and one line too many in a turn must not hold up the turn for ever. Every other conflict is an error.
/// Says whether the line is there now.
pub(super) fn add_line(connection: &Connection, line: &LineRecord) -> Result<bool, StoreError> {
    fault!("store.line" => return Err(StoreError::Io("a fault".to_owned())));
    let added = connection
        .prepare_cached(
            "INSERT INTO line (chat, seq, place, at, kind, speaker, nick, jid, stanza_id, message_id, body,
                               joined_as, corrects, retracts)
             VALUES (:chat, :seq, :place, :at, :kind, :speaker, :nick, :jid, :stanza_id, :message_id, :body,
                     :joined_as, :corrects, :retracts)
             ON CONFLICT (chat, stanza_id) WHERE stanza_id IS NOT NULL DO NOTHING",
        )?
        .execute(named_params! {
            ":chat": line.chat.0,
            ":seq": line.seq,
            ":place": line.place,
            ":at": line.at.timestamp_millis(),
            ":kind": line.kind.word(),
            ":speaker": line.speaker.word(),
            ":nick": line.nick.as_deref(),
            ":jid": line.jid,
            ":stanza_id": line.stanza_id.as_ref().map(|id| &id.0),
            ":message_id": line.message_id.as_ref().map(|id| &id.0),
            ":body": line.body,
            ":joined_as": line.joined_as.as_deref(),
            ":corrects": line.corrects,
            ":retracts": line.retracts,
        })?;
    Ok(added > 0)
}

/// Turns an owed line into a said one; hearing it again changes nothing. Where another line of the chat already
/// has the stanza-id, the line is said without it: that it was heard is the more important half. Says what was kept.
pub(super) fn hear(connection: &Connection, heard: &Heard) -> Result<Option<Heard>, StoreError> {
    fault!("store.heard" => return Err(StoreError::Io("a fault".to_owned())));
    let kept = connection
        .prepare_cached(
            "UPDATE line SET
                kind = 'said', owed_at = at, place = :place, at = :at,
                stanza_id = CASE WHEN EXISTS (SELECT 1 FROM line WHERE chat = :chat AND stanza_id = :stanza_id)
                                 THEN NULL ELSE :stanza_id END
             WHERE chat = :chat AND seq = :seq AND kind = 'owed'
             RETURNING stanza_id",
        )?
        .query_map(
            named_params! {
                ":chat": heard.chat.0,
                ":seq": heard.seq,
                ":place": heard.place,
                ":at": heard.at.timestamp_millis(),
                ":stanza_id": heard.stanza_id.as_ref().map(|id| &id.0),
            },
            |row| row.get::<_, Option<String>>(0),
        )?
        // To the end: a statement that was left in the middle would be open when the transaction ends.
        .collect::<Result<Vec<_>, _>>()?;
    Ok(kept.into_iter().next().map(|id| Heard { stanza_id: id.map(StanzaId), ..heard.clone() }))
}

/// All rows that a question brings, each read by `read`.
pub(super) fn all<T>(
    connection: &Connection,
    question: &str,
    parameters: impl Params,
    read: fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    connection.prepare_cached(question)?.query_and_then(parameters, read)?.collect()
}

/// A row of `SELECT * FROM chat`.
pub(super) fn chat(row: &Row<'_>) -> Result<ChatRecord, StoreError> {
    Ok(ChatRecord {
        id: ChatId(row.get("id")?),
        room: parsed(row, "room")?,
        guest: parsed(row, "guest")?,
        queue: QueueName::from(row.get::<_, String>("queue")?.as_str()),
        stage: word(row, "stage")?,
        operator: optional(row, "operator", |text: String| text.parse().ok())?,
        opened_at: time(row, "opened_at")?,
        stage_at: time(row, "stage_at")?,
        closed_at: optional(row, "closed_at", DateTime::from_timestamp_millis)?,
        outcome: optional(row, "outcome", |text: String| Stored::from_word(&text))?,
        password: row.get("password")?,
        language: language(row)?,
        tag: row.get("tag")?,
        anchor: row.get::<_, Option<String>>("anchor")?.map(StanzaId),
        holes: needed(row, "holes", |text: String| holes_of(&text))?,
        marks: marks(row)?,
        standing: standing(row)?,
        direct: direct(row)?,
    })
}

fn direct(row: &Row<'_>) -> Result<Option<DirectRecord>, StoreError> {
    let stage: Option<DirectStage> = optional(row, "direct", |text: String| Stored::from_word(&text))?;
    let certain: Option<i64> = row.get("carried")?;
    Ok(stage.map(|stage| DirectRecord { stage, certain: certain.unwrap_or_default() }))
}

/// A row of `SELECT * FROM line`.
pub(super) fn line(row: &Row<'_>) -> Result<LineRecord, StoreError> {
    Ok(LineRecord {
        chat: ChatId(row.get("chat")?),
        seq: row.get("seq")?,
        place: row.get("place")?,
        at: time(row, "at")?,
        kind: word(row, "kind")?,
        speaker: word(row, "speaker")?,
        nick: row.get::<_, Option<String>>("nick")?.map(Nick::from),
        jid: row.get("jid")?,
        stanza_id: row.get::<_, Option<String>>("stanza_id")?.map(StanzaId),
        message_id: row.get::<_, Option<Arc<str>>>("message_id")?.map(MessageId),
        body: row.get("body")?,
        joined_as: row.get::<_, Option<String>>("joined_as")?.map(Nick::from),
        corrects: row.get("corrects")?,
        retracts: row.get("retracts")?,
    })
}

/// When a line that was heard since was owed.
pub(super) fn owed_at(row: &Row<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
    optional(row, "owed_at", DateTime::from_timestamp_millis)
}

fn marks(row: &Row<'_>) -> Result<Marks, StoreError> {
    Ok(Marks {
        greeted: row.get("greeted")?,
        entered: row.get("entered")?,
        came: row.get("came")?,
        answered: row.get("answered")?,
        vouched: row.get("vouched")?,
        closed_door: row.get("closed_door")?,
        replied: row.get("replied")?,
        after_hours: row.get("after_hours")?,
        escalated: row.get("escalated")?,
        message_asked: row.get("message_asked")?,
        lowered: row.get("lowered")?,
        ruled: row.get("ruled")?,
        ours: row.get("ours")?,
        sent: row.get("sent")?,
    })
}

fn standing(row: &Row<'_>) -> Result<Standing, StoreError> {
    Ok(Standing {
        priority: row.get("priority")?,
        waits_since: optional(row, "waits_since", DateTime::from_timestamp_millis)?,
        offered_to: list(row, "offered_to", |jid| jid.parse().ok())?,
        skills: list(row, "skills", |skill| Some(skill.to_owned()))?,
        language: row.get("spoken_language")?,
        left: list(row, "left_queues", |queue| Some(QueueName::from(queue)))?,
        transfer_queue: row.get::<_, Option<String>>("transfer_queue")?.as_deref().map(QueueName::from),
        transfer_note: row.get("transfer_note")?,
        transfer_by: optional(row, "transfer_by", |jid: String| jid.parse().ok())?,
        invited: list(row, "invited", |jid| jid.parse().ok())?,
        ruling: Ruling {
            priority: row.get("rule_priority")?,
            skills: list(row, "rule_skills", |skill| Some(skill.to_owned()))?.into_iter().collect(),
            operator: optional(row, "rule_operator", |jid: String| jid.parse().ok())?,
            tags: list(row, "tags", |tag| Some(tag.to_owned()))?,
        },
    })
}

/// Holes as a JSON array of [place, since, until].
fn holes(holes: &[Hole]) -> String {
    let numbers = |hole: &Hole| [hole.place, hole.since.timestamp_millis(), hole.until.timestamp_millis()];
    serde_json::Value::from_iter(holes.iter().map(|hole| numbers(hole).to_vec())).to_string()
}

fn holes_of(text: &str) -> Option<Vec<Hole>> {
    let holes: Vec<[i64; 3]> = serde_json::from_str(text).ok()?;
    let time = DateTime::from_timestamp_millis;
    holes
        .into_iter()
        .map(|[place, since, until]| Some(Hole { place, since: time(since)?, until: time(until)? }))
        .collect()
}

/// A list as a JSON array of strings.
fn json<'a, T: ToString + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    serde_json::Value::from_iter(items.into_iter().map(ToString::to_string)).to_string()
}

/// A column with a JSON array of strings.
pub(super) fn list<T>(row: &Row<'_>, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, StoreError> {
    let stored: String = row.get(column)?;
    let texts: Option<Vec<String>> = serde_json::from_str(&stored).ok();
    let read = texts.and_then(|texts| texts.iter().map(|text| read(text)).collect());
    read.ok_or_else(|| StoreError::value(column))
}

/// A time that must be there.
pub(super) fn time(row: &Row<'_>, column: &str) -> Result<DateTime<Utc>, StoreError> {
    needed(row, column, DateTime::from_timestamp_millis)
}

/// A small enum that must be there.
pub(super) fn word<T: Stored>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    needed(row, column, |text: String| T::from_word(&text))
}

/// The column `language`.
pub(super) fn language(row: &Row<'_>) -> Result<Language, StoreError> {
    needed(row, "language", |text: String| Language::from_tag(&text))
}

/// A text that must be readable as something.
pub(super) fn parsed<T: FromStr>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    needed(row, column, |text: String| text.parse().ok())
}

fn needed<S: FromSql, T>(row: &Row<'_>, column: &str, read: impl Fn(S) -> Option<T>) -> Result<T, StoreError> {
    read(row.get(column)?).ok_or_else(|| StoreError::value(column))
}

/// Something that need not be there, but must be readable where it is.
pub(super) fn optional<S: FromSql, T>(
    row: &Row<'_>,
    column: &str,
    read: impl Fn(S) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let stored: Option<S> = row.get(column)?;
    stored.map(|stored| read(stored).ok_or_else(|| StoreError::value(column))).transpose()
}
