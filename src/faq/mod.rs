//! ANSWERS: entries, index, search.
//!
//! A folder of Markdown files becomes a [`Faq`], which is asked with what people typed after `??`. It does no I/O
//! after loading and is never changed: a reload makes a new one. [`rank`] finds the entries, `search` decides what to do
//! with them, [`eval`] measures how good that is.

mod entries;
pub mod eval;
mod folder;
pub mod grouping;
mod markdown;
pub mod rank;
mod redirects;
mod search;
mod text;
pub mod writing;

use std::collections::BTreeSet;
use std::path::Path;

use crate::desk::action::Look;
use crate::desk::event::FaqReply;
use crate::desk::wording::Language;

pub use entries::Entry;
pub use folder::Fingerprint;
pub use folder::{ENTRIES_MAX, FILE_MAX, FaqProblem};
pub use search::{Found, Hit, Thresholds, Verdict};

use rank::{Document, Ranker};
use search::{CALLED_BY_NAME, HITS_MAX};

/// How many topics a bare `??` lists, so that the list fits into one message.
pub const TOPICS_MAX: usize = 100;

/// The entries, ready to be asked.
#[derive(Debug, Default)]
pub struct Faq {
    entries: Vec<Entry>,
    /// For each entry the number of the one that answers.
    answering: Vec<usize>,
    ranker: Ranker,
    thresholds: Thresholds,
}

impl Faq {
    /// Reads the folder and its sub-folders. What cannot be read is told, the rest is loaded; whether that will do
    /// is the caller's decision.
    pub fn load(folder: &Path) -> (Self, Vec<FaqProblem>) {
        let (entries, problems) = folder::read(folder);
        (Self::of(entries), problems)
    }

    /// A FAQ of these entries. Their ids differ. A `see:` that leads nowhere leads to the entry itself.
    pub fn of(entries: Vec<Entry>) -> Self {
        let documents: Vec<Document<'_>> = entries.iter().map(Entry::document).collect();
        let ranker = Ranker::of(&documents);
        let (answering, _) = redirects::resolve(&entries);
        Self { answering, ranker, entries, thresholds: Thresholds::default() }
    }

    /// The same FAQ, surer or less sure of itself.
    #[must_use]
    pub fn with_thresholds(self, thresholds: Thresholds) -> Self {
        Self { thresholds, ..self }
    }

    /// The entries, in the order of their files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What to say to somebody who asks for this.
    pub fn answer(&self, look: &Look, language: Language) -> FaqReply {
        match look {
            Look::Topics => self.topics(language),
            Look::Words(words) => self.answer_words(words, language),
            Look::Entry { id, .. } => self.entry(id).map_or(FaqReply::Gone, answer),
        }
    }

    fn answer_words(&self, words: &str, language: Language) -> FaqReply {
        let found = self.search(words, language);
        match (found.verdict, found.entries.first().and_then(|hit| self.entry(&hit.id))) {
            (Verdict::Answer, Some(entry)) => answer(entry),
            (Verdict::Suggestions, _) => {
                FaqReply::Suggestions(found.entries.into_iter().map(|hit| (hit.id, hit.question)).collect())
            }
            _ => FaqReply::Nothing,
        }
    }

    /// The entries that fit, the best first. Takes a bounded time, however long the words are.
    pub fn search(&self, words: &str, language: Language) -> Found {
        self.find(words, Some(language.tag()))
    }

    fn find(&self, words: &str, language: Option<&str>) -> Found {
        let ranking = self.ranker.rank(words, language);
        let Some((first, best)) = ranking.entries.first().copied() else { return Found::nothing() };
        let confidence = f64::from(ranking.confidence);
        let called = self.is_called(first, words);
        let confidence = if called { confidence.max(CALLED_BY_NAME) } else { confidence };
        let mut seen = BTreeSet::new();
        let hits = ranking.entries.iter().filter_map(|(number, score)| {
            let answering = *self.answering.get(*number)?;
            let entry = self.entries.get(answering).filter(|_| seen.insert(answering))?;
            let score = confidence * f64::from(score - best).exp();
            Some(Hit { id: entry.id.clone(), question: entry.question.clone(), score })
        });
        let hits = hits.take(HITS_MAX).collect();
        Found::of(if called { hits } else { search::in_doubt(hits) }, self.thresholds)
    }

    /// Whether somebody types just what the entry is called.
    fn is_called(&self, number: usize, words: &str) -> bool {
        let Some(entry) = self.entries.get(number) else { return false };
        let mut names = entry.aliases.iter().chain([&entry.question, &entry.id]);
        names.any(|name| rank::is_same(name, words))
    }

    /// Those in the asker's language first; redirections are none.
    fn topics(&self, language: Language) -> FaqReply {
        let foreign = |entry: &&Entry| entry.language.as_deref().is_some_and(|own| !is_in(own, language));
        let entries = || self.entries.iter().filter(|entry| entry.see.is_none());
        let all = entries().filter(|entry| !foreign(entry)).chain(entries().filter(foreign));
        let first = all.take(TOPICS_MAX).map(|entry| (entry.id.clone(), entry.question.clone())).collect();
        FaqReply::Topics { entries: first, all: entries().count() }
    }

    fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

fn is_in(tag: &str, language: Language) -> bool {
    Language::from_tag(tag) == Some(language)
}

fn answer(entry: &Entry) -> FaqReply {
    FaqReply::Answer { id: entry.id.clone(), question: entry.question.clone(), text: entry.text.clone() }
}
