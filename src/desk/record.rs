//! What the desk wants remembered, in the desk's own words. The store writes these; the shell's commands read them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jid::{BareJid, FullJid};
use serde::{Deserialize, Serialize};

use super::facts::GuestFacts;
use super::ids::{ChatId, MessageId, QueueName, RoomJid, StanzaId};
use super::operators::Availability;
use super::token::UsedToken;
use super::wording::Language;

/// One thing to remember. All records of a turn are written in one transaction, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Insert the chat, or replace what is known of it.
    Chat(Arc<ChatRecord>),
    /// Add a line to a chat's transcript. The pair (chat, seq) is new.
    Line(Box<LineRecord>),
    /// An owed line was heard in its room: its kind becomes `said`.
    Heard(Heard),
    /// Add to a named counter of the day (what came to nothing, quietly).
    Counted(Counter),
    /// Insert what is known of an operator, or replace it.
    Operator(OperatorRecord),
    /// Add to what is known of who was there when.
    Attendance(AttendanceRecord),
    /// Add a reason: why a chat went where it went.
    Choice(Arc<Choice>),
    /// Insert what is known about a chat's guest, or replace it.
    Facts {
        /// The chat.
        chat: ChatId,
        /// All of it.
        facts: Box<GuestFacts>,
    },
    /// A signed token was used: keep its id until it is over.
    TokenUsed(UsedToken),
    /// All that our account's archive has up to this message was heard.
    InboxReached(StanzaId),
    /// What the guest thought of the chat; the latest holds. A chat that was erased meanwhile has none.
    Rating(Box<Rating>),
    /// A guest leaves a message, to be passed on: insert it, or replace what they wrote so far. Without words it is
    /// withdrawn.
    Message(Box<LeftMessage>),
    /// This operator got the message that was left in this chat.
    MessagePassedOn {
        /// The chat.
        chat: ChatId,
        /// Who got it.
        to: BareJid,
    },
    /// Add what the FAQ was asked, and what came of it.
    FaqAsked(Box<FaqQuery>),
    /// Add a proposal for the FAQ, unless the same chat has made the same one before.
    FaqProposed(Box<FaqProposal>),
}

/// What the FAQ was asked. Who asked is not in it: in a room the chat tells where it belongs, so that it is forgotten with
/// the chat; what was asked directly belongs to nobody and is forgotten by its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaqQuery {
    /// In which chat's room; `None` = by direct message.
    pub chat: Option<ChatId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was typed.
    pub words: String,
    /// In which language.
    pub language: Language,
    /// What came of it.
    pub verdict: FaqVerdict,
    /// The entry that answered, or was suggested first, or was picked: its id.
    pub entry: Option<String>,
}

/// What came of a question to the FAQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaqVerdict {
    /// An entry was given as the answer.
    Answer,
    /// Entries were suggested.
    Suggestions,
    /// There was nothing.
    None,
    /// One of what had been suggested for these words was picked.
    Picked,
}

/// Something that the FAQ may learn, once somebody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaqProposal {
    /// In which chat it arose; `None` = by direct message.
    pub chat: Option<ChatId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The guest's words: the new entry's question, or the new alias.
    pub question: String,
    /// In which language.
    pub language: Language,
    /// What it is about.
    pub lesson: FaqLesson,
}

/// What the FAQ may learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaqLesson {
    /// A new entry with this answer.
    Entry {
        /// The operator's words.
        answer: String,
        /// Who proposes it.
        by: BareJid,
    },
    /// A new alias for this entry: somebody picked it from what was suggested for these words.
    Alias {
        /// The entry's id.
        entry: String,
    },
}

