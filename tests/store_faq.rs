//! What the FAQ was asked and may learn, on disk.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;

use std::sync::Arc;

use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{ChatRecord, FaqVerdict, Record, StageName};
use frontdesk::store::{Eraser, ProposalState, Reviewer, Store};
use place::Place;
use records::{at, chat, chat_record, faq_alias, faq_asked, faq_entry};

async fn commit(store: &Store, records: Vec<Record>) {
    store.commit(Arc::new(records), at(0)).await.unwrap();
}

fn closed(id: i64) -> Record {
    chat_record(ChatRecord { stage: StageName::Closed, closed_at: Some(at(90)), ..chat(id) })
}

fn words(place: &Place) -> Vec<String> {
    place.reader().faq_queries(at(0)).unwrap().into_iter().map(|query| query.words).collect()
}

fn questions(place: &Place) -> Vec<(i64, String)> {
    let proposals = place.reader().faq_proposals().unwrap().into_iter();
    proposals.map(|one| (one.id, one.proposal.question)).collect()
}

#[tokio::test]
async fn what_was_asked_and_proposed_comes_back_as_it_was() {
    let place = Place::new();
    let store = place.open();
    let verdicts = [FaqVerdict::Answer, FaqVerdict::Suggestions, FaqVerdict::None, FaqVerdict::Picked];
    let asked: Vec<Record> =
        (1..).zip(verdicts).map(|(n, verdict)| faq_asked(Some(1), n, "printer?", verdict)).collect();
    let proposed = [faq_alias(Some(1), 7, "my 'words'", "printer"), faq_entry(None, 8, "Why?", "Because.")];
    let all: Vec<Record> = [chat_record(chat(1))].into_iter().chain(asked.clone()).chain(proposed.clone()).collect();
    commit(&store, all).await;
    let read = place.reader().faq_queries(at(0)).unwrap();
    assert_eq!(read.into_iter().map(|query| Record::FaqAsked(Box::new(query))).collect::<Vec<_>>(), asked);
    assert_eq!(place.reader().faq_queries(at(3)).unwrap().len(), 2);
    assert_eq!(place.reader().faq_queries_in(ChatId(1)).unwrap().len(), 4);
    let read = place.reader().faq_proposals().unwrap();
    assert!(read.iter().all(|one| one.state == ProposalState::Open));
    let read: Vec<Record> = read.into_iter().map(|one| Record::FaqProposed(Box::new(one.proposal))).collect();
    assert_eq!(read, proposed);
}

#[tokio::test]
async fn a_chat_proposes_the_same_once() {
    let place = Place::new();
    let store = place.open();
    let alias = |chat| faq_alias(chat, 1, "words", "printer");
    commit(&store, vec![chat_record(chat(1)), chat_record(chat(2)), alias(Some(1)), alias(Some(1)), alias(Some(2))])
        .await;
    commit(
        &store,
        vec![faq_entry(Some(1), 2, "words", "a"), faq_entry(Some(1), 3, "words", "a"), alias(None), alias(None)],
    )
    .await;
    assert_eq!(questions(&place).len(), 5, "{:?}", questions(&place));
}

#[tokio::test]
async fn what_was_decided_stays_decided_and_what_is_gone_is_passed_over() {
    let place = Place::new();
    let store = place.open();
    commit(&store, vec![faq_alias(None, 1, "one", "printer"), faq_alias(None, 2, "two", "printer")]).await;
    let mut reviewer = Reviewer::open(&place.database()).unwrap();
    reviewer.decide(&[1, 99], ProposalState::Accepted).unwrap();
    reviewer.decide(&[2], ProposalState::Rejected).unwrap();
    let states: Vec<ProposalState> = place.reader().faq_proposals().unwrap().iter().map(|one| one.state).collect();
    assert_eq!(states, [ProposalState::Accepted, ProposalState::Rejected]);
    commit(&store, vec![faq_alias(None, 3, "three", "printer")]).await;
    assert_eq!(questions(&place).len(), 3, "the desk goes on beside");
}

#[tokio::test]
async fn what_was_asked_in_a_chat_goes_with_it_and_what_was_asked_directly_goes_with_its_age() {
    let place = Place::new();
    let store = place.open();
    let asked = |chat, seconds, words| faq_asked(chat, seconds, words, FaqVerdict::None);
    commit(&store, vec![closed(1), closed(2), asked(Some(1), 1, "in one"), asked(Some(2), 2, "in two")]).await;
    commit(&store, vec![asked(None, 3, "old"), asked(None, 7_000, "new")]).await;
    commit(&store, vec![faq_alias(Some(1), 1, "in one", "x"), faq_alias(Some(2), 1, "in two", "x")]).await;
    commit(&store, vec![faq_alias(None, 3, "old", "x"), faq_alias(None, 7_000, "new", "x")]).await;

    Eraser::open(&place.database()).unwrap().erase(ChatId(1), at(100)).unwrap();
    assert_eq!(words(&place), ["in two", "old", "new"]);
    assert_eq!(questions(&place).len(), 3);
    store.housekeeper().purge(at(5_000), at(9_000)).await.unwrap();
    assert_eq!(words(&place), ["new"]);
    assert_eq!(questions(&place), [(4, "new".to_owned())]);
    commit(&store, vec![faq_alias(None, 8_000, "later", "x")]).await;
    assert_eq!(questions(&place)[1].0, 5, "a number is never used twice");
}
