//! How sure it is that the best entry answers the question: a logistic model over a dozen grounds.

use super::features::{COVERED_BY_UNITS, SIGNS, Signs};
use super::question::Question;
use super::weights::{CONFIDENCE, CONFIDENCE_BEGIN};

/// How many grounds there are.
pub const GROUNDS: usize = SIGNS + 8;

/// The grounds' own names; before them come the best candidate's signs.
pub const GROUND_NAMES: [&str; GROUNDS - SIGNS] = [
    "ahead of all",
    "ahead of the second",
    "score",
    "unknown words",
    "covered without stop words",
    "words",
    "telling words",
    "impact ahead",
];

/// What speaks for and against the best candidate.
pub type Grounds = [f32; GROUNDS];

/// The grounds. `scores` and `signs` are the candidates', the best first.
pub(super) fn grounds(question: &Question, scores: &[f32], signs: &[Signs], covered: f32) -> Grounds {
    let best = scores.first().copied().unwrap_or_default();
    let second = scores.get(1).copied().unwrap_or(best - AHEAD_MAX);
    let others: f32 = scores.iter().skip(1).map(|score| (score - best).exp()).sum();
    let telling = question.slots.iter().filter(|slot| !slot.stop);
    let unknown: f32 = question.slots.iter().filter(|slot| !slot.known && !slot.stop).map(|slot| slot.weight).sum();
    let impact = |number: usize| signs.get(number).and_then(|signs| signs.first()).copied().unwrap_or_default();
    let own = [
        1.0 / (1.0 + others),
        (best - second).min(AHEAD_MAX),
        best,
        unknown / question.weight.max(f32::MIN_POSITIVE),
        covered,
        (question.slots.len() as f32).ln_1p(),
        (telling.count() as f32).ln_1p(),
        impact(0) - impact(1),
    ];
    let mut grounds = [0.0; GROUNDS];
    let all = signs.first().into_iter().flatten().chain(&own);
    grounds.iter_mut().zip(all).for_each(|(place, ground)| *place = *ground);
    grounds
}

/// More than so far ahead counts as so far.
const AHEAD_MAX: f32 = 4.0;

/// Where only an entry's answer has the words, not its question nor an alias, it is at most so likely that it answers.
pub const IN_THE_ANSWER_ALONE: f32 = 0.4;

/// The probability, from 0 to 1.
pub(super) fn confidence(grounds: &Grounds) -> f32 {
    let sum: f32 = grounds.iter().zip(&CONFIDENCE).map(|(ground, weight)| ground * weight).sum();
    let likely = 1.0 / (1.0 + (-(CONFIDENCE_BEGIN + sum)).exp());
    let covered_by_units = grounds.get(COVERED_BY_UNITS).copied().unwrap_or_default();
    if covered_by_units > 0.0 { likely } else { likely.min(IN_THE_ANSWER_ALONE) }
}
