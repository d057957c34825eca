//! How good a ranking is: the figures that `score.py` of the `faq-eval` data prints, by the same definitions.

use std::fmt;

use super::dataset::Query;
use super::run::Line;
use crate::faq::search::{Found, Verdict};

/// How many hits count.
const HITS_MAX: usize = 10;
/// At most so many thresholds are tried.
const THRESHOLDS_MAX: usize = 200;
/// What share of far out-of-scope questions may be answered for [`Figures::right_at_5_percent`].
const FALSE_SHARE: f64 = 0.05;

/// The figures, as shares from 0 to 1. One that cannot be told (nothing of its kind was asked) is not a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// In-scope questions whose best entry is right, whatever the confidence.
    pub first_right: f64,
    /// In-scope questions with a right entry among the best three.
    pub hit_at_3: f64,
    /// The mean of 1 / rank of the first right entry, up to rank 10.
    pub reciprocal_rank: f64,
    /// The area under the ROC curve of the confidence: in scope against near out of scope.
    pub auc_near: f64,
    /// The same against far out of scope.
    pub auc_far: f64,
    /// The same as a detector of right best entries among all questions.
    pub auc_right: f64,
    /// The confidence from which on an answer is given: the best for F1 on the questions to tune on.
    pub threshold: f64,
    /// F1 with that threshold on the questions to report on; so are the next three.
    pub f1: f64,
    /// In-scope questions answered rightly.
    pub right: f64,
    /// In-scope questions answered wrongly.
    pub wrong: f64,
    /// Out-of-scope questions answered.
    pub false_answers: f64,
    /// In-scope questions answered rightly where at most 5 % of the far out-of-scope questions may be answered.
    pub right_at_5_percent: f64,
    /// The median and the 99th percentile of the time a question took, in microseconds.
    pub micros: (f64, f64),
}

/// The heading of the figures, as `score.py` prints it.
pub const HEADING: &str = "run                                    P@1   hit@3     MRR AUC-nea AUC-far  AUC-ok      F1   right   \
                           wrong   false    R@5%   us p50   us p99";

/// As `score.py` prints them.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for share in self.shares() {
            let share = if share.is_nan() { "-".to_owned() } else { format!("{:.1}", 100.0 * share) };
            write!(f, " {share:>7}")?;
        }
        write!(f, " {:>8.0} {:>8.0}", self.micros.0, self.micros.1)
    }
}

impl Figures {
    fn shares(&self) -> [f64; 11] {
        [
            self.first_right,
            self.hit_at_3,
            self.reciprocal_rank,
            self.auc_near,
            self.auc_far,
            self.auc_right,
            self.f1,
            self.right,
            self.wrong,
            self.false_answers,
            self.right_at_5_percent,
        ]
    }

    /// Of a run's lines, one for each question.
    pub fn of(queries: &[Query], lines: &[Line]) -> Self {
        let rows: Vec<Row> = queries.iter().zip(lines).map(|(query, line)| Row::of(query, line)).collect();
        let in_scope: Vec<Row> = rows.iter().copied().filter(|row| row.in_scope).collect();
        let (dev, test): (Vec<Row>, Vec<Row>) = rows.iter().copied().partition(|row| row.dev);
        let threshold = best_threshold(&dev);
        let (asked_last, beyond): (Vec<Row>, Vec<Row>) = test.iter().copied().partition(|row| row.in_scope);
        let confidences = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).map(|row| row.confidence).collect();
        let asked: Vec<f64> = confidences(|row| row.in_scope);
        Self {
            first_right: share(&in_scope, |row| row.rank == 1),
            hit_at_3: share(&in_scope, |row| (1..=3).contains(&row.rank)),
            reciprocal_rank: mean(in_scope.iter().map(|row| if row.rank == 0 { 0.0 } else { 1.0 / row.rank as f64 })),
            auc_near: area(&asked, &confidences(|row| row.kind == Kind::Near)),
            auc_far: area(&asked, &confidences(|row| row.kind == Kind::Far)),
            auc_right: right_area(&rows),
            threshold,
            f1: f1(&test, threshold),
            right: share(&asked_last, |row| row.is_right(threshold)),
            wrong: share(&asked_last, |row| row.is_answered(threshold) && row.rank != 1),
            false_answers: share(&beyond, |row| row.is_answered(threshold)),
            right_at_5_percent: right_at_5_percent(&dev, &test),
            micros: micros(lines),
        }
    }
}

