//! People by chance: guests who come at random, talk for as long as they talk, and perhaps lose patience; operators who are
//! always there.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use foldhash::fast::FixedState;
use jid::FullJid;

use super::agenda::{Agenda, Deed, GuestNumber, StaffNumber};
use super::case::Case;
use super::cast::Cast;
use super::chance::Chance;
use super::figures::Ledger;
use crate::desk::event::{Invitation, InvitationForm, Show};
use crate::desk::facts::{Brought, Facts};
use crate::desk::ids::RoomJid;
use crate::desk::record::Choice;
use crate::desk::settings::{QueueSettings, Settings};

/// So many rooms are free before one is used again: whoever plays the day a second time, where chats last longer, must not find it taken.
const ROOMS_MIN: usize = 1_000;
/// An operator who got no more offers says that they are back after so long.
const BACK: Duration = Duration::from_secs(60);
/// So many changes of a queue's hours are looked through for the next opening.
const OPENINGS_MAX: u32 = 2_000;

/// What a synthetic day is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// How many guests come.
    pub chats: u64,
    /// How many come in an hour, on average, while the first queue is open.
    pub arrivals_per_hour: f64,
    /// How long an operator and a guest talk, on average.
    pub talk: Duration,
    /// How long a guest waits before they leave, on average; `None`: for ever.
    pub patience: Option<Duration>,
    /// How long an operator needs to come when a chat is offered to them, on average.
    pub accept: Duration,
    /// What chance begins with.
    pub seed: u64,
}

/// Guests and operators by chance.
#[derive(Debug)]
pub struct Crowd {
    day: Day,
    /// What happened, for the figures.
    pub ledger: Ledger,
    arrivals: Chance,
    talks: Chance,
    patiences: Chance,
    reactions: Chance,
    doors: Doors,
    names: Names,
    come: u64,
    /// How long the talk of each guest who is here will be.
    talk: HashMap<GuestNumber, Duration, FixedState>,
    talk_of_next: Duration,
    patience_of_next: Option<Duration>,
    last_arrival: u64,
    open_millis: u64,
}

impl Crowd {
    /// The people of this day, which begins then.
    pub fn new(day: Day, settings: &Settings, start: DateTime<Utc>) -> Self {
        Self {
            day,
            ledger: Ledger::new(settings),
            arrivals: Chance::new(day.seed, 0),
            talks: Chance::new(day.seed, 1),
            patiences: Chance::new(day.seed, 2),
            reactions: Chance::new(day.seed, 3),
            doors: Doors { queue: settings.queues.first().cloned(), zone: settings.zone, start },
            names: Names::new(settings),
            come: 0,
            talk: HashMap::default(),
            talk_of_next: Duration::ZERO,
            patience_of_next: None,
            last_arrival: 0,
            open_millis: 0,
        }
    }

    /// Everybody comes to work, and the first guest is on their way.
    pub fn begin(&mut self, operators: usize, agenda: &mut Agenda) {
        (0..operators).for_each(|operator| agenda.at(0, Deed::Show(operator, Show::Online)));
        self.plan_next(agenda);
    }

    /// When the last guest came, once they have all come.
    pub fn all_came_at(&self) -> Option<u64> {
        (self.come >= self.day.chats).then_some(self.last_arrival)
    }

    /// How long guests could come, in milliseconds: closed hours do not count.
    pub fn open_millis(&self) -> u64 {
        self.open_millis
    }

    /// Everything that is drawn for a guest is drawn here, whether it is needed or not: so the same guests come whatever the
    /// configuration says.
    fn plan_next(&mut self, agenda: &mut Agenda) {
        if self.come >= self.day.chats {
            return;
        }
        let gap = self.arrivals.exponential(Duration::from_secs_f64(3_600.0 / self.day.arrivals_per_hour));
        self.talk_of_next = self.talks.exponential(self.day.talk);
        self.patience_of_next = self.day.patience.map(|mean| self.patiences.exponential(mean));
        self.open_millis += u64::try_from(gap.as_millis()).unwrap_or(0);
        let at = self.doors.after(agenda.now(), gap);
        agenda.at(at, Deed::Invite);
    }

    fn leave_when_tired(&self, case: &Case, agenda: &mut Agenda) {
        if let Some(patience) = self.patience_of_next {
            agenda.after(patience, Deed::LosePatience(case.guest));
        }
    }
}

