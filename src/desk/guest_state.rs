//! How a chat stands, for the guest's own client: beside the sentence that says so in words (docs/protocol.md,
//! `urn:frontdesk:state:0`).

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::queue::AHEAD_MAX;

/// How a chat stands, as its guest may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestState {
    /// For somebody to be free.
    Waiting {
        /// The place in line, from 1; `None` where nobody knows, or where it is too far back to be told.
        position: Option<usize>,
        /// What most guests waited lately.
        wait: Option<Duration>,
        /// The guest was told that they may leave a message.
        message: bool,
    },
    /// For the queue to open; what the guest says is kept as a message.
    AfterHours {
        /// When it opens, with the desk's own offset.
        opens: Option<DateTime<FixedOffset>>,
    },
    /// Somebody is called, or on their way.
    Offered {
        /// Whoever is on their way.
        operator: Option<String>,
    },
    /// Somebody is there.
    Serving {
        /// What the configuration calls them.
        operator: String,
    },
    /// No more will be said.
    Closed,
}

impl GuestState {
    /// Waiting, and nothing more is known.
    pub fn waiting() -> Self {
        Self::Waiting { position: None, wait: None, message: false }
    }

    /// Waiting behind so many others.
    pub fn behind(ahead: usize, wait: Option<Duration>) -> Self {
        Self::Waiting { position: (ahead < AHEAD_MAX).then_some(ahead + 1), wait, message: false }
    }
}