/// A chat as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRecord {
    /// The chat's number.
    pub id: ChatId,
    /// Where it takes place.
    pub room: RoomJid,
    /// The guest's latest address; the occupant JID where the real one is invisible.
    pub guest: FullJid,
    /// The queue it waits or waited in.
    pub queue: QueueName,
    /// How far it has come.
    pub stage: StageName,
    /// Who has the offer or serves, or served last.
    pub operator: Option<BareJid>,
    /// When the invitation came.
    pub opened_at: DateTime<Utc>,
    /// When the present stage began.
    pub stage_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// How it ended; while closing: how it is about to end.
    pub outcome: Option<Outcome>,
    /// The room's password, where it has one that we know.
    pub password: Option<String>,
    /// The guest's language.
    pub language: Language,
    /// The unguessable first part of the ids of what we send about this chat.
    pub tag: String,
    /// The room's id of the line up to which the record is known to be complete.
    pub anchor: Option<StanzaId>,
    /// Where lines may be missing of which nobody knows yet, in the room's order.
    pub holes: Vec<Hole>,
    /// What has been promised or done once and must not be done again.
    pub marks: Marks,
    /// What routing needs to know of it.
    pub standing: Standing,
    /// The guest's direct chat with the desk, where they have written to it.
    pub direct: Option<DirectRecord>,
}

/// A guest's direct chat with the desk, beside the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectRecord {
    /// How far it has come.
    pub stage: DirectStage,
    /// The guest has all that stands in the record up to this place (see [`LineRecord::place`]), for certain.
    pub certain: i64,
}

/// How far a direct chat has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectStage {
    /// The guest's client is asked into the room.
    Calling,
    /// It has not come, or has gone: the words of the room are carried to the guest.
    Carrying,
    /// The guest is in the room, or was when they last gave a sign of themselves.
    Resting,
}

/// A chat's standing in its queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Served before those with less; among equals the oldest first.
    pub priority: i32,
    /// Since when the guest has waited in this queue; `None` once they heard from whoever serves them.
    pub waits_since: Option<DateTime<Utc>>,
    /// To whom it is offered, one by one or all at once. While somebody serves: to whom it is being transferred.
    pub offered_to: Vec<BareJid>,
    /// What its operator must know.
    pub skills: Vec<String>,
    /// Which language the guest speaks (BCP 47, primary part, lower case).
    pub language: Option<String>,
    /// Queues that it has overflowed from.
    pub left: Vec<QueueName>,
    /// It is being handed over to somebody of this queue.
    pub transfer_queue: Option<QueueName>,
    /// What is said to whoever it is handed over to.
    pub transfer_note: Option<String>,
    /// Who wants it handed over.
    pub transfer_by: Option<BareJid>,
    /// Colleagues who were asked into the room.
    pub invited: Vec<BareJid>,
    /// What a rule wants for it.
    pub ruling: Ruling,
}

/// What a rule wants for a chat, beside its queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ruling {
    /// This priority, not its queue's.
    pub priority: Option<i32>,
    /// Its operator must know this, beside what its queue asks for.
    pub skills: BTreeSet<String>,
    /// It is offered to them first, if they can take it.
    pub operator: Option<BareJid>,
    /// What is noted on it.
    pub tags: Vec<String>,
}

/// Facts of a chat that a restart must not forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// The guest was greeted.
    pub greeted: bool,
    /// We were in the room at least once.
    pub entered: bool,
    /// A guest was in the room while we were.
    pub came: bool,
    /// An operator said something in the room.
    pub answered: bool,
    /// Every line so far had an id that its room vouched for, so that the room's history can be told from what we have.
    pub vouched: bool,
    /// Only people who were told the password can enter.
    pub closed_door: bool,
    /// Whoever serves it has said something since they took it.
    pub replied: bool,
    /// It came while its queue took nobody.
    pub after_hours: bool,
    /// The supervisors were told that it waits.
    pub escalated: bool,
    /// The guest was told that they may leave a message.
    pub message_asked: bool,
    /// Everybody but the desk was lowered to member, and the room confirmed it.
    pub lowered: bool,
    /// The rules were asked.
    pub ruled: bool,
    /// The desk opened the room itself.
    pub ours: bool,
    /// How many messages were sent under the chat's tag.
    pub sent: u32,
}

