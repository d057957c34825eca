//! What was written to us directly and nobody wrote down.
//!
//! A server takes a message for delivered as soon as it was read from the socket, so what a desk had read and not yet written
//! when it was killed does not come again. Where our account has an archive (XEP-0313), a starting desk asks for what came after
//! the last message of which it knows that it was written. Such messages came late: commands among them are not obeyed, and what
//! a chat has heard it does not hear again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Desk;
use super::action::Question;
use super::event::{Answer, DirectMessage, Page};
use super::ids::StanzaId;
use super::moment::Mono;
use super::office::Out;
use super::record::{Counter, Record};

/// So many messages that came by themselves are known again in the archive. When more come before it has answered, it is
/// believed to have nothing else.
const HEARD_MAX: usize = 10_000;

/// So long after a login all has come that waited for us.
const WAITING_COMES: Duration = Duration::from_secs(5);

/// How far we are in our account's archive.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// Up to this message all was heard, and is written.
    reached: Option<StanzaId>,
    /// The archive may have more that was not.
    behind: bool,
    /// When it is asked.
    ask_at: Option<Mono>,
    /// What came by itself meanwhile.
    heard: BTreeSet<StanzaId>,
    /// The last of that.
    latest: Option<StanzaId>,
}

impl Inbox {
    /// Where an earlier desk had come.
    pub fn restored(reached: Option<StanzaId>) -> Self {
        Self { behind: reached.is_some(), reached, ..Self::default() }
    }

    /// A message came by itself.
    fn hear(&mut self, id: StanzaId, out: &mut Out) {
        self.latest = Some(id.clone());
        if self.behind && self.heard.len() < HEARD_MAX {
            self.heard.insert(id);
        } else {
            self.catch_up(out);
        }
    }

    /// The archive has no more that we do not know, as far as anybody can tell.
    fn catch_up(&mut self, out: &mut Out) {
        self.behind = false;
        self.heard.clear();
        if let Some(latest) = self.latest.take() {
            self.reach(latest, out);
        }
    }

    fn reach(&mut self, id: StanzaId, out: &mut Out) {
        if self.reached.as_ref() != Some(&id) {
            out.remember(Record::InboxReached(id.clone()));
            self.reached = Some(id);
        }
    }

    /// What of this page is news to us.
    fn read(&mut self, page: Page, out: &mut Out) -> Vec<DirectMessage> {
        let known = |message: &DirectMessage| message.archived.as_ref().is_some_and(|id| self.heard.remove(id));
        let (_, news): (Vec<_>, Vec<_>) = page.direct.into_iter().partition(known);
        if let Some(last) = page.last.clone() {
            self.reach(last, out);
        }
        if page.complete || page.last.is_none() {
            // What came by itself and was in no page came after the last one.
            self.latest.take_if(|latest| !self.heard.contains(latest));
            self.catch_up(out);
        }
        news
    }
}

impl Desk {
    /// A session begins: is there something in the archive that an earlier desk lost? That is asked when what waited for us has come.
    ///
    /// COMPAT Prosody 0.12.3: a session that asks for its archive early does not get what waited for it, and invitations are in no
    /// archive that we read.
    pub(super) fn look_into_inbox(&mut self, out: &Out) {
        let inbox = &mut self.office.inbox;
        inbox.ask_at = inbox.behind.then(|| out.mono() + WAITING_COMES);
    }

    /// When the archive is asked.
    pub(super) fn inbox_deadline(&self) -> Option<Mono> {
        self.office.inbox.ask_at.filter(|_| self.office.online())
    }

    /// It may be time for that.
    pub(super) fn inbox_due(&mut self, out: &mut Out) {
        if self.inbox_deadline().is_some_and(|at| at <= out.mono()) {
            self.office.inbox.ask_at = None;
            self.ask_inbox(out);
        }
    }

    fn ask_inbox(&self, out: &mut Out) {
        let inbox = &self.office.inbox;
        if let Some(after) = inbox.reached.clone().filter(|_| inbox.behind) {
            out.ask(Question::OwnArchive { after });
        }
    }

    /// Somebody wrote to us.
    pub(super) fn message_came(&mut self, message: DirectMessage, out: &mut Out) {
        if let Some(id) = message.archived.clone() {
            self.office.inbox.hear(id, out);
        }
        self.direct_message(message, out);
    }

    /// The archive has answered. One that does not answer is asked again when the next session begins.
    pub(super) fn inbox_answered(&mut self, after: &StanzaId, answer: Answer, out: &mut Out) {
        let inbox = &mut self.office.inbox;
        if !inbox.behind || inbox.reached.as_ref() != Some(after) {
            return;
        }
        match answer {
            Answer::Archived(page) => {
                for message in inbox.read(page, out) {
                    out.count(Counter::MessageRecovered);
                    self.direct_message(message, out);
                }
                self.ask_inbox(out);
            }
            // There is no archive, or it has forgotten where we were.
            Answer::Refused(_) => inbox.catch_up(out),
            _ => {}
        }
    }
}
