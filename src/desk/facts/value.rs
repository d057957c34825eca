//! A tree of typed values, bounded: whatever others say of a guest, or the guest says, is kept as this.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How deep lists and maps may lie in each other. CRMs answer with a customer, their contracts, and those' properties;
/// whoever looks at such a tree does so by recursion, so it must have a floor.
pub const DEPTH_MAX: usize = 6;
/// How many values a source may bring, lists and maps counted too: conditions and the case card walk over all of them.
pub const VALUES_MAX: usize = 256;
/// How many bytes its names and texts may have: it is kept with the chat, in memory and in the record, and 500 chats are
/// open at once.
pub const BYTES_MAX: usize = 16 * 1_024;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(Number),
    /// Words.
    Text(String),
    /// Values in their order.
    List(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<String, Value>),
}

/// A finite number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(f64);

/// It is never NaN.
impl Eq for Number {}

impl Number {
    /// Infinity and what is no number are nothing.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(number))
    }

    /// The number itself.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What one source says, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Value>);

/// It is more than is kept. Nothing of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// More than [`DEPTH_MAX`] levels.
    Depth,
    /// More than [`VALUES_MAX`] values.
    Values,
    /// More than [`BYTES_MAX`] bytes of names and texts.
    Bytes,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth => write!(f, "more than {DEPTH_MAX} levels deep"),
            Self::Values => write!(f, "more than {VALUES_MAX} values"),
            Self::Bytes => write!(f, "more than {BYTES_MAX} bytes"),
        }
    }
}

impl Facts {
    /// A JSON object's members. `null` says nothing, so there is nothing under its name.
    ///
    /// # Errors
    /// Which limit it is beyond.
    pub fn from_json(object: serde_json::Map<String, Json>) -> Result<Self, Excess> {
        let mut reading = Reading::default();
        reading.members(object, 0).map(Self)
    }

    /// One more fact; in the place of another of this name.
    ///
    /// # Errors
    /// Which limit it would be beyond; then nothing has changed.
    pub fn add(&mut self, name: impl Into<String>, value: Value) -> Result<(), Excess> {
        let name = name.into();
        let before = self.0.insert(name.clone(), value);
        let outcome = self.measure();
        if outcome.is_err() {
            match before {
                Some(before) => self.0.insert(name, before),
                None => self.0.remove(&name),
            };
        }
        outcome
    }

    /// What another source says too; where both speak of the same, the first one counts.
    ///
    /// # Errors
    /// Which limit they are beyond together; then nothing has changed.
    pub fn join(&mut self, other: Self) -> Result<(), Excess> {
        let mut both = Self(other.0.into_iter().filter(|(name, _)| !self.0.contains_key(name)).collect());
        both.0.extend(self.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        both.measure()?;
        *self = both;
        Ok(())
    }

    /// What is said under this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The words under this name, where they are words.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// All of it, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn measure(&self) -> Result<(), Excess> {
        let mut reading = Reading::default();
        self.0.iter().try_for_each(|(name, value)| reading.weigh(name, value, 0))
    }
}

/// How much has been read.
#[derive(Debug, Default)]
struct Reading {
    values: usize,
    bytes: usize,
}

impl Reading {
    fn one_more(&mut self, bytes: usize, depth: usize) -> Result<(), Excess> {
        self.values += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        match () {
            () if depth > DEPTH_MAX => Err(Excess::Depth),
            () if self.values > VALUES_MAX => Err(Excess::Values),
            () if self.bytes > BYTES_MAX => Err(Excess::Bytes),
            () => Ok(()),
        }
    }

    fn members(
        &mut self,
        object: serde_json::Map<String, Json>,
        depth: usize,
    ) -> Result<BTreeMap<String, Value>, Excess> {
        let mut members = BTreeMap::new();
        for (name, value) in object {
            self.one_more(name.len(), depth)?;
            if let Some(value) = self.value(value, depth)? {
                members.insert(name, value);
            }
        }
        Ok(members)
    }

    fn items(&mut self, array: Vec<Json>, depth: usize) -> Result<Vec<Value>, Excess> {
        let mut items = Vec::new();
        for value in array {
            self.one_more(0, depth)?;
            items.extend(self.value(value, depth)?);
        }
        Ok(items)
    }