/// What the desk makes of the questions to report on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdicts {
    /// In-scope questions answered rightly.
    pub right: f64,
    /// In-scope questions that get a right answer, or a right one among the three suggestions.
    pub helped: f64,
    /// In-scope questions answered wrongly.
    pub wrong: f64,
    /// Out-of-scope questions answered.
    pub false_answers: f64,
    /// Out-of-scope questions that are honestly told that there is nothing.
    pub refused: f64,
}

impl Verdicts {
    /// Of what was found, on the questions to report on; on all where there are none to report on.
    pub fn of(queries: &[Query], found: &[Found]) -> Self {
        let all: Vec<Judged<'_>> = queries.iter().zip(found).collect();
        let test: Vec<Judged<'_>> = all.iter().copied().filter(|(query, _)| !query.is_dev()).collect();
        let rows = if test.is_empty() { all } else { test };
        let (asked, beyond): (Vec<Judged<'_>>, Vec<Judged<'_>>) =
            rows.into_iter().partition(|(query, _)| query.is_in_scope());
        Self {
            right: share(&asked, is_right),
            helped: share(&asked, |row| is_right(row) || suggests_right(row)),
            wrong: share(&asked, |row| is_answered(row) && !is_right(row)),
            false_answers: share(&beyond, is_answered),
            refused: share(&beyond, |(_, found)| found.verdict == Verdict::None),
        }
    }
}

/// A question and what was found.
type Judged<'a> = (&'a Query, &'a Found);

fn is_answered((_, found): &Judged<'_>) -> bool {
    found.verdict == Verdict::Answer
}

fn is_right((query, found): &Judged<'_>) -> bool {
    let first = found.entries.first().filter(|_| found.verdict == Verdict::Answer);
    first.is_some_and(|hit| query.relevant.contains(&hit.id))
}

fn suggests_right((query, found): &Judged<'_>) -> bool {
    found.verdict == Verdict::Suggestions && found.entries.iter().any(|hit| query.relevant.contains(&hit.id))
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| if share.is_nan() { "-".to_owned() } else { format!("{:.1}", 100.0 * share) };
        writeln!(f, "  in scope:     {:>5} % answered rightly", percent(self.right))?;
        writeln!(
            f,
            "                {:>5} % answered rightly, or the right entry among the suggestions",
            percent(self.helped)
        )?;
        writeln!(f, "                {:>5} % answered wrongly", percent(self.wrong))?;
        writeln!(f, "  out of scope: {:>5} % answered", percent(self.false_answers))?;
        write!(f, "                {:>5} % told that there is nothing", percent(self.refused))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Near,
    Far,
    Other,
}

/// A question and what came of it.
#[derive(Debug, Clone, Copy)]
struct Row {
    in_scope: bool,
    dev: bool,
    kind: Kind,
    /// Where the first right entry is, from 1 on; 0 = nowhere.
    rank: usize,
    confidence: f64,
    found: bool,
}

impl Row {
    fn of(query: &Query, line: &Line) -> Self {
        let hits = line.hits.iter().take(HITS_MAX);
        let rank = hits.map(|(id, _)| id).position(|id| query.relevant.contains(id)).map_or(0, |place| place + 1);
        Self {
            in_scope: query.is_in_scope(),
            dev: query.is_dev(),
            kind: match query.kind.as_str() {
                "oos-near" => Kind::Near,
                "oos-far" => Kind::Far,
                _ => Kind::Other,
            },
            rank,
            confidence: if line.hits.is_empty() { NOTHING } else { line.conf },
            found: !line.hits.is_empty(),
        }
    }

