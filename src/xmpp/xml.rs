//! Elements that we write, legal by construction; and how much of a text we keep.
//!
//! One character that XML forbids breaks the stanza, and in an attribute the whole connection, so every text and every
//! attribute that we send passes through [`legal`].

use xmpp::minidom::Element;
use xmpp::minidom::rxml::{Namespace, NcName};

/// The text without what XML 1.0 (2.2 "Char") forbids; each such character leaves a visible gap.
pub(super) fn legal(text: &str) -> String {
    text.chars().map(|char| if is_legal(char) { char } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// As much of the text as fits into so many bytes, never half a character.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

fn is_legal(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// An element under construction.
#[derive(Debug, Clone)]
pub(super) struct Tag(Element);

impl Tag {
    /// An empty element.
    pub(super) fn new(name: &str, namespace: &str) -> Self {
        Self(Element::bare(name, namespace))
    }

    /// With an attribute. The name is one of ours; one that XML does not allow is left out.
    pub(super) fn attribute(mut self, name: &str, value: &str) -> Self {
        if let Ok(name) = NcName::try_from(name) {
            self.0.set_attr(Namespace::NONE, name, legal(value));
        }
        self
    }

    /// With an attribute, if there is a value.
    pub(super) fn attribute_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// With words.
    pub(super) fn text(mut self, words: &str) -> Self {
        self.0.append_text(legal(words));
        self
    }

    /// With a child.
    pub(super) fn child(mut self, child: impl Into<Element>) -> Self {
        self.0.append_child(child.into());
        self
    }

    /// With a child, if there is one.
    pub(super) fn child_if(self, child: Option<impl Into<Element>>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }
}

impl From<Element> for Tag {
    fn from(element: Element) -> Self {
        Self(element)
    }
}

impl From<Tag> for Element {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_leave_a_gap() {
        assert_eq!(legal("a\u{0}b\u{b}c\u{ffff}d\u{1f}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(legal("Grüße\t\r\n😀"), "Grüße\t\r\n😀");
    }

    #[test]
    fn a_cut_never_halves_a_character() {
        assert_eq!(cut("aü", 2), "a");
        assert_eq!(cut("aü", 3), "aü");
        assert_eq!(cut("", 3), "");
    }

    #[test]
    fn attributes_and_words_are_filtered() {
        let element = Element::from(Tag::new("x", "n").attribute("a", "1\u{1}").text("\u{2}"));
        assert_eq!(element.attr("a"), Some("1\u{fffd}"));
        assert_eq!(element.text(), "\u{fffd}");
    }
}
