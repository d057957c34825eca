//! Chance from a seed: the same seed, the same day, on every machine and in every version.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// A deterministic dice. (Xoshiro256++ is one of the crate's portable generators: its sequence never changes.)
#[derive(Debug, Clone)]
pub struct Chance(Xoshiro256PlusPlus);

impl Chance {
    /// A sequence of this seed; different `purpose`s give independent sequences, so that operators who react otherwise do
    /// not change which guests come.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut chance = Xoshiro256PlusPlus::seed_from_u64(seed);
        (0..purpose).for_each(|_| chance = Xoshiro256PlusPlus::seed_from_u64(chance.random()));
        Self(chance)
    }

    /// Exponentially distributed around this mean: what takes a while and remembers nothing.
    pub fn exponential(&mut self, mean: Duration) -> Duration {
        // In (0, 1], so that the logarithm is finite.
        let uniform = 1.0 - self.0.random::<f64>();
        mean.mul_f64(-uniform.ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_the_mean() {
        let mut chance = Chance::new(1, 0);
        let total: Duration = (0..100_000).map(|_| chance.exponential(Duration::from_secs(300))).sum();
        let mean = total.as_secs_f64() / 100_000.0;
        // The standard error is 300 / sqrt(100,000) = 0.95 s.
        assert!((mean - 300.0).abs() < 4.0, "{mean}");
    }

    #[test]
    fn a_seed_is_a_sequence_and_a_purpose_is_another() {
        let drawn = |seed, purpose| Chance::new(seed, purpose).exponential(Duration::from_secs(1));
        assert_eq!(drawn(7, 1), drawn(7, 1));
        assert!(drawn(7, 1) != drawn(7, 0) && drawn(7, 1) != drawn(8, 1));
    }
}
