//! Characters that must not reach a terminal or a page as they are: they move the cursor, colour, erase, ring, or
//! turn the order of what stands around them.

pub(super) use crate::desk::wording::is_hostile;

/// The text on one line, with what is hostile spelled out: `<U+001B>`.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(spelled).collect()
}

/// The text's lines, each harmless; tabs become spaces. At least one line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.split('\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        one_line(&line.replace('\t', "    "))
    })
}

fn spelled(character: char) -> String {
    match character {
        hostile if is_hostile(hostile) => format!("<U+{:04X}>", u32::from(hostile)),
        plain => plain.to_string(),
    }
}
