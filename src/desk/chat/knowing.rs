//! What is known about the guest when the chat begins, and who vouches for it.

use super::{Chat, LineDraft, primary_language};
use crate::desk::event::{Invitation, InvitationForm};
use crate::desk::facts::{Channel, GuestFacts, Trusted};
use crate::desk::ids::ChatId;
use crate::desk::office::{Office, Out};
use crate::desk::record::{Counter, LineKind, Record, Speaker};
use crate::desk::token::{UsedToken, Worthless};
use crate::desk::wording::card;
use jid::FullJid;

/// What came of the token that a guest brought; nothing where they brought none.
pub(super) type Proof = Option<Result<(Trusted, UsedToken), Worthless>>;

/// Looks at the token that came with an invitation.
pub(super) fn proof(chat: ChatId, invitation: &Invitation, office: &mut Office, out: &Out) -> Proof {
    let token = invitation.brought.token.as_ref()?;
    Some(office.tokens.prove(token, office.settings.token.as_ref(), chat, out.stamp.at.wall))
}

/// What is known of a guest who asks for help.
pub(super) fn facts(invitation: &Invitation, guest: &FullJid, proof: &Proof, office: &Office) -> GuestFacts {
    let trusted = match proof {
        Some(Ok((trusted, _))) => Some(trusted.clone()),
        _ => None,
    };
    let id = trusted.as_ref().map(|trusted| trusted.id.as_str());
    GuestFacts {
        channel: match invitation.form {
            InvitationForm::Mediated | InvitationForm::Direct => Channel::Room,
            InvitationForm::Written => Channel::Direct,
        },
        language: invitation.spoken_language().and_then(primary_language),
        returning: office.returning.get(guest, id).is_some(),
        reason: invitation.reason.clone(),
        said: invitation.brought.said.clone(),
        trusted,
        ..GuestFacts::new(guest.clone())
    }
}

impl Chat {
    /// A token that was used is remembered; one that proves nothing is recorded, without a word of it.
    pub(super) fn note_proof(&mut self, proof: Proof, out: &mut Out) {
        match proof {
            None => {}
            Some(Ok((_, used))) => out.remember(Record::TokenUsed(used)),
            Some(Err(why)) => {
                out.count(Counter::TokenRefused);
                self.line(LineDraft::new(LineKind::Note, Speaker::Desk, card::token_refused(why)), out);
            }
        }
    }

    /// What operators should know of the guest before they come.
    pub(super) fn case(&self) -> String {
        card::case(&self.facts, self.facts.trusted_of(&self.guest))
    }
}
