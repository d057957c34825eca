//! Who waits, since when, in what order.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::{ChatId, QueueName};

/// All queues. A chat stands in line while it waits and while it is offered; chats are numbered in the order of
/// their invitations, so the number is the age.
#[derive(Debug, Default)]
pub struct Queues {
    lines: BTreeMap<QueueName, BTreeSet<ChatId>>,
}

impl Queues {
    /// A chat waits from now on, or still.
    pub fn join(&mut self, queue: &QueueName, chat: ChatId) {
        match self.lines.get_mut(queue) {
            Some(line) => {
                line.insert(chat);
            }
            None => {
                self.lines.insert(queue.clone(), BTreeSet::from([chat]));
            }
        }
    }

    /// A chat waits no more.
    pub fn leave(&mut self, queue: &QueueName, chat: ChatId) {
        if let Some(line) = self.lines.get_mut(queue) {
            line.remove(&chat);
        }
    }

    /// How many chats are served before this one.
    pub fn ahead_of(&self, queue: &QueueName, chat: ChatId) -> usize {
        self.lines.get(queue).map_or(0, |line| line.range(..chat).count())
    }

    /// Everybody who stands in line, the oldest first within a queue.
    pub fn in_order(&self) -> impl Iterator<Item = ChatId> {
        let all: BTreeSet<ChatId> = self.lines.values().flatten().copied().collect();
        all.into_iter()
    }
}
