//! All that the desk can ask for, in the imperative, each with what the caller must do, and the order.
//!
//! Within one answer of the desk the order of actions is the order of performance. Across kinds the daemon keeps
//! this law: [`Action::Remember`] of a turn is committed before any [`Action::Speak`] of that turn is performed.
//! [`Action::Ask`], [`Action::Search`] and [`Action::LookUp`] promise nothing to anybody and are performed at once;
//! [`Action::AskForGood`] waits for the commit as words do.

use chrono::{DateTime, FixedOffset};
use jid::{BareJid, Jid};

use super::crm::{CrmName, CrmTrouble, LookUp};
use super::event::Affiliation;
use super::guest_state::GuestState;
use super::ids::{ChatId, MessageId, Nick, RoomJid, StanzaId};
use super::record::Record;
use super::wording::Language;

/// Something that the desk wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Write it, with all the others of the turn, in one transaction. Keep trying until it is written.
    Remember(Record),
    /// Send it at once. Bring the answer back as `Event::QuestionAnswered`, or as the events that it says.
    Ask(Question),
    /// As [`Action::Ask`], but not before the turn is committed: the room will keep to what we ask, so we must know it
    /// for good. (A password that is set and forgotten locks us out.)
    AskForGood(Question),
    /// Search the FAQ and bring back `Event::FaqAnswered`.
    Search(Search),
    /// Ask a CRM what is known about a guest, and bring back `Event::LookedUp`, once, within the CRM's time limit.
    LookUp(LookUp),
    /// Send it when the turn is committed.
    Speak(Speech),
    /// Send it at once, though nothing can be committed: the notice that the record fails, and nothing else.
    Warn(Speech),
    /// Write it to the log, or to standard output where it says so.
    Report(Notice),
}

/// What is asked of the server. None of it promises anything to a person, so it need not wait for a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Enter a room (XEP-0045, 7.2). Comes back as `OccupantPresent { own }` or `EntryRefused`, or not at all.
    Enter {
        /// The room.
        room: RoomJid,
        /// The nick to take.
        nick: Nick,
        /// The room's password.
        password: Option<String>,
        /// How many lines of history we want.
        history: u32,
    },
    /// Ask the room what it is (disco#info). Comes back as `Answer::Described`.
    Describe {
        /// The room.
        room: RoomJid,
    },
    /// Set these values of the room's configuration and leave the others as they are (XEP-0045, 10.2).
    /// Comes back as `Answer::Done`.
    Configure {
        /// The room.
        room: RoomJid,
        /// What to set.
        setup: RoomSetup,
    },
    /// Ask who has an affiliation (XEP-0045, 9 and 10). Comes back as `Answer::Affiliated`.
    ListAffiliated {
        /// The room.
        room: RoomJid,
        /// Which.
        affiliation: Affiliation,
    },
    /// Give somebody an affiliation. Comes back as `Answer::Done`.
    Affiliate {
        /// The room.
        room: RoomJid,
        /// Who.
        jid: BareJid,
        /// Which.
        affiliation: Affiliation,
    },
    /// Destroy the room (XEP-0045, 10.9). Comes back as `Answer::Done`.
    Destroy {
        /// The room.
        room: RoomJid,
        /// What the occupants read.
        reason: String,
    },
    /// Ask for the next lines of the room's archive (XEP-0313, 4.3; XEP-0059), the oldest first. Comes back as
    /// `Answer::Archived`.
    Archive {
        /// The room.
        room: RoomJid,
        /// Only what came after this line; from the beginning where there is none.
        after: Option<StanzaId>,
    },
    /// Ask for the next messages of our own account's archive (XEP-0313, 3.1), the oldest first. Comes back as
    /// `Answer::Archived`.
    OwnArchive {
        /// Only what came after this message.
        after: StanzaId,
    },
    /// Ask the room whether we are still in it (XEP-0410). Comes back as `Answer::Done`, or a refusal that says how
    /// it is.
    SelfPing {
        /// The room.
        room: RoomJid,
        /// Our nick there.
        nick: Nick,
    },
    /// Let nobody but us speak any more: whoever is no moderator becomes a visitor (XEP-0045, 8.4). Comes back as
    /// `Answer::Done`.
    Silence {
        /// The room.
        room: RoomJid,
        /// Who.
        nick: Nick,
    },
    /// Give somebody their voice (back): they become a participant (XEP-0045, 8.3). Comes back as `Answer::Done`.
    GiveVoice {
        /// The room.
        room: RoomJid,
        /// Who.
        nick: Nick,
    },
    /// Ask for our roster (RFC 6121, 2.1.3). Comes back as `Answer::Roster`.
    Roster,
}

