//! What people type, parsed; who may say it; what it is for. One table.

use std::sync::LazyLock;

use regex::Regex;

use super::ids::ChatId;
use super::wording::help::{self, Help};
use super::wording::{self, Language};

/// Something that was typed to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `?? words` and what else can follow `??`.
    Faq(Ask),
    /// `!time [zone]`
    Time(Option<String>),
    /// `!help`
    Help,
    /// `!bye`
    Bye,
    /// What only operators may say.
    Order(Order),
    /// `!something` that the desk does not know, or an argument that makes no sense.
    Unknown(String),
}

/// What was typed after `??`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What is wanted.
    pub wanted: Wanted,
    /// Whom the answer is meant for: `?? words | nick`.
    pub address: Option<String>,
}

/// What is wanted of the FAQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// `??`: which topics there are.
    Topics,
    /// `?? words`: an answer.
    Words(String),
    /// `?? 2`: the second of what was suggested, counted from 1.
    Pick(usize),
    /// `?? more`: how the answer goes on.
    More,
}

/// What only operators may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// `!accept [CHAT]`
    Accept(Option<ChatId>),
    /// `!decline [CHAT]`
    Decline(Option<ChatId>),
    /// `!take [CHAT]`
    Take(Option<ChatId>),
    /// `!close [CHAT] [note]`
    Close(Option<ChatId>, Option<String>),
    /// `!transfer [CHAT] NAME|QUEUE [note]`. Which words are the name is known to whoever knows the names.
    Transfer(Option<ChatId>, String),
    /// `!invite [CHAT] NAME|QUEUE`
    Invite(Option<ChatId>, String),
    /// `!available`
    Available,
    /// `!away [minutes]`
    Away(Option<u32>),
    /// `!busy N`
    Busy(u32),
    /// `!queue`
    Queue,
    /// `!chats`
    Chats,
    /// `!why CHAT`; in a chat's room the number may be left out.
    Why(Option<ChatId>),
    /// `!learn [CHAT] [question]`
    Learn(Option<ChatId>, Option<String>),
}

/// Who may say a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anybody,
    /// Guests, of their own chat.
    Guests,
    /// Configured operators, known by real JID or direct message.
    Operators,
}

/// Where a command may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In a chat's room and by direct message.
    Anywhere,
    /// In a chat's room it is answered by direct message: the answer is not for guests.
    AnsweredDirectly,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What is typed, without the `!`; in lower case.
    pub name: &'static str,
    /// What comes behind it, as help shows it.
    pub arguments: &'static str,
    /// Who may say it.
    pub who: Who,
    /// Where.
    pub place: Where,
    /// What it is for, in each language.
    pub help: Help,
    parse: fn(&str) -> Option<Command>,
}

/// Every command there is. A row without help does not compile.
pub const TABLE: &[Entry] = &[
    entry("??", "words", Who::Anybody, Where::Anywhere, help::FAQ, |_| None),
    entry("time", "[zone]", Who::Anybody, Where::Anywhere, help::TIME, |text| Some(Command::Time(some(text)))),
    entry("help", "", Who::Anybody, Where::Anywhere, help::HELP, |_| Some(Command::Help)),
    entry("bye", "", Who::Guests, Where::Anywhere, help::BYE, |_| Some(Command::Bye)),
    order("accept", "[CHAT]", Where::Anywhere, help::ACCEPT, |text| {
        only_chat(text).map(Order::Accept).map(Command::Order)
    }),
    order("decline", "[CHAT]", Where::Anywhere, help::DECLINE, |text| {
        only_chat(text).map(Order::Decline).map(Command::Order)
    }),
    order("take", "[CHAT]", Where::Anywhere, help::TAKE, |text| only_chat(text).map(Order::Take).map(Command::Order)),
    order("close", "[CHAT] [note]", Where::Anywhere, help::CLOSE, close),
    order("transfer", "[CHAT] NAME|QUEUE [note]", Where::Anywhere, help::TRANSFER, transfer),
    order("invite", "[CHAT] NAME|QUEUE", Where::Anywhere, help::INVITE, invite),
    order("available", "", Where::AnsweredDirectly, help::AVAILABLE, |_| Some(Command::Order(Order::Available))),
    order("away", "[minutes]", Where::AnsweredDirectly, help::AWAY, away),
    order("busy", "N", Where::AnsweredDirectly, help::BUSY, busy),
    order("queue", "", Where::AnsweredDirectly, help::QUEUE, |_| Some(Command::Order(Order::Queue))),
    order("chats", "", Where::AnsweredDirectly, help::CHATS, |_| Some(Command::Order(Order::Chats))),
    order("why", "[CHAT]", Where::AnsweredDirectly, help::WHY, |text| {
        only_chat(text).map(Order::Why).map(Command::Order)
    }),
    order("learn", "[CHAT] [question]", Where::AnsweredDirectly, help::LEARN, learn),
];

