//! What can be typed at the shell.

mod answer;
mod faq;
mod finding;
mod keeping;
mod log;
mod output;
mod simulate;
mod simulated;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::check;
use crate::config::{Config, ConfigErrors};
use crate::daemon;
use crate::desk::ids::ChatId;
use crate::exit::{Exit, Failure};
use crate::store::Reader;
use crate::transcript;
use faq::FaqCommand;
use keeping::Keeping;
use simulate::Simulate;

const EXAMPLES: &str = "\
Examples:
  frontdesk check                          is everything in frontdesk.toml as it should be?
  frontdesk run -c /etc/frontdesk.toml     open the desk
  frontdesk chats --open                   who is waiting, who is served, by whom?
  frontdesk transcript 17                  what was said in chat 17?
  frontdesk why 17                         why did it go to whom it went to?
  frontdesk faq ask \"printer offline\"      what would the desk answer?
  frontdesk search printer offline         who said that, and when?
  frontdesk verify                         is the record whole?
  frontdesk simulate --arrivals 40         would we be enough for 40 guests an hour?

`frontdesk COMMAND --help` tells more about each.

Exit codes:
   0  done
  64  what was typed makes no sense, there is no such chat, or a file would be overwritten
  69  unavailable: the server or the database; or another frontdesk is running
  74  the disk failed or is full, or the database is damaged
  77  the server does not accept the password
  78  the configuration must be changed";

const RUN: &str = "\
Logs in, goes on with the chats that are open, and prints the line `ready`, alone, on standard output. Everything else \
that it has to say goes to standard error.

  SIGTERM, Ctrl-C   finish what is begun and stop; chats stay open for the next start
  SIGHUP            read the configuration and the FAQ again, all or nothing
  FRONTDESK_LOG     how much to log: error, warn, info (default), debug, trace";

const CHECK: &str = "\
Reads the configuration, the FAQ and the database, and says what to change where, a line each: good, doubtful (the \
desk would run, but perhaps not as meant), bad. Ends with 0 where nothing is bad. Works beside the running desk.

Examples:
  frontdesk check
  frontdesk check --online     also logs in: rooms, rights, archive, operators' subscriptions

With --online it makes a room at each of `rooms.services`, tries there what the desk does in rooms, and removes it.";

const CHATS: &str = "\
Works beside the running desk and after it.

Examples:
  frontdesk chats --open
  frontdesk chats --format json | jq '.[] | select(.outcome == \"missed\")'

Stages: joining, waiting, offered, serving, closed.
Outcomes: answered (an operator spoke), abandoned (the guest left first), missed (nobody came, or the room was gone \
before we came), refused (limits, rights, rules), lost (the server lost the room).";

const TRANSCRIPT: &str = "\
Lines come in the room's order, times in UTC. Works beside the running desk and after it.

Examples:
  frontdesk transcript 17
  frontdesk transcript 17 --format html > 17.html
  frontdesk transcript 17 --format json | jq -r '.lines[] | select(.speaker == \"guest\") | .body'";

const WHY: &str = "\
Each choice in its order: who was offered the chat, by which rule, and why others were not; in UTC. The first 20 who \
were passed over are named, the rest is counted. Works beside the running desk and after it.

Examples:
  frontdesk why 17
  frontdesk why 17 --format json | jq '.choices[] | select(.kind == \"nobody\")'";

const RETIRE: &str = "\
To be used once, when a desk is given up: `frontdesk run` must not be running. Guests and operators who are still in \
a room are told.";

