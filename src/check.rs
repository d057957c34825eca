//! What `frontdesk check` looks at: one [`Finding`] for each thing, good or bad, with what to change where.
//!
//! [`offline`] needs no server. What asks the server is another list of findings, told by the same [`tell`].

use std::io::{self, Write};
use std::path::Path;

use crate::config::{Config, PasswordSources};
use crate::desk::settings::{QueueSettings, Settings};
use crate::faq::Faq;
use crate::store::{Reader, StoreError};

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How good it is.
    pub grade: Grade,
    /// What was looked at and how it is; for a bad thing also what to change.
    pub words: String,
}

/// How good a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Good,
    /// The desk would run, but perhaps not as meant.
    Doubtful,
    /// The desk would not run, or not serve everybody.
    Bad,
}

/// Exit code: nothing is bad.
pub const EXIT_GOOD: u8 = 0;
/// Exit code of sysexits for a bad configuration, which the FAQ and the password are part of.
pub const EXIT_CONFIGURATION: u8 = 78;
/// Exit code of sysexits for a database that cannot be used.
pub const EXIT_DATABASE: u8 = 74;

impl Finding {
    /// As it should be.
    pub fn good(words: impl Into<String>) -> Self {
        Self { grade: Grade::Good, words: words.into() }
    }

    /// Worth a second look.
    pub fn doubtful(words: impl Into<String>) -> Self {
        Self { grade: Grade::Doubtful, words: words.into() }
    }

    /// To be changed.
    pub fn bad(words: impl Into<String>) -> Self {
        Self { grade: Grade::Bad, words: words.into() }
    }
}

/// Looks at all that can be seen without a server, tells it, and says with which code to exit.
///
/// # Errors
/// The output cannot be written to.
pub fn offline(file: &Path, out: &mut impl Write) -> io::Result<u8> {
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(errors) => {
            let bad = errors.to_string().lines().map(Finding::bad).collect::<Vec<_>>();
            tell(&bad, out)?;
            return Ok(EXIT_CONFIGURATION);
        }
    };
    let mut findings = vec![Finding::good(format!("configuration: {} is valid", file.display()))];
    findings.extend(service(&config.settings()));
    findings.push(password(&PasswordSources::of_process(&config)));
    findings.extend(faq(&config));
    let configuration = worst(&findings);
    let store = store(&config.database);
    tell(&findings, out)?;
    tell(std::slice::from_ref(&store), out)?;
    Ok(match (configuration, store.grade) {
        (Grade::Bad, _) => EXIT_CONFIGURATION,
        (_, Grade::Bad) => EXIT_DATABASE,
        _ => EXIT_GOOD,
    })
}

/// Writes each finding on a line of its own, marked by its grade.
///
/// # Errors
/// The output cannot be written to.
pub fn tell(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let mark = match finding.grade {
            Grade::Good => "good    ",
            Grade::Doubtful => "doubtful",
            Grade::Bad => "bad     ",
        };
        writeln!(out, "{mark}  {}", finding.words)?;
    }
    Ok(())
}

/// The worst grade; good where nothing was looked at.
pub fn worst(findings: &[Finding]) -> Grade {
    findings.iter().map(|finding| finding.grade).max().unwrap_or(Grade::Good)
}

/// Whether somebody serves each queue.
fn service(settings: &Settings) -> Vec<Finding> {
    if settings.operators.is_empty() {
        let words = "operators: there is none, so every guest waits in vain; write an `[[operator]]` for each";
        return vec![Finding::doubtful(words)];
    }
    settings.queues.iter().map(|queue| queue_served(queue, settings)).collect()
}

fn queue_served(queue: &QueueSettings, settings: &Settings) -> Finding {
    let operators = settings.operators.iter().filter(|operator| operator.queues.contains(&queue.name));
    let names: Vec<&str> = operators.clone().map(|operator| operator.name.as_str()).collect();
    let places: u64 = operators.map(|operator| u64::from(operator.chats_max)).sum();
    if names.is_empty() {
        let words =
            format!("queue {}: nobody serves it; add {:?} to an operator's `queues`", queue.name, &*queue.name.0);
        return Finding::doubtful(words);
    }
    Finding::good(format!("queue {}: served by {}, {places} chats at once", queue.name, names.join(", ")))
}

fn password(sources: &PasswordSources) -> Finding {
    match (sources.read(), sources.origin()) {
        (Ok(_), Some(origin)) => Finding::good(format!("password: found in {origin}")),
        (Ok(_), None) => Finding::good("password: found"),
        (Err(error), _) => Finding::bad(format!("password: {error}")),
    }
}

fn faq(config: &Config) -> Vec<Finding> {
    let Some(folder) = &config.faq_dir else {
        let words = "FAQ: there is none, so `??` finds nothing; make a folder `faq` beside the configuration, or write `dir` under [faq]";
        return vec![Finding::doubtful(words)];
    };
    let (faq, problems) = Faq::load(folder);
    let number = faq.entries().len();
    let loaded = format!("FAQ: {number} entries in {}", folder.display());
    let count = if number == 0 { Finding::doubtful(loaded) } else { Finding::good(loaded) };
    let problems = problems.iter().map(|problem| Finding::bad(format!("FAQ: {problem}")));
    std::iter::once(count).chain(problems).collect()
}

/// A database that the daemon would make or bring up to date at its start is good.
fn store(database: &Path) -> Finding {
    let opened = Reader::open(database).and_then(|reader| reader.chats(true));
    match opened {
        Ok(open) => Finding::good(format!("store: {} can be read, {} chats are open", database.display(), open.len())),
        Err(StoreError::NotFound { .. }) => {
            Finding::good(format!("store: {} will be made at the first start", database.display()))
        }
        Err(error @ StoreError::OlderSchema { .. }) => Finding::good(format!("store: {error}")),
        Err(error) => Finding::bad(format!("store: {error}")),
    }
}
