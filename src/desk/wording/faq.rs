//! What the FAQ has to say, and what is said about it.

use super::Language::{self, English, German};
use super::quoted;

/// The most topics that `??` lists.
const TOPICS_MAX: usize = 40;
/// A question and an answer that are no longer together, in characters, stand on one line.
const ONE_LINE_MAX: usize = 200;

/// What a guest reads besides "I do not know".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rescue<'a> {
    /// An operator is being looked for.
    Coming,
    /// Nobody is there now; somebody will be when the queue opens.
    WhenOpen,
    /// An operator serves them in this room.
    Here,
    /// They write directly, and may invite the desk's account into a room.
    ByInviting(&'a str),
    /// Nothing: whoever asks is an operator.
    None,
}

/// Part of an entry's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// The entry's id.
    pub id: &'a str,
    /// Its question.
    pub question: &'a str,
    /// The words of this part.
    pub text: &'a str,
    /// It is the first one.
    pub first: bool,
    /// More of the answer comes behind it.
    pub more: bool,
}

/// An answer, or part of it. It names its entry, so that operators can correct it.
pub fn answer(language: Language, part: &Part<'_>) -> String {
    let Part { id, question, text, first, more } = part;
    match (first, more) {
        (true, false) if fits_one_line(part) => format!("{} {text} [{id}]", announced(question)),
        (true, false) => format!("{question}\n{text}\n[{id}]"),
        (true, true) => format!("{question}\n{text}\n[{id}] {}", goes_on(language)),
        (false, false) => format!("{text}\n[{id}]"),
        (false, true) => format!("{text}\n[{id}] {}", goes_on(language)),
    }
}

fn fits_one_line(part: &Part<'_>) -> bool {
    !part.text.contains('\n') && part.question.chars().count() + part.text.chars().count() < ONE_LINE_MAX
}

/// "Where is it?" "Where is it:"
fn announced(question: &str) -> String {
    if question.ends_with(char::is_alphanumeric) { format!("{question}:") } else { question.to_owned() }
}

fn goes_on(language: Language) -> &'static str {
    match language {
        English => "`?? more` shows how it goes on.",
        German => "`?? mehr` zeigt, wie es weitergeht.",
    }
}

/// The word behind `??` that asks how an answer goes on.
fn more(language: Language) -> &'static str {
    match language {
        English => "more",
        German => "mehr",
    }
}

/// Is this the word for more, in whatever language?
pub fn asks_for_more(words: &str) -> bool {
    Language::ALL.iter().any(|language| words.eq_ignore_ascii_case(more(*language)))
}

/// Words that are meant for somebody in the room.
pub fn addressed(nick: &str, words: &str) -> String {
    format!("{nick}: {words}")
}

/// What comes near, numbered; and what if none of it is meant.
pub fn suggestions(language: Language, entries: &[(String, String)], rescue: Rescue<'_>) -> String {
    let mut text = match language {
        English => "I am not sure. Did you mean:",
        German => "Ich bin nicht sicher. Meinten Sie:",
    }
    .to_owned();
    for (number, (_, question)) in (1..).zip(entries) {
        text.push_str(&format!("\n{number}. {question}"));
    }
    text.push_str(match (language, entries.len()) {
        (English, 1) => "\nWrite `?? 1` to read it.",
        (English, _) => "\nWrite `?? 1` for the first, and so on.",
        (German, 1) => "\nSchreiben Sie `?? 1`, um es zu lesen.",
        (German, _) => "\nSchreiben Sie `?? 1` für das erste, und so weiter.",
    });
    if let Some(help) = help(language, rescue) {
        text.push_str(match language {
            English => " If none of these: ",
            German => " Wenn nichts davon passt: ",
        });
        text.push_str(&help);
    }
    text
}

/// There is no answer.
pub fn nothing_found(language: Language, rescue: Rescue<'_>) -> String {
    let no = match language {
        English => "I have no answer to that",
        German => "Darauf habe ich keine Antwort",
    };
    let topics = match language {
        English => "`??` lists the topics.",
        German => "`??` zählt die Themen auf.",
    };
    match help(language, rescue) {
        Some(help) => format!("{no}; {help} {topics}"),
        None => format!("{no}. {topics}"),
    }
}

