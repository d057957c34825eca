//! What passes a guest's door, and what does not.

use super::*;

const OWN: &str = "4f2a@guest.example";

fn guests() -> Judge {
    let desk = BareJid::new("support@chat.example").expect("a JID");
    let door =
        Door::Guests { domain: "guest.example".to_owned(), services: vec!["rooms.chat.example".to_owned()], desk };
    Judge::new(door)
}

/// A guest who has logged in.
fn inside() -> Judge {
    let mut judge = guests();
    let bound =
        format!("<iq xmlns='jabber:client' type='result' id='1'><bind xmlns='{BIND}'><jid>{OWN}/r</jid></bind></iq>");
    assert_eq!(judge.of_server(&bound), Verdict::Pass);
    judge
}

fn passes(frame: &str) {
    assert_eq!(inside().of_client(frame), Verdict::Pass, "{frame}");
}

fn ends(frame: &str, reason: Reason) {
    assert_eq!(inside().of_client(frame), Verdict::End(reason), "{frame}");
}

fn comes_back(frame: &str) {
    match inside().of_client(frame) {
        Verdict::Answer(answer) => {
            assert!(answer.contains("type=\"error\"") && answer.contains("<not-allowed "), "{frame}: {answer}");
            Element::read(&answer).expect("the answer is a frame");
        }
        verdict => panic!("{frame}: {verdict:?}"),
    }
}

#[test]
fn a_stream_is_for_the_guests_domain_only() {
    let open = |to: &str| format!("<open xmlns='{FRAMING}' to='{to}' version='1.0'/>");
    passes(&open("guest.example"));
    passes(&open("GUEST.example"));
    for other in ["chat.example", "", "guest.example.evil.example", "rooms.chat.example", "x@guest.example"] {
        ends(&open(other), Reason::HostUnknown);
    }
    ends(&format!("<open xmlns='{FRAMING}' version='1.0'/>"), Reason::HostUnknown);
    ends(&format!("<open xmlns='{FRAMING}' to='guest.example' xmlns:x='y' x:to='z'/><a/>"), Reason::NotWellFormed);
    assert_eq!(inside().of_client(&format!("<close xmlns='{FRAMING}'/>")), Verdict::PassLast);
}

#[test]
fn a_guest_logs_in_without_an_account_and_not_otherwise() {
    passes(&format!("<auth xmlns='{SASL}' mechanism='ANONYMOUS'/>"));
    for mechanism in ["PLAIN", "SCRAM-SHA-1", "anonymous", "EXTERNAL", ""] {
        let auth = format!("<auth xmlns='{SASL}' mechanism='{mechanism}'>AGEAYg==</auth>");
        assert_eq!(guests().of_client(&auth), Verdict::Answer(reply::no_such_mechanism()), "{mechanism}");
    }
    ends(&format!("<response xmlns='{SASL}'/>"), Reason::PolicyViolation);
    ends("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>", Reason::InvalidNamespace);
    ends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", Reason::InvalidNamespace);
    ends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", Reason::InvalidNamespace);
    ends("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>", Reason::InvalidNamespace);
    ends("<message to='support@chat.example'/>", Reason::InvalidNamespace);
    ends("<hello xmlns='jabber:client'/>", Reason::PolicyViolation);
    ends("<message xmlns='jabber:server' to='support@chat.example'/>", Reason::InvalidNamespace);
}

#[test]
fn of_what_the_server_offers_a_window_sees_what_it_may_take() {
    let mut judge = guests();
    let offered = format!(
        "<stream:features xmlns:stream='{STREAM}'><mechanisms xmlns='{SASL}'><mechanism>PLAIN</mechanism>\
         <mechanism>ANONYMOUS</mechanism></mechanisms><register xmlns='http://jabber.org/features/iq-register'/>\
         </stream:features>"
    );
    let Verdict::Replace(seen) = judge.of_server(&offered) else { panic!("features are replaced") };
    assert!(seen.contains("<mechanism>ANONYMOUS</mechanism>") && !seen.contains("PLAIN") && !seen.contains("register"));
    let offered = format!(
        "<stream:features xmlns:stream='{STREAM}'><bind xmlns='{BIND}'/><sm xmlns='urn:xmpp:sm:3'/>\
         <session xmlns='{SESSION}'><optional/></session></stream:features>"
    );
    let Verdict::Replace(seen) = judge.of_server(&offered) else { panic!("features are replaced") };
    assert!(
        seen.contains("<bind ") && seen.contains("<session ") && !seen.contains("sm:3") && !seen.contains("mechanisms")
    );
    assert_eq!(guests().of_server("no XML"), Verdict::End(Reason::NotWellFormed));
}

