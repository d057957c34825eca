//! Broadcast: all at once; the first in the room has the chat, the others are told who.

use std::collections::BTreeSet;

use super::{Candidate, Need, Pick};

/// At most so many get one offer: a room full of answers helps nobody.
const OFFERS_MAX: usize = 100;

/// Every candidate.
pub fn choose(candidates: &[Candidate], _: &BTreeSet<u32>, _: &Need<'_>) -> Option<Pick> {
    let operators: Vec<_> = candidates.iter().take(OFFERS_MAX).map(|candidate| candidate.operator).collect();
    let because = "broadcast: the first in the room has it".into();
    (!operators.is_empty()).then_some(Pick { operators, because })
}
