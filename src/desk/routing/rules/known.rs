//! What a part of a condition comes to, where that is known without CEL, and whether two are the same.

use std::borrow::Cow;

use crate::desk::facts::Value;

/// What a term comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known<'a> {
    Yes(bool),
    Whole(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Listed(Vec<Known<'a>>),
    /// Anything else that is there.
    Other(&'a Value),
}

impl<'a> Known<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Boolean(yes) => Self::Yes(*yes),
            Value::Integer(whole) => Self::Whole(*whole),
            Value::Number(real) => Self::Real(real.get()),
            Value::Text(text) => Self::Text(text.into()),
            Value::List(_) | Value::Map(_) => Self::Other(value),
        }
    }

    pub(super) fn lower(&self) -> Option<Self> {
        match self {
            Self::Text(text) => Some(Self::Text(text.to_ascii_lowercase().into())),
            _ => None,
        }
    }

    /// How CEL writes other numbers is CEL's.
    pub(super) fn written(self) -> Option<Self> {
        match self {
            Self::Text(_) => Some(self),
            Self::Whole(whole) => Some(Self::Text(whole.to_string().into())),
            Self::Yes(_) | Self::Real(_) | Self::Listed(_) | Self::Other(_) => None,
        }
    }

    /// How CEL reads texts, and cuts other numbers, is CEL's.
    pub(super) fn cut(self) -> Option<Self> {
        matches!(self, Self::Whole(_)).then_some(self)
    }

    pub(super) fn pointed(self) -> Option<Self> {
        match self {
            Self::Whole(whole) => Some(Self::Real(whole as f64)),
            Self::Real(_) => Some(self),
            Self::Yes(_) | Self::Text(_) | Self::Listed(_) | Self::Other(_) => None,
        }
    }

    pub(super) fn negative(self) -> Option<Self> {
        match self {
            Self::Whole(whole) => whole.checked_neg().map(Self::Whole),
            Self::Real(real) => Some(Self::Real(-real)),
            Self::Yes(_) | Self::Text(_) | Self::Listed(_) | Self::Other(_) => None,
        }
    }

    pub(super) fn size(&self) -> Option<Self> {
        match self {
            Self::Text(text) => length(text),
            Self::Other(value) => size_of(value),
            Self::Listed(parts) => i64::try_from(parts.len()).ok(),
            Self::Yes(_) | Self::Whole(_) | Self::Real(_) => None,
        }
        .map(Self::Whole)
    }

    /// Nothing where CEL knows better. Values of two kinds are not the same, but for numbers, of which the value counts.
    pub(super) fn is(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Yes(a), Self::Yes(b)) => Some(a == b),
            (Self::Whole(a), Self::Whole(b)) => Some(a == b),
            (Self::Real(a), Self::Real(b)) => Some(a == b),
            (Self::Text(a), Self::Text(b)) => Some(a == b),
            (Self::Whole(whole), Self::Real(real)) | (Self::Real(real), Self::Whole(whole)) => {
                exactly(*whole).map(|whole| whole == *real)
            }
            (Self::Listed(a), Self::Listed(b)) => same(a, b.iter().cloned()),
            (Self::Listed(a), Self::Other(Value::List(b))) | (Self::Other(Value::List(b)), Self::Listed(a)) => {
                same(a, b.iter().map(Known::of))
            }
            (Self::Listed(_) | Self::Other(_), Self::Listed(_) | Self::Other(_)) => None,
            _ => Some(false),
        }
    }
}

/// Are they the same, one by one?
fn same<'a>(some: &[Known<'a>], others: impl ExactSizeIterator<Item = Known<'a>>) -> Option<bool> {
    if some.len() != others.len() {
        return Some(false);
    }
    let each: Option<Vec<bool>> = some.iter().zip(others).map(|(one, other)| one.is(&other)).collect();
    each.map(|each| each.into_iter().all(|same| same))
}

/// The same number as one with a point, where nothing is lost.
pub(super) fn exactly(whole: i64) -> Option<f64> {
    (whole.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS).then_some(whole as f64)
}

/// How long a text is, in characters, or how many a list or a map has.
pub(super) fn size_of(value: &Value) -> Option<i64> {
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
