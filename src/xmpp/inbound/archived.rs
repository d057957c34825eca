//! Pages of an archive (XEP-0313): results come as messages, and the answer to our question ends the page.

use chrono::{DateTime, Utc};
use jid::Jid;
use xmpp::minidom::Element;
use xmpp::parsers::message::{Message, MessageType};

use crate::desk::event::{Delay, Page, RoomMessage};
use crate::desk::ids::{RoomJid, StanzaId};
use crate::xmpp::names;

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
    let said = Message::try_from(said.clone()).ok().filter(|said| said.type_ == MessageType::Groupchat)?;
    let words = said::words(room.clone(), &from, &said)?;
    let delay = Some(Delay { from: Some(Jid::from(room.bare().clone())), stamp });
    Some(RoomMessage { stanza_id: Some(StanzaId(id)), delay, ..words })
}

/// The end of a page: without its lines, which came before.
pub(super) fn end(fin: &Element) -> Page {
    let set = fin.get_child("set", names::PAGES);
    let last = set.and_then(|set| set.get_child("last", names::PAGES)).and_then(|last| short(&last.text()));
    Page {
        lines: Vec::new(),
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
