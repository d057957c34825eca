//! The first words of whoever accepted: by when they must come.

use std::time::Duration;

use frontdesk::desk::moment::Mono;

/// Somebody may type for so long before they count as gone from the keyboard.
const TYPING_MAX: Duration = Duration::from_secs(120);
/// What the desk could not hear is forgiven for so long.
const FORGIVEN: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, Default)]
pub struct Reply {
    due: Mono,
    /// Since when they type, and how long they had left.
    typing: Option<(Mono, Duration)>,
    pub given: bool,
    /// Whether they are there and answer cannot be told.
    pub unsure: bool,
}

impl Reply {
    pub fn begin(&mut self, due: Mono) {
        *self = Self { due, ..Self::default() };
    }

    pub fn start_again(&mut self, due: Mono) {
        (self.due, self.typing) = (due, None);
    }

    pub fn not_before(&mut self, now: Mono) {
        self.due = match self.typing.take() {
            Some(_) => now + FORGIVEN,
            None => self.due.max(now + FORGIVEN),
        };
    }

    pub fn types(&mut self, typing: bool, now: Mono) {
        match (self.typing, typing) {
            (None, true) => self.typing = Some((now, self.due.since(now))),
            (Some((_, left)), false) => (self.due, self.typing) = (now + left, None),
            _ => {}
        }
    }

    /// May the chat be taken from them?
    pub fn overdue(&self, now: Mono) -> Result<(), String> {
        let due = match self.typing {
            Some((since, left)) => since + TYPING_MAX + left,
            None => self.due,
        };
        match self.given {
            true => Err("they have answered".to_owned()),
            false if now < due => Err(format!("they have {} ms left", due.0 - now.0)),
            false => Ok(()),
        }
    }

    /// Must it be?
    pub fn lost(&self, now: Mono) -> bool {
        self.overdue(now).is_ok() && !self.unsure
    }
}
