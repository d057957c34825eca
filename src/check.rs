//! What `frontdesk check` looks at: one finding for each thing, good or bad, with what to change where.
//!
//! [`offline`] needs no server; [`online`] goes on with what can be asked only there.

mod advice;
mod crm;
mod online;
mod report;
mod service;

use std::io::{self, Write};
use std::path::Path;

use crate::clock::Clock;
use crate::config::{Config, PasswordSources};
use crate::exit::Exit;
use crate::faq::Faq;
use crate::store::{Reader, StoreError};

use report::{Finding, Report};

/// Looks at all that can be seen without a server, tells it, and says how to exit.
///
/// # Errors
/// The output cannot be written to.
pub fn offline(file: &Path, out: &mut impl Write) -> io::Result<Exit> {
    let mut silent = |_: &str| {};
    let mut report = Report::new(out, &mut silent);
    look(file, &mut report)?;
    Ok(report.exit())
}

/// Looks at the same and, where a login is possible at all, at the server. `progress` is told what is being done, and
/// nothing (an empty text) before something is written to `out`.
///
/// # Errors
/// The output cannot be written to.
pub fn online(file: &Path, out: &mut impl Write, progress: &mut dyn FnMut(&str)) -> io::Result<Exit> {
    let mut report = Report::new(out, progress);
    if let Some(config) = look(file, &mut report)? {
        online::look(&config, &mut report)?;
    }
    Ok(report.exit())
}

/// The configuration, where it is valid.
fn look(file: &Path, report: &mut Report<'_>) -> io::Result<Option<Config>> {
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(errors) => {
            report.tell_all(errors.to_string().lines().map(|line| Finding::bad(Exit::Config, line)))?;
            return Ok(None);
        }
    };
    report.tell(&Finding::good(format!("configuration: {} is valid", file.display())))?;
    report.tell_all(service::service(&config.settings(), Clock::start().now().wall))?;
    report.tell(&password(&PasswordSources::of_process(&config)))?;
    report.tell_all(faq(&config))?;
    report.tell_all(crm::look(&config))?;
    report.tell(&store(&config.database))?;
    Ok(Some(config))
}

fn password(sources: &PasswordSources) -> Finding {
    match (sources.read(), sources.origin()) {
        (Ok(_), Some(origin)) => Finding::good(format!("password: found in {origin}")),
        (Ok(_), None) => Finding::good("password: found"),
        (Err(error), _) => Finding::bad(Exit::Config, format!("password: {error}")),
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
    let problems = problems.iter().map(|problem| Finding::bad(Exit::Config, format!("FAQ: {problem}")));
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
        Err(error) => Finding::bad(Exit::Io, format!("store: {error}")),
    }
}
