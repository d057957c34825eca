//! A question taken apart: a slot for each word, with all terms that can fill it.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::CANDIDATES_MAX;
use super::index::{Index, STOP, rarity};
use super::vocabulary::Tally;
use super::words::{Word, fold, words};

/// How much of a question is read, in characters; how many of its different words are looked up, and how many of the
/// rarest of these are searched for. Nobody asks more in one breath, and nothing here grows with the question's length.
const CHARACTERS_MAX: usize = 2_000;
const WORDS_MAX: usize = 96;
const SLOTS_MAX: usize = 24;

/// What a stand-in is worth where the index knows the word itself.
const STAND_IN_FOR_KNOWN: f32 = 0.8;

/// A word that more entries have than get a second look needs no stand-ins.
const KNOWN_WELL: f32 = CANDIDATES_MAX as f32;

/// As much of a question as is read.
pub(super) fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(CHARACTERS_MAX).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}

/// A word of the question.
#[derive(Debug)]
pub(super) struct Slot {
    /// Without accents.
    pub form: String,
    /// The terms that fill it, with how well, each once.
    pub terms: Vec<(u32, f32)>,
    /// How much it says.
    pub weight: f32,
    pub stop: bool,
    /// The index has the word, or its stem.
    pub known: bool,
    pair: bool,
}

/// The words of a question.
#[derive(Debug)]
pub(super) struct Question {
    /// In the question's order.
    pub slots: Vec<Slot>,
    /// The sum of the slots' weights.
    pub weight: f32,
}

impl Question {
    /// Takes it apart; in a bounded time, whatever it is.
    pub(super) fn read(index: &Index, text: &str) -> Self {
        let mut seen = BTreeSet::new();
        let mut slots = Vec::new();
        for word in words(beginning(text)) {
            let form = fold(&word.text);
            if seen.len() < WORDS_MAX && seen.insert(form.clone()) {
                slots.push(Slot::look_up(index, &word, form));
            }
        }
        keep_rarest(&mut slots);
        let mut tally = Tally::default();
        slots.iter_mut().for_each(|slot| slot.widen(index, &mut tally));
        fill_once(&mut slots);
        let weight = slots.iter().map(|slot| slot.weight).sum();
        Self { slots, weight }
    }
}

impl Slot {
    fn look_up(index: &Index, word: &Word, form: String) -> Self {
        let mut terms: BTreeSet<u32> = index.vocabulary.terms_of_form(&form).iter().copied().collect();
        if !word.pair {
            let stems = index.languages.iter().map(|language| language.stem(&word.text));
            terms.extend(stems.filter_map(|stem| index.vocabulary.term(&stem)));
        }
        let stop = index.languages.iter().any(|language| language.is_stop(&form));
        let known = !terms.is_empty();
        let terms = terms.into_iter().map(|term| (term, 1.0)).collect();
        let mut slot = Self { form, terms, weight: 0.0, stop, known, pair: word.pair };
        slot.weigh(index);
        slot
    }

    /// By how many entries have it, and in part those that have something alike.
    fn weigh(&mut self, index: &Index) {
        let frequency = |term: u32| index.frequencies.get(term as usize).copied().unwrap_or_default() as f32;
        let scale = self.scale();
        let alike = self.terms.iter().filter(|(_, fit)| *fit < 1.0);
        let alike: f32 = alike.map(|(term, fit)| frequency(*term) * (fit / scale).powi(2)).sum();
        let having = (self.frequency(index) + alike).clamp(1.0, index.entries.max(1) as f32);
        self.weight = rarity(index.entries, having) * if self.stop { STOP } else { 1.0 };
    }

    /// In how many entries it is, itself.
    fn frequency(&self, index: &Index) -> f32 {
        let exact = self.terms.iter().filter(|(_, fit)| *fit >= 1.0);
        exact
            .filter_map(|(term, _)| index.frequencies.get(*term as usize))
            .map(|having| *having as f32)
            .fold(0.0, f32::max)
    }

    fn scale(&self) -> f32 {
        if self.known { STAND_IN_FOR_KNOWN } else { 1.0 }
    }

    /// Adds what can stand in for it.
    fn widen(&mut self, index: &Index, tally: &mut Tally) {
        if self.stop || self.pair || self.frequency(index) > KNOWN_WELL {
            return;
        }
        let scale = self.scale();
        for (term, likeness) in index.vocabulary.stand_ins(&self.form, !self.known, tally) {
            if self.terms.iter().all(|(there, _)| *there != term) {
                self.terms.push((term, likeness * scale));
            }
        }
        self.weigh(index);
    }
}

/// A term fills the slot that it fits best, the first of several: who asks the same in ten spellings asks it once.
fn fill_once(slots: &mut [Slot]) {
    let mut best: BTreeMap<u32, (usize, f32)> = BTreeMap::new();
    for (number, slot) in slots.iter().enumerate() {
        for (term, fit) in &slot.terms {
            let there = best.entry(*term).or_insert((number, *fit));
            if *fit > there.1 {
                *there = (number, *fit);
            }
        }
    }
    for (number, slot) in slots.iter_mut().enumerate() {
        slot.terms.retain(|(term, _)| best.get(term).is_some_and(|(slot, _)| *slot == number));
    }
}

/// The rarest, in the question's order.
fn keep_rarest(slots: &mut Vec<Slot>) {
    if slots.len() <= SLOTS_MAX {
        return;
    }
    let mut order: Vec<(usize, f32)> = slots.iter().map(|slot| slot.weight).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let kept: BTreeSet<usize> = order.into_iter().take(SLOTS_MAX).map(|(number, _)| number).collect();
    let mut number = 0;
    slots.retain(|_| {
        number += 1;
        kept.contains(&(number - 1))
    });
}
