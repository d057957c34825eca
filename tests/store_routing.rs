//! What routing wants remembered: choices, operators, messages, and what a restart is told of earlier chats.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;

use std::sync::Arc;
use std::time::Duration;

use frontdesk::clock::entropy;
use frontdesk::desk::facts::{Facts, GuestFacts, Number, Trusted, Value};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{
    Away, ChatRecord, Choice, ChoiceKind, LeftMessage, LineKind, LineRecord, OperatorRecord, Others, Outcome, Record,
    Restored, Skipped, Speaker, StageName, Standing, Told,
};
use frontdesk::store::{Eraser, Erasure, Store};
use place::Place;
use records::{at, chat, chat_record, choice, choice_record, line, line_record};

async fn commit(store: &Store, records: Vec<Record>) {
    store.commit(Arc::new(records), at(0)).await.unwrap();
}

async fn reopened(place: &Place, store: Store) -> (Store, Restored) {
    store.close().await.unwrap();
    Store::open(&place.database(), entropy).unwrap()
}

fn bytes(place: &Place) -> Vec<u8> {
    let files = std::fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.is_file()).flat_map(|file| std::fs::read(file).unwrap()).collect()
}

fn faults(place: &Place) -> Vec<String> {
    place.reader().verify(|_, _| {}).unwrap().faults.iter().map(ToString::to_string).collect()
}

fn answered(id: i64) -> ChatRecord {
    let mut chat =
        ChatRecord { stage: StageName::Closed, closed_at: Some(at(90)), outcome: Some(Outcome::Answered), ..chat(id) };
    chat.marks.answered = true;
    chat
}

fn accepted(chat: i64, seq: i64, seconds: i64, who: &str) -> Record {
    line_record(LineRecord {
        kind: LineKind::Accepted,
        speaker: Speaker::Operator,
        jid: Some(format!("{who}@chat.example")),
        stanza_id: None,
        at: at(seconds),
        ..line(chat, seq, "")
    })
}

// Standing

#[tokio::test]
async fn a_chats_standing_and_marks_come_back_as_they_were_written() {
    let place = Place::new();
    let store = place.open();
    let mut second = ChatRecord { standing: Standing::default(), ..chat(2) };
    second.marks.replied = false;
    second.marks.after_hours = true;
    second.marks.escalated = false;
    second.marks.message_asked = true;
    commit(&store, vec![chat_record(chat(1)), chat_record(second.clone())]).await;
    assert_eq!(place.reader().chats(false).unwrap(), [chat(1), second]);
    let served = ChatRecord { standing: Standing::default(), ..chat(1) };
    commit(&store, vec![chat_record(served.clone())]).await;
    assert_eq!(place.reader().chat(ChatId(1)).unwrap(), Some(served));
}

#[tokio::test]
async fn a_standing_that_cannot_be_read_is_damage() {
    let place = Place::new();
    let store = place.open();
    for (column, value) in [("offered_to", "bob"), ("offered_to", "[\"@\"]"), ("skills", "{}"), ("left_queues", "[1]")]
    {
        commit(&store, vec![chat_record(chat(1))]).await;
        place.foreign().execute(&format!("UPDATE chat SET {column} = ?1"), [value]).unwrap();
        let error = place.reader().chats(false).unwrap_err();
        assert!(error.to_string().contains(column), "{error}");
        assert!(!error.to_string().contains("bob"), "{error}");
    }
}

// Choices

