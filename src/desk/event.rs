//! All that can happen, in the past tense. Adapters make these from what they hear; the daemon stamps and carries them.
//!
//! Nothing in an event is trusted because it is there: each field says who vouches for it.

use chrono::{DateTime, Utc};
use jid::{BareJid, Jid};

use super::action::{Question, Search};
use super::crm::{CrmName, CrmReply};
use super::facts::Brought;
use super::ids::{ChatId, MessageId, Nick, OccupantId, RoomJid, StanzaId};
use super::record::Thumb;
use super::settings::Settings;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A fresh session is bound: whatever rooms we were in, we are out of them (RFC 6120, 7).
    Connected,
    /// The connection was lost; the session may still be resumed.
    Disconnected,
    /// The session was resumed, nothing was lost (XEP-0198, 5).
    Resumed,

    /// Somebody asked us into a room.
    InvitationReceived(Invitation),
    /// A direct message, or a private message from an occupant, came for us.
    DirectMessageReceived(DirectMessage),
    /// Somebody says what they thought of a chat.
    GuestRated(GuestRating),
    /// A contact's presence changed (RFC 6121, 4). From a bare or full JID, as the server says.
    PresenceReceived(ContactPresence),
    /// Somebody wants to see our presence (RFC 6121, 3.1).
    SubscriptionRequested {
        /// Who.
        from: BareJid,
    },
    /// The roster has, or has no longer, this subscription (a push by our own server).
    RosterChanged(RosterItem),
    /// Somebody asked us what time it is (XEP-0202).
    TimeAsked {
        /// Who.
        from: Jid,
        /// The IQ's id, to be repeated in the answer.
        id: String,
    },

    /// An occupant is there, or changed: presence from the room (XEP-0045, 7.2.2).
    OccupantPresent(OccupantPresent),
    /// An occupant is gone: unavailable presence from the room.
    OccupantGone(OccupantGone),
    /// The room refused our entry (presence of type error, XEP-0045, 7.2).
    EntryRefused {
        /// The room.
        room: RoomJid,
        /// Why.
        condition: Condition,
    },
    /// Words in a room: groupchat message with a body, from an occupant or the room itself.
    RoomMessageReceived(Box<RoomMessage>),
    /// An occupant is typing, or has stopped without saying anything (XEP-0085, 5.1: `composing`, and the others).
    OccupantTyping {
        /// The room.
        room: RoomJid,
        /// Who.
        nick: Nick,
        /// They are typing now.
        typing: bool,
    },
    /// The subject came: the history is over, from here on it is live (XEP-0045, 7.2.15). Later ones were set just now.
    SubjectReceived {
        /// The room.
        room: RoomJid,
        /// Who set it; `None` = the room.
        nick: Option<Nick>,
        /// What it is now; it may be empty.
        subject: String,
    },
    /// Something for us alone could not be read and comes to nothing: a direct or private message, a presence.
    StanzaUnreadable {
        /// From whom.
        from: Jid,
    },
    /// A message of ours came back (type error).
    MessageBounced {
        /// From where.
        from: Jid,
        /// Which.
        id: Option<MessageId>,
        /// Why.
        condition: Condition,
    },
    /// Our invitation was declined (XEP-0045, 7.8.2).
    InvitationDeclined {
        /// To which room.
        room: RoomJid,
        /// By whom.
        by: Jid,
    },

    /// A question was answered, refused, or will never be.
    QuestionAnswered {
        /// What we asked.
        question: Question,
        /// What came.
        answer: Answer,
    },
    /// The FAQ was searched.
    FaqAnswered {
        /// What we asked.
        search: Search,
        /// What was found.
        reply: FaqReply,
    },

    /// A CRM was asked about a chat's guest. Comes once for each question.
    LookedUp {
        /// For which chat.
        chat: ChatId,
        /// Who was asked.
        source: CrmName,
        /// What it said.
        reply: CrmReply,
    },

    /// A turn could not be written, and is tried again: nothing of it is said until it is written. Comes once; then
    /// comes [`Event::RecordRestored`] or nothing.
    RecordFailed(RecordTrouble),
    /// The turn was written after all.
    RecordRestored,

    /// A deadline was reached: `Desk::next_deadline` had asked for this.
    TimePassed,
    /// The configuration was read again.
    SettingsChanged(Box<Settings>),
    /// The desk is given up: close all chats, destroy their rooms.
    RetirementAsked,
}

/// Why a turn could not be written, as far as it matters to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordTrouble {
    /// The disk or a quota is full.
    Full,
    /// The database may not be written.
    ReadOnly,
    /// Another program keeps it locked.
    Locked,
    /// It was removed or replaced.
    Gone,
    /// It is damaged.
    Damaged,
    /// Anything else: mostly the disk fails.
    Failing,
}

