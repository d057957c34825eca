//! What the guest writes to us directly, on its way into the room: owed from when it is remembered, said when the room
//! repeats it, once. It is the guest's line, and what the room reads is a quotation ([`direct::guest_says`]).

use std::time::Duration;

use jid::FullJid;
use sha2::{Digest, Sha256};

use super::direct::Direct;
use super::stage::Visit;
use super::{Chat, FIRST_WORDS_MAX, LineDraft, Owed};
use crate::desk::action::Speech;
use crate::desk::bounds::Rate;
use crate::desk::event::DirectMessage;
use crate::desk::ids::MessageId;
use crate::desk::office::{Office, Out};
use crate::desk::record::{Counter, DirectStage, LineKind, LineRecord, Outcome, Speaker};
use crate::desk::wording::{Language, direct};

/// As many messages as anybody may write into a room: two hundred at once, and twenty a second.
const MESSAGES: Rate = Rate { burst: 200, every: Duration::from_millis(50) };
/// So long somebody who was too fast is not heard.
const HUSH: Duration = Duration::from_secs(30);
/// So many lines may be on their way into the room.
const UNHEARD_MAX: usize = 200;
/// One message becomes so many lines at most.
const PIECES_MAX: usize = 10;

impl Chat {
    /// The guest wrote to us directly.
    pub fn written(&mut self, from: &FullJid, message: &DirectMessage, office: &mut Office, out: &mut Out) {
        let last_place = self.last_place;
        let direct = self.direct.get_or_insert_with(|| Direct::new(DirectStage::Resting, last_place, out.mono()));
        let id = message.id.as_ref().map(|id| relayed_id(&self.tag, id, &message.body));
        if id.as_ref().is_some_and(|id| direct.knows(id)) {
            return out.count(Counter::MessageRepeated);
        }
        self.learn_address(from);
        self.listen_directly(out);
        if let Some(tag) = &message.language {
            self.learn_language_of_words(tag, office);
        }
        if message.encrypted {
            return self.encrypted_directly(from, &message.body, out);
        }
        if self.writes_too_fast(out) {
            return;
        }
        self.note_life(&message.body, out);
        let id = id.unwrap_or_else(|| self.next_id());
        if let Some(direct) = &mut self.direct {
            direct.know(id.clone());
        }
        self.relay_all(from, &id, &message.body, office, out);
        self.add_to_message(&message.body, out);
    }

    /// Whoever is not in the room reads here what is said there.
    fn listen_directly(&mut self, out: &mut Out) {
        let inside = self.guest_is_inside();
        let last_place = self.last_place;
        let Some(direct) = &mut self.direct else { return };
        if inside {
            return;
        }
        if direct.stage == DirectStage::Resting {
            direct.stage = DirectStage::Carrying;
            direct.certain = last_place;
        }
        self.guest_gone = None;
        if direct.stage == DirectStage::Carrying {
            self.carry_what_waits(out);
        }
    }

    /// A robot that answers whatever it is told says the same each time: that is no sign of life.
    fn note_life(&mut self, words: &str, out: &Out) {
        let Some(direct) = &mut self.direct else { return };
        if direct.last_words == words {
            direct.repeated += 1;
        } else {
            words.clone_into(&mut direct.last_words);
            direct.repeated = 0;
            self.sign_of_talk(out.mono());
        }
    }

    fn writes_too_fast(&mut self, out: &mut Out) -> bool {
        let now = out.mono();
        let unheard = self.owed.iter().filter(|owed| owed.relayed).count();
        let Some(direct) = &mut self.direct else { return false };
        if direct.hushed_until.is_some_and(|until| now < until) {
            out.count(Counter::SpeakerHushed);
            return true;
        }
        direct.hushed_until = None;
        if direct.pace.take(MESSAGES, now) && unheard < UNHEARD_MAX {
            return false;
        }
        direct.hushed_until = Some(now + HUSH);
        out.count(Counter::SpeakerHushed);
        self.tell_directly(direct::too_fast(self.language, HUSH.as_secs()), out);
        true
    }

