//! A store that remembers in memory, with the real one's rules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use frontdesk::desk::facts::GuestFacts;
use frontdesk::desk::ids::{ChatId, QueueName, StanzaId};
use frontdesk::desk::record::{
    AttendanceRecord, ChatRecord, Choice, EndedChat, LeftMessage, LineKind, LineRecord, OperatorRecord, Rating, Record,
    Restored, RestoredChat, Speaker, StageName,
};
use frontdesk::desk::token::UsedToken;
use jid::{BareJid, FullJid};

#[derive(Debug, Clone, Default)]
pub struct Store {
    pub chats: BTreeMap<ChatId, ChatRecord>,
    pub lines: BTreeMap<(ChatId, i64), LineRecord>,
    pub counted: BTreeMap<&'static str, u64>,
    pub operators: BTreeMap<BareJid, OperatorRecord>,
    /// In the order of writing.
    pub attendance: Vec<AttendanceRecord>,
    /// In the order of choosing.
    pub choices: BTreeMap<ChatId, Vec<Choice>>,
    pub messages: BTreeMap<ChatId, LeftMessage>,
    pub ratings: BTreeMap<ChatId, Rating>,
    /// How much the FAQ was asked, and may learn.
    pub faq_rows: usize,
    pub facts: BTreeMap<ChatId, GuestFacts>,
    pub tokens: BTreeMap<String, UsedToken>,
    pub inbox: Option<StanzaId>,
    /// What the rows written since the last commit were before, the latest last.
    undo: Vec<Before>,
}

#[derive(Debug, Clone)]
enum Before {
    Chat(ChatId, Option<Box<ChatRecord>>),
    Line((ChatId, i64), Option<Box<LineRecord>>),
    Operator(BareJid, Option<OperatorRecord>),
    Attendance,
    Choice(ChatId),
    Facts(ChatId, Option<Box<GuestFacts>>),
    Token(String, Option<UsedToken>),
    Inbox(Option<StanzaId>),
    Message(ChatId, Option<Box<LeftMessage>>),
    Rating(ChatId, Option<Box<Rating>>),
    FaqRow,
}

impl Store {
    pub fn write(&mut self, record: Record) {
        match record {
            Record::Chat(chat) => {
                let id = chat.id;
                let before = self.chats.insert(id, (*chat).clone());
                self.undo.push(Before::Chat(id, before.map(Box::new)));
            }
            Record::Line(line) => {
                assert!(self.chats.contains_key(&line.chat), "a line before its chat: {line:?}");
                let key = (line.chat, line.seq);
                let before = self.lines.insert(key, *line);
                self.undo.push(Before::Line(key, None));
                assert!(before.is_none(), "a line twice: {before:?}");
            }
            Record::Heard(heard) => {
                let line = self.lines.get_mut(&(heard.chat, heard.seq)).expect("heard what is owed");
                assert_eq!(line.kind, LineKind::Owed, "heard once");
                self.undo.push(Before::Line((heard.chat, heard.seq), Some(Box::new(line.clone()))));
                line.kind = LineKind::Said;
                line.place = Some(heard.place);
                line.at = heard.at;
                line.stanza_id = heard.stanza_id;
            }
            Record::Counted(counter) => *self.counted.entry(counter.name()).or_default() += 1,
            Record::Operator(operator) => {
                let jid = operator.jid.clone();
                let before = self.operators.insert(jid.clone(), operator);
                self.undo.push(Before::Operator(jid, before));
            }
            Record::Attendance(record) => {
                self.undo.push(Before::Attendance);
                self.attendance.push(record);
            }
            Record::Choice(choice) => {
                assert!(self.chats.contains_key(&choice.chat), "a choice before its chat: {choice:?}");
                self.undo.push(Before::Choice(choice.chat));
                self.choices.entry(choice.chat).or_default().push(Arc::unwrap_or_clone(choice));
            }
            Record::Facts { chat, facts } => {
                assert!(self.chats.contains_key(&chat), "facts before their chat: {facts:?}");
                let before = self.facts.insert(chat, *facts);
                self.undo.push(Before::Facts(chat, before.map(Box::new)));
            }
            Record::TokenUsed(token) => {
                self.undo.push(Before::Token(token.id.clone(), self.tokens.get(&token.id).cloned()));
                self.tokens.entry(token.id.clone()).or_insert(token);
            }
            Record::InboxReached(id) => {
                let before = self.inbox.replace(id);
                self.undo.push(Before::Inbox(before));
            }
            Record::Rating(rating) => {
                assert!(self.chats.contains_key(&rating.chat), "a rating of no chat: {rating:?}");
                let chat = rating.chat;
                let before = self.ratings.insert(chat, *rating);
                self.undo.push(Before::Rating(chat, before.map(Box::new)));
            }
            Record::Message(message) => {
                assert!(self.chats.contains_key(&message.chat), "a message before its chat: {message:?}");
                let chat = message.chat;
                let before = match message.body.is_empty() {
                    true => self.messages.remove(&chat),
                    false => self.messages.insert(chat, *message),
                };
                self.undo.push(Before::Message(chat, before.map(Box::new)));
            }
            Record::MessagePassedOn { chat, to } => {
                let Some(message) = self.messages.get_mut(&chat) else { return };
                self.undo.push(Before::Message(chat, Some(Box::new(message.clone()))));
                if !message.told.contains(&to) {
                    message.told.push(to);
                }
            }
            Record::FaqAsked(_) | Record::FaqProposed(_) => {
                let chat = match &record {
                    Record::FaqAsked(query) => query.chat,
                    Record::FaqProposed(proposal) => proposal.chat,
                    _ => None,
                };
                assert!(chat.is_none_or(|chat| self.chats.contains_key(&chat)), "a row before its chat: {record:?}");
                self.faq_rows += 1;
                self.undo.push(Before::FaqRow);
            }
        }
    }

