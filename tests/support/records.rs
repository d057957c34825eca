//! Records for the tests of the store and the shell: a chat with a line of every kind of difficulty.

#![allow(dead_code)]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk::desk::ids::{ChatId, MessageId, StanzaId};
use frontdesk::desk::record::{
    ChatRecord, Choice, ChoiceKind, DirectRecord, DirectStage, FaqLesson, FaqProposal, FaqQuery, FaqVerdict, Hole,
    LineKind, LineRecord, Marks, Others, Record, Ruling, Skipped, Speaker, StageName, Standing, Told,
};
use frontdesk::desk::wording::Language;

/// 2026-11-30 09:00:00.250 UTC and `seconds` more.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_796_029_200_250).unwrap() + TimeDelta::seconds(seconds)
}

/// An open chat that waits.
pub fn chat(id: i64) -> ChatRecord {
    ChatRecord {
        id: ChatId(id),
        room: format!("help-{id}@rooms.chat.example").parse().unwrap(),
        guest: format!("guest{id}@guest.example/tab").parse().unwrap(),
        queue: "support".into(),
        stage: StageName::Waiting,
        operator: None,
        opened_at: at(0),
        stage_at: at(1),
        closed_at: None,
        outcome: None,
        password: Some("geheim ß".to_owned()),
        language: Language::German,
        tag: "t0a1b2c3".to_owned(),
        anchor: Some(StanzaId("a1".to_owned())),
        holes: vec![Hole { place: 3 << 20, since: at(2), until: at(3) }],
        marks: Marks {
            greeted: true,
            entered: true,
            came: true,
            answered: false,
            vouched: true,
            closed_door: true,
            replied: true,
            after_hours: false,
            escalated: true,
            message_asked: false,
            lowered: true,
            ruled: true,
            ours: true,
            sent: 7,
        },
        standing: Standing {
            priority: -7,
            waits_since: Some(at(1)),
            offered_to: vec!["bob@chat.example".parse().unwrap(), "carol@chat.example".parse().unwrap()],
            skills: vec!["billing".to_owned(), "größe, \"quoted\"".to_owned()],
            language: Some("de".to_owned()),
            left: vec!["sales".into()],
            transfer_queue: Some("second".into()),
            transfer_note: Some("knows the matter".to_owned()),
            transfer_by: Some("boss@chat.example".parse().unwrap()),
            invited: vec!["dave@chat.example".parse().unwrap()],
            ruling: Ruling {
                priority: Some(-3),
                skills: ["größe".to_owned()].into(),
                operator: Some("erin@chat.example".parse().unwrap()),
                tags: vec!["vip".to_owned(), "a/b".to_owned()],
            },
        },
        direct: Some(DirectRecord { stage: DirectStage::Carrying, certain: 1 << 40 }),
    }
}

/// Something that the guest said, with `seq` as place and second.
pub fn line(chat: i64, seq: i64, body: &str) -> LineRecord {
    LineRecord {
        chat: ChatId(chat),
        seq,
        place: Some(seq),
        at: at(seq),
        kind: LineKind::Said,
        speaker: Speaker::Guest,
        nick: Some("Visitor".into()),
        jid: Some("guest1@guest.example/tab".to_owned()),
        stanza_id: Some(StanzaId(format!("s-{seq}"))),
        message_id: Some(MessageId::from(format!("m-{seq}"))),
        body: body.to_owned(),
        joined_as: Some("Visitor".into()),
        corrects: None,
        retracts: None,
    }
}

/// Something that the desk owes.
pub fn owed(chat: i64, seq: i64, body: &str) -> LineRecord {
    LineRecord {
        place: None,
        kind: LineKind::Owed,
        speaker: Speaker::Desk,
        nick: Some("Support".into()),
        jid: None,
        stanza_id: None,
        joined_as: None,
        ..line(chat, seq, body)
    }
}

pub fn chat_record(chat: ChatRecord) -> Record {
    Record::Chat(chat.into())
}

pub fn line_record(line: LineRecord) -> Record {
    Record::Line(Box::new(line))
}

/// The desk offered the chat to Bob.
pub fn choice(chat: i64, seconds: i64) -> Choice {
    let skipped = |operator: &str, why: &str| Skipped { operator: operator.into(), why: why.into() };
    Choice {
        chat: ChatId(chat),
        at: at(seconds),
        kind: ChoiceKind::Offered,
        queue: "support".into(),
        chosen: vec!["Bob".into()],
        because: "round-robin: his turn is longest ago".into(),
        others: Others::Told(Told {
            skipped: vec![skipped("Alice", "3 of 3 chats"), skipped("Carol", "away")],
            more: vec![("offline".into(), 10), ("full".into(), 2)],
        }),
        rule: None,
        failed: Vec::new(),
    }
}

pub fn choice_record(choice: Choice) -> Record {
    Record::Choice(Arc::new(choice))
}

/// Somebody asked the FAQ, in a chat or directly.
pub fn faq_asked(chat: Option<i64>, seconds: i64, words: &str, verdict: FaqVerdict) -> Record {
    Record::FaqAsked(Box::new(FaqQuery {
        chat: chat.map(ChatId),
        at: at(seconds),
        words: words.to_owned(),
        language: Language::English,
        verdict,
        entry: (verdict != FaqVerdict::None).then(|| "printer".to_owned()),
    }))
}

/// Somebody picked this entry from what was suggested for these words.
pub fn faq_alias(chat: Option<i64>, seconds: i64, words: &str, entry: &str) -> Record {
    faq_proposed(chat, seconds, words, FaqLesson::Alias { entry: entry.to_owned() })
}

/// An operator proposes an answer.
pub fn faq_entry(chat: Option<i64>, seconds: i64, question: &str, answer: &str) -> Record {
    let by = "alice@chat.example".parse().unwrap();
    faq_proposed(chat, seconds, question, FaqLesson::Entry { answer: answer.to_owned(), by })
}

fn faq_proposed(chat: Option<i64>, seconds: i64, question: &str, lesson: FaqLesson) -> Record {
    let (chat, at) = (chat.map(ChatId), at(seconds));
    let (question, language) = (question.to_owned(), Language::English);
    Record::FaqProposed(Box::new(FaqProposal { chat, at, question, language, lesson }))
}
