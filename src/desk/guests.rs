//! Whose chats are open where: one guest, one chat.

use jid::{BareJid, FullJid};

use super::ids::{ChatId, RoomJid, account_of};
use super::prints::{Prints, print_of};

/// The resource that stands in for the one of a guest who was invited for by bare JID; no two guests are told apart by it.
pub const RESOURCE_UNKNOWN: &str = "unknown";

/// The guests of all chats that are open and not about to end.
#[derive(Debug, Clone, Default)]
pub struct Guests {
    /// By their chats' numbers.
    chats: Prints<Guest>,
    by_address: Index,
    by_account: Index,
}

#[derive(Debug, Clone)]
struct Guest {
    jid: FullJid,
    room: RoomJid,
}

/// Chats by the fingerprint of something that their guests have, the oldest first. Others may have the same fingerprint.
#[derive(Debug, Clone, Default)]
struct Index(Prints<Vec<ChatId>>);

impl Guests {
    /// The chat has this guest, now or still. `directly`: they write to us, so that even one without a resource is known.
    pub fn note(&mut self, chat: ChatId, guest: &FullJid, room: &RoomJid, directly: bool) {
        if self.chats.get(chat.print()).is_some_and(|known| known.jid == *guest) {
            return;
        }
        self.forget(chat);
        if directly || guest.resource().as_str() != RESOURCE_UNKNOWN {
            self.by_address.add(guest.as_str(), chat);
            self.by_account.add(account_of(guest), chat);
            self.chats.insert(chat.print(), Guest { jid: guest.clone(), room: room.clone() });
        }
    }

    /// The chat is over, or about to be.
    pub fn forget(&mut self, chat: ChatId) {
        let Some(Guest { jid, .. }) = self.chats.remove(chat.print()) else { return };
        self.by_address.remove(jid.as_str(), chat);
        self.by_account.remove(account_of(&jid), chat);
    }

    /// The room of their oldest chat but this one.
    pub fn elsewhere(&self, guest: &FullJid, but: Option<ChatId>) -> Option<&RoomJid> {
        self.chats_of(guest).find(|(chat, _)| Some(*chat) != but).map(|(_, guest)| &guest.room)
    }

    /// Their oldest chat.
    pub fn chat_of(&self, guest: &FullJid) -> Option<ChatId> {
        self.chats_of(guest).next().map(|(chat, _)| chat)
    }

    /// The chat of this account, where it has just one.
    pub fn only_chat_of_account(&self, account: &BareJid) -> Option<ChatId> {
        let known =
            self.by_account.get(account.as_str()).filter_map(|chat| Some((chat, self.chats.get(chat.print())?)));
        let mut theirs = known.filter(|(_, guest)| account_of(&guest.jid) == account.as_str());
        let (first, second) = (theirs.next(), theirs.next());
        first.filter(|_| second.is_none()).map(|(chat, _)| chat)
    }

    fn chats_of(&self, guest: &FullJid) -> impl Iterator<Item = (ChatId, &Guest)> {
        let known = self.by_address.get(guest.as_str()).filter_map(|chat| Some((chat, self.chats.get(chat.print())?)));
        known.filter(|(_, known)| known.jid == *guest)
    }
}

impl Index {
    fn get(&self, text: &str) -> impl Iterator<Item = ChatId> {
        self.0.get(print_of(text)).into_iter().flatten().copied()
    }

    fn add(&mut self, text: &str, chat: ChatId) {
        let print = print_of(text);
        match self.0.get_mut(print) {
            Some(chats) => chats.insert(chats.partition_point(|other| *other < chat), chat),
            None => drop(self.0.insert(print, vec![chat])),
        }
    }

    fn remove(&mut self, text: &str, chat: ChatId) {
        let print = print_of(text);
        let Some(chats) = self.0.get_mut(print) else { return };
        chats.retain(|other| *other != chat);
        if chats.is_empty() {
            self.0.remove(print);
        }
    }
}
