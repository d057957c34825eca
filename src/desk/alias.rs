//! The alias: one address that anybody with any client can simply write to. The first words open a chat in a room of the
//! desk's own; whatever is written while a chat is open goes there.
//!
//! Who is whose: the guest of an open chat is known by full JID, and where they write directly by their account as well,
//! for people answer from another device. Not so for accounts that many guests share: they are listed in the
//! configuration, or show themselves by having several chats open.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::{FullJid, Jid};

use super::Desk;
use super::bounds::Limit;
use super::chat::Chat;
use super::event::{DirectMessage, Invitation, InvitationForm};
use super::facts::Brought;
use super::guests::RESOURCE_UNKNOWN;
use super::ids::{ChatId, RoomJid, bare_of};
use super::moment::Mono;
use super::office::Out;
use super::record::Counter;
use super::wording::{self, Language, direct};

/// So long after a chat's end words open no new one: a robot that answers our last words must not begin anew, and "thank
/// you" is no question.
const AFTERWORDS: Duration = Duration::from_secs(60);
/// So many ended chats are remembered for that; when there are more, the oldest are forgotten.
const ENDED_MAX: usize = 1_000;

/// So long what a robot said all the time opens no new chat.
const ROBOT: Duration = Duration::from_secs(3_600);

/// Whose chats ended a moment ago.
#[derive(Debug, Clone, Default)]
pub struct Afterwords(BTreeMap<Jid, Ended>);

/// A chat that ended.
#[derive(Debug, Clone)]
struct Ended {
    at: Mono,
    /// The guest knows that what they write now is read by nobody.
    told: bool,
    /// What they said to everything, if they seemed to be a robot.
    robot: Option<String>,
}

/// What is said to somebody who writes behind the end of their chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Afterword {
    /// Their chat is long over, or there was none.
    New,
    /// They are told that it is over.
    Tell,
    /// They know.
    Silence,
}

impl Ended {
    fn matters(&self, now: Mono) -> bool {
        now.since(self.at) < if self.robot.is_some() { ROBOT } else { AFTERWORDS }
    }
}

impl Afterwords {
    /// A chat of theirs has ended. `robot`: what they said to everything, if they seemed to be one.
    pub fn ended(&mut self, whose: Jid, robot: Option<String>, now: Mono) {
        if self.0.len() >= ENDED_MAX {
            self.0.retain(|_, ended| ended.matters(now));
        }
        if self.0.len() >= ENDED_MAX
            && let Some(oldest) = self.0.iter().min_by_key(|(_, ended)| ended.at).map(|(whose, _)| whose.clone())
        {
            self.0.remove(&oldest);
        }
        self.0.entry(whose).or_insert(Ended { at: now, told: false, robot });
    }

    fn weigh(&mut self, whose: &Jid, words: &str, now: Mono) -> Afterword {
        let Some(ended) = self.0.get_mut(whose) else { return Afterword::New };
        if ended.robot.as_deref() == Some(words) && ended.matters(now) {
            return Afterword::Silence;
        }
        if now.since(ended.at) >= AFTERWORDS {
            self.0.remove(whose);
            return Afterword::New;
        }
        if std::mem::replace(&mut ended.told, true) { Afterword::Silence } else { Afterword::Tell }
    }
}

impl Desk {
    /// May what this person writes go into a chat, or open one? Not what comes through a room, from an occupant who may be
    /// anybody.
    pub(super) fn may_write(&self, from: &Jid) -> bool {
        let through_a_room = self.office.settings.services.iter().any(|service| service == from.domain().as_str())
            || RoomJid::new(from.to_bare()).is_some_and(|room| self.at(&room).is_some());
        let opens = self.office.settings.alias && self.office.welcomes(from.domain().as_str());
        !through_a_room && from.node().is_some() && (opens || self.open_chat_of(from).is_some())
    }

