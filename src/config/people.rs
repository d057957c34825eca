//! `[[queue]]` and `[[operator]]`: who serves, and under which unmistakable names.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use jid::BareJid;
use toml::Spanned;

use super::address::{account, parse_account};
use super::keys::{listed, nearest};
use super::mistakes::Mistakes;
use super::places::{number, seconds};
use super::shape::{Given, RawOperator, RawQueue, Table};
use crate::desk::ids::QueueName;
use crate::desk::settings::{OperatorSettings, QueueSettings, StrategyName};

/// How long an offer may stand, in seconds: less than one cannot be noticed, more than an hour strands the guest.
const OFFER_SECONDS: RangeInclusive<i64> = 1..=3_600;
/// For the other times of a queue, in seconds: up to a day.
const DAY_SECONDS: RangeInclusive<i64> = 1..=86_400;
/// Rest after a chat may be nothing at all.
const WRAP_UP_SECONDS: RangeInclusive<i64> = 0..=86_400;
/// How many chats one person may have at once.
const CHATS: RangeInclusive<i64> = 1..=1_000;
/// Tiers, 1 = primary.
const TIERS: RangeInclusive<i64> = 1..=100;
/// How long a name may be, in characters.
const NAME_MAX: usize = 64;

/// The contract's strategies that are still to come.
const STRATEGIES_LATER: &[&str] = &["longest-idle", "fewest-chats", "tiers", "broadcast"];

/// Checks each `[[queue]]`.
pub(super) fn queues(raw: &[Table<RawQueue>], mistakes: &mut Mistakes) -> Vec<QueueSettings> {
    if raw.is_empty() {
        mistakes.note(0..0, "there is no queue", "write `[[queue]]` and under it `name = \"support\"`");
    }
    raw.iter().filter(|queue| !queue.unread).filter_map(|queue| self::queue(queue, mistakes)).collect()
}

fn queue(raw: &Table<RawQueue>, mistakes: &mut Mistakes) -> Option<QueueSettings> {
    let values = &raw.values;
    let settings = QueueSettings {
        name: QueueName::from(values.name.as_ref().map(|name| name.get_ref().as_str()).unwrap_or_default()),
        strategy: strategy(&values.strategy, mistakes),
        offer: seconds(&values.offer_seconds, "offer_seconds", 20, OFFER_SECONDS, mistakes),
        first_reply: seconds(&values.first_reply_seconds, "first_reply_seconds", 120, DAY_SECONDS, mistakes),
        tier: seconds(&values.tier_seconds, "tier_seconds", 60, DAY_SECONDS, mistakes),
        wrap_up: seconds(&values.wrap_up_seconds, "wrap_up_seconds", 0, WRAP_UP_SECONDS, mistakes),
        prefer_last_operator: false,
        supervisors: Vec::new(),
        hours: None,
        holidays: Default::default(),
        skills: Default::default(),
        chat_weight: 1,
        priority: 0,
        escalate: std::time::Duration::from_secs(180),
        message: std::time::Duration::from_secs(300),
        missed_offers_max: 3,
        overflow: None,
    };
    match &values.name {
        Some(name) => check_name(name, "support", mistakes).then_some(settings),
        None => {
            mistakes.note(raw.span.clone(), "this queue has no name", "write `name = \"support\"` under `[[queue]]`");
            None
        }
    }
}

fn strategy(given: &Given<String>, mistakes: &mut Mistakes) -> StrategyName {
    let Some(given) = given else { return StrategyName::RoundRobin };
    match given.get_ref().as_str() {
        "round-robin" => {}
        later if STRATEGIES_LATER.contains(&later) => {
            let what = format!("the strategy {later:?} is not built yet in this version");
            mistakes.note(given.span(), what, "remove it, or write `strategy = \"round-robin\"`");
        }
        other => {
            let what = format!("there is no strategy {other:?}");
            mistakes.note(given.span(), what, "write `strategy = \"round-robin\"`");
        }
    }
    StrategyName::RoundRobin
}

