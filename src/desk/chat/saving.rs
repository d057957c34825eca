//! What is remembered of a chat beside its lines, written whenever it has changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use jid::{BareJid, FullJid};

use super::Chat;
use super::direct::Direct;
use super::stage::{Stage, Transfer};
use crate::desk::ids::OperatorId;
use crate::desk::office::{Office, Out};
use crate::desk::record::{ChatRecord, Hole, Outcome, Record, Standing};

/// What was last saved of a chat.
#[derive(Debug, Clone, Default)]
pub(super) struct Saved {
    record: Option<Arc<ChatRecord>>,
    /// How often what is long and seldom changes had changed then; 0 before it was looked at.
    changes: [u32; 3],
}

impl Saved {
    /// It is in the store like this.
    pub(super) fn stored(record: ChatRecord) -> Self {
        Self { record: Some(Arc::new(record)), changes: [0; 3] }
    }
}

impl Chat {
    /// Remembers the chat if anything that is stored has changed.
    pub fn save(&mut self, office: &Office, out: &mut Out) {
        if !self.saved.record.as_ref().is_some_and(|saved| self.is_as(saved, office)) {
            let record = Arc::new(self.record(office));
            self.saved.record = Some(Arc::clone(&record));
            out.remember(Record::Chat(record));
        }
        self.saved.changes = self.changes();
        if self.facts_new {
            self.facts_new = false;
            out.remember(Record::Facts { chat: self.id, facts: Box::new(self.facts.clone()) });
        }
    }

    /// Would [`Self::record`] be the same as this? Asked after every event, so nothing is copied for it.
    fn is_as(&self, saved: &ChatRecord, office: &Office) -> bool {
        let ChatRecord {
            id: _,
            room: _,
            guest,
            queue,
            stage,
            operator,
            opened_at: _,
            stage_at,
            closed_at,
            outcome,
            password,
            language,
            tag: _,
            anchor,
            holes,
            marks,
            standing,
            direct,
        } = saved;
        let changed = self.saved.changes != self.changes() || self.closed();
        let long = || {
            *guest == *self.guest
                && password.as_ref() == self.password.as_ref().filter(|_| !self.closed())
                && anchor.as_ref() == self.anchor.as_ref().filter(|_| !self.closed())
        };
        (!changed || long())
            && *queue == self.queue
            && *stage == self.stage.name()
            && operator.as_ref() == self.recorded_operator(office)
            && *stage_at == self.stage_at
            && *closed_at == self.closed_at
            && *outcome == self.recorded_outcome()
            && *language == self.language
            && *holes == self.recorded_holes()
            && *marks == self.marks
            && *direct == self.direct.as_ref().map(Direct::record)
            && self.stands_as(standing, office)
    }

    fn changes(&self) -> [u32; 3] {
        [self.guest.changes(), self.password.changes(), self.anchor.changes()]
    }

    fn stands_as(&self, saved: &Standing, office: &Office) -> bool {
        let Standing {
            priority,
            waits_since,
            offered_to,
            skills,
            language,
            left,
            transfer_queue,
            transfer_note,
            transfer_by,
            invited,
            ruling,
        } = saved;
        let jid = |operator: &OperatorId| office.operators.get(*operator).map(|who| &who.settings.jid);
        let (transfer, guests) = self.company();
        // Mostly there are none, which is seen at once.
        let offered = self.stage.offered_to();
        let guests_count = guests.map_or(0, BTreeSet::len);
        *priority == self.priority
            && *ruling == self.ruling
            && *waits_since == self.waits_since.map(|since| since.wall)
            && offered.len() == offered_to.len()
            && (offered.is_empty() || offered.iter().filter_map(jid).eq(offered_to))
            && self.demand.skills.len() == skills.len()
            && (skills.is_empty() || self.demand.skills.iter().eq(skills))
            && *language == self.tongue
            && *left == self.left
            && transfer_queue.as_ref() == transfer.and_then(|transfer| transfer.queue.as_ref())
            && transfer_note.as_ref() == transfer.and_then(|transfer| transfer.note.as_ref())
            && transfer_by.as_ref() == transfer.and_then(|transfer| jid(&transfer.by))
            && guests_count == invited.len()
            && (guests_count == 0 || guests.into_iter().flatten().filter_map(jid).eq(invited))
    }

    /// The transfer that is under way, and who was asked to join.
    fn company(&self) -> (Option<&Transfer>, Option<&BTreeSet<OperatorId>>) {
        match &self.stage {
            Stage::Serving(service) => (service.transfer.as_ref(), Some(&service.invited)),
            _ => (None, None),
        }
    }

    fn recorded_holes(&self) -> &[Hole] {
        if self.closed() { &[] } else { &self.holes }
    }

    fn recorded_operator<'a>(&'a self, office: &'a Office) -> Option<&'a BareJid> {
        let operator = self.stage.operator().and_then(|operator| office.operators.get(operator));
        operator.map(|operator| &operator.settings.jid).or(self.last_operator.as_ref())
    }

    fn recorded_outcome(&self) -> Option<Outcome> {
        match &self.stage {
            Stage::Closing(closing) => Some(closing.outcome),
            Stage::Closed(outcome) => Some(*outcome),
            _ => None,
        }
    }

    fn record(&self, office: &Office) -> ChatRecord {
        ChatRecord {
            id: self.id,
            room: self.room.clone(),
            guest: FullJid::clone(&self.guest),
            queue: self.queue.clone(),
            stage: self.stage.name(),
            operator: self.recorded_operator(office).cloned(),
            opened_at: self.opened_at,
            stage_at: self.stage_at,
            closed_at: self.closed_at,
            outcome: self.recorded_outcome(),
            password: Option::clone(&self.password).filter(|_| !self.closed()),
            language: self.language,
            tag: self.tag.clone(),
            anchor: Option::clone(&self.anchor).filter(|_| !self.closed()),
            holes: self.recorded_holes().to_vec(),
            marks: self.marks,
            direct: self.direct.as_ref().map(Direct::record),
            standing: self.standing(office),
        }
    }

    fn standing(&self, office: &Office) -> Standing {
        let jid = |operator: &OperatorId| office.operators.get(*operator).map(|who| who.settings.jid.clone());
        let (transfer, invited) = self.company();
        Standing {
            transfer_queue: transfer.and_then(|transfer| transfer.queue.clone()),
            transfer_note: transfer.and_then(|transfer| transfer.note.clone()),
            transfer_by: transfer.and_then(|transfer| jid(&transfer.by)),
            invited: invited.into_iter().flatten().filter_map(jid).collect(),
            priority: self.priority,
            waits_since: self.waits_since.map(|since| since.wall),
            offered_to: self.stage.offered_to().iter().filter_map(jid).collect(),
            skills: self.demand.skills.iter().cloned().collect(),
            language: self.tongue.clone(),
            left: self.left.clone(),
            ruling: self.ruling.clone(),
        }
    }
}
