//! Messages as they come from servers, and what is heard.
#![allow(clippy::unwrap_used, clippy::panic)]

use xmpp::minidom::Element;

use super::super::archived;
use super::*;
use crate::desk::event::{Body, Condition, Invitation, InvitationForm, RoomMessage};
use crate::desk::facts::Brought;
use crate::desk::ids::{Nick, RoomJid, StanzaId};

fn heard(attributes: &str, children: &str) -> Option<Event> {
    let xml = format!("<message xmlns='jabber:client' {attributes}>{children}</message>");
    let message = Message::try_from(xml.parse::<Element>().unwrap()).unwrap();
    hear(&message, &"desk@chat.example".parse().unwrap())
}

fn invitation(attributes: &str, children: &str) -> Invitation {
    match heard(attributes, children) {
        Some(Event::InvitationReceived(invitation)) => invitation,
        other => panic!("{other:?}"),
    }
}

fn said(children: &str) -> RoomMessage {
    match heard("type='groupchat' from='help@rooms.chat.example/Guest' id='m1'", children) {
        Some(Event::RoomMessageReceived(message)) => *message,
        other => panic!("{other:?}"),
    }
}

const ROOM: &str = "from='help@rooms.chat.example'";
const GUEST: &str = "from='a@guest.example/web'";
const MEDIATED: &str = "<x xmlns='http://jabber.org/protocol/muc#user'>\
    <invite from='a@guest.example/web' xml:lang='de'><reason>Drucker</reason></invite><password>geheim</password></x>";
const DIRECT: &str = "<x xmlns='jabber:x:conference' jid='help@rooms.chat.example' password='p' reason='printer'/>";

#[test]
fn a_mediated_invitation() {
    let expected = Invitation {
        room: "help@rooms.chat.example".parse().unwrap(),
        from: "a@guest.example/web".parse().unwrap(),
        form: InvitationForm::Mediated,
        password: Some("geheim".to_owned()),
        reason: Some("Drucker".to_owned()),
        language: Some("de".to_owned()),
        brought: Brought::default(),
    };
    assert_eq!(invitation(ROOM, MEDIATED), expected);
}

#[test]
fn prosody_sends_two_forms_and_a_body_that_are_one_invitation() {
    let children = format!("{MEDIATED}{DIRECT}<body>come</body>");
    assert_eq!(invitation(ROOM, &children).form, InvitationForm::Mediated);
}

#[test]
fn nobody_but_a_room_mediates() {
    assert_eq!(heard(GUEST, MEDIATED), None);
    assert_eq!(heard("from='help@rooms.chat.example/Guest'", MEDIATED), None);
    assert_eq!(heard("from='rooms.chat.example'", MEDIATED), None);
    let both = format!("{MEDIATED}{DIRECT}");
    assert_eq!(invitation(GUEST, &both).form, InvitationForm::Direct);
}

#[test]
fn a_direct_invitation() {
    let expected = Invitation {
        room: "help@rooms.chat.example".parse().unwrap(),
        from: "a@guest.example/web".parse().unwrap(),
        form: InvitationForm::Direct,
        password: Some("p".to_owned()),
        reason: Some("printer".to_owned()),
        language: None,
        brought: Brought::default(),
    };
    assert_eq!(invitation(GUEST, &format!("{DIRECT}<body>please</body>")), Invitation { language: None, ..expected });
}

#[test]
fn invitations_that_make_no_sense_come_to_nothing() {
    for jid in ["", "jid=''", "jid='rooms.chat.example'", "jid='@'", "jid='a b@c'", "jid='r@rooms.chat.example/nick'"] {
        assert_eq!(heard(GUEST, &format!("<x xmlns='jabber:x:conference' {jid}/><body>x</body>")), None, "{jid}");
    }
    let long = "x".repeat(2_000);
    let x = format!("<x xmlns='jabber:x:conference' jid='r@rooms.chat.example' password='{long}'/>");
    assert_eq!(heard(GUEST, &x), None);
}

#[test]
fn a_huge_reason_is_cut() {
    let x = format!("<x xmlns='jabber:x:conference' jid='r@rooms.chat.example' reason='{}'/>", "ü".repeat(3_000));
    assert_eq!(invitation(GUEST, &x).reason.unwrap().len(), 1_024);
}

