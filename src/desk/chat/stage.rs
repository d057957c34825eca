//! How far a chat has come, and where the desk stands towards its room. Variants own their facts.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jid::{BareJid, Jid};
use litemap::LiteMap;

use super::beginning::Past;
use crate::desk::bounds::Bucket;
use crate::desk::event::{Affiliation, Role, RoomFeatures, RoomMessage};
use crate::desk::ids::{Nick, OccupantId, OperatorId, QueueName, StanzaId};
use crate::desk::moment::Mono;
use crate::desk::record::{Outcome, StageName};

/// How far the chat has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// On the way into the room, or making it safe.
    Joining,
    /// Inside, without the right that is needed; the guest was told.
    Pleading(Plea),
    /// For a free operator.
    Waiting,
    /// Offered to one operator, or to several at once.
    Offered(Offer),
    /// An operator has it.
    Serving(Service),
    /// Decided to end; the last words are being said and the room is being closed.
    Closing(Closing),
    /// Over.
    Closed(Outcome),
}

/// A right is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plea {
    /// Which.
    pub missing: Missing,
    /// How long we wait for it.
    pub until: Mono,
}

/// A right without which nobody can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// To add members to a members-only room.
    Members,
    /// To see who the guest is, where `rooms.guests` limits who may come.
    Identity,
}

/// An offer that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// To whom: one, or several at once (broadcast). Never empty.
    pub operators: Vec<OperatorId>,
    /// When it lapses.
    pub lapses: Mono,
}

/// Being served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// By whom.
    pub operator: OperatorId,
    /// Since when none of their clients is in the room.
    pub gone: Option<Mono>,
    /// They were in the room, so that their absence is a leaving.
    pub came: bool,
    /// Whether the guest has heard from them.
    pub reply: Reply,
    /// They want to hand the chat over.
    pub transfer: Option<Transfer>,
    /// Colleagues whom they asked to join.
    pub invited: BTreeSet<OperatorId>,
}

/// The operator's first words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// They were said.
    Given,
    /// They must come until then.
    Due(Mono),
    /// The operator is typing them, since then; so much time was left.
    Typing {
        /// Since when.
        since: Mono,
        /// How long they had still, in milliseconds.
        left: u64,
    },
}

/// The owner wants somebody else to go on. The chat is theirs until the other has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// To whom it is offered now.
    pub to: OperatorId,
    /// When that offer lapses.
    pub lapses: Mono,
    /// The queue whose operators are asked one after the other.
    pub queue: Option<QueueName>,
    /// Who was asked already.
    pub asked: BTreeSet<OperatorId>,
    /// What they add.
    pub note: Option<String>,
    /// Who wants it: the owner, or a supervisor.
    pub by: OperatorId,
}

/// Coming to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// How it will have ended.
    pub outcome: Outcome,
    /// Who had it.
    pub operator: Option<OperatorId>,
    /// When we stop being polite and take the next step anyway.
    pub limit: Mono,
    /// What we wait for.
    pub step: ClosingStep,
}

/// What a closing chat waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosingStep {
    /// To hear its last words in the room.
    LastWords,
    /// To know what was said while we were away: others can still speak.
    Past,
    /// For the record to be complete.
    Record,
    /// For the room to be destroyed, or for us to be out of it.
    Doors,
}

impl Stage {
    /// The name in the store.
    pub fn name(&self) -> StageName {
        match self {
            Self::Joining | Self::Pleading(_) => StageName::Joining,
            Self::Waiting => StageName::Waiting,
            Self::Offered(_) => StageName::Offered,
            Self::Serving(_) => StageName::Serving,
            Self::Closing(_) => StageName::Closing,
            Self::Closed(_) => StageName::Closed,
        }
    }

    /// Who has the offer, where it is one person's, or the chat.
    pub fn operator(&self) -> Option<OperatorId> {
        match self {
            Self::Offered(offer) => match offer.operators.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            Self::Serving(service) => Some(service.operator),
            Self::Closing(closing) => closing.operator,
            Self::Joining | Self::Pleading(_) | Self::Waiting | Self::Closed(_) => None,
        }
    }

    /// To whom it is offered: the chat itself, or its transfer.
    pub fn offered_to(&self) -> &[OperatorId] {
        match self {
            Self::Offered(offer) => &offer.operators,
            Self::Serving(Service { transfer: Some(transfer), .. }) => std::slice::from_ref(&transfer.to),
            _ => &[],
        }
    }

