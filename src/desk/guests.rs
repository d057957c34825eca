//! Whose chats are open where: one guest, one chat.

use std::collections::BTreeMap;

use jid::FullJid;

use super::ids::{ChatId, RoomJid};

/// The resource that stands in for the one of a guest who was invited for by bare JID; no two guests are told apart by it.
pub const RESOURCE_UNKNOWN: &str = "unknown";

/// The guests of all chats that are open and not about to end.
#[derive(Debug, Clone, Default)]
pub struct Guests {
    rooms: BTreeMap<FullJid, BTreeMap<ChatId, RoomJid>>,
    guests: BTreeMap<ChatId, FullJid>,
}

impl Guests {
    /// The chat has this guest, now or still.
    pub fn note(&mut self, chat: ChatId, guest: &FullJid, room: &RoomJid) {
        if self.guests.get(&chat) == Some(guest) {
            return;
        }
        self.forget(chat);
        if guest.resource().as_str() != RESOURCE_UNKNOWN {
            self.guests.insert(chat, guest.clone());
            self.rooms.entry(guest.clone()).or_default().insert(chat, room.clone());
        }
    }

    /// The chat is over, or about to be.
    pub fn forget(&mut self, chat: ChatId) {
        let Some(guest) = self.guests.remove(&chat) else { return };
        if let Some(rooms) = self.rooms.get_mut(&guest) {
            rooms.remove(&chat);
            if rooms.is_empty() {
                self.rooms.remove(&guest);
            }
        }
    }

    /// The room of their oldest chat but this one.
    pub fn elsewhere(&self, guest: &FullJid, but: Option<ChatId>) -> Option<&RoomJid> {
        self.rooms.get(guest)?.iter().find(|(chat, _)| Some(**chat) != but).map(|(_, room)| room)
    }
}
