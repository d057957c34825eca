//! One guest's case in one room: its stages and the only ways between them.

mod beginning;
mod belated;
mod catching_up;
mod closing;
mod entering;
mod guarding;
mod hearing;
mod known_ids;
mod occupants;
mod offering;
mod replaying;
mod run;
pub mod stage;
mod staying;

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use jid::{BareJid, FullJid};

use super::action::{Notice, Speech};
use super::event::{Invitation, RoomMessage};
use super::ids::{ChatId, MessageId, Nick, OperatorId, QueueName, RoomJid, StanzaId};
use super::moment::Mono;
use super::office::{Office, Out};
use super::record::{ChatRecord, LineKind, LineRecord, Marks, Outcome, Record, RestoredChat, Speaker, StageName};
use super::wording::{self, Language};
use known_ids::KnownIds;
use run::Run;
use stage::{Offer, Service, Stage, Visit};

/// From one place in the room's order to the next, so that what the archive tells later finds room in between.
const PLACE_STEP: i64 = 1 << 20;
/// How many of the guest's first lines an offer shows.
const FIRST_WORDS_MAX: usize = 3;
/// How many owed lines a chat keeps to say again; the oldest are given up first.
const OWED_MAX: usize = 50;
/// Owed words that are older are no longer true enough to be said again, in seconds.
const OWED_TRUE_SECONDS: i64 = 60;
/// A waiting guest hears something at least this often, in milliseconds: a minute less the time that saying takes.
const NOTICE_MILLIS: u64 = 50_000;

/// One chat.
#[derive(Debug)]
pub struct Chat {
    /// Its number.
    pub id: ChatId,
    /// Its room.
    pub room: RoomJid,
    /// The guest's latest address; an occupant JID of the room where the real one is unknown.
    pub guest: FullJid,
    /// The queue it waits in.
    pub queue: QueueName,
    /// How far it has come.
    pub stage: Stage,
    /// Where the desk stands towards the room.
    pub visit: Visit,
    opened_at: DateTime<Utc>,
    stage_at: DateTime<Utc>,
    stage_name: StageName,
    /// When the record was complete: from here on the room is being closed, or gone.
    closed_at: Option<DateTime<Utc>>,
    password: Option<String>,
    language: Language,
    tag: String,
    marks: Marks,
    /// Since when no guest is in the room, while we are.
    guest_gone: Option<Mono>,
    /// When the guest last heard something from us.
    told_at: Mono,
    /// The guest knows that nobody is free, since the last time that somebody was.
    told_nobody_free: bool,
    /// How often we were thrown out of the room without a reason.
    thrown_out_times: u32,
    /// Operators who passed, and until when they are not asked again.
    passed: BTreeMap<OperatorId, Mono>,
    /// The last to have had the chat, for the record.
    last_operator: Option<BareJid>,
    last_seq: i64,
    last_place: i64,
    /// When we last knew all that had been said.
    last_line_at: Option<DateTime<Utc>>,
    owed: VecDeque<Owed>,
    known_ids: KnownIds,
    /// The last lines without a gap between them.
    run: Run,
    /// The room's id of the line up to which the record is known to be complete.
    anchor: Option<StanzaId>,
    first_words: Vec<String>,
    saved: Option<ChatRecord>,
}

/// Words that are committed and not yet heard.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owed {
    seq: i64,
    id: MessageId,
    /// Under which nick it was said first.
    nick: Option<Nick>,
    body: String,
    at: DateTime<Utc>,
    /// It was said, if at all, before the present visit to the room.
    before_visit: bool,
}

