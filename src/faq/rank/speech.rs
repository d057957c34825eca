//! In which of the entries' languages somebody asks: by stop words and by what words look like there.

use std::collections::HashMap;

use super::language::Language;
use super::likeness::grams;

/// How much the looks of a word count, how much it counts that it is a stop word (in nats), how much one word counts at
/// most, and how much the language that the asker's client names.
const LOOKS: f32 = 0.3;
const STOP_WORD: f32 = 2.0;
const ONE_WORD_MAX: f32 = 3.0;
const NAMED: f32 = 1.5;
/// Smoothing: what each gram is counted more than it occurred, and for how many grams.
const SEEN_MORE: f32 = 0.1;
const GRAMS_MORE: f32 = 500.0;

/// What the languages' words look like.
#[derive(Debug, Default)]
pub(super) struct Speech {
    /// In which languages each form occurs, as bits.
    heard: HashMap<Box<str>, u64>,
    /// For each gram the logarithm of its share among each language's grams.
    shares: HashMap<u64, Box<[f32]>>,
    /// The same for a gram that the language does not have.
    unseen: Vec<f32>,
}

impl Speech {
    /// A form occurs in a language.
    pub(super) fn hear(&mut self, form: &str, language: u16) {
        let bit = 1_u64.checked_shl(u32::from(language)).unwrap_or_default();
        match self.heard.get_mut(form) {
            Some(languages) => *languages |= bit,
            None => drop(self.heard.insert(form.into(), bit)),
        }
    }

    /// To be called once, when everything was heard. With one language there is nothing to tell apart.
    pub(super) fn finish(&mut self, languages: &[Language]) {
        let mut heard: Vec<(Box<str>, u64)> = std::mem::take(&mut self.heard).into_iter().collect();
        if languages.len() < 2 {
            return;
        }
        heard.sort_unstable();
        let mut counts: HashMap<u64, Box<[f32]>> = HashMap::new();
        let mut totals = vec![0.0_f32; languages.len()];
        let mut count = |word: &str, number: usize| {
            for gram in grams(word) {
                let of_gram = counts.entry(gram).or_insert_with(|| vec![0.0; languages.len()].into());
                of_gram.get_mut(number).into_iter().for_each(|count| *count += 1.0);
                totals.get_mut(number).into_iter().for_each(|total| *total += 1.0);
            }
        };
        for (number, language) in languages.iter().enumerate() {
            language.stops().into_iter().for_each(|word| count(word, number));
            let spoken = heard.iter().filter(|(_, bits)| bits.checked_shr(number as u32).unwrap_or_default() & 1 == 1);
            spoken.for_each(|(word, _)| count(word, number));
        }
        let shares =
            |counts: Box<[f32]>| counts.iter().zip(&totals).map(|(count, total)| log_share(*count, *total)).collect();
        self.shares = counts.into_iter().map(|(gram, counts)| (gram, shares(counts))).collect();
        self.unseen = totals.into_iter().map(|total| log_share(0.0, total)).collect();
    }

    /// For each language how likely the words are in it, in sum 1. `named` is the language that the asker's client names.
    pub(super) fn tell(&self, languages: &[Language], words: &[&str], named: Option<&str>) -> Vec<f32> {
        if languages.len() < 2 {
            return vec![1.0; languages.len()];
        }
        let prior = |language: &Language| if named == Some(&language.tag) { NAMED } else { 0.0 };
        let mut sums: Vec<f32> = languages.iter().map(prior).collect();
        for word in words {
            let of_word = self.of_word(languages, word);
            let best = of_word.iter().copied().fold(f32::MIN, f32::max);
            sums.iter_mut().zip(of_word).for_each(|(sum, one)| *sum += (one - best).max(-ONE_WORD_MAX));
        }
        probabilities(&sums)
    }

    fn of_word(&self, languages: &[Language], word: &str) -> Vec<f32> {
        let mut looks = vec![0.0; languages.len()];
        for gram in grams(word) {
            let shares = self.shares.get(&gram).map_or(self.unseen.as_slice(), |shares| shares);
            looks.iter_mut().zip(shares).for_each(|(look, share)| *look += LOOKS * share);
        }
        let stop = |language: &Language| if language.is_stop(word) { STOP_WORD } else { 0.0 };
        looks.iter_mut().zip(languages).for_each(|(look, language)| *look += stop(language));
        looks
    }

    /// How much memory it takes, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        self.shares.capacity() * (25 + 4 * self.unseen.len())
    }
}

fn log_share(count: f32, total: f32) -> f32 {
    ((count + SEEN_MORE) / (total + GRAMS_MORE)).ln()
}

/// Softmax.
pub(super) fn probabilities(logits: &[f32]) -> Vec<f32> {
    let best = logits.iter().copied().fold(f32::MIN, f32::max);
    let each: Vec<f32> = logits.iter().map(|logit| (logit - best).exp()).collect();
    let sum: f32 = each.iter().sum();
    each.into_iter().map(|one| one / sum).collect()
}
