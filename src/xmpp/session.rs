//! The one task that owns the stream.
//!
//! It waits for many things at once and never for one alone, so that it cannot deadlock: it takes what the daemon gives
//! at any time, listens to the stream only when all that it heard before was passed on, and hands over one stanza at a
//! time, only while connected. So whatever is lost with a session is still here, and is thrown away exactly; at most
//! the one stanza that was just being sent may still leave in the next session.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use jid::{BareJid, FullJid, Jid};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use xmpp::parsers::iq::Iq;
use xmpp::parsers::stanza::Stanza;
use xmpp::tokio_xmpp::stanzastream::{Event as StreamItem, StanzaStage, StanzaToken, StreamEvent};

use crate::desk::action::Question;
use crate::desk::event::{Condition, Event};

use super::connector::Connector;
use super::link::{LinkFailure, Outgoing, SessionNumber};
use super::pulse::{Beat, Pulse};
use super::questions::{Questions, unanswered};
use super::reconnector::Stream;
use super::rooms::Rooms;
use super::{inbound, iq, outbound};

/// The pulse by which patience is counted here.
const TICK: Duration = Duration::from_secs(5);
/// A session that lived for so many ticks has settled.
const SETTLED_TICKS: u32 = 2;
/// A stanza that is not even written after so many ticks shows that the stream is stuck.
const STUCK_TICKS: u32 = 6;
/// More than this does not wait for the server: then the session counts as lost, and the desk begins anew.
const BACKLOG_MAX: usize = 8_192;
/// Others' questions are not answered while so much waits.
const REPLY_BACKLOG_MAX: usize = 1_024;
/// Handing one stanza over takes no longer, or the stream is stuck.
const SEND_LIMIT: Duration = Duration::from_secs(10);
/// For the polite end of the stream.
const CLOSE_LIMIT: Duration = Duration::from_secs(4);

/// The task's state.
pub(super) struct Session {
    connector: Arc<Connector>,
    resource: FullJid,
    account: BareJid,
    stream: Stream,
    outgoing: mpsc::Receiver<(SessionNumber, Outgoing)>,
    events: mpsc::Sender<Event>,
    /// Events that the daemon has not taken yet.
    heard: VecDeque<Event>,
    /// Stanzas that the stream has not taken yet.
    backlog: VecDeque<Stanza>,
    /// The stanza that the stream is writing.
    sending: Option<Sending>,
    state: State,
    number: SessionNumber,
    questions: Questions,
    pulse: Pulse,
    rooms: Rooms,
    ticks: Interval,
}

/// A stanza on its way to the socket.
struct Sending {
    token: StanzaToken,
    ticks: u32,
}

/// What we know of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is no session, and none to resume.
    Down,
    /// There is one, for so many ticks.
    Up { ticks: u32 },
    /// The connection is lost, the session may be resumed.
    Suspended,
    /// The connection is lost, and the session is not wanted back.
    GivenUp,
}

/// What came first.
enum Step {
    Passed,
    Written,
    Heard(Box<StreamItem>),
    Died,
    Given(Option<(SessionNumber, Outgoing)>),
    Failed(LinkFailure),
    Ticked,
    Unheard,
}

type Flow = ControlFlow<Option<LinkFailure>>;

