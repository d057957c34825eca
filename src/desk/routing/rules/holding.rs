//! What a condition comes to, as far as that is sure.

use cel::common::ast::operators;

use super::condition::Failure;
use super::failing::{first, misfit, missing};
use super::known::{Known, exactly, size_of};
use super::scene::Found;
use super::sight::Sight;
use super::sure::{Likeness, Order, Quantity, Sign, Term};
use crate::desk::facts::Value;

/// Whether a condition holds, or why it cannot be asked. Nothing where only CEL knows.
pub(super) type Answer = Option<Result<bool, Failure>>;

impl Term<usize> {
    /// Does it hold?
    pub(super) fn answer(&self, sight: Sight<'_, '_>) -> Answer {
        match self {
            Self::Has(path) => is_there(sight.at(*path)?).map(Ok),
            Self::HasItem(path) => is_there(sight.item(*path)?).map(Ok),
            Self::Yes(yes) => Some(Ok(*yes)),
            Self::At(_) | Self::Item(_) | Self::Part(_) => match self.value(sight) {
                Some(Value::Boolean(yes)) => Some(Ok(*yes)),
                Some(_) => None,
                None => self.fails(sight).map(Err),
            },
            Self::Not(part) => part.answer(sight).map(|answer| answer.map(|holds| !holds)),
            Self::Both(both) => either(both, false, sight),
            Self::Either(both) => either(both, true, sight),
            Self::Choice(three) => match three.0.answer(sight)? {
                Ok(true) => three.1.answer(sight),
                Ok(false) => three.2.answer(sight),
                Err(failure) => Some(Err(failure)),
            },
            Self::Compared(order, both) => compared(*order, &both.0, &both.1, sight),
            Self::Among(part, others) => among(part, others, sight),
            Self::In(both) => within(both, sight),
            Self::Texts(likeness, both) => alike(*likeness, &both.0, &both.1, sight),
            Self::Loop(quantity, list, part) => quantity.among(*list, part, sight),
            Self::Shared(number) => sight.shared(*number),
            Self::Text(_)
            | Self::Whole(_)
            | Self::Real(_)
            | Self::Size(_)
            | Self::Lower(_)
            | Self::Written(_)
            | Self::Cut(_)
            | Self::Pointed(_)
            | Self::Negative(_)
            | Self::Sum(..)
            | Self::Listed(_)
            | Self::Mapped(_)
            | Self::Unknown => None,
        }
    }

    /// Does it hold? Nothing where it fails, too.
    pub(super) fn holds(&self, sight: Sight<'_, '_>) -> Option<bool> {
        self.answer(sight)?.ok()
    }

