//! Messages that guests left: each operator of the queue gets each, once; after a crash perhaps once more, never less.

use std::collections::BTreeMap;

use frontdesk::desk::action::{Action, Speech};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::StageName;
use jid::BareJid;

use super::model::{Model, Verdict};
use crate::world::{Mail, World};

#[derive(Default)]
pub struct Messages {
    told: BTreeMap<(ChatId, BareJid), u32>,
    /// The daemon died, and which of these were told is known by the record alone.
    died: bool,
}

impl Messages {
    pub fn hear(&mut self, action: &Action) {
        let Action::Speak(Speech::Direct { to, body, .. }) = action else { return };
        if let Some(chat) = number_in(body) {
            *self.told.entry((chat, to.to_bare())).or_default() += 1;
        }
    }

    pub fn died(&mut self) {
        self.died = true;
    }

    pub fn check(&mut self, world: &World, model: &Model) -> Verdict {
        let recorded = |chat: &ChatId, to: &BareJid| {
            world.store.messages.get(chat).is_some_and(|message| message.told.contains(to))
        };
        if std::mem::take(&mut self.died) {
            self.told.retain(|(chat, to), _| recorded(chat, to));
        }
        if let Some(((chat, to), times)) = self.told.iter().find(|(_, times)| **times > 1) {
            return Err(format!("the message of chat {chat} reached {to} {times} times"));
        }
        if world.store.messages.is_empty() {
            return Ok(());
        }
        let there = model.there();
        let left =
            world.store.messages.values().filter(|message| {
                world.store.chats[&message.chat].stage == StageName::Closed && !message.body.is_empty()
            });
        for message in left {
            for (operator, queues) in &there {
                let told = self.told.contains_key(&(message.chat, operator.clone()));
                if queues.contains(&message.queue) && !told {
                    return Err(format!("{operator} is there and does not get the message of chat {}", message.chat));
                }
            }
        }
        Ok(())
    }

    /// What is recorded as passed on was passed on.
    pub fn arrived(&self, world: &World) -> Verdict {
        for message in world.store.messages.values() {
            for operator in &message.told {
                let got = world.mail.iter().any(|(to, mail)| {
                    matches!(mail, Mail::Words(words) if to.to_bare() == *operator && number_in(words) == Some(message.chat))
                });
                if !got {
                    return Err(format!("{operator} never got the message of chat {}", message.chat));
                }
            }
        }
        Ok(())
    }
}

fn number_in(words: &str) -> Option<ChatId> {
    let (number, _) = words.strip_prefix("A message was left in chat ")?.split_once(' ')?;
    number.parse().ok().map(ChatId)
}
