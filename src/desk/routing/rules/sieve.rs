//! Which rules cannot hold, seen at a glance: nearly all of them ask for one text, number or other value that the guest must have, and the
//! guest has another, or none.
//!
//! A rule that is passed over here is one of which [`Term::answer`] would say that it surely does not hold; one that is told as failing, one of
//! which it would say that.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::Failure;
use super::known::Known;
use super::sight::Sight;
use super::sure::Term;
use super::ways::{Part, Side, Subject, Wanted, Way, is_comparison, ways};

/// So many parts of a text are looked for; of a longer one nothing is known.
const LOOKS_MAX: usize = 256;

/// What each rule waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sieve {
    /// Rules that wait for nothing.
    always: Rules,
    keys: Vec<Key>,
}

/// What is compared with texts, keys or whole numbers, and the rules that wait for each of these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    subject: Subject,
    texts: BTreeMap<String, Vec<usize>>,
    wholes: BTreeMap<i64, Vec<usize>>,
    /// How long the texts are, in bytes.
    lengths: BTreeSet<usize>,
    /// Those that are nothing but this comparison: where it fails, they do.
    alone: Rules,
    others: Rules,
}

/// A set of rules, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rules(Vec<u64>);

/// What is known of rules before they are asked, one by one.
#[derive(Debug, Default)]
pub(super) struct Passed<'a> {
    /// These may hold.
    pub(super) asked: Rules,
    /// These fail, for that reason.
    pub(super) failing: Vec<(Failure, &'a Rules)>,
}

impl Sieve {
    /// For these rules, in their order.
    pub(super) fn of(terms: &[Term<usize>]) -> Self {
        let ways: Vec<Vec<Way>> = terms.iter().map(ways).collect();
        let mut sieve = Self::default();
        // Where there are several ways, that one is best which fewest other rules go.
        ways.iter().flatten().flatten().for_each(|(subject, wanted)| sieve.key(subject).wait(wanted, None));
        for (rule, (ways, term)) in ways.into_iter().zip(terms).enumerate() {
            match ways.into_iter().min_by_key(|way| sieve.crowd(way)) {
                Some(way) => way.iter().for_each(|(subject, wanted)| {
                    let key = sieve.key(subject);
                    key.wait(wanted, Some(rule));
                    if is_comparison(term) { &mut key.alone } else { &mut key.others }.add(rule);
                }),
                None => sieve.always.add(rule),
            }
        }
        sieve.keys.iter_mut().for_each(Key::settle);
        sieve
    }

    /// Which rules may hold, and which surely fail.
    pub(super) fn passed(&self, sight: Sight<'_, '_>) -> Passed<'_> {
        let mut passed = Passed { asked: self.always.clone(), failing: Vec::new() };
        self.keys.iter().for_each(|key| key.pass(sight, &mut passed));
        passed
    }

    fn key(&mut self, subject: &Subject) -> &mut Key {
        let place = self.keys.iter().position(|key| key.subject == *subject).unwrap_or_else(|| {
            self.keys.push(Key::new(subject.clone()));
            self.keys.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "it was found there, or put there")]
        &mut self.keys[place]
    }

    fn crowd(&self, way: &Way) -> usize {
        let of = |(subject, wanted): &(Subject, Wanted)| {
            let key = self.keys.iter().find(|key| key.subject == *subject);
            key.map_or(0, |key| key.crowd(wanted))
        };
        way.iter().map(of).sum()
    }
}

impl Key {
    fn new(subject: Subject) -> Self {
        let (texts, wholes, lengths) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { subject, texts, wholes, lengths, alone: Rules::default(), others: Rules::default() }
    }

    /// `None`: a rule could wait here.
    fn wait(&mut self, wanted: &Wanted, rule: Option<usize>) {
        let rules = match wanted {
            Wanted::Text(text) => self.texts.entry(text.clone()).or_default(),
            Wanted::Whole(whole) => self.wholes.entry(*whole).or_default(),
        };
        rules.push(rule.unwrap_or(usize::MAX));
    }

    /// How many rules wait for this, or could.
    fn crowd(&self, wanted: &Wanted) -> usize {
        let rules = match wanted {
            Wanted::Text(text) => self.texts.get(text),
            // A number is on one side of many.
            Wanted::Whole(_)
                if !matches!(self.subject, Subject::Whole(Side::On, _) | Subject::AnyWhole(Side::On, ..)) =>
            {
                return self.wholes.len();
            }
            Wanted::Whole(whole) => self.wholes.get(whole),
        };
        rules.map_or(0, Vec::len)
    }

    /// Forgets those that could have waited here.
    fn settle(&mut self) {
        for rules in self.texts.values_mut().chain(self.wholes.values_mut()) {
            rules.retain(|rule| *rule != usize::MAX);
        }
        self.texts.retain(|_, rules| !rules.is_empty());
        self.wholes.retain(|_, rules| !rules.is_empty());
        self.lengths = self.texts.keys().map(String::len).collect();
    }

