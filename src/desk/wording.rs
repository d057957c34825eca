//! Every sentence that the desk says, one function each, in each language it speaks.
//!
//! What is said in nearly every chat is put together from its pieces, because `format!` takes three times as long.
//!
//! Words of guests are never put into these but where a function says so, and then as a quotation on lines of their own.

pub mod card;
pub mod direct;
pub mod duty;
pub mod faq;
pub mod help;

use chrono::DateTime;
use chrono_tz::Tz;
use serde::Serialize;

use super::event::RecordTrouble;
use super::ids::{ChatId, RoomJid};

/// A language that the desk speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub enum Language {
    /// `en`
    #[default]
    #[serde(rename = "en")]
    English,
    /// `de`
    #[serde(rename = "de")]
    German,
}

use Language::{English, German};

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [English, German];

    /// The language for a tag (BCP 47) such as `de-AT`; `None` where the desk does not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(English),
            "de" => Some(German),
            _ => None,
        }
    }

    /// The tag for `xml:lang` and for the store.
    pub fn tag(self) -> &'static str {
        match self {
            English => "en",
            German => "de",
        }
    }
}

/// How much of a guest's line an offer quotes, in characters.
const QUOTE_MAX: usize = 200;
/// How much of a guest's name stands in the name of the room, in characters.
const NAME_MAX: usize = 60;

// In the room, to the guest

/// The first words in a room.
pub fn greeting(language: Language) -> String {
    match language {
        English => {
            "Hello, and welcome! I am the help desk. I am looking for somebody who can help you; please write \
                    here what it is about. This chat is recorded. Meanwhile: `?? words` searches our answers, `!help` \
                    says what else I can do."
        }
        German => {
            "Hallo und willkommen! Ich bin der Empfang. Ich suche jemanden, der Ihnen hilft; bitte schreiben Sie \
                   hier schon einmal, worum es geht. Dieses Gespräch wird aufgezeichnet. Inzwischen: `?? Wörter` \
                   durchsucht unsere Antworten, `!help` sagt, was ich sonst kann."
        }
    }
    .to_owned()
}

/// The first words while the queue takes nobody. When it does is said next.
pub fn greeting_after_hours(language: Language) -> String {
    match language {
        English => {
            "Hello, and welcome! I am the help desk. This chat is recorded. `?? words` searches our answers, `!help` says \
             what else I can do."
        }
        German => {
            "Hallo und willkommen! Ich bin der Empfang. Dieses Gespräch wird aufgezeichnet. `?? Wörter` durchsucht unsere \
             Antworten, `!help` sagt, was ich sonst kann."
        }
    }
    .to_owned()
}

/// An operator was asked and has not come yet.
pub fn being_called(language: Language) -> String {
    match language {
        English => "Thank you for waiting. I have asked somebody to come.",
        German => "Danke für Ihre Geduld. Ich habe jemanden gerufen.",
    }
    .to_owned()
}

/// The operator is in the room.
pub fn operator_is_here(language: Language, name: &str) -> String {
    match language {
        English => [name, " is here and will help you."].concat(),
        German => [name, " ist da und hilft Ihnen."].concat(),
    }
}

/// The operator accepted and is on the way.
pub fn operator_is_coming(language: Language, name: &str) -> String {
    match language {
        English => format!("{name} will help you and is about to come in."),
        German => format!("{name} hilft Ihnen und kommt gleich herein."),
    }
}

/// The operator left and did not return.
pub fn operator_left(language: Language, name: &str) -> String {
    match language {
        English => format!("{name} had to leave. I am looking for somebody else; please stay."),
        German => format!("{name} musste gehen. Ich suche jemand anderen; bitte bleiben Sie."),
    }
}

/// The operator accepted and never came.
pub fn operator_did_not_come(language: Language, name: &str) -> String {
    match language {
        English => format!("{name} could not come after all. I am looking for somebody else; please stay."),
        German => format!("{name} konnte doch nicht kommen. Ich suche jemand anderen; bitte bleiben Sie."),
    }
}

