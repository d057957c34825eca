//! What was learnt is written into the FAQ's folder, and read back as it was meant.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use frontdesk::faq::writing::{self, Draft, Naming};
use frontdesk::faq::{Entry, Faq};
use tempfile::TempDir;

fn draft(question: &str, text: &str) -> Draft {
    Draft { question: question.to_owned(), aliases: Vec::new(), language: None, text: text.to_owned() }
}

fn read_back(draft: &Draft) -> Entry {
    let markdown = draft.markdown().unwrap_or_else(|what| panic!("{draft:?}: {what}"));
    Entry::parse("id", &markdown).unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What Markdown takes for markup, and what our own header lines look like.
const STRANGE: &[&str] = &[
    "*bold* _it_ `code` ~~no~~ **x** __y__",
    "# no heading",
    "Setext\n===",
    "Title\n---",
    "> a quotation, perhaps",
    "- one\n- two\n\n- three",
    "+ plus",
    "1. one\n2. two",
    "1) one",
    "2026. It was",
    "see: printer",
    "aliases: a, b",
    "Lang: de\n\nwords",
    "tags : x",
    "http://example.org/a_b_c?d=e&f=g#h and <https://example.org>",
    "[a](b) ![c](d) [e][f] [g]",
    "[ref]: https://example.org",
    "&amp; &lt; &#35; & <b>html</b> <!-- comment --> <script>",
    "```\nfenced\n```",
    "    indented by four",
    "a\\b \\* \\",
    "line one\nline two  \nline three\\",
    "one\n\n\n\n\ntwo",
    "\ttab\tand  spaces",
    "| a | b |\n| - | - |",
    "***\n---\n___",
    "C:\\Users\\me",
    "it's \"quoted\" – with dashes — and … dots",
    "日本語の答え\n二行目",
    "\u{202e}turned\u{202c} \u{1b}[31mred",
    "$x^2$ :smile: @me #tag",
    "!learn ?? words",
    "---\ntitle: front matter\n---",
];

#[test]
fn whatever_was_said_is_read_back_as_it_was() {
    for strange in STRANGE {
        let expected: Vec<Vec<String>> = paragraphs(strange);
        assert_eq!(paragraphs(&read_back(&draft("Question", strange)).text), expected, "{strange:?}");
        let entry = read_back(&draft("Question", &format!("Before.\n\n{strange}\n\nAfter.")));
        assert_eq!(paragraphs(&entry.text)[1..expected.len() + 1], expected, "{strange:?}");
        let question = read_back(&draft(strange, "Answer")).question;
        assert_eq!(question, words(strange).join(" "), "{strange:?}");
    }
}

/// Lines of words: how much space is between them does not count, nor what nobody sees.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(|line| words(line).join(" ")).collect::<Vec<_>>();
    lines.split(String::is_empty).filter(|part| !part.is_empty()).map(<[String]>::to_vec).collect()
}

