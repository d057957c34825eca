//! The table of who may touch what, read off the source. A broken row names the file and the line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// A room of the house and what must not be found in it.
struct Rule {
    /// Files or folders below `src/`.
    places: &'static [&'static str],
    /// Files or folders that the rule does not hold for.
    but: &'static [&'static str],
    /// What must not be there.
    forbidden: &'static str,
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        places: &["desk"],
        but: &[],
        forbidden: r"\basync\b|\.await\b|\btokio\b|\bfutures\b",
        why: "the desk is pure: no async",
    },
    Rule {
        places: &["desk"],
        but: &[],
        forbidden: r"std::(fs|net|io|thread|process|env|os)\b|\b(Mutex|RwLock|RefCell|Atomic\w+|mpsc|tracing|println)\b",
        why: "the desk is pure: no I/O, no locks, no log",
    },
    Rule {
        places: &["desk"],
        // Nobody can walk through what it keeps.
        but: &["desk/prints.rs"],
        forbidden: r"\bHash(Map|Set)\b",
        why: "the desk is repeatable: no order that changes from run to run",
    },
    Rule {
        places: &["desk"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|faq|faults|secret|simulate|store|transcript|xmpp|web)\b|\bfault!",
        why: "the desk knows nobody",
    },
    Rule {
        places: &["."],
        but: &["clock.rs"],
        forbidden: r"\b(Instant|SystemTime|Utc|Local)::now\b|\.elapsed\(\)|\b(SysRng|ThreadRng|getrandom|fastrand)\b|\brand::(rng|random)\w*\(",
        why: "only clock.rs asks what time it is and draws random bytes",
    },
    Rule {
        places: &["."],
        but: &["clock.rs", "simulate/chance.rs"],
        forbidden: r"\brand::",
        why: "chance comes from clock.rs, or from the simulation's seed",
    },
    Rule {
        places: &["simulate"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|faq|secret|store|transcript|web|xmpp)\b|\btokio\b|\basync\b",
        why: "simulate/ knows the desk, and no adapter",
    },
    Rule {
        places: &["."],
        but: &["xmpp"],
        forbidden: r"\b(tokio_xmpp|xmpp_parsers|minidom|xso)\b|\bsasl::|(^|[^:\w])xmpp::(parsers|jid)\b|use ::xmpp",
        why: "only xmpp/ knows the XMPP crates",
    },
    Rule {
        places: &["."],
        but: &["store", "crm/sqlite.rs"],
        forbidden: r"\brusqlite",
        why: "only store/ knows SQL, and crm/ reads foreign files",
    },
    Rule {
        places: &["crm"],
        but: &[],
        forbidden: r"SQLITE_OPEN_(READ_WRITE|CREATE)|Connection::open(_in_memory)?\(",
        why: "crm/ opens databases for reading only",
    },
    Rule {
        places: &["."],
        but: &["xmpp", "crm/names.rs"],
        forbidden: r"\bhickory_resolver\b|\blookup_host\b",
        why: "only xmpp/ and crm/names.rs look up names",
    },
    Rule {
        places: &["."],
        but: &["xmpp", "web"],
        forbidden: r"\brxml\b",
        why: "only who reads streams and frames knows the XML parser",
    },
    Rule {
        places: &["."],
        but: &["web"],
        forbidden: r"\b(hyper|hyper_util|http_body_util|tungstenite|tokio_tungstenite|rust_embed|axum|actix|warp)\b",
        why: "only web/ serves over HTTP",
    },
    Rule {
        places: &["web"],
        but: &[],
        forbidden: r"crate::(check|cli|crm|daemon|exit|faq|logs|secret|store|transcript|xmpp)\b",
        why: "web/ knows the configuration and the desk's snapshot, and no adapter",
    },
    Rule { places: &["."], but: &["crm"], forbidden: r"\breqwest\b", why: "only crm/ asks over HTTP" },
    Rule {
        places: &["xmpp"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|faq|store|transcript|web)\b",
        why: "xmpp/ knows events, actions and the secret, and no other adapter",
    },
    Rule {
        places: &["store"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|faq|secret|transcript|xmpp|web)\b",
        why: "store/ knows the desk's ids and records, and no other adapter",
    },
    Rule {
        places: &["faq"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|secret|store|transcript|xmpp|web)\b|\btokio\b|\basync\b",
        why: "faq/ knows questions and replies, and no adapter",
    },
    Rule {
        places: &["crm"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|daemon|exit|faq|store|transcript|web|xmpp)\b",
        why: "crm/ knows questions and answers, and no adapter",
    },
    Rule {
        places: &["addresses.rs", "roots.rs"],
        but: &[],
        forbidden: r"crate::|\basync\b",
        why: "addresses and authorities are known to many, and know nobody",
    },
    Rule {
        places: &["transcript"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|faq|secret|store|xmpp|web)\b|\btokio\b|\basync\b",
        why: "transcript/ renders records and nothing else",
    },
    Rule {
        places: &["logs.rs"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|config|crm|daemon|exit|faq|secret|store|xmpp|web)\b|\btokio\b|\basync\b",
        why: "logs.rs writes files, and knows no adapter",
    },
    Rule {
        places: &["config", "secret.rs"],
        but: &[],
        forbidden: r"crate::(check|cli|clock|crm|daemon|exit|faq|store|transcript|xmpp|web)\b|\btokio\b|\basync\b",
        why: "the configuration knows the desk's settings, and no adapter",
    },
];

