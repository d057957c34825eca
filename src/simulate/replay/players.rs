//! People who do again what the record says of them, as far as another desk lets them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jid::BareJid;

use super::script::{End, Reaction, Script};
use super::vouching;
use crate::desk::event::{Invitation, InvitationForm, Show};
use crate::desk::facts::{Brought, Channel, Facts};
use crate::desk::operators::Availability;
use crate::desk::record::{Attendance, AttendanceRecord, Choice};
use crate::desk::settings::Settings;
use crate::simulate::agenda::{Agenda, Deed, StaffNumber};
use crate::simulate::case::Case;
use crate::simulate::cast::Cast;

/// An operator whom the record never saw benched and come back says so after so long.
const BACK: Duration = Duration::from_secs(60);

/// Guests and operators by the record.
#[derive(Debug)]
pub struct Players {
    start: DateTime<Utc>,
    scripts: Vec<Player>,
    /// Chats whose guest has not come yet, by place.
    to_come: VecDeque<usize>,
    operators: Vec<BareJid>,
    /// How long each operator usually takes to come.
    usual_reaction: BTreeMap<BareJid, Duration>,
    anybodys_reaction: Duration,
    usual_talk: Duration,
    seen: Vec<bool>,
}

/// A chat that is played again.
#[derive(Debug)]
pub struct Player {
    /// By this script.
    pub script: Script,
    /// What the desk chose now.
    pub choices: Vec<Choice>,
    /// How long the guest waits now until somebody comes, in milliseconds.
    pub waited: Option<u64>,
    /// Who comes first now.
    pub first_owner: Option<StaffNumber>,
    /// How it ends now.
    pub outcome: Option<crate::desk::record::Outcome>,
    /// What CRMs knew then and were not asked for yet.
    crm: Facts,
    asked_used: Vec<bool>,
    services_used: Vec<bool>,
}

impl Players {
    /// They play these chats, the oldest first, from then on.
    pub fn new(scripts: Vec<Script>, settings: &Settings, start: DateTime<Utc>) -> Self {
        let mut reactions: BTreeMap<BareJid, Vec<Duration>> = BTreeMap::new();
        let asked = scripts.iter().flat_map(|script| &script.asked);
        for asked in asked {
            if let Reaction::Came(after) = asked.reaction {
                reactions.entry(asked.operator.clone()).or_default().push(after);
            }
        }
        let anybodys_reaction = median(reactions.values().flatten().copied().collect());
        let talks = scripts.iter().filter_map(Script::talk).filter_map(|talk| match talk.end {
            End::GuestLeft(after) | End::Closed(after) => Some(after),
            End::HandedOver | End::Lost(_) | End::GuestGone => None,
        });
        let usual_talk = median(talks.collect());
        let to_come = (0..scripts.len()).collect();
        Self {
            start,
            scripts: scripts.into_iter().map(Player::new).collect(),
            to_come,
            operators: settings.operators.iter().map(|operator| operator.jid.clone()).collect(),
            usual_reaction: reactions.into_iter().map(|(jid, all)| (jid, median(all))).collect(),
            anybodys_reaction,
            usual_talk,
            seen: vec![false; settings.operators.len()],
        }
    }

    /// Plans who is there when, and the first guest. Says whose attendance the record does not tell: they are there always.
    pub fn begin(&mut self, attendance: &[AttendanceRecord], agenda: &mut Agenda) -> Vec<StaffNumber> {
        let mut before = vec![None; self.operators.len()];
        for record in attendance {
            let Some(operator) = self.operators.iter().position(|jid| *jid == record.jid) else { continue };
            if let Some(seen) = self.seen.get_mut(operator) {
                *seen = true;
            }
            let at = self.millis(record.at);
            let known = before.get_mut(operator).and_then(|known| known.replace(record.attendance));
            plan_attendance(operator, known, record.attendance, at, agenda);
        }
        let unseen: Vec<StaffNumber> = (0..self.operators.len()).filter(|number| !self.saw(*number)).collect();
        unseen.iter().for_each(|operator| agenda.at(0, Deed::Show(*operator, Show::Online)));
        self.plan_next(agenda);
        unseen
    }

    /// What came of each chat.
    pub fn into_played(self) -> Vec<Player> {
        self.scripts
    }

