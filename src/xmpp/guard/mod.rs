//! The guard on the stream: nothing reaches the library's parser that it would die of, or drop in silence.
//!
//! Any guest can send stanzas that overflow the library's stack, that make its parser fail for ever, or that it drops
//! while other clients show them. The guard stands between the socket and the library, cuts the bytes into elements
//! (`scanner`), measures them (`limits`), and tries each that is complete with the library's own parsers (`shadow`).
//! What passes is passed on byte for byte. In the place of any other stanza comes one `marker` of the same
//! kind with the same addresses, type and id, so that the counts of stream management (XEP-0198) stay right; it carries
//! `<unreadable xmlns='urn:frontdesk:guard:0'/>` with the words that could be saved (`salvage`, `keep`).
//!
//! Memory is bounded by `limits::STANZA_MAX`, work is linear in what the server sends.

mod keep;
mod limits;
mod marker;
mod salvage;
mod scanner;
mod shadow;

use limits::{HEADER_MAX, Measure, Reason, STANZA_MAX};
use salvage::Salvage;
use scanner::{Scanner, Sign};
use shadow::Shadow;

/// After a long stanza no more memory is kept than this, in bytes.
const BUFFER_KEPT: usize = 16_384;

const HEADER: &[u8] = b"stream:stream";
const FOOTER: &[u8] = b"</stream:stream";

/// Guards one connection.
#[derive(Debug)]
pub struct Guard {
    scanner: Scanner,
    shadow: Shadow,
    frame: Frame,
    /// We are between a stream's header and its end.
    streaming: bool,
}

/// The server's stream header is longer than any server's, or is nothing that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server's stream header cannot be read")]
pub struct NoHeader;

/// Which of the three stanzas (RFC 6120, 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Presence,
    Iq,
}

impl Kind {
    fn of(name: &[u8]) -> Option<Self> {
        match name {
            b"message" => Some(Self::Message),
            b"presence" => Some(Self::Presence),
            b"iq" => Some(Self::Iq),
            _ => None,
        }
    }
}

/// The element that is being read, from its `<` to its last `>`.
#[derive(Debug, Default)]
struct Frame {
    bytes: Vec<u8>,
    measure: Measure,
    /// It is too long: from here on only what is worth keeping is kept.
    spilled: Option<Spilled>,
}

