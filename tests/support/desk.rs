//! The daemon as an admin starts it: the real binary, a configuration file, a folder for its data.

use std::fmt::Write as _;
use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::process::{Process, Stream, bound_to_us};
use super::server::{CHAT, DESK, GUESTS, ROOMS, Server};

/// The desk's nick in rooms.
pub const NICK: &str = "Support";

/// How long it may take to be ready, and to show in its records what it was told.
const PATIENCE: Duration = Duration::from_secs(30);

/// An operator of the configuration.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Their account's local part.
    pub account: String,
    /// What guests call them.
    pub name: String,
    pub chats_max: u32,
    pub queues: Vec<&'static str>,
    /// What else is said of them: lines of the configuration.
    pub more: &'static str,
}

impl Operator {
    /// `alice` is called Alice.
    fn of(account: &str) -> Self {
        let name = format!("{}{}", account[..1].to_uppercase(), &account[1..]);
        Self { account: account.into(), name, chats_max: 3, queues: vec!["support"], more: "" }
    }
}

/// What is in the configuration file. Times are short, because tests are.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: String,
    pub password: String,
    pub tls: &'static str,
    pub ca_file: Option<PathBuf>,
    pub services: Vec<String>,
    pub guests: Vec<String>,
    pub guest_grace_seconds: u32,
    pub operator_grace_seconds: u32,
    pub hide_operators: bool,
    pub chats_open_max: u32,
    /// What else is said of the rooms: lines of the configuration.
    pub rooms: String,
    pub offer_seconds: u32,
    /// What else is said of the queue `support`: lines of the configuration.
    pub queue: String,
    /// Further tables, such as other queues.
    pub more: &'static str,
    /// `[web]` with its keys; none where it is empty.
    pub web: String,
    /// The shop page is served, too (`run --demo`); not in the file.
    pub demo: bool,
    pub zone: String,
    /// Where the FAQ is; a small one of our own where nothing else is said.
    pub faq_dir: PathBuf,
    pub operators: Vec<Operator>,
    /// How much the desk logs (`FRONTDESK_LOG`); not in the file.
    pub log: &'static str,
}

impl Config {
    /// A desk on this server, with these operators, each with room for three chats.
    pub fn usual(server: &Server, operators: &[&str]) -> Self {
        Self {
            server: server.address().to_string(),
            password: server.password("support").into(),
            tls: "off",
            ca_file: None,
            services: vec![ROOMS.into()],
            guests: vec![GUESTS.into()],
            guest_grace_seconds: 1,
            operator_grace_seconds: 1,
            hide_operators: true,
            chats_open_max: 500,
            rooms: String::new(),
            offer_seconds: 60,
            queue: String::new(),
            more: "",
            web: String::new(),
            demo: false,
            zone: "Europe/Berlin".into(),
            faq_dir: "faq".into(),
            operators: operators.iter().map(|account| Operator::of(account)).collect(),
            log: "info",
        }
    }

    /// Each operator has room for this many chats.
    pub fn with_chats_max(mut self, chats_max: u32) -> Self {
        self.operators.iter_mut().for_each(|operator| operator.chats_max = chats_max);
        self
    }

    /// Pages for browsers at this address, which may show the window themselves.
    pub fn with_web(mut self, server: &Server, web: SocketAddr, more: &str) -> Self {
        let upstream = server.websocket();
        self.web = format!("[web]\nlisten = \"{web}\"\nupstream = \"{upstream}\"\n{more}\n");
        self
    }

    /// The operator with this account, to change what is said of them.
    pub fn operator(&mut self, account: &str) -> &mut Operator {
        self.operators.iter_mut().find(|operator| operator.account == account).expect("an operator")
    }

