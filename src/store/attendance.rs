//! Who was there when, as rows and back.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, named_params};

use super::words::Stored;
use super::{StoreError, rows};
use crate::desk::operators::Availability;
use crate::desk::record::{Attendance, AttendanceRecord};

/// The latest of each operator stays however old it is: it still holds.
const FORGET: &str = "DELETE FROM attendance
    WHERE at < ?1 AND id < (SELECT max(id) FROM attendance AS later WHERE later.jid = attendance.jid)";

/// Adds what became known.
pub(super) fn add(connection: &Connection, record: &AttendanceRecord) -> Result<(), StoreError> {
    let Attendance { shows, away, busy, benched } = record.attendance;
    connection
        .prepare_cached(
            "INSERT INTO attendance (jid, at, shows, away, busy, benched)
             VALUES (:jid, :at, :shows, :away, :busy, :benched)",
        )?
        .execute(named_params! {
            ":jid": record.jid.as_str(),
            ":at": record.at.timestamp_millis(),
            ":shows": shows.word(),
            ":away": away,
            ":busy": busy,
            ":benched": benched,
        })?;
    Ok(())
}

/// Forgets who was there before then.
pub(super) fn forget(connection: &Connection, before: DateTime<Utc>) -> Result<(), StoreError> {
    connection.prepare_cached(FORGET)?.execute([before.timestamp_millis()])?;
    Ok(())
}

/// A row of `SELECT * FROM attendance`.
pub(super) fn record(row: &Row<'_>) -> Result<AttendanceRecord, StoreError> {
    let shows: String = row.get("shows")?;
    let attendance = Attendance {
        shows: Availability::from_word(&shows).ok_or_else(|| StoreError::value("shows"))?,
        away: row.get("away")?,
        busy: row.get("busy")?,
        benched: row.get("benched")?,
    };
    Ok(AttendanceRecord { jid: rows::parsed(row, "jid")?, at: rows::time(row, "at")?, attendance })
}
