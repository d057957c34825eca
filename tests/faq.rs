//! The FAQ: what its files may look like, how they read in a chat, and which entry fits which question.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use frontdesk::desk::action::Look;
use frontdesk::desk::event::FaqReply;
use frontdesk::desk::wording::Language::{self, English, German};
use frontdesk::faq::{Entry, Faq, FaqProblem, Fingerprint, TOPICS_MAX, Thresholds, Verdict};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn ids(faq: &Faq) -> Vec<&str> {
    faq.entries().iter().map(|entry| entry.id.as_str()).collect()
}

/// Loading the folder gives one problem, with the file's name and these words; the good entry is there all the same.
#[track_caller]
fn one_problem(folder: &TempDir, file: &str, words: &[&str]) {
    fs::write(folder.path().join("good.md"), "# Good\nanswer").unwrap();
    let (faq, problems) = Faq::load(folder.path());
    let told: Vec<String> = problems.iter().map(FaqProblem::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(file), "{told:?} does not name {file}");
    for word in words {
        assert!(told[0].contains(word), "{told:?} does not say {word:?}");
    }
    assert!(ids(&faq).contains(&"good"));
}

fn look(words: &str) -> Look {
    Look::Words(words.to_owned())
}

fn text(markdown: &str) -> String {
    Entry::parse("id", &format!("# Question\n\n{markdown}")).unwrap().text
}

fn shipped() -> Faq {
    let (faq, problems) = Faq::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("faq"));
    assert_eq!(problems, []);
    faq
}

/// The ids of what was found, and the verdict.
fn found(faq: &Faq, words: &str, language: Language) -> (Verdict, Vec<String>) {
    let found = faq.search(words, language);
    (found.verdict, found.entries.into_iter().map(|hit| hit.id).collect())
}

// Files.

#[test]
fn an_entry_is_its_heading_its_lines_and_the_rest() {
    let markdown =
        "# How do I `join`?\r\naliases: enter; come in, go in\r\nLang: de-AT\ntags: room\n\nClick: it works.\n";
    let entry = Entry::parse("join", markdown).unwrap();
    assert_eq!((entry.id.as_str(), entry.question.as_str()), ("join", "How do I join?"));
    assert_eq!(entry.aliases, ["enter", "come in", "go in"]);
    assert_eq!((entry.language, entry.tags), (Some("de-at".to_owned()), vec!["room".to_owned()]));
    assert_eq!(entry.text, "Click: it works.");
}

#[test]
fn an_underlined_heading_and_a_comment_above_it_will_do() {
    let entry = Entry::parse("id", "<!-- by the help desk -->\n\nThe question\n============\n\nThe answer.").unwrap();
    assert_eq!((entry.question.as_str(), entry.text.as_str()), ("The question", "The answer."));
}

#[test]
fn files_are_found_in_sub_folders_and_nothing_else_is() {
    let folder = folder(&[
        ("b.md", "# B\nb"),
        ("sub/deep/a.md", "# A\na"),
        ("notes.txt", "no entry"),
        (".hidden.md", "no entry"),
        (".git/c.md", "no entry"),
    ]);
    let (faq, problems) = Faq::load(folder.path());
    assert_eq!((ids(&faq), problems), (vec!["b", "a"], vec![]));
}

#[test]
fn a_byte_order_mark_is_no_matter() {
    let folder = folder(&[("a.md", "\u{feff}# A\na")]);
    assert_eq!(Faq::load(folder.path()).0.entries()[0].question, "A");
}

#[test]
fn a_file_that_is_not_utf_8() {
    let folder = folder(&[]);
    fs::write(folder.path().join("latin.md"), b"# Caf\xe9\nopen").unwrap();
    one_problem(&folder, "latin.md", &["is not UTF-8 (line 1)", "save it in UTF-8"]);
}

#[test]
fn a_file_name_that_is_not_utf_8() {
    let folder = folder(&[]);
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), "# A\na").unwrap();
    one_problem(&folder, "caf", &["has a name that is not UTF-8", "rename it"]);
}

#[test]
fn a_file_without_a_heading() {
    one_problem(&folder(&[("flat.md", "")]), "flat.md", &["has no heading", "`# The question`"]);
    one_problem(&folder(&[("flat.md", "words alone")]), "flat.md", &["has no heading"]);
    one_problem(&folder(&[("flat.md", "#\n\ntext")]), "flat.md", &["has no heading"]);
}

#[test]
fn a_file_with_words_above_its_heading() {
    let folder = folder(&[("late.md", "Some words.\n\n# Question\nanswer")]);
    one_problem(&folder, "late.md", &["words above its first heading"]);
}

