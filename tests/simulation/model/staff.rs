//! Operators as they see themselves: what they said, what their clients show, what they were told.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk::desk::event::{ContactPresence, Event, Show};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::moment::{Moment, Mono};
use frontdesk::desk::operators::Availability;
use frontdesk::desk::settings::Settings;
use frontdesk::desk::snapshot::OperatorView;
use frontdesk::desk::wording::duty;
use jid::BareJid;

use super::Verdict;

/// So long after a login contacts' presence arrives that tells what was so before.
const PRESENCES_ARRIVE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Default)]
pub struct Staff {
    members: BTreeMap<BareJid, Member>,
    turns: u64,
    /// Since when the desk is logged in.
    session_since: Mono,
}

#[derive(Debug, Clone, Default)]
struct Member {
    employed: bool,
    /// They were employed since the desk started: their presence is followed.
    known: bool,
    /// Something was remembered of them.
    recorded: bool,
    chats_max: u32,
    clients: BTreeMap<String, Show>,
    away: Option<Away>,
    busy: Option<u32>,
    benched: bool,
    /// Whoever spoke may have been them.
    perhaps_answered: bool,
    /// How many offers they missed in a row, at most.
    missed: u32,
    rests_until: Mono,
    idle_since: Option<DateTime<Utc>>,
    turn: u64,
    places: BTreeMap<ChatId, u32>,
}

#[derive(Debug, Clone, Copy)]
enum Away {
    UntilBack,
    /// Until then; and when the desk looks at the clock.
    Until(DateTime<Utc>, Mono),
}

impl Staff {
    pub fn hire(&mut self, settings: &Settings) {
        self.members.values_mut().for_each(|member| member.employed = false);
        for one in &settings.operators {
            let member = self.members.entry(one.jid.clone()).or_default();
            (member.employed, member.known, member.chats_max) = (true, true, one.chats_max);
        }
    }

    /// What was said is known; who is there, who rests and whose turn it is, is not.
    pub fn start_again(&mut self, settings: &Settings, at: Moment) {
        self.turns = 0;
        for member in self.members.values_mut() {
            member.clients.clear();
            member.places.clear();
            // Of whom nothing was ever remembered nothing is known.
            member.known = member.recorded;
            (member.rests_until, member.turn) = (Mono::default(), 0);
            if let Some(Away::Until(until, _)) = member.away {
                member.away = Some(Away::until(until, at));
            }
        }
        self.hire(settings);
    }

    pub fn remembered(&mut self, operator: &BareJid) {
        self.members.entry(operator.clone()).or_default().recorded = true;
    }

    pub fn nobody_seen(&mut self, now: Mono) {
        self.session_since = now;
        self.members.values_mut().for_each(|member| member.clients.clear());
    }

    pub fn presence(&mut self, presence: &ContactPresence, now: Mono) {
        let settled = now.since(self.session_since) >= PRESENCES_ARRIVE;
        let member = self.members.get_mut(&presence.from.to_bare());
        let Some(member) = member.filter(|member| member.known) else { return };
        let before = member.available();
        let client = presence.from.resource().map(ToString::to_string).unwrap_or_default();
        match presence.show {
            Show::Offline => drop(member.clients.remove(&client)),
            show => drop(member.clients.insert(client, show)),
        }
        // What comes with a new session tells what was so before.
        if !before && member.available() && member.employed && settled {
            member.answered();
        }
    }

    pub fn wake(&mut self, at: Moment) {
        for member in self.members.values_mut() {
            if let Some(Away::Until(until, wakes)) = member.away
                && wakes <= at.mono
            {
                member.away = (until > at.wall).then(|| Away::until(until, at));
            }
        }
    }

    // Work

    pub fn engage(&mut self, operator: &BareJid, chat: ChatId, weight: u32) {
        let member = self.members.get_mut(operator).unwrap();
        if let Entry::Vacant(place) = member.places.entry(chat) {
            self.turns += 1;
            place.insert(weight);
            member.turn = self.turns;
        }
    }

    pub fn release(&mut self, operator: &BareJid, chat: ChatId) {
        self.members.get_mut(operator).unwrap().places.remove(&chat);
    }

    pub fn released_after_serving(&mut self, operator: &BareJid, chat: ChatId, wrap_up: Duration, at: Moment) {
        self.release(operator, chat);
        let member = self.members.get_mut(operator).unwrap();
        member.idle_since = Some(at.wall);
        if !wrap_up.is_zero() {
            member.rests_until = member.rests_until.max(at.mono + wrap_up);
        }
    }

    pub fn missed(&mut self, operator: &BareJid) {
        self.members.get_mut(operator).unwrap().missed += 1;
    }

    pub fn answered(&mut self, operator: &BareJid) {
        if let Some(member) = self.members.get_mut(operator) {
            member.answered();
        }
    }

    pub fn somebody_answered(&mut self) {
        self.members.values_mut().for_each(|member| member.perhaps_answered = true);
    }

    // Words

