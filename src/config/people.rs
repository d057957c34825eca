//! `[[operator]]` and queues' `supervisors`: who serves, and under which unmistakable names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use jid::BareJid;
use toml::Spanned;

use super::address::{account, parse_account};
use super::keys::listed;
use super::mistakes::Mistakes;
use super::places::number;
use super::queues::note_unknown_queue;
use super::shape::{Given, RawOperator, RawQueue, Table};
use crate::desk::ids::QueueName;
use crate::desk::settings::{OperatorSettings, QueueSettings};

/// How many chats one person may have at once.
const CHATS: RangeInclusive<i64> = 1..=1_000;
/// Tiers, 1 = primary.
const TIERS: RangeInclusive<i64> = 1..=100;
/// How many chats a supervisor may have who is no operator: those that they take, or that nobody else took.
const SUPERVISORS_CHATS: u32 = 3;
/// How long a name may be, in characters.
const NAME_MAX: usize = 64;

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
    let skills = skills(&values.skills, mistakes);
    let named = values.name.as_ref().is_none_or(|name| check_name(name, "Alice", mistakes));
    let Some(jid) = &values.jid else {
        let advice = "write `jid = \"alice@example.org\"` under `[[operator]]`";
        mistakes.note(raw.span.clone(), "this operator has no account", advice);
        return None;
    };
    let jid = account(jid, mistakes)?;
    let name = values.name.as_ref().map(|name| name.get_ref().clone()).or_else(|| local_part(&jid))?;
    let name = name.into();
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

/// Adds the supervisors who are no operators, in the order of the file.
pub(super) fn with_supervisors(
    queues: &[QueueSettings],
    mut operators: Vec<OperatorSettings>,
) -> Vec<OperatorSettings> {
    for jid in queues.iter().flat_map(|queue| &queue.supervisors) {
        if operators.iter().all(|operator| operator.jid != *jid) {
            operators.push(supervisor(jid));
        }
    }
    operators
}

fn supervisor(jid: &BareJid) -> OperatorSettings {
    OperatorSettings {
        jid: jid.clone(),
        name: local_part(jid).unwrap_or_default().into(),
        queues: Vec::new(),
        chats_max: SUPERVISORS_CHATS,
        tier: 1,
        skills: BTreeSet::new(),
        languages: Vec::new(),
        supervisor_only: true,
    }
}

/// Words for what somebody knows or a chat asks for, in lower case.
pub(super) fn skills(given: &Given<Vec<Spanned<String>>>, mistakes: &mut Mistakes) -> BTreeSet<String> {
    let mut skills = BTreeSet::new();
    for skill in given.iter().flat_map(Spanned::get_ref) {
        let text = skill.get_ref().trim();
        if text.is_empty() || text.contains(char::is_control) || text.chars().count() > NAME_MAX {
            let what = format!("{:?} cannot be a skill", skill.get_ref());
            mistakes.note(skill.span(), what, format!("write 1 to {NAME_MAX} characters, such as \"billing\""));
        }
        skills.insert(text.to_lowercase());
    }
    skills
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
pub(super) fn check_name(name: &Spanned<String>, example: &str, mistakes: &mut Mistakes) -> bool {
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
    Supervisor,
}

impl Owner {
    fn advice(self) -> &'static str {
        match self {
            Self::Queue(_) | Self::Operator(_) => {
                "write another name, one that differs in more than upper and lower case"
            }
            Self::Supervisor => "write an `[[operator]]` for this supervisor, with another `name`, or rename the other",
        }
    }
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
    for (jid, span) in supervisors(queues) {
        if !seen.contains(&jid) {
            let local = local_part(&jid).unwrap_or_default();
            claim(&mut taken, Owner::Supervisor, &local, span, format!("the local part of {jid}"), mistakes);
            seen.push(jid);
        }
    }
}

/// All supervisors of all queues, and where they are written.
fn supervisors(queues: &[Table<RawQueue>]) -> impl Iterator<Item = (BareJid, Range<usize>)> {
    let written = queues.iter().filter_map(|queue| queue.values.supervisors.as_ref()).flat_map(Spanned::get_ref);
    written.filter_map(|given| Some((parse_account(given.get_ref()).ok()?, given.span())))
}

fn claim(taken: &mut Taken, owner: Owner, name: &str, span: Range<usize>, whose: String, mistakes: &mut Mistakes) {
    match taken.get(&name.to_lowercase()) {
        Some((other, _)) if *other == owner && owner != Owner::Supervisor => {}
        Some((_, already)) => {
            let what = format!("{name:?} is already {already}, so commands could not tell them apart");
            mistakes.note(span, what, owner.advice());
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

/// The desk cannot be its own operator or supervisor, and a room is nobody.
pub(super) fn refuse_impossible_operators(
    queues: &[Table<RawQueue>],
    operators: &[Table<RawOperator>],
    own: &BareJid,
    services: &[String],
    mistakes: &mut Mistakes,
) {
    let operators = operators.iter().filter_map(operator_jid).map(|found| (found, "operator"));
    let supervisors = supervisors(queues).map(|found| (found, "supervisor"));
    for ((jid, span), who) in operators.chain(supervisors) {
        let advice = format!("write the {who}'s own account");
        if jid == *own {
            mistakes.note(span, format!("{jid} is the desk's own account"), advice);
        } else if services.iter().any(|service| service == jid.domain().as_str()) {
            mistakes.note(span, format!("{jid} is a room, not a person"), advice);
        }
    }
}

/// A queue's name, and where it is written.
pub(super) fn queue_name(queue: &Table<RawQueue>) -> Option<(&str, Range<usize>)> {
    queue.values.name.as_ref().map(|name| (name.get_ref().as_str(), name.span()))
}

fn operator_jid(operator: &Table<RawOperator>) -> Option<(BareJid, Range<usize>)> {
    let given = operator.values.jid.as_ref()?;
    Some((parse_account(given.get_ref()).ok()?, given.span()))
}

fn local_part(jid: &BareJid) -> Option<String> {
    jid.node().map(|node| node.as_str().to_owned())
}
