//! Brings waiting chats and free operators together, and looks only where something has changed.
//!
//! Between events no chat waits that a free operator could take. So only what became new is looked at: a chat that began
//! to wait, or whose time has come; an operator who became free. The cost does not grow with the chats that wait.

use std::collections::{BTreeMap, BTreeSet};

use super::Desk;
use super::chat::Chat;
use super::ids::{ChatId, OperatorId};
use super::moment::earlier;
use super::office::Out;
use super::operators::Operator;
use super::queue::Place;
use super::routing::{self, Skip};
use super::settings::StrategyName;

/// What has to be looked at after an event.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Chats that may find somebody now.
    pub chats: BTreeSet<Place>,
    /// Operators who may be free now.
    pub operators: BTreeSet<OperatorId>,
    /// Everything.
    pub all: bool,
    passes: BTreeMap<OperatorId, BTreeSet<ChatId>>,
}

/// So many of the chats that an operator passed on look around when that operator goes; the others do so in their time.
const PASSES_MAX: usize = 32;

impl Due {
    /// There is nothing to look at: most events are words.
    pub(super) fn nothing(&self) -> bool {
        self.chats.is_empty() && self.operators.is_empty() && !self.all
    }

    /// This operator passed on this chat: while they are there, later tiers wait.
    pub fn passed(&mut self, operator: OperatorId, chat: ChatId) {
        let chats = self.passes.entry(operator).or_default();
        chats.insert(chat);
        if chats.len() > PASSES_MAX {
            chats.pop_first();
        }
    }
}

/// Who looks for a chat after an event.
#[derive(Debug, Default)]
struct Free {
    operators: BTreeSet<OperatorId>,
    /// Chats that looked around for one of them. (The strategy may choose somebody else, or nobody.)
    tried: BTreeSet<ChatId>,
}

impl Desk {
    /// Whoever comes first in line looks around first, whatever made it due: itself, or an operator who could take it.
    pub(super) fn dispatch(&mut self, out: &mut Out) {
        if self.office.due.nothing() && !self.office.operators.changed_hands() {
            return;
        }
        let mut free = Free::default();
        while self.office.online() {
            self.note_free(&mut free, out);
            let for_operators = free.operators.iter().filter_map(|who| self.first_for(*who, &free.tried, out)).min();
            let due = self.office.due.chats.first().copied();
            let Some(first) = earlier(for_operators, due) else { return };
            self.office.due.chats.remove(&first);
            if for_operators == Some(first) {
                free.tried.insert(first.1);
            }
            self.look_around(first.1, out);
        }
    }

    fn note_free(&mut self, free: &mut Free, out: &mut Out) {
        for operator in self.office.operators.take_lost() {
            self.tier_has_gone(operator, out);
        }
        let freed = self.office.operators.take_freed();
        self.office.due.operators.extend(freed);
        let operators = std::mem::take(&mut self.office.due.operators);
        for operator in &operators {
            self.pass_on_messages(*operator, out);
        }
        if std::mem::take(&mut self.office.due.all) {
            let waiting = self.office.queues.wanting_in_order();
            self.office.due.chats.extend(waiting);
            self.office.messages.look_again();
        } else if !operators.is_empty() {
            free.operators.extend(operators);
            free.tried.clear();
        }
    }

    /// Somebody who passed on chats is full or gone, so that the next tier need not wait for its time.
    fn tier_has_gone(&mut self, operator: OperatorId, out: &Out) {
        let Some(passed) = self.office.due.passes.remove(&operator) else { return };
        for id in passed {
            let Some(chat) = self.chats.get(&id).filter(|chat| chat.passed_by(operator, out.mono())) else { continue };
            self.office.due.passed(operator, id);
            if self.office.queue(&chat.queue).is_some_and(|queue| queue.strategy == StrategyName::Tiers) {
                self.office.due.chats.insert(chat.place());
            }
        }
    }

    fn look_around(&mut self, id: ChatId, out: &mut Out) {
        if self.chats.get(&id).is_some_and(Chat::wants_operator) {
            self.with_chat(id, out, |chat, office, out| chat.look_around(office, out));
        }
    }

    fn first_for(&self, operator: OperatorId, tried: &BTreeSet<ChatId>, out: &Out) -> Option<Place> {
        let who = self.office.operators.get(operator).filter(|who| who.employed)?;
        let queues = self.office.settings.queues.iter();
        let concerned = queues.filter(|queue| who.serves(&queue.name) || queue.supervisors.contains(&who.settings.jid));
        let lines = concerned.flat_map(|queue| self.office.queues.wanting(&queue.name));
        lines.filter_map(|line| self.first_in_line(line, operator, who, tried, out)).min()
    }

    fn first_in_line(
        &self,
        line: &BTreeSet<Place>,
        operator: OperatorId,
        who: &Operator,
        tried: &BTreeSet<ChatId>,
        out: &Out,
    ) -> Option<Place> {
        for place in line {
            let Some(chat) = self.chats.get(&place.1) else { continue };
            if tried.contains(&place.1) || chat.passed_by(operator, out.mono()) {
                continue;
            }
            let need = chat.need(&self.office, out)?;
            let asked = who.serves(&need.queue.name);
            let supervises = need.queue.supervisors.contains(&who.settings.jid);
            match routing::fit(who, &need) {
                Ok(()) if asked => return Some(*place),
                // Supervisors are asked whatever they know and speak.
                Ok(()) | Err(Skip::Language(_) | Skip::Skill(_)) if supervises && need.escalated() => {
                    return Some(*place);
                }
                // Whoever comes behind may have waited for longer, or speak another language.
                Ok(()) | Err(Skip::Language(_)) => {}
                Err(Skip::Skill(_)) if supervises => {}
                Err(_) => return None,
            }
        }
        None
    }
}
