//! Which entries fit what somebody asked: a simple match of words, weighted by where in the entry they stand.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::entries::Entry;
use crate::desk::wording::Language;

/// How much of a question is looked at, in characters and in different words. Nobody asks more in one breath.
const QUESTION_MAX: usize = 4_096;
const WORDS_MAX: usize = 64;
/// How many entries are named.
const HITS_MAX: usize = 3;

/// From this score on an entry is an answer, if it is ahead of the next by the lead.
const ANSWER_SCORE: f64 = 0.6;
const ANSWER_LEAD: f64 = 0.08;
/// From this score on an entry is worth a suggestion.
const SUGGESTION_SCORE: f64 = 0.2;

/// What a word is worth, by where it stands.
const IN_QUESTION: f64 = 1.0;
const IN_TAGS: f64 = 0.8;
const IN_ANSWER: f64 = 0.35;
/// How the score is made of the words' worth and of the likeness to the question or to one alias.
const SHARE_OF_WORDS: f64 = 0.75;
const SHARE_OF_LIKENESS: f64 = 0.25;
/// What an entry in another language than the asker's is worth.
const FOREIGN: f64 = 0.85;

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
    /// How well it fits, from 0 to 1.
    pub score: f64,
}

/// Where each word stands.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// For each word the entries that have it, and what it is worth there.
    words: BTreeMap<String, Vec<(usize, f64)>>,
    /// For each entry the words of its question and of each alias.
    phrases: Vec<Vec<BTreeSet<String>>>,
}

impl Index {
    /// Takes the entries' words apart.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        for (number, entry) in entries.iter().enumerate() {
            for (word, worth) in worth_of_words(entry) {
                index.words.entry(word).or_default().push((number, worth));
            }
            let phrases = entry.aliases.iter().chain([&entry.question, &entry.id]);
            index.phrases.push(phrases.map(|phrase| telling_words(phrase)).collect());
        }
        index
    }

    /// The entries that fit, the best first.
    pub(super) fn search(&self, entries: &[Entry], words: &str, language: Language) -> Found {
        let asked = telling_words(words);
        let mut worth: BTreeMap<usize, f64> = BTreeMap::new();
        for (number, one) in asked.iter().filter_map(|word| self.words.get(word)).flatten() {
            *worth.entry(*number).or_default() += one;
        }
        let scored = worth.into_iter().filter_map(|(number, sum)| {
            let entry = entries.get(number)?;
            let score = self.score(number, entry, &asked, sum, language);
            Some((score, entry)).filter(|(score, _)| *score >= SUGGESTION_SCORE)
        });
        let mut scored: Vec<(f64, &Entry)> = scored.collect();
        scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        scored.truncate(HITS_MAX);
        Found { verdict: verdict(&scored), entries: scored.into_iter().map(hit).collect() }
    }

    fn score(&self, number: usize, entry: &Entry, asked: &BTreeSet<String>, sum: f64, language: Language) -> f64 {
        let likeness = self.phrases.get(number).into_iter().flatten().map(|phrase| likeness(phrase, asked));
        let likeness = likeness.fold(0.0, f64::max);
        let foreign = entry.language.is_some_and(|own| own != language);
        let score = SHARE_OF_WORDS * sum / count(asked.len()) + SHARE_OF_LIKENESS * likeness;
        if foreign { FOREIGN * score } else { score }
    }
}

fn verdict(scored: &[(f64, &Entry)]) -> Verdict {
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    match scored.first() {
        None => Verdict::None,
        Some((best, _)) if *best >= ANSWER_SCORE && best - second >= ANSWER_LEAD => Verdict::Answer,
        Some(_) => Verdict::Suggestions,
    }
}

fn hit((score, entry): (f64, &Entry)) -> Hit {
    Hit { id: entry.id.clone(), question: entry.question.clone(), score }
}

/// The best place decides what a word is worth.
fn worth_of_words(entry: &Entry) -> BTreeMap<String, f64> {
    let mut worth = BTreeMap::new();
    for word in words(&entry.text) {
        worth.insert(word, IN_ANSWER);
    }
    for word in entry.tags.iter().flat_map(|tag| words(tag)) {
        worth.insert(word, IN_TAGS);
    }
    for word in entry.aliases.iter().chain([&entry.question, &entry.id]).flat_map(|phrase| words(phrase)) {
        worth.insert(word, IN_QUESTION);
    }
    worth
}

/// The share of common words among all words of both (Jaccard's index).
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let common = one.intersection(other).count();
    let all = one.len() + other.len() - common;
    if all == 0 { 0.0 } else { count(common) / count(all) }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The words that tell what a question is about; all of them where none does. Bounded, however long the text is.
fn telling_words(text: &str) -> BTreeSet<String> {
    let end = text.char_indices().nth(QUESTION_MAX).map_or(text.len(), |(end, _)| end);
    let all: BTreeSet<String> = words(text.get(..end).unwrap_or_default()).take(WORDS_MAX).collect();
    let telling: BTreeSet<String> = all.iter().filter(|word| !is_filler(word)).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

/// The words of a text in their plainest form.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(plainest)
}

/// Lower case, without accents and without the endings of plurals and gerunds.
fn plainest(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match without_accent(c) {
            Some(base) => plain.push_str(base),
            None => plain.push(c),
        }
    }
    let stem = match plain.strip_suffix("ing") {
        Some(stem) if stem.len() > 3 => stem,
        _ => match plain.strip_suffix('s') {
            Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
            _ => &plain,
        },
    };
    stem.to_owned()
}

fn without_accent(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ö' | 'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ü' | 'ù' | 'ú' | 'û' => "u",
        'ç' => "c",
        'ñ' => "n",
        'ß' => "ss",
        _ => return None,
    })
}

/// Words that every question has, in their plainest form.
fn is_filler(word: &str) -> bool {
    FILLERS.binary_search(&word).is_ok()
}

/// In alphabetical order.
const FILLERS: &[&str] = &[
    "a", "about", "an", "and", "are", "as", "at", "auf", "be", "bei", "bitte", "can", "da", "das", "dem", "den", "der",
    "die", "do", "doe", "ein", "eine", "einem", "einen", "einer", "er", "for", "from", "fur", "get", "habe", "hat",
    "have", "hello", "help", "hilfe", "how", "i", "ich", "if", "im", "in", "is", "ist", "it", "kann", "man", "me",
    "mein", "meine", "meinen", "mich", "mir", "mit", "muss", "my", "not", "of", "on", "one", "or", "our", "please",
    "should", "sie", "the", "there", "thi", "to", "um", "und", "vom", "von", "want", "was", "we", "welche", "what",
    "when", "where", "which", "who", "why", "wie", "will", "wir", "with", "wo", "you", "your", "zu", "zum", "zur",
];
