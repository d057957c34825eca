//! Fits the weights of the FAQ's ranker: the order of the candidates, and the confidence in the best of them.
//!
//! `cargo run --release --example faq_fit -- FOLDER [FILE]` reads every data set (`faq-eval` format) below FOLDER, fits on
//! the questions whose `split` is `dev`, one model for all sets, each set with the same say, prints what comes of it on
//! either half, and writes FILE (`src/faq/rank/weights.rs`). The same data give the same weights.
//!
//! The order is fitted as a softmax over each question's candidates, the confidence as a logistic regression on "the best
//! entry is right", both with a small ridge. No sign
//! may speak against an entry: that loses nothing here and errs less elsewhere. The grounds of the confidence come from orders that were fitted without the
//! question (in [`FOLDS`] folds), so that it does not learn how well the order knows its own questions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use frontdesk::faq::eval::{Dataset, Figures, HEADING, Line};
use frontdesk::faq::rank::{Evidence, GROUND_NAMES, GROUNDS, Grounds, Ranker, SIGN_NAMES, SIGNS, Signs};

const FOLDS: usize = 5;
/// How many candidates of a question, those with the greatest impact, the order is fitted on.
const CANDIDATES: usize = 30;
const RIDGE: f64 = 0.024;
const STEPS: i32 = 800;
const STEP: f64 = 0.03;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: faq_fit FOLDER [FILE]")?;
    let sets: Vec<Set> =
        folders(Path::new(&folder))?.iter().map(|folder| Set::load(folder)).collect::<Result<_, _>>()?;
    let order = fit_order(&sets, |_| true);
    let judged = judge_across_folds(&sets);
    let model = fit_confidence(&judged);
    report(&sets, &order, &model);
    if let Some(file) = arguments.next() {
        fs::write(file, source(&order, &model))?;
    }
    Ok(())
}

struct Set {
    name: String,
    data: Dataset,
    ranker: Ranker,
}

impl Set {
    fn load(folder: &Path) -> Result<Self, String> {
        let data = Dataset::load(folder)?;
        let ranker = Ranker::of(&data.documents());
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, data, ranker })
    }

    fn is_right(&self, query: usize, entry: usize) -> bool {
        self.data.queries[query].relevant.contains(&self.data.entries[entry].id)
    }

    /// The numbers of the questions to tune on, with what the ranker sees.
    fn dev<'a>(&'a self, order: &'a Signs) -> impl Iterator<Item = (usize, Evidence)> + 'a {
        let dev = self.data.queries.iter().enumerate().filter(|(_, query)| query.is_dev());
        dev.filter_map(|(number, query)| Some((number, self.ranker.evidence_with(&query.query, None, order)?)))
    }
}

fn folders(below: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(below)?.map(|item| item.map(|item| item.path())).collect::<Result<_, _>>()?;
    folders.retain(|folder| folder.join("queries.jsonl").is_file());
    folders.sort();
    Ok(folders)
}

/// What the candidates of a question show, which of them are right, and what the question counts.
struct Choice {
    signs: Vec<Vec<f64>>,
    right: Vec<bool>,
    weight: f64,
}

fn fit_order(sets: &[Set], is_in: impl Fn(usize) -> bool) -> Signs {
    let mut choices: Vec<Choice> = sets.iter().flat_map(|set| choices(set, &is_in)).collect();
    let scales = scales(SIGNS, choices.iter().flat_map(|choice| &choice.signs));
    for signs in choices.iter_mut().flat_map(|choice| &mut choice.signs) {
        scales.iter().zip(signs).for_each(|((_, deviation), sign)| *sign /= deviation);
    }
    let fitted = descend(SIGNS, 0.0, |weights, gradient| {
        for choice in &choices {
            let score = |signs: &Vec<f64>| signs.iter().zip(weights).map(|(sign, weight)| sign * weight).sum::<f64>();
            let scores: Vec<f64> = choice.signs.iter().map(score).collect();
            let best = scores.iter().copied().fold(f64::MIN, f64::max);
            let odds: Vec<f64> = scores.iter().map(|score| (score - best).exp()).collect();
            let all: f64 = odds.iter().sum();
            let right: f64 = odds.iter().zip(&choice.right).filter(|(_, right)| **right).map(|(odds, _)| odds).sum();
            for ((signs, odds), is_right) in choice.signs.iter().zip(&odds).zip(&choice.right) {
                let excess = choice.weight * (odds / all - if *is_right { odds / right } else { 0.0 });
                signs.iter().zip(gradient.iter_mut()).for_each(|(sign, slope)| *slope += excess * sign);
            }
        }
    });
    let mut order = [0.0; SIGNS];
    order
        .iter_mut()
        .zip(fitted.iter().zip(&scales))
        .for_each(|(to, (weight, (_, deviation)))| *to = (weight / deviation) as f32);
    order
}

