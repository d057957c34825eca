//! One guest's case in one room: its stages and the only ways between them.

mod beginning;
mod belated;
mod carrying;
mod catching_up;
mod closing;
mod direct;
mod entering;
mod guarding;
pub mod handing;
mod hearing;
mod holes;
mod knowing;
mod known_ids;
mod lesson;
mod looking_up;
pub mod messages;
mod occupants;
mod offering;
mod pouring;
mod replaying;
mod ruling;
mod run;
mod saving;
mod serving;
pub mod stage;
mod staying;
mod throttled;
mod waiting;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jid::{BareJid, FullJid};

use super::action::{Notice, Speech};
use super::bounds::Talk;
use super::deadlines::DueAt;
use super::event::{Invitation, RoomMessage};
use super::facts::GuestFacts;
use super::guest_state::GuestState;
use super::ids::{ChatId, MessageId, Nick, OperatorId, QueueName, RoomJid, StanzaId};
use super::moment::{Moment, Mono};
use super::noted::Noted;
use super::office::{Office, Out};
use super::queue::{Demand, Stand};
use super::record::{
    ChatRecord, Choice, Hole, LineKind, LineRecord, Marks, Outcome, Record, RestoredChat, Ruling, Speaker, StageName,
};
use super::wording::{self, Language};
use direct::Direct;
use entering::Placed;
use known_ids::KnownIds;
use lesson::Exchange;
use looking_up::Inquiry;
use messages::Message;
use run::Run;
use saving::Saved;
use stage::{Inside, Offer, Reply, Service, Stage, Transfer, Visit};
use throttled::Throttle;

/// From one place in the room's order to the next, so that what the archive tells later finds room in between.
const PLACE_STEP: i64 = 1 << 20;
/// How many of the guest's first lines an offer shows.
const FIRST_WORDS_MAX: usize = 3;
/// How many owed lines a chat keeps to say again; the oldest are given up first.
const OWED_MAX: usize = 50;
/// Owed words that are older are no longer true enough to be said again, in seconds.
const OWED_TRUE_SECONDS: i64 = 60;
/// Who waited before the desk stopped is not told anew that nobody is free, if it was away for less.
const SHORT_ABSENCE: TimeDelta = TimeDelta::minutes(1);
/// A waiting guest hears something at least this often, in milliseconds: a minute less the time that saying takes.
const NOTICE_MILLIS: u64 = 50_000;

/// One chat.
#[derive(Debug, Clone)]
pub struct Chat {
    /// Its number.
    pub id: ChatId,
    /// Its room.
    pub room: RoomJid,
    /// The guest's latest address; an occupant JID of the room where the real one is unknown.
    pub guest: Noted<FullJid>,
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
    password: Noted<Option<String>>,
    language: Language,
    tag: String,
    marks: Marks,
    /// Since when no guest is in the room, while we are.
    guest_gone: Option<Mono>,
    /// When the guest last heard something from us.
    told_at: Mono,
    /// Served before those with less; among equals the oldest first.
    priority: i32,
    /// The language that the guest speaks (BCP 47, primary part, lower case), as far as they told.
    tongue: Option<String>,
    /// What is known about the guest.
    facts: GuestFacts,
    /// What is known is not written yet.
    facts_new: bool,
    /// What a rule wants for it.
    ruling: Ruling,
    /// What CRMs were asked about the guest, before anybody is called.
    inquiries: Vec<Inquiry>,
    /// What it asks of whoever takes it.
    demand: Demand,
    /// Since when it has waited in this queue, until the guest hears from whoever has the chat: an operator who accepts
    /// and stays silent is no end of waiting.
    waits_since: Option<Moment>,
    /// Queues that it has overflowed from.
    left: Vec<QueueName>,
    /// When it last looked for somebody.
    looked_at: Mono,
    /// When its closed queue may open.
    opens_at: Option<Mono>,
    /// Where it stands in line.
    stand: Option<Stand>,
    /// When it next needs attention, as the desk has noted it.
    pub due_at: DueAt,
    /// What the guest leaves for the operators, as far as they have written it.
    message: Option<Message>,
    choices: VecDeque<Arc<Choice>>,
    choices_written: u32,
    /// The guest knows that nobody is free, since the last time that somebody was.
    told_nobody_free: bool,
    /// Since when the room's service is away.
    service_away: Option<Mono>,
    /// How often we were thrown out of the room without a reason.
    thrown_out_times: u32,
    /// Operators who passed, and until when they are not asked again.
    passed: BTreeMap<OperatorId, Mono>,
    /// The last to have had the chat, for the record.
    last_operator: Option<BareJid>,
    /// The last who served the guest.
    server: Option<BareJid>,
    last_seq: i64,
    last_place: i64,
    /// When we last knew all that had been said.
    last_line_at: Option<DateTime<Utc>>,
    owed: VecDeque<Owed>,
    throttle: Throttle,
    /// How much operators asked in the room, and how much everybody else.
    talk_with_operators: Talk,
    talk_with_others: Talk,
    known_ids: KnownIds,
    /// The last lines without a gap between them.
    run: Run,
    /// The room's id of the line up to which the record is known to be complete.
    anchor: Noted<Option<StanzaId>>,
    /// Where lines may be missing, in the room's order: the last one while we look back, and those of visits that ended
    /// before we knew.
    holes: Vec<Hole>,
    first_words: Vec<String>,
    /// The guest's direct chat beside the room, where they have written to us.
    direct: Option<Direct>,
    exchange: Exchange,
    saved: Saved,
    /// How it was last noted whose chat it is.
    placed: Option<Placed>,
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
    /// The room refused it, or one before it, because we speak too fast.
    held: bool,
    /// It is the guest's line, which they wrote to us directly.
    relayed: bool,
    /// How the chat stood then; not known any more after a restart.
    state: Option<GuestState>,
}

