//! When each chat next needs attention.
//!
//! Nearly every event puts a chat's deadline off: its room was heard of. So a chat is noted at the time that was true when it was
//! noted, and looked at again when it comes first; in between, being put off costs nothing.

use std::collections::BTreeSet;

use super::chat::Chat;
use super::chats::Chats;
use super::ids::ChatId;
use super::moment::Mono;

/// The chats in the order in which they may be due. The first one is due when it is noted, no later.
#[derive(Debug, Clone, Default)]
pub struct Deadlines(BTreeSet<(Mono, ChatId)>);

/// When a chat is due, and at what time it is noted: that time, or earlier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueAt {
    due: Option<Mono>,
    noted: Option<Mono>,
}

impl Deadlines {
    /// The next chat, and when it is due.
    pub fn first(&self) -> Option<(Mono, ChatId)> {
        self.0.first().copied()
    }

    /// This chat is due then, from now on; `None`: never, as far as one can tell. Says whether another one may be first now.
    #[must_use = "the first one is to be settled"]
    pub fn set(&mut self, chat: &mut Chat, due: Option<Mono>) -> bool {
        let (id, at) = (chat.id, &mut chat.due_at);
        if at.due == due {
            return false;
        }
        at.due = due;
        let was_first = at.noted.is_some_and(|noted| self.first() == Some((noted, id)));
        let put_off = due.zip(at.noted).is_some_and(|(due, noted)| due >= noted);
        if !put_off {
            at.noted.map(|noted| self.0.remove(&(noted, id)));
            at.noted = due;
            self.0.extend(due.map(|due| (due, id)));
        }
        was_first
    }

    /// The first one may have been put off: it goes where it belongs.
    pub fn settle_first(&mut self, chats: &mut Chats) {
        while let Some((noted, id)) = self.0.first().copied() {
            let Some(chat) = chats.get_mut(&id) else {
                self.0.pop_first();
                continue;
            };
            if chat.due_at.due == Some(noted) {
                return;
            }
            self.0.pop_first();
            chat.due_at.noted = chat.due_at.due;
            self.0.extend(chat.due_at.due.map(|due| (due, id)));
        }
    }

    /// Who is due by now, in order.
    pub fn due(&self, now: Mono, chats: &Chats) -> Vec<ChatId> {
        let noted = self.0.iter().take_while(|(noted, _)| *noted <= now);
        let due = noted.filter_map(|(_, id)| Some((chats.get(id)?.due_at.due.filter(|due| *due <= now)?, *id)));
        let mut due: Vec<(Mono, ChatId)> = due.collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }
}
