//! Why something was refused (RFC 6120, 8.3).

use xmpp::minidom::Element;

use crate::desk::event::Condition;
use crate::xmpp::names;

/// The condition of an `<error/>`.
pub(in crate::xmpp) fn of_error(error: &Element) -> Condition {
    let named = error.children().find(|child| child.has_ns(names::STANZA_ERRORS) && child.name() != "text");
    named.map_or(Condition::Other, |child| from_name(child.name()))
}

/// The condition of a stanza's `<error/>`, wherever it stands among the payloads.
pub(super) fn of_payloads(payloads: &[Element]) -> Condition {
    super::payload(payloads, "error", names::CLIENT).map_or(Condition::Other, of_error)
}

fn from_name(name: &str) -> Condition {
    match name {
        "conflict" => Condition::Conflict,
        "feature-not-implemented" => Condition::FeatureNotImplemented,
        "forbidden" => Condition::Forbidden,
        "gone" => Condition::Gone,
        "item-not-found" => Condition::ItemNotFound,
        "jid-malformed" => Condition::JidMalformed,
        "not-acceptable" => Condition::NotAcceptable,
        "not-allowed" => Condition::NotAllowed,
        "not-authorized" => Condition::NotAuthorized,
        "policy-violation" => Condition::PolicyViolation,
        "recipient-unavailable" => Condition::RecipientUnavailable,
        "registration-required" => Condition::RegistrationRequired,
        "remote-server-not-found" => Condition::RemoteServerNotFound,
        "remote-server-timeout" => Condition::RemoteServerTimeout,
        "resource-constraint" => Condition::ResourceConstraint,
        "service-unavailable" => Condition::ServiceUnavailable,
        _ => Condition::Other,
    }
}
