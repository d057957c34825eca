//! A text's words in one form: Unicode NFKC, lower case; Chinese, Japanese, Korean, Thai and their like, which put no
//! spaces between words, as pairs of characters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How long a word may be, in characters. What is longer is no word, and comparing costs its length.
pub(super) const WORD_MAX: usize = 40;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case, with its accents.
    pub text: String,
    /// Two neighbouring characters of a script without spaces: it has no stem and no misspellings.
    pub pair: bool,
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Found::default();
    text.nfkc().flat_map(char::to_lowercase).for_each(|c| found.take(c));
    found.end_word();
    found.end_run();
    found.words
}

#[derive(Default)]
struct Found {
    words: Vec<Word>,
    word: String,
    /// Characters of a script without spaces.
    run: Vec<char>,
}

impl Found {
    fn take(&mut self, c: char) {
        if has_no_spaces(c) && (c.is_alphanumeric() || is_combining_mark(c)) {
            self.end_word();
            self.run.push(c);
            return;
        }
        self.end_run();
        match c {
            '\'' | '’' | '‘' | '`' | '´' if !self.word.is_empty() => self.word.push('\''),
            _ if c.is_alphanumeric() || (is_combining_mark(c) && !self.word.is_empty()) => self.word.push(c),
            _ => self.end_word(),
        }
    }

    fn end_run(&mut self) {
        match self.run.as_slice() {
            [] => {}
            [one] => self.words.push(Word { text: one.to_string(), pair: true }),
            more => {
                let pairs = more.windows(2).map(|pair| Word { text: pair.iter().collect(), pair: true });
                self.words.extend(pairs);
            }
        }
        self.run.clear();
    }

    /// Takes contractions apart: `l'adresse` are two words, `what's` is `what`, `don't` is `dont`.
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        match word.trim_end_matches('\'').split_once('\'') {
            None => self.push(word.trim_end_matches('\'')),
            Some((word, "s")) => self.push(word),
            Some((elided, word)) if elided.chars().count() <= 2 && word.chars().count() >= 3 => {
                self.push(elided);
                self.push(&word.replace('\'', ""));
            }
            Some((start, end)) => self.push(&format!("{start}{}", end.replace('\'', ""))),
        }
    }

    fn push(&mut self, word: &str) {
        if !word.is_empty() {
            let text = word.chars().take(WORD_MAX).collect();
            self.words.push(Word { text, pair: false });
        }
    }
}

/// The word without accents, and with letters of the Latin script in their plainest spelling.
pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')) {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            c => plain.push(c),
        }
    }
    plain.nfc().collect()
}

/// Scripts that put no spaces between words, and Korean, whose endings grow onto the words: by Unicode's blocks.
fn has_no_spaces(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF       // Thai, Lao
        | 0x1000..=0x109F     // Myanmar
        | 0x1780..=0x17FF     // Khmer
        | 0x3040..=0x30FF     // Hiragana, Katakana
        | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF     // Han
        | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7AF     // Hangul
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_lower_case_and_compatible() {
        assert_eq!(
            texts("The ﬁrst, ＷＩＤＥ one-way ticket_price 3.5"),
            ["the", "first", "wide", "one", "way", "ticket", "price", "3", "5"]
        );
    }

    #[test]
    fn contractions_are_taken_apart() {
        assert_eq!(
            texts("What's l'adresse? I don't 'know' qu’est"),
            ["what", "l", "adresse", "i", "dont", "know", "qu", "est"]
        );
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        assert_eq!(texts("如何开启OMEMO 好 ไม่"), ["如何", "何开", "开启", "omemo", "好", "ไม", "ม่"]);
        assert!(words("如何").first().unwrap().pair);
    }

    #[test]
    fn what_is_no_word_is_nothing() {
        assert_eq!(texts("😀 ?! -- '' \u{301}"), Vec::<String>::new());
        assert_eq!(texts(&"a".repeat(100)), ["a".repeat(WORD_MAX)]);
    }

    #[test]
    fn accents_go() {
        assert_eq!(fold("straße"), "strasse");
        assert_eq!(fold("señor łódź cœur"), "senor lodz coeur");
        assert_eq!(fold("ї"), "і");
    }
}
