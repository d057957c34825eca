//! Somebody who pours lines into the room, or asks without end. Every line that the room passes on is recorded (I1); so
//! whoever is too fast loses their voice for a while, where we may take it, and the room refuses the rest to their face.

use std::time::Duration;

use super::Chat;
use super::stage::{Occupant, Person, Visit};
use crate::desk::action::Question;
use crate::desk::bounds::{Rate, Reply};
use crate::desk::event::{Affiliation, Role};
use crate::desk::ids::{Nick, OperatorId};
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};
use crate::desk::record::Counter;
use crate::desk::wording;

/// Two hundred lines at once, and twenty a second: a person who pastes a log line by line is not hushed, a program is.
const LINES: Rate = Rate { burst: 200, every: Duration::from_millis(50) };
/// So long somebody who was too fast may not speak.
const HUSH: Duration = Duration::from_secs(30);

impl Chat {
    /// A line came: is it one too many? Whoever may take voices away cannot lose their own.
    pub(super) fn pours(&mut self, nick: &Nick, now: Mono) -> bool {
        let Visit::Inside(inside) = &mut self.visit else { return false };
        let may = inside.role == Role::Moderator && !self.stage.ending();
        let Some(occupant) = inside.occupants.get_mut(nick) else { return false };
        !occupant.pace.take(LINES, now) && may && occupant.can_be_hushed()
    }

    /// Whoever pours is silent for a while.
    pub(super) fn hush(&mut self, nick: Nick, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Some(occupant) = inside.occupants.get_mut(&nick) else { return };
        occupant.hushed_until = Some(out.mono() + HUSH);
        inside.hushes = true;
        out.count(Counter::SpeakerHushed);
        out.ask(Question::Silence { room: self.room.clone(), nick });
        self.say(wording::too_fast(self.language, HUSH.as_secs()), out);
    }

    pub(super) fn hush_deadline(&self) -> Option<Mono> {
        let Visit::Inside(inside) = &self.visit else { return None };
        if !inside.hushes {
            return None;
        }
        inside.occupants.values().filter_map(|occupant| occupant.hushed_until).min()
    }

    /// Those who were silent for long enough may speak again.
    pub(super) fn hush_over(&mut self, out: &mut Out) {
        let now = out.mono();
        let Visit::Inside(inside) = &mut self.visit else { return };
        let over = inside.occupants.iter_mut().filter(|(_, one)| one.hushed_until.is_some_and(|until| until <= now));
        for (nick, occupant) in over {
            occupant.hushed_until = None;
            if !self.stage.ending() {
                out.ask(Question::GiveVoice { room: self.room.clone(), nick: nick.clone() });
            }
        }
        inside.hushes = inside.occupants.values().any(|occupant| occupant.hushed_until.is_some());
    }

    /// A guest without a voice gets one: the desk that took it may have been restarted meanwhile, or the room gives none
    /// to newcomers.
    pub(super) fn let_guests_speak(&self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if inside.role != Role::Moderator || self.stage.ending() {
            return;
        }
        for (nick, _) in inside.occupants.iter().filter(|(_, occupant)| occupant.guest_without_voice()) {
            out.ask(Question::GiveVoice { room: self.room.clone(), nick: nick.clone() });
        }
    }

    /// Is this question answered? Operators have an allowance of their own, so that no guest can use it up.
    pub(super) fn answers_in_room(&mut self, person: Person, out: &mut Out) -> bool {
        let talk = match person {
            Person::Operator(_) => &mut self.talk_with_operators,
            Person::Guest | Person::Other => &mut self.talk_with_others,
        };
        let reply = talk.weigh(out.mono());
        if reply != Reply::Answer {
            out.count(Counter::AnswerWithheld);
        }
        if reply == Reply::AskForPatience {
            self.say(wording::patience(self.language), out);
        }
        reply == Reply::Answer
    }

    /// May this operator be answered by direct message?
    pub(super) fn answers_operator(&self, operator: OperatorId, office: &mut Office, out: &mut Out) -> bool {
        let Some(jid) = office.operators.get(operator).map(|who| who.settings.jid.clone()) else { return false };
        let answers = office.bounds.answer(&jid, out.mono()) == Reply::Answer;
        if !answers {
            out.count(Counter::AnswerWithheld);
        }
        answers
    }
}

impl Occupant {
    /// Owners and admins keep their voice whatever we ask (XEP-0045, 5.1.1); operators are trusted.
    fn can_be_hushed(&self) -> bool {
        let above = matches!(self.affiliation, Affiliation::Owner | Affiliation::Admin);
        !above && !matches!(self.person, Person::Operator(_)) && self.hushed_until.is_none()
    }

    fn guest_without_voice(&self) -> bool {
        self.person == Person::Guest && self.role == Role::Visitor && self.hushed_until.is_none()
    }
}
