//! How much of a stanza is too much, and why just so much.

use super::scanner::Sign;

/// No stanza is longer, in bytes. Servers let 262,144 pass (Prosody's and ejabberd's `max_stanza_size` for clients), and
/// write anew what they relay, so that a quotation mark comes as six bytes: twice that holds everything honest.
pub(super) const STANZA_MAX: usize = 524_288;

/// No element lies deeper, the stanza itself being the first. An archived message with styled text needs fewer than
/// 30; the library builds and drops its trees by recursion, and a debug build dies of fewer than 1,000.
pub(super) const DEPTH_MAX: usize = 64;

/// No stanza has more elements: the longest list that we ask for has 10,000 items of two. Each costs the library some
/// 300 bytes, so a stanza costs 6 MB at most.
pub(super) const ELEMENTS_MAX: usize = 20_002;

/// No element has more attributes. Known ones have fewer than 20.
pub(super) const ATTRIBUTES_MAX: usize = 64;

/// A server's stream header is not longer, in bytes: seven attributes, of which the longest is a domain.
pub(super) const HEADER_MAX: usize = 8_192;

/// No attribute's value is read further when a stanza is salvaged, in bytes as written: the library's own limit, which
/// holds every JID (3,071 bytes) and every id that we keep (1,024).
pub(super) const VALUE_MAX: usize = 8_192;

/// No name that we look for is longer, in bytes.
pub(super) const NAME_MAX: usize = 64;

/// So much is kept of the words of a stanza that cannot be read, in bytes as written. Nobody types more.
pub(super) const WORDS_MAX: usize = 65_536;

/// Why a stanza does not reach the library as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Longer than [`STANZA_MAX`].
    Size,
    /// Deeper than [`DEPTH_MAX`].
    Depth,
    /// More elements than [`ELEMENTS_MAX`].
    Elements,
    /// More attributes than [`ATTRIBUTES_MAX`].
    Attributes,
    /// The library's XML parser would die of it: a name or value of more than 8 KiB, a character that XML forbids.
    Grammar,
    /// The library would drop it: an unknown type, two threads, stray text.
    Form,
    /// Several bodies in one language: the library would keep one of them, and nobody knows which one others see.
    Bodies,
    /// It pretends to be a marker of ours.
    Forged,
}

impl Reason {
    /// The word for it in a marker.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Depth => "depth",
            Self::Elements => "elements",
            Self::Attributes => "attributes",
            Self::Grammar => "grammar",
            Self::Form => "form",
            Self::Bodies => "bodies",
            Self::Forged => "forged",
        }
    }
}

/// How large an element is so far.
#[derive(Debug, Default)]
pub(super) struct Measure {
    /// How many elements are open.
    pub(super) depth: usize,
    deepest: usize,
    elements: usize,
    attributes: usize,
    most_attributes: usize,
}

impl Measure {
    /// Goes on by one byte.
    pub(super) fn note(&mut self, sign: Sign) {
        match sign {
            Sign::ValueEnd => self.attributes += 1,
            Sign::Opened | Sign::OpenedAndClosed => {
                self.elements += 1;
                self.most_attributes = self.most_attributes.max(std::mem::take(&mut self.attributes));
                self.deepest = self.deepest.max(self.depth.saturating_add(1));
                self.depth = self.depth.saturating_add(usize::from(sign == Sign::Opened));
            }
            Sign::Closed => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Which limit it breaks.
    pub(super) fn excess(&self) -> Option<Reason> {
        if self.deepest > DEPTH_MAX {
            Some(Reason::Depth)
        } else if self.elements > ELEMENTS_MAX {
            Some(Reason::Elements)
        } else if self.most_attributes > ATTRIBUTES_MAX {
            Some(Reason::Attributes)
        } else {
            None
        }
    }
}