/// Checks each `[[operator]]`. Where a queue could not be read, nobody is asked whether theirs exist.
pub(super) fn operators(
    raw: &[Table<RawOperator>],
    queues: &[Table<RawQueue>],
    mistakes: &mut Mistakes,
) -> Vec<OperatorSettings> {
    let all_read = queues.iter().all(|queue| !queue.unread);
    let known: Vec<&str> = queues.iter().filter_map(queue_name).map(|(name, _)| name).collect();
    let known = all_read.then_some(known.as_slice());
    raw.iter()
        .filter(|operator| !operator.unread)
        .filter_map(|operator| self::operator(operator, known, mistakes))
        .collect()
}

fn operator(raw: &Table<RawOperator>, known: Option<&[&str]>, mistakes: &mut Mistakes) -> Option<OperatorSettings> {
    let values = &raw.values;
    let queues = known.map(|known| operator_queues(&values.queues, known, mistakes)).unwrap_or_default();
    let chats_max = number(&values.chats_max, "chats_max", 3, CHATS, mistakes);
    let tier = number(&values.tier, "tier", 1, TIERS, mistakes);
    let languages = languages(&values.languages, mistakes);
    let skills = values.skills.iter().flat_map(Spanned::get_ref).map(|skill| skill.get_ref().clone()).collect();
    let named = values.name.as_ref().is_none_or(|name| check_name(name, "Alice", mistakes));
    let Some(jid) = &values.jid else {
        let advice = "write `jid = \"alice@example.org\"` under `[[operator]]`";
        mistakes.note(raw.span.clone(), "this operator has no account", advice);
        return None;
    };
    let jid = account(jid, mistakes)?;
    let name = values.name.as_ref().map(|name| name.get_ref().clone()).or_else(|| local_part(&jid))?;
    named.then_some(OperatorSettings { jid, name, queues, chats_max, tier, skills, languages, supervisor_only: false })
}

/// Without a list, an operator serves the first queue.
fn operator_queues(given: &Given<Vec<Spanned<String>>>, known: &[&str], mistakes: &mut Mistakes) -> Vec<QueueName> {
    let Some(given) = given else { return known.first().map(|name| QueueName::from(*name)).into_iter().collect() };
    if given.get_ref().is_empty() {
        mistakes.note(given.span(), "this operator serves no queue", format!("write one of {}", listed(known.iter())));
    }
    let mut queues = Vec::new();
    for name in given.get_ref() {
        let queue = QueueName::from(name.get_ref().as_str());
        if !known.contains(&name.get_ref().as_str()) {
            note_unknown_queue(name, known, mistakes);
        } else if !queues.contains(&queue) {
            queues.push(queue);
        }
    }
    queues
}

fn note_unknown_queue(name: &Spanned<String>, known: &[&str], mistakes: &mut Mistakes) {
    let advice = match nearest(name.get_ref(), known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if known.is_empty() => "write a `[[queue]]` of that name".to_owned(),
        None => format!("write one of {}, or a `[[queue]]` of that name", listed(known.iter())),
    };
    mistakes.note(name.span(), format!("there is no queue {:?}", name.get_ref()), advice);
}

/// Language tags (BCP 47), in lower case.
fn languages(given: &Given<Vec<Spanned<String>>>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in given.iter().flat_map(Spanned::get_ref) {
        if !is_language_tag(tag.get_ref()) {
            let what = format!("{:?} is no language tag", tag.get_ref());
            mistakes.note(tag.span(), what, "write the short form, such as \"de\", \"en\" or \"pt-BR\"");
        }
        tags.push(tag.get_ref().to_lowercase());
    }
    tags
}

fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let alphabetic = primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (2..=3).contains(&primary.len()) && alphabetic && rest
}