/// The last words: the guest has gone.
pub fn guest_gone(language: Language) -> String {
    match language {
        English => "The guest has gone; I am closing this room.",
        German => "Der Gast ist gegangen; ich schließe diesen Raum.",
    }
    .to_owned()
}

/// The last words: the operator closed the chat.
pub fn closed_by_operator(language: Language, name: &str) -> String {
    match language {
        English => [name, " has closed this chat. Thank you, and goodbye!"].concat(),
        German => [name, " hat dieses Gespräch beendet. Vielen Dank und auf Wiedersehen!"].concat(),
    }
}

/// The last words: the desk is given up.
pub fn retired(language: Language) -> String {
    match language {
        English => "This help desk is closing. I am sorry; goodbye.",
        German => "Dieser Empfang schließt. Es tut mir leid; auf Wiedersehen.",
    }
    .to_owned()
}

/// There is no way back into the guest's room. Said outside it.
pub fn room_lost(language: Language) -> String {
    match language {
        English => "The room of our chat was lost, and I cannot get back into it. I am sorry; please ask for help again.",
        German => {
            "Der Raum unseres Gesprächs ist verloren gegangen, und ich komme nicht wieder hinein. Es tut mir leid; bitte \
             fragen Sie noch einmal."
        }
    }
    .to_owned()
}

/// The room is members-only, and we may not add anybody.
pub fn need_rights_members(language: Language, account: &str) -> String {
    match language {
        English => format!(
            "Only members may enter this room, so I cannot bring anybody in. Please make {account} an owner or admin \
             of the room, or open it; otherwise I have to leave."
        ),
        German => format!(
            "Diesen Raum dürfen nur Mitglieder betreten, also kann ich niemanden hereinholen. Bitte machen Sie \
             {account} zum Besitzer oder Administrator des Raums oder öffnen Sie ihn; sonst muss ich gehen."
        ),
    }
}

/// The room hides who the guest is.
pub fn need_rights_identity(language: Language, account: &str) -> String {
    match language {
        English => format!(
            "I cannot see who you are in this room, and may serve known guests only. Please make {account} an owner \
             or moderator of the room, or invite me directly; otherwise I have to leave."
        ),
        German => format!(
            "Ich sehe in diesem Raum nicht, wer Sie sind, und darf nur bekannten Gästen helfen. Bitte machen Sie \
             {account} zum Besitzer oder Moderator des Raums oder laden Sie mich direkt ein; sonst muss ich gehen."
        ),
    }
}

/// The last words where the rights never came.
pub fn rights_never_came(language: Language) -> String {
    match language {
        English => "I still lack the right to help you here and have to leave. I am sorry.",
        German => "Mir fehlt noch immer das Recht, Ihnen hier zu helfen, und ich muss gehen. Es tut mir leid.",
    }
    .to_owned()
}

/// Encrypted words cannot be read or recorded.
pub fn cannot_read_encrypted(language: Language) -> String {
    match language {
        English => {
            "That message was encrypted (OMEMO); I cannot read or record it. Please switch encryption off for \
                    this room."
        }
        German => {
            "Diese Nachricht war verschlüsselt (OMEMO); ich kann sie weder lesen noch aufzeichnen. Bitte \
                   schalten Sie die Verschlüsselung für diesen Raum aus."
        }
    }
    .to_owned()
}

// To the guest, directly

/// There are too many chats.
pub fn too_many_chats(language: Language) -> String {
    match language {
        English => "I am sorry: there are more guests than we can serve right now. Please try again in a few minutes.",
        German => {
            "Es tut mir leid: gerade sind mehr Gäste da, als wir bedienen können. Bitte versuchen Sie es in ein \
                   paar Minuten noch einmal."
        }
    }
    .to_owned()
}

/// They have asked for help before, and should go on there.
pub fn chat_elsewhere(language: Language, room: &RoomJid) -> String {
    match language {
        English => format!("You have asked for help in {room} already; I am there, or on my way. Please write there."),
        German => format!(
            "Sie haben schon in {room} um Hilfe gebeten; ich bin dort oder auf dem Weg. Bitte schreiben Sie dort."
        ),
    }
}

