//! Handing a chat over, and bringing a colleague in.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Chat;
use super::LineDraft;
use super::stage::{Reply, Service, Stage, Transfer, Visit};
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{OperatorId, QueueName};
use crate::desk::office::{Office, Out};
use crate::desk::queue::Demand;
use crate::desk::record::{ChoiceKind, LineKind, Speaker};
use crate::desk::routing::{self, Need, Reasons};
use crate::desk::wording::duty;

/// Whom somebody named in a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A colleague.
    Operator(OperatorId),
    /// Whoever is free in a queue.
    Queue(QueueName),
}

impl Chat {
    /// `!transfer`: offers the chat to somebody else. The owner keeps it until they have come.
    ///
    /// # Errors
    /// Says in a sentence why not.
    pub fn transfer(
        &mut self,
        to: &Named,
        note: Option<String>,
        by: OperatorId,
        office: &mut Office,
        out: &mut Out,
    ) -> Result<(), String> {
        let Stage::Serving(service) = &*self.stage else { return Err(duty::not_served(self.id)) };
        let owner = service.operator;
        let asked = BTreeSet::from([owner]);
        let (operator, queue) = self.whom(to, &asked, office, out, true)?;
        self.revoke(office, out);
        if let Some(note) = &note {
            let mut draft = LineDraft::new(LineKind::Note, Speaker::Operator, note.clone());
            draft.jid = office.operators.get(by).map(|who| who.settings.jid.to_string());
            self.line(draft, out);
        }
        self.offer_transfer(Transfer { to: operator, lapses: out.mono(), queue, asked, note, by }, office, out);
        Ok(())
    }

    /// Asks whoever it is for. Who is in the room already has come.
    fn offer_transfer(&mut self, mut transfer: Transfer, office: &mut Office, out: &mut Out) {
        let Stage::Serving(service) = &*self.stage else { return };
        let to = transfer.to;
        transfer.asked.insert(to);
        transfer.lapses = out.mono() + office.queue(&self.queue).map(|queue| queue.offer).unwrap_or_default();
        let service = Service { transfer: Some(transfer), ..service.clone() };
        self.stage_at = out.stamp.at.wall;
        self.enter_stage(Stage::Serving(service), office, out);
        self.record_operator(LineKind::Offered, to, office, out);
        if self.operator_is_inside(to) {
            return self.hand_over(office, out);
        }
        self.send_offer(to, office, out);
        self.tell_of_transfer(office, out);
    }

    /// The owner, and whoever wanted it for them, hear who is asked.
    fn tell_of_transfer(&mut self, office: &Office, out: &mut Out) {
        let Stage::Serving(Service { operator, transfer: Some(transfer), .. }) = &*self.stage else { return };
        let (owner, by) = (*operator, transfer.by);
        let (to, host) = (office.name(transfer.to), office.name(by));
        if owner == by {
            return self.tell_operator(owner, duty::transfer_begun(self.id, to), office, out);
        }
        self.tell_operator(owner, duty::transfer_begun_by(self.id, host, to), office, out);
        let words = duty::transfer_begun_for(self.id, office.name(owner), to);
        self.tell_operator(by, words, office, out);
    }

    /// The session or the desk is new: the transfer that stands is offered again.
    pub(super) fn repeat_transfer(&mut self, office: &mut Office, out: &mut Out) {
        let lapses = out.mono() + office.queue(&self.queue).map(|queue| queue.offer).unwrap_or_default();
        let Stage::Serving(Service { transfer: Some(transfer), .. }) = &mut *self.stage else { return };
        transfer.lapses = lapses;
        let to = transfer.to;
        match self.operator_is_inside(to) {
            true => self.hand_over(office, out),
            false => self.send_offer(to, office, out),
        }
    }

    /// They said that they come. Where we cannot see who comes, their word is all there is.
    pub(super) fn transfer_accepted(&mut self, operator: OperatorId, office: &mut Office, out: &mut Out) -> bool {
        let blind = matches!(&self.visit, Visit::Inside(inside) if !inside.sees_jids());
        if blind || self.operator_is_inside(operator) {
            self.hand_over(office, out);
            return true;
        }
        let until = out.mono() + office.settings.operator_grace;
        let Stage::Serving(Service { transfer: Some(transfer), .. }) = &mut *self.stage else { return false };
        transfer.lapses = transfer.lapses.max(until);
        let sentence = duty::transfer_awaits(self.id, &self.room, self.password.as_deref());
        self.tell_operator(operator, sentence, office, out);
        true
    }

    /// The other has come: the chat is theirs.
    pub(super) fn hand_over(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Serving(service) = &*self.stage else { return };
        let Some(transfer) = service.transfer.clone() else { return };
        let (from, to, by) = (service.operator, transfer.to, transfer.by);
        office.operators.answered(to);
        self.record_operator(LineKind::Transferred, to, office, out);
        let because = format!("{} handed it over", office.name(by));
        self.choice(ChoiceKind::Transferred, office.names(&[to]), because, Reasons::default(), office, out);
        self.marks.replied = false;
        let service = Service { came: self.operator_is_inside(to), ..Service::new(to, Reply::Given) };
        self.enter_stage(Stage::Serving(service), office, out);
        if let Some(queue) = transfer.queue {
            self.come_to(queue, office);
        }
        self.owe_first_words(office, out);
        let state = GuestState::Serving { operator: office.name(to).to_owned() };
        self.say_how_it_stands(duty::handed_over(self.language, office.name(from), office.name(to)), state, out);
        let words = duty::transfer_done(self.id, office.name(to));
        for told in BTreeSet::from([from, by]).into_iter().filter(|told| *told != to) {
            self.tell_operator(told, words.clone(), office, out);
        }
        self.tell_operator(to, duty::transfer_yours(self.id, office.name(from)), office, out);
    }

