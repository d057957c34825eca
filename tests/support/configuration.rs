//! Configurations with one mistake each, and what must be told of it.

#![allow(dead_code)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use frontdesk::config::{Config, ConfigErrors};
use tempfile::TempDir;

/// Every line that a configuration must have, and the tables that mistakes are put into.
pub const GOOD: &str = r#"[xmpp]
jid = "support@example.org"

[rooms]
services = ["rooms.example.org"]

[store]

[faq]

[time]

[[queue]]
name = "support"

[[operator]]
jid = "alice@example.org"
"#;

/// A folder with a configuration in it.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn with(toml: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(desk.file(), toml).unwrap();
        desk
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("frontdesk.toml")
    }

    pub fn put(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    pub fn load(&self) -> Result<Config, ConfigErrors> {
        Config::load(&self.file())
    }

    pub fn told(&self) -> String {
        self.load().expect_err("a mistake should be found").to_string()
    }
}

/// `GOOD` with a line added under a line that it has.
pub fn under(line: &str, added: &str) -> String {
    instead(line, &format!("{line}\n{added}"))
}

/// `GOOD` with a piece of it replaced.
pub fn instead(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old:?} is in the good configuration");
    GOOD.replacen(old, new, 1)
}

/// The lines that an operator and a queue begin with in `GOOD`.
pub const ALICE: &str = "jid = \"alice@example.org\"";
pub const SUPPORT: &str = "name = \"support\"";

pub fn accepted(toml: &str) -> Config {
    Desk::with(toml).load().unwrap_or_else(|errors| panic!("{errors}"))
}

/// The configuration is refused for one reason: at the first line that holds `marker`, with all of `words`.
#[track_caller]
pub fn refused(toml: &str, marker: &str, words: &[&str]) {
    let desk = Desk::with(toml);
    let errors = desk.load().expect_err("a mistake should be found");
    let told = errors.to_string();
    assert_eq!(errors.mistakes.len(), 1, "{told}");
    let line = 1 + toml.lines().position(|line| line.contains(marker)).expect("the marker is in the file");
    let place = format!("{}:{line}: ", desk.file().display());
    assert!(told.starts_with(&place), "{told:?} does not start with {place:?}");
    assert!(!told.contains('\n'), "one mistake is one line: {told:?}");
    for word in words {
        assert!(told.contains(word), "{told:?} does not say {word:?}");
    }
}