#[test]
fn a_question_without_an_answer() {
    let folder = folder(&[("mute.md", "# Question\naliases: a, b\n")]);
    one_problem(&folder, "mute.md", &["has a question and no answer"]);
}

#[test]
fn a_language_that_is_none() {
    let folder = folder(&[("a.md", "# Question\nlang: Deutsch\n\nanswer")]);
    one_problem(&folder, "a.md", &["`lang: Deutsch`", "such as `en` or `de`"]);
}

#[test]
fn an_entry_may_lead_to_another() {
    let folder = folder(&[
        ("printer.md", "# The printer does not print\n\nSwitch it on."),
        ("toner.md", "# Where is toner?\nsee: ink"),
        ("ink.md", "# Ink\nsee: printer.md"),
    ]);
    let (faq, problems) = Faq::load(folder.path());
    assert_eq!(problems, []);
    let FaqReply::Answer { id, text, .. } = faq.answer(&look("where is toner"), English) else { panic!("an answer") };
    assert_eq!((id.as_str(), text.as_str()), ("printer", "Switch it on."));
    assert_eq!(found(&faq, "toner", English).1, ["printer"]);
    let FaqReply::Topics { entries: topics, all } = faq.answer(&Look::Topics, English) else { panic!("topics") };
    assert_eq!((topics.len(), all), (1, 1));
}

#[test]
fn leading_nowhere_in_circles_or_too_far() {
    one_problem(&folder(&[("a.md", "# A\nsee: b")]), "a.md", &["`see: b`", "no such entry"]);
    one_problem(&folder(&[("a.md", "# A\nsee: a")]), "a.md", &["leads back to itself"]);
    one_problem(&folder(&[("a.md", "# A\nsee:\n")]), "a.md", &["empty `see:`"]);
    one_problem(&folder(&[("a.md", "# A\nsee: good\n\nanswer")]), "a.md", &["both `see:` and an answer"]);
    let circle = folder(&[("a.md", "# A\nsee: b"), ("b.md", "# B\nsee: a"), ("c.md", "# C\nsee: a")]);
    let (faq, problems) = Faq::load(circle.path());
    let told: Vec<String> = problems.iter().map(FaqProblem::to_string).collect();
    assert_eq!((faq.entries().len(), told.len()), (0, 3), "{told:?}");
    assert!(told[2].contains("in a circle"), "{told:?}");
}

#[test]
fn changes_of_files_are_seen_from_outside() {
    let folder = folder(&[("a.md", "# A\na"), ("sub/b.md", "# B\nb"), ("notes.txt", "no entry")]);
    let before = Fingerprint::of(folder.path());
    assert_eq!(before, Fingerprint::of(folder.path()));
    fs::write(folder.path().join("notes.txt"), "still none").unwrap();
    assert_eq!(before, Fingerprint::of(folder.path()));
    fs::write(folder.path().join("sub/b.md"), "# B\nanother").unwrap();
    let changed = Fingerprint::of(folder.path());
    assert_ne!(before, changed);
    fs::remove_file(folder.path().join("a.md")).unwrap();
    assert_ne!(changed, Fingerprint::of(folder.path()));
}

#[test]
fn two_files_of_one_name() {
    let folder = folder(&[("a.md", "# First\na"), ("sub/a.md", "# Second\na")]);
    one_problem(&folder, "sub/a.md", &["has the same name as", "rename one of them"]);
    let (faq, _) = Faq::load(folder.path());
    assert_eq!(faq.entries()[0].question, "First");
}

#[test]
fn a_file_that_is_too_large() {
    let folder = folder(&[("big.md", &format!("# Big\n{}", "words ".repeat(50_000)))]);
    one_problem(&folder, "big.md", &["larger than 256 KiB", "split it"]);
}

#[test]
fn a_link_that_leads_out_of_the_folder() {
    let outside = folder(&[("secret.md", "# Secret\nsecret")]);
    let inside = folder(&[]);
    symlink(outside.path().join("secret.md"), inside.path().join("link.md")).unwrap();
    one_problem(&inside, "link.md", &["leads out of the folder"]);
    let inside = folder(&[]);
    symlink(outside.path(), inside.path().join("all")).unwrap();
    one_problem(&inside, "all", &["leads out of the folder"]);
}

#[test]
fn links_inside_the_folder_are_followed_but_not_in_circles() {
    let folder = folder(&[("sub/a.md", "# A\na")]);
    symlink(folder.path(), folder.path().join("sub/up")).unwrap();
    symlink(folder.path().join("sub/a.md"), folder.path().join("b.md")).unwrap();
    let (faq, problems) = Faq::load(folder.path());
    assert_eq!((ids(&faq), problems), (vec!["b", "a"], vec![]));
}

