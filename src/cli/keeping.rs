//! What is done with the record: prove it, search it, copy it, give it, forget it.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jid::Jid;

use super::{Format, finding, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::ids::ChatId;
use crate::desk::record::{ChatRecord, StageName};
use crate::exit::{Exit, Failure};
use crate::logs::LogFolder;
use crate::store::{Eraser, Erasure, Findings, Reader, StoreError, WORDS_MAX, Whose};
use crate::transcript::{self, Kept, text::Look};

const SEARCH: &str = "\
Finds the lines that were said with all these words in them, the latest first. Case and accents make no difference, \
and no character has a meaning of its own.

Examples:
  frontdesk search printer offline
  frontdesk search --format json -- --strange words | jq -r '.[].chat'";

const BACKUP: &str = "\
One file, complete and checked, taken while the desk runs. It holds everything, passwords of rooms too, and only its \
owner can read it. Nothing is overwritten.

To restore it, stop the desk, copy the file over the database and remove the database's -wal and -shm, if they are \
there; then start the desk.

Example:
  frontdesk backup /backups/desk-$(date +%F).db";

const VERIFY: &str = "\
Looks at the database's structure, at each chat's chain of links (is every line as it was recorded, in its order, none \
added or taken away?), and whether a chat ever had two owners at once. Says what is wrong in which chat and line, and \
then exits with 74. Works beside the running desk.

Example:
  frontdesk verify && frontdesk backup /backups/desk.db";

const EXPORT: &str = "\
Everything that is kept about a guest or in a chat. A bare JID stands for all its full JIDs. Guests without accounts \
have a new address each time: name the chat. Counters name nobody, so there are none in it. Why the chat went where it \
went, and the message that the guest left for later, are in the JSON.

Examples:
  frontdesk export --guest joe@example.org --output joe.json
  frontdesk export --chat 17 --format html --output 17.html";

const ERASE: &str = "\
Words, nicks, addresses and passwords go from the tables, the search index, the write-ahead log and the log files. What \
stays: that there was a chat, when, its operator and outcome, and the chain that proves that nothing else is missing. \
Open chats are refused. The database's file is rebuilt, for which it needs as much room again, and for which the desk's \
turns wait. Backups and exports made before still have the words.

Examples:
  frontdesk erase --chat 17
  frontdesk erase --guest joe@example.org --yes";

const PURGE: &str = "\
Erases, as `frontdesk erase` does, all chats that were closed more than [store] retention_days ago. The desk does the \
same every night at half past three; only this command also rebuilds the database's file.";

/// What is done with the record.
#[derive(Debug, Subcommand)]
pub(super) enum Keeping {
    /// Find what was said
    #[command(after_help = SEARCH)]
    Search {
        /// The words
        #[arg(required = true)]
        words: Vec<String>,
        /// At most so many lines
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// How to show them
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Copy the database while the desk runs
    #[command(after_help = BACKUP)]
    Backup {
        /// The copy
        file: PathBuf,
    },
    /// Prove that the record is whole
    #[command(after_help = VERIFY)]
    Verify,
    /// Give out all that is kept about a guest, or in a chat
    #[command(after_help = EXPORT)]
    Export {
        #[command(flatten)]
        whose: WhoseArgs,
        /// How to write it
        #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
        format: ExportFormat,
        /// A new file, for its owner alone, instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Forget what was said by a guest, or in a chat
    #[command(after_help = ERASE)]
    Erase {
        #[command(flatten)]
        whose: WhoseArgs,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Forget what is older than [store] retention_days
    #[command(after_help = PURGE)]
    Purge,
}

/// Who or what is meant.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct WhoseArgs {
    /// The guest's address
    #[arg(long, value_name = "JID")]
    guest: Option<Jid>,
    /// The chat's number, as `frontdesk chats` lists it
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    chat: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// For programs: one line
    Json,
    /// For a spreadsheet: a row for each line
    Csv,
    /// For people
    Text,
    /// For a browser: one page that needs nothing else
    Html,
}

impl Keeping {
    /// Does what was typed.
    pub(super) fn carry_out(self, config: &Config) -> Result<(), Failure> {
        match self {
            Self::Search { words, limit, format } => search(config, &words.join(" "), limit, format),
            Self::Backup { file } => backup(config, &file),
            Self::Verify => verify(config),
            Self::Export { whose, format, output } => export(config, whose, format, output.as_deref()),
            Self::Erase { whose, yes } => erase(config, whose, yes),
            Self::Purge => purge(config),
        }
    }
}

impl WhoseArgs {
    fn whose(self) -> Result<Whose, Failure> {
        match (self.guest, self.chat) {
            (Some(guest), _) => Ok(Whose::Guest(guest)),
            (None, Some(chat)) => Ok(Whose::Chat(ChatId(chat))),
            (None, None) => Err(Failure::new(Exit::Usage, "name a guest or a chat")),
        }
    }
}

fn search(config: &Config, words: &str, limit: u32, format: Format) -> Result<(), Failure> {
    if words.split_whitespace().count() > WORDS_MAX {
        return Err(Failure::new(Exit::Usage, format_args!("search for at most {WORDS_MAX} words")));
    }
    let found = Reader::open(&config.database)?.search(words, limit)?;
    output::print(|out| match format {
        Format::Text => finding::text(out, &found, output::look()),
        Format::Json => finding::json(out, &found),
    })
}

fn backup(config: &Config, file: &Path) -> Result<(), Failure> {
    let bar = bar("pages");
    let done = Reader::open(&config.database)?.backup(file, |done, total| advance(&bar, done, total));
    bar.finish_and_clear();
    Ok(done?)
}

fn verify(config: &Config) -> Result<(), Failure> {
    let bar = bar("links");
    let findings = Reader::open(&config.database)?.verify(|done, total| advance(&bar, done, total));
    bar.finish_and_clear();
    let findings = findings?;
    output::print(|out| write_findings(out, &findings))?;
    if findings.faults_number > 0 {
        return Err(Failure::new(Exit::Io, format_args!("the record is not whole: {} faults", findings.faults_number)));
    }
    Ok(())
}

fn write_findings(out: &mut impl Write, findings: &Findings) -> io::Result<()> {
    for fault in &findings.faults {
        writeln!(out, "{fault}")?;
    }
    let Findings { chats, erased, lines, links, faults_number, .. } = findings;
    writeln!(out, "{chats} chats ({erased} erased), {lines} lines, {links} links: {faults_number} faults")
}

fn export(config: &Config, whose: WhoseArgs, format: ExportFormat, file: Option<&Path>) -> Result<(), Failure> {
    let whose = whose.whose()?;
    let reader = Reader::open(&config.database)?;
    let chats = chats_of(&reader, &whose)?;
    let chats: Vec<Kept> = chats.into_iter().map(|chat| kept(&reader, chat)).collect::<Result<_, _>>()?;
    match file {
        None => output::print(|out| write_export(out, &chats, format, output::look())),
        Some(file) => to_new_file(file, |out| write_export(out, &chats, format, Look::Plain)),
    }
}

fn kept(reader: &Reader, chat: ChatRecord) -> Result<Kept, StoreError> {
    let id = chat.id;
    Ok(Kept {
        chat,
        lines: reader.lines(id)?,
        choices: reader.choices(id)?,
        facts: reader.facts(id)?,
        message: reader.message(id)?,
        rating: reader.rating(id)?,
        faq_queries: reader.faq_queries_in(id)?,
    })
}

fn write_export(out: &mut impl Write, chats: &[Kept], format: ExportFormat, look: Look) -> io::Result<()> {
    match format {
        ExportFormat::Json => transcript::json::export(out, chats),
        ExportFormat::Csv => transcript::csv::chats(out, chats),
        ExportFormat::Text => transcript::text::transcripts(out, chats, look),
        ExportFormat::Html => transcript::html::chats(out, chats),
    }
}

fn to_new_file(
    file: &Path,
    write: impl FnOnce(&mut BufWriter<std::fs::File>) -> io::Result<()>,
) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let opened = opened.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: file.to_path_buf() }.into(),
        _ => failed(file, &error),
    })?;
    let mut out = BufWriter::new(opened);
    write(&mut out).and_then(|()| out.flush()).map_err(|error| failed(file, &error))
}

