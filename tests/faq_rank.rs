//! The ranker: what it understands, what nobody can do to it, and that it is always the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::{Duration, Instant};

use frontdesk::faq::rank::{Document, Ranker, Ranking};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

/// (id, title, alias, body, language)
const ENTRIES: [(&str, &str, &str, &str, &str); 9] = [
    ("password", "How do I change my password?", "forgot my login", "Open the settings.", "en"),
    ("room", "How do I join a room?", "enter a group chat", "Click on its address.", "en"),
    ("printer", "The printer does not print", "paper jam", "Switch it off and on; the queue may be stuck.", "en"),
    ("isolation", "Wie lange dauert die Selbstisolation?", "", "Zehn Tage.", "de"),
    ("kennwort", "Wie ändere ich mein Kennwort?", "", "In den Einstellungen.", "de"),
    ("raum", "Wie betrete ich einen Raum?", "", "Auf die Adresse klicken.", "de"),
    ("fichier", "Comment envoyer un fichier ?", "", "Appuyez sur le trombone.", "fr"),
    ("jiami", "如何开启端到端加密？", "", "点击锁形图标。", "zh"),
    ("rahat", "รหัสผ่านของฉันอยู่ที่ไหน", "", "ดูที่การตั้งค่า", "th"),
];

fn ranker() -> Ranker {
    let aliases: Vec<Vec<String>> = ENTRIES.iter().map(|entry| vec![entry.2.to_owned()]).collect();
    let document = |(entry, aliases): (&'static (&str, &str, &str, &str, &str), _)| Document {
        id: entry.0,
        title: entry.1,
        aliases,
        tags: &[],
        body: entry.3,
        language: Some(entry.4),
    };
    Ranker::of(&ENTRIES.iter().zip(aliases.iter().map(Vec::as_slice)).map(document).collect::<Vec<_>>())
}

fn best(ranking: &Ranking) -> &'static str {
    ranking.entries.first().map_or("nothing", |(number, _)| ENTRIES[*number].0)
}

#[track_caller]
fn finds(question: &str, id: &str) {
    let ranking = ranker().rank(question, None);
    assert_eq!(best(&ranking), id, "{question:?}: {ranking:?}");
}

#[test]
fn inflections_and_typos() {
    finds("changing passwords", "password");
    finds("chnage pasword", "password");
    finds("printng dosent work", "printer");
    finds("joining roms", "room");
}

#[test]
fn compounds() {
    finds("Isolation", "isolation");
    finds("Kennwortänderung", "kennwort");
}

#[test]
fn accents_case_and_width() {
    finds("KENNWORT ANDERE", "kennwort");
    finds("ｐａｓｓｗｏｒｄ", "password");
    finds("envoyer des fichiers", "fichier");
}

#[test]
fn scripts_without_spaces() {
    finds("端到端加密怎么用", "jiami");
    finds("ลืมรหัสผ่าน", "rahat");
}

#[test]
fn the_words_language_decides_and_then_the_named_one() {
    let aliases: [String; 0] = [];
    let document = |id, title, language| Document {
        id,
        title,
        aliases: &aliases,
        tags: &[],
        body: "OMEMO",
        language: Some(language),
    };
    let ranker = Ranker::of(&[
        document("en", "How do I turn on OMEMO?", "en"),
        document("de", "Wie schalte ich OMEMO ein?", "de"),
    ]);
    let first = |words, language| ranker.rank(words, language).entries[0].0;
    assert_eq!((first("how to use omemo", Some("de")), first("wie geht omemo", Some("en"))), (0, 1));
    assert_eq!((first("omemo", Some("en")), first("omemo", Some("de"))), (0, 1));
}

#[test]
fn who_asks_for_what_is_not_there_is_not_answered() {
    let ranker = ranker();
    for question in ["zebra crossing tomorrow", "how do I bake a cake", "Wo ist der Bahnhof?", "xyzzy"] {
        assert!(ranker.rank(question, None).confidence < 0.5, "{question}");
    }
}

#[test]
fn nothing_comes_of_nothing() {
    let ranker = ranker();
    for question in ["", " ", "?!…", "😀🎉", "\u{0}\u{301}\u{200d}", "''''"] {
        assert_eq!(ranker.rank(question, None), Ranking::default(), "{question:?}");
    }
    assert_eq!(Ranker::of(&[]).rank("password", Some("en")), Ranking::default());
}

/// The same entries and the same question give the same, to the last bit, also from an index that is built anew.
#[test]
fn it_is_always_the_same() {
    let (one, other) = (ranker(), ranker());
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..300 {
        let question = question(&mut random);
        assert_eq!(one.rank(&question, None), other.rank(&question, None), "{question:?}");
    }
}

/// Whatever is asked: at most ten entries, each once, in order, and a probability.
#[test]
fn whatever_is_asked_the_answer_is_sound() {
    let ranker = ranker();
    let mut random = StdRng::seed_from_u64(2);
    for _ in 0..2_000 {
        let question = question(&mut random);
        let Ranking { entries, confidence } = ranker.rank(&question, None);
        assert!((0.0..=1.0).contains(&confidence), "{question:?}: {confidence}");
        assert!(entries.iter().all(|(_, score)| score.is_finite()), "{question:?}: {entries:?}");
        assert!(entries.is_sorted_by(|a, b| a.1 >= b.1) && entries.len() <= 10, "{question:?}");
        let mut numbers: Vec<usize> = entries.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), entries.len(), "{question:?}");
    }
}

/// Pieces of words of many scripts, of query languages, of nothing.
fn question(random: &mut StdRng) -> String {
    const PIECES: [&str; 24] = [
        "password",
        "pass",
        "wie",
        "ändere",
        " ",
        " ",
        " ",
        "\n",
        "'",
        "\"",
        "*",
        "NEAR(",
        "' OR 1=1 --",
        "端到",
        "端",
        "รหัส",
        "ß",
        "İ",
        "ﬁ",
        "\u{301}",
        "😀",
        "0",
        "\u{0}",
        "İ̇",
    ];
    (0..random.random_range(0..12)).map(|_| *PIECES.choose(random).unwrap()).collect()
}

/// Twice, four, eight times the length takes no longer: everything is bounded.
#[test]
fn no_question_is_too_long() {
    let ranker = ranker();
    let distinct: String = (0..10_000).map(|number| format!("word{number} ")).collect();
    let long = [
        "password ".repeat(1_200),
        distinct,
        "😀".repeat(10_000),
        "\"a\" OR b* NEAR(c d) AND NOT ('; DROP TABLE faq;--) ".repeat(200),
        "a".repeat(10_000),
        "a ".repeat(10_000),
        "端".repeat(10_000),
        "\u{301}".repeat(10_000),
        "ﷺ".repeat(100_000),
    ];
    for question in long {
        let begin = Instant::now();
        let ranking = ranker.rank(&question, None);
        let took = begin.elapsed();
        assert!(ranking.entries.len() <= 10);
        assert!(took < Duration::from_millis(500), "{took:?} in a debug build; benches/faq.rs measures");
    }
}

/// A term counts for one word of the question, however often its spellings come.
#[test]
fn the_same_word_in_many_spellings_is_one_word() {
    let many: String = (0..500).map(|number| format!("password{number} ")).collect();
    assert!(ranker().rank(&many, None).confidence < 0.5);
}
