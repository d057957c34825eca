//! What a condition comes to, as far as that is sure.

use cel::common::ast::operators;

use super::known::{Known, exactly, size_of};
use super::scene::Found;
use super::sight::Sight;
use super::sure::{Likeness, Order, Quantity, Sign, Term};
use crate::desk::facts::Value;

impl Term<usize> {
    /// Does it hold? Nothing where only CEL knows.
    pub(super) fn holds(&self, sight: Sight<'_, '_>) -> Option<bool> {
        match self {
            Self::Has(path) => is_there(sight.at(*path)?),
            Self::HasItem(path) => is_there(sight.item(*path)?),
            Self::Yes(yes) => Some(*yes),
            Self::At(_) | Self::Item(_) | Self::Part(_) => match self.value(sight)? {
                Value::Boolean(yes) => Some(*yes),
                _ => None,
            },
            Self::Not(part) => part.holds(sight).map(|holds| !holds),
            Self::Both(both) => match both.0.holds(sight) {
                Some(false) => Some(false),
                first => match both.1.holds(sight) {
                    Some(false) => Some(false),
                    second => Some(first? && second?),
                },
            },
            Self::Either(both) => match both.0.holds(sight) {
                Some(true) => Some(true),
                first => match both.1.holds(sight) {
                    Some(true) => Some(true),
                    second => Some(first? || second?),
                },
            },
            Self::Choice(three) => if three.0.holds(sight)? { &three.1 } else { &three.2 }.holds(sight),
            Self::Compared(order, both) => compared(*order, &both.0, &both.1, sight),
            Self::Among(part, others) => among(part, others, sight),
            Self::In(both) => within(&both.0.known(sight)?, &both.1.known(sight)?),
            Self::Texts(likeness, both) => alike(*likeness, &both.0, &both.1, sight),
            Self::Loop(quantity, list, part) => quantity.among(sight.rows(*list)?, |row| part.holds(row)),
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

/// What most conditions are made of is seen without a detour.
fn compared<'a>(order: Order, one: &'a Term<usize>, other: &'a Term<usize>, sight: Sight<'a, '_>) -> Option<bool> {
    match other {
        Term::Text(text) => {
            if let Some(found) = one.text(sight) {
                return Some(order.holds(&found, &text.as_str()));
            }
            if let (Term::Written(number), Order::Equal) = (one, order)
                && let Some(number) = number.whole(sight)
            {
                return Some(is_written(number, text));
            }
        }
        Term::Real(real) => {
            if let Some(found) = one.real(sight) {
                return Some(order.holds(&found, &real.get()));
            }
        }
        Term::Listed(others) => {
            if let (Term::Listed(some), Order::Equal | Order::NotEqual) = (one, order) {
                return all_same(some, others, sight).map(|same| same == (order == Order::Equal));
            }
        }
        _ => {
            if let (Some(one), Some(other)) = (one.whole(sight), other.whole(sight)) {
                return Some(order.holds(&one, &other));
            }
        }
    }
    order.between(&one.known(sight)?, &other.known(sight)?)
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

fn alike<'a>(likeness: Likeness, text: &'a Term<usize>, part: &'a Term<usize>, sight: Sight<'a, '_>) -> Option<bool> {
    if let (Some(text), Some(part)) = (text.text(sight), part.text(sight)) {
        return Some(likeness.between(text, part));
    }
    match (text.known(sight)?, part.known(sight)?) {
        (Known::Text(text), Known::Text(part)) => Some(likeness.between(&text, &part)),
        _ => None,
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
        Found::Broken => None,
    }
}

fn among<'a>(part: &'a Term<usize>, others: &'a [Term<usize>], sight: Sight<'a, '_>) -> Option<bool> {
    let mut any = false;
    if let Some(text) = part.text(sight) {
        for other in others {
            any |= match other.text(sight) {
                Some(other) => text == other,
                None => Known::Text(text.into()).is(&other.known(sight)?)?,
            };
        }
        return Some(any);
    }
    let value = part.known(sight)?;
    for other in others {
        any |= value.is(&other.known(sight)?)?;
    }
    Some(any)
}

fn within(value: &Known<'_>, other: &Known<'_>) -> Option<bool> {
    let Known::Other(Value::List(list)) = other else { return None };
    let mut any = false;
    for one in list {
        any |= value.is(&Known::of(one))?;
    }
    Some(any)
}

impl Quantity {
    /// Nothing where it is not known of one of them before it is decided.
    fn among<T>(self, list: impl Iterator<Item = T>, mut holds: impl FnMut(T) -> Option<bool>) -> Option<bool> {
        let mut count = 0;
        for item in list {
            match (self, holds(item)?) {
                (Self::Some, true) => return Some(true),
                (Self::All, false) => return Some(false),
                (Self::One, true) => count += 1,
                _ => {}
            }
        }
        Some(match self {
            Self::Some => false,
            Self::All => true,
            Self::One => count == 1,
        })
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
