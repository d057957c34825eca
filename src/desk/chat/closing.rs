//! The end: last words, heard in the room; then the room is closed; then the chat has its outcome.

use std::time::Duration;

use super::catching_up::PAGE;
use super::stage::{Closing, ClosingStep, Inside, Stage, Visit};
use super::{Chat, LineDraft};
use crate::desk::action::{Notice, Question, Speech};
use crate::desk::event::{Answer, Role};
use crate::desk::guest_state::GuestState;
use crate::desk::ids::OperatorId;
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};
use crate::desk::record::{LineKind, Outcome, Speaker};
use crate::desk::wording;

/// How long we wait to hear our last words, and how long for the room to be closed.
const POLITENESS: Duration = Duration::from_secs(5);

/// A chat that was being closed when the desk stopped: its last words were said, or are not worth saying any more.
pub(super) fn restored(outcome: Option<Outcome>, operator: Option<OperatorId>, now: Mono) -> Stage {
    Stage::Closing(Closing {
        outcome: outcome.unwrap_or(Outcome::Lost),
        operator,
        limit: now + POLITENESS,
        step: ClosingStep::LastWords,
    })
}

impl Chat {
    /// The guest was gone for too long.
    pub(super) fn guest_stayed_away(&mut self, office: &mut Office, out: &mut Out) {
        let outcome = self.outcome_by_talk(if self.marks.came { Outcome::Abandoned } else { Outcome::Missed });
        self.close(outcome, wording::guest_gone(self.language), "the guest has gone", office, out);
    }

    /// `!close` by the operator who serves the chat, or who supervises its queue.
    pub fn close_by_operator(
        &mut self,
        operator: OperatorId,
        note: Option<String>,
        office: &mut Office,
        out: &mut Out,
    ) -> bool {
        if self.stage.ending() {
            return false;
        }
        if let Some(note) = note {
            let mut draft = LineDraft::new(LineKind::Note, Speaker::Operator, note);
            draft.jid = office.operators.get(operator).map(|who| who.settings.jid.to_string());
            self.line(draft, out);
        }
        let name = office.name(operator).to_owned();
        let words = wording::closed_by_operator(self.language, &name);
        let outcome = self.outcome_by_talk(Outcome::Missed);
        if !self.operator_is_inside(operator) && !self.served_by(operator) {
            self.tell_operator(operator, wording::chat_over(self.id, "you have closed it"), office, out);
        }
        let why =
            if self.served_by(operator) { "you have closed it".to_owned() } else { format!("{name} has closed it") };
        self.close(outcome, words, &why, office, out);
        true
    }

    /// The desk is given up.
    pub fn retire(&mut self, office: &mut Office, out: &mut Out) {
        let outcome = self.outcome_by_talk(Outcome::Missed);
        self.close(outcome, wording::retired(self.language), "the desk is closing", office, out);
    }

    /// Begins to close: the last words are owed, and the room is closed once they are heard. Whoever has the chat and is
    /// not there to hear them is told why, lest they come into a room that is gone.
    pub(super) fn close(
        &mut self,
        outcome: Outcome,
        last_words: String,
        why: &str,
        office: &mut Office,
        out: &mut Out,
    ) {
        if self.stage.ending() {
            return;
        }
        self.revoke(office, out);
        let operator = self.stage.operator();
        if let Some(absent) = operator.filter(|who| self.served_by(*who) && !self.operator_is_inside(*who)) {
            self.tell_operator(absent, wording::chat_over(self.id, why), office, out);
        }
        self.say_how_it_stands(last_words, GuestState::Closed, out);
        let limit = out.mono() + POLITENESS;
        let step = ClosingStep::LastWords;
        self.enter_stage(Stage::Closing(Closing { outcome, operator, limit, step }), office, out);
    }

    /// The room has repeated our last words: nobody speaks any more, and what is in the archive and not in the record is
    /// looked for, before the room and its archive are gone.
    pub(super) fn last_words_heard(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Closing(closing) = self.stage.aside() else { return };
        if closing.step != ClosingStep::LastWords {
            return;
        }
        closing.step = ClosingStep::Past;
        closing.limit = out.mono() + PAGE;
        if !self.looks_back() {
            self.complete_record(office, out);
        }
    }

    /// We were thrown out while we were closing the room, and come back to do so.
    pub(super) fn begin_to_close_anew(&mut self, out: &Out) {
        let limit = out.mono() + POLITENESS;
        if let Stage::Closing(closing) = self.stage.aside() {
            (closing.step, closing.limit) = (ClosingStep::LastWords, limit);
        }
    }

    /// What was looked for is found, or never will be.
    pub(super) fn closing_caught_up(&mut self, office: &mut Office, out: &mut Out) {
        let limit = out.mono() + POLITENESS;
        let Stage::Closing(closing) = self.stage.aside() else { return };
        match closing.step {
            // Words that nobody had heard before we came back were said again just now.
            ClosingStep::Past if !self.owed.is_empty() => {
                (closing.step, closing.limit) = (ClosingStep::LastWords, limit)
            }
            ClosingStep::Past => self.complete_record(office, out),
            ClosingStep::Record => self.record_completed(office, out),
            ClosingStep::LastWords | ClosingStep::Doors => {}
        }
    }

