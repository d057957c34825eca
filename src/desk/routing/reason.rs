//! Why somebody was not chosen: names up to a limit, then counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Skip;
use crate::desk::ids::{OperatorId, QueueName};
use crate::desk::operators::{Duty, Operators};
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
        let mut counts: BTreeMap<Duty, u32> = operators.kept_of(queue).collect();
        let total: u32 = counts.values().sum();
        let named = operators.of_queue(queue).filter_map(|(id, who)| Some((id, who.duty(), Skip::by_duty(who)?)));
        let limit = SKIPPED_MAX.saturating_sub(self.named.len()).min(usize::try_from(total).unwrap_or(usize::MAX));
        for (id, duty, skip) in named.take(limit) {
            self.named.push((id, skip));
            if let Some(count) = counts.get_mut(&duty) {
                *count = count.saturating_sub(1);
            }
        }
        for (duty, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            *self.counted.entry(Skip::Kept(duty)).or_default() += count;
        }
    }

    /// In words.
    pub fn told(self, operators: &Operators) -> (Vec<Skipped>, Vec<(Arc<str>, u32)>) {
        let name = |id| operators.get(id).map(|who| Arc::clone(&who.settings.name)).unwrap_or_default();
        // Many have the same reason, one after the other.
        let mut said: Option<(Skip, Arc<str>)> = None;
        let mut in_words = |why: Skip| match &said {
            Some((last, words)) if *last == why => Arc::clone(words),
            _ => {
                let words: Arc<str> = why.to_string().into();
                said = Some((why, Arc::clone(&words)));
                words
            }
        };
        let named = self.named.into_iter().map(|(id, why)| Skipped { operator: name(id), why: in_words(why) });
        (named.collect(), self.counted.into_iter().map(|(why, count)| (why.to_string().into(), count)).collect())
    }
}
