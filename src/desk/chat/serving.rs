//! Whoever has the chat: they come, type, speak, stay silent, go; and what becomes of the chat then.

use std::time::Duration;

use super::stage::{Reply, Service, Stage, Visit};
use super::{Chat, LineDraft};
use crate::desk::action::Notice;
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{Nick, OperatorId};
use crate::desk::office::{Office, Out};
use crate::desk::record::{ChoiceKind, LineKind, Speaker};
use crate::desk::routing::Reasons;
use crate::desk::wording::{self, duty};

/// An operator who lost a chat by silence or absence is not asked for it again for so long.
const LOST: Duration = Duration::from_secs(300);

impl Chat {
    /// An operator is in the room.
    pub(super) fn operator_arrived(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let may_take = self.may_take(operator, office);
        match self.stage.aside() {
            Stage::Offered(offer) if offer.operators.contains(&operator) => self.accept(operator, office, out),
            Stage::Serving(service) if service.operator == operator => (service.gone, service.came) = (None, true),
            Stage::Serving(Service { transfer: Some(transfer), .. }) if transfer.to == operator => {
                self.hand_over(office, out);
            }
            Stage::Serving(service) if service.invited.contains(&operator) => {}
            Stage::Waiting if may_take => {
                self.note_taken(operator, office, out);
                self.accept(operator, office, out);
            }
            Stage::Offered(_) | Stage::Serving(_) | Stage::Waiting => self.visitor(operator, office, out),
            Stage::Joining | Stage::Pleading(_) | Stage::Closing(_) | Stage::Closed(_) => {}
        }
    }

    /// May this operator take the chat without having been asked? After hours too: nobody is called then, but who comes by
    /// themselves is welcome.
    pub fn may_take(&self, operator: OperatorId, office: &Office) -> bool {
        self.waits() && office.queue(&self.queue).is_some_and(|queue| office.may_serve(operator, queue))
    }

    /// An operator who is not this chat's: told at once, so that nobody is fooled. Who came in is willing, and may be
    /// asked again.
    fn visitor(&mut self, operator: OperatorId, office: &Office, out: &mut Out) {
        self.passed.remove(&operator);
        let owner = match &*self.stage {
            Stage::Serving(service) => Some(office.name(service.operator)),
            _ => None,
        };
        let sentence = wording::not_your_chat(self.id, owner);
        self.tell_operator(operator, sentence, office, out);
    }

    /// How long an operator of this chat's queue may stay silent at first.
    pub(super) fn first_reply(&self, office: &Office) -> Duration {
        office.queue(&self.queue).map(|queue| queue.first_reply).unwrap_or_default()
    }

    /// Words of an operator are found that were said while we were away. (The nick tells who it was: enough to leave the
    /// chat with them, for nothing else follows from it.)
    pub(super) fn reply_heard(&mut self, operator: OperatorId) {
        if let Stage::Serving(service) = self.stage.aside()
            && service.operator == operator
        {
            service.reply = Reply::Given;
            self.marks.replied = true;
            *self.waits_since = None;
        }
    }

    /// An operator said something in the room: `words` for the guest, or a command.
    pub(super) fn operator_spoke(&mut self, operator: OperatorId, words: bool, office: &mut Office, out: &mut Out) {
        self.marks.answered = true;
        office.operators.answered(operator);
        if !words {
            return;
        }
        // Who talks with the guest helps them, though they had lost the chat.
        if self.may_take(operator, office) {
            self.note_taken(operator, office, out);
            self.accept(operator, office, out);
        }
        if self.served_by(operator) && self.guest_gone.is_none() {
            self.guest_is_helped(office, out);
        }
        self.reply_heard(operator);
    }

    /// Somebody whom we cannot see spoke: it may be whoever accepted by word, and is silent no more.
    pub(super) fn somebody_spoke(&mut self) {
        if let Stage::Serving(service) = self.stage.aside() {
            service.reply = Reply::Given;
            self.marks.replied = true;
        }
    }

    /// The guest hears from whoever has the chat: the wait is over, and a message that was left is read by whoever
    /// scrolls up.
    fn guest_is_helped(&mut self, office: &mut Office, out: &mut Out) {
        self.note_wait(office, out);
        self.withdraw_message(out);
        (self.marks.escalated, self.marks.message_asked, self.marks.after_hours) = (false, false, false);
    }

