//! Offers: made, accepted, declined, lapsed, revoked.

use std::time::Duration;

use super::stage::{Offer, Person, Reply, Service, Stage, Visit};
use super::{Chat, LineDraft};
use crate::desk::action::{Notice, Speech};
use crate::desk::event::Affiliation;
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{MessageId, OperatorId};
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};
use crate::desk::record::{ChoiceKind, LineKind, Speaker};
use crate::desk::routing::{Pick, Reasons};
use crate::desk::wording::{self, Language, OfferFacts, duty};

/// An operator who let an offer lapse is not asked for the same chat again for so long.
const LAPSED: Duration = Duration::from_secs(30);
/// An operator who declined is not asked for the same chat again for so long.
const DECLINED: Duration = Duration::from_secs(300);

impl Chat {
    /// Is this chat waiting for somebody to be offered to, in a room that is ready, while its queue takes guests?
    pub fn wants_operator(&self) -> bool {
        self.waits() && !self.marks.after_hours
    }

    /// Does it wait in a room that is ready?
    pub(super) fn waits(&self) -> bool {
        matches!(*self.stage, Stage::Waiting) && matches!(&self.visit, Visit::Inside(inside) if inside.guarded())
    }

    /// Has this operator passed on it a moment ago?
    pub fn passed_by(&self, operator: OperatorId, now: Mono) -> bool {
        self.passed.get(&operator).is_some_and(|until| *until > now)
    }

    /// This operator passed on the chat: they are not asked again for a while.
    pub(super) fn pass(&mut self, operator: OperatorId, span: Duration, office: &mut Office, out: &Out) {
        self.passed.insert(operator, out.mono() + span);
        office.due.passed(operator, self.id);
    }

    /// Offers the chat to who was chosen.
    pub fn offer(&mut self, pick: Pick, reasons: Reasons, office: &mut Office, out: &mut Out) {
        let Some(queue) = office.queue(&self.queue) else { return };
        let lapses = out.mono() + queue.offer;
        let operators = pick.operators.clone();
        self.enter_stage(Stage::Offered(Offer { operators: pick.operators, lapses }), office, out);
        self.choice(ChoiceKind::Offered, office.names(&operators), pick.because, reasons, office, out);
        for operator in &operators {
            self.record_operator(LineKind::Offered, *operator, office, out);
            if let Some(who) = office.operators.get(*operator) {
                out.report(Notice::OfferMade { chat: self.id, operator: who.settings.jid.clone() });
            }
            self.send_offer(*operator, office, out);
        }
        if let Some(here) = operators.into_iter().find(|operator| self.operator_is_inside(*operator)) {
            self.accept(here, office, out);
        }
    }

    /// The offer stands, but the session or the desk is new: what was promised is sent again, under the same ids.
    pub(super) fn repeat_offer(&mut self, office: &mut Office, out: &mut Out) {
        let Some(queue) = office.queue(&self.queue) else { return };
        let lapses = out.mono() + queue.offer;
        let Stage::Offered(offer) = &mut *self.stage else { return };
        offer.lapses = lapses;
        for operator in offer.operators.clone() {
            self.send_offer(operator, office, out);
        }
    }

    pub(super) fn send_offer(&mut self, operator: OperatorId, office: &Office, out: &mut Out) {
        let (Some(who), Some(queue)) = (office.operators.get(operator), office.queue(&self.queue)) else { return };
        let jid = who.settings.jid.clone();
        let number = self.stage_at.timestamp_millis();
        let key =
            if self.stage.offered_to().len() > 1 { format!("{number}-{}", operator.0) } else { number.to_string() };
        self.send_invitation(operator, &key, office, out);
        let transfer = match &*self.stage {
            Stage::Serving(Service { operator, transfer: Some(transfer), .. }) => Some(duty::Handing {
                owner: office.name(*operator),
                by: Some(office.name(transfer.by)).filter(|_| transfer.by != *operator),
                note: transfer.note.as_deref(),
            }),
            _ => None,
        };
        let case = self.case();
        let facts = OfferFacts {
            chat: self.id,
            room: &self.room,
            password: self.password.as_deref(),
            guest: &self.guest_told(),
            queue: &queue.name.0,
            first_words: &self.first_words,
            case: &case,
            offer_seconds: queue.offer.as_secs(),
        };
        let body = match &transfer {
            Some(handing) => duty::transfer_offer(&facts, handing),
            None => wording::offer(&facts),
        };
        let id = MessageId::from([&*self.tag, "-o", &key].concat());
        out.speak(Speech::Direct { to: jid.into(), id, body, language: Language::English });
    }