const fn entry(
    name: &'static str,
    arguments: &'static str,
    who: Who,
    place: Where,
    help: Help,
    parse: fn(&str) -> Option<Command>,
) -> Entry {
    Entry { name, arguments, who, place, help, parse }
}

const fn order(
    name: &'static str,
    arguments: &'static str,
    place: Where,
    help: Help,
    parse: fn(&str) -> Option<Command>,
) -> Entry {
    entry(name, arguments, Who::Operators, place, help, parse)
}

/// How much of what was asked is passed on to the FAQ, in bytes. A question is a sentence, not a book.
pub const QUESTION_MAX: usize = 1_000;
/// How long `!away` may last, in minutes: a week. Longer is better said without a number.
const AWAY_MAX: u32 = 7 * 24 * 60;
/// How many characters of an unknown command are repeated to whoever typed it.
const ECHO_MAX: usize = 20;

/// How long a command's name can be, in characters.
const NAME_MAX: usize = 20;

static CHAT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)^#?(\d{1,18})(?:\s+(.*))?$").ok());

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
            Self::Bye => Who::Guests,
            Self::Order(_) | Self::Unknown(_) => Who::Operators,
        }
    }

    /// "???" and "??!" are feelings, not questions.
    fn question(rest: &str) -> Option<Self> {
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) && !rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        let words = rest.trim();
        let end = words.floor_char_boundary(QUESTION_MAX);
        Some(Self::Faq(Ask::read(words.get(..end).unwrap_or_default())))
    }

    fn bang(text: &str) -> Option<Self> {
        let typed = text.strip_prefix('!')?;
        let (name, argument) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let argument = argument.trim();
        let named = !name.is_empty() && name.chars().all(|char| char.is_alphabetic() || char == '-');
        if !named || name.chars().count() > NAME_MAX {
            return None;
        }
        let name = name.to_lowercase();
        let entry = TABLE.iter().find(|entry| entry.name == name);
        Some(entry.and_then(|entry| (entry.parse)(argument)).unwrap_or_else(|| Self::Unknown(shown(text))))
    }
}

impl Ask {
    fn read(text: &str) -> Self {
        match text.rsplit_once('|') {
            Some((words, nick)) => Self { wanted: Wanted::read(words.trim()), address: some(nick.trim()) },
            None => Self { wanted: Wanted::read(text), address: None },
        }
    }
}

impl Wanted {
    /// One digit is a choice; `?? 404` is a question.
    fn read(words: &str) -> Self {
        match words.as_bytes() {
            [] => Self::Topics,
            [digit @ b'1'..=b'9'] => Self::Pick(usize::from(digit - b'0')),
            _ if wording::faq::asks_for_more(words) => Self::More,
            _ => Self::Words(words.to_owned()),
        }
    }
}

fn only_chat(text: &str) -> Option<Option<ChatId>> {
    match with_chat(text) {
        (chat, "") => Some(chat),
        _ => None,
    }
}

/// A chat's number, if the text begins with one, and the rest.
fn with_chat(text: &str) -> (Option<ChatId>, &str) {
    let captures = CHAT.as_ref().filter(|_| !text.is_empty()).and_then(|pattern| pattern.captures(text));
    let number = captures.as_ref().and_then(|captures| captures.get(1)?.as_str().parse().ok());
    match (number, captures) {
        (Some(number), Some(captures)) => {
            (Some(ChatId(number)), captures.get(2).map_or("", |rest| rest.as_str().trim()))
        }
        _ => (None, text),
    }
}

fn close(text: &str) -> Option<Command> {
    let (chat, note) = with_chat(text);
    Some(Command::Order(Order::Close(chat, some(note))))
}

fn transfer(text: &str) -> Option<Command> {
    let (chat, rest) = with_chat(text);
    (!rest.is_empty()).then(|| Command::Order(Order::Transfer(chat, rest.to_owned())))
}

fn invite(text: &str) -> Option<Command> {
    let (chat, rest) = with_chat(text);
    (!rest.is_empty()).then(|| Command::Order(Order::Invite(chat, rest.to_owned())))
}

fn learn(text: &str) -> Option<Command> {
    let (chat, question) = with_chat(text);
    Some(Command::Order(Order::Learn(chat, some(question))))
}

fn away(text: &str) -> Option<Command> {
    let minutes = match text {
        "" => None,
        text => Some(text.parse().ok().filter(|minutes| (1..=AWAY_MAX).contains(minutes))?),
    };
    Some(Command::Order(Order::Away(minutes)))
}

fn busy(text: &str) -> Option<Command> {
    Some(Command::Order(Order::Busy(text.parse().ok()?)))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn shown(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(ECHO_MAX).collect()
}

/// What only operators may say, without the `!`: the guest's window shows no such line of theirs.
pub fn orders() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|entry| entry.who == Who::Operators).map(|entry| entry.name)
}

