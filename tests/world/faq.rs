//! The FAQ of the stories: it knows about printers and rules.

use frontdesk::desk::action::Look;
use frontdesk::desk::event::FaqReply;

pub fn reply(look: &Look) -> FaqReply {
    match look {
        Look::Topics => FaqReply::Topics { entries: vec![printer(), paper()], all: 2 },
        Look::Words(words) if words.contains("printer") => answer("printer"),
        Look::Words(words) if words.contains("rules") => answer("rules"),
        Look::Words(words) if words.contains("print") => FaqReply::Suggestions(vec![printer(), paper()]),
        Look::Words(_) => FaqReply::Nothing,
        Look::Entry { id, .. } => answer(id),
    }
}

fn printer() -> (String, String) {
    ("printer".to_owned(), "How do I print?".to_owned())
}

fn paper() -> (String, String) {
    ("paper".to_owned(), "Paper".to_owned())
}

fn answer(id: &str) -> FaqReply {
    let (question, text) = match id {
        "printer" => ("How do I print?", "Switch it on.".to_owned()),
        "rules" => ("Which rules are there?", rules()),
        _ => return FaqReply::Gone,
    };
    FaqReply::Answer { id: id.to_owned(), question: question.to_owned(), text }
}

fn rules() -> String {
    (1..=30)
        .map(|number| format!("{number}. Whatever you do, do it with care and for the good of all."))
        .collect::<Vec<_>>()
        .join("\n\n")
}
