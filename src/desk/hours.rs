//! Opening hours, as OpenStreetMap writes them: `Mo-Fr 09:00-17:00; Sa 10:00-14:00`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use opening_hours::{Context, OpeningHours};

/// A change that is farther away is not looked for: looking costs time for each day, and rules that never change
/// would be followed to the year 10000, which takes seconds.
const AHEAD_MAX: TimeDelta = TimeDelta::days(400);

/// When a queue takes guests, in the desk's own time zone.
#[derive(Clone)]
pub struct Hours {
    text: String,
    rules: OpeningHours,
}

impl Hours {
    /// Is it open at that moment?
    pub fn open_at(&self, at: DateTime<Utc>, zone: Tz) -> bool {
        self.rules.is_open(at.with_timezone(&zone).naive_local())
    }

    /// When that may change next, if it does within about a year. (Rules can also change without opening or closing.)
    pub fn next_change(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let local = self.rules.next_change(after.with_timezone(&zone).naive_local())?;
        there(local, zone)
    }
}

/// When the day after this one begins.
pub fn midnight_after(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let midnight = day.succ_opt()?.and_hms_opt(0, 0, 0)?;
    there(midnight, zone)
}

/// A local time that falls into the hour that is skipped in spring comes when that hour is over.
fn there(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let found = zone.from_local_datetime(&local).earliest();
    found.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest()).map(|at| at.to_utc())
}

impl FromStr for Hours {
    type Err = String;

    /// # Errors
    /// Says in a sentence what cannot be read.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rules = text.parse::<OpeningHours>().map_err(|error| error.to_string())?;
        let rules = rules.with_context(Context::default().approx_bound_interval_size(AHEAD_MAX));
        Ok(Self { text: text.to_owned(), rules })
    }
}

impl PartialEq for Hours {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Hours {}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hours({:?})", self.text)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
