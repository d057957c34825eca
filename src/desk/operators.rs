//! Who is here, what they can do, how loaded.

mod attendance;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jid::{BareJid, Jid};

use super::event::{ContactPresence, RosterItem, Show};
use super::ids::{ChatId, OperatorId, QueueName, account_of};
use super::moment::{Moment, Mono};
use super::record::{Attendance, Away, OperatorRecord};
use super::settings::OperatorSettings;

/// At most so many clients of one operator are remembered; more are ignored.
const CLIENTS_MAX: usize = 32;

/// All operators, by number and by address.
#[derive(Debug, Clone, Default)]
pub struct Operators {
    list: Vec<Operator>,
    /// All of their names, by number.
    names: Arc<[Arc<str>]>,
    by_jid: BTreeMap<String, OperatorId>,
    teams: BTreeMap<QueueName, Team>,
    turns: u64,
    /// Whose record is to be written.
    changed: BTreeSet<OperatorId>,
    /// Who may be free again since it was last asked.
    freed: BTreeSet<OperatorId>,
    /// Who could take chats and perhaps cannot any more, since it was last asked.
    lost: BTreeSet<OperatorId>,
    /// Whose attendance may have changed since it was last written.
    looked_at: BTreeSet<OperatorId>,
    /// When somebody's rest or absence ends.
    wakings: BTreeSet<(Mono, OperatorId)>,
}

/// Who serves a queue. Who is free is known without asking everybody: a desk may have a thousand operators.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// In the configuration's order.
    members: Vec<OperatorId>,
    free: BTreeSet<OperatorId>,
    /// How many are kept from taking chats by what.
    kept: BTreeMap<Duty, u32>,
    /// What its members speak: the primary parts of their languages' tags.
    languages: BTreeSet<String>,
}

/// Whether somebody can take chats at all, whatever chat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// With a place left.
    Free,
    /// None of their clients is online, or the desk may not see it.
    Offline,
    /// Their clients show away or busy.
    Away,
    /// They said `!away`.
    SaidAway,
    /// They missed too many offers.
    Benched,
    /// They are wrapping up.
    WrappingUp,
    /// All their places are taken.
    Full,
}

/// One operator.
#[derive(Debug, Clone)]
pub struct Operator {
    /// What the configuration says.
    pub settings: OperatorSettings,
    /// They are still configured. Numbers are never used again, so who was removed stays, without duties.
    pub employed: bool,
    /// We receive their presence; `None` until the roster came.
    pub subscribed: Option<bool>,
    clients: BTreeMap<String, Show>,
    away: Option<Away>,
    busy: Option<u32>,
    missed_offers: u32,
    benched_at: Option<DateTime<Utc>>,
    load: Load,
    turn: u64,
    /// As which the teams count them.
    duty: Duty,
    /// What was last written of their attendance.
    written: Option<Attendance>,
}

/// What an operator's clients show by their presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// One of their clients says online or chat.
    Available,
    /// Their clients say away, extended away or do not disturb.
    Away,
    /// No client.
    Offline,
}

/// What the desk knows of an operator's work: each offer and each chat served takes places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Chats that are offered to them or that they serve, and how many places each takes.
    chats: BTreeMap<ChatId, u32>,
    /// All those places.
    places: u32,
    /// When their last chat ended; `None` where they had none.
    pub idle_since: Option<DateTime<Utc>>,
    /// Wrapping up after a chat, until then.
    pub rests_until: Option<Mono>,
}

impl Load {
    /// How many places are taken.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// Chats that are offered to them or that they serve.
    pub fn chats(&self) -> impl ExactSizeIterator<Item = ChatId> {
        self.chats.keys().copied()
    }

    fn take(&mut self, chat: ChatId, weight: u32) {
        self.release(chat);
        self.chats.insert(chat, weight);
        self.places = self.places.saturating_add(weight);
    }

    fn release(&mut self, chat: ChatId) {
        if let Some(weight) = self.chats.remove(&chat) {
            self.places = self.places.saturating_sub(weight);
        }
    }
}

