//! A repeatable sequence of numbers from the account's seed: this folder draws no randomness of its own.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to spread desks that all lost the same server.
#[derive(Debug, Clone)]
pub(super) struct Jitter(u64);

impl Jitter {
    /// The sequence of this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, at most `most`.
    pub(super) fn up_to(&mut self, most: u64) -> u64 {
        let drawn = self.draw();
        most.checked_add(1).map_or(drawn, |bound| drawn % bound)
    }
}
