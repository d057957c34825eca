//! A desk under load that dies again and again: several guests and operators talk without a pause, and at the end the
//! record is compared with what was really said.

#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use xmpp::jid::BareJid;

use super::support::client::Client;
use super::support::desk::{Config, Desk, NICK};
use super::support::proxy::Proxy;
use super::support::server::{DESK, Door, Server, Setup};
use super::support::stanzas::{direct_invitation, occupant};
use super::support::story::{Opened, differences_of};

/// So many guests at a time, and who serves them.
const GUESTS: usize = 5;
const OPERATORS: [&str; 3] = ["alice", "bob", "carol"];
/// How often each of them says something.
const PACE: Duration = Duration::from_millis(80);
/// So many lines a guest says in one chat.
const LINES: usize = 25;
/// The desk is ready again within this time.
const READY: Duration = Duration::from_secs(5);
/// Whoever asks for help is helped within this time, however often the desk dies meanwhile.
const STRANDED: Duration = Duration::from_secs(60);
/// Who hears nothing asks again.
const ASK_AGAIN: Duration = Duration::from_secs(4);
/// How long the chats may take to end when everybody has gone.
const ENDING: Duration = Duration::from_secs(60);

/// How the desk dies.
pub enum Death {
    /// At random moments, so many times.
    Random { kills: usize, seed: u64 },
    /// By its own fail points, one life after the other.
    Armed(Vec<Life>),
}

/// A life of a desk with fail points.
#[derive(Debug, Clone)]
pub struct Life {
    /// What it is armed with (`FAILPOINTS`).
    pub faults: String,
    /// What it logs when the faults strike.
    pub strikes: Vec<String>,
    /// What is done to it, in this order, when it is ready.
    pub events: Vec<LifeEvent>,
    /// It is followed by a life without faults.
    pub recovers: bool,
}

/// What is done to a desk from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeEvent {
    /// Its connection is cut.
    Cut,
    /// SIGHUP.
    HangUp,
    /// SIGTERM.
    Term,
}

impl Death {
    /// At random, as the environment says.
    pub fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seed = number("FRONTDESK_SEED").unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
        Self::Random { kills: number("FRONTDESK_KILLS").map_or(10, |kills| kills as usize), seed }
    }
}

/// Who has had enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Nobody,
    Guests,
    Operators,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub violations: Vec<String>,
    pub kills: usize,
    pub chats: usize,
    pub lines: usize,
    pub gaps: usize,
    pub slowest_start: Duration,
    /// A transcript and what was heard, of the first room in which something is wrong.
    pub evidence: String,
}

impl Outcome {
    /// Its figures.
    pub fn report(&self, setup: Setup) {
        println!(
            "{:?}, archive {}, stream management {}: {} ends, {} chats, {} lines, {} gaps, ready within {:.1} s",
            setup.kind,
            setup.archive,
            setup.stream_management,
            self.kills,
            self.chats,
            self.lines,
            self.gaps,
            self.slowest_start.as_secs_f64()
        );
    }
}

/// A siege that must leave no trace.
pub async fn besiege(setup: Setup) {
    let outcome = siege(setup, Death::from_environment()).await;
    outcome.report(setup);
    assert!(outcome.violations.is_empty(), "{:#?}\n{}", outcome.violations, outcome.evidence);
}

