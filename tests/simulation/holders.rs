//! Who holds which chat according to the desk's own words: what an operator was told and a guest could read.

use std::collections::{BTreeMap, BTreeSet};

use frontdesk::desk::action::{Action, Speech};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{LineKind, Record, StageName};
use frontdesk::desk::settings::Settings;
use frontdesk::desk::snapshot::{ChatView, Snapshot};
use frontdesk::desk::wording::{self, Language, duty};
use jid::BareJid;

#[derive(Debug, Clone, Default)]
pub struct Holders {
    /// Chats that are offered to them or theirs.
    by_words: BTreeMap<BareJid, BTreeSet<ChatId>>,
    /// What was said of owners in this event: to an operator, or in a room.
    claims: Vec<Claim>,
}

#[derive(Debug, Clone)]
enum Claim {
    /// The chat is, or is not, this operator's.
    Yours(BareJid, ChatId, bool),
    /// The guest reads that somebody of this name helps.
    Helps(ChatId, String),
    /// Somebody else is told that somebody of this name has this chat.
    Has(ChatId, String),
}

impl Holders {
    /// What the desk says to operators, and of them to guests.
    pub fn hear(&mut self, action: &Action) {
        match action {
            Action::Speak(Speech::Direct { to, body, .. }) => self.tell(&to.to_bare(), body),
            // What is owed is said as soon as it can be.
            Action::Remember(Record::Line(line)) if line.kind == LineKind::Owed => {
                if let Some(name) = helper_in(&line.body) {
                    self.claims.push(Claim::Helps(line.chat, name));
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self, to: &BareJid, body: &str) {
        let handing =
            |line: &&str| line.ends_with(" to you.") && !line.starts_with("Chat ") && !line.contains(" chat ");
        let asking = |line: &&str| handing(line) || line.contains(" asks you to take over from ");
        let words = body.lines().find(|line| !line.starts_with("> ") && !asking(line)).unwrap_or_default();
        if let Some((name, chat)) = other_has_it(words) {
            self.chats(to).remove(&chat);
            self.claims.push(Claim::Has(chat, name));
            return;
        }
        let Some(chat) = number_in(words) else { return };
        let over = [
            wording::offer_lapsed(chat),
            wording::offer_revoked(chat),
            wording::offer_declined(chat),
            wording::chat_taken_back(chat),
            duty::taken_back_for_silence(chat),
        ];
        if over.iter().any(|sentence| sentence == body) {
            self.chats(to).remove(&chat);
        } else if body.contains("The offer stands for") {
            self.chats(to).insert(chat);
        } else if body.starts_with(&format!("Chat {chat} is yours. ")) {
            self.chats(to).insert(chat);
            self.claims.push(Claim::Yours(to.clone(), chat, true));
        } else if body.starts_with(&format!("Chat {chat} stays yours: ")) {
            self.claims.push(Claim::Yours(to.clone(), chat, true));
        } else if body.ends_with("in its room as a visitor.") {
            self.claims.push(Claim::Yours(to.clone(), chat, false));
        }
    }

    fn chats(&mut self, operator: &BareJid) -> &mut BTreeSet<ChatId> {
        self.by_words.entry(operator.clone()).or_default()
    }

    /// What they were told is what is true.
    pub fn agree(&mut self, settings: &Settings, now: &Snapshot, restarted: bool) -> Result<(), String> {
        if restarted {
            self.believe(now);
        }
        for claim in std::mem::take(&mut self.claims) {
            claim.holds(settings, now)?;
            self.overhear(&claim, settings, now);
        }
        let open: BTreeMap<ChatId, &ChatView> = now.chats.iter().map(|chat| (chat.id, chat)).collect();
        for chats in self.by_words.values_mut() {
            chats.retain(|chat| open.get(chat).is_some_and(|chat| chat.stage != StageName::Closing));
        }
        for (operator, chats) in &self.by_words {
            if let Some(chat) = chats.iter().find(|chat| !holds(open[chat], operator)) {
                let view = open[chat];
                return Err(format!("I3: {operator} was told that chat {chat} is theirs, but it is {view:?}"));
            }
        }
        for chat in now.chats.iter().filter(|chat| engaged(chat)) {
            let unaware = |one: &&BareJid| !self.by_words.get(*one).is_some_and(|chats| chats.contains(&chat.id));
            if let Some(operator) = holders(chat).find(unaware) {
                return Err(format!("I3: {operator} has {chat:?}, and was not told"));
            }
        }
        Ok(())
    }

    /// Who is said to help reads it too.
    fn overhear(&mut self, claim: &Claim, settings: &Settings, now: &Snapshot) {
        let Claim::Helps(chat, name) = claim else { return };
        let Some(chat) = now.chats.iter().find(|view| view.id == *chat) else { return };
        for one in settings.operators.iter().filter(|one| *one.name == **name) {
            self.chats(&one.jid).insert(chat.id);
        }
    }

    /// What was said before a crash may never have been said.
    fn believe(&mut self, now: &Snapshot) {
        self.by_words.clear();
        for chat in now.chats.iter().filter(|chat| engaged(chat)) {
            for operator in holders(chat) {
                self.by_words.entry(operator.clone()).or_default().insert(chat.id);
            }
        }
    }
}

impl Claim {
    fn holds(&self, settings: &Settings, now: &Snapshot) -> Result<(), String> {
        let serving = |chat: &&ChatView| chat.stage == StageName::Serving;
        let named = |chat: &ChatView, name: &str| {
            let owner = settings.operators.iter().find(|one| Some(&one.jid) == chat.operator.as_ref());
            owner.is_none_or(|owner| &*owner.name == name)
        };
        let right = match self {
            Self::Yours(operator, chat, yours) => {
                let view = now.chats.iter().filter(serving).find(|view| view.id == *chat);
                view.is_none_or(|view| (view.operator.as_ref() == Some(operator)) == *yours)
            }
            Self::Helps(chat, name) | Self::Has(chat, name) => {
                let view = now.chats.iter().filter(serving).find(|view| view.id == *chat);
                view.is_none_or(|view| named(view, name))
            }
        };
        if right { Ok(()) } else { Err(format!("I3: {self:?} was said, but: {:?}", now.chats)) }
    }
}

/// Somebody has it, or is asked.
pub fn engaged(chat: &ChatView) -> bool {
    matches!(chat.stage, StageName::Offered | StageName::Serving)
}

fn holders(chat: &ChatView) -> impl Iterator<Item = &BareJid> {
    let owner = chat.operator.as_ref().filter(|_| chat.stage == StageName::Serving);
    owner.into_iter().chain(&chat.offered_to)
}

fn holds(chat: &ChatView, operator: &BareJid) -> bool {
    engaged(chat) && holders(chat).any(|one| one == operator)
}

/// "Chat 7 …", "The offer of chat 7 …", "You declined chat 7; …"
fn number_in(words: &str) -> Option<ChatId> {
    let rest =
        ["Chat ", "The offer of chat ", "You declined chat "].iter().find_map(|start| words.strip_prefix(start))?;
    number_at(rest)
}

fn number_at(rest: &str) -> Option<ChatId> {
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(ChatId)
}

/// "Bob has taken chat 7.", "Bob has chat 7 now."
fn other_has_it(words: &str) -> Option<(String, ChatId)> {
    let (name, rest) = words.split_once(" has taken chat ").or_else(|| words.split_once(" has chat "))?;
    Some((name.to_owned(), number_at(rest)?))
}

/// Whoever is said to help, where somebody is.
fn helper_in(words: &str) -> Option<String> {
    for language in [Language::English, Language::German] {
        let sentences = [wording::operator_is_here(language, "|"), wording::operator_is_coming(language, "|")];
        for sentence in sentences {
            let (_, end) = sentence.split_once('|')?;
            if let Some(name) = words.strip_suffix(end).filter(|name| !name.contains(' ')) {
                return Some(name.to_owned());
            }
        }
        let sentence = duty::handed_over(language, "|", "#");
        let (_, middle) = sentence.split_once('#')?;
        let (middle, end) = middle.split_once('|')?;
        if let Some((name, _)) = words.strip_suffix(end).and_then(|words| words.split_once(middle)) {
            return Some(name.to_owned());
        }
    }
    None
}
