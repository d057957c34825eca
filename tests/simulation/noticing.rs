//! The test of the test, for routing: a desk that does not do what it should is noticed.

use std::collections::BTreeSet;
use std::time::Duration;

use frontdesk::desk::action::{Action, Speech};
use frontdesk::desk::record::{LineKind, LineRecord, Record};
use frontdesk::desk::settings::{Settings, StrategyName};

use super::day::Day;
use crate::world::turn::Tamper;
use crate::{noticed, on_lines, verdict, without};

/// Sooner or later it is said of a day on which something is not as it should be.
fn assert_noticed(words: &str, change: impl Fn(&mut Day)) {
    let mut said = BTreeSet::new();
    let found = (0..200).any(|seed| {
        let mut day = Day::new(seed, false, None);
        change(&mut day);
        let wrong = verdict(&mut day).err();
        said.extend(wrong.clone());
        wrong.is_some_and(|what| what.contains(words))
    });
    assert!(found, "nobody says {words:?}, but {said:?}");
}

/// The same of a desk that works by other settings than it should.
fn assert_noticed_if_meant(words: &str, change: impl Fn(&mut Settings)) {
    assert_noticed(words, |day| change(&mut day.world.settings));
}

fn each_queue(settings: &mut Settings, change: impl Fn(&mut frontdesk::desk::settings::QueueSettings)) {
    settings.queues.iter_mut().for_each(change);
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn places_that_are_counted_wrong_are_noticed() {
    assert_noticed_if_meant("I3: ", |meant| each_queue(meant, |queue| queue.chat_weight += 1));
}

#[test]
fn offers_after_hours_are_noticed() {
    let closed = |meant: &mut Settings| each_queue(meant, |queue| queue.hours = "Mo-Su 00:00-00:01".parse().ok());
    assert_noticed_if_meant("is called in though", closed);
}

#[test]
fn supervisors_who_are_asked_too_early_are_noticed() {
    assert_noticed_if_meant("should choose Nobody", |meant| {
        each_queue(meant, |queue| queue.escalate = seconds(86_400))
    });
}

#[test]
fn strategies_that_choose_wrong_are_noticed() {
    use StrategyName::{Broadcast, FewestChats, LongestIdle, RoundRobin, Tiers};
    for strategy in [Broadcast, FewestChats, LongestIdle, RoundRobin, Tiers] {
        let words = format!("{} should choose", strategy.name());
        assert_noticed_if_meant(&words, |meant| each_queue(meant, |queue| queue.strategy = strategy));
    }
}

#[test]
fn tiers_that_are_opened_too_early_are_noticed() {
    let patient = |meant: &mut Settings| each_queue(meant, |queue| queue.tier = seconds(86_400));
    assert_noticed_if_meant("tiers should choose Nobody", patient);
}

#[test]
fn operators_who_do_not_know_enough_are_noticed() {
    let ignorant = |meant: &mut Settings| meant.operators.iter_mut().for_each(|one| one.skills.clear());
    assert_noticed_if_meant("should choose Nobody", ignorant);
}

#[test]
fn operators_who_do_not_speak_the_language_are_noticed() {
    let insisting = |meant: &mut Settings| each_queue(meant, |queue| queue.tier = seconds(86_400));
    assert_noticed_if_meant("should choose", insisting);
}

#[test]
fn operators_who_do_not_rest_are_noticed() {
    assert_noticed_if_meant("resting: false", |meant| each_queue(meant, |queue| queue.wrap_up = seconds(600)));
}

#[test]
fn overflow_that_nobody_wanted_is_noticed() {
    assert_noticed_if_meant("whyever", |meant| each_queue(meant, |queue| queue.overflow = None));
}

#[test]
fn a_priority_that_does_not_count_is_noticed() {
    assert_noticed_if_meant("but it should be", |meant| each_queue(meant, |queue| queue.priority += 7));
}

#[test]
fn younger_chats_that_go_first_are_noticed() {
    assert_noticed("which comes first", |day| day.oracle.borrow_mut().model.younger_first = true);
}

#[test]
fn chats_that_are_taken_back_too_early_or_too_late_are_noticed() {
    assert_noticed_if_meant("ms left", |meant| each_queue(meant, |queue| queue.first_reply = seconds(3_600)));
    assert_noticed_if_meant("nobody answers", |meant| each_queue(meant, |queue| queue.first_reply = seconds(1)));
}

#[test]
fn whoever_types_and_loses_no_time_is_noticed() {
    assert_noticed("nobody answers", |day| day.oracle.borrow_mut().model.deaf = true);
}

#[test]
fn a_chat_with_two_owners_is_noticed() {
    let twice = || {
        on_lines(|line| {
            let jid = Some("mallory@chat.example".to_owned());
            let again = LineRecord { seq: line.seq + 10_000, jid, ..line.clone() };
            if line.kind == LineKind::Accepted { vec![line, again] } else { vec![line] }
        })
    };
    assert!(noticed(twice).starts_with("I3: mallory@chat.example accepted chat"));
}

#[test]
fn a_chat_that_loses_its_owner_without_a_word_is_noticed() {
    let silent = |kind: LineKind| move || on_lines(move |line| if line.kind == kind { Vec::new() } else { vec![line] });
    assert!(noticed(silent(LineKind::Revoked)).starts_with("I3: "));
    assert!(noticed(silent(LineKind::Transferred)).starts_with("I3: "));
}

fn says(action: &Action, words: &str) -> bool {
    matches!(action, Action::Speak(Speech::Direct { body, .. }) if body.contains(words))
}

#[test]
fn a_message_that_nobody_gets_is_noticed() {
    let lost = |action: &Action| says(action, "A message was left");
    assert!(noticed(|| without(lost)).contains("does not get the message"));
}

#[test]
fn a_message_that_comes_twice_is_noticed() {
    let doubled = || -> Tamper {
        Box::new(|action| match says(&action, "A message was left") {
            true => vec![action.clone(), action],
            false => vec![action],
        })
    };
    assert!(noticed(doubled).contains("2 times"));
}

#[test]
fn a_message_that_counts_as_passed_on_before_it_is_said_is_noticed() {
    let hasty = || -> Tamper {
        let mut asked = Vec::new();
        Box::new(move |action| {
            match &action {
                Action::Remember(Record::Message(message)) => asked.push(message.chat),
                Action::Speak(Speech::Direct { to, body, .. }) if body.contains("A message was left") => {
                    let chat = *asked.last().unwrap();
                    return vec![Action::Remember(Record::MessagePassedOn { chat, to: to.to_bare() })];
                }
                _ => {}
            }
            vec![action]
        })
    };
    assert!(noticed(hasty).contains("the message of chat"));
}

#[test]
fn an_absence_that_is_confirmed_and_not_kept_is_noticed() {
    let forgotten = || -> Tamper {
        Box::new(|action| match action {
            Action::Speak(Speech::Direct { to, id, body, language }) if body == "You take chats again." => {
                let body = "No new chats until you say `!available`.".to_owned();
                vec![Action::Speak(Speech::Direct { to, id, body, language })]
            }
            other => vec![other],
        })
    };
    assert!(noticed(forgotten).starts_with("I3: "));
}

#[test]
fn a_bench_that_nobody_is_told_of_is_noticed() {
    let untold = |action: &Action| says(action, "so I send you no more offers");
    assert!(noticed(|| without(untold)).starts_with("I3: "));
}

#[test]
fn an_offer_that_nobody_is_told_of_is_noticed() {
    let untold = |action: &Action| says(action, "The offer stands for");
    assert!(noticed(|| without(untold)).contains("was not told"));
}
