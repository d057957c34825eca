//! What can be said of a condition without CEL: for nearly all that people write, whether it holds, in nanoseconds.
//!
//! A condition is read a second time, into [`Term`]s that look at the facts where they lie. A term knows what it comes to, or it does
//! not: where anything is unusual (nothing there, two kinds of value, a number out of bounds, a function that is not here) nothing is known,
//! and CEL is asked. What is known is what CEL would say: of `a && b` it is known that it is false where one of them surely is, whatever
//! the other is, even where that fails; so CEL has it, and the same for `||`.

use std::borrow::Cow;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::allowed::path_of;
use super::scene::{self, Found};
use crate::desk::facts::Value;

/// `guest.crm.licence`, name by name.
pub(super) type Path = Vec<String>;

/// A part of a condition. `P` is where it looks: a path, or its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term<P = Path> {
    /// What is there.
    At(P),
    /// Is anything there?
    Has(P),
    Text(String),
    Whole(i64),
    Yes(bool),
    /// How long a text is, in characters, or how many a list or a map has.
    Size(Box<Self>),
    /// A text with ASCII letters in lower case.
    Lower(Box<Self>),
    Negative(Box<Self>),
    Sum(Sign, Box<(Self, Self)>),
    Compared(Order, Box<(Self, Self)>),
    /// Is it one of these?
    Among(Box<Self>, Vec<Self>),
    /// Is it in what is there?
    In(Box<(Self, Self)>),
    Texts(Likeness, Box<(Self, Self)>),
    Not(Box<Self>),
    Both(Box<(Self, Self)>),
    Either(Box<(Self, Self)>),
    /// Only CEL knows.
    Unknown,
}

/// What is done with two numbers; texts can be added, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
    Times,
    Over,
    Remainder,
}

/// How a value stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

/// How a text may be like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Begins,
    Ends,
    Contains,
}

/// What a term comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known<'a> {
    Yes(bool),
    Whole(i64),
    Text(Cow<'a, str>),
    /// Anything else that is there.
    Other(&'a Value),
}

/// The terms of a condition.
pub(super) fn of(expression: &IdedExpr) -> Term {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Term::Text(text.inner().to_owned()),
        Expr::Literal(LiteralValue::Int(number)) => Term::Whole(*number.inner()),
        Expr::Literal(LiteralValue::Boolean(yes)) => Term::Yes(*yes.inner()),
        Expr::Select(select) => match names(expression) {
            Some(path) if select.test => Term::Has(path),
            Some(path) => Term::At(path),
            None => Term::Unknown,
        },
        Expr::Call(call) => called(call).unwrap_or(Term::Unknown),
        _ => Term::Unknown,
    }
}

fn called(call: &CallExpr) -> Option<Term> {
    let name = call.func_name.as_str();
    Some(match (call.target.as_deref(), call.args.as_slice()) {
        (Some(text), []) if name == "lowerAscii" => Term::Lower(Box::new(of(text))),
        (Some(value), []) if name == "size" => Term::Size(Box::new(of(value))),
        (Some(text), [part]) => Term::Texts(Likeness::of(name)?, Box::new((of(text), of(part)))),
        (None, [value]) if name == "size" => Term::Size(Box::new(of(value))),
        (None, [part]) if name == operators::LOGICAL_NOT => Term::Not(Box::new(of(part))),
        (None, [number]) if name == operators::NEGATE => Term::Negative(Box::new(of(number))),
        (None, [left, right]) => two(name, left, right)?,
        _ => return None,
    })
}

fn two(name: &str, left: &IdedExpr, right: &IdedExpr) -> Option<Term> {
    if let (operators::IN, Expr::List(list)) = (name, &right.expr) {
        return Some(Term::Among(Box::new(of(left)), list.elements.iter().map(of).collect()));
    }
    let both = Box::new((of(left), of(right)));
    Some(match name {
        operators::LOGICAL_AND => Term::Both(both),
        operators::LOGICAL_OR => Term::Either(both),
        operators::IN => Term::In(both),
        _ => match Order::of(name) {
            Some(order) => Term::Compared(order, both),
            None => Term::Sum(Sign::of(name)?, both),
        },
    })
}

