//! What guests thought of it: a thumb and a few words, from the chat's own guest, during the chat and a while after.

use std::collections::VecDeque;
use std::time::Duration;

use jid::Jid;

use super::Desk;
use super::chat::Chat;
use super::event::GuestRating;
use super::ids::{ChatId, MessageId, Nick, RoomJid};
use super::moment::{Moment, Mono};
use super::office::Out;
use super::record::{Counter, EndedChat, Rating, Record};

/// So long after its end a chat can be rated.
pub const AFTERWARDS: Duration = Duration::from_secs(600);
/// So many chats that have ended are remembered for that; the oldest are forgotten.
pub const ENDED_MAX: usize = 10_000;

/// Chats that ended a moment ago, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Ended(VecDeque<(Mono, EndedChat)>);

impl Ended {
    /// What a starting desk is told, the oldest first.
    pub fn restored(chats: Vec<EndedChat>, at: Moment) -> Self {
        let mut ended = Self::default();
        for chat in chats {
            if at.wall - chat.at <= chrono::TimeDelta::seconds(AFTERWARDS.as_secs().cast_signed()) {
                let since = at.mono_of(chat.at);
                ended.0.push_back((since, chat));
            }
        }
        ended
    }

    /// A chat has ended.
    pub fn note(&mut self, chat: EndedChat, now: Mono) {
        while self.0.front().is_some_and(|(at, _)| now.since(*at) > AFTERWARDS) || self.0.len() >= ENDED_MAX {
            self.0.pop_front();
        }
        self.0.push_back((now, chat));
    }

    /// Chats that ended in this room, the latest first, if that is not too long ago.
    fn in_room(&self, room: &RoomJid, now: Mono) -> impl Iterator<Item = &EndedChat> {
        let there = move |(at, chat): &&(Mono, EndedChat)| chat.room == *room && now.since(*at) <= AFTERWARDS;
        self.0.iter().rev().filter(there).map(|(_, chat)| chat)
    }
}

impl EndedChat {
    /// What a chat leaves behind that ends now.
    pub fn of(chat: &Chat, at: chrono::DateTime<chrono::Utc>) -> Self {
        let (room, guest) = (chat.room.clone(), (*chat.guest).clone());
        Self { chat: chat.id, room, guest, tag: chat.private_tag().map(str::to_owned), at }
    }
}

impl Desk {
    /// A rating counts from the chat's guest alone; the latest one holds.
    pub(super) fn rated(&mut self, given: GuestRating, out: &mut Out) {
        let Some(chat) = self.rated_chat(&given, out.mono()) else { return out.count(Counter::StanzaIgnored) };
        let GuestRating { thumb, words, .. } = given;
        out.remember(Record::Rating(Box::new(Rating { chat, at: out.stamp.at.wall, thumb, words })));
    }

    fn rated_chat(&self, given: &GuestRating, now: Mono) -> Option<ChatId> {
        // Said in a room, or to us by one of its occupants: the room vouches for the nick, and for no more.
        if let Some((chat, nick)) = self.occupant(&given.from) {
            return chat.is_guest(&nick).then_some(chat.id);
        }
        let room = given.room.as_ref()?;
        let open = self.chats.in_room(room);
        let open = open.filter(|chat| given.from == *chat.guest || self.was_there(given, chat.private_tag()));
        let ended = || {
            let theirs = |chat: &&EndedChat| given.from == chat.guest || self.was_there(given, chat.tag.as_deref());
            self.office.ended.in_room(room, now).find(theirs)
        };
        open.map(|chat| chat.id).or_else(|| ended().map(|chat| chat.chat))
    }

    /// An anonymous guest who lost the connection has another address. As with coming back into the room, whoever guests may
    /// be and knows what only people inside could hear is the guest: here the id of something that the desk said there.
    fn was_there(&self, given: &GuestRating, tag: Option<&str>) -> bool {
        let (Some(MessageId(heard)), Some(tag)) = (&given.heard, tag) else { return false };
        let inside = heard.strip_prefix(tag).is_some_and(|number| number.starts_with('-'));
        let employed = self.office.operators.find_ever(&given.from).is_some();
        inside && !employed && self.office.welcomes(given.from.domain().as_str())
    }

    fn occupant(&self, from: &Jid) -> Option<(&Chat, Nick)> {
        let room = RoomJid::new(from.to_bare())?;
        let chat = self.chats.in_room(&room)?;
        Some((chat, Nick::from(from.resource()?.as_str().to_owned())))
    }
}