/// Values of a room's configuration form (XEP-0045, 10.2, `muc#roomconfig`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomSetup {
    /// `muc#roomconfig_persistentroom`.
    pub persistent: Option<bool>,
    /// `muc#roomconfig_whois` = `moderators` where true, left alone otherwise.
    pub jids_for_moderators_only: bool,
    /// `muc#roomconfig_passwordprotectedroom` and `muc#roomconfig_roomsecret`.
    pub password: Option<String>,
    /// `muc#roomconfig_roomname`: what clients show instead of the address.
    pub name: Option<String>,
    /// `muc#roomconfig_roomdesc`.
    pub description: Option<String>,
    /// `muc#roomconfig_publicroom` = 0 where true, left alone otherwise.
    pub hidden: bool,
}

/// A look into the FAQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Who gets the answer.
    pub asker: Asker,
    /// What for.
    pub look: Look,
    /// The asker's language.
    pub language: Language,
    /// Whom in the room the answer is meant for, where somebody was named.
    pub address: Option<Nick>,
}

/// What is looked up in the FAQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Which topics there are.
    Topics,
    /// What answers these words.
    Words(String),
    /// One entry.
    Entry {
        /// Its id.
        id: String,
        /// Which part of its answer is wanted, from 0.
        part: usize,
        /// What had been asked, where it is picked from what was suggested for that.
        picked_for: Option<String>,
    },
}

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// Everybody in a chat's room.
    Room(ChatId),
    /// One person, by direct or private message.
    Person(Jid),
}

/// What is sent once the turn is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    /// Say something in a room (groupchat).
    Room {
        /// The room.
        room: RoomJid,
        /// The stanza's id; the room's echo carries it.
        id: MessageId,
        /// The words.
        body: String,
        /// In which language they are.
        language: Language,
        /// How the chat stands, where the words say so.
        state: Option<GuestState>,
    },
    /// Write to somebody directly (type chat); `to` may be an occupant JID, then it is a private message
    /// (XEP-0045, 7.5) and carries an empty `muc#user` element.
    Direct {
        /// To whom.
        to: Jid,
        /// The stanza's id.
        id: MessageId,
        /// The words.
        body: String,
        /// In which language they are.
        language: Language,
    },
    /// Invite somebody directly (XEP-0249).
    Invite {
        /// Whom.
        to: Jid,
        /// Where to.
        room: RoomJid,
        /// With which password.
        password: Option<String>,
        /// What for.
        reason: String,
        /// The stanza's id.
        id: MessageId,
    },
    /// Decline a mediated invitation (XEP-0045, 7.8.2).
    Decline {
        /// To which room.
        room: RoomJid,
        /// Who had invited us, as the room named them.
        to: Jid,
        /// Why.
        reason: String,
    },
    /// Leave a room.
    Leave {
        /// The room.
        room: RoomJid,
        /// The nick that we have there.
        nick: Nick,
    },
    /// Announce that we are available (RFC 6121, 4.2), once per session.
    Available,
    /// Ask for somebody's presence (RFC 6121, 3.1.1).
    Subscribe(BareJid),
    /// Grant somebody our presence (RFC 6121, 3.1.4).
    ApproveSubscription(BareJid),
    /// Deny, or take back (RFC 6121, 3.2).
    RefuseSubscription(BareJid),
    /// Answer a question for the time (XEP-0202).
    TellTime {
        /// Who asked.
        to: Jid,
        /// The IQ's id.
        id: String,
        /// The time, with our zone's offset.
        time: DateTime<FixedOffset>,
    },
}

/// What the admin should know. Never a guest's words, never a secret (I7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Logged in, the rooms are reconciled: print the line `ready`, alone, on standard output. Once.
    Ready,
    /// An operator does not let us see their presence, so nobody can tell whether they are there.
    SubscriptionMissing {
        /// Who.
        operator: BareJid,
    },
    /// A chat began.
    ChatOpened {
        /// Which.
        chat: ChatId,
        /// Where.
        room: RoomJid,
    },
    /// A chat ended.
    ChatClosed {
        /// Which.
        chat: ChatId,
        /// How.
        outcome: super::record::Outcome,
    },
    /// We have no right to keep the room safe, and why it matters.
    RightsMissing {
        /// In which chat.
        chat: ChatId,
        /// What could not be done.
        what: &'static str,
    },
    /// An operator was chosen.
    OfferMade {
        /// For which chat.
        chat: ChatId,
        /// Who.
        operator: BareJid,
    },
    /// An operator who looks available missed so many offers that they get no more until they come back.
    OperatorBenched {
        /// Who.
        operator: BareJid,
        /// How many in a row.
        missed: u32,
    },
    /// A CRM gives no answer that could be used. Once, until it does again.
    CrmFailing {
        /// Which.
        source: CrmName,
        /// Why.
        trouble: CrmTrouble,
    },
    /// A CRM that failed answers again.
    CrmAnswers {
        /// Which.
        source: CrmName,
    },
    /// Retirement: no chat is open any more. The daemon ends.
    Retired,
    /// A rule failed when it was asked, and was passed over. Once for each reading of the configuration.
    RuleFailed {
        /// Which, from 1.
        number: usize,
        /// In which line of the configuration its condition stands.
        line: u32,
        /// Why.
        why: String,
    },
    /// A limit was reached.
    LimitReached {
        /// Which.
        what: &'static str,
    },
}
