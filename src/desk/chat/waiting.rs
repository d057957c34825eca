//! A chat that waits: looking for somebody, saying how long, and what follows when nobody comes.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::cause::Cause;
use super::stage::{Stage, Visit};
use super::{Chat, NOTICE_MILLIS, primary_language};
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{OperatorId, QueueName};
use crate::desk::moment::{Mono, earlier};
use crate::desk::office::{Office, Out};
use crate::desk::queue::{Demand, Place};
use crate::desk::record::{Choice, ChoiceKind, Others};
use crate::desk::routing::{self, Need, Pick, Reasons};
use crate::desk::settings::{Overflow, StrategyName};
use crate::desk::wording::{self, duty};

/// So many of its latest choices a chat keeps at hand, for `!why`.
const CHOICES_MAX: usize = 20;
/// So many choices of one chat are written down at most: a chat that nobody takes for days must not fill the disk.
const CHOICES_WRITTEN_MAX: u32 = 500;
/// How often it is looked whether a closed queue has opened, at least: clocks are set.
const HOURS_AGAIN: Duration = Duration::from_secs(900);

/// Why a chat goes on to another queue.
type OverflowDue = fn(&Chat, &Overflow, &Office, &Out) -> bool;

impl Chat {
    /// Is it there for when its closed queue opens?
    pub fn waits_after_hours(&self) -> bool {
        self.marks.after_hours && matches!(*self.stage, Stage::Waiting)
    }

    /// Its place in line.
    pub fn place(&self) -> Place {
        (Reverse(self.priority), self.id)
    }

    /// What it asks of whoever takes it.
    pub fn need<'a>(&'a self, office: &'a Office, out: &Out) -> Option<Need<'a>> {
        let queue = office.queue(&self.queue)?;
        let now = out.mono();
        let waited = self.waits_since.map(|since| now.since(since.mono)).unwrap_or_default();
        let id = || self.facts.trusted_of(&self.guest).map(|trusted| trusted.id.as_str());
        let last = || office.returning.get(&self.guest, id()).and_then(|jid| office.operators.find(jid));
        let last_operator = if queue.prefer_last_operator { last() } else { None };
        let ruled_operator = self.ruling.operator.as_ref().and_then(|jid| office.operators.find(jid));
        Some(Need { queue, demand: &self.demand, waited, ruled_operator, last_operator, now })
    }

    /// Comes to a queue, and asks for what that queue asks for. The guest's language is asked for where somebody speaks it.
    pub(super) fn come_to(&mut self, name: QueueName, office: &Office) {
        *self.queue = name;
        let Some(queue) = office.queue(&self.queue) else { return };
        self.priority = self.ruling.priority.unwrap_or(self.priority.max(queue.priority));
        let language = self.tongue.as_ref().filter(|language| office.speaks(queue, language)).cloned();
        let skills = queue.skills.union(&self.ruling.skills).cloned().collect();
        *self.demand = Demand { skills, language };
    }

    /// The configuration may be another one: a queue that is no more gives its chats to the first one. Says whether it did.
    pub(super) fn keep_to_queues(&mut self, office: &Office) -> bool {
        let Some(queue) = office.queue(&self.queue).map(|queue| queue.name.clone()) else { return false };
        let moved = queue != *self.queue;
        self.come_to(queue, office);
        moved
    }

    /// The guest's own words tell which language they speak.
    pub(super) fn learn_tongue(&mut self, tag: &str, office: &Office) {
        if let Some(language) = primary_language(tag).filter(|language| self.tongue.as_ref() != Some(language)) {
            *self.tongue = Some(language);
            self.come_to(QueueName::clone(&self.queue), office);
        }
    }

    /// Looks for somebody; where nobody can come, does what the waiting time asks for.
    pub fn look_around(&mut self, office: &mut Office, out: &mut Out) {
        self.looked_at = out.mono();
        if self.overflows(Self::waited_for_long, office, out) {
            return;
        }
        let Some(need) = self.need(office, out) else { return };
        let outlook = routing::choose(&need, &office.operators, |operator| self.passed_by(operator, need.now));
        match outlook.pick {
            Some(pick) => self.somebody_found(pick, outlook.reasons, office, out),
            None => self.nobody_found(outlook.reasons, office, out),
        }
    }

