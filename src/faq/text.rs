//! Markdown as people read it in a chat: lists with dashes, links as `words <address>`, code kept, no HTML.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The Markdown's words, without markup that a chat client would show as noise.
pub(super) fn plain_text(markdown: &str) -> String {
    let mut page = Page::default();
    for event in Parser::new(markdown) {
        page.take(event);
    }
    page.text.trim_end().to_owned()
}

#[derive(Default)]
struct Page {
    text: String,
    /// The open lists, outermost first, with the next number of those that are numbered.
    lists: Vec<Option<u64>>,
    /// The open links and images: their address and where their words begin.
    links: Vec<(String, usize)>,
    /// How many quotations are open.
    quotes: usize,
    /// A list item's mark was just written: its words go on the same line.
    after_mark: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) => self.write(&words),
            Event::Code(words) => self.write(&format!("`{words}`")),
            Event::SoftBreak => self.write(" "),
            Event::HardBreak => self.new_line(1),
            Event::InlineHtml(tag) if tag.starts_with("<br") => self.new_line(1),
            Event::Rule => self.block(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } => self.block(),
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::CodeBlock(_) => {
                self.block();
                self.write("```\n");
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.new_line(2);
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), self.text.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => {
                self.lists.pop();
                self.after_mark = false;
            }
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::CodeBlock => self.write("```"),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    fn write(&mut self, words: &str) {
        self.text.push_str(words);
        self.after_mark = false;
    }

    /// A paragraph begins: after an empty line, in a list on a line of its own.
    fn block(&mut self) {
        if !self.after_mark {
            self.new_line(if self.lists.is_empty() { 2 } else { 1 });
        }
        if self.quotes > 0 {
            self.text.push_str("> ");
        }
    }

    /// At least that many line ends, then the indent of the innermost list. Nothing at the very beginning.
    fn new_line(&mut self, wanted: usize) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        if self.text.is_empty() {
            return;
        }
        let there = self.text.bytes().rev().take_while(|byte| *byte == b'\n').count();
        for _ in there..wanted {
            self.text.push('\n');
        }
        self.text.push_str(&"  ".repeat(self.lists.len()));
        self.after_mark = false;
    }

    fn item(&mut self) {
        let innermost = self.lists.pop();
        self.new_line(1);
        let next = match innermost.flatten() {
            Some(number) => {
                self.text.push_str(&format!("{number}. "));
                Some(number.saturating_add(1))
            }
            None => {
                self.text.push_str("- ");
                None
            }
        };
        self.lists.push(next);
        self.after_mark = true;
    }

    fn end_link(&mut self) {
        let Some((address, start)) = self.links.pop() else { return };
        let words = self.text.get(start..).unwrap_or_default();
        let says_it_all = words == address || address.strip_prefix("mailto:") == Some(words);
        if says_it_all || address.is_empty() {
            return;
        }
        let shown = if words.is_empty() { address } else { format!(" <{address}>") };
        self.write(&shown);
    }
}
