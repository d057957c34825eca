//! Words in a room, and the typing of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use jid::{BareJid, Jid};
use xmpp::minidom::Element;
use xmpp::parsers::message::{Lang, Message};

use crate::desk::event::{Body, Delay, Event, RoomMessage};
use crate::desk::ids::{MessageId, Nick, RoomJid, StanzaId};
use crate::xmpp::names;
use crate::xmpp::xml::cut;

use super::message::{Spoken, spoken};
use super::{LANGUAGE_MAX, address, occupant_id, payload, rating, short, unreadable};

/// Ways to encrypt that we cannot read: OMEMO in three generations, OpenPGP in two.
const ENCRYPTIONS: [(&str, &str); 5] = [
    ("encrypted", "eu.siacs.conversations.axolotl"),
    ("encrypted", "urn:xmpp:omemo:1"),
    ("encrypted", "urn:xmpp:omemo:2"),
    ("openpgp", "urn:xmpp:openpgp:0"),
    ("x", "jabber:x:encrypted"),
];

/// Hears a groupchat message.
pub(super) fn hear(from: &Jid, message: &Message) -> Option<Event> {
    let room = RoomJid::new(from.to_bare())?;
    if message.bodies.is_empty() && !message.subjects.is_empty() {
        let (nick, subject) = (nick(from), together(&message.subjects));
        return Some(Event::SubjectReceived { room, nick, subject });
    }
    match words(room.clone(), from, message) {
        Some(words) => Some(Event::RoomMessageReceived(Box::new(words))),
        None => rated(from, message).or_else(|| typing(room, from, message)),
    }
}

/// A rating counts when it is given, not when the room tells of it again.
fn rated(from: &Jid, message: &Message) -> Option<Event> {
    let late = message.payloads.iter().any(|payload| payload.is("delay", names::DELAY));
    if late || from.is_bare() { None } else { rating::hear(from, &message.payloads) }
}

/// What an occupant does at their keyboard (XEP-0085, 5.5): it comes without a body, and when it comes late it is no
/// news.
fn typing(room: RoomJid, from: &Jid, message: &Message) -> Option<Event> {
    let nick = Nick::from(from.resource()?.as_str().to_owned());
    if !message.bodies.is_empty() || message.payloads.iter().any(|payload| payload.is("delay", names::DELAY)) {
        return None;
    }
    let state = message.payloads.iter().find(|payload| payload.ns() == names::CHAT_STATES)?;
    let typing = match state.name() {
        "composing" => true,
        "active" | "paused" | "inactive" | "gone" => false,
        _ => return None,
    };
    Some(Event::OccupantTyping { room, nick, typing })
}

/// The words in a groupchat message, live or archived.
pub(super) fn words(room: RoomJid, from: &Jid, message: &Message) -> Option<RoomMessage> {
    let Spoken { language, .. } = spoken(message);
    let retracts = retracted(&message.payloads);
    let body = body(all_words(message), &message.payloads)
        .or_else(|| retracts.as_ref().map(|_| Body::Words(String::new())))?;
    Some(RoomMessage {
        nick: nick(from),
        id: message.id.as_ref().and_then(|id| short(&id.0)).map(MessageId::from),
        body,
        stanza_id: stanza_id(&message.payloads, room.bare()),
        occupant_id: occupant_id(&message.payloads),
        delay: delay(&message.payloads, room.bare()),
        language,
        corrects: payload(&message.payloads, "replace", names::CORRECTION).and_then(|it| short(it.attr("id")?)),
        retracts,
        room,
    })
}

fn nick(from: &Jid) -> Option<Nick> {
    from.resource().map(|nick| Nick::from(nick.as_str()))
}

/// Everything that anybody may have read: clients choose among languages, and some show the subject.
fn all_words(message: &Message) -> Option<String> {
    let words = Some(together(&message.bodies)).filter(|words| !words.is_empty())?;
    let subject = together(&message.subjects);
    Some(if subject.is_empty() { words } else { format!("{words}\n[subject] {subject}") })
}

/// The one text, or each with its language.
fn together(texts: &BTreeMap<Lang, String>) -> String {
    let said = || texts.iter().filter(|(_, text)| !text.is_empty());
    let marked = |(lang, text): (&Lang, &String)| {
        let tag = cut(lang.as_str(), LANGUAGE_MAX);
        if tag.is_empty() { text.clone() } else { format!("[{tag}] {text}") }
    };
    match said().count() {
        0 | 1 => said().map(|(_, text)| text.clone()).collect(),
        _ => said().map(marked).collect::<Vec<_>>().join("\n"),
    }
}

fn body(words: Option<String>, payloads: &[Element]) -> Option<Body> {
    if let Some(saved) = unreadable(payloads) {
        return Some(Body::Unreadable(saved));
    }
    match words {
        Some(words) if !words.is_empty() && envelopes(payloads).next().is_some() => Some(Body::Encrypted(words)),
        Some(words) if !words.is_empty() => Some(Body::Words(words)),
        _ if envelopes(payloads).any(has_words) => Some(Body::Encrypted(String::new())),
        _ => None,
    }
}

/// Are the words of this message for somebody who can decrypt them?
pub(super) fn is_encrypted(payloads: &[Element]) -> bool {
    envelopes(payloads).next().is_some()
}

fn envelopes(payloads: &[Element]) -> impl Iterator<Item = &Element> {
    payloads.iter().filter(|payload| ENCRYPTIONS.iter().any(|(name, namespace)| payload.is(name, *namespace)))
}

/// OMEMO also sends empty envelopes, to exchange keys; they say nothing.
fn has_words(envelope: &Element) -> bool {
    envelope.name() != "encrypted" || envelope.children().any(|child| child.name() == "payload")
}

/// The id that this room or account gave it (XEP-0359). Where there are two, forgeries pass and neither is worth anything.
pub(super) fn stanza_id(payloads: &[Element], by: &BareJid) -> Option<StanzaId> {
    let mut ids = payloads
        .iter()
        .filter(|payload| payload.is("stanza-id", names::STANZA_IDS))
        .filter(|payload| address(payload, "by").is_some_and(|named| named.is_bare() && named.to_bare() == *by));
    let id = ids.next()?;
    if ids.next().is_some() {
        return None;
    }
    id.attr("id").and_then(short).map(StanzaId)
}

/// The room's stamp if there is one, otherwise the first (XEP-0203).
fn delay(payloads: &[Element], room: &BareJid) -> Option<Delay> {
    let mut delays: Vec<Delay> = payloads.iter().filter_map(read_delay).collect();
    let by_room = |delay: &Delay| delay.from.as_ref().is_some_and(|from| from.to_bare() == *room);
    let chosen = delays.iter().position(by_room).unwrap_or_default();
    if delays.is_empty() { None } else { Some(delays.swap_remove(chosen)) }
}

/// A delay stamp, whoever put it there.
pub(super) fn read_delay(payload: &Element) -> Option<Delay> {
    if !payload.is("delay", names::DELAY) {
        return None;
    }
    let stamp = DateTime::parse_from_rfc3339(payload.attr("stamp")?).ok()?;
    Some(Delay { from: address(payload, "from"), stamp: stamp.with_timezone(&Utc) })
}

/// XEP-0424, in its present form and the one before.
fn retracted(payloads: &[Element]) -> Option<String> {
    let retract = payload(payloads, "retract", names::RETRACTION).or_else(|| {
        payload(payloads, "apply-to", names::FASTENING)
            .filter(|it| it.children().any(|child| child.name() == "retract"))
    });
    retract.and_then(|retract| short(retract.attr("id")?))
}
