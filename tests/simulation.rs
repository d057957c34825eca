//! Random guests, operators and faults over simulated days, and I1 to I4 of DESIGN.md checked after every event.
//!
//! `FRONTDESK_SEEDS=5000 cargo test --release --test simulation` plays more days, `FRONTDESK_SEED=17` one of them;
//! `FRONTDESK_SEED_FIRST=5000` goes on where others stopped.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a day that goes wrong should stop"
)]

mod world;

mod simulation {
    pub mod chance;
    pub mod crms;
    pub mod day;
    pub mod direct;
    pub mod guest;
    pub mod holders;
    pub mod lines;
    pub mod messages;
    pub mod model;
    mod noticing;
    pub mod operator;
    pub mod oracle;
    pub mod patience;
    pub mod robot;
    pub mod rota;
    pub mod server;
    pub mod writer;
}

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use frontdesk::desk::action::{Action, Notice, Question, Speech};
use frontdesk::desk::ids::MessageId;
use frontdesk::desk::record::{Counter, LineKind, LineRecord, Record, Speaker, StageName};
use frontdesk::desk::wording::Language;
use simulation::day::Day;
use world::turn::Tamper;

/// How many days are played unless somebody wants more.
const SEEDS: u64 = 150;
/// How much of a bad day is told, in lines.
const TOLD_MAX: usize = 120;

#[test]
fn days_at_the_desk() {
    if let Some(seed) = number("FRONTDESK_SEED") {
        return play(seed);
    }
    let first = number("FRONTDESK_SEED_FIRST").unwrap_or(0);
    for seed in first..first + number("FRONTDESK_SEEDS").unwrap_or(SEEDS) {
        play(seed);
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Plays a day; a bad one a second time, telling all.
fn play(seed: u64) {
    if verdict(&mut Day::new(seed, false, None)).is_err() {
        let mut day = Day::new(seed, true, None);
        let violation = verdict(&mut day).unwrap_err();
        let told = &day.world.told;
        let most = number("FRONTDESK_TOLD").map_or(TOLD_MAX, |lines| usize::try_from(lines).unwrap());
        let last = told[told.len().saturating_sub(most)..].join("\n");
        let rota = &day.world.settings;
        panic!("FRONTDESK_SEED={seed}\n{last}\n{:#?}\n{:#?}\n{violation}", rota.queues, rota.operators);
    }
}

fn verdict(day: &mut Day) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| day.play())).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        Err(words.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
    })
}

// The test of the test: what is wrong must be noticed.

/// What is said about the first day on which such a thing happens.
fn noticed(tamper: impl Fn() -> Tamper) -> String {
    let day = |seed| verdict(&mut Day::new(seed, false, Some(tamper()))).err();
    (0..240).find_map(day).expect("nobody notices")
}

/// Whatever can become of a chat becomes of one.
#[test]
fn days_are_full() {
    let (mut outcomes, mut kinds) = (BTreeMap::new(), BTreeMap::new());
    let (mut choices, mut messages, mut benched) = (BTreeMap::new(), 0, 0);
    for seed in 0..160 {
        let mut day = Day::new(seed, false, None);
        day.play().unwrap();
        for chat in day.world.store.chats.values() {
            *outcomes.entry(chat.outcome.map(|outcome| format!("{outcome:?}"))).or_insert(0) += 1;
        }
        for line in day.world.store.lines.values() {
            *kinds.entry((line.speaker, line.kind)).or_insert(0) += 1;
        }
        for choice in day.world.store.choices.values().flatten() {
            *choices.entry(format!("{:?}", choice.kind)).or_insert(0) += 1;
        }
        messages += day.world.store.messages.values().filter(|message| !message.told.is_empty()).count();
        benched += day.world.notices.iter().filter(|notice| matches!(notice, Notice::OperatorBenched { .. })).count();
    }
    for outcome in ["Answered", "Abandoned", "Missed", "Refused", "Lost"] {
        assert!(outcomes.contains_key(&Some(outcome.to_owned())), "{outcome} never: {outcomes:?}");
    }
    for choice in ["Offered", "Nobody", "Taken", "Revoked", "Transferred", "Overflowed", "Escalated"] {
        assert!(choices.contains_key(choice), "{choice} never: {choices:?}");
    }
    assert!(messages > 10 && benched > 10, "{messages} messages, {benched} benched");
    use LineKind::{Accepted, Declined, Lapsed, Revoked, Said, Transferred};
    for kind in [Accepted, Declined, Lapsed, Revoked, Said, Transferred] {
        assert!(kinds.contains_key(&(Speaker::Operator, kind)), "{kind:?} never: {kinds:?}");
    }
    for kind in [LineKind::Gap, LineKind::Said, LineKind::Owed] {
        assert!(kinds.contains_key(&(Speaker::Desk, kind)), "{kind:?} never: {kinds:?}");
    }
}

/// Does something else with each remembered line.
fn on_lines(mut change: impl FnMut(LineRecord) -> Vec<LineRecord> + 'static) -> Tamper {
    Box::new(move |action| match action {
        Action::Remember(Record::Line(line)) => {
            change(*line).into_iter().map(|line| Action::Remember(Record::Line(Box::new(line)))).collect()
        }
        other => vec![other],
    })
}

