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
    rooms: Prints<ChatId>,
    /// Those whose fingerprint was taken. Nobody comes here who does not make up addresses for it.
    others: BTreeMap<RoomJid, ChatId>,
}

impl Chats {
    /// The chat with this number.
    pub fn get(&self, id: &ChatId) -> Option<&Chat> {
        self.chats.get(key(id)).map(|chat| &**chat)
    }

    /// The chat with this number, to be changed.
    pub fn get_mut(&mut self, id: &ChatId) -> Option<&mut Chat> {
        self.chats.get_mut(key(id)).map(|chat| &mut **chat)
    }

    /// The chat in this room.
    pub fn in_room(&self, room: &RoomJid) -> Option<&Chat> {
        let chat = self.rooms.get(room.print()).and_then(|id| self.get(id)).filter(|chat| chat.room == *room);
        chat.or_else(|| self.get(self.others.get(room)?))
    }

    /// Is it open?
    pub fn contains_key(&self, id: &ChatId) -> bool {
        self.order.contains(id)
    }

    /// One more.
    pub fn insert(&mut self, chat: Box<Chat>) {
        let print = chat.room.print();
        match self.rooms.get(print) {
            None => drop(self.rooms.insert(print, chat.id)),
            Some(_) => drop(self.others.insert(chat.room.clone(), chat.id)),
        }
        self.order.insert(chat.id);
        self.chats.insert(key(&chat.id), chat);
    }

    /// It is over.
    pub fn remove(&mut self, id: &ChatId) -> Option<Box<Chat>> {
        let chat = self.chats.remove(key(id))?;
        self.order.remove(id);
        let print = chat.room.print();
        match self.rooms.get(print) {
            Some(place) if place == id => drop(self.rooms.remove(print)),
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

/// A number is its own fingerprint.
fn key(id: &ChatId) -> u64 {
    id.0.cast_unsigned()
}