impl Chat {
    /// A chat begins with an invitation.
    pub fn open(id: ChatId, invitation: &Invitation, guest: FullJid, office: &Office, out: &mut Out) -> Self {
        let now = out.stamp.at;
        let language = invitation.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        let queue = office.settings.queues.first().map_or_else(|| QueueName::from(""), |queue| queue.name.clone());
        let mut chat = Self {
            id,
            room: invitation.room.clone(),
            guest,
            queue,
            stage: Stage::Joining,
            visit: Visit::Outside,
            opened_at: now.wall,
            stage_at: now.wall,
            stage_name: StageName::Joining,
            closed_at: None,
            password: invitation.password.clone(),
            language,
            tag: out.stamp.entropy.hex(),
            marks: Marks { closed_door: invitation.password.is_some(), vouched: true, ..Marks::default() },
            guest_gone: None,
            told_at: now.mono,
            told_nobody_free: false,
            thrown_out_times: 0,
            passed: BTreeMap::new(),
            last_operator: None,
            last_seq: 0,
            last_place: 0,
            last_line_at: None,
            owed: VecDeque::new(),
            known_ids: KnownIds::default(),
            run: Run::default(),
            anchor: None,
            first_words: Vec::new(),
            saved: None,
        };
        chat.save(office, out);
        chat.note_reason(invitation.reason.as_deref(), out);
        out.report(Notice::ChatOpened { chat: id, room: chat.room.clone() });
        chat
    }

    /// A chat goes on where the store says it stopped. Operators that are no longer configured lose it.
    pub fn restore(restored: RestoredChat, office: &Office, at: super::moment::Moment) -> Self {
        let record = restored.chat;
        let stage = restored_stage(&record, office, at);
        Self {
            id: record.id,
            room: record.room.clone(),
            guest: record.guest.clone(),
            queue: record.queue.clone(),
            stage_name: stage.name(),
            stage,
            visit: Visit::Outside,
            opened_at: record.opened_at,
            stage_at: record.stage_at,
            closed_at: record.closed_at,
            password: record.password.clone(),
            language: record.language,
            tag: record.tag.clone(),
            marks: record.marks,
            guest_gone: None,
            told_at: at.mono,
            told_nobody_free: false,
            thrown_out_times: 0,
            passed: BTreeMap::new(),
            last_operator: record.operator.clone(),
            last_seq: restored.last_seq,
            last_place: restored.last_place,
            last_line_at: restored.last_line_at.or(Some(record.opened_at)),
            owed: restored.owed.iter().filter_map(Owed::of).collect(),
            known_ids: KnownIds::restored(restored.known_ids),
            run: Run::restored(&restored.last_lines, &record.tag),
            anchor: record.anchor.clone(),
            first_words: restored.first_words,
            saved: Some(record),
        }
    }

    /// It is over; nothing more will be done about it.
    pub fn closed(&self) -> bool {
        matches!(self.stage, Stage::Closed(_))
    }

    /// When the guest's invitation came: the age in the queue.
    pub fn opened_at(&self) -> DateTime<Utc> {
        self.opened_at
    }

    /// The language of the guest.
    pub fn language(&self) -> Language {
        self.language
    }

