//! What the door itself says to a client, in XML.

use maud::html;

use super::element::Element;
use super::judge::Reason;

/// A stream error and the end (RFC 7395, 3.5 and 3.6).
pub(super) fn stream_error(reason: Reason) -> [String; 2] {
    let condition = reason.name();
    let error = format!(
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    );
    [error, close()]
}

/// The beginning of a stream to this domain (RFC 7395, 3.4).
pub(super) fn open(domain: &str) -> String {
    html! { open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to=(domain) version="1.0" {} }.into_string()
}

/// The end of a stream.
pub(super) fn close() -> String {
    "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>".to_owned()
}

/// Whoever has gone says goodbye to all (RFC 6121, 4.5).
pub(super) fn goodbye() -> String {
    "<presence xmlns='jabber:client' type='unavailable'/>".to_owned()
}

/// There is one way to log in here (RFC 6120, 6.5.7).
pub(super) fn no_such_mechanism() -> String {
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-mechanism/></failure>".to_owned()
}

/// A stanza that may not go where it was to go comes back (RFC 6120, 8.3.3.10). `None` for an answer or an error: to
/// these nobody answers.
pub(super) fn not_allowed(stanza: &Element) -> Option<String> {
    let answers = matches!(stanza.attribute("type"), Some("result" | "error"));
    let (id, from) = (stanza.attribute("id"), stanza.attribute("to"));
    let inside = html! {
        error type="cancel" { not-allowed xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" {} }
    };
    let back = match stanza.name.as_str() {
        "iq" => html! { iq xmlns="jabber:client" type="error" id=[id] from=[from] { (inside) } },
        "presence" => html! { presence xmlns="jabber:client" type="error" id=[id] from=[from] { (inside) } },
        _ => html! { message xmlns="jabber:client" type="error" id=[id] from=[from] { (inside) } },
    };
    (!answers).then(|| back.into_string())
}

/// What a window is offered. `anonymous`: whether that way to log in is there, before the login.
pub(super) fn features(anonymous: Option<bool>, bind: bool, session: bool) -> String {
    let inside = html! {
        @if let Some(anonymous) = anonymous {
            mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl" {
                @if anonymous { mechanism { "ANONYMOUS" } }
            }
        }
        @if bind { bind xmlns="urn:ietf:params:xml:ns:xmpp-bind" {} }
        @if session { session xmlns="urn:ietf:params:xml:ns:xmpp-session" { optional {} } }
    };
    format!(
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>{}</stream:features>",
        inside.into_string()
    )
}
