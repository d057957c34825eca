//! Whether two desks will behave the same from now on: their whole inside, without what is only written down.

use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Debug, Write};
use std::hash::{Hash, Hasher};

/// Nothing that is decided depends on these: numbers of lines and ids, what was said and chosen before, the configuration
/// (it never changes here), limits on floods (they are never reached), and what follows from the rest.
const SKIPPED: [&str; 28] = [
    "settings",
    "bounds",
    "strangers",
    "returning",
    "waits",
    "deadlines",
    "due_at",
    "saved",
    "placed",
    "choices",
    "choices_written",
    "known_ids",
    "anchor",
    "holes",
    "last_seq",
    "last_place",
    "last_line_at",
    "opened_at",
    "stage_at",
    "first_words",
    "tag",
    "password",
    "sent",
    "turns",
    "turn",
    "vouched",
    "throttle",
    "session_since",
];

/// A fingerprint of a desk. Times are absolute: two desks that differ in the time only count as different.
pub fn of(desk: &impl Debug) -> u64 {
    let mut sight = Sight::default();
    write!(sight, "{desk:?}").unwrap();
    // Of the turns only the order counts.
    let mut order: Vec<usize> = (0..sight.turns.len()).collect();
    order.sort_by_key(|index| sight.turns[*index]);
    let none_yet: Vec<bool> = sight.turns.iter().map(|turn| *turn == 0).collect();
    let mut hasher = DefaultHasher::new();
    (sight.seen, order, none_yet).hash(&mut hasher);
    hasher.finish()
}

/// Reads what `{:?}` writes, piece by piece.
#[derive(Default)]
struct Sight {
    seen: String,
    /// Where its last piece begins.
    last: usize,
    depth: usize,
    /// The field that is not looked at is one of a struct at this depth.
    skips: Option<usize>,
    /// The piece that comes next is somebody's turn.
    turn_comes: bool,
    turns: Vec<u64>,
}

impl Write for Sight {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.skips == Some(self.depth) && (piece == ", " || piece == " }") {
            self.skips = None;
        }
        match piece {
            " { " | "{" | "[" | "(" => self.depth += 1,
            " }" | "}" | "]" | ")" => self.depth -= 1,
            _ => {}
        }
        if self.skips.is_some() {
            if std::mem::take(&mut self.turn_comes) {
                self.turns.extend(piece.parse::<u64>());
            }
            return Ok(());
        }
        if piece == ": " {
            let field = self.seen.get(self.last..).unwrap();
            self.turn_comes = field == "turn";
            self.skips = SKIPPED.contains(&field).then_some(self.depth);
        }
        self.last = self.seen.len();
        self.seen.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[allow(dead_code, reason = "they are looked at")]
    struct Thing {
        anchor: Vec<(u32, u32)>,
        seen: u32,
        turn: u64,
        sent: u32,
    }

    #[test]
    fn what_does_not_count_is_not_seen() {
        let one = [Thing { anchor: vec![(1, 2)], seen: 3, turn: 4, sent: 5 }];
        let same = [Thing { anchor: vec![], seen: 3, turn: 9, sent: 6 }];
        let other = [Thing { anchor: vec![(1, 2)], seen: 4, turn: 4, sent: 5 }];
        assert_eq!(of(&one), of(&same));
        assert_ne!(of(&one), of(&other));
    }

    #[test]
    fn the_order_of_turns_counts() {
        let things = |turns: [u64; 2]| turns.map(|turn| Thing { anchor: vec![], seen: 0, turn, sent: 0 });
        assert_eq!(of(&things([1, 2])), of(&things([3, 7])));
        assert_ne!(of(&things([1, 2])), of(&things([2, 1])));
    }
}
