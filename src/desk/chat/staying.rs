//! Are we still in the room? A restarted group-chat service forgets its occupants without a word to them (XEP-0410).

use std::time::Duration;

use super::Chat;
use super::stage::{SignOfLife, Visit};
use crate::desk::action::Question;
use crate::desk::event::{Answer, Condition};
use crate::desk::moment::Mono;
use crate::desk::office::Out;

/// After so long a silence the room is asked.
const SILENCE: Duration = Duration::from_secs(30);
/// So long it may take to answer.
const ANSWER: Duration = Duration::from_secs(20);

impl Chat {
    /// Something came from the room.
    pub fn room_lives(&mut self, out: &Out) {
        if let Visit::Inside(inside) = &mut self.visit {
            inside.sign_of_life = SignOfLife::Seen(out.mono());
        }
    }

    pub(super) fn silence_deadline(&self) -> Option<Mono> {
        let Visit::Inside(inside) = &self.visit else { return None };
        Some(match inside.sign_of_life {
            SignOfLife::Seen(at) => at + SILENCE,
            SignOfLife::Asked(at) => at + ANSWER,
        })
    }

    /// The room is silent: ask it, and ask again while it gives no answer. Silence alone does not say that we are out,
    /// and whoever enters a room that they are in gets its history again, as if it were said now.
    pub(super) fn silence_overdue(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        inside.sign_of_life = SignOfLife::Asked(out.mono());
        let nick = inside.nick.clone();
        out.ask(Question::SelfPing { room: self.room.clone(), nick });
    }

    /// XEP-0410, 3.3: what the answer to a self-ping means.
    pub(super) fn self_ping_answered(&mut self, answer: &Answer, out: &mut Out) {
        if matches!(self.visit, Visit::Entering(_)) {
            return self.not_heard_knocking(answer, out);
        }
        // An answer about an earlier visit says nothing about this one.
        let asked = matches!(&self.visit, Visit::Inside(inside) if matches!(inside.sign_of_life, SignOfLife::Asked(_)));
        if !asked {
            return;
        }
        match answer {
            Answer::Refused(Condition::NotAcceptable | Condition::NotAllowed) => self.fell_out(out),
            // There is nobody of our nick, or no such room.
            Answer::Refused(Condition::ItemNotFound) => out.ask(Question::Describe { room: self.room.clone() }),
            // The service is away; the next one will tell.
            Answer::Refused(Condition::RemoteServerNotFound | Condition::RemoteServerTimeout) | Answer::Unanswered => {}
            // A client that answers no pings, or a nick that changed meanwhile: somebody is there, and it is us.
            _ => self.room_lives(out),
        }
    }

    /// A temporary room does not outlive its service.
    pub(super) fn notice_missing_room(&mut self, answer: &Answer, out: &Out) {
        let asked = matches!(&self.visit, Visit::Inside(inside) if matches!(inside.sign_of_life, SignOfLife::Asked(_)));
        match answer {
            Answer::Refused(Condition::ItemNotFound) if asked => self.fell_out(out),
            Answer::Described(_) => self.room_lives(out),
            _ => {}
        }
    }

    fn fell_out(&mut self, out: &Out) {
        self.thrown_out();
        self.enter(out);
    }
}
