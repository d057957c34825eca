//! Rules: where a chat goes, by what is known of its guest. The first whose condition holds decides.
//!
//! Conditions are written in the Common Expression Language ([`condition`]) and compiled when the configuration is read. A rule
//! that fails when it is asked is passed over. [`sure`] is why a thousand of them are decided in microseconds: it knows what CEL would
//! say to nearly all that people write.

mod allowed;
mod condition;
mod cost;
mod failing;
mod holding;
mod known;
mod scene;
mod shared;
mod sieve;
mod sight;
mod sure;
#[cfg(test)]
mod tests;
mod ways;

use std::collections::BTreeSet;

use jid::BareJid;

use crate::desk::ids::QueueName;
pub use condition::{Condition, Failure, Flaw, PARSER_STACK_BYTES};
pub use scene::Scene;
use sieve::Sieve;
use sight::Places;
use sure::{Path, Term};

/// No more rules are read: a decision looks at each of them.
pub const RULES_MAX: usize = 1_000;
/// Of so many rules that failed in one decision it is said why; the others are counted.
pub const FAILED_TOLD_MAX: usize = 20;

/// One `[[rule]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// When it applies.
    pub when: Condition,
    /// In which line of the configuration its condition stands.
    pub line: u32,
    /// What follows.
    pub then: Then,
    /// What is noted on the chat.
    pub tags: Vec<String>,
}

/// What follows from a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The chat is not taken; its guest is told this.
    Refuse(String),
    /// It goes there.
    Route(Route),
}

/// Where a chat goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// To this queue, not to the first one.
    pub queue: Option<QueueName>,
    /// With this priority, not with its queue's.
    pub priority: Option<i32>,
    /// Its operator must know this, too.
    pub skills: BTreeSet<String>,
    /// It is offered to them first, if they can take it.
    pub operator: Option<BareJid>,
}

/// All rules, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Where they look.
    places: Places,
    /// What can be said of each without CEL, with the paths by number.
    sure: Vec<Term<usize>>,
    /// What several of them have in common.
    shared: Vec<Term<usize>>,
    /// Which of them may hold.
    sieve: Sieve,
}

/// What the rules say about a chat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The rule that applies, from 0.
    pub rule: Option<usize>,
    /// Rules before it that could not be asked, with the reason; at most [`FAILED_TOLD_MAX`].
    pub failed: Vec<(usize, Failure)>,
    /// How many there were in all.
    pub failures: u32,
}

impl Rules {
    /// Rules in their order.
    pub fn new(rules: Vec<Rule>) -> Self {
        let places = Places::of(rules.iter().map(|rule| rule.when.sure()));
        let number = |path: &Path, list: Option<&Path>| places.number(path, list);
        let mut sure: Vec<_> = rules.iter().map(|rule| rule.when.sure().numbered(None, &number)).collect();
        let sieve = Sieve::of(&sure);
        let shared = shared::take(&mut sure);
        Self { rules, places, sure, shared, sieve }
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule with this number, from 0.
    pub fn get(&self, number: usize) -> Option<&Rule> {
        self.rules.get(number)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The first rule that applies.
    pub fn decide(&self, scene: &Scene<'_>) -> Decision {
        let views = self.places.seen(scene, &self.shared);
        let passed = self.sieve.passed(views.sight());
        let (mut asking, mut applies, mut failed) = (None, None, Vec::new());
        for number in passed.asked.numbers() {
            let (Some(rule), Some(sure)) = (self.rules.get(number), self.sure.get(number)) else { continue };
            let ask = || rule.when.holds(asking.get_or_insert_with(|| scene.context()));
            match sure.answer(views.sight()).unwrap_or_else(ask) {
                Ok(true) => {
                    applies = Some(number);
                    break;
                }
                Ok(false) => {}
                Err(failure) => failed.push((number, failure)),
            }
        }
        for (failure, rules) in passed.failing {
            let before = rules.numbers().take_while(|number| applies.is_none_or(|applies| *number < applies));
            failed.extend(before.map(|number| (number, failure)));
        }
        Decision::of(applies, failed)
    }
}

impl Decision {
    /// What applies, and what failed before it, in any order.
    fn of(rule: Option<usize>, mut failed: Vec<(usize, Failure)>) -> Self {
        let failures = u32::try_from(failed.len()).unwrap_or(u32::MAX);
        failed.sort_unstable();
        failed.truncate(FAILED_TOLD_MAX);
        Self { rule, failed, failures }
    }
}