#[test]
fn everybody_stays_in_their_room() {
    let mut broken = String::new();
    for rule in RULES {
        let forbidden = Regex::new(rule.forbidden).unwrap();
        for file in sources("src", rule.places, rule.but) {
            report(&file, &forbidden, rule.why, &mut broken);
        }
    }
    assert!(broken.is_empty(), "the table of who may touch what is broken:\n{broken}");
}

/// Each spot at which a fault may strike is in the table that the tests walk, and stands in one place.
#[test]
fn fail_points_are_in_their_table() {
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/faults.rs")).unwrap();
    let listed = |name: &str| table.contains(&format!("(\"{name}\", "));
    let spot = Regex::new(r#"fault!\("([a-z.]+)" =>"#).unwrap();
    let mut found = Vec::new();
    for file in sources("src", &["."], &["faults.rs"]) {
        let text = fs::read_to_string(file).unwrap();
        found.extend(spot.captures_iter(&text).map(|spot| spot[1].to_owned()));
    }
    for (at, name) in found.iter().enumerate() {
        assert!(listed(name), "{name} is not in faults.rs");
        assert!(!found[..at].contains(name), "{name} stands in two places");
    }
    assert!(found.len() >= 30, "{} fail points", found.len());
    assert_eq!(found.len(), table.matches("\n        (\"").count(), "one in the table is nowhere");
}

/// What people get has none of them.
#[cfg(not(feature = "failpoints"))]
#[test]
fn the_usual_binary_has_no_fail_points() {
    let binary = fs::read(env!("CARGO_BIN_EXE_frontdesk")).unwrap();
    let has = |words: &str| binary.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(has("retention_days"), "words are found in a binary");
    assert!(!has("spoken_before_commit") && !has("store.backup.finish") && !has("FAILPOINTS"));
}

/// A test waits for what it expects; one that sleeps hopes.
#[test]
fn no_test_sleeps() {
    let mut broken = String::new();
    let sleeping = Regex::new(r"(thread|time)::sleep\b|\bsleep\(").unwrap();
    for file in sources("tests", &["."], &["architecture.rs"]) {
        report(&file, &sleeping, "a test sleeps", &mut broken);
    }
    assert!(broken.is_empty(), "{broken}");
}

/// The rules above are worth something only if they find what they forbid.
#[test]
fn the_rules_bite() {
    for (line, why) in [
        ("    let now = Utc::now();", "only clock.rs"),
        ("    SysRng.try_fill_bytes(&mut bytes)", "only clock.rs"),
        ("use rand::rngs::StdRng;", "chance comes from"),
        ("pub async fn handle(&mut self) {", "the desk is pure: no async"),
        ("use rusqlite::Connection;", "only store/"),
        ("use xmpp::parsers::message::Message;", "only xmpp/"),
        ("use crate::store::Store;", "the desk knows nobody"),
        ("use reqwest::Client;", "only crm/ asks over HTTP"),
        ("    Connection::open(file)", "crm/ opens databases for reading only"),
        ("use std::collections::HashMap;", "the desk is repeatable"),
    ] {
        let rule = RULES.iter().find(|rule| rule.why.starts_with(why)).unwrap();
        assert!(Regex::new(rule.forbidden).unwrap().is_match(line), "{line} is not caught by: {why}");
    }
    assert!(sources("src", &["desk"], &[]).len() > 15, "the desk's files are found");
}

fn sources(root: &str, places: &[&str], but: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
    let mut files = Vec::new();
    for place in places {
        collect(&root.join(place), &mut files);
        collect(&root.join(format!("{place}.rs")), &mut files);
    }
    files.retain(|file| {
        !but.iter().any(|place| file.starts_with(root.join(place)) || file.starts_with(root.join(format!("./{place}"))))
    });
    files
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
    } else if path.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
        files.push(path.to_owned());
    }
}

/// Comments may name what code may not.
fn report(file: &Path, forbidden: &Regex, why: &str, broken: &mut String) {
    for (number, line) in fs::read_to_string(file).unwrap().lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        if forbidden.is_match(code) {
            writeln!(broken, "{}:{}: {why}: {}", file.display(), number + 1, line.trim()).unwrap();
        }
    }
}