#[test]
fn a_declined_invitation() {
    let decline = "<x xmlns='http://jabber.org/protocol/muc#user'><decline from='op@chat.example'/></x>";
    let room = "help@rooms.chat.example".parse().unwrap();
    let by = "op@chat.example".parse().unwrap();
    assert_eq!(heard(ROOM, decline), Some(Event::InvitationDeclined { room, by }));
    assert_eq!(heard(GUEST, decline), None);
}

#[test]
fn words_in_a_room() {
    let message = said(
        "<body xml:lang='de'>Hallo</body>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='help@rooms.chat.example' id='s1'/>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='chat.example' id='s2'/>\
         <replace xmlns='urn:xmpp:message-correct:0' id='m0'/>",
    );
    assert_eq!(message.room.to_string(), "help@rooms.chat.example");
    assert_eq!(message.nick, Some("Guest".into()));
    assert_eq!(message.id, Some("m1".into()));
    assert_eq!(message.body, Body::Words("Hallo".to_owned()));
    assert_eq!(message.stanza_id.unwrap().0, "s1");
    assert_eq!(message.corrects.unwrap(), "m0");
    assert_eq!(message.language.unwrap(), "de");
    assert_eq!(message.delay, None);
}

#[test]
fn two_ids_of_the_room_are_worth_nothing() {
    let id = |id| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='help@rooms.chat.example' id='{id}'/>");
    assert_eq!(said(&format!("<body>x</body>{}{}", id(1), id(2))).stanza_id, None);
}

#[test]
fn the_rooms_own_stamp_counts() {
    let delay = |from: &str, stamp: &str| format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='{stamp}'/>");
    let both = format!(
        "<body>x</body>{}{}",
        delay("chat.example", "2026-11-22T10:00:05Z"),
        delay("help@rooms.chat.example", "2026-11-22T10:00:00Z")
    );
    let chosen = said(&both).delay.unwrap();
    assert_eq!(chosen.from.unwrap().as_str(), "help@rooms.chat.example");
    assert_eq!(chosen.stamp.to_rfc3339(), "2026-11-22T10:00:00+00:00");
    assert_eq!(said(&format!("<body>x</body>{}", delay("a@b", "yesterday"))).delay, None);
}

#[test]
fn all_that_anybody_may_read_is_heard() {
    let message = said("<body xml:lang='de'>Hallo</body><body>Hello</body><body xml:lang='fr'/>");
    assert_eq!((message.body, message.language), (Body::Words("Hello\n[de] Hallo".to_owned()), None));
    let message = said("<body xml:lang='de'>Hallo</body><body xml:lang='fr'>Salut</body><subject>Hello</subject>");
    assert_eq!(message.body, Body::Words("[de] Hallo\n[fr] Salut\n[subject] Hello".to_owned()));
}

#[test]
fn encrypted_words_are_told_apart_from_key_exchange() {
    let omemo = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header/><payload>x</payload></encrypted>";
    assert_eq!(said(&format!("{omemo}<body>fallback</body>")).body, Body::Encrypted("fallback".to_owned()));
    assert_eq!(said(omemo).body, Body::Encrypted(String::new()));
    let keys = "<encrypted xmlns='urn:xmpp:omemo:2'><header/></encrypted>";
    assert_eq!(heard("type='groupchat' from='help@rooms.chat.example/Guest'", keys), None);
}

#[test]
fn retractions_old_and_new() {
    let new = said("<retract xmlns='urn:xmpp:message-retract:1' id='s1'/>");
    assert_eq!((new.retracts.unwrap(), new.body), ("s1".to_owned(), Body::Words(String::new())));
    let old = said(
        "<apply-to xmlns='urn:xmpp:fasten:0' id='s1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>\
         <body>retracted</body>",
    );
    assert_eq!(old.retracts.unwrap(), "s1");
}

