//! Who holds which chat according to the desk's own words: what an operator was told and a guest could read.

use std::collections::BTreeMap;

use frontdesk::desk::action::{Action, Speech};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::StageName;
use frontdesk::desk::snapshot::Snapshot;
use frontdesk::desk::wording;
use jid::BareJid;

#[derive(Default)]
pub struct Holders {
    by_words: BTreeMap<BareJid, BTreeMap<ChatId, Told>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is offered to them, or theirs.
    Yours,
}

impl Holders {
    /// What the desk says to operators.
    pub fn hear(&mut self, action: &Action) {
        let Action::Speak(Speech::Direct { to, body, .. }) = action else { return };
        let Some(chat) = number_in(body) else { return };
        let chats = self.by_words.entry(to.to_bare()).or_default();
        let over = [
            wording::offer_lapsed(chat),
            wording::offer_revoked(chat),
            wording::offer_declined(chat),
            wording::chat_taken_back(chat),
            wording::duty::taken_back_for_silence(chat),
        ];
        if over.contains(body) {
            chats.remove(&chat);
        } else if body.contains("The offer stands for") || body.starts_with(&format!("Chat {chat} is yours")) {
            chats.insert(chat, Told::Yours);
        }
    }

    /// What they were told is what is true.
    pub fn agree(&mut self, now: &Snapshot, restarted: bool) -> Result<(), String> {
        if restarted {
            self.believe(now);
        }
        let open: BTreeMap<ChatId, StageName> = now.chats.iter().map(|chat| (chat.id, chat.stage)).collect();
        for chats in self.by_words.values_mut() {
            chats.retain(|chat, _| open.get(chat).is_some_and(|stage| *stage != StageName::Closing));
        }
        for (operator, chats) in &self.by_words {
            for chat in chats.keys() {
                let holder = now.chats.iter().find(|view| view.id == *chat).and_then(|view| view.operator.as_ref());
                if holder != Some(operator) {
                    return Err(format!("I3: {operator} was told that chat {chat} is theirs, but it is {holder:?}'s"));
                }
            }
        }
        Ok(())
    }

    /// What was said before a crash may never have been said.
    fn believe(&mut self, now: &Snapshot) {
        self.by_words.clear();
        for chat in now.chats.iter().filter(|chat| super::oracle::engaged(chat)) {
            if let Some(operator) = &chat.operator {
                self.by_words.entry(operator.clone()).or_default().insert(chat.id, Told::Yours);
            }
        }
    }
}

/// "Chat 7 …", "The offer of chat 7 …", "You declined chat 7; …"
fn number_in(words: &str) -> Option<ChatId> {
    let rest =
        ["Chat ", "The offer of chat ", "You declined chat "].iter().find_map(|start| words.strip_prefix(start))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(ChatId)
}
