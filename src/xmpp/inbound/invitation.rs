//! Invitations: through the room (XEP-0045, 7.8.2) or from person to person (XEP-0249).

use jid::{BareJid, Jid};
use xmpp::minidom::Element;

use crate::desk::event::{Event, Invitation, InvitationForm, REASON_MAX};
use crate::desk::facts::Brought;
use crate::desk::ids::RoomJid;
use crate::xmpp::names;
use crate::xmpp::xml::cut;

use super::{SHORT_MAX, address, language_of, payload};

/// What these payloads say about invitations: an event, or nothing at all. `Err` where they do not speak of any.
///
/// Prosody's mediated invitation carries a direct one as well: the room's word counts, and it is one invitation.
pub(super) fn hear(from: &Jid, payloads: &[Element], spoken: Option<&str>) -> Result<Option<Event>, NoInvitation> {
    if let Some(event) = mediated(from, payloads, spoken) {
        return Ok(event);
    }
    match payload(payloads, "x", names::CONFERENCE) {
        Some(conference) => Ok(direct(from, conference, spoken)),
        None => Err(NoInvitation),
    }
}

/// The message is about something else.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoInvitation;

/// Only a room's bare address can mediate. The same payload from anybody else is a forgery and means nothing.
fn mediated(from: &Jid, payloads: &[Element], spoken: Option<&str>) -> Option<Option<Event>> {
    let user = payload(payloads, "x", names::MUC_USER)?;
    let room = RoomJid::new(from.to_bare()).filter(|_| from.is_bare())?;
    if let Some(invite) = user.get_child("invite", names::MUC_USER) {
        return Some(invited(room, user, invite, spoken));
    }
    let decline = user.get_child("decline", names::MUC_USER)?;
    Some(address(decline, "from").map(|by| Event::InvitationDeclined { room, by }))
}

fn invited(room: RoomJid, user: &Element, invite: &Element, spoken: Option<&str>) -> Option<Event> {
    let reason = invite.get_child("reason", names::MUC_USER);
    let password = user.get_child("password", names::MUC_USER).map(Element::text);
    Some(Event::InvitationReceived(Invitation {
        room,
        from: address(invite, "from")?,
        form: InvitationForm::Mediated,
        password: usable(password)?,
        reason: kept(reason.map(Element::text)),
        language: reason
            .and_then(language_of)
            .or_else(|| language_of(invite))
            .or_else(|| language_of(user))
            .or_else(|| spoken.map(str::to_owned)),
        brought: Brought::default(),
    }))
}

fn direct(from: &Jid, conference: &Element, spoken: Option<&str>) -> Option<Event> {
    let room = BareJid::new(conference.attr("jid")?).ok()?;
    Some(Event::InvitationReceived(Invitation {
        room: RoomJid::new(room)?,
        from: from.clone(),
        form: InvitationForm::Direct,
        password: usable(conference.attr("password").map(str::to_owned))?,
        reason: kept(conference.attr("reason").map(str::to_owned)),
        language: language_of(conference).or_else(|| spoken.map(str::to_owned)),
        brought: Brought::default(),
    }))
}

/// An empty password is none; with one that is too long the invitation is worth nothing.
fn usable(password: Option<String>) -> Option<Option<String>> {
    match password {
        Some(password) if password.len() > SHORT_MAX => None,
        password => Some(password.filter(|password| !password.is_empty())),
    }
}

fn kept(reason: Option<String>) -> Option<String> {
    reason.map(|reason| cut(&reason, REASON_MAX).to_owned()).filter(|reason| !reason.is_empty())
}
