//! SPEAKS XMPP: connection, inbound (stanza to event), outbound (action to stanza).
//!
//! One task owns the stream (`session`). It hears stanzas and turns them into events (`inbound`), takes [`Outgoing`] and
//! turns it into stanzas (`outbound`), answers what other entities ask (`iq`) and remembers what we asked (`questions`).
//! Connections come from the `reconnector`, which never gives up but for what no retry can mend. All that the server sends
//! passes the `guard` first.

mod account;
mod backoff;
mod connector;
mod guard;
mod inbound;
mod iq;
mod jitter;
mod link;
mod login;
mod names;
mod outbound;
mod probe;
mod pulse;
mod questions;
mod reconnector;
mod rooms;
mod session;
mod srv;
mod survey;
mod tls;
mod visit;
mod wire;
mod xml;

pub use account::{Account, Server, Tls};
pub use link::{Link, LinkFailure, Others, Outgoing, SessionNumber, start};
pub use login::{Login, LoginError};
pub use survey::{Contact, Entity, OwnArchive, Rights, RoomFound, Survey, SurveyFailure, Trial};
pub use visit::Unanswered;
