//! The socket below the XML stream. All that the server sends passes here before the parser sees it, so this is where
//! bytes are watched, mended or cut (by the [guard](super::guard)).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::guard::Guard;

/// A connection to our server, protected or not.
#[derive(Debug)]
pub(super) enum Socket {
    /// Plain TCP, to loopback only.
    Plain(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// COMPAT: Prosody sends with Nagle's algorithm unless told otherwise, so each further small write of its waits for
    /// our acknowledgement, which Linux delays by 40 ms where nothing is to be sent along with it. Linux forgets this
    /// wish by itself, hence at each read. Where it cannot be granted, things are slower and right.
    fn acknowledge_at_once(&self) {
        let tcp = match self {
            Self::Plain(socket) => socket,
            Self::Tls(socket) => socket.get_ref().0,
        };
        #[cfg(target_os = "linux")]
        drop(tcp.set_quickack(true));
        #[cfg(not(target_os = "linux"))]
        let _ = tcp;
    }
}

/// The socket and those who watch it.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Socket,
    headers: HeaderLanguage,
    conflict: ConflictWatch,
    guard: Guard,
    passed: Passed,
}

impl Wire {
    /// Watches the socket; `conflict` becomes true when the server ends the stream because somebody else took our
    /// resource (RFC 6120, 4.9.3.3).
    pub(super) fn new(socket: Socket, conflict: Arc<AtomicBool>) -> Self {
        let headers = HeaderLanguage::default();
        Self { socket, headers, conflict: ConflictWatch::new(conflict), guard: Guard::new(), passed: Passed::default() }
    }

    /// Without those who watch it, and without what it has sent and nobody has read.
    pub(super) fn into_socket(self) -> Socket {
        self.socket
    }

