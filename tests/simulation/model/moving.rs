//! What the record says of a chat: its stage, its queue, who has it.

use std::collections::BTreeSet;

use frontdesk::desk::event::Event;
use frontdesk::desk::record::{ChatRecord, Outcome, StageName};
use frontdesk::desk::settings::{QueueSettings, StrategyName};
use jid::BareJid;

use super::case::{self, Case};
use super::{Model, Verdict};

impl Model {
    pub(super) fn chat(&mut self, event: &Event, record: &ChatRecord) -> Verdict {
        if !self.cases.contains_key(&record.id) {
            if record.stage == StageName::Closed {
                return Ok(());
            }
            self.cases.insert(record.id, Case::new(event, record, self.settings()));
        }
        let mut case = self.cases.remove(&record.id).unwrap();
        self.moved(&mut case, record)?;
        let now = self.at();
        let opened = case.note_stage(record, now, |case| case::takes_guests(self.queue(case), now.wall))?;
        if opened && !case::takes_guests(self.queue(&case), now.wall) {
            return Err(format!("I3: chat {} is called in though {} is closed", record.id, case.queue));
        }
        self.settle(&mut case, record)?;
        case.agrees_with(record)?;
        if record.stage == StageName::Closed {
            if record.outcome == Some(Outcome::Answered) {
                self.served.entry(record.guest.clone()).or_default().append(&mut case.accepted_by);
            }
        } else {
            self.cases.insert(record.id, case);
        }
        Ok(())
    }

    /// It stands in another queue now: it overflowed, or was handed over.
    fn moved(&mut self, case: &mut Case, record: &ChatRecord) -> Verdict {
        if case.queue == record.queue {
            return Ok(());
        }
        let overflowed = record.stage != StageName::Serving && record.stage != StageName::Closing;
        let before = self.queue(case).clone();
        if overflowed {
            let to = before.overflow.as_ref().map(|overflow| &overflow.to);
            if to != Some(&record.queue) {
                return Err(format!("chat {} went from {} to {}, whyever", case.id, case.queue, record.queue));
            }
            self.overflow_is_due(case, &before)?;
            if case.left.contains(&record.queue) {
                return Err(format!("chat {} came back to {}", case.id, record.queue));
            }
            case.left.push(case.queue.clone());
            case.waits_since = Some(self.at());
        }
        case.come_to(&record.queue, self.settings());
        let after = self.queue(case);
        if overflowed && !case::takes_guests(after, self.at().wall) {
            return Err(format!("chat {} overflowed to {}, which is closed", case.id, case.queue));
        }
        if record.stage == StageName::Serving {
            case.reply.begin(self.mono() + after.first_reply);
        }
        Ok(())
    }

    /// It has waited for long enough, or so many are before it.
    fn overflow_is_due(&self, case: &Case, queue: &QueueSettings) -> Verdict {
        let overflow = queue.overflow.as_ref().unwrap();
        let waited = case.waits_since.map(|since| self.mono().since(since.mono)).unwrap_or_default();
        let line = self.cases.values().filter(|other| other.waits() && other.queue == case.queue);
        let ahead = line.filter(|other| other.place() < case.place()).count();
        let crowded = overflow.beyond.is_some_and(|beyond| ahead >= beyond as usize);
        match crowded || overflow.after.is_some_and(|after| waited >= after) {
            true => Ok(()),
            false => Err(format!("chat {} overflows after {waited:?} with {ahead} before it: {overflow:?}", case.id)),
        }
    }

    /// Who has it and to whom it is offered, as the record says, is what the lines said.
    fn settle(&mut self, case: &mut Case, record: &ChatRecord) -> Verdict {
        let wrap_up = self.queue(case).wrap_up;
        if !matches!(record.stage, StageName::Serving | StageName::Offered) {
            if let (Some(owner), false) = (case.owner.clone(), case.over) {
                return Err(format!("I3: {owner} lost chat {} without a word: {record:?}", case.id));
            }
            for operator in std::mem::take(&mut case.offered) {
                self.staff.release(&operator, case.id);
            }
            if let Some(owner) = case.owner.take() {
                self.staff.released_after_serving(&owner, case.id, wrap_up, self.at());
            }
            return Ok(());
        }
        let owner = record.operator.clone().filter(|_| record.stage == StageName::Serving);
        let offered: BTreeSet<BareJid> = record.standing.offered_to.iter().cloned().collect();
        if owner != case.owner || offered != case.offered {
            return Err(format!(
                "I3: chat {} is {:?}'s and offered to {:?} by its lines, but {owner:?}'s and offered to {offered:?}",
                case.id, case.owner, case.offered
            ));
        }
        let broadcast = self.queue(case).strategy == StrategyName::Broadcast || case.several;
        if offered.len() > 1 && !broadcast {
            return Err(format!("I3: chat {} is offered to {offered:?} at once", case.id));
        }
        Ok(())
    }
}
