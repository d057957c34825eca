//! The way into rooms: who wants in knocks when it is their turn ([`super::bounds::Doors`]).

use super::Desk;
use super::ids::ChatId;
use super::moment::Mono;
use super::office::Out;

impl Desk {
    /// Lets those chats knock whose turn it is.
    pub(super) fn let_in(&mut self, out: &mut Out) {
        let now = out.mono();
        while let Some(id) = self.next_at_the_door(now) {
            self.with_chat(id, out, |chat, office, out| chat.knock_first(office, out));
        }
    }

    fn next_at_the_door(&mut self, now: Mono) -> Option<ChatId> {
        if self.office.online() { self.office.bounds.doors.next(now) } else { None }
    }

    /// When one of those who wait may knock.
    pub(super) fn door_deadline(&self) -> Option<Mono> {
        if self.office.online() { self.office.bounds.doors.ready_at() } else { None }
    }
}
