//! What the FAQ was last asked, by whom: `?? 2` and `?? more` are about that. In memory alone, for a while; whoever comes
//! back to it later is told to ask once more.

use std::collections::BTreeMap;
use std::time::Duration;

use super::action::{Asker, Look};
use super::commands::Wanted;
use super::ids::{ChatId, Nick};
use super::moment::Mono;
use super::wording::{self, Language};

/// How long what was suggested can be picked.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// So many dialogues are remembered; whoever has been silent for longest is forgotten first.
const DIALOGUES_MAX: usize = 1_000;

/// What was said last, for each who asks: in a room for the room, directly for the person.
#[derive(Debug, Clone, Default)]
pub struct Dialogues(BTreeMap<Asker, Dialogue>);

#[derive(Debug, Clone)]
struct Dialogue {
    /// When it went on last.
    at: Mono,
    /// What was asked, and what was suggested for it: entries' ids.
    suggested: Option<(String, Vec<String>)>,
    /// Whom the answer was meant for.
    address: Option<Nick>,
    /// The answer that goes on, and with which part.
    unfinished: Option<(String, usize)>,
}

/// What is to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub look: Look,
    /// Whom the answer was meant for until now.
    pub address: Option<Nick>,
}

impl Dialogues {
    /// What somebody's words behind `??` mean.
    ///
    /// # Errors
    /// They mean something that is not remembered; the sentence says so.
    pub fn step(&self, asker: &Asker, wanted: Wanted, language: Language, now: Mono) -> Result<Step, String> {
        let known = self.0.get(asker).filter(|dialogue| now.since(dialogue.at) < REMEMBERED);
        let fresh = |look| Ok(Step { look, address: None });
        match wanted {
            Wanted::Topics => fresh(Look::Topics),
            Wanted::Words(words) => fresh(Look::Words(words)),
            Wanted::Pick(number) => pick(known, number, language),
            Wanted::More => {
                let unfinished = known.and_then(|known| Some((known, known.unfinished.clone()?)));
                let (known, (id, part)) = unfinished.ok_or_else(|| wording::faq::no_more(language))?;
                Ok(Step { look: Look::Entry { id, part, picked_for: None }, address: known.address.clone() })
            }
        }
    }

    /// Entries were suggested for these words.
    pub fn suggested(&mut self, asker: &Asker, words: &str, ids: Vec<String>, address: Option<Nick>, now: Mono) {
        let dialogue = self.of(asker, now);
        dialogue.suggested = Some((words.to_owned(), ids));
        (dialogue.address, dialogue.unfinished) = (address, None);
    }

    /// An answer was given, to the words or one that was picked; perhaps it goes on with another part.
    pub fn answered(&mut self, asker: &Asker, unfinished: Option<(String, usize)>, address: Option<Nick>, now: Mono) {
        let dialogue = self.of(asker, now);
        (dialogue.address, dialogue.unfinished) = (address, unfinished);
    }

    /// Something else was asked: what was suggested before is no longer meant.
    pub fn begin_anew(&mut self, asker: &Asker) {
        self.0.remove(asker);
    }

    /// Nobody asks in this room any more.
    pub fn close(&mut self, chat: ChatId) {
        self.0.remove(&Asker::Room(chat));
    }

    fn of(&mut self, asker: &Asker, now: Mono) -> &mut Dialogue {
        if !self.0.contains_key(asker) && self.0.len() >= DIALOGUES_MAX {
            let silent = self.0.iter().min_by_key(|(_, dialogue)| dialogue.at).map(|(asker, _)| asker.clone());
            silent.and_then(|asker| self.0.remove(&asker));
        }
        let new = Dialogue { at: now, suggested: None, address: None, unfinished: None };
        let dialogue = self.0.entry(asker.clone()).or_insert(new);
        dialogue.at = now;
        dialogue
    }
}

fn pick(known: Option<&Dialogue>, number: usize, language: Language) -> Result<Step, String> {
    let suggested = known.and_then(|known| Some((known, known.suggested.as_ref()?)));
    let (known, (words, ids)) = suggested.ok_or_else(|| wording::faq::nothing_to_pick(language))?;
    let id = number.checked_sub(1).and_then(|index| ids.get(index));
    let id = id.ok_or_else(|| wording::faq::too_high(language, ids.len()))?.clone();
    let look = Look::Entry { id, part: 0, picked_for: Some(words.clone()) };
    Ok(Step { look, address: known.address.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::English;

    fn room(id: i64) -> Asker {
        Asker::Room(ChatId(id))
    }

    fn picks(dialogues: &Dialogues, asker: &Asker, now: Mono) -> bool {
        dialogues.step(asker, Wanted::Pick(1), English, now).is_ok()
    }

    #[test]
    fn what_was_suggested_is_forgotten_after_an_hour() {
        let mut dialogues = Dialogues::default();
        dialogues.suggested(&room(1), "words", vec!["a".to_owned()], None, Mono(0));
        assert!(picks(&dialogues, &room(1), Mono(0) + Duration::from_secs(3_599)));
        assert!(!picks(&dialogues, &room(1), Mono(0) + REMEMBERED));
        assert!(!picks(&dialogues, &room(2), Mono(0)));
    }

    #[test]
    fn whoever_was_silent_for_longest_is_forgotten_when_they_are_too_many() {
        let mut dialogues = Dialogues::default();
        for number in 0..=1_000 {
            let now = Mono(0) + Duration::from_millis(number);
            dialogues.suggested(&room(number.cast_signed()), "words", vec!["a".to_owned()], None, now);
        }
        assert_eq!(dialogues.0.len(), DIALOGUES_MAX);
        assert!(!picks(&dialogues, &room(0), Mono(0)));
        assert!(picks(&dialogues, &room(1), Mono(0)) && picks(&dialogues, &room(1_000), Mono(0)));
    }
}
