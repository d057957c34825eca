//! CARRIES: the only loop.
//!
//! A turn: every event that waits is decided, what must be remembered is written in one transaction, and only then is
//! said what is to be said. While a commit is under way the next turn is gathered, so that under load turns grow and
//! commits per message shrink. Questions promise nothing to anybody and are asked at once.

mod crm;
mod housekeeping;
mod logs;
mod reload;
mod report;
mod turn;
mod watch;

use std::collections::VecDeque;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::{Clock, entropy};
use crate::config::{Config, Tls};
use crate::crm::Crm;
use crate::desk::Desk;
#[cfg(feature = "failpoints")]
use crate::desk::action::Speech;
use crate::desk::action::{Action, Notice, Search};
use crate::desk::event::Event;
use crate::exit::{Exit, Failure};
use crate::faq::Faq;
#[cfg(feature = "failpoints")]
use crate::faults;
#[cfg(feature = "failpoints")]
use crate::store::StoreError;
use crate::store::{self, Store};
use crate::web::{OpeningAsked, Site, Web};
use crate::xmpp::{self, Account, Link, LinkFailure, Others, Outgoing, SessionNumber};
pub(crate) use crm::source as crm_source;
use housekeeping::Housekeeping;
use logs::Logs;
use turn::{Progress, Said, Turns};
use watch::Watch;

/// How many events may wait for the daemon. When they are more, the stream is not read until some were decided.
const EVENTS_MAX: usize = 4_096;
/// How many events one turn takes before it looks at the clock and the commit again.
const EVENTS_A_TURN_MAX: usize = 256;
/// How long the last commit may take after SIGTERM. The service manager waits 30 s in all.
const LAST_COMMIT: Duration = Duration::from_secs(15);
/// So long after a crash the session at the server is taken for our own ghost, in seconds. Later somebody may have started
/// another copy elsewhere.
const GHOST_SECONDS: i64 = 60;
/// Stack of a worker thread, in bytes: stanzas are parsed recursively.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// What the daemon is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Serve { demo: bool },
    Retire,
}

impl Purpose {
    /// What is served over HTTP.
    fn site(self, config: &Config) -> Option<Site> {
        match self {
            Self::Serve { demo } => Site::of(config, demo),
            Self::Retire => None,
        }
    }
}

/// Why the loop ended, if not by a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Asked,
    Retired,
}

/// Serves until SIGTERM or SIGINT. `demo`: also the shop page, which is for `scripts/demo` alone.
///
/// # Errors
/// What no retry can mend: no database, no password, a second copy …
pub fn run(config: Config, demo: bool) -> Result<(), Failure> {
    start(config, Purpose::Serve { demo })
}

/// Closes all chats, destroys their rooms, and ends.
///
/// # Errors
/// As [`run`]; also where the desk is still running.
pub fn retire(config: Config) -> Result<(), Failure> {
    start(config, Purpose::Retire)
}

fn start(config: Config, purpose: Purpose) -> Result<(), Failure> {
    let account = account(&config)?;
    let crm = crm::in_service(&config)?;
    let loaded = reload::faq(&config);
    report::faq_problems(&loaded.problems);
    let clock = Clock::start();
    let others = others(&config, &clock);
    let (store, restored) = Store::open(&config.database, entropy)?;
    let logs = config.log_dir.as_ref().map(|folder| Logs::start(&config.database, folder)).transpose()?;
    fault!("daemon.start" => return Err(Failure::new(Exit::Io, "a fault")));
    let desk = Desk::new(config.settings(), restored, clock.now());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let signals = Signals::new()?;
        let turns = Turns::new(store);
        let watch = Watch::begin(config.faq_dir.clone(), loaded.fingerprint, clock.clone());
        let session = SessionNumber::default();
        let web = match purpose.site(&config) {
            Some(site) => {
                Some(Web::start(site, clock.clone()).await.map_err(|why| Failure::new(Exit::Unavailable, why))?)
            }
            None => None,
        };
        let daemon = Daemon { config, purpose, desk, faq: loaded.faq, crm, watch, clock, turns, logs, session, web };
        Box::pin(daemon.serve(account, others, signals)).await
    })
}

/// Whose session may stand at the server under our name. To be asked before the database is opened.
fn others(config: &Config, clock: &Clock) -> Others {
    let crashed = store::left_open_at(&config.database);
    let lately = crashed.is_some_and(|at| (clock.now().wall - at).num_seconds() <= GHOST_SECONDS);
    if lately { Others::OwnGhost } else { Others::Unknown }
}

