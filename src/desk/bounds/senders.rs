//! A bucket for each sender and one for all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bucket::{Bucket, Rate};
use crate::desk::moment::Mono;

/// The table is looked through for senders that may be forgotten at most once in so long.
const SWEEP: Duration = Duration::from_secs(1);
/// And only when it has grown to twice of what was left the last time, but at least to this: so looking costs each sender no more than
/// a little, and what is kept stays small enough to be found fast.
const SWEPT_MIN: usize = 16;

/// Which bucket was empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The sender's own.
    Own,
    /// That of all.
    All,
}

impl Limit {
    /// What the admin reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "too many invitations by one sender",
            Self::All => "too many invitations by all together",
        }
    }
}

/// Senders with their buckets; whose bucket is full again is forgotten now and then.
#[derive(Debug, Clone)]
pub struct Senders<K> {
    each: Rate,
    all: Rate,
    places: usize,
    total: Bucket,
    buckets: BTreeMap<K, Bucket>,
    swept: Mono,
    sweep_at: usize,
}

impl<K: Ord + Clone> Senders<K> {
    /// With these rates, for so many senders.
    pub fn new(each: Rate, all: Rate, places: usize) -> Self {
        let (total, buckets, swept) = (Bucket::default(), BTreeMap::new(), Mono::default());
        Self { each, all, places, total, buckets, swept, sweep_at: SWEPT_MIN.min(places) }
    }

    /// Takes a token of this sender and one of all.
    ///
    /// # Errors
    /// Which bucket is empty. What one sender has too many costs the others nothing.
    pub fn take(&mut self, who: &K, now: Mono) -> Result<(), Limit> {
        let known = self.buckets.get_mut(who);
        let mut own = known.as_deref().copied().unwrap_or_default();
        if !own.take(self.each, now) {
            return Err(Limit::Own);
        }
        if !self.total.take(self.all, now) {
            return Err(Limit::All);
        }
        match known {
            Some(known) => *known = own,
            None => self.keep_new(who, own, now),
        }
        Ok(())
    }

    fn keep_new(&mut self, who: &K, bucket: Bucket, now: Mono) {
        if self.buckets.len() >= self.sweep_at && self.swept + SWEEP <= now {
            self.swept = now;
            self.buckets.retain(|_, bucket| !bucket.full(now));
            self.sweep_at = (2 * self.buckets.len()).max(SWEPT_MIN).min(self.places);
        }
        if self.buckets.len() < self.places {
            self.buckets.insert(who.clone(), bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH: Rate = Rate { burst: 2, every: Duration::from_secs(10) };
    const ALL: Rate = Rate { burst: 5, every: Duration::from_secs(1) };

    #[test]
    fn one_sender_costs_the_others_nothing() {
        let mut senders = Senders::new(EACH, ALL, 10);
        let flood: Vec<_> = (0..4).map(|_| senders.take(&"a", Mono(0))).collect();
        assert_eq!(flood, [Ok(()), Ok(()), Err(Limit::Own), Err(Limit::Own)]);
        let others: Vec<_> = ["b", "c", "d", "e"].iter().map(|who| senders.take(who, Mono(0))).collect();
        assert_eq!(others, [Ok(()), Ok(()), Ok(()), Err(Limit::All)]);
    }

    #[test]
    fn a_full_table_leaves_newcomers_to_the_bucket_of_all() {
        let mut senders = Senders::new(EACH, Rate { burst: 100, ..ALL }, 3);
        for who in 0..3 {
            assert_eq!(senders.take(&who, Mono(2_000)), Ok(()));
        }
        for _ in 0..5 {
            assert_eq!(senders.take(&99, Mono(2_000)), Ok(()), "there is no place to remember them");
        }
        assert_eq!(senders.buckets.len(), 3);
        assert_eq!(senders.take(&99, Mono(20_000)), Ok(()));
        assert_eq!(senders.buckets.len(), 1, "the others are forgotten");
    }
}