impl Chat {
    /// A chat begins with an invitation.
    pub fn open(id: ChatId, invitation: &Invitation, guest: FullJid, office: &mut Office, out: &mut Out) -> Self {
        let now = out.stamp.at;
        let language = invitation.spoken_language().and_then(Language::from_tag).unwrap_or_default();
        let proof = knowing::proof(id, invitation, office, out);
        let facts = knowing::facts(invitation, &guest, &proof, office);
        let tongue = facts.language.clone();
        let queue = office.settings.queues.first().map_or_else(|| QueueName::from(""), |queue| queue.name.clone());
        let mut chat = Self {
            id,
            room: invitation.room.clone(),
            guest: guest.into(),
            queue,
            stage: Stage::Joining,
            visit: Visit::Outside,
            opened_at: now.wall,
            stage_at: now.wall,
            stage_name: StageName::Joining,
            closed_at: None,
            password: invitation.password.clone().into(),
            language,
            tag: out.stamp.entropy.hex(),
            marks: Marks {
                closed_door: invitation.password.is_some(),
                vouched: true,
                ruled: office.settings.rules.is_empty(),
                ..Marks::default()
            },
            guest_gone: None,
            told_at: now.mono,
            priority: 0,
            tongue,
            facts,
            facts_new: true,
            ruling: Ruling::default(),
            inquiries: Vec::new(),
            demand: Demand::default(),
            waits_since: None,
            left: Vec::new(),
            looked_at: Mono(0),
            opens_at: None,
            stand: None,
            due_at: DueAt::default(),
            message: None,
            choices: VecDeque::new(),
            choices_written: 0,
            told_nobody_free: false,
            service_away: None,
            thrown_out_times: 0,
            passed: BTreeMap::new(),
            last_operator: None,
            server: None,
            last_seq: 0,
            last_place: 0,
            last_line_at: None,
            owed: VecDeque::new(),
            throttle: Throttle::default(),
            talk_with_operators: Talk::default(),
            talk_with_others: Talk::default(),
            known_ids: KnownIds::default(),
            run: Run::default(),
            anchor: None.into(),
            holes: Vec::new(),
            first_words: Vec::new(),
            direct: None,
            exchange: Exchange::default(),
            saved: Saved::default(),
            placed: None,
        };
        chat.come_to(chat.queue.clone(), office);
        chat.save(office, out);
        chat.note_reason(invitation.reason.as_deref(), out);
        chat.note_proof(proof, out);
        out.report(Notice::ChatOpened { chat: id, room: chat.room.clone() });
        chat
    }

