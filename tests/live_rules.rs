//! Rules, forms and signed tokens on real servers: what a guest brings with a direct invitation is read whole, and decides.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

mod support;

use std::os::unix::fs::PermissionsExt;

use chrono::{TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use jwt_compact::alg::{Ed25519, Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header};
use serde_json::{Map, Value, json};
use support::client::Client;
use support::server::{CHAT, DESK, Kind, Setup};
use support::stanzas::direct_words;
use support::story::{Asked, Opened, open_with};
use tempfile::TempDir;

on_both_servers!(
    a_form_and_a_token_are_read_whole_and_decide,
    a_signature_with_ed25519_is_believed_and_nothing_made_of_the_public_key,
    a_rule_refuses_with_its_sentence,
    who_writes_to_the_address_is_refused_by_a_rule,
    forms_beyond_all_measure_do_no_harm,
);

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Alice serves `support`, Bob `sales`; whoever signs with the key is believed.
struct Ruled {
    opened: Opened,
    _key: TempDir,
}

fn ruled(kind: Kind, rules: &str) -> Ruled {
    ruled_with(kind, "HS256", SECRET, rules)
}

fn ruled_with(kind: Kind, algorithm: &str, key_words: &str, rules: &str) -> Ruled {
    let key = tempfile::tempdir().unwrap();
    let file = key.path().join("token.key");
    std::fs::write(&file, key_words).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let more = format!(
        "[[queue]]\nname = \"sales\"\noffer_seconds = 60\n\n[token]\nalgorithm = \"{algorithm}\"\nkey_file = {file:?}\naudience = \"{DESK}\"\n\n{rules}"
    );
    let opened = open_with(Setup::usual(kind), &["alice", "bob"], |config| {
        config.guests.push(CHAT.into());
        config.more = Box::leak(more.into_boxed_str());
        config.operator("bob").queues = vec!["sales"];
    });
    Ruled { opened, _key: key }
}

fn field(name: &str, value: &str) -> String {
    format!("<field var='{name}'><value>{value}</value></field>")
}

/// Invites the desk directly, with these fields in a form beside the invitation.
fn invite(guest: &Client, room: &str, fields: &str) {
    guest.send(&format!(
        "<message to='{DESK}'><x xmlns='jabber:x:conference' jid='{room}' reason='My bill'/>\
         <x xmlns='jabber:x:data' type='submit'>{}{fields}</x></message>",
        field("FORM_TYPE", "urn:frontdesk:guest:0")
    ));
}

fn token(id: &str) -> String {
    Hs256.token(&Header::empty(), &claims(id), &Hs256Key::new(SECRET)).unwrap()
}

fn claims(id: &str) -> Claims<Map<String, Value>> {
    let custom = Map::from_iter([
        ("aud".to_owned(), json!(DESK)),
        ("sub".to_owned(), json!("customer-7")),
        ("jti".to_owned(), json!(id)),
        ("plan".to_owned(), json!({ "name": "gold", "seats": 12 })),
    ]);
    let mut claims: Claims<Map<String, Value>> = Claims::new(custom);
    claims.expiration = Some(Utc::now() + TimeDelta::seconds(300));
    claims
}

async fn a_form_and_a_token_are_read_whole_and_decide(kind: Kind) {
    let rules = "[[rule]]\nwhen = '''has(guest.id) && guest.id == \"customer-7\" && guest.claims.plan.seats > 10\n\
                 && guest.said.department == \"sales\" && guest.said.name == \"Ada Löw <&>\" && guest.said.page.size() == 1024'''\n\
                 queue = \"sales\"\ntags = [\"gold\"]\n";
    let Ruled { _key, opened } = ruled(kind, rules);
    let mut bob = opened.operator("bob").await;
    let _alice = opened.operator("alice").await;
    let mut asked = opened.guest_alone("ruled").await;
    let used = token("one");
    let page = "x".repeat(2_000);
    let fields = field("department", "sales")
        + &field("name", "Ada Löw &lt;&amp;&gt;")
        + &field("page", &page)
        + &field("token", &used);
    invite(&asked.guest, asked.room.as_str(), &fields);
    asked.desk_comes().await;
    let card =
        bob.expect("the offer", |stanza| direct_words(stanza, DESK).filter(|words| words.contains("!accept"))).await;
    assert!(
        card.contains("Proved by a signed token:\n> id: customer-7\n> plan: {\"name\":\"gold\",\"seats\":12}\n"),
        "{card}"
    );
    assert!(card.contains("> department: sales\n> name: Ada Löw <&>\n") && card.contains("> My bill\n"), "{card}");
    bob.direct(DESK, "!accept 1");
    let chat = opened.desk.wait_for_stage("serving").await;
    assert_eq!(chat["queue"], "sales");
    let why = opened.desk.why(&chat);
    assert_eq!((&why[0]["kind"], &why[0]["rule"]["number"]), (&json!("ruled"), &json!(1)));

    // The same token in another chat proves nothing there.
    let mut again = opened.guest_alone("again").await;
    invite(&again.guest, again.room.as_str(), &(field("department", "sales") + &field("token", &used)));
    again.desk_comes().await;
    let chats = opened.desk.wait_for_chats("both", |chats| chats.len() == 2).await;
    let other = chats.iter().find(|chat| chat["room"] == again.room.as_str()).unwrap();
    assert_eq!(other["queue"], "support");
    let told: Vec<Value> = opened.desk.transcript(other);
    assert!(
        told.iter()
            .any(|line| line["kind"] == "note" && line["body"].as_str().unwrap().contains("used in another chat"))
    );
    let export = opened.desk.output_of(&["export", "--chat", &chat["id"].to_string()]);
    assert!(export.contains("customer-7") && !export.contains(&used), "what was proved is kept, the token is not");
}

async fn a_signature_with_ed25519_is_believed_and_nothing_made_of_the_public_key(kind: Kind) {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let public = signer.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
    let rules = "[[rule]]\nwhen = 'has(guest.id) && guest.id == \"customer-7\"'\nqueue = \"sales\"\n";
    let Ruled { _key, opened } = ruled_with(kind, "EdDSA", &public, rules);
    let header = Header::empty();
    let good = Ed25519.token(&header, &claims("one"), &signer).unwrap();
    let other = Ed25519.token(&header, &claims("two"), &SigningKey::from_bytes(&[8; 32])).unwrap();
    let confused = Hs256.token(&header, &claims("three"), &Hs256Key::new(public.as_bytes())).unwrap();
    let bytes = Hs256.token(&header, &claims("four"), &Hs256Key::new(signer.verifying_key().as_bytes())).unwrap();
    for (name, token, queue, noted) in [
        ("good", good, "sales", None),
        ("other", other, "support", Some("not signed with the key")),
        ("confused", confused, "support", Some("not signed in the way")),
        ("bytes", bytes, "support", Some("not signed in the way")),
    ] {
        let mut asked = opened.guest_alone(name).await;
        invite(&asked.guest, asked.room.as_str(), &field("token", &token));
        asked.desk_comes().await;
        let is_here = |chat: &&Value| chat["room"] == asked.room.as_str();
        let chats = opened.desk.wait_for_chats(name, |chats| chats.iter().any(|chat| is_here(&chat))).await;
        let chat = chats.iter().find(is_here).unwrap();
        assert_eq!(chat["queue"], queue, "{name}");
        let lines = opened.desk.transcript(chat);
        let note = lines.iter().filter_map(|line| line["body"].as_str()).find(|body| body.contains("signed token"));
        assert_eq!(note.is_some(), noted.is_some(), "{name}: {note:?}");
        assert!(noted.is_none_or(|words| note.unwrap().contains(words)), "{name}: {note:?}");
    }
}

/// Through a room the same person is welcome.
async fn who_writes_to_the_address_is_refused_by_a_rule(kind: Kind) {
    let rules = "[[rule]]\nwhen = 'guest.channel == \"direct\"'\nrefuse = \"Please use the button on our web site.\"\n";
    let Ruled { _key, opened } = ruled(kind, rules);
    let mut carol = Client::login(&opened.server, "carol").await;
    carol.direct(DESK, "My printer is on fire");
    carol.read(DESK, "why not", |words| words == "Please use the button on our web site.").await;
    let chat = opened.desk.wait_for_stage("closed").await;
    assert_eq!((&chat["outcome"], &chat["guest"]), (&json!("refused"), &json!(carol.jid().to_string())));
    assert_eq!(opened.desk.why(&chat)[0]["kind"], "refused");
    let room = carol.open_room("through", "Carol").await;
    let mut asked = Asked { guest: carol, room };
    asked.guest.invite_mediated(&asked.room, DESK, "I need help");
    asked.desk_comes().await;
    assert_eq!(
        asked.guest.count(|stanza| String::from(stanza).contains("xmpp:chat-")),
        0,
        "no room was opened for them"
    );
}

async fn a_rule_refuses_with_its_sentence(kind: Kind) {
    let rules = "[[rule]]\nwhen = 'has(guest.said.page) && guest.said.page.startsWith(\"https://example.org/press\")'\n\
                 refuse = \"Please write to press@example.org.\"\n";
    let Ruled { _key, opened } = ruled(kind, rules);
    let mut asked = opened.guest_alone("press").await;
    invite(&asked.guest, asked.room.as_str(), &field("page", "https://example.org/press/2026"));
    asked.guest.read(DESK, "why not", |words| words == "Please write to press@example.org.").await;
    assert_eq!(opened.desk.wait_for_stage("closed").await["outcome"], "refused");
    invite(&asked.guest, asked.room.as_str(), &field("page", "https://example.org/"));
    asked.desk_comes().await;
}

async fn forms_beyond_all_measure_do_no_harm(kind: Kind) {
    let rules = "[[rule]]\nwhen = 'has(guest.said.f0) || has(guest.said.twice) || has(guest.id)'\ntags = [\"read\"]\n";
    let Ruled { _key, opened } = ruled(kind, rules);
    let many: String = (0..2_000).map(|n| field(&format!("g{n}"), "x")).collect();
    let deep = format!("<field var='f0'>{}{}</field>", "<value>".repeat(60), "</value>".repeat(60));
    let twice = field("twice", "a") + &field("twice", "b");
    let claims = field("token", &"A".repeat(100_000));
    let typed = "<field var='f0' type='boolean'><value>perhaps</value></field>".to_owned();
    for (number, fields) in [many, deep, twice, claims, typed, field("FORM_TYPE", "other")].into_iter().enumerate() {
        let mut asked = opened.guest_alone(&format!("hostile{number}")).await;
        invite(&asked.guest, asked.room.as_str(), &fields);
        asked.desk_comes().await;
    }
    let chats = opened.desk.wait_for_chats("all of them", |chats| chats.len() == 6).await;
    for chat in &chats {
        let why = opened.desk.why(chat);
        assert_eq!(why[0]["because"], "no rule applies", "{why:?}");
    }
}