    /// When the chat next needs attention, and why. Nothing is due while nobody hears us.
    pub fn deadline(&self, office: &Office) -> Option<(Mono, &'static str)> {
        if !office.online() {
            return None;
        }
        [
            self.visit_deadline(),
            self.guest_deadline(office),
            self.stage_deadline(office),
            self.notice_deadline(),
            self.passed_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// A deadline of this chat may have come.
    pub fn time_passed(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let due = |deadline: Option<(Mono, &'static str)>| deadline.is_some_and(|(at, _)| at <= now);
        if due(self.visit_deadline()) {
            self.visit_overdue(office, out);
        }
        if due(self.guest_deadline(office)) {
            self.guest_stayed_away(office, out);
        }
        if due(self.stage_deadline(office)) {
            self.stage_overdue(office, out);
        }
        if due(self.passed_deadline()) {
            self.passed.retain(|_, until| *until > now);
            office.routing_due = true;
        }
        if due(self.notice_deadline()) {
            self.tell_waiting(office, out);
        }
    }

    fn visit_deadline(&self) -> Option<(Mono, &'static str)> {
        match &self.visit {
            Visit::Outside => None,
            Visit::Entering(entry) => {
                Some((entry.again.map_or(entry.limit, |again| again.min(entry.limit)), "the room has not let us in"))
            }
            Visit::Inside(inside) => [inside.guard.deadline(), inside.absence.deadline(), self.silence_deadline()]
                .into_iter()
                .flatten()
                .min()
                .map(|at| (at, "the room has not answered")),
        }
    }

    fn visit_overdue(&mut self, office: &mut Office, out: &mut Out) {
        match &self.visit {
            Visit::Outside => {}
            Visit::Entering(_) => self.entry_overdue(office, out),
            Visit::Inside(_) => self.inside_overdue(office, out),
        }
    }

    fn inside_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let overdue = |deadline: Option<Mono>| deadline.is_some_and(|at| at <= out.mono());
        let (guard, archive) = (overdue(inside.guard.deadline()), overdue(inside.absence.deadline()));
        let silence = overdue(self.silence_deadline());
        if guard {
            self.guard_overdue(office, out);
        }
        if archive {
            self.archive_failed(office, out);
        }
        if silence {
            self.silence_overdue(out);
        }
    }

    fn guest_deadline(&self, office: &Office) -> Option<(Mono, &'static str)> {
        let gone = self.guest_gone.filter(|_| !self.stage.ending())?;
        Some((gone + office.settings.guest_grace, "the guest has not come back"))
    }

    fn stage_deadline(&self, office: &Office) -> Option<(Mono, &'static str)> {
        match &self.stage {
            Stage::Pleading(plea) => Some((plea.until, "the right was not granted")),
            Stage::Offered(offer) => Some((offer.lapses, "the offer lapses")),
            Stage::Serving(Service { gone: Some(gone), .. }) => {
                Some((*gone + office.settings.operator_grace, "the operator has not come back"))
            }
            // Whoever comes back from a lost link enters, and closes then; the way in has its own limit.
            Stage::Closing(_) if matches!(self.visit, Visit::Entering(_)) => None,
            Stage::Closing(closing) => Some((closing.limit, "closing takes long")),
            Stage::Joining | Stage::Waiting | Stage::Serving(_) | Stage::Closed(_) => None,
        }
    }

    fn stage_overdue(&mut self, office: &mut Office, out: &mut Out) {
        match &self.stage {
            Stage::Pleading(_) => self.plea_unheard(office, out),
            Stage::Offered(_) => self.offer_lapsed(office, out),
            Stage::Serving(_) => self.operator_stayed_away(office, out),
            Stage::Closing(_) => self.closing_overdue(office, out),
            Stage::Joining | Stage::Waiting | Stage::Closed(_) => {}
        }
    }

    fn notice_deadline(&self) -> Option<(Mono, &'static str)> {
        let listens = matches!(self.visit, Visit::Inside(_)) && self.guest_gone.is_none();
        let waits = matches!(self.stage, Stage::Waiting | Stage::Offered(_)) && listens;
        waits.then(|| (Mono(self.told_at.0.saturating_add(NOTICE_MILLIS)), "the waiting guest hears from us"))
    }

    fn passed_deadline(&self) -> Option<(Mono, &'static str)> {
        let waiting = matches!(self.stage, Stage::Waiting);
        let until = self.passed.values().min().filter(|_| waiting)?;
        Some((*until, "an operator may be asked again"))
    }

    fn tell_waiting(&mut self, office: &mut Office, out: &mut Out) {
        let words = match &self.stage {
            Stage::Offered(_) => wording::being_called(self.language),
            _ => wording::still_waiting(self.language, office.queues.ahead_of(&self.queue, self.id)),
        };
        self.say(words, out);
    }

    // What others use

    /// Says something in the room: owed from now on, heard when the room repeats it.
    fn say(&mut self, body: String, out: &mut Out) {
        let id = self.next_id();
        let nick = match &self.visit {
            Visit::Inside(inside) => Some(inside.nick.0.clone()),
            Visit::Outside | Visit::Entering(_) => None,
        };
        let draft = LineDraft::new(LineKind::Owed, Speaker::Desk, body.clone());
        let (message_id, joined_as) = (Some(id.clone()), nick.clone());
        let seq = self.line(LineDraft { message_id, joined_as, nick: nick.clone(), ..draft }, out);
        self.told_at = out.mono();
        if self.owed.len() >= OWED_MAX {
            self.owed.pop_front();
        }
        let (at, nick) = (out.stamp.at.wall, nick.map(Nick));
        self.owed.push_back(Owed { seq, id: id.clone(), nick, body: body.clone(), at, before_visit: false });
        if matches!(self.visit, Visit::Inside(_)) {
            out.speak(Speech::Room { room: self.room.clone(), id, body, language: self.language });
        }
    }

    /// Says something in the room on behalf of the FAQ or a command.
    pub fn answer(&mut self, body: String, out: &mut Out) {
        if !self.stage.ending() {
            self.say(body, out);
        }
    }

    /// Writes to an operator, outside the room.
    fn tell_operator(&mut self, operator: OperatorId, body: String, office: &Office, out: &mut Out) {
        let Some(who) = office.operators.get(operator) else { return };
        let to = who.settings.jid.clone().into();
        let id = self.next_id();
        out.speak(Speech::Direct { to, id, body, language: Language::English });
    }

    /// Adds a line to the transcript. Says which.
    fn line(&mut self, draft: LineDraft, out: &mut Out) -> i64 {
        self.last_seq += 1;
        let place = match draft.place {
            Some(place) => Some(place),
            None => (draft.kind != LineKind::Owed).then(|| self.next_place()),
        };
        let at = draft.at.unwrap_or(out.stamp.at.wall);
        if !self.looks_back() {
            self.last_line_at = Some(at);
        }
        out.remember(Record::Line(Box::new(LineRecord {
            chat: self.id,
            seq: self.last_seq,
            place,
            at,
            kind: draft.kind,
            speaker: draft.speaker,
            nick: draft.nick,
            jid: draft.jid,
            stanza_id: draft.stanza_id,
            message_id: draft.message_id,
            body: draft.body,
            joined_as: draft.joined_as,
            corrects: draft.corrects,
            retracts: draft.retracts,
        })));
        self.last_seq
    }

    fn next_place(&mut self) -> i64 {
        self.last_place += PLACE_STEP;
        self.last_place
    }

    fn next_id(&mut self) -> MessageId {
        self.marks.sent += 1;
        MessageId(format!("{}-{}", self.tag, self.marks.sent))
    }

    fn note_reason(&mut self, reason: Option<&str>, out: &mut Out) {
        let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else { return };
        self.first_words.push(reason.to_owned());
        let jid = Some(self.guest.to_string());
        self.line(LineDraft { jid, ..LineDraft::new(LineKind::Note, Speaker::Guest, reason.to_owned()) }, out);
    }

    fn known(&self, id: &StanzaId) -> bool {
        self.known_ids.place(id).is_some()
    }

    fn know(&mut self, id: Option<StanzaId>, place: i64) {
        let Some(id) = id else { return };
        // While the archive is still being read, what is before this line is not complete.
        if self.anchor.is_none() && !self.looks_back() {
            self.anchor = Some(id.clone());
        }
        self.known_ids.add(id.clone(), place);
        self.complete_up_to(Some(id));
    }

    /// Moves to another stage; the operators' loads follow.
    fn enter_stage(&mut self, stage: Stage, office: &mut Office, out: &mut Out) {
        let (before, after) = (self.stage.engages(), stage.engages());
        if before != after {
            if let Some(operator) = before {
                office.operators.release(operator, self.id);
                office.routing_due = true;
            }
            if let Some(operator) = after {
                office.operators.engage(operator, self.id);
            }
        }
        if let Some(operator) = stage.operator().and_then(|operator| office.operators.get(operator)) {
            self.last_operator = Some(operator.settings.jid.clone());
        }
        if stage.name() != self.stage_name {
            self.stage_name = stage.name();
            self.stage_at = out.stamp.at.wall;
        }
        match stage {
            Stage::Waiting => {
                office.routing_due = true;
                self.last_operator = None;
            }
            Stage::Serving(_) => self.told_nobody_free = false,
            _ => {}
        }
        self.stage = stage;
        self.stand_in_line(office);
    }

    /// Takes its place in the queue, or gives it up, as the stage says.
    pub fn stand_in_line(&self, office: &mut Office) {
        match self.stage {
            Stage::Waiting | Stage::Offered(_) => office.queues.join(&self.queue, self.id),
            _ => office.queues.leave(&self.queue, self.id),
        }
    }

    /// Remembers the chat if anything that is stored has changed.
    pub fn save(&mut self, office: &Office, out: &mut Out) {
        let record = self.record(office);
        if self.saved.as_ref() != Some(&record) {
            self.saved = Some(record.clone());
            out.remember(Record::Chat(Box::new(record)));
        }
    }

    fn record(&self, office: &Office) -> ChatRecord {
        let operator = self.stage.operator().and_then(|operator| office.operators.get(operator));
        ChatRecord {
            id: self.id,
            room: self.room.clone(),
            guest: self.guest.clone(),
            queue: self.queue.clone(),
            stage: self.stage.name(),
            operator: operator.map(|operator| operator.settings.jid.clone()).or_else(|| self.last_operator.clone()),
            opened_at: self.opened_at,
            stage_at: self.stage_at,
            closed_at: self.closed_at,
            outcome: match &self.stage {
                Stage::Closing(closing) => Some(closing.outcome),
                Stage::Closed(outcome) => Some(*outcome),
                _ => None,
            },
            password: self.password.clone().filter(|_| !self.closed()),
            language: self.language,
            tag: self.tag.clone(),
            anchor: self.anchor.clone().filter(|_| !self.closed()),
            marks: self.marks,
        }
    }

    /// How a chat ends whose guest was there.
    fn outcome_by_talk(&self, otherwise: Outcome) -> Outcome {
        if self.marks.answered { Outcome::Answered } else { otherwise }
    }
}

/// What a line is about; the chat adds number, place and time.
#[derive(Debug, Clone)]
struct LineDraft {
    kind: LineKind,
    speaker: Speaker,
    body: String,
    /// Its place in the room's order, where it is not the next one.
    place: Option<i64>,
    at: Option<DateTime<Utc>>,
    nick: Option<String>,
    jid: Option<String>,
    stanza_id: Option<StanzaId>,
    message_id: Option<MessageId>,
    joined_as: Option<String>,
    corrects: Option<String>,
    retracts: Option<String>,
}

impl LineDraft {
    fn new(kind: LineKind, speaker: Speaker, body: String) -> Self {
        Self {
            kind,
            speaker,
            body,
            place: None,
            at: None,
            nick: None,
            jid: None,
            stanza_id: None,
            message_id: None,
            joined_as: None,
            corrects: None,
            retracts: None,
        }
    }
}

impl Owed {
    fn of(line: &LineRecord) -> Option<Self> {
        let id = line.message_id.clone()?;
        Some(Self {
            seq: line.seq,
            id,
            nick: line.nick.clone().map(Nick),
            body: line.body.clone(),
            at: line.at,
            before_visit: true,
        })
    }

    /// Is this what the room made of it? Our nick may have been another one.
    fn is(&self, message: &RoomMessage) -> bool {
        message.id.as_ref() == Some(&self.id) && message.nick == self.nick
    }

    fn still_true(&self, now: DateTime<Utc>) -> bool {
        (now - self.at).num_seconds() <= OWED_TRUE_SECONDS
    }
}

/// The stage that a stored chat is in. Deadlines run from the stored times; those of the room begin when we are in it.
fn restored_stage(record: &ChatRecord, office: &Office, at: super::moment::Moment) -> Stage {
    let operator = record.operator.as_ref().and_then(|jid| office.operators.find(jid));
    let offer = office.queue(&record.queue).map(|queue| queue.offer).unwrap_or_default();
    match (record.stage, operator) {
        (StageName::Joining, _) => Stage::Joining,
        (StageName::Offered, Some(operator)) => {
            Stage::Offered(Offer { operator, lapses: at.mono_of(record.stage_at) + offer })
        }
        (StageName::Serving, Some(operator)) => Stage::Serving(Service { operator, gone: None, came: true }),
        (StageName::Waiting | StageName::Offered | StageName::Serving, _) => Stage::Waiting,
        (StageName::Closing, operator) => closing::restored(record.outcome, operator, at.mono),
        (StageName::Closed, _) => Stage::Closed(record.outcome.unwrap_or(Outcome::Lost)),
    }
}