impl Cast for Crowd {
    fn invite(&mut self, agenda: &mut Agenda) -> Option<Invitation> {
        self.come += 1;
        self.last_arrival = agenda.now();
        let (room, guest) = self.names.next()?;
        Some(Invitation {
            room,
            from: guest.into(),
            form: InvitationForm::Direct,
            password: Some("simulated".to_owned()),
            reason: None,
            language: None,
            brought: Brought::default(),
        })
    }

    fn opened(&mut self, case: &Case, agenda: &mut Agenda) {
        self.talk.insert(case.guest, self.talk_of_next);
        self.leave_when_tired(case, agenda);
        self.plan_next(agenda);
    }

    fn offered(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        let reaction = match self.day.accept {
            Duration::ZERO => Duration::ZERO,
            mean => self.reactions.exponential(mean),
        };
        agenda.after(reaction, Deed::Enter(case.guest, operator));
    }

    fn accepted(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        // To nobody nothing is said; the desk closes when the guest has been gone for long enough.
        if case.guest_inside {
            let talk = self.talk.get(&case.guest).copied().unwrap_or_default();
            agenda.at(agenda.now(), Deed::Speak(case.guest, operator));
            agenda.after(talk, Deed::Close(case.guest, operator));
        }
    }

    fn released(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        self.ledger.served(case, operator, agenda.now());
    }

    fn benched(&mut self, operator: StaffNumber, agenda: &mut Agenda) {
        agenda.after(BACK, Deed::Order(operator, "!available".to_owned()));
    }

    fn known(&mut self, _: &Case) -> Facts {
        Facts::default()
    }

    fn chose(&mut self, _: &Case, _: &Choice) {}

    fn closed(&mut self, case: &Case, agenda: &mut Agenda) {
        // Whom the desk sends away at once was never let in, and the next one comes all the same.
        let let_in = self.talk.remove(&case.guest).is_some();
        self.ledger.closed(case, agenda.now());
        self.names.free.push_back(case.room.clone());
        if !let_in {
            self.plan_next(agenda);
        }
    }
}

/// When guests may come: while the first queue takes them.
#[derive(Debug)]
struct Doors {
    queue: Option<QueueSettings>,
    zone: Tz,
    start: DateTime<Utc>,
}

impl Doors {
    /// The moment after so much open time, in milliseconds since the beginning.
    fn after(&self, now: u64, gap: Duration) -> u64 {
        let mut left = gap;
        let mut at = now;
        let Some(queue) = self.queue.as_ref().filter(|queue| queue.hours.is_some() || !queue.holidays.is_empty())
        else {
            return at.saturating_add(millis(gap));
        };
        for _ in 0..OPENINGS_MAX {
            let wall = self.start + TimeDelta::milliseconds(i64::try_from(at).unwrap_or(i64::MAX));
            let Some(change) = queue.next_change(wall, self.zone) else { break };
            let until = Duration::from_millis(u64::try_from((change - wall).num_milliseconds()).unwrap_or(0).max(1));
            if queue.open_at(wall, self.zone) {
                if left < until {
                    break;
                }
                left = left.saturating_sub(until);
            }
            at = at.saturating_add(millis(until));
        }
        at.saturating_add(millis(left))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_micros().saturating_add(500) / 1_000).unwrap_or(u64::MAX)
}

/// Names. No guest comes a second time; a room is used again when [`ROOMS_MIN`] others were.
#[derive(Debug)]
struct Names {
    free: VecDeque<RoomJid>,
    rooms: usize,
    guests: u64,
    service: String,
    domain: String,
}

impl Names {
    fn new(settings: &Settings) -> Self {
        Self {
            free: VecDeque::new(),
            rooms: 0,
            guests: 0,
            service: settings.services.first().cloned().unwrap_or_default(),
            domain: settings.guests.first().cloned().unwrap_or_else(|| "guest.invalid".to_owned()),
        }
    }

    fn next(&mut self) -> Option<(RoomJid, FullJid)> {
        self.guests += 1;
        let guest = ["guest", itoa::Buffer::new().format(self.guests), "@", &self.domain, "/web"].concat();
        Some((self.room()?, guest.parse().ok()?))
    }

    fn room(&mut self) -> Option<RoomJid> {
        if self.free.len() >= ROOMS_MIN {
            return self.free.pop_front();
        }
        self.rooms += 1;
        format!("simulated{}@{}", self.rooms, self.service).parse().ok()
    }
}