    fn toml(&self) -> String {
        let ca_file = self.ca_file.as_ref().map(|file| format!("ca_file = {file:?}\n")).unwrap_or_default();
        let mut text = format!(
            r#"[xmpp]
jid = "{DESK}"
password_file = "secret"
server = "{}"
tls = "{}"
{ca_file}nick = "{NICK}"

[rooms]
services = {:?}
guests = {:?}
guest_grace_seconds = {}
operator_grace_seconds = {}
hide_operators = {}
chats_open_max = {}
{}

[store]
url = "sqlite:frontdesk.db"

[faq]
dir = {:?}

[time]
zone = "{}"

[[queue]]
name = "support"
offer_seconds = {}
{}
{}
{}
"#,
            self.server,
            self.tls,
            self.services,
            self.guests,
            self.guest_grace_seconds,
            self.operator_grace_seconds,
            self.hide_operators,
            self.chats_open_max,
            self.rooms,
            self.faq_dir,
            self.zone,
            self.offer_seconds,
            self.queue,
            self.web,
            self.more
        );
        for Operator { account, name, chats_max, queues, more } in &self.operators {
            let _ = write!(
                text,
                "\n[[operator]]\njid = \"{account}@{CHAT}\"\nname = \"{name}\"\nqueues = {queues:?}\nchats_max = {chats_max}\n{more}\n"
            );
        }
        text
    }
}

/// A desk and its folder. It ends when this is dropped.
#[derive(Debug)]
pub struct Desk {
    // The order is the order of dropping: first the process, then its folder.
    process: Option<Process>,
    home: tempfile::TempDir,
    /// What strikes where (`FAILPOINTS`) in a desk built with fail points, from the next start on.
    faults: String,
    log: &'static str,
    demo: bool,
    /// So many lines of its log were told as news.
    told: usize,
}

impl Desk {
    /// Starts a desk, and comes back when it says that it is ready.
    pub fn start(config: &Config) -> Self {
        let mut desk = Self::set_up(config);
        desk.start_again();
        desk
    }

    /// Makes the folder without starting anything.
    pub fn set_up(config: &Config) -> Self {
        let home = tempfile::Builder::new().prefix("frontdesk-").tempdir().unwrap();
        let desk = Self { process: None, home, faults: String::new(), log: config.log, demo: config.demo, told: 0 };
        desk.configure(config);
        write_faq(&desk.home.path().join("faq"));
        desk
    }

    /// Writes the configuration anew; a running desk does not know yet.
    pub fn configure(&self, config: &Config) {
        let secret = self.home.path().join("secret");
        std::fs::write(&secret, &config.password).unwrap();
        std::fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
        std::fs::write(self.home.path().join("frontdesk.toml"), config.toml()).unwrap();
    }

    /// Starts it (again), and comes back when it says that it is ready.
    pub fn start_again(&mut self) {
        self.launch();
        self.wait_until_ready();
    }

    /// Arms fail points for the next starts; none with an empty text.
    pub fn arm(&mut self, faults: &str) {
        self.faults = faults.to_owned();
    }

    /// Waits for its end, whatever its reason.
    pub fn wait_for_end(&mut self) {
        self.process.as_mut().expect("a running desk").wait_for_end(PATIENCE);
    }

    /// Starts it (again), and comes back at once.
    pub fn launch(&mut self) {
        self.process = None;
        self.process = Some(self.spawn());
    }

    /// Waits until it says that it is ready.
    pub fn wait_until_ready(&mut self) {
        let process = self.process.as_mut().expect("a running desk");
        process.wait_for_line(PATIENCE, |stream, line| stream == Stream::Out && line == "ready");
    }

    /// Waits until it is ready, or has logged a line that `wanted` accepts; whether it is ready.
    pub fn wait_until_ready_or(&mut self, wanted: impl Fn(&str) -> bool) -> bool {
        let mut ready = false;
        let process = self.process.as_mut().expect("a running desk");
        process.wait_for_line(PATIENCE, |stream, line| match stream {
            Stream::Out => {
                ready |= line == "ready";
                ready
            }
            Stream::Err => wanted(line),
        });
        ready
    }

    /// SIGTERM, and nobody waits for what comes of it.
    pub fn ask_to_end(&self) {
        self.process.as_ref().expect("a running desk").ask_to_end();
    }

    /// Starts another daemon on the same folder and waits for its end: its exit code and what it said.
    pub fn run_to_its_end(&self) -> (Option<i32>, String) {
        let mut process = self.spawn();
        let status = process.wait_for_end(PATIENCE);
        (status.code(), process.log())
    }

    /// SIGTERM: it finishes its turn and ends well.
    pub fn term(&mut self) {
        let mut process = self.process.take().expect("a running desk");
        process.ask_to_end();
        let status = process.wait_for_end(PATIENCE);
        assert_eq!(status.code(), Some(0), "after SIGTERM it said:\n{}", process.log());
    }

