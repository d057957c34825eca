//! What others may see of the desk: a copy, built on demand.

use chrono::{DateTime, FixedOffset, Utc};
use jid::{BareJid, FullJid};

use super::Desk;
use super::chat::stage::Visit;
use super::ids::{ChatId, OperatorId, QueueName, RoomJid};
use super::operators::Availability;
use super::record::StageName;

/// The desk at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The open chats, by number.
    pub chats: Vec<ChatView>,
    /// The operators, in the configuration's order.
    pub operators: Vec<OperatorView>,
}

/// An open chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatView {
    /// Its number.
    pub id: ChatId,
    /// Its room.
    pub room: RoomJid,
    /// Its guest.
    pub guest: FullJid,
    /// How far it has come.
    pub stage: StageName,
    /// The queue it waits or waited in.
    pub queue: QueueName,
    /// Served before those with less.
    pub priority: i32,
    /// Who has the offer, where it is one person's, or the chat.
    pub operator: Option<BareJid>,
    /// To whom it, or its transfer, is offered.
    pub offered_to: Vec<BareJid>,
    /// The desk is in the room.
    pub inside: bool,
    /// It waits in a room that is ready for an operator.
    pub wants_operator: bool,
    /// The record is being filled with what was said while the desk was away.
    pub catching_up: bool,
    /// What is said in the room waits for the room to say what it is; it is recorded then, or is missing and looked for.
    pub holding: bool,
    /// The guest is not in the room: what is said there is carried to them, and what they write into it.
    pub direct: bool,
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorView {
    /// Who.
    pub jid: BareJid,
    /// What they chose.
    pub availability: Availability,
    /// How many chats are offered to them or served by them.
    pub chats: usize,
    /// How many places these take.
    pub places: u32,
    /// How many places they have.
    pub places_max: u32,
    /// They said `!away`.
    pub away: bool,
    /// They missed too many offers and get no more.
    pub benched: bool,
    /// They wrap up after a chat.
    pub resting: bool,
}

/// Whether anybody is served now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Some queue takes guests.
    pub open: bool,
    /// When the first of them will, with the desk's own offset; where none does and that is known.
    pub opens: Option<DateTime<FixedOffset>>,
}

impl Desk {
    /// Whether anybody is served at that moment.
    pub fn opening(&self, at: DateTime<Utc>) -> Opening {
        let queues = || self.office.settings.queues.iter().map(|queue| &queue.name);
        let open = queues().any(|queue| self.office.queue_open(queue, at));
        let first = || queues().filter_map(|queue| self.office.queue_opens(queue, at)).min();
        let opens = if open { None } else { first() };
        Opening { open, opens: opens.map(|at| at.with_timezone(&self.office.settings.zone).fixed_offset()) }
    }

    /// A copy of what others may see.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            chats: self.chats.values().map(|chat| self.chat_view(chat)).collect(),
            operators: self.operator_views(),
        }
    }

    fn chat_view(&self, chat: &super::Chat) -> ChatView {
        let operator = chat.stage.operator().and_then(|operator| self.office.operators.get(operator));
        let jid = |id: &OperatorId| self.office.operators.get(*id).map(|who| who.settings.jid.clone());
        ChatView {
            id: chat.id,
            room: chat.room.clone(),
            guest: jid::FullJid::clone(&chat.guest),
            stage: chat.stage.name(),
            queue: QueueName::clone(&chat.queue),
            priority: chat.place().0.0,
            operator: operator.map(|operator| operator.settings.jid.clone()),
            offered_to: chat.stage.offered_to().iter().filter_map(jid).collect(),
            inside: matches!(chat.visit, Visit::Inside(_)),
            wants_operator: chat.wants_operator(),
            catching_up: chat.catching_up(),
            holding: chat.holding(),
            direct: chat.listens_directly(),
        }
    }

    fn operator_views(&self) -> Vec<OperatorView> {
        let view = |operator: &super::operators::Operator| OperatorView {
            jid: operator.settings.jid.clone(),
            availability: operator.availability(),
            chats: operator.load().chats().len(),
            places: operator.load().places(),
            places_max: operator.places_max(),
            away: operator.away().is_some(),
            benched: operator.benched_at().is_some(),
            resting: operator.load().rests_until.is_some(),
        };
        self.office.operators.employed().map(|(_, operator)| view(operator)).collect()
    }
}
