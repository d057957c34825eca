//! What a guest thought of their chat (docs/protocol.md, `urn:frontdesk:rating:0`).

use jid::{BareJid, Jid};
use xmpp::minidom::Element;

use crate::desk::event::{Event, GuestRating, RATING_MAX};
use crate::desk::ids::{MessageId, RoomJid};
use crate::desk::record::Thumb;
use crate::xmpp::names;

use super::payload;

/// No id of ours is longer, in characters.
const HEARD_MAX: usize = 100;

/// A rating in these payloads, if there is one.
pub(super) fn hear(from: &Jid, payloads: &[Element]) -> Option<Event> {
    let rating = payload(payloads, "rating", names::RATING)?;
    let thumb = match rating.attr("value")? {
        "up" => Thumb::Up,
        "down" => Thumb::Down,
        _ => return None,
    };
    let room = rating.attr("room").and_then(|room| BareJid::new(room).ok()).and_then(RoomJid::new);
    let heard = rating.attr("heard").map(|id| MessageId::from(id.chars().take(HEARD_MAX).collect::<String>()));
    let words = rating.text().trim().chars().take(RATING_MAX).collect();
    Some(Event::GuestRated(GuestRating { from: from.clone(), room, heard, thumb, words }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn heard(payload: &str) -> Option<Event> {
        let from = Jid::new("4f@guest.example/r").unwrap();
        hear(&from, &[payload.parse().unwrap()])
    }

    #[test]
    fn a_rating_is_heard_and_bounded() {
        let words = "x".repeat(3_000);
        let element = format!(
            "<rating xmlns='urn:frontdesk:rating:0' room='4f@rooms.chat.example' heard='t-1' value='down'> {words}</rating>"
        );
        let Some(Event::GuestRated(rating)) = heard(&element) else { unreachable!("a rating") };
        assert_eq!((rating.thumb, rating.words.len()), (Thumb::Down, RATING_MAX));
        assert_eq!(rating.room.unwrap().to_string(), "4f@rooms.chat.example");
        assert_eq!(rating.heard, Some(MessageId::from("t-1")));
    }

    #[test]
    fn what_is_no_rating_is_none() {
        assert_eq!(heard("<rating xmlns='urn:frontdesk:rating:0' value='sideways'/>"), None);
        assert_eq!(heard("<rating xmlns='urn:frontdesk:rating:0'/>"), None);
        assert_eq!(heard("<rating xmlns='urn:frontdesk:rating:1' value='up'/>"), None);
    }
}
