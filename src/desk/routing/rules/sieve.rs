//! Which rules cannot hold, seen at a glance: nearly all of them ask for one text or number that the guest must have, and the guest has
//! another.
//!
//! A rule that is passed over here is one of which [`Term::holds`] would say that it surely does not hold.

use std::collections::{BTreeMap, BTreeSet};

use super::sight::Sight;
use super::sure::{Likeness, Order, Quantity, Term};
use crate::desk::facts::Value;

/// So many ways to pass over a rule are weighed against each other.
const WAYS_MAX: usize = 4;

/// What each rule waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sieve {
    /// Rules that wait for nothing.
    always: Rules,
    keys: Vec<Key>,
}

/// What is compared with texts, or with whole numbers, and the rules that wait for each of these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    subject: Subject,
    rules: BTreeMap<Wanted, Vec<usize>>,
    /// How long the texts are that are waited for, in bytes.
    lengths: BTreeSet<usize>,
    all: Rules,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Text(Part, Term<usize>),
    Whole(Term<usize>),
    /// The text at this place of any item of that list.
    AnyText(Part, usize, usize),
}

/// What of a text must be what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Beginning,
    End,
}

/// What it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Text(String),
    Whole(i64),
}

/// One of these must be, or the rule does not hold.
type Way = Vec<(Subject, Wanted)>;

/// A set of rules, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rules(Vec<u64>);

impl Sieve {
    /// For these rules, in their order.
    pub(super) fn of(terms: &[Term<usize>]) -> Self {
        let ways: Vec<Vec<Way>> = terms.iter().map(ways).collect();
        let mut sieve = Self::default();
        // Where there are several ways, that one is best which fewest other rules go.
        ways.iter().flatten().flatten().for_each(|(subject, wanted)| sieve.key(subject).wait(wanted, None));
        for (rule, ways) in ways.into_iter().enumerate() {
            match ways.into_iter().min_by_key(|way| sieve.crowd(way)) {
                Some(way) => way.iter().for_each(|(subject, wanted)| sieve.key(subject).wait(wanted, Some(rule))),
                None => sieve.always.add(rule),
            }
        }
        sieve.keys.iter_mut().for_each(Key::settle);
        sieve
    }

    /// The rules that may hold.
    pub(super) fn passed(&self, sight: Sight<'_, '_>) -> Rules {
        let mut passed = self.always.clone();
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
            key.and_then(|key| key.rules.get(wanted)).map_or(0, Vec::len)
        };
        way.iter().map(of).sum()
    }
}

impl Key {
    fn new(subject: Subject) -> Self {
        Self { subject, rules: BTreeMap::new(), lengths: BTreeSet::new(), all: Rules::default() }
    }

    /// `None`: a rule could wait here.
    fn wait(&mut self, wanted: &Wanted, rule: Option<usize>) {
        self.rules.entry(wanted.clone()).or_default().push(rule.unwrap_or(usize::MAX));
    }

    /// Forgets those that could have waited here.
    fn settle(&mut self) {
        for rules in self.rules.values_mut() {
            rules.retain(|rule| *rule != usize::MAX);
            rules.iter().for_each(|rule| self.all.add(*rule));
        }
        self.rules.retain(|_, rules| !rules.is_empty());
        let length = |wanted: &Wanted| match wanted {
            Wanted::Text(text) => Some(text.len()),
            Wanted::Whole(_) => None,
        };
        self.lengths = self.rules.keys().filter_map(length).collect();
    }

    /// Where it is not known what is there, nothing is known of any of them.
    fn pass(&self, sight: Sight<'_, '_>, passed: &mut Rules) {
        if self.all.0.is_empty() {
            return;
        }
        let known = match &self.subject {
            Subject::Text(part, term) => term.text(sight).map(|text| self.pass_text(*part, text, passed)),
            Subject::Whole(term) => term.whole(sight).map(|whole| self.pass_one(&Wanted::Whole(whole), passed)),
            Subject::AnyText(part, list, column) => self.pass_any(*part, (*list, *column), sight, passed),
        };
        if known.is_none() {
            passed.join(&self.all);
        }
    }