fn failed(file: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Io, format_args!("{}: {error}", file.display()))
}

fn chats_of(reader: &Reader, whose: &Whose) -> Result<Vec<ChatRecord>, Failure> {
    let chats = reader.chats_of(whose)?;
    match whose {
        Whose::Chat(id) if chats.is_empty() => Err(super::no_such_chat(*id)),
        Whose::Guest(_) if chats.is_empty() => {
            Err(Failure::new(Exit::Usage, "there is no chat of this guest: `frontdesk chats` lists them"))
        }
        _ => Ok(chats),
    }
}

fn erase(config: &Config, whose: WhoseArgs, yes: bool) -> Result<(), Failure> {
    let whose = whose.whose()?;
    let chats = chats_of(&Reader::open(&config.database)?, &whose)?;
    let open: Vec<String> =
        chats.iter().filter(|chat| chat.stage != StageName::Closed).map(|chat| chat.id.to_string()).collect();
    if !open.is_empty() {
        return Err(still_open(&open.join(", ")));
    }
    if !yes {
        confirm(&chats)?;
    }
    let ids: Vec<ChatId> = chats.into_iter().map(|chat| chat.id).collect();
    let mut eraser = Eraser::open(&config.database)?;
    let lines = erase_chats(config, &mut eraser, &ids)?;
    rebuild(&eraser)?;
    output::print(|out| writeln!(out, "erased {} chats with {lines} lines", ids.len()))
}

