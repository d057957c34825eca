//! What people are going to do, and when: the world jumps from one deed to the next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::desk::event::Show;

/// A guest, by the number of their coming; nobody's number comes twice.
pub type GuestNumber = u64;
/// An operator, by their place in the settings.
pub type StaffNumber = usize;

/// Something that somebody does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// The next guest invites the desk.
    Invite,
    /// A guest leaves their room, unless it is closed already.
    GuestLeaves(GuestNumber),
    /// A guest leaves if nobody has come to them so far.
    LosePatience(GuestNumber),
    /// An operator enters the room where they are asked, if they still are.
    Enter(GuestNumber, StaffNumber),
    /// An operator declines, if they are still asked.
    Decline(GuestNumber, StaffNumber),
    /// An operator enters a room where nobody asked them, if the chat waits.
    Take(GuestNumber, StaffNumber),
    /// The operator who has the chat says something to the guest.
    Speak(GuestNumber, StaffNumber),
    /// The operator who has the chat gives a command in its room.
    Tell(GuestNumber, StaffNumber, String),
    /// The operator who has the chat says `!close`.
    Close(GuestNumber, StaffNumber),
    /// An operator leaves a guest's room.
    Leave(GuestNumber, StaffNumber),
    /// An operator's client shows something else.
    Show(StaffNumber, Show),
    /// An operator writes a command to the desk.
    Order(StaffNumber, String),
}

/// Deeds in the order of their time; those of the same moment in the order in which they were planned.
#[derive(Debug, Default)]
pub struct Agenda {
    now: u64,
    planned: u64,
    deeds: BinaryHeap<Reverse<(u64, u64, Deed)>>,
}

impl Agenda {
    /// Now, in milliseconds since the beginning.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Somebody will do this after so long.
    pub fn after(&mut self, span: Duration, deed: Deed) {
        let span = u64::try_from(span.as_micros().saturating_add(500) / 1_000).unwrap_or(u64::MAX);
        self.at(self.now.saturating_add(span), deed);
    }

    /// Somebody will do this then, in milliseconds since the beginning; at once, where that is past.
    pub fn at(&mut self, time: u64, deed: Deed) {
        self.planned += 1;
        self.deeds.push(Reverse((time.max(self.now), self.planned, deed)));
    }

    /// When the next deed is due.
    pub(super) fn next(&self) -> Option<u64> {
        self.deeds.peek().map(|Reverse((time, ..))| *time)
    }

    /// The next deed, if it is due.
    pub(super) fn take_due(&mut self) -> Option<Deed> {
        self.next().filter(|time| *time <= self.now)?;
        self.deeds.pop().map(|Reverse((_, _, deed))| deed)
    }

    pub(super) fn jump(&mut self, to: u64) {
        self.now = self.now.max(to);
    }
}
