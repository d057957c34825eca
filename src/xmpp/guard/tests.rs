//! What any guest can send, what comes out of the guard, and what the library makes of that.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;

use futures::StreamExt;
use tokio::io::{BufStream, join, sink};
use xmpp::minidom::Element;
use xmpp::parsers::iq::Iq;
use xmpp::parsers::message::MessageType;
use xmpp::parsers::presence::Type;
use xmpp::parsers::stanza::Stanza;
use xmpp::tokio_xmpp::xmlstream::{
    FallibleStreamElement, ReadError, StreamHeader, Timeouts, XmppStreamElement, initiate_stream,
};

use super::limits::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, WORDS_MAX};
use super::*;
use crate::xmpp::jitter::Jitter;
use crate::xmpp::names;

/// As Prosody and ejabberd write it, after our connector has emptied the language.
const OPENING: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
     id='1' from='chat.example' version='1.0' xml:lang=''>";
const FEATURES: &str = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
const GROUP: &str = "from='help@rooms.chat.example/Guest' to='desk@chat.example/desk' type='groupchat' id='m1'";
const STAMPS: &str = "<stanza-id xmlns='urn:xmpp:sid:0' by='help@rooms.chat.example' id='s1'/>\
     <delay xmlns='urn:xmpp:delay' from='help@rooms.chat.example' stamp='2026-11-30T09:00:00Z'/>";

/// What comes out when it goes in in pieces of this length.
fn guarded_in(pieces: usize, bytes: &[u8]) -> Vec<u8> {
    let (mut guard, mut out) = (Guard::new(), Vec::new());
    bytes.chunks(pieces.max(1)).for_each(|piece| guard.pass(piece, &mut out).unwrap());
    out
}

/// What comes out of a stream with these elements, without what comes before them.
fn guarded(elements: &str) -> String {
    let before = format!("{OPENING}{FEATURES}");
    let out = String::from_utf8(guarded_in(usize::MAX, format!("{before}{elements}").as_bytes())).unwrap();
    out.strip_prefix(&before).unwrap().to_owned()
}

/// What the library itself reads from these elements: each must be readable, and nothing may be left.
fn read(elements: &str) -> Vec<XmppStreamElement> {
    let bytes = format!("{OPENING}{FEATURES}{elements}</stream:stream>");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let io = BufStream::new(join(bytes.as_bytes(), sink()));
        let header = StreamHeader { to: None, from: None, id: None };
        let opened = initiate_stream(io, names::CLIENT, header, Timeouts::default()).await.unwrap();
        let (_, mut stream) = opened.recv_features::<FallibleStreamElement>().await.unwrap();
        let mut elements = Vec::new();
        loop {
            match stream.next().await {
                Some(Ok(FallibleStreamElement::Ok(element))) => elements.push(element),
                Some(Err(ReadError::StreamFooterReceived)) => return elements,
                other => panic!("{other:?} in {bytes}"),
            }
        }
    })
}

fn stanza(elements: &str) -> Stanza {
    match read(elements).pop() {
        Some(XmppStreamElement::Stanza(stanza)) => stanza,
        other => panic!("{other:?}"),
    }
}

/// The payload of a marker: its reason and its words.
fn unreadable(payloads: &[Element]) -> (String, String) {
    let found = payloads.iter().find(|payload| payload.is("unreadable", names::GUARD));
    let found = found.unwrap_or_else(|| panic!("no marker: {payloads:?}"));
    (found.attr("reason").unwrap().to_owned(), found.text())
}

fn message(children: &str) -> String {
    format!("<message {GROUP}>{children}{STAMPS}</message>")
}

fn nested(levels: usize) -> String {
    format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels))
}

