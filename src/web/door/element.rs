//! One frame as an element (RFC 7395, 3.3): read whole, strictly, and bounded.

use rxml::{Event, Parse, Parser};

/// No frame is nested deeper.
const DEPTH_MAX: usize = 32;
/// No frame has more elements.
const ELEMENTS_MAX: usize = 512;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    /// Its namespace; empty where it has none.
    pub(super) namespace: String,
    /// Its local name.
    pub(super) name: String,
    /// Attributes without a namespace.
    pub(super) attributes: Vec<(String, String)>,
    /// What is inside.
    pub(super) children: Vec<Element>,
    /// The text that stands in it directly.
    pub(super) text: String,
}

/// A frame that is not one well-formed element, or is nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Element {
    /// Reads a frame. XML as XMPP restricts it (RFC 6120, 11.1): neither comments nor processing instructions, no
    /// declarations of entities; RFC 7395, 3.3.3 rules out the XML declaration as well.
    pub(super) fn read(frame: &str) -> Result<Self, Malformed> {
        if !frame.starts_with('<') {
            return Err(Malformed);
        }
        let (mut parser, mut bytes) = (Parser::new(), frame.as_bytes());
        let mut open: Vec<Self> = Vec::new();
        let mut whole = None;
        let mut elements = 0;
        while let Some(event) = parser.parse(&mut bytes, true).map_err(|_| Malformed)? {
            match event {
                Event::XmlDeclaration(..) => return Err(Malformed),
                Event::StartElement(_, (namespace, name), attributes) => {
                    elements += 1;
                    if open.len() >= DEPTH_MAX || elements > ELEMENTS_MAX {
                        return Err(Malformed);
                    }
                    let plain = attributes.into_iter().filter(|((namespace, _), _)| namespace.is_none());
                    let attributes = plain.map(|((_, name), value)| (name.to_string(), value)).collect();
                    let (namespace, name) = (namespace.as_str().to_owned(), name.to_string());
                    open.push(Self { namespace, name, attributes, ..Self::default() });
                }
                Event::Text(_, text) => open.last_mut().ok_or(Malformed)?.text.push_str(&text),
                Event::EndElement(_) => {
                    let ended = open.pop().ok_or(Malformed)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(ended),
                        None => whole = Some(ended),
                    }
                }
            }
        }
        whole.ok_or(Malformed)
    }

    pub(super) fn is(&self, name: &str, namespace: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn child(&self, name: &str, namespace: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(name, namespace))
    }

    /// All children of that name, and all of theirs below `namespace`.
    pub(super) fn children_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.namespace == namespace)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_element_is_read() {
        let message = Element::read("<message xmlns='jabber:client' to='a@b'><body>1 &lt; 2</body></message>").unwrap();
        assert!(message.is("message", "jabber:client"));
        assert_eq!(message.attribute("to"), Some("a@b"));
        assert_eq!(message.child("body", "jabber:client").unwrap().text, "1 < 2");
    }

    #[test]
    fn what_is_not_one_well_formed_element_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(DEPTH_MAX + 1), "</a>".repeat(DEPTH_MAX + 1));
        let many = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX));
        let frames = [
            "",
            " ",
            "words",
            " <a/>",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>words",
            "<?xml version='1.0'?><a/>",
            "<a><!-- --></a>",
            "<!DOCTYPE a><a/>",
            "<a><?php ?></a>",
            "<a>&x;</a>",
            "<x:a/>",
            "<a b='1' b='2'/>",
            "<a b=1/>",
            "<a b='<'/>",
            "<a>\u{0}</a>",
            "<a>&#0;</a>",
            "<a>]]></a>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            &deep,
            &many,
        ];
        for frame in frames {
            assert_eq!(Element::read(frame), Err(Malformed), "{frame:?}");
        }
    }
}
