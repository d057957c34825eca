//! Findings, told as they come.

use std::io::{self, Write};

use crate::exit::Exit;

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// How good it is.
    pub(super) grade: Grade,
    /// What was looked at and how it is; for a bad thing also what to change.
    pub(super) words: String,
}

/// How good a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Good,
    /// The desk would run, but perhaps not as meant.
    Doubtful,
    /// The desk would not run, or not serve everybody; with the exit code that says where to look.
    Bad(Exit),
}

impl Finding {
    /// As it should be.
    pub(super) fn good(words: impl Into<String>) -> Self {
        Self { grade: Grade::Good, words: words.into() }
    }

    /// Worth a second look.
    pub(super) fn doubtful(words: impl Into<String>) -> Self {
        Self { grade: Grade::Doubtful, words: words.into() }
    }

    /// To be changed.
    pub(super) fn bad(exit: Exit, words: impl Into<String>) -> Self {
        Self { grade: Grade::Bad(exit), words: words.into() }
    }
}

/// Writes findings, and remembers the gravest.
pub(super) struct Report<'a> {
    out: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(&str),
    exit: Exit,
}

impl<'a> Report<'a> {
    /// Nothing was found yet.
    pub(super) fn new(out: &'a mut dyn Write, progress: &'a mut dyn FnMut(&str)) -> Self {
        Self { out, progress, exit: Exit::Done }
    }

    /// Says what is being done, where somebody watches.
    pub(super) fn begin(&mut self, words: &str) {
        (self.progress)(words);
    }

    /// Writes a finding on a line of its own, marked by its grade, at once.
    pub(super) fn tell(&mut self, finding: &Finding) -> io::Result<()> {
        let mark = match finding.grade {
            Grade::Good => "good    ",
            Grade::Doubtful => "doubtful",
            Grade::Bad(exit) => {
                self.exit = graver(self.exit, exit);
                "bad     "
            }
        };
        (self.progress)("");
        writeln!(self.out, "{mark}  {}", finding.words)?;
        self.out.flush()
    }

    /// Writes each of them.
    pub(super) fn tell_all(&mut self, findings: impl IntoIterator<Item = Finding>) -> io::Result<()> {
        findings.into_iter().try_for_each(|finding| self.tell(&finding))
    }

    /// How to exit after all this.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }
}

/// What must be mended first: a wrong configuration may be why the rest went wrong.
fn graver(one: Exit, other: Exit) -> Exit {
    let order = [Exit::Config, Exit::Denied, Exit::Unavailable, Exit::Io];
    order.into_iter().find(|exit| *exit == one || *exit == other).unwrap_or(other)
}
