//! Whether the server still hears us.
//!
//! The library asks when nothing comes any more. Where much comes and nothing of ours gets through (one direction of a
//! path is dead), nobody would notice: so the server is asked now and then, whatever comes (XEP-0199).

use jid::Jid;
use xmpp::parsers::iq::Iq;
use xmpp::parsers::stanza::Stanza;

use super::names;
use super::outbound::Inquiry;
use super::xml::Tag;

/// The server is asked every so many ticks.
const ASK_TICKS: u32 = 5;
/// So many ticks after it was asked it has heard nothing. Together below the 75 s in which a dead link is noticed; and
/// long, for the answer stands in line behind whatever else the server sends.
const PATIENCE_TICKS: u32 = 6;

/// Who sends more than so many stanzas in a tick is busy: the answer stands far behind in its line, and says nothing.
const BUSY_STANZAS: u32 = 250;

/// When we last knew that the server hears us.
#[derive(Debug)]
pub(super) struct Pulse {
    server: Option<Jid>,
    /// Tells our ids from those of a process before us.
    mark: u64,
    asked: u64,
    open: bool,
    ticks: u32,
    /// So many stanzas came in this tick.
    stanzas: u32,
}

/// What is to be done at a tick.
#[derive(Debug, PartialEq)]
pub(super) enum Beat {
    /// Nothing.
    Quiet,
    /// Send this.
    Ask(Box<Stanza>),
    /// The server has not heard us for too long.
    Dead,
}

impl Pulse {
    /// Of the account's server.
    pub(super) fn new(server: &str, mark: u64) -> Self {
        Self { server: server.parse().ok(), mark, asked: 0, open: false, ticks: 0, stanzas: 0 }
    }

    /// The server hears us now.
    pub(super) fn felt(&mut self) {
        (self.open, self.ticks) = (false, 0);
    }

    /// The server sent something.
    pub(super) fn hear(&mut self) {
        self.stanzas = self.stanzas.saturating_add(1);
    }

    /// Time passes, and all that came was read.
    pub(super) fn tick(&mut self) -> Beat {
        if std::mem::take(&mut self.stanzas) > BUSY_STANZAS {
            return Beat::Quiet;
        }
        self.ticks += 1;
        match (&self.server, self.open) {
            (Some(server), false) if self.ticks >= ASK_TICKS => {
                self.asked = self.asked.wrapping_add(1);
                (self.open, self.ticks) = (true, 0);
                let ping = Inquiry::of(server.clone(), Tag::new("ping", names::PING));
                Beat::Ask(Box::new(ping.with_id(self.id())))
            }
            (_, true) if self.ticks >= PATIENCE_TICKS => Beat::Dead,
            _ => Beat::Quiet,
        }
    }

    /// Is this the answer? An error is one, too: the server has heard the question.
    pub(super) fn settle(&mut self, iq: &Iq) -> bool {
        let answer = self.open && iq.id() == self.id() && iq.from() == self.server.as_ref();
        if answer {
            self.felt();
        }
        answer
    }

    fn id(&self) -> String {
        format!("fd-pulse-{:016x}-{}", self.mark, self.asked)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn asked(pulse: &mut Pulse) -> String {
        loop {
            match pulse.tick() {
                Beat::Quiet => {}
                Beat::Ask(stanza) => match *stanza {
                    Stanza::Iq(iq) => return iq.id().to_owned(),
                    other => panic!("{other:?}"),
                },
                Beat::Dead => panic!("dead before it was asked"),
            }
        }
    }

    fn answer(from: &str, id: &str) -> Iq {
        Iq::Result { from: Some(from.parse().unwrap()), to: None, id: id.to_owned(), payload: None }
    }

    #[test]
    fn a_server_that_answers_lives_for_ever() {
        let mut pulse = Pulse::new("chat.example", 7);
        for _ in 0..100 {
            let id = asked(&mut pulse);
            assert!(pulse.settle(&answer("chat.example", &id)));
            assert!(!pulse.settle(&answer("chat.example", &id)), "once");
        }
    }

    #[test]
    fn a_busy_server_is_not_dead() {
        let mut pulse = Pulse::new("chat.example", 7);
        asked(&mut pulse);
        for _ in 0..100 {
            (0..=BUSY_STANZAS).for_each(|_| pulse.hear());
            assert_eq!(pulse.tick(), Beat::Quiet);
        }
    }

    #[test]
    fn a_server_that_does_not_is_dead_within_a_minute_whatever_others_say() {
        let mut pulse = Pulse::new("chat.example", 7);
        let id = asked(&mut pulse);
        assert!(!pulse.settle(&answer("eve@chat.example", &id)));
        let beats: Vec<Beat> = (0..PATIENCE_TICKS).map(|_| pulse.tick()).collect();
        assert_eq!(beats.last(), Some(&Beat::Dead));
        const { assert!(5 * (ASK_TICKS + PATIENCE_TICKS) <= 60) };
    }
}
