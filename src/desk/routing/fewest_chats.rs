//! Fewest chats, relative to capacity: one of four is less than one of two. Among equals in turn.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::{Candidate, Need, Pick};

/// The candidate with the smallest part of their places taken.
pub fn choose(candidates: &[Candidate], _: &BTreeSet<u32>, _: &Need<'_>) -> Option<Pick> {
    let freest = candidates.iter().min_by(|a, b| compare(a, b))?;
    let because = format!("fewest-chats: {} of {} places taken", freest.places, freest.places_max);
    Some(Pick { operators: vec![freest.operator], because: because.into() })
}

fn compare(a: &Candidate, b: &Candidate) -> Ordering {
    let across = |a: &Candidate, b: &Candidate| u64::from(a.places) * u64::from(b.places_max);
    across(a, b).cmp(&across(b, a)).then(a.turn.cmp(&b.turn))
}
