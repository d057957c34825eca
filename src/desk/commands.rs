//! What people type, parsed; who may say it.

use std::sync::LazyLock;

use regex::Regex;

use super::ids::ChatId;

/// Something that was typed to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `?? words`; no words = which topics there are.
    Faq(String),
    /// `!time [zone]`
    Time(Option<String>),
    /// `!help`
    Help,
    /// `!accept [CHAT]`
    Accept(Option<ChatId>),
    /// `!decline [CHAT]`
    Decline(Option<ChatId>),
    /// `!close [CHAT]`
    Close(Option<ChatId>),
    /// `!something` that the desk does not know, or an argument that makes no sense.
    Unknown(String),
}

/// Who may say a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anybody,
    /// Configured operators, known by real JID or direct message.
    Operators,
}

/// How much of what was asked is passed on to the FAQ, in bytes. A question is a sentence, not a book.
pub const QUESTION_MAX: usize = 1_000;

/// How many characters of an unknown command are repeated to whoever typed it.
const ECHO_MAX: usize = 20;

static BANG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)^!([\p{L}-]{1,20})(?:\s+(.*))?$").ok());

impl Command {
    /// Reads what was typed; `None` for ordinary words. Space around it does not count, nor does case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_prefix("??") {
            Some(rest) => Self::question(rest),
            None => Self::bang(text),
        }
    }

    /// Who may say it.
    pub fn who(&self) -> Who {
        match self {
            Self::Faq(_) | Self::Time(_) | Self::Help => Who::Anybody,
            Self::Accept(_) | Self::Decline(_) | Self::Close(_) | Self::Unknown(_) => Who::Operators,
        }
    }

    /// "???" and "??!" are feelings, not questions.
    fn question(rest: &str) -> Option<Self> {
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) && !rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        let words = rest.trim();
        let end = words.floor_char_boundary(QUESTION_MAX);
        Some(Self::Faq(words.get(..end).unwrap_or_default().to_owned()))
    }

    fn bang(text: &str) -> Option<Self> {
        let captures = BANG.as_ref()?.captures(text)?;
        let name = captures.get(1)?.as_str().to_lowercase();
        let argument = captures.get(2).map(|found| found.as_str().trim()).filter(|found| !found.is_empty());
        Some(match name.as_str() {
            "time" => Self::Time(argument.map(str::to_owned)),
            "help" => Self::Help,
            "accept" => Self::with_chat(argument, Self::Accept, text),
            "decline" => Self::with_chat(argument, Self::Decline, text),
            "close" => Self::with_chat(argument, Self::Close, text),
            _ => Self::Unknown(shown(text)),
        })
    }

    fn with_chat(argument: Option<&str>, command: fn(Option<ChatId>) -> Self, text: &str) -> Self {
        match argument.map(|number| number.trim_start_matches('#').parse().map(ChatId)) {
            None => command(None),
            Some(Ok(chat)) => command(Some(chat)),
            Some(Err(_)) => Self::Unknown(shown(text)),
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(ECHO_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_commands() {
        for text in ["hello", "!", "!!", "! close", "???", "??!", "?", "", "what?? really", "!1"] {
            assert_eq!(Command::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn commands_are_read_without_regard_to_case_and_space() {
        assert_eq!(Command::parse(" ?? printer "), Some(Command::Faq("printer".into())));
        assert_eq!(Command::parse("??printer"), Some(Command::Faq("printer".into())));
        assert_eq!(Command::parse("??"), Some(Command::Faq(String::new())));
        assert_eq!(Command::parse("!TIME  Asia/Tokyo"), Some(Command::Time(Some("Asia/Tokyo".into()))));
        assert_eq!(Command::parse("!accept 7"), Some(Command::Accept(Some(ChatId(7)))));
        assert_eq!(Command::parse("!Close #7"), Some(Command::Close(Some(ChatId(7)))));
        assert_eq!(Command::parse("!decline"), Some(Command::Decline(None)));
        assert_eq!(Command::parse("!close door"), Some(Command::Unknown("!close door".into())));
        assert_eq!(Command::parse("!frobnicate"), Some(Command::Unknown("!frobnicate".into())));
    }

    #[test]
    fn a_long_question_is_cut_at_a_character() {
        let Some(Command::Faq(words)) = Command::parse(&format!("?? {}", "ü".repeat(5_000))) else {
            unreachable!("it is a question");
        };
        assert!(words.len() <= QUESTION_MAX && words.chars().all(|char| char == 'ü'));
    }
}