    fn saw(&self, operator: StaffNumber) -> bool {
        self.seen.get(operator).copied().unwrap_or(false)
    }

    fn millis(&self, at: DateTime<Utc>) -> u64 {
        u64::try_from((at - self.start).num_milliseconds()).unwrap_or(0)
    }

    fn plan_next(&self, agenda: &mut Agenda) {
        let next = self.to_come.front().and_then(|place| self.scripts.get(*place));
        if let Some(next) = next {
            agenda.at(self.millis(next.script.stored.chat.opened_at), Deed::Invite);
        }
    }

    /// Guests are numbered in the order of their coming, from 1.
    fn player(&mut self, case: &Case) -> Option<&mut Player> {
        let place = usize::try_from(case.guest).ok()?.checked_sub(1)?;
        self.scripts.get_mut(place)
    }

    fn number(&self, jid: &BareJid) -> Option<StaffNumber> {
        self.operators.iter().position(|one| one == jid)
    }
}

/// What the desk knew changes: what must have been done for that is done again.
fn plan_attendance(operator: StaffNumber, before: Option<Attendance>, now: Attendance, at: u64, agenda: &mut Agenda) {
    let before = before.unwrap_or(Attendance { shows: Availability::Offline, away: false, busy: None, benched: false });
    let mut order = |words: String| agenda.at(at, Deed::Order(operator, words));
    let takes_back = before.away && !now.away || before.busy.is_some() && now.busy.is_none();
    let unbenched = before.benched && !now.benched && before.shows == now.shows;
    if takes_back || unbenched {
        order("!available".to_owned());
    }
    if let Some(places) = now.busy.filter(|_| takes_back || unbenched || before.busy != now.busy) {
        order(format!("!busy {places}"));
    }
    if now.away && (!before.away || takes_back || unbenched) {
        order("!away".to_owned());
    }
    if before.shows != now.shows {
        let show = match now.shows {
            Availability::Available => Show::Online,
            Availability::Away => Show::Away,
            Availability::Offline => Show::Offline,
        };
        agenda.at(at, Deed::Show(operator, show));
    }
}

impl Cast for Players {
    fn invite(&mut self, agenda: &mut Agenda) -> Option<Invitation> {
        let place = self.to_come.pop_front()?;
        self.plan_next(agenda);
        let script = &self.scripts.get(place)?.script;
        let chat = &script.stored.chat;
        let facts = script.stored.facts.as_ref();
        let language = chat.standing.language.clone().or_else(|| facts.and_then(|facts| facts.language.clone()));
        let proved = facts.and_then(|facts| facts.trusted.as_ref());
        Some(Invitation {
            room: chat.room.clone(),
            from: facts.map_or_else(|| chat.guest.clone(), |facts| facts.jid.clone()).into(),
            form: match facts.map(|facts| facts.channel).unwrap_or_default() {
                Channel::Room => InvitationForm::Direct,
                Channel::Direct => InvitationForm::Written,
            },
            password: Some("replayed".to_owned()),
            reason: facts.and_then(|facts| facts.reason.clone()),
            language,
            brought: Brought {
                said: facts.map(|facts| facts.said.clone()).unwrap_or_default(),
                token: proved.and_then(|proved| vouching::token(proved, chat.id, chat.opened_at)),
            },
        })
    }

    fn opened(&mut self, case: &Case, agenda: &mut Agenda) {
        let guest = case.guest;
        let Some(player) = self.player(case) else { return };
        if let Some(after) = player.script.gave_up {
            agenda.after(after, Deed::LosePatience(guest));
        }
        let taken = player.script.taken.clone();
        for (jid, after) in taken {
            if let Some(operator) = self.number(&jid) {
                agenda.after(after, Deed::Take(guest, operator));
            }
        }
    }

    fn offered(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        let Some(jid) = self.operators.get(operator).cloned() else { return };
        let usual = self.usual_reaction.get(&jid).copied().unwrap_or(self.anybodys_reaction);
        let Some(player) = self.player(case) else { return };
        match player.reaction(&jid).unwrap_or(Reaction::Came(usual)) {
            Reaction::Came(after) => agenda.after(after, Deed::Enter(case.guest, operator)),
            Reaction::Declined(after) => agenda.after(after, Deed::Decline(case.guest, operator)),
            Reaction::Nothing => {}
        }
    }

