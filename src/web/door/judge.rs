//! What may pass. A window logs in without an account, talks in rooms of the desk's services, and to the desk; it is no
//! way to anybody else. An operator's client logs in with an account of the operators' domain, and the server knows
//! what that one may.

use jid::{BareJid, Jid};

use super::element::{Element, Malformed};
use super::reply;

const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";
pub(super) const STREAM: &str = "http://etherx.jabber.org/streams";
const CLIENT: &str = "jabber:client";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// Extended addressing (XEP-0033): one message to many, behind the back of `to`.
const ADDRESSES: &str = "http://jabber.org/protocol/address";
pub(super) const ANONYMOUS: &str = "ANONYMOUS";

/// Who comes through this door, and to whom they may speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Door {
    /// Guests without an account.
    Guests {
        /// Where they log in.
        domain: String,
        /// Services with rooms.
        services: Vec<String>,
        /// The desk.
        desk: BareJid,
    },
    /// Operators.
    Operators {
        /// Where they log in.
        domain: String,
    },
}

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is passed on as it came.
    Pass,
    /// It is passed on, and is the last one.
    PassLast,
    /// It is not; whoever sent it gets this.
    Answer(String),
    /// It is not, and nobody is told.
    Drop,
    /// Another one is passed on in its place.
    Replace(String),
    /// The stream ends, for this reason.
    End(Reason),
}

/// Why a stream ends (RFC 6120, 4.9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It is not one well-formed element.
    NotWellFormed,
    /// Another domain than this door's.
    HostUnknown,
    /// Something that a window does not need.
    PolicyViolation,
    /// An element of a namespace that has no business here.
    InvalidNamespace,
}

impl Reason {
    /// The condition's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NotWellFormed => "not-well-formed",
            Self::HostUnknown => "host-unknown",
            Self::PolicyViolation => "policy-violation",
            Self::InvalidNamespace => "invalid-namespace",
        }
    }
}

impl From<Malformed> for Reason {
    fn from(_: Malformed) -> Self {
        Self::NotWellFormed
    }
}

/// Judges the frames of one connection, both ways.
#[derive(Debug)]
pub(super) struct Judge {
    door: Door,
    /// The account that the server gave to the guest.
    own: Option<BareJid>,
}

impl Judge {
    pub(super) fn new(door: Door) -> Self {
        Self { door, own: None }
    }

    /// A frame of the client.
    pub(super) fn of_client(&self, frame: &str) -> Verdict {
        let element = match Element::read(frame) {
            Ok(element) => element,
            Err(malformed) => return Verdict::End(malformed.into()),
        };
        match (element.namespace.as_str(), element.name.as_str()) {
            (FRAMING, "open") => self.opening(&element),
            (FRAMING, "close") => Verdict::PassLast,
            (FRAMING, _) => Verdict::End(Reason::InvalidNamespace),
            _ => match &self.door {
                Door::Operators { .. } => Verdict::Pass,
                Door::Guests { .. } => self.of_guest(&element),
            },
        }
    }

    /// A frame of the server. Once the guest has an account nothing of it concerns us any more.
    pub(super) fn of_server(&mut self, frame: &str) -> Verdict {
        if self.own.is_some() || matches!(self.door, Door::Operators { .. }) {
            return Verdict::Pass;
        }
        let element = match Element::read(frame) {
            Ok(element) => element,
            Err(malformed) => return Verdict::End(malformed.into()),
        };
        if element.is("features", STREAM) {
            return Verdict::Replace(features(&element));
        }
        if element.is("iq", CLIENT) && element.attribute("type") == Some("result") {
            self.own = bound(&element);
        }
        Verdict::Pass
    }

    fn opening(&self, open: &Element) -> Verdict {
        let (Door::Guests { domain, .. } | Door::Operators { domain }) = &self.door;
        match open.attribute("to") {
            Some(to) if to.eq_ignore_ascii_case(domain) => Verdict::Pass,
            _ => Verdict::End(Reason::HostUnknown),
        }
    }

