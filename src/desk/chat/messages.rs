//! A message that the guest leaves when nobody comes: kept with the chat, passed on if nobody ever came.

use super::Chat;
use super::stage::Stage;
use crate::desk::office::{Office, Out};
use crate::desk::record::{LeftMessage, Outcome, Record};

/// How long a message may become, in bytes; what is said beyond stands in the transcript only.
const MESSAGE_MAX: usize = 4_000;

impl Chat {
    /// The guest was told that they may leave a message, and writes.
    pub(super) fn add_to_message(&mut self, words: &str, out: &mut Out) {
        if !self.marks.message_asked || !matches!(self.stage, Stage::Waiting | Stage::Offered(_)) {
            return;
        }
        let mut body = self.message.take().unwrap_or_default();
        if !body.is_empty() {
            body.push('\n');
        }
        let room = MESSAGE_MAX.saturating_sub(body.len()).min(words.len());
        body.push_str(words.get(..words.floor_char_boundary(room)).unwrap_or_default());
        self.message = Some(body);
        self.remember_message(out);
    }

    /// Somebody came after all: what was to be passed on was read in the room.
    pub(super) fn withdraw_message(&mut self, out: &mut Out) {
        if self.message.take().is_some() {
            self.message = Some(String::new());
            self.remember_message(out);
            self.message = None;
        }
    }

    /// The chat is over, and nobody came: the message waits for the queue's operators.
    pub(super) fn hand_in_message(&mut self, outcome: Outcome, office: &mut Office, out: &mut Out) {
        if outcome == Outcome::Answered {
            return self.withdraw_message(out);
        }
        if let Some(message) = self.left_message(out) {
            office.messages.hand_in(message);
        }
    }

    fn remember_message(&self, out: &mut Out) {
        if let Some(message) = self.left_message(out) {
            out.remember(Record::Message(Box::new(message)));
        }
    }

    fn left_message(&self, out: &Out) -> Option<LeftMessage> {
        Some(LeftMessage {
            chat: self.id,
            queue: self.queue.clone(),
            guest: self.guest.clone(),
            at: out.stamp.at.wall,
            body: self.message.clone()?,
            told: Vec::new(),
        })
    }
}
