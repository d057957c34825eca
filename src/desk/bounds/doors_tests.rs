#![allow(clippy::unwrap_used)]

use super::*;

fn sender(name: &str) -> BareJid {
    BareJid::new(&format!("{name}@guest.example")).unwrap()
}

/// Everybody who may knock until then, each let in at once.
fn let_in_until(doors: &mut Doors, mut now: Mono, until: Mono) -> Vec<i64> {
    let mut order = Vec::new();
    while let Some(at) = doors.ready_at().filter(|at| *at <= until) {
        now = now.max(at);
        while let Some(chat) = doors.next(now) {
            order.push(chat.0);
            doors.forget(chat);
        }
    }
    order
}

#[test]
fn a_flood_stands_behind_itself() {
    let mut doors = Doors::default();
    (1..=400).for_each(|chat| doors.queue(ChatId(chat), Some(sender("flood"))));
    (401..=403).for_each(|chat| doors.queue(ChatId(chat), Some(sender(&chat.to_string()))));
    let order = let_in_until(&mut doors, Mono(0), Mono(0));
    assert!(order.starts_with(&[1, 401, 402, 403, 2, 3, 4]), "{order:?}");
}

#[test]
fn who_was_there_before_goes_first() {
    let mut doors = Doors::default();
    doors.queue(ChatId(1), Some(sender("new")));
    doors.queue(ChatId(9), None);
    doors.queue(ChatId(8), None);
    assert_eq!(let_in_until(&mut doors, Mono(0), Mono(0)), [8, 9, 1]);
}

#[test]
fn so_many_a_second() {
    let mut doors = Doors::default();
    (1..=500).for_each(|chat| doors.queue(ChatId(chat), None));
    assert_eq!(let_in_until(&mut doors, Mono(5_000), Mono(5_000)).len(), 20);
    assert_eq!(let_in_until(&mut doors, Mono(5_000), Mono(6_000)).len(), 100);
    let all = let_in_until(&mut doors, Mono(6_000), Mono(9_800));
    assert_eq!((all.len(), all.last()), (380, Some(&500)));
    assert_eq!(doors.ready_at(), None);
}

#[test]
fn so_many_at_once_and_fewer_of_one_sender() {
    let mut doors = Doors::default();
    let later = |times: u64| Mono(times * 1_000);
    (1..=10).for_each(|chat| doors.queue(ChatId(chat), Some(sender("silent"))));
    let knocking: Vec<ChatId> = (0..20).filter_map(|times| doors.next(later(times))).collect();
    assert_eq!(knocking, [1, 2, 3, 4].map(ChatId));
    assert_eq!(doors.ready_at(), None, "they wait for each other");
    (11..=200).for_each(|chat| doors.queue(ChatId(chat), Some(sender(&chat.to_string()))));
    let others = (20..300).filter_map(|times| doors.next(later(times))).count();
    assert_eq!(others, ENTERING_MAX - 4);
    doors.forget(ChatId(1));
    assert_eq!(doors.next(later(301)), Some(ChatId(5)));
}

#[test]
fn who_gives_up_is_forgotten_wherever_they_stand() {
    let mut doors = Doors::default();
    doors.queue(ChatId(1), Some(sender("a")));
    doors.queue(ChatId(1), Some(sender("a")));
    doors.queue(ChatId(2), None);
    assert_eq!(doors.next(Mono(0)), Some(ChatId(2)));
    [1, 2, 3].map(ChatId).into_iter().for_each(|chat| doors.forget(chat));
    assert_eq!((doors.next(Mono(0)), doors.turns.len(), doors.senders.len()), (None, 0, 0));
}

#[test]
fn whoever_knocks_when_the_session_ends_waits_again() {
    let mut doors = Doors::default();
    doors.queue(ChatId(1), Some(sender("a")));
    assert_eq!(doors.next(Mono(0)), Some(ChatId(1)));
    doors.queue(ChatId(1), None);
    assert_eq!((doors.entering.len(), doors.entering_each.len()), (0, 0));
    assert_eq!(doors.next(Mono(0)), Some(ChatId(1)));
}

#[test]
fn without_a_place_the_longest_line_gives_way() {
    let mut doors = Doors::default();
    [1, 2, 3].map(ChatId).into_iter().for_each(|chat| doors.queue(chat, Some(sender("flood"))));
    doors.queue(ChatId(4), Some(sender("guest")));
    assert_eq!(doors.latest_of_the_most(&sender("guest")), Some(ChatId(3)));
    assert_eq!(doors.latest_of_the_most(&sender("flood")), None);
    doors.forget(ChatId(3));
    assert_eq!(doors.latest_of_the_most(&sender("guest")), None, "they are even");
    assert_eq!(doors.latest_of_the_most(&sender("other")), Some(ChatId(2)));
}