fn help(language: Language, rescue: Rescue<'_>) -> Option<String> {
    match (language, rescue) {
        (_, Rescue::None) => None,
        (English, Rescue::Coming) => Some("an operator will help you.".to_owned()),
        (German, Rescue::Coming) => Some("gleich hilft Ihnen ein Mensch.".to_owned()),
        (English, Rescue::WhenOpen) => Some("an operator will help you when we are open again.".to_owned()),
        (German, Rescue::WhenOpen) => Some("ein Mensch hilft Ihnen, wenn wir wieder geöffnet haben.".to_owned()),
        (English, Rescue::Here) => Some("the operator here will help you.".to_owned()),
        (German, Rescue::Here) => Some("der Mensch, der hier bei Ihnen ist, hilft Ihnen.".to_owned()),
        (English, Rescue::ByInviting(account)) => {
            Some(format!("an operator will help you if you invite {account} to a private group-chat room."))
        }
        (German, Rescue::ByInviting(account)) => {
            Some(format!("ein Mensch hilft Ihnen, wenn Sie {account} in einen privaten Gruppenraum einladen."))
        }
    }
}

/// A number was written, and nothing was suggested that it could mean.
pub fn nothing_to_pick(language: Language) -> String {
    match language {
        English => "I have not suggested anything lately, or I have forgotten it. Please ask once more: `?? words`",
        German => {
            "Ich habe in letzter Zeit nichts vorgeschlagen, oder ich habe es vergessen. Bitte fragen Sie noch einmal: \
             `?? Wörter`"
        }
    }
    .to_owned()
}

/// A number was written that is too high.
pub fn too_high(language: Language, number: usize) -> String {
    match (language, number) {
        (English, 1) => "I suggested only one: `?? 1`".to_owned(),
        (English, _) => format!("I suggested only {number}: `?? 1` to `?? {number}`"),
        (German, 1) => "Ich habe nur eines vorgeschlagen: `?? 1`".to_owned(),
        (German, _) => format!("Ich habe nur {number} vorgeschlagen: `?? 1` bis `?? {number}`"),
    }
}

/// `?? more`, and there is no more.
pub fn no_more(language: Language) -> String {
    match language {
        English => "There is no answer that goes on, or I have forgotten which. Please ask once more: `?? words`",
        German => {
            "Es gibt keine Antwort, die weitergeht, oder ich habe vergessen, welche. Bitte fragen Sie noch einmal: \
             `?? Wörter`"
        }
    }
    .to_owned()
}

/// The entry that was chosen was removed meanwhile.
pub fn gone(language: Language) -> String {
    match language {
        English => "That answer was changed or removed meanwhile. Please ask once more: `?? words`",
        German => "Diese Antwort wurde inzwischen geändert oder entfernt. Bitte fragen Sie noch einmal: `?? Wörter`",
    }
    .to_owned()
}

/// `?? words | nick`, and nobody here is called so.
pub fn nobody_of_that_name(language: Language) -> String {
    match language {
        English => "Nobody of that name is in this room. Behind `|` stands the name of somebody who is here.",
        German => "In diesem Raum heißt niemand so. Hinter `|` steht der Name von jemandem, der hier ist.",
    }
    .to_owned()
}

/// `?? words | nick`, directly.
pub fn nobody_else_here(language: Language) -> String {
    match language {
        English => "Nobody else reads this. `?? words | nick` tells somebody in a room; here write `?? words` alone.",
        German => {
            "Hier liest niemand sonst mit. `?? Wörter | Name` sagt es jemandem in einem Raum; hier schreiben Sie nur \
             `?? Wörter`."
        }
    }
    .to_owned()
}

/// What there is.
pub fn topics(language: Language, entries: &[(String, String)], all: usize) -> String {
    if entries.is_empty() {
        return match language {
            English => "There are no topics yet.".to_owned(),
            German => "Es gibt noch keine Themen.".to_owned(),
        };
    }
    let mut text = match language {
        English => "Ask me about (`?? words`):",
        German => "Fragen Sie mich nach (`?? Wörter`):",
    }
    .to_owned();
    for (_, question) in entries.iter().take(TOPICS_MAX) {
        text.push_str(&format!("\n- {question}"));
    }
    let more = all.saturating_sub(entries.len().min(TOPICS_MAX));
    match (more, language) {
        (0, _) => {}
        (more, English) => text.push_str(&format!("\n… and {more} more")),
        (more, German) => text.push_str(&format!("\n… und {more} weitere")),
    }
    text
}

// To operators, directly

/// `!learn` was heard.
pub fn proposed(question: &str) -> String {
    format!(
        "{}Proposed as a FAQ entry, with the answer given here. `frontdesk faq review` accepts it.",
        quoted(question)
    )
}

/// `!learn`, and there is no answer to learn from.
pub fn nothing_to_learn() -> String {
    "There is nothing to learn yet: no operator has answered the guest in this chat.".to_owned()
}

/// `!learn`, and there is an answer, but no question of the guest before it.
pub fn no_question() -> String {
    "I have not heard what the guest asked. Write the question yourself: `!learn How do I …?`".to_owned()
}
