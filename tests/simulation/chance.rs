//! Chance, from a seed: the same seed, the same day.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub struct Chance(StdRng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub fn percent(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// 0 to `bound` - 1.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// One of what there is, each as likely as its weight says.
    pub fn weigh<T: Copy>(&mut self, items: &[(u32, T)]) -> T {
        let total: u32 = items.iter().map(|(weight, _)| weight).sum();
        let mut left = self.0.random_range(0..total);
        for (weight, item) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[0].1
    }

    /// Often no time at all, at times minutes.
    pub fn span(&mut self) -> Duration {
        let most = self.weigh(&[(45, 0_u64), (30, 2_000), (18, 20_000), (6, 90_000), (1, 1_200_000)]);
        Duration::from_millis(if most == 0 { 0 } else { self.0.random_range(0..most) })
    }
}
