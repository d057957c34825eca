//! All words of the entries: their spellings (forms), what they are counted as (terms), and which forms are alike.

use std::collections::HashMap;

use super::likeness::{LIKENESS_MIN, Spelling, grams, likeness};
use super::lists::Lists;

/// How many forms are compared with a word, those with the most common grams first.
const COMPARED_MAX: usize = 40;
/// How many forms stand in for a word.
const STAND_INS_MAX: usize = 8;
/// How many grams a form must share to be compared at all.
const COMMON_MIN: u8 = 3;

/// The words of the entries.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Stems (of pairs: the pair), with the term's number.
    terms: HashMap<Box<str>, u32>,
    /// Spellings without accents, with the form's number.
    form_numbers: HashMap<Box<str>, u32>,
    forms: Vec<Form>,
    /// The forms that have a gram.
    gram_numbers: HashMap<u64, u32>,
    having: Lists<u32>,
}

#[derive(Debug)]
struct Form {
    text: Box<str>,
    /// How many grams it has.
    grams: u8,
    /// What it is counted as: nearly always one term, one for each language that stems it differently.
    terms: Box<[u32]>,
}

impl Vocabulary {
    /// The number of a term, a new one where it is new.
    pub(super) fn note(&mut self, form: &str, term: &str) -> u32 {
        let number = match self.terms.get(term) {
            Some(number) => *number,
            None => {
                let number = next(self.terms.len());
                self.terms.insert(term.into(), number);
                number
            }
        };
        self.note_form(form, number);
        number
    }

    fn note_form(&mut self, form: &str, term: u32) {
        let known = self.form_numbers.get(form).and_then(|number| self.forms.get_mut(*number as usize));
        match known {
            Some(known) if known.terms.contains(&term) => {}
            Some(known) => known.terms = known.terms.iter().copied().chain([term]).collect(),
            None => {
                self.form_numbers.insert(form.into(), next(self.forms.len()));
                self.forms.push(Form { text: form.into(), grams: 0, terms: [term].into() });
            }
        }
    }

    /// To be called once, when all words are noted.
    pub(super) fn finish(&mut self) {
        let mut having: Vec<Vec<u32>> = Vec::new();
        for (number, form) in self.forms.iter_mut().enumerate() {
            let grams = if is_number(&form.text) { Vec::new() } else { grams(&form.text) };
            form.grams = u8::try_from(grams.len()).unwrap_or(u8::MAX);
            for gram in grams {
                let slot = *self.gram_numbers.entry(gram).or_insert(next(having.len())) as usize;
                match having.get_mut(slot) {
                    Some(list) => list.push(next(number)),
                    None => having.push(vec![next(number)]),
                }
            }
        }
        having.into_iter().for_each(|list| self.having.push(list));
        self.having.shrink();
    }

    /// How many terms there are.
    pub(super) fn terms_len(&self) -> usize {
        self.terms.len()
    }

    /// The number of a term.
    pub(super) fn term(&self, stem: &str) -> Option<u32> {
        self.terms.get(stem).copied()
    }

    /// What a spelling is counted as.
    pub(super) fn terms_of_form(&self, form: &str) -> &[u32] {
        let number = self.form_numbers.get(form);
        number.and_then(|number| self.forms.get(*number as usize)).map_or(&[], |form| &form.terms)
    }

    /// Terms that can stand in for a word, with their likeness, the likeliest first. `typos`: it may be misspelled.
    pub(super) fn stand_ins(&self, word: &str, typos: bool, tally: &mut Tally) -> Vec<(u32, f32)> {
        if is_number(word) {
            return Vec::new();
        }
        let grams = grams(word);
        let asked = Spelling::new(word, grams.len());
        let mut alike: Vec<(u32, f32)> = tally
            .most(
                self.forms.len(),
                grams.iter().filter_map(|gram| self.gram_numbers.get(gram)).map(|n| self.having.get(*n)),
            )
            .into_iter()
            .filter_map(|(number, common)| {
                let form = self.forms.get(number as usize).filter(|form| &*form.text != word)?;
                let there = Spelling::new(&form.text, usize::from(form.grams));
                Some((number, likeness(&asked, &there, usize::from(common), typos)))
            })
            .filter(|(_, likeness)| *likeness >= LIKENESS_MIN)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike.truncate(STAND_INS_MAX);
        let terms = |number: u32| self.forms.get(number as usize).map_or(&[][..], |form| &form.terms);
        alike
            .into_iter()
            .flat_map(|(number, likeness)| terms(number).iter().map(move |term| (*term, likeness)))
            .collect()
    }

    /// How much memory it takes, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        let text: usize = self.forms.iter().map(|form| 2 * form.text.len() + 4 * form.terms.len()).sum();
        let maps = 25 * (self.terms.capacity() + self.form_numbers.capacity()) + 13 * self.gram_numbers.capacity();
        text + maps + self.forms.capacity() * size_of::<Form>() + self.having.bytes()
    }
}

/// Numbers are alike to nothing: 5222 is not 5223.
fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn next(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Counts common grams; used again from word to word.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Vec<u8>,
    counted: Vec<u32>,
}

impl Tally {
    /// The forms that occur in the most lists, with how often.
    fn most<'a>(&mut self, forms: usize, lists: impl Iterator<Item = &'a [u32]>) -> Vec<(u32, u8)> {
        self.counts.resize(forms, 0);
        for form in lists.flatten() {
            if let Some(count) = self.counts.get_mut(*form as usize) {
                if *count == 0 {
                    self.counted.push(*form);
                }
                *count = count.saturating_add(1);
            }
        }
        self.take()
    }

    /// What was counted; everything is forgotten.
    fn take(&mut self) -> Vec<(u32, u8)> {
        let mut most = Vec::new();
        for form in self.counted.drain(..) {
            let count = self.counts.get_mut(form as usize).map(std::mem::take).unwrap_or_default();
            if count >= COMMON_MIN {
                most.push((form, count));
            }
        }
        let first = |a: &(u32, u8), b: &(u32, u8)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
        if most.len() > COMPARED_MAX {
            most.select_nth_unstable_by(COMPARED_MAX, first);
            most.truncate(COMPARED_MAX);
        }
        most.sort_unstable_by(first);
        most
    }
}