#[test]
fn silence_is_no_event() {
    let groupchat = "type='groupchat' from='help@rooms.chat.example/Guest'";
    for children in ["", "<body/>", &chat_state("scribbling"), "<composing xmlns='jabber:x:event'/>"] {
        assert_eq!(heard(groupchat, children), None, "{children}");
        assert_eq!(heard(&format!("type='chat' {GUEST}"), children), None, "{children}");
    }
    assert_eq!(heard(&format!("type='chat' {GUEST}"), &chat_state("composing")), None);
    assert_eq!(heard("type='chat' from='help@rooms.chat.example/Guest'", &chat_state("composing")), None);
    assert_eq!(heard("type='headline' from='chat.example'", "<body>maintenance</body>"), None);
    assert_eq!(heard("type='chat' from='chat.example'", "<body>maintenance</body>"), None);
    assert_eq!(heard("type='chat' from='desk@chat.example/phone'", "<body>note to self</body>"), None);
}

fn chat_state(name: &str) -> String {
    format!("<{name} xmlns='http://jabber.org/protocol/chatstates'/>")
}

#[test]
fn an_occupant_types_or_does_not() {
    let groupchat = "type='groupchat' from='help@rooms.chat.example/Guest' id='m1'";
    let event = |typing| {
        let (room, nick) = ("help@rooms.chat.example".parse().unwrap(), Nick::from("Guest"));
        Some(Event::OccupantTyping { room, nick, typing })
    };
    for (name, typing) in
        [("composing", true), ("active", false), ("paused", false), ("inactive", false), ("gone", false)]
    {
        let hint = "<no-store xmlns='urn:xmpp:hints'/><thread>t1</thread>";
        assert_eq!(heard(groupchat, &chat_state(name)), event(typing), "{name}");
        assert_eq!(heard(groupchat, &format!("{hint}{}", chat_state(name))), event(typing), "{name}");
    }
}

#[test]
fn who_says_something_types_no_more_and_what_was_typed_before_is_no_news() {
    let composing = chat_state("composing");
    assert_eq!(said(&format!("<body>hi</body>{composing}")).body, Body::Words("hi".to_owned()));
    let groupchat = "type='groupchat' from='help@rooms.chat.example/Guest'";
    let late = "<delay xmlns='urn:xmpp:delay' from='help@rooms.chat.example' stamp='2026-11-22T10:00:00Z'/>";
    for children in [format!("<body/>{composing}"), format!("{composing}{late}")] {
        assert_eq!(heard(groupchat, &children), None, "{children}");
    }
    let room = "type='groupchat' from='help@rooms.chat.example'";
    assert_eq!(heard(room, &composing), None, "the room itself types nothing");
    let (nick, subject) = (Some(Nick::from("Guest")), String::new());
    let subject = Event::SubjectReceived { room: "help@rooms.chat.example".parse().unwrap(), nick, subject };
    assert_eq!(heard(groupchat, &format!("<subject/>{composing}")), Some(subject));
    let marked = said(&format!("{composing}{UNREADABLE}"));
    assert_eq!(marked.body, Body::Unreadable("saved".to_owned()), "an unreadable stanza is one all the same");
}

#[test]
fn typing_that_an_archive_kept_is_nothing() {
    let room = "help@rooms.chat.example".parse().unwrap();
    let archived = |children: &str| {
        let said = format!(
            "<message xmlns='jabber:client' type='groupchat' from='help@rooms.chat.example/Guest'>{children}</message>"
        );
        let xml = format!(
            "<message xmlns='jabber:client' from='help@rooms.chat.example'><result xmlns='urn:xmpp:mam:2' id='1' \
             queryid='q'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' \
             stamp='2026-11-22T10:00:00Z'/>{said}</forwarded></result></message>"
        );
        let message = Message::try_from(xml.parse::<Element>().unwrap()).unwrap();
        archived::line(&room, &message).map(|line| line.body)
    };
    let composing = chat_state("composing");
    assert_eq!(archived(&composing), None);
    assert_eq!(archived(&format!("<body>hi</body>{composing}")), Some(Body::Words("hi".to_owned())));
}

#[test]
fn forged_archives_and_copies_do_not_hide_or_add_words() {
    let inner = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>never said</body></message></forwarded>";
    for wrapper in ["<result xmlns='urn:xmpp:mam:2' id='1'>", "<received xmlns='urn:xmpp:carbons:2'>"] {
        let name = wrapper.split([' ', '<']).nth(1).unwrap();
        let forged = format!("{wrapper}{inner}</{name}>");
        assert_eq!(heard(&format!("type='chat' {GUEST}"), &forged), None);
        assert_eq!(said(&format!("{forged}<body>said</body>")).body, Body::Words("said".to_owned()));
    }
}

