//! A chat as the store remembers it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::direct::Direct;
use super::known_ids::KnownIds;
use super::lesson::Exchange;
use super::messages::Message;
use super::run::Run;
use super::saving::Saved;
use super::speaking::Owed;
use super::stage::{Offer, Reply, Service, Stage, Transfer, Visit};
use super::throttled::Throttle;
use super::{Chat, FIRST_WORDS_MAX, SHORT_ABSENCE, closing};
use crate::desk::bounds::Talk;
use crate::desk::deadlines::DueAt;
use crate::desk::facts::GuestFacts;
use crate::desk::ids::OperatorId;
use crate::desk::moment::{Moment, Mono};
use crate::desk::office::Office;
use crate::desk::queue::Demand;
use crate::desk::record::{ChatRecord, LineRecord, Outcome, RestoredChat, StageName};

impl Chat {
    /// A chat goes on where the store says it stopped. Operators that are no longer configured lose it.
    pub fn restore(restored: RestoredChat, message: Option<Message>, office: &Office, at: Moment) -> Box<Self> {
        let direct = Direct::restored(&restored, at.mono);
        let record = restored.chat;
        let stage = restored_stage(&record, office, at);
        let offer_gone = record.stage == StageName::Offered && stage.name() != StageName::Offered;
        let standing = record.standing.clone();
        let facts = restored.facts.unwrap_or_else(|| GuestFacts::new(record.guest.clone()));
        let mut chat = Box::new(Self {
            id: record.id,
            room: record.room.clone(),
            guest: record.guest.clone().into(),
            queue: record.queue.clone().into(),
            stage_name: stage.name(),
            stage: stage.into(),
            visit: Visit::Outside,
            opened_at: record.opened_at,
            stage_at: record.stage_at,
            closed_at: record.closed_at.into(),
            password: record.password.clone().into(),
            language: record.language,
            tag: record.tag.clone(),
            marks: record.marks,
            guest_gone: None,
            told_at: at.mono,
            priority: standing.priority,
            tongue: standing.language.into(),
            facts,
            facts_new: false,
            ruling: standing.ruling.into(),
            inquiries: Vec::new(),
            demand: Demand::default().into(),
            waits_since: standing.waits_since.map(|wall| Moment { wall, mono: at.mono_of(wall) }).into(),
            left: standing.left.into(),
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
            last_operator: record.operator.clone().filter(|_| !offer_gone).into(),
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
            holes: record.holes.clone().into(),
            first_words: first_words(restored.first_words, &restored.owed),
            direct,
            exchange: Exchange::restored(&restored.last_lines),
            saved: Saved::stored(record),
            placed: None,
        });
        chat.keep_to_queues(office);
        if matches!(*chat.stage, Stage::Waiting) {
            // Whoever served it is no operator any more.
            chat.waits_since.get_or_insert(at);
        }
        chat
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
