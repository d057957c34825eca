//! The last lines of the record: to find where the history of a room, whose lines have no ids that anybody vouches for,
//! overlaps with what we have.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::desk::event::RoomMessage;
use crate::desk::ids::MessageId;
use crate::desk::record::{LineKind, LineRecord, Speaker};
use crate::desk::wording;

use super::hearing::words;

/// How many lines are kept: as many as we ask a room's history for.
pub(super) const RUN_MAX: usize = 100;
/// So much later than we heard a line may the room's clock say that it was said: two machines' clocks differ. Whatever
/// the room stamps later still is no line that we know, however much it looks like one.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// The lines, in the room's order.
#[derive(Debug, Clone, Default)]
pub(super) struct Run {
    lines: VecDeque<Known>,
    /// There is a gap behind the last one.
    gap: bool,
}

/// A line that we have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    place: i64,
    /// When it was said, or when we heard it.
    at: DateTime<Utc>,
    /// We said it, under this id. No two of ours have the same.
    ours: Option<MessageId>,
    mark: Mark,
    /// What was said before it is not known.
    behind_gap: bool,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// When it was said, according to the room, where that makes sense.
    pub(super) at: Option<DateTime<Utc>>,
    /// The room vouches that we said it, under this id.
    pub(super) ours: Option<MessageId>,
    /// What was said.
    pub(super) mark: Mark,
    /// The same, whoever said it: words of ours that were owed before we were in the room have no nick in the record.
    pub(super) anybodys: Mark,
}

/// Nick, id and words of a line, in short. Each of them, and all together, can be said again by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// All of it, where that is no more than [`WHOLE_MAX`] bytes: copied faster than hashed.
    Whole(Box<[u8]>),
    /// What is longer, hashed.
    Hash([u8; 32]),
}

/// So many bytes of a line are kept as they are; most lines have no more, the desk's own with their long ids included.
const WHOLE_MAX: usize = 400;
/// Nick and id have a byte each for their lengths.
const PART_MAX: usize = 250;

/// How a history lies against the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overlap {
    /// So many of the history's lines are in the record.
    pub(super) known: usize,
    /// The place of a line of the record from which on nobody could have made it look so.
    pub(super) proven: Option<i64>,
}

impl Mark {
    /// The mark of a line; each part with its length, so that no two look alike.
    pub(super) fn of(nick: Option<&str>, id: Option<&str>, words: &str) -> Self {
        let length = |part: Option<&str>| part.map_or(0, str::len);
        if length(nick).max(length(id)) > PART_MAX || length(nick) + length(id) + words.len() > WHOLE_MAX {
            return Self::hashed(nick, id, words);
        }
        let mut whole = Vec::with_capacity(2 + length(nick) + length(id) + words.len());
        // None of them is as long as that.
        whole.extend([nick, id].map(|part| part.map_or(u8::MAX, |part| u8::try_from(part.len()).unwrap_or(u8::MAX))));
        [nick.unwrap_or_default(), id.unwrap_or_default(), words]
            .into_iter()
            .for_each(|part| whole.extend_from_slice(part.as_bytes()));
        Self::Whole(whole.into_boxed_slice())
    }

    fn hashed(nick: Option<&str>, id: Option<&str>, words: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [nick, id, Some(words)] {
            hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
            hash.update(part.unwrap_or_default());
        }
        Self::Hash(hash.finalize().into())
    }

    /// The mark of what a room told.
    pub(super) fn of_message(message: &RoomMessage) -> Self {
        let nick = message.nick.as_deref();
        Self::of(nick, message.id.as_ref().map(|id| &*id.0), words(&message.body))
    }

    /// The same without the nick.
    pub(super) fn of_anybody(message: &RoomMessage) -> Self {
        Self::of(None, message.id.as_ref().map(|id| &*id.0), words(&message.body))
    }
}

impl Run {
    /// As the store remembers it: lines and gaps in the room's order. `tag` begins the ids that the desk gave to its own.
    pub(super) fn restored(lines: &[LineRecord], tag: &str) -> Self {
        let mut run = Self::default();
        for line in lines {
            if line.kind == LineKind::Gap {
                run.gap = true;
                continue;
            }
            let id = line.message_id.as_ref();
            let relayed = line.is_relayed();
            let own = relayed || line.speaker == Speaker::Desk && id.is_some_and(|id| id.0.starts_with(tag));
            let quoted = relayed.then(|| wording::direct::guest_says(&line.body));
            let (nick, words) =
                (if relayed { &line.joined_as } else { &line.nick }, quoted.as_ref().unwrap_or(&line.body));
            let mark = Mark::of(nick.as_deref(), id.map(|id| &*id.0), words);
            run.add(line.place.unwrap_or_default(), line.at, id.filter(|_| own).cloned(), mark);
        }
        run
    }

