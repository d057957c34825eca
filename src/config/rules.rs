//! `[[rule]]`: when it applies, and what follows.

use std::ops::RangeInclusive;
use std::thread;

use toml::Spanned;

use super::address::parse_account;
use super::keys::{example, listed, nearest};
use super::mistakes::{Mistakes, Source};
use super::people::{queue_name, skills};
use super::places::within;
use super::queues::{PRIORITIES, note_unknown_queue};
use super::shape::{Given, RawQueue, RawRule, Table};
use crate::desk::ids::QueueName;
use crate::desk::routing::rules::{Condition, Flaw, PARSER_STACK_BYTES, RULES_MAX, Route, Rule, Rules, Then};
use crate::desk::settings::{OperatorSettings, QueueSettings};

/// How long a sentence of refusal may be, in characters.
const SENTENCE: RangeInclusive<usize> = 1..=500;
/// How many tags a rule may set, and how long they may be, in characters.
const TAGS_MAX: usize = 10;
const TAG: RangeInclusive<usize> = 1..=32;

/// Checks each `[[rule]]`.
pub(super) fn rules(
    raw: &[Table<RawRule>],
    source: &Source,
    queues: &[Table<RawQueue>],
    operators: &[OperatorSettings],
    mistakes: &mut Mistakes,
) -> Rules {
    if let Some(beyond) = raw.get(RULES_MAX) {
        let what = format!("there are {} rules, at most {RULES_MAX} are read", raw.len());
        mistakes.note(beyond.span.clone(), what, "join some of them with `||`");
    }
    let rules = raw.iter().filter(|rule| !rule.unread);
    Rules::new(rules.filter_map(|rule| self::rule(rule, source, queues, operators, mistakes)).collect())
}

fn rule(
    raw: &Table<RawRule>,
    source: &Source,
    queues: &[Table<RawQueue>],
    operators: &[OperatorSettings],
    mistakes: &mut Mistakes,
) -> Option<Rule> {
    let values = &raw.values;
    let tags = tags(&values.tags, mistakes);
    let then = then(raw, queues, operators, mistakes);
    let Some(when) = &values.when else {
        let advice = format!("write `{}` under `[[rule]]`; `true` holds always", example("rule", "when"));
        mistakes.note(raw.span.clone(), "this rule has no condition", advice);
        return None;
    };
    let begin = source.beginning_of(when);
    match compiled(when.get_ref()) {
        Ok(condition) => Some(Rule { when: condition, line: source.line_at(begin), then: then?, tags }),
        Err(flaw) => {
            mistakes.note_exactly(source.place_in(when, flaw.at), flaw.what, flaw.advice);
            None
        }
    }
}

/// Read on a thread with room for whatever is written there.
fn compiled(condition: &str) -> Result<Condition, Flaw> {
    let nowhere = |advice: &str| {
        Err(Flaw { at: 0, what: "there is no thread to read this condition on".to_owned(), advice: advice.to_owned() })
    };
    thread::scope(|scope| {
        let reader = thread::Builder::new().stack_size(PARSER_STACK_BYTES);
        match reader.spawn_scoped(scope, || Condition::compile(condition)) {
            Ok(reading) => reading.join().unwrap_or_else(|_| nowhere("write it in another way")),
            Err(error) => nowhere(&format!("let the desk have more threads and memory ({error})")),
        }
    })
}

/// `None` only where a mistake was noted.
fn then(
    raw: &Table<RawRule>,
    queues: &[Table<RawQueue>],
    operators: &[OperatorSettings],
    mistakes: &mut Mistakes,
) -> Option<Then> {
    let values = &raw.values;
    let priority =
        within(&values.priority, "priority", &PRIORITIES, mistakes).and_then(|priority| i32::try_from(priority).ok());
    let route = Route {
        queue: queue(&values.queue, queues, mistakes),
        priority,
        skills: skills(&values.skills, mistakes),
        operator: operator(&values.operator, operators, mistakes),
    };
    let routes =
        values.queue.is_some() || values.priority.is_some() || values.skills.is_some() || values.operator.is_some();
    match &values.refuse {
        Some(sentence) if routes => {
            let what = "a rule either refuses a chat or says where it goes";
            mistakes.note(sentence.span(), what, "remove `refuse`, or `queue`, `priority`, `skills` and `operator`");
            None
        }
        Some(sentence) => sentence_of(sentence, mistakes).map(Then::Refuse),
        None if !routes && values.tags.is_none() => {
            let advice = "write what follows: `queue`, `priority`, `skills`, `operator`, `tags`, or `refuse`";
            mistakes.note(raw.span.clone(), "nothing follows from this rule", advice);
            None
        }
        None => Some(Then::Route(route)),
    }
}

