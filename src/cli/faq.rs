//! `frontdesk faq …`

mod gaps;
mod review;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Format, Output, answer, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::action::Look;
use crate::desk::wording::Language;
use crate::exit::{Exit, Failure};
use crate::faq::eval::{self, Dataset, Figures, HEADING, Line, Verdicts};
use crate::faq::{Faq, Thresholds};
use crate::transcript;

const ASK: &str = "\
The same search that answers `?? words` in a room.

Examples:
  frontdesk faq ask how do I print
  frontdesk faq ask --format json -- --strange words";

const GAPS: &str = "\
What was asked with `??` and not answered: there was nothing, or what was suggested was not picked. Questions that ask the \
same are put together, the most frequent first. What the FAQ would answer today is left out. Names of guests are not \
kept with what they asked.

Examples:
  frontdesk faq gaps
  frontdesk faq gaps --days 7 --format json | jq -r '.[].question'";

const REVIEW: &str = "\
Two kinds of proposals wait here: new entries, which operators proposed with `!learn`, and new aliases, where a guest \
picked an entry from what was suggested (`?? 2`). What you accept is written into the FAQ's folder; the running desk \
notices. Without ACTION it asks about each at a terminal, and lists them elsewhere.

Examples:
  frontdesk faq review                     goes through all that waits, and asks
  frontdesk faq review list --format json
  frontdesk faq review accept 7            a new file, named after the question
  frontdesk faq review accept 7 --edit     opens it in $VISUAL or $EDITOR first
  frontdesk faq review accept 7 --name reset-password --question \"How do I reset my password?\"
  frontdesk faq review reject 8 9";

const EVAL: &str = "\
DIR holds entries.jsonl, the FAQ ({id, question, aliases, answer, lang} a line), and queries.jsonl, what was asked \
({query, relevant, kind, lang, split} a line): `relevant` are the ids that answer it, none where the FAQ has no answer; \
`kind` is in, oos-near or oos-far; a threshold is chosen on `split` dev and judged on `split` test. docs/faq.md says what \
the figures mean. Needs no configuration.

Examples:
  frontdesk faq eval my-faq
  frontdesk faq eval my-faq --run run.jsonl";

/// How many questions take long enough for a bar.
const LONG: usize = 5_000;

#[derive(Debug, Subcommand)]
pub(super) enum FaqCommand {
    /// Show what the desk answers to a question
    #[command(after_help = ASK)]
    Ask {
        /// The question
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Show what was asked and not answered
    #[command(after_help = GAPS)]
    Gaps {
        /// How far to look back
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Accept or reject what the FAQ may learn
    #[command(after_help = REVIEW)]
    Review {
        #[command(subcommand)]
        action: Option<review::Action>,
    },
    /// Measure how good the answers to known questions are
    #[command(after_help = EVAL)]
    Eval {
        /// The folder with entries.jsonl and queries.jsonl
        dir: PathBuf,
        /// Write here what each question came to, a line each
        #[arg(long, value_name = "FILE")]
        run: Option<PathBuf>,
    },
}

impl FaqCommand {
    pub(super) fn carry_out(self, config: impl FnOnce() -> Result<Config, Failure>) -> Result<(), Failure> {
        match self {
            Self::Ask { words, output } => ask(&config()?, &words.join(" "), output.format),
            Self::Gaps { days, output } => gaps::show(&config()?, days, output.format),
            Self::Review { action } => review::carry_out(action, &config()?),
            Self::Eval { dir, run } => evaluate(&dir, run.as_deref()),
        }
    }
}

/// In English, whatever the shell's language: scripts get the same everywhere.
fn ask(config: &Config, words: &str, format: Format) -> Result<(), Failure> {
    let faq = load(config)?;
    output::print(|out| match format {
        Format::Text => {
            answer::text(out, &faq.answer(&Look::Words(words.to_owned()), Language::English), output::look())
        }
        Format::Json => transcript::json::write(out, &faq.search(words, Language::English)),
    })
}

/// The FAQ as the desk has it. A file that cannot be read is told and passed over.
fn load(config: &Config) -> Result<Faq, Failure> {
    let (faq, problems) = Faq::load(folder(config)?);
    for problem in problems {
        output::complain(&problem.to_string());
    }
    let sureness = config.faq_sureness;
    Ok(faq.with_thresholds(Thresholds::percent(sureness.answer_from_percent, sureness.suggest_from_percent)))
}

fn folder(config: &Config) -> Result<&Path, Failure> {
    config.faq_dir.as_deref().ok_or_else(no_faq)
}

fn no_faq() -> Failure {
    Failure::new(
        Exit::Config,
        "there is no FAQ: make the folder `faq` beside the configuration, or name one under [faq]",
    )
}

fn evaluate(dir: &Path, file: Option<&Path>) -> Result<(), Failure> {
    let dataset = Dataset::load(dir).map_err(|what| Failure::new(Exit::Usage, what))?;
    let bar = bar(dataset.queries.len());
    let clock = Clock::start();
    let lines =
        eval::run(&dataset, || clock.stopwatch(), |done, _| bar.set_position(u64::try_from(done).unwrap_or_default()));
    bar.finish_and_clear();
    if let Some(file) = file {
        write(file, &lines).map_err(|error| Failure::new(Exit::Io, format_args!("{}: {error}", file.display())))?;
    }
    let figures = Figures::of(&dataset.queries, &lines);
    let verdicts = Verdicts::of(&dataset.queries, &eval::judge(&dataset));
    output::print(|out| {
        writeln!(out, "{HEADING}")?;
        writeln!(out, "{:34}{figures}", "frontdesk")?;
        writeln!(out, "\nwith the shipped thresholds, on `split` test:\n{verdicts}")
    })
}

/// On a terminal, where it takes long.
fn bar(questions: usize) -> ProgressBar {
    if questions < LONG {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} questions, {eta} to go");
    let bar = ProgressBar::new(u64::try_from(questions).unwrap_or_default());
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

fn write(file: &Path, lines: &[Line]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for line in lines {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
