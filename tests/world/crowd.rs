//! Many at once: floods of invitations, crowds of guests, lines that are poured, robots that answer.

use std::time::Duration;

use frontdesk::desk::event::{DirectMessage, Event, Invitation, InvitationForm};
use frontdesk::desk::facts::Brought;
use frontdesk::desk::ids::{Nick, RoomJid};
use frontdesk::desk::moment::Mono;
use jid::FullJid;

use super::World;
use super::people::{account, person, room};

/// A robot that is still answered after so long is answered for ever.
const FOR_EVER: Duration = Duration::from_secs(86_400);

impl World {
    pub fn invite_directly(&mut self, place: RoomJid, who: FullJid) {
        self.happen(Event::InvitationReceived(Invitation {
            room: place,
            from: who.into(),
            form: InvitationForm::Direct,
            password: None,
            reason: None,
            language: None,
            brought: Brought::default(),
        }));
    }

    /// Invitations into rooms that are not there; with `resources` each comes from another client.
    pub fn flood(&mut self, times: u32, who: &str, resources: bool) {
        for number in 1..=times {
            let resource = if resources { format!("r{number}") } else { "pc".to_owned() };
            self.invite_directly(room(&format!("{who}-{number}")), person(&format!("{who}/{resource}")));
        }
    }

    /// So many guests in rooms of their own ask the desk in.
    pub fn crowd(&mut self, size: u32) {
        for number in 1..=size {
            let (place, who) = (room(&format!("crowd{number}")), person(&format!("c{number}")));
            self.in_room(&place, |room| room.enter(&who, &Nick::from("Guest".to_owned()), None));
            self.invite_directly(place, who);
        }
    }

    /// How many rooms the desk is in.
    pub fn rooms_entered(&self) -> usize {
        self.rooms.values().filter(|room| room.desk_inside()).count()
    }

    /// Somebody says so many lines at once.
    pub fn pour(&mut self, place: &RoomJid, who: &FullJid, lines: u32) {
        (1..=lines).for_each(|number| self.say_in(place, who, &format!("line {number}")));
    }

    /// Answers all that the desk says, in the room or directly, after a pause. How often until nobody answers any more.
    pub fn robot(&mut self, place: Option<&RoomJid>, who: &FullJid, words: &str, pause: Duration) -> usize {
        let end = self.now().mono + FOR_EVER;
        let mut said = 0;
        loop {
            let heard = self.heard_from_desk(place, who);
            said += 1;
            match place {
                Some(place) => self.say_in(place, who, words),
                None => self.tell_desk(who, words),
            }
            self.wait(pause);
            if self.heard_from_desk(place, who) == heard {
                return said;
            }
            self.assert_before(end);
        }
    }

    fn assert_before(&self, end: Mono) {
        assert!(self.now().mono < end, "two robots talk for ever");
    }

    fn heard_from_desk(&self, place: Option<&RoomJid>, who: &FullJid) -> usize {
        let said = place.and_then(|place| self.said.get(place)).into_iter().flatten();
        let lines = said.filter(|line| line.by.to_bare() == account()).count();
        lines + self.mail.iter().filter(|(to, _)| *to == *who).count()
    }

    fn say_in(&mut self, place: &RoomJid, who: &FullJid, words: &str) {
        let at = self.now().wall;
        self.in_room(place, |room| {
            let nick = room.nick_of(who).expect("somebody in the room");
            room.say(&nick, None, words, None, at);
        });
    }

    fn tell_desk(&mut self, who: &FullJid, words: &str) {
        let (from, body) = (who.clone().into(), words.to_owned());
        self.happen(Event::DirectMessageReceived(DirectMessage {
            from,
            body,
            language: None,
            delayed: false,
            id: None,
            encrypted: false,
            archived: None,
        }));
    }
}