    fn accepted(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        let Some(jid) = self.operators.get(operator).cloned() else { return };
        let (guest, usual) = (case.guest, self.usual_talk);
        let Some(player) = self.player(case) else { return };
        let Part { spoke, orders, end } = player.part(&jid).unwrap_or_else(|| Part::usual(usual));
        for (words, after) in orders {
            agenda.after(after, Deed::Tell(guest, operator, words));
        }
        let hello = spoke.or((end == End::GuestGone).then_some(Duration::ZERO));
        if let Some(after) = hello.filter(|_| case.guest_inside) {
            agenda.after(after, Deed::Speak(guest, operator));
        }
        match end {
            End::GuestLeft(after) => agenda.after(after, Deed::GuestLeaves(guest)),
            End::Closed(after) => agenda.after(after, Deed::Close(guest, operator)),
            End::Lost(Some(after)) => agenda.after(after, Deed::Leave(guest, operator)),
            End::GuestGone if case.guest_inside => agenda.after(usual, Deed::Close(guest, operator)),
            End::GuestGone | End::HandedOver | End::Lost(None) => {}
        }
    }

    fn released(&mut self, _: &Case, _: StaffNumber, _: &mut Agenda) {}

    /// Whom the record tells of comes back when the record says so.
    fn benched(&mut self, operator: StaffNumber, agenda: &mut Agenda) {
        if !self.saw(operator) {
            agenda.after(BACK, Deed::Order(operator, "!available".to_owned()));
        }
    }

    /// What CRMs knew is stored together: the first that is asked knows it all.
    fn known(&mut self, case: &Case) -> Facts {
        self.player(case).map(|player| std::mem::take(&mut player.crm)).unwrap_or_default()
    }

    fn chose(&mut self, case: &Case, choice: &Choice) {
        if let Some(player) = self.player(case) {
            player.choices.push(choice.clone());
        }
    }

    fn closed(&mut self, case: &Case, _: &mut Agenda) {
        if let Some(player) = self.player(case) {
            player.waited = case.accepted.map(|at| at.saturating_sub(case.opened));
            player.first_owner = case.first_owner;
            player.outcome = case.outcome;
        }
    }
}

impl Player {
    fn new(script: Script) -> Self {
        let (asked_used, services_used) = (vec![false; script.asked.len()], vec![false; script.services.len()]);
        let crm = script.stored.facts.as_ref().map(|facts| facts.crm.clone()).unwrap_or_default();
        Self {
            crm,
            script,
            choices: Vec::new(),
            waited: None,
            first_owner: None,
            outcome: None,
            asked_used,
            services_used,
        }
    }

    /// What this operator did when they were asked, each time the next.
    fn reaction(&mut self, operator: &BareJid) -> Option<Reaction> {
        let mut asked = self.script.asked.iter().zip(&mut self.asked_used);
        let (asked, used) = asked.find(|(asked, used)| !**used && asked.operator == *operator)?;
        *used = true;
        Some(asked.reaction)
    }

    /// How it went with this operator; with one who never had it, as it went with whoever had it last.
    fn part(&mut self, operator: &BareJid) -> Option<Part> {
        let mut services = self.script.services.iter().zip(&mut self.services_used);
        if let Some((service, used)) = services.find(|(service, used)| !**used && service.operator == *operator) {
            *used = true;
            return Some(Part { spoke: service.spoke, orders: service.orders.clone(), end: service.end });
        }
        let last = self.script.talk()?;
        Some(Part { spoke: last.spoke.or(Some(Duration::ZERO)), orders: Vec::new(), end: last.end })
    }
}

/// What somebody does who has the chat.
struct Part {
    spoke: Option<Duration>,
    orders: Vec<(String, Duration)>,
    end: End,
}

impl Part {
    /// Where the record tells nothing.
    fn usual(talk: Duration) -> Self {
        Self { spoke: Some(Duration::ZERO), orders: Vec::new(), end: End::Closed(talk) }
    }
}

/// The one in the middle; nothing where there is none.
fn median(mut spans: Vec<Duration>) -> Duration {
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied().unwrap_or_default()
}
