//! The FAQ on real servers: suggestions are picked, long answers go on, somebody is addressed, and what is learnt in a chat is
//! an answer in the next.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)]

mod support;

use jid::BareJid;
use support::client::Client;
use support::desk::NICK;
use support::server::{DESK, Kind};
use support::story::{Asked, Opened, accept, open};

on_both_servers!(
    a_suggestion_is_picked_in_the_room_and_directly,
    a_long_answer_goes_on_when_it_is_asked_to,
    somebody_in_the_room_is_addressed,
    what_an_operator_answered_is_an_answer_for_the_next,
);

/// A desk with two entries that are hard to tell apart and one that is long; a guest whom Alice serves.
async fn served(kind: Kind) -> (Opened, Client, Asked) {
    let mut opened = open(kind, &["alice"]);
    let folder = opened.desk.home().join("faq");
    for (name, place) in [("north", "northern"), ("south", "southern")] {
        let entry = format!("# Telephone number of the {place} office\n\nDial {name}.");
        std::fs::write(folder.join(format!("{name}.md")), entry).unwrap();
    }
    let paragraphs: Vec<String> = (1..=20).map(|n| format!("Paragraph {n}. {}", "Read it well. ".repeat(8))).collect();
    std::fs::write(folder.join("handbook.md"), format!("# The handbook\n\n{}", paragraphs.join("\n\n"))).unwrap();
    opened.desk.reload();
    opened.desk.wait_for_log(|line| line.contains("the configuration and the FAQ are read again"));
    let mut alice = opened.operator("alice").await;
    let mut asked = opened.guest("faq").await;
    accept(&mut alice, "Alice").await;
    asked.guest.see(&asked.room, "Alice").await;
    (opened, alice, asked)
}

/// What the desk says in the room next that has these words.
async fn hear(client: &mut Client, room: &BareJid, wanted: &str) -> String {
    client.hear(room, wanted, |nick, words| nick == NICK && words.contains(wanted)).await
}

async fn a_suggestion_is_picked_in_the_room_and_directly(kind: Kind) {
    let (opened, mut alice, mut asked) = served(kind).await;
    let room = asked.room.clone();
    asked.guest.say(&room, "?? telephone").await;
    let list = hear(&mut asked.guest, &room, "1. Telephone number").await;
    let second = if list.contains("2. Telephone number of the southern") { "Dial south." } else { "Dial north." };
    asked.guest.say(&room, "?? 2").await;
    hear(&mut asked.guest, &room, second).await;
    hear(&mut alice, &room, second).await;
    asked.guest.say(&room, "?? 7").await;
    hear(&mut asked.guest, &room, "I suggested only 2").await;

    asked.guest.direct(DESK, "?? 1");
    asked.guest.read(DESK, "that nothing was suggested here", |words| words.contains("not suggested anything")).await;
    asked.guest.direct(DESK, "?? telephone");
    asked.guest.read(DESK, "suggestions", |words| words.contains("2. Telephone number")).await;
    asked.guest.direct(DESK, "?? 1");
    asked.guest.read(DESK, "an answer", |words| words.contains("Dial ")).await;

    let proposed = opened.desk.output_of(&["faq", "review", "list", "--format", "json"]);
    let proposed: Vec<serde_json::Value> = serde_json::from_str(&proposed).unwrap();
    assert_eq!(proposed.len(), 2, "{proposed:?}");
    assert!(proposed.iter().all(|one| one["kind"] == "alias" && one["question"] == "telephone"), "{proposed:?}");
    assert!(!format!("{proposed:?}").contains("guest"), "nobody's name is kept: {proposed:?}");
}

async fn a_long_answer_goes_on_when_it_is_asked_to(kind: Kind) {
    let (_opened, _alice, mut asked) = served(kind).await;
    let room = asked.room.clone();
    asked.guest.say(&room, "?? handbook").await;
    let mut told = vec![hear(&mut asked.guest, &room, "[handbook]").await];
    while told.last().unwrap().contains("?? more") {
        asked.guest.say(&room, "?? more").await;
        told.push(hear(&mut asked.guest, &room, "[handbook]").await);
    }
    assert!(told.len() >= 3 && told.iter().all(|words| words.len() < 1_500), "{told:?}");
    for paragraph in 1..=20 {
        let times = told.iter().filter(|words| words.contains(&format!("Paragraph {paragraph}. "))).count();
        assert_eq!(times, 1, "paragraph {paragraph}");
    }
    asked.guest.say(&room, "?? more").await;
    hear(&mut asked.guest, &room, "There is no answer that goes on").await;
}

async fn somebody_in_the_room_is_addressed(kind: Kind) {
    let (_opened, mut alice, mut asked) = served(kind).await;
    let room = asked.room.clone();
    alice.say(&room, "?? northern office | guest").await;
    hear(&mut asked.guest, &room, "Guest: Telephone number of the northern office: Dial north. [north]").await;
    alice.say(&room, "?? northern office | nobody").await;
    hear(&mut alice, &room, "Nobody of that name").await;
    alice.direct(DESK, "?? northern office | guest");
    alice.read(DESK, "that nobody else reads it", |words| words.contains("Nobody else reads this")).await;
}

async fn what_an_operator_answered_is_an_answer_for_the_next(kind: Kind) {
    let (mut opened, mut alice, mut asked) = served(kind).await;
    let room = asked.room.clone();
    asked.guest.say(&room, "?? where is the bicycle shed").await;
    hear(&mut asked.guest, &room, "I have no answer to that; the operator here will help you.").await;
    alice.say(&room, "Behind the house, on the left.").await;
    alice.say(&room, "!learn").await;
    alice.read(DESK, "that it is proposed", |words| words.contains("Proposed as a FAQ entry")).await;

    let gaps = opened.desk.output_of(&["faq", "gaps"]);
    assert!(gaps.contains("1x  where is the bicycle shed"), "{gaps}");
    let proposed = opened.desk.output_of(&["faq", "review", "list", "--format", "json"]);
    let proposed: Vec<serde_json::Value> = serde_json::from_str(&proposed).unwrap();
    assert_eq!(proposed.len(), 1, "{proposed:?}");
    let written = opened.desk.output_of(&["faq", "review", "accept", &proposed[0]["id"].to_string()]);
    assert!(written.contains("where-is-the-bicycle-shed.md"), "{written}");
    opened.desk.wait_for_log(|line| line.contains("the FAQ was changed and is read again"));
    asked.guest.say(&room, "?? bicycle shed").await;
    hear(&mut asked.guest, &room, "Behind the house, on the left. [where-is-the-bicycle-shed]").await;
    let gaps = opened.desk.output_of(&["faq", "gaps"]);
    assert!(!gaps.contains("1x  where is"), "{gaps}");
}
