//! What CRMs know of the guest: asked when we are in the room, and waited for before anybody is called; for none of them
//! longer than it may take. The guest is greeted meanwhile.
//!
//! After a restart those who had not been called yet are looked up again.

use super::Chat;
use super::cause::Cause;
use super::stage::{Stage, Visit};
use crate::desk::crm::{CrmName, CrmReply, CrmTrouble, LookUp};
use crate::desk::facts::Facts;
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};
use crate::desk::record::Counter;

/// A question to one CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inquiry {
    source: CrmName,
    /// All that it was asked by is vouched for.
    vouched: bool,
    /// How long we wait.
    until: Mono,
    reply: Option<CrmReply>,
}

impl Chat {
    /// Asks all that can be asked by what is known, each once.
    pub(super) fn look_up(&mut self, office: &Office, out: &mut Out) {
        let guest = Some(&*self.guest).filter(|_| self.guest_is_known());
        for crm in &office.settings.crms {
            let asked = self.inquiries.iter().any(|inquiry| inquiry.source == crm.name);
            let Some(values) = crm.values(&self.facts, guest).filter(|_| !asked) else { continue };
            let (source, vouched, until) = (crm.name.clone(), crm.vouched(), out.mono() + crm.limit);
            out.look_up(LookUp { chat: self.id, source: source.clone(), values });
            self.inquiries.push(Inquiry { source, vouched, until, reply: None });
        }
    }

    /// Somebody has been asked, and may answer yet.
    pub(super) fn looking_up(&self) -> bool {
        self.inquiries.iter().any(|inquiry| inquiry.reply.is_none())
    }

    /// A CRM said something. What comes too late, or for the second time, is dropped here: where the chat goes is decided.
    pub fn looked_up(&mut self, source: &CrmName, reply: CrmReply, office: &mut Office, out: &mut Out) {
        let open = |inquiry: &&mut Inquiry| inquiry.source == *source && inquiry.reply.is_none();
        let ending = self.stage.ending();
        match self.inquiries.iter_mut().find(open).filter(|_| !ending) {
            Some(inquiry) => {
                office.crm_said(source, &reply, out);
                inquiry.reply = Some(reply);
                self.go_on_without_crm(office, out);
            }
            None if matches!(reply, CrmReply::Failed(_)) => {}
            None => out.count(Counter::CrmAnswerLate),
        }
    }

    /// When the next CRM has had its time.
    pub(super) fn look_up_deadline(&self) -> Option<(Mono, Cause)> {
        let open = self.inquiries.iter().filter(|inquiry| inquiry.reply.is_none() && !self.stage.ending());
        open.map(|inquiry| inquiry.until).min().map(|at| (at, Cause::CrmSilent))
    }

    /// Whoever has had their time is waited for no more.
    pub(super) fn look_up_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        for inquiry in self.inquiries.iter_mut().filter(|one| one.reply.is_none() && one.until <= now) {
            let slow = CrmReply::Failed(CrmTrouble::Slow);
            office.crm_said(&inquiry.source, &slow, out);
            inquiry.reply = Some(slow);
        }
        self.go_on_without_crm(office, out);
    }

    /// All that will be known is known: if that was all that the chat waited for, it goes on.
    fn go_on_without_crm(&mut self, office: &mut Office, out: &mut Out) {
        let guarded = matches!(&self.visit, Visit::Inside(inside) if inside.guarded());
        if guarded && matches!(*self.stage, Stage::Joining) && !self.looking_up() {
            self.ready_to_serve(office, out);
        }
    }

    /// Puts together what was said. What was looked up by something that is vouched for counts first; among equals the order
    /// of the configuration.
    pub(super) fn take_in_what_crms_said(&mut self, office: &mut Office, out: &mut Out) {
        self.inquiries.sort_by_key(|inquiry| !inquiry.vouched);
        let mut known = Facts::default();
        for inquiry in &self.inquiries {
            match &inquiry.reply {
                Some(CrmReply::Known(facts)) => match known.join(facts.clone()) {
                    Ok(()) => self.facts.crm_by_said |= !inquiry.vouched && !facts.is_empty(),
                    Err(excess) => {
                        let failed = CrmReply::Failed(CrmTrouble::TooMuch(excess));
                        office.crm_said(&inquiry.source, &failed, out);
                        self.facts.crm_failed.push(inquiry.source.to_string());
                    }
                },
                Some(CrmReply::Failed(_)) => self.facts.crm_failed.push(inquiry.source.to_string()),
                Some(CrmReply::Unknown) | None => {}
            }
        }
        self.facts.crm = known;
        self.facts_new |= !self.inquiries.is_empty();
    }
}