    /// What it looks at, where it is nothing but a place and something is there.
    fn value<'a>(&'a self, sight: Sight<'a, '_>) -> Option<&'a Value> {
        match self {
            Self::At(path) => sight.at(*path)?.value(),
            Self::Item(path) => sight.item(*path)?.value(),
            Self::Part(both) => part(both.0.value(sight)?, &both.1, sight),
            _ => None,
        }
    }

    /// The text that it comes to, where nothing has to be made for it.
    pub(super) fn text<'a>(&'a self, sight: Sight<'a, '_>) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => match self.value(sight)? {
                Value::Text(text) => Some(text),
                _ => None,
            },
        }
    }

    /// The whole number that it comes to, where it is surely one.
    pub(super) fn whole(&self, sight: Sight<'_, '_>) -> Option<i64> {
        match self {
            Self::Whole(whole) => Some(*whole),
            Self::At(_) | Self::Item(_) | Self::Part(_) => match self.value(sight)? {
                Value::Integer(whole) => Some(*whole),
                _ => None,
            },
            Self::Size(part) => size_of(part.value(sight)?),
            Self::Sum(sign, both) => sign.of_whole(both.0.whole(sight)?, both.1.whole(sight)?),
            _ => None,
        }
    }

    /// The number with a point that it comes to, where it is surely one.
    fn real(&self, sight: Sight<'_, '_>) -> Option<f64> {
        match self {
            Self::Real(real) => Some(real.get()),
            Self::At(_) | Self::Item(_) | Self::Part(_) => match self.value(sight)? {
                Value::Number(real) => Some(real.get()),
                _ => None,
            },
            Self::Sum(sign, both) => sign.of_real(both.0.real(sight)?, both.1.real(sight)?),
            _ => None,
        }
    }

    pub(super) fn known<'a>(&'a self, sight: Sight<'a, '_>) -> Option<Known<'a>> {
        match self {
            Self::At(_) | Self::Item(_) | Self::Part(_) => self.value(sight).map(Known::of),
            Self::Text(text) => Some(Known::Text(text.into())),
            Self::Whole(whole) => Some(Known::Whole(*whole)),
            Self::Real(real) => Some(Known::Real(real.get())),
            Self::Size(part) => part.known(sight)?.size(),
            Self::Lower(part) => part.known(sight)?.lower(),
            Self::Written(part) => part.known(sight)?.written(),
            Self::Cut(part) => part.known(sight)?.cut(),
            Self::Pointed(part) => part.known(sight)?.pointed(),
            Self::Negative(part) => part.known(sight)?.negative(),
            Self::Sum(sign, both) => sign.of(&both.0.known(sight)?, &both.1.known(sight)?),
            Self::Choice(three) => if three.0.holds(sight)? { &three.1 } else { &three.2 }.known(sight),
            Self::Listed(parts) => parts.iter().map(|part| part.known(sight)).collect::<Option<_>>().map(Known::Listed),
            Self::Mapped(parts) => {
                let known = |(name, part): &'a (String, Self)| Some((name.as_str(), part.known(sight)?));
                parts.iter().map(known).collect::<Option<_>>().map(Known::Mapped)
            }
            Self::Unknown => None,
            _ => self.holds(sight).map(Known::Yes),
        }
    }
}

/// Of `&&` and `||`: where one of them decides, nothing fails, whatever the other comes to. Where both fail, the latter is heard.
fn either(both: &(Term<usize>, Term<usize>), decides: bool, sight: Sight<'_, '_>) -> Answer {
    let one = both.0.answer(sight);
    if one == Some(Ok(decides)) {
        return one;
    }
    match (one, both.1.answer(sight)) {
        (_, Some(Ok(holds))) if holds == decides => Some(Ok(holds)),
        (Some(Ok(_)), other) => other,
        (Some(Err(_)), Some(Err(failure))) | (Some(Err(failure)), Some(Ok(_))) => Some(Err(failure)),
        (Some(Err(_)), None) | (None, _) => None,
    }
}

/// What most conditions are made of is seen without a detour.
fn compared<'a>(order: Order, one: &'a Term<usize>, other: &'a Term<usize>, sight: Sight<'a, '_>) -> Answer {
    match other {
        Term::Text(text) => {
            if let Some(found) = one.text(sight) {
                return Some(Ok(order.holds(&found, &text.as_str())));
            }
            if let (Term::Written(number), Order::Equal) = (one, order)
                && let Some(number) = number.whole(sight)
            {
                return Some(Ok(is_written(number, text)));
            }
        }
        Term::Real(real) => {
            if let Some(found) = one.real(sight) {
                return Some(Ok(order.holds(&found, &real.get())));
            }
        }
        Term::Listed(others) => {
            if let (Term::Listed(some), Order::Equal | Order::NotEqual) = (one, order)
                && let Some(same) = all_same(some, others, sight)
            {
                return Some(Ok(same == (order == Order::Equal)));
            }
        }
        _ => {
            if let Some(one) = one.whole(sight)
                && let Some(other) = other.whole(sight)
            {
                return Some(Ok(order.holds(&one, &other)));
            }
        }
    }
    let Some(first) = one.known(sight) else { return one.fails(sight).map(Err) };
    let Some(second) = other.known(sight) else { return other.fails(sight).map(Err) };
    order.between(&first, &second).map(Ok).or_else(|| misfit(order, &first, &second).map(Err))
}

