//! `frontdesk faq review`: what the FAQ may learn, accepted or rejected.

mod asking;
mod editing;
mod listing;
mod waiting;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::{Format, output};
use crate::config::Config;
use crate::desk::record::FaqLesson;
use crate::exit::{Exit, Failure};
use crate::faq::Faq;
use crate::faq::writing::{self, Draft, Naming};
use crate::store::{ProposalState, Reader, Reviewer};
use waiting::Waiting;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Show what waits
    List {
        #[command(flatten)]
        output: crate::cli::Output,
    },
    /// Write one into the FAQ
    Accept {
        /// Its number
        id: i64,
        #[command(flatten)]
        changes: Changes,
    },
    /// Do not want these, nor the same again
    Reject {
        /// Their numbers
        #[arg(required = true)]
        ids: Vec<i64>,
    },
}

/// What is to be different from the proposal.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct Changes {
    /// Open it in $VISUAL or $EDITOR first
    #[arg(long)]
    edit: bool,
    /// Another question, or another alias
    #[arg(long, value_name = "TEXT")]
    question: Option<String>,
    /// Another answer, for a new entry
    #[arg(long, value_name = "TEXT")]
    answer: Option<String>,
    /// The new entry's id, which is its file's name
    #[arg(long, value_name = "ID")]
    name: Option<String>,
}

pub(super) fn carry_out(action: Option<Action>, config: &Config) -> Result<(), Failure> {
    match action {
        Some(Action::List { output }) => list(config, output.format),
        Some(Action::Accept { id, changes }) => accept_one(config, id, &changes),
        Some(Action::Reject { ids }) => reject(config, &ids),
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => asking::ask_about_all(config),
        None => list(config, Format::Text),
    }
}

fn waiting(config: &Config) -> Result<Vec<Waiting>, Failure> {
    let (faq, _) = Faq::load(super::folder(config)?);
    Ok(waiting::waiting(&Reader::open(&config.database)?.faq_proposals()?, &faq))
}

fn list(config: &Config, format: Format) -> Result<(), Failure> {
    let waiting = waiting(config)?;
    output::print(|out| match format {
        Format::Text => listing::text(out, &waiting, output::look()),
        Format::Json => listing::json(out, &waiting),
    })
}

fn find(waiting: &[Waiting], id: i64) -> Result<&Waiting, Failure> {
    let unknown =
        || Failure::new(Exit::Usage, format_args!("no proposal {id} waits: `frontdesk faq review` lists them"));
    waiting.iter().find(|one| one.ids.contains(&id)).ok_or_else(unknown)
}

fn accept_one(config: &Config, id: i64, changes: &Changes) -> Result<(), Failure> {
    let waiting = waiting(config)?;
    let file = accept(config, find(&waiting, id)?, changes)?;
    told(&file)
}

fn told(file: &Path) -> Result<(), Failure> {
    output::print(|out| writeln!(out, "written: {}", file.display()))
}

fn reject(config: &Config, ids: &[i64]) -> Result<(), Failure> {
    let waiting = waiting(config)?;
    let mut all = Vec::new();
    for id in ids {
        all.extend(&find(&waiting, *id)?.ids);
    }
    Ok(Reviewer::open(&config.database)?.decide(&all, ProposalState::Rejected)?)
}

/// Written first: a file without its note is seen, a note without its file would be lost.
fn accept(config: &Config, one: &Waiting, changes: &Changes) -> Result<PathBuf, Failure> {
    let folder = super::folder(config)?;
    let mut reviewer = Reviewer::open(&config.database)?;
    let file = match &one.proposal.lesson {
        FaqLesson::Entry { answer, .. } => accept_entry(folder, one, answer, changes)?,
        FaqLesson::Alias { entry } => accept_alias(folder, entry, one, changes)?,
    };
    reviewer.decide(&one.ids, ProposalState::Accepted).map_err(|error| {
        let failure = Failure::from(error);
        let words =
            format!("{} is written, but the proposal still waits; reject it: {}", file.display(), failure.words);
        Failure::new(failure.exit, words)
    })?;
    Ok(file)
}

fn accept_entry(folder: &Path, one: &Waiting, answer: &str, changes: &Changes) -> Result<PathBuf, Failure> {
    let draft = Draft {
        question: changes.question.clone().unwrap_or_else(|| one.proposal.question.clone()),
        aliases: Vec::new(),
        language: Some(one.proposal.language.tag().to_owned()),
        text: changes.answer.clone().unwrap_or_else(|| answer.to_owned()),
    };
    let mut markdown = draft.markdown().map_err(|what| wrong(&format!("the entry {what}")))?;
    if changes.edit {
        markdown = editing::edited(&markdown)?;
    }
    let made = draft.name();
    let naming = changes.name.as_deref().map_or(Naming::Like(&made), Naming::Exactly);
    writing::add(folder, &markdown, naming).map_err(|what| wrong(&what))
}

fn accept_alias(folder: &Path, entry: &str, one: &Waiting, changes: &Changes) -> Result<PathBuf, Failure> {
    if changes.answer.is_some() || changes.name.is_some() {
        return Err(wrong("this is an alias: it has a --question and no --answer or --name"));
    }
    let mut alias = changes.question.clone().unwrap_or_else(|| one.proposal.question.clone());
    if changes.edit {
        alias = editing::edited(&format!("{alias}\n"))?;
    }
    writing::add_alias(folder, entry, &alias).map_err(|what| wrong(&what))
}

fn wrong(what: &str) -> Failure {
    Failure::new(Exit::Usage, what)
}