/// The path, where it is one that begins with a name of ours.
fn names(expression: &IdedExpr) -> Option<Path> {
    let Expr::Select(select) = &expression.expr else { return None };
    let path = path_of(select)?;
    scene::members(path.first()?)?;
    Some(path.into_iter().map(str::to_owned).collect())
}

impl Term {
    /// Every path that it looks at.
    pub(super) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Self::At(path) | Self::Has(path) => found.push(path),
            Self::Text(_) | Self::Whole(_) | Self::Yes(_) | Self::Unknown => {}
            Self::Size(part) | Self::Lower(part) | Self::Negative(part) | Self::Not(part) => part.paths(found),
            Self::Among(part, others) => {
                part.paths(found);
                others.iter().for_each(|other| other.paths(found));
            }
            Self::Sum(_, both)
            | Self::Compared(_, both)
            | Self::In(both)
            | Self::Texts(_, both)
            | Self::Both(both)
            | Self::Either(both) => {
                both.0.paths(found);
                both.1.paths(found);
            }
        }
    }

    /// The same with the paths' numbers.
    pub(super) fn numbered(&self, number: &impl Fn(&Path) -> usize) -> Term<usize> {
        let one = |part: &Self| Box::new(part.numbered(number));
        let two = |both: &(Self, Self)| Box::new((both.0.numbered(number), both.1.numbered(number)));
        match self {
            Self::At(path) => Term::At(number(path)),
            Self::Has(path) => Term::Has(number(path)),
            Self::Text(text) => Term::Text(text.clone()),
            Self::Whole(whole) => Term::Whole(*whole),
            Self::Yes(yes) => Term::Yes(*yes),
            Self::Size(part) => Term::Size(one(part)),
            Self::Lower(part) => Term::Lower(one(part)),
            Self::Negative(part) => Term::Negative(one(part)),
            Self::Not(part) => Term::Not(one(part)),
            Self::Sum(sign, both) => Term::Sum(*sign, two(both)),
            Self::Compared(order, both) => Term::Compared(*order, two(both)),
            Self::Among(part, others) => {
                Term::Among(one(part), others.iter().map(|other| other.numbered(number)).collect())
            }
            Self::In(both) => Term::In(two(both)),
            Self::Texts(likeness, both) => Term::Texts(*likeness, two(both)),
            Self::Both(both) => Term::Both(two(both)),
            Self::Either(both) => Term::Either(two(both)),
            Self::Unknown => Term::Unknown,
        }
    }
}