/// A siege, whatever comes of it.
pub async fn siege(setup: Setup, death: Death) -> Outcome {
    let server = Server::start(setup);
    let proxy = Proxy::to(server.address()).await;
    let mut config = Config::usual(&server, &OPERATORS).with_chats_max(4 * GUESTS as u32);
    config.server = proxy.address.to_string();
    config.guest_grace_seconds = 1;
    config.operator_grace_seconds = 60;
    let mut opened = Opened { desk: Desk::start(&config), server };
    let armed = matches!(death, Death::Armed(_));
    let ledger = Ledger::default();
    let ending = watch::Sender::new(Ending::Nobody);
    let mut operators = JoinSet::new();
    for name in OPERATORS {
        let client = opened.operator(name).await;
        operators.spawn(Operator::new(client, name, ledger.clone(), ending.subscribe()).serve());
    }
    let mut guests = JoinSet::new();
    for slot in 0..GUESTS {
        guests.spawn(guest_after_guest(opened.server.door(), slot, armed, ledger.clone(), ending.subscribe()));
    }
    let mut outcome = Outcome::default();
    match death {
        Death::Random { kills, seed } => die_at_random(&mut opened, kills, seed, &mut outcome).await,
        Death::Armed(lives) => die_armed(&mut opened, &proxy, lives, &mut outcome).await,
    }
    ending.send_replace(Ending::Guests);
    while let Some(ended) = guests.join_next().await {
        ended.expect("a guest's end");
    }
    ending.send_replace(Ending::Operators);
    everything_ends(&opened, &mut outcome).await;
    operators.shutdown().await;
    take_stock(&mut opened, setup, armed, &ledger, &mut outcome);
    // What the desk's end says is said here; the story's own check would say it again.
    opened.desk.term();
    outcome
}

async fn die_at_random(opened: &mut Opened, kills: usize, seed: u64, outcome: &mut Outcome) {
    println!("FRONTDESK_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    while outcome.kills < kills {
        let life = Duration::from_millis(chance.random_range(20..1_500));
        talk_for(life).await;
        opened.desk.kill9();
        outcome.kills += 1;
        // At times it dies again before it is ready.
        if chance.random_range(0..5) == 0 {
            opened.desk.launch();
            talk_for(Duration::from_millis(chance.random_range(5..400))).await;
            opened.desk.kill9();
            outcome.kills += 1;
        }
        start(opened, outcome);
    }
}

async fn die_armed(opened: &mut Opened, proxy: &Proxy, lives: Vec<Life>, outcome: &mut Outcome) {
    opened.desk.kill9();
    for life in lives {
        println!("{} {:?}", life.faults, life.events);
        opened.desk.arm(&life.faults);
        live_and_die(opened, proxy, &life, outcome).await;
        outcome.kills += 1;
    }
    opened.desk.arm("");
    start(opened, outcome);
}

/// Each fault of this life strikes; a life that goes on in spite of it is ended.
async fn live_and_die(opened: &mut Opened, proxy: &Proxy, life: &Life, outcome: &mut Outcome) {
    let desk = &mut opened.desk;
    let struck = |line: &str| life.strikes.iter().any(|strike| line.ends_with(strike));
    let begin = Instant::now();
    desk.launch();
    let ready = desk.wait_until_ready_or(|line| struck(line) && !line.ends_with("delay"));
    if ready {
        note_start(begin.elapsed(), outcome);
        for event in &life.events {
            match event {
                LifeEvent::Cut => {
                    proxy.cut();
                    desk.wait_for_log(|line| struck(line) || line.contains("connected again"));
                }
                LifeEvent::HangUp => desk.reload(),
                LifeEvent::Term => desk.ask_to_end(),
            }
            talk_for(Duration::from_millis(500)).await;
        }
    }
    for strike in &life.strikes {
        desk.wait_for_log(|line| line.ends_with(strike));
    }
    if life.strikes.iter().any(|strike| strike.ends_with("kill")) {
        desk.wait_for_end();
    } else {
        talk_for(Duration::from_millis(200)).await;
        desk.kill9();
    }
    if life.recovers {
        opened.desk.arm("");
        start(opened, outcome);
        talk_for(Duration::from_millis(900)).await;
        opened.desk.kill9();
    }
}

fn start(opened: &mut Opened, outcome: &mut Outcome) {
    let begin = Instant::now();
    opened.desk.start_again();
    note_start(begin.elapsed(), outcome);
}

