//! What a stored chat tells of what people did: the script by which they do it again.
//!
//! Times are spans, because another desk may offer the chat at another time: an operator comes so long after they are asked,
//! talks so long after they came.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jid::{BareJid, Jid};

use crate::desk::facts::GuestFacts;
use crate::desk::record::{ChatRecord, Choice, LineKind, LineRecord, Speaker};

/// The desk does what it is told in less than this.
const SOON: Duration = Duration::from_secs(2);

/// A stored chat, all of it that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The chat.
    pub chat: ChatRecord,
    /// Its lines, in the room's order.
    pub lines: Vec<LineRecord>,
    /// Why it went where it went.
    pub choices: Vec<Choice>,
    /// What was known about the guest.
    pub facts: Option<GuestFacts>,
}

/// What people did in one chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The chat as it was stored.
    pub stored: Stored,
    /// What operators did who were asked, in the order of asking.
    pub asked: Vec<Asked>,
    /// Operators who took it by themselves, and how long after the invitation.
    pub taken: Vec<(BareJid, Duration)>,
    /// Who had it, one after the other.
    pub services: Vec<Service>,
    /// So long after the invitation the guest left, and nobody had come or came any more.
    pub gave_up: Option<Duration>,
    /// How long the first who had it took to come, after the invitation.
    pub waited: Option<Duration>,
}

/// An operator was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub operator: BareJid,
    /// What they did.
    pub reaction: Reaction,
    at: DateTime<Utc>,
}

/// What somebody did who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// They came after so long.
    Came(Duration),
    /// They declined after so long.
    Declined(Duration),
    /// Nothing.
    Nothing,
}

/// An operator had the chat. Spans begin when they got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Who.
    pub operator: BareJid,
    /// When they first said something to the guest.
    pub spoke: Option<Duration>,
    /// What they told the desk in the room, and when; `!close` is an end.
    pub orders: Vec<(String, Duration)>,
    /// What it came to.
    pub end: End,
    since: DateTime<Utc>,
    left: Option<DateTime<Utc>>,
}

/// How somebody's service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The guest left, and the desk closed.
    GuestLeft(Duration),
    /// The operator closed.
    Closed(Duration),
    /// A colleague has taken it over.
    HandedOver,
    /// The guest had gone before they came.
    GuestGone,
    /// They lost it: they left after so long, or stayed and said nothing.
    Lost(Option<Duration>),
}

impl Script {
    /// Reads a stored chat.
    pub fn of(stored: Stored) -> Self {
        let mut reading = Reading::default();
        for line in &stored.lines {
            reading.line(line, stored.chat.opened_at);
        }
        let closed_at = stored.chat.closed_at.unwrap_or(stored.chat.stage_at);
        reading.end(closed_at);
        let opened = stored.chat.opened_at;
        let served = reading.services.last().is_some_and(Service::helped);
        let gave_up = reading.guest_left.filter(|_| !served).map(|at| span(opened, at));
        let waited = reading.services.first().map(|first| span(opened, first.since));
        Self { asked: reading.asked, taken: reading.taken, services: reading.services, gave_up, waited, stored }
    }

    /// How the talk went with whoever had it last.
    pub fn talk(&self) -> Option<&Service> {
        self.services.last().filter(|last| last.helped())
    }
}

impl Service {
    /// It was offered to somebody else while they had it. Where that was not said in the room, it was said directly.
    fn hands_over(&mut self, to: &BareJid, at: DateTime<Utc>) {
        let after = span(self.since, at);
        let said =
            |(words, when): &(String, Duration)| words.starts_with("!transfer") && after.saturating_sub(*when) < SOON;
        let name = to.node().map(|node| node.to_string()).unwrap_or_default();
        if !self.orders.last().is_some_and(said) {
            self.orders.push((format!("!transfer {name}"), after));
        }
    }

    /// They and the guest had to do with each other to the end.
    fn helped(&self) -> bool {
        !matches!(self.end, End::Lost(_) | End::GuestGone)
    }
}

#[derive(Default)]
struct Reading {
    asked: Vec<Asked>,
    taken: Vec<(BareJid, Duration)>,
    services: Vec<Service>,
    serving: bool,
    guest_left: Option<DateTime<Utc>>,
    closed: Option<DateTime<Utc>>,
}