/// Each class of poison, with the reason that its marker gives.
fn poisons() -> Vec<(&'static str, String)> {
    let long = "x".repeat(9_000);
    let many = (0..=ATTRIBUTES_MAX).fold(String::new(), |mut all, number| {
        let _ = write!(all, " a{number}='1'");
        all
    });
    let hello = "<body>Hello &amp; goodbye</body>";
    vec![
        ("depth", format!("{hello}{}", nested(1_500))),
        ("depth", format!("{}{hello}", nested(70_000))),
        ("depth", format!("{hello}<x xmlns='urn:x'>{}</x>", nested(DEPTH_MAX - 1))),
        ("grammar", format!("{hello}<x xmlns='urn:x' a='{long}'/>")),
        ("grammar", format!("{hello}<{long} xmlns='urn:x'/>")),
        ("grammar", format!("{hello}<x xmlns='urn:x' {long}='1'/>")),
        ("grammar", format!("{hello}<x xmlns='{long}'/>")),
        ("grammar", format!("{hello}<x:y/>")),
        ("grammar", format!("{hello}<x a='1' a='2'/>")),
        ("grammar", format!("{hello}<a:b:c xmlns:a='urn:x'/>")),
        ("grammar", format!("{hello}<!-- no -->")),
        ("grammar", format!("{hello}<?xml version='1.0'?>")),
        ("grammar", format!("{hello}<x>&nope;</x>")),
        ("grammar", format!("{hello}<x>&#1;</x>")),
        ("grammar", format!("{hello}<x></y>")),
        ("attributes", format!("{hello}<x xmlns='urn:x'{many}/>")),
        ("elements", format!("{hello}{}", "<x xmlns='urn:x'/>".repeat(ELEMENTS_MAX))),
        ("size", format!("{hello}<x xmlns='urn:x'>{}</x>", "y".repeat(STANZA_MAX))),
        ("size", format!("<x xmlns='urn:x'>{}</x>{hello}", "y".repeat(3 * STANZA_MAX))),
        ("form", format!("{hello}<thread>1</thread><thread>2</thread>")),
        ("form", format!("{hello}stray")),
        ("bodies", format!("{hello}<body>and more</body>")),
        ("bodies", "<body xml:lang='de'>Hello &amp; goodbye</body><body xml:lang='DE'>more</body>".to_owned()),
        ("forged", format!("{hello}<unreadable xmlns='urn:frontdesk:guard:0'>never said</unreadable>")),
        ("forged", format!("{hello}<x xmlns='urn:x'><y xmlns='urn:frontdesk:guard:0'/></x>")),
    ]
}

#[test]
fn each_poison_in_a_room_becomes_one_marker() {
    for (reason, children) in poisons() {
        let Stanza::Message(marker) = stanza(&guarded(&message(&children))) else { panic!("{reason}") };
        let (given, words) = unreadable(&marker.payloads);
        let start: String = children.chars().take(100).collect();
        assert_eq!(given, reason, "{start}");
        assert!(words.starts_with("Hello & goodbye"), "{words:?} from {start}");
        assert_eq!(marker.from.unwrap().as_str(), "help@rooms.chat.example/Guest");
        assert_eq!(marker.to.unwrap().as_str(), "desk@chat.example/desk");
        assert_eq!((marker.type_, marker.id.unwrap().0.as_str()), (MessageType::Groupchat, "m1"));
        assert!(marker.bodies.is_empty());
        let attr = |name: &str, attribute: &str| {
            let found = marker.payloads.iter().find(|payload| payload.name() == name);
            found.and_then(|payload| payload.attr(attribute)).map(str::to_owned)
        };
        assert_eq!(attr("stanza-id", "id").as_deref(), Some("s1"));
        assert_eq!(attr("stanza-id", "by").as_deref(), Some("help@rooms.chat.example"));
        assert_eq!(attr("delay", "stamp").as_deref(), Some("2026-11-30T09:00:00Z"));
    }
}

#[test]
fn poison_of_all_kinds_keeps_the_count_of_stanzas() {
    let mut sent = String::new();
    let mut count = 0;
    for (_, children) in poisons() {
        for (name, attributes) in [("message", GROUP), ("presence", "from='a@b/c'"), ("iq", "type='set' id='1'")] {
            let _ = write!(sent, "<{name} {attributes}>{children}</{name}> ");
            count += 1;
        }
    }
    let read = read(&guarded(&sent));
    assert_eq!(read.len(), count);
    assert!(read.iter().all(|element| matches!(element, XmppStreamElement::Stanza(_))));
}

