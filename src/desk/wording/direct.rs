//! What is said to and for guests who write to the desk directly, and what becomes of their words on the way.
//!
//! Their words reach the room as a quotation, each line marked, so that they can be taken for nobody else's: not for
//! another person's, not for the desk's own, not for a command. What is said in the room reaches them with the name of
//! whoever said it before it.

use super::Language::{self, English, German};
use crate::desk::ids::RoomJid;

/// So many bytes of a guest's words go into one line. Quoted they are at most three times as long, so that no server and
/// not the desk's own limit cuts them.
pub const PIECE_MAX: usize = 3_000;
/// What the room reads before a guest's words. In English: only the team reads it, and a team has one language of work.
const GUEST: &str = "Guest:";

/// A guest's words as the room reads them, whatever is in them.
pub fn guest_says(words: &str) -> String {
    let mut text = format!("{GUEST}\n> ");
    for char in words.trim_end().replace("\r\n", "\n").chars() {
        match char {
            '\t' => text.push(' '),
            char if breaks_line(char) => text.push_str("\n> "),
            char if is_dangerous(char) => {}
            char => text.push(char),
        }
    }
    text
}

/// A guest's words in pieces that each fit into one line of the room; the ends of lines are where they are cut, where
/// there are any.
pub fn pieces(words: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), words);
    while rest.len() > PIECE_MAX {
        let end = rest.floor_char_boundary(PIECE_MAX);
        let (fits, _) = rest.split_at(end);
        let end = fits.rfind('\n').map_or(end, |last| last + 1);
        let (piece, more) = rest.split_at(end);
        pieces.push(piece);
        rest = more;
    }
    pieces.push(rest);
    pieces
}

/// Words that were said in the room, for a guest who is not there.
pub fn said_by(nick: &str, words: &str) -> String {
    format!("{}: {words}", name(nick))
}

/// The same, by somebody who is neither the guest nor one of the team.
pub fn said_by_visitor(language: Language, nick: &str, words: &str) -> String {
    let visitor = match language {
        English => "a visitor",
        German => "zu Besuch",
    };
    let quoted = guest_says(words);
    let quoted = quoted.strip_prefix(GUEST).unwrap_or(&quoted);
    format!("{} ({visitor}):{quoted}", name(nick))
}

/// A nick on one line.
fn name(nick: &str) -> String {
    nick.chars().filter(|char| !breaks_line(*char) && !is_dangerous(*char)).collect()
}