    fn is_answered(&self, threshold: f64) -> bool {
        self.found && self.confidence >= threshold
    }

    fn is_right(&self, threshold: f64) -> bool {
        self.rank == 1 && self.is_answered(threshold)
    }
}

/// The confidence where nothing was found.
const NOTHING: f64 = -1e9;

fn share<T>(rows: &[T], is: impl Fn(&T) -> bool) -> f64 {
    mean(rows.iter().map(|row| if is(row) { 1.0 } else { 0.0 }))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The area under the ROC curve, by ranks; ties share theirs.
fn area(positive: &[f64], negative: &[f64]) -> f64 {
    if positive.is_empty() || negative.is_empty() {
        return f64::NAN;
    }
    let labelled = positive.iter().map(|value| (*value, true)).chain(negative.iter().map(|value| (*value, false)));
    let mut all: Vec<(f64, bool)> = labelled.collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sum = 0.0;
    let mut before = 0;
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let rank = (2 * before + tied.len() + 1) as f64 / 2.0;
        sum += rank * tied.iter().filter(|(_, positive)| *positive).count() as f64;
        before += tied.len();
    }
    let (positive, negative) = (positive.len() as f64, negative.len() as f64);
    (sum - positive * (positive + 1.0) / 2.0) / (positive * negative)
}

fn right_area(rows: &[Row]) -> f64 {
    let (right, other): (Vec<Row>, Vec<Row>) = rows.iter().partition(|row| row.in_scope && row.rank == 1);
    let confidences = |rows: &[Row]| rows.iter().map(|row| row.confidence).collect::<Vec<f64>>();
    area(&confidences(&right), &confidences(&other))
}

fn f1(rows: &[Row], threshold: f64) -> f64 {
    let right = rows.iter().filter(|row| row.in_scope && row.rank == 1 && row.confidence >= threshold).count();
    let answered = rows.iter().filter(|row| row.is_answered(threshold)).count();
    let in_scope = rows.iter().filter(|row| row.in_scope).count();
    if answered + in_scope == 0 { 0.0 } else { 2.0 * right as f64 / (answered + in_scope) as f64 }
}

/// The lowest of the best; not a number where there is nothing to tune on.
fn best_threshold(dev: &[Row]) -> f64 {
    let mut tried: Vec<f64> = dev.iter().map(|row| row.confidence).collect();
    tried.sort_by(f64::total_cmp);
    tried.dedup();
    let step = (tried.len() / THRESHOLDS_MAX).max(1);
    let mut best = (f64::NAN, f64::NEG_INFINITY);
    for threshold in tried.into_iter().step_by(step) {
        let f1 = f1(dev, threshold);
        if f1 > best.1 {
            best = (threshold, f1);
        }
    }
    best.0
}

fn right_at_5_percent(dev: &[Row], test: &[Row]) -> f64 {
    let confidences = |is: fn(&&Row) -> bool| dev.iter().filter(is).map(|row| row.confidence).collect::<Vec<f64>>();
    let mut far = confidences(|row| row.kind == Kind::Far);
    if far.is_empty() {
        far = confidences(|row| !row.in_scope);
    }
    far.sort_by(|a, b| b.total_cmp(a));
    let threshold = far.get((FALSE_SHARE * far.len() as f64) as usize).copied().unwrap_or(NOTHING);
    let asked: Vec<Row> = test.iter().copied().filter(|row| row.in_scope).collect();
    share(&asked, |row| row.rank == 1 && row.confidence > threshold)
}

fn micros(lines: &[Line]) -> (f64, f64) {
    let mut micros: Vec<f64> = lines.iter().map(|line| line.us).collect();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros.get((share * micros.len() as f64) as usize).copied().unwrap_or(f64::NAN);
    (at(0.5), at(0.99))
}
