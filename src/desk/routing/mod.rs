//! Strategies: a pure choice of who is offered a chat, among those who could take it, with its reason.
//!
//! A strategy is a file with one function of the shape [`Strategy`], and a line in [`strategy`].

mod broadcast;
mod fewest_chats;
mod fitness;
mod longest_idle;
mod reason;
mod round_robin;
pub mod rules;
mod tiers;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::ids::OperatorId;
use super::moment::Mono;
use super::operators::Operators;
use super::queue::Demand;
use super::settings::{QueueSettings, StrategyName};
pub use fitness::{Skip, fit, free};
pub use reason::Reasons;

/// What a chat asks for.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// The queue that it waits in.
    pub queue: &'a QueueSettings,
    /// What it asks of its operator.
    pub demand: &'a Demand,
    /// How long it has waited.
    pub waited: Duration,
    /// The operator whom a rule wants for it.
    pub ruled_operator: Option<OperatorId>,
    /// The operator whom this guest had last.
    pub last_operator: Option<OperatorId>,
    /// Now.
    pub now: Mono,
}

impl Need<'_> {
    /// Are the supervisors asked too?
    pub fn escalated(&self) -> bool {
        self.waited >= self.queue.escalate
    }

    /// Is the guest's language insisted on, still?
    pub fn insists_on_language(&self) -> bool {
        self.waited < self.queue.tier
    }
}

/// An operator who could take the chat now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub operator: OperatorId,
    /// The number of the last offer they had, 0 for none.
    pub turn: u64,
    /// When their last chat ended; `None` where they had none.
    pub idle_since: Option<DateTime<Utc>>,
    /// How many of their places are taken.
    pub places: u32,
    /// How many they have.
    pub places_max: u32,
    /// 1 = primary.
    pub tier: u32,
}

/// Who gets an offer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// One, or all at once.
    pub operators: Vec<OperatorId>,
    /// Why, in a few words.
    pub because: Cow<'static, str>,
}

/// A strategy: chooses among the candidates, in the configuration's order, never none of them. `passed` have passed on
/// this chat a moment ago and count as present only.
pub type Strategy = fn(candidates: &[Candidate], passed: &BTreeSet<u32>, need: &Need<'_>) -> Option<Pick>;

fn strategy(name: StrategyName) -> Strategy {
    match name {
        StrategyName::RoundRobin => round_robin::choose,
        StrategyName::LongestIdle => longest_idle::choose,
        StrategyName::FewestChats => fewest_chats::choose,
        StrategyName::Tiers => tiers::choose,
        StrategyName::Broadcast => broadcast::choose,
    }
}

/// What came of looking for somebody.
#[derive(Debug, Default)]
pub struct Outlook {
    /// Who gets an offer; nobody can take it where there is none.
    pub pick: Option<Pick>,
    /// Why not the others.
    pub reasons: Reasons,
}

/// Chooses who gets the next offer of a chat. `passed`: who has passed on it a moment ago.
pub fn choose(need: &Need<'_>, operators: &Operators, passed: impl Fn(OperatorId) -> bool) -> Outlook {
    let mut outlook = Outlook::default();
    let (mut candidates, mut tiers_passed) = (Vec::new(), BTreeSet::new());
    for (id, operator) in operators.free_of(&need.queue.name) {
        match fit(operator, need) {
            Ok(()) if passed(id) => {
                tiers_passed.insert(operator.settings.tier);
                outlook.reasons.skip(id, Skip::Passed);
            }
            Ok(()) => candidates.push(fitness::candidate(id, operator)),
            Err(skip) => outlook.reasons.skip(id, skip),
        }
    }
    outlook.reasons.kept(&need.queue.name, operators);
    outlook.pick = preferred(&candidates, need)
        .or_else(|| strategy(need.queue.strategy)(&candidates, &tiers_passed, need))
        .or_else(|| supervisor(need, operators, passed, &mut outlook.reasons));
    if let Some(pick) = &outlook.pick {
        let others = candidates.iter().map(|candidate| candidate.operator).filter(|who| !pick.operators.contains(who));
        outlook.reasons.skip_all(others, &Skip::NotTheirTurn);
    } else {
        for candidate in &candidates {
            outlook.reasons.skip(candidate.operator, Skip::LaterTier(candidate.tier));
        }
    }
    outlook
}

/// Whom a rule wants; then whom a returning guest had. If that one can take the chat.
fn preferred(candidates: &[Candidate], need: &Need<'_>) -> Option<Pick> {
    let last = need.last_operator.filter(|_| need.queue.prefer_last_operator);
    let wanted = [(need.ruled_operator, "a rule asks for them"), (last, "the guest had them last time")];
    let can = |wanted: OperatorId| candidates.iter().any(|candidate| candidate.operator == wanted);
    let (operator, because) =
        wanted.into_iter().find_map(|(who, because)| Some((who.filter(|who| can(*who))?, because)))?;
    Some(Pick { operators: vec![operator], because: because.into() })
}

/// When the chat has waited for long, the queue's supervisors, in turn.
fn supervisor(
    need: &Need<'_>,
    operators: &Operators,
    passed: impl Fn(OperatorId) -> bool,
    reasons: &mut Reasons,
) -> Option<Pick> {
    if !need.escalated() {
        return None;
    }
    let mut candidates = Vec::new();
    for jid in &need.queue.supervisors {
        let Some((id, who)) = operators.find(jid).and_then(|id| Some((id, operators.get(id)?))) else { continue };
        match fitness::free(who, need) {
            Ok(()) if passed(id) => reasons.skip(id, Skip::Passed),
            Ok(()) => candidates.push(fitness::candidate(id, who)),
            Err(skip) => reasons.skip(id, skip),
        }
    }
    let pick = round_robin::choose(&candidates, &BTreeSet::new(), need)?;
    Some(Pick {
        because: format!("nobody else came in {} seconds, and they supervise the queue", need.waited.as_secs()).into(),
        ..pick
    })
}