    /// Whose places the chat takes (I3).
    pub fn engages(&self) -> impl Iterator<Item = OperatorId> {
        let owner = match self {
            Self::Serving(service) => Some(service.operator),
            _ => None,
        };
        owner.into_iter().chain(self.offered_to().iter().copied())
    }

    /// Does it take this operator's places?
    pub fn engaged(&self, operator: OperatorId) -> bool {
        self.engages().any(|one| one == operator)
    }

    /// It is over, or about to be.
    pub fn ending(&self) -> bool {
        matches!(self, Self::Closing(_) | Self::Closed(_))
    }
}

/// Where the desk stands towards the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visit {
    /// Not there, and not asked to be (no link).
    Outside,
    /// Waiting for its turn to knock: so many rooms at once, so many a second.
    Queued {
        /// Since when.
        since: Mono,
    },
    /// Knocking.
    Entering(Entry),
    /// Inside.
    Inside(Box<Inside>),
}

/// An attempt to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The nick that was asked for.
    pub nick: Nick,
    /// How many nicks were tried.
    pub nicks_tried: u32,
    /// When to knock again (a locked or throttling room).
    pub again: Option<Mono>,
    /// When to give up.
    pub limit: Mono,
    /// Since when it is silent, and whether it was asked if we are in.
    pub sign_of_life: SignOfLife,
    /// Occupants whose presence came before our own.
    pub occupants: LiteMap<Nick, Occupant>,
    /// What the room says of itself, if it did before it let us in.
    pub features: Option<RoomFeatures>,
    /// It was asked what it is, and said nothing.
    pub undescribed: bool,
}

/// The room as seen from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Our nick.
    pub nick: Nick,
    /// Our standing.
    pub affiliation: Affiliation,
    /// Our role.
    pub role: Role,
    /// Our own id as an occupant, where the room gives such.
    pub occupant_id: Option<OccupantId>,
    /// The others.
    pub occupants: LiteMap<Nick, Occupant>,
    /// The history is over.
    pub live: bool,
    /// What the room says of itself, once it did.
    pub features: Option<RoomFeatures>,
    /// How far making the room safe has come.
    pub guard: Guard,
    /// The desk was in this room before, on an earlier session or in an earlier life.
    pub returned: bool,
    /// The place of the last line that we had when we came.
    pub place_before: i64,
    /// What was said while we were away.
    pub absence: Absence,
    /// What the room told of its past when we came back, until it is known what is missing.
    pub history: VecDeque<RoomMessage>,
    /// Live lines that wait for the room to say what it is, where it did not before we came.
    pub held: Option<Vec<RoomMessage>>,
    /// It would not say what it is, and was asked once more.
    pub asked_again: bool,
    /// What the room told of its past when we came for the first time.
    pub past: Past,
    /// Lines that came late, and wait for the archive.
    pub belated: Vec<RoomMessage>,
    /// When the room last showed that we are in it, and whether it was asked since.
    pub sign_of_life: SignOfLife,
    /// Somebody lost their voice since this was last looked at; seldom anybody has.
    pub hushes: bool,
    /// People were told that encrypted words cannot be read.
    pub encrypted_told: bool,
}

/// The room's last sign that we are in it (XEP-0410: a restarted service forgets us without a word).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOfLife {
    /// Something came from the room.
    Seen(Mono),
    /// It was asked.
    Asked(Mono),
}

/// What was said while the desk was not in the room: to be filled from the room's archive, or from its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// We have been away, and do not know yet whether the room has an archive.
    Unknown,
    /// There is no archive: the history is still being told.
    Listening,
    /// Page by page.
    Filling(Filling),
    /// Nothing is missing, or a gap says what may be.
    Settled,
}

/// Going through the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    /// The page that was asked for begins behind this line.
    pub after: Option<StanzaId>,
    /// The place of the last line that we have in the archive's order: what is new goes behind it.
    pub place: i64,
    /// How long we wait for the page.
    pub limit: Mono,
}

/// Somebody in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupant {
    /// The real JID, where we see it.
    pub jid: Option<Jid>,
    /// Their standing.
    pub affiliation: Affiliation,
    /// Their role.
    pub role: Role,
    /// Who they are for the desk.
    pub person: Person,
    /// The nick they entered with.
    pub joined_as: Nick,
    /// How fast they speak.
    pub pace: Bucket,
    /// They spoke too fast, and may not until then.
    pub hushed_until: Option<Mono>,
}

/// Who an occupant is for the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    /// The chat's guest.
    Guest,
    /// A configured operator, known by real JID, or by direct message where real JIDs are invisible.
    Operator(OperatorId),
    /// Anybody else.
    Other,
}

