//! What was said while we were away: filled from the room's archive (XEP-0313), exactly once and in the room's order;
//! where it keeps none, the room's history tells what it can. What cannot be proved complete gets a visible gap.
//!
//! The archive is asked from the last line up to which the record is known to be complete, never from the latest line
//! that we have. A line that is new goes behind its predecessor in the archive: between its place and the next.

use std::time::Duration;

use super::hearing::Hearing;
use super::stage::{Absence, Filling, Visit};
use super::{Chat, PLACE_STEP};
use crate::desk::action::Question;
use crate::desk::event::{Answer, Page, RoomMessage};
use crate::desk::ids::StanzaId;
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};

/// So many lines wait for the room to say what it is.
const HELD_MAX: usize = 100;
/// How long the archive may take for one page. A busy server takes its time, and what is given up leaves a gap.
pub(super) const PAGE: Duration = Duration::from_secs(20);

impl Chat {
    /// The room has said what it is: fill what was said while we were away, from its archive or from its history.
    pub(super) fn fill_absence(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if inside.absence != Absence::Unknown {
            return;
        }
        if self.archive_helps() {
            self.ask_archive(out.mono() + PAGE, out);
        } else {
            self.rely_on_history(office, out);
        }
    }

    /// No archive will tell what was said while we were away.
    pub(super) fn rely_on_history(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if inside.live {
            self.settle_by_history(out);
            self.absence_settled(office, out);
        } else if inside.absence != Absence::Settled {
            inside.absence = Absence::Listening;
        }
    }

    /// A room that says what it is only when we are in it is about to: until then nobody knows whether the ids of its lines
    /// can be believed.
    pub(super) fn hold(&mut self, message: RoomMessage, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Some(held) = &mut inside.held else { return };
        held.push(message);
        if held.len() >= HELD_MAX {
            self.release_held(office, out);
        }
    }

    /// The room has said what it is, or will not, or we are leaving it.
    pub(super) fn release_held(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        for message in inside.held.take().into_iter().flatten() {
            self.room_message(Box::new(message), office, out);
        }
    }

    /// The room does not say what it is: whether it keeps an archive will not be known.
    pub(super) fn settle_without_description(&mut self, office: &mut Office, out: &mut Out) {
        if matches!(&self.visit, Visit::Inside(inside) if inside.absence == Absence::Unknown) {
            self.rely_on_history(office, out);
        }
    }

    /// The history is over.
    pub(super) fn history_ended(&mut self, office: &mut Office, out: &mut Out) {
        if matches!(&self.visit, Visit::Inside(inside) if inside.absence == Absence::Listening) {
            self.rely_on_history(office, out);
        }
    }

    /// Does what is said wait for the room to say what it is?
    pub fn holding(&self) -> bool {
        matches!(&self.visit, Visit::Inside(inside) if inside.held.is_some())
    }

    /// Is something that was said not recorded yet: while we were away, or since, but the room has not said what it is?
    pub fn catching_up(&self) -> bool {
        match &self.visit {
            Visit::Inside(inside) => inside.absence != Absence::Settled || inside.held.is_some(),
            // Not back yet: what was said since is unknown.
            Visit::Outside | Visit::Queued { .. } | Visit::Entering(_) => self.marks.entered && !self.closed(),
        }
    }

    /// Are we back, and do not know yet what was said meanwhile?
    pub(super) fn looks_back(&self) -> bool {
        matches!(&self.visit, Visit::Inside(inside) if inside.absence != Absence::Settled)
    }

    /// The archive can tell what is missing only if each line that we have is known by the room's id.
    pub(super) fn archive_helps(&self) -> bool {
        self.marks.vouched && matches!(&self.visit, Visit::Inside(inside) if inside.has_archive())
    }

