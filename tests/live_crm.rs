//! What a CRM knows of a guest decides where the chat goes, on real servers with a real CRM.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::print_stderr
)]

#[path = "support/crm.rs"]
mod crm;
mod support;

use std::fs;
use std::time::{Duration, Instant};

use crm::{Reply, Service};
use support::client::Client;
use support::server::{CHAT, DESK, Kind, Setup};
use support::story::{Asked, Opened, open_with, told};

on_both_servers!(
    an_enterprise_customer_goes_to_a_senior_person,
    a_crm_that_never_answers_delays_a_chat_once,
    a_line_of_csv_is_on_the_card,
);

/// Asks the service at this place of this machine, by the guest's address.
fn asking(service: &Service, more: &str) -> String {
    let port = service.address.port();
    format!(
        "[[crm]]\nname = \"customers\"\nurl = \"http://127.0.0.1:{port}/customers/{{guest.account}}\"\nallow = [\"127.0.0.1\"]\n{more}\n"
    )
}

/// A desk with Alice for everybody and Bob for the queue `senior`, where a rule sends enterprise customers.
fn with_rule(kind: Kind, crm: &str) -> Opened {
    let rule = "\n[[queue]]\nname = \"senior\"\n\n[[rule]]\nwhen = 'has(guest.crm.licence) && guest.crm.licence == \
                \"enterprise\"'\nqueue = \"senior\"\n";
    let more: &'static str = Box::leak(format!("{crm}{rule}").into_boxed_str());
    open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.guests.push(CHAT.into());
        config.operator("bob").queues = vec!["senior"];
        config.more = more;
    })
}

async fn an_enterprise_customer_goes_to_a_senior_person(kind: Kind) {
    let service = Service::start(|_| Reply::Json(r#"{"licence": "enterprise", "name": "Ada\nJoin"}"#.to_owned()));
    let opened = with_rule(kind, &asking(&service, ""));
    let mut alice = opened.operator("alice").await;
    let mut bob = opened.operator("bob").await;
    let asked = opened.guest("enterprise").await;
    let invited = bob.be_invited(DESK).await;
    let card = told(&mut bob, "> licence: enterprise").await;
    assert!(card.contains("> name: Ada Join\n"), "{card}");
    assert_eq!(invited.room, asked.room);
    bob.join(&invited.room, "Bob", invited.password.as_deref()).await;
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["queue"], "senior");
    let heard = service.heard();
    assert_eq!(heard.len(), 1);
    let jid = asked.guest.bare_jid().to_string().replace('@', "%40");
    assert_eq!(heard[0][0], format!("GET /customers/{jid} HTTP/1.1"));
    support::story::known_to_the_desk(&mut alice).await;
    assert_eq!(
        alice.count(|stanza| stanza.attr("type") == Some("chat") && String::from(stanza).contains("!accept")),
        0
    );
}

async fn a_crm_that_never_answers_delays_a_chat_once(kind: Kind) {
    let service = Service::start(|_| Reply::Never);
    let mut opened = with_rule(kind, &asking(&service, "timeout_seconds = 2"));
    let mut alice = opened.operator("alice").await;
    let begun = Instant::now();
    let mut asked = opened.guest("slow").await;
    let greeted = begun.elapsed();
    let invited = alice.be_invited(DESK).await;
    let card = told(&mut alice, "!accept").await;
    let called = begun.elapsed();
    eprintln!("{kind:?}: greeted after {greeted:?}, the operator called after {called:?}, of which the CRM had 2 s");
    assert!(greeted < Duration::from_secs(2), "greeted after {greeted:?}");
    assert!(called >= Duration::from_secs(2) && called < Duration::from_secs(4), "called after {called:?}");
    assert!(card.contains("customers"), "the card says what is missing: {card}");
    alice.join(&invited.room, "Alice", invited.password.as_deref()).await;
    asked.told("Alice").await;
    assert_eq!(service.heard().len(), 1);
    let log = opened.desk.log();
    assert_eq!(log.matches("the CRM gives no answer").count(), 1, "{log}");
    assert!(!log.contains("/customers/"), "I7: {log}");
}

async fn a_line_of_csv_is_on_the_card(kind: Kind) {
    let crm = "[[crm]]\nname = \"colleagues\"\ncsv = \"colleagues.csv\"\nkey = \"account\"\nby = \"guest.account\"\n";
    let opened = with_rule(kind, crm);
    fs::write(opened.desk.home().join("colleagues.csv"), "account,name\n").unwrap();
    let mut alice = opened.operator("alice").await;
    let mut guest = Client::login(&opened.server, "carol").await;
    let line = format!("account,name\n{},\"Carol, \"\"the second\"\"\"\n", guest.bare_jid());
    fs::write(opened.desk.home().join("colleagues.csv"), line).unwrap();
    let room = guest.open_room("csv", "Carol").await;
    let mut asked = Asked { guest, room };
    asked.guest.invite_mediated(&asked.room, DESK, "I need help");
    asked.desk_comes().await;
    let card = told(&mut alice, "Carol, \"the second\"").await;
    assert!(card.contains("> name: Carol, \"the second\"\n"), "{card}");
}