#[test]
fn whatever_the_pieces_the_outcome_is_the_same() {
    let mut stream = format!("<?xml version='1.0'?>{OPENING}{FEATURES}");
    for (_, children) in poisons().iter().filter(|(_, children)| children.len() < 20_000) {
        stream.push_str(&message(children));
        stream.push_str(" \n");
    }
    stream.push_str("<message from='a@b/c' type='chat'><body>Grüße 😀</body></message></stream:stream>");
    let whole = guarded_in(usize::MAX, stream.as_bytes());
    for pieces in (1..40).chain([100, 1_000, 8_191, 8_192]) {
        assert!(guarded_in(pieces, stream.as_bytes()) == whole, "in pieces of {pieces}");
    }
    let mut jitter = Jitter::new(1);
    for _ in 0..20 {
        let (mut guard, mut out, mut rest) = (Guard::new(), Vec::new(), stream.as_bytes());
        while !rest.is_empty() {
            let length = 1 + usize::try_from(jitter.draw() % 5_000).unwrap();
            let (piece, others) = rest.split_at(length.min(rest.len()));
            guard.pass(piece, &mut out).unwrap();
            rest = others;
        }
        assert!(out == whole);
    }
}

#[test]
fn cut_anywhere_in_two_the_outcome_is_the_same() {
    let poison = message("<body>a</body><thread>1</thread><thread>2</thread><x a=\"'>\" b = '\"/>'/><![CDATA[<]]>");
    let stream = format!("{OPENING}{FEATURES}{poison}<presence from='a@b/c'/><!-- > --></stream:stream>");
    let whole = guarded_in(usize::MAX, stream.as_bytes());
    for place in 0..=stream.len() {
        let (mut guard, mut out) = (Guard::new(), Vec::new());
        guard.pass(&stream.as_bytes()[..place], &mut out).unwrap();
        guard.pass(&stream.as_bytes()[place..], &mut out).unwrap();
        assert!(out == whole, "cut at {place}");
    }
}

#[test]
fn what_the_library_reads_passes_byte_for_byte() {
    let elements = [
        message("<body>one</body><body xml:lang='de'>zwei</body><subject>s</subject><thread parent='p'>t</thread>"),
        message(&format!("<body>{}</body>", "&quot;".repeat(80_000))),
        message(&format!("<body>&lt;![CDATA[</body><x xmlns='urn:x'>{}</x>", nested(DEPTH_MAX - 3))),
        format!(
            "<message type='error' from='a@b'><error type='cancel'><gone xmlns='{}'/></error></message>",
            names::STANZA_ERRORS
        ),
        "<presence from='op@chat.example/phone'><show>away</show><status>Tea</status><priority>5</priority></presence>"
            .to_owned(),
        "<iq type='get' from='a@b/c' id='1'><ping xmlns='urn:xmpp:ping'/></iq>".to_owned(),
        "<iq type='result' from=\"a@b/c\" id='2' />".to_owned(),
        "<r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='7'/>".to_owned(),
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>".to_owned(),
        " \n\t".to_owned(),
    ];
    for element in &elements {
        assert_eq!(guarded(element), *element);
    }
    assert_eq!(guarded(&elements.concat()), elements.concat());
}

#[test]
fn an_element_passes_as_soon_as_it_is_complete() {
    let stream = format!("{OPENING}{FEATURES}<presence/><iq type='result' id='1'></iq>");
    let (mut guard, mut out) = (Guard::new(), Vec::new());
    for (place, byte) in stream.bytes().enumerate() {
        guard.pass(&[byte], &mut out).unwrap();
        let complete = ["stream'  ", OPENING, FEATURES, "<presence/>"];
        if complete.iter().any(|end| stream.as_bytes()[..=place].ends_with(end.as_bytes())) {
            assert_eq!(out, &stream.as_bytes()[..=place]);
        }
    }
    assert_eq!(out, stream.as_bytes());
}

#[test]
fn a_stream_begins_anew_after_the_login() {
    let features = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>\
         </mechanisms></stream:features>";
    let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let declared =
        format!("<?xml version='1.0'?>{OPENING}{features}{success}<?xml version='1.0'?>{OPENING}{FEATURES}<presence/>");
    let plain = declared.replace("<?xml version='1.0'?>", "");
    assert_eq!(String::from_utf8(guarded_in(7, declared.as_bytes())).unwrap(), plain);
    let again = format!("{plain}</stream:stream>");
    let twice = format!("{again} stray {again}<presence/>");
    assert_eq!(String::from_utf8(guarded_in(7, twice.as_bytes())).unwrap(), format!("{again}{again}"));
}