#[test]
fn the_subject_ends_the_history() {
    let room: RoomJid = "help@rooms.chat.example".parse().unwrap();
    let groupchat = "type='groupchat' from='help@rooms.chat.example'";
    let subject = "type='groupchat' from='help@rooms.chat.example/Guest'";
    let nick = Some(Nick::from("Guest"));
    let expected = Event::SubjectReceived { room: RoomJid::clone(&room), nick, subject: "Fire!".to_owned() };
    assert_eq!(heard(subject, "<subject>Fire!</subject>"), Some(expected));
    assert_eq!(
        heard(groupchat, "<subject/>"),
        Some(Event::SubjectReceived { room, nick: None, subject: String::new() })
    );
}

#[test]
fn direct_words_late_or_not() {
    let late = |children: &str| match heard(&format!("type='chat' {GUEST}"), &format!("<body>hi</body>{children}")) {
        Some(Event::DirectMessageReceived(message)) => message.delayed,
        other => panic!("{other:?}"),
    };
    let delay = |from: &str| format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='2026-11-22T10:00:00Z'/>");
    assert!(!late(""));
    assert!(late(&delay("chat.example")));
    assert!(late(&delay("desk@chat.example")));
    assert!(!late(&delay("a@guest.example")));
    assert!(!late(&delay("eve@chat.example")));
}

#[test]
fn what_came_back() {
    let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
        <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error>";
    let bounced = Event::MessageBounced {
        from: "op@chat.example".parse().unwrap(),
        id: Some(MessageId::from("m7")),
        condition: Condition::ServiceUnavailable,
    };
    assert_eq!(heard("type='error' from='op@chat.example' id='m7'", error), Some(bounced));
}

#[test]
fn an_id_that_is_too_long_is_none() {
    let id = "x".repeat(2_000);
    let message = format!("type='groupchat' from='help@rooms.chat.example/Guest' id='{id}'");
    let heard = heard(&message, "<body>x</body>");
    assert!(matches!(heard, Some(Event::RoomMessageReceived(message)) if message.id.is_none()));
}

const UNREADABLE: &str = "<unreadable xmlns='urn:frontdesk:guard:0' reason='depth'>saved</unreadable>";

#[test]
fn what_could_not_be_read_keeps_its_place_in_the_room() {
    let id = "<stanza-id xmlns='urn:xmpp:sid:0' by='help@rooms.chat.example' id='s1'/>";
    let message = said(&format!("{id}{UNREADABLE}"));
    assert_eq!(message.body, Body::Unreadable("saved".to_owned()));
    assert_eq!((message.id, message.stanza_id), (Some(MessageId::from("m1")), Some(StanzaId("s1".to_owned()))));
}

#[test]
fn what_could_not_be_read_is_nothing_from_person_to_person() {
    let nothing = |from: &str| Some(Event::StanzaUnreadable { from: from.parse().unwrap() });
    let both = format!("{DIRECT}{UNREADABLE}");
    for from in ["a@guest.example/web", "help@rooms.chat.example/Guest", "help@rooms.chat.example"] {
        assert_eq!(heard(&format!("type='chat' from='{from}'"), UNREADABLE), nothing(from));
        assert_eq!(heard(&format!("from='{from}'"), &both), nothing(from));
    }
}

// What a guest brings

fn form(fields: &str) -> Brought {
    let form = format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:frontdesk:guest:0</value></field>{fields}</x>"
    );
    invitation(GUEST, &format!("{DIRECT}{form}")).brought
}

fn form_said(fields: &str) -> String {
    serde_json::to_string(&form(fields).said).unwrap()
}

fn field(attributes: &str, values: &[&str]) -> String {
    let values: String = values.iter().map(|value| format!("<value>{value}</value>")).collect();
    format!("<field {attributes}>{values}</field>")
}