impl Operators {
    /// Takes over a new configuration. Who stays keeps their number, presence and load.
    pub fn configure(&mut self, settings: &[OperatorSettings]) {
        for operator in &mut self.list {
            operator.employed = false;
        }
        for one in settings {
            match self.by_jid.get(one.jid.as_str()).and_then(|id| self.list.get_mut(id.0 as usize)) {
                Some(operator) => {
                    operator.settings = one.clone();
                    operator.employed = true;
                }
                None => self.add(one.clone()),
            }
        }
        self.form_teams();
        self.note_names();
    }

    fn note_names(&mut self) {
        self.names = self.list.iter().map(|operator| Arc::clone(&operator.settings.name)).collect();
    }

    fn form_teams(&mut self) {
        self.teams.clear();
        for (number, operator) in self.list.iter_mut().enumerate().filter(|(_, operator)| operator.employed) {
            let id = OperatorId(u32::try_from(number).unwrap_or(u32::MAX));
            operator.duty = operator.present_duty();
            for queue in &operator.settings.queues {
                let team = self.teams.entry(queue.clone()).or_default();
                team.members.push(id);
                let primary = |tag: &String| tag.split('-').next().map(str::to_owned);
                team.languages.extend(operator.settings.languages.iter().filter_map(primary));
                team.count(id, operator.duty);
            }
        }
    }

    /// Changes an operator, and what the teams know of them.
    fn change<R>(&mut self, id: OperatorId, change: impl FnOnce(&mut Operator) -> R) -> Option<R> {
        let operator = self.list.get_mut(id.0 as usize)?;
        let result = change(operator);
        if operator.attendance_changed() {
            self.looked_at.insert(id);
        }
        let (before, now) = (operator.duty, operator.present_duty());
        if before != now {
            operator.duty = now;
            if before == Duty::Free {
                self.lost.insert(id);
            }
            for queue in operator.settings.queues.iter().filter(|_| operator.employed) {
                if let Some(team) = self.teams.get_mut(queue) {
                    team.discount(id, before);
                    team.count(id, now);
                }
            }
        }
        Some(result)
    }

    /// Takes over what an earlier desk remembered of somebody, who may be employed again.
    pub fn restore(&mut self, record: &OperatorRecord, at: Moment) {
        let Some(id) = self.find_ever(&record.jid).or_else(|| self.add_former(&record.jid)) else { return };
        self.change(id, |operator| {
            operator.away = record.away;
            operator.busy = record.busy;
            operator.missed_offers = record.missed_offers;
            operator.benched_at = record.benched_at;
            operator.load.idle_since = record.idle_since;
        });
        self.wake_when_back(id, at);
    }

    fn add(&mut self, settings: OperatorSettings) {
        let id = OperatorId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.by_jid.insert(settings.jid.to_string(), id);
        self.list.push(Operator::new(settings));
    }

    fn add_former(&mut self, jid: &BareJid) -> Option<OperatorId> {
        self.add(OperatorSettings {
            jid: jid.clone(),
            name: jid.node().map_or_else(|| jid.to_string(), |node| node.to_string()).into(),
            queues: Vec::new(),
            chats_max: 0,
            tier: 1,
            skills: BTreeSet::new(),
            languages: Vec::new(),
            supervisor_only: false,
        });
        let id = self.find_ever(jid)?;
        self.get_mut(id)?.employed = false;
        self.note_names();
        Some(id)
    }

