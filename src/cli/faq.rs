//! `frontdesk faq …`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Format, Output, answer, output};
use crate::clock::Clock;
use crate::config::Config;
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
            Self::Eval { dir, run } => evaluate(&dir, run.as_deref()),
        }
    }
}

/// In English, whatever the shell's language: scripts get the same everywhere. A file that cannot be read is told and
/// passed over, as the desk does.
fn ask(config: &Config, words: &str, format: Format) -> Result<(), Failure> {
    let folder = config.faq_dir.as_ref().ok_or_else(no_faq)?;
    let (faq, problems) = Faq::load(folder);
    let sureness = config.faq_sureness;
    let faq = faq.with_thresholds(Thresholds::percent(sureness.answer_from_percent, sureness.suggest_from_percent));
    for problem in problems {
        output::complain(&problem.to_string());
    }
    output::print(|out| match format {
        Format::Text => answer::text(out, &faq.answer(words, Language::English)),
        Format::Json => transcript::json::write(out, &faq.search(words, Language::English)),
    })
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
    let usual = Thresholds::default();
    let verdicts = Verdicts::with(&dataset.queries, &lines, usual.answer_from, usual.suggest_from);
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
