//! One chat as its guest and its operators could describe it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Timelike, Utc};
use frontdesk::desk::event::Event;
use frontdesk::desk::ids::{ChatId, QueueName, RoomJid};
use frontdesk::desk::moment::{Moment, Mono};
use frontdesk::desk::record::{ChatRecord, StageName};
use frontdesk::desk::settings::{QueueSettings, Settings};
use frontdesk::desk::snapshot::ChatView;
use jid::{BareJid, FullJid};

use super::Verdict;
use super::reply::Reply;

/// For so many seconds nobody is asked again who let an offer of the same chat lapse, declined it, or lost it.
pub const LAPSED: u64 = 30;
pub const DECLINED: u64 = 300;
pub const LOST: u64 = 300;

#[derive(Debug, Clone)]
pub struct Case {
    pub id: ChatId,
    pub room: RoomJid,
    pub guest: FullJid,
    pub queue: QueueName,
    pub left: Vec<QueueName>,
    pub waits_since: Option<Moment>,
    pub after_hours: bool,
    /// When it was last looked whether the queue is open.
    pub asked_at: Moment,
    pub passes: BTreeMap<BareJid, Mono>,
    pub owner: Option<BareJid>,
    /// Who was taken out of the configuration while no desk ran, and has not lost it by its lines yet.
    pub dismissed: Option<BareJid>,
    pub offered: BTreeSet<BareJid>,
    /// The offer that stands was made to several at once.
    pub several: bool,
    /// The queue to which the owner hands it over, where it is one.
    pub handed_to: Option<QueueName>,
    pub accepted_by: BTreeSet<BareJid>,
    pub reply: Reply,
    /// The desk is in the room.
    pub inside: bool,
    /// It is being closed.
    pub over: bool,
    priority: i32,
    pub skills: BTreeSet<String>,
    /// What the guest speaks, and what is asked for.
    tongue: Option<String>,
    pub language: Option<String>,
    stage: StageName,
}

impl Case {
    pub fn new(event: &Event, record: &ChatRecord, settings: &Settings) -> Self {
        let language = match event {
            Event::InvitationReceived(invitation) => invitation.language.clone(),
            _ => None,
        };
        let at = Moment { wall: record.opened_at, mono: Mono::default() };
        let mut case = Self {
            id: record.id,
            room: record.room.clone(),
            guest: record.guest.clone(),
            queue: settings.queues[0].name.clone(),
            left: Vec::new(),
            waits_since: None,
            after_hours: false,
            asked_at: at,
            passes: BTreeMap::new(),
            owner: None,
            dismissed: None,
            offered: BTreeSet::new(),
            several: false,
            handed_to: None,
            accepted_by: BTreeSet::new(),
            reply: Reply::default(),
            inside: false,
            over: false,
            priority: 0,
            skills: BTreeSet::new(),
            tongue: language.and_then(|tag| tag.split('-').next().map(str::to_owned)),
            language: None,
            stage: StageName::Joining,
        };
        case.come_to(&case.queue.clone(), settings);
        case
    }

    /// It asks for what its queue asks for. A language that nobody there claims to speak is not asked for.
    pub fn come_to(&mut self, queue: &QueueName, settings: &Settings) {
        let found = settings.queues.iter().find(|one| one.name == *queue).unwrap_or(&settings.queues[0]);
        self.priority = self.priority.max(found.priority);
        self.skills = found.skills.clone();
        let there = settings.operators.iter().filter(|one| one.queues.contains(&found.name));
        let spoken: BTreeSet<String> =
            there.flat_map(|one| one.languages.iter().map(|tag| tag.chars().take(2).collect())).collect();
        self.language = self.tongue.clone().filter(|language| spoken.contains(language));
        self.queue = found.name.clone();
    }

    pub fn place(&self) -> (Reverse<i32>, ChatId) {
        (Reverse(self.priority), self.id)
    }

    pub fn open(&self) -> bool {
        !matches!(self.stage, StageName::Closing | StageName::Closed)
    }

    pub fn waits(&self) -> bool {
        matches!(self.stage, StageName::Waiting | StageName::Offered)
    }

    /// It is somebody's now.
    pub fn belongs_to(&mut self, operator: &BareJid, due: Mono) {
        self.owner = Some(operator.clone());
        self.accepted_by.insert(operator.clone());
        (self.several, self.handed_to) = (false, None);
        self.reply.begin(due);
    }

