//! Brings waiting chats and free operators together, and looks only where something has changed.
//!
//! Between events no chat waits that a free operator could take. So only what became new is looked at: a chat that began
//! to wait, or whose time has come; an operator who became free. The cost does not grow with the chats that wait.

use std::collections::BTreeSet;

use super::Desk;
use super::chat::Chat;
use super::ids::{ChatId, OperatorId};
use super::office::Out;
use super::operators::Operator;
use super::queue::Place;
use super::routing::{self, Skip};

/// What has to be looked at after an event.
#[derive(Debug, Default)]
pub struct Due {
    /// Chats that may find somebody now.
    pub chats: BTreeSet<Place>,
    /// Operators who may be free now.
    pub operators: BTreeSet<OperatorId>,
    /// Everything.
    pub all: bool,
}

impl Desk {
    pub(super) fn dispatch(&mut self, out: &mut Out) {
        while self.office.online() {
            let freed = self.office.operators.take_freed();
            self.office.due.operators.extend(freed);
            if std::mem::take(&mut self.office.due.all) {
                self.everything_is_due();
            }
            // Operators first: each gets the chat that is next, before a new one is looked at.
            if !self.office.due.operators.is_empty() {
                let operators = std::mem::take(&mut self.office.due.operators);
                self.free_operators(&operators, out);
            } else if let Some((_, chat)) = self.office.due.chats.pop_first() {
                self.look_around(chat, out);
            } else {
                return;
            }
        }
    }

    fn everything_is_due(&mut self) {
        let waiting = self.office.queues.wanting_in_order();
        self.office.due.chats.extend(waiting);
        self.office.due.operators.clear();
    }

    fn look_around(&mut self, id: ChatId, out: &mut Out) {
        if self.chats.get(&id).is_some_and(Chat::wants_operator) {
            self.with_chat(id, out, |chat, office, out| chat.look_around(office, out));
        }
    }

    /// These may be free: the chats that one of them could take look around, whoever is next first. (The strategy may
    /// choose somebody else for it; so it is the order of the chats that counts, not the order of the operators.)
    fn free_operators(&mut self, operators: &BTreeSet<OperatorId>, out: &mut Out) {
        for operator in operators {
            self.pass_on_messages(*operator, out);
        }
        let mut tried = BTreeSet::new();
        loop {
            let next = operators.iter().filter_map(|operator| self.first_for(*operator, &tried, out)).min();
            let Some((_, chat)) = next else { return };
            tried.insert(chat);
            self.look_around(chat, out);
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
