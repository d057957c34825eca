//! What is remembered of a chat beside its lines, written whenever it has changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use jid::{BareJid, FullJid};

use super::Chat;
use super::direct::Direct;
use super::stage::{Stage, Transfer};
use crate::desk::ids::{OperatorId, QueueName};
use crate::desk::office::{Office, Out};
use crate::desk::record::{ChatRecord, DirectRecord, Hole, Marks, Outcome, Record, Standing};
use crate::desk::wording::Language;

/// What was last saved of a chat.
#[derive(Debug, Clone, Default)]
pub(super) struct Saved {
    record: Option<Arc<ChatRecord>>,
    changes: Changes,
    glance: Glance,
}

/// What tells at a glance that nothing of what is stored can have changed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Glance {
    /// How often what is long has changed, all together.
    changes: u32,
    marks: Marks,
    priority: i32,
    language: Language,
    direct: Option<DirectRecord>,
}

/// How often what is long has changed; 0 before anybody looked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Changes {
    guest: u32,
    queue: u32,
    stage: u32,
    password: u32,
    tongue: u32,
    ruling: u32,
    demand: u32,
    left: u32,
    last_operator: u32,
    anchor: u32,
    holes: u32,
    closed_at: u32,
    waits_since: u32,
}

impl Changes {
    /// All together: it stays the same only where each does, for none ever counts back.
    fn all(&self) -> u32 {
        let Self { guest, queue, stage, password, tongue, ruling, demand, left, .. } = self;
        let Self { last_operator, anchor, holes, closed_at, waits_since, .. } = self;
        let some = [guest, queue, stage, password, tongue, ruling, demand, left];
        let others = [last_operator, anchor, holes, closed_at, waits_since];
        some.into_iter().chain(others).fold(0, |all, one| all.wrapping_add(*one))
    }

    /// How often since then.
    fn since(&self, before: &Self) -> Self {
        let new = u32::wrapping_sub;
        Self {
            guest: new(self.guest, before.guest),
            queue: new(self.queue, before.queue),
            stage: new(self.stage, before.stage),
            password: new(self.password, before.password),
            tongue: new(self.tongue, before.tongue),
            ruling: new(self.ruling, before.ruling),
            demand: new(self.demand, before.demand),
            left: new(self.left, before.left),
            last_operator: new(self.last_operator, before.last_operator),
            anchor: new(self.anchor, before.anchor),
            holes: new(self.holes, before.holes),
            closed_at: new(self.closed_at, before.closed_at),
            waits_since: new(self.waits_since, before.waits_since),
        }
    }
}

impl Saved {
    /// It is in the store like this.
    pub(super) fn stored(record: ChatRecord) -> Self {
        Self { record: Some(Arc::new(record)), ..Self::default() }
    }
}

impl Chat {
    /// Remembers the chat if anything that is stored has changed. Called after every event, most of which change nothing.
    pub fn save(&mut self, office: &Office, out: &mut Out) {
        let glance = self.glance();
        if self.saved.glance != glance {
            self.save_changes(&glance, office, out);
        }
        if self.facts_new {
            self.facts_new = false;
            out.remember(Record::Facts { chat: self.id, facts: Box::new(self.facts.clone()) });
        }
    }

    // Apart, so that what is asked after every event stays small enough for the processor's innermost cache.
    #[inline(never)]
    fn save_changes(&mut self, glance: &Glance, office: &Office, out: &mut Out) {
        let before = self.saved.record.take();
        let first = before.is_none();
        let mut record = before.unwrap_or_else(|| Arc::new(self.first_record()));
        let changes = self.changes();
        let new = changes.since(&self.saved.changes);
        // Mostly nobody else has it any more, and nothing is copied.
        if self.write_down(Arc::make_mut(&mut record), &new, glance, office) || first {
            out.remember(Record::Chat(Arc::clone(&record)));
        }
        self.saved = Saved { record: Some(record), changes, glance: *glance };
    }