/// Leaves out what fits.
fn without(fits: impl Fn(&Action) -> bool + 'static) -> Tamper {
    Box::new(move |action| if fits(&action) { Vec::new() } else { vec![action] })
}

fn by_guest(line: &LineRecord) -> bool {
    line.kind == LineKind::Said && line.speaker == Speaker::Guest
}

#[test]
fn a_lost_line_is_noticed() {
    let once = || {
        let mut lost = false;
        on_lines(move |line| {
            let lose = by_guest(&line) && !lost;
            lost |= lose;
            if lose { Vec::new() } else { vec![line] }
        })
    };
    assert!(noticed(once).starts_with("I1: chat"));
}

#[test]
fn a_doubled_line_is_noticed() {
    let doubled = || {
        on_lines(|line| {
            let again = LineRecord { seq: line.seq + 10_000, ..line.clone() };
            if by_guest(&line) { vec![line, again] } else { vec![line] }
        })
    };
    assert!(noticed(doubled).contains("is doubled"));
}

#[test]
fn an_invented_line_is_noticed() {
    let invented = || {
        on_lines(|line| {
            let body = if by_guest(&line) { "I never said that".to_owned() } else { line.body.clone() };
            vec![LineRecord { body, ..line }]
        })
    };
    assert!(noticed(invented).starts_with("I2: "));
}

#[test]
fn lines_in_another_order_are_noticed() {
    let swapped = || {
        on_lines(|line| {
            let place = line.place.map(|place| if by_guest(&line) { place ^ 3 } else { place });
            vec![LineRecord { place, ..line }]
        })
    };
    assert!(noticed(swapped).starts_with('I'));
}

#[test]
fn words_under_a_wrong_address_are_noticed() {
    let stranger = || {
        on_lines(|line| {
            let jid = line.jid.clone().map(|_| "mallory@guest.example/pc".to_owned());
            if by_guest(&line) { vec![LineRecord { jid, ..line }] } else { vec![line] }
        })
    };
    assert!(noticed(stranger).contains("was said by"));
}

#[test]
fn a_concealed_gap_is_noticed() {
    let concealed = || on_lines(|line| if line.kind == LineKind::Gap { Vec::new() } else { vec![line] });
    assert!(noticed(concealed).starts_with("I1: "));
}

#[test]
fn a_stage_that_is_not_stored_is_noticed() {
    let serving =
        |action: &Action| matches!(action, Action::Remember(Record::Chat(chat)) if chat.stage == StageName::Serving);
    assert!(noticed(|| without(serving)).starts_with("the snapshot says"));
}

#[test]
fn a_guest_who_hears_nothing_is_noticed() {
    let words =
        |action: &Action| matches!(action, Action::Speak(Speech::Room { body, .. }) if body.contains("waiting"));
    assert!(noticed(|| without(words)).starts_with("I4: Untold"));
}

#[test]
fn an_operator_who_is_not_told_of_a_lapse_is_noticed() {
    let lapse =
        |action: &Action| matches!(action, Action::Speak(Speech::Direct { body, .. }) if body.contains("lapsed"));
    assert!(noticed(|| without(lapse)).starts_with("I3: "));
}

#[test]
fn a_room_that_is_not_closed_is_noticed() {
    let ends = |action: &Action| {
        matches!(action, Action::AskForGood(Question::Destroy { .. }) | Action::Speak(Speech::Leave { .. }))
    };
    assert!(noticed(|| without(ends)).starts_with("I4: "));
}

#[test]
fn a_robot_that_is_answered_for_ever_is_noticed() {
    let answered = || -> Tamper {
        Box::new(|action| match action {
            Action::Remember(Record::Counted(Counter::AnswerWithheld)) => vec![Action::Speak(Speech::Direct {
                to: simulation::robot::me().into(),
                id: MessageId::from(String::new()),
                body: "and again".to_owned(),
                language: Language::English,
            })],
            other => vec![other],
        })
    };
    assert!(noticed(answered).starts_with("I6: "));
}

#[test]
fn a_desk_that_forgets_how_far_it_has_read_is_noticed() {
    let reached = |action: &Action| matches!(action, Action::Remember(Record::InboxReached(_)));
    assert!(noticed(|| without(reached)).ends_with("was never heard"));
}

#[test]
fn an_operator_beyond_capacity_is_noticed() {
    let beyond = |seed| {
        let mut day = Day::new(seed, false, None);
        day.world.settings.operators.iter_mut().for_each(|operator| operator.chats_max = 0);
        verdict(&mut day).err()
    };
    assert!((0..40).find_map(beyond).expect("nobody notices").starts_with("I3: "));
}

#[test]
fn an_operator_who_is_passed_over_is_noticed() {
    let deaf = |seed| {
        let mut day = Day::new(seed, false, None);
        let mut settings = day.world.settings.clone();
        settings.operators.iter_mut().for_each(|operator| operator.queues.clear());
        day.world.desk = frontdesk::desk::Desk::new(settings, Default::default(), day.world.now());
        verdict(&mut day).err()
    };
    assert!((0..40).find_map(deaf).expect("nobody notices").starts_with("I3: "));
}