    /// The way in: membership where it is needed, and an invitation with the password.
    pub(super) fn send_invitation(&self, operator: OperatorId, key: &str, office: &Office, out: &mut Out) {
        let Some(who) = office.operators.get(operator) else { return };
        let jid = who.settings.jid.clone();
        self.membership(&jid, Affiliation::Member, out);
        out.speak(Speech::Invite {
            to: jid.into(),
            room: self.room.clone(),
            password: Option::clone(&self.password),
            reason: wording::offer_invitation(self.id, self.guest.as_str()),
            id: MessageId::from([&*self.tag, "-i", key].concat()),
        });
    }

    /// The operator takes the chat: by entering its room, or by saying so. Whoever else was asked is told who has it.
    pub(super) fn accept(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let here = self.operator_is_inside(operator);
        let missing = matches!(&self.visit, Visit::Inside(inside) if inside.misses(operator));
        let others: Vec<OperatorId> =
            self.stage.offered_to().iter().copied().filter(|other| *other != operator).collect();
        for other in others {
            self.withdraw(other, duty::taken_by_other(self.id, office.name(operator)), office, out);
        }
        office.operators.answered(operator);
        self.record_operator(LineKind::Accepted, operator, office, out);
        // Whoever had the chat before them may have spoken.
        self.marks.replied = false;
        let reply = Reply::Due(out.mono() + self.first_reply(office));
        let service = Service { gone: missing.then(|| out.mono()), came: here, ..Service::new(operator, reply) };
        self.enter_stage(Stage::Serving(service), office, out);
        let name = office.name(operator).to_owned();
        let (sentence, state) = if here {
            (wording::operator_is_here(self.language, &name), GuestState::Serving { operator: name })
        } else {
            (wording::operator_is_coming(self.language, &name), GuestState::Offered { operator: Some(name) })
        };
        self.say_how_it_stands(sentence, state, out);
    }

    /// `!accept`: the offer that stands, or a transfer.
    pub fn accept_by_word(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) -> bool {
        match &*self.stage {
            Stage::Offered(offer) if offer.operators.contains(&operator) => {}
            Stage::Serving(Service { transfer: Some(transfer), .. }) if transfer.to == operator => {
                self.vouch_for_newcomer(operator);
                return self.transfer_accepted(operator, office, out);
            }
            Stage::Waiting if self.may_take(operator, office) => {}
            _ => return false,
        }
        self.taken(operator, office, out);
        true
    }

    /// Somebody has the chat now because they said so.
    pub fn taken(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let invited = self.stage.offered_to().contains(&operator);
        self.vouch_for_newcomer(operator);
        self.note_taken(operator, office, out);
        self.accept(operator, office, out);
        // Where nobody sees who is there, they may be somebody else.
        let seen = matches!(&self.visit, Visit::Inside(inside) if inside.sees_jids());
        if seen && self.operator_is_inside(operator) {
            return;
        }
        if !invited {
            let key = self.next_id();
            self.send_invitation(operator, &key.0, office, out);
        }
        let sentence = wording::offer_accepted(self.id, &self.room, self.password.as_deref());
        self.tell_operator(operator, sentence, office, out);
    }

    /// Nobody had offered it to them.
    pub(super) fn note_taken(&mut self, operator: OperatorId, office: &Office, out: &mut Out) {
        if !self.stage.offered_to().contains(&operator) {
            let because = "they took it by themselves";
            self.choice(ChoiceKind::Taken, office.names(&[operator]), because, Reasons::default(), office, out);
        }
    }

    /// `!decline`: the offer, or the transfer.
    pub fn decline(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) -> bool {
        let offered = self.stage.offered_to().contains(&operator);
        if offered {
            self.pass(operator, DECLINED, office, out);
            self.pass_on(operator, office, out);
        }
        offered
    }