impl Term<usize> {
    /// Does it hold? Nothing where only CEL knows.
    pub(super) fn holds(&self, found: &[Found<'_>]) -> Option<bool> {
        match self {
            Self::Has(path) => match found.get(*path)? {
                Found::Value(_) | Found::Facts => Some(true),
                Found::Absent => Some(false),
                Found::Broken => None,
            },
            Self::Yes(yes) => Some(*yes),
            Self::At(_) => match self.known(found)? {
                Known::Yes(yes) => Some(yes),
                _ => None,
            },
            Self::Not(part) => part.holds(found).map(|holds| !holds),
            Self::Both(both) => match both.0.holds(found) {
                Some(false) => Some(false),
                first => match both.1.holds(found) {
                    Some(false) => Some(false),
                    second => Some(first? && second?),
                },
            },
            Self::Either(both) => match both.0.holds(found) {
                Some(true) => Some(true),
                first => match both.1.holds(found) {
                    Some(true) => Some(true),
                    second => Some(first? || second?),
                },
            },
            // What most conditions are made of, without a detour.
            Self::Compared(order @ (Order::Equal | Order::NotEqual), both)
                if let (Self::At(path), Self::Text(text)) = &**both
                    && let Some(Found::Value(Value::Text(found))) = found.get(*path) =>
            {
                Some((text == found) == (*order == Order::Equal))
            }
            Self::Compared(order, both) => order.between(&both.0.known(found)?, &both.1.known(found)?),
            Self::Among(part, others) => among(&part.known(found)?, others, found),
            Self::In(both) => within(&both.0.known(found)?, &both.1.known(found)?),
            Self::Texts(likeness, both) => match (both.0.known(found)?, both.1.known(found)?) {
                (Known::Text(text), Known::Text(part)) => Some(likeness.between(&text, &part)),
                _ => None,
            },
            Self::Text(_)
            | Self::Whole(_)
            | Self::Size(_)
            | Self::Lower(_)
            | Self::Negative(_)
            | Self::Sum(..)
            | Self::Unknown => None,
        }
    }

    fn known<'a>(&'a self, found: &'a [Found<'_>]) -> Option<Known<'a>> {
        match self {
            Self::At(path) => match found.get(*path)? {
                Found::Value(value) => Some(Known::of(value)),
                Found::Facts | Found::Absent | Found::Broken => None,
            },
            Self::Text(text) => Some(Known::Text(text.into())),
            Self::Whole(whole) => Some(Known::Whole(*whole)),
            Self::Size(part) => part.known(found)?.size(),
            Self::Lower(part) => match part.known(found)? {
                Known::Text(text) => Some(Known::Text(text.to_ascii_lowercase().into())),
                _ => None,
            },
            Self::Negative(part) => match part.known(found)? {
                Known::Whole(whole) => whole.checked_neg().map(Known::Whole),
                _ => None,
            },
            Self::Sum(sign, both) => match (both.0.known(found)?, both.1.known(found)?) {
                (Known::Whole(a), Known::Whole(b)) => sign.of_numbers(a, b).map(Known::Whole),
                (Known::Text(a), Known::Text(b)) if *sign == Sign::Plus => Some(Known::Text(format!("{a}{b}").into())),
                _ => None,
            },
            Self::Unknown => None,
            _ => self.holds(found).map(Known::Yes),
        }
    }
}

impl<'a> Known<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Boolean(yes) => Self::Yes(*yes),
            Value::Integer(whole) => Self::Whole(*whole),
            Value::Text(text) => Self::Text(text.into()),
            Value::Number(_) | Value::List(_) | Value::Map(_) => Self::Other(value),
        }
    }

    fn size(&self) -> Option<Self> {
        let size = match self {
            Self::Text(text) => text.chars().count(),
            Self::Other(Value::List(list)) => list.len(),
            Self::Other(Value::Map(map)) => map.len(),
            _ => return None,
        };
        i64::try_from(size).ok().map(Self::Whole)
    }

    /// Nothing where they are of two kinds, or of one that CEL knows better.
    fn is(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Yes(a), Self::Yes(b)) => Some(a == b),
            (Self::Whole(a), Self::Whole(b)) => Some(a == b),
            (Self::Text(a), Self::Text(b)) => Some(a == b),
            _ => None,
        }
    }
}

fn among(value: &Known<'_>, others: &[Term<usize>], found: &[Found<'_>]) -> Option<bool> {
    let mut any = false;
    for other in others {
        any |= value.is(&other.known(found)?)?;
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

impl Sign {
    fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            operators::ADD => Self::Plus,
            operators::SUBSTRACT => Self::Minus,
            operators::MULTIPLY => Self::Times,
            operators::DIVIDE => Self::Over,
            operators::MODULO => Self::Remainder,
            _ => return None,
        })
    }

    /// Nothing where the result is out of bounds.
    fn of_numbers(self, a: i64, b: i64) -> Option<i64> {
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
    fn of(operator: &str) -> Option<Self> {
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

    fn between(self, a: &Known<'_>, b: &Known<'_>) -> Option<bool> {
        match (self, a, b) {
            (Self::Equal, ..) => a.is(b),
            (Self::NotEqual, ..) => a.is(b).map(|same| !same),
            (_, Known::Whole(a), Known::Whole(b)) => Some(self.holds(a, b)),
            (_, Known::Text(a), Known::Text(b)) => Some(self.holds(a, b)),
            _ => None,
        }
    }

    fn holds<T: Ord>(self, a: &T, b: &T) -> bool {
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
    fn of(method: &str) -> Option<Self> {
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