    pub fn passed(&self, operator: &BareJid, now: Mono) -> bool {
        self.passes.get(operator).is_some_and(|until| *until > now)
    }

    /// How its stage changed. Says whether it is called in after it was told that its queue is closed.
    pub fn note_stage(
        &mut self,
        record: &ChatRecord,
        now: Moment,
        open: impl Fn(&Self) -> bool,
    ) -> Result<bool, String> {
        let before = std::mem::replace(&mut self.stage, record.stage);
        self.guest = record.guest.clone();
        self.over = matches!(record.stage, StageName::Closing | StageName::Closed);
        let waits = self.waits();
        if before == StageName::Joining && waits {
            self.after_hours = !open(self);
            self.asked_at = now;
        }
        if waits && self.waits_since.is_none() {
            self.waits_since = Some(now);
        }
        // Who cannot be told from others may have helped.
        if self.reply.unsure && record.standing.waits_since.is_none() && record.stage == StageName::Serving {
            self.waits_since = None;
        }
        let opened = self.after_hours && self.waits_since.is_some() && !record.marks.after_hours;
        self.after_hours &= record.marks.after_hours;
        if opened {
            self.waits_since = Some(now);
        }
        if waits && self.after_hours != record.marks.after_hours {
            return Err(format!("chat {}: its queue is open, but not for it: {record:?}", self.id));
        }
        Ok(opened)
    }

    pub fn agrees_with(&self, record: &ChatRecord) -> Verdict {
        let standing = &record.standing;
        let skills: BTreeSet<String> = standing.skills.iter().cloned().collect();
        let same = standing.priority == self.priority
            && skills == self.skills
            && standing.language == self.tongue
            && standing.waits_since == self.waits_since.map(|since| since.wall)
            && standing.left == self.left;
        if self.open() && !same { Err(format!("{standing:?}, but it should be {self:?}")) } else { Ok(()) }
    }

    /// What others may see of it is right.
    pub fn see(&mut self, view: &ChatView) -> Verdict {
        self.inside = view.inside;
        let offered: BTreeSet<BareJid> = view.offered_to.iter().cloned().collect();
        let owner = view.operator.as_ref().filter(|_| view.stage == StageName::Serving);
        let same = view.queue == self.queue && view.priority == self.priority && view.stage == self.stage;
        if !same || offered != self.offered || (self.open() && owner != self.owner.as_ref()) {
            return Err(format!("I3: {view:?}, but it should be {self:?}"));
        }
        Ok(())
    }

    pub fn start_again(&mut self, employed: &BTreeSet<BareJid>, at: Moment) {
        self.passes.clear();
        self.inside = false;
        self.asked_at = at;
        self.offered.retain(|operator| employed.contains(operator));
        if self.owner.as_ref().is_some_and(|owner| !employed.contains(owner)) {
            self.dismissed = self.owner.take();
            self.offered.clear();
        }
        if self.stage == StageName::Offered && self.offered.is_empty()
            || self.stage == StageName::Serving && self.owner.is_none()
        {
            self.stage = StageName::Waiting;
            self.waits_since.get_or_insert(at);
        }
        self.waits_since = self.waits_since.map(|since| Moment { wall: since.wall, mono: at.mono_of(since.wall) });
    }

    /// Since it was last looked, did the clock jump?
    pub fn clock_was_set(&self, now: Moment) -> bool {
        clock_was_set(self.asked_at, now)
    }
}

/// Did the clock jump between the two?
pub fn clock_was_set(before: Moment, now: Moment) -> bool {
    let ran = now.mono.since(before.mono).as_millis();
    let shown = (now.wall - before.wall).num_milliseconds();
    i128::from(shown) != ran as i128
}

/// Is the queue open? The hours of a simulated day are of the form `Mo-Su 10:05-10:30`, in Berlin, in winter.
pub fn takes_guests(queue: &QueueSettings, at: DateTime<Utc>) -> bool {
    let Some(hours) = &queue.hours else { return true };
    let text = hours.to_string();
    let (from, to) = text.strip_prefix("Mo-Su ").and_then(|span| span.split_once('-')).unwrap();
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    };
    let now = (at.hour() * 60 + at.minute() + 60) % (24 * 60);
    (minute(from)..minute(to)).contains(&now)
}