    fn glance(&self) -> Glance {
        Glance {
            changes: self.changes().all(),
            marks: self.marks,
            priority: self.priority,
            language: self.language,
            direct: self.direct.as_ref().map(Direct::record),
        }
    }

    fn changes(&self) -> Changes {
        Changes {
            guest: self.guest.changes(),
            queue: self.queue.changes(),
            stage: self.stage.changes(),
            password: self.password.changes(),
            tongue: self.tongue.changes(),
            ruling: self.ruling.changes(),
            demand: self.demand.changes(),
            left: self.left.changes(),
            last_operator: self.last_operator.changes(),
            anchor: self.anchor.changes(),
            holes: self.holes.changes(),
            closed_at: self.closed_at.changes(),
            waits_since: self.waits_since.changes(),
        }
    }

    /// The transfer that is under way, and who was asked to join.
    fn company(&self) -> (Option<&Transfer>, Option<&BTreeSet<OperatorId>>) {
        match &*self.stage {
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
        match &*self.stage {
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
            queue: QueueName::clone(&self.queue),
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

    /// Brings a record of this chat up to date, and says whether anything in it has changed. Nothing is copied that is there
    /// already, and what is long is not even looked at where it cannot have changed.
    fn write_down(&self, record: &mut ChatRecord, new: &Changes, glance: &Glance, office: &Office) -> bool {
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
        if new.guest != 0 {
            changed |= put(guest, &*self.guest);
        }
        if new.queue != 0 {
            changed |= put(queue, &*self.queue);
        }
        if new.stage != 0 || new.last_operator != 0 {
            changed |= put(stage, &self.stage.name());
            changed |= put(stage_at, &self.stage_at);
            changed |= put(outcome, &self.recorded_outcome());
            changed |= put_option(operator, self.recorded_operator(office));
        }
        if new.stage != 0 || new.password != 0 {
            changed |= put_option(password, self.password.as_ref().filter(|_| open));
        }
        if new.stage != 0 || new.anchor != 0 {
            changed |= put_option(anchor, self.anchor.as_ref().filter(|_| open));
        }
        if new.stage != 0 || new.holes != 0 {
            changed |= put_all(holes, self.recorded_holes().iter());
        }
        if new.closed_at != 0 {
            changed |= put(closed_at, &*self.closed_at);
        }
        changed |= put(language, &glance.language);
        changed |= put(marks, &glance.marks);
        changed |= put(direct, &glance.direct);
        self.write_standing(standing, new, glance, office) || changed
    }

    fn write_standing(&self, record: &mut Standing, new: &Changes, glance: &Glance, office: &Office) -> bool {
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
        let mut changed = put(priority, &glance.priority);
        if new.waits_since != 0 {
            changed |= put(waits_since, &self.waits_since.map(|since| since.wall));
        }
        if new.stage != 0 {
            let jid = |operator: &OperatorId| office.operators.get(*operator).map(|who| &who.settings.jid);
            let (transfer, guests) = self.company();
            changed |= put_all(offered_to, self.stage.offered_to().iter().filter_map(jid));
            changed |= put_option(transfer_queue, transfer.and_then(|transfer| transfer.queue.as_ref()));
            changed |= put_option(transfer_note, transfer.and_then(|transfer| transfer.note.as_ref()));
            changed |= put_option(transfer_by, transfer.and_then(|transfer| jid(&transfer.by)));
            changed |= put_all(invited, guests.into_iter().flatten().filter_map(jid));
        }
        if new.demand != 0 {
            changed |= put_all(skills, self.demand.skills.iter());
        }
        if new.tongue != 0 {
            changed |= put_option(language, self.tongue.as_ref());
        }
        if new.left != 0 {
            changed |= put_all(left, self.left.iter());
        }
        if new.ruling != 0 {
            changed |= put(ruling, &*self.ruling);
        }
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
