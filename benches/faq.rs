//! How long a question to the FAQ takes, how long the index takes to build and how much memory it needs, at 100, 10,000
//! and 100,000 entries, beside SQLite's FTS5 with `bm25` on the same entries and the same questions in the same run.
//!
//! `cargo bench --bench faq` (`-- 100 10000` for fewer sizes)

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "faq/filler.rs"]
mod filler;
#[path = "faq/fts5.rs"]
mod fts5;

use std::env;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use filler::Filler;
use frontdesk::faq::eval::DatasetEntry;
use frontdesk::faq::rank::{Document, Ranker};
use fts5::Fts5;

const SIZES: [usize; 3] = [100, 10_000, 100_000];
/// How many questions are asked; FTS5 is asked fewer where it takes long.
const QUESTIONS: usize = 2_000;
const FTS5_QUESTIONS: [(usize, usize); 2] = [(50_000, 100), (5_000, 400)];

fn main() {
    let given: Vec<usize> = env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    for size in if given.is_empty() { SIZES.to_vec() } else { given } {
        measure(size);
    }
}

fn measure(size: usize) {
    let mut filler = Filler::new();
    let entries: Vec<DatasetEntry> = (0..size).map(|number| filler.entry(number)).collect();
    let questions: Vec<String> = (0..QUESTIONS).map(|_| filler.question()).collect();
    let before = resident();
    let begin = Instant::now();
    let ranker = Ranker::of(&entries.iter().map(document).collect::<Vec<_>>());
    let built = begin.elapsed();
    println!(
        "{size} entries: built in {built:.0?}, {:.1} MiB of its own ({:.1} MiB more resident)",
        ranker.bytes() as f64 / MIB,
        (resident() - before) / MIB
    );
    let ours = spread(&questions, |question| drop(black_box(ranker.rank(question, None))));
    let begin = Instant::now();
    let fts5 = Fts5::of(&entries);
    let fts5_built = begin.elapsed();
    let fewer = FTS5_QUESTIONS.iter().find(|(from, _)| size >= *from).map_or(QUESTIONS, |(_, fewer)| *fewer);
    let theirs = spread(&questions[..fewer], |question| drop(black_box(fts5.search(question))));
    println!("  a question:  p50 {:>9.1?}  p99 {:>9.1?}  worst {:>9.1?}", ours[0], ours[1], ours[2]);
    println!(
        "  FTS5 bm25:   p50 {:>9.1?}  p99 {:>9.1?}  worst {:>9.1?}  (built in {fts5_built:.0?})",
        theirs[0], theirs[1], theirs[2]
    );
    let times = |number: usize| theirs[number].as_secs_f64() / ours[number].as_secs_f64();
    println!("  times faster: p50 {:.0}, p99 {:.0}", times(0), times(1));
    for (name, question) in filler::hostile() {
        let took = spread(&vec![question; 20], |question| drop(black_box(ranker.rank(question, None))));
        println!("  {name:28} p50 {:>9.1?}  worst {:>9.1?}", took[0], took[2]);
    }
}

/// Each question is asked so often, and the fastest counts: other work on the machine should not.
const TRIES: usize = 3;

const MIB: f64 = 1024.0 * 1024.0;

fn document(entry: &DatasetEntry) -> Document<'_> {
    let DatasetEntry { id, question, aliases, tags, answer, lang } = entry;
    Document { id, title: question, aliases, tags, body: answer, language: lang.as_deref() }
}

/// The median, the 99th percentile, the worst.
fn spread(questions: &[String], ask: impl Fn(&str)) -> [Duration; 3] {
    let mut times: Vec<Duration> = questions
        .iter()
        .map(|question| {
            let times = (0..TRIES).map(|_| {
                let begin = Instant::now();
                ask(question);
                begin.elapsed()
            });
            times.min().unwrap()
        })
        .collect();
    times.sort();
    [times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]]
}

/// What the process has in memory, in bytes.
fn resident() -> f64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or_default() * 4_096.0
}