    /// What all who are or were operators are called, by their numbers.
    pub fn names(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.names)
    }

    /// The operator with this number.
    pub fn get(&self, id: OperatorId) -> Option<&Operator> {
        self.list.get(id.0 as usize)
    }

    fn get_mut(&mut self, id: OperatorId) -> Option<&mut Operator> {
        self.list.get_mut(id.0 as usize)
    }

    /// Who has this address, with whatever resource, if they are employed.
    pub fn find(&self, jid: &Jid) -> Option<OperatorId> {
        self.find_ever(jid).filter(|id| self.get(*id).is_some_and(|operator| operator.employed))
    }

    /// Who has or had this address.
    pub fn find_ever(&self, jid: &Jid) -> Option<OperatorId> {
        self.by_jid.get(account_of(jid)).copied()
    }

    /// Who serves this queue, in the configuration's order.
    pub fn of_queue(&self, queue: &QueueName) -> impl Iterator<Item = (OperatorId, &Operator)> {
        let ids = self.teams.get(queue).into_iter().flat_map(|team| &team.members);
        ids.filter_map(|id| Some((*id, self.get(*id)?)))
    }

    /// Who of this queue has a place left and is there to take a chat, in the configuration's order.
    pub fn free_of(&self, queue: &QueueName) -> impl Iterator<Item = (OperatorId, &Operator)> {
        let ids = self.teams.get(queue).into_iter().flat_map(|team| &team.free);
        ids.filter_map(|id| Some((*id, self.get(*id)?)))
    }

    /// Does somebody of this queue say that they speak this language (the primary part of a tag)?
    pub fn speaks(&self, queue: &QueueName, language: &str) -> bool {
        self.teams.get(queue).is_some_and(|team| team.languages.contains(language))
    }

    /// How many of this queue are kept from taking chats, by what.
    pub fn kept_of(&self, queue: &QueueName) -> impl Iterator<Item = (Duty, u32)> {
        let kept = self.teams.get(queue).into_iter().flat_map(|team| &team.kept);
        kept.map(|(duty, count)| (*duty, *count)).filter(|(duty, count)| *duty != Duty::Free && *count > 0)
    }

    /// Everybody who is employed, in the configuration's order of first appearance.
    pub fn employed(&self) -> impl Iterator<Item = (OperatorId, &Operator)> {
        self.list
            .iter()
            .enumerate()
            .filter(|(_, operator)| operator.employed)
            .map(|(number, operator)| (OperatorId(u32::try_from(number).unwrap_or(u32::MAX)), operator))
    }

    /// A client's presence changed. Says whether the operator's availability did. (Of those who are no longer configured
    /// too: nobody tells again when they are put back.)
    pub fn presence(&mut self, presence: &ContactPresence) -> bool {
        let Some(id) = self.find_ever(&presence.from) else { return false };
        let changed = self.change(id, |operator| {
            let before = operator.availability();
            operator.client(&presence.from, presence.show);
            before != operator.availability()
        });
        changed.unwrap_or(false)
    }

    /// Somebody who was away or gone is available again: whoever was benched is back.
    pub fn came_back(&mut self, id: OperatorId) {
        self.answered(id);
    }

    /// The session is new: nobody's presence is known.
    pub fn forget_presence(&mut self) {
        for (number, operator) in self.list.iter_mut().enumerate() {
            operator.clients.clear();
            operator.subscribed = None;
            if operator.employed && operator.attendance_changed() {
                self.looked_at.insert(OperatorId(u32::try_from(number).unwrap_or(u32::MAX)));
            }
        }
        self.form_teams();
    }

    /// What the roster says of a contact.
    pub fn roster(&mut self, item: &RosterItem) {
        if let Some(operator) = self.find(&item.jid).and_then(|id| self.get_mut(id)) {
            operator.subscribed = Some(item.to);
        }
    }

    /// A chat takes some of the operator's places; they move to the end of the turn.
    pub fn engage(&mut self, id: OperatorId, chat: ChatId, weight: u32) {
        self.turns += 1;
        let turn = self.turns;
        self.change(id, |operator| {
            operator.load.take(chat, weight);
            operator.turn = turn;
        });
        self.lost.insert(id);
    }

    /// A chat gives its places back.
    pub fn release(&mut self, id: OperatorId, chat: ChatId) {
        self.change(id, |operator| operator.load.release(chat));
    }

    /// A chat that they served is theirs no more: they are idle since now, and rest for so long.
    pub fn wrap_up(&mut self, id: OperatorId, rest: std::time::Duration, at: Moment) {
        let until = (!rest.is_zero()).then(|| at.mono + rest);
        self.wakings.extend(until.map(|until| (until, id)));
        self.change(id, |operator| {
            operator.load.idle_since = Some(at.wall);
            operator.load.rests_until = operator.load.rests_until.max(until);
        });
        self.changed.insert(id);
    }

    // What they said

    /// `!available`: here again, and for as many chats as the configuration says.
    pub fn said_available(&mut self, id: OperatorId) {
        self.change(id, |operator| {
            (operator.away, operator.busy, operator.benched_at) = (None, None, None);
            operator.missed_offers = 0;
            operator.load.rests_until = None;
        });
        self.changed.insert(id);
        self.freed.insert(id);
    }

    /// `!away`, perhaps for some time only.
    pub fn said_away(&mut self, id: OperatorId, away: Away, at: Moment) {
        self.change(id, |operator| operator.away = Some(away));
        self.changed.insert(id);
        self.wake_when_back(id, at);
    }

    /// `!busy N`: no more than so many places.
    pub fn said_busy(&mut self, id: OperatorId, places: u32) {
        self.change(id, |operator| operator.busy = Some(places));
        self.lost.insert(id);
        self.changed.insert(id);
        self.freed.insert(id);
    }

    // Offers

    /// An offer passed without a word, or a guest without an answer. Says how many in a row.
    pub fn missed(&mut self, id: OperatorId) -> u32 {
        let missed = self.change(id, |operator| {
            operator.missed_offers = operator.missed_offers.saturating_add(1);
            operator.missed_offers
        });
        self.changed.insert(id);
        missed.unwrap_or(0)
    }

    /// They gave a sign of life: what they missed is forgotten.
    pub fn answered(&mut self, id: OperatorId) {
        let owes = |operator: &Operator| operator.missed_offers != 0 || operator.benched_at.is_some();
        if self.get(id).is_some_and(owes) {
            self.change(id, |operator| (operator.missed_offers, operator.benched_at) = (0, None));
            self.changed.insert(id);
            self.freed.insert(id);
        }
    }

    /// No more offers until they come back.
    pub fn bench(&mut self, id: OperatorId, at: Moment) {
        self.change(id, |operator| operator.benched_at = Some(at.wall));
        self.changed.insert(id);
    }

    // Time

    /// When somebody's rest or absence ends next.
    pub fn next_waking(&self) -> Option<Mono> {
        self.wakings.first().map(|(at, _)| *at)
    }

    /// Whose rest or absence is over by now.
    pub fn wake(&mut self, at: Moment) -> Vec<OperatorId> {
        let mut awake = Vec::new();
        while let Some((due, id)) = self.wakings.first().copied().filter(|(due, _)| *due <= at.mono) {
            self.wakings.remove(&(due, id));
            self.wake_one(id, at);
            awake.push(id);
        }
        awake
    }

    fn wake_one(&mut self, id: OperatorId, at: Moment) {
        self.change(id, |operator| {
            operator.load.rests_until = operator.load.rests_until.filter(|until| *until > at.mono);
        });
        match self.get(id).and_then(|operator| operator.away) {
            Some(Away::Until(until)) if until <= at.wall => {
                self.change(id, |operator| operator.away = None);
                self.changed.insert(id);
            }
            // The wall clock was set back, or this was the end of a rest.
            Some(Away::Until(_)) => self.wake_when_back(id, at),
            Some(Away::UntilBack) | None => {}
        }
    }

    fn wake_when_back(&mut self, id: OperatorId, at: Moment) {
        let Some(Away::Until(until)) = self.get(id).and_then(|operator| operator.away) else { return };
        let ahead = (until - at.wall).to_std().unwrap_or_default();
        self.wakings.insert((at.mono + ahead.max(std::time::Duration::from_millis(1)), id));
    }

    /// Is there anybody for [`Self::take_freed`] or [`Self::take_lost`]?
    pub fn changed_hands(&self) -> bool {
        !self.freed.is_empty() || !self.lost.is_empty()
    }

    /// Is there something for [`Self::take_changed`] or [`Self::take_attendance`]?
    pub fn have_news(&self) -> bool {
        !self.changed.is_empty() || !self.looked_at.is_empty()
    }

    /// Who may be free again, since this was last asked.
    pub fn take_freed(&mut self) -> BTreeSet<OperatorId> {
        std::mem::take(&mut self.freed)
    }

    /// Who perhaps cannot take chats any more, since this was last asked. (A place that is left may be too few.)
    pub fn take_lost(&mut self) -> BTreeSet<OperatorId> {
        std::mem::take(&mut self.lost)
    }

    /// The records of those of whom something changed that a restart must not forget.
    pub fn take_changed(&mut self) -> Vec<OperatorRecord> {
        if self.changed.is_empty() {
            return Vec::new();
        }
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().filter_map(|id| self.get(id)).map(Operator::record).collect()
    }
}

