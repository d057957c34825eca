//! Asks a ranker everything that a dataset asks.

use std::time::Duration;

use serde::Serialize;

use super::dataset::Dataset;
use crate::faq::rank::{Ranker, Ranking};
use crate::faq::{Faq, Found};

/// A line of the file that `score.py` reads: what one question came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The entries' ids and scores, the best first.
    pub hits: Vec<(String, f64)>,
    /// How likely the best entry answers the question, from 0 to 1.
    pub conf: f64,
    /// How long it took, in microseconds.
    pub us: f64,
}

/// What a desk with the shipped thresholds finds for each of the dataset's queries. Nobody's client names a language.
pub fn judge(dataset: &Dataset) -> Vec<Found> {
    let faq = Faq::of(dataset.entries.iter().map(super::DatasetEntry::entry).collect());
    dataset.queries.iter().map(|query| faq.find(&query.query, None)).collect()
}

/// Ranks the dataset's entries for each of its queries. `now` tells the time since some beginning; `progress` is told
/// how many of how many queries are done.
pub fn run(dataset: &Dataset, now: impl Fn() -> Duration, mut progress: impl FnMut(usize, usize)) -> Vec<Line> {
    let ranker = Ranker::of(&dataset.documents());
    let all = dataset.queries.len();
    let ask = |(number, query): (usize, &super::Query)| {
        progress(number, all);
        let begin = now();
        let ranking = ranker.rank(&query.query, None);
        line(dataset, &ranking, now().saturating_sub(begin))
    };
    dataset.queries.iter().enumerate().map(ask).collect()
}

fn line(dataset: &Dataset, ranking: &Ranking, took: Duration) -> Line {
    let named = |(entry, score): &(usize, f32)| Some((dataset.entries.get(*entry)?.id.clone(), f64::from(*score)));
    Line {
        hits: ranking.entries.iter().filter_map(named).collect(),
        conf: f64::from(ranking.confidence),
        us: took.as_nanos() as f64 / 1_000.0,
    }
}
