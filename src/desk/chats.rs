//! The open chats, by number. Each has a place of its own in memory, because a map moves its values about whenever one comes or
//! goes, and a chat is large.

use std::collections::BTreeMap;

use super::chat::Chat;
use super::ids::ChatId;

/// All chats that are open.
#[derive(Debug, Clone, Default)]
pub struct Chats(BTreeMap<ChatId, Box<Chat>>);

impl Chats {
    /// The chat with this number.
    pub fn get(&self, id: &ChatId) -> Option<&Chat> {
        self.0.get(id).map(|chat| &**chat)
    }

    /// The chat with this number, to be changed.
    pub fn get_mut(&mut self, id: &ChatId) -> Option<&mut Chat> {
        self.0.get_mut(id).map(|chat| &mut **chat)
    }

    /// Is it open?
    pub fn contains_key(&self, id: &ChatId) -> bool {
        self.0.contains_key(id)
    }

    /// One more.
    pub fn insert(&mut self, chat: Chat) {
        self.0.insert(chat.id, Box::new(chat));
    }

    /// It is over.
    pub fn remove(&mut self, id: &ChatId) -> Option<Box<Chat>> {
        self.0.remove(id)
    }

    /// All, the oldest first.
    pub fn values(&self) -> impl Iterator<Item = &Chat> {
        self.0.values().map(|chat| &**chat)
    }

    /// Their numbers, the oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &ChatId> {
        self.0.keys()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None is open.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
