//! The rooms that we asked to enter in this session. They alone are rooms to us: what other addresses send is what
//! people send, however much it looks like a room's.

use std::collections::BTreeMap;

use jid::{BareJid, Jid};

use crate::desk::ids::RoomJid;

/// No desk is in more rooms.
const ROOMS_MAX: usize = 20_000;

/// Rooms by address.
#[derive(Debug, Default)]
pub(super) struct Rooms(BTreeMap<BareJid, Standing>);

/// Where we stand towards a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// We asked to enter, and were not let in yet.
    Asked,
    /// Our own presence came.
    Inside,
}

impl Rooms {
    /// We ask to enter.
    pub(super) fn ask(&mut self, room: &RoomJid) {
        if self.0.len() < ROOMS_MAX {
            self.0.insert(room.bare().clone(), Standing::Asked);
        } else {
            tracing::warn!(rooms = ROOMS_MAX, "too many rooms: one more is entered blindly");
        }
    }

    /// Our own presence came: we are in.
    pub(super) fn entered(&mut self, room: &RoomJid) {
        if let Some(standing) = self.0.get_mut(room.bare()) {
            *standing = Standing::Inside;
        }
    }

    /// Our own presence says that we are out.
    ///
    /// COMPAT ejabberd 23.01: where a session of ours died without a goodbye, the room tells its successor, which has
    /// just asked to enter, of the exit of the one before. That is not the answer to our asking, which is still to come.
    pub(super) fn left(&mut self, room: &RoomJid) {
        if self.0.get(room.bare()) == Some(&Standing::Inside) {
            self.forget(room);
        }
    }

    /// We were not let in.
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
        if self.0.contains_key(&bare) { RoomJid::new(bare) } else { None }
    }
}