    /// Where it is not known what is there, nothing is known of any of them; but where nothing is there, some fail.
    fn pass<'a>(&'a self, sight: Sight<'_, '_>, passed: &mut Passed<'a>) {
        if self.texts.is_empty() && self.wholes.is_empty() {
            return;
        }
        let asked = &mut passed.asked;
        if self.pass_known(sight, asked).is_some() {
            return;
        }
        asked.join(&self.others);
        match self.subject.fails(sight) {
            Some(failure) => passed.failing.push((failure, &self.alone)),
            None => asked.join(&self.alone),
        }
    }

    fn pass_known(&self, sight: Sight<'_, '_>, asked: &mut Rules) -> Option<()> {
        match &self.subject {
            Subject::Text(part, term) => self.pass_text(*part, &term.known(sight)?, asked),
            Subject::Whole(side, term) => self.pass_whole(*side, &term.known(sight)?, asked),
            Subject::Value(term) => self.pass_value(&term.known(sight)?, asked),
            Subject::AnyText(part, list, column) => {
                each((*list, *column), sight, |known| self.pass_text(*part, known, asked))
            }
            Subject::AnyWhole(side, list, column) => {
                each((*list, *column), sight, |known| self.pass_whole(*side, known, asked))
            }
            Subject::AnyValue(list, column) => each((*list, *column), sight, |known| self.pass_value(known, asked)),
        }
    }

    fn pass_text(&self, part: Part, known: &Known<'_>, passed: &mut Rules) -> Option<()> {
        let text = match known {
            Known::Text(text) => text,
            // It is none of the texts, but for its parts somebody asks in vain.
            _ => return (part == Part::All).then_some(()),
        };
        let mut looks = 0;
        for length in self.lengths.range(..=text.len()) {
            let last = text.len() - length;
            let places = match part {
                Part::All if last > 0 => continue,
                Part::All | Part::Beginning => 0..=0,
                Part::End => last..=last,
                Part::Any => 0..=last,
            };
            looks += places.end() - places.start() + 1;
            if looks > LOOKS_MAX {
                return None;
            }
            let parts = places.filter_map(|place| text.get(place..place + length));
            parts.filter_map(|found| self.texts.get(found)).flatten().for_each(|rule| passed.add(*rule));
        }
        Some(())
    }

    fn pass_value(&self, known: &Known<'_>, passed: &mut Rules) -> Option<()> {
        let waiting = self.texts.get(&known.key()?);
        waiting.into_iter().flatten().for_each(|rule| passed.add(*rule));
        Some(())
    }

    fn pass_whole(&self, side: Side, known: &Known<'_>, passed: &mut Rules) -> Option<()> {
        let (down, up) = match known {
            Known::Whole(whole) => (*whole, *whole),
            Known::Real(real) => whole_beside(*real)?,
            // It is none of the numbers, but it cannot be told on which side of them it is.
            _ => return (side == Side::On).then_some(()),
        };
        let waiting = match side {
            Side::On if down != up => return Some(()),
            Side::On => self.wholes.range(down..=up),
            Side::AtLeast => self.wholes.range(..=down),
            Side::AtMost => self.wholes.range(up..),
        };
        waiting.flat_map(|(_, rules)| rules).for_each(|rule| passed.add(*rule));
        Some(())
    }
}

/// The whole numbers below and above, where none is skipped among numbers with a point.
fn whole_beside(real: f64) -> Option<(i64, i64)> {
    let exact = real.abs() < (1_i64 << f64::MANTISSA_DIGITS) as f64;
    exact.then_some((real.floor() as i64, real.ceil() as i64))
}

/// What is known of that place of each item of a list. Nothing where nothing is known of one.
fn each(
    (list, column): (usize, usize),
    sight: Sight<'_, '_>,
    mut pass: impl FnMut(&Known<'_>) -> Option<()>,
) -> Option<()> {
    sight.rows(list)?.into_iter().try_for_each(|row| pass(&Known::of(row.item(column)?.value()?)))
}

impl Rules {
    fn add(&mut self, rule: usize) {
        let word = rule / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0.iter_mut().skip(word).take(1).for_each(|bits| *bits |= 1 << (rule % 64));
    }

    fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(bits, other)| *bits |= other);
    }

    /// Their numbers, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let next = |bits: &u64| Some(bits & (bits - 1)).filter(|left| *left != 0);
            std::iter::successors(Some(*bits).filter(|bits| *bits != 0), next)
                .map(move |bits| 64 * word + usize::try_from(bits.trailing_zeros()).unwrap_or_default())
        })
    }
}
