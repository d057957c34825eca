//! What can be said of a condition without CEL: for nearly all that people write, whether it holds, in nanoseconds.
//!
//! A condition is read a second time, into [`Term`]s that look at the facts where they lie. A term knows what it comes to, or it does
//! not: where anything is unusual (nothing there, two kinds of value, a number out of bounds, a function that is not here) nothing is known,
//! and CEL is asked. What is known is what CEL would say: of `a && b` it is known that it is false where one of them surely is, whatever
//! the other is, even where that fails; so CEL has it, and the same for `||`.

use std::borrow::Cow;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators};

use super::allowed::path_of;
use super::scene::{self, Found, value_at};
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
    /// What the loop around it looks at just now, or a part of that.
    Item(Path),
    /// Has it such a part?
    HasItem(Path),
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
    /// Of how many in a list something holds. A loop lies in no other.
    Loop(Quantity, Box<(Self, Self)>),
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

/// Of how many something must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Some,
    All,
    One,
}

/// Where a term looks.
#[derive(Debug, Clone, Copy)]
struct Sight<'a> {
    found: &'a [Found<'a>],
    /// What a loop looks at.
    item: Option<&'a Value>,
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
    Reading { variable: None }.term(expression)
}

/// A condition is being read.
#[derive(Debug, Clone, Copy)]
struct Reading<'a> {
    /// The name that the loop around it gives to what it looks at.
    variable: Option<&'a str>,
}

impl Reading<'_> {
    fn term(self, expression: &IdedExpr) -> Term {
        match &expression.expr {
            Expr::Literal(LiteralValue::String(text)) => Term::Text(text.inner().to_owned()),
            Expr::Literal(LiteralValue::Int(number)) => Term::Whole(*number.inner()),
            Expr::Literal(LiteralValue::Boolean(yes)) => Term::Yes(*yes.inner()),
            Expr::Ident(name) if self.variable == Some(name) => Term::Item(Vec::new()),
            Expr::Select(select) => match (self.names(expression), select.test) {
                (Some(Looking::At(path)), false) => Term::At(path),
                (Some(Looking::At(path)), true) => Term::Has(path),
                (Some(Looking::AtItem(path)), false) => Term::Item(path),
                (Some(Looking::AtItem(path)), true) => Term::HasItem(path),
                (None, _) => Term::Unknown,
            },
            Expr::Call(call) => self.called(call).unwrap_or(Term::Unknown),
            Expr::Comprehension(parts) => self.looped(parts).unwrap_or(Term::Unknown),
            _ => Term::Unknown,
        }
    }

    fn one(self, part: &IdedExpr) -> Box<Term> {
        Box::new(self.term(part))
    }

    fn called(self, call: &CallExpr) -> Option<Term> {
        let name = call.func_name.as_str();
        Some(match (call.target.as_deref(), call.args.as_slice()) {
            (Some(text), []) if name == "lowerAscii" => Term::Lower(self.one(text)),
            (Some(value), []) if name == "size" => Term::Size(self.one(value)),
            (Some(text), [part]) => Term::Texts(Likeness::of(name)?, Box::new((self.term(text), self.term(part)))),
            (None, [value]) if name == "size" => Term::Size(self.one(value)),
            (None, [part]) if name == operators::LOGICAL_NOT => Term::Not(self.one(part)),
            (None, [number]) if name == operators::NEGATE => Term::Negative(self.one(number)),
            (None, [left, right]) => self.two(name, left, right)?,
            _ => return None,
        })
    }

    fn two(self, name: &str, left: &IdedExpr, right: &IdedExpr) -> Option<Term> {
        if let (operators::IN, Expr::List(list)) = (name, &right.expr) {
            return Some(Term::Among(self.one(left), list.elements.iter().map(|one| self.term(one)).collect()));
        }
        let both = Box::new((self.term(left), self.term(right)));
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

    /// The parser has made of `exists` a sum of `||`, of `all` one of `&&`, and of `exists_one` a count.
    fn looped(self, parts: &ComprehensionExpr) -> Option<Term> {
        if self.variable.is_some() || parts.iter_var2.is_some() {
            return None;
        }
        let Expr::Call(step) = &parts.loop_step.expr else { return None };
        let (quantity, condition) = match (step.func_name.as_str(), step.args.as_slice()) {
            (operators::LOGICAL_OR, [_, condition]) => (Quantity::Some, condition),
            (operators::LOGICAL_AND, [_, condition]) => (Quantity::All, condition),
            (operators::CONDITIONAL, [condition, _, _]) => (Quantity::One, condition),
            _ => return None,
        };
        let within = Reading { variable: Some(&parts.iter_var) };
        Some(Term::Loop(quantity, Box::new((self.term(&parts.iter_range), within.term(condition)))))
    }

    /// The path, where it is one that begins with a name of ours or the loop's.
    fn names(self, expression: &IdedExpr) -> Option<Looking> {
        let Expr::Select(select) = &expression.expr else { return None };
        let path = path_of(select)?;
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match path.split_first()? {
            (first, rest) if self.variable == Some(first) => Some(Looking::AtItem(owned(rest))),
            (first, _) if scene::members(first).is_some() => Some(Looking::At(owned(&path))),
            _ => None,
        }
    }
}

/// Where a path begins.
enum Looking {
    /// At a name of ours.
    At(Path),
    /// At what a loop looks at, which is not in the path.
    AtItem(Path),
}

impl Term {
    /// Every path that it looks at.
    pub(super) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Self::At(path) | Self::Has(path) => found.push(path),
            Self::Item(_) | Self::HasItem(_) | Self::Text(_) | Self::Whole(_) | Self::Yes(_) | Self::Unknown => {}
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
            | Self::Either(both)
            | Self::Loop(_, both) => {
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
            Self::Item(path) => Term::Item(path.clone()),
            Self::HasItem(path) => Term::HasItem(path.clone()),
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
            Self::Loop(quantity, both) => Term::Loop(*quantity, two(both)),
            Self::Unknown => Term::Unknown,
        }
    }
}

