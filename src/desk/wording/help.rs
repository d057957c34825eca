//! What each command is for, in a few words. What only operators may say is in English: a team has one language of work.

use super::Language::{self, English, German};

/// What a command is for, in each language.
pub type Help = fn(Language) -> &'static str;

/// `?? words`
pub const FAQ: Help = |language| match language {
    English => {
        "searches our answers; `??` alone lists the topics, `?? 2` is the second suggestion, `?? more` the rest of an \
         answer, `?? words | nick` tells somebody"
    }
    German => {
        "durchsucht unsere Antworten; `??` allein zählt die Themen auf, `?? 2` ist der zweite Vorschlag, `?? mehr` der \
         Rest einer Antwort, `?? Wörter | Name` sagt es jemandem"
    }
};
/// `!time`
pub const TIME: Help = |language| match language {
    English => "tells the time",
    German => "sagt die Zeit",
};
/// `!help`
pub const HELP: Help = |language| match language {
    English => "shows this",
    German => "zeigt dies",
};
/// `!bye`
pub const BYE: Help = |language| match language {
    English => "ends your chat",
    German => "beendet Ihr Gespräch",
};
/// `!accept`
pub const ACCEPT: Help = |_| "takes the chat that is offered to you (so does entering its room)";
/// `!decline`
pub const DECLINE: Help = |_| "declines the chat that is offered to you";
/// `!take`
pub const TAKE: Help = |_| "takes a chat that waits: this one, or whoever is next";
/// `!close`
pub const CLOSE: Help = |_| "ends your chat and closes its room; the note is kept with the transcript";
/// `!transfer`
pub const TRANSFER: Help = |_| "offers your chat to a colleague or a queue; it stays yours until they have come";
/// `!invite`
pub const INVITE: Help = |_| "asks a colleague to join you in the room; the chat stays yours";
/// `!available`
pub const AVAILABLE: Help = |_| "you take chats again, as many as configured";
/// `!away`
pub const AWAY: Help = |_| "no new chats for so long, or until `!available`";
/// `!busy`
pub const BUSY: Help = |_| "no more than so many chats at once, until `!available`";
/// `!queue`
pub const QUEUE: Help = |_| "who waits, for how long";
/// `!chats`
pub const CHATS: Help = |_| "your chats; for supervisors, all of their queues";
/// `!why`
pub const WHY: Help = |_| "why the chat went where it went";
/// `!learn`
pub const LEARN: Help = |_| {
    "proposes the last answer in the chat, with the guest's question or the one you give, as a new FAQ entry; somebody \
     reviews it"
};

/// Arguments in the guest's language.
pub fn arguments(language: Language, arguments: &'static str) -> &'static str {
    match (language, arguments) {
        (German, "words") => "Wörter",
        (German, "[zone]") => "[Zone]",
        (_, arguments) => arguments,
    }
}
