//! Who can take a chat, and why not.

use std::fmt;

use super::{Candidate, Need};
use crate::desk::ids::OperatorId;
use crate::desk::operators::{Availability, Operator};
use crate::desk::record::Away;

/// Why an operator was not chosen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// None of their clients is online, or the desk may not see it.
    Offline,
    /// Their clients show away or busy.
    Away,
    /// They said `!away`.
    SaidAway,
    /// They missed too many offers.
    Benched,
    /// They are wrapping up.
    WrappingUp,
    /// So many of so many places are taken.
    Full(u32, u32),
    /// They do not know this.
    Skill(String),
    /// They do not speak this.
    Language(String),
    /// They passed on this very chat a moment ago.
    Passed,
    /// Their tier's time has not come.
    LaterTier(u32),
    /// Somebody else comes first.
    NotTheirTurn,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offline => f.write_str("offline"),
            Self::Away => f.write_str("away"),
            Self::SaidAway => f.write_str("said !away"),
            Self::Benched => f.write_str("missed too many offers"),
            Self::WrappingUp => f.write_str("wrapping up"),
            Self::Full(taken, places) => write!(f, "{taken} of {places} places taken"),
            Self::Skill(skill) => write!(f, "does not know {skill}"),
            Self::Language(language) => write!(f, "does not speak {language}"),
            Self::Passed => f.write_str("passed on it a moment ago"),
            Self::LaterTier(tier) => write!(f, "tier {tier} is not asked yet"),
            Self::NotTheirTurn => f.write_str("somebody else came first"),
        }
    }
}

/// Can this operator of the queue take the chat now?
///
/// # Errors
/// The first reason why not.
pub fn fit(operator: &Operator, need: &Need<'_>) -> Result<(), Skip> {
    free(operator, need)?;
    demanded(operator, need)
}

/// Do they know and speak what the chat asks for?
///
/// # Errors
/// What they lack.
pub(super) fn demanded(operator: &Operator, need: &Need<'_>) -> Result<(), Skip> {
    if let Some(skill) = need.demand.skills.difference(&operator.settings.skills).next() {
        return Err(Skip::Skill(skill.clone()));
    }
    match &need.demand.language {
        Some(language) if need.insists_on_language() && !speaks(operator, language) => {
            Err(Skip::Language(language.clone()))
        }
        _ => Ok(()),
    }
}

/// Are they there, willing, and with a place left?
///
/// # Errors
/// The first reason why not.
pub fn free(operator: &Operator, need: &Need<'_>) -> Result<(), Skip> {
    match operator.availability() {
        Availability::Offline => return Err(Skip::Offline),
        Availability::Away => return Err(Skip::Away),
        Availability::Available => {}
    }
    if matches!(operator.away(), Some(Away::UntilBack | Away::Until(_))) {
        return Err(Skip::SaidAway);
    }
    if operator.benched_at().is_some() {
        return Err(Skip::Benched);
    }
    if operator.load().rests_until.is_some_and(|until| until > need.now) {
        return Err(Skip::WrappingUp);
    }
    if !operator.has_places(need.queue.chat_weight) {
        return Err(Skip::Full(operator.load().places(), operator.places_max()));
    }
    Ok(())
}

/// What the strategies look at.
pub(super) fn candidate(id: OperatorId, operator: &Operator) -> Candidate {
    Candidate {
        operator: id,
        turn: operator.turn(),
        idle_since: operator.load().idle_since,
        places: operator.load().places(),
        places_max: operator.places_max(),
        tier: operator.settings.tier,
    }
}

/// Somebody without a list speaks whatever comes.
fn speaks(operator: &Operator, language: &str) -> bool {
    let spoken = &operator.settings.languages;
    spoken.is_empty() || spoken.iter().any(|tag| tag.split('-').next() == Some(language))
}
