//! Offers: made, accepted, declined, lapsed, revoked; and what becomes of the operator who has the chat.

use std::time::Duration;

use super::stage::{Offer, Person, Service, Stage, Visit};
use super::{Chat, LineDraft};
use crate::desk::action::{Notice, Speech};
use crate::desk::event::Affiliation;
use crate::desk::ids::{MessageId, OperatorId};
use crate::desk::office::{Office, Out};
use crate::desk::record::{LineKind, Speaker};
use crate::desk::wording::{self, Language, OfferFacts};

/// An operator who let an offer lapse is not asked for the same chat again for so long.
const LAPSED: Duration = Duration::from_secs(30);
/// An operator who declined is not asked for the same chat again for so long.
const DECLINED: Duration = Duration::from_secs(300);

impl Chat {
    /// Is this chat waiting for somebody to be offered to, in a room that is ready?
    pub fn wants_operator(&self) -> bool {
        matches!(self.stage, Stage::Waiting) && matches!(&self.visit, Visit::Inside(inside) if inside.guarded())
    }

    /// Has this operator passed on it a moment ago?
    pub fn passed_by(&self, operator: OperatorId) -> bool {
        self.passed.contains_key(&operator)
    }

    /// Offers the chat to a free operator.
    pub fn offer(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let Some(queue) = office.queue(&self.queue) else { return };
        let lapses = out.mono() + queue.offer;
        self.enter_stage(Stage::Offered(Offer { operator, lapses }), office, out);
        self.record_operator(LineKind::Offered, operator, office, out);
        let Some(who) = office.operators.get(operator) else { return };
        out.report(Notice::OfferMade { chat: self.id, operator: who.settings.jid.clone() });
        self.send_offer(operator, office, out);
        if self.operator_is_inside(operator) {
            self.accept(operator, office, out);
        }
    }

    /// The offer stands, but the session or the desk is new: what was promised is sent again, under the same ids.
    pub(super) fn repeat_offer(&mut self, office: &mut Office, out: &mut Out) {
        let Some(queue) = office.queue(&self.queue) else { return };
        let lapses = out.mono() + queue.offer;
        let Stage::Offered(offer) = &mut self.stage else { return };
        offer.lapses = lapses;
        let operator = offer.operator;
        self.send_offer(operator, office, out);
    }

    fn send_offer(&mut self, operator: OperatorId, office: &Office, out: &mut Out) {
        let (Some(who), Some(queue)) = (office.operators.get(operator), office.queue(&self.queue)) else { return };
        let jid = who.settings.jid.clone();
        self.membership(&jid, Affiliation::Member, out);
        let number = self.stage_at.timestamp_millis();
        out.speak(Speech::Invite {
            to: jid.clone().into(),
            room: self.room.clone(),
            password: self.password.clone(),
            reason: wording::offer_invitation(self.id, self.guest.as_str()),
            id: MessageId(format!("{}-i{number}", self.tag)),
        });
        let body = wording::offer(&OfferFacts {
            chat: self.id,
            room: &self.room,
            password: self.password.as_deref(),
            guest: self.guest.as_str(),
            queue: &queue.name.0,
            first_words: &self.first_words,
            offer_seconds: queue.offer.as_secs(),
        });
        let id = MessageId(format!("{}-o{number}", self.tag));
        out.speak(Speech::Direct { to: jid.into(), id, body, language: Language::English });
    }

    /// An operator is in the room.
    pub(super) fn operator_arrived(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let may_take = self.may_take(operator, office);
        match &mut self.stage {
            Stage::Offered(offer) if offer.operator == operator => self.accept(operator, office, out),
            Stage::Serving(service) if service.operator == operator => (service.gone, service.came) = (None, true),
            Stage::Waiting if may_take => self.accept(operator, office, out),
            Stage::Offered(_) | Stage::Serving(_) | Stage::Waiting => self.visitor(operator, office, out),
            Stage::Joining | Stage::Pleading(_) | Stage::Closing(_) | Stage::Closed(_) => {}
        }
    }

    fn may_take(&self, operator: OperatorId, office: &Office) -> bool {
        self.wants_operator() && office.operators.get(operator).is_some_and(|who| who.has_place(&self.queue))
    }

    /// An operator who is not this chat's: told at once, so that nobody is fooled. Who came in is willing, and may be
    /// asked again.
    fn visitor(&mut self, operator: OperatorId, office: &Office, out: &mut Out) {
        self.passed.remove(&operator);
        let owner = match &self.stage {
            Stage::Serving(service) => office.operators.get(service.operator),
            _ => None,
        };
        let sentence = wording::not_your_chat(self.id, owner.map(|owner| owner.settings.name.as_str()));
        self.tell_operator(operator, sentence, office, out);
    }

