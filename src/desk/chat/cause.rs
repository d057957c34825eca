//! Why a chat needs attention at a certain time.

use std::fmt;

/// Why a chat needs attention then. A number, not a sentence: it is asked for after every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Cause {
    TooManyWantIn,
    NotLetIn,
    RoomSilent,
    SomebodyMaySpeak,
    WeMaySpeak,
    GuestAway,
    RightNotGranted,
    OfferLapses,
    ClosingTakesLong,
    OperatorAway,
    TransferLapses,
    OperatorSilent,
    CrmSilent,
    QueueOpens,
    OthersMayBeAsked,
    GuestIsTold,
    ClientAway,
    GuestHasWords,
    GuestSilent,
    ItsTurnToEnter,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyWantIn => "too many want in",
            Self::NotLetIn => "the room has not let us in",
            Self::RoomSilent => "the room has not answered",
            Self::SomebodyMaySpeak => "somebody may speak again",
            Self::WeMaySpeak => "the room may let us speak",
            Self::GuestAway => "the guest has not come back",
            Self::RightNotGranted => "the right was not granted",
            Self::OfferLapses => "the offer lapses",
            Self::ClosingTakesLong => "closing takes long",
            Self::OperatorAway => "the operator has not come back",
            Self::TransferLapses => "the transfer lapses",
            Self::OperatorSilent => "the operator has not answered",
            Self::CrmSilent => "a CRM has not answered",
            Self::QueueOpens => "the queue opens",
            Self::OthersMayBeAsked => "somebody else may be asked",
            Self::GuestIsTold => "the waiting guest hears from us",
            Self::ClientAway => "the guest's client has not come",
            Self::GuestHasWords => "the guest has what was carried",
            Self::GuestSilent => "the guest writes nothing",
            Self::ItsTurnToEnter => "it is the chat's turn to enter",
        })
    }
}