    /// Words of a guest.
    pub(super) fn written(&mut self, message: DirectMessage, language: Language, out: &mut Out) {
        if message.body.trim().is_empty() {
            return out.count(Counter::StanzaIgnored);
        }
        let Some(guest) = full(&message.from) else { return out.count(Counter::StanzaIgnored) };
        if let Some(chat) = self.open_chat_of(&message.from) {
            return self.with_chat(chat, out, |chat, office, out| chat.written(&guest, &message, office, out));
        }
        if message.encrypted {
            return self.cannot_read(message.from, language, out);
        }
        let whose = self.whose(&message.from);
        match self.office.afterwords.weigh(&whose, &message.body, out.mono()) {
            Afterword::New => self.open_directly(&message, guest, language, out),
            Afterword::Tell => {
                self.reply(message.from, direct::chat_is_over(language, AFTERWORDS.as_secs()), language, out);
            }
            Afterword::Silence => out.count(Counter::StrangerUnanswered),
        }
    }

    /// `!bye`
    pub(super) fn goodbye(&mut self, from: Jid, language: Language, out: &mut Out) {
        match self.open_chat_of(&from) {
            Some(chat) => self.with_chat(chat, out, |chat, office, out| chat.guest_says_goodbye(office, out)),
            None => self.reply(from, direct::no_chat(language), language, out),
        }
    }

    /// Nobody can read it, so nobody could help.
    fn cannot_read(&mut self, from: Jid, language: Language, out: &mut Out) {
        if self.remember_stranger(&from, out) {
            self.reply(from, direct::cannot_read_encrypted(language), language, out);
        } else {
            out.count(Counter::StrangerUnanswered);
        }
    }

    /// The chat into which this person writes.
    pub(super) fn open_chat_of(&self, from: &Jid) -> Option<ChatId> {
        let guests = &self.office.guests;
        let own = full(from).and_then(|full| guests.chat_of(&full));
        own.or_else(|| {
            let account = from.to_bare();
            let shared = self.office.settings.shared_accounts.contains(&account);
            let only = guests.only_chat_of_account(&account).filter(|_| !shared)?;
            self.chats.get(&only).filter(|chat| chat.is_direct()).map(|chat| chat.id)
        })
    }

    /// Who counts as one person: an account, or one client of an account that many share.
    fn whose(&self, from: &Jid) -> Jid {
        whose(from, &self.office.settings.shared_accounts)
    }

    fn open_directly(&mut self, message: &DirectMessage, guest: FullJid, language: Language, out: &mut Out) {
        let Some(room) = self.fresh_room(out) else { return };
        let invitation = Invitation {
            room,
            from: message.from.clone(),
            form: InvitationForm::Written,
            password: None,
            reason: None,
            language: message.language.clone(),
            brought: Brought::default(),
        };
        if let Err(limit) = self.office.bounds.invitations.take(&bare_of(&guest), out.mono()) {
            return self.too_many_directly(limit, &invitation, guest, language, out);
        }
        if self.office.retiring {
            return self.refuse(&invitation, guest, wording::not_accepting(language), out);
        }
        let Some(id) = self.begin(&invitation, guest.clone(), Chat::begin_directly, out) else { return };
        self.with_chat(id, out, |chat, office, out| chat.written(&guest, message, office, out));
    }

    fn too_many_directly(
        &mut self,
        limit: Limit,
        invitation: &Invitation,
        guest: FullJid,
        language: Language,
        out: &mut Out,
    ) {
        self.office.limit_reached(limit.name(), out);
        let sentence = wording::too_many_chats(language);
        self.tell_why_not(Counter::InvitationLimited, invitation, guest, sentence, out);
    }

    /// A name that nobody can guess, on the first of the services.
    fn fresh_room(&self, out: &Out) -> Option<RoomJid> {
        let service = self.office.settings.services.first()?;
        format!("chat-{}@{service}", out.stamp.entropy.hex()).parse().ok()
    }
}

/// Who counts as one person where so many accounts are shared.
pub fn whose(from: &Jid, shared: &[jid::BareJid]) -> Jid {
    if shared.contains(&from.to_bare()) { from.clone() } else { from.to_bare().into() }
}

/// Who writes from a bare JID (a gateway may) has a resource that nobody can have.
fn full(from: &Jid) -> Option<FullJid> {
    match from.clone().try_into_full() {
        Ok(full) => Some(full),
        Err(bare) => bare.with_resource_str(RESOURCE_UNKNOWN).ok(),
    }
}