#[test]
fn a_guest_speaks_to_rooms_and_to_the_desk() {
    passes("<presence xmlns='jabber:client' to='4f@rooms.chat.example/Kim'/>");
    passes("<message xmlns='jabber:client' to='4f@rooms.chat.example' type='groupchat'><body>Hello</body></message>");
    passes(
        "<message xmlns='jabber:client' to='support@chat.example'><x xmlns='jabber:x:conference' jid='4f@rooms.chat.example'/></message>",
    );
    passes("<message xmlns='jabber:client' to='support@chat.example/desk'/>");
    passes("<iq xmlns='jabber:client' to='rooms.chat.example' type='get' id='1'/>");
    passes("<presence xmlns='jabber:client'/>");
    passes("<iq xmlns='jabber:client' to='guest.example' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>");
    passes(&format!("<iq xmlns='jabber:client' to='{OWN}' type='get' id='1'/>"));
    passes(&format!("<iq xmlns='jabber:client' type='set' id='1'><bind xmlns='{BIND}'/></iq>"));
}

#[test]
fn a_guest_reaches_nobody_else() {
    for to in [
        "alice@chat.example",
        "chat.example",
        "somebody@guest.example",
        "victim@elsewhere.example",
        "rooms.chat.example.evil.example",
        "support@chat.example.evil.example",
        "support@elsewhere.example",
        "pubsub.chat.example",
        "@",
        "",
    ] {
        comes_back(&format!("<message xmlns='jabber:client' to='{to}' id='a&quot;b'><body>spam</body></message>"));
        comes_back(&format!("<presence xmlns='jabber:client' to='{to}' type='subscribe'/>"));
        comes_back(&format!("<iq xmlns='jabber:client' to='{to}' type='get' id='1'/>"));
        let answer = format!("<iq xmlns='jabber:client' to='{to}' type='result' id='1'/>");
        assert_eq!(inside().of_client(&answer), Verdict::Drop);
    }
}

#[test]
fn a_room_is_no_way_round_the_door() {
    let invite = |to: &str| {
        format!(
            "<message xmlns='jabber:client' to='4f@rooms.chat.example'><x xmlns='{MUC_USER}'><invite to='{to}'/></x></message>"
        )
    };
    passes(&invite("support@chat.example"));
    comes_back(&invite("victim@elsewhere.example"));
    comes_back(&invite("alice@chat.example"));
    let raise = |jid: &str| {
        format!(
            "<iq xmlns='jabber:client' to='4f@rooms.chat.example' type='set' id='1'><query xmlns='{MUC_ADMIN}'>\
             <item affiliation='owner' jid='{jid}'/></query></iq>"
        )
    };
    passes(&raise("support@chat.example"));
    comes_back(&raise("victim@elsewhere.example"));
}

#[test]
fn nor_is_the_guests_own_server() {
    comes_back(
        "<iq xmlns='jabber:client' type='set' id='1'><enable xmlns='urn:xmpp:push:0' jid='push@elsewhere.example'/></iq>",
    );
    comes_back("<iq xmlns='jabber:client' type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    comes_back(
        "<iq xmlns='jabber:client' to='guest.example' type='set' id='1'><query xmlns='jabber:iq:register'/></iq>",
    );
    comes_back(&format!(
        "<message xmlns='jabber:client' to='support@chat.example'><addresses xmlns='{ADDRESSES}'>\
         <address type='to' jid='victim@elsewhere.example'/></addresses></message>"
    ));
}

#[test]
fn an_operators_door_is_for_their_domain_and_what_they_may_the_server_knows() {
    let judge = Judge::new(Door::Operators { domain: "chat.example".to_owned() });
    let open = |to: &str| format!("<open xmlns='{FRAMING}' to='{to}'/>");
    assert_eq!(judge.of_client(&open("chat.example")), Verdict::Pass);
    assert_eq!(judge.of_client(&open("guest.example")), Verdict::End(Reason::HostUnknown));
    assert_eq!(judge.of_client("<message xmlns='jabber:client' to='bob@elsewhere.example'/>"), Verdict::Pass);
    assert_eq!(judge.of_client("<a/><b/>"), Verdict::End(Reason::NotWellFormed));
}