#[tokio::test]
async fn choices_of_every_kind_come_back_in_the_order_of_choosing() {
    use ChoiceKind::{Escalated, Nobody, Offered, Overflowed, Queued, Revoked, Taken, Transferred};
    let place = Place::new();
    let store = place.open();
    let mut written = Vec::new();
    for (second, kind) in (0..).zip([Queued, Offered, Nobody, Taken, Revoked, Transferred, Overflowed, Escalated]) {
        // Not in the order of time: clocks may be set back.
        written.push(Choice { kind, ..choice(1, 10 - second) });
    }
    written.push(Choice {
        queue: "\u{202e}\"größer\"".into(),
        chosen: Vec::new(),
        because: "".into(),
        others: Others::Told(Told {
            skipped: vec![Skipped { operator: "' ; DROP TABLE choice".into(), why: "\0".into() }],
            more: Vec::new(),
        }),
        rule: None,
        failed: Vec::new(),
        ..choice(1, 30)
    });
    let other = choice(2, 5);
    let records = [chat_record(chat(1)), chat_record(chat(2)), choice_record(other.clone())];
    commit(&store, records.into_iter().chain(written.iter().cloned().map(choice_record)).collect()).await;
    assert_eq!(place.reader().choices(ChatId(1)).unwrap(), written);
    assert_eq!(place.reader().choices(ChatId(2)).unwrap(), [other]);
    assert_eq!(place.reader().choices(ChatId(3)).unwrap(), []);
    assert_eq!(faults(&place), [""; 0]);
}

#[tokio::test]
async fn a_restart_knows_the_latest_twenty_choices_of_open_chats() {
    let place = Place::new();
    let store = place.open();
    let choices = (1..=25).map(|second| choice_record(choice(1, second)));
    commit(&store, [chat_record(chat(1)), chat_record(chat(2))].into_iter().chain(choices).collect()).await;
    let (_store, restored) = reopened(&place, store).await;
    let seconds = |n: usize| restored.chats[n].choices.iter().map(|choice| choice.at).collect::<Vec<_>>();
    assert_eq!(seconds(0), (6..=25).map(at).collect::<Vec<_>>());
    assert_eq!(restored.chats[0].choices[0], choice(1, 6));
    assert!(seconds(1).is_empty());
}

#[tokio::test]
async fn a_choice_that_cannot_be_read_is_found() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(chat(1)), choice_record(choice(1, 1)), choice_record(choice(1, 2))]).await;
    place.foreign().execute_batch("UPDATE choice SET reason = 'secret words' WHERE n = 2").unwrap();
    assert_eq!(faults(&place), ["chat 1: its choice 2 cannot be read"]);
    let error = place.reader().choices(ChatId(1)).unwrap_err().to_string();
    assert!(!error.contains("secret"), "{error}");
}

// Operators

#[tokio::test]
async fn what_is_known_of_operators_outlives_a_restart() {
    let place = Place::new();
    let store = place.open();
    let operator = |name: &str| OperatorRecord {
        jid: format!("{name}@chat.example").parse().unwrap(),
        away: None,
        busy: None,
        missed_offers: 0,
        benched_at: None,
        idle_since: None,
    };
    let until = OperatorRecord { away: Some(Away::Until(at(900))), busy: Some(2), ..operator("alice") };
    let away = OperatorRecord { away: Some(Away::UntilBack), busy: Some(0), ..operator("bob") };
    let benched = OperatorRecord {
        missed_offers: u32::MAX,
        benched_at: Some(at(3)),
        idle_since: Some(at(1)),
        ..operator("carol")
    };
    let records = [&away, &operator("alice"), &benched, &until].map(|record| Record::Operator(record.clone()));
    commit(&store, records.to_vec()).await;
    let (store, restored) = reopened(&place, store).await;
    assert_eq!(restored.operators, [until.clone(), away, benched.clone()]);
    commit(&store, vec![Record::Operator(operator("bob"))]).await;
    let (_store, restored) = reopened(&place, store).await;
    assert_eq!(restored.operators, [until, operator("bob"), benched]);
}

// Who waited, who served