/// Making the room safe: a course of questions, each asked when the one before is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// What is the room?
    Describing {
        /// When we go on without an answer.
        limit: Mono,
    },
    /// We have no right yet; the guest's client may be about to grant it.
    Hoping {
        /// How long.
        limit: Mono,
    },
    /// Persistent, whois, password; and who are the owners and admins?
    Arranging(Arranging),
    /// Lowering everybody else to member.
    Lowering {
        /// Whose answer is missing.
        open: BTreeSet<BareJid>,
        /// When we go on without.
        limit: Mono,
    },
    /// Were they lowered?
    Verifying(Arranging),
    /// As safe as it can be made.
    Done,
}

/// Answers collected while arranging or verifying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arranging {
    /// The password that was set with the configuration, until the room confirms it.
    pub password: Option<String>,
    /// The configuration is confirmed (or refused).
    pub configured: bool,
    /// The owners, once listed.
    pub owners: Option<Vec<BareJid>>,
    /// The admins, once listed.
    pub admins: Option<Vec<BareJid>>,
    /// When we go on without.
    pub limit: Mono,
}

impl Guard {
    /// When it needs attention.
    pub fn deadline(&self) -> Option<Mono> {
        match self {
            Self::Describing { limit } | Self::Hoping { limit } | Self::Lowering { limit, .. } => Some(*limit),
            Self::Arranging(arranging) | Self::Verifying(arranging) => Some(arranging.limit),
            Self::Done => None,
        }
    }
}

impl Absence {
    /// When it needs attention.
    pub fn deadline(&self) -> Option<Mono> {
        match self {
            Self::Filling(filling) => Some(filling.limit),
            Self::Unknown | Self::Listening | Self::Settled => None,
        }
    }

    /// The place up to which an archive has told what is missing.
    pub fn reached(&self) -> Option<i64> {
        match self {
            Self::Filling(filling) => Some(filling.place),
            Self::Unknown | Self::Listening | Self::Settled => None,
        }
    }
}

impl Inside {
    /// The room announces that it gives its lines ids (XEP-0359).
    pub fn vouches(&self) -> bool {
        self.features.is_some_and(|features| features.stanza_ids)
    }

    /// The room keeps an archive.
    pub fn has_archive(&self) -> bool {
        self.features.is_some_and(|features| features.archive)
    }

    /// We may configure and destroy.
    pub fn owner(&self) -> bool {
        self.affiliation == Affiliation::Owner
    }

    /// We may add members.
    pub fn may_add_members(&self) -> bool {
        matches!(self.affiliation, Affiliation::Owner | Affiliation::Admin)
    }

    /// Newcomers need to be members.
    pub fn members_only(&self) -> bool {
        self.features.is_some_and(|features| features.members_only)
    }

    /// We see everybody's real JID.
    pub fn sees_jids(&self) -> bool {
        self.role == Role::Moderator || self.features.is_some_and(|features| features.real_jids_for_all)
    }

    /// Is this person there with any client?
    pub fn has(&self, person: Person) -> bool {
        self.occupants.values().any(|occupant| occupant.person == person)
    }
}

impl Service {
    /// Somebody takes the chat; their first words must come until then.
    pub fn new(operator: OperatorId, reply: Reply) -> Self {
        Self { operator, gone: None, came: true, reply, transfer: None, invited: BTreeSet::new() }
    }
}

impl Reply {
    /// How long somebody may type before we believe that they have gone away from the keyboard.
    const TYPING_MAX: Duration = Duration::from_secs(120);

    /// When it is overdue.
    pub fn deadline(self) -> Option<Mono> {
        match self {
            Self::Given => None,
            Self::Due(at) => Some(at),
            Self::Typing { since, left } => Some(since + Self::TYPING_MAX + Duration::from_millis(left)),
        }
    }

    /// Nobody could hear us or be heard: whoever still owes their first words has until then, at least.
    pub fn not_before(self, at: Mono) -> Self {
        match self {
            Self::Given => Self::Given,
            Self::Due(due) => Self::Due(due.max(at)),
            Self::Typing { .. } => Self::Due(at),
        }
    }

    /// The operator began to type, or stopped (XEP-0085).
    pub fn typing(self, typing: bool, now: Mono) -> Self {
        match (self, typing) {
            (Self::Due(at), true) => Self::Typing { since: now, left: at.0.saturating_sub(now.0) },
            (Self::Typing { left, .. }, false) => Self::Due(now + Duration::from_millis(left)),
            (reply, _) => reply,
        }
    }
}
