//! The guest's direct chat with the desk, beside the room: who writes to the desk's address is served there, too.
//!
//! How their words come into the room is in `writing`, how the room's words come to them in `carrying`.

use std::collections::VecDeque;
use std::time::Duration;

use jid::{FullJid, Jid};

use super::Chat;
use super::cause::Cause;
use super::due::sooner;
use super::stage::{Person, Visit};
use crate::desk::action::Speech;
use crate::desk::bounds::Bucket;
use crate::desk::commands::{Command, Who};
use crate::desk::guests::RESOURCE_UNKNOWN;
use crate::desk::ids::MessageId;
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};
use crate::desk::record::{ChatRecord, DirectRecord, DirectStage, LineKind, LineRecord, RestoredChat, Speaker};
use crate::desk::wording::{self, direct};

/// How long the guest's client has to come into the room before we carry words: clients that understand an invitation
/// ask their owner, or come at once.
const CLIENT_COMES: Duration = Duration::from_secs(5);
/// Whoever was asked whether they are still there has so long to say so.
pub(super) const STILL_THERE: Duration = Duration::from_secs(120);
/// Who writes the same so many times more in a row is taken for a robot.
const REPEATED_MAX: u32 = 2;
/// So many of the guest's messages are known again when a server delivers them twice.
const KNOWN_MAX: usize = 200;

/// The direct chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// How far it has come.
    pub(super) stage: DirectStage,
    /// Until when the guest's client may come, once it was invited.
    pub(super) comes_until: Option<Mono>,
    /// The guest has all that stands in the record up to this place, for certain.
    pub(super) certain: i64,
    /// What was said since, in the room's order.
    pub(super) lines: VecDeque<Carried>,
    /// When the guest or an operator last said something.
    pub(super) heard_at: Mono,
    /// When the guest was asked whether they are still there.
    pub(super) asked_at: Option<Mono>,
    /// What the guest wrote last, and how often they wrote it again: a robot does so for ever.
    pub(super) last_words: String,
    pub(super) repeated: u32,
    /// How fast they write.
    pub(super) pace: Bucket,
    /// They wrote too fast, and are not heard until then.
    pub(super) hushed_until: Option<Mono>,
    /// They were told that encrypted words cannot be read.
    pub(super) encrypted_told: bool,
    /// They know that it is over.
    pub(super) told_of_end: bool,
    known: VecDeque<MessageId>,
}

/// A line of the room on its way to the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) place: i64,
    pub(super) id: MessageId,
    pub(super) body: String,
    /// When it was sent; not yet, or it came back.
    pub(super) sent: Option<Mono>,
}

impl Direct {
    /// Nothing is known of it but how far it has come.
    pub(super) fn new(stage: DirectStage, certain: i64, now: Mono) -> Self {
        Self {
            stage,
            comes_until: None,
            certain,
            lines: VecDeque::new(),
            heard_at: now,
            asked_at: None,
            last_words: String::new(),
            repeated: 0,
            pace: Bucket::default(),
            hushed_until: None,
            encrypted_told: false,
            told_of_end: false,
            known: VecDeque::new(),
        }
    }

    /// It goes on where the store says it stopped.
    pub(super) fn restored(restored: &RestoredChat, now: Mono) -> Option<Self> {
        let record = restored.chat.direct?;
        let mut direct = Self::new(record.stage, record.certain, now);
        for line in restored.last_lines.iter().chain(&restored.owed) {
            if line.is_relayed() {
                line.message_id.iter().for_each(|id| direct.know(id.clone()));
            } else if record.stage != DirectStage::Resting && line.place.is_some_and(|place| place > record.certain) {
                direct.lines.extend(restored_line(line, &restored.chat));
            }
        }
        Some(direct)
    }

    /// As the store keeps it.
    pub(super) fn record(&self) -> DirectRecord {
        DirectRecord { stage: self.stage, certain: self.certain }
    }

    pub(super) fn knows(&self, id: &MessageId) -> bool {
        self.known.contains(id)
    }

    pub(super) fn know(&mut self, id: MessageId) {
        if self.known.len() >= KNOWN_MAX {
            self.known.pop_front();
        }
        self.known.push_back(id);
    }
}

/// What was said and may not have reached the guest.
fn restored_line(line: &LineRecord, chat: &ChatRecord) -> Option<Carried> {
    let nick = line.nick.as_deref().filter(|_| line.kind == LineKind::Said)?;
    let body = told(line.speaker, nick, &line.body, chat.language)?;
    Some(Carried { place: line.place?, id: carried_id(&chat.tag, line.seq), body, sent: None })
}

/// What a guest who is not in the room reads of a line; nothing where it is their own, or an order to the desk.
pub(super) fn told(speaker: Speaker, nick: &str, words: &str, language: wording::Language) -> Option<String> {
    let order = || Command::parse(words).is_some_and(|command| command.who() != Who::Anybody);
    match speaker {
        Speaker::Guest => None,
        Speaker::Operator if order() => None,
        Speaker::Operator | Speaker::Desk => Some(direct::said_by(nick, words)),
        Speaker::Other => Some(direct::said_by_visitor(language, nick, words)),
    }
}

/// The same whenever the line is carried.
pub(super) fn carried_id(tag: &str, seq: i64) -> MessageId {
    MessageId::from(format!("{tag}-d{seq}"))
}