    /// It is offered to somebody who does not take it. When they are free they may be asked again.
    pub fn pass_on(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        office.operators.answered(operator);
        self.record_operator(LineKind::Declined, operator, office, out);
        self.tell_operator(operator, wording::offer_declined(self.id), office, out);
        match &*self.stage {
            Stage::Serving(_) => self.transfer_failed(operator, "declined", office, out),
            _ => self.offer_ends_for(&[operator], office, out),
        }
    }

    pub(super) fn offer_lapsed(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Offered(offer) = &*self.stage else { return };
        let operators = offer.operators.clone();
        for operator in &operators {
            self.lapse(*operator, office, out);
        }
        self.offer_ends_for(&operators, office, out);
    }

    /// One operator let an offer pass without a word.
    pub(super) fn lapse(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        self.pass(operator, LAPSED, office, out);
        self.record_operator(LineKind::Lapsed, operator, office, out);
        self.tell_operator(operator, wording::offer_lapsed(self.id), office, out);
        self.missed_by(operator, office, out);
    }

    /// Who is no longer asked is let out; when nobody is left, the chat waits again.
    fn offer_ends_for(&mut self, whose: &[OperatorId], office: &mut Office, out: &mut Out) {
        for operator in whose {
            self.expel(*operator, office, out);
        }
        let Stage::Offered(offer) = &*self.stage else { return };
        let left: Vec<OperatorId> =
            offer.operators.iter().copied().filter(|operator| !whose.contains(operator)).collect();
        let stage = match left.is_empty() {
            true => Stage::Waiting,
            false => Stage::Offered(Offer { operators: left, lapses: offer.lapses }),
        };
        self.enter_stage(stage, office, out);
    }

    /// The offer or the transfer is taken back, because the chat is over or goes to somebody else.
    pub(super) fn revoke(&mut self, office: &mut Office, out: &mut Out) {
        for operator in self.stage.offered_to().to_vec() {
            self.withdraw(operator, wording::offer_revoked(self.id), office, out);
        }
    }

    /// One operator is no longer asked.
    pub(super) fn withdraw(&mut self, operator: OperatorId, why: String, office: &Office, out: &mut Out) {
        self.record_operator(LineKind::Revoked, operator, office, out);
        self.tell_operator(operator, why, office, out);
        self.expel(operator, office, out);
    }

    /// The configuration was read again: an operator who is no longer in it has no offer. Who serves may finish.
    pub fn settings_changed(&mut self, office: &mut Office, out: &mut Out) {
        self.hours_changed();
        if self.keep_to_queues(office) {
            let because = "its queue is not in the configuration any more";
            self.choice(ChoiceKind::Queued, Vec::new(), because, Reasons::default(), office, out);
        }
        let employed = |operator: &OperatorId| office.operators.get(*operator).is_some_and(|who| who.employed);
        let dismissed: Vec<OperatorId> =
            self.stage.offered_to().iter().copied().filter(|operator| !employed(operator)).collect();
        for operator in &dismissed {
            self.withdraw(*operator, wording::offer_revoked(self.id), office, out);
        }
        match (&*self.stage, dismissed.first()) {
            (_, None) => {}
            (Stage::Serving(_), Some(operator)) => {
                self.transfer_failed(*operator, "is no operator any more", office, out)
            }
            _ => self.offer_ends_for(&dismissed, office, out),
        }
    }

    pub(super) fn back_to_queue(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        self.revoke(office, out);
        self.expel(operator, office, out);
        self.enter_stage(Stage::Waiting, office, out);
    }

    pub(super) fn expel(&self, operator: OperatorId, office: &Office, out: &mut Out) {
        if let Some(who) = office.operators.get(operator) {
            self.membership(&who.settings.jid, Affiliation::None, out);
        }
    }

    pub(super) fn operator_is_inside(&self, operator: OperatorId) -> bool {
        matches!(&self.visit, Visit::Inside(inside) if inside.has(Person::Operator(operator)))
    }

    pub(super) fn record_operator(&mut self, kind: LineKind, operator: OperatorId, office: &Office, out: &mut Out) {
        let Some(who) = office.operators.get(operator) else { return };
        let mut draft = LineDraft::new(kind, Speaker::Operator, who.settings.name.to_string());
        draft.jid = Some(who.settings.jid.as_str().to_owned());
        self.line(draft, out);
    }
}