fn words(text: &str) -> Vec<String> {
    let seen = |c: &char| (!c.is_control() || c.is_whitespace()) && !matches!(c, '\u{202a}'..='\u{202e}');
    text.chars().filter(seen).collect::<String>().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn plain_words_stay_plain() {
    let plain = Draft {
        question: "How do I print?".to_owned(),
        aliases: vec!["printing".to_owned(), "a, b; c".to_owned()],
        language: Some("en".to_owned()),
        text: "Switch it on. See https://example.org.\nWait.\n\nThen print.".to_owned(),
    };
    let expected = "# How do I print?\naliases: printing, a b c\nlang: en\n\n\
                    Switch it on. See https://example.org.\\\nWait.\n\nThen print.\n";
    assert_eq!(plain.markdown().unwrap(), expected);
}

#[test]
fn without_question_or_answer_there_is_no_entry() {
    assert!(draft(" ", "Answer").markdown().unwrap_err().contains("has no heading"));
    assert!(draft("Question", " \n ").markdown().unwrap_err().contains("no answer"));
}

#[test]
fn a_file_is_named_after_its_question() {
    for (question, name) in [
        ("How do I print?", "how-do-i-print"),
        ("  ¿Qué es  Öl/Straße? ", "que-es-ol-straße"),
        ("../../etc/passwd", "etc-passwd"),
        ("I can't log in!", "i-cant-log-in"),
        ("日本語", "日本語"),
        ("?!", "entry"),
    ] {
        assert_eq!(draft(question, "a").name(), name);
    }
    assert!(draft(&"word ".repeat(100), "a").name().len() <= 60);
}

#[test]
fn nothing_is_overwritten() {
    let folder = folder(&[("sub/printer.md", "# Printer\nold"), ("toner.md", "no entry yet")]);
    let markdown = draft("Printer", "new").markdown().unwrap();
    let add = |naming| writing::add(folder.path(), &markdown, naming);
    assert_eq!(add(Naming::Like("printer")).unwrap(), folder.path().join("printer-2.md"));
    assert_eq!(add(Naming::Like("printer")).unwrap(), folder.path().join("printer-3.md"));
    assert_eq!(add(Naming::Like("toner")).unwrap(), folder.path().join("toner-2.md"));
    assert!(add(Naming::Exactly("printer")).unwrap_err().contains("an entry `printer` already"));
    for name in ["../out", ".hidden", "a/b", "", "a.md"] {
        assert!(add(Naming::Exactly(name)).unwrap_err().contains("no name"), "{name}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("sub/printer.md")).unwrap(), "# Printer\nold");
    assert_eq!(files(folder.path()), ["printer-2.md", "printer-3.md", "sub", "toner-2.md", "toner.md"]);
    assert!(writing::add(folder.path(), "no heading", Naming::Like("x")).unwrap_err().contains("no heading"));
}

/// The file before, the alias, the file after.
const ALIASES: &[(&str, &str, &str)] = &[
    ("# Q\naliases: a, b\nlang: en\n\nText *x*  \n", "c d", "# Q\naliases: a, b, c d\nlang: en\n\nText *x*  \n"),
    ("# Q\r\nALIASES : a  \r\n\r\nText\r\n", "c", "# Q\r\nALIASES : a, c  \r\n\r\nText\r\n"),
    ("# Q\nlang: en\ntags: t\naliases:\n\nText", "c", "# Q\nlang: en\ntags: t\naliases: c\n\nText"),
    ("# Q\n\nText\naliases: no\n", "c", "# Q\naliases: c\n\nText\naliases: no\n"),
    ("# Q\r\n\r\nText\r\n", "c", "# Q\r\naliases: c\r\n\r\nText\r\n"),
    ("\u{feff}# Q\nText", "c", "\u{feff}# Q\naliases: c\nText"),
    ("<!-- x -->\n\nQ\n==\nlang: de\nText\n\n# More", "c", "<!-- x -->\n\nQ\n==\naliases: c\nlang: de\nText\n\n# More"),
    ("# Q\naliases: a\nText", "x, y; z\n  w", "# Q\naliases: a, x y z w\nText"),
    ("# Q\naliases: a, b\nText", "b", "# Q\naliases: a, b\nText"),
];

#[test]
fn an_alias_is_added_and_every_other_byte_stays() {
    for (before, alias, after) in ALIASES {
        let folder = folder(&[("sub/q.md", before)]);
        let file = folder.path().join("sub/q.md");
        assert_eq!(writing::add_alias(folder.path(), "q", alias).unwrap(), file);
        assert_eq!(fs::read_to_string(&file).unwrap(), *after);
        assert_eq!(files(&folder.path().join("sub")), ["q.md"]);
        assert_eq!(Faq::load(folder.path()).1, []);
    }
}

#[test]
fn a_file_keeps_its_rights_and_a_link_stays_a_link() {
    let folder = folder(&[("real/deep.md", "# Q\nText")]);
    let (real, link) = (folder.path().join("real/deep.md"), folder.path().join("q.md"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    writing::add_alias(folder.path(), "q", "alias").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "# Q\naliases: alias\nText");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_cannot_be_written_is_told_with_its_file() {
    let folder = folder(&[("flat.md", "no heading"), ("q.md", "# Q\nText")]);
    let failed = |id: &str, alias: &str| writing::add_alias(folder.path(), id, alias).unwrap_err();
    assert!(failed("gone", "x").contains("there is no entry `gone`"));
    let told = failed("flat", "x");
    assert!(told.contains("flat.md") && told.contains("no heading"), "{told}");
    assert!(failed("q", " , ").contains("without a word"));
    assert_eq!(files(folder.path()), ["flat.md", "q.md"]);
}
