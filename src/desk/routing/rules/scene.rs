//! What conditions look at: `guest`, `room` and `now`.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::objects::{Key, Map};
use cel::{Context, Value as Cel};
use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;

use super::condition::LANGUAGE;
use super::sure::Path;
use crate::desk::facts::{Facts, GuestFacts, Value};
use crate::desk::ids::RoomJid;

/// The names that conditions begin with.
pub(super) const ROOTS: [&str; 3] = ["guest", "room", "now"];

/// What is under `guest`, and whether it has parts of its own.
const GUEST: &[(&str, bool)] = &[
    ("jid", false),
    ("account", false),
    ("domain", false),
    ("channel", false),
    ("language", false),
    ("returning", false),
    ("reason", false),
    ("said", true),
    ("id", false),
    ("claims", true),
    ("crm", true),
    ("crm_by_said", false),
    ("crm_failed", false),
];
const ROOM: &[(&str, bool)] = &[("jid", false), ("name", false), ("service", false)];
const NOW: &[(&str, bool)] = &[
    ("date", false),
    ("time", false),
    ("weekday", false),
    ("year", false),
    ("month", false),
    ("day", false),
    ("hour", false),
    ("minute", false),
];

/// What there is under a root; `None` where it is none.
pub(super) fn members(root: &str) -> Option<&'static [(&'static str, bool)]> {
    match root {
        "guest" => Some(GUEST),
        "room" => Some(ROOM),
        "now" => Some(NOW),
        _ => None,
    }
}

/// The guest, the room and the time that a decision is about.
#[derive(Debug)]
pub struct Scene<'a> {
    guest: BTreeMap<&'static str, Node<'a>>,
    room: BTreeMap<&'static str, Node<'a>>,
    now: BTreeMap<&'static str, Node<'a>>,
}

#[derive(Debug)]
enum Node<'a> {
    One(Value),
    Many(&'a Facts),
}

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Value(&'a Value),
    /// All that a source says.
    Facts,
    /// Nothing of this name, where there could be.
    Absent,
    /// What should have parts is not there.
    Unreached,
    /// What should have parts has none.
    Broken,
}

impl<'a> Found<'a> {
    /// The value, if it is one.
    pub(super) fn value(&self) -> Option<&'a Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Facts | Self::Absent | Self::Unreached | Self::Broken => None,
        }
    }
}

impl<'a> Scene<'a> {
    /// A guest comes to a room at that time, as the clocks of that zone show it.
    pub fn new(facts: &'a GuestFacts, room: &RoomJid, at: DateTime<Utc>, zone: Tz) -> Self {
        Self { guest: guest(facts), room: self::room(room), now: now(at.with_timezone(&zone)) }
    }

    pub(super) fn find(&self, path: &Path) -> Found<'_> {
        let [root, member, rest @ ..] = path.as_slice() else { return Found::Broken };
        let members = match root.as_str() {
            "guest" => &self.guest,
            "room" => &self.room,
            _ => &self.now,
        };
        match (members.get(member.as_str()), rest) {
            (None, []) => Found::Absent,
            (None, _) => Found::Unreached,
            (Some(Node::One(value)), rest) => value_at(value, rest),
            (Some(Node::Many(_)), []) => Found::Facts,
            (Some(Node::Many(facts)), [name, rest @ ..]) => match facts.get(name) {
                Some(value) => value_at(value, rest),
                None if rest.is_empty() => Found::Absent,
                None => Found::Unreached,
            },
        }
    }

    /// The same for CEL. Made only where it is asked at all.
    pub(super) fn context(&self) -> Context<'static, 'static> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        for (root, members) in ROOTS.into_iter().zip([&self.guest, &self.room, &self.now]) {
            let members = members.iter().map(|(name, node)| {
                let value = match node {
                    Node::One(value) => cel(value),
                    Node::Many(facts) => map(facts.iter()),
                };
                (Key::from(*name), value)
            });
            context.add_variable_from_value(root, Cel::Map(Map { map: Arc::new(members.collect()) }));
        }
        context
    }
}

/// What is at this path in a value.
pub(super) fn value_at<'v>(value: &'v Value, path: &[String]) -> Found<'v> {
    match (value, path) {
        (value, []) => Found::Value(value),
        (Value::Map(members), [name, rest @ ..]) => match members.get(name) {
            Some(value) => value_at(value, rest),
            None if rest.is_empty() => Found::Absent,
            None => Found::Unreached,
        },
        _ => Found::Broken,
    }
}

fn guest(facts: &GuestFacts) -> BTreeMap<&'static str, Node<'_>> {
    static NOTHING: Facts = Facts::NONE;
    let text = |text: &str| Node::One(Value::from(text));
    let mut guest = BTreeMap::from([
        ("jid", text(facts.jid.as_str())),
        ("account", text(facts.jid.to_bare().as_str())),
        ("domain", text(facts.jid.domain().as_str())),
        ("channel", text(facts.channel.name())),
        ("returning", Node::One(Value::Boolean(facts.returning))),
        ("said", Node::Many(&facts.said)),
        ("crm", Node::Many(&facts.crm)),
        ("crm_by_said", Node::One(Value::Boolean(facts.crm_by_said))),
        ("crm_failed", Node::One(Value::Boolean(!facts.crm_failed.is_empty()))),
        ("claims", Node::Many(facts.trusted.as_ref().map_or(&NOTHING, |trusted| &trusted.claims))),
    ]);
    guest.extend(facts.language.as_deref().map(|language| ("language", text(language))));
    guest.extend(facts.reason.as_deref().map(|reason| ("reason", text(reason))));
    guest.extend(facts.trusted.as_ref().map(|trusted| ("id", text(&trusted.id))));
    guest
}

fn room(room: &RoomJid) -> BTreeMap<&'static str, Node<'static>> {
    let name = room.bare().node().map(|node| node.as_str()).unwrap_or_default();
    let text = |text: &str| Node::One(Value::from(text));
    BTreeMap::from([("jid", text(room.bare().as_str())), ("name", text(name)), ("service", text(room.service()))])
}

fn now(at: DateTime<Tz>) -> BTreeMap<&'static str, Node<'static>> {
    let text = |text: String| Node::One(Value::Text(text));
    let number = |number: u32| Node::One(Value::Integer(i64::from(number)));
    // As the hours of queues spell them.
    let weekday = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    let weekday = usize::try_from(at.weekday().num_days_from_monday()).ok().and_then(|day| weekday.get(day).copied());
    BTreeMap::from([
        ("date", text(at.format("%Y-%m-%d").to_string())),
        ("time", text(at.format("%H:%M").to_string())),
        ("weekday", text(weekday.unwrap_or_default().to_owned())),
        ("year", Node::One(Value::Integer(i64::from(at.year())))),
        ("month", number(at.month())),
        ("day", number(at.day())),
        ("hour", number(at.hour())),
        ("minute", number(at.minute())),
    ])
}

fn cel(value: &Value) -> Cel {
    match value {
        Value::Boolean(yes) => Cel::Bool(*yes),
        Value::Integer(number) => Cel::Int(*number),
        Value::Number(number) => Cel::Float(number.get()),
        Value::Text(text) => Cel::from(text.as_str()),
        Value::List(items) => Cel::from(items.iter().map(cel).collect::<Vec<Cel>>()),
        Value::Map(members) => map(members.iter().map(|(name, value)| (name.as_str(), value))),
    }
}

fn map<'v>(members: impl Iterator<Item = (&'v str, &'v Value)>) -> Cel {
    Cel::Map(Map { map: Arc::new(members.map(|(name, value)| (Key::from(name), cel(value))).collect()) })
}