    /// There may be somebody to ask again and again, and nobody who comes.
    fn somebody_found(&mut self, pick: Pick, reasons: Reasons, office: &mut Office, out: &mut Out) {
        self.escalate(office, out);
        self.offer_message(office, out);
        self.offer(pick, reasons, office, out);
    }

    fn nobody_found(&mut self, reasons: Reasons, office: &mut Office, out: &mut Out) {
        if self.overflows(Self::line_is_long, office, out) {
            return;
        }
        self.choice(ChoiceKind::Nobody, Vec::new(), "nobody can take it now", reasons, office, out);
        self.escalate(office, out);
        if self.wonders() {
            self.nobody_free(office, out);
        }
        self.offer_message(office, out);
    }

    /// Is there a guest who has not been told yet, since somebody was free, that nobody is?
    fn wonders(&self) -> bool {
        !self.told_nobody_free && self.guest_gone.is_none()
    }

    /// Nobody is free: the guest is told at once.
    fn nobody_free(&mut self, office: &Office, out: &mut Out) {
        self.told_nobody_free = true;
        let ahead = office.queues.ahead_of(&self.queue, self.place());
        let wait = office.queues.expected_wait(&self.queue);
        self.say_how_it_stands(duty::nobody_free(self.language, ahead, wait), GuestState::behind(ahead, wait), out);
    }

    /// The guest hears from us while they wait.
    pub(super) fn tell_waiting(&mut self, office: &mut Office, out: &mut Out) {
        let (words, state) = match &*self.stage {
            Stage::Offered(_) => (wording::being_called(self.language), GuestState::Offered { operator: None }),
            _ if self.marks.after_hours => (duty::still_closed(self.language), self.after_hours(office, out)),
            // One sentence says both, where both are due in the same moment.
            _ if self.message_due(office, out) => return self.offer_message(office, out),
            _ => {
                let ahead = office.queues.ahead_of(&self.queue, self.place());
                let wait = office.queues.expected_wait(&self.queue);
                (duty::still_waiting(self.language, ahead, wait), GuestState::behind(ahead, wait))
            }
        };
        self.say_how_it_stands(words, state, out);
    }

    // The supervisors

    fn escalate(&mut self, office: &mut Office, out: &mut Out) {
        let Some(need) = self.need(office, out) else { return };
        let (escalated, waited) = (need.escalated(), need.waited);
        let supervisors: Vec<OperatorId> =
            need.queue.supervisors.iter().filter_map(|jid| office.operators.find(jid)).collect();
        if !escalated || self.marks.escalated || supervisors.is_empty() {
            return;
        }
        self.marks.escalated = true;
        let because = format!("nobody took it in {} seconds", waited.as_secs());
        self.choice(ChoiceKind::Escalated, office.names(&supervisors), because, Reasons::default(), office, out);
        let words = duty::escalated(self.id, &self.queue.0, self.guest.as_str(), waited, &self.first_words);
        self.tell_supervisors(&words, None, office, out);
    }

    // Other queues

    /// Goes to another queue, if this one says so and that one is open. Never back to where it was.
    fn overflows(&mut self, due: OverflowDue, office: &mut Office, out: &mut Out) -> bool {
        let Some(overflow) = office.queue(&self.queue).and_then(|queue| queue.overflow.clone()) else { return false };
        if !due(self, &overflow, office, out) || !self.may_go_to(&overflow.to, office, out) {
            return false;
        }
        let from = QueueName::clone(&self.queue);
        self.left.push(from.clone());
        self.come_to(overflow.to, office);
        *self.waits_since = Some(out.stamp.at);
        // Other supervisors answer for that queue.
        self.marks.escalated = false;
        let because = format!("{from} could not serve it in time");
        let to = vec![Arc::clone(&self.queue.0)];
        self.choice(ChoiceKind::Overflowed, to, because, Reasons::default(), office, out);
        office.due.chats.insert(self.place());
        true
    }

