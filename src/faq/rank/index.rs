//! The entries taken apart once, so that a question costs little: impacts of each word in each entry (BM25F; Robertson,
//! Zaragoza, Taylor 2004), and the units (title and each alias) as lists of terms and of grams.

use std::collections::BTreeMap;

use super::language::{Guesser, Language, commonest, primary};
use super::lists::Lists;
use super::speech::Speech;
use super::string_grams::{GramWeights, string_grams};
use super::vocabulary::Vocabulary;
use super::words::{fold, words};

/// What is ranked.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Its name, which says something too.
    pub id: &'a str,
    /// The question.
    pub title: &'a str,
    /// Other ways to ask it.
    pub aliases: &'a [String],
    /// What it is about.
    pub tags: &'a [String],
    /// The answer.
    pub body: &'a str,
    /// The language's tag (BCP 47); `None` = good for everybody.
    pub language: Option<&'a str>,
}

/// What a word is worth by its field, and how much the field's length counts.
const FIELDS: [Field; 3] =
    [Field { weight: 3.0, length: 0.3 }, Field { weight: 2.0, length: 0.5 }, Field { weight: 1.5, length: 0.6 }];
/// How soon a word's repetition stops to count.
const SATURATION: f32 = 1.2;
/// What a stop word is worth.
pub(super) const STOP: f32 = 0.5;

struct Field {
    weight: f32,
    length: f32,
}

/// A title or an alias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// The number of its lists of terms and grams.
    pub number: u32,
    /// The sum of its terms' weights, each term once, and the square root of the sum of their squares.
    pub weight: f32,
    pub norm: f32,
    /// The same of its grams' weights.
    pub looks_norm: f32,
}

/// The entries, taken apart.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub entries: usize,
    pub languages: Vec<Language>,
    /// The language that each entry says it is in.
    pub declared: Vec<Option<u16>>,
    pub vocabulary: Vocabulary,
    pub speech: Speech,
    /// For each term: in how many entries it is.
    pub frequencies: Vec<u32>,
    /// For each term: how much it says.
    pub weights: Vec<f32>,
    /// For each term: the entries that have it, with its impact there, from 0 to 1.
    pub postings: Lists<(u32, f32)>,
    /// For each entry.
    pub units: Lists<Unit>,
    pub unit_terms: Lists<u32>,
    pub unit_grams: Lists<u32>,
    pub gram_weights: GramWeights,
}

/// How much a word says that is in so many of the entries.
pub(super) fn rarity(entries: usize, having: f32) -> f32 {
    let rest = (entries as f32 - having + 0.5).max(0.5);
    (1.0 + rest / (having + 0.5)).ln()
}

impl Index {
    pub(super) fn of(documents: &[Document<'_>]) -> Self {
        let mut building = Building::default();
        let tags = building.tags(documents);
        for (document, tag) in documents.iter().zip(&tags) {
            building.take(document, tag);
        }
        building.finish()
    }

    /// How much memory it takes, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        self.vocabulary.bytes()
            + self.speech.bytes()
            + self.declared.capacity() * 4
            + (self.frequencies.capacity() + self.weights.capacity()) * 4
            + self.postings.bytes()
            + self.units.bytes()
            + self.unit_terms.bytes()
            + self.unit_grams.bytes()
            + self.gram_weights.bytes()
    }
}

#[derive(Default)]
struct Building {
    index: Index,
    stops: Vec<bool>,
    /// For each entry and field the terms.
    fields: Vec<[Vec<u32>; 3]>,
    /// For each entry its units' terms.
    units: Vec<Vec<Vec<u32>>>,
}

