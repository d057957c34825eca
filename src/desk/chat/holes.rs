//! Where lines may be missing. A hole opens whenever we enter a room, and closes when it is filled; one that cannot be
//! filled becomes a visible gap (I1). It is remembered: a visit that ends before we know leaves it open for the next one.

use chrono::{DateTime, Utc};

use super::{Chat, LineDraft, PLACE_STEP};
use crate::desk::office::Out;
use crate::desk::record::{Hole, LineKind, Speaker};
use crate::desk::wording;

/// So many visits one after the other may end before they know; then two holes count as one.
const HOLES_MAX: usize = 50;

impl Chat {
    /// We are in: what was said since we were here last is unknown; on the first visit, what was said since the invitation.
    pub(super) fn open_hole(&mut self, returned: bool, out: &Out) {
        let until = out.stamp.at.wall;
        let since = self.last_line_at.filter(|_| returned).unwrap_or(self.opened_at).min(until);
        let place = if returned { self.last_place } else { 0 };
        self.move_anchor();
        let full = self.holes.len() >= HOLES_MAX;
        match self.holes.last_mut() {
            // Where nothing was recorded since, it is the same one.
            Some(last) if last.place == place || full => last.until = until,
            _ => self.holes.push(Hole { place, since, until }),
        }
    }

    /// No hole is open: the record is complete up to its last line, and whoever looks for what is missing need not begin before.
    fn move_anchor(&mut self) {
        if self.holes.is_empty()
            && self.marks.vouched
            && let Some(last) = self.known_ids.last()
        {
            *self.anchor = Some(last);
        }
    }

    /// An archive has told all up to this place, in its order, before it fell silent.
    pub(super) fn filled_to(&mut self, reached: i64) {
        self.holes.retain(|hole| reached < hole.place + PLACE_STEP);
        for hole in &mut *self.holes {
            hole.place = hole.place.max(reached);
        }
    }

    /// Is nothing missing where all is known that was said behind this place?
    pub(super) fn covers_all(&self, place: i64) -> bool {
        self.holes.iter().all(|hole| place <= hole.place)
    }

    /// The holes are closed: those that are covered have nothing to show, each other one becomes a visible line with its
    /// bounds. The latest one ends where the history begins, if that is known. Says where the last gap is.
    pub(super) fn show_gaps(
        &mut self,
        covers: Option<i64>,
        until: Option<DateTime<Utc>>,
        out: &mut Out,
    ) -> Option<i64> {
        let holes = std::mem::take(&mut *self.holes);
        let latest = holes.len().saturating_sub(1);
        let mut shown = None;
        for (index, hole) in holes.into_iter().enumerate() {
            if covers.is_some_and(|place| place <= hole.place) {
                continue;
            }
            let told = until.filter(|until| index == latest && (hole.since..=out.stamp.at.wall).contains(until));
            self.show_gap(hole.since, told.unwrap_or(hole.until), hole.place, out);
            shown = Some(hole.place);
        }
        shown
    }

    /// The chat ends while we are not in its room: what was said there since is unknown.
    pub(super) fn gap_since_last_visit(&mut self, out: &mut Out) {
        if !self.marks.entered || self.closed_at.is_some() {
            return;
        }
        self.open_hole(true, out);
        self.show_gaps(None, None, out);
    }

    /// The chat is closed, and the archive has not told that the record is complete behind this place.
    pub(super) fn unconfirmed_behind(&mut self, place: i64, out: &mut Out) {
        let since = self.run.said_at(place).unwrap_or(self.opened_at);
        let body = wording::gap_unconfirmed(&bound(since), &bound(out.stamp.at.wall));
        self.line(LineDraft::new(LineKind::Gap, Speaker::Desk, body), out);
    }

    fn show_gap(&mut self, since: DateTime<Utc>, until: DateTime<Utc>, place: i64, out: &mut Out) {
        // In front of all that there is.
        let place = place.max(1);
        self.run.cut(place);
        let body = wording::gap(&bound(since), &bound(until));
        let mut draft = LineDraft::new(LineKind::Gap, Speaker::Desk, body);
        draft.place = Some(place);
        self.line(draft, out);
    }
}

fn bound(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
