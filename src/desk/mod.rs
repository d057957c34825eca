//! DECIDES. A plain, deterministic state machine: one event and the time in, a list of actions out.
//!
//! No async, no clock, no randomness, no I/O, no locks; it cannot fail. What goes wrong outside comes back as an event.

pub mod action;
pub mod event;
pub mod ids;
pub mod moment;
pub mod record;
pub mod settings;
pub mod snapshot;
pub mod wording;

use action::Action;
use event::Event;
use moment::{Mono, Stamp};
use record::Restored;
use settings::Settings;

/// The desk.
#[derive(Debug)]
pub struct Desk {
    settings: Settings,
}

impl Desk {
    /// A desk with these settings, going on where `restored` says the last one stopped.
    pub fn new(settings: Settings, restored: Restored, at: moment::Moment) -> Self {
        let _ = (restored, at);
        Self { settings }
    }

    /// Takes one event and says what is to be done about it, in order.
    pub fn handle(&mut self, event: Event, stamp: Stamp) -> Vec<Action> {
        let _ = (event, stamp, &self.settings);
        Vec::new()
    }

    /// When the desk next needs attention, and why. The daemon sends `Event::TimePassed` at that time.
    pub fn next_deadline(&self) -> Option<(Mono, &'static str)> {
        None
    }
}