impl Term<usize> {
    /// Does it hold? Nothing where only CEL knows.
    pub(super) fn holds(&self, found: &[Found<'_>]) -> Option<bool> {
        self.seen(Sight { found, item: None })
    }

    fn seen(&self, sight: Sight<'_>) -> Option<bool> {
        match self {
            Self::Has(path) => is_there(sight.found.get(*path)?),
            Self::HasItem(path) => is_there(&value_at(sight.item?, path)),
            Self::Yes(yes) => Some(*yes),
            Self::At(_) | Self::Item(_) => match self.value(sight)? {
                Value::Boolean(yes) => Some(*yes),
                _ => None,
            },
            Self::Not(part) => part.seen(sight).map(|holds| !holds),
            Self::Both(both) => match both.0.seen(sight) {
                Some(false) => Some(false),
                first => match both.1.seen(sight) {
                    Some(false) => Some(false),
                    second => Some(first? && second?),
                },
            },
            Self::Either(both) => match both.0.seen(sight) {
                Some(true) => Some(true),
                first => match both.1.seen(sight) {
                    Some(true) => Some(true),
                    second => Some(first? || second?),
                },
            },
            // What most conditions are made of, without a detour.
            Self::Compared(order @ (Order::Equal | Order::NotEqual), both)
                if let (place, Self::Text(text)) = &**both
                    && let Some(Value::Text(found)) = place.value(sight) =>
            {
                Some((text == found) == (*order == Order::Equal))
            }
            Self::Compared(order, both)
                if let Some(one) = both.0.whole(sight)
                    && let Some(other) = both.1.whole(sight) =>
            {
                Some(order.holds(&one, &other))
            }
            Self::Compared(order, both) => order.between(&both.0.known(sight)?, &both.1.known(sight)?),
            Self::Among(part, others) => among(&part.known(sight)?, others, sight),
            Self::In(both) => within(&both.0.known(sight)?, &both.1.known(sight)?),
            Self::Texts(likeness, both) => match (both.0.known(sight)?, both.1.known(sight)?) {
                (Known::Text(text), Known::Text(part)) => Some(likeness.between(&text, &part)),
                _ => None,
            },
            Self::Loop(quantity, both) => match both.0.value(sight)? {
                Value::List(list) => quantity.among(list, |item| both.1.seen(Sight { item: Some(item), ..sight })),
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

    /// What it looks at, where it is nothing but a place and something is there.
    fn value<'a>(&self, sight: Sight<'a>) -> Option<&'a Value> {
        match self {
            Self::At(path) => sight.found.get(*path)?.value(),
            Self::Item(path) => value_at(sight.item?, path).value(),
            _ => None,
        }
    }

    /// The whole number that it comes to, where it is surely one.
    fn whole(&self, sight: Sight<'_>) -> Option<i64> {
        match self {
            Self::Whole(whole) => Some(*whole),
            Self::At(_) | Self::Item(_) => match self.value(sight)? {
                Value::Integer(whole) => Some(*whole),
                _ => None,
            },
            Self::Size(part) => size_of(part.value(sight)?),
            Self::Sum(sign, both) => sign.of_numbers(both.0.whole(sight)?, both.1.whole(sight)?),
            _ => None,
        }
    }

    fn known<'a>(&'a self, sight: Sight<'a>) -> Option<Known<'a>> {
        match self {
            Self::At(_) | Self::Item(_) => self.value(sight).map(Known::of),
            Self::Text(text) => Some(Known::Text(text.into())),
            Self::Whole(whole) => Some(Known::Whole(*whole)),
            Self::Size(part) => part.known(sight)?.size(),
            Self::Lower(part) => match part.known(sight)? {
                Known::Text(text) => Some(Known::Text(text.to_ascii_lowercase().into())),
                _ => None,
            },
            Self::Negative(part) => match part.known(sight)? {
                Known::Whole(whole) => whole.checked_neg().map(Known::Whole),
                _ => None,
            },
            Self::Sum(sign, both) => match (both.0.known(sight)?, both.1.known(sight)?) {
                (Known::Whole(a), Known::Whole(b)) => sign.of_numbers(a, b).map(Known::Whole),
                (Known::Text(a), Known::Text(b)) if *sign == Sign::Plus => Some(Known::Text(format!("{a}{b}").into())),
                _ => None,
            },
            Self::Unknown => None,
            _ => self.seen(sight).map(Known::Yes),
        }
    }
}

/// How long a text is, in characters, or how many a list or a map has.
fn size_of(value: &Value) -> Option<i64> {
    match value {
        Value::Text(text) => length(text),
        Value::List(list) => i64::try_from(list.len()).ok(),
        Value::Map(map) => i64::try_from(map.len()).ok(),
        Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => None,
    }
}

fn length(text: &str) -> Option<i64> {
    i64::try_from(text.chars().count()).ok()
}

fn is_there(found: &Found<'_>) -> Option<bool> {
    match found {
        Found::Value(_) | Found::Facts => Some(true),
        Found::Absent => Some(false),
        Found::Broken => None,
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
        match self {
            Self::Text(text) => length(text),
            Self::Other(value) => size_of(value),
            Self::Yes(_) | Self::Whole(_) => None,
        }
        .map(Self::Whole)
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

fn among(value: &Known<'_>, others: &[Term<usize>], sight: Sight<'_>) -> Option<bool> {
    let mut any = false;
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
    fn among(self, list: &[Value], mut holds: impl FnMut(&Value) -> Option<bool>) -> Option<bool> {
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