impl Chat {
    /// The guest wrote to us directly, and a room of our own is to be opened for them.
    pub fn begin_directly(&mut self, out: &Out) {
        self.direct = Some(Direct::new(DirectStage::Calling, 0, out.mono()));
        self.marks.ours = true;
    }

    /// The guest has a direct chat beside the room.
    pub fn is_direct(&self) -> bool {
        self.direct.is_some()
    }

    /// What a guest who seems to be a robot says to everything.
    pub(super) fn words_of_robot(&self) -> Option<String> {
        let direct = self.direct.as_ref().filter(|direct| direct.repeated >= REPEATED_MAX)?;
        Some(direct.last_words.clone())
    }

    /// The desk opened the room itself.
    pub(super) fn is_our_room(&self) -> bool {
        self.marks.ours
    }

    /// The guest reads what we write to them directly, as far as anybody can tell, and nothing in the room.
    pub fn listens_directly(&self) -> bool {
        self.direct.as_ref().is_some_and(|direct| direct.stage != DirectStage::Resting)
    }

    /// Where the guest is written to.
    pub(super) fn direct_address(&self) -> Jid {
        match self.guest.resource().as_str() {
            RESOURCE_UNKNOWN => self.guest.to_bare().into(),
            _ => jid::FullJid::clone(&self.guest).into(),
        }
    }

    /// How operators read of the guest.
    pub(super) fn guest_told(&self) -> String {
        match self.listens_directly() {
            true => direct::who_writes_directly(self.guest.as_str()),
            false => self.guest.to_string(),
        }
    }

    /// The room is as safe as it can be made: the guest is asked in, and told that they need not come.
    pub(super) fn call_guest(&mut self, out: &mut Out) {
        let until = out.mono() + CLIENT_COMES;
        let (to, room, password) = (self.direct_address(), self.room.clone(), Option::clone(&self.password));
        let Some(direct) = self.direct.as_mut().filter(|direct| direct.stage == DirectStage::Calling) else { return };
        direct.comes_until = Some(until);
        let id = |what: &str| MessageId::of(&self.tag, what);
        let body = direct::room_opened(self.language, &room, password.as_deref());
        out.speak(Speech::Direct { to: to.clone(), id: id("w"), body, language: self.language });
        let reason = direct::invitation(self.language);
        out.speak(Speech::Invite { to, room, password, reason, id: id("i") });
    }

    /// The guest is in the room, and hears what is said there.
    pub(super) fn guest_hears(&mut self) {
        let place = self.last_place;
        if let Some(direct) = &mut self.direct {
            direct.stage = DirectStage::Resting;
            direct.comes_until = None;
            direct.asked_at = None;
            direct.certain = place;
            direct.lines.clear();
        }
    }

    /// The session is new, or was away for a while: nobody was silent who could not be heard.
    pub(super) fn direct_chat_goes_on(&mut self, now: Mono) {
        if let Some(direct) = &mut self.direct {
            (direct.heard_at, direct.asked_at) = (now, None);
        }
    }

    /// Somebody said something that shows that the chat goes on.
    pub(super) fn sign_of_talk(&mut self, now: Mono) {
        self.direct_chat_goes_on(now);
    }

    /// The guest writes under another address of their account than before.
    pub(super) fn learn_address(&mut self, from: &FullJid) {
        if !self.guest_is_inside() {
            *self.guest = from.clone();
        }
    }

    pub(super) fn guest_is_inside(&self) -> bool {
        matches!(&self.visit, Visit::Inside(inside) if inside.has(Person::Guest))
    }

    // Deadlines

    pub(super) fn direct_deadline(&self, office: &Office) -> Option<(Mono, Cause)> {
        let direct = self.direct.as_ref().filter(|_| !self.stage.ending())?;
        let comes = direct.comes_until.map(|at| (at, Cause::ClientAway));
        let certain = self.certain_at().map(|at| (at, Cause::GuestHasWords));
        let idle = self.idle_deadline(direct, office).map(|at| (at, Cause::GuestSilent));
        sooner(sooner(comes, certain), idle)
    }

    fn idle_deadline(&self, direct: &Direct, office: &Office) -> Option<Mono> {
        let inside = matches!(self.visit, Visit::Inside(_));
        let carrying = inside && direct.stage == DirectStage::Carrying && self.guest_gone.is_none();
        let quiet = direct.heard_at + office.settings.alias_idle;
        carrying.then(|| direct.asked_at.map_or(quiet, |asked| asked + STILL_THERE))
    }

    pub(super) fn direct_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let Some(direct) = &self.direct else { return };
        if direct.comes_until.is_some_and(|at| at <= now) {
            self.carry_from_now_on(out);
        }
        self.note_certain(now);
        let Some(direct) = &self.direct else { return };
        if self.idle_deadline(direct, office).is_some_and(|at| at <= now) {
            self.guest_is_silent(office, out);
        }
    }

    fn guest_is_silent(&mut self, office: &mut Office, out: &mut Out) {
        let Some(direct) = &mut self.direct else { return };
        if direct.asked_at.is_none() {
            direct.asked_at = Some(out.mono());
            return self.say(direct::are_you_there(self.language, STILL_THERE.as_secs()), out);
        }
        let outcome = self.outcome_by_talk(crate::desk::record::Outcome::Abandoned);
        let last_words = direct::guest_is_silent(self.language);
        self.close(outcome, last_words, "the guest writes nothing any more", office, out);
    }
}
