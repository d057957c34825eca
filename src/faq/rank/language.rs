//! Languages: their stems, their stop words, and which of them a text is probably in.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use frostem::Stemmer;

use super::words::{fold, words};

/// The languages that a text without a declared one may be in: those with both stems and stop words.
const GUESSED: [&str; 21] = [
    "ar", "ca", "da", "de", "el", "en", "es", "eu", "fi", "fr", "hu", "id", "it", "ne", "nl", "no", "pt", "ro", "ru",
    "sv", "tr",
];
/// How many stop words of a language a text must have before it is taken for it.
const GUESS_HITS_MIN: usize = 2;

/// A language. Where there is no stemmer or no list of stop words for it, its words stay whole or weigh the same.
pub(super) struct Language {
    pub tag: String,
    stemmer: Option<Stemmer>,
    stops: HashSet<String>,
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.tag).finish()
    }
}

impl Language {
    /// The language with this primary tag (BCP 47).
    pub(super) fn new(tag: &str) -> Self {
        let stops = stop_words::lookup(tag).unwrap_or_default().iter();
        Self {
            tag: tag.to_owned(),
            stemmer: Stemmer::try_from_name(tag).ok(),
            stops: stops.flat_map(|word| words(word)).map(|word| fold(&word.text)).collect(),
        }
    }

    /// The stem of a word in lower case, without accents (Snowball's stemmers want them, so they go last).
    pub(super) fn stem(&self, word: &str) -> String {
        self.stemmer.map_or_else(|| fold(word), |stemmer| fold(&stemmer.stem(word)))
    }

    /// Whether a word without accents is in every text of the language.
    pub(super) fn is_stop(&self, folded: &str) -> bool {
        self.stops.contains(folded)
    }

    /// The stop words, in alphabetical order.
    pub(super) fn stops(&self) -> Vec<&str> {
        let mut stops: Vec<&str> = self.stops.iter().map(String::as_str).collect();
        stops.sort_unstable();
        stops
    }
}

/// The primary part of a language tag, in lower case: `de` for `de-AT`.
pub(super) fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Tells languages by their stop words.
pub(super) struct Guesser {
    languages: Vec<Language>,
}

impl Guesser {
    pub(super) fn new() -> Self {
        Self { languages: GUESSED.iter().map(|tag| Language::new(tag)).collect() }
    }

    /// The language that most of these texts' words are stop words of; `None` where that is not clear.
    pub(super) fn guess<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Option<String> {
        let folded: Vec<String> = texts.flat_map(words).map(|word| fold(&word.text)).collect();
        let hits = |language: &Language| folded.iter().filter(|word| language.is_stop(word)).count();
        let mut ranked: Vec<(usize, &str)> =
            self.languages.iter().map(|language| (hits(language), language.tag.as_str())).collect();
        ranked.sort_by_key(|(hits, tag)| (std::cmp::Reverse(*hits), *tag));
        match ranked.as_slice() {
            [(first, tag), (second, _), ..] if *first >= GUESS_HITS_MIN && first > second => Some((*tag).to_owned()),
            _ => None,
        }
    }
}

/// The tag that most have.
pub(super) fn commonest<'a>(tags: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    tags.for_each(|tag| *counts.entry(tag).or_default() += 1);
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map(|(tag, _)| tag.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_have_stems() {
        assert_eq!(Language::new("en").stem("reservations"), "reserv");
        assert_eq!(Language::new("de").stem("häuser"), "haus");
        assert_eq!(Language::new("zz").stem("straße"), "strasse");
    }

    #[test]
    fn each_guessable_language_has_stems_and_stop_words() {
        for language in Guesser::new().languages {
            assert!(language.stemmer.is_some() && language.stops.len() > 20, "{language:?}");
        }
    }

    #[test]
    fn languages_are_guessed_by_their_small_words() {
        let guesser = Guesser::new();
        let guess = |text: &str| guesser.guess([text].into_iter());
        assert_eq!(guess("How do I join a room with my client?").as_deref(), Some("en"));
        assert_eq!(guess("Wie kann ich mit dem Programm einem Raum beitreten?").as_deref(), Some("de"));
        assert_eq!(guess("OMEMO XMPP"), None);
    }

    /// I6: no word makes a stemmer fail.
    #[test]
    fn no_word_is_too_strange_for_a_stemmer() {
        let strange = ["", "'", "ιιιι", "όόόόα", "ğ", "\u{301}", "\u{1F600}", "zzzzzzzzzzzzz", "ابتثج", "नमस्ते", "ёёёё"];
        for language in Guesser::new().languages {
            for word in strange {
                assert!(language.stem(&fold(word)).len() < 100);
                for end in 0..word.len() {
                    language.stem(word.get(end..).unwrap_or_default());
                }
            }
        }
    }

    #[test]
    fn the_commonest_is_told() {
        assert_eq!(commonest(["de", "en", "de"].into_iter()).as_deref(), Some("de"));
        assert_eq!(commonest(["en", "de"].into_iter()).as_deref(), Some("de"));
        assert_eq!(commonest([].into_iter()), None);
    }
}
