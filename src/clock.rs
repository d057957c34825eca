//! The only file that asks what time it is, and the only one that draws random bytes.

use std::time::Instant;

use chrono::Utc;
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

    /// The point of the runtime's timer that a point on the monotonic clock is.
    pub fn instant(&self, mono: Mono) -> Instant {
        self.start + std::time::Duration::from_millis(mono.0)
    }

    fn mono(&self) -> Mono {
        Mono(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
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
