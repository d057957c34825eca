//! What is said in the room, on its way to a guest who is not there. A direct message has no echo, so each keeps its id,
//! and is sent again, the same, where a session or the desk ended before it was certain.

use std::time::Duration;

use super::Chat;
use super::direct::{Carried, carried_id, told};
use crate::desk::action::Speech;
use crate::desk::event::Condition;
use crate::desk::ids::MessageId;
use crate::desk::moment::Mono;
use crate::desk::office::Out;
use crate::desk::record::{Counter, DirectStage, Speaker};

/// What was sent so long ago has arrived: a link that was dead is noticed sooner.
const CERTAIN: Duration = Duration::from_secs(60);
/// So many lines wait until they are certain; the oldest are certain first.
const LINES_MAX: usize = 100;

impl Chat {
    /// A line was heard in the room: this guest reads it elsewhere.
    pub(super) fn carry(
        &mut self,
        seq: i64,
        place: i64,
        speaker: Speaker,
        nick: Option<&str>,
        words: &str,
        out: &mut Out,
    ) {
        if !self.listens_directly() {
            return;
        }
        if speaker == Speaker::Operator {
            self.sign_of_talk(out.mono());
        }
        let Some(body) = nick.and_then(|nick| told(speaker, nick, words, self.language)) else { return };
        let id = carried_id(&self.tag, seq);
        let gone = self.guest_gone.is_some();
        let Some(direct) = &mut self.direct else { return };
        let sent = (direct.stage == DirectStage::Carrying && !gone).then(|| out.mono());
        // What the archive tells of the past stands before what was carried already.
        direct.certain = direct.certain.min(place - 1);
        if direct.lines.len() >= LINES_MAX {
            direct.lines.pop_front();
        }
        let at = direct.lines.partition_point(|line| line.place <= place);
        direct.lines.insert(at, Carried { place, id: id.clone(), body: body.clone(), sent });
        if sent.is_some() {
            let to = self.direct_address();
            out.speak(Speech::Direct { to, id, body, language: self.language });
        }
    }

    /// The guest's client has not come: from now on we carry.
    pub(super) fn carry_from_now_on(&mut self, out: &mut Out) {
        if let Some(direct) = &mut self.direct {
            direct.comes_until = None;
            direct.stage = DirectStage::Carrying;
            direct.heard_at = out.mono();
        }
        self.carry_what_waits(out);
    }

    /// What was not sent yet, or came back.
    pub(super) fn carry_what_waits(&mut self, out: &mut Out) {
        let (to, language) = (self.direct_address(), self.language);
        let Some(direct) = &mut self.direct else { return };
        for line in direct.lines.iter_mut().filter(|line| line.sent.is_none()) {
            line.sent = Some(out.mono());
            let (id, body) = (line.id.clone(), line.body.clone());
            out.speak(Speech::Direct { to: to.clone(), id, body, language });
        }
    }

    /// The session is new: what the last one had taken may never have left us.
    pub fn carry_again(&mut self, out: &mut Out) {
        self.direct_chat_goes_on(out.mono());
        let Some(direct) = &mut self.direct else { return };
        match direct.stage {
            DirectStage::Calling => direct.comes_until = None,
            DirectStage::Carrying => {
                direct.lines.iter_mut().for_each(|line| line.sent = None);
                self.carry_what_waits(out);
            }
            DirectStage::Resting => {}
        }
    }

    /// A direct message of ours came back: nobody is there.
    pub fn direct_bounced(&mut self, id: &MessageId, condition: Condition, out: &mut Out) {
        let Some(direct) = self.direct.as_mut().filter(|direct| direct.stage == DirectStage::Carrying) else {
            return out.count(Counter::StanzaIgnored);
        };
        if let Some(line) = direct.lines.iter_mut().find(|line| line.id == *id) {
            line.sent = None;
        }
        // A server that is slow, or wants us to be, has not lost its user.
        let passing = matches!(condition, Condition::PolicyViolation | Condition::ResourceConstraint);
        if !passing && !self.stage.ending() && !self.guest_is_inside() {
            self.guest_gone.get_or_insert(out.mono());
        }
    }

    /// What stands at the front was sent so long ago that it has arrived.
    pub(super) fn certain_at(&self) -> Option<Mono> {
        let direct = self.direct.as_ref().filter(|direct| direct.stage == DirectStage::Carrying)?;
        direct.lines.front()?.sent.map(|sent| sent + CERTAIN)
    }

    pub(super) fn note_certain(&mut self, now: Mono) {
        while self.certain_at().is_some_and(|at| at <= now) {
            let Some(direct) = &mut self.direct else { return };
            let Some(line) = direct.lines.pop_front() else { return };
            direct.certain = direct.certain.max(line.place);
        }
    }

    /// The chat is over: a guest who is not in the room reads what the room was told last and never repeated.
    pub(super) fn carry_last_words(&mut self, out: &mut Out) {
        if !self.listens_directly() || self.guest_gone.is_some() {
            return;
        }
        self.carry_what_waits(out);
        let (to, language) = (self.direct_address(), self.language);
        for owed in self.owed.iter().filter(|owed| !owed.relayed) {
            let nick = owed.nick.as_ref().map_or("", |nick| &**nick);
            let body =
                if nick.is_empty() { Some(owed.body.clone()) } else { told(Speaker::Desk, nick, &owed.body, language) };
            let Some(body) = body else { continue };
            let id = carried_id(&self.tag, owed.seq);
            out.speak(Speech::Direct { to: to.clone(), id, body, language });
        }
    }
}
