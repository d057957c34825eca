//! Presences as they come from servers, and what is heard.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::desk::event::Condition;

struct Ear(Rooms);

impl Ear {
    /// In the room `help`.
    fn new() -> Self {
        let mut rooms = Rooms::default();
        rooms.ask(&room());
        rooms.entered(&room());
        Self(rooms)
    }

    /// At the door of the room `help`.
    fn outside() -> Self {
        let mut rooms = Rooms::default();
        rooms.ask(&room());
        Self(rooms)
    }

    fn hear(&mut self, attributes: &str, children: &str) -> Option<Event> {
        let xml = format!("<presence xmlns='jabber:client' {attributes}>{children}</presence>");
        let presence = Presence::try_from(xml.parse::<Element>().unwrap()).unwrap();
        hear(&presence, &"desk@chat.example".parse().unwrap(), &mut self.0)
    }

    fn is_in(&self, jid: &str) -> bool {
        self.0.of(&jid.parse().unwrap()).is_some()
    }
}

fn room() -> RoomJid {
    "help@rooms.chat.example".parse().unwrap()
}

fn user(children: &str) -> String {
    format!("<x xmlns='http://jabber.org/protocol/muc#user'>{children}</x>")
}

const GUEST: &str = "from='help@rooms.chat.example/Guest'";
const DESK: &str = "from='help@rooms.chat.example/Support'";

#[test]
fn an_occupant_with_everything() {
    let item = "<item affiliation='owner' role='moderator' jid='a@guest.example/web'/>\
        <status code='100'/><status code='4711'/><status code='x'/><novel/>";
    let expected = OccupantPresent {
        room: room(),
        nick: Nick::from("Guest"),
        jid: Some("a@guest.example/web".parse().unwrap()),
        affiliation: Affiliation::Owner,
        role: Role::Moderator,
        occupant_id: None,
        own: false,
        codes: vec![100, 4711],
    };
    assert_eq!(Ear::new().hear(GUEST, &user(item)), Some(Event::OccupantPresent(expected)));
}

#[test]
fn ourselves_unseen() {
    let heard = Ear::new().hear(DESK, &user("<item affiliation='none' role='participant'/><status code='110'/>"));
    let Some(Event::OccupantPresent(present)) = heard else { panic!("{heard:?}") };
    assert!(present.own);
    assert_eq!(present.jid, None);
}

#[test]
fn a_room_that_we_did_not_ask_to_enter_is_a_contact() {
    let forged = user("<item affiliation='owner' role='moderator'/><status code='110'/>");
    let expected = ContactPresence { from: "eve@chat.example/x".parse().unwrap(), show: Show::Online };
    assert_eq!(Ear::new().hear("from='eve@chat.example/x'", &forged), Some(Event::PresenceReceived(expected)));
}

#[test]
fn leaving_renaming_and_destruction() {
    let mut ear = Ear::new();
    let renamed = ear.hear(
        &format!("type='unavailable' {DESK}"),
        &user("<item nick='New'/><status code='303'/><status code='110'/>"),
    );
    let Some(Event::OccupantGone(renamed)) = renamed else { panic!("{renamed:?}") };
    assert_eq!((renamed.new_nick, renamed.own), (Some(Nick::from("New")), true));
    assert!(ear.is_in("help@rooms.chat.example"));

    let gone = ear.hear(&format!("type='unavailable' {GUEST}"), "");
    let Some(Event::OccupantGone(gone)) = gone else { panic!("{gone:?}") };
    assert_eq!((gone.own, gone.destroyed, gone.codes), (false, false, vec![]));

    let destroyed = ear.hear(
        &format!("type='unavailable' {DESK}"),
        &user("<item/><destroy jid='trap@rooms.example'/><status code='110'/>"),
    );
    let Some(Event::OccupantGone(destroyed)) = destroyed else { panic!("{destroyed:?}") };
    assert!(destroyed.own && destroyed.destroyed);
    assert!(!ear.is_in("help@rooms.chat.example"));
}

#[test]
fn the_exit_of_the_session_before_is_not_ours() {
    let mut ear = Ear::outside();
    let own = user("<item affiliation='owner' role='none'/><status code='110'/>");
    assert!(ear.hear(&format!("type='unavailable' {DESK}"), &own).is_some());
    assert!(ear.is_in("help@rooms.chat.example"), "we still wait to be let in");
    let heard = ear.hear(DESK, &user("<item affiliation='owner' role='moderator'/><status code='110'/>"));
    assert!(matches!(heard, Some(Event::OccupantPresent(present)) if present.own));
    assert!(ear.hear(&format!("type='unavailable' {DESK}"), &own).is_some());
    assert!(!ear.is_in("help@rooms.chat.example"));
}

#[test]
fn a_refused_entry() {
    let error = "<x xmlns='http://jabber.org/protocol/muc'/><error type='auth' code='401'>\
        <not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let mut ear = Ear::new();
    let refused = Event::EntryRefused { room: room(), condition: Condition::NotAuthorized };
    assert_eq!(ear.hear(&format!("type='error' {DESK}"), error), Some(refused));
    assert!(!ear.is_in("help@rooms.chat.example/Support"));
}

#[test]
fn contacts() {
    let mut ear = Ear::new();
    let mut show = |attributes: &str, children: &str| match ear.hear(attributes, children) {
        Some(Event::PresenceReceived(presence)) => Some(presence.show),
        _ => None,
    };
    let op = "from='op@chat.example/phone'";
    assert_eq!(show(op, ""), Some(Show::Online));
    assert_eq!(show(op, "<show>chat</show>"), Some(Show::Chat));
    assert_eq!(show(op, "<show>away</show>"), Some(Show::Away));
    assert_eq!(show(op, "<show>xa</show>"), Some(Show::ExtendedAway));
    assert_eq!(show(op, "<show>dnd</show>"), Some(Show::Busy));
    assert_eq!(show(&format!("type='unavailable' {op}"), ""), Some(Show::Offline));
    assert_eq!(show("type='error' from='op@gone.example'", ""), Some(Show::Offline));
    assert_eq!(show("from='desk@chat.example/phone'", ""), None);
    assert_eq!(show(&format!("type='unsubscribed' {op}"), ""), None);
}

#[test]
fn somebody_wants_to_see_us() {
    let from = "op@chat.example".parse().unwrap();
    let heard = Ear::new().hear("type='subscribe' from='op@chat.example/phone'", "");
    assert_eq!(heard, Some(Event::SubscriptionRequested { from }));
}

#[test]
fn what_could_not_be_read_throws_nobody_out_and_lets_everybody_go() {
    let unreadable = "<unreadable xmlns='urn:frontdesk:guard:0' reason='form'/>";
    let mut ear = Ear::new();
    for doubtful in [format!("type='error' {DESK}"), "from='op@chat.example/phone'".to_owned()] {
        assert!(matches!(ear.hear(&doubtful, unreadable), Some(Event::StanzaUnreadable { .. })), "{doubtful}");
    }
    assert!(ear.is_in("help@rooms.chat.example"));
    let occupant = format!("{}{unreadable}", user("<item affiliation='none' role='participant'/>"));
    assert!(matches!(ear.hear(GUEST, &occupant), Some(Event::OccupantPresent(_))));
    assert!(matches!(ear.hear(&format!("type='unavailable' {GUEST}"), unreadable), Some(Event::OccupantGone(_))));
    let gone = ContactPresence { from: "op@chat.example/phone".parse().unwrap(), show: Show::Offline };
    let heard = ear.hear("type='unavailable' from='op@chat.example/phone'", unreadable);
    assert_eq!(heard, Some(Event::PresenceReceived(gone)));
}
