//! What must be so for a condition to hold, as far as it can be seen without CEL.
//!
//! A condition `a && b && c` cannot hold where one of its parts is false, whatever the others are, even where they fail: so
//! CEL has it. Parts of a simple form (`has(x)`, `x == "word"`, `x in ["a", "b"]`, …) are looked at here in nanoseconds. They only
//! dismiss: what is left is CEL's to decide, and where anything is unusual (nothing there, another kind of value) nothing
//! is dismissed.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::allowed::path_of;
use super::scene::Found;
use crate::desk::facts::Value;

/// `guest.crm.licence`, name by name.
pub(super) type Path = Vec<String>;

/// One part of a condition, about one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    /// It is there, or it is not.
    Has(bool),
    /// It is this yes or no.
    Is(bool),
    /// It is this text, or it is not.
    Text(String, bool),
    /// It is one of these texts.
    Among(Vec<String>),
    /// It begins with this.
    Begins(String),
    /// It ends with this.
    Ends(String),
    /// It has this in it.
    Contains(String),
    /// It is a whole number that stands so to that one.
    Whole(Order, i64),
}

/// How a number stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Guard {
    /// Is this part surely false?
    pub(super) fn dismisses(&self, found: &Found<'_>) -> bool {
        match (self, found) {
            (Self::Has(wanted), Found::Value(_) | Found::Facts) => !wanted,
            (Self::Has(wanted), Found::Absent) => *wanted,
            (Self::Is(wanted), Found::Value(Value::Boolean(yes))) => yes != wanted,
            (Self::Text(text, wanted), Found::Value(Value::Text(found))) => (text == found) != *wanted,
            (Self::Among(texts), Found::Value(Value::Text(found))) => !texts.contains(found),
            (Self::Begins(text), Found::Value(Value::Text(found))) => !found.starts_with(text.as_str()),
            (Self::Ends(text), Found::Value(Value::Text(found))) => !found.ends_with(text.as_str()),
            (Self::Contains(text), Found::Value(Value::Text(found))) => !found.contains(text.as_str()),
            (Self::Whole(order, number), Found::Value(Value::Integer(found))) => !order.holds(*found, *number),
            _ => false,
        }
    }
}

impl Order {
    fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::GreaterOrEqual => a >= b,
            Self::Greater => a > b,
        }
    }

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

    /// As seen from the other side.
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Greater => Self::Less,
            same => same,
        }
    }
}

/// The parts of a condition that can be looked at like this.
pub(super) fn of(expression: &IdedExpr) -> Vec<(Path, Guard)> {
    let mut guards = Vec::new();
    collect(expression, &mut guards);
    guards
}

fn collect(expression: &IdedExpr, guards: &mut Vec<(Path, Guard)>) {
    match &expression.expr {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            call.args.iter().for_each(|part| collect(part, guards));
        }
        _ => guards.extend(guard(expression)),
    }
}

fn guard(expression: &IdedExpr) -> Option<(Path, Guard)> {
    match &expression.expr {
        Expr::Select(select) if select.test => Some((names(expression)?, Guard::Has(true))),
        Expr::Select(_) => Some((names(expression)?, Guard::Is(true))),
        Expr::Call(call) => match (&call.target, call.args.as_slice()) {
            (None, [part]) if call.func_name == operators::LOGICAL_NOT => match guard(part)? {
                (path, Guard::Has(wanted)) => Some((path, Guard::Has(!wanted))),
                (path, Guard::Is(wanted)) => Some((path, Guard::Is(!wanted))),
                _ => None,
            },
            (Some(target), [part]) => method(call, target, part),
            (None, [left, right]) => comparison(call, left, right),
            _ => None,
        },
        _ => None,
    }
}

fn method(call: &CallExpr, target: &IdedExpr, part: &IdedExpr) -> Option<(Path, Guard)> {
    let (path, text) = (names(target)?, text(part)?.to_owned());
    match call.func_name.as_str() {
        "startsWith" => Some((path, Guard::Begins(text))),
        "endsWith" => Some((path, Guard::Ends(text))),
        "contains" => Some((path, Guard::Contains(text))),
        _ => None,
    }
}

fn comparison(call: &CallExpr, left: &IdedExpr, right: &IdedExpr) -> Option<(Path, Guard)> {
    if call.func_name == operators::IN {
        let Expr::List(list) = &right.expr else { return None };
        let texts: Option<Vec<String>> = list.elements.iter().map(|item| text(item).map(str::to_owned)).collect();
        return Some((names(left)?, Guard::Among(texts?)));
    }
    let order = Order::of(&call.func_name)?;
    let (path, value, order) = match (names(left), names(right)) {
        (Some(path), None) => (path, right, order),
        (None, Some(path)) => (path, left, order.mirrored()),
        _ => return None,
    };
    match (&value.expr, order) {
        (Expr::Literal(LiteralValue::Int(number)), order) => Some((path, Guard::Whole(order, *number.inner()))),
        (Expr::Literal(LiteralValue::Boolean(yes)), Order::Equal) => Some((path, Guard::Is(*yes.inner()))),
        (Expr::Literal(LiteralValue::String(text)), Order::Equal) => {
            Some((path, Guard::Text(text.inner().to_owned(), true)))
        }
        (Expr::Literal(LiteralValue::String(text)), Order::NotEqual) => {
            Some((path, Guard::Text(text.inner().to_owned(), false)))
        }
        _ => None,
    }
}

/// The path, where it is one that begins with a name of ours.
fn names(expression: &IdedExpr) -> Option<Path> {
    let Expr::Select(select) = &expression.expr else { return None };
    let path = path_of(select)?;
    super::scene::members(path.first()?)?;
    Some(path.into_iter().map(str::to_owned).collect())
}

fn text(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
