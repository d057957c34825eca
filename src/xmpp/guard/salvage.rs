//! Collects what is worth keeping of a stanza that cannot be read, however long, deep or broken it is, in bounded memory.

use super::Kind;
use super::keep::{self, BODY, KEPT_DEPTH_MAX, Name, Rule};
use super::limits::{NAME_MAX, VALUE_MAX, WORDS_MAX};
use super::scanner::{Scanner, Sign};

/// The collector.
#[derive(Debug)]
pub(super) struct Salvage {
    kind: Kind,
    scanner: Scanner,
    last: Sign,
    /// How many elements are open.
    depth: usize,
    /// Those of them that are kept; none of them lies in one that is not.
    open: Vec<Kept>,
    tag: Tag,
    /// How many more bytes of words are kept.
    room: usize,
    whole: Option<Kept>,
}

/// An element, and of its content what is worth keeping. Attributes and words are still as they were written.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its name.
    pub(super) name: Name,
    /// Its attributes.
    pub(super) attributes: Vec<(&'static str, Vec<u8>)>,
    /// What it contains.
    pub(super) children: Vec<Kept>,
    /// What it says, if it is a body.
    pub(super) words: Vec<u8>,
}

/// The opening tag that is being read.
#[derive(Debug, Default)]
struct Tag {
    name: Bounded<NAME_MAX>,
    attribute: Bounded<NAME_MAX>,
    value: Bounded<VALUE_MAX>,
    namespace: Option<Vec<u8>>,
    attributes: Vec<(&'static str, Vec<u8>)>,
}

/// Bytes, or nothing where there were too many.
#[derive(Debug, Default)]
struct Bounded<const MAX: usize> {
    bytes: Vec<u8>,
    excess: bool,
}

impl<const MAX: usize> Bounded<MAX> {
    fn clear(&mut self) {
        self.bytes.clear();
        self.excess = false;
    }

    fn push(&mut self, byte: u8) {
        self.excess |= self.bytes.len() >= MAX;
        if !self.excess {
            self.bytes.push(byte);
        }
    }

    fn all(&self) -> Option<&[u8]> {
        (!self.excess).then_some(self.bytes.as_slice())
    }
}

impl Salvage {
    /// Nothing yet of a stanza of this kind.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            scanner: Scanner::default(),
            last: Sign::Markup,
            depth: 0,
            open: Vec::new(),
            tag: Tag::default(),
            room: WORDS_MAX,
            whole: None,
        }
    }

    /// Goes on by one byte.
    pub(super) fn read(&mut self, byte: u8) {
        let sign = self.scanner.step(byte);
        match sign {
            Sign::Text => self.words(&[byte]),
            Sign::Literal if byte == b'&' => self.words(b"&amp;"),
            Sign::Literal => self.words(&[byte]),
            Sign::Opened => self.opened(),
            Sign::OpenedAndClosed => {
                self.opened();
                self.closed();
            }
            Sign::Closed => self.closed(),
            _ if self.depth == self.open.len() => self.tag.read(byte, sign, self.last),
            _ => {}
        }
        self.last = sign;
    }

    /// What was worth keeping; nothing where the stanza is not complete.
    pub(super) fn whole(self) -> Option<Kept> {
        self.whole
    }

    /// Whatever is written inside a body, at any depth, is its words.
    fn words(&mut self, bytes: &[u8]) {
        let Some(body) = self.open.last_mut().filter(|kept| kept.name == BODY) else { return };
        if bytes.len() <= self.room {
            self.room -= bytes.len();
            body.words.extend_from_slice(bytes);
        }
    }

    fn opened(&mut self) {
        if self.depth == self.open.len() && self.depth < KEPT_DEPTH_MAX {
            let kept = self.chosen();
            self.open.extend(kept);
        }
        self.depth = self.depth.saturating_add(1);
    }

    fn chosen(&mut self) -> Option<Kept> {
        match self.open.last() {
            None => Some(self.tag.take(&keep::stanza(self.kind))),
            Some(parent) => {
                let rule = keep::inside(parent.name, self.tag.name.all()?, self.tag.namespace.as_deref())?;
                Some(self.tag.take(rule))
            }
        }
    }

    fn closed(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.open.len() <= self.depth {
            return;
        }
        let Some(kept) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.adopt(kept),
            None => self.whole = Some(kept),
        }
    }
}

impl Kept {
    fn adopt(&mut self, child: Self) {
        let most =
            keep::inside(self.name, child.name.0.as_bytes(), Some(child.name.1.as_bytes())).map_or(0, |it| it.most);
        let alike = self.children.iter().filter(|it| it.name == child.name).count();
        if alike >= most {
            match self.children.iter().rposition(|it| it.name == child.name) {
                Some(last) if most > 1 => drop(self.children.remove(last)),
                _ => return,
            }
        }
        self.children.push(child);
    }
}

impl Tag {
    fn read(&mut self, byte: u8, sign: Sign, last: Sign) {
        match sign {
            Sign::Name => {
                if last != Sign::Name {
                    self.begin();
                }
                self.name.push(byte);
            }
            Sign::AttributeName => {
                if last != Sign::AttributeName {
                    self.attribute.clear();
                    self.value.clear();
                }
                self.attribute.push(byte);
            }
            Sign::Value => self.value.push(byte),
            Sign::ValueEnd => self.note(),
            _ => {}
        }
    }

    fn begin(&mut self) {
        self.name.clear();
        self.attribute.clear();
        self.value.clear();
        self.namespace = None;
        self.attributes.clear();
    }

    /// An attribute is complete. Which ones its element keeps is not known before the tag is.
    fn note(&mut self) {
        const KNOWN: &[&str] =
            &["from", "to", "type", "id", "by", "stamp", "queryid", "affiliation", "role", "jid", "nick", "code"];
        let (Some(name), Some(value)) = (self.attribute.all(), self.value.all()) else { return };
        if name == b"xmlns" {
            self.namespace = Some(value.to_owned());
        } else if let Some(name) = KNOWN.iter().find(|known| known.as_bytes() == name)
            && self.attributes.iter().all(|(noted, _)| noted != name)
        {
            self.attributes.push((name, value.to_owned()));
        }
    }

    fn take(&mut self, rule: &Rule) -> Kept {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.retain(|(name, _)| rule.attributes.contains(name));
        Kept { name: rule.name, attributes, children: Vec::new(), words: Vec::new() }
    }
}
