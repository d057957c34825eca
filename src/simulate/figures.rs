//! What came of a day: how long guests waited, who was busy how much.

use std::time::Duration;

use super::agenda::StaffNumber;
use super::case::Case;
use crate::desk::record::Outcome;
use crate::desk::settings::Settings;

/// What happened, as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// How long each guest waited whom an operator came to, in milliseconds.
    pub waits: Vec<u64>,
    /// How chats ended.
    pub outcomes: Outcomes,
    staff: Vec<Work>,
}

/// How many chats ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Outcomes {
    pub answered: u64,
    pub abandoned: u64,
    pub missed: u64,
    /// Sent away at the door.
    pub refused: u64,
    pub lost: u64,
}

/// What one operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What they are called.
    pub name: String,
    /// How many chats they have at once, at most.
    pub places: u32,
    /// How many chats they had.
    pub chats: u64,
    /// How long, times how many.
    busy_millis: u64,
}

impl Ledger {
    /// Nothing has happened yet.
    pub fn new(settings: &Settings) -> Self {
        let work = |operator: &crate::desk::settings::OperatorSettings| Work {
            name: operator.name.to_string(),
            places: operator.chats_max,
            chats: 0,
            busy_millis: 0,
        };
        Self { waits: Vec::new(), outcomes: Outcomes::default(), staff: settings.operators.iter().map(work).collect() }
    }

    /// An operator had a chat until now.
    pub fn served(&mut self, case: &Case, operator: StaffNumber, now: u64) {
        if let Some(work) = self.staff.get_mut(operator) {
            work.chats += 1;
            work.busy_millis += now.saturating_sub(case.owned_since);
        }
    }

    /// A chat is over.
    pub fn closed(&mut self, case: &Case, _now: u64) {
        let outcomes = &mut self.outcomes;
        match case.outcome {
            Some(Outcome::Answered) => outcomes.answered += 1,
            Some(Outcome::Abandoned) => outcomes.abandoned += 1,
            Some(Outcome::Missed) => outcomes.missed += 1,
            Some(Outcome::Lost) => outcomes.lost += 1,
            Some(Outcome::Refused) | None => outcomes.refused += 1,
        }
        if let (Some(Outcome::Answered), Some(accepted)) = (case.outcome, case.accepted) {
            self.waits.push(accepted.saturating_sub(case.opened));
        }
    }

    /// Who did how much.
    pub fn staff(&self) -> &[Work] {
        &self.staff
    }
}

impl Outcomes {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.answered + self.abandoned + self.missed + self.refused + self.lost
    }

    /// Of those whom the desk let in, the part that left before an operator came.
    pub fn abandonment(&self) -> f64 {
        part(self.abandoned, self.total() - self.refused)
    }
}

impl Work {
    /// The part of their places that was taken, of a time in milliseconds.
    pub fn occupancy(&self, of_millis: u64) -> f64 {
        part(self.busy_millis, of_millis.saturating_mul(u64::from(self.places)))
    }
}

/// Waits, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits(Vec<u64>);

impl Waits {
    /// Of these, in milliseconds.
    pub fn new(mut millis: Vec<u64>) -> Self {
        millis.sort_unstable();
        Self(millis)
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// The mean; nothing where nobody waited for anybody.
    pub fn mean(&self) -> Duration {
        let total: u128 = self.0.iter().map(|wait| u128::from(*wait)).sum();
        let micros = (total * 1_000).checked_div(self.0.len() as u128).unwrap_or(0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// So long at most waited the part `part` (0 to 1) of them.
    pub fn quantile(&self, part: f64) -> Duration {
        let rank = (self.0.len() as f64 * part).ceil() as usize;
        Duration::from_millis(self.0.get(rank.saturating_sub(1)).copied().unwrap_or(0))
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        Duration::from_millis(self.0.last().copied().unwrap_or(0))
    }

    /// How many waited no longer than this.
    pub fn within(&self, wait: Duration) -> u64 {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.0.partition_point(|one| *one <= millis) as u64
    }
}

/// A part of a whole, 0 where there is nothing.
pub fn part(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