/// An invitation, mediated (XEP-0045, 7.8.2) or direct (XEP-0249).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where to. Mediated: the address that the message came from, so the service vouches for it.
    pub room: RoomJid,
    /// By whom. Mediated: what the room says, a real or an occupant JID. Direct: the sender.
    pub from: Jid,
    /// How it came.
    pub form: InvitationForm,
    /// The room's password, if it came with one.
    pub password: Option<String>,
    /// What they wrote. Untrusted, cut at [`REASON_MAX`] bytes by the adapter.
    pub reason: Option<String>,
    /// The language of the stanza (`xml:lang`), as written.
    pub language: Option<String>,
    /// What else they brought. Untrusted.
    pub brought: Brought,
}

impl Invitation {
    /// The language that the guest speaks, as far as they say: in their form, or with the stanza.
    pub fn spoken_language(&self) -> Option<&str> {
        self.brought.said.text("language").or(self.language.as_deref())
    }
}

/// How much of an invitation's reason is kept, in bytes.
pub const REASON_MAX: usize = 1_024;

/// How an invitation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationForm {
    /// Through the room (XEP-0045, 7.8.2).
    Mediated,
    /// From person to person (XEP-0249).
    Direct,
    /// Not at all: the guest wrote to the desk directly, and the desk opens the room. No server sends one of these.
    Written,
}

/// A message for us alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectMessage {
    /// The sender as our server says; an occupant JID for a private message in a room.
    pub from: Jid,
    /// The words.
    pub body: String,
    /// The language of the stanza, as written.
    pub language: Option<String>,
    /// It was delivered late (XEP-0203 from our server): stored while we were offline.
    pub delayed: bool,
    /// The sender's id. A server may deliver the same message twice under it.
    pub id: Option<MessageId>,
    /// The words are what their client puts beside words that are encrypted for others (XEP-0384 and the like).
    pub encrypted: bool,
    /// The id that it has in our account's archive (XEP-0359), where our server keeps one.
    pub archived: Option<StanzaId>,
}

/// What somebody who may be a chat's guest thought of it (docs/protocol.md, `urn:frontdesk:rating:0`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestRating {
    /// Who, as our server says; an occupant JID where it was said in a room or came through one.
    pub from: Jid,
    /// The chat's room, as they say; none where `from` tells it.
    pub room: Option<RoomJid>,
    /// The id of something that the desk said there, as they say: who has another address by now shows by it that they were
    /// in the room.
    pub heard: Option<MessageId>,
    /// Up or down.
    pub thumb: Thumb,
    /// A few words; perhaps empty. Untrusted, cut at [`RATING_MAX`] characters by the adapter.
    pub words: String,
}

/// How much of a rating's words is kept, in characters.
pub const RATING_MAX: usize = 1_000;

/// A contact's presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPresence {
    /// Which client of whom.
    pub from: Jid,
    /// What it says.
    pub show: Show,
}

/// What a client's presence says (RFC 6121, 4.7.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Show {
    /// No `<show/>`: there.
    Online,
    /// Eager to chat.
    Chat,
    /// Away for a moment.
    Away,
    /// Away for longer.
    ExtendedAway,
    /// Do not disturb.
    Busy,
    /// Gone (type unavailable or error).
    Offline,
}

/// A roster item of interest (RFC 6121, 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterItem {
    /// The contact.
    pub jid: BareJid,
    /// We receive their presence (subscription `to` or `both`).
    pub to: bool,
    /// They receive ours (subscription `from` or `both`).
    pub from: bool,
}

/// An occupant's presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccupantPresent {
    /// The room.
    pub room: RoomJid,
    /// The occupant's nick.
    pub nick: Nick,
    /// The real JID, where the room shows it to us.
    pub jid: Option<Jid>,
    /// Long-lasting standing.
    pub affiliation: Affiliation,
    /// Standing in this visit.
    pub role: Role,
    /// The occupant's id. Forgeable where the room does not announce XEP-0421.
    pub occupant_id: Option<OccupantId>,
    /// It is our own presence (status 110).
    pub own: bool,
    /// All status codes, unknown ones too.
    pub codes: Vec<u16>,
}

/// An occupant's leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccupantGone {
    /// The room.
    pub room: RoomJid,
    /// The nick that is gone.
    pub nick: Nick,
    /// It was ours (status 110).
    pub own: bool,
    /// All status codes: 301 banned, 303 renamed, 307 kicked, 321, 322, 332 …
    pub codes: Vec<u16>,
    /// With 303: the new nick.
    pub new_nick: Option<Nick>,
    /// The room was destroyed.
    pub destroyed: bool,
}