#[test]
fn the_poison_may_come_before_the_addresses() {
    let long = "x".repeat(2 * STANZA_MAX);
    for attributes in [format!("id='{long}' {GROUP}"), format!("x='{long}' {GROUP}"), format!("{long}='1' {GROUP}")] {
        let Stanza::Message(marker) = stanza(&guarded(&format!("<message {attributes}><body>b</body></message>")))
        else {
            panic!("no message")
        };
        assert_eq!(marker.from.unwrap().as_str(), "help@rooms.chat.example/Guest");
        assert_eq!(unreadable(&marker.payloads), ("size".to_owned(), "b".to_owned()));
    }
}

#[test]
fn what_cannot_be_kept_is_left_out() {
    let id = "x".repeat(9_000);
    let Stanza::Message(marker) = stanza(&guarded(&format!("<message from='@' type='odd' id='{id}'/>"))) else {
        panic!("no message")
    };
    assert_eq!((marker.from, marker.id, marker.type_), (None, None, MessageType::Normal));
}

#[test]
fn words_are_resolved_bounded_and_legal() {
    let words = |body: &str| {
        let sent = message(&format!("<body>{body}</body>stray"));
        let Stanza::Message(marker) = stanza(&guarded(&sent)) else { panic!("no message") };
        unreadable(&marker.payloads).1
    };
    assert_eq!(words("&lt;&gt;&amp;&apos;&quot;&#228;&#xE4;"), "<>&'\"ää");
    assert_eq!(
        words("&nope;|&#0;|&#xFFFFFF;|& |&#x0000000000000000041;"),
        "\u{fffd}|\u{fffd}|\u{fffd}|\u{fffd} |\u{fffd}#x0000000000000000041;"
    );
    assert_eq!(words("<![CDATA[<b>&amp;</b>]]>"), "<b>&amp;</b>");
    assert_eq!(words("a<i>b<i>c</i></i>d"), "abcd");
    assert_eq!(words(&"x".repeat(200_000)).len(), WORDS_MAX);
}

#[test]
fn an_unreadable_result_of_the_archive_is_still_one() {
    let inner = format!("<message xmlns='jabber:client' {GROUP}><body>old</body>{}</message>", nested(1_500));
    let delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-30T09:00:00Z'/>";
    let sent = format!(
        "<message from='help@rooms.chat.example' to='desk@chat.example/desk' id='r1'>\
         <result xmlns='urn:xmpp:mam:2' queryid='q1' id='a1'><forwarded xmlns='urn:xmpp:forward:0'>{delay}{inner}\
         </forwarded></result></message>"
    );
    let Stanza::Message(marker) = stanza(&guarded(&sent)) else { panic!("no message") };
    assert_eq!(unreadable(&marker.payloads), ("depth".to_owned(), String::new()));
    let result = marker.payloads.iter().find(|payload| payload.is("result", names::ARCHIVE)).unwrap();
    assert_eq!((result.attr("queryid"), result.attr("id")), (Some("q1"), Some("a1")));
    let forwarded = result.get_child("forwarded", names::FORWARD).unwrap();
    assert_eq!(forwarded.get_child("delay", names::DELAY).unwrap().attr("stamp"), Some("2026-11-30T09:00:00Z"));
    let old = forwarded.get_child("message", names::CLIENT).unwrap().clone();
    let old = xmpp::parsers::message::Message::try_from(old).unwrap();
    assert_eq!(old.from.unwrap().as_str(), "help@rooms.chat.example/Guest");
    assert_eq!(unreadable(&old.payloads), ("depth".to_owned(), "old".to_owned()));
}

#[test]
fn a_flood_of_ids_does_not_wash_the_rooms_away() {
    let flood = "<stanza-id xmlns='urn:xmpp:sid:0' by='eve@guest.example' id='e'/>".repeat(1_000);
    for children in [format!("{flood}stray{STAMPS}"), format!("{STAMPS}{flood}stray")] {
        let Stanza::Message(marker) = stanza(&guarded(&format!("<message {GROUP}>{children}</message>"))) else {
            panic!("no message")
        };
        assert!(marker.payloads.iter().any(|payload| payload.attr("by") == Some("help@rooms.chat.example")));
        assert!(marker.payloads.len() < 10);
    }
}

