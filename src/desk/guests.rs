//! Whose chats are open where: one guest, one chat.

use std::collections::{BTreeMap, BTreeSet};

use jid::{BareJid, FullJid};

use super::ids::{ChatId, RoomJid, account_of};

/// The resource that stands in for the one of a guest who was invited for by bare JID; no two guests are told apart by it.
pub const RESOURCE_UNKNOWN: &str = "unknown";

/// The guests of all chats that are open and not about to end.
#[derive(Debug, Clone, Default)]
pub struct Guests {
    rooms: BTreeMap<FullJid, BTreeMap<ChatId, RoomJid>>,
    accounts: BTreeMap<String, BTreeSet<ChatId>>,
    guests: BTreeMap<ChatId, FullJid>,
}

impl Guests {
    /// The chat has this guest, now or still. `directly`: they write to us, so that even one without a resource is known.
    pub fn note(&mut self, chat: ChatId, guest: &FullJid, room: &RoomJid, directly: bool) {
        if self.guests.get(&chat) == Some(guest) {
            return;
        }
        self.forget(chat);
        if directly || guest.resource().as_str() != RESOURCE_UNKNOWN {
            self.guests.insert(chat, guest.clone());
            self.rooms.entry(guest.clone()).or_default().insert(chat, room.clone());
            self.accounts.entry(account_of(guest).to_owned()).or_default().insert(chat);
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
        let account = account_of(&guest);
        if let Some(chats) = self.accounts.get_mut(account) {
            chats.remove(&chat);
            if chats.is_empty() {
                self.accounts.remove(account);
            }
        }
    }

    /// The room of their oldest chat but this one.
    pub fn elsewhere(&self, guest: &FullJid, but: Option<ChatId>) -> Option<&RoomJid> {
        self.rooms.get(guest)?.iter().find(|(chat, _)| Some(**chat) != but).map(|(_, room)| room)
    }

    /// Their oldest chat.
    pub fn chat_of(&self, guest: &FullJid) -> Option<ChatId> {
        self.rooms.get(guest)?.keys().next().copied()
    }

    /// The chat of this account, where it has just one.
    pub fn only_chat_of_account(&self, account: &BareJid) -> Option<ChatId> {
        let chats = self.accounts.get(account.as_str())?;
        chats.first().copied().filter(|_| chats.len() == 1)
    }
}
