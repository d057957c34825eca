//! The same desk on days by chance: what queueing theory says of the simplest of them holds, and a seed is a day.
//!
//! `FRONTDESK_SIMULATED_CHATS=1000000` (`scripts/test --long`) asks for as many chats at a load of 0.8, and for a mean wait within
//! 3 % of Erlang's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod world;

use std::time::Duration;

use frontdesk::desk::routing::rules::Rules;
use frontdesk::desk::settings::Settings;
use frontdesk::simulate;
use frontdesk::simulate::crowd::Day;
use frontdesk::simulate::erlang::ErlangC;
use frontdesk::simulate::report::Report;
use frontdesk::simulate::{Outcome, theory};

/// How long a talk is.
const TALK: Duration = Duration::from_secs(60);

/// So many operators with one place each, and nothing that Erlang did not know of.
fn settings(operators: u32) -> Settings {
    let mut settings =
        world::people::settings((0..operators).map(|n| world::people::operator(&format!("o{n}"), 1)).collect());
    settings.chats_open_max = 100_000;
    settings
}

fn day(operators: u32, load: f64, chats: u64, seed: u64) -> Day {
    let arrivals_per_hour = 3_600.0 / TALK.as_secs_f64() * load * f64::from(operators);
    Day { chats, arrivals_per_hour, talk: TALK, patience: None, accept: Duration::ZERO, seed }
}

fn played(settings: &Settings, day: Day) -> Outcome {
    let outcome = simulate::day(settings, day, None, |_| {});
    assert_eq!(outcome.ledger.outcomes.total(), day.chats, "{:?}", outcome.ledger.outcomes);
    outcome
}

fn predicted(day: &Day, operators: u32) -> f64 {
    ErlangC::new(day.arrivals_per_hour, day.talk, operators).unwrap().mean_wait().as_secs_f64()
}

/// Independent days give independent means, so that their spread tells how far the mean of all may lie from the truth: with ten
/// days 4.78 standard errors leave it out once in a thousand times (Student's t, 9 degrees of freedom).
#[test]
fn guests_wait_as_long_as_erlang_says() {
    const DAYS: u32 = 10;
    for (operators, load, chats) in [(1, 0.5, 400), (3, 0.6, 400), (10, 0.7, 600)] {
        let settings = settings(operators);
        let days = (0..DAYS).map(|seed| day(operators, load, chats, u64::from(seed)));
        let means: Vec<f64> = days.map(|day| played(&settings, day).waits.mean().as_secs_f64()).collect();
        let mean = means.iter().sum::<f64>() / f64::from(DAYS);
        let variance = means.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / f64::from(DAYS - 1);
        let bound = 4.78 * (variance / f64::from(DAYS)).sqrt();
        let day = day(operators, load, chats, 0);
        let erlang = predicted(&day, operators);
        assert!((mean - erlang).abs() <= bound, "{operators} operators: {mean} ± {bound} s, Erlang says {erlang}");
        // The bound is worth something: one operator fewer would be noticed, and one more where there is just one.
        let others = if operators == 1 { 2 } else { operators - 1 };
        let other = ErlangC::new(day.arrivals_per_hour, TALK, others).map(|erlang| erlang.mean_wait().as_secs_f64());
        let far = other.is_none_or(|other| (mean - other).abs() > bound);
        assert!(far, "{operators} operators: {mean} ± {bound} s says little");
    }
}

#[test]
fn over_many_chats_within_three_percent() {
    let Ok(chats) = std::env::var("FRONTDESK_SIMULATED_CHATS") else { return };
    let chats = chats.parse().expect("FRONTDESK_SIMULATED_CHATS is a number");
    for operators in [1, 3, 10] {
        let day = day(operators, 0.8, chats, 1);
        let outcome = played(&settings(operators), day);
        let (mean, erlang) = (outcome.waits.mean().as_secs_f64(), predicted(&day, operators));
        let off = (mean / erlang - 1.0) * 100.0;
        println!("{operators} operators, {chats} chats: {mean:.2} s, Erlang says {erlang:.2} s, {off:+.2} %");
        assert!(off.abs() <= 3.0);
    }
}

#[test]
fn a_seed_is_a_day() {
    let settings = settings(2);
    let waits = |seed| played(&settings, day(2, 0.9, 200, seed)).waits;
    assert_eq!(waits(5), waits(5));
    assert_ne!(waits(5), waits(6));
}

#[test]
fn operators_are_as_busy_as_they_must_be() {
    let outcome = played(&settings(4), day(4, 0.5, 1_000, 3));
    let busy: Vec<f64> = outcome.ledger.staff().iter().map(|work| work.occupancy(outcome.open_millis)).collect();
    assert!(busy.iter().all(|busy| (0.4..0.6).contains(busy)), "{busy:?}");
}

