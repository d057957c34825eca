//! The FAQ of the stories: it knows about printers.

use frontdesk::desk::event::FaqReply;

pub fn reply(words: &str) -> FaqReply {
    let printer = ("printer".to_owned(), "How do I print?".to_owned());
    if words.is_empty() {
        FaqReply::Topics(vec![printer])
    } else if words.contains("printer") {
        FaqReply::Answer { id: printer.0, question: printer.1, text: "Switch it on.".to_owned() }
    } else if words.contains("print") {
        FaqReply::Suggestions(vec![printer])
    } else {
        FaqReply::Nothing
    }
}
