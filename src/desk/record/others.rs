//! Operators that were considered and not chosen.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::desk::routing::Reasons;

/// How many operators are named; those beyond are counted.
pub const SKIPPED_MAX: usize = 20;

/// Operators that were considered and not chosen: as they were found, or in words. Few choices are ever read, so they are put
/// into words by whoever reads them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Told", into = "Told")]
pub enum Others {
    /// In words.
    Told(Told),
    /// As they were found, with the names of all operators at that time.
    Found(Reasons, Arc<[Arc<str>]>),
}

/// The same in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    /// Who, and why each was not chosen; at most [`SKIPPED_MAX`].
    pub skipped: Vec<Skipped>,
    /// Of those beyond: how many for which reason.
    pub more: Vec<(Arc<str>, u32)>,
}

/// An operator who was considered and not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Their name.
    pub operator: Arc<str>,
    /// Why not.
    pub why: Arc<str>,
}

impl Others {
    /// In words.
    pub fn told(&self) -> Cow<'_, Told> {
        match self {
            Self::Told(told) => Cow::Borrowed(told),
            Self::Found(reasons, names) => Cow::Owned(reasons.told(names)),
        }
    }
}

impl Default for Others {
    fn default() -> Self {
        Self::Told(Told::default())
    }
}

impl From<Told> for Others {
    fn from(told: Told) -> Self {
        Self::Told(told)
    }
}

impl From<Others> for Told {
    fn from(others: Others) -> Self {
        others.told().into_owned()
    }
}

impl PartialEq for Others {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Found(one, names), Self::Found(another, others)) if Arc::ptr_eq(names, others) => one == another,
            _ => self.told() == other.told(),
        }
    }
}

impl Eq for Others {}

impl fmt::Debug for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told().fmt(f)
    }
}
