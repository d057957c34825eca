//! How long to wait before the next try: soon at first, then ever more slowly, and never in step with other desks.

use std::time::Duration;

use super::jitter::Jitter;

/// The first delay.
const FIRST_MILLIS: u64 = 300;

/// No delay is longer, so that a server that returned is found within seconds.
const LONGEST_MILLIS: u64 = 10_000;

/// The delay before the try that follows `failures` failed ones: doubled each time, between three quarters of it and
/// all of it by jitter.
pub(super) fn delay_after(failures: u32, jitter: &mut Jitter) -> Duration {
    let doubled = FIRST_MILLIS.saturating_mul(1 << failures.min(16));
    let full = doubled.min(LONGEST_MILLIS);
    Duration::from_millis(full - jitter.up_to(full / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_fast_grows_and_is_capped() {
        let mut jitter = Jitter::new(7);
        let delays: Vec<u128> = (0..40).map(|failures| delay_after(failures, &mut jitter).as_millis()).collect();
        assert!(delays.iter().take(1).all(|delay| (225..=300).contains(delay)), "{delays:?}");
        assert!(delays.iter().skip(6).all(|delay| (7_500..=10_000).contains(delay)), "{delays:?}");
    }

    #[test]
    fn the_same_seed_waits_alike_and_another_does_not() {
        let delays = |seed| {
            let mut jitter = Jitter::new(seed);
            (0..8).map(|failures| delay_after(failures, &mut jitter)).collect::<Vec<_>>()
        };
        assert_eq!(delays(1), delays(1));
        assert_ne!(delays(1), delays(2));
    }
}
