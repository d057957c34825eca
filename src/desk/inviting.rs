//! An invitation: becomes a chat, or comes to nothing, quietly and counted.

use jid::{FullJid, Jid};

use super::Desk;
use super::action::Speech;
use super::chat::Chat;
use super::event::Invitation;
use super::ids::ChatId;
use super::office::Out;
use super::record::{ChatRecord, Counter, Marks, Outcome, Record, StageName};
use super::wording::{self, Language};

impl Desk {
    pub(super) fn invited(&mut self, invitation: &Invitation, out: &mut Out) {
        match self.weigh(invitation) {
            Verdict::Nothing(counter) => out.count(counter),
            Verdict::Refuse(guest, sentence) => self.refuse(invitation, guest, sentence, out),
            Verdict::Open(guest) => self.open(invitation, guest, out),
        }
    }

    fn weigh(&self, invitation: &Invitation) -> Verdict {
        if !self.office.settings.services.iter().any(|service| service == invitation.room.service()) {
            return Verdict::Nothing(Counter::InvitationForeignRoom);
        }
        // A room invites by occupant JID where it hides real ones; then it is known inside who they are.
        let by_nick = invitation.from.to_bare() == *invitation.room.bare();
        if !by_nick && !self.office.welcomes(invitation.from.domain().as_str()) {
            return Verdict::Nothing(Counter::InvitationForeignGuest);
        }
        if !by_nick && self.office.operators.find(&invitation.from.to_bare()).is_some() {
            return Verdict::Nothing(Counter::InvitationByOperator);
        }
        if self.rooms.contains_key(&invitation.room) {
            return Verdict::Nothing(Counter::InvitationRepeated);
        }
        let Some(guest) = guest_of(invitation) else { return Verdict::Nothing(Counter::StanzaIgnored) };
        let language = language_of(invitation);
        if self.office.retiring {
            return Verdict::Refuse(guest, wording::not_accepting(language));
        }
        if self.chats.len() >= self.office.settings.chats_open_max {
            return Verdict::Refuse(guest, wording::too_many_chats(language));
        }
        Verdict::Open(guest)
    }

    fn open(&mut self, invitation: &Invitation, guest: FullJid, out: &mut Out) {
        let id = self.next_chat_id();
        let chat = Chat::open(id, invitation, guest, &self.office, out);
        self.adopt(chat);
        let online = self.office.online();
        self.with_chat(id, out, |chat, office, out| {
            if online {
                chat.enter(office, out);
            }
        });
    }

    /// A polite refusal, and a chat in the record whose outcome says so.
    fn refuse(&mut self, invitation: &Invitation, guest: FullJid, sentence: String, out: &mut Out) {
        let id = self.next_chat_id();
        let now = out.stamp.at.wall;
        let language = language_of(invitation);
        let Some(queue) = self.office.settings.queues.first().map(|queue| queue.name.clone()) else { return };
        out.remember(Record::Chat(Box::new(ChatRecord {
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
            marks: Marks::default(),
            standing: super::record::Standing::default(),
        })));
        let to = Jid::from(guest);
        // Through the room only where it hides who they are: ejabberd passes on no decline of somebody outside.
        if invitation.from.to_bare() == *invitation.room.bare() {
            out.speak(Speech::Decline { room: invitation.room.clone(), to, reason: sentence });
        } else {
            let message = out.fresh_id();
            out.speak(Speech::Direct { to, id: message, body: sentence, language });
        }
    }

    fn next_chat_id(&mut self) -> ChatId {
        self.last_chat += 1;
        ChatId(self.last_chat)
    }
}

enum Verdict {
    Nothing(Counter),
    Refuse(FullJid, String),
    Open(FullJid),
}

/// A guest is a full JID. Who invites from a bare one (a server may say so little) is known by their resource once
/// they are seen in the room; until then a resource that nobody can have stands in.
fn guest_of(invitation: &Invitation) -> Option<FullJid> {
    match invitation.from.clone().try_into_full() {
        Ok(full) => Some(full),
        Err(bare) => bare.with_resource_str("unknown").ok(),
    }
}

fn language_of(invitation: &Invitation) -> Language {
    invitation.language.as_deref().and_then(Language::from_tag).unwrap_or_default()
}
