//! One Markdown file, one entry: the first heading is the question, lines such as `aliases:` follow it, the rest is
//! the answer.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::rank::Document;
use super::text::plain_text;

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
    /// In which language it is (`lang:`), a tag (BCP 47) in lower case; `None` = good for everybody.
    pub language: Option<String>,
    /// The entry that answers in its place (`see:`), by its id.
    pub see: Option<String>,
    /// The answer as readable text; empty where another entry answers.
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
            see: None,
            text: String::new(),
        };
        let body = entry.take_header(rest)?;
        entry.text = plain_text(body);
        match (&entry.see, entry.text.is_empty()) {
            (None, true) => Err(NO_ANSWER.to_owned()),
            (Some(_), false) => Err(TWO_ANSWERS.to_owned()),
            _ => Ok(entry),
        }
    }

    /// As the ranker wants it.
    pub(super) fn document(&self) -> Document<'_> {
        Document {
            id: &self.id,
            title: &self.question,
            aliases: &self.aliases,
            tags: &self.tags,
            body: &self.text,
            language: self.language.as_deref(),
        }
    }

    /// Takes the lines `aliases:`, `tags:`, `lang:` and `see:` that follow the heading, and hands back what comes after them.
    fn take_header<'a>(&mut self, mut rest: &'a str) -> Result<&'a str, String> {
        loop {
            rest = rest.trim_start_matches(['\r', '\n']);
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            match header(line) {
                Some((Header::Aliases, value)) => self.aliases.extend(list(value)),
                Some((Header::Tags, value)) => self.tags.extend(list(value)),
                Some((Header::Language, value)) => self.language = Some(language(value)?),
                Some((Header::See, value)) => self.see = Some(other(value)?),
                None => return Ok(rest),
            }
            rest = after;
        }
    }
}

/// A line that may follow the heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    Aliases,
    Tags,
    Language,
    See,
}

/// What a line below the heading says, if it is one of ours.
pub(super) fn header(line: &str) -> Option<(Header, &str)> {
    let (key, value) = line.split_once(':')?;
    let header = match key.trim().to_ascii_lowercase().as_str() {
        "aliases" | "alias" => Header::Aliases,
        "tags" | "tag" => Header::Tags,
        "lang" => Header::Language,
        "see" => Header::See,
        _ => return None,
    };
    Some((header, value))
}

/// The same Markdown with one alias more: behind the others, or on a line of its own below the heading. Every other byte
/// stays.
///
/// # Errors
/// It is no entry.
pub(super) fn with_alias(markdown: &str, alias: &str) -> Result<String, String> {
    let (_, rest) = split_at_heading(markdown.trim_start_matches('\u{feff}'))?;
    let begin = markdown.len() - rest.len();
    let line_end = if markdown.contains("\r\n") { "\r\n" } else { "\n" };
    let (at, added) = match end_of_aliases(rest) {
        Some((end, true)) => (begin + end, format!(" {alias}")),
        Some((end, false)) => (begin + end, format!(", {alias}")),
        None if markdown.get(..begin).is_some_and(|head| head.ends_with('\n')) => {
            (begin, format!("aliases: {alias}{line_end}"))
        }
        None => (begin, format!("{line_end}aliases: {alias}")),
    };
    let (before, after) = markdown.split_at_checked(at).ok_or(NO_HEADING)?;
    Ok(format!("{before}{added}{after}"))
}

/// Where the words of the line `aliases:` end, and whether it has none.
fn end_of_aliases(below: &str) -> Option<(usize, bool)> {
    let mut at = 0;
    for line in below.split_inclusive('\n') {
        let words = line.trim_end();
        match header(words) {
            Some((Header::Aliases, value)) => return Some((at + words.len(), value.is_empty())),
            Some(_) => {}
            None if words.is_empty() => {}
            _ => return None,
        }
        at += line.len();
    }
    None
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

const NO_ANSWER: &str = "has a question and no answer; write the answer below the heading";
const TWO_ANSWERS: &str = "has both `see:` and an answer; keep one of the two";
const WORDS_ABOVE: &str = "has words above its first heading, which nobody would hear; begin it with `# The question`";
const NO_HEADING: &str = "has no heading; begin it with `# The question`";

fn finished<'a>(question: &str, rest: &'a str) -> Result<(String, &'a str), String> {
    if question.is_empty() { Err(NO_HEADING.to_owned()) } else { Ok((question.to_owned(), rest)) }
}

fn list(value: &str) -> impl Iterator<Item = String> {
    value.split([',', ';']).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned)
}

fn language(value: &str) -> Result<String, String> {
    let tag = value.trim().to_ascii_lowercase();
    let (primary, rest) = tag.split_once(['-', '_']).unwrap_or((&tag, ""));
    let is_tag = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_tag && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Ok(tag);
    }
    Err(format!(
        "has `lang: {}`, which is no language's tag; write one such as `en` or `de`, or remove the line",
        value.trim()
    ))
}

fn other(value: &str) -> Result<String, String> {
    let id = value.trim().trim_end_matches(".md");
    if id.is_empty() {
        Err("has an empty `see:`; name the entry that answers, or remove the line".to_owned())
    } else {
        Ok(id.to_owned())
    }
}
