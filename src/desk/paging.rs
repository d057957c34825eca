//! Long answers in parts: a chat window is small, and servers refuse what is very long.

/// An answer up to so many characters is given whole, so that no short rest is left.
const WHOLE_MAX: usize = 1_400;
/// How long a part is otherwise, in characters.
const PART_MAX: usize = 1_000;
/// A part is at least so long, in characters, before it is cut at a paragraph; otherwise at a line, or between words.
const PART_MIN: usize = 300;

/// The part of a text with this number, from 0, and whether more comes behind it; `None` where the text is shorter.
pub(super) fn part(text: &str, number: usize) -> Option<(&str, bool)> {
    let mut rest = text.trim();
    for _ in 0..number {
        rest = rest.get(length(rest)..).map(str::trim_start).filter(|rest| !rest.is_empty())?;
    }
    let end = length(rest);
    Some((rest.get(..end)?.trim_end(), end < rest.len()))
}

/// How long the first part of the text is, in bytes.
fn length(text: &str) -> usize {
    let at = |character: usize| text.char_indices().nth(character).map(|(index, _)| index);
    if at(WHOLE_MAX).is_none() {
        return text.len();
    }
    let (min, max) = (at(PART_MIN).unwrap_or_default(), at(PART_MAX).unwrap_or(text.len()));
    let cut = |mark: &str| text.get(..max)?.rfind(mark).filter(|cut| *cut >= min);
    cut("\n\n").or_else(|| cut("\n")).or_else(|| cut(". ").map(|stop| stop + 1)).or_else(|| cut(" ")).unwrap_or(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        (0..).map_while(|number| part(text, number)).map(|(part, _)| part).collect()
    }

    #[test]
    fn a_short_text_is_whole() {
        assert_eq!(part("short", 0), Some(("short", false)));
        assert_eq!(part("short", 1), None);
        assert_eq!(part(&"x".repeat(WHOLE_MAX), 0).map(|(_, more)| more), Some(false));
    }

    #[test]
    fn a_long_text_is_cut_at_paragraphs_and_nothing_of_it_is_lost() {
        let paragraph = |letter: &str| letter.repeat(400);
        let text = ["a", "b", "c", "d"].map(paragraph).join("\n\n");
        let whole = parts(&text);
        assert_eq!(
            whole,
            [format!("{}\n\n{}", paragraph("a"), paragraph("b")), format!("{}\n\n{}", paragraph("c"), paragraph("d"))]
        );
        assert_eq!(part(&text, 0).map(|(_, more)| more), Some(true));
        assert_eq!(part(&text, 1).map(|(_, more)| more), Some(false));
    }

    #[test]
    fn without_paragraphs_it_is_cut_at_lines_then_sentences_then_words_then_anywhere() {
        let cut = |unit: &str| parts(&unit.repeat(800)).first().copied().unwrap_or_default().to_owned();
        assert!(cut("a line\n").ends_with("a line"));
        assert!(cut("A sentence. ").ends_with("A sentence."));
        assert!(cut("word ").ends_with("word"));
        assert_eq!(cut("äöü").chars().count(), PART_MAX);
        let text = "äöü €".repeat(2_000);
        assert_eq!(parts(&text).concat().replace(' ', ""), text.replace(' ', ""));
        assert!(parts(&text).iter().all(|part| part.chars().count() <= WHOLE_MAX));
    }
}
