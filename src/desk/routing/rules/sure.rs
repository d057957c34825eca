//! What can be said of a condition without CEL: for nearly all that people write, whether it holds or fails, in nanoseconds.
//!
//! A condition is read a second time, into [`Term`]s that look at the facts where they lie. A term knows what it comes to, or why it fails
//! ([`super::failing`]), or neither: where anything is unusual (a number out of bounds, a list where a text belongs, a name that is made up)
//! nothing is known, and CEL is asked. What is known is what CEL would say: of `a && b` it is known that it is false where one of them surely
//! is, whatever the other is, even where that fails; so CEL has it, and the same for `||`.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, MapExpr, operators};

use super::allowed::path_of;
use super::scene;
use crate::desk::facts::Number;

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
    Item(P),
    /// Has it such a part?
    HasItem(P),
    Text(String),
    Whole(i64),
    Real(Number),
    Yes(bool),
    /// How long a text is, in characters, or how many a list or a map has.
    Size(Box<Self>),
    /// A text with ASCII letters in lower case.
    Lower(Box<Self>),
    /// A text, or a whole number or yes or no as one.
    Written(Box<Self>),
    /// A whole number; of another number what is before the point.
    Cut(Box<Self>),
    /// A number, as one that may have a point.
    Pointed(Box<Self>),
    Negative(Box<Self>),
    Sum(Sign, Box<(Self, Self)>),
    Compared(Order, Box<(Self, Self)>),
    Listed(Vec<Self>),
    /// By their names, in order.
    Mapped(Vec<(String, Self)>),
    /// Is it one of these?
    Among(Box<Self>, Vec<Self>),
    /// Is it in what is there?
    In(Box<(Self, Self)>),
    Texts(Likeness, Box<(Self, Self)>),
    Not(Box<Self>),
    Both(Box<(Self, Self)>),
    Either(Box<(Self, Self)>),
    /// The first says whether it is the second or the third.
    Choice(Box<(Self, Self, Self)>),
    /// Of a list the one with that number, from 0; of a map the one with that name.
    Part(Box<(Self, Self)>),
    /// Of how many in a list something holds. A loop lies in no other.
    Loop(Quantity, P, Box<Self>),
    /// A part that other conditions have too; only in terms that have been numbered.
    Shared(usize),
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
            Expr::Literal(LiteralValue::Double(number)) => {
                Number::new(*number.inner()).map_or(Term::Unknown, Term::Real)
            }
            Expr::Literal(LiteralValue::Boolean(yes)) => Term::Yes(*yes.inner()),
            Expr::Ident(name) if self.variable == Some(name) => Term::Item(Vec::new()),
            Expr::Select(select) => match (self.names(expression), select.test) {
                (Some(Looking::At(path)), false) => Term::At(path),
                (Some(Looking::At(path)), true) => Term::Has(path),
                (Some(Looking::AtItem(path)), false) => Term::Item(path),
                (Some(Looking::AtItem(path)), true) => Term::HasItem(path),
                (None, false) => Term::Part(Box::new((self.term(&select.operand), Term::Text(select.field.clone())))),
                (None, true) => Term::Unknown,
            },
            Expr::List(list) => Term::Listed(list.elements.iter().map(|element| self.term(element)).collect()),
            Expr::Map(map) => self.mapped(map).unwrap_or(Term::Unknown),
            Expr::Call(call) => self.called(call).unwrap_or(Term::Unknown),
            Expr::Comprehension(parts) => self.looped(parts).unwrap_or(Term::Unknown),
            _ => Term::Unknown,
        }
    }

    /// Nothing where a name is none that everybody sees, or comes twice.
    fn mapped(self, map: &MapExpr) -> Option<Term> {
        let mut parts: Vec<(String, Term)> =
            map.entries.iter().map(|one| self.entry(&one.expr)).collect::<Option<_>>()?;
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let twice = parts.windows(2).any(|two| matches!(two, [(one, _), (other, _)] if one == other));
        (!twice).then_some(Term::Mapped(parts))
    }

    fn entry(self, entry: &EntryExpr) -> Option<(String, Term)> {
        match entry {
            EntryExpr::MapEntry(entry) if !entry.optional => match &entry.key.expr {
                Expr::Literal(LiteralValue::String(name)) => Some((name.inner().to_owned(), self.term(&entry.value))),
                _ => None,
            },
            EntryExpr::MapEntry(_) | EntryExpr::StructField(_) => None,
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
            (None, [value]) if name == "string" => Term::Written(self.one(value)),
            (None, [number]) if name == "int" => Term::Cut(self.one(number)),
            (None, [number]) if name == "double" => Term::Pointed(self.one(number)),
            (None, [part]) if name == operators::LOGICAL_NOT => Term::Not(self.one(part)),
            (None, [number]) if name == operators::NEGATE => Term::Negative(self.one(number)),
            (None, [left, right]) => self.two(name, left, right)?,
            (None, [whether, one, other]) if name == operators::CONDITIONAL => {
                Term::Choice(Box::new((self.term(whether), self.term(one), self.term(other))))
            }
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
            operators::INDEX => Term::Part(both),
            _ => match Order::of(name) {
                Some(order) => Term::Compared(order, both),
                None => Term::Sum(Sign::named(name)?, both),
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
        let Term::At(list) = self.term(&parts.iter_range) else { return None };
        let within = Reading { variable: Some(&parts.iter_var) };
        Some(Term::Loop(quantity, list, within.one(condition)))
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
    /// Calls this with every path that it looks at, and with the list that the loop around it goes through, if the path begins there.
    pub(super) fn paths<'a>(&'a self, list: Option<&'a Path>, found: &mut impl FnMut(&'a Path, Option<&'a Path>)) {
        match self {
            Self::At(path) | Self::Has(path) => found(path, None),
            Self::Item(path) | Self::HasItem(path) => found(path, list),
            Self::Text(_) | Self::Whole(_) | Self::Real(_) | Self::Yes(_) | Self::Shared(_) | Self::Unknown => {}
            Self::Size(part)
            | Self::Lower(part)
            | Self::Written(part)
            | Self::Cut(part)
            | Self::Pointed(part)
            | Self::Negative(part)
            | Self::Not(part) => part.paths(list, found),
            Self::Listed(parts) => parts.iter().for_each(|part| part.paths(list, found)),
            Self::Mapped(parts) => parts.iter().for_each(|(_, part)| part.paths(list, found)),
            Self::Among(part, others) => {
                part.paths(list, found);
                others.iter().for_each(|other| other.paths(list, found));
            }
            Self::Sum(_, both)
            | Self::Compared(_, both)
            | Self::In(both)
            | Self::Texts(_, both)
            | Self::Both(both)
            | Self::Part(both)
            | Self::Either(both) => {
                both.0.paths(list, found);
                both.1.paths(list, found);
            }
            Self::Choice(three) => {
                [&three.0, &three.1, &three.2].into_iter().for_each(|part| part.paths(list, found));
            }
            Self::Loop(_, path, part) => {
                found(path, None);
                part.paths(Some(path), found);
            }
        }
    }

    /// The same with the paths' numbers.
    pub(super) fn numbered(&self, list: Option<&Path>, number: &impl Fn(&Path, Option<&Path>) -> usize) -> Term<usize> {
        let one = |part: &Self| Box::new(part.numbered(list, number));
        let two = |both: &(Self, Self)| Box::new((both.0.numbered(list, number), both.1.numbered(list, number)));
        match self {
            Self::At(path) => Term::At(number(path, None)),
            Self::Has(path) => Term::Has(number(path, None)),
            Self::Item(path) => Term::Item(number(path, list)),
            Self::HasItem(path) => Term::HasItem(number(path, list)),
            Self::Text(text) => Term::Text(text.clone()),
            Self::Whole(whole) => Term::Whole(*whole),
            Self::Real(real) => Term::Real(*real),
            Self::Yes(yes) => Term::Yes(*yes),
            Self::Size(part) => Term::Size(one(part)),
            Self::Lower(part) => Term::Lower(one(part)),
            Self::Written(part) => Term::Written(one(part)),
            Self::Cut(part) => Term::Cut(one(part)),
            Self::Pointed(part) => Term::Pointed(one(part)),
            Self::Negative(part) => Term::Negative(one(part)),
            Self::Not(part) => Term::Not(one(part)),
            Self::Sum(sign, both) => Term::Sum(*sign, two(both)),
            Self::Compared(order, both) => Term::Compared(*order, two(both)),
            Self::Listed(parts) => Term::Listed(parts.iter().map(|part| part.numbered(list, number)).collect()),
            Self::Mapped(parts) => {
                Term::Mapped(parts.iter().map(|(name, part)| (name.clone(), part.numbered(list, number))).collect())
            }
            Self::Among(part, others) => {
                Term::Among(one(part), others.iter().map(|other| other.numbered(list, number)).collect())
            }
            Self::In(both) => Term::In(two(both)),
            Self::Texts(likeness, both) => Term::Texts(*likeness, two(both)),
            Self::Both(both) => Term::Both(two(both)),
            Self::Either(both) => Term::Either(two(both)),
            Self::Part(both) => Term::Part(two(both)),
            Self::Choice(three) => Term::Choice(Box::new((*one(&three.0), *one(&three.1), *one(&three.2)))),
            Self::Loop(quantity, path, part) => {
                Term::Loop(*quantity, number(path, None), Box::new(part.numbered(Some(path), number)))
            }
            Self::Shared(shared) => Term::Shared(*shared),
            Self::Unknown => Term::Unknown,
        }
    }
}
