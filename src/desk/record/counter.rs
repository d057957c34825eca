//! What came to nothing, counted by the day.

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