impl Team {
    fn count(&mut self, id: OperatorId, duty: Duty) {
        *self.kept.entry(duty).or_default() += 1;
        if duty == Duty::Free {
            self.free.insert(id);
        }
    }

    fn discount(&mut self, id: OperatorId, duty: Duty) {
        if let Some(count) = self.kept.get_mut(&duty) {
            *count = count.saturating_sub(1);
        }
        if duty == Duty::Free {
            self.free.remove(&id);
        }
    }
}

impl Operator {
    fn new(settings: OperatorSettings) -> Self {
        Self {
            settings,
            employed: true,
            subscribed: None,
            clients: BTreeMap::new(),
            away: None,
            busy: None,
            missed_offers: 0,
            benched_at: None,
            load: Load::default(),
            turn: 0,
            duty: Duty::Offline,
            written: None,
        }
    }

    fn record(&self) -> OperatorRecord {
        OperatorRecord {
            jid: self.settings.jid.clone(),
            away: self.away,
            busy: self.busy,
            missed_offers: self.missed_offers,
            benched_at: self.benched_at,
            idle_since: self.load.idle_since,
        }
    }

    /// What their clients show.
    pub fn availability(&self) -> Availability {
        if self.clients.values().any(|show| matches!(show, Show::Online | Show::Chat)) {
            Availability::Available
        } else if self.clients.is_empty() {
            Availability::Offline
        } else {
            Availability::Away
        }
    }

