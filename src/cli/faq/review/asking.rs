//! Asks at a terminal what to do about each proposal.

use std::io::{self, BufRead, Write};

use super::waiting::Waiting;
use super::{Changes, accept, listing, told, waiting};
use crate::cli::output;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::store::{ProposalState, Reviewer};

const KEYS: &str = "\
  a  accept: it is written into the FAQ
  e  edit it in your editor ($VISUAL or $EDITOR), then accept
  r  reject: the same is not proposed again
  s  skip (or Enter): it waits for the next time
  q  quit (or Ctrl-D): what is left waits";

/// What is done about a proposal.
enum Choice {
    Accept(Changes),
    Reject,
    Skip,
    Quit,
}

/// What became of the proposals so far.
#[derive(Default)]
struct Tally {
    accepted: usize,
    rejected: usize,
}

/// Goes through all that waits. Each choice is carried out at once, so whoever leaves in the middle loses nothing.
pub(super) fn ask_about_all(config: &Config) -> Result<(), Failure> {
    let waiting = waiting(config)?;
    if waiting.is_empty() {
        return output::print(|out| listing::text(out, &waiting, output::look()));
    }
    let mut tally = Tally::default();
    for (number, one) in waiting.iter().enumerate() {
        output::print(|out| {
            writeln!(out, "{} of {}", number + 1, waiting.len())?;
            listing::whole(out, one, output::look())
        })?;
        if !ask_about(config, one, &mut tally)? {
            break;
        }
    }
    let left = waiting.len() - tally.accepted - tally.rejected;
    output::print(|out| writeln!(out, "{} accepted, {} rejected, {left} still waiting", tally.accepted, tally.rejected))
}

/// Says whether to go on. What cannot be done is told, and asked again.
fn ask_about(config: &Config, one: &Waiting, tally: &mut Tally) -> Result<bool, Failure> {
    loop {
        match choice()? {
            Choice::Quit => return Ok(false),
            Choice::Skip => return Ok(true),
            Choice::Reject => {
                Reviewer::open(&config.database)?.decide(&one.ids, ProposalState::Rejected)?;
                tally.rejected += 1;
                return Ok(true);
            }
            Choice::Accept(changes) => match accept(config, one, &changes) {
                Ok(file) => {
                    tally.accepted += 1;
                    return told(&file).map(|()| true);
                }
                Err(failure) if failure.exit == Exit::Usage => output::complain(&failure.words),
                Err(failure) => return Err(failure),
            },
        }
    }
}

/// What is no choice is answered with what is one.
fn choice() -> Result<Choice, Failure> {
    loop {
        let prompt = output::look().bold("accept, edit, reject, skip, quit?");
        output::print(|out| write!(out, "{prompt} [a/e/r/s/q, ? for help] "))?;
        let Some(typed) = typed()? else { return output::print(|out| writeln!(out)).map(|()| Choice::Quit) };
        match typed.trim().to_lowercase().as_str() {
            "a" | "accept" => return Ok(Choice::Accept(Changes::default())),
            "e" | "edit" => return Ok(Choice::Accept(Changes { edit: true, ..Changes::default() })),
            "r" | "reject" => return Ok(Choice::Reject),
            "s" | "skip" | "" => return Ok(Choice::Skip),
            "q" | "quit" => return Ok(Choice::Quit),
            _ => output::print(|out| writeln!(out, "{KEYS}"))?,
        }
    }
}

/// A line, whatever its bytes are; `None` at the end (Ctrl-D).
fn typed() -> Result<Option<String>, Failure> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut bytes)?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}
