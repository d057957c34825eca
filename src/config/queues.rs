//! `[[queue]]`: how chats are given to operators, when, and what happens to those that nobody takes.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::address::accounts;
use super::keys::{listed, nearest};
use super::mistakes::Mistakes;
use super::people::{check_name, queue_name, skills};
use super::places::{number, seconds, within};
use super::shape::{Given, RawQueue, Table};
use super::{opening, overflow};
use crate::desk::ids::QueueName;
use crate::desk::settings::{OperatorSettings, QueueSettings, StrategyName};

/// How long an offer may stand, in seconds: less than one cannot be noticed, more than an hour strands the guest.
const OFFER_SECONDS: RangeInclusive<i64> = 1..=3_600;
/// For the other times of a queue, in seconds: up to a day.
pub(super) const DAY_SECONDS: RangeInclusive<i64> = 1..=86_400;
/// Rest after a chat may be nothing at all.
const WRAP_UP_SECONDS: RangeInclusive<i64> = 0..=86_400;
/// How many places one chat may take.
const WEIGHTS: RangeInclusive<i64> = 1..=100;
/// Among queues.
pub(super) const PRIORITIES: RangeInclusive<i64> = -1_000..=1_000;
/// Missed offers in a row, 0 = never mind.
const MISSED_OFFERS: RangeInclusive<i64> = 0..=100;

const STRATEGIES: [StrategyName; 5] = [
    StrategyName::RoundRobin,
    StrategyName::LongestIdle,
    StrategyName::FewestChats,
    StrategyName::Tiers,
    StrategyName::Broadcast,
];

/// Checks each `[[queue]]`.
pub(super) fn queues(raw: &[Table<RawQueue>], mistakes: &mut Mistakes) -> Vec<QueueSettings> {
    if raw.is_empty() {
        mistakes.note(0..0, "there is no queue", "write `[[queue]]` and under it `name = \"support\"`");
    }
    let queues = raw.iter().filter(|queue| !queue.unread).filter_map(|queue| self::queue(queue, mistakes)).collect();
    overflow::refuse_impossible(raw, mistakes);
    queues
}

fn queue(raw: &Table<RawQueue>, mistakes: &mut Mistakes) -> Option<QueueSettings> {
    let values = &raw.values;
    let name = values.name.as_ref().map(|name| name.get_ref().as_str()).unwrap_or_default();
    let mut day_seconds =
        |given: &Given<i64>, key: &str, default: u32| seconds(given, key, default, DAY_SECONDS, mistakes);
    let [first_reply, tier, escalate, message] = [
        day_seconds(&values.first_reply_seconds, "first_reply_seconds", 120),
        day_seconds(&values.tier_seconds, "tier_seconds", 60),
        day_seconds(&values.escalate_seconds, "escalate_seconds", 180),
        day_seconds(&values.message_seconds, "message_seconds", 300),
    ];
    let settings = QueueSettings {
        name: QueueName::from(name),
        strategy: strategy(&values.strategy, mistakes),
        offer: seconds(&values.offer_seconds, "offer_seconds", 20, OFFER_SECONDS, mistakes),
        first_reply,
        tier,
        wrap_up: wrap_up(&values.wrap_up_seconds, mistakes),
        prefer_last_operator: values.prefer_last_operator.unwrap_or(false),
        supervisors: accounts(&values.supervisors, mistakes),
        hours: opening::hours(&values.hours, mistakes),
        holidays: opening::holidays(&values.holidays, mistakes),
        skills: skills(&values.skills, mistakes),
        chat_weight: number(&values.chat_weight, "chat_weight", 1, WEIGHTS, mistakes),
        priority: priority(&values.priority, mistakes),
        escalate,
        message,
        missed_offers_max: number(&values.missed_offers_max, "missed_offers_max", 3, MISSED_OFFERS, mistakes),
        overflow: overflow::overflow(values, mistakes),
    };
    match &values.name {
        Some(name) => check_name(name, "support", mistakes).then_some(settings),
        None => {
            mistakes.note(raw.span.clone(), "this queue has no name", "write `name = \"support\"` under `[[queue]]`");
            None
        }
    }
}

fn wrap_up(given: &Given<i64>, mistakes: &mut Mistakes) -> Duration {
    seconds(given, "wrap_up_seconds", 0, WRAP_UP_SECONDS, mistakes)
}

fn priority(given: &Given<i64>, mistakes: &mut Mistakes) -> i32 {
    let priority = within(given, "priority", &PRIORITIES, mistakes);
    priority.and_then(|priority| i32::try_from(priority).ok()).unwrap_or_default()
}

fn strategy(given: &Given<String>, mistakes: &mut Mistakes) -> StrategyName {
    let Some(given) = given else { return StrategyName::RoundRobin };
    let name = given.get_ref();
    if let Some(strategy) = STRATEGIES.into_iter().find(|strategy| strategy.name() == name) {
        return strategy;
    }
    let known = || STRATEGIES.into_iter().map(StrategyName::name);
    let quoted = known().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let advice = match nearest(name, known()) {
        Some(near) => format!("did you mean {near:?}? There are {quoted}"),
        None => format!("write one of {quoted}"),
    };
    mistakes.note(given.span(), format!("there is no strategy {name:?}"), advice);
    StrategyName::RoundRobin
}

/// A chat that takes more places than any of the queue's operators has would wait for ever.
pub(super) fn refuse_heavy_chats(
    raw: &[Table<RawQueue>],
    queues: &[QueueSettings],
    operators: &[OperatorSettings],
    mistakes: &mut Mistakes,
) {
    for queue in queues {
        let own = operators.iter().filter(|operator| operator.queues.contains(&queue.name));
        let Some(most) = own.map(|operator| operator.chats_max).max() else { continue };
        let written = raw.iter().find(|raw| queue_name(raw).is_some_and(|(name, _)| name == &*queue.name.0));
        let Some(given) = written.and_then(|raw| raw.values.chat_weight.as_ref()) else { continue };
        if queue.chat_weight > most {
            let what = format!("no operator of this queue has {} places for a chat", queue.chat_weight);
            mistakes.note(
                given.span(),
                what,
                format!("write at most {most}, or give an operator a larger `chats_max`"),
            );
        }
    }
}

/// Notes a name that no queue has.
pub(super) fn note_unknown_queue(name: &Spanned<String>, known: &[&str], mistakes: &mut Mistakes) {
    let advice = match nearest(name.get_ref(), known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if known.is_empty() => "write a `[[queue]]` of that name".to_owned(),
        None => format!("write one of {}, or a `[[queue]]` of that name", listed(known.iter())),
    };
    mistakes.note(name.span(), format!("there is no queue {:?}", name.get_ref()), advice);
}