    /// The operator takes the chat: by entering its room, or by saying so.
    pub(super) fn accept(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        let here = self.operator_is_inside(operator);
        let missing = matches!(&self.visit, Visit::Inside(inside) if inside.misses(operator));
        let gone = missing.then(|| out.mono());
        self.record_operator(LineKind::Accepted, operator, office, out);
        self.enter_stage(Stage::Serving(Service { operator, gone, came: here }), office, out);
        let Some(name) = office.operators.get(operator).map(|who| who.settings.name.clone()) else { return };
        let sentence = if here {
            wording::operator_is_here(self.language, &name)
        } else {
            wording::operator_is_coming(self.language, &name)
        };
        self.say(sentence, out);
    }

    /// `!accept` by direct message.
    pub fn accept_by_word(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) -> bool {
        match &self.stage {
            Stage::Offered(offer) if offer.operator == operator => {}
            Stage::Waiting if self.may_take(operator, office) => {}
            _ => return false,
        }
        self.vouch_for_newcomer(operator);
        self.accept(operator, office, out);
        let sentence = wording::offer_accepted(self.id, &self.room);
        self.tell_operator(operator, sentence, office, out);
        true
    }

    /// `!decline`.
    pub fn decline(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) -> bool {
        if !matches!(&self.stage, Stage::Offered(offer) if offer.operator == operator) {
            return false;
        }
        self.passed.insert(operator, out.mono() + DECLINED);
        self.record_operator(LineKind::Declined, operator, office, out);
        self.tell_operator(operator, wording::offer_declined(self.id), office, out);
        self.back_to_queue(operator, office, out);
        true
    }

    pub(super) fn offer_lapsed(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Offered(offer) = &self.stage else { return };
        let operator = offer.operator;
        self.passed.insert(operator, out.mono() + LAPSED);
        self.record_operator(LineKind::Lapsed, operator, office, out);
        self.tell_operator(operator, wording::offer_lapsed(self.id), office, out);
        self.back_to_queue(operator, office, out);
    }

    /// The offer is taken back because the operator is no longer configured, or the chat is over.
    pub(super) fn revoke(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Offered(offer) = &self.stage else { return };
        let operator = offer.operator;
        self.record_operator(LineKind::Revoked, operator, office, out);
        self.tell_operator(operator, wording::offer_revoked(self.id), office, out);
        self.expel(operator, office, out);
    }

    /// The operator is gone and did not return in time.
    pub(super) fn operator_stayed_away(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Serving(service) = &self.stage else { return };
        let (operator, came) = (service.operator, service.came);
        self.passed.insert(operator, out.mono() + LAPSED);
        self.record_operator(LineKind::Revoked, operator, office, out);
        if let Some(name) = office.operators.get(operator).map(|who| who.settings.name.clone()) {
            let sentence = if came { wording::operator_left } else { wording::operator_did_not_come };
            self.say(sentence(self.language, &name), out);
        }
        self.tell_operator(operator, wording::chat_taken_back(self.id), office, out);
        self.back_to_queue(operator, office, out);
    }

    /// The configuration was read again: an operator who is no longer in it has no offer. Who serves may finish.
    pub fn settings_changed(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Offered(offer) = &self.stage else { return };
        let operator = offer.operator;
        if office.operators.get(operator).is_some_and(|who| who.employed) {
            return;
        }
        self.revoke(office, out);
        self.enter_stage(Stage::Waiting, office, out);
    }

    fn back_to_queue(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) {
        self.expel(operator, office, out);
        self.enter_stage(Stage::Waiting, office, out);
    }

    fn expel(&self, operator: OperatorId, office: &Office, out: &mut Out) {
        if let Some(who) = office.operators.get(operator) {
            self.membership(&who.settings.jid, Affiliation::None, out);
        }
    }

    /// Nobody is free: the guest is told at once.
    pub fn nobody_free(&mut self, office: &Office, out: &mut Out) {
        self.told_nobody_free = true;
        let ahead = office.queues.ahead_of(&self.queue, self.id);
        self.say(wording::nobody_free(self.language, ahead), out);
    }

    /// Is there a guest who has not been told yet, since somebody was free, that nobody is?
    pub fn wonders(&self) -> bool {
        !self.told_nobody_free && self.guest_gone.is_none()
    }

    fn operator_is_inside(&self, operator: OperatorId) -> bool {
        matches!(&self.visit, Visit::Inside(inside) if inside.has(Person::Operator(operator)))
    }

    pub(super) fn record_operator(&mut self, kind: LineKind, operator: OperatorId, office: &Office, out: &mut Out) {
        let Some(who) = office.operators.get(operator) else { return };
        let (jid, name) = (Some(who.settings.jid.to_string()), who.settings.name.clone());
        self.line(LineDraft { jid, ..LineDraft::new(kind, Speaker::Operator, name) }, out);
    }
}