/// Are they the same, one by one? Nothing where one of them is not known, whatever the others are.
fn all_same(some: &[Term<usize>], others: &[Term<usize>], sight: Sight<'_, '_>) -> Option<bool> {
    let mut all = some.len() == others.len();
    for (one, other) in some.iter().zip(others) {
        all &= one.known(sight)?.is(&other.known(sight)?)?;
    }
    // What is beyond must be known, too.
    let beyond = some.iter().skip(others.len()).chain(others.iter().skip(some.len()));
    for term in beyond {
        term.known(sight)?;
    }
    Some(all)
}

/// Is the number written like this?
fn is_written(number: i64, text: &str) -> bool {
    // Mostly it is another number, and nothing has to be written.
    text.parse() == Ok(number) && text == number.to_string()
}

fn alike<'a>(likeness: Likeness, text: &'a Term<usize>, part: &'a Term<usize>, sight: Sight<'a, '_>) -> Answer {
    if let (Some(text), Some(part)) = (text.text(sight), part.text(sight)) {
        return Some(Ok(likeness.between(text, part)));
    }
    match (text.known(sight), part.known(sight)) {
        (Some(Known::Text(text)), Some(Known::Text(part))) => Some(Ok(likeness.between(&text, &part))),
        _ => first([text, part], sight).map(Err),
    }
}

/// What is there; nothing where CEL would say that nothing is.
fn part<'a>(whole: &'a Value, which: &Term<usize>, sight: Sight<'a, '_>) -> Option<&'a Value> {
    match whole {
        Value::List(list) => list.get(usize::try_from(which.whole(sight)?).ok()?),
        Value::Map(map) => map.get(which.text(sight)?),
        _ => None,
    }
}

fn is_there(found: &Found<'_>) -> Option<bool> {
    match found {
        Found::Value(_) | Found::Facts => Some(true),
        Found::Absent => Some(false),
        Found::Unreached | Found::Broken => None,
    }
}

fn among<'a>(part: &'a Term<usize>, others: &'a [Term<usize>], sight: Sight<'a, '_>) -> Answer {
    let found = match part.text(sight) {
        Some(text) => any(others, |other| match other.text(sight) {
            Some(other) => Some(text == other),
            None => Known::Text(text.into()).is(&other.known(sight)?),
        }),
        None => part.known(sight).and_then(|value| any(others, |other| value.is(&other.known(sight)?))),
    };
    found.map(Ok).or_else(|| first(std::iter::once(part).chain(others), sight).map(Err))
}

fn within(both: &(Term<usize>, Term<usize>), sight: Sight<'_, '_>) -> Answer {
    let found = match (both.0.known(sight), both.1.known(sight)) {
        (Some(value), Some(Known::Other(Value::List(list)))) => any(list, |one| value.is(&Known::of(one))),
        _ => None,
    };
    found.map(Ok).or_else(|| first([&both.0, &both.1], sight).map(Err))
}

/// Is it any of them? Nothing where that is not known of one.
fn any<T>(all: impl IntoIterator<Item = T>, mut is: impl FnMut(T) -> Option<bool>) -> Option<bool> {
    all.into_iter().try_fold(false, |any, one| is(one).map(|is| any | is))
}

impl Quantity {
    /// Where some items cannot be asked, and none of the others decides, the last of those is heard; where it matters how many there are,
    /// the first.
    fn among(self, list: usize, part: &Term<usize>, sight: Sight<'_, '_>) -> Answer {
        let Some(rows) = sight.rows(list) else { return missing(sight.at(list)?).map(Err) };
        let (mut count, mut heard) = (0, None);
        for row in rows {
            match (self, part.answer(row)?) {
                (Self::Some, Ok(true)) => return Some(Ok(true)),
                (Self::All, Ok(false)) => return Some(Ok(false)),
                (Self::One, Err(failure)) => return Some(Err(failure)),
                (_, Err(failure)) => heard = Some(failure),
                (_, Ok(holds)) => count += usize::from(holds),
            }
        }
        let holds = match self {
            Self::Some => false,
            Self::All => true,
            Self::One => count == 1,
        };
        Some(heard.map_or(Ok(holds), Err))
    }
}

