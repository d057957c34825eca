//! The well-formed stanza that takes the place of one that cannot be read.

use jid::Jid;
use xmpp::minidom::Element;

use super::Kind;
use super::keep::BODY;
use super::limits::Reason;
use super::salvage::Kept;
use crate::xmpp::names;
use crate::xmpp::xml::Tag;

/// No id is longer, in bytes; those that people and programs give are not.
const ID_MAX: usize = 1_024;

const MESSAGE_TYPES: [&str; 5] = ["chat", "error", "groupchat", "headline", "normal"];
const PRESENCE_TYPES: [&str; 7] =
    ["error", "probe", "subscribe", "subscribed", "unavailable", "unsubscribe", "unsubscribed"];
const IQ_TYPES: [&str; 4] = ["get", "set", "result", "error"];

/// The marker that says what can be said of the stanza.
pub(super) fn of(kept: &Kept, reason: Reason) -> Vec<u8> {
    written(&element(kept, reason))
}

/// The marker that says nothing but that there was a stanza.
pub(super) fn bare(kind: Kind, reason: Reason) -> Vec<u8> {
    let tag = match kind {
        Kind::Message => Tag::new("message", names::CLIENT),
        Kind::Presence => Tag::new("presence", names::CLIENT).attribute("type", "error"),
        Kind::Iq => Tag::new("iq", names::CLIENT).attribute("type", "result").attribute("id", ""),
    };
    written(&tag.child(unreadable(reason, "")).into())
}

fn element(kept: &Kept, reason: Reason) -> Element {
    let (name, namespace) = kept.name;
    let mut tag = Tag::new(name, namespace);
    let attributes = kept.attributes.iter().map(|(name, value)| (*name, decoded(value)));
    let attributes = attributes.filter(|(name, value)| is_legal(kept, name, value));
    for (name, value) in attributes {
        tag = tag.attribute(name, &value);
    }
    for child in kept.children.iter().filter(|child| child.name != BODY) {
        tag = tag.child(element(child, reason));
    }
    match Kind::of(name.as_bytes()).filter(|_| namespace == names::CLIENT) {
        Some(kind) => complete(kind, tag, kept, reason).into(),
        None => tag.into(),
    }
}

/// What a stanza must have to be one, and the words.
fn complete(kind: Kind, tag: Tag, kept: &Kept, reason: Reason) -> Tag {
    let value = |wanted: &str| {
        let found = kept.attributes.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| decoded(value)).filter(|value| is_legal(kept, wanted, value))
    };
    let strange = kept.attributes.iter().any(|(name, _)| *name == "type") && value("type").is_none();
    let tag = match kind {
        Kind::Message => tag,
        // A presence without a type would say that somebody is there.
        Kind::Presence => tag.attribute_if("type", strange.then_some("error")),
        Kind::Iq => {
            let kind = value("type").unwrap_or_else(|| "error".to_owned());
            let error = (kind == "error").then(undefined);
            tag.attribute("type", &kind).attribute("id", &value("id").unwrap_or_default()).child_if(error)
        }
    };
    tag.child(unreadable(reason, &words(kept)))
}

fn words(kept: &Kept) -> String {
    let bodies = kept.children.iter().filter(|child| child.name == BODY);
    bodies.map(|body| decoded(&body.words)).collect::<Vec<_>>().join("\n")
}

fn unreadable(reason: Reason, words: &str) -> Tag {
    Tag::new("unreadable", names::GUARD).attribute("reason", reason.name()).text(words)
}

/// RFC 6120, 8.3.3.21.
fn undefined() -> Tag {
    Tag::new("error", names::CLIENT)
        .attribute("type", "cancel")
        .child(Tag::new("undefined-condition", names::STANZA_ERRORS))
}

/// The library wants addresses and types that are such; ids must be short enough to be kept.
fn is_legal(kept: &Kept, attribute: &str, value: &str) -> bool {
    let types: &[&str] = match kept.name {
        ("message", _) => &MESSAGE_TYPES,
        ("presence", _) => &PRESENCE_TYPES,
        ("iq", _) => &IQ_TYPES,
        _ => return value.len() <= ID_MAX || Jid::new(value).is_ok(),
    };
    match attribute {
        "from" | "to" => Jid::new(value).is_ok(),
        "type" => types.contains(&value),
        _ => value.len() <= ID_MAX,
    }
}

fn written(element: &Element) -> Vec<u8> {
    let mut bytes = Vec::new();
    match element.write_to(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

/// The longest reference that we resolve, without `&`: `#x10FFFF;`, with room for zeros.
const REFERENCE_MAX: usize = 12;

/// The text that was written so. What makes no sense leaves a visible gap.
fn decoded(written: &[u8]) -> String {
    let written = String::from_utf8_lossy(written);
    let mut pieces = written.split('&');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(';').filter(|(name, _)| name.len() < REFERENCE_MAX) {
            Some((name, rest)) => {
                text.push(character(name).unwrap_or(char::REPLACEMENT_CHARACTER));
                text.push_str(rest);
            }
            None => {
                text.push(char::REPLACEMENT_CHARACTER);
                text.push_str(piece);
            }
        }
    }
    text
}

/// XML 1.0, 4.1 and 4.6.
fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
