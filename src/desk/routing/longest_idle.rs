//! Longest idle: idle since the last chat ended. Whoever had no chat yet comes first, in turn.

use std::collections::BTreeSet;

use chrono::SubsecRound;

use super::{Candidate, Need, Pick};

/// The candidate whose last chat ended longest ago. (Who serves other chats meanwhile is idle for this purpose too: it is
/// the end of a chat that counts, not whether there are others.)
pub fn choose(candidates: &[Candidate], _: &BTreeSet<u32>, _: &Need<'_>) -> Option<Pick> {
    let idlest = candidates.iter().min_by_key(|candidate| (candidate.idle_since, candidate.turn))?;
    let because = match idlest.idle_since {
        Some(since) => format!("longest-idle: their last chat ended at {} UTC", since.time().trunc_subsecs(0)).into(),
        None => "longest-idle: they had no chat yet".into(),
    };
    Some(Pick { operators: vec![idlest.operator], because })
}