/// Who the desk logs in as: the configuration, the password, and a seed of chance.
///
/// # Errors
/// There is no password that can be used.
pub(crate) fn account(config: &Config) -> Result<Account, Failure> {
    let password = config.password().map_err(|error| Failure::new(Exit::Config, error))?;
    let server = config.xmpp.server.as_ref();
    let seed = entropy().0.iter().fold(0_u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
    Ok(Account {
        jid: config.xmpp.jid.clone(),
        password,
        server: server.map(|server| xmpp::Server { host: server.host.clone(), port: server.port }),
        tls: match config.xmpp.tls {
            Tls::Required => xmpp::Tls::Required,
            Tls::Direct => xmpp::Tls::Direct,
            Tls::Off => xmpp::Tls::Off,
        },
        ca_file: config.xmpp.ca_file.clone(),
        seed,
    })
}

struct Daemon {
    config: Config,
    purpose: Purpose,
    desk: Desk,
    faq: Faq,
    crm: Crm,
    watch: Watch,
    clock: Clock,
    turns: Turns,
    logs: Option<Logs>,
    session: SessionNumber,
    web: Option<Web>,
}

impl Daemon {
    async fn serve(mut self, account: Account, others: Others, mut signals: Signals) -> Result<(), Failure> {
        let (inbox, events) = mpsc::channel(EVENTS_MAX);
        let link = tokio::select! {
            link = xmpp::start(account, others, inbox) => link?,
            () = signals.stop() => return Ok(self.turns.close().await?),
        };
        fault!("daemon.linked" => return Err(LinkFailure::Gone.into()));
        let housekeeping = tokio::spawn(self.housekeeping().day_after_day());
        let ended = self.turn_after_turn(&link, events, &mut signals).await;
        housekeeping.abort();
        if let Some(web) = self.web.take() {
            web.close().await;
        }
        self.finish(&link).await;
        link.close().await;
        fault!("daemon.close" => return Err(StoreError::Ended.into()));
        if let Some(logs) = self.logs.take() {
            logs.close().await;
        }
        self.turns.close().await?;
        ended.map(|end| tracing::info!(?end, "stopped"))
    }

    fn housekeeping(&self) -> Housekeeping {
        Housekeeping {
            store: self.turns.housekeeper(),
            clock: self.clock.clone(),
            retention: self.config.retention,
            zone: self.config.zone,
            logs: self.logs.as_ref().map(Logs::inbox),
        }
    }

    async fn turn_after_turn(
        &mut self,
        link: &Link,
        mut events: mpsc::Receiver<Event>,
        signals: &mut Signals,
    ) -> Result<End, Failure> {
        let mut batch = Vec::with_capacity(EVENTS_A_TURN_MAX);
        loop {
            let due = self.due();
            tokio::select! {
                taken = events.recv_many(&mut batch, EVENTS_A_TURN_MAX), if self.turns.has_room() => {
                    if taken == 0 {
                        return Err(link.failed().await.into());
                    }
                }
                progress = self.turns.progress() => batch.extend(self.after_commit(link, progress).await?),
                event = self.crm.answered(), if self.turns.has_room() => batch.push(event),
                () = Self::wake(due), if self.turns.has_room() => batch.push(Event::TimePassed),
                failure = link.failed() => return Err(failure.into()),
                told = signals.next() => match told {
                    Told::Stop => return Ok(End::Asked),
                    Told::Reload => batch.extend(self.reload()),
                },
                asked = Self::page_asks(&mut self.web) => self.tell_page(asked),
                changed = self.watch.change() => reload::entries(&self.config, &mut self.faq, changed),
            }
            if self.decide(link, batch.drain(..)).await? {
                return Ok(End::Retired);
            }
            self.turns.begin_commit(self.clock.now());
        }
    }

    /// Waits for a page that wants to know whether the desk is open.
    async fn page_asks(web: &mut Option<Web>) -> OpeningAsked {
        match web {
            Some(web) => web.question().await,
            None => std::future::pending().await,
        }
    }

    fn tell_page(&self, asked: OpeningAsked) {
        if asked.send(self.desk.opening(self.clock.now().wall)).is_err() {
            tracing::trace!("the page did not wait");
        }
    }

    fn reload(&mut self) -> Option<Event> {
        let (event, loaded) = reload::settings(&mut self.config, &mut self.faq, &mut self.crm)?;
        reload::pages(self.web.as_ref(), self.purpose.site(&self.config));
        self.watch = Watch::begin(self.config.faq_dir.clone(), loaded.fingerprint, self.clock.clone());
        tracing::info!("the configuration and the FAQ are read again");
        Some(event)
    }

    /// Waits until something is due though nobody says anything.
    async fn wake(due: Option<Instant>) {
        match due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    fn due(&self) -> Option<Instant> {
        let due = [self.desk.next_deadline(), self.turns.due()].into_iter().flatten().min()?;
        Some(Instant::from_std(self.clock.instant(due)))
    }

    /// Lets the desk decide; asks at once, keeps the rest for the turn. Says whether the desk has retired.
    async fn decide(&mut self, link: &Link, batch: impl Iterator<Item = Event>) -> Result<bool, Failure> {
        let mut retired = false;
        let mut waiting: VecDeque<Event> = batch.collect();
        while let Some(event) = waiting.pop_front() {
            fault!("daemon.take" => return Err(LinkFailure::Gone.into()));
            self.session = self.session.after(&event);
            let stamp = self.clock.stamp();
            self.turns.next_event();
            for action in self.desk.handle(event, stamp) {
                fault!("daemon.decide" => return Err(LinkFailure::Gone.into()));
                match action {
                    Action::Remember(record) => self.turns.remember(record, stamp.at.mono),
                    #[cfg(feature = "failpoints")]
                    Action::Speak(speech) if faults::is_on(faults::SPEAK_FIRST) => {
                        self.speak_before_commit(link, speech).await?;
                    }
                    Action::Speak(speech) => self.turns.send(self.session, Outgoing::Speak(speech), stamp.at.mono),
                    Action::AskForGood(question) => {
                        self.turns.send(self.session, Outgoing::Ask(question), stamp.at.mono);
                    }
                    Action::Warn(speech) => link.send(self.session, Outgoing::Speak(speech)).await?,
                    Action::Ask(question) => {
                        fault!("daemon.ask" => return Err(LinkFailure::Gone.into()));
                        link.send(self.session, Outgoing::Ask(question)).await?;
                    }
                    Action::LookUp(question) => self.crm.ask(question),
                    Action::Search(search) => waiting.push_back(self.search(search)),
                    Action::Report(notice) => {
                        fault!("daemon.ready" => if notice == Notice::Ready { return Err(LinkFailure::Gone.into()) });
                        retired |= notice == Notice::Retired;
                        waiting.extend(self.report(&notice));
                    }
                }
            }
        }
        Ok(retired)
    }

    /// What the desk must never do: the tests' negative control.
    #[cfg(feature = "failpoints")]
    async fn speak_before_commit(&self, link: &Link, speech: Speech) -> Result<(), LinkFailure> {
        link.send(self.session, Outgoing::Speak(speech)).await?;
        let ended = faults::strikes(faults::SPOKEN_FIRST) || faults::strikes(faults::SPOKEN_FIRST);
        if ended { Err(LinkFailure::Gone) } else { Ok(()) }
    }

    fn search(&self, search: Search) -> Event {
        let reply = self.faq.answer(&search.look, search.language);
        Event::FaqAnswered { search, reply }
    }

    fn report(&self, notice: &Notice) -> Option<Event> {
        report::log(notice);
        match (notice, self.purpose) {
            (Notice::Ready, Purpose::Serve { .. }) => report::ready(),
            (Notice::Ready, Purpose::Retire) => return Some(Event::RetirementAsked),
            _ => {}
        }
        None
    }

    /// Says what may be said now, and tells the desk whether it can go on.
    async fn after_commit(&mut self, link: &Link, progress: Progress) -> Result<Option<Event>, LinkFailure> {
        match progress {
            Progress::Failing(why) => Ok(Some(Event::RecordFailed(why))),
            Progress::Written(written) => {
                let millis = self.clock.now().mono.since(written.begun).as_millis();
                tracing::debug!(millis, records = written.records, "a turn is committed");
                fault!("daemon.committed" => return Err(LinkFailure::Gone));
                if let Some(logs) = &mut self.logs {
                    logs.committed(written.chats);
                }
                self.say(link, written.said).await?;
                Ok(written.restored.then_some(Event::RecordRestored))
            }
        }
    }

    async fn say(&self, link: &Link, said: Vec<Said>) -> Result<(), LinkFailure> {
        for (session, outgoing) in said {
            fault!("daemon.speak" => return Err(LinkFailure::Gone));
            link.send(session, outgoing).await?;
            fault!("daemon.spoken" => return Err(LinkFailure::Gone));
        }
        Ok(())
    }

    /// The last turn: written and said, if the disk lets us within the time that we have.
    async fn finish(&mut self, link: &Link) {
        fault!("daemon.stop" => return tracing::error!("the last turn could not be written"));
        let last = async {
            while self.turns.unfinished() {
                self.turns.begin_commit_now(self.clock.now());
                let progress = self.turns.progress().await;
                if self.after_commit(link, progress).await.is_err() {
                    tracing::debug!("the link is gone; what was owed is said after the next start");
                }
            }
        };
        if tokio::time::timeout(LAST_COMMIT, last).await.is_err() {
            tracing::error!("the last turn could not be written in time");
        }
    }
}

/// What the service manager and the terminal tell us.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Stop,
    Reload,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hang_up.recv() => Told::Reload,
        }
    }

    /// There is nothing to reload yet.
    async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }
}

impl From<LinkFailure> for Failure {
    fn from(failure: LinkFailure) -> Self {
        let exit = match failure {
            LinkFailure::Authentication(_) => Exit::Denied,
            LinkFailure::SecondCopy(_) | LinkFailure::Gone => Exit::Unavailable,
            LinkFailure::Configuration(_) => Exit::Config,
        };
        Self::new(exit, failure)
    }
}