    /// What was written stays.
    pub fn commit(&mut self) {
        self.undo.clear();
    }

    /// What was written since the last commit never was.
    pub fn roll_back(&mut self) {
        while let Some(before) = self.undo.pop() {
            match before {
                Before::Chat(id, Some(chat)) => drop(self.chats.insert(id, *chat)),
                Before::Chat(id, None) => drop(self.chats.remove(&id)),
                Before::Line(key, Some(line)) => drop(self.lines.insert(key, *line)),
                Before::Line(key, None) => drop(self.lines.remove(&key)),
                Before::Operator(jid, Some(operator)) => drop(self.operators.insert(jid, operator)),
                Before::Operator(jid, None) => drop(self.operators.remove(&jid)),
                Before::Attendance => drop(self.attendance.pop()),
                Before::Choice(chat) => drop(self.choices.get_mut(&chat).and_then(Vec::pop)),
                Before::Facts(chat, Some(facts)) => drop(self.facts.insert(chat, *facts)),
                Before::Facts(chat, None) => drop(self.facts.remove(&chat)),
                Before::Token(id, Some(token)) => drop(self.tokens.insert(id, token)),
                Before::Token(id, None) => drop(self.tokens.remove(&id)),
                Before::Inbox(before) => self.inbox = before,
                Before::Rating(chat, Some(rating)) => drop(self.ratings.insert(chat, *rating)),
                Before::Rating(chat, None) => drop(self.ratings.remove(&chat)),
                Before::Message(chat, Some(message)) => drop(self.messages.insert(chat, *message)),
                Before::Message(chat, None) => drop(self.messages.remove(&chat)),
                Before::FaqRow => self.faq_rows -= 1,
            }
        }
    }

    /// The lines of a chat in the room's order.
    pub fn transcript(&self, chat: ChatId) -> Vec<&LineRecord> {
        let mut lines: Vec<&LineRecord> =
            self.lines.range((chat, 0)..=(chat, i64::MAX)).map(|(_, line)| line).collect();
        lines.sort_by_key(|line| (line.place.unwrap_or(i64::MAX), line.seq));
        lines
    }

    pub fn restored(&self) -> Restored {
        let open = self.chats.values().filter(|chat| chat.stage != StageName::Closed);
        Restored {
            chats: open.map(|chat| self.restored_chat(chat)).collect(),
            last_chat: self.chats.keys().last().map_or(0, |id| id.0),
            operators: self.operators.values().cloned().collect(),
            waits: self.waits(),
            served: self.served(),
            served_ids: self.served_ids(),
            tokens: self.tokens.values().cloned().collect(),
            inbox: self.inbox.clone(),
            messages: self.messages.values().cloned().collect(),
            ended: self.ended(),
        }
    }