#[test]
fn who_has_no_patience_leaves_and_shortens_the_line() {
    let settings = settings(2);
    let patient = played(&settings, day(2, 0.9, 500, 1));
    let hurried = played(&settings, Day { patience: Some(Duration::from_secs(60)), ..day(2, 0.9, 500, 1) });
    assert_eq!(patient.ledger.outcomes.abandoned, 0);
    assert!(hurried.ledger.outcomes.abandoned > 20, "{:?}", hurried.ledger.outcomes);
    assert!(hurried.waits.mean() < patient.waits.mean());
}

#[test]
fn whoever_comes_late_lets_offers_lapse_and_is_back() {
    let day = Day { accept: Duration::from_secs(15), ..day(3, 0.5, 300, 1) };
    let outcome = played(&settings(3), day);
    assert_eq!(outcome.ledger.outcomes.answered, 300, "{:?}", outcome.ledger.outcomes);
    assert!(outcome.waits.mean() > Duration::from_secs(10), "{:?}", outcome.waits.mean());
}

/// The queue is open for an hour a day: guests come then, and the clock runs on in between.
#[test]
fn guests_come_while_the_queue_is_open() {
    let mut settings = settings(3);
    settings.queues[0].hours = Some("Mo-Fr 09:00-10:00".parse().unwrap());
    let outcome = played(&settings, day(3, 0.3, 200, 1));
    assert_eq!(outcome.ledger.outcomes.answered, 200);
    // 54 guests an hour on average: 200 of them need four days.
    assert!((2..=6).contains(&(outcome.open_millis / 3_600_000)), "{} ms", outcome.open_millis);
}

fn rules(thens: &[&str]) -> Rules {
    Rules::new(thens.iter().map(|then| world::known::rule("true", then, 1)).collect())
}

/// Whom a rule sends away waits for nobody, and the report does not say that the formula describes that.
#[test]
fn a_day_under_rules_is_not_the_formulas() {
    let rules = Rules::new(vec![world::known::rule("guest.jid.contains('1')", "refuse=Sorry", 1)]);
    let settings = Settings { rules, ..settings(2) };
    let today = day(2, 0.5, 300, 1);
    let outcome = played(&settings, today);
    assert!((50..250).contains(&outcome.ledger.outcomes.refused), "{:?}", outcome.ledger.outcomes);
    let report = Report::new(&today, &outcome, &theory::of(&settings, &today), Duration::from_secs(30));
    assert!(!report.erlang_c.applies);
    assert_eq!(report.erlang_c.but, ["rule 1 may send guests away", "guests were turned away, by a rule or a limit"]);
}

#[test]
fn what_erlang_does_not_know_of_is_said() {
    let plain = settings(3);
    let today = day(3, 0.8, 1, 1);
    assert_eq!(theory::of(&plain, &today).but, Vec::<String>::new());
    assert_eq!(theory::of(&plain, &today).places, 3);
    let mut rich = plain.clone();
    rich.queues[0].wrap_up = Duration::from_secs(10);
    rich.queues[0].hours = Some("Mo-Fr 09:00-17:00".parse().unwrap());
    assert_eq!(theory::of(&rich, &Day { patience: Some(TALK), ..today }).but.len(), 3);
    assert_eq!(theory::of(&Settings { rules: rules(&[]), ..plain.clone() }, &today).but, Vec::<String>::new());
    let told = rules(&["tags=vip", "operator=o1", "queue=support"]);
    assert_eq!(theory::of(&Settings { rules: told, ..plain.clone() }, &today).but, Vec::<String>::new());
    let told = rules(&["refuse=Sorry", "queue=other;priority=3", "tags=vip", "skills=tax", "refuse=No"]);
    assert_eq!(
        theory::of(&Settings { rules: told, ..plain.clone() }, &today).but,
        [
            "rules 1, 5 may send guests away",
            "rule 2 may send guests to another queue",
            "rule 4 may let guests wait for certain operators",
            "rule 2 may put guests before others"
        ]
    );
    let many = theory::of(&Settings { rules: rules(&["refuse=Sorry"; 9]), ..plain.clone() }, &today).but;
    assert_eq!(many, ["rules 1, 2, 3, 4, 5 and 4 more may send guests away"]);
    let flooded = theory::of(&plain, &day(3, 1.2, 1, 1));
    assert!(flooded.erlang.is_none() && flooded.but.len() == 1, "{flooded:?}");
}
