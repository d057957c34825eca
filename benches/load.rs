//! What one desk carries, on real servers on loopback: a steady flow, a burst, and what was said while it was down.
//! Whatever it carries, each transcript is compared with what was heard, line by line.
//!
//! `cargo bench --bench load -- --seconds 600`, or `cargo bench --profile dev --bench load` for a quick look.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::large_futures,
    clippy::indexing_slicing
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt;
use std::time::{Duration, Instant};

use clap::Parser;
use rusqlite::{Connection, OpenFlags};
use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind, Setup};
use support::story::{Opened, differences_of, open_with};
use tokio::time::interval;
use xmpp::jid::BareJid;

/// How many guests ask for help in a second, at the beginning.
const INVITATIONS_A_SECOND: u64 = 10;
/// How often lines are given to the clients.
const BEAT: Duration = Duration::from_millis(10);
/// A backlog must be gone within this time; waited for longer, so that it can be told how long it took.
const BACKLOG: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(300);

/// How much of what.
#[derive(Debug, Parser)]
struct Load {
    /// How long the steady flow lasts, in seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Lines a second in the steady flow
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// How long the burst lasts, in seconds
    #[arg(long, default_value_t = 30)]
    burst_seconds: u64,
    /// Lines a second in the burst
    #[arg(long, default_value_t = 1_000)]
    burst_rate: u64,
    /// How many rooms
    #[arg(long, default_value_t = 200)]
    rooms: usize,
    /// Lines said while the desk is down
    #[arg(long, default_value_t = 1_000)]
    away: u64,
    /// prosody or ejabberd; both where nothing is said
    #[arg(long)]
    server: Option<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let load = Load::parse();
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let name = format!("{kind:?}").to_lowercase();
        if load.server.as_ref().is_none_or(|wanted| *wanted == name) {
            support::play(measure(kind, &load));
        }
    }
}

/// When the last line was heard in its room, and when it was on the disk, counted from when the last client had said it.
struct LastLine {
    heard: Duration,
    recorded: Duration,
}

impl fmt::Display for LastLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { heard, recorded } = self;
        write!(f, "the server has repeated the last line after {heard:.1?}, the desk recorded it after {recorded:.1?}")
    }
}

/// A guest in their room.
struct Guest {
    client: Client,
    room: BareJid,
}

/// The guests, how much they have said, and how much of that is recorded as far as we have looked: up to which line.
struct Crowd {
    guests: Vec<Guest>,
    said: u64,
    recorded: u64,
    looked_to: i64,
}

async fn measure(kind: Kind, load: &Load) {
    let mut opened = open_with(Setup::usual(kind), &["alice"], |config| config.log = "debug");
    let mut crowd = Crowd::gather(&opened, load.rooms).await;
    println!("{kind:?}, {} rooms", load.rooms);

    crowd.talk(load.rate, load.seconds).await;
    let last = crowd.recorded(&opened).await;
    println!("  {} lines/s for {} s: {last}", load.rate, load.seconds);
    tell_commits(&mut opened, "  ");

    crowd.talk(load.burst_rate, load.burst_seconds).await;
    let last = crowd.recorded(&opened).await;
    let verdict = if last.recorded <= BACKLOG { "" } else { ": TOO LATE" };
    println!("  {} lines/s for {} s: {last}{verdict}", load.burst_rate, load.burst_seconds);
    tell_commits(&mut opened, "  ");

    opened.desk.term();
    crowd.talk(load.burst_rate, load.away / load.burst_rate).await;
    let begin = Instant::now();
    opened.desk.start_again();
    let ready = begin.elapsed();
    crowd.recorded(&opened).await;
    println!(
        "  {} lines while it was down: ready after {ready:?}, all recorded after {:?}",
        load.away,
        begin.elapsed()
    );

    let differences = differences_of(&opened.desk, &opened.server);
    println!("  {} lines said, {} differences between transcripts and rooms", crowd.said, differences.len());
    differences.iter().take(20).for_each(|words| println!("    {words}"));
    opened.desk.term();
}

