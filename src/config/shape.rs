//! Takes the file apart: TOML syntax, tables, keys and types. What the values mean is not asked here.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

use super::keys;
use super::mistakes::{Mistakes, Source};

/// A file with known keys and right types.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub xmpp: Table<RawXmpp>,
    pub rooms: Table<RawRooms>,
    pub store: Table<RawStore>,
    pub faq: Table<RawFaq>,
    pub time: Table<RawTime>,
    pub web: Table<RawWeb>,
    pub queues: Vec<Table<RawQueue>>,
    pub operators: Vec<Table<RawOperator>>,
    pub rules: Vec<Table<RawRule>>,
    pub token: Table<RawToken>,
    pub crms: Vec<Table<RawCrm>>,
}

/// A table and where it begins; the file's beginning where it is missing.
#[derive(Debug, Default)]
pub(super) struct Table<T> {
    pub span: Range<usize>,
    pub values: T,
    /// Something in it was of the wrong type, which was noted: the values are not the written ones.
    pub unread: bool,
}

impl<T: Default> Table<T> {
    fn unread(span: Range<usize>) -> Self {
        Self { span, values: T::default(), unread: true }
    }
}

/// A value and where it stands, if it was written.
pub(super) type Given<T> = Option<Spanned<T>>;

/// `[xmpp]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawXmpp {
    pub jid: Given<String>,
    pub password_file: Given<String>,
    pub server: Given<String>,
    pub tls: Given<String>,
    pub ca_file: Given<String>,
    pub nick: Given<String>,
}

/// `[rooms]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRooms {
    pub services: Given<Vec<Spanned<String>>>,
    pub guests: Given<Vec<Spanned<String>>>,
    pub guest_grace_seconds: Given<i64>,
    pub operator_grace_seconds: Given<i64>,
    pub hide_operators: Option<bool>,
    pub chats_open_max: Given<i64>,
    pub alias: Option<bool>,
    pub alias_idle_seconds: Given<i64>,
    pub shared_accounts: Given<Vec<Spanned<String>>>,
}

/// `[store]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawStore {
    pub url: Given<String>,
    pub retention_days: Given<i64>,
    pub log_dir: Given<String>,
}

/// `[faq]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFaq {
    pub dir: Given<String>,
    pub answer_from_percent: Given<i64>,
    pub suggest_from_percent: Given<i64>,
}

/// `[time]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTime {
    pub zone: Given<String>,
}

/// `[web]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawWeb {
    pub listen: Given<String>,
    pub address: Given<String>,
    pub sites: Given<Vec<Spanned<String>>>,
    pub upstream: Given<String>,
    pub trusted_proxies: Given<Vec<Spanned<String>>>,
    pub title: Given<String>,
    pub colour: Given<String>,
    pub form: Given<Vec<Spanned<String>>>,
    pub form_closed: Given<Vec<Spanned<String>>>,
    pub departments: Given<Vec<Spanned<String>>>,
    pub operator_listen: Given<String>,
    pub operator_address: Given<String>,
    pub operator_dir: Given<String>,
}

/// `[[queue]]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawQueue {
    pub name: Given<String>,
    pub strategy: Given<String>,
    pub offer_seconds: Given<i64>,
    pub first_reply_seconds: Given<i64>,
    pub tier_seconds: Given<i64>,
    pub wrap_up_seconds: Given<i64>,
    pub prefer_last_operator: Option<bool>,
    pub supervisors: Given<Vec<Spanned<String>>>,
    pub hours: Given<String>,
    /// Strings, or TOML's own dates.
    pub holidays: Given<Vec<Spanned<toml::Value>>>,
    pub skills: Given<Vec<Spanned<String>>>,
    pub chat_weight: Given<i64>,
    pub priority: Given<i64>,
    pub escalate_seconds: Given<i64>,
    pub message_seconds: Given<i64>,
    pub missed_offers_max: Given<i64>,
    pub overflow_to: Given<String>,
    pub overflow_seconds: Given<i64>,
    pub overflow_chats: Given<i64>,
}

/// `[[operator]]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOperator {
    pub jid: Given<String>,
    pub name: Given<String>,
    pub queues: Given<Vec<Spanned<String>>>,
    pub chats_max: Given<i64>,
    pub tier: Given<i64>,
    pub skills: Given<Vec<Spanned<String>>>,
    pub languages: Given<Vec<Spanned<String>>>,
}

/// `[[rule]]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRule {
    pub when: Given<String>,
    pub queue: Given<String>,
    pub priority: Given<i64>,
    pub skills: Given<Vec<Spanned<String>>>,
    pub operator: Given<String>,
    pub tags: Given<Vec<Spanned<String>>>,
    pub refuse: Given<String>,
}

/// `[token]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawToken {
    pub algorithm: Given<String>,
    pub key_file: Given<String>,
    pub audience: Given<String>,
    pub lifetime_max_seconds: Given<i64>,
}

/// `[[crm]]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawCrm {
    pub name: Given<String>,
    pub url: Given<String>,
    pub csv: Given<String>,
    pub key: Given<String>,
    pub sqlite: Given<String>,
    pub query: Given<String>,
    pub by: Given<String>,
    pub allow_said: Option<bool>,
    pub timeout_seconds: Given<i64>,
    pub fields: Given<Vec<Spanned<String>>>,
    pub token_file: Given<String>,
    pub ca_file: Given<String>,
    pub allow: Given<Vec<Spanned<String>>>,
}

