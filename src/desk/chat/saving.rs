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
        let before = self.saved.record.take();
        let new = before.is_none();
        let mut record = before.unwrap_or_else(|| Arc::new(self.first_record()));
        // Mostly nobody else has it any more, and nothing is copied.
        if self.write_down(Arc::make_mut(&mut record), office) || new {
            out.remember(Record::Chat(Arc::clone(&record)));
        }
        self.saved = Saved { record: Some(record), changes: self.changes() };
        if self.facts_new {
            self.facts_new = false;
            out.remember(Record::Facts { chat: self.id, facts: Box::new(self.facts.clone()) });
        }
    }

    fn changes(&self) -> [u32; 3] {
        [self.guest.changes(), self.password.changes(), self.anchor.changes()]
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

    /// What never changes, and nothing else yet.
    fn first_record(&self) -> ChatRecord {
        ChatRecord {
            id: self.id,
            room: self.room.clone(),
            guest: FullJid::clone(&self.guest),
            queue: self.queue.clone(),
            stage: self.stage.name(),
            operator: None,
            opened_at: self.opened_at,
            stage_at: self.stage_at,
            closed_at: None,
            outcome: None,
            password: None,
            language: self.language,
            tag: self.tag.clone(),
            anchor: None,
            holes: Vec::new(),
            marks: self.marks,
            standing: Standing::default(),
            direct: None,
        }
    }

    /// Brings a record of this chat up to date, and says whether anything in it has changed. Called after every event: nothing is
    /// copied that is there already, and what is long is not even looked at where it cannot have changed.
    fn write_down(&self, record: &mut ChatRecord, office: &Office) -> bool {
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
        } = record;
        let open = !self.closed();
        let mut changed = false;
        if !open || self.saved.changes != self.changes() {
            changed |= put(guest, &self.guest);
            changed |= put_option(password, self.password.as_ref().filter(|_| open));
            changed |= put_option(anchor, self.anchor.as_ref().filter(|_| open));
        }
        changed |= put(queue, &self.queue);
        changed |= put(stage, &self.stage.name());
        changed |= put_option(operator, self.recorded_operator(office));
        changed |= put(stage_at, &self.stage_at);
        changed |= put(closed_at, &self.closed_at);
        changed |= put(outcome, &self.recorded_outcome());
        changed |= put(language, &self.language);
        changed |= put_all(holes, self.recorded_holes().iter());
        changed |= put(marks, &self.marks);
        changed |= put(direct, &self.direct.as_ref().map(Direct::record));
        self.write_standing(standing, office) || changed
    }

    fn write_standing(&self, record: &mut Standing, office: &Office) -> bool {
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
        } = record;
        let jid = |operator: &OperatorId| office.operators.get(*operator).map(|who| &who.settings.jid);
        let (transfer, guests) = self.company();
        let mut changed = put(priority, &self.priority);
        changed |= put(waits_since, &self.waits_since.map(|since| since.wall));
        changed |= put_all(offered_to, self.stage.offered_to().iter().filter_map(jid));
        changed |= put_all(skills, self.demand.skills.iter());
        changed |= put_option(language, self.tongue.as_ref());
        changed |= put_all(left, self.left.iter());
        changed |= put_option(transfer_queue, transfer.and_then(|transfer| transfer.queue.as_ref()));
        changed |= put_option(transfer_note, transfer.and_then(|transfer| transfer.note.as_ref()));
        changed |= put_option(transfer_by, transfer.and_then(|transfer| jid(&transfer.by)));
        changed |= put_all(invited, guests.into_iter().flatten().filter_map(jid));
        changed |= put(ruling, &self.ruling);
        changed
    }
}

/// Copies a value, unless it is there already; says whether it did.
fn put<T: PartialEq + Clone>(place: &mut T, value: &T) -> bool {
    let differs = place != value;
    if differs {
        place.clone_from(value);
    }
    differs
}

/// As [`put`].
fn put_option<T: PartialEq + Clone>(place: &mut Option<T>, value: Option<&T>) -> bool {
    let differs = place.as_ref() != value;
    if differs {
        *place = value.cloned();
    }
    differs
}

/// As [`put`].
fn put_all<'a, T: PartialEq + Clone + 'a>(place: &mut Vec<T>, values: impl Iterator<Item = &'a T> + Clone) -> bool {
    // Mostly there are none.
    let differs = if place.is_empty() { values.clone().next().is_some() } else { !values.clone().eq(place.iter()) };
    if differs {
        place.clear();
        place.extend(values.cloned());
    }
    differs
}
