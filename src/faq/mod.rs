//! ANSWERS: entries, index, search.
//!
//! A folder of Markdown files becomes a [`Faq`], which is asked with what people typed after `??`. It does no I/O
//! after loading and is never changed: a reload makes a new one.

mod entries;
mod folder;
mod search;
mod text;

use std::path::Path;

use crate::desk::event::FaqReply;
use crate::desk::wording::Language;

pub use entries::Entry;
pub use folder::{ENTRIES_MAX, FILE_MAX, FaqProblem};
pub use search::{Found, Hit, Verdict};

use search::Index;

/// How many topics a bare `??` lists, so that the list fits into one message.
pub const TOPICS_MAX: usize = 100;
/// How long an answer may be, in bytes of text. Servers refuse stanzas from 64 KiB on (RFC 6120, 13.12, asks for 10 kB).
pub const ANSWER_MAX: usize = 16 * 1024;

/// The entries, ready to be asked.
#[derive(Debug, Default)]
pub struct Faq {
    entries: Vec<Entry>,
    index: Index,
}

impl Faq {
    /// Reads the folder and its sub-folders. What cannot be read is told, the rest is loaded; whether that will do
    /// is the caller's decision.
    pub fn load(folder: &Path) -> (Self, Vec<FaqProblem>) {
        let (entries, problems) = folder::read(folder);
        (Self::of(entries), problems)
    }

    /// A FAQ of these entries. Their ids differ.
    pub fn of(entries: Vec<Entry>) -> Self {
        let index = Index::of(&entries);
        Self { entries, index }
    }

    /// The entries, in the order of their files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What to say to somebody who typed these words after `??`.
    pub fn answer(&self, words: &str, language: Language) -> FaqReply {
        if words.trim().is_empty() {
            return FaqReply::Topics(self.topics(language));
        }
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
        self.index.search(&self.entries, words, language)
    }

    /// Those in the asker's language first.
    fn topics(&self, language: Language) -> Vec<(String, String)> {
        let foreign = |entry: &&Entry| entry.language.is_some_and(|own| own != language);
        let own = self.entries.iter().filter(|entry| !foreign(entry));
        let all = own.chain(self.entries.iter().filter(foreign));
        all.take(TOPICS_MAX).map(|entry| (entry.id.clone(), entry.question.clone())).collect()
    }

    fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

fn answer(entry: &Entry) -> FaqReply {
    let text = match entry.text.get(..entry.text.floor_char_boundary(ANSWER_MAX)) {
        Some(cut) if cut.len() < entry.text.len() => format!("{cut}…"),
        _ => entry.text.clone(),
    };
    FaqReply::Answer { id: entry.id.clone(), question: entry.question.clone(), text }
}