/// Reads the file's tables. `None` where it is no TOML at all.
pub(super) fn take_apart(source: &Source, mistakes: &mut Mistakes) -> Option<Raw> {
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    // One slip makes the parser stumble several times; the earliest place is where it happened.
    let Some(first) = errors.into_iter().min_by_key(|error| error.span().unwrap_or_default().start) else {
        return Some(tables(root.into_inner(), mistakes));
    };
    let what = format!("this is not TOML: {}", first.message());
    mistakes.note(first.span().unwrap_or_default(), what, syntax_advice(first.message()));
    None
}

fn syntax_advice(message: &str) -> &'static str {
    if message.starts_with("duplicate key") {
        "keep one of the two"
    } else {
        "write `key = value`, words in double quotes, lists in square brackets"
    }
}

fn tables(root: DeTable<'_>, mistakes: &mut Mistakes) -> Raw {
    let mut raw = Raw::default();
    for (key, value) in root {
        match key.get_ref().as_ref() {
            "xmpp" => raw.xmpp = single("xmpp", &key, value, mistakes),
            "rooms" => raw.rooms = single("rooms", &key, value, mistakes),
            "store" => raw.store = single("store", &key, value, mistakes),
            "faq" => raw.faq = single("faq", &key, value, mistakes),
            "time" => raw.time = single("time", &key, value, mistakes),
            "web" => raw.web = single("web", &key, value, mistakes),
            "queue" => raw.queues = several("queue", &key, value, mistakes),
            "operator" => raw.operators = several("operator", &key, value, mistakes),
            "rule" => raw.rules = several("rule", &key, value, mistakes),
            "token" => raw.token = single("token", &key, value, mistakes),
            "crm" => raw.crms = several("crm", &key, value, mistakes),
            name => mistakes.note(key.span(), format!("nobody knows `{name}`"), keys::advice_for_unknown_table(name)),
        }
    }
    raw
}

fn single<T>(
    name: &'static str,
    key: &Spanned<DeString<'_>>,
    value: Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes,
) -> Table<T>
where
    T: Default + for<'de> Deserialize<'de>,
{
    if !value.get_ref().is_table() {
        mistakes.note(key.span(), format!("`{name}` is one table"), format!("write `[{name}]` on a line of its own"));
        return Table::unread(key.span());
    }
    table(name, key.span(), value, mistakes)
}

fn several<T>(
    name: &'static str,
    key: &Spanned<DeString<'_>>,
    value: Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes,
) -> Vec<Table<T>>
where
    T: Default + for<'de> Deserialize<'de>,
{
    let many = match value.into_inner() {
        DeValue::Array(array) if array.iter().all(|item| item.get_ref().is_table()) => array,
        _ => {
            let advice = format!("write `[[{name}]]`, with two brackets, above each");
            mistakes.note(key.span(), format!("`{name}` may be there several times"), advice);
            return vec![Table::unread(key.span())];
        }
    };
    many.into_iter().map(|item| table(name, item.span(), item, mistakes)).collect()
}

/// One table: unknown keys are told and taken out, then `serde` takes what is left.
fn table<T>(name: &'static str, span: Range<usize>, value: Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Table<T>
where
    T: Default + for<'de> Deserialize<'de>,
{
    let place = value.span();
    let DeValue::Table(content) = value.into_inner() else { return Table::unread(span) };
    let known: DeTable<'_> = content.into_iter().filter(|(key, _)| is_known(name, key, mistakes)).collect();
    let shapes: Vec<Shape> = known.iter().map(|(key, value)| Shape::of(key, value)).collect();
    let values = T::deserialize(ValueDeserializer::from(Spanned::new(place, DeValue::Table(known))));
    match values {
        Ok(values) => Table { span, values, unread: false },
        Err(error) => {
            note_wrong_type(name, &shapes, &error, mistakes);
            Table::unread(span)
        }
    }
}

fn is_known(table: &str, key: &Spanned<DeString<'_>>, mistakes: &mut Mistakes) -> bool {
    let name = key.get_ref().as_ref();
    match keys::find(table, name) {
        Some(_) => true,
        None if name == "password" => {
            let advice =
                "write it to a file of its own, `chmod 600` that file, and name it here: `password_file = \"secret\"`";
            mistakes.note(key.span(), "a password does not belong in this file", advice);
            false
        }
        None => {
            let what = format!("{} does not know `{name}`", keys::header(table));
            mistakes.note(key.span(), what, keys::advice_for_unknown_key(table, name));
            false
        }
    }
}

/// What a key was given, to say so when the type is wrong.
struct Shape {
    name: String,
    span: Range<usize>,
    kind: &'static str,
}

impl Shape {
    fn of(key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) -> Self {
        Self { name: key.get_ref().to_string(), span: value.span(), kind: value.get_ref().type_str() }
    }
}

fn note_wrong_type(table: &str, shapes: &[Shape], error: &toml::de::Error, mistakes: &mut Mistakes) {
    let span = error.span().unwrap_or_default();
    let Some(shape) = shapes.iter().find(|shape| shape.span.start <= span.start && span.end <= shape.span.end) else {
        mistakes.note(span, error.message(), format!("look at {} in README.md", keys::header(table)));
        return;
    };
    let example = keys::example(table, &shape.name);
    let what = if shape.span == span {
        format!("`{}` cannot be of type {}", shape.name, shape.kind)
    } else {
        format!("`{}` holds something of the wrong type", shape.name)
    };
    mistakes.note(span, what, format!("write for instance `{example}`"));
}