#[tokio::test]
async fn waits_and_operators_of_answered_chats_are_told_the_oldest_chat_first() {
    let place = Place::new();
    let store = place.open();
    let moved = ChatRecord { queue: "sales".into(), guest: "back@guest.example/x".parse().unwrap(), ..answered(2) };
    let mut served = ChatRecord { stage: StageName::Serving, ..chat(6) };
    served.marks.answered = true;
    let records = vec![
        chat_record(answered(1)),
        accepted(1, 1, 30, "alice"),
        chat_record(moved),
        accepted(2, 1, 10, "alice"),
        accepted(2, 5, 500, "bob"),
        chat_record(chat(3)),
        accepted(3, 1, 10, "alice"),
        chat_record(answered(4)),
        chat_record(answered(5)),
        accepted(5, 1, -3, "carol"),
        chat_record(served),
        accepted(6, 1, 7, "dave"),
    ];
    commit(&store, records).await;
    let (store, restored) = reopened(&place, store).await;
    let waits: Vec<_> = restored.waits.iter().map(|(queue, wait)| (&*queue.0, wait.as_secs())).collect();
    assert_eq!(waits, [("support", 30), ("sales", 10), ("support", 0), ("support", 7)]);
    let told = |restored: &Restored| {
        let served = restored.served.iter();
        served.map(|(guest, operator)| format!("{guest} {operator}")).collect::<Vec<_>>()
    };
    let expected = [
        "guest1@guest.example/tab alice@chat.example",
        "back@guest.example/x bob@chat.example",
        "guest5@guest.example/tab carol@chat.example",
        "guest6@guest.example/tab dave@chat.example",
    ];
    assert_eq!(told(&restored), expected);
    Eraser::open(&place.database()).unwrap().erase(ChatId(2), at(100)).unwrap();
    let (_store, restored) = reopened(&place, store).await;
    assert_eq!(told(&restored), [expected[0], expected[2], expected[3]], "who was erased is not known again");
    assert_eq!((restored.waits.len(), restored.waits[1].1), (4, Duration::from_secs(10)));
}

#[tokio::test]
async fn only_the_latest_waits_are_told() {
    let place = Place::new();
    let store = place.open();
    let records = (1..=510).flat_map(|id| [chat_record(answered(id)), accepted(id, 1, id, "alice")]);
    commit(&store, records.collect()).await;
    let (_store, restored) = reopened(&place, store).await;
    assert_eq!((restored.waits.len(), restored.served.len()), (500, 510));
    assert_eq!((restored.waits[0].1.as_secs(), restored.waits[499].1.as_secs()), (11, 510));
}

// Messages

fn message(chat: i64, seconds: i64) -> LeftMessage {
    LeftMessage {
        chat: ChatId(chat),
        queue: "support".into(),
        guest: format!("guest{chat}@guest.example/tab").parse().unwrap(),
        at: at(seconds),
        body: "Please call\nme \u{202e}back".to_owned(),
        told: Vec::new(),
    }
}

fn left(message: &LeftMessage) -> Record {
    Record::Message(Box::new(message.clone()))
}

fn passed_on(chat: i64, to: &str) -> Record {
    Record::MessagePassedOn { chat: ChatId(chat), to: format!("{to}@chat.example").parse().unwrap() }
}

#[tokio::test]
async fn a_message_is_kept_with_everybody_who_got_it() {
    let place = Place::new();
    let store = place.open();
    let jid = |name: &str| format!("{name}@chat.example").parse().unwrap();
    commit(&store, vec![chat_record(chat(1)), left(&message(1, 5))]).await;
    assert_eq!(place.reader().message(ChatId(1)).unwrap(), Some(message(1, 5)));
    assert_eq!(place.reader().message(ChatId(2)).unwrap(), None);
    let told = ["zoe", "bob", "zoe", "alice"].map(|name| passed_on(1, name));
    commit(&store, told.into_iter().chain([passed_on(77, "bob")]).collect()).await;
    let expected = LeftMessage { told: vec![jid("zoe"), jid("bob"), jid("alice")], ..message(1, 5) };
    let (store, restored) = reopened(&place, store).await;
    assert_eq!(restored.messages, [expected]);
    let again = LeftMessage { body: "and mail me".to_owned(), told: vec![jid("carol")], ..message(1, 9) };
    commit(&store, vec![left(&again)]).await;
    let (_store, restored) = reopened(&place, store).await;
    assert_eq!(restored.messages, [again], "what is written again replaces it");
    assert_eq!(faults(&place), [""; 0]);
}