/// An element that is too long.
#[derive(Debug)]
enum Spilled {
    Stanza(Kind, Box<Salvage>),
    /// The server's own; nothing of it is kept.
    Other,
}

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard {
    /// Before the first stream header.
    pub fn new() -> Self {
        Self { scanner: Scanner::default(), shadow: Shadow::new(), frame: Frame::default(), streaming: false }
    }

    /// Takes what the server sent and adds to `out` what may go on. An element goes on when it is complete.
    ///
    /// # Errors
    /// Where there is no stream header that could be read; then the connection is of no use.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), NoHeader> {
        bytes.iter().try_for_each(|byte| self.step(*byte, out))
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), NoHeader> {
        let sign = self.scanner.step(byte);
        if self.frame.is_empty() && sign == Sign::Text {
            // Whitespace keeps the connection alive; anything else would end it.
            if self.streaming && scanner::is_whitespace(byte) {
                out.push(byte);
            }
            return Ok(());
        }
        self.frame.keep(byte);
        match (sign, self.frame.measure.depth) {
            (Sign::Opened, 0) if self.frame.is_header() => return self.begin(out),
            (Sign::OpenedAndClosed, 0) | (Sign::Closed, 1) => self.complete(sign, out),
            (Sign::Closed, 0) => self.end(out),
            (Sign::AsideEnd, 0) => self.frame.clear(),
            _ => self.frame.measure.note(sign),
        }
        Ok(())
    }

    /// A stream begins, or begins anew after the login.
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), NoHeader> {
        let header = &self.frame.bytes;
        if header.len() > HEADER_MAX || !self.shadow.begin(header) {
            return Err(NoHeader);
        }
        out.extend_from_slice(header);
        self.streaming = true;
        self.frame.clear();
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.streaming && self.frame.bytes.starts_with(FOOTER) {
            out.extend_from_slice(FOOTER);
            out.push(b'>');
            self.streaming = false;
        }
        self.frame.clear();
    }

    /// An element is complete.
    fn complete(&mut self, sign: Sign, out: &mut Vec<u8>) {
        self.frame.measure.note(sign);
        if self.streaming {
            match self.judge() {
                Ok(()) => out.extend_from_slice(&self.frame.bytes),
                Err(reason) => self.replace(reason, out),
            }
        }
        self.frame.clear();
    }

    fn judge(&mut self) -> Result<(), Reason> {
        if self.frame.spilled.is_some() {
            return Err(Reason::Size);
        }
        // The depth is checked before the library's code sees it.
        match self.frame.measure.excess() {
            Some(reason) => Err(reason),
            None => self.shadow.judge(&self.frame.bytes),
        }
    }

    fn replace(&mut self, reason: Reason, out: &mut Vec<u8>) {
        let Some((kind, salvage)) = self.frame.salvaged() else { return self.replace_other(out) };
        tracing::debug!("a stanza cannot be read: {kind:?}, {}", reason.name());
        let marker = salvage.whole().map(|kept| marker::of(&kept, reason));
        let marker = marker.filter(|marker| self.shadow.takes(marker));
        out.extend(marker.unwrap_or_else(|| marker::bare(kind, reason)));
    }

    /// What is no stanza comes from our server itself and is not counted.
    fn replace_other(&mut self, out: &mut Vec<u8>) {
        let name = String::from_utf8_lossy(self.frame.name()).into_owned();
        // COMPAT: the library cannot read a refused resumption that does not say how much was heard (XEP-0198, 5), and
        // would ask for the same session again. That number is of no use to it any more.
        if name == "failed" && self.frame.bytes.len() <= HEADER_MAX {
            out.extend_from_slice(b"<failed xmlns='urn:xmpp:sm:3' h='0'/>");
        } else {
            tracing::warn!("the server sent <{}/>, which cannot be read", name.escape_debug());
        }
    }
}

impl Frame {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.spilled.is_none()
    }

    fn keep(&mut self, byte: u8) {
        match &mut self.spilled {
            None => {
                self.bytes.push(byte);
                if self.bytes.len() > STANZA_MAX {
                    self.spill();
                }
            }
            Some(Spilled::Stanza(_, salvage)) => salvage.read(byte),
            Some(Spilled::Other) => {}
        }
    }

    fn spill(&mut self) {
        self.spilled = Some(match self.salvaged() {
            Some((kind, salvage)) => Spilled::Stanza(kind, Box::new(salvage)),
            None => Spilled::Other,
        });
        self.bytes.clear();
    }

    /// What was salvaged, if this is a stanza.
    fn salvaged(&mut self) -> Option<(Kind, Salvage)> {
        match self.spilled.take() {
            Some(Spilled::Stanza(kind, salvage)) => return Some((kind, *salvage)),
            Some(Spilled::Other) => return None,
            None => {}
        }
        let local = self.name().rsplit(|byte| *byte == b':').next();
        let kind = Kind::of(local.unwrap_or_default())?;
        let mut salvage = Salvage::new(kind);
        self.bytes.iter().for_each(|byte| salvage.read(*byte));
        Some((kind, salvage))
    }

    /// The name in the opening tag.
    fn name(&self) -> &[u8] {
        let tag = self.bytes.get(1..).unwrap_or_default();
        let ends = |byte: &u8| scanner::is_whitespace(*byte) || matches!(byte, b'/' | b'>');
        tag.split(ends).next().unwrap_or_default()
    }

    fn is_header(&self) -> bool {
        self.name() == HEADER
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(BUFFER_KEPT);
        self.measure = Measure::default();
        self.spilled = None;
    }
}

#[cfg(test)]
mod tests;
