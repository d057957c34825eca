//! What would have happened: stored chats under another configuration, or under the same.
//!
//! The guests come when they came, with what was known of them; operators are there when they were, and come, decline or do
//! nothing as they did when they were asked for this chat. What the record cannot tell is filled with what is usual there: how
//! long an operator takes to come who was never asked for this chat, how long the talk is of a guest whom nobody served. What a
//! guest would have done whom another desk keeps waiting longer or less long than this one did, nobody knows: they do what they
//! did.

pub mod players;
pub mod script;
mod vouching;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::figures::Waits;
use super::world::{Keeper, World};
use crate::desk::ids::ChatId;
use crate::desk::record::{AttendanceRecord, Choice, ChoiceKind, Outcome};
use crate::desk::settings::Settings;
use players::{Player, Players};
use script::{Script, Stored};

/// Chats of so long before the period are played too and not counted: they make operators busy and settle whose turn it is.
pub const RUN_UP: TimeDelta = TimeDelta::hours(24);

/// Whatever is still open so long after the last stored chat came is left open.
const AFTERWARDS: TimeDelta = TimeDelta::hours(24);

/// What is stored of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// Its chats, and those of the run-up, the oldest first.
    pub chats: Vec<Stored>,
    /// Who was there when, in the order of writing, up to its end.
    pub attendance: Vec<AttendanceRecord>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Each chat of the period, as it was and as it would have been.
    pub chats: Vec<Played>,
    /// Operators of the configuration of whom the record does not tell when they were there: they were always there.
    pub always_there: Vec<String>,
}

/// A chat, as it was and as it would have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// The stored chat.
    pub chat: ChatId,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// As it was.
    pub was: Course,
    /// As it would have been.
    pub would: Course,
}

/// The course of a chat.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Course {
    /// How it ended; `None`: it was, or would be, open still.
    pub outcome: Option<Outcome>,
    /// Who came first.
    pub operator: Option<String>,
    /// How long the guest waited until somebody came, in seconds.
    pub wait_seconds: Option<f64>,
    /// Which queues it came to and who was asked, in order.
    pub steps: Vec<Step>,
}

/// A step of its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was chosen.
    pub kind: ChoiceKind,
    /// In which queue.
    pub queue: Arc<str>,
    /// Who.
    pub chosen: Vec<Arc<str>>,
}

impl Step {
    /// That nobody could be chosen is no step.
    fn of(choices: &[Choice]) -> Vec<Self> {
        let chosen = choices.iter().filter(|choice| choice.kind != ChoiceKind::Nobody);
        let step =
            |choice: &Choice| Self { kind: choice.kind, queue: choice.queue.clone(), chosen: choice.chosen.clone() };
        chosen.map(step).collect()
    }
}

impl Played {
    /// It would have gone another way.
    pub fn differs(&self) -> bool {
        self.was.steps != self.would.steps || self.was.outcome != self.would.outcome
    }

    /// Somebody else would have come, or nobody.
    pub fn goes_elsewhere(&self) -> bool {
        self.was.operator != self.would.operator
    }
}

impl Comparison {
    /// How long guests waited to whom somebody came: as it was, and as it would have been.
    pub fn waits(&self) -> (Waits, Waits) {
        let millis = |course: &Course| course.wait_seconds.map(|seconds| (seconds * 1_000.0).round() as u64);
        let was = self.chats.iter().filter_map(|played| millis(&played.was)).collect();
        let would = self.chats.iter().filter_map(|played| millis(&played.would)).collect();
        (Waits::new(was), Waits::new(would))
    }
}

/// Plays a period again under these settings. `progress` hears how many guests have come; `keeper` gets all that the desk
/// remembers.
pub fn play(settings: &Settings, period: Period, keeper: Option<Keeper<'_>>, progress: impl FnMut(u64)) -> Comparison {
    let first = period.chats.first().map_or(period.from, |first| first.chat.opened_at);
    // Who comes in the first moments of a session is no news to the desk.
    let start = first.min(period.from) - TimeDelta::minutes(1);
    let last = period.chats.last().map_or(period.from, |last| last.chat.opened_at);
    let end = u64::try_from((last + AFTERWARDS - start).num_milliseconds()).unwrap_or(u64::MAX);
    let scripts = period.chats.into_iter().map(Script::of).collect();
    let players = Players::new(scripts, settings, start);
    let mut world = World::new(vouching::believed(settings.clone()), start, players, keeper);
    let unseen = world.cast.begin(&period.attendance, &mut world.agenda);
    world.live(|_| Some(end), progress);
    let name = |operator: usize| settings.operators.get(operator).map(|who| who.name.to_string());
    let played = world.cast.into_played().into_iter();
    let counted = played.filter(|player| player.script.stored.chat.opened_at >= period.from);
    Comparison {
        chats: counted.map(|player| compared(&player, settings)).collect(),
        always_there: unseen.into_iter().filter_map(name).collect(),
    }
}

fn compared(player: &Player, settings: &Settings) -> Played {
    let stored = &player.script.stored;
    let called = |jid: &jid::BareJid| {
        let known = settings.operators.iter().find(|who| who.jid == *jid);
        known.map_or_else(|| jid.to_string(), |who| who.name.to_string())
    };
    let was = Course {
        outcome: stored.chat.outcome,
        operator: player.script.services.first().map(|service| called(&service.operator)),
        wait_seconds: player.script.waited.map(|wait| wait.as_millis() as f64 / 1_000.0),
        steps: Step::of(&stored.choices),
    };
    let would = Course {
        outcome: player.outcome,
        operator: player.first_owner.and_then(|number| settings.operators.get(number)).map(|who| who.name.to_string()),
        wait_seconds: player.waited.map(|millis| millis as f64 / 1_000.0),
        steps: Step::of(&player.choices),
    };
    Played { chat: stored.chat.id, opened_at: stored.chat.opened_at, was, would }
}