fn queue(given: &Given<String>, queues: &[Table<RawQueue>], mistakes: &mut Mistakes) -> Option<QueueName> {
    let given = given.as_ref()?;
    let known: Vec<&str> = queues.iter().filter_map(queue_name).map(|(name, _)| name).collect();
    if queues.iter().all(|queue| !queue.unread) && !known.contains(&given.get_ref().as_str()) {
        note_unknown_queue(given, &known, mistakes);
    }
    Some(QueueName::from(given.get_ref().as_str()))
}

/// By account, or by name as in commands.
fn operator(given: &Given<String>, operators: &[OperatorSettings], mistakes: &mut Mistakes) -> Option<jid::BareJid> {
    let given = given.as_ref()?;
    let text = given.get_ref();
    let jid = parse_account(text).ok();
    let meant = |who: &&OperatorSettings| {
        jid.as_ref() == Some(&who.jid)
            || who.name.to_lowercase() == text.to_lowercase()
            || who.jid.node().is_some_and(|node| node.as_str().to_lowercase() == text.to_lowercase())
    };
    if let Some(who) = operators.iter().find(meant) {
        return Some(who.jid.clone());
    }
    let advice = match nearest(text, operators.iter().map(|who| &*who.name)) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "write an operator's account, or their name".to_owned(),
    };
    mistakes.note(given.span(), format!("there is no operator {text:?}"), advice);
    None
}

fn sentence_of(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<String> {
    let text = given.get_ref().trim();
    if SENTENCE.contains(&text.chars().count()) && !text.contains(char::is_control) {
        return Some(text.to_owned());
    }
    let what = format!("this cannot be told to a guest: 1 to {} characters on one line can", SENTENCE.end());
    mistakes.note(given.span(), what, format!("write `{}`", example("rule", "refuse")));
    None
}

/// Short words, each once.
fn tags(given: &Given<Vec<Spanned<String>>>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in given.iter().flat_map(Spanned::get_ref) {
        let text = tag.get_ref();
        let good = |char: char| char.is_alphanumeric() || "-_.:/".contains(char);
        if !TAG.contains(&text.chars().count()) || !text.chars().all(good) {
            let what = format!("{text:?} cannot be a tag");
            let advice =
                format!("write 1 to {} letters, digits and {}", TAG.end(), listed(["-", "_", ".", ":", "/"].iter()));
            mistakes.note(tag.span(), what, advice);
        } else if !tags.contains(text) {
            tags.push(text.clone());
        }
    }
    if let Some(given) = given.as_ref().filter(|_| tags.len() > TAGS_MAX) {
        mistakes.note(given.span(), format!("there are {} tags", tags.len()), format!("write at most {TAGS_MAX}"));
    }
    tags
}

/// A chat whose queue has nobody who knows what a rule asks for would wait in vain.
pub(super) fn refuse_impossible_skills(
    raw: &[Table<RawRule>],
    rules: &Rules,
    queues: &[QueueSettings],
    operators: &[OperatorSettings],
    mistakes: &mut Mistakes,
) {
    let written = raw.iter().filter(|rule| !rule.unread);
    for (raw, rule) in written.zip(rules.iter()) {
        let Then::Route(route) = &rule.then else { continue };
        let queue = route.queue.as_ref().and_then(|name| queues.iter().find(|queue| queue.name == *name));
        let (Some(queue), Some(given)) = (queue.or(queues.first()), &raw.values.skills) else { continue };
        let known = |skills: &std::collections::BTreeSet<String>| {
            let mut own = operators.iter().filter(|who| who.queues.contains(&queue.name));
            own.any(|who| who.skills.is_superset(skills))
        };
        if !known(&route.skills) && known(&Default::default()) {
            let what = format!("nobody who serves the queue {:?} knows all of this", &*queue.name.0);
            mistakes.note(given.span(), what, "give an operator of that queue these `skills`, or ask for fewer");
        }
    }
}
