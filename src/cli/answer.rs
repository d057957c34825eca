//! What the FAQ has to say, for a terminal.

use std::io::{self, Write};

use crate::desk::event::FaqReply;

/// Writes the reply.
pub(super) fn text(out: &mut impl Write, reply: &FaqReply) -> io::Result<()> {
    match reply {
        FaqReply::Answer { id, question, text } => writeln!(out, "{question} ({id})\n\n{}", text.trim_end()),
        FaqReply::Suggestions(entries) => list(out, "No answer, but these come near:", entries),
        FaqReply::Topics(entries) => list(out, "What there is:", entries),
        FaqReply::Nothing => writeln!(out, "Nothing fits."),
    }
}

fn list(out: &mut impl Write, heading: &str, entries: &[(String, String)]) -> io::Result<()> {
    writeln!(out, "{heading}")?;
    entries.iter().try_for_each(|(id, question)| writeln!(out, "  {question} ({id})"))
}