fn note_start(took: Duration, outcome: &mut Outcome) {
    outcome.slowest_start = outcome.slowest_start.max(took);
    if took > READY {
        outcome.violations.push(format!("ready only after {took:?}"));
    }
}

/// The others talk; this is no waiting for anything, but a moment that chance has chosen.
async fn talk_for(life: Duration) {
    let _ = timeout(life, std::future::pending::<()>()).await;
}

/// When the guests have gone each chat comes to its end.
async fn everything_ends(opened: &Opened, outcome: &mut Outcome) {
    let end = Instant::now() + ENDING;
    loop {
        let open: Vec<_> = opened.desk.chats().into_iter().filter(|chat| chat["stage"] != "closed").collect();
        if open.is_empty() {
            return;
        }
        if Instant::now() > end {
            outcome.violations.extend(open.iter().map(|chat| format!("stranded: {chat}")));
            return;
        }
        talk_for(Duration::from_millis(200)).await;
    }
}

/// Where an archive's answer may be the fault, there may be gaps.
fn take_stock(opened: &mut Opened, setup: Setup, armed: bool, ledger: &Ledger, outcome: &mut Outcome) {
    outcome.violations.extend(ledger.violations());
    outcome.violations.extend(differences_of(&opened.desk, &opened.server));
    for chat in opened.desk.chats() {
        outcome.chats += 1;
        let lines = opened.desk.transcript(&chat);
        outcome.lines += lines.iter().filter(|line| line["kind"] == "said").count();
        let gaps = lines.iter().filter(|line| line["kind"] == "gap").count();
        outcome.gaps += gaps;
        if gaps > 0 && setup.archive && !armed {
            outcome.violations.push(format!("a gap in spite of the archive: chat {}", chat["id"]));
        }
        // Where there is no archive and the room's history does not reach back, nobody can know what was heard.
        if let Ok(room) = chat["room"].as_str().unwrap_or_default().parse()
            && gaps == 0
        {
            let repeated = opened.server.witness().room(&room).repeated;
            outcome.violations.extend(repeated.iter().map(|line| format!("{room}: the desk said twice: {line:?}")));
        }
    }
    outcome.evidence = evidence(opened, &outcome.violations);
    let verified = opened.desk.command(&["verify"]);
    if !verified.status.success() {
        outcome.violations.push(format!("verify: {}", String::from_utf8_lossy(&verified.stdout)));
    }
}

fn evidence(opened: &Opened, violations: &[String]) -> String {
    let concerned = |chat: &Value| {
        let (room, id) = (chat["room"].as_str().unwrap_or("?"), format!("chat {}", chat["id"]));
        violations.iter().any(|words| words.starts_with(room) || words.ends_with(&id))
    };
    opened.desk.chats().into_iter().filter(concerned).take(8).map(|chat| of_chat(opened, &chat)).collect()
}

fn of_chat(opened: &Opened, chat: &Value) -> String {
    let room: BareJid = chat["room"].as_str().unwrap().parse().unwrap();
    let transcript = opened.desk.output_of(&["transcript", &chat["id"].to_string()]);
    let heard: String =
        opened.server.witness().room(&room).heard.iter().map(|heard| format!("  {heard:?}\n")).collect();
    format!("{transcript}\nheard:\n{heard}")
}

/// What the people note, together.
#[derive(Debug, Clone, Default)]
struct Ledger(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    /// Who serves in which room.
    serving: BTreeMap<BareJid, &'static str>,
    violations: Vec<String>,
}

impl Ledger {
    /// An operator is in a room: there must be no other, now or before.
    fn serves(&self, room: &BareJid, name: &'static str) {
        let mut notes = self.0.lock().unwrap();
        let first = *notes.serving.entry(room.clone()).or_insert(name);
        if first != name {
            notes.violations.push(format!("{room} has two operators: {first} and {name}"));
        }
    }

    fn violated(&self, words: String) {
        self.0.lock().unwrap().violations.push(words);
    }

