//! BOUNDS. How much of everything: invitations, rooms entered at once, answers, lines. A flood is slowed down, told so and
//! counted; whoever is no flood does not notice (I6).
//!
//! All of it is kept in memory alone: after a restart everybody has their full allowance, and that is bounded, too.

mod bucket;
mod doors;
mod senders;
mod talk;

pub use bucket::{Bucket, Rate};
pub use doors::Doors;
pub use senders::{Limit, Senders};
pub use talk::{Reply, Talk};

use std::collections::BTreeMap;
use std::time::Duration;

use jid::{BareJid, FullJid};

use super::moment::Mono;

/// Invitations by one bare JID: many guests of a web site may share one account and differ by resource only, so a
/// hundred may come at once and one more each second.
const INVITATIONS_EACH: Rate = Rate { burst: 100, every: Duration::from_secs(1) };
/// Invitations by everybody together: more than 10,000 in a minute, for the flood of others must not cost an honest guest
/// their chance; what is beyond is more than one desk can look at.
const INVITATIONS_ALL: Rate = Rate { burst: 1_000, every: Duration::from_millis(5) };
/// So many senders are told apart. When they are more, the bucket of all alone decides about those who are new.
const SENDERS_MAX: usize = 10_000;

/// One guest is told five times, and once more a minute, why nothing comes of their invitations: somebody who mistypes a
/// password may try again, and a robot that answers each of our answers with another invitation stops there.
const TOLD_EACH: Rate = Rate { burst: 5, every: Duration::from_secs(60) };
/// All of them together: as many as invitations are looked at, so that whoever is not served hears of it.
const TOLD_ALL: Rate = INVITATIONS_ALL;
/// The admin is told of one and the same limit once in so long.
const NEWS: Duration = Duration::from_secs(60);

/// Answers by direct message to everybody together: 20 a second.
const ANSWERS_ALL: Rate = Rate { burst: 200, every: Duration::from_millis(50) };
/// So many people are remembered whom we answered by direct message.
const TALKERS_MAX: usize = 1_000;

/// All bounds that the chats share.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Invitations, by bare JID.
    pub invitations: Senders<BareJid>,
    /// Refusals that are told, by full JID.
    pub told: Senders<FullJid>,
    /// The way into rooms.
    pub doors: Doors,
    answers: Bucket,
    talks: BTreeMap<BareJid, Talk>,
    reported: BTreeMap<&'static str, Mono>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            invitations: Senders::new(INVITATIONS_EACH, INVITATIONS_ALL, SENDERS_MAX),
            told: Senders::new(TOLD_EACH, TOLD_ALL, SENDERS_MAX),
            doors: Doors::default(),
            answers: Bucket::default(),
            talks: BTreeMap::new(),
            reported: BTreeMap::new(),
        }
    }
}

impl Bounds {
    /// May this guest be told that nothing comes of their invitation, or not again?
    pub fn may_tell(&mut self, guest: &FullJid, now: Mono) -> bool {
        self.told.take(guest, now).is_ok()
    }

    /// A limit was reached: is that news to the admin?
    pub fn is_news(&mut self, what: &'static str, now: Mono) -> bool {
        let known = self.reported.get(what).is_some_and(|at| now.since(*at) < NEWS);
        if !known {
            self.reported.insert(what, now);
        }
        !known
    }

    /// Somebody wants an answer by direct message.
    pub fn answer(&mut self, who: &BareJid, now: Mono) -> Reply {
        match self.talk_with(who, now) {
            Reply::Answer if !self.answers.take(ANSWERS_ALL, now) => Reply::Silence,
            reply => reply,
        }
    }

    /// Where there is no place for one more the bucket of all decides alone.
    fn talk_with(&mut self, who: &BareJid, now: Mono) -> Reply {
        if let Some(talk) = self.talks.get_mut(who) {
            return talk.weigh(now);
        }
        if self.talks.len() >= TALKERS_MAX {
            self.talks.retain(|_, talk| !talk.forgettable(now));
        }
        if self.talks.len() >= TALKERS_MAX {
            return Reply::Answer;
        }
        self.talks.entry(who.clone()).or_default().weigh(now)
    }
}
