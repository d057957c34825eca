//! How it can be known of a condition that it does not hold: what it compares, and with what.

use super::known::Known;
use super::sure::{Likeness, Order, Quantity, Term};

/// So many ways to pass over a rule are weighed against each other.
const WAYS_MAX: usize = 4;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Text(Part, Term<usize>),
    Whole(Side, Term<usize>),
    /// Any value, by its key ([`Known::key`]).
    Value(Term<usize>),
    /// The text at this place of any item of that list.
    AnyText(Part, usize, usize),
    /// The same with a whole number.
    AnyWhole(Side, usize, usize),
    /// The same with any value.
    AnyValue(usize, usize),
}

/// What of a text must be what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    Beginning,
    End,
    Any,
}

/// On which side of what is waited for a number must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// It must be that number.
    On,
    AtLeast,
    AtMost,
}

/// What it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Text(String),
    Whole(i64),
}

/// One of these must be, or the rule does not hold.
pub(super) type Way = Vec<(Subject, Wanted)>;

/// Is it nothing but a comparison, of something, or of any item of a list? Where what is compared cannot be asked, it fails.
pub(super) fn is_comparison(term: &Term<usize>) -> bool {
    match term {
        Term::Compared(..) | Term::Texts(..) => true,
        Term::Loop(_, _, part) => matches!(**part, Term::Compared(..) | Term::Texts(..)),
        _ => false,
    }
}

/// How it can be known that it does not hold; none where that cannot be known.
pub(super) fn ways(term: &Term<usize>) -> Vec<Way> {
    let mut ways = match term {
        Term::Compared(order, both) => {
            let (one, other) = (&both.0, &both.1);
            let way = compared(*order, one, other).or_else(|| compared(order.turned(), other, one));
            way.into_iter().map(|way| vec![way]).collect()
        }
        Term::Texts(likeness, both) => alike(*likeness, &both.0, &both.1).into_iter().map(|way| vec![way]).collect(),
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
    compared(Order::Equal, subject, literal)
}

fn compared(order: Order, subject: &Term<usize>, literal: &Term<usize>) -> Option<(Subject, Wanted)> {
    if comes_to(subject).is_some() {
        return None;
    }
    match (subject, literal) {
        (_, Term::Text(text)) if order == Order::Equal => {
            Some((Subject::Text(Part::All, subject.clone()), Wanted::Text(text.clone())))
        }
        (_, Term::Whole(whole)) => {
            let (side, whole) = match order {
                Order::Equal => (Side::On, *whole),
                Order::GreaterOrEqual => (Side::AtLeast, *whole),
                Order::Greater => (Side::AtLeast, whole.checked_add(1)?),
                Order::LessOrEqual => (Side::AtMost, *whole),
                Order::Less => (Side::AtMost, whole.checked_sub(1)?),
                Order::NotEqual => return None,
            };
            Some((Subject::Whole(side, subject.clone()), Wanted::Whole(whole)))
        }
        _ if order == Order::Equal => {
            let key = comes_to(literal)?.key()?;
            Some((Subject::Value(subject.clone()), Wanted::Text(key)))
        }
        _ => None,
    }
}

/// What a term comes to that looks at nothing.
fn comes_to(term: &Term<usize>) -> Option<Known<'_>> {
    match term {
        Term::Text(text) => Some(Known::Text(text.into())),
        Term::Whole(whole) => Some(Known::Whole(*whole)),
        Term::Real(real) => Some(Known::Real(real.get())),
        Term::Yes(yes) => Some(Known::Yes(*yes)),
        Term::Negative(part) => comes_to(part)?.negative(),
        Term::Listed(parts) => parts.iter().map(comes_to).collect::<Option<_>>().map(Known::Listed),
        Term::Mapped(parts) => {
            let known = parts.iter().map(|(name, part)| Some((name.as_str(), comes_to(part)?)));
            known.collect::<Option<_>>().map(Known::Mapped)
        }
        _ => None,
    }
}

fn alike(likeness: Likeness, subject: &Term<usize>, literal: &Term<usize>) -> Option<(Subject, Wanted)> {
    let part = match likeness {
        Likeness::Begins => Part::Beginning,
        Likeness::Ends => Part::End,
        Likeness::Contains => Part::Any,
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
        Subject::Whole(side, Term::Item(column)) => Some((Subject::AnyWhole(side, list, column), wanted)),
        Subject::Value(Term::Item(column)) => Some((Subject::AnyValue(list, column), wanted)),
        _ => None,
    };
    way.into_iter().map(any).collect()
}
