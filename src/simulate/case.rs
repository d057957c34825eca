//! What the world knows of one guest's chat: who is in the room, who is asked, and when what happened.

use jid::FullJid;

use super::agenda::{GuestNumber, StaffNumber};
use crate::desk::ids::{ChatId, RoomJid};
use crate::desk::record::Outcome;

/// A guest's room and their chat. Times are milliseconds since the beginning.
#[derive(Debug, Clone)]
pub struct Case {
    /// Which guest.
    pub guest: GuestNumber,
    /// Who they are.
    pub address: FullJid,
    /// Their room.
    pub room: RoomJid,
    /// The desk's number; `None` until the desk has opened a chat.
    pub chat: Option<ChatId>,
    /// The guest is in the room.
    pub guest_inside: bool,
    /// Operators who are in the room.
    pub inside: Vec<StaffNumber>,
    /// To whom it is offered.
    pub asked: Vec<StaffNumber>,
    /// Who has it.
    pub owner: Option<StaffNumber>,
    /// Who had it first.
    pub first_owner: Option<StaffNumber>,
    /// When the invitation came.
    pub opened: u64,
    /// When an operator first accepted.
    pub accepted: Option<u64>,
    /// Since when its owner has it.
    pub owned_since: u64,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Case {
    /// A guest has opened a room, sits in it, and is about to invite the desk.
    pub fn new(guest: GuestNumber, address: FullJid, room: RoomJid, now: u64) -> Self {
        Self {
            guest,
            address,
            room,
            chat: None,
            guest_inside: true,
            inside: Vec::new(),
            asked: Vec::new(),
            owner: None,
            first_owner: None,
            opened: now,
            accepted: None,
            owned_since: 0,
            outcome: None,
        }
    }
}
