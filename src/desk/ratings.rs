//! What guests thought of it: a thumb and a few words, from the chat's own guest, during the chat and a while after.

use std::collections::VecDeque;
use std::time::Duration;

use jid::{FullJid, Jid};

use super::Desk;
use super::event::GuestRating;
use super::ids::{ChatId, Nick, RoomJid};
use super::moment::Mono;
use super::office::Out;
use super::record::{Counter, Rating, Record};

/// So long after its end a chat can be rated.
const AFTERWARDS: Duration = Duration::from_secs(600);
/// So many chats that have ended are remembered for that; the oldest are forgotten.
const ENDED_MAX: usize = 10_000;

/// Chats that ended a moment ago, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Ended(VecDeque<(Mono, ChatId, RoomJid, FullJid)>);

impl Ended {
    /// The chat with this guest in this room has ended.
    pub fn note(&mut self, chat: ChatId, room: RoomJid, guest: FullJid, now: Mono) {
        while self.0.front().is_some_and(|(at, ..)| now.since(*at) > AFTERWARDS) || self.0.len() >= ENDED_MAX {
            self.0.pop_front();
        }
        self.0.push_back((now, chat, room, guest));
    }

    /// The latest chat that ended in this room with this guest, if that is not too long ago.
    fn find(&self, room: &RoomJid, guest: &Jid, now: Mono) -> Option<ChatId> {
        let theirs = |(at, _, there, who): &&(Mono, ChatId, RoomJid, FullJid)| {
            there == room && guest == who && now.since(*at) <= AFTERWARDS
        };
        self.0.iter().rev().find(theirs).map(|(_, chat, ..)| *chat)
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
        let open = self.chats.in_room(room).filter(|chat| given.from == *chat.guest);
        open.map(|chat| chat.id).or_else(|| self.office.ended.find(room, &given.from, now))
    }

    fn occupant(&self, from: &Jid) -> Option<(&super::Chat, Nick)> {
        let room = RoomJid::new(from.to_bare())?;
        let chat = self.chats.in_room(&room)?;
        Some((chat, Nick(from.resource()?.as_str().to_owned())))
    }
}