/// XEP-0045, 5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Affiliation {
    Owner,
    Admin,
    Member,
    None,
    Outcast,
}

/// XEP-0045, 5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Role {
    Moderator,
    Participant,
    Visitor,
    None,
}

/// Words in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMessage {
    /// The room.
    pub room: RoomJid,
    /// Whose words; `None` = the room's own.
    pub nick: Option<Nick>,
    /// The sender's id. A guest can send the same twice with different words.
    pub id: Option<MessageId>,
    /// The words, and whether they could be read.
    pub body: Body,
    /// The stanza-id whose `by` is the room. Forgeable where the room does not announce XEP-0359.
    pub stanza_id: Option<StanzaId>,
    /// Whose words, under whatever nick. Forgeable where the room does not announce XEP-0421.
    pub occupant_id: Option<OccupantId>,
    /// A delay stamp, and who put it there. Forgeable in live lines on some servers.
    pub delay: Option<Delay>,
    /// The language of the stanza, as written.
    pub language: Option<String>,
    /// It says that it corrects this message (XEP-0308).
    pub corrects: Option<String>,
    /// It says that it retracts this message (XEP-0424).
    pub retracts: Option<String>,
}

/// What a message said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain words.
    Words(String),
    /// Encrypted for others (XEP-0384 and the like); the fallback text, if any.
    Encrypted(String),
    /// Nobody here could read the stanza (too long, too deep, malformed, ambiguous); as much of its words as was safe,
    /// perhaps none.
    Unreadable(String),
}

/// A delay stamp (XEP-0203).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// Who says so.
    pub from: Option<Jid>,
    /// When it was.
    pub stamp: DateTime<Utc>,
}

/// What comes back on a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done as asked.
    Done,
    /// The room describes itself.
    Described(RoomFeatures),
    /// Who has the affiliation that we asked for.
    Affiliated(Vec<BareJid>),
    /// A page of the archive.
    Archived(Page),
    /// The roster.
    Roster(Vec<RosterItem>),
    /// No.
    Refused(Condition),
    /// The connection was lost before an answer, or too many questions were open.
    Unanswered,
}

/// A part of an archive, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Of a room's archive: the lines with words. Each has the archive's id as its stanza-id and the archive's stamp as
    /// its delay.
    pub lines: Vec<RoomMessage>,
    /// Of our account's archive: what people wrote to us directly. All of it is late, and has its id there.
    pub direct: Vec<DirectMessage>,
    /// Where the next page begins; `None` where the page is empty.
    pub last: Option<StanzaId>,
    /// There is no further page.
    pub complete: bool,
}

/// What a room says of itself (XEP-0045, 6.4; disco#info).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoomFeatures {
    /// `muc_membersonly`.
    pub members_only: bool,
    /// `muc_passwordprotected`.
    pub password: bool,
    /// `muc_nonanonymous`: everybody sees real JIDs.
    pub real_jids_for_all: bool,
    /// `muc_persistent`.
    pub persistent: bool,
    /// `urn:xmpp:sid:0`: the room's stanza-ids can be believed.
    pub stanza_ids: bool,
    /// `urn:xmpp:occupant-id:0`: the room's occupant-ids can be believed.
    pub occupant_ids: bool,
    /// `urn:xmpp:mam:2`: the room has an archive.
    pub archive: bool,
}

/// A stanza error's defined condition (RFC 6120, 8.3.3). Those that the desk tells apart; the rest is `Other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Condition {
    Conflict,
    FeatureNotImplemented,
    Forbidden,
    Gone,
    ItemNotFound,
    JidMalformed,
    NotAcceptable,
    NotAllowed,
    NotAuthorized,
    PolicyViolation,
    RecipientUnavailable,
    RegistrationRequired,
    RemoteServerNotFound,
    RemoteServerTimeout,
    ResourceConstraint,
    ServiceUnavailable,
    Other,
}

/// What the FAQ has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum FaqReply {
    /// One entry answers the question.
    Answer {
        /// The entry's id.
        id: String,
        /// Its question.
        question: String,
        /// Its answer as readable text.
        text: String,
    },
    /// Entries that come near, at most three, the likeliest first: (id, question).
    Suggestions(Vec<(String, String)>),
    /// Nothing that could be said with a good conscience.
    Nothing,
    /// The entry that was asked for is not there (any more).
    Gone,
    /// What there is.
    Topics {
        /// (id, question) of the first entries, in order.
        entries: Vec<(String, String)>,
        /// How many there are in all.
        all: usize,
    },
}
