//! What is told of a simulated day: the numbers, ready for people and programs.

use std::time::Duration;

use serde::Serialize;

use super::Outcome;
use super::crowd::Day;
use super::erlang::ErlangC;
use super::figures::{Waits, part};
use super::theory::Theory;

/// A synthetic day in numbers. Spans are seconds; parts lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What was asked for.
    pub day: Asked,
    /// How chats ended.
    pub chats: Ended,
    /// How long those waited who were answered.
    pub wait: Wait,
    /// The part of all whom the desk let in that was answered within `day.within_seconds`.
    pub service_level: f64,
    /// The part of all whom the desk let in that left before somebody came.
    pub abandonment: f64,
    /// The part of all operators' places that was taken.
    pub occupancy: f64,
    /// Each operator.
    pub operators: Vec<Operator>,
    /// What theory predicts.
    pub erlang_c: Prediction,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Asked {
    pub chats: u64,
    pub arrivals_per_hour: f64,
    pub talk_seconds: f64,
    pub patience_seconds: Option<f64>,
    pub accept_seconds: f64,
    pub within_seconds: f64,
    pub seed: u64,
    /// How long it took the guests to come, closed hours left out.
    pub hours: f64,
}

/// How chats ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Ended {
    pub answered: u64,
    pub abandoned: u64,
    pub missed: u64,
    pub refused: u64,
    pub lost: u64,
    /// Still open a day after the last guest had come.
    pub unserved: u64,
}

/// How long guests waited, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Wait {
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
    pub longest: Option<f64>,
    /// The part that waited at all.
    pub waited: f64,
}

/// What one operator did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Operator {
    pub name: String,
    pub chats: u64,
    pub places: u32,
    /// The part of their places that was taken.
    pub occupancy: f64,
}

/// What Erlang C says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// It describes just this day.
    pub applies: bool,
    /// What it knows nothing of.
    pub but: Vec<String>,
    /// How many chats can be served at once.
    pub places: u32,
    /// How long guests wait.
    pub wait: Option<Wait>,
    /// The part that waits no longer than `day.within_seconds`.
    pub service_level: Option<f64>,
    /// The part of the places that is taken.
    pub occupancy: Option<f64>,
}

impl Report {
    /// Of a day that was asked for, what came of it, and what theory says; served within `within` is served well.
    pub fn new(day: &Day, outcome: &Outcome, theory: &Theory, within: Duration) -> Self {
        let outcomes = outcome.ledger.outcomes;
        let unserved = u64::try_from(outcome.unserved).unwrap_or(u64::MAX);
        let let_in = outcomes.total() - outcomes.refused + unserved;
        let staff = outcome.ledger.staff();
        let operators = staff.iter().map(|work| Operator {
            name: work.name.clone(),
            chats: work.chats,
            places: work.places,
            occupancy: work.occupancy(outcome.open_millis),
        });
        let operators: Vec<Operator> = operators.collect();
        let places: u32 = operators.iter().map(|operator| operator.places).sum();
        let taken: f64 = operators.iter().map(|operator| operator.occupancy * f64::from(operator.places)).sum();
        Self {
            day: Asked {
                chats: day.chats,
                arrivals_per_hour: day.arrivals_per_hour,
                talk_seconds: day.talk.as_secs_f64(),
                patience_seconds: day.patience.map(|patience| patience.as_secs_f64()),
                accept_seconds: day.accept.as_secs_f64(),
                within_seconds: within.as_secs_f64(),
                seed: day.seed,
                hours: outcome.open_millis as f64 / 3_600_000.0,
            },
            chats: Ended {
                answered: outcomes.answered,
                abandoned: outcomes.abandoned,
                missed: outcomes.missed,
                refused: outcomes.refused,
                lost: outcomes.lost,
                unserved,
            },
            wait: Wait::measured(&outcome.waits),
            service_level: part(outcome.waits.within(within), let_in),
            abandonment: part(outcomes.abandoned, let_in),
            occupancy: if places == 0 { 0.0 } else { taken / f64::from(places) },
            operators,
            erlang_c: Prediction::new(theory, outcomes.refused, within),
        }
    }
}

impl Wait {
    /// Of waits that were measured.
    pub fn measured(waits: &Waits) -> Self {
        Self {
            mean: waits.mean().as_secs_f64(),
            p50: waits.quantile(0.5).as_secs_f64(),
            p95: waits.quantile(0.95).as_secs_f64(),
            longest: Some(waits.longest().as_secs_f64()),
            waited: part(waits.count() - waits.within(Duration::ZERO), waits.count()),
        }
    }

    fn predicted(erlang: &ErlangC) -> Self {
        Self {
            mean: erlang.mean_wait().as_secs_f64(),
            p50: erlang.quantile(0.5).as_secs_f64(),
            p95: erlang.quantile(0.95).as_secs_f64(),
            longest: None,
            waited: erlang.wait_probability(),
        }
    }
}

impl Prediction {
    /// `turned_away`: so many guests the desk did not take, by a rule or a limit.
    fn new(theory: &Theory, turned_away: u64, within: Duration) -> Self {
        let mut but = theory.but.clone();
        if turned_away > 0 {
            but.push("guests were turned away, by a rule or a limit".to_owned());
        }
        Self {
            applies: but.is_empty(),
            but,
            places: theory.places,
            wait: theory.erlang.as_ref().map(Wait::predicted),
            service_level: theory.erlang.map(|erlang| erlang.within(within)),
            occupancy: theory.erlang.map(|erlang| erlang.occupancy()),
        }
    }
}