    /// A line is recorded, at its place.
    pub(super) fn add(&mut self, place: i64, at: DateTime<Utc>, ours: Option<MessageId>, mark: Mark) {
        let index = self.index_behind(place);
        let behind_gap = match self.lines.get_mut(index) {
            Some(next) => std::mem::take(&mut next.behind_gap),
            None => std::mem::take(&mut self.gap),
        };
        self.lines.insert(index, Known { place, at, ours, mark, behind_gap });
        if self.lines.len() > RUN_MAX {
            self.lines.pop_front();
        }
    }

    /// When the line at this place was said, or the last one before it.
    pub(super) fn said_at(&self, place: i64) -> Option<DateTime<Utc>> {
        self.lines.iter().rev().find(|line| line.place <= place).map(|line| line.at)
    }

    /// There is a gap behind this place.
    pub(super) fn cut(&mut self, place: i64) {
        let index = self.index_behind(place);
        match self.lines.get_mut(index) {
            Some(next) => next.behind_gap = true,
            None => self.gap = true,
        }
    }

    fn index_behind(&self, place: i64) -> usize {
        // Nearly every line comes last.
        if self.lines.back().is_none_or(|last| last.place <= place) {
            return self.lines.len();
        }
        self.lines.partition_point(|known| known.place <= place)
    }

    /// Where the history of a room overlaps with the lines up to a place. It ended when we entered, and the room left
    /// nothing out: behind a line that is surely ours all that was said follows.
    pub(super) fn overlap(&self, up_to: i64, history: &[Told]) -> Overlap {
        let known: Vec<&Known> = self.lines.range(..self.index_behind(up_to)).collect();
        proven(&known, history).unwrap_or_else(|| Overlap { known: longest(&known, history), proven: None })
    }
}

/// Laid by the last of our own words that both have. Behind it the record has to say what the history says, line by line,
/// as far as it goes: then it has no gap there.
fn proven(known: &[&Known], history: &[Told]) -> Option<Overlap> {
    let both = |(index, told): (usize, &Told)| {
        let id = told.ours.as_ref()?;
        Some((known.iter().rposition(|known| known.ours.as_ref() == Some(id))?, index))
    };
    let (first, index) = history.iter().enumerate().rev().find_map(both)?;
    let (record, told) = (known.get(first..)?, history.get(index..)?);
    let same = record.len() <= told.len() && record.iter().zip(told).all(|(known, told)| known.says(told));
    let place = record.first()?.place;
    same.then_some(Overlap { known: index + record.len(), proven: Some(place) })
}

/// As far as they look alike, back to the last gap. What the history tells of the time before is in the record too, or
/// was said before.
fn longest(known: &[&Known], history: &[Told]) -> usize {
    let first = known.iter().rposition(|known| known.behind_gap).unwrap_or_default();
    let Some((earlier, record)) = known.split_at_checked(first) else { return 0 };
    let Some(oldest) = record.first() else { return 0 };
    let before = |told: &Told| !oldest.earlier(told) || earlier.iter().any(|known| known.says(told));
    let fits = |overlap: &usize| {
        let told = history.get(..*overlap).unwrap_or_default();
        let alike = record.iter().rev().zip(told.iter().rev()).all(|(known, told)| known.may_be(told));
        alike && told.iter().take(told.len().saturating_sub(record.len())).all(before)
    };
    (1..=history.len()).rev().find(fits).unwrap_or_default()
}

impl Known {
    fn may_be(&self, told: &Told) -> bool {
        self.says(told) && !self.earlier(told)
    }

    fn says(&self, told: &Told) -> bool {
        self.mark == told.mark || self.ours.is_some() && self.mark == told.anybodys
    }

    /// Was this line said before that one, to all that clocks can tell?
    fn earlier(&self, told: &Told) -> bool {
        told.at.is_some_and(|at| (at - self.at).to_std().is_ok_and(|later| later > CLOCKS_DIFFER))
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
