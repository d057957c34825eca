//! What a part of a condition comes to, where that is known without CEL, and whether two are the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::desk::facts::Value;

/// Up to here every whole number is one with a point, too.
const EXACT_MAX: u64 = 1 << f64::MANTISSA_DIGITS;

/// What a term comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known<'a> {
    Yes(bool),
    Whole(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Listed(Vec<Known<'a>>),
    Mapped(BTreeMap<&'a str, Known<'a>>),
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
            Self::Yes(_) | Self::Real(_) | Self::Listed(_) | Self::Mapped(_) | Self::Other(_) => None,
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
            Self::Yes(_) | Self::Text(_) | Self::Listed(_) | Self::Mapped(_) | Self::Other(_) => None,
        }
    }

    pub(super) fn negative(self) -> Option<Self> {
        match self {
            Self::Whole(whole) => whole.checked_neg().map(Self::Whole),
            Self::Real(real) => Some(Self::Real(-real)),
            Self::Yes(_) | Self::Text(_) | Self::Listed(_) | Self::Mapped(_) | Self::Other(_) => None,
        }
    }

    pub(super) fn size(&self) -> Option<Self> {
        match self {
            Self::Text(text) => length(text),
            Self::Other(value) => size_of(value),
            Self::Listed(parts) => i64::try_from(parts.len()).ok(),
            Self::Mapped(parts) => i64::try_from(parts.len()).ok(),
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
            _ => self.is_throughout(other),
        }
    }

    /// The same for all values that are the same. Nothing where it may not be known whether they are.
    pub(super) fn key(&self) -> Option<String> {
        let mut key = String::new();
        self.write_key(&mut key).map(|()| key)
    }

    fn write_key(&self, key: &mut String) -> Option<()> {
        match self {
            Self::Yes(yes) => write!(key, "{yes}").ok(),
            Self::Whole(whole) => write!(key, "{}", exactly(*whole)?).ok(),
            // There are two zeros, and they are the same.
            Self::Real(real) if real.abs() < EXACT_MAX as f64 => write!(key, "{}", real + 0.0).ok(),
            Self::Real(_) => None,
            Self::Text(text) => write!(key, "{text:?}").ok(),
            Self::Listed(_) | Self::Mapped(_) | Self::Other(_) => self.write_parts(key),
        }
    }

    fn write_parts(&self, key: &mut String) -> Option<()> {
        if let Some(items) = self.items() {
            key.push('[');
            items.iter().try_for_each(|item| item.write_key(key).map(|()| key.push(',')))?;
            key.push(']');
            return Some(());
        }
        key.push('{');
        self.entries()?.iter().try_for_each(|(name, value)| {
            write!(key, "{name:?}:").ok()?;
            value.write_key(key).map(|()| key.push(','))
        })?;
        key.push('}');
        Some(())
    }

    /// With all that is in it.
    fn is_throughout(&self, other: &Self) -> Option<bool> {
        if let (Some(some), Some(others)) = (self.items(), other.items()) {
            return same(some.len() == others.len(), some.iter().zip(&*others));
        }
        if let (Some(some), Some(others)) = (self.entries(), other.entries()) {
            let names = some.keys().eq(others.keys());
            return same(names, some.values().zip(others.values()));
        }
        Some(false)
    }

    /// Of a list.
    fn items(&self) -> Option<Cow<'_, [Known<'a>]>> {
        match self {
            Self::Listed(items) => Some(items.into()),
            Self::Other(Value::List(items)) => Some(items.iter().map(Known::of).collect()),
            _ => None,
        }
    }

    /// Of a map.
    fn entries(&self) -> Option<Cow<'_, BTreeMap<&'a str, Known<'a>>>> {
        match self {
            Self::Mapped(entries) => Some(Cow::Borrowed(entries)),
            Self::Other(Value::Map(entries)) => {
                let known = entries.iter().map(|(name, value)| (name.as_str(), Known::of(value)));
                Some(Cow::Owned(known.collect()))
            }
            _ => None,
        }
    }
}

/// Are they the same, one by one, if they are as many and called alike? Otherwise they are not, whatever is known of them.
fn same<'k, 'a: 'k>(alike: bool, mut pairs: impl Iterator<Item = (&'k Known<'a>, &'k Known<'a>)>) -> Option<bool> {
    if !alike {
        return Some(false);
    }
    pairs.try_fold(true, |all, (one, other)| one.is(other).map(|same| all && same))
}

/// The same number as one with a point, where nothing is lost.
pub(super) fn exactly(whole: i64) -> Option<f64> {
    (whole.unsigned_abs() <= EXACT_MAX).then_some(whole as f64)
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
