//! SPEAKS XMPP: connection, inbound (stanza to event), outbound (action to stanza).
//!
//! One task owns the stream (`session`). It hears stanzas and turns them into events (`inbound`), takes [`Outgoing`] and
//! turns it into stanzas (`outbound`), answers what other entities ask (`iq`) and remembers what we asked (`questions`).
//! Connections come from the `reconnector`, which never gives up but for what no retry can mend.

mod account;
mod backoff;
mod connector;
mod inbound;
mod iq;
mod jitter;
mod link;
mod login;
mod names;
mod outbound;
mod probe;
mod questions;
mod reconnector;
mod rooms;
mod session;
mod srv;
mod tls;
mod wire;
mod xml;

pub use account::{Account, Server, Tls};
pub use link::{Link, LinkFailure, Outgoing, SessionNumber, start, start_beside, try_login};
pub use login::LoginError;

/// Log targets of the libraries below. They print stanzas, hence people's words, in their lower levels and some even in
/// warnings: whoever sets the logging up holds them at `error`, whatever the user's filter says (I7).
pub const NOISY_LOG_TARGETS: [&str; 7] =
    ["tokio_xmpp", "xmpp_parsers", "xmpp", "xso", "rustls", "hickory_resolver", "hickory_net"];
