//! What other entities ask us (RFC 6120, 8.2.3: each question gets an answer).

use jid::{BareJid, Jid};
use xmpp::minidom::Element;
use xmpp::parsers::iq::Iq;
use xmpp::parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use crate::desk::event::Event;

use super::inbound::roster;
use super::names;
use super::questions::is_own_account;
use super::xml::Tag;

/// What we say that we can do (XEP-0030).
const FEATURES: [&str; 7] =
    [names::CONFERENCE, names::DISCO_INFO, names::MUC, names::PING, names::STANZA_IDS, names::TIME, names::VERSION];

/// What follows from a question.
#[derive(Debug, PartialEq, Default)]
pub(super) struct Reaction {
    /// What to answer at once.
    pub(super) reply: Option<Iq>,
    /// What the desk should know.
    pub(super) event: Option<Event>,
}

/// Reacts to an IQ of type get or set.
pub(super) fn react(iq: Iq, account: &BareJid) -> Reaction {
    match iq {
        Iq::Get { from, id, payload, .. } => asked(from, id, &payload),
        Iq::Set { from, id, payload, .. } => told(from, id, &payload, account),
        Iq::Result { .. } | Iq::Error { .. } => Reaction::default(),
    }
}

fn asked(from: Option<Jid>, id: String, payload: &Element) -> Reaction {
    if payload.is("ping", names::PING) {
        return reply(result(from, id, None));
    }
    if payload.is("query", names::DISCO_INFO) {
        return reply(describe(from, id, payload.attr("node")));
    }
    if payload.is("query", names::VERSION) {
        return reply(result(from, id, Some(version())));
    }
    match from {
        Some(from) if payload.is("time", names::TIME) => {
            Reaction { reply: None, event: Some(Event::TimeAsked { from, id }) }
        }
        from => reply(refusal(from, id, DefinedCondition::ServiceUnavailable)),
    }
}

/// The only thing that we let others change is what our own server says of our roster (RFC 6121, 2.1.6).
fn told(from: Option<Jid>, id: String, payload: &Element, account: &BareJid) -> Reaction {
    let is_ours = from.as_ref().is_none_or(|from| is_own_account(from, account));
    if is_ours && payload.is("query", names::ROSTER) {
        let event = roster::items(payload).into_iter().next().map(Event::RosterChanged);
        return Reaction { reply: Some(result(from, id, None)), event };
    }
    reply(refusal(from, id, DefinedCondition::ServiceUnavailable))
}

fn reply(iq: Iq) -> Reaction {
    Reaction { reply: Some(iq), event: None }
}

fn describe(to: Option<Jid>, id: String, node: Option<&str>) -> Iq {
    if node.is_some() {
        return refusal(to, id, DefinedCondition::ItemNotFound);
    }
    let identity = Tag::new("identity", names::DISCO_INFO)
        .attribute("category", "client")
        .attribute("type", "bot")
        .attribute("name", env!("CARGO_PKG_NAME"));
    let query = FEATURES.iter().fold(Tag::new("query", names::DISCO_INFO).child(identity), |query, feature| {
        query.child(Tag::new("feature", names::DISCO_INFO).attribute("var", feature))
    });
    result(to, id, Some(query.into()))
}

fn version() -> Element {
    let name = Tag::new("name", names::VERSION).text(env!("CARGO_PKG_NAME"));
    let version = Tag::new("version", names::VERSION).text(env!("CARGO_PKG_VERSION"));
    Tag::new("query", names::VERSION).child(name).child(version).into()
}

fn result(to: Option<Jid>, id: String, payload: Option<Element>) -> Iq {
    Iq::Result { from: None, to, id, payload }
}

fn refusal(to: Option<Jid>, id: String, defined_condition: DefinedCondition) -> Iq {
    let texts = Default::default();
    let error = StanzaError { type_: ErrorType::Cancel, by: None, defined_condition, texts, other: None };
    Iq::Error { from: None, to, id, error, payload: None }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::desk::event::RosterItem;

    fn reaction(xml: &str) -> Reaction {
        let iq = Iq::try_from(xml.parse::<Element>().unwrap()).unwrap();
        react(iq, &"desk@example".parse().unwrap())
    }

    fn payload(xml: &str) -> Element {
        match reaction(xml).reply {
            Some(Iq::Result { payload: Some(payload), to: Some(_), .. }) => payload,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ping_version_and_disco_are_answered() {
        let get = |payload: &str| format!("<iq xmlns='jabber:client' type='get' from='a@b/c' id='1'>{payload}</iq>");
        assert!(matches!(
            reaction(&get("<ping xmlns='urn:xmpp:ping'/>")).reply,
            Some(Iq::Result { payload: None, .. })
        ));
        let version = payload(&get("<query xmlns='jabber:iq:version'/>"));
        assert_eq!(version.get_child("name", names::VERSION).unwrap().text(), "frontdesk");
        let disco = payload(&get("<query xmlns='http://jabber.org/protocol/disco#info'/>"));
        assert_eq!(disco.children().filter(|child| child.name() == "feature").count(), FEATURES.len());
    }

    #[test]
    fn the_desk_is_asked_for_the_time() {
        let asked =
            reaction("<iq xmlns='jabber:client' type='get' from='a@b/c' id='7'><time xmlns='urn:xmpp:time'/></iq>");
        let event = Event::TimeAsked { from: "a@b/c".parse().unwrap(), id: "7".to_owned() };
        assert_eq!(asked, Reaction { reply: None, event: Some(event) });
    }

    #[test]
    fn anything_else_is_refused() {
        for kind in ["get", "set"] {
            let iq = format!("<iq xmlns='jabber:client' type='{kind}' from='a@b/c' id='1'><q xmlns='x'/></iq>");
            assert!(matches!(reaction(&iq).reply, Some(Iq::Error { .. })));
        }
    }

    #[test]
    fn only_our_own_server_changes_the_roster() {
        let push = |from: &str| {
            let query = "<query xmlns='jabber:iq:roster'><item jid='op@example' subscription='both'/></query>";
            reaction(&format!("<iq xmlns='jabber:client' type='set' {from} id='1'>{query}</iq>"))
        };
        let item = RosterItem { jid: "op@example".parse().unwrap(), to: true, from: true };
        for ours in ["", "from='desk@example'"] {
            assert_eq!(push(ours).event, Some(Event::RosterChanged(item.clone())));
        }
        for foreign in ["from='eve@example/x'", "from='desk@example/other'", "from='example'"] {
            let refused = push(foreign);
            assert_eq!(refused.event, None);
            assert!(matches!(refused.reply, Some(Iq::Error { .. })));
        }
    }
}