#[test]
fn a_link_to_nothing_and_a_folder_with_a_files_name() {
    let dangling = folder(&[]);
    symlink("nowhere.md", dangling.path().join("link.md")).unwrap();
    one_problem(&dangling, "link.md", &["cannot be read"]);
    let (faq, problems) = Faq::load(folder(&[("odd.md/a.md", "# A\na")]).path());
    assert_eq!((ids(&faq), problems), (vec!["a"], vec![]));
}

#[test]
fn a_folder_that_is_not_there() {
    let (faq, problems) = Faq::load(Path::new("/nowhere/faq"));
    assert!(faq.entries().is_empty());
    assert!(problems[0].to_string().starts_with("/nowhere/faq: cannot be read"));
}

// How an answer reads.

#[test]
fn lists_read_as_lists() {
    assert_eq!(
        text("Do:\n\n- one\n- two\n  - deep\n- three\n\nDone."),
        "Do:\n\n- one\n- two\n  - deep\n- three\n\nDone."
    );
    assert_eq!(text("1. one\n2. two\n\n   more\n"), "1. one\n2. two\n  more");
}

#[test]
fn links_show_their_address_once() {
    assert_eq!(text("See [the page](https://example.org/a)."), "See the page <https://example.org/a>.");
    assert_eq!(
        text("See <https://example.org> or [](https://example.net)."),
        "See https://example.org or https://example.net."
    );
    assert_eq!(text("Write to <help@example.org>."), "Write to help@example.org.");
    assert_eq!(text("![a plan](plan.png)"), "a plan <plan.png>");
}

#[test]
fn code_is_kept_and_emphasis_is_not() {
    assert_eq!(text("Type `!time` **now**, *please*."), "Type `!time` now, please.");
    assert_eq!(text("Run:\n\n    a  b\n    c\n\nThen."), "Run:\n\n```\na  b\nc\n```\n\nThen.");
}

#[test]
fn there_is_no_html() {
    assert_eq!(
        text("One<br>two <b>three</b>.\n\n<script>alert(1)</script>\n\n<!-- no -->\n\nFour &amp; five."),
        "One\ntwo three.\n\nFour & five."
    );
}

#[test]
fn lines_of_a_paragraph_are_joined() {
    assert_eq!(
        text("one\ntwo\n\nthree  \nfour\n\n> quoted\n\n## Sub\n\nfive"),
        "one two\n\nthree\nfour\n\n> quoted\n\nSub\n\nfive"
    );
}

// Asking.

#[test]
fn the_shipped_entries_are_ten_in_two_languages() {
    let faq = shipped();
    assert_eq!(faq.entries().len(), 10);
    assert_eq!(faq.entries().iter().filter(|entry| entry.language.as_deref() == Some("de")).count(), 2);
}

#[test]
fn printer_is_answered() {
    let faq = shipped();
    for words in ["printer", "Printers?", "the PRINTER does not print", "my printer is offline, please help"] {
        let FaqReply::Answer { id, text, .. } = faq.answer(&look(words), English) else {
            panic!("{words:?} is not answered")
        };
        assert_eq!(id, "printer");
        assert!(text.contains("1. Is it on"), "{text}");
    }
}

#[test]
fn each_shipped_entry_is_found_by_its_id_its_question_and_its_aliases() {
    let faq = shipped();
    for entry in faq.entries() {
        let language = entry.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        for words in entry.aliases.iter().chain([&entry.id, &entry.question]) {
            let (verdict, ids) = found(&faq, words, language);
            assert_eq!((verdict, &ids[0]), (Verdict::Answer, &entry.id), "{words:?}: {ids:?}");
        }
    }
}

#[test]
fn the_askers_language_decides_between_equals() {
    let folder = folder(&[("en.md", "# WLAN\nlang: en\n\nyes"), ("de.md", "# WLAN\nlang: de\n\nja")]);
    let (faq, _) = Faq::load(folder.path());
    assert_eq!(found(&faq, "wlan", German).1[0], "de");
    assert_eq!(found(&faq, "wlan", English), (Verdict::Answer, vec!["en".to_owned(), "de".to_owned()]));
}