    fn pass_any(&self, part: Part, at: (usize, usize), sight: Sight<'_, '_>, passed: &mut Rules) -> Option<()> {
        let (list, column) = at;
        for row in sight.rows(list)? {
            let Some(Value::Text(text)) = row.item(column)?.value() else { return None };
            self.pass_text(part, text, passed);
        }
        Some(())
    }

    fn pass_text(&self, part: Part, text: &str, passed: &mut Rules) {
        for length in self.lengths.range(..=text.len()) {
            let found = match part {
                Part::All => Some(text).filter(|text| text.len() == *length),
                Part::Beginning => text.get(..*length),
                Part::End => text.get(text.len() - length..),
            };
            found.into_iter().for_each(|found| self.pass_one(&Wanted::Text(found.to_owned()), passed));
        }
    }

    fn pass_one(&self, found: &Wanted, passed: &mut Rules) {
        self.rules.get(found).into_iter().flatten().for_each(|rule| passed.add(*rule));
    }
}

/// How it can be known that it does not hold; none where that cannot be known.
fn ways(term: &Term<usize>) -> Vec<Way> {
    let mut ways = match term {
        Term::Compared(Order::Equal, both) => [(&both.0, &both.1), (&both.1, &both.0)]
            .into_iter()
            .find_map(|(subject, literal)| Some(vec![vec![wanted(subject, literal)?]]))
            .unwrap_or_default(),
        Term::Texts(likeness, both) => {
            part_wanted(*likeness, &both.0, &both.1).into_iter().map(|way| vec![way]).collect()
        }
        Term::Among(subject, literals) if !literals.is_empty() => {
            let all: Option<Way> = literals.iter().map(|literal| wanted(subject, literal)).collect();
            all.into_iter().collect()
        }
        Term::Both(both) => [ways(&both.0), ways(&both.1)].concat(),
        Term::Either(both) => {
            let others = ways(&both.1);
            let pair = |way: Way| others.iter().map(move |other| [way.clone(), other.clone()].concat());
            ways(&both.0).into_iter().flat_map(pair).collect()
        }
        Term::Loop(Quantity::Some | Quantity::One, list, part) => {
            ways(part).into_iter().filter_map(|way| of_any(way, *list)).collect()
        }
        _ => Vec::new(),
    };
    ways.truncate(WAYS_MAX);
    ways
}

fn wanted(subject: &Term<usize>, literal: &Term<usize>) -> Option<(Subject, Wanted)> {
    match (subject, literal) {
        (Term::Text(_) | Term::Whole(_), _) => None,
        (_, Term::Text(text)) => Some((Subject::Text(Part::All, subject.clone()), Wanted::Text(text.clone()))),
        (_, Term::Whole(whole)) => Some((Subject::Whole(subject.clone()), Wanted::Whole(*whole))),
        _ => None,
    }
}

fn part_wanted(likeness: Likeness, subject: &Term<usize>, literal: &Term<usize>) -> Option<(Subject, Wanted)> {
    let part = match likeness {
        Likeness::Begins => Part::Beginning,
        Likeness::Ends => Part::End,
        Likeness::Contains => return None,
    };
    match (subject, literal) {
        (Term::Text(_), _) => None,
        (_, Term::Text(text)) => Some((Subject::Text(part, subject.clone()), Wanted::Text(text.clone()))),
        _ => None,
    }
}

/// What is asked of an item is asked of all of a list, one after the other.
fn of_any(way: Way, list: usize) -> Option<Way> {
    let any = |(subject, wanted)| match subject {
        Subject::Text(part, Term::Item(column)) => Some((Subject::AnyText(part, list, column), wanted)),
        _ => None,
    };
    way.into_iter().map(any).collect()
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