    fn waited_for_long(&self, overflow: &Overflow, _: &Office, out: &Out) -> bool {
        let waited = self.waits_since.map(|since| out.mono().since(since.mono)).unwrap_or_default();
        overflow.after.is_some_and(|after| waited >= after)
    }

    fn line_is_long(&self, overflow: &Overflow, office: &Office, _: &Out) -> bool {
        let ahead = || office.queues.ahead_of(&self.queue, self.place());
        overflow.beyond.is_some_and(|beyond| ahead() >= usize::try_from(beyond).unwrap_or(usize::MAX))
    }

    fn may_go_to(&self, queue: &QueueName, office: &Office, out: &Out) -> bool {
        let known = office.settings.queues.iter().any(|known| known.name == *queue);
        let new = !self.left.contains(queue) && *queue != *self.queue;
        known && new && office.queue_open(queue, out.stamp.at.wall)
    }

    // Opening hours

    /// Is its queue open? Asked when the chat comes to it; while it is not, nobody is called.
    pub(super) fn mind_hours(&mut self, office: &Office, out: &Out) {
        self.marks.after_hours = !office.queue_open(&self.queue, out.stamp.at.wall);
        self.note_opening(office, out);
    }

    fn note_opening(&mut self, office: &Office, out: &Out) {
        self.opens_at = None;
        if self.marks.after_hours {
            let now = out.stamp.at;
            let opens = office.queue_opens(&self.queue, now.wall).and_then(|at| (at - now.wall).to_std().ok());
            self.opens_at = Some(now.mono + opens.map_or(HOURS_AGAIN, |ahead| ahead.min(HOURS_AGAIN)));
        }
    }

    /// The configuration was read again, or the desk is new: whether the queue is open is asked anew.
    pub(super) fn hours_changed(&mut self) {
        if self.marks.after_hours {
            self.opens_at = Some(Mono(0));
        }
    }

    /// The queue may have opened.
    pub(super) fn opening_due(&mut self, office: &mut Office, out: &mut Out) {
        self.mind_hours(office, out);
        if !self.marks.after_hours {
            // Whoever is helped already waits no more.
            *self.waits_since = self.waits_since.map(|_| out.stamp.at);
            self.marks.message_asked = false;
        }
    }

    /// The queue is closed: the guest is told when it opens, and may leave a message.
    pub(super) fn tell_closed(&mut self, office: &Office, out: &mut Out) {
        if !self.marks.after_hours || self.marks.message_asked {
            return;
        }
        self.marks.message_asked = true;
        let zone = office.settings.zone;
        let opens = office.queue_opens(&self.queue, out.stamp.at.wall).map(|at| at.with_timezone(&zone));
        let state = self.after_hours(office, out);
        self.say_how_it_stands(duty::closed_now(self.language, opens.as_ref()), state, out);
    }

    /// The queue takes nobody now.
    pub(super) fn after_hours(&self, office: &Office, out: &Out) -> GuestState {
        let opens = office.queue_opens(&self.queue, out.stamp.at.wall);
        GuestState::AfterHours { opens: opens.map(|at| at.with_timezone(&office.settings.zone).fixed_offset()) }
    }

    // Messages

    /// Nobody came for long: the guest may leave a message.
    fn offer_message(&mut self, office: &Office, out: &mut Out) {
        if self.message_due(office, out) {
            self.marks.message_asked = true;
            let ahead = office.queues.ahead_of(&self.queue, self.place());
            let wait = office.queues.expected_wait(&self.queue);
            let state = match GuestState::behind(ahead, wait) {
                GuestState::Waiting { position, wait, .. } => GuestState::Waiting { position, wait, message: true },
                other => other,
            };
            self.say_how_it_stands(duty::may_leave_message(self.language), state, out);
        }
    }

    fn message_due(&self, office: &Office, out: &Out) -> bool {
        let late = |need: Need<'_>| need.waited >= need.queue.message;
        !self.marks.message_asked && self.guest_gone.is_none() && self.need(office, out).is_some_and(late)
    }

    // Deadlines