    /// Goes through the archive from where the record is known to be complete; from the beginning where that is nowhere.
    pub(super) fn ask_archive(&mut self, limit: Mono, out: &mut Out) {
        let after = Option::clone(&self.anchor);
        let place = after.as_ref().and_then(|id| self.known_ids.place(id)).unwrap_or_default();
        let Visit::Inside(inside) = &mut self.visit else { return };
        out.ask(Question::Archive { room: self.room.clone(), after: after.clone() });
        inside.absence = Absence::Filling(Filling { after, place, limit });
    }

    /// A page came, or the archive said no.
    pub(super) fn archived(&mut self, after: Option<&StanzaId>, answer: Answer, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let Absence::Filling(filling) = &inside.absence else { return };
        if filling.after.as_ref() != after {
            return;
        }
        match answer {
            Answer::Archived(page) => self.page(page, office, out),
            _ => self.archive_failed(office, out),
        }
    }

    /// The archive was silent for too long, or refused.
    pub(super) fn archive_failed(&mut self, office: &mut Office, out: &mut Out) {
        self.closing_unconfirmed(out);
        self.rely_on_history(office, out);
    }

    fn page(&mut self, page: Page, office: &mut Office, out: &mut Out) {
        let reached = page.lines.last().and_then(|line| line.stanza_id.clone());
        for line in page.lines {
            self.fill(line, out);
        }
        if let Some(id) = reached.filter(|id| self.known(id)) {
            *self.anchor = Some(id);
        }
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Absence::Filling(filling) = &mut inside.absence else { return };
        if page.complete || page.last == filling.after {
            inside.absence = Absence::Settled;
            inside.history.clear();
            self.holes.clear();
            return self.absence_settled(office, out);
        }
        filling.after.clone_from(&page.last);
        // A room that is being closed does not wait longer for many pages than for one.
        if !self.stage.ending() {
            filling.limit = out.mono() + PAGE;
        }
        out.ask(Question::Archive { room: self.room.clone(), after: page.last });
    }

    /// One line of the archive: known, owed, or missing so far.
    fn fill(&mut self, line: RoomMessage, out: &mut Out) {
        let Some(place) = self.filling_place().map(|place| place + 1) else { return };
        let Some(id) = line.stanza_id.clone() else { return };
        if let Some(known) = self.known_ids.place(&id) {
            return self.filled_up_to(known);
        }
        if place < PLACE_STEP && self.is_older(&line) {
            return;
        }
        self.filled_up_to(place);
        if !self.ours(&line) || !self.heard(&line, Some(id.clone()), Hearing::Archived(place), out) {
            self.record_words(Box::new(line), Some(id), Hearing::Archived(place), out);
        }
    }

    fn filling_place(&self) -> Option<i64> {
        match &self.visit {
            Visit::Inside(inside) => match &inside.absence {
                Absence::Filling(filling) => Some(filling.place),
                Absence::Unknown | Absence::Listening | Absence::Settled => None,
            },
            Visit::Outside | Visit::Queued { .. } | Visit::Entering(_) => None,
        }
    }

    fn filled_up_to(&mut self, place: i64) {
        if let Visit::Inside(inside) = &mut self.visit
            && let Absence::Filling(filling) = &mut inside.absence
        {
            filling.place = filling.place.max(place);
        }
    }

    /// We go on recording before the room has said what it is: what its history told goes before the first line, and so does
    /// the gap. Later nobody could tell how the history lies against the record.
    pub(super) fn settle_before_what_came(&mut self, office: &mut Office, out: &mut Out) {
        if matches!(&self.visit, Visit::Inside(inside)
            if matches!(inside.absence, Absence::Unknown | Absence::Listening))
        {
            self.rely_on_history(office, out);
        }
    }

    /// The record is as complete as it can be: go on with what waited for that.
    fn absence_settled(&mut self, office: &mut Office, out: &mut Out) {
        self.hear_belated(office, out);
        self.say_owed_again(out);
        self.closing_caught_up(office, out);
    }
}