/// The desk takes no new chats.
pub fn not_accepting(language: Language) -> String {
    match language {
        English => "I am sorry: this help desk is closing and takes no new chats.",
        German => "Es tut mir leid: dieser Empfang schließt und nimmt keine neuen Gespräche an.",
    }
    .to_owned()
}

/// The room wants a password that the invitation did not carry.
pub fn need_password(language: Language, room: &RoomJid) -> String {
    match language {
        English => format!("{room} has a password that I do not know. Please invite me again, with the password."),
        German => format!(
            "{room} hat ein Kennwort, das ich nicht kenne. Bitte laden Sie mich noch einmal ein, mit dem Kennwort."
        ),
    }
}

/// The room is for members only, and we are none.
pub fn need_membership(language: Language, room: &RoomJid, account: &str) -> String {
    match language {
        English => {
            format!("Only members may enter {room}. Please make {account} a member or an owner, and invite me again.")
        }
        German => format!(
            "{room} dürfen nur Mitglieder betreten. Bitte machen Sie {account} zum Mitglied oder Besitzer und laden \
             Sie mich noch einmal ein."
        ),
    }
}

/// The room does not let us in.
pub fn cannot_enter(language: Language, room: &RoomJid) -> String {
    match language {
        English => format!("{room} does not let me in. Please open another room and invite me there."),
        German => {
            format!("{room} lässt mich nicht ein. Bitte öffnen Sie einen anderen Raum und laden Sie mich dorthin.")
        }
    }
}

/// The invitation with which a guest gets the password that the desk gave their room.
pub fn keep_password(language: Language) -> String {
    match language {
        English => "Your private help room. With this password you can come back if you lose the connection.",
        German => "Ihr privater Hilferaum. Mit diesem Kennwort können Sie zurückkommen, wenn die Verbindung abreißt.",
    }
    .to_owned()
}

/// To somebody who writes to the desk and has no chat.
pub fn how_to_get_help(language: Language, account: &str) -> String {
    match language {
        English => format!(
            "I am a help desk: to get help, open a private group-chat room and invite {account} there. `?? words` \
             searches our answers right here."
        ),
        German => format!(
            "Ich bin ein Empfang: um Hilfe zu bekommen, öffnen Sie einen privaten Gruppenraum und laden Sie {account} \
             dorthin ein. `?? Wörter` durchsucht unsere Antworten gleich hier."
        ),
    }
}

/// To a guest who writes to the desk while they have a chat.
pub fn write_in_room(language: Language, room: &RoomJid) -> String {
    match language {
        English => format!("You have a chat open in {room}; please write there, so that the operator sees it."),
        German => format!(
            "Sie haben ein offenes Gespräch in {room}; bitte schreiben Sie dort, damit es auch der Mensch sieht, der \
             Ihnen hilft."
        ),
    }
}

// To operators, directly (in English: a team has one language of work)

/// What an offer tells the operator.
pub struct OfferFacts<'a> {
    /// The chat.
    pub chat: ChatId,
    /// Its room.
    pub room: &'a RoomJid,
    /// The room's password.
    pub password: Option<&'a str>,
    /// The guest's address.
    pub guest: &'a str,
    /// The queue.
    pub queue: &'a str,
    /// What the guest wrote when inviting, and said first.
    pub first_words: &'a [String],
    /// What is known of the guest ([`card::case`]).
    pub case: &'a str,
    /// How long the offer stands.
    pub offer_seconds: u64,
}

/// An offer, with the guest's own words quoted, each line marked.
pub fn offer(facts: &OfferFacts<'_>) -> String {
    let OfferFacts { room, guest, queue, case, .. } = facts;
    let (chat, seconds) = (&*facts.chat.to_string(), &*facts.offer_seconds.to_string());
    let quoted: String = facts.first_words.iter().map(|words| quoted(words)).collect();
    let (with, password, end) = facts.password.map_or(("", "", ""), |password| (" (password ", password, ")"));
    // It is made for every chat: `format!` takes thousands of steps for it.
    let asks = ["Chat ", chat, " (", queue, "): ", guest, " asks for help.\n", &quoted, case];
    let join = ["Join xmpp:", room.bare().as_str(), "?join to accept", with, password, end, ", or write `!accept "];
    let stands = [chat, "` or `!decline ", chat, "` here. The offer stands for ", seconds, " seconds."];
    [&asks[..], &join, &stands].concat().concat()
}