/// Something that was perhaps said in the room, and is not in the record: nobody knows yet. It is filled from the room's
/// archive or history, or becomes a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// Behind this place of the room's order.
    pub place: i64,
    /// When we last knew all that was said.
    pub since: DateTime<Utc>,
    /// When we were back.
    pub until: DateTime<Utc>,
}

/// What a restart must not forget of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRecord {
    /// Who.
    pub jid: BareJid,
    /// They said `!away`: until when, if they said so.
    pub away: Option<Away>,
    /// They said `!busy N`: no more than so many places.
    pub busy: Option<u32>,
    /// How many offers they let pass in a row.
    pub missed_offers: u32,
    /// Since when they get no more offers.
    pub benched_at: Option<DateTime<Utc>>,
    /// When their last chat ended.
    pub idle_since: Option<DateTime<Utc>>,
}

/// From then on the desk knew this of an operator's being there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRecord {
    /// Who.
    pub jid: BareJid,
    /// Since when.
    pub at: DateTime<Utc>,
    /// What.
    pub attendance: Attendance,
}

/// Whether an operator is there to take chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// What their clients show.
    pub shows: Availability,
    /// They said `!away`.
    pub away: bool,
    /// They said `!busy N`: no more than so many places.
    pub busy: Option<u32>,
    /// They get no offers because they missed too many.
    pub benched: bool,
}

/// `!away`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// Until they say `!available`.
    UntilBack,
    /// Until then.
    Until(DateTime<Utc>),
}

/// Why a chat went where it went: one choice of the desk, or of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Which chat. Not in its JSON: the chat is known wherever that is read.
    #[serde(skip, default = "no_chat")]
    pub chat: ChatId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was chosen.
    pub kind: ChoiceKind,
    /// In which queue.
    pub queue: String,
    /// Who or what: operators' names, or a queue's.
    pub chosen: Vec<String>,
    /// In a sentence.
    pub because: String,
    /// Operators that were considered, and why each was not chosen; at most [`SKIPPED_MAX`].
    pub skipped: Vec<Skipped>,
    /// Of those beyond: how many for which reason.
    pub more: Vec<(String, u32)>,
    /// The rule that applied, where rules were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleReason>,
    /// Rules that failed and were passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<RuleReason>,
}

impl Choice {
    /// Is it the same but for the time?
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { chat, at: _, kind, queue, chosen, because, skipped, more, rule, failed } = self;
        (chat, kind, queue, chosen) == (&other.chat, &other.kind, &other.queue, &other.chosen)
            && (because, skipped, more) == (&other.because, &other.skipped, &other.more)
            && (rule, failed) == (&other.rule, &other.failed)
    }
}

/// A rule, as it stood in the configuration when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReason {
    /// Its number, from 1.
    pub number: usize,
    /// In which line its condition stands.
    pub line: u32,
    /// Its condition.
    pub when: String,
    /// Why it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// How many operators are named in a [`Choice`]; the others are counted.
pub const SKIPPED_MAX: usize = 20;

/// An operator who was considered and not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Their name.
    pub operator: String,
    /// Why not.
    pub why: String,
}

/// What a [`Choice`] was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChoiceKind {
    /// The chat came to this queue.
    Queued,
    /// The rules were asked.
    Ruled,
    /// A rule refused it.
    Refused,
    /// It was offered.
    Offered,
    /// Nobody could take it.
    Nobody,
    /// An operator took it by themselves.
    Taken,
    /// It was taken from an operator.
    Revoked,
    /// It was handed over.
    Transferred,
    /// It went to another queue.
    Overflowed,
    /// The supervisors were asked.
    Escalated,
}

fn no_chat() -> ChatId {
    ChatId(0)
}

/// What a guest thought of their chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Which chat.
    pub chat: ChatId,
    /// When they said so.
    pub at: DateTime<Utc>,
    /// Up or down.
    pub thumb: Thumb,
    /// A few words, perhaps none.
    pub words: String,
}

/// Whether the guest was helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Thumb {
    Up,
    Down,
}

