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
    /// Behind this place of the record it goes on; nothing = behind the last gap.
    place: Option<i64>,
    /// All that was said behind this place of the record is in the record or in the history.
    covers: Option<i64>,
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
        let mut earliest = self.holes.last().map(|hole| hole.since);
        if let Some(reached) = absence.reached() {
            self.filled_to(reached);
        }
        let laid = self.lay(&history, out.stamp.at.wall);
        let news = history.get(laid.from..).unwrap_or_default();
        let until = news.iter().find(|line| !self.told_before(line)).and_then(stamp);
        let gap = self.show_gaps(laid.covers, until, out);
        let mut place = laid.place.unwrap_or_else(|| self.place_behind(gap));
        for line in news {
            let line = not_before(earliest, line.clone());
            earliest = stamp(&line).or(earliest);
            place = self.tell_again(line, place, out);
        }
    }

    /// Behind a gap room is left for what an archive may yet tell of it.
    fn place_behind(&mut self, gap: Option<i64>) -> i64 {
        match gap {
            Some(gap) if gap < self.last_place => gap + PLACE_STEP / 2,
            _ => self.next_place(),
        }
    }

    fn lay(&self, history: &[RoomMessage], now: DateTime<Utc>) -> Laid {
        let Visit::Inside(inside) = &self.visit else { return Laid { from: 0, place: None, covers: None } };
        if inside.vouches() && self.marks.vouched {
            self.lay_by_ids(history)
        } else {
            self.lay_by_run(inside, history, now)
        }
    }

    /// By the ids that the room vouches for: from the first line that we have on, the history leaves nothing out. What it
    /// tells before that line may be missing in an earlier hole.
    fn lay_by_ids(&self, history: &[RoomMessage]) -> Laid {
        let known = |line: &RoomMessage| line.stanza_id.as_ref().and_then(|id| self.known_ids.place(id));
        let first = history.iter().enumerate().find_map(|(index, line)| Some((index, known(line)?)));
        match first {
            Some((from, place)) if self.covers_all(place) => Laid { from, place: Some(place), covers: Some(place) },
            Some((_, place)) => Laid { from: 0, place: None, covers: Some(place) },
            None => Laid { from: 0, place: None, covers: None },
        }
    }

    /// By our own words, where the room vouches that they are ours; otherwise by what looks alike, which proves nothing.
    fn lay_by_run(&self, inside: &Inside, history: &[RoomMessage], now: DateTime<Utc>) -> Laid {
        let told = |line: &RoomMessage| Told {
            at: stamp(line).filter(|at| *at <= now),
            ours: line.id.clone().filter(|_| inside.our_voice(line) == Some(true)),
            mark: Mark::of_message(line),
            anybodys: Mark::of_anybody(line),
        };
        let told: Vec<Told> = history.iter().map(told).collect();
        let overlap = self.run.overlap(inside.place_before, &told);
        let place = overlap.proven.map(|_| inside.place_before);
        Laid { from: overlap.known, place, covers: overlap.proven }
    }

    fn told_before(&self, line: &RoomMessage) -> bool {
        self.vouched_id(line).is_some_and(|id| self.known(&id))
    }

    fn vouched_id(&self, line: &RoomMessage) -> Option<StanzaId> {
        let Visit::Inside(inside) = &self.visit else { return None };
        inside.vouched(line.stanza_id.as_ref()).cloned()
    }

    /// One line of the history, behind this place. Says behind which place the next one goes.
    fn tell_again(&mut self, line: RoomMessage, place: i64, out: &mut Out) -> i64 {
        let vouched = self.vouched_id(&line);
        if let Some(known) = vouched.as_ref().and_then(|id| self.known_ids.place(id)) {
            return known.max(place);
        }
        let here = place + 1;
        if !self.ours(&line) || !self.heard(&line, vouched.clone(), Hearing::Archived(here), out) {
            self.record_words(Box::new(line), vouched, Hearing::Archived(here), out);
        }
        here
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
