//! What `frontdesk simulate` prints.

use std::io::{self, Write};
use std::time::Duration;

use chrono::SecondsFormat;
use serde::Serialize;

use crate::desk::record::Outcome;
use crate::simulate::figures::{Waits, part};
use crate::simulate::replay::{Comparison, Course, Played};
use crate::simulate::report::{Report, Wait};
use crate::transcript::harmless::one_line;
use crate::transcript::json;
use crate::transcript::text::Look;

/// So many chats that go elsewhere are listed for people; programs get all.
const SHOWN: usize = 20;

/// A synthetic day, for people.
pub(super) fn day(out: &mut impl Write, report: &Report, look: Look) -> io::Result<()> {
    let asked = &report.day;
    writeln!(
        out,
        "{} guests in {:.0} hours, {} an hour, who talk for {}; {} places; seed {}",
        asked.chats,
        asked.hours,
        asked.arrivals_per_hour,
        span(asked.talk_seconds),
        report.erlang_c.places,
        asked.seed
    )?;
    writeln!(out, "\n{:28}{:>12}{:>12}", "", "simulated", "Erlang C")?;
    let predicted = report.erlang_c.wait;
    let theory = |number: fn(&Wait) -> f64| predicted.as_ref().map(number);
    row(out, "waited on average", &span(report.wait.mean), theory(|wait| wait.mean).map(span))?;
    row(out, "half of them at most", &span(report.wait.p50), theory(|wait| wait.p50).map(span))?;
    row(out, "95 of 100 at most", &span(report.wait.p95), theory(|wait| wait.p95).map(span))?;
    row(out, "had to wait at all", &percent(report.wait.waited), theory(|wait| wait.waited).map(percent))?;
    let within = format!("answered within {}", span(asked.within_seconds));
    row(out, &within, &percent(report.service_level), report.erlang_c.service_level.map(percent))?;
    row(out, "left before somebody came", &percent(report.abandonment), None)?;
    row(out, "places taken", &percent(report.occupancy), report.erlang_c.occupancy.map(percent))?;
    others(out, report)?;
    writeln!(out)?;
    for who in &report.operators {
        let (busy, places) = (percent(who.occupancy), who.places);
        writeln!(
            out,
            "{:28}{:>12}{:>12}",
            one_line(&who.name),
            format!("{} chats", who.chats),
            format!("{busy} of {places}")
        )?;
    }
    if !report.erlang_c.but.is_empty() {
        let but = report.erlang_c.but.join("; ");
        writeln!(out, "\n{}", look.dim(&format!("Erlang C does not quite apply: {but}.")))?;
    }
    Ok(())
}

fn others(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let ended = [
        ("turned away", report.chats.refused),
        ("missed", report.chats.missed),
        ("room lost", report.chats.lost),
        ("never served", report.chats.unserved),
    ];
    for (words, count) in ended.into_iter().filter(|(_, count)| *count > 0) {
        row(out, words, &count.to_string(), None)?;
    }
    Ok(())
}

fn row(out: &mut impl Write, words: &str, simulated: &str, predicted: Option<String>) -> io::Result<()> {
    writeln!(out, "{words:28}{simulated:>12}{:>12}", predicted.unwrap_or_else(|| "–".to_owned()))
}

/// A replay, for people.
pub(super) fn replay(out: &mut impl Write, played: &Comparison, erased: usize, within: Duration) -> io::Result<()> {
    let count = played.chats.len();
    writeln!(out, "{count} {} played again{}", if count == 1 { "chat" } else { "chats" }, left_out(erased))?;
    writeln!(out, "\n{:28}{:>12}{:>12}", "", "as it was", "would be")?;
    for (words, outcome) in [
        ("answered", Outcome::Answered),
        ("abandoned", Outcome::Abandoned),
        ("missed", Outcome::Missed),
        ("refused", Outcome::Refused),
        ("lost", Outcome::Lost),
    ] {
        let ended = |course: fn(&Played) -> &Course| {
            played.chats.iter().filter(|one| course(one).outcome == Some(outcome)).count().to_string()
        };
        row(out, words, &ended(|one| &one.was), Some(ended(|one| &one.would)))?;
    }
    waits(out, played, within)?;
    elsewhere(out, played)?;
    assumptions(out, played)
}