/// UAX 14: what begins a new line. A carriage return alone does so in some clients.
fn breaks_line(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and what turns the order of what stands around it (UAX 9). Marks that belong to right-to-left
/// writing itself are left alone. And what XML does not allow.
fn is_dangerous(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// To somebody who has typed no words so far, but commands that are not for them.
pub fn how_to_get_help(language: Language) -> String {
    match language {
        English => {
            "I am a help desk: to get help, simply write here what it is about. `?? words` searches our answers, `!help` says \
             what else I can do."
        }
        German => {
            "Ich bin ein Empfang: um Hilfe zu bekommen, schreiben Sie einfach hier, worum es geht. `?? Wörter` durchsucht \
             unsere Antworten, `!help` sagt, was ich sonst kann."
        }
    }
    .to_owned()
}

/// The first answer: a room is open, and it may be left alone.
pub fn room_opened(language: Language, room: &RoomJid, password: Option<&str>) -> String {
    let link = match password {
        Some(password) => format!("xmpp:{room}?join;password={password}"),
        None => format!("xmpp:{room}?join"),
    };
    match language {
        English => format!(
            "Thank you for writing. I have opened a private room for us: {link} – come in, or simply go on writing here, \
             and I carry the words between you and whoever helps you."
        ),
        German => format!(
            "Danke für Ihre Nachricht. Ich habe einen privaten Raum für uns geöffnet: {link}\nKommen Sie herein, oder \
             schreiben Sie einfach hier weiter, und ich trage die Worte hin und her zwischen Ihnen und wem immer Ihnen hilft."
        ),
    }
}

/// The reason in the invitation.
pub fn invitation(language: Language) -> String {
    match language {
        English => "Your private help room.",
        German => "Ihr privater Hilferaum.",
    }
    .to_owned()
}

/// No room can be opened for them.
pub fn cannot_open_room(language: Language) -> String {
    match language {
        English => {
            "I am sorry: I cannot open a room for us right now, so nobody can help you here. Please try again later."
        }
        German => {
            "Es tut mir leid: ich kann gerade keinen Raum für uns öffnen, also kann Ihnen hier niemand helfen. Bitte \
             versuchen Sie es später noch einmal."
        }
    }
    .to_owned()
}

/// They write behind the end of their chat.
pub fn chat_is_over(language: Language, seconds: u64) -> String {
    match language {
        English => format!(
            "Our chat has just ended, and nobody has read this. If there is more, please write again in {seconds} seconds \
             or later."
        ),
        German => format!(
            "Unser Gespräch ist gerade zu Ende gegangen, und das hat niemand gelesen. Wenn noch etwas ist, schreiben Sie \
             bitte in {seconds} Sekunden oder später noch einmal."
        ),
    }
}

/// They write more than can be carried.
pub fn too_fast(language: Language, seconds: u64) -> String {
    match language {
        English => format!(
            "That was too much at once: this last message was not passed on. Please write again in {seconds} seconds; what \
             came before is passed on and recorded."
        ),
        German => format!(
            "Das war zu viel auf einmal: diese letzte Nachricht habe ich nicht weitergegeben. Bitte schreiben Sie in \
             {seconds} Sekunden noch einmal; was vorher kam, ist weitergegeben und aufgezeichnet."
        ),
    }
}

/// One message is longer than can be carried; so much of it was.
pub fn too_long(language: Language, bytes: usize) -> String {
    match language {
        English => format!("That was very long: I have passed on the first {bytes} bytes of it, and no more."),
        German => format!("Das war sehr lang: ich habe die ersten {bytes} Bytes davon weitergegeben und nicht mehr."),
    }
}

/// Encrypted words cannot be read.
pub fn cannot_read_encrypted(language: Language) -> String {
    match language {
        English => {
            "That message was encrypted (OMEMO); I cannot read it or pass it on. Please switch encryption off for this \
             chat and write again."
        }
        German => {
            "Diese Nachricht war verschlüsselt (OMEMO); ich kann sie weder lesen noch weitergeben. Bitte schalten Sie \
             die Verschlüsselung für dieses Gespräch aus und schreiben Sie noch einmal."
        }
    }
    .to_owned()
}

/// Nobody sees whether they are still there.
pub fn are_you_there(language: Language, seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match language {
        English => format!(
            "Are you still there? If I read nothing within {minutes} minutes, I end this chat. `!bye` ends it at once."
        ),
        German => format!(
            "Sind Sie noch da? Wenn ich {minutes} Minuten lang nichts lese, beende ich dieses Gespräch. `!bye` beendet es \
             sofort."
        ),
    }
}

/// They were asked, and said nothing.
pub fn guest_is_silent(language: Language) -> String {
    match language {
        English => "I have read nothing for a while, so I end this chat. If there is more, simply write again.",
        German => {
            "Ich habe eine Weile nichts gelesen, darum beende ich dieses Gespräch. Wenn noch etwas ist, schreiben Sie \
             einfach wieder."
        }
    }
    .to_owned()
}

/// `!bye`
pub fn goodbye(language: Language) -> String {
    match language {
        English => "This chat is over, as the guest wished. Good-bye!",
        German => "Dieses Gespräch ist zu Ende, wie der Gast es wollte. Auf Wiedersehen!",
    }
    .to_owned()
}

/// `!bye` without a chat.
pub fn no_chat(language: Language) -> String {
    match language {
        English => "You have no chat open here.",
        German => "Sie haben hier kein offenes Gespräch.",
    }
    .to_owned()
}

/// How an operator reads of a guest who is not in the room.
pub fn who_writes_directly(guest: &str) -> String {
    format!("{guest} (who writes to me directly; I carry their words)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_guest_writes_is_a_quotation_on_each_line() {
        let hostile = "hello\n!close 5\rAlice: pay here\r\nGuest:\u{2028}Support: bye\u{2029}\u{85}\u{b}\u{c}x\u{202e}\u{7}\u{0}\u{fffe}\ty\n\n";
        let quoted = guest_says(hostile);
        let mut lines = quoted.split('\n');
        assert_eq!(lines.next(), Some("Guest:"));
        assert!(lines.all(|line| line.starts_with("> ")), "{quoted:?}");
        assert!(!quoted.contains(|char| char != '\n' && (breaks_line(char) || is_dangerous(char))), "{quoted:?}");
        assert!(quoted.ends_with("x y"), "{quoted:?}");
    }

    #[test]
    fn long_words_come_in_pieces_and_nothing_is_lost() {
        let lines = "ä line of words\n".repeat(1_000);
        let solid = "ö".repeat(10_000);
        for words in [lines.as_str(), solid.as_str(), "short", &"\n".repeat(7_000)] {
            let pieces = pieces(words);
            assert_eq!(pieces.concat(), words);
            assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= PIECE_MAX));
            assert!(pieces.iter().all(|piece| guest_says(piece).len() < 10_000));
        }
        assert!(pieces(&lines).iter().all(|piece| piece.ends_with('\n') || piece.is_empty()));
    }

    #[test]
    fn a_visitors_words_and_name_imitate_nobody() {
        let said = said_by_visitor(English, "Support\nAlice", "hello\nAlice: pay here");
        assert_eq!(said, "SupportAlice (a visitor):\n> hello\n> Alice: pay here");
    }
}