    fn encrypted_directly(&mut self, from: &FullJid, fallback: &str, out: &mut Out) {
        let mut draft = LineDraft::new(LineKind::Unreadable, Speaker::Guest, fallback.to_owned());
        draft.jid = Some(from.to_string());
        self.line(draft, out);
        let told = self.direct.as_mut().is_some_and(|direct| std::mem::replace(&mut direct.encrypted_told, true));
        if !told {
            self.tell_directly(direct::cannot_read_encrypted(self.language), out);
        }
    }

    fn relay_all(&mut self, from: &FullJid, id: &MessageId, words: &str, office: &Office, out: &mut Out) {
        let pieces = direct::pieces(words);
        for (number, piece) in pieces.iter().take(PIECES_MAX).enumerate() {
            let id = if number == 0 { id.clone() } else { MessageId::from(format!("{}-{}", id.0, number + 1)) };
            self.relay(from, id, piece, office, out);
        }
        if pieces.len() > PIECES_MAX {
            let bytes = pieces.iter().take(PIECES_MAX).map(|piece| piece.len()).sum();
            self.tell_directly(direct::too_long(self.language, bytes), out);
        }
    }

    /// One line for the room.
    fn relay(&mut self, from: &FullJid, id: MessageId, words: &str, office: &Office, out: &mut Out) {
        let nick = match &self.visit {
            Visit::Inside(inside) => Some(inside.nick.clone()),
            Visit::Outside | Visit::Queued { .. } | Visit::Entering(_) => None,
        };
        let mut draft = LineDraft::new(LineKind::Owed, Speaker::Guest, words.to_owned());
        (draft.jid, draft.message_id) = (Some(from.to_string()), Some(id.clone()));
        // Under this nick the words will be heard.
        draft.joined_as = Some(nick.as_ref().unwrap_or(&office.settings.nick).clone());
        let seq = self.line(draft, out);
        if self.first_words.len() < FIRST_WORDS_MAX {
            self.first_words.push(words.to_owned());
        }
        let (at, body) = (out.stamp.at.wall, direct::guest_says(words));
        // What was owed before and is not said yet comes first.
        let before_visit = nick.is_none() || self.owed.iter().any(|owed| owed.before_visit);
        let held = self.throttle.holds();
        self.owe(Owed { seq, id, nick, body, at, before_visit, held, relayed: true, state: None }, out);
    }

    /// Our own room is there, and new: what the guest wrote comes first in it.
    pub(super) fn say_what_guest_wrote(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        for owed in self.owed.iter_mut().filter(|owed| owed.relayed && owed.before_visit) {
            owed.before_visit = false;
            owed.nick = Some(inside.nick.clone());
            out.speak(owed.speech(&self.room, self.language));
        }
    }

    /// `!bye`, in the room or directly.
    pub fn guest_says_goodbye(&mut self, office: &mut Office, out: &mut Out) {
        let outcome = self.outcome_by_talk(Outcome::Abandoned);
        self.close(outcome, direct::goodbye(self.language), "the guest has said good-bye", office, out);
    }

    fn learn_language_of_words(&mut self, tag: &str, office: &Office) {
        self.learn_tongue(tag, office);
        if let Some(language) = Language::from_tag(tag) {
            self.language = language;
        }
    }

    /// A word of ours to the guest alone.
    pub(super) fn tell_directly(&mut self, body: String, out: &mut Out) {
        let (to, id) = (self.direct_address(), self.next_id());
        out.speak(Speech::Direct { to, id, body, language: self.language });
    }
}

impl LineRecord {
    /// The guest wrote it directly, and it came, or is to come, into the room in our mouth. Whoever speaks in a room has a
    /// nick there, so nobody can forge one.
    pub fn is_relayed(&self) -> bool {
        let words = matches!(self.kind, LineKind::Said | LineKind::Owed);
        words && self.speaker == Speaker::Guest && self.nick.is_none()
    }
}

/// The same for the same message, however often it is delivered.
fn relayed_id(tag: &str, id: &MessageId, words: &str) -> MessageId {
    let mut hash = Sha256::new();
    for part in [&*id.0, words] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    MessageId::from(format!("{tag}-r{hash}"))
}
