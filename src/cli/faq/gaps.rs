//! `frontdesk faq gaps`: what was asked and not answered.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::{Format, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::record::{FaqQuery, FaqVerdict};
use crate::exit::Failure;
use crate::faq::{Faq, Hit, Verdict, grouping};
use crate::store::Reader;
use crate::transcript::harmless::one_line;
use crate::transcript::json;
use crate::transcript::text::Look;

/// So many spellings of a question are shown to people; programs get all.
const SPELLINGS_SHOWN: usize = 5;
/// How many different questions take long enough for a bar.
const LONG: u64 = 5_000;

/// Prints the gaps.
pub(super) fn show(config: &Config, days: u32, format: Format) -> Result<(), Failure> {
    let faq = super::load(config)?;
    let since = Clock::start().now().wall - TimeDelta::days(days.into());
    let queries = Reader::open(&config.database)?.faq_queries(since)?;
    let (gaps, answered_now) = gaps(&faq, &queries);
    output::print(|out| match format {
        Format::Text => text(out, &gaps, &Summary::of(&queries, answered_now, days), output::look()),
        Format::Json => json::write(out, &gaps),
    })
}

/// Questions that ask the same and were not answered.
#[derive(Serialize)]
struct Gap {
    /// The most frequent spelling.
    question: String,
    /// How often it was asked, in whatever spelling.
    count: usize,
    last_asked_at: String,
    /// What the FAQ has that comes nearest, if anything does.
    nearest: Option<Hit>,
    spellings: Vec<Spelling>,
}

#[derive(Serialize)]
struct Spelling {
    words: String,
    count: usize,
}

/// How often something was asked in one spelling, and when last.
struct Asked<'a> {
    query: &'a FaqQuery,
    count: usize,
    last: DateTime<Utc>,
}

/// The gaps, the greatest first; and how many questions were not answered then and would be now.
fn gaps(faq: &Faq, queries: &[FaqQuery]) -> (Vec<Gap>, usize) {
    let mut asked = unanswered(queries);
    let mut answered_now = 0;
    let bar = bar(asked.len());
    asked.retain(|asked| {
        bar.inc(1);
        let answered = faq.search(&asked.query.words, asked.query.language).verdict == Verdict::Answer;
        answered_now += if answered { asked.count } else { 0 };
        !answered
    });
    bar.finish_and_clear();
    asked.sort_by(|a, b| b.count.cmp(&a.count).then(b.last.cmp(&a.last)));
    let words: Vec<&str> = asked.iter().map(|asked| asked.query.words.as_str()).collect();
    let groups = grouping::group(&words).into_iter();
    let members = |group: Vec<usize>| group.into_iter().filter_map(|number| asked.get(number)).collect::<Vec<_>>();
    let mut gaps: Vec<Gap> = groups.filter_map(|group| Gap::of(faq, &members(group))).collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.count));
    (gaps, answered_now)
}

/// What got no answer, each spelling once. Case and space make no spelling.
fn unanswered(queries: &[FaqQuery]) -> Vec<Asked<'_>> {
    let picked: BTreeSet<_> = queries.iter().filter(|query| query.verdict == FaqVerdict::Picked).map(key).collect();
    let open = queries.iter().filter(|query| match query.verdict {
        FaqVerdict::None => true,
        FaqVerdict::Suggestions => !picked.contains(&key(query)),
        FaqVerdict::Answer | FaqVerdict::Picked => false,
    });
    let mut spellings: BTreeMap<String, Asked<'_>> = BTreeMap::new();
    for query in open {
        let new = Asked { query, count: 0, last: query.at };
        let asked = spellings.entry(spelling(&query.words)).or_insert(new);
        asked.count += 1;
        asked.last = asked.last.max(query.at);
    }
    spellings.into_values().collect()
}

fn key(query: &FaqQuery) -> (Option<i64>, String) {
    (query.chat.map(|chat| chat.0), spelling(&query.words))
}

fn spelling(words: &str) -> String {
    words.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

impl Gap {
    fn of(faq: &Faq, members: &[&Asked<'_>]) -> Option<Self> {
        let first = members.first()?;
        let question = first.query.words.clone();
        let nearest = faq.search(&question, first.query.language).entries.into_iter().next();
        let spellings = members.iter().map(|asked| Spelling { words: asked.query.words.clone(), count: asked.count });
        Some(Self {
            question,
            count: members.iter().map(|asked| asked.count).sum(),
            last_asked_at: members.iter().map(|asked| asked.last).max()?.to_rfc3339_opts(SecondsFormat::Secs, true),
            nearest,
            spellings: spellings.collect(),
        })
    }
}

/// How the questions went altogether.
struct Summary {
    days: u32,
    asked: usize,
    answered: usize,
    suggested: usize,
    picked: usize,
    nothing: usize,
    answered_now: usize,
}

impl Summary {
    fn of(queries: &[FaqQuery], answered_now: usize, days: u32) -> Self {
        let count = |verdict| queries.iter().filter(|query| query.verdict == verdict).count();
        let picked = count(FaqVerdict::Picked);
        Self {
            days,
            asked: queries.len() - picked,
            answered: count(FaqVerdict::Answer),
            suggested: count(FaqVerdict::Suggestions),
            picked,
            nothing: count(FaqVerdict::None),
            answered_now,
        }
    }
}

fn text(out: &mut impl Write, gaps: &[Gap], summary: &Summary, look: Look) -> io::Result<()> {
    for gap in gaps {
        writeln!(out, "{:>5}x  {}", gap.count, look.bold(&one_line(&gap.question)))?;
        let others = gap.spellings.iter().skip(1).take(SPELLINGS_SHOWN);
        let others: Vec<String> =
            others.map(|other| format!("{} ({}x)", one_line(&other.words), other.count)).collect();
        if !others.is_empty() {
            let more = gap.spellings.len().saturating_sub(SPELLINGS_SHOWN + 1);
            let more = if more == 0 { String::new() } else { format!(" · and {more} more") };
            writeln!(out, "        {}", look.dim(&format!("also: {}{more}", others.join(" · "))))?;
        }
        if let Some(nearest) = &gap.nearest {
            writeln!(out, "        {}", look.dim(&format!("nearest: {} ({})", nearest.question, nearest.id)))?;
        }
    }
    let Summary { days, asked, answered, suggested, picked, nothing, answered_now } = summary;
    if *asked == 0 {
        return writeln!(out, "Nothing was asked in {days} days.");
    }
    writeln!(
        out,
        "{}In {days} days: {asked} asked, {answered} answered, {suggested} given suggestions ({picked} picks), {nothing} \
         given nothing. {answered_now} of those without an answer would get one today.",
        if gaps.is_empty() { "" } else { "\n" }
    )
}

/// On a terminal, where it takes long.
fn bar(questions: usize) -> ProgressBar {
    let questions = u64::try_from(questions).unwrap_or(u64::MAX);
    if questions < LONG {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(questions);
    match ProgressStyle::with_template("{bar:40} {pos} of {len} questions, {eta} to go") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
