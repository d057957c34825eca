//! A child process whose output is followed line by line, and which cannot outlive the thread that started it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// A running child.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    lines: Receiver<(Stream, String)>,
    heard: Vec<(Stream, String)>,
}

/// A command that is killed by the kernel when the thread that starts it ends, and that runs as `user` where given.
/// The order matters: a change of user would clear the promise, so setpriv makes it last.
pub fn bound_to_us(program: &str, user: Option<&str>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some(user) = user {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.arg("--").arg(program);
    command
}

/// Whether we may become other users.
pub fn we_are_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout.trim_ascii() == b"0"
}

/// Runs a command to its end; panics with its output when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}\n{stderr}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Process {
    /// Starts it.
    pub fn spawn(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .process_group(0) // Ctrl-C is for us; we end our children ourselves.
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (sender, lines) = channel();
        follow(Stream::Out, child.stdout.take().unwrap(), sender.clone());
        follow(Stream::Err, child.stderr.take().unwrap(), sender);
        Self { name: name.into(), child, lines, heard: Vec::new() }
    }

    /// Waits until it has printed a line that `wanted` accepts, which is called with each line once; panics with all
    /// that it printed when it ends before, or when the time is up.
    pub fn wait_for_line(&mut self, limit: Duration, mut wanted: impl FnMut(Stream, &str) -> bool) {
        if self.heard.iter().any(|(stream, line)| wanted(*stream, line)) {
            return;
        }
        let end = Instant::now() + limit;
        while let Some((stream, line)) = self.next_line(end) {
            let found = wanted(stream, &line);
            self.heard.push((stream, line));
            if found {
                return;
            }
        }
        let status = self.child.wait();
        panic!("ended with {status:?}, and something else was expected\n{}", self.log());
    }

    /// Waits for its end; panics when the time is up. Its end shows as the end of both its outputs.
    pub fn wait_for_end(&mut self, limit: Duration) -> ExitStatus {
        let end = Instant::now() + limit;
        while let Some(line) = self.next_line(end) {
            self.heard.push(line);
        }
        self.child.wait().unwrap()
    }

    /// Asks it to end (SIGTERM).
    pub fn ask_to_end(&self) {
        self.signal("TERM");
    }

    /// Tells it to read its configuration again (SIGHUP).
    pub fn ask_to_reload(&self) {
        self.signal("HUP");
    }

    /// Ends it at once (SIGKILL), and waits until it is gone.
    pub fn kill9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The most memory that it ever used, in KiB.
    pub fn memory_peak_kib(&self) -> u64 {
        self.status_kib("VmHWM:")
    }

    /// The memory that it uses, in KiB.
    pub fn memory_kib(&self) -> u64 {
        self.status_kib("VmRSS:")
    }

    fn status_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a number");
        line.trim().trim_end_matches("kB").trim().parse().unwrap()
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// All that it has printed so far, under its name.
    pub fn log(&mut self) -> String {
        self.heard.extend(self.lines.try_iter());
        let lines: String = self.heard.iter().map(|(_, line)| format!("    {line}\n")).collect();
        format!("---- {} has printed:\n{lines}----", self.name)
    }

    /// The lines it has printed so far to one of its outputs.
    pub fn printed(&mut self, wanted: Stream) -> Vec<String> {
        self.heard.extend(self.lines.try_iter());
        self.heard.iter().filter(|(stream, _)| *stream == wanted).map(|(_, line)| line.clone()).collect()
    }

    /// The next line; `None` when there will be none.
    fn next_line(&mut self, end: Instant) -> Option<(Stream, String)> {
        match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the time is up\n{}", self.log()),
        }
    }

    fn signal(&self, signal: &str) {
        run(Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill9();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

fn follow(stream: Stream, output: impl Read + Send + 'static, lines: Sender<(Stream, String)>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { return };
            if lines.send((stream, line)).is_err() {
                return;
            }
        }
    });
}