    /// What somebody was told of themselves holds from now on.
    pub fn told(&mut self, event: &Event, to: &BareJid, body: &str, at: Moment) -> Verdict {
        let Some(member) = self.members.get_mut(to) else { return Ok(()) };
        let number = number_behind(event, "!busy ");
        if body == "You take chats again." || body.starts_with("Noted. ") {
            (member.away, member.busy, member.rests_until) = (None, None, Mono::default());
            member.answered();
        } else if let Some(minutes) = body.strip_prefix("No new chats for ") {
            let minutes = minutes.split(' ').next().unwrap().parse().unwrap_or(1);
            member.away = Some(Away::until(at.wall + TimeDelta::minutes(minutes), at));
        } else if body == duty::away(None) && number.is_none() {
            member.away = Some(Away::UntilBack);
        } else if body == duty::away(None) || body.starts_with("No more than ") {
            member.busy = number;
        } else if body.starts_with("You did not answer") {
            return member.benched_now(body);
        }
        Ok(())
    }

    // Who can

    pub fn available(&self, operator: &BareJid) -> bool {
        self.members.get(operator).is_some_and(|member| member.employed && member.available())
    }

    pub fn has_places(&self, operator: &BareJid, weight: u32) -> bool {
        self.members.get(operator).is_some_and(|member| member.taken() + weight <= member.places_max())
    }

    /// Could they take a chat? Where nobody can know, `hope` says.
    pub fn free(&self, operator: &BareJid, weight: u32, at: Moment, hope: bool) -> bool {
        let Some(member) = self.members.get(operator) else { return false };
        let away = match member.away {
            None => false,
            Some(Away::UntilBack) => true,
            Some(Away::Until(until, _)) => until > at.wall || !hope,
        };
        let benched = member.benched && !(member.perhaps_answered && hope);
        let there = member.employed && member.available() && !away && !benched;
        there && member.rests_until <= at.mono && self.has_places(operator, weight)
    }

    /// Is there anybody of whom nobody can know?
    pub fn unsure(&self, at: Moment) -> bool {
        let perhaps = |member: &Member| {
            let back = matches!(member.away, Some(Away::Until(until, _)) if until <= at.wall);
            back || member.benched && member.perhaps_answered
        };
        self.members.values().any(perhaps)
    }

    pub fn turn(&self, operator: &BareJid) -> u64 {
        self.members[operator].turn
    }

    pub fn idle_since(&self, operator: &BareJid) -> Option<DateTime<Utc>> {
        self.members[operator].idle_since
    }

    /// Taken places and all places.
    pub fn load(&self, operator: &BareJid) -> (u32, u32) {
        let member = &self.members[operator];
        (member.taken(), member.places_max())
    }

    /// What others may see of them is right.
    pub fn agree(&mut self, at: Moment, views: &[OperatorView]) -> Verdict {
        let shown: BTreeSet<&BareJid> = views.iter().map(|view| &view.jid).collect();
        let employed = self.members.iter().filter(|(_, member)| member.employed);
        if employed.map(|(jid, _)| jid).collect::<BTreeSet<_>>() != shown {
            return Err(format!("operators are {shown:?}"));
        }
        for view in views {
            self.members.get_mut(&view.jid).unwrap().agrees_with(at, view)?;
        }
        Ok(())
    }
}

impl Member {
    fn available(&self) -> bool {
        self.clients.values().any(|show| matches!(show, Show::Online | Show::Chat))
    }

    fn taken(&self) -> u32 {
        self.places.values().sum()
    }

    fn places_max(&self) -> u32 {
        self.busy.map_or(self.chats_max, |busy| busy.min(self.chats_max))
    }

    fn answered(&mut self) {
        (self.benched, self.missed) = (false, 0);
    }

    fn benched_now(&mut self, words: &str) -> Verdict {
        let missed: u32 = words.split(' ').nth(4).and_then(|times| times.parse().ok()).unwrap_or(1);
        self.benched = true;
        if missed > self.missed {
            return Err(format!("I3: {words:?}, but it were {} at most", self.missed));
        }
        Ok(())
    }

    fn agrees_with(&mut self, at: Moment, view: &OperatorView) -> Verdict {
        if let (Some(Away::Until(until, _)), false) = (self.away, view.away)
            && until <= at.wall
        {
            self.away = None;
        }
        if self.perhaps_answered && !view.benched {
            self.benched = false;
        }
        self.perhaps_answered = false;
        let resting = self.rests_until > at.mono;
        let same = view.places == self.taken()
            && view.chats == self.places.len()
            && view.places_max == self.places_max()
            && view.away == self.away.is_some()
            && view.benched == self.benched
            && view.resting == resting
            && (view.availability == Availability::Available) == self.available();
        if same { Ok(()) } else { Err(format!("I3: {view:?}, but it should be {self:?} at {at:?}")) }
    }
}

impl Away {
    fn until(until: DateTime<Utc>, at: Moment) -> Self {
        let ahead = (until - at.wall).to_std().unwrap_or_default().max(Duration::from_millis(1));
        Self::Until(until, at.mono + ahead)
    }
}

/// The number that was typed behind such a command.
fn number_behind(event: &Event, command: &str) -> Option<u32> {
    super::typed_in(event)?.strip_prefix(command)?.trim().parse().ok()
}