    fn violations(&self) -> Vec<String> {
        self.0.lock().unwrap().violations.clone()
    }
}

async fn guest_after_guest(door: Door, slot: usize, armed: bool, ledger: Ledger, ending: watch::Receiver<Ending>) {
    for round in 0.. {
        if *ending.borrow() != Ending::Nobody {
            return;
        }
        let mut guest = Client::guest_at(&door).await.with_patience(10 * STRANDED.as_secs());
        let room = guest.open_room(&format!("siege-{slot}-{round}"), "Guest").await;
        tokio::select! {
            () = be_helped(&mut guest, &room) => {}
            () = stranded(armed, ending.clone()) => {
                let heard = door.witness.room(&room).heard;
                ledger.violated(format!("{room}: nobody came to help; heard: {heard:?}"));
            }
        }
        guest.leave(&room).await;
    }
}

/// The time in which help must come. Where fault follows fault, it begins when the last one is over.
async fn stranded(armed: bool, mut ending: watch::Receiver<Ending>) {
    if armed {
        let _ = ending.wait_for(|ending| *ending != Ending::Nobody).await;
    }
    talk_for(STRANDED).await;
}

/// A guest asks, talks, and has enough when they have said all and an operator has spoken.
async fn be_helped(guest: &mut Client, room: &BareJid) {
    guest.say(room, &format!("{room}: the first words")).await;
    loop {
        guest.invite_mediated(room, DESK, "I need help");
        if timeout(ASK_AGAIN, guest.see(room, NICK)).await.is_ok() {
            break;
        }
    }
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0..LINES {
        pace.tick().await;
        let words = if number % 10 == 7 { "?? printer".to_owned() } else { format!("{room}: line {number}") };
        guest.say(room, &words).await;
    }
    guest.hear(room, "an operator's words", |nick, _| nick != NICK && nick != "Guest").await;
}

/// Takes every offer at once, and talks in each of their rooms.
struct Operator {
    client: Client,
    name: &'static str,
    nick: String,
    rooms: Vec<BareJid>,
    ledger: Ledger,
    ending: watch::Receiver<Ending>,
    said: usize,
}

impl Operator {
    fn new(client: Client, name: &'static str, ledger: Ledger, ending: watch::Receiver<Ending>) -> Self {
        let nick = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        Self { client, name, nick, rooms: Vec::new(), ledger, ending, said: 0 }
    }

    async fn serve(mut self) {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            while let Some(invited) = self.client.find(|stanza| direct_invitation(stanza, DESK)) {
                self.take(&invited.room, invited.password.as_deref()).await;
            }
            self.see_who_ended();
            self.client.forget();
            if *self.ending.borrow() != Ending::Operators {
                self.talk();
            }
        }
    }

    async fn take(&mut self, room: &BareJid, password: Option<&str>) {
        if self.rooms.contains(room) {
            return;
        }
        let joining = self.client.try_join(room, &self.nick, password);
        match timeout(Duration::from_secs(10), joining).await {
            // The room was gone, and is ours now: an offer that came too late.
            Ok(Ok(entered)) if entered.codes.contains(&"201".to_owned()) => self.client.leave(room).await,
            Ok(Ok(_)) => {
                self.ledger.serves(room, self.name);
                self.rooms.push(room.clone());
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }

    fn see_who_ended(&mut self) {
        let (client, nick) = (&mut self.client, &self.nick);
        self.rooms.retain(|room| {
            let ended = |own: &super::support::stanzas::Occupant| !own.here && own.nick == *nick;
            client.find(|stanza| occupant(stanza, room).filter(ended)).is_none()
        });
    }

    fn talk(&mut self) {
        if self.rooms.is_empty() {
            return;
        }
        self.said += 1;
        let room = &self.rooms[self.said % self.rooms.len()];
        self.client.say_and_go_on(room, &format!("{}: {room} {}", self.nick, self.said));
    }
}
