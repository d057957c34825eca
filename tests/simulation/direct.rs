//! Guests who write directly: what they write comes into the room once, and is theirs; what is said there reaches them
//! where they are not in the room.

use std::collections::{BTreeMap, BTreeSet};

use frontdesk::desk::action::{Action, Speech};
use frontdesk::desk::event::{Answer, DirectMessage, Event};
use frontdesk::desk::ids::{ChatId, MessageId, StanzaId};
use frontdesk::desk::record::{LineKind, LineRecord, Record, Speaker};
use frontdesk::desk::snapshot::Snapshot;
use jid::{BareJid, Jid};

use super::oracle::Verdict;
use crate::world::{Mail, World};

#[derive(Default)]
pub struct Directly {
    /// Messages that were written to the desk, by account and id.
    written: BTreeMap<(BareJid, MessageId), String>,
    /// What the desk sent under which id, and how often since the last session or life of its began.
    sent: BTreeMap<MessageId, (String, u32)>,
    /// Lines that a guest who is not in the room is owed.
    owed: BTreeSet<(ChatId, i64)>,
    fresh: Vec<(ChatId, i64)>,
    /// Messages of the account's archive that the desk has got, and which of them it cannot forget any more.
    got: Vec<StanzaId>,
    got_for_good: BTreeSet<StanzaId>,
    wrong: Option<String>,
}

impl Directly {
    pub fn decided(&mut self, event: &Event, actions: &[Action]) {
        if matches!(event, Event::Connected) {
            self.sent.values_mut().for_each(|(_, times)| *times = 0);
        }
        match event {
            Event::QuestionAnswered { answer: Answer::Archived(page), .. } => {
                page.direct.iter().for_each(|message| self.read(message));
            }
            Event::DirectMessageReceived(message) => self.read(message),
            _ => {}
        }
        if let Event::DirectMessageReceived(message) = event
            && message.id.is_some()
        {
            // Silence is no answer: the words go somewhere, or it is said that they do not, or it is known why not.
            let heard = actions.iter().any(|action| {
                matches!(
                    action,
                    Action::Remember(Record::Line(_) | Record::Counted(_)) | Action::Speak(Speech::Direct { .. })
                )
            });
            if !heard {
                self.wrong = Some(format!("I1: {:?} of {} came to nothing", message.body, message.from));
            }
        }
        for action in actions {
            match action {
                Action::Speak(Speech::Direct { id, body, .. }) if id.0.contains("-d") => self.sent(id, body),
                Action::Remember(Record::Line(line)) if line.kind == LineKind::Said && is_carried(line) => {
                    self.fresh.push((line.chat, line.seq));
                }
                Action::Remember(Record::Heard(heard)) => self.fresh.push((heard.chat, heard.seq)),
                _ => {}
            }
        }
    }

    fn read(&mut self, message: &DirectMessage) {
        self.got.extend(message.archived.clone());
        if let Some(id) = &message.id {
            self.written.insert((message.from.to_bare(), id.clone()), message.body.clone());
        }
    }

    fn sent(&mut self, id: &MessageId, body: &str) {
        let (words, times) = self.sent.entry(id.clone()).or_insert_with(|| (body.to_owned(), 0));
        *times += 1;
        if words != body {
            self.wrong = Some(format!("{id} was sent as {words:?}, and then as {body:?}"));
        }
        if *times > 1 {
            self.wrong = Some(format!("{id} was sent {times} times in one session: {body:?}"));
        }
    }

    pub fn committed(&mut self) {
        self.got_for_good.extend(std::mem::take(&mut self.got));
    }

    pub fn died(&mut self) {
        self.got.clear();
        self.sent.values_mut().for_each(|(_, times)| *times = 0);
        self.fresh.clear();
    }

    pub fn check(&mut self, world: &World, before: Option<&Snapshot>, now: &Snapshot) -> Verdict {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        let carrying = |snapshot: &Snapshot, id: ChatId| snapshot.chats.iter().any(|chat| chat.id == id && chat.direct);
        for (chat, seq) in std::mem::take(&mut self.fresh) {
            let line = world.store.lines.get(&(chat, seq));
            let theirs = line.is_some_and(is_carried);
            let directly = before.is_some_and(|before| carrying(before, chat)) && carrying(now, chat);
            if theirs && directly {
                self.owed.insert((chat, seq));
            }
        }
        // Who has come into the room reads there.
        self.owed.retain(|(chat, _)| carrying(now, *chat) || !now.chats.iter().any(|view| view.id == *chat));
        self.words_are_theirs(world)
    }

    /// What was written to an account with an archive is heard, however often the desk died over it. (What came before it had ever
    /// written down how far it was is beyond it.)
    fn none_forgotten(&self, world: &World) -> Verdict {
        let got = |message: &DirectMessage| message.archived.as_ref().is_some_and(|id| self.got_for_good.contains(id));
        match world.own_archive.iter().skip_while(|message| !got(message)).find(|message| !got(message)) {
            Some(message) => Err(format!("I1: {message:?} was never heard")),
            None => Ok(()),
        }
    }

    /// No words twice, and none that were not written.
    fn words_are_theirs(&self, world: &World) -> Verdict {
        let Some((_, line)) = world.store.lines.last_key_value() else { return Ok(()) };
        if !line.is_relayed() {
            return Ok(());
        }
        let jid: BareJid =
            line.jid.as_ref().and_then(|jid| jid.split('/').next()?.parse().ok()).ok_or("nobody's words")?;
        let times = self.written.iter().filter(|((who, _), words)| *who == jid && **words == line.body).count();
        let mut same = world.store.lines.values().filter(|other| other.is_relayed() && other.jid.is_some());
        let told = same.by_ref().filter(|other| other.body == line.body && other.message_id == line.message_id).count();
        let robot = jid.node().is_some_and(|node| !node.as_str().starts_with("writer"));
        if told > 1 || (times == 0 && !robot) {
            return Err(format!("I2: {line:?} was written {times} times and is told {told} times"));
        }
        Ok(())
    }

    /// At the end of the day: whoever was owed a line has got it.
    pub fn arrived(&self, world: &World) -> Verdict {
        self.none_forgotten(world)?;
        for (chat, seq) in &self.owed {
            let Some(line) = world.store.lines.get(&(*chat, *seq)) else { continue };
            let record = &world.store.chats[chat];
            let id = MessageId::from(format!("{}-d{seq}", record.tag));
            let got = self.sent.get(&id).is_some_and(|(body, _)| {
                let theirs = |to: &Jid, mail: &Mail| {
                    to.to_bare() == record.guest.to_bare() && matches!(mail, Mail::Words(words) if words == body)
                };
                world.mail.iter().any(|(to, mail)| theirs(to, mail))
            });
            if !got {
                return Err(format!("I1: the guest of chat {chat} never read {line:?}"));
            }
        }
        Ok(())
    }
}

fn is_carried(line: &LineRecord) -> bool {
    let order = line.body.starts_with('!') && !line.body.starts_with("!time") && !line.body.starts_with("!help");
    match line.speaker {
        Speaker::Desk => true,
        Speaker::Operator => !order,
        Speaker::Guest | Speaker::Other => false,
    }
}
