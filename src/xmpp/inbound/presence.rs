//! Presences: from a room that we asked to enter, or from a contact.

use jid::{BareJid, Jid};
use xmpp::minidom::Element;
use xmpp::parsers::presence::{Presence, Show as SaidShow, Type};

use crate::desk::event::{Affiliation, ContactPresence, Event, OccupantGone, OccupantPresent, Role, Show};
use crate::desk::ids::{Nick, RoomJid};
use crate::xmpp::names;
use crate::xmpp::rooms::Rooms;

use super::{address, condition, occupant_id, payload, short, unreadable};

/// No presence carries more status codes that mean something.
const CODES_MAX: usize = 16;

/// XEP-0045, 15.6.2: this presence is about yourself.
const OWN: u16 = 110;
/// XEP-0045, 15.6.2: the occupant has a new nick.
const RENAMED: u16 = 303;

/// Hears a presence; `account` is our own, `rooms` those that we asked to enter.
pub(in crate::xmpp) fn hear(presence: &Presence, account: &BareJid, rooms: &mut Rooms) -> Option<Event> {
    let from = presence.from.as_ref()?;
    if makes_no_sense(presence, rooms.of(from).is_some()) {
        return Some(Event::StanzaUnreadable { from: from.clone() });
    }
    match rooms.of(from) {
        Some(room) => from_room(room, from, presence, rooms),
        None if from.to_bare() == *account => None,
        None => from_contact(from, presence),
    }
}

/// Of a presence that could not be read we believe what our server and the room say: who, that they went, that they
/// want to see us, and a room's own words about an occupant. How available a contact is we do not know, and an error may
/// be about anything: it must not throw us out.
fn makes_no_sense(presence: &Presence, in_room: bool) -> bool {
    let doubtful = match presence.type_ {
        Type::Error => true,
        Type::None => !in_room,
        _ => false,
    };
    doubtful && unreadable(&presence.payloads).is_some()
}

fn from_room(room: RoomJid, from: &Jid, presence: &Presence, rooms: &mut Rooms) -> Option<Event> {
    match presence.type_ {
        Type::Error => {
            rooms.forget(&room);
            Some(Event::EntryRefused { room, condition: condition::of_payloads(&presence.payloads) })
        }
        Type::None => {
            let present = present(room, from, presence)?;
            if present.own {
                rooms.entered(&present.room);
            }
            Some(Event::OccupantPresent(present))
        }
        Type::Unavailable => {
            let gone = gone(room, from, presence)?;
            if gone.own && !gone.codes.contains(&RENAMED) {
                rooms.left(&gone.room);
            }
            Some(Event::OccupantGone(gone))
        }
        _ => None,
    }
}

fn present(room: RoomJid, from: &Jid, presence: &Presence) -> Option<OccupantPresent> {
    let user = payload(&presence.payloads, "x", names::MUC_USER)?;
    let item = user.get_child("item", names::MUC_USER)?;
    let codes = codes(user);
    Some(OccupantPresent {
        room,
        nick: nick(from)?,
        jid: address(item, "jid"),
        affiliation: affiliation(item.attr("affiliation")),
        role: role(item.attr("role")),
        occupant_id: occupant_id(&presence.payloads),
        own: codes.contains(&OWN),
        codes,
    })
}

fn gone(room: RoomJid, from: &Jid, presence: &Presence) -> Option<OccupantGone> {
    let user = payload(&presence.payloads, "x", names::MUC_USER);
    let codes = user.map(codes).unwrap_or_default();
    let item = user.and_then(|user| user.get_child("item", names::MUC_USER));
    Some(OccupantGone {
        room,
        nick: nick(from)?,
        own: codes.contains(&OWN),
        new_nick: item.and_then(|item| short(item.attr("nick")?)).map(Nick::from).filter(|_| codes.contains(&RENAMED)),
        destroyed: user.is_some_and(|user| user.has_child("destroy", names::MUC_USER)),
        codes,
    })
}

fn from_contact(from: &Jid, presence: &Presence) -> Option<Event> {
    let show = match presence.type_ {
        Type::None => shown(presence.show.as_ref()),
        Type::Unavailable | Type::Error => Show::Offline,
        Type::Subscribe => return Some(Event::SubscriptionRequested { from: from.to_bare() }),
        Type::Probe | Type::Subscribed | Type::Unsubscribe | Type::Unsubscribed => return None,
    };
    Some(Event::PresenceReceived(ContactPresence { from: from.clone(), show }))
}

fn shown(show: Option<&SaidShow>) -> Show {
    match show {
        None => Show::Online,
        Some(SaidShow::Chat) => Show::Chat,
        Some(SaidShow::Away) => Show::Away,
        Some(SaidShow::Xa) => Show::ExtendedAway,
        Some(SaidShow::Dnd) => Show::Busy,
    }
}

fn nick(from: &Jid) -> Option<Nick> {
    from.resource().map(|nick| Nick::from(nick.as_str()))
}

fn codes(user: &Element) -> Vec<u16> {
    let statuses = user.children().filter(|child| child.is("status", names::MUC_USER));
    statuses.filter_map(|status| status.attr("code")?.parse().ok()).take(CODES_MAX).collect()
}

fn affiliation(name: Option<&str>) -> Affiliation {
    match name {
        Some("owner") => Affiliation::Owner,
        Some("admin") => Affiliation::Admin,
        Some("member") => Affiliation::Member,
        Some("outcast") => Affiliation::Outcast,
        _ => Affiliation::None,
    }
}

fn role(name: Option<&str>) -> Role {
    match name {
        Some("moderator") => Role::Moderator,
        Some("participant") => Role::Participant,
        Some("visitor") => Role::Visitor,
        _ => Role::None,
    }
}

#[cfg(test)]
#[path = "presence_tests.rs"]
mod tests;
