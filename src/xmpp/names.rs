//! XML namespaces, by the specification that defines them.

/// RFC 6120: stanzas of a client.
pub(super) const CLIENT: &str = "jabber:client";
/// RFC 6120, 8.3.3: conditions of stanza errors.
pub(super) const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// RFC 6121, 2: the roster.
pub(super) const ROSTER: &str = "jabber:iq:roster";
/// XEP-0004: forms.
pub(super) const DATA_FORMS: &str = "jabber:x:data";
/// XEP-0030: who are you, what can you do?
pub(super) const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0045: entering a room.
pub(super) const MUC: &str = "http://jabber.org/protocol/muc";
/// XEP-0045: what a room says of its occupants; mediated invitations.
pub(super) const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// XEP-0045: affiliations.
pub(super) const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// XEP-0045: configuration and destruction.
pub(super) const MUC_OWNER: &str = "http://jabber.org/protocol/muc#owner";
/// XEP-0045, 10.2: the type of the configuration form.
pub(super) const MUC_ROOM_CONFIG: &str = "http://jabber.org/protocol/muc#roomconfig";
/// XEP-0085: somebody is typing.
pub(super) const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
/// XEP-0092: which software are you?
pub(super) const VERSION: &str = "jabber:iq:version";
/// XEP-0199: are you there?
pub(super) const PING: &str = "urn:xmpp:ping";
/// XEP-0202: what time is it?
pub(super) const TIME: &str = "urn:xmpp:time";
/// XEP-0203: delivered late.
pub(super) const DELAY: &str = "urn:xmpp:delay";
/// XEP-0249: direct invitations.
pub(super) const CONFERENCE: &str = "jabber:x:conference";
/// XEP-0297: forwarded stanzas.
pub(super) const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0308: corrections.
pub(super) const CORRECTION: &str = "urn:xmpp:message-correct:0";
/// XEP-0313: archives.
pub(super) const ARCHIVE: &str = "urn:xmpp:mam:2";
/// XEP-0059: pages.
pub(super) const PAGES: &str = "http://jabber.org/protocol/rsm";
/// XEP-0359: ids that others gave to a message.
pub(super) const STANZA_IDS: &str = "urn:xmpp:sid:0";
/// XEP-0421: an occupant under any nick.
pub(super) const OCCUPANT_IDS: &str = "urn:xmpp:occupant-id:0";
/// XEP-0422: the wrapper of retractions before XEP-0424 version 0.4.
pub(super) const FASTENING: &str = "urn:xmpp:fasten:0";
/// XEP-0424: retractions.
pub(super) const RETRACTION: &str = "urn:xmpp:message-retract:1";
/// Our own: what the guard on the stream puts in the place of a stanza that cannot be read.
pub(super) const GUARD: &str = "urn:frontdesk:guard:0";
/// XML itself: `xml:lang`.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// How a chat stands (docs/protocol.md).
pub(super) const STATE: &str = "urn:frontdesk:state:0";
/// What a guest thought of it (docs/protocol.md).
pub(super) const RATING: &str = "urn:frontdesk:rating:0";
