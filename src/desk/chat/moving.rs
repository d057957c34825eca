//! From stage to stage: places of operators, and the place in the queue.

use super::Chat;
use super::stage::{Service, Stage};
use crate::desk::ids::{OperatorId, QueueName};
use crate::desk::office::{Office, Out};
use crate::desk::queue::{Demand, Stand};
use crate::desk::record::Outcome;

impl Chat {
    /// Moves to another stage; the operators' loads follow.
    pub(super) fn enter_stage(&mut self, stage: Stage, office: &mut Office, out: &mut Out) {
        self.move_loads(&stage, office, out);
        if let Some(operator) = stage.operator().and_then(|operator| office.operators.get(operator)) {
            *self.last_operator = Some(operator.settings.jid.clone());
        }
        if stage.name() != self.stage_name {
            self.stage_name = stage.name();
            self.stage_at = out.stamp.at.wall;
        }
        match stage {
            Stage::Waiting => {
                *self.last_operator = None;
                self.waits_since.get_or_insert(out.stamp.at);
            }
            Stage::Serving(_) => {
                self.told_nobody_free = false;
                self.server.clone_from(&*self.last_operator);
            }
            _ => {}
        }
        *self.stage = stage;
    }

    /// Whoever is no longer engaged is free; whoever served rests.
    fn move_loads(&mut self, stage: &Stage, office: &mut Office, out: &Out) {
        let rest = office.queue(&self.queue).map(|queue| queue.wrap_up).unwrap_or_default();
        for operator in self.stage.engages().filter(|one| !stage.engaged(*one)) {
            if self.served_by(operator) {
                office.operators.wrap_up(operator, rest, out.stamp.at);
            }
            office.operators.release(operator, self.id);
            office.due.operators.insert(operator);
        }
        for operator in stage.engages().filter(|one| !self.stage.engaged(*one)) {
            let weight = self.weight(operator, stage, office);
            office.operators.engage(operator, self.id, weight);
        }
    }

    /// How many places it takes of an operator. Whoever it is handed over to takes it for another queue, perhaps.
    pub fn weight(&self, operator: OperatorId, stage: &Stage, office: &Office) -> u32 {
        let other = match stage {
            Stage::Serving(Service { transfer: Some(transfer), .. }) if transfer.to == operator => &transfer.queue,
            _ => &None,
        };
        office.queue(other.as_ref().unwrap_or(&self.queue)).map_or(1, |queue| queue.chat_weight)
    }

    /// Takes its place in the queue, or gives it up, as the stage says.
    pub fn stand_in_line(&mut self, office: &mut Office) {
        let waits = matches!(*self.stage, Stage::Waiting | Stage::Offered(_));
        let wants = self.wants_operator();
        if self.stands_right(waits, wants) {
            return;
        }
        if let Some(before) = self.stand.take() {
            office.queues.leave(&before);
        }
        if waits {
            let wanting = wants.then(|| Demand::clone(&self.demand));
            let stand = Stand { queue: QueueName::clone(&self.queue), place: self.place(), wanting };
            office.queues.join(&stand);
            self.stand = Some(stand);
        }
        if wants {
            office.due.chats.insert(self.place());
        }
    }

    fn stands_right(&self, waits: bool, wants: bool) -> bool {
        match &self.stand {
            None => !waits,
            Some(stand) => {
                let demand = stand.wanting.as_ref() == wants.then_some(&*self.demand);
                waits && stand.queue == *self.queue && stand.place == self.place() && demand
            }
        }
    }

    /// How a chat ends whose guest was there.
    pub(super) fn outcome_by_talk(&self, otherwise: Outcome) -> Outcome {
        if self.marks.answered { Outcome::Answered } else { otherwise }
    }
}
