//! What people write to the desk directly: operators their commands, guests and strangers a question.

use std::time::Duration;

use jid::Jid;

use super::Desk;
use super::action::Speech;
use super::bounds::Reply;
use super::commands::{self, Command, Who};
use super::event::DirectMessage;
use super::ids::{OperatorId, RoomJid};
use super::office::Out;
use super::orders::Ordered;
use super::record::Counter;
use super::wording::{self, Language};
use super::zones;

/// A stranger is told how to get help once in so long.
const STRANGER_AGAIN: Duration = Duration::from_secs(3_600);
/// So many strangers are remembered. When they are more, nobody new is answered until the oldest are forgotten: a
/// flood must not make the desk a megaphone.
const STRANGERS_MAX: usize = 1_000;

impl Desk {
    pub(super) fn direct_message(&mut self, message: DirectMessage, out: &mut Out) {
        let language = message.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        let command = Command::parse(&message.body);
        let operator = self.office.operators.find(&message.from);
        match (command, operator) {
            // What was typed while we were away was about a world that is gone.
            (Some(_), _) if message.delayed => out.count(Counter::StanzaIgnored),
            (Some(command), operator) if self.may_ask(&message.from, operator) => {
                self.direct_command(command, &message.from, operator, language, out);
            }
            (None, Some(_)) => self.small_talk(message.from, out),
            (None, None) if self.may_write(&message.from) => self.written(message, language, out),
            _ => self.stranger(message.from, language, out),
        }
    }

    /// Operators, and guests in a room of ours, may ask as they like; strangers too, but see [`Self::stranger`].
    fn may_ask(&self, from: &Jid, operator: Option<OperatorId>) -> bool {
        operator.is_some() || self.office.welcomes(from.domain().as_str()) || self.room_of(from).is_some()
    }

    /// Is this to be answered? Whoever asks too much is told so once, and answered again when they were quiet.
    pub(super) fn answers(&mut self, from: &Jid, language: Language, out: &mut Out) -> bool {
        let reply = self.office.bounds.answer(&from.to_bare(), out.mono());
        if reply != Reply::Answer {
            out.count(Counter::AnswerWithheld);
        }
        if reply == Reply::AskForPatience {
            self.reply(from.clone(), wording::patience(language), language, out);
        }
        reply == Reply::Answer
    }

    fn direct_command(
        &mut self,
        command: Command,
        from: &Jid,
        operator: Option<OperatorId>,
        language: Language,
        out: &mut Out,
    ) {
        match (command, operator) {
            // What an operator decides is done, whether or not there are words for it.
            (Command::Order(order), Some(operator)) => {
                self.follow(Ordered { operator, to: from.clone(), order, said_in: None }, out);
            }
            (Command::Bye, None) => self.goodbye(from.clone(), language, out),
            (command, None) if command.who() == Who::Operators && self.open_chat_of(from).is_none() => {
                self.stranger(from.clone(), language, out);
            }
            _ if !self.answers(from, language, out) => {}
            (Command::Faq(ask), _) => self.asked_directly(ask, from, language, out),
            (Command::Unknown(text), _) => {
                self.reply(from.clone(), wording::unknown_command(&text), Language::English, out);
            }
            (Command::Time(zone), _) => {
                let sentence = zones::tell(zone.as_deref(), self.office.settings.zone, language, out.stamp.at.wall);
                self.reply(from.clone(), sentence, language, out);
            }
            (_, operator) => self.reply(from.clone(), commands::listed(language, operator.is_some()), language, out),
        }
    }

    /// An operator's words without a command. Answered as rarely as a stranger's: their client may answer by itself.
    fn small_talk(&mut self, from: Jid, out: &mut Out) {
        if self.remember_stranger(&from, out) {
            self.reply(from, wording::operator_small_talk(), Language::English, out);
        }
    }

    /// Somebody who has nothing to tell us but words: a guest is sent to their room, anybody else told how to get help.
    fn stranger(&mut self, from: Jid, language: Language, out: &mut Out) {
        if !self.remember_stranger(&from, out) {
            return out.count(Counter::StrangerUnanswered);
        }
        let sentence = match self.room_of(&from) {
            Some(room) => wording::write_in_room(language, &room),
            None if self.may_write(&from) => wording::direct::how_to_get_help(language),
            None => wording::how_to_get_help(language, self.office.settings.account.as_str()),
        };
        self.reply(from, sentence, language, out);
    }

    /// Says whether they are to be answered: not too often, not too many, and never an answer to an answer.
    pub(super) fn remember_stranger(&mut self, from: &Jid, out: &Out) -> bool {
        let now = out.mono();
        let strangers = &mut self.office.strangers;
        strangers.retain(|_, told| now.since(*told) < STRANGER_AGAIN);
        let who = from.to_bare();
        if strangers.contains_key(&who) || strangers.len() >= STRANGERS_MAX {
            return false;
        }
        strangers.insert(who, now);
        true
    }

    /// The room in which this person is a guest, or from which they wrote privately.
    fn room_of(&self, from: &Jid) -> Option<RoomJid> {
        let theirs = |chat: &&super::Chat| *from == *chat.guest || *chat.room.bare() == from.to_bare();
        self.chats.values().find(theirs).map(|chat| chat.room.clone())
    }

    pub(super) fn reply(&self, to: Jid, body: String, language: Language, out: &mut Out) {
        let id = out.fresh_id();
        out.speak(Speech::Direct { to, id, body, language });
    }
}