    /// What the desk knows.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// When they last had their turn: the number of the offer.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// Whether they can take chats at all.
    pub fn duty(&self) -> Duty {
        self.duty
    }

    fn present_duty(&self) -> Duty {
        match self.availability() {
            Availability::Offline => Duty::Offline,
            Availability::Away => Duty::Away,
            Availability::Available if self.away.is_some() => Duty::SaidAway,
            Availability::Available if self.benched_at.is_some() => Duty::Benched,
            Availability::Available if self.load.rests_until.is_some() => Duty::WrappingUp,
            Availability::Available if !self.has_places(1) => Duty::Full,
            Availability::Available => Duty::Free,
        }
    }

    /// They said `!away`.
    pub fn away(&self) -> Option<Away> {
        self.away
    }

    /// Since when they get no offers because they missed too many.
    pub fn benched_at(&self) -> Option<DateTime<Utc>> {
        self.benched_at
    }

    /// They serve this queue.
    pub fn serves(&self, queue: &QueueName) -> bool {
        self.employed && self.settings.queues.contains(queue)
    }

    /// How many places they have: what the configuration says, or less where they said so.
    pub fn places_max(&self) -> u32 {
        self.busy.map_or(self.settings.chats_max, |busy| busy.min(self.settings.chats_max))
    }

    /// They have so many places left.
    pub fn has_places(&self, weight: u32) -> bool {
        self.load.places().saturating_add(weight) <= self.places_max()
    }

    fn client(&mut self, from: &Jid, show: Show) {
        let client = from.resource().map(|part| part.to_string()).unwrap_or_default();
        match show {
            // Unavailable presence from the bare JID is about all clients (RFC 6121, 4.5.3).
            Show::Offline if client.is_empty() => self.clients.clear(),
            Show::Offline => {
                self.clients.remove(&client);
            }
            _ if self.clients.len() < CLIENTS_MAX || self.clients.contains_key(&client) => {
                self.clients.insert(client, show);
            }
            _ => {}
        }
    }
}
