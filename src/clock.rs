//! The only file that asks what time it is, and the only one that draws random bytes.

use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use rand::TryRng;
use rand::rngs::SysRng;

use crate::desk::moment::{Entropy, Moment, Mono, Stamp};

/// The clocks of this process. One per process: points of two clocks' monotonic time do not compare.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts the stopwatch.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Now, on both clocks.
    pub fn now(&self) -> Moment {
        Moment { wall: Utc::now(), mono: self.mono() }
    }

    /// Now, with fresh entropy: what an event is stamped with.
    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.now(), entropy: entropy() }
    }

    /// When it is `time` in `zone` for the next time. Where the clocks are set that night and that time is left out, a
    /// day later.
    pub fn next(&self, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
        next(self.now().wall, time, zone)
    }

    /// The point of the runtime's timer that a point on the monotonic clock is.
    pub fn instant(&self, mono: Mono) -> Instant {
        self.start + Duration::from_millis(mono.0)
    }

    /// The time since the start, as exactly as the system tells it: for measuring.
    pub fn stopwatch(&self) -> Duration {
        self.start.elapsed()
    }

    fn mono(&self) -> Mono {
        Mono(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

fn next(now: DateTime<Utc>, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let days = (0..=2).filter_map(|days| today.checked_add_days(Days::new(days)));
    let times = days.filter_map(|day| zone.from_local_datetime(&day.and_time(time)).earliest());
    times.map(|time| time.to_utc()).find(|time| *time > now).unwrap_or(now + chrono::TimeDelta::days(1))
}

/// Sixteen bytes from the operating system. Where it has none to give (it never happens on a system that has
/// booted) the process ends: secrets must not be guessable.
pub fn entropy() -> Entropy {
    let mut bytes = [0; 16];
    if SysRng.try_fill_bytes(&mut bytes).is_err() {
        tracing::error!("the operating system gives no random bytes");
        std::process::abort();
    }
    Entropy(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_next_half_past_three_is_found_whatever_the_clocks_do() {
        let half_past_three = NaiveTime::from_hms_opt(3, 30, 0).unwrap();
        let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let next = |now: &str, time, zone| next(now.parse().unwrap(), time, zone).to_rfc3339();
        let berlin = Tz::Europe__Berlin;
        assert_eq!(next("2026-11-30T02:29:59Z", half_past_three, berlin), "2026-11-30T02:30:00+00:00");
        assert_eq!(next("2026-11-30T02:30:00Z", half_past_three, berlin), "2026-12-01T02:30:00+00:00");
        assert_eq!(next("2026-03-28T12:00:00Z", half_past_three, berlin), "2026-03-29T01:30:00+00:00");
        assert_eq!(next("2026-03-28T12:00:00Z", half_past_two, berlin), "2026-03-30T00:30:00+00:00", "left out");
        assert_eq!(next("2026-10-25T00:31:00Z", half_past_two, berlin), "2026-10-26T01:30:00+00:00", "once, not twice");
    }
}
