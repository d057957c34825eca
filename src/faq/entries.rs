//! One Markdown file, one entry: the first heading is the question, lines such as `aliases:` follow it, the rest is
//! the answer.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::text::plain_text;
use crate::desk::wording::Language;

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file's name without `.md`.
    pub id: String,
    /// The first heading.
    pub question: String,
    /// Other ways to ask it (`aliases:`).
    pub aliases: Vec<String>,
    /// What it is about (`tags:`).
    pub tags: Vec<String>,
    /// In which language it is (`lang:`); `None` = good for everybody.
    pub language: Option<Language>,
    /// The answer as readable text.
    pub text: String,
}

impl Entry {
    /// Reads an entry's Markdown.
    ///
    /// # Errors
    /// What is missing or wrong, and what to write instead.
    pub fn parse(id: &str, markdown: &str) -> Result<Self, String> {
        let (question, rest) = split_at_heading(markdown)?;
        let mut entry = Self {
            id: id.to_owned(),
            question,
            aliases: Vec::new(),
            tags: Vec::new(),
            language: None,
            text: String::new(),
        };
        let body = entry.take_header(rest)?;
        entry.text = plain_text(body);
        if entry.text.is_empty() {
            return Err("has a question and no answer; write the answer below the heading".to_owned());
        }
        Ok(entry)
    }

    /// Takes the lines `aliases:`, `tags:` and `lang:` that follow the heading, and hands back what comes after them.
    fn take_header<'a>(&mut self, mut rest: &'a str) -> Result<&'a str, String> {
        loop {
            rest = rest.trim_start_matches(['\r', '\n']);
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let Some((key, value)) = line.split_once(':') else { return Ok(rest) };
            match key.trim().to_ascii_lowercase().as_str() {
                "aliases" | "alias" => self.aliases.extend(list(value)),
                "tags" | "tag" => self.tags.extend(list(value)),
                "lang" => self.language = Some(language(value)?),
                _ => return Ok(rest),
            }
            rest = after;
        }
    }
}

/// The first heading's words, and what stands below it. Comments may stand above it, words may not.
fn split_at_heading(markdown: &str) -> Result<(String, &str), String> {
    let mut question = None;
    let mut words_above = false;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match (&event, &mut question) {
            (Event::Start(Tag::Heading { .. }), None) => question = Some(String::new()),
            (Event::Text(_) | Event::Code(_), None) => words_above = true,
            (Event::Text(text) | Event::Code(text), Some(words)) => words.push_str(text),
            (Event::SoftBreak | Event::HardBreak, Some(words)) => words.push(' '),
            (Event::End(TagEnd::Heading(_)), Some(_)) if words_above => return Err(WORDS_ABOVE.to_owned()),
            (Event::End(TagEnd::Heading(_)), Some(words)) => {
                return finished(words.trim(), markdown.get(range.end..).unwrap_or_default());
            }
            _ => {}
        }
    }
    Err(NO_HEADING.to_owned())
}

const WORDS_ABOVE: &str = "has words above its first heading, which nobody would hear; begin it with `# The question`";
const NO_HEADING: &str = "has no heading; begin it with `# The question`";

fn finished<'a>(question: &str, rest: &'a str) -> Result<(String, &'a str), String> {
    if question.is_empty() { Err(NO_HEADING.to_owned()) } else { Ok((question.to_owned(), rest)) }
}

fn list(value: &str) -> impl Iterator<Item = String> {
    value.split([',', ';']).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned)
}

fn language(value: &str) -> Result<Language, String> {
    let tag = value.trim();
    Language::from_tag(tag).ok_or_else(|| {
        format!("has `lang: {tag}`, which the desk does not speak; write `en` or `de`, or remove the line")
    })
}
