//! When something happened, as a value: the desk has no clock.

use std::ops::Add;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A point on the monotonic clock, in milliseconds since an arbitrary start. Deadlines run on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mono(pub u64);

impl Mono {
    /// How long ago `earlier` was; nothing if it lies ahead.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    fn add(self, span: Duration) -> Mono {
        Mono(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// What comes first of two things that may never come.
pub fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The time of an event: the wall clock for what people read and what outlives a restart, the monotonic
/// clock for deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What the calendar says.
    pub wall: DateTime<Utc>,
    /// What the stopwatch says.
    pub mono: Mono,
}

impl Moment {
    /// Where `wall` lies on the monotonic clock, seen from this moment. Used once, when a stored time is
    /// read back after a restart. A time in the future (the clock was set back) counts as now.
    pub fn mono_of(&self, wall: DateTime<Utc>) -> Mono {
        let ago = (self.wall - wall).max(TimeDelta::zero()).num_milliseconds();
        Mono(self.mono.0.saturating_sub(u64::try_from(ago).unwrap_or(0)))
    }
}

/// Sixteen random bytes that come with each event, since the desk makes none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entropy(pub [u8; 16]);

impl Entropy {
    /// The bytes in hexadecimal: 32 characters, 128 bits.
    pub fn hex(&self) -> String {
        // With each event, perhaps: `format!` takes a thousand steps for it.
        let digit = |four: u8| char::from(if four < 10 { b'0' + four } else { b'a' + four - 10 });
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

/// What the daemon puts on every event before the desk sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Moment,
    /// Randomness for ids and secrets that this event gives rise to.
    pub entropy: Entropy,
}
