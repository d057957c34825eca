//! Pages of an archive (XEP-0313): results come as messages, and the answer to our question ends the page.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use jid::{BareJid, Jid};
use xmpp::minidom::Element;
use xmpp::parsers::message::{Message, MessageType};

use crate::desk::event::{Delay, DirectMessage, Event, Page, RoomMessage};
use crate::desk::ids::{RoomJid, StanzaId};
use crate::xmpp::names;
use crate::xmpp::xml::Tag;

use super::{address, said, short};

/// The id of the query that a message claims to answer, if it looks like a result.
pub(in crate::xmpp) fn query_of(message: &Message) -> Option<&str> {
    result_of(message)?.attr("queryid")
}

/// The archived line in a result. `None` where it has no words (a subject, a configuration notice).
pub(in crate::xmpp) fn line(room: &RoomJid, message: &Message) -> Option<RoomMessage> {
    let result = result_of(message)?;
    let id = result.attr("id").and_then(short)?;
    let forwarded = result.get_child("forwarded", names::FORWARD)?;
    let stamp = forwarded.get_child("delay", names::DELAY).and_then(stamp)?;
    let said = forwarded.get_child("message", names::CLIENT)?;
    let from = address(said, "from").filter(|from| from.to_bare() == *room.bare())?;
    let said = readable(said)?;
    if said.type_ != MessageType::Groupchat {
        return None;
    }
    let words = said::words(room.clone(), &from, &said)?;
    let delay = Some(Delay { from: Some(Jid::from(room.bare().clone())), stamp });
    Some(RoomMessage { stanza_id: Some(StanzaId(id)), delay, ..words })
}

/// The archived message to us alone in a result. `None` where it is anything else: what we sent, a room's words, an invitation.
pub(in crate::xmpp) fn direct(message: &Message, account: &BareJid) -> Option<DirectMessage> {
    let result = result_of(message)?;
    let id = result.attr("id").and_then(short)?;
    let written = result.get_child("forwarded", names::FORWARD)?.get_child("message", names::CLIENT)?;
    match super::hear_message(&Message::try_from(written.clone()).ok()?, account)? {
        Event::DirectMessageReceived(message) => {
            Some(DirectMessage { delayed: true, archived: Some(StanzaId(id)), ..message })
        }
        _ => None,
    }
}

/// What was said. The guard in front of the library sees to whole stanzas: what is archived inside one and cannot be read,
/// or says two things in one language, becomes unreadable here, as it did for whoever was there.
fn readable(said: &Element) -> Option<Message> {
    let mut languages = BTreeSet::new();
    let twice = !bodies(said).all(|body| languages.insert(body.attr_ns(names::XML, "lang")));
    match Message::try_from(said.clone()) {
        Ok(message) if !twice => Some(message),
        _ => Message::try_from(marked(said)).ok(),
    }
}

fn marked(said: &Element) -> Element {
    let words: Vec<String> = bodies(said).map(Element::text).collect();
    let tag = Tag::new("message", names::CLIENT)
        .attribute_if("from", said.attr("from"))
        .attribute_if("type", said.attr("type").filter(|kind| *kind == "groupchat"))
        .attribute_if("id", said.attr("id"));
    let occupants = said.children().filter(|child| child.is("occupant-id", names::OCCUPANT_IDS));
    let tag = occupants.fold(tag, |tag, child| tag.child(child.clone()));
    tag.child(Tag::new("unreadable", names::GUARD).attribute("reason", "form").text(&words.join("\n"))).into()
}

fn bodies(said: &Element) -> impl Iterator<Item = &Element> {
    said.children().filter(|child| child.is("body", names::CLIENT))
}

/// The end of a page: without its lines, which came before.
pub(super) fn end(fin: &Element) -> Page {
    let set = fin.get_child("set", names::PAGES);
    let last = set.and_then(|set| set.get_child("last", names::PAGES)).and_then(|last| short(&last.text()));
    Page {
        lines: Vec::new(),
        direct: Vec::new(),
        complete: fin.attr("complete") == Some("true") || last.is_none(),
        last: last.map(StanzaId),
    }
}

fn result_of(message: &Message) -> Option<&Element> {
    message.payloads.iter().find(|payload| payload.is("result", names::ARCHIVE))
}

fn stamp(delay: &Element) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(delay.attr("stamp")?).ok().map(|stamp| stamp.with_timezone(&Utc))
}