/// What can be typed, a line each. `operator`: what only operators may say, too.
pub fn listed(language: Language, operator: bool) -> String {
    let shown = TABLE.iter().filter(|entry| match entry.who {
        Who::Anybody => true,
        Who::Guests => !operator,
        Who::Operators => operator,
    });
    let lines = shown.map(|entry| {
        let bang = if entry.name == "??" { "" } else { "!" };
        let gap = if entry.arguments.is_empty() { "" } else { " " };
        format!("`{bang}{}{gap}{}` {}", entry.name, help::arguments(language, entry.arguments), (entry.help)(language))
    });
    lines.collect::<Vec<_>>().join("\n")
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
        assert_eq!(Command::parse(" ?? printer "), asked(Wanted::Words("printer".into()), None));
        assert_eq!(Command::parse("??printer"), asked(Wanted::Words("printer".into()), None));
        assert_eq!(Command::parse("!TIME  Asia/Tokyo"), Some(Command::Time(Some("Asia/Tokyo".into()))));
        assert_eq!(Command::parse("!accept 7"), Some(Command::Order(Order::Accept(Some(ChatId(7))))));
        assert_eq!(Command::parse("!Close #7"), Some(Command::Order(Order::Close(Some(ChatId(7)), None))));
        assert_eq!(Command::parse("!decline"), Some(Command::Order(Order::Decline(None))));
        assert_eq!(Command::parse("!frobnicate"), Some(Command::Unknown("!frobnicate".into())));
        assert_eq!(Command::parse("!??"), None);
    }

    fn asked(wanted: Wanted, address: Option<&str>) -> Option<Command> {
        Some(Command::Faq(Ask { wanted, address: address.map(str::to_owned) }))
    }

    #[test]
    fn what_follows_the_question_marks() {
        assert_eq!(Command::parse("??"), asked(Wanted::Topics, None));
        assert_eq!(Command::parse("?? 2"), asked(Wanted::Pick(2), None));
        for words in ["0", "42", "2 printers", "more printers"] {
            assert_eq!(Command::parse(&format!("?? {words}")), asked(Wanted::Words(words.into()), None));
        }
        for words in ["more", " MORE ", "mehr"] {
            assert_eq!(Command::parse(&format!("??{words}")), asked(Wanted::More, None), "{words}");
        }
        assert_eq!(Command::parse("?? printer | Joe Doe"), asked(Wanted::Words("printer".into()), Some("Joe Doe")));
        assert_eq!(Command::parse("??2|joe"), asked(Wanted::Pick(2), Some("joe")));
        assert_eq!(Command::parse("?? a | b | joe"), asked(Wanted::Words("a | b".into()), Some("joe")));
        assert_eq!(Command::parse("?? a |"), asked(Wanted::Words("a".into()), None));
    }

    #[test]
    fn notes_and_names_come_behind_the_number() {
        let closed = |chat, note: &str| Some(Command::Order(Order::Close(chat, Some(note.to_owned()))));
        assert_eq!(Command::parse("!close door is shut"), closed(None, "door is shut"));
        assert_eq!(Command::parse("!close 7 all well"), closed(Some(ChatId(7)), "all well"));
        let learnt = |chat, question: &str| Some(Command::Order(Order::Learn(chat, some(question))));
        assert_eq!(Command::parse("!learn"), learnt(None, ""));
        assert_eq!(Command::parse("!learn 7 How do I print?"), learnt(Some(ChatId(7)), "How do I print?"));
        let moved = |chat, rest: &str| Some(Command::Order(Order::Transfer(chat, rest.to_owned())));
        assert_eq!(Command::parse("!transfer Second Level please"), moved(None, "Second Level please"));
        assert_eq!(Command::parse("!transfer #3 bob"), moved(Some(ChatId(3)), "bob"));
    }

    #[test]
    fn what_makes_no_sense_is_unknown() {
        for text in
            ["!transfer", "!transfer 7", "!away soon", "!away 0", "!busy", "!busy -1", "!accept door", "!why not"]
        {
            assert_eq!(Command::parse(text), Some(Command::Unknown(text.into())), "{text:?}");
        }
    }

    #[test]
    fn a_long_question_is_cut_at_a_character() {
        let Some(Command::Faq(Ask { wanted: Wanted::Words(words), .. })) =
            Command::parse(&format!("?? {}", "ü".repeat(5_000)))
        else {
            unreachable!("it is a question");
        };
        assert!(words.len() <= QUESTION_MAX && words.chars().all(|char| char == 'ü'));
    }

    #[test]
    fn no_name_is_there_twice() {
        for (index, entry) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(index + 1).all(|other| other.name != entry.name), "{}", entry.name);
        }
    }
}