    /// The machine it runs on loses power.
    pub fn kill9(&mut self) {
        self.process.take().expect("a running desk").kill9();
    }

    /// SIGHUP.
    pub fn reload(&self) {
        self.process.as_ref().expect("a running desk").ask_to_reload();
    }

    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::is_running)
    }

    /// Waits until it logs a line that `wanted` accepts.
    pub fn wait_for_log(&mut self, wanted: impl Fn(&str) -> bool) {
        let process = self.process.as_mut().expect("a running desk");
        process.wait_for_line(PATIENCE, |stream, line| stream == Stream::Err && wanted(line));
    }

    /// What it has logged so far.
    pub fn log(&mut self) -> String {
        self.process.as_mut().map(Process::log).unwrap_or_default()
    }

    /// The lines that it has logged since this was called last.
    pub fn news(&mut self) -> Vec<String> {
        let lines = self.process.as_mut().map(|process| process.printed(Stream::Err)).unwrap_or_default();
        let news = lines.get(self.told..).unwrap_or_default().to_vec();
        self.told = lines.len();
        news
    }

    /// What it has printed on standard output so far.
    pub fn printed(&mut self) -> Vec<String> {
        self.process.as_mut().map(|process| process.printed(Stream::Out)).unwrap_or_default()
    }

    /// The most memory that it ever used, in KiB.
    pub fn memory_peak_kib(&self) -> u64 {
        self.process.as_ref().expect("a running desk").memory_peak_kib()
    }

    /// The memory that it uses, in KiB.
    pub fn memory_kib(&self) -> u64 {
        self.process.as_ref().expect("a running desk").memory_kib()
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn spawn(&self) -> Process {
        let program = binary();
        let mut command = bound_to_us(program.to_str().expect("a readable path"), None);
        command.args(["run", "-c", "frontdesk.toml"]).args(self.demo.then_some("--demo"));
        command.current_dir(self.home.path()).env("FAILPOINTS", &self.faults);
        command.env("FRONTDESK_LOG", self.log);
        Process::spawn("frontdesk", &mut command)
    }
}

/// The shell's commands, beside the running daemon.
impl Desk {
    /// Runs `frontdesk WORDS… -c FILE`.
    pub fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(words).args(["-c", "frontdesk.toml"]).current_dir(self.home.path()).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// The same with faults of its own.
    pub fn command_with(&self, words: &[&str], faults: &str) -> Output {
        let mut command = Command::new(binary());
        command.args(words).args(["-c", "frontdesk.toml"]).current_dir(self.home.path()).stdin(Stdio::null());
        command.env("FAILPOINTS", faults).output().unwrap()
    }