impl Session {
    /// Begins to connect.
    pub(super) fn new(
        connector: Arc<Connector>,
        resource: FullJid,
        outgoing: mpsc::Receiver<(SessionNumber, Outgoing)>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            account: connector.account().jid.clone(),
            stream: Stream::open(connector.clone(), resource.clone()),
            questions: Questions::new(connector.account().seed),
            pulse: Pulse::new(connector.account().domain(), connector.account().seed),
            connector,
            resource,
            outgoing,
            events,
            heard: VecDeque::new(),
            backlog: VecDeque::new(),
            sending: None,
            state: State::Down,
            number: SessionNumber::default(),
            rooms: Rooms::default(),
            ticks,
        }
    }

    /// Runs until the link is closed (`None`) or cannot go on.
    pub(super) async fn run(mut self) -> Option<LinkFailure> {
        loop {
            self.send_next().await;
            let flow = match self.step().await {
                Step::Passed => self.passed(),
                Step::Written => self.written(),
                Step::Heard(item) => self.hear(*item),
                Step::Died => self.died(),
                Step::Given(Some((session, outgoing))) => self.take(session, outgoing),
                Step::Given(None) => break,
                Step::Failed(failure) => Flow::Break(Some(failure)),
                Step::Ticked => self.tick(),
                Step::Unheard => self.unheard(),
            };
            if let ControlFlow::Break(failure) = flow {
                return failure;
            }
        }
        self.close().await;
        None
    }

    async fn step(&mut self) -> Step {
        let Self { stream, outgoing, events, heard, sending, ticks, .. } = self;
        let all_passed = heard.is_empty();
        tokio::select! {
            permit = events.reserve(), if !all_passed => match permit {
                Ok(permit) => {
                    if let Some(event) = heard.pop_front() {
                        permit.send(event);
                    }
                    Step::Passed
                }
                Err(_) => Step::Unheard,
            },
            item = stream.stanzas.next(), if all_passed => item.map_or(Step::Died, |item| Step::Heard(Box::new(item))),
            given = outgoing.recv() => Step::Given(given),
            () = is_written(sending), if sending.is_some() => Step::Written,
            Some(failure) = stream.failures.recv() => Step::Failed(failure),
            _ = ticks.tick() => Step::Ticked,
        }
    }

    /// Hands the next stanza over. The stream's own queue is empty then, so this does not wait.
    async fn send_next(&mut self) {
        if !matches!(self.state, State::Up { .. }) || self.sending.is_some() {
            return;
        }
        let Some(stanza) = self.backlog.pop_front() else { return };
        fault!("xmpp.send" => return self.give_up("a fault"));
        // COMPAT: sending panics where the library's worker has died of a panic of its own.
        let sent = AssertUnwindSafe(timeout(SEND_LIMIT, self.stream.stanzas.send(Box::new(stanza)))).catch_unwind();
        match sent.await {
            Ok(Ok(token)) => {
                self.sending = Some(Sending { token, ticks: 0 });
                fault!("xmpp.sent" => self.give_up("a fault"));
            }
            Ok(Err(_)) | Err(_) => self.give_up("the stream takes nothing any more"),
        }
    }

    fn passed(&mut self) -> Flow {
        fault!("xmpp.pass" => self.give_up("a fault"));
        Flow::Continue(())
    }

    /// Nobody takes events any more: the daemon ends, and gives us its last words yet.
    fn unheard(&mut self) -> Flow {
        self.heard.clear();
        Flow::Continue(())
    }

    fn died(&mut self) -> Flow {
        self.replace_stream("the stream has died");
        Flow::Continue(())
    }

    fn written(&mut self) -> Flow {
        fault!("xmpp.written" => self.give_up("a fault"));
        self.sending = None;
        Flow::Continue(())
    }

    fn hear(&mut self, item: StreamItem) -> Flow {
        match item {
            StreamItem::Stanza(stanza) => self.hear_stanza(stanza),
            StreamItem::Stream(StreamEvent::Reset { bound_jid, .. }) => return self.connected(&bound_jid),
            StreamItem::Stream(StreamEvent::Suspended) => self.suspended(),
            StreamItem::Stream(StreamEvent::Resumed) => self.resumed(),
        }
        Flow::Continue(())
    }

    fn hear_stanza(&mut self, stanza: Stanza) {
        self.pulse.hear();
        fault!("xmpp.receive" => return self.give_up("a fault"));
        let event = match stanza {
            Stanza::Message(message) if self.questions.keep(&message, &self.account) => None,
            Stanza::Message(message) => inbound::hear_message(&message, &self.account),
            Stanza::Presence(presence) => inbound::hear_presence(&presence, &self.account, &mut self.rooms),
            Stanza::Iq(iq) if self.pulse.settle(&iq) => None,
            Stanza::Iq(iq @ (Iq::Result { .. } | Iq::Error { .. })) => self.questions.settle(iq, &self.account),
            Stanza::Iq(iq) => self.answer(iq),
        };
        self.heard.extend(event);
    }

    fn answer(&mut self, iq: Iq) -> Option<Event> {
        let iq::Reaction { reply, event } = iq::react(iq, &self.account);
        match reply {
            Some(reply) if self.backlog.len() < REPLY_BACKLOG_MAX => self.backlog.push_back(reply.into()),
            Some(_) => tracing::debug!("a question from outside goes unanswered: too much waits to be sent"),
            None => {}
        }
        event
    }

    /// A new session. All that belonged to the old one is over, and is reported before the new one is.
    fn connected(&mut self, bound: &Jid) -> Flow {
        if bound.to_bare() != self.account {
            let words = format!("the server calls us {} and not {}", bound.to_bare(), self.account);
            return Flow::Break(Some(LinkFailure::Authentication(words)));
        }
        if bound.as_str() != self.resource.as_str() {
            tracing::warn!("the server chose the resource: a second copy of the desk would go unnoticed");
        }
        self.forget_session();
        self.up();
        self.number = self.number.after(&Event::Connected);
        self.heard.push_back(Event::Connected);
        tracing::info!("connected as {bound}");
        fault!("xmpp.bound" => self.give_up("a fault"));
        Flow::Continue(())
    }

    fn suspended(&mut self) {
        if matches!(self.state, State::Up { .. }) {
            self.state = State::Suspended;
            self.heard.push_back(Event::Disconnected);
            tracing::warn!("the connection is lost; connecting again");
            fault!("xmpp.suspended" => self.give_up("a fault"));
        }
    }

    fn resumed(&mut self) {
        if self.state == State::GivenUp {
            return self.replace_stream("a session came back that was given up");
        }
        self.up();
        self.heard.push_back(Event::Resumed);
        tracing::info!("connected again, nothing was lost");
        fault!("xmpp.resumed" => self.give_up("a fault"));
    }

    fn up(&mut self) {
        self.state = State::Up { ticks: 0 };
        self.pulse.felt();
        self.stream.establish();
    }

    fn take(&mut self, session: SessionNumber, outgoing: Outgoing) -> Flow {
        if session != self.number || !matches!(self.state, State::Up { .. } | State::Suspended) {
            tracing::debug!("something meant for a session that is over is not sent");
            return Flow::Continue(());
        }
        let stanza = match outgoing {
            Outgoing::Speak(speech) => outbound::speak(speech, &self.rooms),
            Outgoing::Ask(question) => self.ask(question),
        };
        self.backlog.extend(stanza);
        if self.backlog.len() > BACKLOG_MAX {
            self.give_up("too much waits to be sent");
        }
        Flow::Continue(())
    }

    fn ask(&mut self, question: Question) -> Option<Stanza> {
        if let Question::Enter { room, nick, password, history } = &question {
            self.rooms.ask(room);
            let entry = outbound::enter(room, nick, password.as_deref(), *history);
            if entry.is_none() {
                let condition = Condition::JidMalformed;
                self.heard.push_back(Event::EntryRefused { room: room.clone(), condition });
            }
            return entry;
        }
        let inquiry = outbound::ask(&question)?;
        match self.questions.note(&question, inquiry.whom.clone()) {
            Some(id) => Some(inquiry.with_id(id)),
            None => {
                self.heard.push_back(unanswered(question));
                None
            }
        }
    }

    fn tick(&mut self) -> Flow {
        let State::Up { ticks } = &mut self.state else { return Flow::Continue(()) };
        *ticks = ticks.saturating_add(1);
        if *ticks == SETTLED_TICKS {
            self.stream.settle();
        }
        self.heard.extend(self.questions.tick());
        if let Some(sending) = &mut self.sending {
            sending.ticks += 1;
            if sending.ticks > STUCK_TICKS {
                self.give_up("the stream is stuck");
            }
        }
        // While the daemon takes nothing we do not listen, and cannot know.
        if self.heard.is_empty() {
            self.feel_pulse();
        }
        Flow::Continue(())
    }

    fn feel_pulse(&mut self) {
        match self.pulse.tick() {
            Beat::Quiet => {}
            Beat::Ask(stanza) => self.backlog.push_back(*stanza),
            Beat::Dead => self.give_up("the server does not hear us"),
        }
    }

    /// The session is not to be saved; the desk will begin anew in the next one.
    fn give_up(&mut self, why: &'static str) {
        match self.state {
            State::Up { .. } => self.replace_stream(why),
            State::Suspended => {
                tracing::warn!("the session is given up: {why}");
                self.state = State::GivenUp;
                self.stream.begin_anew();
                self.forget_session();
            }
            State::Down | State::GivenUp => {}
        }
    }

    fn replace_stream(&mut self, why: &'static str) {
        tracing::warn!("the stream is opened again: {why}");
        if matches!(self.state, State::Up { .. }) {
            self.heard.push_back(Event::Disconnected);
        }
        self.state = State::Down;
        self.forget_session();
        self.stream = Stream::open(self.connector.clone(), self.resource.clone());
    }

    fn forget_session(&mut self) {
        self.heard.extend(self.questions.abandon());
        self.backlog.clear();
        self.sending = None;
        self.rooms.clear();
    }

    /// Sends what waits, says goodbye, ends the stream.
    async fn close(self) {
        let Self { stream, backlog, state, .. } = self;
        let Stream { stanzas, .. } = stream;
        if !matches!(state, State::Up { .. }) {
            return;
        }
        fault!("xmpp.close" => return tracing::debug!("the server did not let us leave politely"));
        let farewell = async move {
            for stanza in backlog.into_iter().chain([outbound::goodbye()]) {
                stanzas.send(Box::new(stanza)).await;
            }
            stanzas.close().await;
        };
        match AssertUnwindSafe(timeout(CLOSE_LIMIT, farewell)).catch_unwind().await {
            Ok(Ok(())) => tracing::info!("logged out"),
            Ok(Err(_)) | Err(_) => tracing::debug!("the server did not let us leave politely"),
        }
    }
}

/// Resolves when the stream has written the stanza, or never will.
async fn is_written(sending: &mut Option<Sending>) {
    if let Some(sending) = sending {
        sending.token.wait_for(StanzaStage::Sent).await;
    }
}