    fn of_guest(&self, element: &Element) -> Verdict {
        match (element.namespace.as_str(), element.name.as_str()) {
            (SASL, "auth") if element.attribute("mechanism") == Some(ANONYMOUS) => Verdict::Pass,
            (SASL, "auth") => Verdict::Answer(reply::no_such_mechanism()),
            (SASL, "abort") => Verdict::Pass,
            (CLIENT, "message" | "presence" | "iq") => self.stanza(element),
            (SASL | CLIENT, _) => Verdict::End(Reason::PolicyViolation),
            _ => Verdict::End(Reason::InvalidNamespace),
        }
    }

    fn stanza(&self, stanza: &Element) -> Verdict {
        let to = stanza.attribute("to").map(Jid::new);
        let allowed = match &to {
            None => self.may_tell_home(stanza),
            Some(Ok(to)) if self.is_home(to) => self.may_tell_home(stanza),
            Some(Ok(to)) if self.is_desk(to) => true,
            Some(Ok(to)) if self.is_room(to) => self.may_tell_room(stanza),
            Some(_) => false,
        };
        if allowed && stanza.children_in(ADDRESSES).next().is_none() {
            return Verdict::Pass;
        }
        reply::not_allowed(stanza).map_or(Verdict::Drop, Verdict::Answer)
    }

    /// The guest's own account, or its server.
    fn is_home(&self, to: &Jid) -> bool {
        let Door::Guests { domain, .. } = &self.door else { return false };
        to.domain().as_str() == domain && (to.node().is_none() || self.own.as_ref() == Some(&to.to_bare()))
    }

    fn is_desk(&self, to: &Jid) -> bool {
        matches!(&self.door, Door::Guests { desk, .. } if to.to_bare() == *desk)
    }

    fn is_room(&self, to: &Jid) -> bool {
        matches!(&self.door, Door::Guests { services, .. } if services.iter().any(|service| to.domain().as_str() == service))
    }

    /// What a server is asked to do for an account may reach strangers (push, registration, a roster): a window only
    /// binds and asks.
    fn may_tell_home(&self, stanza: &Element) -> bool {
        let sets = stanza.name == "iq" && stanza.attribute("type") == Some("set");
        let begins = |child: &Element| child.is("bind", BIND) || child.is("session", SESSION);
        !sets || stanza.children.iter().all(begins)
    }

    /// A room carries invitations to whomever they are for; and tells those whom it gives rights. A window invites and
    /// raises the desk alone.
    fn may_tell_room(&self, stanza: &Element) -> bool {
        let invited = stanza.children_in(MUC_USER).flat_map(|user| user.children_in(MUC_USER));
        let raised = stanza.children_in(MUC_ADMIN).flat_map(|query| query.children_in(MUC_ADMIN));
        let to =
            invited.filter_map(|child| child.attribute("to")).chain(raised.filter_map(|item| item.attribute("jid")));
        to.map(Jid::new).all(|to| to.is_ok_and(|to| self.is_desk(&to) || self.own.as_ref() == Some(&to.to_bare())))
    }
}

/// What the server offers, as far as a window may take it: to log in without an account, and to be given an address.
fn features(offered: &Element) -> String {
    let anonymous = mechanisms(offered).map(|ways| ways.iter().any(|way| way == ANONYMOUS));
    if anonymous == Some(false) {
        tracing::warn!(
            "the XMPP server does not let guests log in without an account (SASL ANONYMOUS) at their domain"
        );
    }
    reply::features(anonymous, offered.child("bind", BIND).is_some(), offered.child("session", SESSION).is_some())
}

/// The ways to log in that the server offers; `None` where it offers none, such as after the login.
pub(super) fn mechanisms(offered: &Element) -> Option<Vec<String>> {
    let them = offered.child("mechanisms", SASL)?;
    Some(them.children.iter().map(|one| one.text.trim().to_owned()).collect())
}

/// The account in the server's answer to the binding of a resource (RFC 6120, 7.6.1).
fn bound(iq: &Element) -> Option<BareJid> {
    let jid = iq.child("bind", BIND)?.child("jid", BIND)?;
    Jid::new(jid.text.trim()).ok().map(|jid| jid.to_bare())
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic)]
#[path = "judge_tests.rs"]
mod tests;