impl Crowd {
    async fn gather(opened: &Opened, rooms: usize) -> Self {
        let mut pace = interval(Duration::from_millis(1_000 / INVITATIONS_A_SECOND));
        let mut guests = Vec::with_capacity(rooms);
        for number in 0..rooms {
            pace.tick().await;
            let mut client = Client::guest(&opened.server).await;
            let room = client.open_room(&format!("load-{number}"), "Guest").await;
            client.invite_mediated(&room, DESK, "I need help");
            guests.push(Guest { client, room });
        }
        for Guest { client, room } in &mut guests {
            client.hear(room, "the desk's first words", |nick, _| nick == NICK).await;
        }
        Self { guests, said: 0, recorded: 0, looked_to: 0 }
    }

    /// All of them talk, one after the other, so many lines a second in all.
    async fn talk(&mut self, rate: u64, seconds: u64) {
        let (begin, before) = (Instant::now(), self.said);
        let mut pace = interval(BEAT);
        while self.said - before < rate * seconds {
            pace.tick().await;
            let due = (begin.elapsed().as_millis() as u64 * rate / 1_000).min(rate * seconds);
            while self.said - before < due {
                self.say();
            }
        }
        for guest in &mut self.guests {
            guest.client.find(|_| None::<()>);
            guest.client.forget();
        }
    }

    fn say(&mut self) {
        let guest = &self.guests[self.said as usize % self.guests.len()];
        guest.client.say_and_go_on(&guest.room, &format!("line {} of many, as long as people's lines are", self.said));
        self.said += 1;
    }

    /// Waits until all that was said is on the disk.
    async fn recorded(&mut self, opened: &Opened) -> LastLine {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = Connection::open_with_flags(opened.desk.home().join("frontdesk.db"), flags).unwrap();
        let begin = Instant::now();
        let mut pace = interval(BEAT);
        let mut heard = None;
        loop {
            pace.tick().await;
            if heard.is_none() && opened.server.witness().lines_of_people() >= self.said {
                heard = Some(begin.elapsed());
            }
            self.look(&database);
            if self.recorded >= self.said {
                let recorded = begin.elapsed();
                return LastLine { heard: heard.unwrap_or(recorded), recorded };
            }
            assert!(begin.elapsed() < PATIENCE, "{} of {} lines are recorded", self.recorded, self.said);
        }
    }

    /// Looks at what is new alone: whoever counts it all ten times a second is a load of their own.
    fn look(&mut self, database: &Connection) {
        let question = "SELECT coalesce(max(id), ?1), count(*) FILTER (WHERE kind = 'said' AND speaker = 'guest') \
                        FROM line WHERE id > ?1";
        let (last, new): (i64, i64) =
            database.query_row(question, [self.looked_to], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        self.looked_to = last;
        self.recorded += u64::try_from(new).unwrap();
    }
}

/// What the daemon logs of its commits, since the last time.
fn tell_commits(opened: &mut Opened, indent: &str) {
    let log = opened.desk.news();
    let number = |line: &str, name: &str| -> Option<u64> {
        let rest = line.split_once(&format!("{name}="))?.1;
        rest.split(' ').next()?.parse().ok()
    };
    let commits: Vec<(u64, u64)> = log
        .iter()
        .filter(|line| line.contains("a turn is committed"))
        .filter_map(|line| Some((number(line, "millis")?, number(line, "records")?)))
        .collect();
    let mut millis: Vec<u64> = commits.iter().map(|(millis, _)| *millis).collect();
    millis.sort_unstable();
    let at = |percent: usize| millis.get(millis.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default();
    let records: u64 = commits.iter().map(|(_, records)| records).sum();
    println!(
        "{indent}{} commits, {:.1} records each: p50 {} ms, p99 {} ms, max {} ms",
        commits.len(),
        records as f64 / commits.len().max(1) as f64,
        at(50),
        at(99),
        at(100)
    );
    let slowest = commits.iter().max().copied().unwrap_or_default();
    let largest = commits.iter().map(|(millis, records)| (records, millis)).max();
    println!("{indent}(millis, records) of the slowest {slowest:?}; (records, millis) of the largest {largest:?}");
}
