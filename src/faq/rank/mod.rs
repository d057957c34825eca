//! Ranks entries by how well they answer a question, and says how sure that is. In memory, deterministic, without a
//! word of any language in the code.
//!
//! The way of a question: [`words`] takes it apart, [`question`] looks its words up and widens them by what is spelled
//! alike ([`vocabulary`], [`likeness`]), [`gather`] finds 64 candidates over the postings, [`features`] looks at each
//! again, and [`confidence`] judges the best.

mod confidence;
mod features;
mod gather;
mod index;
mod language;
mod likeness;
mod lists;
mod question;
mod speech;
mod string_grams;
mod vocabulary;
mod weights;
mod words;

pub use confidence::{GROUND_NAMES, GROUNDS, Grounds};
pub use features::{SIGN_NAMES, SIGNS, Signs};
pub use index::Document;

use features::Comparison;
use index::Index;
use question::Question;

/// Whether two texts have the same words, apart from case, accents and punctuation. Bounded, however long they are.
pub fn is_same(one: &str, other: &str) -> bool {
    let forms = |text: &str| -> Vec<String> {
        words::words(question::beginning(text)).iter().map(|word| words::fold(&word.text)).collect()
    };
    let one = forms(one);
    !one.is_empty() && one == forms(other)
}

/// Two questions ask the same where at least so much of either is covered by the other: the root of the product of both
/// shares.
pub const ALIKE: f32 = 0.52;

/// How many entries a ranking has at most.
pub const RANKED_MAX: usize = 10;

/// Entries, ready to be ranked. Never changed: new entries make a new one.
#[derive(Debug, Default)]
pub struct Ranker {
    index: Index,
}

/// What a question finds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    /// The entries' numbers and scores (logarithms: a difference of 1 means e times as likely), the best first, at most
    /// [`RANKED_MAX`].
    pub entries: Vec<(usize, f32)>,
    /// How likely the best entry answers the question, from 0 to 1; 0 where there is none.
    pub confidence: f32,
}

/// Everything that the weights are multiplied with, for those who fit them.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The candidates, in the order of the scores that the present weights give them.
    pub candidates: Vec<(usize, f32, Signs)>,
    /// What speaks for and against the best of them.
    pub grounds: Grounds,
}

impl Ranker {
    /// Takes the entries apart.
    pub fn of(documents: &[Document<'_>]) -> Self {
        Self { index: Index::of(documents) }
    }

    /// Ranks the entries for a question, in a time that is bounded by the number of entries. `language` is the tag that
    /// the asker's client names; it counts a little.
    pub fn rank(&self, question: &str, language: Option<&str>) -> Ranking {
        self.evidence(question, language).map(|evidence| evidence.ranking()).unwrap_or_default()
    }

    /// The same with all that speaks for it; `None` where no entry has any of the words.
    pub fn evidence(&self, question: &str, language: Option<&str>) -> Option<Evidence> {
        self.evidence_with(question, language, &weights::ORDER)
    }

    /// The same with other weights of the signs.
    pub fn evidence_with(&self, question: &str, language: Option<&str>, order: &Signs) -> Option<Evidence> {
        let question = Question::read(&self.index, question);
        let forms: Vec<&str> = question.slots.iter().map(|slot| slot.form.as_str()).collect();
        let named = language.map(language::primary);
        let spoken = self.index.speech.tell(&self.index.languages, &forms, named.as_deref());
        let comparison = Comparison::new(&self.index, &question);
        let mut candidates: Vec<(usize, f32, Signs)> = gather::gather(&self.index, &question, &spoken)
            .iter()
            .map(|candidate| {
                let signs = comparison.signs(candidate);
                (candidate.entry as usize, signs.iter().zip(order).map(|(sign, weight)| sign * weight).sum(), signs)
            })
            .collect();
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let best = candidates.first()?;
        let scores: Vec<f32> = candidates.iter().map(|candidate| candidate.1).collect();
        let signs: Vec<Signs> = candidates.iter().take(2).map(|candidate| candidate.2).collect();
        let telling = comparison.telling_covered(best.0);
        let grounds = confidence::grounds(&question, &scores, &signs, telling);
        Some(Evidence { candidates, grounds })
    }

    /// The question's words that are no stop words, without accents; all of them, where there are no others.
    pub fn telling(&self, question: &str) -> String {
        let slots = Question::read(&self.index, question).slots;
        let words: Vec<&str> = slots.iter().filter(|slot| !slot.stop).map(|slot| slot.form.as_str()).collect();
        if words.is_empty() { question.to_owned() } else { words.join(" ") }
    }

    /// The entries that ask the same as the question: (number, how alike), the best first, from [`ALIKE`] to 1.
    pub fn alike(&self, question: &str) -> Vec<(usize, f32)> {
        let candidates = self.evidence(question, None).map(|evidence| evidence.candidates).unwrap_or_default();
        let likeness = |signs: &Signs| signs.get(features::BOTH_COVERED).copied().unwrap_or_default();
        let mut alike: Vec<(usize, f32)> = candidates
            .iter()
            .map(|(entry, _, signs)| (*entry, likeness(signs)))
            .filter(|(_, is)| *is >= ALIKE)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike
    }

    /// How much memory it takes, in bytes, about.
    pub fn bytes(&self) -> usize {
        self.index.bytes()
    }
}

impl Evidence {
    /// What the evidence comes to.
    pub fn ranking(&self) -> Ranking {
        let entries = self.candidates.iter().take(RANKED_MAX).map(|(entry, score, _)| (*entry, *score)).collect();
        Ranking { entries, confidence: confidence::confidence(&self.grounds) }
    }
}
