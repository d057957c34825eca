//! What is worth keeping of a stanza that cannot be read: all that says whose it is, when and where it was said, and
//! what a room says of it. Everything else is somebody's poison.

use super::Kind;
use crate::xmpp::names;

/// An element that is kept inside another one.
#[derive(Debug)]
pub(super) struct Rule {
    parent: Name,
    /// Its own name.
    pub(super) name: Name,
    /// Which of its attributes are kept.
    pub(super) attributes: &'static [&'static str],
    /// How many of them are kept in one parent. Where there are more, the last one takes the place of the last that was
    /// kept: a service's own word comes first or last, and a flood before it cannot wash it away.
    pub(super) most: usize,
}

/// Local name and namespace.
pub(super) type Name = (&'static str, &'static str);

const MESSAGE: Name = ("message", names::CLIENT);
const PRESENCE: Name = ("presence", names::CLIENT);
const IQ: Name = ("iq", names::CLIENT);
/// The words of a message.
pub(super) const BODY: Name = ("body", names::CLIENT);
const RESULT: Name = ("result", names::ARCHIVE);
const FORWARDED: Name = ("forwarded", names::FORWARD);
const USER: Name = ("x", names::MUC_USER);

/// The attributes of a stanza that are kept.
const ADDRESSED: &[&str] = &["from", "to", "type", "id"];

const RULES: &[Rule] = &[
    Rule { parent: MESSAGE, name: BODY, attributes: &[], most: 8 },
    Rule { parent: MESSAGE, name: ("stanza-id", names::STANZA_IDS), attributes: &["by", "id"], most: 4 },
    Rule { parent: MESSAGE, name: ("delay", names::DELAY), attributes: &["from", "stamp"], most: 4 },
    Rule { parent: MESSAGE, name: RESULT, attributes: &["queryid", "id"], most: 1 },
    Rule { parent: RESULT, name: FORWARDED, attributes: &[], most: 1 },
    Rule { parent: FORWARDED, name: ("delay", names::DELAY), attributes: &["from", "stamp"], most: 1 },
    Rule { parent: FORWARDED, name: MESSAGE, attributes: ADDRESSED, most: 1 },
    Rule { parent: PRESENCE, name: USER, attributes: &[], most: 1 },
    Rule {
        parent: USER,
        name: ("item", names::MUC_USER),
        attributes: &["affiliation", "role", "jid", "nick"],
        most: 1,
    },
    Rule { parent: USER, name: ("status", names::MUC_USER), attributes: &["code"], most: 16 },
    Rule { parent: USER, name: ("destroy", names::MUC_USER), attributes: &[], most: 1 },
];

/// Nothing is kept deeper: message, result, forwarded, message, and what is in there.
pub(super) const KEPT_DEPTH_MAX: usize = 5;

/// The rule for the stanza itself.
pub(super) fn stanza(kind: Kind) -> Rule {
    let name = match kind {
        Kind::Message => MESSAGE,
        Kind::Presence => PRESENCE,
        Kind::Iq => IQ,
    };
    Rule { parent: ("stream", ""), name, attributes: ADDRESSED, most: 1 }
}

/// The rule for an element inside another one that is kept. Without a namespace of its own it has its parent's.
pub(super) fn inside(parent: Name, name: &[u8], namespace: Option<&[u8]>) -> Option<&'static Rule> {
    let namespace = namespace.unwrap_or(parent.1.as_bytes());
    RULES
        .iter()
        .find(|rule| rule.parent == parent && rule.name.0.as_bytes() == name && rule.name.1.as_bytes() == namespace)
}
