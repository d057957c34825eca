//! Stanzas to events: what is heard, and who vouches for it.
//!
//! What makes no sense, or is larger than the constants here allow, comes to nothing. Payloads that pretend to come
//! from elsewhere (archive results, forwarded copies) are never looked into.

pub(super) mod answer;
pub(super) mod archived;
pub(super) mod condition;
mod invitation;
mod message;
mod presence;
mod rating;
pub(super) mod roster;
mod said;

use jid::Jid;
use xmpp::minidom::Element;

use crate::desk::ids::OccupantId;

use super::names;

pub(super) use message::hear as hear_message;
pub(super) use presence::hear as hear_presence;

/// No id, password or other short text is longer, in bytes.
const SHORT_MAX: usize = 1_024;

/// No language tag is longer, in bytes (BCP 47, 4.4.1 recommends 35).
const LANGUAGE_MAX: usize = 64;

/// A short text as it came; nothing where it is empty or too long.
fn short(text: &str) -> Option<String> {
    (!text.is_empty() && text.len() <= SHORT_MAX).then(|| text.to_owned())
}

/// A language tag as it came.
fn language(tag: &str) -> Option<String> {
    (!tag.is_empty() && tag.len() <= LANGUAGE_MAX).then(|| tag.to_owned())
}

/// The language that an element says it is in.
fn language_of(element: &Element) -> Option<String> {
    element.attr_ns(names::XML, "lang").and_then(language)
}

fn address(element: &Element, attribute: &str) -> Option<Jid> {
    element.attr(attribute).and_then(|text| Jid::new(text).ok())
}

/// The words of a stanza that could not be read, where the guard on the stream has marked one.
pub(super) fn unreadable(payloads: &[Element]) -> Option<String> {
    payload(payloads, "unreadable", names::GUARD).map(Element::text)
}

/// The occupant's id (XEP-0421). Where there are two, the room lets forgeries pass and neither is worth anything.
fn occupant_id(payloads: &[Element]) -> Option<OccupantId> {
    let mut ids = payloads.iter().filter(|payload| payload.is("occupant-id", names::OCCUPANT_IDS));
    let id = ids.next().filter(|_| ids.next().is_none())?;
    id.attr("id").and_then(short).map(OccupantId)
}

fn payload<'a>(payloads: &'a [Element], name: &str, namespace: &str) -> Option<&'a Element> {
    payloads.iter().find(|payload| payload.is(name, namespace))
}