#[tokio::test]
async fn a_restart_is_told_of_the_latest_messages_of_a_week() {
    const DAY: i64 = 86_400;
    let place = Place::new();
    let store = place.open();
    let mut records = vec![chat_record(chat(1)), left(&message(1, -7 * DAY))];
    records.extend((2..=1_010).flat_map(|id| [chat_record(answered(id)), left(&message(id, -id))]));
    records.extend([chat_record(chat(1_011)), left(&message(1_011, 0))]);
    commit(&store, records).await;
    let (store, restored) = reopened(&place, store).await;
    let ids: Vec<i64> = restored.messages.iter().map(|message| message.chat.0).collect();
    let expected: Vec<i64> = (2..=1_000).rev().chain([1_011]).collect();
    assert_eq!(ids, expected, "a thousand, the latest, the oldest first");
    place.foreign().execute_batch("DELETE FROM message WHERE chat BETWEEN 2 AND 1010").unwrap();
    let (_store, restored) = reopened(&place, store).await;
    assert_eq!(restored.messages.len(), 1, "a week before the latest is long ago");
}

#[tokio::test]
async fn a_restart_is_told_of_the_chats_that_ended_a_moment_ago() {
    let place = Place::new();
    let store = place.open();
    let ended = |id: i64, seconds: i64| ChatRecord { closed_at: Some(at(seconds)), ..answered(id) };
    let mut ajar = ended(6, 690);
    ajar.marks.closed_door = false;
    let records = [ended(1, 89), ended(2, 200), chat(3), ended(4, 90), ended(5, 150), ajar].map(chat_record);
    commit(&store, records.into()).await;
    Eraser::open(&place.database()).unwrap().erase(ChatId(5), at(700)).unwrap();
    let (_store, restored) = reopened(&place, store).await;
    let ids: Vec<i64> = restored.ended.iter().map(|chat| chat.chat.0).collect();
    assert_eq!(ids, [4, 2, 6], "ten minutes before the latest end, the oldest first, without who was erased");
    let second = &restored.ended[1];
    assert_eq!((second.at, second.tag.as_deref()), (at(200), Some("t0a1b2c3")));
    assert_eq!((&second.room, &second.guest), (&chat(2).room, &chat(2).guest));
    assert_eq!(restored.ended[2].tag, None, "anybody could hear it");
}

// Forgetting

#[tokio::test]
async fn an_erased_chat_keeps_neither_choices_nor_message_nor_standing() {
    let place = Place::new();
    let store = place.open();
    for id in 1..=2 {
        let mut chat = answered(id);
        chat.standing.skills = vec![format!("zither{id}")];
        let body = format!("xylophone{id} ").repeat(3_000);
        let records = vec![
            chat_record(chat),
            choice_record(Choice { because: format!("quagga{id}").into(), ..choice(id, 1) }),
            left(&LeftMessage { body, ..message(id, 1) }),
            passed_on(id, "bob"),
        ];
        commit(&store, records).await;
    }
    let mut eraser = Eraser::open(&place.database()).unwrap();
    assert_eq!(eraser.erase(ChatId(1), at(100)).unwrap(), Erasure::Done { lines: 0 });
    eraser.rebuild().unwrap();
    let contains = |word: &str| bytes(&place).windows(word.len()).any(|window| window == word.as_bytes());
    for word in ["zither", "xylophone", "quagga"] {
        assert!(!contains(&format!("{word}1")) && contains(&format!("{word}2")), "{word}");
    }
    let reader = place.reader();
    assert_eq!((reader.choices(ChatId(1)).unwrap(), reader.message(ChatId(1)).unwrap()), (vec![], None));
    assert_eq!(reader.choices(ChatId(2)).unwrap().len(), 1);
    let standing = reader.chat(ChatId(1)).unwrap().unwrap().standing;
    assert_eq!(
        (standing.offered_to, standing.skills, standing.language, standing.left),
        (vec![], vec![], None, vec![])
    );
    drop(reader);
    commit(&store, vec![passed_on(1, "carol")]).await;
    assert_eq!(place.reader().message(ChatId(1)).unwrap(), None, "what is erased stays erased");
    assert_eq!(faults(&place), [""; 0]);
}

