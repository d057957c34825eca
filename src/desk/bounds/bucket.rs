//! A token bucket.

use std::time::Duration;

use crate::desk::moment::Mono;

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many times at once, at least 1.
    pub burst: u32,
    /// And once more each time that so long has passed.
    pub every: Duration,
}

/// A token bucket, kept as the time at which it will be full again: eight bytes, no fractions, nothing to be refilled.
/// (The virtual scheduling form of the generic cell rate algorithm, ITU-T I.371, annex A.) A new one is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    full_at: Mono,
}

impl Bucket {
    /// Takes a token if there is one.
    pub fn take(&mut self, rate: Rate, now: Mono) -> bool {
        let ready = self.ready_at(rate) <= now;
        if ready {
            self.full_at = self.full_at.max(now) + rate.every;
        }
        ready
    }

    /// Since when, or from when on, there is a token.
    pub fn ready_at(&self, rate: Rate) -> Mono {
        let spare = rate.every.saturating_mul(rate.burst.saturating_sub(1)).as_millis();
        Mono(self.full_at.0.saturating_sub(u64::try_from(spare).unwrap_or(u64::MAX)))
    }

    /// It is as good as new.
    pub fn full(&self, now: Mono) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_millis(100) };

    fn taken(bucket: &mut Bucket, wanted: usize, at: u64) -> usize {
        (0..wanted).filter(|_| bucket.take(RATE, Mono(at))).count()
    }

    #[test]
    fn a_burst_and_then_one_by_one() {
        let mut bucket = Bucket::default();
        assert_eq!(taken(&mut bucket, 10, 1_000), 3);
        assert_eq!(taken(&mut bucket, 10, 1_099), 0);
        assert_eq!(bucket.ready_at(RATE), Mono(1_100));
        assert_eq!(taken(&mut bucket, 10, 1_100), 1);
        assert_eq!(taken(&mut bucket, 10, 1_350), 2);
    }

    #[test]
    fn it_is_full_again_and_no_fuller() {
        let mut bucket = Bucket::default();
        assert_eq!(taken(&mut bucket, 3, 1_000), 3);
        assert!(!bucket.full(Mono(1_299)));
        assert!(bucket.full(Mono(1_300)));
        assert_eq!(taken(&mut bucket, 10, 1_000_000), 3);
    }

    #[test]
    fn the_end_of_time_is_no_end() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(Rate { burst: u32::MAX, every: Duration::MAX }, Mono(u64::MAX)));
        assert!(!bucket.take(Rate { burst: 0, every: Duration::MAX }, Mono(0)));
    }
}
