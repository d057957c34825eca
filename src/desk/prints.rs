//! What is found by a fingerprint: faster than by addresses, which all end alike and are compared to their ends.
//!
//! The fingerprints have no random key, so that the desk is repeatable; whoever makes up texts with the same one must not gain by it.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// Values by the fingerprints of what they belong to. Nobody walks through them: they have no order.
#[derive(Clone)]
pub struct Prints<V>(HashMap<u64, V, FixedState>);

/// Of a text: the same in every run.
pub fn print_of(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

impl<V> Prints<V> {
    /// What belongs to it.
    pub fn get(&self, print: u64) -> Option<&V> {
        self.0.get(&print)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, print: u64) -> Option<&mut V> {
        self.0.get_mut(&print)
    }

    /// This belongs to it from now on; what did before.
    pub fn insert(&mut self, print: u64, value: V) -> Option<V> {
        self.0.insert(print, value)
    }

    /// Nothing belongs to it any more; what did before.
    pub fn remove(&mut self, print: u64) -> Option<V> {
        self.0.remove(&print)
    }
}

impl<V> Default for Prints<V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

/// What is in them is known from elsewhere, and it has no order.
impl<V> fmt::Debug for Prints<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prints").field(&self.0.len()).finish()
    }
}
