//! What `frontdesk check` tells an admin, and with which code it exits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use frontdesk::check::offline;
use frontdesk::clock::entropy;
use frontdesk::exit::Exit;
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
fn check(desk: &TempDir) -> (Exit, String) {
    let mut out = Vec::new();
    let code = offline(&desk.path().join("frontdesk.toml"), &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    assert!(!told.contains("hunter2"), "I7: {told}");
    (code, told)
}

#[track_caller]
fn told(desk: &TempDir, code: Exit, words: &[&str]) {
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
    told(&desk, Exit::Done, &words);
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
    told(&desk, Exit::Done, &["can be read, 0 chats are open"]);
}

#[test]
fn a_database_that_is_none() {
    let desk = desk();
    fs::write(desk.path().join("frontdesk.db"), "no database at all, but long enough to look like one ".repeat(50))
        .unwrap();
    told(&desk, Exit::Io, &["bad       store: "]);
}

#[test]
fn a_mistake_in_the_configuration_is_all_that_is_told() {
    let desk = desk();
    fs::write(desk.path().join("frontdesk.toml"), CONFIG.replace("chats_max = 4", "chats_max = 0")).unwrap();
    let (code, told) = check(&desk);
    assert_eq!((code, told.lines().count()), (Exit::Config, 1), "{told}");
    assert!(told.contains("frontdesk.toml:13: `chats_max` cannot be 0; write a number from 1"), "{told}");
}

#[test]
fn a_password_that_others_can_read() {
    let desk = desk();
    fs::set_permissions(desk.path().join("secret"), fs::Permissions::from_mode(0o644)).unwrap();
    told(&desk, Exit::Config, &["bad       password: ", "run `chmod 600 "]);
}

#[test]
fn a_bad_entry_of_the_faq() {
    let desk = desk();
    fs::write(desk.path().join("faq/flat.md"), "no heading").unwrap();
    told(&desk, Exit::Config, &["FAQ: 1 entries", "bad       FAQ: ", "flat.md: "]);
}

#[test]
fn each_bad_entry_of_the_faq_is_named() {
    let desk = desk();
    let faq = desk.path().join("faq");
    fs::create_dir(faq.join("more")).unwrap();
    fs::write(faq.join("latin.md"), b"# Caf\xe9\n\nOpen.").unwrap();
    fs::write(faq.join("flat.md"), "no heading").unwrap();
    fs::write(faq.join("twice.md"), "# Twice\n\nOnce.").unwrap();
    fs::write(faq.join("more/twice.md"), "# Twice\n\nOnce more.").unwrap();
    fs::write(faq.join("circle.md"), "# Round\nsee: circle\n").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", faq.join("outside.md")).unwrap();
    let named = ["latin.md: ", "flat.md: ", "twice.md: ", "circle.md: ", "outside.md: "];
    told(&desk, Exit::Config, &named);
}

#[test]
fn no_faq_and_no_operator_are_doubtful() {
    let desk = desk();
    fs::remove_dir_all(desk.path().join("faq")).unwrap();
    let (config, _) = CONFIG.split_once("[[operator]]").unwrap();
    fs::write(desk.path().join("frontdesk.toml"), config).unwrap();
    told(&desk, Exit::Done, &["doubtful  FAQ: there is none", "doubtful  operators: there is none"]);
}

#[test]
fn a_queue_that_nobody_serves_is_doubtful() {
    let desk = desk();
    let config = format!("{CONFIG}\n[[queue]]\nname = \"sales\"\n");
    fs::write(desk.path().join("frontdesk.toml"), config).unwrap();
    told(&desk, Exit::Done, &["doubtful  queue sales: nobody serves it; add \"sales\""]);
}

/// With these lines in the queue and in its only operator.
fn desk_with(queue: &str, operator: &str) -> TempDir {
    let desk = desk();
    let config = CONFIG.replace("name = \"support\"", &format!("name = \"support\"\n{queue}"));
    fs::write(desk.path().join("frontdesk.toml"), format!("{config}{operator}\n")).unwrap();
    desk
}

#[test]
fn a_queue_that_cannot_give_its_chats_to_anybody_or_not_as_meant_is_doubtful() {
    for (queue, operator, words) in [
        ("strategy = \"tiers\"", "", "all of its operators are of one tier"),
        ("skills = [\"tax\", \"billing\"]", "skills = [\"billing\"]", "none of its operators knows tax, so nobody"),
        ("holidays = [2020-12-25, \"2020-12-26\"]", "", "the last of its `holidays`, 2020-12-26, is over"),
        (
            "supervisors = [\"boss@example.org\"]\nescalate_seconds = 300\nmessage_seconds = 300",
            "",
            "guests are told to leave a message after 300 s, before its supervisors are asked after 300 s",
        ),
        ("hours = \"2020 Mo-Fr 09:00-17:00\"", "", "it does not open within a year; correct its `hours`"),
        ("hours = \"off\"", "", "it does not open within a year"),
    ] {
        let desk = desk_with(queue, operator);
        let words = format!("\ndoubtful  queue support: {words}");
        told(&desk, Exit::Done, &["good      queue support: served by alice, 4 chats at once", &words]);
    }
}

#[test]
fn what_only_looks_like_a_doubt_is_none() {
    for (queue, operator) in [
        ("skills = [\"billing\"]", "skills = [\"Billing\"]"),
        ("holidays = [2020-12-25, 2999-12-26]", ""),
        ("escalate_seconds = 300\nmessage_seconds = 300", ""),
        ("hours = \"24/7\"", ""),
    ] {
        let (_, told) = check(&desk_with(queue, operator));
        assert!(!told.contains("doubtful"), "{queue}: {told}");
    }
}

#[test]
fn skills_that_nobody_has_all_of_and_places_that_some_have_not() {
    let two = "skills = [\"tax\"]\n[[operator]]\njid = \"bob@example.org\"\nskills = [\"billing\"]";
    let desk = desk_with("skills = [\"tax\", \"billing\"]\nchat_weight = 4", two);
    let words = [
        "good      queue support: served by alice, bob, 1 chats at once",
        "doubtful  queue support: none of its operators knows all of its `skills` at once",
        "doubtful  queue support: its chats take 4 places, and these have fewer and get none: bob",
    ];
    told(&desk, Exit::Done, &words);
}

#[test]
fn an_overflow_that_comes_too_late_is_doubtful() {
    let sales = "queues = [\"support\", \"sales\"]\n[[queue]]\nname = \"sales\"";
    let desk = desk_with("overflow_to = \"sales\"\noverflow_seconds = 400", sales);
    told(&desk, Exit::Done, &["doubtful  queue support: guests are told to leave a message after 300 s, before their"]);
}

#[test]
fn a_queue_says_whether_it_is_open() {
    let open = desk_with("hours = \"Mo-Su 00:00-24:00\"", "");
    told(&open, Exit::Done, &["good      queue support: open Mo-Su 00:00-24:00 in UTC, and so now"]);
    let closed = desk_with("hours = \"Dec 25 00:00-00:01\"", "");
    told(
        &closed,
        Exit::Done,
        &["good      queue support: open Dec 25 00:00-00:01 in UTC; closed now, until 2", "-12-25 00:00"],
    );
}

#[test]
fn a_supervisor_is_no_operator() {
    let desk = desk();
    let (config, _) = CONFIG.split_once("[[operator]]").unwrap();
    let config = format!("{config}supervisors = [\"boss@example.org\"]\n");
    fs::write(desk.path().join("frontdesk.toml"), config).unwrap();
    told(&desk, Exit::Done, &["doubtful  operators: there is none"]);
}

/// What is typed at the shell: the exit code, standard output, standard error.
fn typed(desk: &TempDir, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    let output = command.args(words).current_dir(desk.path()).env_remove("FRONTDESK_XMPP_PASSWORD").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn at_the_shell_all_is_told_on_standard_output() {
    let desk = desk();
    let (code, out, err) = typed(&desk, &["check"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("good      configuration: frontdesk.toml is valid\n"), "{out}");
    assert_eq!(out.lines().count(), check(&desk).1.lines().count(), "{out}");
}

#[test]
fn doubts_are_no_failure() {
    let desk = desk();
    fs::remove_dir_all(desk.path().join("faq")).unwrap();
    let (code, out, _) = typed(&desk, &["check"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("\ndoubtful  FAQ: "), "{out}");
}

#[test]
fn the_exit_code_says_where_to_look() {
    let desk = desk();
    fs::write(desk.path().join("frontdesk.db"), "no database ".repeat(500)).unwrap();
    assert_eq!(typed(&desk, &["check"]).0, Some(74));
    fs::remove_file(desk.path().join("secret")).unwrap();
    assert_eq!(typed(&desk, &["check"]).0, Some(78), "the configuration first");
    let (code, out, err) = typed(&desk, &["check", "-c", "nowhere.toml"]);
    assert_eq!((code, err.as_str()), (Some(78), ""));
    assert!(out.starts_with("bad       nowhere.toml"), "{out}");
}

#[test]
fn nobody_goes_online_without_a_configuration_or_a_password() {
    let desk = desk();
    fs::remove_file(desk.path().join("secret")).unwrap();
    let (code, out, _) = typed(&desk, &["check", "--online"]);
    assert_eq!(code, Some(78), "{out}");
    assert!(!out.contains("login: "), "{out}");
    fs::write(desk.path().join("frontdesk.toml"), "").unwrap();
    let (code, out, _) = typed(&desk, &["check", "--online"]);
    assert_eq!(code, Some(78), "{out}");
    assert!(out.lines().all(|line| line.starts_with("bad ")), "{out}");
}

#[test]
fn a_server_that_nobody_runs() {
    let desk = desk();
    let config = CONFIG.replace("password_file", "server = \"127.0.0.1:1\"\npassword_file");
    fs::write(desk.path().join("frontdesk.toml"), config).unwrap();
    let (code, out, err) = typed(&desk, &["check", "--online"]);
    assert_eq!((code, err.as_str()), (Some(69), ""), "{out}");
    assert!(out.contains("\nbad       login: the server does not answer: 127.0.0.1:1: "), "{out}");
}

/// What can be known of a CRM without asking anybody.
#[test]
fn crms_are_looked_at() {
    let desk = desk();
    let path = |name: &str| desk.path().join(name);
    let crms = r#"
[[crm]]
name = "people"
csv = "people.csv"
key = "account"
by = "guest.account"

[[crm]]
name = "contracts"
sqlite = "contracts.db"
query = "SELECT plan FROM contract WHERE customer = ?1"
by = "guest.said.customer"
allow_said = true

[[crm]]
name = "web"
url = "https://crm.example.org/{guest.id}"
token_file = "token"
"#;
    fs::write(path("frontdesk.toml"), format!("{CONFIG}{crms}")).unwrap();
    told(
        &desk,
        Exit::Config,
        &[
            "bad       CRM people: ",
            "people.csv cannot be used: No such file",
            "bad       CRM contracts: ",
            "contracts.db cannot be used: unable to open",
            "doubtful  CRM contracts: it is asked by what guests say of themselves",
            "good      CRM web: asks crm.example.org over HTTP",
            "bad       CRM web: the token file ",
        ],
    );
    assert!(!path("contracts.db").exists(), "looking makes nothing");
    fs::write(path("people.csv"), "account,name\nada@example.org,Ada\n").unwrap();
    rusqlite::Connection::open(path("contracts.db"))
        .unwrap()
        .execute("CREATE TABLE contract (plan, customer)", ())
        .unwrap();
    fs::write(path("token"), "s3cret\n").unwrap();
    fs::set_permissions(path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    told(
        &desk,
        Exit::Done,
        &["people.csv has 1 lines and the columns \"account\", \"name\"", "contracts.db can be asked for plan"],
    );
}
