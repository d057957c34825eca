//! What a server and its rooms say that have nothing to hide and no latency: they do as they are asked. Rooms give no ids and
//! keep no archive, so that nothing has to be looked up there.

use jid::{FullJid, Jid};

use crate::desk::action::Question;
use crate::desk::event::{
    Affiliation, Answer, Body, Condition, Event, OccupantGone, OccupantPresent, Role, RoomFeatures, RoomMessage,
};
use crate::desk::ids::{MessageId, Nick, RoomJid};

/// XEP-0045, 15.6.2: "this is you".
const STATUS_SELF: u16 = 110;

/// What comes back on a question to a room.
pub fn answer(question: &Question) -> Answer {
    match question {
        Question::Describe { .. } => {
            Answer::Described(RoomFeatures { password: true, persistent: true, ..RoomFeatures::default() })
        }
        // The desk owns every room as an admin of the service; guests are members.
        Question::ListAffiliated { .. } => Answer::Affiliated(Vec::new()),
        Question::Archive { .. } | Question::OwnArchive { .. } => Answer::Refused(Condition::FeatureNotImplemented),
        _ => Answer::Done,
    }
}

/// What a guest is called in their room.
pub fn guest_nick() -> Nick {
    Nick::from("Guest")
}

/// The guest is there.
pub fn guest_present(room: &RoomJid, guest: FullJid) -> Event {
    present(room, guest_nick(), Some(guest.into()), Affiliation::Member, Vec::new())
}

/// An operator is there.
pub fn operator_present(room: &RoomJid, nick: Nick, client: Jid) -> Event {
    present(room, nick, Some(client), Affiliation::None, Vec::new())
}

/// The desk is in.
pub fn desk_present(room: &RoomJid, nick: Nick) -> Event {
    present(room, nick, None, Affiliation::Owner, vec![STATUS_SELF])
}

/// From here on everything is live.
pub fn history_is_over(room: &RoomJid) -> Event {
    Event::SubjectReceived { room: room.clone(), nick: None, subject: String::new() }
}

/// Somebody left.
pub fn gone(room: &RoomJid, nick: Nick) -> Event {
    let room = room.clone();
    Event::OccupantGone(OccupantGone { room, nick, own: false, codes: Vec::new(), new_nick: None, destroyed: false })
}

/// The room is not there.
pub fn no_such_room(room: &RoomJid) -> Event {
    Event::EntryRefused { room: room.clone(), condition: Condition::Gone }
}

/// Somebody said something.
pub fn said(room: RoomJid, nick: Nick, id: Option<MessageId>, words: String) -> Event {
    Event::RoomMessageReceived(Box::new(RoomMessage {
        room,
        nick: Some(nick),
        id,
        body: Body::Words(words),
        stanza_id: None,
        occupant_id: None,
        delay: None,
        language: None,
        corrects: None,
        retracts: None,
    }))
}

fn present(room: &RoomJid, nick: Nick, jid: Option<Jid>, affiliation: Affiliation, codes: Vec<u16>) -> Event {
    let role = if affiliation == Affiliation::Owner { Role::Moderator } else { Role::Participant };
    Event::OccupantPresent(OccupantPresent {
        room: room.clone(),
        nick,
        jid,
        affiliation,
        role,
        occupant_id: None,
        own: !codes.is_empty(),
        codes,
    })
}
