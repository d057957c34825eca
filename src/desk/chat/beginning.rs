//! What was said between the invitation and our coming, where it is more than the room's history tells.
//!
//! The history is cut at the server's pleasure (20 lines by default). Where it has a line from before the invitation, it
//! has all that was said since. Otherwise the archive is asked, or a gap is shown.

use chrono::{DateTime, TimeDelta, Utc};

use super::Chat;
use super::catching_up::PAGE;
use super::stage::{Absence, Visit};
use crate::desk::event::RoomMessage;
use crate::desk::office::Out;

/// A shorter history was not cut. Servers tell 20 lines unless they are told otherwise.
const HISTORY_CUT: usize = 20;
/// So long before the invitation a guest may have begun to say what it is about. What is older is another matter: a
/// room may be as old as its archive.
const BEFORE_THE_INVITATION: TimeDelta = TimeDelta::minutes(10);

/// Clocks differ, and some servers stamp whole seconds: a line so much older than the invitation is surely older.
const SURELY: TimeDelta = TimeDelta::seconds(30);

/// The history of our first visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Past {
    /// When its oldest line was said.
    from: Option<DateTime<Utc>>,
    lines: usize,
}

impl Chat {
    /// One line of the history of our first visit was recorded. Nobody knows yet what is missing before it: it is no
    /// line up to which the record is complete.
    pub(super) fn told_of_the_past(&mut self, stamp: Option<DateTime<Utc>>) {
        *self.anchor = None;
        let Visit::Inside(inside) = &mut self.visit else { return };
        inside.past.lines += 1;
        inside.past.from = inside.past.from.or(stamp);
    }

    /// The history is over, and the room has said what it is, if it will: does the history reach back to the invitation?
    pub(super) fn look_at_the_beginning(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if self.holes.is_empty() {
            return;
        }
        let past = inside.past;
        if inside.returned || !inside.live || inside.held.is_some() || inside.absence != Absence::Settled {
            return;
        }
        let reaches_back = past.from.is_none_or(|from| from < self.opened_at - SURELY);
        if reaches_back {
            self.holes.clear();
        } else if self.archive_helps() {
            self.ask_archive(out.mono() + PAGE, out);
        } else if past.lines >= HISTORY_CUT {
            self.show_gaps(None, past.from, out);
        } else {
            self.holes.clear();
        }
    }

    /// Is this line of the archive, which is before all that we have, from before this chat?
    pub(super) fn is_older(&self, line: &RoomMessage) -> bool {
        line.delay.as_ref().is_some_and(|delay| delay.stamp < self.opened_at - BEFORE_THE_INVITATION)
    }
}