#[test]
fn an_unreadable_presence_says_who_and_what_the_room_says() {
    let user = "<x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='none' role='participant' jid='a@guest.example/w'/><status code='170'/></x>";
    let sent = format!("<presence from='help@rooms.chat.example/Guest'>{}{user}</presence>", nested(1_500));
    let Stanza::Presence(marker) = stanza(&guarded(&sent)) else { panic!("no presence") };
    assert_eq!(marker.type_, Type::None);
    let kept = marker.payloads.iter().find(|payload| payload.is("x", names::MUC_USER)).unwrap();
    assert_eq!(kept.get_child("item", names::MUC_USER).unwrap().attr("jid"), Some("a@guest.example/w"));
    assert_eq!(kept.get_child("status", names::MUC_USER).unwrap().attr("code"), Some("170"));

    for (odd, kind) in [("<show>odd</show>", Type::None), ("<priority>999</priority>", Type::None)] {
        let Stanza::Presence(marker) = stanza(&guarded(&format!("<presence from='a@b/c'>{odd}</presence>"))) else {
            panic!("no presence")
        };
        assert_eq!((marker.type_, unreadable(&marker.payloads).0.as_str()), (kind, "form"));
    }
    let Stanza::Presence(marker) = stanza(&guarded("<presence from='a@b/c' type='odd'/>")) else {
        panic!("no presence")
    };
    assert_eq!(marker.type_, Type::Error);
}

#[test]
fn an_unreadable_question_or_answer_keeps_its_kind() {
    let marker =
        |attributes: &str| match stanza(&guarded(&format!("<iq from='a@b/c' {attributes}>{}</iq>", nested(99)))) {
            Stanza::Iq(iq) => iq,
            other => panic!("{other:?}"),
        };
    assert!(matches!(marker("type='get' id='1'"), Iq::Get { payload, .. } if payload.is("unreadable", names::GUARD)));
    assert!(matches!(marker("type='set' id='1'"), Iq::Set { payload, .. } if payload.is("unreadable", names::GUARD)));
    assert!(matches!(marker("type='result' id='1'"), Iq::Result { payload: Some(_), .. }));
    assert!(matches!(marker("type='error' id='1'"), Iq::Error { .. }));
    assert!(matches!(marker("type='odd' id='1'"), Iq::Error { id, .. } if id == "1"));
    assert!(matches!(marker("type='set'"), Iq::Set { id, .. } if id.is_empty()));
}

#[test]
fn what_the_server_says_between_stanzas_never_ends_the_stream() {
    assert_eq!(guarded("stray<presence/>&#65;<!-- a --><![CDATA[b]]><?c?><!DOCTYPE d>"), "<presence/>");
    assert_eq!(
        guarded("<unknown xmlns='urn:x'/><message xmlns='urn:x'/><presence/>").matches("<presence/>").count(),
        1
    );
    assert!(!guarded("<unknown/>").contains("unknown"));
    assert_eq!(guarded(&format!("<r xmlns='urn:xmpp:sm:3' x='{}'/>", "x".repeat(2 * STANZA_MAX))), "");
}

#[test]
fn a_refused_resumption_can_be_read() {
    let refused =
        "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
    assert!(matches!(read(&guarded(refused)).as_slice(), [XmppStreamElement::SM(_)]));
}

#[test]
fn without_a_header_there_is_no_connection() {
    let mut out = Vec::new();
    let long = format!("<stream:stream a='{}'>", "x".repeat(HEADER_MAX));
    assert_eq!(Guard::new().pass(long.as_bytes(), &mut out), Err(NoHeader));
    assert_eq!(Guard::new().pass(b"<stream:stream>", &mut out), Err(NoHeader));
    assert_eq!(Guard::new().pass(b"<presence/>stray</stream:stream>", &mut out), Ok(()));
    assert_eq!(out, b"");
}

#[test]
fn memory_stays_bounded() {
    let (mut guard, mut out) = (Guard::new(), Vec::new());
    guard.pass(format!("{OPENING}{FEATURES}<message><body>").as_bytes(), &mut out).unwrap();
    let before = out.len();
    for _ in 0..1_000 {
        guard.pass(&[b'x'; 10_000], &mut out).unwrap();
        assert!(guard.frame.bytes.capacity() <= 2 * (STANZA_MAX + 1));
    }
    assert_eq!(out.len(), before);
    guard.pass(b"</body></message>", &mut out).unwrap();
    assert!(out.len() - before < WORDS_MAX + 1_000);
    assert!(guard.frame.bytes.capacity() <= BUFFER_KEPT);
}