#[tokio::test]
async fn a_purge_takes_choices_and_messages_along() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![chat_record(answered(1)), choice_record(choice(1, 1)), left(&message(1, 1))]).await;
    assert_eq!(store.housekeeper().purge(at(5_000), at(20_000)).await.unwrap(), [ChatId(1)]);
    let (_store, restored) = reopened(&place, store).await;
    assert_eq!((restored.messages, place.reader().choices(ChatId(1)).unwrap()), (vec![], vec![]));
    assert_eq!(faults(&place), [""; 0]);
}

// Migration

/// A database of the second version: one chat in each stage, of which the fourth was answered.
fn old_database(place: &Place) {
    let old = place.foreign();
    old.execute_batch(include_str!("../migrations/sqlite/0001_chats.sql")).unwrap();
    old.execute_batch(include_str!("../migrations/sqlite/0002_keeping.sql")).unwrap();
    for (id, stage) in (1..).zip(["joining", "waiting", "offered", "serving", "closing", "closed"]) {
        let row = "INSERT INTO chat VALUES (?1, 'help@rooms.chat.example', 'g@guest.example/tab', 'support', ?2, \
                   NULL, 1000, 2000, NULL, NULL, NULL, 'en', 't', NULL, 1, 1, 1, ?1 = 4, 1, 1, 7, 0, NULL, NULL)";
        old.execute(row, rusqlite::params![id, stage]).unwrap();
    }
    old.execute_batch("PRAGMA user_version = 2; PRAGMA journal_mode = wal").unwrap();
}

#[test]
fn open_chats_of_an_older_desk_keep_their_place_and_their_operator() {
    let place = Place::new();
    old_database(&place);
    let (_store, restored) = Store::open(&place.database(), entropy).unwrap();
    let waits: Vec<_> = restored.chats.iter().map(|it| it.chat.standing.waits_since).collect();
    let since = chrono::DateTime::from_timestamp_millis(1_000);
    assert_eq!(waits, [None, since, since, None, None]);
    let replied: Vec<_> = restored.chats.iter().map(|it| it.chat.marks.replied).collect();
    assert_eq!(replied, [false, false, false, true, false]);
    let standings = restored.chats.iter().map(|it| Standing { waits_since: None, ..it.chat.standing.clone() });
    assert!(standings.into_iter().all(|standing| standing == Standing::default()));
    assert_eq!(faults(&place), [""; 0]);
}

// What is known about a guest

#[tokio::test]
async fn what_is_known_about_a_guest_comes_back_and_is_erased() {
    let place = Place::new();
    let (store, _) = Store::open(&place.database(), entropy).unwrap();
    let mut known = GuestFacts::new("guest1@guest.example/tab".parse().unwrap());
    commit(&store, vec![chat_record(chat(1)), facts_record(1, &known)]).await;
    known.language = Some("de".to_owned());
    known.returning = true;
    known.said.add("department", "xylophones".into()).unwrap();
    known.crm.add("rate", Value::Number(Number::new(0.1).unwrap())).unwrap();
    known.trusted = Some(Trusted { id: "customer-7".to_owned(), claims: Facts::default() });
    commit(&store, vec![facts_record(1, &known)]).await;
    let (store, restored) = reopened(&place, store).await;
    assert_eq!(restored.chats[0].facts.as_ref(), Some(&known));
    assert_eq!(place.reader().facts(ChatId(1)).unwrap(), Some(known));

    commit(&store, vec![chat_record(answered(1))]).await;
    let mut eraser = Eraser::open(&place.database()).unwrap();
    assert!(matches!(eraser.erase(ChatId(1), at(100)).unwrap(), Erasure::Done { .. }));
    eraser.rebuild().unwrap();
    store.close().await.unwrap();
    assert_eq!(place.reader().facts(ChatId(1)).unwrap(), None);
    let left = bytes(&place);
    assert!(!left.windows(10).any(|window| window == b"xylophones" || window == b"customer-7"));
}

fn facts_record(chat: i64, facts: &GuestFacts) -> Record {
    Record::Facts { chat: ChatId(chat), facts: Box::new(facts.clone()) }
}
