//! Standard output and standard error.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use crate::exit::{Exit, Failure};
use crate::transcript::text::Look;

/// Writes to standard output. A reader who has seen enough (`| head`) is no failure.
pub(super) fn print(write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Io, format_args!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells what went wrong, each line of it after the program's name. Where nobody listens, nobody is told.
pub(super) fn complain(words: &str) {
    let mut out = io::stderr().lock();
    for line in words.lines() {
        drop(writeln!(out, "frontdesk: {line}"));
    }
}

/// What is being done just now, on a line that the next one replaces; an empty one wipes it away. Only for people.
pub(super) fn progress(words: &str) {
    let mut out = io::stderr();
    if out.is_terminal() {
        drop(write!(out, "\r\u{1b}[K{words}").and_then(|()| out.flush()));
    }
}

/// How standard output is to look.
pub(super) fn look() -> Look {
    if is_styled(&io::stdout()) { Look::Styled } else { Look::Plain }
}

/// A terminal that can, and a person who has not asked otherwise (<https://no-color.org>).
pub(super) fn is_styled(stream: &impl IsTerminal) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_set("NO_COLOR") && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}
