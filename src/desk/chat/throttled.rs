//! The room refuses our own words because there were too many (mod_muc_limits answers policy-violation, ejabberd's
//! min_message_interval and shapers resource-constraint): they are said again, one by one, later and later.

use std::time::Duration;

use super::Chat;
use super::stage::Visit;
use crate::desk::event::Condition;
use crate::desk::ids::MessageId;
use crate::desk::moment::Mono;
use crate::desk::office::Out;
use crate::desk::record::Counter;

/// The first pause; each further one is twice as long, up to the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// A waiting guest hears from us once a minute, also in a room that refuses every other line.
const PAUSE_MOST: Duration = Duration::from_secs(16);

/// How the room treats our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Throttle {
    /// When the next one of the refused lines is said.
    again: Option<Mono>,
    /// One of them was said, and the room has neither repeated nor refused it yet.
    trying: bool,
    refusals: u32,
}

impl Throttle {
    /// Further words wait behind those that were refused.
    pub(super) fn holds(self) -> bool {
        self.again.is_some()
    }

    /// The room has taken our words: pauses begin short again.
    pub(super) fn relax(&mut self) {
        (self.refusals, self.trying) = (0, false);
    }

    /// Several lines that are refused at once are refused once.
    fn slow_down(&mut self, now: Mono) {
        if self.again.is_none() || self.trying {
            self.again = Some(now + PAUSE_FIRST.saturating_mul(1 << self.refusals.min(8)).min(PAUSE_MOST));
            self.refusals += 1;
        }
        self.trying = false;
    }
}

impl Chat {
    /// Words of ours came back. Only what was said in this visit and is still owed can be said again.
    pub fn words_bounced(&mut self, id: &MessageId, condition: Condition, out: &mut Out) {
        let too_fast = matches!(condition, Condition::PolicyViolation | Condition::ResourceConstraint);
        let owed = self.owed.iter_mut().find(|owed| owed.id == *id && !owed.before_visit);
        let Some(owed) = owed.filter(|_| too_fast) else { return out.count(Counter::StanzaIgnored) };
        owed.held = true;
        out.count(Counter::WordsThrottled);
        self.throttle.slow_down(out.mono());
    }

    pub(super) fn throttle_deadline(&self) -> Option<Mono> {
        self.throttle.again.filter(|_| matches!(self.visit, Visit::Inside(_)))
    }

    /// One of the lines that were held back, the oldest, if it is still true.
    pub(super) fn say_held(&mut self, out: &mut Out) {
        let now = out.stamp.at.wall;
        self.throttle.again = None;
        self.owed.retain(|owed| !owed.held || owed.still_true(now));
        let mut held = self.owed.iter_mut().filter(|owed| owed.held);
        let Some(owed) = held.next() else { return };
        owed.held = false;
        self.throttle.trying = true;
        out.speak(owed.speech(&self.room, self.language));
        if held.next().is_some() {
            self.throttle.again = Some(out.mono() + PAUSE_FIRST);
        }
    }
}
