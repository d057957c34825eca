//! A value that knows how often somebody could have changed it, so that whoever keeps a copy need not compare.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value, and how often it was reached for to be changed. (Whoever only looks does not count.) It has no default, so that
/// nobody takes it away as a whole, with what it counts; a new value is put into it.
#[derive(Clone)]
pub struct Noted<T> {
    value: T,
    changes: u32,
}

impl<T> Noted<T> {
    /// To change something in it that whoever keeps a copy does not copy: that is not noted.
    pub fn aside(&mut self) -> &mut T {
        &mut self.value
    }

    /// Changes when the value may have.
    pub fn changes(&self) -> u32 {
        self.changes
    }
}

impl<T> From<T> for Noted<T> {
    fn from(value: T) -> Self {
        Self { value, changes: 1 }
    }
}

impl<T> Deref for Noted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Noted<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.changes = self.changes.wrapping_add(1);
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Noted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_is_no_change_and_reaching_in_is() {
        let mut words = Noted::from(String::from("a"));
        let before = words.changes();
        assert_eq!((words.len(), words.as_str(), format!("{words:?}").as_str()), (1, "a", "\"a\""));
        assert_eq!(words.changes(), before);
        words.aside().push('b');
        assert_eq!(words.changes(), before);
        words.push('c');
        assert_ne!(words.changes(), before);
    }
}
