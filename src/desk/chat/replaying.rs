//! What a room tells of its past when we come back (XEP-0045, 7.2.13), where no archive tells more.
//!
//! The history is kept until the subject ends it, and laid against the record then. It ends at our entry and leaves
//! nothing out, so that one line in it that we surely have proves that nothing is missing behind it. Without such a
//! line there is a gap, and behind it all that the history tells that does not look like what we have.

use chrono::{DateTime, Utc};

use super::hearing::Hearing;
use super::run::{Mark, Told};
use super::stage::{Absence, Inside, Visit};
use super::{Chat, PLACE_STEP};
use crate::desk::event::RoomMessage;
use crate::desk::ids::{OccupantId, StanzaId};
use crate::desk::office::Out;

/// How many lines of history are kept. We ask for fewer; what is more is the oldest.
const HISTORY_MAX: usize = 200;

/// How the history lies against the record.
struct Laid {
    /// The first line that counts.
    from: usize,
    /// Behind this place of the record it goes on.
    place: i64,
    /// Nothing is missing before it.
    proven: bool,
}

impl Chat {
    /// A line of the history of a room that we come back to.
    pub(super) fn told_again(&mut self, message: RoomMessage) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if inside.absence == Absence::Settled {
            return;
        }
        if inside.history.len() >= HISTORY_MAX {
            inside.history.pop_front();
        }
        inside.history.push_back(message);
    }

    /// What the history tells is recorded; what may be missing before it becomes a gap.
    pub(super) fn settle_by_history(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if inside.absence == Absence::Settled {
            return;
        }
        let history: Vec<RoomMessage> = std::mem::take(&mut inside.history).into();
        let absence = std::mem::replace(&mut inside.absence, Absence::Settled);
        let laid = self.lay(&history, absence.reached(), out.stamp.at.wall);
        let news = history.get(laid.from..).unwrap_or_default();
        if !laid.proven {
            let until = news.iter().find(|line| !self.told_before(line)).and_then(stamp);
            self.gap_line(absence.since(), until, Some(absence.reached().unwrap_or(laid.place)), out);
        }
        let mut place = if laid.proven { laid.place } else { self.place_behind_a_gap() };
        let mut earliest = absence.since();
        for line in news {
            let line = not_before(earliest, line.clone());
            earliest = stamp(&line).or(earliest);
            place = self.tell_again(line, place, out);
        }
    }

    /// Room is left for what an archive may yet tell of the gap.
    fn place_behind_a_gap(&mut self) -> i64 {
        let Visit::Inside(inside) = &self.visit else { return self.last_place };
        let before = inside.place_before;
        if self.last_place == before { self.next_place() } else { before + PLACE_STEP / 2 }
    }

    /// `reached`: the place up to which an archive told what was missing, before it failed.
    fn lay(&self, history: &[RoomMessage], reached: Option<i64>, now: DateTime<Utc>) -> Laid {
        let Visit::Inside(inside) = &self.visit else { return Laid { from: 0, place: 0, proven: false } };
        if inside.vouches() && self.marks.vouched {
            self.lay_by_ids(inside, history, reached)
        } else {
            self.lay_by_run(inside, history, now)
        }
    }

    /// By the ids that the room vouches for. A line up to which the record is complete is proof; a later one tells where
    /// we are, and what is before it is in the history or in the gap.
    fn lay_by_ids(&self, inside: &Inside, history: &[RoomMessage], reached: Option<i64>) -> Laid {
        let known = |line: &RoomMessage| line.stanza_id.as_ref().and_then(|id| self.known_ids.place(id));
        let complete = self.anchor.as_ref().and_then(|id| self.known_ids.place(id)).max(reached);
        let reaches_back = |place: i64| complete.is_some_and(|complete| place <= complete);
        let first = history.iter().enumerate().find_map(|(index, line)| Some((index, known(line)?)));
        match first {
            Some((from, place)) if reaches_back(place) => Laid { from, place, proven: true },
            Some(_) => Laid { from: 0, place: complete.unwrap_or(inside.place_before), proven: false },
            None => Laid { from: 0, place: inside.place_before, proven: false },
        }
    }

    /// By our own words, where the room vouches that they are ours; otherwise by what looks alike, which proves nothing.
    fn lay_by_run(&self, inside: &Inside, history: &[RoomMessage], now: DateTime<Utc>) -> Laid {
        let told = |line: &RoomMessage| Told {
            at: stamp(line).filter(|at| *at <= now),
            ours: line.id.clone().filter(|_| inside.our_voice(line) == Some(true)),
            mark: Mark::of_message(line),
        };
        let told: Vec<Told> = history.iter().map(told).collect();
        let overlap = self.run.overlap(inside.place_before, &told);
        Laid { from: overlap.known, place: inside.place_before, proven: overlap.proven }
    }

    fn told_before(&self, line: &RoomMessage) -> bool {
        self.vouched_id(line).is_some_and(|id| self.known(&id))
    }

    fn vouched_id(&self, line: &RoomMessage) -> Option<StanzaId> {
        let Visit::Inside(inside) = &self.visit else { return None };
        inside.vouched(line.stanza_id.as_ref())
    }

    /// One line of the history, behind this place. Says behind which place the next one goes.
    fn tell_again(&mut self, line: RoomMessage, place: i64, out: &mut Out) -> i64 {
        let vouched = self.vouched_id(&line);
        if let Some(known) = vouched.as_ref().and_then(|id| self.known_ids.place(id)) {
            self.complete_up_to(vouched);
            return known.max(place);
        }
        let here = place + 1;
        if !self.ours(&line) || !self.heard(&line, vouched.clone(), Hearing::Archived(here), out) {
            self.record_words(line, vouched, Hearing::Archived(here), out);
        }
        here
    }

    /// In a room without an archive the record is complete up to its last line, or there is a gap.
    pub(super) fn complete_up_to(&mut self, id: Option<StanzaId>) {
        let complete = matches!(&self.visit, Visit::Inside(inside)
            if inside.absence == Absence::Settled && inside.vouches() && !inside.has_archive());
        if let Some(id) = id.filter(|_| complete) {
            self.anchor = Some(id);
        }
    }
}

impl Inside {
    /// Did our account say this? `None` where nobody vouches for who speaks (XEP-0421).
    pub(super) fn our_voice(&self, message: &RoomMessage) -> Option<bool> {
        self.features.filter(|features| features.occupant_ids)?;
        let ours: &OccupantId = self.occupant_id.as_ref()?;
        Some(message.occupant_id.as_ref()? == ours)
    }
}

/// What is new in a history was said since we knew all, and in its order.
///
/// COMPAT ejabberd 23.01: it relays what guests stamp in the room's name, and adds no stamp of its own to that.
fn not_before(earliest: Option<DateTime<Utc>>, mut line: RoomMessage) -> RoomMessage {
    if let (Some(delay), Some(earliest)) = (&mut line.delay, earliest) {
        delay.stamp = delay.stamp.max(earliest);
    }
    line
}

/// When it was said, according to the room.
fn stamp(line: &RoomMessage) -> Option<DateTime<Utc>> {
    line.delay.as_ref().map(|delay| delay.stamp)
}
