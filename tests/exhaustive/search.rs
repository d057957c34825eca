//! Breadth first: all states that so many deeds lead to, each looked at once.

use std::collections::HashSet;
use std::fmt;
use std::rc::Rc;

use super::deed::Deed;
use super::state::State;

pub struct Found {
    pub states: usize,
    /// How many deeds were done in all these states.
    pub deeds: usize,
    pub depth: usize,
    /// The deeds that led to something that is wrong, and what.
    pub wrong: Option<(Vec<Deed>, String)>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} states within {} deeds ({} tried)", self.states, self.depth, self.deeds)?;
        match &self.wrong {
            Some((deeds, what)) => write!(f, "\nafter {deeds:?}:\n{what}"),
            None => Ok(()),
        }
    }
}

/// How a state was reached.
struct Path {
    before: Option<Rc<Path>>,
    deed: Deed,
}

fn told(path: Option<&Rc<Path>>) -> Vec<Deed> {
    let mut deeds = path.map_or_else(Vec::new, |path| told(path.before.as_ref()));
    deeds.extend(path.map(|path| path.deed));
    deeds
}

pub fn search(root: State, depth: usize) -> Found {
    let mut known = HashSet::from([root.fingerprint()]);
    let mut found = Found { states: 1, deeds: 0, depth, wrong: None };
    let mut frontier = vec![(root, None)];
    for step in 1..=depth {
        let mut next = Vec::new();
        for (state, path) in frontier {
            for deed in state.possible() {
                let mut after = state.fork();
                let path = Some(Rc::new(Path { before: path.clone(), deed }));
                found.deeds += 1;
                if let Err(what) = after.does(deed) {
                    found.wrong = Some((told(path.as_ref()), what));
                    return found;
                }
                if known.insert(after.fingerprint()) {
                    found.states += 1;
                    // Whoever is not asked what comes next need not be kept.
                    next.extend((step < depth).then_some((after, path)));
                }
            }
        }
        frontier = next;
    }
    found
}