fn left_out(erased: usize) -> String {
    if erased == 0 { String::new() } else { format!("; {erased} were erased and are left out") }
}

fn waits(out: &mut impl Write, played: &Comparison, within: Duration) -> io::Result<()> {
    let (was, would) = played.waits();
    let mut both = |words: &str, told: &dyn Fn(&Waits) -> String| row(out, words, &told(&was), Some(told(&would)));
    both("waited on average", &|waits| span(waits.mean().as_secs_f64()))?;
    both("half of them at most", &|waits| span(waits.quantile(0.5).as_secs_f64()))?;
    both("95 of 100 at most", &|waits| span(waits.quantile(0.95).as_secs_f64()))?;
    let within_words = format!("served within {}", span(within.as_secs_f64()));
    both(&within_words, &|waits| percent(part(waits.within(within), played.chats.len() as u64)))
}

fn elsewhere(out: &mut impl Write, played: &Comparison) -> io::Result<()> {
    let differing = played.chats.iter().filter(|one| one.differs()).count();
    let moved: Vec<&Played> = played.chats.iter().filter(|one| one.goes_elsewhere()).collect();
    writeln!(out, "\n{differing} would have gone another way, {} to somebody else.", moved.len())?;
    for one in moved.iter().take(SHOWN) {
        let at = one.opened_at.format("%Y-%m-%d %H:%M:%S");
        writeln!(out, "{:>8}  {at}  {} → {}", one.chat, course(&one.was), course(&one.would))?;
    }
    if moved.len() > SHOWN {
        writeln!(out, "{:>8}  and {} more: --format json names all", "", moved.len() - SHOWN)?;
    }
    Ok(())
}

fn course(course: &Course) -> String {
    match (&course.operator, course.wait_seconds) {
        (Some(operator), Some(wait)) => format!("{} after {}", one_line(operator), span(wait)),
        _ => "nobody".to_owned(),
    }
}

fn assumptions(out: &mut impl Write, played: &Comparison) -> io::Result<()> {
    if !played.always_there.is_empty() {
        let names: Vec<String> = played.always_there.iter().map(|name| one_line(name)).collect();
        writeln!(out, "\nWhen these were there is not recorded, so they always were: {}.", names.join(", "))?;
    }
    writeln!(out, "\nGuests do what they did: whether one would have waited longer, or left sooner, nobody knows.")
}

#[derive(Serialize)]
struct Replayed<'a> {
    chats: Vec<One<'a>>,
    erased: usize,
    always_there: &'a [String],
    wait: BothWaits,
}

#[derive(Serialize)]
struct BothWaits {
    was: Wait,
    would: Wait,
}

#[derive(Serialize)]
struct One<'a> {
    id: i64,
    opened_at: String,
    differs: bool,
    was: &'a Course,
    would: &'a Course,
}

/// A replay, for programs.
pub(super) fn replay_json(out: &mut impl Write, played: &Comparison, erased: usize) -> io::Result<()> {
    let (was, would) = played.waits();
    let chats = played.chats.iter().map(|one| One {
        id: one.chat.0,
        opened_at: one.opened_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        differs: one.differs(),
        was: &one.was,
        would: &one.would,
    });
    let wait = BothWaits { was: Wait::measured(&was), would: Wait::measured(&would) };
    json::write(out, &Replayed { chats: chats.collect(), erased, always_there: &played.always_there, wait })
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

/// As short as it says something.
fn span(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".to_owned(),
        seconds if seconds < 100.0 => format!("{seconds:.1} s"),
        seconds if seconds < 6_000.0 => format!("{:.0} s", seconds),
        seconds if seconds < 360_000.0 => format!("{:.1} h", seconds / 3_600.0),
        seconds => format!("{:.1} days", seconds / 86_400.0),
    }
}
