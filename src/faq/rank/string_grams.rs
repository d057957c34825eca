//! What whole questions look like: their fours of characters, across words. A second opinion beside the words.

use super::index::rarity;
use super::words::{fold, words};

/// So many characters make a gram.
const GRAM: usize = 3;
/// How many kinds of grams are told apart.
const KINDS: usize = 1 << 15;

/// Hashes of a text's grams, each once, in ascending order.
pub(super) fn string_grams(text: &str) -> Vec<u32> {
    let forms: Vec<String> = words(text).iter().map(|word| fold(&word.text)).collect();
    grams_of_forms(forms.iter().map(String::as_str))
}

/// The same for words that are already without accents.
pub(super) fn grams_of_forms<'a>(forms: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut characters = vec![' '];
    for form in forms {
        characters.extend(form.chars().chain([' ']));
    }
    let mut grams: Vec<u32> = characters.windows(GRAM).map(hash).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// FNV-1a over the characters.
fn hash(characters: &[char]) -> u32 {
    characters.iter().fold(0x811C_9DC5, |hash, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193))
}

/// How much each kind of gram says: those of every question (`the `, ` wie`) little.
#[derive(Debug, Default)]
pub(super) struct GramWeights {
    /// For each kind the square of its rarity.
    squares: Vec<f32>,
}

impl GramWeights {
    /// By how many of the units have it.
    pub(super) fn of<'a>(units: impl Iterator<Item = &'a [u32]>) -> Self {
        let mut having = vec![0_u32; KINDS];
        let mut all = 0;
        for grams in units {
            all += 1;
            for gram in grams {
                having.get_mut(kind(*gram)).into_iter().for_each(|count| *count += 1);
            }
        }
        Self { squares: having.into_iter().map(|having| rarity(all, having as f32).powi(2)).collect() }
    }

    fn square(&self, gram: u32) -> f32 {
        self.squares.get(kind(gram)).copied().unwrap_or_default()
    }

    /// The length of the vector of these grams' weights.
    pub(super) fn norm(&self, grams: &[u32]) -> f32 {
        grams.iter().map(|gram| self.square(*gram)).sum::<f32>().sqrt()
    }

    /// How much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.squares.capacity() * 4
    }
}

fn kind(gram: u32) -> usize {
    (gram ^ gram >> 15) as usize % KINDS
}

/// What a question looks like, ready to be held against many units.
#[derive(Debug)]
pub(super) struct Looks<'a> {
    weights: &'a GramWeights,
    /// A bit for each kind of gram that the question has.
    bits: Vec<u64>,
    norm: f32,
}

impl<'a> Looks<'a> {
    pub(super) fn of(grams: &[u32], weights: &'a GramWeights) -> Self {
        let mut bits = vec![0_u64; KINDS / 64];
        for gram in grams {
            let kind = kind(*gram);
            bits.get_mut(kind / 64).into_iter().for_each(|word| *word |= 1 << (kind % 64));
        }
        Self { weights, bits, norm: weights.norm(grams) }
    }

    /// The cosine with a unit's grams, whose vector is so long.
    pub(super) fn likeness(&self, grams: &[u32], norm: f32) -> f32 {
        let has = |gram: &&u32| {
            let kind = kind(**gram);
            self.bits.get(kind / 64).is_some_and(|word| word >> (kind % 64) & 1 == 1)
        };
        let common: f32 = grams.iter().filter(has).map(|gram| self.weights.square(*gram)).sum();
        common / (norm * self.norm).max(f32::MIN_POSITIVE)
    }
}
