//! Whether each queue can be served: by whom, when, and what is written but makes no difference.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::report::Finding;
use crate::desk::hours::Hours;
use crate::desk::settings::{OperatorSettings, QueueSettings, Settings, StrategyName};

/// How far opening hours are followed to find out whether a queue ever opens.
const AHEAD_MAX: TimeDelta = TimeDelta::days(366);

/// Looks at all queues, as they are at that moment.
pub(super) fn service(settings: &Settings, now: DateTime<Utc>) -> Vec<Finding> {
    if settings.operators.iter().all(|operator| operator.supervisor_only) {
        let words = "operators: there is none, so every guest waits in vain; write an `[[operator]]` for each";
        return vec![Finding::doubtful(words)];
    }
    settings.queues.iter().flat_map(|queue| of_queue(queue, settings, now)).collect()
}

fn of_queue(queue: &QueueSettings, settings: &Settings, now: DateTime<Utc>) -> Vec<Finding> {
    let serves = |operator: &&OperatorSettings| operator.queues.contains(&queue.name);
    let operators: Vec<&OperatorSettings> = settings.operators.iter().filter(serves).collect();
    if operators.is_empty() {
        let words =
            format!("queue {}: nobody serves it; add {:?} to an operator's `queues`", queue.name, &*queue.name.0);
        return vec![Finding::doubtful(words)];
    }
    let doubts = [
        one_tier(queue, &operators),
        unknown_skills(queue, &operators),
        too_few_places(queue, &operators),
        late_supervisors(queue),
        late_overflow(queue),
        holidays_over(queue, now, settings.zone),
    ];
    let hours = queue.hours.as_ref().map(|hours| opening(queue, hours, now, settings.zone));
    std::iter::once(served(queue, &operators)).chain(hours).chain(doubts.into_iter().flatten()).collect()
}

fn served(queue: &QueueSettings, operators: &[&OperatorSettings]) -> Finding {
    let places: u64 = operators.iter().map(|operator| u64::from(operator.chats_max / queue.chat_weight.max(1))).sum();
    Finding::good(format!("queue {}: served by {}, {places} chats at once", queue.name, names(operators)))
}

fn one_tier(queue: &QueueSettings, operators: &[&OperatorSettings]) -> Option<Finding> {
    let tiers: BTreeSet<u32> = operators.iter().map(|operator| operator.tier).collect();
    (queue.strategy == StrategyName::Tiers && tiers.len() == 1).then(|| {
        doubt(
            queue,
            "all of its operators are of one tier, so `tiers` is a plain turn; write `tier = 2` for some of them",
        )
    })
}

/// Who has all skills that are asked for, or which nobody has.
fn unknown_skills(queue: &QueueSettings, operators: &[&OperatorSettings]) -> Option<Finding> {
    if operators.iter().any(|operator| queue.skills.is_subset(&operator.skills)) {
        return None;
    }
    let known: BTreeSet<&String> = operators.iter().flat_map(|operator| &operator.skills).collect();
    let unknown: Vec<&str> = queue.skills.iter().filter(|skill| !known.contains(skill)).map(String::as_str).collect();
    let missing = if unknown.is_empty() { "all of its `skills` at once".to_owned() } else { unknown.join(", ") };
    let words = format!(
        "none of its operators knows {missing}, so nobody can take its chats; correct its `skills`, or add to an \
         operator's"
    );
    Some(doubt(queue, &words))
}

fn too_few_places(queue: &QueueSettings, operators: &[&OperatorSettings]) -> Option<Finding> {
    let small: Vec<&OperatorSettings> =
        operators.iter().filter(|operator| operator.chats_max < queue.chat_weight).copied().collect();
    let weight = queue.chat_weight;
    (!small.is_empty()).then(|| {
        doubt(queue, &format!("its chats take {weight} places, and these have fewer and get none: {}", names(&small)))
    })
}

fn late_supervisors(queue: &QueueSettings) -> Option<Finding> {
    let (escalate, message) = (queue.escalate.as_secs(), queue.message.as_secs());
    (!queue.supervisors.is_empty() && escalate >= message).then(|| {
        let words = format!(
            "guests are told to leave a message after {message} s, before its supervisors are asked after {escalate} \
             s; make `message_seconds` the larger one"
        );
        doubt(queue, &words)
    })
}

fn late_overflow(queue: &QueueSettings) -> Option<Finding> {
    let after = queue.overflow.as_ref()?.after?.as_secs();
    let message = queue.message.as_secs();
    (after >= message).then(|| {
        let words = format!(
            "guests are told to leave a message after {message} s, before their chats overflow after {after} s; make \
             `message_seconds` the larger one"
        );
        doubt(queue, &words)
    })
}

fn holidays_over(queue: &QueueSettings, now: DateTime<Utc>, zone: Tz) -> Option<Finding> {
    let last = queue.holidays.last().filter(|last| **last < now.with_timezone(&zone).date_naive())?;
    Some(doubt(queue, &format!("the last of its `holidays`, {last}, is over; write the next ones")))
}

fn opening(queue: &QueueSettings, hours: &Hours, now: DateTime<Utc>, zone: Tz) -> Finding {
    let holiday = queue.holidays.contains(&now.with_timezone(&zone).date_naive());
    let known = format!("queue {}: open {hours} in {zone}", queue.name);
    if hours.open_at(now, zone) && !holiday {
        return Finding::good(format!("{known}, and so now"));
    }
    match next_opening(queue, hours, now, zone) {
        Some(at) => {
            Finding::good(format!("{known}; closed now, until {}", at.with_timezone(&zone).format("%Y-%m-%d %H:%M")))
        }
        None => doubt(queue, &format!("it does not open within a year; correct its `hours` ({hours})")),
    }
}

/// On a day that is no holiday.
fn next_opening(queue: &QueueSettings, hours: &Hours, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let looks = std::iter::successors(Some(now), |at| Some(next_look(hours, *at, zone)));
    let is_holiday = |at: &DateTime<Utc>| queue.holidays.contains(&at.with_timezone(&zone).date_naive());
    looks.take_while(|at| *at < now + AHEAD_MAX).find(|at| hours.open_at(*at, zone) && !is_holiday(at))
}

/// A change of the rules, or the midnight at which a holiday may end.
fn next_look(hours: &Hours, after: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let tomorrow = after.with_timezone(&zone).date_naive().succ_opt().map(|day| day.and_time(NaiveTime::MIN));
    let midnight = tomorrow.and_then(|midnight| zone.from_local_datetime(&midnight).earliest()).map(|at| at.to_utc());
    // Where the clocks are set at midnight there may be none that day.
    let day_after = after + TimeDelta::days(1);
    let looks = [hours.next_change(after, zone), midnight].into_iter().flatten().filter(|at| *at > after);
    looks.min().unwrap_or(day_after)
}

fn doubt(queue: &QueueSettings, words: &str) -> Finding {
    Finding::doubtful(format!("queue {}: {words}", queue.name))
}

fn names(operators: &[&OperatorSettings]) -> String {
    operators.iter().map(|operator| &*operator.name).collect::<Vec<_>>().join(", ")
}