/// The reason in the invitation to an operator.
pub fn offer_invitation(chat: ChatId, guest: &str) -> String {
    ["Chat ", &chat.0.to_string(), ": ", guest, " asks for help"].concat()
}

/// The offer went by.
pub fn offer_lapsed(chat: ChatId) -> String {
    format!("The offer of chat {chat} has lapsed.")
}

/// The offer was taken back.
pub fn offer_revoked(chat: ChatId) -> String {
    format!("The offer of chat {chat} is taken back.")
}

/// The operator's no was heard.
pub fn offer_declined(chat: ChatId) -> String {
    format!("You declined chat {chat}.")
}

/// The operator's yes by direct message was heard.
pub fn offer_accepted(chat: ChatId, room: &RoomJid, password: Option<&str>) -> String {
    format!("Chat {chat} is yours. Please come in: {}", way_in(room, password))
}

fn way_in(room: &RoomJid, password: Option<&str>) -> String {
    let password = password.map(|password| format!(" (password {password})")).unwrap_or_default();
    format!("xmpp:{room}?join{password}")
}

/// The operator entered a room whose chat is not theirs.
pub fn not_your_chat(chat: ChatId, owner: Option<&str>) -> String {
    match owner {
        Some(name) => format!("Chat {chat} belongs to {name}; you are in its room as a visitor."),
        None => format!("Chat {chat} is not offered to you; you are in its room as a visitor."),
    }
}

/// There is no such offer.
pub fn no_such_offer(chat: Option<ChatId>) -> String {
    match chat {
        Some(chat) => format!("Chat {chat} is not offered to you (any more)."),
        None => "Nothing is offered to you right now.".to_owned(),
    }
}

/// There is no such chat of theirs.
pub fn no_such_chat(chat: Option<ChatId>) -> String {
    match chat {
        Some(chat) => format!("Chat {chat} is not yours."),
        None => "You serve no chat right now.".to_owned(),
    }
}

/// A command in a room about another room's chat.
pub fn elsewhere(chat: ChatId) -> String {
    format!("This is the room of chat {chat}; please tell me about other chats here, in our direct chat.")
}

/// A command without a chat's number could mean several.
pub fn which_chat(command: &str, chats: &[ChatId]) -> String {
    let numbers: Vec<String> = chats.iter().map(ChatId::to_string).collect();
    let example = numbers.first().map_or("", String::as_str);
    format!("Which one? You have chats {}. Write for example `{command} {example}`.", numbers.join(", "))
}

/// The chat was taken back because the operator had gone.
pub fn chat_taken_back(chat: ChatId) -> String {
    format!("Chat {chat} is no longer yours: you were not in its room.")
}

/// The guest came back with another address.
pub fn guest_has_new_address(chat: ChatId, guest: &str) -> String {
    format!("Chat {chat}: the guest has come back as {guest}.")
}

/// The chat is over, and it was not the operator who ended it.
pub fn chat_over(chat: ChatId, why: &str) -> String {
    format!("Chat {chat} is over: {why}.")
}

/// What is decided cannot be written, so nothing of it is said.
pub fn record_failing(why: RecordTrouble) -> String {
    let why = match why {
        RecordTrouble::Full => "the disk is full",
        RecordTrouble::ReadOnly => "the database cannot be written to",
        RecordTrouble::Locked => "another program keeps the database locked",
        RecordTrouble::Gone => "the database was removed or replaced",
        RecordTrouble::Damaged => "the database is damaged",
        RecordTrouble::Failing => "the disk fails",
    };
    format!(
        "I cannot keep my records: {why}. Please tell the admin. Until it is mended I bring nobody in and say nothing; \
         then I go on by myself."
    )
}

/// All is written again.
pub fn record_restored() -> String {
    "I can keep my records again, and go on.".to_owned()
}

