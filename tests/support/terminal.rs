//! A real terminal (a pty, opened by util-linux's `script`) with a program on it, and a person who reads and types.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// As long as a person would wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// Keys that are no letters.
pub const CTRL_C: &[u8] = b"\x03";
pub const CTRL_D: &[u8] = b"\x04";

pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Receiver<Vec<u8>>,
    /// What is shown and was not read yet.
    unread: String,
}

impl Terminal {
    /// Puts the command on a terminal; its environment and folder stay.
    pub fn running(command: &Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        // Whoever runs the tests in the background ignores SIGINT, and so would all that they start.
        let line = format!("exec env --default-signal=INT {}", line.join(" "));
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--flush", "--echo", "never", "--command", &line, "/dev/null"]);
        script.current_dir(command.get_current_dir().unwrap()).env("SHELL", "/bin/sh");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("util-linux's `script`");
        let keys = child.stdin.take().unwrap();
        let mut screen = child.stdout.take().unwrap();
        let (show, shown) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = screen.read(&mut bytes) {
                drop(show.send(bytes[..read].to_vec()));
            }
        });
        Self { child, keys, shown, unread: String::new() }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    /// Types a line.
    pub fn type_line(&mut self, words: &str) {
        self.press(format!("{words}\n").as_bytes());
    }

    /// All that is shown up to these words, once they are.
    pub fn read_to(&mut self, words: &str) -> String {
        loop {
            if let Some(place) = self.unread.find(words) {
                let rest = self.unread.split_off(place + words.len());
                return std::mem::replace(&mut self.unread, rest);
            }
            assert!(self.read_more(), "{words:?} is not shown: {:?}", self.unread);
        }
    }

    /// What is shown until the program has ended, and how it ended; `script` says 128 and the number for a signal.
    pub fn read_to_end(&mut self) -> (String, ExitStatus) {
        while self.read_more() {}
        (std::mem::take(&mut self.unread), self.child.wait().unwrap())
    }

    /// Whether there was more.
    fn read_more(&mut self) -> bool {
        let more = self.shown.recv_timeout(PATIENCE);
        self.unread.extend(more.iter().map(|bytes| String::from_utf8_lossy(bytes)));
        more.is_ok()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
