//! The open chats, by number and by room. Each has a place of its own in memory, because a map moves its values about whenever
//! one comes or goes, and a chat is large.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::chat::Chat;
use super::ids::{ChatId, RoomJid};
use super::prints::Prints;

/// All chats that are open.
#[derive(Clone, Default)]
pub struct Chats {
    chats: Prints<Box<Chat>>,
    /// The oldest first.
    order: BTreeSet<ChatId>,
    /// By the fingerprints of their rooms' addresses.
    rooms: Prints<(ChatId, RoomJid)>,
    /// Those whose fingerprint was taken. Nobody comes here who does not make up addresses for it.
    others: BTreeMap<RoomJid, ChatId>,
}

impl Chats {
    /// The chat with this number.
    pub fn get(&self, id: &ChatId) -> Option<&Chat> {
        self.chats.get(id.print()).map(|chat| &**chat)
    }

    /// The chat with this number, to be changed.
    pub fn get_mut(&mut self, id: &ChatId) -> Option<&mut Chat> {
        self.chats.get_mut(id.print()).map(|chat| &mut **chat)
    }

    /// The number of the chat in this room.
    pub fn at(&self, room: &RoomJid) -> Option<ChatId> {
        match self.rooms.get(room.print()) {
            Some((id, place)) if place == room => Some(*id),
            // Whoever had the fingerprint before may be gone.
            _ => self.others.get(room).copied(),
        }
    }

    /// The chat in this room.
    pub fn in_room(&self, room: &RoomJid) -> Option<&Chat> {
        self.get(&self.at(room)?)
    }

    /// Is it open?
    pub fn contains_key(&self, id: &ChatId) -> bool {
        self.order.contains(id)
    }

    /// One more.
    pub fn insert(&mut self, chat: Box<Chat>) {
        let print = chat.room.print();
        match self.rooms.get(print) {
            None => drop(self.rooms.insert(print, (chat.id, chat.room.clone()))),
            Some(_) => drop(self.others.insert(chat.room.clone(), chat.id)),
        }
        self.order.insert(chat.id);
        self.chats.insert(chat.id.print(), chat);
    }

    /// It is over.
    pub fn remove(&mut self, id: &ChatId) -> Option<Box<Chat>> {
        let chat = self.chats.remove(id.print())?;
        self.order.remove(id);
        let print = chat.room.print();
        match self.rooms.get(print) {
            Some((there, _)) if there == id => drop(self.rooms.remove(print)),
            _ => drop(self.others.remove(&chat.room)),
        }
        Some(chat)
    }

    /// All, the oldest first.
    pub fn values(&self) -> impl Iterator<Item = &Chat> {
        self.order.iter().filter_map(|id| self.get(id))
    }

    /// Their numbers, the oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &ChatId> {
        self.order.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// None is open.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

impl fmt::Debug for Chats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}