/// A message that a guest left for the operators of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftMessage {
    /// The chat in which it was left.
    pub chat: ChatId,
    /// For whom.
    pub queue: QueueName,
    /// Who left it.
    pub guest: FullJid,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub body: String,
    /// Who has got it.
    pub told: Vec<BareJid>,
}

/// How far a chat has come. `closing` is the short time between the decision and the closed room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum StageName {
    Joining,
    Waiting,
    Offered,
    Serving,
    Closing,
    Closed,
}

/// How a chat ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// An operator spoke.
    Answered,
    /// The guest left first.
    Abandoned,
    /// Nobody came, or the room was gone before we came.
    Missed,
    /// Limits, rights or rules forbade it.
    Refused,
    /// The server lost the room.
    Lost,
}

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRecord {
    /// The chat it belongs to.
    pub chat: ChatId,
    /// The order of recording, from 1.
    pub seq: i64,
    /// The order in the room, with room for what is found later; `None` for an owed line that was not heard yet.
    pub place: Option<i64>,
    /// When it was said (the room's stamp for history, our clock otherwise).
    pub at: DateTime<Utc>,
    /// What kind of line.
    pub kind: LineKind,
    /// Who spoke or is spoken of.
    pub speaker: Speaker,
    /// The nick at that time.
    pub nick: Option<String>,
    /// The real JID, where it is visible.
    pub jid: Option<String>,
    /// The room's id, where the room vouches for it.
    pub stanza_id: Option<StanzaId>,
    /// The sender's id of the message; for owed lines the id that we send it with.
    pub message_id: Option<MessageId>,
    /// The words.
    pub body: String,
    /// The nick under which the occupant entered the room. Of a guest's line without a nick, which they wrote to the desk
    /// directly: the desk's nick when it brought the words in.
    pub joined_as: Option<String>,
    /// The message id that this line says it corrects (XEP-0308).
    pub corrects: Option<String>,
    /// The id that this line says it retracts (XEP-0424).
    pub retracts: Option<String>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum LineKind {
    Said,
    /// Decided and committed by the desk, not yet heard in the room.
    Owed,
    Joined,
    Left,
    Offered,
    Accepted,
    Declined,
    Lapsed,
    Revoked,
    Transferred,
    Note,
    System,
    /// From here on something may be missing; the body gives the bounds.
    Gap,
    Unreadable,
}

/// Who a line is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Speaker {
    Guest,
    Operator,
    Desk,
    Other,
}

/// The room has repeated what we owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The chat.
    pub chat: ChatId,
    /// The owed line.
    pub seq: i64,
    /// Its place in the room's order.
    pub place: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The room's id, where the room vouches for it.
    pub stanza_id: Option<StanzaId>,
}

/// Things that come to nothing, quietly, and are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// An invitation to a room that is not on `rooms.services`, or to no room at all.
    InvitationForeignRoom,
    /// An invitation by somebody outside `rooms.guests`.
    InvitationForeignGuest,
    /// An invitation by a configured operator, who is never a guest.
    InvitationByOperator,
    /// The same invitation again.
    InvitationRepeated,
    /// An invitation beyond what one sender, or all of them, may send.
    InvitationLimited,
    /// An invitation by a guest who has another chat.
    InvitationElsewhere,
    /// A question that was not answered because there were too many.
    AnswerWithheld,
    /// Somebody lost their voice for a while because they poured lines into a room.
    SpeakerHushed,
    /// Words of ours that a room refused for now, because there were too many.
    WordsThrottled,
    /// A subscription asked for by somebody who is no operator.
    SubscriptionRefused,
    /// A stranger's direct message that was left without an answer (limits).
    StrangerUnanswered,
    /// A direct message of a guest that was delivered twice.
    MessageRepeated,
    /// A direct message that an earlier desk had taken and not written down: the account's archive had it.
    MessageRecovered,
    /// A CRM gave no answer that could be used.
    CrmFailed,
    /// A CRM's answer that came when nobody waited for it any more.
    CrmAnswerLate,
    /// A stanza that makes no sense to the desk.
    StanzaIgnored,
    /// A rule failed when it was asked.
    RuleFailed,
    /// A signed token that proves nothing.
    TokenRefused,
}

