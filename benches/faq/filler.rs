//! Entries and questions without sense, with the shape of real ones: sentences of frequent words, and rarer made-up words,
//! both by Zipf's law. The same in every run.

use std::collections::BTreeSet;

use frontdesk::faq::eval::DatasetEntry;

/// The words that questions are made of, the most frequent first.
const WORDS: &str = "i the to my a is what you for how me can of do in it on and have please tell need with from at \
    account card bank are that much time get want does know be when there long if credit find would make set change \
    will money any about should was pay book trip order flight list call many go due an some new day play add where \
    next music reminder show bill check help good your phone use travel schedule transfer food restaurant hotel car work \
    vacation insurance name date calendar balance meeting today application cancel status direction shopping recipe gas \
    weather calories alarm tire text oil song timer distance traffic language translate timezone limit score report \
    rewards interest rate minimum payment international fees lost stolen damaged replace activate expiration routing \
    number spelling definition joke story coin dice roll flip meaning life capital country password server client \
    contact message room picture file upload download printer paper offline online settings language volume accent \
    reservation confirm carry luggage visa vaccine plug jump battery pressure maintenance mileage taxes income payday \
    salary freeze fraud block unblock direct deposit rollover retirement spending history transactions purchase return \
    exchange delivery refund invoice address street city weekend monday friday morning evening tomorrow yesterday";
/// How many made-up words questions are made of, less frequent than all of these.
const TAIL: usize = 800;
const STARTS: [&str; 24] = [
    "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "ch", "cl", "gr", "pl", "sh",
    "st", "th", "tr",
];
const MIDDLES: [&str; 9] = ["a", "e", "i", "o", "u", "ai", "ee", "ou", "io"];
const ENDS: [&str; 9] = ["", "n", "r", "s", "t", "l", "nd", "ck", "ng"];
const MADE_UP: usize = 60_000;

pub struct Filler {
    state: u64,
    frequent: Vec<String>,
    rare: Vec<String>,
    pool: Vec<String>,
}

impl Filler {
    pub fn new() -> Self {
        let mut filler = Self {
            state: 5,
            frequent: WORDS.split_whitespace().map(str::to_owned).collect(),
            rare: Vec::new(),
            pool: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        while filler.rare.len() < MADE_UP {
            let syllables = 2 + filler.below(3);
            let word: String = (0..syllables).map(|_| filler.syllable()).collect();
            if seen.insert(word.clone()) {
                filler.rare.push(word);
            }
        }
        let tail = filler.rare.split_off(MADE_UP - TAIL);
        filler.frequent.extend(tail);
        filler.pool = (0..3_000).map(|_| filler.sentence()).collect();
        filler
    }

    pub fn entry(&mut self, number: usize) -> DatasetEntry {
        let question = format!("{} {}", self.pooled(), self.rare_words(2));
        let sentences: Vec<String> = (0..5).map(|_| self.pooled()).collect();
        let answer = format!("{}. {}", sentences.join(". "), self.rare_words(13));
        DatasetEntry {
            id: format!("b{number}"),
            question,
            aliases: vec![],
            tags: vec![],
            answer,
            lang: Some("en".to_owned()),
        }
    }

    /// A sentence; every fourth time with a rare word, every fourth time with a typo.
    pub fn question(&mut self) -> String {
        let sentence = self.sentence();
        match self.below(4) {
            0 => format!("{sentence} {}", self.rare_words(1)),
            1 => {
                let at = self.below(sentence.len());
                let (start, end) = sentence.split_at(at);
                format!("{start}x{end}")
            }
            _ => sentence,
        }
    }

    fn pooled(&mut self) -> String {
        let number = self.below(self.pool.len());
        self.pool[number].clone()
    }

    fn sentence(&mut self) -> String {
        let words = 4 + self.below(9);
        let ranks: Vec<usize> = (0..words).map(|_| self.zipf(self.frequent.len(), 4)).collect();
        ranks.into_iter().map(|rank| self.frequent[rank].as_str()).collect::<Vec<_>>().join(" ")
    }

    fn rare_words(&mut self, count: usize) -> String {
        let ranks: Vec<usize> = (0..count).map(|_| self.zipf(self.rare.len(), 20)).collect();
        ranks.into_iter().map(|rank| self.rare[rank].as_str()).collect::<Vec<_>>().join(" ")
    }

    fn syllable(&mut self) -> String {
        let (start, middle, end) = (self.below(STARTS.len()), self.below(MIDDLES.len()), self.below(ENDS.len()));
        format!("{}{}{}", STARTS[start], MIDDLES[middle], ENDS[end])
    }

    /// A rank with a likelihood of 1 / (rank + flat).
    fn zipf(&mut self, ranks: usize, flat: usize) -> usize {
        let (flat, share) = (flat as f64, self.below(1 << 30) as f64 / f64::from(1 << 30));
        let rank = flat * ((ranks as f64 + flat) / flat).powf(share) - flat;
        (rank as usize).min(ranks - 1)
    }

    /// SplitMix64.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}

/// What nobody asks in earnest.
pub fn hostile() -> Vec<(&'static str, String)> {
    let distinct: Vec<String> = (0..10_000).map(|number| format!("wor{number}d")).collect();
    vec![
        ("10 kB of words", "the account password printer reservation ".repeat(250)),
        ("10,000 different words", distinct.join(" ")),
        ("only emoji", "😀🎉".repeat(1_000)),
        ("FTS and SQL", "\"a\" OR b* NEAR(c d) AND NOT ('; DROP TABLE faq;--) col:x ^y %_".repeat(100)),
        ("one letter, repeated", "a".repeat(10_000)),
        ("one word, repeated", "a ".repeat(10_000)),
    ]
}