    /// A chat goes on where the store says it stopped. Operators that are no longer configured lose it.
    pub fn restore(restored: RestoredChat, message: Option<Message>, office: &Office, at: Moment) -> Self {
        let direct = Direct::restored(&restored, at.mono);
        let record = restored.chat;
        let stage = restored_stage(&record, office, at);
        let offer_gone = record.stage == StageName::Offered && stage.name() != StageName::Offered;
        let standing = record.standing.clone();
        let facts = restored.facts.unwrap_or_else(|| GuestFacts::new(record.guest.clone()));
        let mut chat = Self {
            id: record.id,
            room: record.room.clone(),
            guest: record.guest.clone().into(),
            queue: record.queue.clone(),
            stage_name: stage.name(),
            stage,
            visit: Visit::Outside,
            opened_at: record.opened_at,
            stage_at: record.stage_at,
            closed_at: record.closed_at,
            password: record.password.clone().into(),
            language: record.language,
            tag: record.tag.clone(),
            marks: record.marks,
            guest_gone: None,
            told_at: at.mono,
            priority: standing.priority,
            tongue: standing.language,
            facts,
            facts_new: false,
            ruling: standing.ruling,
            inquiries: Vec::new(),
            demand: Demand::default(),
            waits_since: standing.waits_since.map(|wall| Moment { wall, mono: at.mono_of(wall) }),
            left: standing.left,
            looked_at: Mono(0),
            opens_at: record.marks.after_hours.then_some(Mono(0)),
            stand: None,
            due_at: DueAt::default(),
            message: message.filter(|message| !message.body.is_empty()),
            choices_written: u32::try_from(restored.choices.len()).unwrap_or(u32::MAX),
            choices: restored.choices.into_iter().map(Arc::new).collect(),
            // After a short absence of ours they know, and hear more soon.
            told_nobody_free: record.stage == StageName::Waiting
                && restored.last_line_at.is_some_and(|last| at.wall - last < SHORT_ABSENCE),
            service_away: None,
            thrown_out_times: 0,
            passed: BTreeMap::new(),
            last_operator: record.operator.clone().filter(|_| !offer_gone),
            server: record.operator.clone().filter(|_| record.stage == StageName::Serving),
            last_seq: restored.last_seq,
            last_place: restored.last_place,
            last_line_at: restored.last_line_at.or(Some(record.opened_at)),
            owed: restored.owed.iter().filter_map(Owed::of).collect(),
            throttle: Throttle::default(),
            talk_with_operators: Talk::default(),
            talk_with_others: Talk::default(),
            known_ids: KnownIds::restored(restored.known_ids),
            run: Run::restored(&restored.last_lines, &record.tag),
            anchor: record.anchor.clone().into(),
            holes: record.holes.clone(),
            first_words: first_words(restored.first_words, &restored.owed),
            direct,
            exchange: Exchange::restored(&restored.last_lines),
            saved: Saved::stored(record),
            placed: None,
        };
        chat.keep_to_queues(office);
        if matches!(chat.stage, Stage::Waiting) {
            // Whoever served it is no operator any more.
            chat.waits_since.get_or_insert(at);
        }
        chat
    }

    /// It is over; nothing more will be done about it.
    pub fn closed(&self) -> bool {
        matches!(self.stage, Stage::Closed(_))
    }

    /// How long ago the guest's invitation came.
    pub fn age(&self, out: &Out) -> Duration {
        (out.stamp.at.wall - self.opened_at).to_std().unwrap_or_default()
    }

    /// This operator serves it.
    pub fn served_by(&self, operator: OperatorId) -> bool {
        matches!(&self.stage, Stage::Serving(service) if service.operator == operator)
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
        // Asked after every event: no list is made of them.
        let mut first = self.visit_deadline();
        first = sooner(first, self.guest_deadline(office));
        first = sooner(first, self.stage_deadline(office));
        first = sooner(first, self.notice_deadline());
        first = sooner(first, self.look_deadline(office));
        first = sooner(first, self.direct_deadline(office));
        sooner(first, self.look_up_deadline())
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
        if due(self.look_up_deadline()) {
            self.look_up_overdue(office, out);
        }
        if due(self.look_deadline(office)) {
            self.look_again(office, out);
        }
        if due(self.notice_deadline()) {
            self.tell_waiting(office, out);
        }
        if due(self.direct_deadline(office)) {
            self.direct_overdue(office, out);
        }
    }

    fn visit_deadline(&self) -> Option<(Mono, &'static str)> {
        match &self.visit {
            Visit::Outside => None,
            Visit::Queued { since } => self.crowd_deadline(*since).map(|at| (at, "too many want in")),
            Visit::Entering(entry) => {
                Some((entry.again.map_or(entry.limit, |again| again.min(entry.limit)), "the room has not let us in"))
            }
            Visit::Inside(inside) => self.inside_deadline(inside),
        }
    }