    /// When looking around again may find what it did not find before.
    pub(super) fn look_deadline(&self, office: &Office) -> Option<(Mono, Cause)> {
        if self.marks.after_hours {
            return self.opens_at.map(|at| (at, Cause::QueueOpens));
        }
        if !self.wants_operator() {
            return None;
        }
        let passed = self.passed.values().min().copied();
        earlier(passed, self.next_turn(office)).map(|at| (at, Cause::OthersMayBeAsked))
    }

    /// When its wait is next so long that more people may be asked, or something else is to be done.
    fn next_turn(&self, office: &Office) -> Option<Mono> {
        let (queue, since) = office.queue(&self.queue).zip(*self.waits_since)?;
        let ahead = |span: Duration| Some(since.mono + span).filter(|at| *at > self.looked_at);
        let tiers = match queue.strategy {
            StrategyName::Tiers => self.tiers_passed(office).max(1),
            _ => 1,
        };
        let mut first = (1..=tiers).find_map(|times| ahead(queue.tier.saturating_mul(times)));
        first = earlier(first, ahead(queue.escalate));
        first = earlier(first, ahead(queue.message));
        earlier(first, queue.overflow.as_ref().and_then(|overflow| overflow.after).and_then(ahead))
    }

    /// How many tiers have somebody who passed on this chat: each makes the next wait.
    fn tiers_passed(&self, office: &Office) -> u32 {
        let tier = |operator: &OperatorId| office.operators.get(*operator).map(|who| who.settings.tier);
        let tiers: BTreeSet<u32> = self.passed.keys().filter_map(tier).collect();
        u32::try_from(tiers.len()).unwrap_or(u32::MAX)
    }

    /// Looks around again.
    pub(super) fn look_again(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        self.passed.retain(|_, until| *until > now);
        if self.marks.after_hours {
            return self.opening_due(office, out);
        }
        office.due.chats.insert(self.place());
    }

    pub(super) fn notice_deadline(&self) -> Option<(Mono, Cause)> {
        let listens = matches!(self.visit, Visit::Inside(_)) && self.guest_gone.is_none();
        let waits = matches!(*self.stage, Stage::Waiting | Stage::Offered(_)) && listens;
        waits.then(|| (Mono(self.told_at.0.saturating_add(NOTICE_MILLIS)), Cause::GuestIsTold))
    }

    // The record

    /// Somebody helps: how long did the guest wait?
    pub(super) fn note_wait(&mut self, office: &mut Office, out: &Out) {
        if let Some(since) = *self.waits_since {
            *self.waits_since = None;
            office.queues.waited(&self.queue, out.mono().since(since.mono));
        }
    }

    /// Remembers why something was chosen. The same result twice in a row is one.
    pub(super) fn choice(
        &mut self,
        kind: ChoiceKind,
        chosen: Vec<Arc<str>>,
        because: impl Into<Cow<'static, str>>,
        reasons: Reasons,
        office: &Office,
        out: &mut Out,
    ) {
        let others = Others::Found(reasons, office.operators.names());
        let (chat, at, queue) = (self.id, out.stamp.at.wall, Arc::clone(&self.queue.0));
        let because = because.into();
        self.choose(Choice { chat, at, kind, queue, chosen, because, others, rule: None, failed: Vec::new() }, out);
    }

    pub(super) fn choose(&mut self, choice: Choice, out: &mut Out) {
        if self.choices.back().is_some_and(|last| last.says_the_same(&choice))
            || self.choices_written >= CHOICES_WRITTEN_MAX
        {
            return;
        }
        if self.choices.len() >= CHOICES_MAX {
            self.choices.pop_front();
        }
        let choice = Arc::new(choice);
        self.choices.push_back(Arc::clone(&choice));
        self.choices_written += 1;
        out.remember(crate::desk::record::Record::Choice(choice));
    }

    /// Its latest choices, the oldest first.
    pub fn choices(&self) -> impl Iterator<Item = &Choice> {
        self.choices.iter().map(|choice| &**choice)
    }

    /// What it asks of whoever takes it.
    pub fn demand(&self) -> &Demand {
        &self.demand
    }
}