    /// What a command prints; panics when it fails.
    pub fn output_of(&self, words: &[&str]) -> String {
        let output = self.command(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "frontdesk {words:?} ended with {}: {error}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// All chats, as `frontdesk chats --format json` tells them.
    pub fn chats(&self) -> Vec<Value> {
        let text = self.output_of(&["chats", "--format", "json"]);
        let chats: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        chats.as_array().expect("an array of chats").clone()
    }

    /// The one chat that there is.
    pub fn only_chat(&self) -> Value {
        let chats = self.chats();
        assert_eq!(chats.len(), 1, "one chat was expected: {chats:#?}");
        chats[0].clone()
    }

    /// A chat's transcript, as `frontdesk transcript ID --format json` tells it.
    pub fn transcript(&self, chat: &Value) -> Vec<Value> {
        let text = self.output_of(&["transcript", &chat["id"].to_string(), "--format", "json"]);
        let transcript: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(transcript["chat"]["id"], chat["id"]);
        transcript["lines"].as_array().expect("an array of lines").clone()
    }

    /// What the guest of a chat thought of it; null where nobody said so yet.
    pub fn rating(&self, chat: &Value) -> Value {
        let text = self.output_of(&["transcript", &chat["id"].to_string(), "--format", "json"]);
        let transcript: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        transcript["rating"].clone()
    }

    /// Waits until they have said these words.
    pub async fn wait_for_rating(&self, chat: &Value, words: &str) -> Value {
        let said = async {
            loop {
                let rating = self.rating(chat);
                if rating["words"] == words {
                    return rating;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, said).await.unwrap_or_else(|_| panic!("nobody rated {chat} with {words:?}"))
    }

    /// What was said in a chat, in order: (nick, words). The desk's own words are under its nick.
    pub fn said(&self, chat: &Value) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // What a guest wrote directly the room heard from the desk, as a quotation.
        let quoted = |words: String| format!("Guest:\n> {}", words.trim().replace('\n', "\n> "));
        let heard = |line: &Value| match (text(&line["speaker"]).as_str(), &line["nick"]) {
            ("desk", _) => (NICK.to_owned(), text(&line["body"])),
            ("guest", Value::Null) => (NICK.to_owned(), quoted(text(&line["body"]))),
            (_, nick) => (text(nick), text(&line["body"])),
        };
        let lines = self.transcript(chat);
        lines.iter().filter(|line| line["kind"] == "said").map(heard).collect()
    }

    /// Waits until a chat's transcript shows these words as said, and owes nothing: all that was said before is there.
    pub async fn wait_for_words(&self, chat: &Value, words: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        loop {
            pace.tick().await;
            let lines = self.transcript(chat);
            let heard = lines.iter().any(|line| line["body"] == words && line["kind"] != "owed");
            if heard && lines.iter().all(|line| line["kind"] != "owed") {
                return;
            }
            assert!(tokio::time::Instant::now() < end, "waited in vain for {words:?}: {lines:#?}");
        }
    }

    /// Why a chat went where it went: each choice, as `frontdesk why ID --format json` tells it.
    pub fn why(&self, chat: &Value) -> Vec<Value> {
        let text = self.output_of(&["why", &chat["id"].to_string(), "--format", "json"]);
        let why: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        why["choices"].as_array().expect("an array of choices").clone()
    }

    /// The same in short: `offered Alice, Bob`.
    pub fn choices(&self, chat: &Value) -> Vec<String> {
        let short = |choice: &Value| {
            let names: Vec<&str> =
                choice["chosen"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
            format!("{} {}", choice["kind"].as_str().expect("a word"), names.join(", ")).trim().to_owned()
        };
        self.why(chat).iter().map(short).collect()
    }

    /// The record is whole, and no chat had two owners.
    pub fn verify(&self) {
        self.output_of(&["verify"]);
    }

    /// The kinds of lines in a chat's transcript, in order, without those that were said.
    pub fn happenings(&self, chat: &Value) -> Vec<String> {
        let lines = self.transcript(chat);
        let kinds = lines.iter().map(|line| format!("{} {}", line["speaker"], line["kind"]).replace('"', ""));
        kinds.filter(|kind| !kind.ends_with(" said")).collect()
    }

    /// Waits until the chats are such; panics with them when that does not happen.
    pub async fn wait_for_chats(&self, what: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let end = tokio::time::Instant::now() + PATIENCE;
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        loop {
            pace.tick().await;
            let chats = self.chats();
            if wanted(&chats) {
                return chats;
            }
            assert!(tokio::time::Instant::now() < end, "waited in vain for {what}: {chats:#?}");
        }
    }

    /// Waits until the one chat that there is has this stage.
    pub async fn wait_for_stage(&self, stage: &str) -> Value {
        let wanted = |chats: &[Value]| matches!(chats, [chat] if chat["stage"] == stage);
        self.wait_for_chats(&format!("a chat that is {stage}"), wanted).await[0].clone()
    }
}

/// Cargo tells integration tests where the binary is; an example lies in a folder beside it.
pub fn binary() -> PathBuf {
    option_env!("CARGO_BIN_EXE_frontdesk").map_or_else(beside_the_examples, PathBuf::from)
}

fn beside_the_examples() -> PathBuf {
    let example = std::env::current_exe().unwrap();
    example.parent().and_then(Path::parent).expect("target/…/examples").join("frontdesk")
}

fn write_faq(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let printer = "# How do I set up the printer?\n\naliases: printer, printing, print\n\nSwitch it on, then hold the green button for five seconds.\n";
    let hours = "# When are you open?\n\naliases: opening hours\n\nFrom nine to five on working days.\n";
    std::fs::write(folder.join("printer.md"), printer).unwrap();
    std::fs::write(folder.join("opening-hours.md"), hours).unwrap();
}
