//! In turn: whoever waited longest for an offer gets the next; among equals the first in the configuration.

use std::collections::BTreeSet;

use super::{Candidate, Need, Pick};

/// The candidate whose last turn is longest ago.
pub fn choose(candidates: &[Candidate], _: &BTreeSet<u32>, _: &Need<'_>) -> Option<Pick> {
    let first = candidates.iter().min_by_key(|candidate| candidate.turn)?;
    Some(Pick { operators: vec![first.operator], because: "round-robin: it is their turn".into() })
}
