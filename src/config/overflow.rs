//! `overflow_to`, `overflow_seconds` and `overflow_chats`: where chats go that a queue cannot serve in time.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::mistakes::Mistakes;
use super::people::queue_name;
use super::places::within;
use super::queues::{DAY_SECONDS, note_unknown_queue};
use super::shape::{RawQueue, Table};
use crate::desk::ids::QueueName;
use crate::desk::settings::Overflow;

/// How many chats may wait before the next overflows.
const CHATS: RangeInclusive<i64> = 1..=100_000;

/// What one queue says of it.
pub(super) fn overflow(values: &RawQueue, mistakes: &mut Mistakes) -> Option<Overflow> {
    let after = within(&values.overflow_seconds, "overflow_seconds", &DAY_SECONDS, mistakes);
    let beyond = within(&values.overflow_chats, "overflow_chats", &CHATS, mistakes);
    let Some(to) = &values.overflow_to else {
        note_without_goal(values, mistakes);
        return None;
    };
    if values.overflow_seconds.is_none() && values.overflow_chats.is_none() {
        let advice = "write with it `overflow_seconds = 120` (after so long a wait), `overflow_chats = 5` (beyond so \
                      many that wait), or both";
        mistakes.note(to.span(), "`overflow_to` does not say when", advice);
    }
    Some(Overflow {
        to: QueueName::from(to.get_ref().as_str()),
        after: after.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs),
        beyond: beyond.and_then(|chats| u32::try_from(chats).ok()),
    })
}

fn note_without_goal(values: &RawQueue, mistakes: &mut Mistakes) {
    let keys = [("overflow_seconds", &values.overflow_seconds), ("overflow_chats", &values.overflow_chats)];
    for (key, given) in keys {
        if let Some(given) = given {
            let advice = "write with it the queue's name, `overflow_to = \"other\"`, or remove it";
            mistakes.note(given.span(), format!("`{key}` does not say where to"), advice);
        }
    }
}

/// Unknown queues, a queue itself, and circles. Where a queue could not be read, nobody is asked whether theirs exist.
pub(super) fn refuse_impossible(queues: &[Table<RawQueue>], mistakes: &mut Mistakes) {
    if queues.iter().any(|queue| queue.unread) {
        return;
    }
    let known: Vec<&str> = queues.iter().filter_map(queue_name).map(|(name, _)| name).collect();
    let mut goals = BTreeMap::new();
    for (from, to) in queues.iter().filter_map(goal) {
        if !known.contains(&to.get_ref().as_str()) {
            note_unknown_queue(to, &known, mistakes);
        } else if from == to.get_ref() {
            let what = format!("the queue {from:?} overflows to itself");
            mistakes.note(to.span(), what, "write another queue's name, or remove `overflow_to`");
        } else {
            goals.insert(from, to.get_ref().as_str());
        }
    }
    refuse_circles(queues, &goals, mistakes);
}

/// Each circle is told once, at its first queue.
fn refuse_circles(queues: &[Table<RawQueue>], goals: &BTreeMap<&str, &str>, mistakes: &mut Mistakes) {
    let mut told: Vec<&str> = Vec::new();
    for (from, to) in queues.iter().filter_map(goal) {
        let Some(circle) = circle(from, goals).filter(|_| !told.contains(&from)) else { continue };
        let what = format!("chats would overflow in a circle: {} → {from}", circle.join(" → "));
        mistakes.note(to.span(), what, "remove `overflow_to` from one of these queues");
        told.extend(circle);
    }
}

/// The queues that a chat passes from here on until it is here again; `None` where it never is.
fn circle<'a>(from: &'a str, goals: &BTreeMap<&'a str, &'a str>) -> Option<Vec<&'a str>> {
    let mut passed = vec![from];
    let mut at = *goals.get(from)?;
    while at != from {
        if passed.contains(&at) {
            return None;
        }
        passed.push(at);
        at = *goals.get(at)?;
    }
    Some(passed)
}

fn goal(queue: &Table<RawQueue>) -> Option<(&str, &Spanned<String>)> {
    Some((queue_name(queue)?.0, queue.values.overflow_to.as_ref()?))
}
