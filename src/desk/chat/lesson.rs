//! What an operator answered to what the guest asked: `!learn` makes a FAQ entry of it.

use super::Chat;
use super::stage::{Person, Stage, Visit};
use crate::desk::action::Asker;
use crate::desk::answering::Asking;
use crate::desk::commands::{Ask, Command, Wanted};
use crate::desk::ids::{Nick, OperatorId};
use crate::desk::office::{Office, Out};
use crate::desk::record::{FaqLesson, FaqProposal, LineKind, LineRecord, Record, Speaker};
use crate::desk::wording::faq::{self, Rescue};

/// How much of the guest's and of the operator's words is kept, in bytes. What is more is no FAQ entry.
const QUESTION_MAX: usize = 300;
const ANSWER_MAX: usize = 8_000;
/// How many lines of the guest since the operator's last one are kept.
const LINES_MAX: usize = 10;

/// The last answer, and what it answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Exchange {
    /// What the guest has said since the last answer.
    asking: Vec<String>,
    /// What the guest had said before the last answer.
    question: Vec<String>,
    /// The last answer's lines.
    answer: Vec<String>,
}

impl Exchange {
    /// As the last lines tell it.
    pub(super) fn restored(lines: &[LineRecord]) -> Self {
        let mut exchange = Self::default();
        for line in lines.iter().filter(|line| line.kind == LineKind::Said) {
            match (line.speaker, Command::parse(&line.body)) {
                (Speaker::Operator, None) => exchange.answered(&line.body),
                (Speaker::Guest, command) => exchange.asked_or_commanded(&line.body, command.as_ref()),
                _ => {}
            }
        }
        exchange
    }

    /// The guest said something. What they asked the FAQ is a question as well.
    pub(super) fn asked_or_commanded(&mut self, words: &str, command: Option<&Command>) {
        match command {
            None => self.asked(words),
            Some(Command::Faq(Ask { wanted: Wanted::Words(words), .. })) => self.asked(words),
            Some(_) => {}
        }
    }

    fn asked(&mut self, words: &str) {
        self.asking.push(cut(words, QUESTION_MAX).to_owned());
        if self.asking.len() > LINES_MAX {
            self.asking.remove(0);
        }
    }

    /// An operator said something. What the guest says before that is what it answers.
    pub(super) fn answered(&mut self, words: &str) {
        if !self.asking.is_empty() {
            self.question = std::mem::take(&mut self.asking);
            self.answer.clear();
        }
        let room = ANSWER_MAX.saturating_sub(self.answer.iter().map(String::len).sum());
        if room > 0 {
            self.answer.push(cut(words, room).to_owned());
        }
    }

    /// The line that looks most like a question: the last with a question mark, or the longest.
    fn likely_question(&self) -> Option<&String> {
        let asks = self.question.iter().rev().find(|line| line.contains(['?', '？', '؟']));
        asks.or_else(|| self.question.iter().max_by_key(|line| line.chars().count()))
    }
}

fn cut(words: &str, bytes: usize) -> &str {
    words.get(..words.floor_char_boundary(bytes)).unwrap_or_default()
}

impl Chat {
    /// Who answers what, for `!learn`.
    pub(super) fn follow_exchange(&mut self, person: Person, words: &str, command: Option<&Command>) {
        match (person, command) {
            (Person::Operator(_), None) => self.exchange.answered(words),
            (Person::Guest, command) => self.exchange.asked_or_commanded(words, command),
            _ => {}
        }
    }

    /// Somebody asks the FAQ in the room.
    pub(super) fn ask_faq(&mut self, ask: Ask, office: &mut Office, out: &mut Out) {
        let address = match &ask.address {
            Some(name) => match self.here(name) {
                Some(nick) => Some(nick),
                None => return self.say(faq::nobody_of_that_name(self.language), out),
            },
            None => None,
        };
        let asking = Asking { asker: &Asker::Room(self.id), address, language: self.language };
        if let Err(sentence) = office.ask_faq(ask, asking, out) {
            self.say(sentence, out);
        }
    }

    /// The nick of somebody in the room who is called so; case does not count where nobody else is meant.
    fn here(&self, name: &str) -> Option<Nick> {
        let Visit::Inside(inside) = &self.visit else { return None };
        let lower = name.to_lowercase();
        let mut nicks = inside.occupants.keys();
        let exactly = nicks.clone().find(|nick| *nick.0 == *name);
        exactly.or_else(|| nicks.find(|nick| nick.0.to_lowercase() == lower)).cloned()
    }

    /// What becomes of a guest whom the FAQ cannot help.
    pub(in crate::desk) fn rescue<'a>(&self, office: &Office, out: &Out) -> Rescue<'a> {
        match &*self.stage {
            Stage::Serving(_) => Rescue::Here,
            Stage::Waiting | Stage::Offered(_) if self.marks.after_hours => {
                let opens = office.queue_opens(&self.queue, out.stamp.at.wall);
                opens.map_or(Rescue::None, |_| Rescue::WhenOpen)
            }
            Stage::Waiting | Stage::Offered(_) | Stage::Joining => Rescue::Coming,
            Stage::Pleading(_) | Stage::Closing(_) | Stage::Closed(_) => Rescue::None,
        }
    }

    /// Is this operator in the room?
    pub(in crate::desk) fn has_inside(&self, operator: OperatorId) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        inside.occupants.values().any(|occupant| occupant.person == Person::Operator(operator))
    }

    /// `!learn`: the last answer becomes a proposal for the FAQ. Says what to tell the operator.
    pub(in crate::desk) fn learn(
        &self,
        question: Option<&str>,
        by: OperatorId,
        office: &Office,
        out: &mut Out,
    ) -> Result<String, String> {
        if self.exchange.answer.is_empty() {
            return Err(faq::nothing_to_learn());
        }
        let question = question.map(str::to_owned).or_else(|| self.exchange.likely_question().cloned());
        let question = cut(&question.ok_or_else(faq::no_question)?, QUESTION_MAX).to_owned();
        let Some(by) = office.operators.get(by).map(|who| who.settings.jid.clone()) else {
            return Err(faq::nothing_to_learn());
        };
        let told = faq::proposed(&question);
        let lesson = FaqLesson::Entry { answer: self.exchange.answer.join("\n"), by };
        let (chat, at, language) = (Some(self.id), out.stamp.at.wall, self.language);
        out.remember(Record::FaqProposed(Box::new(FaqProposal { chat, at, question, language, lesson })));
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_belongs_to_what_was_asked_before_it() {
        let mut exchange = Exchange::default();
        exchange.answered("Hello!");
        for words in ["hi", "How do I print?", "it is urgent"] {
            exchange.asked(words);
        }
        exchange.answered("Switch it on.");
        exchange.answered("Then wait.");
        exchange.asked("thank you so very much, that helped");
        assert_eq!(exchange.likely_question().map(String::as_str), Some("How do I print?"));
        assert_eq!(exchange.answer, ["Switch it on.", "Then wait."]);
        exchange.answered("You are welcome.");
        assert_eq!(exchange.answer, ["You are welcome."]);
    }

    #[test]
    fn what_is_endless_is_cut() {
        let mut exchange = Exchange::default();
        for _ in 0..1_000 {
            exchange.asked(&"ü".repeat(1_000));
        }
        assert_eq!(exchange.asking.len(), LINES_MAX);
        for _ in 0..1_000 {
            exchange.answered(&"ü".repeat(1_000));
        }
        assert!(exchange.answer.concat().len() <= ANSWER_MAX);
        assert!(exchange.question.iter().all(|line| line.len() <= QUESTION_MAX));
    }
}
