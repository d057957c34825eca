//! The words under which stages, outcomes, kinds and speakers are stored. They outlive a renaming in the desk.

use super::ProposalState;
use crate::desk::operators::Availability;
use crate::desk::record::{DirectStage, FaqVerdict, LineKind, Outcome, Speaker, StageName};

/// A small enum that is stored as a word.
pub(super) trait Stored: Sized {
    /// The word in the database.
    fn word(&self) -> &'static str;
    /// What a word in the database means.
    fn from_word(word: &str) -> Option<Self>;
}

macro_rules! stored_as {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl Stored for $type {
            fn word(&self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

stored_as!(StageName:
    Joining = "joining",
    Waiting = "waiting",
    Offered = "offered",
    Serving = "serving",
    Closing = "closing",
    Closed = "closed",
);

stored_as!(DirectStage:
    Calling = "calling",
    Carrying = "carrying",
    Resting = "resting",
);

stored_as!(Availability:
    Available = "available",
    Away = "away",
    Offline = "offline",
);

stored_as!(Outcome:
    Answered = "answered",
    Abandoned = "abandoned",
    Missed = "missed",
    Refused = "refused",
    Lost = "lost",
);

stored_as!(LineKind:
    Said = "said",
    Owed = "owed",
    Joined = "joined",
    Left = "left",
    Offered = "offered",
    Accepted = "accepted",
    Declined = "declined",
    Lapsed = "lapsed",
    Revoked = "revoked",
    Transferred = "transferred",
    Note = "note",
    System = "system",
    Gap = "gap",
    Unreadable = "unreadable",
);

stored_as!(Speaker:
    Guest = "guest",
    Operator = "operator",
    Desk = "desk",
    Other = "other",
);

stored_as!(FaqVerdict:
    Answer = "answer",
    Suggestions = "suggestions",
    None = "none",
    Picked = "picked",
);

stored_as!(ProposalState:
    Open = "open",
    Accepted = "accepted",
    Rejected = "rejected",
);
