//! Whether theory has something to say about a day, and what.

use std::collections::BTreeSet;

use super::crowd::Day;
use super::erlang::ErlangC;
use crate::desk::routing::rules::{Route, Then};
use crate::desk::settings::{QueueSettings, Settings, StrategyName};

/// So many rules are named by number.
const NAMED_MAX: usize = 5;

/// What Erlang C predicts, and why it does not quite fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Theory {
    /// The prediction; none where the line would grow without end.
    pub erlang: Option<ErlangC>,
    /// How many chats the operators of the first queue can have at once.
    pub places: u32,
    /// What Erlang C does not know of; none: it applies.
    pub but: Vec<String>,
}

/// What theory says of this day under these settings. Synthetic guests come to the first queue.
pub fn of(settings: &Settings, day: &Day) -> Theory {
    let Some(queue) = settings.queues.first() else { return Theory { erlang: None, places: 0, but: Vec::new() } };
    let places = places(settings, queue);
    let erlang = ErlangC::new(day.arrivals_per_hour, day.talk + day.accept, places);
    let mut but = Vec::new();
    if erlang.is_none() {
        but.push("more guests come than can be served, so the line grows as long as they come".to_owned());
    }
    but.extend(about_people(day));
    but.extend(about_queue(settings, queue));
    but.extend(about_rules(settings, queue));
    Theory { erlang, places, but }
}

/// Of those who know what the queue asks for.
fn places(settings: &Settings, queue: &QueueSettings) -> u32 {
    let able =
        settings.operators.iter().filter(|who| who.queues.contains(&queue.name) && queue.skills.is_subset(&who.skills));
    able.map(|who| who.chats_max / queue.chat_weight.max(1)).sum()
}

fn about_people(day: &Day) -> Vec<String> {
    let mut but = Vec::new();
    if day.patience.is_some() {
        but.push("guests lose patience, which makes the line shorter".to_owned());
    }
    if !day.accept.is_zero() {
        but.push("operators take a while to come (counted as part of the talk)".to_owned());
    }
    but
}

fn about_queue(settings: &Settings, queue: &QueueSettings) -> Vec<String> {
    let team = || settings.operators.iter().filter(|who| who.queues.contains(&queue.name));
    let tiers: BTreeSet<u32> = team().map(|who| who.tier).collect();
    let outsiders = queue.supervisors.iter().any(|jid| !team().any(|who| who.jid == *jid));
    let facts = [
        (queue.strategy == StrategyName::Tiers && tiers.len() > 1, "later tiers are asked only after a while"),
        (!queue.wrap_up.is_zero(), "operators rest after each chat"),
        (outsiders, "supervisors are asked too after a long wait"),
        (queue.hours.is_some() || !queue.holidays.is_empty(), "the queue closes, and each day begins anew"),
        (queue.overflow.is_some(), "chats overflow to another queue"),
        (team().any(|who| who.queues.len() > 1), "operators serve other queues too, where nobody comes on this day"),
    ];
    facts.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words.to_owned()).collect()
}

/// Whether a condition holds for anybody on this day is not asked: what a rule could do is said.
fn about_rules(settings: &Settings, queue: &QueueSettings) -> Vec<String> {
    let named = |does: &dyn Fn(&Then) -> bool, what: &str| {
        let rules = settings.rules.iter().enumerate().filter(|(_, rule)| does(&rule.then));
        let numbers: Vec<String> = rules.map(|(number, _)| (number + 1).to_string()).collect();
        (!numbers.is_empty()).then(|| format!("{} may {what}", rules_named(&numbers)))
    };
    let elsewhere = |route: &Route| route.queue.as_ref().is_some_and(|to| *to != queue.name);
    let routes = |then: &Then, holds: &dyn Fn(&Route) -> bool| match then {
        Then::Route(route) => holds(route),
        Then::Refuse(_) => false,
    };
    [
        named(&|then| matches!(then, Then::Refuse(_)), "send guests away"),
        named(&|then| routes(then, &elsewhere), "send guests to another queue"),
        named(&|then| routes(then, &|route| !route.skills.is_empty()), "let guests wait for certain operators"),
        named(&|then| routes(then, &|route| route.priority.is_some()), "put guests before others"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn rules_named(numbers: &[String]) -> String {
    match numbers {
        [one] => format!("rule {one}"),
        few if few.len() <= NAMED_MAX => format!("rules {}", few.join(", ")),
        many => {
            let first = many.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
            format!("rules {first} and {} more", many.len() - NAMED_MAX)
        }
    }
}
