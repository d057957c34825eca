//! Messages: which kind is it, and whose?

use jid::{BareJid, Jid};
use xmpp::parsers::message::{Message, MessageType};

use crate::desk::event::{DirectMessage, Event};
use crate::desk::ids::MessageId;

use super::{condition, invitation, language, rating, said, short, unreadable};

/// Hears a message; `account` is our own.
pub(in crate::xmpp) fn hear(message: &Message, account: &BareJid) -> Option<Event> {
    let from = message.from.as_ref()?;
    match message.type_ {
        MessageType::Groupchat => said::hear(from, message),
        MessageType::Error => Some(bounced(from, message)),
        MessageType::Headline => None,
        MessageType::Chat | MessageType::Normal => personal(from, message, account),
    }
}

/// The words that a message says, and in which language.
pub(super) struct Spoken {
    pub(super) words: Option<String>,
    pub(super) language: Option<String>,
}

/// The body without a language, otherwise the first.
pub(super) fn spoken(message: &Message) -> Spoken {
    match message.get_best_body(Vec::new()) {
        Some((tag, words)) => Spoken { words: Some(words.clone()), language: language(&tag) },
        None => Spoken { words: None, language: None },
    }
}

fn bounced(from: &Jid, message: &Message) -> Event {
    Event::MessageBounced {
        from: from.clone(),
        id: message.id.as_ref().and_then(|id| short(&id.0)).map(MessageId::from),
        condition: condition::of_payloads(&message.payloads),
    }
}

fn personal(from: &Jid, message: &Message, account: &BareJid) -> Option<Event> {
    if unreadable(&message.payloads).is_some() {
        return Some(Event::StanzaUnreadable { from: from.clone() });
    }
    let Spoken { words, language } = spoken(message);
    if let Ok(event) = invitation::hear(from, &message.payloads, language.as_deref()) {
        return event;
    }
    // A server's own announcements and what our other clients wrote are not for the desk.
    if from.node().is_none() || from.to_bare() == *account {
        return None;
    }
    let Some(body) = words.filter(|words| !words.is_empty()) else { return rating::hear(from, &message.payloads) };
    Some(Event::DirectMessageReceived(DirectMessage {
        from: from.clone(),
        body,
        language,
        delayed: was_stored(message, account),
        id: message.id.as_ref().and_then(|id| short(&id.0)).map(MessageId::from),
        encrypted: said::is_encrypted(&message.payloads),
        archived: said::stanza_id(&message.payloads, account),
    }))
}

/// Our own server says that it kept the message for us.
fn was_stored(message: &Message, account: &BareJid) -> bool {
    let ours = |from: &Jid| {
        from.is_bare() && from.domain() == account.domain() && from.node().is_none_or(|_| from.to_bare() == *account)
    };
    message.payloads.iter().filter_map(said::read_delay).any(|delay| delay.from.as_ref().is_some_and(ours))
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
