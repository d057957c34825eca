//! The lines of the record by the room's ids: to know a line again when the room tells it twice.

use std::collections::VecDeque;

use crate::desk::ids::StanzaId;
use crate::desk::prints::{Prints, print_of};

/// How many of the room's last ids are remembered, to know a line again in the room's history and archive. The store
/// knows them all and ignores what comes twice.
const KNOWN_IDS_MAX: usize = 2_000;

/// Ids that the room gave to lines of the record, and the lines' places.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownIds {
    /// The oldest first.
    lines: VecDeque<Line>,
    /// The number of the first of them.
    first: u64,
    /// By the ids' fingerprints: the numbers of the lines. Of two with the same fingerprint the later one is known: a room that
    /// makes up such ids could as well give a line two of them.
    prints: Prints<u64>,
}

#[derive(Debug, Clone)]
struct Line {
    id: Box<str>,
    print: u64,
    place: i64,
}

impl KnownIds {
    /// Those that the store knows, the oldest first.
    pub(super) fn restored(ids: Vec<(StanzaId, i64)>) -> Self {
        let mut known = Self::default();
        for (id, place) in ids {
            known.add(&id, place);
        }
        known
    }

    /// Where the line with this id stands, if we have it; the latest, if it came twice.
    pub(super) fn place(&self, id: &StanzaId) -> Option<i64> {
        let number = self.prints.get(print_of(&id.0))?;
        let line = self.lines.get(usize::try_from(number.checked_sub(self.first)?).ok()?)?;
        (*line.id == *id.0).then_some(line.place)
    }

    /// The id of the last line in the room's order.
    pub(super) fn last(&self) -> Option<StanzaId> {
        self.lines.iter().max_by_key(|line| line.place).map(|line| StanzaId(line.id.to_string()))
    }

    /// A line is recorded.
    pub(super) fn add(&mut self, id: &StanzaId, place: i64) {
        if self.lines.len() >= KNOWN_IDS_MAX
            && let Some(oldest) = self.lines.pop_front()
        {
            if self.prints.get(oldest.print) == Some(&self.first) {
                self.prints.remove(oldest.print);
            }
            self.first += 1;
        }
        let print = print_of(&id.0);
        self.prints.insert(print, self.first + self.lines.len() as u64);
        self.lines.push_back(Line { id: id.0.as_str().into(), print, place });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> StanzaId {
        StanzaId(format!("id{number}"))
    }

    #[test]
    fn the_last_ones_are_known() {
        let mut known = KnownIds::default();
        for number in 0..KNOWN_IDS_MAX + 10 {
            known.add(&id(number), i64::try_from(number).unwrap_or_default());
        }
        assert_eq!(known.place(&id(9)), None);
        assert_eq!(known.place(&id(10)), Some(10));
        assert_eq!(known.place(&id(KNOWN_IDS_MAX + 9)), Some(2_009));
        assert_eq!(known.place(&StanzaId("other".to_owned())), None);
        assert_eq!(format!("{:?}", known.prints), format!("Prints({KNOWN_IDS_MAX})"));
    }

    #[test]
    fn an_id_that_comes_twice_is_the_later_line() {
        let mut known = KnownIds::default();
        known.add(&id(1), 5);
        known.add(&id(1), 7);
        assert_eq!(known.place(&id(1)), Some(7));
    }
}