#[test]
fn a_form_is_read_by_type() {
    let fields = field("var='department'", &[" billing "])
        + &field("var='customer-id' type='text-single'", &["4711"])
        + &field("var='vip' type='boolean'", &["1"])
        + &field("var='topics' type='list-multi'", &["a", "", "b"])
        + &field("var='subject' type='text-multi'", &["one", "two"])
        + &field("var='open' type='list-multi'", &["one"])
        + &field("var='some'", &["x", "y"])
        + &field("var='token'", &["a.b.c"]);
    let brought = form(&fields);
    let expected = r#"{"customer_id":"4711","department":"billing","open":["one"],"some":["x","y"],"subject":"one\ntwo","topics":["a","b"],"vip":true}"#;
    assert_eq!(serde_json::to_string(&brought.said).unwrap(), expected);
    assert_eq!(brought.token.as_ref().map(|token| token.expose()), Some("a.b.c"));
    assert!(!format!("{brought:?}").contains("a.b.c"), "a token is never shown");
}

#[test]
fn what_makes_no_sense_in_a_form_comes_to_nothing() {
    for nothing in [
        field("var='vip' type='boolean'", &["perhaps"]),
        field("var='a' type='text-single'", &["x", "y"]),
        field("var='a' type='unheard-of'", &["x"]),
        field("var='a'", &[]),
        field("var='a'", &["  "]),
        field("", &["x"]),
        field("var='Ada'", &["x"]),
        field("var='1a'", &["x"]),
        field("var='a b'", &["x"]),
        field("var='a.b'", &["x"]),
        field(&format!("var='{}'", "a".repeat(65)), &["x"]),
        field("var='a'", &["x"]) + &field("var='a'", &["x"]),
        field("var='a-b'", &["x"]) + &field("var='a_b'", &["y"]),
        "<field var='a'><value xmlns='urn:other'>x</value></field>".to_owned(),
        "<field xmlns='urn:other' var='a'><value>x</value></field>".to_owned(),
        field("var='FORM_TYPE'", &["urn:frontdesk:guest:0"]) + &field("var='a'", &["x"]),
    ] {
        assert_eq!(form_said(&nothing), "{}", "{nothing}");
    }
}

#[test]
fn only_one_form_of_ours_counts() {
    let form = |kind: &str, form_type: &str| {
        format!(
            "<x xmlns='jabber:x:data' type='{kind}'>{}{}</x>",
            field("var='FORM_TYPE'", &[form_type]),
            field("var='a'", &["x"])
        )
    };
    let ours = form("submit", "urn:frontdesk:guest:0");
    let read = |children: &str| invitation(GUEST, children).brought.said;
    assert!(!read(&format!("{DIRECT}{ours}")).is_empty());
    assert!(!read(&format!("{ours}{DIRECT}")).is_empty());
    let within = DIRECT.replace("/>", &format!(">{ours}</x>"));
    assert!(!read(&within).is_empty());
    assert!(!read(&format!("{DIRECT}{ours}{}", form("submit", "urn:other"))).is_empty());
    for nothing in [form("submit", "urn:other"), form("form", "urn:frontdesk:guest:0"), format!("{ours}{ours}")] {
        assert!(read(&format!("{DIRECT}{nothing}")).is_empty(), "{nothing}");
    }
    assert_eq!(invitation(ROOM, &format!("{MEDIATED}{ours}")).brought, Brought::default());
}

#[test]
fn forms_are_bounded() {
    let many: String = (0..100).map(|n| field(&format!("var='f{n}'"), &["x"])).collect();
    assert_eq!(form(&many).said.iter().count(), 31);
    let long = field("var='a'", &["ö".repeat(1_000).as_str()]);
    assert_eq!(form(&long).said.text("a").map(str::len), Some(1_024));
    let several = field("var='a' type='list-multi'", &["x"; 100]);
    assert_eq!(form_said(&several).matches('x').count(), 16);
    let heavy: String = (0..30).map(|n| field(&format!("var='f{n}'"), &["x".repeat(1_000).as_str()])).collect();
    assert_eq!(form(&heavy).said.iter().count(), 16, "16 KiB in all");
    let token = form(&field("var='token'", &["x".repeat(1_000_000).as_str()])).token.unwrap();
    assert!(token.expose().len() <= 8_193);
}
