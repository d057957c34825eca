//! The rooms that we asked to enter in this session. They alone are rooms to us: what other addresses send is what
//! people send, however much it looks like a room's.

use std::collections::BTreeSet;

use jid::{BareJid, Jid};

use crate::desk::ids::RoomJid;

/// No desk is in more rooms.
const ROOMS_MAX: usize = 20_000;

/// Rooms by address.
#[derive(Debug, Default)]
pub(super) struct Rooms(BTreeSet<BareJid>);

impl Rooms {
    /// We ask to enter.
    pub(super) fn ask(&mut self, room: &RoomJid) {
        if self.0.len() < ROOMS_MAX {
            self.0.insert(room.bare().clone());
        } else {
            tracing::warn!(rooms = ROOMS_MAX, "too many rooms: one more is entered blindly");
        }
    }

    /// We are out, or were not let in.
    pub(super) fn forget(&mut self, room: &RoomJid) {
        self.0.remove(room.bare());
    }

    /// A new session is in no room.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The room that this address is, or is an occupant of.
    pub(super) fn of(&self, address: &Jid) -> Option<RoomJid> {
        let bare = address.to_bare();
        if self.0.contains(&bare) { RoomJid::new(bare) } else { None }
    }
}
