//! The library's parsers, run beside the library: what they make of an element here is what it will make of it there.

use std::collections::BTreeSet;

use xmpp::minidom::rxml::xml_lang::XmlLangStack;
use xmpp::minidom::rxml::{AttrMap, Event, Parse, Parser, QName};
use xmpp::parsers::ns;
use xmpp::parsers::stream_features::StreamFeatures;
use xmpp::tokio_xmpp::xmlstream::XmppStreamElement;
use xso::{Context, FromEventsBuilder, FromXml};

use super::limits::Reason;
use crate::xmpp::names;

/// Stands where the library's parser stands: after the stream's header and all elements that were passed on.
#[derive(Debug)]
pub(super) struct Shadow {
    header: Vec<u8>,
    parser: Parser,
    languages: XmlLangStack,
}

impl Shadow {
    /// Before a stream.
    pub(super) fn new() -> Self {
        Self { header: Vec::new(), parser: Parser::new(), languages: XmlLangStack::new() }
    }

    /// A stream begins; false where the library could not read its header.
    pub(super) fn begin(&mut self, header: &[u8]) -> bool {
        header.clone_into(&mut self.header);
        self.renew()
    }

    /// Would the library take this element and lose nothing of it? The element must be within our limits.
    pub(super) fn judge(&mut self, element: &[u8]) -> Result<(), Reason> {
        let verdict = self.read(element).and_then(Doubts::verdict);
        if verdict.is_err() {
            self.renew();
        }
        verdict
    }

    /// Would the library take this element?
    pub(super) fn takes(&mut self, element: &[u8]) -> bool {
        let taken = self.read(element).is_ok();
        if !taken {
            self.renew();
        }
        taken
    }

    /// A parser never forgets an error, so a new one is taken to where the old one was.
    fn renew(&mut self) -> bool {
        self.parser = Parser::new();
        self.languages = XmlLangStack::new();
        let header = std::mem::take(&mut self.header);
        let begun = matches!(self.next(&mut header.as_slice()), Ok(Event::StartElement(..)));
        self.header = header;
        begun
    }

    fn read(&mut self, element: &[u8]) -> Result<Doubts, Reason> {
        let mut rest = element;
        let Event::StartElement(_, name, attributes) = self.next(&mut rest)? else { return Err(Reason::Grammar) };
        if name.0 == ns::STREAM && name.1 == "features" {
            self.read_as::<StreamFeatures>(name, attributes, rest)
        } else {
            self.read_as::<XmppStreamElement>(name, attributes, rest)
        }
    }

    fn read_as<T: FromXml>(&mut self, name: QName, attributes: AttrMap, mut rest: &[u8]) -> Result<Doubts, Reason> {
        let mut doubts = Doubts::of(&name);
        let context = Context::empty().with_language(self.languages.current());
        let mut builder = T::from_events(name, attributes, &context).map_err(|_| Reason::Form)?;
        loop {
            let event = self.next(&mut rest)?;
            let language = self.languages.current();
            doubts.hear(&event, language);
            match builder.feed(event, &Context::empty().with_language(language)) {
                Ok(None) => {}
                Ok(Some(_)) if rest.is_empty() => return Ok(doubts),
                Ok(Some(_)) => return Err(Reason::Grammar),
                Err(_) => return Err(Reason::Form),
            }
        }
    }

    fn next(&mut self, rest: &mut &[u8]) -> Result<Event, Reason> {
        match self.parser.parse(rest, false) {
            Ok(Some(event)) => {
                self.languages.handle_event(&event);
                Ok(event)
            }
            Ok(None) | Err(_) => Err(Reason::Grammar),
        }
    }
}

/// What the library would take, and what must not reach it all the same.
struct Doubts {
    message: bool,
    /// How deep we are inside the stanza.
    depth: usize,
    /// The languages of its bodies.
    bodies: BTreeSet<String>,
    twice: bool,
    forged: bool,
}

impl Doubts {
    fn of((namespace, name): &QName) -> Self {
        let message = *namespace == names::CLIENT && name == "message";
        Self { message, depth: 0, bodies: BTreeSet::new(), twice: false, forged: false }
    }

    fn hear(&mut self, event: &Event, language: Option<&str>) {
        match event {
            Event::StartElement(_, (namespace, name), _) => {
                self.forged |= *namespace == names::GUARD;
                if self.message && self.depth == 0 && *namespace == names::CLIENT && name == "body" {
                    self.twice |= !self.bodies.insert(language.unwrap_or_default().to_ascii_lowercase());
                }
                self.depth = self.depth.saturating_add(1);
            }
            Event::EndElement(_) => self.depth = self.depth.saturating_sub(1),
            Event::XmlDeclaration(..) | Event::Text(..) => {}
        }
    }

    fn verdict(self) -> Result<(), Reason> {
        if self.forged {
            Err(Reason::Forged)
        } else if self.twice {
            Err(Reason::Bodies)
        } else {
            Ok(())
        }
    }
}
