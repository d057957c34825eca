//! A message that the guest leaves when nobody comes: kept with the chat, passed on if nobody ever came.

use chrono::{DateTime, Utc};

use super::Chat;
use super::stage::Stage;
use crate::desk::ids::QueueName;
use crate::desk::office::{Office, Out};
use crate::desk::record::{LeftMessage, Record};

/// How long a message may become, in bytes; what is said beyond stands in the transcript only.
const MESSAGE_MAX: usize = 4_000;

/// What the guest leaves for the operators, as far as they have written it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When its last line was written.
    pub at: DateTime<Utc>,
    /// All its lines.
    pub body: String,
}

impl Chat {
    /// The guest was told that they may leave a message, and writes.
    pub(super) fn add_to_message(&mut self, words: &str, out: &mut Out) {
        if !self.takes_message() {
            return;
        }
        let body = match self.message.take() {
            Some(message) => message.body + "\n" + words,
            None => self.words_so_far(words),
        };
        let end = body.floor_char_boundary(MESSAGE_MAX);
        self.message = Some(Message { at: out.stamp.at.wall, body: body.get(..end).unwrap_or_default().to_owned() });
        self.remember_message(out);
    }

    /// Are the guest's words for the operators who come later?
    pub(super) fn takes_message(&self) -> bool {
        self.marks.message_asked && matches!(*self.stage, Stage::Waiting | Stage::Offered(_))
    }

    /// Whoever was told to write what it is about need not write it again.
    fn words_so_far(&self, words: &str) -> String {
        let mut lines: Vec<&str> = self.first_words.iter().map(String::as_str).collect();
        if lines.last() != Some(&words) {
            lines.push(words);
        }
        lines.join("\n")
    }

    /// Somebody helps after all: what was to be passed on was read in the room.
    pub(super) fn withdraw_message(&mut self, out: &mut Out) {
        if let Some(message) = &mut self.message {
            message.body.clear();
            self.remember_message(out);
            self.message = None;
        }
    }

    /// The chat is over, and the guest has heard from nobody since they left a message: it waits for the queue's operators.
    pub(super) fn hand_in_message(&mut self, office: &mut Office, out: &mut Out) {
        if let Some(message) = self.left_message() {
            // Its queue and its guest's address may be others than when it was written.
            self.remember_message(out);
            office.messages.hand_in(message);
        }
    }

    fn remember_message(&self, out: &mut Out) {
        if let Some(message) = self.left_message() {
            out.remember(Record::Message(Box::new(message)));
        }
    }

    fn left_message(&self) -> Option<LeftMessage> {
        let Message { at, body } = self.message.clone()?;
        Some(LeftMessage {
            chat: self.id,
            queue: QueueName::clone(&self.queue),
            guest: jid::FullJid::clone(&self.guest),
            at,
            body,
            told: Vec::new(),
        })
    }
}
