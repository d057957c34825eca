//! What the FAQ answers is said, remembered, and learnt from.

use jid::Jid;

use super::Desk;
use super::action::{Asker, Look, Search};
use super::commands::Ask;
use super::dialogues::Step;
use super::event::FaqReply;
use super::ids::{ChatId, Nick};
use super::office::{Office, Out};
use super::paging;
use super::record::{FaqLesson, FaqProposal, FaqQuery, FaqVerdict, Record};
use super::wording::Language;
use super::wording::faq::{self, Part, Rescue};

/// Somebody has asked the FAQ.
pub(super) struct Asking<'a> {
    /// Who.
    pub asker: &'a Asker,
    /// Whom the answer is meant for, if they named somebody.
    pub address: Option<Nick>,
    /// In which language.
    pub language: Language,
}

impl Office {
    /// Has the FAQ searched for what somebody asks.
    ///
    /// # Errors
    /// There is nothing to search for; the sentence says why.
    pub(super) fn ask_faq(&mut self, ask: Ask, asking: Asking<'_>, out: &mut Out) -> Result<(), String> {
        let Asking { asker, address, language } = asking;
        let Step { look, address: before } = self.dialogues.step(asker, ask.wanted, language, out.mono())?;
        out.search(Search { asker: asker.clone(), look, language, address: address.or(before) });
        Ok(())
    }

    /// What the FAQ says to whoever searched. What they may come back to is kept.
    fn faq_says(&mut self, search: &Search, reply: &FaqReply, rescue: Rescue<'_>, out: &mut Out) -> String {
        let Search { asker, look, language, address } = search;
        let now = out.mono();
        if matches!(look, Look::Words(_)) {
            self.dialogues.begin_anew(asker);
        }
        note(search, reply, out);
        match (reply, look) {
            (FaqReply::Answer { id, question, text }, look) => {
                let number = if let Look::Entry { part, .. } = look { *part } else { 0 };
                let Some((text, more)) = paging::part(text, number) else { return faq::gone(*language) };
                let unfinished = more.then(|| (id.clone(), number + 1));
                self.dialogues.answered(asker, unfinished, address.clone(), now);
                let words = faq::answer(*language, &Part { id, question, text, first: number == 0, more });
                address.as_ref().map_or_else(|| words.clone(), |nick| faq::addressed(&nick.0, &words))
            }
            (FaqReply::Suggestions(entries), Look::Words(words)) => {
                let ids = entries.iter().map(|(id, _)| id.clone()).collect();
                self.dialogues.suggested(asker, words, ids, address.clone(), now);
                faq::suggestions(*language, entries, rescue)
            }
            (FaqReply::Topics { entries, all }, _) => faq::topics(*language, entries, *all),
            (FaqReply::Gone | FaqReply::Suggestions(_), _) => faq::gone(*language),
            (FaqReply::Nothing, _) => faq::nothing_found(*language, rescue),
        }
    }
}

impl Desk {
    /// The FAQ was searched.
    pub(super) fn faq_answered(&mut self, search: &Search, reply: &FaqReply, out: &mut Out) {
        match &search.asker {
            Asker::Room(id) => self.with_chat(*id, out, |chat, office, out| {
                let rescue = chat.rescue(office, out);
                let words = office.faq_says(search, reply, rescue, out);
                chat.answer(words, out);
            }),
            Asker::Person(to) => {
                let account = self.office.settings.account.clone();
                let operator = self.office.operators.find(to).is_some();
                let rescue = if operator { Rescue::None } else { Rescue::ByInviting(account.as_str()) };
                let words = self.office.faq_says(search, reply, rescue, out);
                self.reply(to.clone(), words, search.language, out);
            }
        }
    }

    /// Somebody asks the FAQ directly.
    pub(super) fn asked_directly(&mut self, ask: Ask, from: &Jid, language: Language, out: &mut Out) {
        if ask.address.is_some() {
            return self.reply(from.clone(), faq::nobody_else_here(language), language, out);
        }
        let asking = Asking { asker: &Asker::Person(from.clone()), address: None, language };
        if let Err(sentence) = self.office.ask_faq(ask, asking, out) {
            self.reply(from.clone(), sentence, language, out);
        }
    }
}

fn chat_of(asker: &Asker) -> Option<ChatId> {
    match asker {
        Asker::Room(chat) => Some(*chat),
        Asker::Person(_) => None,
    }
}

/// Every question is kept, with what came of it and without who asked.
fn note(search: &Search, reply: &FaqReply, out: &mut Out) {
    match (&search.look, reply) {
        (Look::Words(words), FaqReply::Answer { id, .. }) => keep(search, words, FaqVerdict::Answer, Some(id), out),
        (Look::Words(words), FaqReply::Suggestions(entries)) => {
            keep(search, words, FaqVerdict::Suggestions, entries.first().map(|(id, _)| id), out);
        }
        (Look::Words(words), _) => keep(search, words, FaqVerdict::None, None, out),
        (Look::Entry { picked_for: Some(words), .. }, FaqReply::Answer { id, .. }) => {
            keep(search, words, FaqVerdict::Picked, Some(id), out);
            propose_alias(search, words, id, out);
        }
        (Look::Topics | Look::Entry { .. }, _) => {}
    }
}

fn keep(search: &Search, words: &str, verdict: FaqVerdict, entry: Option<&String>, out: &mut Out) {
    out.remember(Record::FaqAsked(Box::new(FaqQuery {
        chat: chat_of(&search.asker),
        at: out.stamp.at.wall,
        words: words.to_owned(),
        language: search.language,
        verdict,
        entry: entry.cloned(),
    })));
}

/// Who picks an entry says that it answers what they had asked: perhaps another way to ask for it.
fn propose_alias(search: &Search, words: &str, entry: &str, out: &mut Out) {
    out.remember(Record::FaqProposed(Box::new(FaqProposal {
        chat: chat_of(&search.asker),
        at: out.stamp.at.wall,
        question: words.to_owned(),
        language: search.language,
        lesson: FaqLesson::Alias { entry: entry.to_owned() },
    })));
}
