//! What to do with a ranking: answer, suggest, or say that there is nothing.

use serde::Serialize;

/// How many entries are named.
pub(super) const HITS_MAX: usize = 3;
/// How sure it must at least be where somebody types exactly what an entry is called.
pub(super) const CALLED_BY_NAME: f64 = 0.95;

/// Where the second entry is at least so many times as likely as the first, neither is the answer.
const AS_LIKELY: f64 = 0.8;
/// How sure it is then at most.
const IN_DOUBT_MAX: f64 = 0.45;

/// Hits, the best first, of which the first may be no likelier than the second: then both are less sure.
pub(super) fn in_doubt(mut hits: Vec<Hit>) -> Vec<Hit> {
    let score = |number: usize| hits.get(number).map_or(0.0, |hit| hit.score);
    let (first, second) = (score(0), score(1));
    if second >= AS_LIKELY * first && first > IN_DOUBT_MAX {
        hits.iter_mut().for_each(|hit| hit.score *= IN_DOUBT_MAX / first);
    }
    hits
}

/// From which confidence on an answer is given, and entries are suggested. What the defaults are worth stands in
/// `docs/faq.md`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// From here on the best entry's answer is given.
    pub answer_from: f64,
    /// From here on the best three are suggested; below, the asker is told that there is nothing.
    pub suggest_from: f64,
}

impl Thresholds {
    /// In percent, as the configuration has them.
    pub fn percent(answer_from: u32, suggest_from: u32) -> Self {
        Self { answer_from: f64::from(answer_from) / 100.0, suggest_from: f64::from(suggest_from) / 100.0 }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answer_from: 0.5, suggest_from: 0.15 }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// What to do with it.
    pub verdict: Verdict,
    /// At most three, the best first; empty where the verdict is none.
    pub entries: Vec<Hit>,
}

/// What to do with what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Give the first entry's answer.
    Answer,
    /// Name the entries, let the asker choose.
    Suggestions,
    /// Say that nothing was found.
    None,
}

/// An entry that fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// The entry's id.
    pub id: String,
    /// Its question.
    pub question: String,
    /// The best entry's: how likely it answers, from 0 to 1. Another's: the same, less by as much as it is less likely.
    pub score: f64,
}

impl Found {
    /// Nothing.
    pub(super) fn nothing() -> Self {
        Self { verdict: Verdict::None, entries: Vec::new() }
    }

    /// Judges hits, the best first.
    pub(super) fn of(mut entries: Vec<Hit>, thresholds: Thresholds) -> Self {
        let confidence = entries.first().map_or(0.0, |hit| hit.score);
        entries.truncate(HITS_MAX);
        match confidence {
            _ if entries.is_empty() => Self::nothing(),
            sure if sure >= thresholds.answer_from => Self { verdict: Verdict::Answer, entries },
            perhaps if perhaps >= thresholds.suggest_from => Self { verdict: Verdict::Suggestions, entries },
            _ => Self::nothing(),
        }
    }
}