    fn ended(&self) -> Vec<EndedChat> {
        let closed = self.chats.values().filter_map(|chat| Some((chat.closed_at?, chat)));
        let mut ended: Vec<EndedChat> = closed
            .filter(|(_, chat)| chat.stage == StageName::Closed)
            .map(|(at, chat)| EndedChat {
                chat: chat.id,
                room: chat.room.clone(),
                guest: chat.guest.clone(),
                tag: chat.marks.closed_door.then(|| chat.tag.clone()),
                at,
            })
            .collect();
        ended.sort_by_key(|chat| (chat.at, chat.chat));
        let latest = ended.last().map(|chat| chat.at);
        ended.retain(|chat| latest.is_some_and(|latest| (latest - chat.at).num_seconds() <= 600));
        ended
    }

    fn waits(&self) -> Vec<(QueueName, Duration)> {
        let answered = self.chats.values().filter(|chat| chat.marks.answered);
        let wait = |chat: &ChatRecord| {
            let accepted = self.accepted(chat.id).next()?;
            Some((chat.queue.clone(), (accepted.at - chat.opened_at).to_std().unwrap_or_default()))
        };
        answered.filter_map(wait).collect()
    }

    fn served(&self) -> Vec<(FullJid, BareJid)> {
        let answered = self.chats.values().filter(|chat| chat.marks.answered);
        let by = |chat: &ChatRecord| {
            let operator = self.accepted(chat.id).last()?.jid.as_ref()?;
            Some((chat.guest.clone(), operator.parse().unwrap()))
        };
        answered.filter_map(by).collect()
    }

    fn served_ids(&self) -> Vec<(String, BareJid)> {
        let answered = self.chats.values().filter(|chat| chat.marks.answered);
        let by = |chat: &ChatRecord| {
            let operator = self.accepted(chat.id).last()?.jid.as_ref()?;
            Some((self.facts.get(&chat.id)?.trusted_of(&chat.guest)?.id.clone(), operator.parse().unwrap()))
        };
        answered.filter_map(by).collect()
    }

    fn accepted(&self, chat: ChatId) -> impl Iterator<Item = &LineRecord> {
        let lines = self.lines.range((chat, 0)..=(chat, i64::MAX)).map(|(_, line)| line);
        lines.filter(|line| matches!(line.kind, LineKind::Accepted | LineKind::Transferred))
    }

    fn restored_chat(&self, chat: &ChatRecord) -> RestoredChat {
        let lines = self.transcript(chat.id);
        RestoredChat {
            chat: chat.clone(),
            facts: self.facts.get(&chat.id).cloned(),
            choices: latest_choices(self.choices.get(&chat.id).map_or(&[], Vec::as_slice)),
            last_seq: lines.iter().map(|line| line.seq).max().unwrap_or(0),
            last_place: lines.iter().filter_map(|line| line.place).max().unwrap_or(0),
            last_line_at: lines.iter().filter(|line| heard(line)).map(|line| line.at).max(),
            owed: lines.iter().filter(|line| line.kind == LineKind::Owed).map(|line| (*line).clone()).collect(),
            first_words: lines
                .iter()
                .filter(|line| line.kind == LineKind::Said && line.speaker == Speaker::Guest)
                .map(|line| line.body.clone())
                .take(3)
                .collect(),
            last_lines: last_lines(&lines),
            known_ids: lines
                .iter()
                .filter_map(|line| Some((line.stanza_id.clone()?, line.place.unwrap_or_default())))
                .collect(),
        }
    }
}

fn latest_choices(choices: &[Choice]) -> Vec<Choice> {
    choices[choices.len().saturating_sub(20)..].to_vec()
}

/// What was said last, with the gaps.
fn last_lines(lines: &[&LineRecord]) -> Vec<LineRecord> {
    let said: Vec<LineRecord> = lines.iter().filter(|line| heard(line)).map(|line| (*line).clone()).collect();
    said[said.len().saturating_sub(100)..].to_vec()
}

/// Lines that tell up to when all is known.
fn heard(line: &LineRecord) -> bool {
    matches!(line.kind, LineKind::Said | LineKind::System | LineKind::Unreadable | LineKind::Gap)
}