/// People type names in commands, so they are short, on one line and not blank.
fn check_name(name: &Spanned<String>, example: &str, mistakes: &mut Mistakes) -> bool {
    let text = name.get_ref();
    let long = text.chars().count() > NAME_MAX;
    let good = !text.is_empty() && text.trim() == text && !text.contains(char::is_control) && !long;
    if !good {
        let advice = format!("write a name of 1 to {NAME_MAX} characters on one line, such as {example:?}");
        mistakes.note(name.span(), format!("{text:?} cannot be a name"), advice);
    }
    good
}

/// Whom a name leads to, so far.
type Taken = BTreeMap<String, (Owner, String)>;

/// Who owns a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Queue(usize),
    Operator(usize),
}

/// `NAME` in a command is an operator's name or local part or a queue's name, without regard to case: each must lead
/// to one of them only.
pub(super) fn refuse_ambiguous_names(
    queues: &[Table<RawQueue>],
    operators: &[Table<RawOperator>],
    mistakes: &mut Mistakes,
) {
    let mut taken = Taken::new();
    for (index, queue) in queues.iter().enumerate() {
        if let Some((name, span)) = queue_name(queue) {
            let whose = format!("the name of the queue {name:?}");
            claim(&mut taken, Owner::Queue(index), name, span, whose, mistakes);
        }
    }
    refuse_repeated_accounts(operators, mistakes);
    let mut seen = Vec::new();
    for (index, operator) in operators.iter().enumerate() {
        let jid = operator_jid(operator);
        if jid.as_ref().is_some_and(|(jid, _)| seen.contains(jid)) {
            continue;
        }
        if let Some(name) = &operator.values.name {
            let whose = format!("the name of the operator {:?}", name.get_ref());
            claim(&mut taken, Owner::Operator(index), name.get_ref(), name.span(), whose, mistakes);
        }
        if let Some((jid, span)) = jid {
            let local = local_part(&jid).unwrap_or_default();
            claim(&mut taken, Owner::Operator(index), &local, span, format!("the local part of {jid}"), mistakes);
            seen.push(jid);
        }
    }
}

fn claim(taken: &mut Taken, owner: Owner, name: &str, span: Range<usize>, whose: String, mistakes: &mut Mistakes) {
    match taken.get(&name.to_lowercase()) {
        Some((other, _)) if *other == owner => {}
        Some((_, already)) => {
            let what = format!("{name:?} is already {already}, so commands could not tell them apart");
            mistakes.note(span, what, "write another name, one that differs in more than upper and lower case");
        }
        None => {
            taken.insert(name.to_lowercase(), (owner, whose));
        }
    }
}

fn refuse_repeated_accounts(operators: &[Table<RawOperator>], mistakes: &mut Mistakes) {
    let mut seen = Vec::new();
    for (jid, span) in operators.iter().filter_map(operator_jid) {
        if seen.contains(&jid) {
            mistakes.note(span, format!("{jid} is an operator already"), "keep one `[[operator]]` for each account");
        } else {
            seen.push(jid);
        }
    }
}

/// The desk cannot be its own operator, and a room is nobody.
pub(super) fn refuse_impossible_operators(
    operators: &[Table<RawOperator>],
    own: &BareJid,
    services: &[String],
    mistakes: &mut Mistakes,
) {
    for (jid, span) in operators.iter().filter_map(operator_jid) {
        if jid == *own {
            mistakes.note(span, format!("{jid} is the desk's own account"), "write the operator's own account");
        } else if services.iter().any(|service| service == jid.domain().as_str()) {
            mistakes.note(span, format!("{jid} is a room, not a person"), "write the operator's own account");
        }
    }
}

fn queue_name(queue: &Table<RawQueue>) -> Option<(&str, Range<usize>)> {
    queue.values.name.as_ref().map(|name| (name.get_ref().as_str(), name.span()))
}

fn operator_jid(operator: &Table<RawOperator>) -> Option<(BareJid, Range<usize>)> {
    let given = operator.values.jid.as_ref()?;
    Some((parse_account(given.get_ref()).ok()?, given.span()))
}

fn local_part(jid: &BareJid) -> Option<String> {
    jid.node().map(|node| node.as_str().to_owned())
}
