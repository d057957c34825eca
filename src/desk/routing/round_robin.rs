//! In turn: whoever waited longest for an offer gets the next; among equals the first in the configuration.

use super::Candidate;
use crate::desk::ids::OperatorId;

/// The candidate whose last turn is longest ago.
pub fn choose(candidates: impl Iterator<Item = Candidate>) -> Option<OperatorId> {
    candidates.min_by_key(|candidate| candidate.turn).map(|candidate| candidate.operator)
}
