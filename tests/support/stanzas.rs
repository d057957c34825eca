//! Reading and writing stanzas as plain elements, so that a story can look at everything and say anything.

use xmpp::jid::{BareJid, Jid};
use xmpp::tokio_xmpp::minidom::Element;

pub const CLIENT: &str = "jabber:client";
pub const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
pub const MUC: &str = "http://jabber.org/protocol/muc";
pub const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
pub const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
pub const MUC_OWNER: &str = "http://jabber.org/protocol/muc#owner";
pub const DIRECT_INVITATION: &str = "jabber:x:conference";
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";

/// An element from its text; the namespace of stanzas is filled in.
pub fn xml(text: &str) -> Element {
    let with_namespace = match text.find(['/', '>', ' ']) {
        Some(end) if !text[..text.find('>').unwrap()].contains(" xmlns=") => {
            format!("{} xmlns='{CLIENT}'{}", &text[..end], &text[end..])
        }
        _ => text.to_owned(),
    };
    with_namespace.parse().unwrap_or_else(|error| panic!("{error}: {with_namespace}"))
}

/// Text as it is written between tags or quotes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;").replace('"', "&quot;")
}

/// An element as text.
pub fn written(element: &Element) -> String {
    let mut text = Vec::new();
    element.write_to(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// Who a stanza is from.
pub fn from(stanza: &Element) -> Option<Jid> {
    stanza.attr("from").and_then(|from| from.parse().ok())
}

/// Whether a stanza is from this bare JID or one of its resources.
pub fn is_from(stanza: &Element, who: &str) -> bool {
    from(stanza).is_some_and(|from| from.to_bare().as_str() == who)
}

pub fn has_type(stanza: &Element, wanted: &str) -> bool {
    stanza.attr("type") == Some(wanted)
}

/// The first `<body/>`.
pub fn body(stanza: &Element) -> Option<String> {
    (stanza.name() == "message").then(|| stanza.get_child("body", CLIENT).map(Element::text)).flatten()
}

/// A line in a room: who said what. No history, no subject, no errors.
pub fn room_line(stanza: &Element, room: &BareJid) -> Option<(String, String)> {
    let live = !stanza.has_child("delay", "urn:xmpp:delay");
    let from = from(stanza).filter(|_| live && has_type(stanza, "groupchat"))?;
    let nick = from.resource().map(ToString::to_string).unwrap_or_default();
    (from.to_bare() == *room).then(|| body(stanza).map(|body| (nick, body))).flatten()
}

/// What somebody wrote directly (not in a room, not an error): the words. Invitations' explanations are no such words.
pub fn direct_words(stanza: &Element, who: &str) -> Option<String> {
    let plain = !has_type(stanza, "groupchat") && !has_type(stanza, "error");
    let invites = stanza.has_child("x", DIRECT_INVITATION) || mediated_invitation(stanza).is_some();
    (plain && !invites && is_from(stanza, who)).then(|| body(stanza)).flatten()
}

/// An invitation to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub room: BareJid,
    pub password: Option<String>,
    pub reason: Option<String>,
}

/// A direct invitation (XEP-0249) by somebody.
pub fn direct_invitation(stanza: &Element, who: &str) -> Option<Invited> {
    let x = stanza.get_child("x", DIRECT_INVITATION).filter(|_| stanza.name() == "message" && is_from(stanza, who))?;
    Some(Invited {
        room: x.attr("jid")?.parse().ok()?,
        password: x.attr("password").map(Into::into),
        reason: x.attr("reason").map(Into::into),
    })
}

/// A mediated invitation (XEP-0045, 7.8.2): the room, and the inviter as the room names them.
pub fn mediated_invitation(stanza: &Element) -> Option<(Invited, Jid)> {
    let x = stanza.get_child("x", MUC_USER).filter(|_| stanza.name() == "message")?;
    let invite = x.get_child("invite", MUC_USER)?;
    let invited = Invited {
        room: from(stanza)?.to_bare(),
        password: x.get_child("password", MUC_USER).map(Element::text),
        reason: invite.get_child("reason", MUC_USER).map(Element::text),
    };
    Some((invited, invite.attr("from")?.parse().ok()?))
}

/// The defined condition of a stanza error.
pub fn error_condition(stanza: &Element) -> Option<String> {
    let error = stanza.get_child("error", CLIENT)?;
    error.children().find(|child| child.has_ns(STANZA_ERRORS)).map(|child| child.name().to_owned())
}

/// The status codes of a presence from a room.
pub fn status_codes(stanza: &Element) -> Vec<String> {
    let Some(x) = stanza.get_child("x", MUC_USER) else { return Vec::new() };
    let codes = x.children().filter(|child| child.name() == "status");
    codes.filter_map(|status| status.attr("code").map(Into::into)).collect()
}

/// What a room says about an occupant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupant {
    pub nick: String,
    pub here: bool,
    pub affiliation: String,
    pub role: String,
    pub jid: Option<Jid>,
    pub codes: Vec<String>,
}

/// A presence from a room.
pub fn occupant(stanza: &Element, room: &BareJid) -> Option<Occupant> {
    let from = from(stanza).filter(|from| stanza.name() == "presence" && from.to_bare() == *room)?;
    let item = stanza.get_child("x", MUC_USER)?.get_child("item", MUC_USER)?;
    Some(Occupant {
        nick: from.resource()?.to_string(),
        here: stanza.attr("type").is_none(),
        affiliation: item.attr("affiliation").unwrap_or_default().into(),
        role: item.attr("role").unwrap_or_default().into(),
        jid: item.attr("jid").and_then(|jid| jid.parse().ok()),
        codes: status_codes(stanza),
    })
}