    fn complete_record(&mut self, office: &mut Office, out: &mut Out) {
        if !self.archive_helps() {
            return self.close_doors(office, out);
        }
        let Stage::Closing(closing) = self.stage.aside() else { return };
        let limit = out.mono() + POLITENESS;
        closing.step = ClosingStep::Record;
        closing.limit = limit;
        self.silence_all(out);
        self.ask_archive(limit, out);
    }

    /// The archive is silent, or says no, and the room cannot wait: whoever reads the record shall know that.
    pub(super) fn closing_unconfirmed(&mut self, out: &mut Out) {
        let last_look = matches!(&*self.stage, Stage::Closing(closing) if closing.step == ClosingStep::Record);
        let Visit::Inside(inside) = &self.visit else { return };
        if let Some(place) = inside.absence.reached().filter(|_| last_look) {
            self.unconfirmed_behind(place, out);
        }
    }

    /// Where nobody could speak any more, whoever finds the room gone after a crash shall know that nothing is missing.
    fn record_completed(&mut self, office: &mut Office, out: &mut Out) {
        if matches!(&self.visit, Visit::Inside(inside) if inside.silences_all()) {
            *self.closed_at = Some(out.stamp.at.wall);
        }
        self.close_doors(office, out);
    }

    fn silence_all(&self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if inside.role != Role::Moderator {
            return;
        }
        let loud = inside.occupants.iter().filter(|(_, occupant)| occupant.role == Role::Participant);
        for (nick, _) in loud {
            out.ask(Question::Silence { room: self.room.clone(), nick: nick.clone() });
        }
    }

    /// Closes the room, or leaves it.
    pub(super) fn close_doors(&mut self, office: &mut Office, out: &mut Out) {
        let _ = office;
        let Stage::Closing(closing) = self.stage.aside() else { return };
        closing.step = ClosingStep::Doors;
        closing.limit = out.mono() + POLITENESS;
        let Visit::Inside(inside) = &self.visit else { return };
        if inside.owner() {
            out.ask_for_good(Question::Destroy { room: self.room.clone(), reason: wording::room_closed() });
        } else {
            out.speak(Speech::Leave { room: self.room.clone(), nick: inside.nick.clone() });
        }
    }

    /// The room says that it is destroyed, or that it will not be.
    pub(super) fn destroyed(&mut self, answer: &Answer, office: &mut Office, out: &mut Out) {
        let Stage::Closing(Closing { step: ClosingStep::Doors, outcome, .. }) = &*self.stage else { return };
        let outcome = *outcome;
        if *answer == Answer::Done {
            self.visit = Visit::Outside;
        }
        self.shut(outcome, office, out);
    }

    /// Politeness has its limits.
    pub(super) fn closing_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Closing(closing) = &*self.stage else { return };
        let (step, outcome) = (closing.step, closing.outcome);
        match (step, &self.visit) {
            (ClosingStep::LastWords, Visit::Inside(_)) => self.last_words_heard(office, out),
            (ClosingStep::Past | ClosingStep::Record, Visit::Inside(_)) => {
                self.closing_unconfirmed(out);
                self.settle_by_history(out);
                self.close_doors(office, out);
            }
            // Not in the room (any more): whoever comes back from a lost link enters, and closes then.
            (_, Visit::Queued { .. } | Visit::Entering(_)) => {}
            (ClosingStep::LastWords | ClosingStep::Past | ClosingStep::Record, Visit::Outside) => {
                self.gap_since_last_visit(out);
                self.shut(outcome, office, out);
            }
            (ClosingStep::Doors, _) => self.shut(outcome, office, out),
        }
    }

    /// Ends a chat whose room cannot be reached: nothing can be said there. Whoever serves is told why.
    pub(super) fn end(&mut self, outcome: Outcome, why: &str, office: &mut Office, out: &mut Out) {
        let outcome = match &*self.stage {
            Stage::Closing(closing) => closing.outcome,
            _ => outcome,
        };
        self.revoke(office, out);
        if let Stage::Serving(service) = &*self.stage {
            let operator = service.operator;
            self.tell_operator(operator, wording::chat_over(self.id, why), office, out);
        }
        if self.marks.entered && self.listens_directly() && !self.stage.ending() {
            self.tell_of_the_loss(office, out);
        }
        self.shut(outcome, office, out);
    }

    /// The chat is over. Nobody is left with a silent desk in their room.
    pub(super) fn shut(&mut self, outcome: Outcome, office: &mut Office, out: &mut Out) {
        self.release_held(office, out);
        self.settle_by_history(out);
        if let Visit::Inside(inside) = &self.visit {
            out.speak(Speech::Leave { room: self.room.clone(), nick: inside.nick.clone() });
        }
        self.leave_the_door(out);
        self.carry_last_words(out);
        // An operator's words may have come while the last words were being said.
        let outcome = self.outcome_by_talk(outcome);
        *self.closed_at = Some(out.stamp.at.wall);
        self.hand_in_message(office, out);
        if let (Outcome::Answered, Some(operator)) = (outcome, self.server.clone()) {
            let id = self.facts.trusted_of(&self.guest).map(|trusted| trusted.id.as_str());
            office.returning.served_by(&self.guest, id, &operator);
        }
        self.visit = Visit::Outside;
        self.enter_stage(Stage::Closed(outcome), office, out);
        out.report(Notice::ChatClosed { chat: self.id, outcome });
    }
}

impl Inside {
    /// May we take everybody's voice?
    fn silences_all(&self) -> bool {
        self.role == Role::Moderator && self.occupants.values().all(|occupant| occupant.role != Role::Moderator)
    }
}
