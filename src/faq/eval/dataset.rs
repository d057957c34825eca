//! A folder in the `faq-eval` format: `entries.jsonl` is a FAQ, `queries.jsonl` what was asked and what would have been
//! right.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::faq::Entry;
use crate::faq::rank::Document;

/// A FAQ and what was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// The FAQ.
    pub entries: Vec<DatasetEntry>,
    /// What was asked, in the file's order.
    pub queries: Vec<Query>,
}

/// A line of `entries.jsonl`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DatasetEntry {
    /// Its name.
    pub id: String,
    /// The question.
    pub question: String,
    /// Other ways to ask it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it is about.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The answer.
    #[serde(default)]
    pub answer: String,
    /// In which language it is.
    #[serde(default)]
    pub lang: Option<String>,
}

/// A line of `queries.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Query {
    /// The words.
    pub query: String,
    /// The ids of the entries that answer it; none = out of scope.
    #[serde(default)]
    pub relevant: Vec<String>,
    /// `in…`, `oos-near` (the entry was withheld) or `oos-far` (another domain).
    #[serde(default)]
    pub kind: String,
    /// `dev` (to tune on) or `test` (to report on).
    #[serde(default)]
    pub split: String,
}

impl Query {
    /// Whether it is one to tune on.
    pub fn is_dev(&self) -> bool {
        self.split == "dev"
    }

    /// Whether the FAQ has an answer.
    pub fn is_in_scope(&self) -> bool {
        !self.relevant.is_empty()
    }
}

impl Dataset {
    /// Reads a folder.
    ///
    /// # Errors
    /// A file is missing, or a line is not as it should be: which, and why.
    pub fn load(folder: &Path) -> Result<Self, String> {
        Ok(Self { entries: lines(&folder.join("entries.jsonl"))?, queries: lines(&folder.join("queries.jsonl"))? })
    }

    /// The entries as the ranker wants them.
    pub fn documents(&self) -> Vec<Document<'_>> {
        self.entries.iter().map(DatasetEntry::document).collect()
    }
}

impl DatasetEntry {
    /// As a desk would have it.
    pub(super) fn entry(&self) -> Entry {
        Entry {
            id: self.id.clone(),
            question: self.question.clone(),
            aliases: self.aliases.clone(),
            tags: self.tags.clone(),
            language: self.lang.clone().filter(|tag| !tag.is_empty()),
            see: None,
            text: self.answer.clone(),
        }
    }

    fn document(&self) -> Document<'_> {
        Document {
            id: &self.id,
            title: &self.question,
            aliases: &self.aliases,
            tags: &self.tags,
            body: &self.answer,
            language: self.lang.as_deref().filter(|tag| !tag.is_empty()),
        }
    }
}

fn lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: cannot be read: {error}", file.display()))?;
    let filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("{}: line {}: {error}", file.display(), number + 1))
    };
    filled.map(read).collect()
}
