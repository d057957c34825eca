//! Lines that come late, in the middle of the present.
//!
//! COMPAT ejabberd 23.01: what a killed session had not acknowledged comes to its successor, stamped, and behind what is
//! said now. The archive tells the same lines in the room's order, so they wait until it has.

use super::Chat;
use super::stage::{Absence, Visit};
use crate::desk::event::RoomMessage;
use crate::desk::ids::StanzaId;
use crate::desk::office::{Office, Out};

/// So many wait; what is more is recorded as it comes.
const BELATED_MAX: usize = 1_000;

impl Chat {
    /// Will the archive, which is being read, tell this line better? Stamps are forged easily, so that it may not.
    pub(super) fn is_belated(&self, message: &RoomMessage, vouched: Option<&StanzaId>) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        let stamped = inside.live && message.delay.is_some() && vouched.is_some();
        stamped && matches!(inside.absence, Absence::Filling(_)) && inside.belated.len() < BELATED_MAX
    }

    /// It waits.
    pub(super) fn keep_belated(&mut self, message: RoomMessage) {
        if let Visit::Inside(inside) = &mut self.visit {
            inside.belated.push(message);
        }
    }

    /// The archive was read: what it did not tell was said now, whatever its stamp says.
    pub(super) fn hear_belated(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        for message in std::mem::take(&mut inside.belated) {
            self.room_message(Box::new(message), office, out);
        }
    }
}
