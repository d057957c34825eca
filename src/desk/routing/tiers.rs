//! Tiers: the primary first; the next after `tier_seconds`, or at once where the tier is full or absent.

use std::collections::BTreeSet;

use super::{Candidate, Need, Pick, round_robin};

/// In turn among the lowest tier that can take the chat. While a lower tier is there and has only passed on it a moment
/// ago, the next waits until its time has come.
pub fn choose(candidates: &[Candidate], passed: &BTreeSet<u32>, need: &Need<'_>) -> Option<Pick> {
    let tier = candidates.iter().map(|candidate| candidate.tier).min()?;
    let lower: BTreeSet<u32> = passed.range(..tier).copied().collect();
    if !lower.is_empty() && !opened(lower.len(), need) {
        return None;
    }
    let equals: Vec<Candidate> = candidates.iter().filter(|candidate| candidate.tier == tier).copied().collect();
    let pick = round_robin::choose(&equals, passed, need)?;
    Some(Pick { because: format!("tiers: in turn among tier {tier}").into(), ..pick })
}

/// Has the time of so many lower tiers passed?
fn opened(lower: usize, need: &Need<'_>) -> bool {
    let times = u32::try_from(lower).unwrap_or(u32::MAX);
    need.waited >= need.queue.tier.saturating_mul(times)
}
