//! `frontdesk simulate`

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Format, Output, output, simulated};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::simulate::crowd::Day;
use crate::simulate::replay::script::Stored;
use crate::simulate::replay::{self, Period};
use crate::simulate::report::Report;
use crate::simulate::{self, theory};
use crate::store::Reader;
use crate::transcript;

pub(super) const HELP: &str = "\
The very desk that `frontdesk run` is, without a server and with a clock that jumps: guests come at random, operators are \
always there and come when they are asked. Nothing is written and nobody is called. The same seed is the same day, so two \
configurations can be compared on the same guests.

Beside it stands what Erlang's formula predicts, and what it knows nothing of. docs/simulate.md tells more.

Examples:
  frontdesk simulate --arrivals 40 --talk 480             40 guests an hour, eight minutes each: are we enough?
  frontdesk simulate --arrivals 40 --patience 120         … and how many leave, if they wait two minutes on average?
  frontdesk simulate --accept 8 --within 60               operators need eight seconds to come
  frontdesk simulate --chats 1000000 --seed 7             a long day, for figures that stand still
  frontdesk simulate -c new.toml --replay                 what is stored, under another configuration
  frontdesk simulate -c new.toml --replay --database frontdesk.db --from 2026-11-01 --to 2026-11-30
  frontdesk simulate --replay --format json | jq '.chats[] | select(.was.operator != .would.operator)'";

/// So many chats take long enough for a bar.
const LONG: u64 = 20_000;
/// After so many guests the bar is moved on: some ten times a second.
const SHOWN_EACH: u64 = 1_000;

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// How many guests come
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    chats: u64,
    /// How many guests come in an hour, on average, while the first queue is open
    #[arg(long, value_name = "PER-HOUR", default_value_t = 30.0, value_parser = positive)]
    arrivals: f64,
    /// How long an operator and a guest talk, on average
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0, value_parser = positive)]
    talk: f64,
    /// How long a guest waits before they leave, on average [default: for ever]
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    patience: Option<f64>,
    /// How long an operator needs to come when asked, on average [default: they come at once]
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    accept: Option<f64>,
    /// Within which time a guest should be served: for the service level
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = positive)]
    within: f64,
    /// What chance begins with: another seed is another day
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Play what is stored instead of a day by chance
    #[arg(long, conflicts_with_all = ["chats", "arrivals", "talk", "patience", "accept", "seed"])]
    replay: bool,
    /// Where it is stored [default: the database of the configuration]
    #[arg(long, value_name = "FILE", requires = "replay")]
    database: Option<PathBuf>,
    /// The first day of what is played, 2026-11-30, in the configuration's time zone [default: the first that is stored]
    #[arg(long, value_name = "DATE", requires = "replay")]
    from: Option<NaiveDate>,
    /// The last day [default: the last that is stored]
    #[arg(long, value_name = "DATE", requires = "replay")]
    to: Option<NaiveDate>,
    #[command(flatten)]
    output: Output,
}

impl Simulate {
    pub(super) fn carry_out(&self, config: &Config) -> Result<(), Failure> {
        if self.replay { self.replay(config) } else { self.day(config) }
    }

    fn day(&self, config: &Config) -> Result<(), Failure> {
        let settings = config.settings();
        let day = Day {
            chats: self.chats,
            arrivals_per_hour: self.arrivals,
            talk: Duration::from_secs_f64(self.talk),
            patience: self.patience.map(Duration::from_secs_f64),
            accept: self.accept.map(Duration::from_secs_f64).unwrap_or_default(),
            seed: self.seed,
        };
        let bar = bar(self.chats);
        let outcome = simulate::day(&settings, day, None, |come| {
            if come.is_multiple_of(SHOWN_EACH) {
                bar.set_position(come);
            }
        });
        bar.finish_and_clear();
        let report = Report::new(&day, &outcome, &theory::of(&settings, &day), Duration::from_secs_f64(self.within));
        output::print(|out| match self.output.format {
            Format::Text => simulated::day(out, &report, output::look()),
            Format::Json => transcript::json::write(out, &report),
        })
    }

    fn replay(&self, config: &Config) -> Result<(), Failure> {
        let from = self.from.and_then(|day| midnight(day, config.zone)).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let after = self.to.and_then(|day| midnight(day.succ_opt()?, config.zone)).unwrap_or(DateTime::<Utc>::MAX_UTC);
        if after <= from {
            return Err(Failure::new(Exit::Usage, "--to lies before --from"));
        }
        let reader = Reader::open(self.database.as_ref().unwrap_or(&config.database))?;
        let (period, erased) = period(&reader, from, after)?;
        let counted = period.chats.iter().filter(|stored| stored.chat.opened_at >= from).count();
        if counted == 0 {
            return Err(Failure::new(Exit::Usage, nothing_to_play(erased)));
        }
        let bar = bar(u64::try_from(period.chats.len()).unwrap_or(u64::MAX));
        let comparison = replay::play(&config.settings(), period, None, |come| bar.set_position(come));
        bar.finish_and_clear();
        output::print(|out| match self.output.format {
            Format::Text => simulated::replay(out, &comparison, erased, Duration::from_secs_f64(self.within)),
            Format::Json => simulated::replay_json(out, &comparison, erased),
        })
    }
}

/// What is stored of this time, and how much of it was erased.
fn period(reader: &Reader, from: DateTime<Utc>, after: DateTime<Utc>) -> Result<(Period, usize), Failure> {
    let run_up = from.checked_sub_signed(replay::RUN_UP).unwrap_or(from);
    let (mut chats, mut erased) = (Vec::new(), 0);
    for chat in reader.chats_opened(run_up, after)? {
        if reader.erased_at(chat.id)?.is_some() {
            erased += usize::from(chat.opened_at >= from);
            continue;
        }
        let (lines, choices, facts) = (reader.lines(chat.id)?, reader.choices(chat.id)?, reader.facts(chat.id)?);
        chats.push(Stored { chat, lines, choices, facts });
    }
    let from = chats.first().map_or(from, |first| from.max(first.chat.opened_at));
    Ok((Period { from, chats, attendance: reader.attendance(after)? }, erased))
}

fn nothing_to_play(erased: usize) -> String {
    match erased {
        0 => "no chat is stored of that time: `frontdesk chats` lists those that are".to_owned(),
        erased => format!("the {erased} chats of that time were erased, so nobody knows what happened in them"),
    }
}

/// On a terminal, where it takes long.
fn bar(chats: u64) -> ProgressBar {
    if chats < LONG {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} guests, {eta} to go");
    let bar = ProgressBar::new(chats);
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    // Where the clocks are set at midnight the day begins an hour later.
    let at = |hour| zone.from_local_datetime(&day.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?)).earliest();
    at(0).or_else(|| at(1)).map(|at| at.to_utc())
}

/// A number above 0 that a span of seconds can be made of.
fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    let sensible = number > 0.0 && number <= 1e6;
    sensible.then_some(number).ok_or_else(|| "it must be more than 0 and at most 1000000".to_owned())
}
