//! Turns: what is decided on several events is written at once, then said; and the daemon may die in between.

use frontdesk::desk::action::Action;
use frontdesk::desk::event::Event;

use super::World;

/// Looks on while the desk works.
pub trait Watcher {
    /// The desk decided this, and nothing of it is done yet.
    fn decided(&mut self, world: &World, event: &Event, actions: &[Action]);
    /// All of it is done, or waits for the end of the turn. What is wrong now, if anything is.
    fn performed(&mut self, world: &World) -> Option<String>;
    /// What was decided so far is written.
    fn committed(&mut self);
    /// The daemon died; what was not committed is forgotten.
    fn died(&mut self);
}

/// Puts something else in the place of an action: a test of whoever watches.
pub type Tamper = Box<dyn FnMut(Action) -> Vec<Action>>;

/// Where the daemon dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// The desk has decided, its questions are asked, nothing is written.
    BeforeRemembering,
    /// All is written, and so many of the words are said.
    BeforeSpeaking(usize),
}

/// The turn that is being gathered.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    /// So many events are decided before anything is written and said; 0 = each action is done as it comes.
    pub events_max: u32,
    /// After so many more events the daemon dies there.
    pub crash: Option<(u32, CrashPoint)>,
    events: u32,
    unsaid: Vec<Action>,
}

impl Turn {
    pub fn gathers(&self) -> bool {
        self.events_max > 0
    }

    pub(super) fn keep(&mut self, action: Action) {
        self.unsaid.push(action);
    }

    pub(super) fn count(&mut self) {
        self.events += 1;
        if let Some((left, _)) = &mut self.crash {
            *left = left.saturating_sub(1);
        }
    }

    pub(super) fn crashes(&self) -> bool {
        self.crash.is_some_and(|(left, _)| left == 0)
    }

    pub(super) fn full(&self) -> bool {
        self.events >= self.events_max
    }

    pub(super) fn forget(&mut self) {
        self.events = 0;
        self.crash = None;
        self.unsaid.clear();
    }

    pub(super) fn empty(&self) -> bool {
        self.events == 0
    }
}

impl World {
    /// Remember, then speak.
    pub(super) fn commit(&mut self) {
        self.turn.events = 0;
        self.store.commit();
        if let Some(watcher) = &mut self.watcher {
            watcher.committed();
        }
        let unsaid = std::mem::take(&mut self.turn.unsaid);
        self.send(unsaid);
    }

    pub(super) fn crash(&mut self) {
        let point = self.turn.crash.take().map(|(_, point)| point);
        let unsaid = std::mem::take(&mut self.turn.unsaid);
        match point {
            Some(CrashPoint::BeforeSpeaking(heard)) => {
                self.turn.unsaid = unsaid.into_iter().take(heard).collect();
                self.commit();
            }
            _ => self.store.roll_back(),
        }
        self.kill();
    }
}