#[test]
fn what_comes_near_is_suggested_three_at_most() {
    let files: Vec<(String, String)> =
        (1..=5).map(|n| (format!("{n}.md"), format!("# Telephone number {n}\nanswer"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
    let (faq, _) = Faq::load(folder(&files).path());
    let FaqReply::Suggestions(suggestions) = faq.answer(&look("telephone"), English) else { panic!("suggestions") };
    assert_eq!(suggestions.len(), 3);
    assert_eq!(suggestions[0], ("1".to_owned(), "Telephone number 1".to_owned()));
}

#[test]
fn where_two_are_as_likely_neither_is_the_answer() {
    let entry = |id: &str, title: &str| Entry::parse(id, &format!("# {title}\n\nanswer")).unwrap();
    let faq = Faq::of(vec![
        entry("north", "Telephone number of the northern office"),
        entry("south", "Telephone number of the southern office"),
        entry("coffee", "Coffee"),
    ]);
    assert_eq!(found(&faq, "telephone", English), (Verdict::Suggestions, vec!["north".to_owned(), "south".to_owned()]));
    assert_eq!(found(&faq, "telephone number north", English).0, Verdict::Answer);
}

#[test]
fn a_word_in_the_answer_alone_is_no_answer() {
    let (faq, _) = Faq::load(folder(&[("a.md", "# Coffee\nThe kitchen has a machine.")]).path());
    assert_eq!(found(&faq, "kitchen", English), (Verdict::Suggestions, vec!["a".to_owned()]));
}

#[test]
fn what_nobody_wrote_about_is_not_found() {
    assert_eq!(shipped().answer(&look("zebra crossing tomorrow"), English), FaqReply::Nothing);
    assert_eq!(shipped().answer(&look("?!…"), English), FaqReply::Nothing);
    assert_eq!(Faq::default().answer(&look("printer"), English), FaqReply::Nothing);
}

#[test]
fn accents_and_case_do_not_matter() {
    let (faq, _) = Faq::load(folder(&[("a.md", "# Öffnungszeiten der Straße\nimmer")]).path());
    for words in ["öffnungszeiten strasse", "ÖFFNUNGSZEITEN STRASSE", "Offnungszeiten Straße"] {
        assert_eq!(found(&faq, words, German).0, Verdict::Answer, "{words}");
    }
}

#[test]
fn no_words_list_the_topics_in_the_askers_language_first() {
    let FaqReply::Topics { entries: topics, all } = shipped().answer(&Look::Topics, German) else { panic!("topics") };
    assert_eq!((topics.len(), all), (10, 10));
    assert_eq!(topics[0].0, "einem-raum-beitreten");
    let many: Vec<Entry> = (0..500).map(|n| Entry::parse(&n.to_string(), "# Q\na").unwrap()).collect();
    let FaqReply::Topics { entries: topics, all } = Faq::of(many).answer(&Look::Topics, English) else {
        panic!("topics")
    };
    assert_eq!((topics.len(), all), (TOPICS_MAX, 500));
}

#[test]
fn endless_words_are_cut_and_end() {
    let faq = shipped();
    for words in ["printer ".repeat(10_000), "x".repeat(10_000), "ä".repeat(100_000), "? ".repeat(100_000)] {
        let found = faq.search(&words, English);
        assert!(found.entries.len() <= 3);
    }
    let distinct: String = (0..10_000).map(|n| format!("word{n} ")).collect();
    assert!(!matches!(faq.answer(&look(&distinct), English), FaqReply::Answer { .. }));
}

#[test]
fn what_was_found_is_json_as_the_contract_says() {
    let (faq, _) = Faq::load(folder(&[("a.md", "# Coffee\nyes")]).path());
    let json = serde_json::to_value(faq.search("coffee", English)).unwrap();
    let score = json["entries"][0]["score"].clone();
    assert!((0.9..=1.0).contains(&score.as_f64().unwrap()), "{score}");
    let expected =
        serde_json::json!({"verdict": "answer", "entries": [{"id": "a", "question": "Coffee", "score": score}]});
    assert_eq!(json, expected);
    let json = serde_json::to_value(faq.search("zebra", English)).unwrap();
    assert_eq!(json, serde_json::json!({"verdict": "none", "entries": []}));
}

#[test]
fn an_entry_is_given_by_its_id_or_is_gone() {
    let entry = |id: &str| Look::Entry { id: id.to_owned(), part: 0, picked_for: None };
    let FaqReply::Answer { id, .. } = shipped().answer(&entry("printer"), English) else { panic!("an answer") };
    assert_eq!(id, "printer");
    assert_eq!(shipped().answer(&entry("plotter"), English), FaqReply::Gone);
}

#[test]
fn thresholds_decide() {
    let faq = || Faq::of(vec![Entry::parse("a", "# Coffee\nyes").unwrap(), Entry::parse("b", "# Tea\nno").unwrap()]);
    let verdict =
        |answer, suggest| faq().with_thresholds(Thresholds::percent(answer, suggest)).search("coffee", English).verdict;
    assert_eq!(verdict(50, 15), Verdict::Answer);
    assert_eq!(verdict(100, 15), Verdict::Suggestions);
    assert_eq!(verdict(100, 100), Verdict::None);
}