fn still_open(chats: &str) -> Failure {
    Failure::new(
        Exit::Unavailable,
        format_args!("not closed yet, so nothing is erased: chat {chats}; `!close` ends a chat"),
    )
}

/// Only a person at a terminal can be asked.
fn confirm(chats: &[ChatRecord]) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nobody to ask: add --yes to erase without a question"));
    }
    let numbers: Vec<String> = chats.iter().map(|chat| chat.id.to_string()).collect();
    output::complain(&format!("all words of chat {} will be gone for ever; type `yes` to go on", numbers.join(", ")));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::new(Exit::Usage, "nothing is erased")) }
}

fn erase_chats(config: &Config, eraser: &mut Eraser, ids: &[ChatId]) -> Result<usize, Failure> {
    let now = Clock::start().now().wall;
    let mut lines = 0;
    for id in ids {
        match eraser.erase(*id, now)? {
            Erasure::Done { lines: erased } => lines += erased,
            Erasure::Before => {}
            Erasure::StillOpen => return Err(still_open(&id.to_string())),
            Erasure::NoSuchChat => return Err(super::no_such_chat(*id)),
        }
        remove_log_files(config, &[*id])?;
    }
    Ok(lines)
}

/// After the chat was erased: the daemon writes no files of an erased chat.
fn remove_log_files(config: &Config, ids: &[ChatId]) -> Result<(), Failure> {
    let Some(folder) = config.log_dir.as_deref().and_then(LogFolder::find) else { return Ok(()) };
    let removed = folder.hold().and_then(|held| ids.iter().try_for_each(|id| held.remove(*id)));
    removed
        .map_err(|error| Failure::new(Exit::Io, format_args!("the words are erased, but a log file is not: {error}")))
}

fn rebuild(eraser: &Eraser) -> Result<(), Failure> {
    eraser.rebuild().map_err(|error| {
        let failure = Failure::from(error);
        let words = format!(
            "the words are erased, but traces may be left in the database's files ({}); try the same again",
            failure.words
        );
        Failure::new(failure.exit, words)
    })
}

fn purge(config: &Config) -> Result<(), Failure> {
    let now = Clock::start().now().wall;
    let mut eraser = Eraser::open(&config.database)?;
    let mut chats = 0;
    loop {
        let gone = eraser.purge(now - config.retention, now)?;
        if gone.is_empty() {
            break;
        }
        chats += gone.len();
        remove_log_files(config, &gone)?;
    }
    rebuild(&eraser)?;
    output::print(|out| writeln!(out, "erased {chats} chats"))
}

/// On a terminal only.
fn bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(&format!("{{wide_bar}} {{pos}}/{{len}} {what}, {{eta}} left"));
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

fn advance(bar: &ProgressBar, done: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(done);
}