impl Sign {
    pub(super) fn named(operator: &str) -> Option<Self> {
        Some(match operator {
            operators::ADD => Self::Plus,
            operators::SUBSTRACT => Self::Minus,
            operators::MULTIPLY => Self::Times,
            operators::DIVIDE => Self::Over,
            operators::MODULO => Self::Remainder,
            _ => return None,
        })
    }

    /// Nothing where they are of two kinds, or of one for which there is no such sign.
    fn of<'a>(self, a: &Known<'a>, b: &Known<'a>) -> Option<Known<'a>> {
        match (a, b) {
            (Known::Whole(a), Known::Whole(b)) => self.of_whole(*a, *b).map(Known::Whole),
            (Known::Real(a), Known::Real(b)) => self.of_real(*a, *b).map(Known::Real),
            (Known::Text(a), Known::Text(b)) if self == Self::Plus => Some(Known::Text(format!("{a}{b}").into())),
            _ => None,
        }
    }

    /// Nothing where the result is out of bounds, or none.
    fn of_real(self, a: f64, b: f64) -> Option<f64> {
        let result = match self {
            Self::Plus => a + b,
            Self::Minus => a - b,
            Self::Times => a * b,
            Self::Over => a / b,
            Self::Remainder => return None,
        };
        result.is_finite().then_some(result)
    }

    /// Nothing where the result is out of bounds.
    fn of_whole(self, a: i64, b: i64) -> Option<i64> {
        match self {
            Self::Plus => a.checked_add(b),
            Self::Minus => a.checked_sub(b),
            Self::Times => a.checked_mul(b),
            Self::Over => a.checked_div(b),
            Self::Remainder => a.checked_rem(b),
        }
    }
}

impl Order {
    pub(super) fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            operators::LESS => Self::Less,
            operators::LESS_EQUALS => Self::LessOrEqual,
            operators::EQUALS => Self::Equal,
            operators::NOT_EQUALS => Self::NotEqual,
            operators::GREATER_EQUALS => Self::GreaterOrEqual,
            operators::GREATER => Self::Greater,
            _ => return None,
        })
    }

    /// How the other stands to the one.
    pub(super) fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Equal | Self::NotEqual => self,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Greater => Self::Less,
        }
    }

    fn between(self, a: &Known<'_>, b: &Known<'_>) -> Option<bool> {
        match (self, a, b) {
            (Self::Equal, ..) => a.is(b),
            (Self::NotEqual, ..) => a.is(b).map(|same| !same),
            (_, Known::Whole(a), Known::Whole(b)) => Some(self.holds(a, b)),
            // None of them is NaN, and no literal is.
            (_, Known::Real(a), Known::Real(b)) => Some(self.holds(a, b)),
            (_, Known::Text(a), Known::Text(b)) => Some(self.holds(a, b)),
            (_, Known::Whole(a), Known::Real(b)) => exactly(*a).map(|a| self.holds(&a, b)),
            (_, Known::Real(a), Known::Whole(b)) => exactly(*b).map(|b| self.holds(a, &b)),
            _ => None,
        }
    }

    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::GreaterOrEqual => a >= b,
            Self::Greater => a > b,
        }
    }
}

impl Likeness {
    pub(super) fn of(method: &str) -> Option<Self> {
        Some(match method {
            "startsWith" => Self::Begins,
            "endsWith" => Self::Ends,
            "contains" => Self::Contains,
            _ => return None,
        })
    }

    fn between(self, text: &str, part: &str) -> bool {
        match self {
            Self::Begins => text.starts_with(part),
            Self::Ends => text.ends_with(part),
            Self::Contains => text.contains(part),
        }
    }
}
