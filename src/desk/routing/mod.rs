//! Strategies: a pure choice of an operator among those who could take a chat.

mod round_robin;

use super::ids::{OperatorId, QueueName};
use super::operators::{Availability, Operators};
use super::settings::StrategyName;

/// An operator who could take the chat now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub operator: OperatorId,
    /// The number of the last offer they had, 0 for none.
    pub turn: u64,
}

/// Chooses the operator who gets the next offer; `None` where nobody can take it.
pub fn choose(
    strategy: StrategyName,
    operators: &Operators,
    queue: &QueueName,
    passed: impl Fn(OperatorId) -> bool,
) -> Option<OperatorId> {
    let candidates = candidates(operators, queue, passed);
    match strategy {
        _ => round_robin::choose(candidates),
    }
}

fn candidates(
    operators: &Operators,
    queue: &QueueName,
    passed: impl Fn(OperatorId) -> bool,
) -> impl Iterator<Item = Candidate> {
    operators
        .employed()
        .filter(|(_, operator)| operator.availability() == Availability::Available)
        .filter(|(_, operator)| operator.has_place(queue))
        .filter(move |(id, _)| !passed(*id))
        .map(|(id, operator)| Candidate { operator: id, turn: operator.turn() })
}