    /// Takes what the server sent.
    fn take(&mut self, fresh: &mut [u8]) -> io::Result<()> {
        self.headers.blank(fresh);
        self.conflict.watch(fresh);
        self.guard
            .pass(fresh, &mut self.passed.bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// So much is read from the socket at a time, in bytes.
const READ_BYTES: usize = 8_192;

/// After much has waited no more memory is kept than this, in bytes.
const PASSED_KEPT: usize = 16_384;

/// What the guard let pass and the parser has not read yet.
#[derive(Debug, Default)]
struct Passed {
    bytes: Vec<u8>,
    read: usize,
}

impl Passed {
    /// Gives as much as there is room for; false where there is nothing.
    fn give(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let rest = self.bytes.get(self.read..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let piece = rest.get(..buf.remaining()).unwrap_or(rest);
        buf.put_slice(piece);
        self.read += piece.len();
        if self.read == self.bytes.len() {
            self.read = 0;
            self.bytes.clear();
            self.bytes.shrink_to(PASSED_KEPT);
        }
        true
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        while !wire.passed.give(buf) {
            let mut fresh = [0; READ_BYTES];
            let mut fresh = ReadBuf::new(&mut fresh);
            ready!(match &mut wire.socket {
                Socket::Plain(socket) => Pin::new(socket).poll_read(cx, &mut fresh),
                Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_read(cx, &mut fresh),
            })?;
            wire.socket.acknowledge_at_once();
            if fresh.filled().is_empty() {
                break;
            }
            wire.take(fresh.filled_mut())?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().socket {
            Socket::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().socket {
            Socket::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().socket {
            Socket::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Socket::Tls(socket) => Pin::new(socket.as_mut()).poll_shutdown(cx),
        }
    }
}

/// How much of the stream's end is kept to recognise a stream error, in bytes.
const TAIL_MAX: usize = 1_024;

/// Looks for a stream error `<conflict/>`. A guest who forges one in a message gains nothing: it only makes us ask,
/// at the next reconnect, whether a second copy runs.
#[derive(Debug)]
struct ConflictWatch {
    tail: Vec<u8>,
    seen: Arc<AtomicBool>,
}

impl ConflictWatch {
    fn new(seen: Arc<AtomicBool>) -> Self {
        Self { tail: Vec::with_capacity(2 * TAIL_MAX), seen }
    }

    fn watch(&mut self, fresh: &[u8]) {
        let start = fresh.len().saturating_sub(TAIL_MAX);
        self.tail.extend_from_slice(fresh.get(start..).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(TAIL_MAX);
        self.tail.drain(..surplus);
        if self.ends_in_conflict() {
            self.seen.store(true, Ordering::Release);
        }
    }

    fn ends_in_conflict(&self) -> bool {
        let Some(error) = position(&self.tail, b"<stream:error").and_then(|at| self.tail.get(at..)) else {
            return false;
        };
        position(error, b"<conflict").is_some() && position(error, b"</stream:error>").is_some()
    }
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The stream is opened twice on one socket: before and after the login.
const HEADERS_PER_SOCKET: u8 = 2;

/// Empties `xml:lang` in the server's stream headers.
///
/// COMPAT: XML hands the header's language down to every stanza without its own, and the library does so, too. But it
/// is the server's language (Prosody says "en" to everybody), not the guest's, and it must not pass for theirs.
#[derive(Debug, Default)]
struct HeaderLanguage {
    headers: u8,
    place: Place,
}

#[derive(Debug, Default, Clone, Copy)]
enum Place {
    /// Between tags; so many bytes of `<stream:stream` were seen.
    #[default]
    Outside,
    /// In the middle of what may become `<stream:stream`.
    Opening(usize),
    /// Inside the header; so many bytes of ` xml:lang=` were seen.
    Header(usize),
    /// The next byte is the quote that opens the value.
    Quote,
    /// The next byte is the first one of the value.
    First(u8),
    /// Further bytes of the value, up to its closing quote.
    Rest(u8),
}

const OPENING: &[u8] = b"<stream:stream";
const LANGUAGE: &[u8] = b"xml:lang=";

impl HeaderLanguage {
    fn blank(&mut self, fresh: &mut [u8]) {
        if self.headers >= HEADERS_PER_SOCKET {
            return;
        }
        for byte in fresh {
            self.place = self.step(byte);
        }
    }

    /// Goes on by one byte. The value `'en'` becomes `''` and two spaces, whatever pieces it arrives in.
    fn step(&mut self, byte: &mut u8) -> Place {
        match self.place {
            Place::Outside => opening(0, *byte),
            Place::Opening(seen) => opening(seen, *byte),
            Place::Header(_) if *byte == b'>' => {
                self.headers += 1;
                Place::Outside
            }
            Place::Header(seen) => in_header(seen, *byte),
            Place::Quote => Place::First(*byte),
            Place::First(quote) if *byte == quote => Place::Header(0),
            Place::First(quote) => {
                *byte = quote;
                Place::Rest(quote)
            }
            Place::Rest(quote) => {
                let ended = *byte == quote;
                *byte = b' ';
                if ended { Place::Header(0) } else { Place::Rest(quote) }
            }
        }
    }
}

fn opening(seen: usize, byte: u8) -> Place {
    match matched(OPENING, seen, byte) {
        0 => Place::Outside,
        all if all == OPENING.len() => Place::Header(0),
        some => Place::Opening(some),
    }
}

fn in_header(seen: usize, byte: u8) -> Place {
    match matched(LANGUAGE, seen, byte) {
        all if all == LANGUAGE.len() => Place::Quote,
        some => Place::Header(some),
    }
}

/// How many bytes of the pattern are matched after this one. Neither pattern repeats its own beginning, so a miss goes
/// back to the start.
fn matched(pattern: &[u8], seen: usize, byte: u8) -> usize {
    if pattern.get(seen) == Some(&byte) { seen + 1 } else { usize::from(pattern.first() == Some(&byte)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HEADER: &str = "<?xml version='1.0'?><stream:stream id='a' xml:lang='en' version='1.0'>";
    const BLANKED: &str = "<?xml version='1.0'?><stream:stream id='a' xml:lang=''   version='1.0'>";

    fn blanked(text: &str, piece: usize) -> String {
        let mut scan = HeaderLanguage::default();
        let mut bytes = text.as_bytes().to_vec();
        bytes.chunks_mut(piece).for_each(|chunk| scan.blank(chunk));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_header_loses_its_language_in_whatever_pieces_it_comes() {
        for piece in 1..=HEADER.len() {
            assert_eq!(blanked(HEADER, piece), BLANKED, "in pieces of {piece}");
        }
    }

    #[test]
    fn only_the_two_headers_of_the_server_are_touched() {
        let message = "<message xml:lang='de'><stream:stream xml:lang='de'/></message>";
        let all = format!("{HEADER}<a/>{HEADER}{message}");
        assert_eq!(blanked(&all, 7), format!("{BLANKED}<a/>{BLANKED}{message}"));
    }

    fn conflict_in(pieces: &[&str]) -> bool {
        let seen = Arc::new(AtomicBool::new(false));
        let mut watch = ConflictWatch::new(seen.clone());
        pieces.iter().for_each(|piece| watch.watch(piece.as_bytes()));
        seen.load(Ordering::Acquire)
    }

    #[test]
    fn a_conflict_is_seen_and_other_ends_are_not() {
        let conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text>…</text>";
        assert!(conflict_in(&[conflict, "</stream:er", "ror></stream:stream>"]));
        assert!(!conflict_in(&["<stream:error><system-shutdown/></stream:error></stream:stream>"]));
        assert!(!conflict_in(&["<iq type='error'><error><conflict/></error></iq>"]));
    }
}