/// Questions with both right and wrong candidates.
fn choices(set: &Set, is_in: &impl Fn(usize) -> bool) -> Vec<Choice> {
    let mut by_impact = [0.0; SIGNS];
    by_impact[0] = 1.0;
    let mut choices = Vec::new();
    for (number, evidence) in set.dev(&by_impact).filter(|(number, _)| is_in(*number)) {
        let candidates = &evidence.candidates[..evidence.candidates.len().min(CANDIDATES)];
        let right: Vec<bool> = candidates.iter().map(|(entry, ..)| set.is_right(number, *entry)).collect();
        if right.contains(&true) && right.contains(&false) {
            let signs = candidates.iter().map(|(_, _, signs)| signs.map(f64::from).to_vec()).collect();
            choices.push(Choice { signs, right, weight: 1.0 });
        }
    }
    let share = 1.0 / choices.len() as f64;
    choices.iter_mut().for_each(|choice| choice.weight = share);
    choices
}

/// Grounds, whether the best entry was right, and what the question counts.
type Judged = (Vec<f64>, bool, f64);

fn judge_across_folds(sets: &[Set]) -> Vec<Judged> {
    let mut judged = Vec::new();
    for fold in 0..FOLDS {
        let order = fit_order(sets, |number| number % FOLDS != fold);
        for set in sets {
            let questions = set.data.queries.iter().filter(|query| query.is_dev()).count();
            for (number, evidence) in set.dev(&order).filter(|(number, _)| number % FOLDS == fold) {
                let right = set.is_right(number, evidence.candidates[0].0);
                judged.push((evidence.grounds.map(f64::from).to_vec(), right, 1.0 / questions as f64));
            }
        }
    }
    judged
}

/// What the confidence begins with, and a weight for each ground.
struct Confidence {
    begin: f64,
    weights: [f64; GROUNDS],
}

impl Confidence {
    fn of(&self, grounds: &Grounds) -> f64 {
        let sum: f64 = grounds.iter().zip(&self.weights).map(|(ground, weight)| f64::from(*ground) * weight).sum();
        1.0 / (1.0 + (-(self.begin + sum)).exp())
    }
}

fn fit_confidence(judged: &[Judged]) -> Confidence {
    let scales = scales(GROUNDS, judged.iter().map(|(grounds, ..)| grounds));
    let scaled = |grounds: &[f64]| -> Vec<f64> {
        let scaled = grounds.iter().zip(&scales).map(|(ground, (mean, deviation))| (ground - mean) / deviation);
        scaled.chain([1.0]).collect()
    };
    let rows: Vec<Judged> = judged.iter().map(|(grounds, right, weight)| (scaled(grounds), *right, *weight)).collect();
    let fitted = descend(GROUNDS + 1, f64::NEG_INFINITY, |weights, gradient| {
        for (grounds, right, weight) in &rows {
            let sum: f64 = grounds.iter().zip(weights).map(|(ground, weight)| ground * weight).sum();
            let excess = weight * (1.0 / (1.0 + (-sum).exp()) - if *right { 1.0 } else { 0.0 });
            grounds.iter().zip(gradient.iter_mut()).for_each(|(ground, slope)| *slope += excess * ground);
        }
    });
    let mut model = Confidence { begin: fitted[GROUNDS], weights: [0.0; GROUNDS] };
    for ((to, weight), (mean, deviation)) in model.weights.iter_mut().zip(&fitted).zip(&scales) {
        *to = weight / deviation;
        model.begin -= weight * mean / deviation;
    }
    model
}

/// Mean and standard deviation of each number; a number that never changes gets a weight of nothing.
fn scales<'a>(count: usize, rows: impl Iterator<Item = &'a Vec<f64>>) -> Vec<(f64, f64)> {
    let (mut sums, mut squares, mut all) = (vec![0.0; count], vec![0.0; count], 0.0);
    for row in rows {
        all += 1.0;
        for (number, value) in row.iter().enumerate() {
            sums[number] += value;
            squares[number] += value * value;
        }
    }
    let scale = |(sum, square): (f64, f64)| {
        let (mean, deviation) = (sum / all, (square / all - (sum / all).powi(2)).max(0.0).sqrt());
        (mean, if deviation < 1e-4 { 1e9 } else { deviation })
    };
    sums.into_iter().zip(squares).map(scale).collect()
}