/// A help desk over XMPP group chat: guests without accounts, operators in the clients they already use.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, after_help = EXAMPLES, max_term_width = 110)]
pub struct Shell {
    /// The configuration
    #[arg(short, long, global = true, value_name = "FILE", default_value = "frontdesk.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the desk: the daemon
    #[command(after_help = RUN)]
    Run {
        /// Also serve the shop page of scripts/demo
        #[arg(long, hide = true)]
        demo: bool,
    },
    /// Check configuration, FAQ and database, with --online the server too
    #[command(after_help = CHECK)]
    Check {
        /// Log in and look at the server as well
        #[arg(long)]
        online: bool,
    },
    /// List chats
    #[command(after_help = CHATS)]
    Chats {
        /// Only those that are not closed
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Show what was said in a chat
    #[command(after_help = TRANSCRIPT)]
    Transcript {
        /// The chat's number, as `frontdesk chats` lists it
        #[arg(value_parser = clap::value_parser!(i64).range(1..))]
        chat: i64,
        /// How to show it
        #[arg(long, value_enum, default_value_t = PageFormat::Text)]
        format: PageFormat,
    },
    /// Show why a chat went where it went
    #[command(after_help = WHY)]
    Why {
        /// The chat's number, as `frontdesk chats` lists it
        #[arg(value_parser = clap::value_parser!(i64).range(1..))]
        chat: i64,
        #[command(flatten)]
        output: Output,
    },
    /// Ask the FAQ, measure it
    #[command(subcommand)]
    Faq(FaqCommand),
    #[command(flatten)]
    Keeping(Keeping),
    /// Try the configuration out on a simulated day, or on what is stored
    #[command(after_help = simulate::HELP)]
    Simulate(Simulate),
    /// Give the desk up: close all chats and destroy their rooms
    #[command(after_help = RETIRE)]
    Retire,
}

#[derive(Debug, Args)]
struct Output {
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one line, on standard output alone
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PageFormat {
    /// For people
    Text,
    /// For programs: one line, on standard output alone
    Json,
    /// For a browser: one page that needs nothing else
    Html,
}

/// Reads the command line.
///
/// # Errors
/// There is nothing to do any more: help or the version was asked for and given, or a mistake was explained.
pub fn parse() -> Result<Shell, Exit> {
    Shell::try_parse().map_err(|error| {
        // Nobody reads a help whose pipe is closed.
        drop(error.print());
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })
}

impl Shell {
    /// Does what was typed. Failures are told on standard error.
    pub fn perform(self) -> Exit {
        log::to_standard_error();
        match self.carry_out() {
            Ok(exit) => exit,
            Err(failure) => {
                output::complain(&failure.words);
                failure.exit
            }
        }
    }

    fn carry_out(self) -> Result<Exit, Failure> {
        let config = || -> Result<Config, ConfigErrors> { Config::load(&self.config) };
        match self.command {
            Command::Run { demo } => daemon::run(config()?, demo),
            Command::Check { online } => return check(&self.config, online),
            Command::Chats { open, output } => chats(&config()?, open, output.format),
            Command::Transcript { chat, format } => transcript(&config()?, ChatId(chat), format),
            Command::Why { chat, output } => why(&config()?, ChatId(chat), output.format),
            Command::Faq(faq) => faq.carry_out(|| Ok(config()?)),
            Command::Simulate(simulate) => simulate.carry_out(&config()?),
            Command::Keeping(keeping) => keeping.carry_out(&config()?),
            Command::Retire => daemon::retire(config()?),
        }
        .map(|()| Exit::Done)
    }
}

fn chats(config: &Config, open_only: bool, format: Format) -> Result<(), Failure> {
    let chats = Reader::open(&config.database)?.chats(open_only)?;
    output::print(|out| match format {
        Format::Text => transcript::text::chats(out, &chats, output::look()),
        Format::Json => transcript::json::chats(out, &chats),
    })
}

fn transcript(config: &Config, id: ChatId, format: PageFormat) -> Result<(), Failure> {
    let reader = Reader::open(&config.database)?;
    let chat = reader.chat(id)?.ok_or_else(|| no_such_chat(id))?;
    let (lines, choices, rating) = (reader.lines(id)?, reader.choices(id)?, reader.rating(id)?);
    let rating = rating.as_ref();
    output::print(|out| match format {
        PageFormat::Text => transcript::text::transcript(out, &chat, &lines, rating, output::look()),
        PageFormat::Json => transcript::json::transcript(out, &chat, &lines, &choices, rating),
        PageFormat::Html => transcript::html::transcript(out, &chat, &lines, rating),
    })
}

fn why(config: &Config, id: ChatId, format: Format) -> Result<(), Failure> {
    let reader = Reader::open(&config.database)?;
    let chat = reader.chat(id)?.ok_or_else(|| no_such_chat(id))?;
    let choices = reader.choices(id)?;
    output::print(|out| match format {
        Format::Text => transcript::why::text(out, &chat, &choices, output::look()),
        Format::Json => transcript::why::json(out, &chat, &choices),
    })
}

fn no_such_chat(id: ChatId) -> Failure {
    Failure::new(Exit::Usage, format_args!("there is no chat {id}: `frontdesk chats` lists them"))
}

fn check(file: &Path, online: bool) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    output::print(|out| {
        exit = if online { check::online(file, out, &mut output::progress)? } else { check::offline(file, out)? };
        Ok(())
    })?;
    Ok(exit)
}