    /// An occupant types, or stopped: the time for the first words stands still while the operator types (XEP-0085).
    pub fn typing(&mut self, nick: &Nick, typing: bool, out: &Out) {
        let Some(person) = self.person(nick) else { return };
        if let Stage::Serving(service) = self.stage.aside()
            && person == super::stage::Person::Operator(service.operator)
        {
            service.reply = service.reply.typing(typing, out.mono());
        }
    }

    /// The operator accepted and says nothing: the chat goes to somebody else. Where real JIDs are invisible nobody can
    /// tell who is silent, and the chat stays.
    pub(super) fn operator_stayed_silent(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Serving(service) = &mut *self.stage else { return };
        let operator = service.operator;
        service.reply = Reply::Given;
        let came = service.came;
        let hidden = matches!(&self.visit, Visit::Inside(inside) if inside.hides_somebody());
        if !self.operator_is_inside(operator) && (came || hidden) {
            return;
        }
        let last_words = duty::operator_silent(self.language, office.name(operator));
        self.lose(operator, "they accepted and said nothing", last_words, office, out);
        self.tell_operator(operator, duty::taken_back_for_silence(self.id), office, out);
        self.missed_by(operator, office, out);
    }

    /// The operator is gone and did not return in time.
    pub(super) fn operator_stayed_away(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Serving(service) = &*self.stage else { return };
        let (operator, came) = (service.operator, service.came);
        let sentence = if came { wording::operator_left } else { wording::operator_did_not_come };
        let last_words = sentence(self.language, office.name(operator));
        self.lose(operator, "they left and did not come back", last_words, office, out);
        self.tell_operator(operator, wording::chat_taken_back(self.id), office, out);
    }

    /// Whoever had the chat was taken out of the configuration before the desk was started again, so it waits.
    pub(super) fn let_dismissed_go(&mut self, office: &Office, out: &mut Out) {
        if !matches!(*self.stage, Stage::Waiting) {
            return;
        }
        let Some(jid) = self.last_operator.take() else { return };
        let name = jid.node().map_or_else(|| jid.to_string(), |node| node.to_string());
        let mut draft = LineDraft::new(LineKind::Revoked, Speaker::Operator, name.clone());
        draft.jid = Some(jid.to_string());
        self.line(draft, out);
        let because = "they are no operator any more";
        self.choice(ChoiceKind::Revoked, vec![name.as_str().into()], because, Reasons::default(), office, out);
        self.say_how_it_stands(wording::operator_left(self.language, &name), GuestState::waiting(), out);
    }

    fn lose(&mut self, operator: OperatorId, why: &str, last_words: String, office: &mut Office, out: &mut Out) {
        self.pass(operator, LOST, office, out);
        self.record_operator(LineKind::Revoked, operator, office, out);
        let names = office.names(&[operator]);
        self.choice(ChoiceKind::Revoked, names, why.to_owned(), Reasons::default(), office, out);
        self.say_how_it_stands(last_words, GuestState::waiting(), out);
        self.back_to_queue(operator, office, out);
        if self.marks.after_hours {
            self.marks.message_asked = false;
            self.tell_closed(office, out);
        }
    }

    /// An operator gave no sign of life. After too many times they get no more offers, and are told how to come back.
    pub(super) fn missed_by(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let missed = office.operators.missed(operator);
        let most = office.queue(&self.queue).map_or(0, |queue| queue.missed_offers_max);
        let benched = office.operators.get(operator).is_some_and(|who| who.benched_at().is_some());
        if most == 0 || missed < most || benched {
            return;
        }
        office.operators.bench(operator, out.stamp.at);
        self.tell_operator(operator, duty::benched(missed), office, out);
        let name = office.name(operator).to_owned();
        self.tell_supervisors(&duty::operator_benched(&name, missed), Some(operator), office, out);
        if let Some(who) = office.operators.get(operator) {
            out.report(Notice::OperatorBenched { operator: who.settings.jid.clone(), missed });
        }
    }

    /// The queue's supervisors hear of it; not those whom it is about.
    pub(super) fn tell_supervisors(&mut self, body: &str, about: Option<OperatorId>, office: &Office, out: &mut Out) {
        let Some(queue) = office.queue(&self.queue) else { return };
        for supervisor in queue.supervisors.iter().filter_map(|jid| office.operators.find(jid)) {
            if Some(supervisor) != about {
                self.tell_operator(supervisor, body.to_owned(), office, out);
            }
        }
    }
}
