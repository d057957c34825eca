//! What `frontdesk check` tells an admin, and with which code it exits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use frontdesk::check::{EXIT_CONFIGURATION, EXIT_DATABASE, EXIT_GOOD, offline};
use frontdesk::clock::entropy;
use frontdesk::store::Store;
use tempfile::TempDir;

const CONFIG: &str = r#"[xmpp]
jid = "support@example.org"
password_file = "secret"

[rooms]
services = ["rooms.example.org"]

[[queue]]
name = "support"

[[operator]]
jid = "alice@example.org"
chats_max = 4
"#;

/// A folder in which everything is as it should be.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    fs::write(path("frontdesk.toml"), CONFIG).unwrap();
    fs::write(path("secret"), "hunter2\n").unwrap();
    fs::set_permissions(path("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(path("faq")).unwrap();
    fs::write(path("faq/printer.md"), "# Printer\nSwitch it on.").unwrap();
    folder
}

/// The exit code and what was told.
fn check(desk: &TempDir) -> (u8, String) {
    let mut out = Vec::new();
    let code = offline(&desk.path().join("frontdesk.toml"), &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    assert!(!told.contains("hunter2"), "I7: {told}");
    (code, told)
}

#[track_caller]
fn told(desk: &TempDir, code: u8, words: &[&str]) {
    let (exit, told) = check(desk);
    assert_eq!(exit, code, "{told}");
    for word in words {
        assert!(told.contains(word), "{told:?} does not say {word:?}");
    }
}

#[test]
fn everything_is_good() {
    let desk = desk();
    let words = [
        "frontdesk.toml is valid",
        "queue support: served by alice, 4 chats at once",
        "password: found in the password file",
        "FAQ: 1 entries",
        "will be made at the first start",
    ];
    told(&desk, EXIT_GOOD, &words);
    let (_, told) = check(&desk);
    assert!(told.lines().all(|line| line.starts_with("good ")), "{told}");
}

#[test]
fn looking_makes_no_database() {
    let desk = desk();
    check(&desk);
    assert!(!desk.path().join("frontdesk.db").exists());
}

#[test]
fn a_database_in_use_is_good() {
    let desk = desk();
    let (_store, _) = Store::open(&desk.path().join("frontdesk.db"), entropy).unwrap();
    told(&desk, EXIT_GOOD, &["can be read, 0 chats are open"]);
}

#[test]
fn a_database_that_is_none() {
    let desk = desk();
    fs::write(desk.path().join("frontdesk.db"), "no database at all, but long enough to look like one ".repeat(50))
        .unwrap();
    told(&desk, EXIT_DATABASE, &["bad       store: "]);
}

#[test]
fn a_mistake_in_the_configuration_is_all_that_is_told() {
    let desk = desk();
    fs::write(desk.path().join("frontdesk.toml"), CONFIG.replace("chats_max = 4", "chats_max = 0")).unwrap();
    let (code, told) = check(&desk);
    assert_eq!((code, told.lines().count()), (EXIT_CONFIGURATION, 1), "{told}");
    assert!(told.contains("frontdesk.toml:13: `chats_max` cannot be 0; write a number from 1"), "{told}");
}

#[test]
fn a_password_that_others_can_read() {
    let desk = desk();
    fs::set_permissions(desk.path().join("secret"), fs::Permissions::from_mode(0o644)).unwrap();
    told(&desk, EXIT_CONFIGURATION, &["bad       password: ", "run `chmod 600 "]);
}

#[test]
fn a_bad_entry_of_the_faq() {
    let desk = desk();
    fs::write(desk.path().join("faq/flat.md"), "no heading").unwrap();
    told(&desk, EXIT_CONFIGURATION, &["FAQ: 1 entries", "bad       FAQ: ", "flat.md: "]);
}

#[test]
fn no_faq_and_no_operator_are_doubtful() {
    let desk = desk();
    fs::remove_dir_all(desk.path().join("faq")).unwrap();
    let (config, _) = CONFIG.split_once("[[operator]]").unwrap();
    fs::write(desk.path().join("frontdesk.toml"), config).unwrap();
    told(&desk, EXIT_GOOD, &["doubtful  FAQ: there is none", "doubtful  operators: there is none"]);
}

#[test]
fn a_queue_that_nobody_serves_is_doubtful() {
    let desk = desk();
    let config = format!("{CONFIG}\n[[queue]]\nname = \"sales\"\n");
    fs::write(desk.path().join("frontdesk.toml"), config).unwrap();
    told(&desk, EXIT_GOOD, &["doubtful  queue sales: nobody serves it; add \"sales\""]);
}
