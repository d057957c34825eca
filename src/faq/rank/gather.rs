//! The first look: which entries have the question's words at all.
//!
//! The words that say most go first. As soon as no entry that has only the rest could still become a candidate, the long
//! lists of the frequent words are not read any more, but asked for the entries that are still in the running.

use super::index::Index;
use super::question::{Question, Slot};

/// How many entries get a second look.
pub(super) const CANDIDATES_MAX: usize = 64;
/// What is left of an entry's worth that is surely in another language than the question.
const FOREIGN: f32 = 0.3;

/// An entry that has some of the words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub entry: u32,
    /// The sum of the words' impacts, for the best term of each slot, as a share of the question's weight.
    pub impact: f32,
    /// How likely the question is in the entry's language.
    pub same_language: f32,
}

/// The entries with the greatest impacts, in order.
pub(super) fn gather(index: &Index, question: &Question, spoken: &[f32]) -> Vec<Candidate> {
    let places = vec![Place::default(); index.entries];
    let mut race = Race { index, spoken, places, running: Vec::new(), highest: 0.0, closed: false };
    let mut slots: Vec<&Slot> = question.slots.iter().filter(|slot| !slot.terms.is_empty()).collect();
    slots.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut rest: f32 = slots.iter().map(|slot| slot.weight).sum();
    for (number, slot) in slots.into_iter().enumerate() {
        race.close(rest);
        race.add(slot, u8::try_from(number + 1).unwrap_or(u8::MAX));
        rest -= slot.weight;
    }
    race.finish(question.weight.max(f32::MIN_POSITIVE))
}

/// What each entry has so far.
struct Race<'a> {
    index: &'a Index,
    spoken: &'a [f32],
    places: Vec<Place>,
    /// The entries that have something, in the order of their being reached.
    running: Vec<u32>,
    /// No sum is higher.
    highest: f32,
    /// Nobody can join any more.
    closed: bool,
}

#[derive(Clone, Copy, Default)]
struct Place {
    sum: f32,
    /// What the slot that was counted last gave, and which that is; 0 = none yet.
    last: f32,
    stamp: u8,
}

impl Race<'_> {
    /// Closes the race if the slots that are left, which weigh `rest`, can bring nobody in; who cannot win leaves.
    fn close(&mut self, rest: f32) {
        if self.running.len() <= CANDIDATES_MAX || rest >= self.highest {
            return;
        }
        let mut sums: Vec<f32> =
            self.running.iter().map(|entry| self.sum(*entry) * self.language_share(*entry)).collect();
        let (_, least, _) = sums.select_nth_unstable_by(CANDIDATES_MAX - 1, |a, b| b.total_cmp(a));
        let least = *least;
        // Impacts are below 1, so a slot gives less than its weight.
        if rest < least {
            self.closed = true;
            let mut running = std::mem::take(&mut self.running);
            running.retain(|entry| (self.sum(*entry) + rest) * self.language_share(*entry) >= least);
            self.running = running;
        }
    }

    /// The best term of a slot counts.
    fn add(&mut self, slot: &Slot, stamp: u8) {
        for (term, fit) in &slot.terms {
            let postings = self.index.postings.get(*term);
            let worth = fit * slot.weight;
            if self.closed && self.running.len() * ASKING < postings.len() {
                self.ask(postings, stamp, worth);
            } else {
                self.read(postings, stamp, worth);
            }
        }
    }

    fn read(&mut self, postings: &[(u32, f32)], stamp: u8, worth: f32) {
        for (entry, impact) in postings {
            let Some(place) = self.places.get_mut(*entry as usize) else { continue };
            if place.stamp == 0 && !self.closed {
                self.running.push(*entry);
            }
            self.highest = self.highest.max(place.count(worth * impact, stamp));
        }
    }

    fn ask(&mut self, postings: &[(u32, f32)], stamp: u8, worth: f32) {
        for entry in &self.running {
            let place = postings.binary_search_by_key(entry, |(there, _)| *there).ok();
            let impact = place.and_then(|place| postings.get(place)).map(|(_, impact)| *impact);
            if let (Some(impact), Some(place)) = (impact, self.places.get_mut(*entry as usize)) {
                self.highest = self.highest.max(place.count(worth * impact, stamp));
            }
        }
    }

    fn sum(&self, entry: u32) -> f32 {
        self.places.get(entry as usize).map_or(0.0, |place| place.sum)
    }

    fn same_language(&self, entry: u32) -> f32 {
        let declared = self.index.declared.get(entry as usize).copied().flatten();
        declared.and_then(|language| self.spoken.get(usize::from(language))).copied().unwrap_or(1.0)
    }

    fn language_share(&self, entry: u32) -> f32 {
        FOREIGN + (1.0 - FOREIGN) * self.same_language(entry)
    }

    fn finish(self, weight: f32) -> Vec<Candidate> {
        let candidate = |entry: &u32| Candidate {
            entry: *entry,
            impact: self.sum(*entry) / weight * self.language_share(*entry),
            same_language: self.same_language(*entry),
        };
        let first = |a: &Candidate, b: &Candidate| b.impact.total_cmp(&a.impact).then(a.entry.cmp(&b.entry));
        let mut candidates: Vec<Candidate> = self.running.iter().map(candidate).collect();
        if candidates.len() > CANDIDATES_MAX {
            candidates.select_nth_unstable_by(CANDIDATES_MAX, first);
            candidates.truncate(CANDIDATES_MAX);
        }
        candidates.sort_unstable_by(first);
        candidates
    }
}

/// Asking a list for one entry costs as much as reading so many.
const ASKING: usize = 16;

impl Place {
    /// Gives the new sum.
    fn count(&mut self, value: f32, stamp: u8) -> f32 {
        if self.stamp != stamp {
            *self = Self { sum: self.sum + value, last: value, stamp };
        } else if value > self.last {
            self.sum += value - self.last;
            self.last = value;
        }
        self.sum
    }
}
