//! The open chats, by number and by room. Each has a place of its own in memory, because a map moves its values about whenever
//! one comes or goes, and a chat is large.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::chat::Chat;
use super::ids::{ChatId, RoomJid};

/// All chats that are open.
#[derive(Debug, Clone, Default)]
pub struct Chats {
    chats: BTreeMap<ChatId, Box<Chat>>,
    /// By the fingerprints of their rooms' addresses: numbers are compared faster than addresses, which all end alike.
    rooms: BTreeMap<u64, ChatId>,
    /// Those whose fingerprint was taken. Nobody comes here who does not make up addresses for it.
    others: BTreeMap<RoomJid, ChatId>,
}

impl Chats {
    /// The chat with this number.
    pub fn get(&self, id: &ChatId) -> Option<&Chat> {
        self.chats.get(id).map(|chat| &**chat)
    }

    /// The chat with this number, to be changed.
    pub fn get_mut(&mut self, id: &ChatId) -> Option<&mut Chat> {
        self.chats.get_mut(id).map(|chat| &mut **chat)
    }

    /// The chat in this room.
    pub fn in_room(&self, room: &RoomJid) -> Option<&Chat> {
        let chat = self.rooms.get(&fingerprint(room)).and_then(|id| self.get(id)).filter(|chat| chat.room == *room);
        chat.or_else(|| self.get(self.others.get(room)?))
    }

    /// Is it open?
    pub fn contains_key(&self, id: &ChatId) -> bool {
        self.chats.contains_key(id)
    }

    /// One more.
    pub fn insert(&mut self, chat: Chat) {
        match self.rooms.entry(fingerprint(&chat.room)) {
            Entry::Vacant(place) => drop(place.insert(chat.id)),
            Entry::Occupied(_) => drop(self.others.insert(chat.room.clone(), chat.id)),
        }
        self.chats.insert(chat.id, Box::new(chat));
    }

    /// It is over.
    pub fn remove(&mut self, id: &ChatId) -> Option<Box<Chat>> {
        let chat = self.chats.remove(id)?;
        match self.rooms.entry(fingerprint(&chat.room)) {
            Entry::Occupied(place) if place.get() == id => drop(place.remove()),
            _ => drop(self.others.remove(&chat.room)),
        }
        Some(chat)
    }

    /// All, the oldest first.
    pub fn values(&self) -> impl Iterator<Item = &Chat> {
        self.chats.values().map(|chat| &**chat)
    }

    /// Their numbers, the oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &ChatId> {
        self.chats.keys()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.chats.len()
    }

    /// None is open.
    pub fn is_empty(&self) -> bool {
        self.chats.is_empty()
    }
}

/// The same for the same address in every run: a hasher that is made like this has no random key.
fn fingerprint(room: &RoomJid) -> u64 {
    let mut hasher = DefaultHasher::new();
    room.bare().as_str().hash(&mut hasher);
    hasher.finish()
}
