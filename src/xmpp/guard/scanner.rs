//! What each byte of an XML stream means, in constant memory.
//!
//! It finds tags in what a server writes and is not a judge of XML: whatever the bytes are it goes on, and the parser
//! that comes after it has the last word.

/// What a byte means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Markup that says nothing by itself.
    Markup,
    /// Text between tags, as written.
    Text,
    /// Text in a CDATA section.
    Literal,
    /// Part of the name in an opening tag.
    Name,
    /// Part of an attribute's name.
    AttributeName,
    /// Part of an attribute's value, as written.
    Value,
    /// The quote that ends a value.
    ValueEnd,
    /// An opening tag is complete.
    Opened,
    /// The tag of an empty element is complete.
    OpenedAndClosed,
    /// A closing tag is complete.
    Closed,
    /// A comment, CDATA section, processing instruction or declaration is complete.
    AsideEnd,
}

/// Reads byte by byte.
#[derive(Debug, Default)]
pub(super) struct Scanner(Place);

#[derive(Debug, Default, Clone, Copy)]
enum Place {
    #[default]
    Text,
    /// After `<`.
    Less,
    /// In the name of an opening tag.
    Name,
    /// In an opening tag, between attributes.
    Tag,
    /// After the `/` of an empty element's tag.
    Slash,
    AttributeName,
    /// Between an attribute's name and its `=`.
    AttributeNamed,
    /// Between `=` and the opening quote.
    Equals,
    /// In a value with this quote.
    Value(u8),
    /// In a closing tag.
    Closing,
    /// After `<!`.
    Exclamation,
    /// After `<!-`.
    Dash,
    /// In a comment; so many dashes came last.
    Comment(u8),
    /// So many bytes of `[CDATA[` have come.
    CdataOpening(usize),
    /// In a CDATA section; so many closing brackets came last.
    Cdata(u8),
    /// In a processing instruction; the last byte was a question mark.
    Instruction(bool),
    /// In any other `<!…>`.
    Declaration,
}

const CDATA: &[u8] = b"[CDATA[";

impl Scanner {
    /// Goes on by one byte.
    pub(super) fn step(&mut self, byte: u8) -> Sign {
        let (place, sign) = match self.0 {
            Place::Text if byte == b'<' => (Place::Less, Sign::Markup),
            Place::Text => (Place::Text, Sign::Text),
            Place::Less => less(byte),
            Place::Name => name(byte),
            Place::Tag => tag(byte),
            Place::Slash => slash(byte),
            Place::AttributeName => attribute_name(byte),
            Place::AttributeNamed => attribute_named(byte),
            Place::Equals => equals(byte),
            Place::Value(quote) if byte == quote => (Place::Tag, Sign::ValueEnd),
            Place::Value(quote) => (Place::Value(quote), Sign::Value),
            Place::Closing if byte == b'>' => (Place::Text, Sign::Closed),
            Place::Closing => (Place::Closing, Sign::Markup),
            Place::Exclamation | Place::Dash | Place::CdataOpening(_) => (self.0.aside(byte), ends_early(byte)),
            Place::Comment(dashes) => comment(dashes, byte),
            Place::Cdata(brackets) => cdata(brackets, byte),
            Place::Instruction(question) => instruction(question, byte),
            Place::Declaration => (self.0.aside(byte), ends_early(byte)),
        };
        self.0 = place;
        sign
    }
}

impl Place {
    /// Which kind of aside this becomes.
    fn aside(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'>') => Self::Text,
            (Self::Exclamation, b'-') => Self::Dash,
            (Self::Exclamation, b'[') => Self::CdataOpening(1),
            (Self::Dash, b'-') => Self::Comment(0),
            (Self::CdataOpening(seen), byte) if CDATA.get(seen) == Some(&byte) => {
                if seen + 1 == CDATA.len() {
                    Self::Cdata(0)
                } else {
                    Self::CdataOpening(seen + 1)
                }
            }
            _ => Self::Declaration,
        }
    }
}

pub(super) fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn ends_early(byte: u8) -> Sign {
    if byte == b'>' { Sign::AsideEnd } else { Sign::Markup }
}

fn less(byte: u8) -> (Place, Sign) {
    match byte {
        b'/' => (Place::Closing, Sign::Markup),
        b'!' => (Place::Exclamation, Sign::Markup),
        b'?' => (Place::Instruction(false), Sign::Markup),
        b'>' => (Place::Text, Sign::AsideEnd),
        _ => (Place::Name, Sign::Name),
    }
}

fn name(byte: u8) -> (Place, Sign) {
    match byte {
        b'/' => (Place::Slash, Sign::Markup),
        b'>' => (Place::Text, Sign::Opened),
        byte if is_whitespace(byte) => (Place::Tag, Sign::Markup),
        _ => (Place::Name, Sign::Name),
    }
}

fn tag(byte: u8) -> (Place, Sign) {
    match byte {
        b'/' => (Place::Slash, Sign::Markup),
        b'>' => (Place::Text, Sign::Opened),
        byte if is_whitespace(byte) => (Place::Tag, Sign::Markup),
        _ => (Place::AttributeName, Sign::AttributeName),
    }
}

fn slash(byte: u8) -> (Place, Sign) {
    if byte == b'>' { (Place::Text, Sign::OpenedAndClosed) } else { tag(byte) }
}

fn attribute_name(byte: u8) -> (Place, Sign) {
    match byte {
        b'=' => (Place::Equals, Sign::Markup),
        byte if is_whitespace(byte) => (Place::AttributeNamed, Sign::Markup),
        byte => tag(byte),
    }
}

fn attribute_named(byte: u8) -> (Place, Sign) {
    if byte == b'=' { (Place::Equals, Sign::Markup) } else { tag(byte) }
}

fn equals(byte: u8) -> (Place, Sign) {
    match byte {
        b'"' | b'\'' => (Place::Value(byte), Sign::Markup),
        byte if is_whitespace(byte) => (Place::Equals, Sign::Markup),
        byte => tag(byte),
    }
}

fn comment(dashes: u8, byte: u8) -> (Place, Sign) {
    match (byte, dashes) {
        (b'>', 2) => (Place::Text, Sign::AsideEnd),
        (b'-', _) => (Place::Comment((dashes + 1).min(2)), Sign::Markup),
        _ => (Place::Comment(0), Sign::Markup),
    }
}

/// Brackets may belong to the end, so they count as markup.
fn cdata(brackets: u8, byte: u8) -> (Place, Sign) {
    match (byte, brackets) {
        (b'>', 2) => (Place::Text, Sign::AsideEnd),
        (b']', _) => (Place::Cdata((brackets + 1).min(2)), Sign::Markup),
        _ => (Place::Cdata(0), Sign::Literal),
    }
}

fn instruction(question: bool, byte: u8) -> (Place, Sign) {
    match (byte, question) {
        (b'>', true) => (Place::Text, Sign::AsideEnd),
        _ => (Place::Instruction(byte == b'?'), Sign::Markup),
    }
}
