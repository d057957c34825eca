//! An invitation: becomes a chat, or comes to nothing, quietly and counted.

use std::sync::Arc;

use jid::{FullJid, Jid};

use super::Desk;
use super::action::Speech;
use super::bounds::Limit;
use super::chat::Chat;
use super::event::Invitation;
use super::guests::RESOURCE_UNKNOWN;
use super::ids::{ChatId, account_of, bare_of};
use super::moment::Mono;
use super::office::Out;
use super::record::{ChatRecord, Counter, Marks, Outcome, Record, StageName};
use super::wording::{self, Language};

impl Desk {
    pub(super) fn invited(&mut self, invitation: &Invitation, out: &mut Out) {
        match self.weigh(invitation, out.mono()) {
            Verdict::Nothing(counter) => out.count(counter),
            Verdict::TooMany(limit, guest, sentence) => {
                self.office.limit_reached(limit.name(), out);
                self.tell_why_not(Counter::InvitationLimited, invitation, guest, sentence, out);
            }
            Verdict::Elsewhere(guest, sentence) => {
                self.tell_why_not(Counter::InvitationElsewhere, invitation, guest, sentence, out);
            }
            Verdict::Refuse(guest, sentence) => self.refuse(invitation, guest, sentence, out),
            Verdict::Open(guest) => self.open(invitation, guest, out),
        }
    }

    fn weigh(&mut self, invitation: &Invitation, now: Mono) -> Verdict {
        if !self.office.settings.services.iter().any(|service| service == invitation.room.service()) {
            return Verdict::Nothing(Counter::InvitationForeignRoom);
        }
        // A room invites by occupant JID where it hides real ones; then it is known inside who they are.
        let by_nick = account_of(&invitation.from) == invitation.room.bare().as_str();
        if !by_nick && !self.office.welcomes(invitation.from.domain().as_str()) {
            return Verdict::Nothing(Counter::InvitationForeignGuest);
        }
        if !by_nick && self.office.operators.find(&invitation.from).is_some() {
            return Verdict::Nothing(Counter::InvitationByOperator);
        }
        if self.at(&invitation.room).is_some() {
            return Verdict::Nothing(Counter::InvitationRepeated);
        }
        let Some(guest) = guest_of(invitation) else { return Verdict::Nothing(Counter::StanzaIgnored) };
        let language = language_of(invitation);
        if let Err(limit) = self.office.bounds.invitations.take(&bare_of(&guest), now) {
            return Verdict::TooMany(limit, guest, wording::too_many_chats(language));
        }
        if let Some(room) = self.office.guests.elsewhere(&guest, None) {
            let sentence = wording::chat_elsewhere(language, room);
            return Verdict::Elsewhere(guest, sentence);
        }
        if self.office.retiring {
            return Verdict::Refuse(guest, wording::not_accepting(language));
        }
        Verdict::Open(guest)
    }

    fn open(&mut self, invitation: &Invitation, guest: FullJid, out: &mut Out) {
        self.begin(invitation, guest, |_, _| {}, out);
    }

    /// A chat begins, if there is a place for it. `prepare` is done to it before it wants into its room.
    pub(super) fn begin(
        &mut self,
        invitation: &Invitation,
        guest: FullJid,
        prepare: impl FnOnce(&mut Chat, &Out),
        out: &mut Out,
    ) -> Option<ChatId> {
        if self.chats.len() >= self.office.settings.chats_open_max && !self.make_place(&guest, out) {
            let sentence = wording::too_many_chats(language_of(invitation));
            self.office.limit_reached("rooms.chats_open_max: further guests are sent away", out);
            self.refuse(invitation, guest, sentence, out);
            return None;
        }
        let id = self.next_chat_id();
        let mut chat = Chat::open(id, invitation, guest, &mut self.office, out);
        prepare(&mut chat, out);
        self.adopt(chat);
        let online = self.office.online();
        self.with_chat(id, out, |chat, office, out| {
            // Where nobody else is asked about the guest, what the invitation brought is all.
            if office.settings.crms.is_empty() {
                chat.ask_rules(office, out);
            }
            if online {
                chat.enter(out);
            }
        });
        Some(id)
    }

    /// The house is full. Whoever has sent more invitations that still wait for us than this guest has gives one place
    /// back, so that a flood crowds out itself and nobody else.
    fn make_place(&mut self, guest: &FullJid, out: &mut Out) -> bool {
        let Some(other) = self.office.bounds.doors.latest_of_the_most(&bare_of(guest)) else { return false };
        self.with_chat(other, out, |chat, office, out| chat.crowded_out(office, out));
        !self.chats.contains_key(&other)
    }

    /// Nothing comes of it; the guest is told why, but not again and again.
    pub(super) fn tell_why_not(
        &mut self,
        counter: Counter,
        invitation: &Invitation,
        guest: FullJid,
        why: String,
        out: &mut Out,
    ) {
        out.count(counter);
        if self.office.bounds.may_tell(&guest, out.mono()) {
            answer(invitation, guest, why, out);
        }
    }

    /// A polite refusal, and a chat in the record whose outcome says so; whoever asks again a moment later is counted.
    pub(super) fn refuse(&mut self, invitation: &Invitation, guest: FullJid, sentence: String, out: &mut Out) {
        if !self.office.bounds.may_tell(&guest, out.mono()) {
            return out.count(Counter::InvitationLimited);
        }
        let id = self.next_chat_id();
        let now = out.stamp.at.wall;
        let language = language_of(invitation);
        let Some(queue) = self.office.settings.queues.first().map(|queue| queue.name.clone()) else { return };
        out.remember(Record::Chat(Arc::new(ChatRecord {
            id,
            room: invitation.room.clone(),
            guest: guest.clone(),
            queue,
            stage: StageName::Closed,
            operator: None,
            opened_at: now,
            stage_at: now,
            closed_at: Some(now),
            outcome: Some(Outcome::Refused),
            password: None,
            language,
            tag: out.stamp.entropy.hex(),
            anchor: None,
            holes: Vec::new(),
            marks: Marks::default(),
            standing: super::record::Standing::default(),
            direct: None,
        })));
        answer(invitation, guest, sentence, out);
    }

    fn next_chat_id(&mut self) -> ChatId {
        self.last_chat += 1;
        ChatId(self.last_chat)
    }
}

enum Verdict {
    Nothing(Counter),
    TooMany(Limit, FullJid, String),
    Elsewhere(FullJid, String),
    Refuse(FullJid, String),
    Open(FullJid),
}

/// Through the room only where it hides who they are: ejabberd passes on no decline of somebody outside.
fn answer(invitation: &Invitation, guest: FullJid, sentence: String, out: &mut Out) {
    let to = Jid::from(guest);
    if account_of(&invitation.from) == invitation.room.bare().as_str() {
        out.speak(Speech::Decline { room: invitation.room.clone(), to, reason: sentence });
    } else {
        let (id, language) = (out.fresh_id(), language_of(invitation));
        out.speak(Speech::Direct { to, id, body: sentence, language });
    }
}

/// A guest is a full JID. Who invites from a bare one (a server may say so little) is known by their resource once
/// they are seen in the room; until then a resource that nobody can have stands in.
fn guest_of(invitation: &Invitation) -> Option<FullJid> {
    match invitation.from.clone().try_into_full() {
        Ok(full) => Some(full),
        Err(bare) => bare.with_resource_str(RESOURCE_UNKNOWN).ok(),
    }
}

fn language_of(invitation: &Invitation) -> Language {
    invitation.spoken_language().and_then(Language::from_tag).unwrap_or_default()
}