impl Reading {
    fn line(&mut self, line: &LineRecord, opened: DateTime<Utc>) {
        match (line.kind, line.speaker) {
            (LineKind::Joined, Speaker::Guest) => self.guest_left = None,
            (LineKind::Left, Speaker::Guest) => self.guest_left = Some(line.at),
            (_, Speaker::Operator) => {
                if let Some(operator) = line.jid.as_ref().and_then(|jid| jid.parse::<Jid>().ok()) {
                    self.operator(operator.to_bare(), line, opened);
                }
            }
            _ => {}
        }
    }

    fn operator(&mut self, operator: BareJid, line: &LineRecord, opened: DateTime<Utc>) {
        match line.kind {
            LineKind::Offered => self.offered(operator, line.at),
            LineKind::Accepted => self.accepted(operator, line.at, opened),
            LineKind::Transferred => self.transferred(operator, line.at),
            LineKind::Declined => self.reacted(&operator, Reaction::Declined, line.at),
            LineKind::Revoked => self.revoked(&operator),
            LineKind::Said => self.said(&operator, line),
            LineKind::Left => self.went(&operator, Some(line.at)),
            LineKind::Joined => self.went(&operator, None),
            _ => {}
        }
    }

    fn offered(&mut self, operator: BareJid, at: DateTime<Utc>) {
        if let Some(service) = self.owner() {
            service.hands_over(&operator, at);
        }
        self.asked.push(Asked { operator, reaction: Reaction::Nothing, at });
    }

    fn accepted(&mut self, operator: BareJid, at: DateTime<Utc>, opened: DateTime<Utc>) {
        let was_asked =
            self.asked.iter().any(|asked| asked.operator == operator && asked.reaction == Reaction::Nothing);
        if was_asked {
            self.reacted(&operator, Reaction::Came, at);
        } else {
            self.taken.push((operator.clone(), span(opened, at)));
        }
        self.serve(operator, at);
    }

    fn transferred(&mut self, operator: BareJid, at: DateTime<Utc>) {
        self.reacted(&operator, Reaction::Came, at);
        if let Some(service) = self.owner() {
            service.end = End::HandedOver;
        }
        self.serve(operator, at);
    }

    fn serve(&mut self, operator: BareJid, since: DateTime<Utc>) {
        self.serving = true;
        let (spoke, orders, end, left) = (None, Vec::new(), End::Lost(None), None);
        self.services.push(Service { operator, spoke, orders, end, since, left });
    }

    fn reacted(&mut self, operator: &BareJid, reaction: fn(Duration) -> Reaction, at: DateTime<Utc>) {
        let open = |asked: &&mut Asked| asked.operator == *operator && asked.reaction == Reaction::Nothing;
        if let Some(asked) = self.asked.iter_mut().rev().find(open) {
            asked.reaction = reaction(span(asked.at, at));
        }
    }

    fn revoked(&mut self, operator: &BareJid) {
        let Some(service) = self.owner().filter(|service| service.operator == *operator) else { return };
        service.end = End::Lost(service.left.map(|at| span(service.since, at)));
        self.serving = false;
    }

    fn said(&mut self, operator: &BareJid, line: &LineRecord) {
        let words = line.body.trim_start();
        if words.to_lowercase().starts_with("!close") {
            self.closed = Some(line.at);
            return;
        }
        let Some(service) = self.owner().filter(|service| service.operator == *operator) else { return };
        let after = span(service.since, line.at);
        match words.starts_with('!') {
            true => service.orders.push((words.to_owned(), after)),
            false => service.spoke = service.spoke.or(Some(after)),
        }
    }

    fn went(&mut self, operator: &BareJid, at: Option<DateTime<Utc>>) {
        if let Some(service) = self.owner().filter(|service| service.operator == *operator) {
            service.left = at;
        }
    }

    fn owner(&mut self) -> Option<&mut Service> {
        if self.serving { self.services.last_mut() } else { None }
    }

    /// The chat was closed: by the guest's leaving, if they left and nobody said `!close`.
    fn end(&mut self, closed_at: DateTime<Utc>) {
        let (closed, guest_left) = (self.closed, self.guest_left);
        let Some(service) = self.owner() else { return };
        service.end = match (closed, guest_left) {
            (Some(at), left) if left.is_none_or(|left| left > at) => End::Closed(span(service.since, at)),
            (_, Some(left)) if left < service.since => End::GuestGone,
            (_, Some(left)) => End::GuestLeft(span(service.since, left)),
            (at, None) => End::Closed(span(service.since, at.unwrap_or(closed_at))),
        };
    }
}

fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    (to - from).to_std().unwrap_or_default()
}