    fn owe_first_words(&mut self, office: &Office, out: &Out) {
        let due = out.mono() + self.first_reply(office);
        if let Stage::Serving(service) = &mut *self.stage {
            service.reply = Reply::Due(due);
        }
    }

    pub(super) fn transfer_lapsed(&mut self, office: &mut Office, out: &mut Out) {
        let Stage::Serving(Service { transfer: Some(transfer), .. }) = &*self.stage else { return };
        let to = transfer.to;
        self.lapse(to, office, out);
        self.transfer_failed(to, "did not answer", office, out);
    }

    /// Whoever was asked does not take it: the next of the queue is asked, or the owner keeps it.
    pub(super) fn transfer_failed(&mut self, who: OperatorId, how: &str, office: &mut Office, out: &mut Out) {
        let Stage::Serving(service) = &mut *self.stage else { return };
        let (owner, Some(transfer)) = (service.operator, service.transfer.clone()) else { return };
        if !service.invited.contains(&who) {
            self.expel(who, office, out);
        }
        let next = match &transfer.queue {
            Some(queue) => self.whom(&Named::Queue(queue.clone()), &transfer.asked, office, out, true).ok(),
            None => None,
        };
        match next {
            Some((to, queue)) => self.offer_transfer(Transfer { to, queue, ..transfer }, office, out),
            None => {
                let Stage::Serving(service) = &*self.stage else { return };
                let service = Service { transfer: None, ..service.clone() };
                self.enter_stage(Stage::Serving(service), office, out);
                self.tell_of_failure(owner, transfer.by, &format!("{} {how}", office.name(who)), office, out);
            }
        }
    }

    fn tell_of_failure(&mut self, owner: OperatorId, by: OperatorId, why: &str, office: &Office, out: &mut Out) {
        self.tell_operator(owner, duty::transfer_failed(self.id, why), office, out);
        if by != owner {
            self.tell_operator(by, duty::transfer_failed_for(self.id, office.name(owner), why), office, out);
        }
    }

    /// `!invite`: asks somebody into the room. The chat stays whose it is.
    ///
    /// # Errors
    /// Says in a sentence why not.
    pub fn invite(&mut self, whom: &Named, by: OperatorId, office: &mut Office, out: &mut Out) -> Result<(), String> {
        let Stage::Serving(service) = &*self.stage else { return Err(duty::not_served(self.id)) };
        let here = BTreeSet::from([service.operator, by]);
        let (operator, _) = self.whom(whom, &here, office, out, false)?;
        if let Stage::Serving(service) = &mut *self.stage {
            service.invited.insert(operator);
        }
        let (host, name) = (office.name(by).to_owned(), office.name(operator).to_owned());
        let note = LineDraft::new(LineKind::Note, Speaker::Desk, duty::invited_note(&host, &name));
        self.line(note, out);
        let key = self.next_id();
        self.send_invitation(operator, &key.0, office, out);
        let words = duty::invitation(self.id, &self.room, self.password.as_deref(), &host, &self.first_words);
        self.tell_operator(operator, words, office, out);
        self.tell_operator(by, duty::invitation_sent(self.id, &name), office, out);
        Ok(())
    }

    /// Who is meant, if they can come. `place`: they need one for this chat.
    fn whom(
        &self,
        named: &Named,
        not: &BTreeSet<OperatorId>,
        office: &Office,
        out: &Out,
        place: bool,
    ) -> Result<(OperatorId, Option<QueueName>), String> {
        match named {
            Named::Operator(operator) if not.contains(operator) => {
                Err(duty::already_there(self.id, office.name(*operator)))
            }
            Named::Operator(operator) => {
                self.can_come(*operator, office, out, place)?;
                Ok((*operator, None))
            }
            Named::Queue(name) => {
                let operator = self.somebody_of(name, not, office, out);
                Ok((operator.ok_or_else(|| duty::nobody_free_in(&name.0))?, Some(name.clone())))
            }
        }
    }

    /// Somebody of a queue: chosen as for a guest who comes there now; and where there is nobody, as for one who has waited
    /// for as long as can be, because somebody has decided that the chat belongs there.
    fn somebody_of(
        &self,
        name: &QueueName,
        not: &BTreeSet<OperatorId>,
        office: &Office,
        out: &Out,
    ) -> Option<OperatorId> {
        let queue = office.queue(name)?;
        let language = self.tongue.as_ref().filter(|language| office.speaks(queue, language)).cloned();
        let demand = Demand { skills: queue.skills.clone(), language };
        let choose = |waited| {
            let need = Need { queue, demand: &demand, waited, ..self.need(office, out)? };
            let pick = routing::choose(&need, &office.operators, |operator| not.contains(&operator)).pick?;
            pick.operators.first().copied()
        };
        choose(Duration::ZERO).or_else(|| choose(Duration::MAX))
    }

    fn can_come(&self, operator: OperatorId, office: &Office, out: &Out, place: bool) -> Result<(), String> {
        let (Some(who), Some(need)) = (office.operators.get(operator), self.need(office, out)) else { return Ok(()) };
        match routing::free(who, &need) {
            Err(routing::Skip::Full(..)) if !place => Ok(()),
            Err(why) => Err(duty::cannot_come(&who.settings.name, &why.to_string())),
            Ok(()) => Ok(()),
        }
    }
}