/// A command that the desk does not know.
pub fn unknown_command(command: &str) -> String {
    format!("I do not understand `{command}`. `!help` lists what I know.")
}

/// To an operator who writes to the desk without a command.
pub fn operator_small_talk() -> String {
    "I bring you guests. `!help` lists what you can tell me.".to_owned()
}

// To everybody

/// Too many questions: there are no answers for a while.
pub fn patience(language: Language) -> String {
    match language {
        English => "That was a lot of questions. Please give me a minute; then I go on answering.",
        German => "Das waren viele Fragen. Bitte geben Sie mir eine Minute; dann antworte ich wieder.",
    }
    .to_owned()
}

/// Somebody poured lines into the room and lost their voice for so long.
pub fn too_fast(language: Language, seconds: u64) -> String {
    match language {
        English => format!(
            "That was too much at once. Whoever wrote it can write again in {seconds} seconds; what came before is \
             recorded."
        ),
        German => format!(
            "Das war zu viel auf einmal. Wer es geschrieben hat, kann in {seconds} Sekunden wieder schreiben; was schon \
             da war, ist aufgezeichnet."
        ),
    }
}

/// The time somewhere.
pub fn time(language: Language, time: &DateTime<Tz>) -> String {
    let zone = time.timezone().name();
    match language {
        English => format!("It is {} in {zone}.", time.format("%H:%M:%S (UTC%:z) on %Y-%m-%d")),
        German => format!("Es ist {} in {zone}.", time.format("%H:%M:%S (UTC%:z) am %d.%m.%Y")),
    }
}

/// No such time zone; `near` are names that come near.
pub fn unknown_zone(language: Language, near: &[&str]) -> String {
    let (unknown, example) = match language {
        English => ("I do not know that time zone.", "Names look like Europe/Berlin or Asia/Tokyo."),
        German => ("Diese Zeitzone kenne ich nicht.", "Namen sehen aus wie Europe/Berlin oder Asia/Tokyo."),
    };
    match (near, language) {
        ([], _) => format!("{unknown} {example}"),
        (near, English) => format!("{unknown} Perhaps {}?", near.join(", ")),
        (near, German) => format!("{unknown} Vielleicht {}?", near.join(", ")),
    }
}

// In the transcript

/// The words of a `gap` line: its bounds.
pub fn gap(from: &str, to: &str) -> String {
    format!("The desk was away from {from} to {to}; what was said meanwhile may be missing.")
}

/// The words of a `gap` line: its bounds, where the desk was there and the room's archive would not confirm it.
pub fn gap_unconfirmed(from: &str, to: &str) -> String {
    format!("The room's archive did not say in time whether all that was said from {from} to {to} is here.")
}

/// The words of a `note` line: somebody has set the room's subject.
pub fn subject(words: &str) -> String {
    format!("The subject is now: {words}")
}

/// The room's name, as clients show it in their lists.
pub fn room_name(chat: ChatId, guest: Option<&str>) -> String {
    match guest {
        Some(guest) => ["Chat ", &chat.0.to_string(), ": ", &plain(guest.trim(), NAME_MAX)].concat(),
        None => format!("Chat {chat}"),
    }
}

/// What stands in the room's description.
pub fn room_description(account: &str, chat: ChatId) -> String {
    ["frontdesk ", account, ": chat ", &chat.0.to_string()].concat()
}

/// What occupants read when the room is destroyed.
pub fn room_closed() -> String {
    "This chat is over.".to_owned()
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and the bidirectional embeddings, overrides and
/// isolates (UAX 9): they move the cursor, or turn the order of what stands around them. Marks that belong to
/// right-to-left writing itself are left alone.
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn quoted(words: &str) -> String {
    format!("> {}\n", plain(words, QUOTE_MAX))
}

/// On one line, not too long, and harmless.
fn plain(text: &str, chars_max: usize) -> String {
    // Nearly all words are like this.
    if text.len() <= chars_max && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let (short, more) = match text.char_indices().nth(chars_max) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), "…"),
        None => (text, ""),
    };
    format!("{}{more}", short.replace(is_hostile, " "))
}