impl Building {
    /// In which language each document is read: the declared one, a guessed one, that of most others.
    fn tags(&self, documents: &[Document<'_>]) -> Vec<String> {
        let declared = |document: &Document<'_>| document.language.map(primary);
        let guesser = documents.iter().any(|document| document.language.is_none()).then(Guesser::new);
        let known: Vec<Option<String>> = documents
            .iter()
            .map(|document| declared(document).or_else(|| guesser.as_ref()?.guess(document.texts())))
            .collect();
        let usual = commonest(known.iter().flatten().map(String::as_str)).unwrap_or_default();
        known.into_iter().map(|tag| tag.unwrap_or_else(|| usual.clone())).collect()
    }

    fn take(&mut self, document: &Document<'_>, tag: &str) {
        let language = self.language(tag);
        let title = self.terms(document.title, language);
        let aliases: Vec<Vec<u32>> = document.aliases.iter().map(|alias| self.terms(alias, language)).collect();
        let tags = document.tags.iter().flat_map(|tag| self.terms(tag, language)).collect::<Vec<_>>();
        let body = [document.body, document.id].iter().flat_map(|text| self.terms(text, language)).collect();
        self.fields.push([title.clone(), aliases.iter().flatten().copied().chain(tags).collect(), body]);
        self.units.push(std::iter::once(title).chain(aliases).collect());
        let units = std::iter::once(document.title).chain(document.aliases.iter().map(String::as_str));
        units.for_each(|unit| self.index.unit_grams.push(string_grams(unit)));
        self.index.declared.push(document.language.map(|_| language));
    }

    fn language(&mut self, tag: &str) -> u16 {
        let languages = &mut self.index.languages;
        let number = languages.iter().position(|language| language.tag == tag).unwrap_or_else(|| {
            languages.push(Language::new(tag));
            languages.len() - 1
        });
        u16::try_from(number).unwrap_or(u16::MAX)
    }

    fn terms(&mut self, text: &str, language: u16) -> Vec<u32> {
        let Some(speaker) = self.index.languages.get(usize::from(language)) else { return Vec::new() };
        let mut terms = Vec::new();
        for word in words(text) {
            let form = fold(&word.text);
            let stem = if word.pair { form.clone() } else { speaker.stem(&word.text) };
            let term = self.index.vocabulary.note(&form, &stem);
            let stop = speaker.is_stop(&form);
            match self.stops.get_mut(term as usize) {
                Some(known) => *known |= stop,
                None => self.stops.push(stop),
            }
            self.index.speech.hear(&form, language);
            terms.push(term);
        }
        terms
    }

    fn finish(mut self) -> Index {
        self.index.entries = self.fields.len();
        self.index.vocabulary.finish();
        self.index.speech.finish(&self.index.languages);
        self.impacts();
        self.index.gram_weights = GramWeights::of(self.index.unit_grams.iter());
        self.weigh_units();
        self.index
    }

    fn impacts(&mut self) {
        let mut postings: Vec<Vec<(u32, f32)>> = vec![Vec::new(); self.index.vocabulary.terms_len()];
        let usual = self.usual_lengths();
        for (number, fields) in self.fields.iter().enumerate() {
            for (term, frequency) in weighted_frequencies(fields, usual) {
                if let Some(list) = postings.get_mut(term as usize) {
                    let number = u32::try_from(number).unwrap_or(u32::MAX);
                    list.push((number, frequency / (SATURATION + frequency)));
                }
            }
        }
        for (list, stop) in postings.into_iter().zip(&self.stops) {
            let having = u32::try_from(list.len()).unwrap_or(u32::MAX);
            let weight = rarity(self.index.entries, having as f32) * if *stop { STOP } else { 1.0 };
            self.index.frequencies.push(having);
            self.index.weights.push(weight);
            self.index.postings.push(list);
        }
        self.index.postings.shrink();
    }

    fn usual_lengths(&self) -> [f32; 3] {
        let mut sums = [0_usize; 3];
        for fields in &self.fields {
            sums.iter_mut().zip(fields).for_each(|(sum, field)| *sum += field.len());
        }
        sums.map(|sum| (sum as f32 / self.fields.len().max(1) as f32).max(1.0))
    }

    fn weigh_units(&mut self) {
        let weights = std::mem::take(&mut self.index.weights);
        let mut number = 0;
        for units in std::mem::take(&mut self.units) {
            let mut weighed = Vec::with_capacity(units.len());
            for terms in units {
                let mut each: Vec<u32> = terms.clone();
                each.sort_unstable();
                each.dedup();
                let of = |term: &u32| weights.get(*term as usize).copied().unwrap_or_default();
                let weight = each.iter().map(of).sum();
                let norm = each.iter().map(|term| of(term) * of(term)).sum::<f32>().sqrt();
                let looks_norm = self.index.gram_weights.norm(self.index.unit_grams.get(number));
                weighed.push(Unit { number, weight, norm, looks_norm });
                self.index.unit_terms.push(terms);
                number += 1;
            }
            self.index.units.push(weighed);
        }
        self.index.weights = weights;
        [&mut self.index.unit_terms, &mut self.index.unit_grams].into_iter().for_each(Lists::shrink);
        self.index.units.shrink();
    }
}

/// How often each term occurs, by what its field is worth and how long the field is.
fn weighted_frequencies(fields: &[Vec<u32>; 3], usual: [f32; 3]) -> BTreeMap<u32, f32> {
    let mut frequencies = BTreeMap::new();
    for ((terms, field), usual) in fields.iter().zip(&FIELDS).zip(usual) {
        let length = 1.0 - field.length + field.length * terms.len() as f32 / usual;
        for term in terms {
            *frequencies.entry(*term).or_default() += field.weight / length;
        }
    }
    frequencies
}

impl<'a> Document<'a> {
    fn texts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        [self.title, self.body].into_iter().chain(self.aliases.iter().map(String::as_str))
    }
}
