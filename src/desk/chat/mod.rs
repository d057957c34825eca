//! One guest's case in one room: its stages and the only ways between them.

mod beginning;
mod belated;
mod carrying;
mod catching_up;
pub mod cause;
mod closing;
mod direct;
mod due;
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
mod moving;
mod occupants;
mod offering;
mod pouring;
mod replaying;
mod restoring;
mod ruling;
mod run;
mod saving;
mod serving;
mod speaking;
pub mod stage;
mod staying;
mod throttled;
mod waiting;
mod writing;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jid::{BareJid, FullJid};

use super::action::Notice;
use super::bounds::Talk;
use super::deadlines::DueAt;
use super::event::Invitation;
use super::facts::GuestFacts;
use super::ids::{ChatId, OperatorId, QueueName, RoomJid, StanzaId};
use super::moment::{Moment, Mono};
use super::noted::Noted;
use super::office::{Office, Out};
use super::queue::{Demand, Stand};
use super::record::{Choice, Hole, Marks, Ruling, StageName};
use super::wording::Language;
use direct::Direct;
use entering::Placed;
use known_ids::KnownIds;
use lesson::Exchange;
use looking_up::Inquiry;
use messages::Message;
use run::Run;
use saving::Saved;
use speaking::{LineDraft, Owed};
use stage::{Stage, Visit};
use throttled::Throttle;

/// From one place in the room's order to the next, so that what the archive tells later finds room in between.
const PLACE_STEP: i64 = 1 << 20;
/// How many of the guest's first lines an offer shows.
const FIRST_WORDS_MAX: usize = 3;
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
    pub queue: Noted<QueueName>,
    /// How far it has come.
    pub stage: Noted<Stage>,
    /// Where the desk stands towards the room.
    pub visit: Visit,
    opened_at: DateTime<Utc>,
    stage_at: DateTime<Utc>,
    stage_name: StageName,
    /// When the record was complete: from here on the room is being closed, or gone.
    closed_at: Noted<Option<DateTime<Utc>>>,
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
    tongue: Noted<Option<String>>,
    /// What is known about the guest.
    facts: GuestFacts,
    /// What is known is not written yet.
    facts_new: bool,
    /// What a rule wants for it.
    ruling: Noted<Ruling>,
    /// What CRMs were asked about the guest, before anybody is called.
    inquiries: Vec<Inquiry>,
    /// What it asks of whoever takes it.
    demand: Noted<Demand>,
    /// Since when it has waited in this queue, until the guest hears from whoever has the chat: an operator who accepts
    /// and stays silent is no end of waiting.
    waits_since: Noted<Option<Moment>>,
    /// Queues that it has overflowed from.
    left: Noted<Vec<QueueName>>,
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
    last_operator: Noted<Option<BareJid>>,
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
    holes: Noted<Vec<Hole>>,
    first_words: Vec<String>,
    /// The guest's direct chat beside the room, where they have written to us.
    direct: Option<Direct>,
    exchange: Exchange,
    saved: Saved,
    /// How it was last noted whose chat it is.
    placed: Option<Placed>,
}

impl Chat {
    /// A chat begins with an invitation.
    pub fn open(id: ChatId, invitation: &Invitation, guest: FullJid, office: &mut Office, out: &mut Out) -> Box<Self> {
        let now = out.stamp.at;
        let language = invitation.spoken_language().and_then(Language::from_tag).unwrap_or_default();
        let proof = knowing::proof(id, invitation, office, out);
        let facts = knowing::facts(invitation, &guest, &proof, office);
        let tongue = facts.language.clone();
        let queue = office.settings.queues.first().map_or_else(|| QueueName::from(""), |queue| queue.name.clone());
        let mut chat = Box::new(Self {
            id,
            room: invitation.room.clone(),
            guest: guest.into(),
            queue: queue.into(),
            stage: Stage::Joining.into(),
            visit: Visit::Outside,
            opened_at: now.wall,
            stage_at: now.wall,
            stage_name: StageName::Joining,
            closed_at: None.into(),
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
            tongue: tongue.into(),
            facts,
            facts_new: true,
            ruling: Ruling::default().into(),
            inquiries: Vec::new(),
            demand: Demand::default().into(),
            waits_since: None.into(),
            left: Vec::new().into(),
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
            last_operator: None.into(),
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
            holes: Vec::new().into(),
            first_words: Vec::new(),
            direct: None,
            exchange: Exchange::default(),
            saved: Saved::default(),
            placed: None,
        });
        chat.come_to(QueueName::clone(&chat.queue), office);
        chat.save(office, out);
        chat.note_reason(invitation.reason.as_deref(), out);
        chat.note_proof(proof, out);
        out.report(Notice::ChatOpened { chat: id, room: chat.room.clone() });
        chat
    }

    /// It is over; nothing more will be done about it.
    pub fn closed(&self) -> bool {
        matches!(*self.stage, Stage::Closed(_))
    }

    /// How long ago the guest's invitation came.
    pub fn age(&self, out: &Out) -> Duration {
        (out.stamp.at.wall - self.opened_at).to_std().unwrap_or_default()
    }

    /// This operator serves it.
    pub fn served_by(&self, operator: OperatorId) -> bool {
        matches!(&*self.stage, Stage::Serving(service) if service.operator == operator)
    }

    /// The language of the guest.
    pub fn language(&self) -> Language {
        self.language
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
}

/// The primary part of a language tag (BCP 47), in lower case.
fn primary_language(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next()?.to_lowercase();
    ((2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(primary)
}