    /// Each call stands one level deeper, and [`Self::one_more`] stops at the last one.
    fn value(&mut self, value: Json, depth: usize) -> Result<Option<Value>, Excess> {
        Ok(match value {
            Json::Null => None,
            Json::Bool(yes) => Some(Value::Boolean(yes)),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Some(Value::Integer(whole)),
                None => number.as_f64().and_then(Number::new).map(Value::Number),
            },
            Json::String(text) => {
                self.bytes = self.bytes.saturating_add(text.len());
                if self.bytes > BYTES_MAX { return Err(Excess::Bytes) } else { Some(Value::Text(text)) }
            }
            Json::Array(array) => Some(Value::List(self.items(array, depth + 1)?)),
            Json::Object(object) => Some(Value::Map(self.members(object, depth + 1)?)),
        })
    }

    fn weigh(&mut self, name: &str, value: &Value, depth: usize) -> Result<(), Excess> {
        let text = if let Value::Text(text) = value { text.len() } else { 0 };
        self.one_more(name.len() + text, depth)?;
        match value {
            Value::List(items) => items.iter().try_for_each(|item| self.weigh("", item, depth + 1)),
            Value::Map(members) => members.iter().try_for_each(|(name, value)| self.weigh(name, value, depth + 1)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Json) -> Result<Facts, Excess> {
        let Json::Object(object) = json else { panic!("no object") };
        Facts::from_json(object)
    }

    #[test]
    fn every_type_is_read_and_kept() {
        let facts = read(json!({
            "vip": true, "open": 3, "huge": 18_446_744_073_709_551_615_u64, "rate": 0.1, "whole": 2.0,
            "name": "Ada", "nothing": null, "list": [1, null, "two"], "map": {"deep": {"er": []}},
        }))
        .unwrap();
        assert_eq!(facts.get("vip"), Some(&Value::Boolean(true)));
        assert_eq!(facts.get("open"), Some(&Value::Integer(3)));
        assert_eq!(facts.get("huge"), Number::new(18_446_744_073_709_551_615.0).map(Value::Number).as_ref());
        assert_eq!(facts.get("whole"), Number::new(2.0).map(Value::Number).as_ref());
        assert_eq!(facts.get("nothing"), None);
        assert_eq!(facts.get("list"), Some(&Value::List(vec![Value::Integer(1), "two".into()])));
        let kept: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        assert_eq!(kept, facts);
    }

    /// The record's JSON gives back the very number: a rule that compares must say the same after a restart.
    #[test]
    fn numbers_come_back_to_the_last_digit() {
        for bits in (0..20_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            let Some(number) = Number::new(f64::from_bits(bits)) else { continue };
            let text = serde_json::to_string(&Value::Number(number)).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Number(number), "{text}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused_whole() {
        let mut deep = json!(1);
        for _ in 0..DEPTH_MAX {
            deep = json!([deep]);
        }
        assert!(read(json!({ "deep": deep })).is_ok());
        assert_eq!(read(json!({ "deep": [deep] })), Err(Excess::Depth));
        assert!(read(json!({ "many": vec![1; VALUES_MAX - 1] })).is_ok());
        assert_eq!(read(json!({ "many": vec![1; VALUES_MAX] })), Err(Excess::Values));
        assert_eq!(read(json!({ "many": vec![Json::Null; VALUES_MAX] })), Err(Excess::Values));
        assert!(read(json!({ "long": "x".repeat(BYTES_MAX - 4) })).is_ok());
        assert_eq!(read(json!({ "long": "x".repeat(BYTES_MAX - 3) })), Err(Excess::Bytes));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut facts = read(json!({ "name": "Ada" })).unwrap();
        let long = Value::Text("x".repeat(BYTES_MAX));
        assert_eq!(facts.add("name", long.clone()), Err(Excess::Bytes));
        assert_eq!(facts.add("other", long), Err(Excess::Bytes));
        assert_eq!(facts, read(json!({ "name": "Ada" })).unwrap());
        facts.join(read(json!({ "name": "Eve", "licence": "basic" })).unwrap()).unwrap();
        assert_eq!(facts, read(json!({ "name": "Ada", "licence": "basic" })).unwrap());
        assert_eq!(facts.join(read(json!({ "x": vec![1; VALUES_MAX - 2] })).unwrap()), Err(Excess::Values));
        assert_eq!(facts.text("licence"), Some("basic"));
    }
}
