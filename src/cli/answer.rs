//! What the FAQ has to say, for a terminal.

use std::io::{self, Write};

use crate::desk::event::FaqReply;
use crate::transcript::text::Look;

/// Writes the reply.
pub(super) fn text(out: &mut impl Write, reply: &FaqReply, look: Look) -> io::Result<()> {
    match reply {
        FaqReply::Answer { id, question, text } => {
            writeln!(out, "{} {}\n\n{}", look.bold(question), look.dim(&format!("({id})")), text.trim_end())
        }
        FaqReply::Suggestions(entries) => list(out, "No answer, but these come near:", entries, look),
        FaqReply::Topics { entries, .. } => list(out, "What there is:", entries, look),
        FaqReply::Nothing | FaqReply::Gone => writeln!(out, "Nothing fits."),
    }
}

fn list(out: &mut impl Write, heading: &str, entries: &[(String, String)], look: Look) -> io::Result<()> {
    writeln!(out, "{heading}")?;
    let mut numbered = (1..).zip(entries);
    numbered.try_for_each(|(number, (id, question))| {
        writeln!(out, "  {number}. {question} {}", look.dim(&format!("({id})")))
    })
}
