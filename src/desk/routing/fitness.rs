//! Who can take a chat, and why not.

use std::fmt;

use super::{Candidate, Need};
use crate::desk::ids::OperatorId;
use crate::desk::operators::{Duty, Operator};

/// Why an operator was not chosen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// They are not there to take chats.
    Kept(Duty),
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
            Self::Kept(duty) => duty.fmt(f),
            Self::Full(taken, places) => write!(f, "{taken} of {places} places taken"),
            Self::Skill(skill) => write!(f, "does not know {skill}"),
            Self::Language(language) => write!(f, "does not speak {language}"),
            Self::Passed => f.write_str("passed on it a moment ago"),
            Self::LaterTier(tier) => write!(f, "tier {tier} is not asked yet"),
            Self::NotTheirTurn => f.write_str("somebody else came first"),
        }
    }
}

impl Skip {
    /// What keeps them from taking any chat at all.
    pub(super) fn by_duty(operator: &Operator) -> Option<Self> {
        match operator.duty() {
            Duty::Free => None,
            Duty::Full => Some(Self::Full(operator.load().places(), operator.places_max())),
            duty => Some(Self::Kept(duty)),
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Free => "free",
            Self::Offline => "offline",
            Self::Away => "away",
            Self::SaidAway => "said !away",
            Self::Benched => "missed too many offers",
            Self::WrappingUp => "wrapping up",
            Self::Full => "all places taken",
        })
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
    if let Some(skip) = Skip::by_duty(operator) {
        return Err(skip);
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