impl Counter {
    /// The name in the store and in print.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvitationForeignRoom => "invitation_foreign_room",
            Self::InvitationForeignGuest => "invitation_foreign_guest",
            Self::InvitationByOperator => "invitation_by_operator",
            Self::InvitationRepeated => "invitation_repeated",
            Self::InvitationLimited => "invitation_limited",
            Self::InvitationElsewhere => "invitation_elsewhere",
            Self::AnswerWithheld => "answer_withheld",
            Self::SpeakerHushed => "speaker_hushed",
            Self::WordsThrottled => "words_throttled",
            Self::SubscriptionRefused => "subscription_refused",
            Self::StrangerUnanswered => "stranger_unanswered",
            Self::MessageRepeated => "message_repeated",
            Self::MessageRecovered => "message_recovered",
            Self::CrmFailed => "crm_failed",
            Self::CrmAnswerLate => "crm_answer_late",
            Self::StanzaIgnored => "stanza_ignored",
            Self::RuleFailed => "rule_failed",
            Self::TokenRefused => "token_refused",
        }
    }
}

/// What the store hands back at a start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// The chats that are not closed, by number.
    pub chats: Vec<RestoredChat>,
    /// The highest chat number ever used, 0 for a new database.
    pub last_chat: i64,
    /// What is known of operators, whether they are configured still or not.
    pub operators: Vec<OperatorRecord>,
    /// How long the guests of the latest answered chats (at most 500) waited until an operator accepted, the oldest
    /// chat first.
    pub waits: Vec<(QueueName, Duration)>,
    /// Who served the guests of the latest answered chats (at most 10,000), the oldest chat first.
    pub served: Vec<(FullJid, BareJid)>,
    /// The same for guests who proved who they are, by that id.
    pub served_ids: Vec<(String, BareJid)>,
    /// The ids of signed tokens that may not be over (at most 100,000, those that are over last).
    pub tokens: Vec<UsedToken>,
    /// Up to which message of our account's archive all was heard.
    pub inbox: Option<StanzaId>,
    /// Messages (at most 1,000, the latest) of the last seven days that were left, and perhaps not passed on to everybody.
    pub messages: Vec<LeftMessage>,
    /// Chats that ended at most [`super::ratings::AFTERWARDS`] before the one that ended last (at most
    /// [`super::ratings::ENDED_MAX`], the latest), the oldest first.
    pub ended: Vec<EndedChat>,
}

/// A chat that has ended, as far as it may still be rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedChat {
    /// Its number.
    pub chat: ChatId,
    /// Where it took place.
    pub room: RoomJid,
    /// The guest's latest address.
    pub guest: FullJid,
    /// The first part of the ids of what we said there, where only people who were told the password could hear it.
    pub tag: Option<String>,
    /// When it ended.
    pub at: DateTime<Utc>,
}

/// An open chat as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredChat {
    /// The chat's row.
    pub chat: ChatRecord,
    /// What is known about its guest.
    pub facts: Option<GuestFacts>,
    /// Its latest choices (at most 20), the oldest first.
    pub choices: Vec<Choice>,
    /// The highest `seq` used.
    pub last_seq: i64,
    /// The highest `place` used.
    pub last_place: i64,
    /// When something was last heard in its room, or a gap ended: all that was said before is known.
    pub last_line_at: Option<DateTime<Utc>>,
    /// Lines of kind `owed`, in order.
    pub owed: Vec<LineRecord>,
    /// What the guest said first (at most three lines of kind `said`), for the offer.
    pub first_words: Vec<String>,
    /// The ids that the room gave to the last lines (at most 2,000) with the lines' places, to know them again in its
    /// history and archive.
    pub known_ids: Vec<(StanzaId, i64)>,
    /// What was said last, with the gaps, in the room's order (at most 100 lines), to know it again in the history of a
    /// room that gives no ids.
    pub last_lines: Vec<LineRecord>,
}
