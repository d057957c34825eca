//! How alike two spellings are: one mechanism for typos, inflections and compounds.

/// What a word is cut into so that similar words share much: its threes of characters, in short words its twos too,
/// with marks for beginning and end. In ascending order, each once.
pub(super) fn grams(word: &str) -> Vec<u64> {
    let marked: Vec<u64> =
        std::iter::once(1).chain(word.chars().map(|c| u64::from(u32::from(c)))).chain(std::iter::once(2)).collect();
    let mut grams: Vec<u64> = marked.windows(3).map(packed).collect();
    if marked.len() <= PAIRED_MAX {
        grams.extend(marked.windows(2).map(packed));
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// Words up to so many characters, with both marks, are cut into twos as well: one typo spoils most of their threes.
const PAIRED_MAX: usize = 8;

/// A character has 21 bits; no character is 0, so twos and threes differ.
fn packed(characters: &[u64]) -> u64 {
    characters.iter().fold(0, |packed, c| packed << 21 | c)
}

/// From this likeness on a word stands in for another.
pub(super) const LIKENESS_MIN: f32 = 0.45;

/// From how many characters on a word may be misspelled in one place, and in two.
const ONE_TYPO_FROM: usize = 4;
const TWO_TYPOS_FROM: usize = 8;
/// What is left of a word's worth after one typo, and what each further one and one in the first letter costs: people
/// rarely miss the first letter.
const ONE_TYPO: f32 = 0.9;
const FURTHER_TYPO: f32 = 0.15;
const FIRST_LETTER: f32 = 0.15;

/// The share of common grams that makes two words alike by itself, and its worth.
const OVERLAP_MIN: f32 = 0.5;
const OVERLAP: f32 = 0.8;

/// The length of a common piece that makes two words alike, anywhere and at an edge of both; and its worth by its
/// share of the longer word.
const PIECE_MIN: usize = 5;
const EDGE_PIECE_MIN: usize = 4;
const PIECE: f32 = 0.3;
const PIECE_SHARE: f32 = 0.6;
const PIECE_INSIDE: f32 = 0.8;

/// A word, ready to be compared with many.
pub(super) struct Spelling<'a> {
    text: &'a str,
    /// How many grams it has.
    grams: usize,
    /// In characters.
    length: usize,
}

impl<'a> Spelling<'a> {
    pub(super) fn new(text: &'a str, grams: usize) -> Self {
        Self { text, grams, length: if text.is_ascii() { text.len() } else { text.chars().count() } }
    }
}

/// How well `there` stands in for `asked`, from 0 to 1. `common` is the number of their common grams, `typos` whether
/// `asked` may be a misspelling (a word that the index knows is none).
pub(super) fn likeness(asked: &Spelling<'_>, there: &Spelling<'_>, common: usize, typos: bool) -> f32 {
    let misspelled = if typos { misspelling(asked, there) } else { 0.0 };
    misspelled.max(overlap(asked, there, common)).max(common_piece(asked, there))
}

fn misspelling(asked: &Spelling<'_>, there: &Spelling<'_>) -> f32 {
    let typos_max = match asked.length {
        TWO_TYPOS_FROM.. => 2,
        ONE_TYPO_FROM.. => 1,
        _ => return 0.0,
    };
    if asked.length.abs_diff(there.length) > typos_max {
        return 0.0;
    }
    let typos = match strsim::osa_distance(asked.text, there.text) {
        0 | 1 => 0.0,
        2 if typos_max == 2 => FURTHER_TYPO,
        _ => return 0.0,
    };
    let first = if asked.text.chars().next() == there.text.chars().next() { 0.0 } else { FIRST_LETTER };
    ONE_TYPO - typos - first
}

/// Dice's coefficient of the grams.
fn overlap(asked: &Spelling<'_>, there: &Spelling<'_>, common: usize) -> f32 {
    let dice = 2.0 * share(common, asked.grams + there.grams);
    if dice >= OVERLAP_MIN { OVERLAP * dice } else { 0.0 }
}

/// Compounds and what grew from the same root: by the longest common piece.
fn common_piece(asked: &Spelling<'_>, there: &Spelling<'_>) -> f32 {
    let (length, at_edge) = if asked.text.is_ascii() && there.text.is_ascii() {
        longest_common_piece(asked.text.as_bytes(), there.text.as_bytes())
    } else {
        longest_common_piece(&characters(asked.text), &characters(there.text))
    };
    if length < PIECE_MIN && !(at_edge && length >= EDGE_PIECE_MIN) {
        return 0.0;
    }
    let worth = PIECE + PIECE_SHARE * share(length, asked.length.max(there.length));
    if at_edge { worth } else { PIECE_INSIDE * worth }
}

fn characters(word: &str) -> Vec<char> {
    word.chars().collect()
}

/// The length of the longest common substring, and whether one of that length lies at an edge of both words.
fn longest_common_piece<T: PartialEq>(one: &[T], other: &[T]) -> (usize, bool) {
    let mut ending_here = [0_u8; super::words::WORD_MAX + 1];
    let (mut longest, mut at_edge) = (0, false);
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = 0_u8;
        for ((j, b), here) in other.iter().enumerate().zip(ending_here.iter_mut()) {
            let length = if a == b { diagonal.saturating_add(1) } else { 0 };
            diagonal = std::mem::replace(here, length);
            if length == 0 || length < longest {
                continue;
            }
            let piece = usize::from(length);
            let edge = (i + 1 == piece || i + 1 == one.len()) && (j + 1 == piece || j + 1 == other.len());
            at_edge = edge || (at_edge && length == longest);
            longest = length;
        }
    }
    (usize::from(longest), at_edge)
}

fn share(part: usize, whole: usize) -> f32 {
    part as f32 / (whole.max(1)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(asked: &str, there: &str) -> f32 {
        let (a, b) = (grams(asked), grams(there));
        let common = a.iter().filter(|gram| b.contains(gram)).count();
        likeness(&Spelling::new(asked, a.len()), &Spelling::new(there, b.len()), common, true)
    }

    #[test]
    fn typos() {
        for (asked, there) in [("wlil", "will"), ("redervations", "reservations"), ("quaranane", "quarantane")] {
            assert!(alike(asked, there) > 0.7, "{asked} {there} {}", alike(asked, there));
        }
        assert_eq!(alike("cat", "cut"), 0.0);
    }

    #[test]
    fn inflections_and_compounds() {
        for (asked, there) in [
            ("isolation", "selbstisolation"),
            ("pneumokokkenimpfung", "pneumokokken"),
            ("impfung", "impfstoff"),
            ("hinzugefugt", "hinzufugen"),
            ("personengruppen", "kontaktpersonen"),
        ] {
            assert!(alike(asked, there) >= LIKENESS_MIN, "{asked} {there} {}", alike(asked, there));
        }
        assert!(alike("printer", "banana") < LIKENESS_MIN);
    }

    #[test]
    fn pieces_at_edges() {
        let piece = |a: &str, b: &str| {
            let wide = longest_common_piece(&characters(a), &characters(b));
            assert_eq!(longest_common_piece(a.as_bytes(), b.as_bytes()), wide);
            wide
        };
        assert_eq!(piece("isolation", "selbstisolation"), (9, true));
        assert_eq!(piece("schutzmaske", "mundschutz"), (6, true));
        assert_eq!(piece("xabcdey", "zabcdez"), (5, false));
        assert_eq!(piece("", "a"), (0, false));
    }
}
