//! Readable words as Markdown: what [`super::text`] makes of it are the same words again.

use super::entries::header;
use super::text::plain_text;

/// The words without what a terminal or a chat client would obey: control characters and marks that turn the direction of
/// writing.
pub(super) fn printable(text: &str) -> String {
    let harmless = |c: &char| !c.is_control() || *c == '\n' || *c == '\t';
    text.chars().filter(harmless).filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect()
}

/// One form for each text: no space around lines, one empty line between paragraphs, none around.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::new();
    let mut gap = "";
    for line in printable(text).lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")) {
        if line.is_empty() {
            gap = if tidied.is_empty() { "" } else { "\n\n" };
            continue;
        }
        tidied.push_str(gap);
        tidied.push_str(&line);
        gap = "\n";
    }
    tidied
}

/// One line as inline Markdown: as it is, where nothing in it means anything.
pub(super) fn inline(line: &str) -> String {
    let plain = !line.contains(['#', '\\']) && plain_text(line) == line;
    if plain { line.to_owned() } else { escaped(line) }
}

/// Tidied words as the body of an entry: as they are, where that reads the same, otherwise with each mark escaped.
pub(super) fn body(text: &str) -> String {
    let paragraphs: Vec<String> = text.split("\n\n").map(paragraph).collect();
    let written = paragraphs.join("\n\n");
    let safe = !looks_like_header(&written) && plain_text(&written) == text;
    if safe { written } else { text.split("\n\n").map(lines_escaped).collect::<Vec<_>>().join("\n\n") }
}

fn paragraph(text: &str) -> String {
    let written = text.split('\n').collect::<Vec<_>>().join("\\\n");
    if plain_text(&written) == text { written } else { lines_escaped(text) }
}

/// A first line such as `see: page 5` would be read as the entry's own.
fn looks_like_header(body: &str) -> bool {
    body.lines().next().is_some_and(|line| header(line).is_some())
}

fn lines_escaped(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\\\n")
}

/// Every ASCII punctuation mark may be escaped (CommonMark 0.31, 2.4). Digits and their dot begin lists, so the dot is.
fn escaped(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for character in line.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '\'' | '"' | ',' | ';' | '?' | '/' | '%') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
