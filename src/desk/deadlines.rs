//! When each chat next needs attention.
//!
//! Nearly every event puts a chat's deadline off: its room was heard of. So a chat is noted at the time that was true when it was
//! noted, and looked at again when it comes first; in between, being put off costs nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::chat::Chat;
use super::chats::Chats;
use super::ids::ChatId;
use super::moment::Mono;

/// The chats in the order in which they may be due. The first one is due when it is noted, no later. A chat that is due earlier than
/// it was is noted a second time; the first note is found to be void when its time comes.
#[derive(Debug, Clone, Default)]
pub struct Deadlines(BinaryHeap<Reverse<(Mono, ChatId)>>);

/// When a chat is due, and at what time it is noted: that time, or earlier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueAt {
    due: Option<Mono>,
    noted: Option<Mono>,
}

impl Deadlines {
    /// The next chat, and when it is due.
    pub fn first(&self) -> Option<(Mono, ChatId)> {
        self.0.peek().map(|Reverse(first)| *first)
    }

    /// This chat is due then, from now on; `None`: never, as far as one can tell. Says whether another one may be first now.
    #[must_use = "the first one is to be settled"]
    pub fn set(&mut self, chat: &mut Chat, due: Option<Mono>) -> bool {
        let (id, at) = (chat.id, &mut chat.due_at);
        if at.due == due && at.noted.is_some() == due.is_some() {
            return false;
        }
        at.due = due;
        let was_first = at.noted.is_some_and(|noted| self.first() == Some((noted, id)));
        match (due, at.noted) {
            (Some(due), Some(noted)) if due >= noted => {}
            (Some(due), _) => {
                at.noted = Some(due);
                self.0.push(Reverse((due, id)));
            }
            (None, _) => at.noted = None,
        }
        was_first
    }

    /// The first one may have been put off: it goes where it belongs.
    pub fn settle_first(&mut self, chats: &mut Chats) {
        while let Some(mut first) = self.0.peek_mut() {
            let Reverse((noted, id)) = *first;
            let at = chats.get_mut(&id).map(|chat| &mut chat.due_at).filter(|at| at.noted == Some(noted));
            match at {
                Some(at) if at.due == Some(noted) => return,
                Some(at) if at.due.is_some() => {
                    at.noted = at.due;
                    first.0.0 = at.due.unwrap_or(noted);
                }
                _ => drop(PeekMut::pop(first)),
            }
        }
    }

    /// Who is due by now, in order. They are not noted any more: [`Self::set`] is to be called for each.
    pub fn take_due(&mut self, now: Mono, chats: &mut Chats) -> Vec<ChatId> {
        let mut due = Vec::new();
        while let Some((noted, id)) = self.first().filter(|(noted, _)| *noted <= now) {
            self.0.pop();
            let at = chats.get_mut(&id).map(|chat| &mut chat.due_at).filter(|at| at.noted == Some(noted));
            let Some(at) = at else { continue };
            at.noted = at.due.filter(|due| *due > now);
            match at.noted {
                Some(later) => self.0.push(Reverse((later, id))),
                None => due.extend(at.due.map(|at| (at, id))),
            }
        }
        self.settle_first(chats);
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }
}