    fn inside_deadline(&self, inside: &Inside) -> Option<(Mono, &'static str)> {
        let because = |why: &'static str| move |at: Mono| (at, why);
        let unanswered = because("the room has not answered");
        let mut first = self.silence_deadline().map(unanswered);
        first = sooner(first, inside.guard.deadline().map(unanswered));
        first = sooner(first, inside.absence.deadline().map(unanswered));
        first = sooner(first, self.hush_deadline().map(because("somebody may speak again")));
        sooner(first, self.throttle_deadline().map(because("the room may let us speak")))
    }

    fn visit_overdue(&mut self, office: &mut Office, out: &mut Out) {
        match &self.visit {
            Visit::Outside => {}
            Visit::Queued { .. } => self.crowded_out(office, out),
            Visit::Entering(_) => self.entry_overdue(office, out),
            Visit::Inside(_) => self.inside_overdue(office, out),
        }
    }

    fn inside_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let overdue = |deadline: Option<Mono>| deadline.is_some_and(|at| at <= out.mono());
        let (guard, archive) = (overdue(inside.guard.deadline()), overdue(inside.absence.deadline()));
        let silence = overdue(self.silence_deadline());
        let (hush, throttle) = (overdue(self.hush_deadline()), overdue(self.throttle_deadline()));
        if guard {
            self.guard_overdue(office, out);
        }
        if archive {
            self.archive_failed(office, out);
        }
        if silence {
            self.silence_overdue(out);
        }
        if hush {
            self.hush_over(out);
        }
        if throttle {
            self.say_held(out);
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
            Stage::Serving(service) => self.service_deadline(service, office),
            // Whoever comes back from a lost link enters, and closes then; the way in has its own limit.
            Stage::Closing(_) if matches!(self.visit, Visit::Queued { .. } | Visit::Entering(_)) => None,
            Stage::Closing(closing) => Some((closing.limit, "closing takes long")),
            Stage::Joining | Stage::Waiting | Stage::Closed(_) => None,
        }
    }

    fn service_deadline(&self, service: &Service, office: &Office) -> Option<(Mono, &'static str)> {
        let away = service.gone.map(|gone| (gone + office.settings.operator_grace, "the operator has not come back"));
        let transfer = service.transfer.as_ref().map(|transfer| (transfer.lapses, "the transfer lapses"));
        let silent = self.silence_limit(service).map(|at| (at, "the operator has not answered"));
        sooner(sooner(away, transfer), silent)
    }

    /// Until when whoever serves must have said something. Nobody hears them while the guest, or the desk, is away.
    fn silence_limit(&self, service: &Service) -> Option<Mono> {
        let heard = matches!(self.visit, Visit::Inside(_)) && self.guest_gone.is_none();
        service.reply.deadline().filter(|_| heard)
    }

    fn service_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let Stage::Serving(service) = &self.stage else { return };
        let away = service.gone.is_some_and(|gone| gone + office.settings.operator_grace <= now);
        let transfer = service.transfer.as_ref().is_some_and(|transfer| transfer.lapses <= now);
        if away {
            return self.operator_stayed_away(office, out);
        }
        if transfer {
            self.transfer_lapsed(office, out);
        }
        let Stage::Serving(service) = &self.stage else { return };
        if self.silence_limit(service).is_some_and(|at| at <= now) {
            self.operator_stayed_silent(office, out);
        }
    }

    fn stage_overdue(&mut self, office: &mut Office, out: &mut Out) {
        match &self.stage {
            Stage::Pleading(_) => self.plea_unheard(office, out),
            Stage::Offered(_) => self.offer_lapsed(office, out),
            Stage::Serving(_) => self.service_overdue(office, out),
            Stage::Closing(_) => self.closing_overdue(office, out),
            Stage::Joining | Stage::Waiting | Stage::Closed(_) => {}
        }
    }

    // What others use

    /// Says something in the room: owed from now on, heard when the room repeats it.
    fn say(&mut self, body: String, out: &mut Out) {
        self.utter(body, None, out);
    }

    /// Says something in the room that tells how the chat stands.
    fn say_how_it_stands(&mut self, body: String, state: GuestState, out: &mut Out) {
        self.utter(body, Some(state), out);
    }

    fn utter(&mut self, body: String, state: Option<GuestState>, out: &mut Out) {
        let id = self.next_id();
        let nick = match &self.visit {
            Visit::Inside(inside) => Some(inside.nick.0.clone()),
            Visit::Outside | Visit::Queued { .. } | Visit::Entering(_) => None,
        };
        let draft = LineDraft::new(LineKind::Owed, Speaker::Desk, body.clone());
        let (message_id, joined_as) = (Some(id.clone()), nick.clone());
        let seq = self.line(LineDraft { message_id, joined_as, nick: nick.clone(), ..draft }, out);
        self.told_at = out.mono();
        self.make_room_for_words();
        let (at, nick) = (out.stamp.at.wall, nick.map(Nick));
        let (before_visit, held) = (nick.is_none(), self.throttle.holds());
        self.owed.push_back(Owed {
            seq,
            id: id.clone(),
            nick,
            body: body.clone(),
            at,
            before_visit,
            held,
            relayed: false,
            state: state.clone(),
        });
        if !before_visit && !held {
            out.speak(Speech::Room { room: self.room.clone(), id, body, language: self.language, state });
        }
    }

    /// The oldest of our own words are given up, where they are too many. What a guest wrote is not ours to give up.
    fn make_room_for_words(&mut self) {
        let mut ours = self.owed.iter().enumerate().filter(|(_, owed)| !owed.relayed).map(|(index, _)| index);
        let (oldest, count) = (ours.next(), ours.count() + 1);
        if let Some(oldest) = oldest.filter(|_| count >= OWED_MAX) {
            self.owed.remove(oldest);
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
        // A stamp may be anybody's; nothing was said later than now.
        let now = out.stamp.at.wall;
        let at = draft.at.unwrap_or(now).min(now);
        if matches!(self.visit, Visit::Inside(_)) {
            self.last_line_at = self.last_line_at.max(Some(at));
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

    fn know(&mut self, id: Option<&StanzaId>, place: i64) {
        let Some(id) = id else { return };
        // While the archive is still being read, what is before this line is not complete.
        if self.anchor.is_none() && !self.looks_back() {
            *self.anchor = Some(id.clone());
        }
        self.known_ids.add(id, place);
    }

    /// Moves to another stage; the operators' loads follow.
    fn enter_stage(&mut self, stage: Stage, office: &mut Office, out: &mut Out) {
        self.move_loads(&stage, office, out);
        if let Some(operator) = stage.operator().and_then(|operator| office.operators.get(operator)) {
            self.last_operator = Some(operator.settings.jid.clone());
        }
        if stage.name() != self.stage_name {
            self.stage_name = stage.name();
            self.stage_at = out.stamp.at.wall;
        }
        match stage {
            Stage::Waiting => {
                self.last_operator = None;
                self.waits_since.get_or_insert(out.stamp.at);
            }
            Stage::Serving(_) => {
                self.told_nobody_free = false;
                self.server.clone_from(&self.last_operator);
            }
            _ => {}
        }
        self.stage = stage;
    }

    /// Whoever is no longer engaged is free; whoever served rests.
    fn move_loads(&mut self, stage: &Stage, office: &mut Office, out: &Out) {
        let rest = office.queue(&self.queue).map(|queue| queue.wrap_up).unwrap_or_default();
        let before: BTreeSet<OperatorId> = self.stage.engages().collect();
        let after: BTreeSet<OperatorId> = stage.engages().collect();
        for operator in before.difference(&after) {
            if self.served_by(*operator) {
                office.operators.wrap_up(*operator, rest, out.stamp.at);
            }
            office.operators.release(*operator, self.id);
            office.due.operators.insert(*operator);
        }
        for operator in after.difference(&before) {
            let weight = self.weight(*operator, stage, office);
            office.operators.engage(*operator, self.id, weight);
        }
    }

    /// How many places it takes of an operator. Whoever it is handed over to takes it for another queue, perhaps.
    pub fn weight(&self, operator: OperatorId, stage: &Stage, office: &Office) -> u32 {
        let other = match stage {
            Stage::Serving(Service { transfer: Some(transfer), .. }) if transfer.to == operator => &transfer.queue,
            _ => &None,
        };
        office.queue(other.as_ref().unwrap_or(&self.queue)).map_or(1, |queue| queue.chat_weight)
    }

    /// Takes its place in the queue, or gives it up, as the stage says.
    pub fn stand_in_line(&mut self, office: &mut Office) {
        let waits = matches!(self.stage, Stage::Waiting | Stage::Offered(_));
        let wants = self.wants_operator();
        if self.stands_right(waits, wants) {
            return;
        }
        if let Some(before) = self.stand.take() {
            office.queues.leave(&before);
        }
        if waits {
            let wanting = wants.then(|| self.demand.clone());
            let stand = Stand { queue: self.queue.clone(), place: self.place(), wanting };
            office.queues.join(&stand);
            self.stand = Some(stand);
        }
        if wants {
            office.due.chats.insert(self.place());
        }
    }

    fn stands_right(&self, waits: bool, wants: bool) -> bool {
        match &self.stand {
            None => !waits,
            Some(stand) => {
                let demand = stand.wanting.as_ref() == wants.then_some(&self.demand);
                waits && stand.queue == self.queue && stand.place == self.place() && demand
            }
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
        let relayed = line.is_relayed();
        let nick = if relayed { &line.joined_as } else { &line.nick };
        Some(Self {
            seq: line.seq,
            id,
            nick: nick.clone().map(Nick),
            body: if relayed { wording::direct::guest_says(&line.body) } else { line.body.clone() },
            at: line.at,
            before_visit: true,
            held: false,
            relayed,
            state: None,
        })
    }

    /// Is this what the room made of it? Our nick may have been another one.
    fn is(&self, message: &RoomMessage) -> bool {
        message.id.as_ref() == Some(&self.id) && message.nick == self.nick
    }

    fn still_true(&self, now: DateTime<Utc>) -> bool {
        self.relayed || (now - self.at).num_seconds() <= OWED_TRUE_SECONDS
    }
}

/// The one that comes first, if there is one.
fn sooner(one: Option<(Mono, &'static str)>, other: Option<(Mono, &'static str)>) -> Option<(Mono, &'static str)> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What the guest said first, and what of it is still on its way into the room.
fn first_words(said: Vec<String>, owed: &[LineRecord]) -> Vec<String> {
    let written = owed.iter().filter(|line| line.is_relayed()).map(|line| line.body.clone());
    said.into_iter().chain(written).take(FIRST_WORDS_MAX).collect()
}

/// The stage that a stored chat is in. Deadlines run from the stored times; those of the room begin when we are in it.
fn restored_stage(record: &ChatRecord, office: &Office, at: Moment) -> Stage {
    let operator = record.operator.as_ref().and_then(|jid| office.operators.find(jid));
    let queue = office.queue(&record.queue);
    let offer = queue.map(|queue| queue.offer).unwrap_or_default();
    let first_reply = queue.map(|queue| queue.first_reply).unwrap_or_default();
    let offered: Vec<OperatorId> =
        record.standing.offered_to.iter().filter_map(|jid| office.operators.find(jid)).collect();
    match (record.stage, operator) {
        (StageName::Joining, _) => Stage::Joining,
        (StageName::Offered, _) if !offered.is_empty() => {
            Stage::Offered(Offer { operators: offered, lapses: at.mono_of(record.stage_at) + offer })
        }
        (StageName::Serving, Some(operator)) => {
            let reply = if record.marks.replied { Reply::Given } else { Reply::Due(at.mono + first_reply) };
            // The transfer is offered again when we are in the room; then its time begins anew.
            let standing = &record.standing;
            let transfer = offered.first().map(|to| Transfer {
                to: *to,
                lapses: at.mono + offer,
                queue: standing.transfer_queue.clone(),
                asked: BTreeSet::from([operator, *to]),
                note: standing.transfer_note.clone(),
                by: standing.transfer_by.as_ref().and_then(|jid| office.operators.find(jid)).unwrap_or(operator),
            });
            let invited = standing.invited.iter().filter_map(|jid| office.operators.find(jid)).collect();
            Stage::Serving(Service { transfer, invited, ..Service::new(operator, reply) })
        }
        (StageName::Waiting | StageName::Offered | StageName::Serving, _) => Stage::Waiting,
        (StageName::Closing, operator) => closing::restored(record.outcome, operator, at.mono),
        (StageName::Closed, _) => Stage::Closed(record.outcome.unwrap_or(Outcome::Lost)),
    }
}

/// The primary part of a language tag (BCP 47), in lower case.
fn primary_language(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next()?.to_lowercase();
    ((2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(primary)
}
