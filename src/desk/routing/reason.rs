//! Why somebody was not chosen: names up to a limit, then counts.

use std::collections::BTreeMap;

use super::Skip;
use crate::desk::ids::OperatorId;
use crate::desk::operators::Operators;
use crate::desk::record::{SKIPPED_MAX, Skipped};

/// The operators that were considered and not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reasons {
    named: Vec<(OperatorId, Skip)>,
    counted: BTreeMap<Skip, u32>,
}

impl Reasons {
    /// One more.
    pub fn skip(&mut self, operator: OperatorId, why: Skip) {
        if self.named.len() < SKIPPED_MAX {
            self.named.push((operator, why));
        } else {
            *self.counted.entry(why).or_default() += 1;
        }
    }

    /// In words.
    pub fn told(self, operators: &Operators) -> (Vec<Skipped>, Vec<(String, u32)>) {
        let name = |id| operators.get(id).map(|who| who.settings.name.clone()).unwrap_or_default();
        let named = self.named.into_iter().map(|(id, why)| Skipped { operator: name(id), why: why.to_string() });
        (named.collect(), self.counted.into_iter().map(|(why, count)| (why.to_string(), count)).collect())
    }
}
