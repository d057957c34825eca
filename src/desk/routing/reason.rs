//! Why somebody was not chosen: names up to a limit, then counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Skip;
use crate::desk::ids::{OperatorId, QueueName};
use crate::desk::operators::{Duty, Operators};
use crate::desk::record::{SKIPPED_MAX, Skipped, Told};

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

    /// Many for the same reason.
    pub fn skip_all(&mut self, operators: impl IntoIterator<Item = OperatorId>, why: &Skip) {
        let mut operators = operators.into_iter();
        let room = SKIPPED_MAX.saturating_sub(self.named.len());
        self.named.extend(operators.by_ref().take(room).map(|operator| (operator, why.clone())));
        let others = u32::try_from(operators.count()).unwrap_or(u32::MAX);
        if others > 0 {
            *self.counted.entry(why.clone()).or_default() += others;
        }
    }

    /// Those of a queue who are not there to take chats: some by name, the others counted.
    pub fn kept(&mut self, queue: &QueueName, operators: &Operators) {
        let total: u32 = operators.kept_of(queue).map(|(_, count)| count).sum();
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let limit = SKIPPED_MAX.saturating_sub(self.named.len()).min(total);
        self.named.reserve_exact(limit);
        let mut named = operators.of_queue(queue).filter_map(|(id, who)| Some((id, who.duty(), Skip::by_duty(who)?)));
        let mut counted: Vec<Duty> = Vec::new();
        for (id, duty, skip) in named.by_ref().take(limit) {
            self.named.push((id, skip));
            if limit < total {
                counted.push(duty);
            }
        }
        if limit < total {
            self.count_kept(&counted, operators.kept_of(queue));
        }
    }

    /// Those of whom so many are kept by what, but for those who are named.
    fn count_kept(&mut self, named: &[Duty], kept: impl Iterator<Item = (Duty, u32)>) {
        for (duty, count) in kept {
            let known = named.iter().filter(|one| **one == duty).count();
            let others = count.saturating_sub(u32::try_from(known).unwrap_or(u32::MAX));
            if others > 0 {
                *self.counted.entry(Skip::Kept(duty)).or_default() += others;
            }
        }
    }

    /// In words. `names` are those of all operators, by their numbers.
    pub fn told(&self, names: &[Arc<str>]) -> Told {
        let mut skipped: Vec<Skipped> = Vec::with_capacity(self.named.len());
        let mut last: Option<&Skip> = None;
        for (id, why) in &self.named {
            // Many have the same reason, one after the other.
            let said = skipped.last().filter(|_| last == Some(why)).map(|skipped| Arc::clone(&skipped.why));
            let operator = names.get(id.0 as usize).cloned().unwrap_or_default();
            skipped.push(Skipped { operator, why: said.unwrap_or_else(|| why.to_string().into()) });
            last = Some(why);
        }
        let more = self.counted.iter().map(|(why, count)| (why.to_string().into(), *count));
        Told { skipped, more: more.collect() }
    }
}