/// Gradient descent (Adam; Kingma, Ba 2015) with a ridge; no weight falls below `least`.
fn descend(count: usize, least: f64, slopes: impl Fn(&[f64], &mut [f64])) -> Vec<f64> {
    let (mut weights, mut first, mut second) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    for step in 1..=STEPS {
        let mut gradient = vec![0.0; count];
        slopes(&weights, &mut gradient);
        for number in 0..count {
            let slope = gradient[number] + RIDGE * weights[number];
            first[number] = 0.9 * first[number] + 0.1 * slope;
            second[number] = 0.999 * second[number] + 0.001 * slope * slope;
            let (mean, square) =
                (first[number] / (1.0 - 0.9_f64.powi(step)), second[number] / (1.0 - 0.999_f64.powi(step)));
            weights[number] = (weights[number] - STEP * mean / (square.sqrt() + 1e-8)).max(least);
        }
    }
    weights
}

fn report(sets: &[Set], order: &Signs, model: &Confidence) {
    println!("{HEADING}");
    let mut all = Vec::new();
    for set in sets {
        let lines: Vec<Line> = set.data.queries.iter().map(|query| line(set, &query.query, order, model)).collect();
        let figures = Figures::of(&set.data.queries, &lines);
        println!("{:34.34}{figures}", set.name);
        let dev: Vec<_> = set.data.queries.iter().zip(&lines).filter(|(query, _)| query.is_dev()).collect();
        let (queries, dev): (Vec<_>, Vec<_>) =
            dev.into_iter().map(|(query, line)| (query.clone(), line.clone())).unzip();
        let dev = Figures::of(&queries, &dev);
        all.push((figures, dev));
    }
    let mean = |of: fn(&(Figures, Figures)) -> f64| 100.0 * all.iter().map(of).sum::<f64>() / all.len() as f64;
    println!(
        "mean: P@1 {:.2} (dev {:.2}) hit@3 {:.2} (dev {:.2}) F1 {:.2} wrong {:.2} false {:.2} AUC-ok {:.2}",
        mean(|of| of.0.first_right),
        mean(|of| of.1.first_right),
        mean(|of| of.0.hit_at_3),
        mean(|of| of.1.hit_at_3),
        mean(|of| of.0.f1),
        mean(|of| of.0.wrong),
        mean(|of| of.0.false_answers),
        mean(|of| of.0.auc_right)
    );
}

fn line(set: &Set, query: &str, order: &Signs, model: &Confidence) -> Line {
    let evidence = set.ranker.evidence_with(query, None, order);
    let hits = evidence.iter().flat_map(|evidence| evidence.candidates.iter().take(10));
    Line {
        hits: hits.map(|(entry, score, _)| (set.data.entries[*entry].id.clone(), f64::from(*score))).collect(),
        conf: evidence.as_ref().map_or(0.0, |evidence| model.of(&evidence.grounds)),
        us: 0.0,
    }
}

fn source(order: &Signs, model: &Confidence) -> String {
    let mut text = String::from(
        "//! The fitted weights. Written by `examples/faq_fit.rs`, which says how; not to be changed by hand.\n\n\
         use super::confidence::GROUNDS;\nuse super::features::SIGNS;\n\n\
         /// What each sign is worth for the order of the candidates, in nats.\n\
         pub(super) const ORDER: [f32; SIGNS] = [\n",
    );
    for (weight, name) in order.iter().zip(SIGN_NAMES) {
        writeln!(text, "    {weight:.3}, // {name}").unwrap();
    }
    text.push_str(
        "];\n\n/// What each ground is worth for the confidence, in nats.\n\
         pub(super) const CONFIDENCE: [f32; GROUNDS] = [\n",
    );
    for (weight, name) in model.weights.iter().zip(SIGN_NAMES.iter().chain(&GROUND_NAMES)) {
        writeln!(text, "    {weight:.3}, // {name}").unwrap();
    }
    text.push_str("];\n\n/// What the confidence begins with, in nats.\n");
    writeln!(text, "pub(super) const CONFIDENCE_BEGIN: f32 = {:.3};", model.begin).unwrap();
    text
}
