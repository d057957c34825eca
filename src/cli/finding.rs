//! `frontdesk search`: what was found, for people and programs.

use std::io::{self, Write};

use chrono::SecondsFormat;
use serde::Serialize;

use crate::desk::record::Speaker;
use crate::store::Found;
use crate::transcript::harmless::one_line;
use crate::transcript::json;
use crate::transcript::text::Look;

/// One line of output for each line that was found.
pub(super) fn text(out: &mut impl Write, found: &[Found], look: Look) -> io::Result<()> {
    for one in found {
        let speaker = format!("{:?}", one.speaker).to_lowercase();
        let nick = one.nick.as_deref().map(|nick| format!("<{}> ", one_line(nick))).unwrap_or_default();
        let place = format!("chat {} line {}  {}  {speaker:<8}", one.chat, one.seq, one.at.format("%Y-%m-%d %H:%M:%S"));
        writeln!(out, "{}  {nick}{}", look.dim(&place), snippet(one, look))?;
    }
    Ok(())
}

/// An array, on one line.
pub(super) fn json(out: &mut impl Write, found: &[Found]) -> io::Result<()> {
    json::write(out, &found.iter().map(Row::of).collect::<Vec<_>>())
}

fn snippet(found: &Found, look: Look) -> String {
    let pieces = found.snippet.iter().map(|piece| {
        let text = one_line(&piece.text.replace(['\n', '\r', '\t'], " "));
        if piece.hit { look.bold(&text) } else { text }
    });
    pieces.collect()
}

#[derive(Serialize)]
struct Row<'a> {
    chat: i64,
    seq: i64,
    at: String,
    speaker: Speaker,
    nick: Option<&'a str>,
    snippet: String,
}

impl<'a> Row<'a> {
    fn of(found: &'a Found) -> Self {
        Self {
            chat: found.chat.0,
            seq: found.seq,
            at: found.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            speaker: found.speaker,
            nick: found.nick.as_deref(),
            snippet: found.snippet.iter().map(|piece| piece.text.as_str()).collect(),
        }
    }
}
