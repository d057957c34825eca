//! The real binary, as an admin types it in a folder of its own.

#![allow(dead_code)]

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::place::Place;

/// A folder with a configuration.
pub struct Shell {
    pub place: Place,
    /// What is typed before everything else.
    before: &'static [&'static str],
}

impl Shell {
    pub fn new(config: &str) -> Self {
        Self::within(&[], config)
    }

    /// For the commands below this one.
    pub fn within(before: &'static [&'static str], config: &str) -> Self {
        let place = Place::new();
        fs::write(place.file("frontdesk.toml"), config).unwrap();
        Self { place, before }
    }

    /// What would edit is the file `an editor`.
    pub fn command(&self, typed: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        command.current_dir(self.place.folder()).args(self.before).args(typed);
        command.env_remove("FRONTDESK_LOG").env_remove("VISUAL");
        command.env("EDITOR", self.place.file("an editor").display().to_string().replace(' ', "\\ "));
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, typed: &[&str]) -> Output {
        self.command(typed).output().unwrap()
    }

    /// What is printed where all goes well.
    pub fn printed(&self, typed: &[&str]) -> String {
        let output = self.run(typed);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{typed:?}");
        text(&output.stdout)
    }

    pub fn json(&self, typed: &[&str]) -> Value {
        serde_json::from_str(&self.printed(typed)).unwrap()
    }

    /// Nothing is printed; the exit code and what is told.
    pub fn failed(&self, typed: &[&str]) -> (i32, String) {
        let output = self.run(typed);
        assert_eq!(text(&output.stdout), "", "{typed:?}");
        (output.status.code().unwrap(), text(&output.stderr))
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Whether it could leave its line, colour the terminal, or turn the reading order. Ends of lines are not.
pub fn is_dangerous(character: char) -> bool {
    character.is_control() && character != '\n'
        || ('\u{2028}'..='\u{202e}').contains(&character)
        || character == '\u{2066}'
}
