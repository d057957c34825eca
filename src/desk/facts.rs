//! What is known about a guest: what they said, what was proved, and what others know of them.
//!
//! Rules look at it, operators see it with the offer, and it is kept with the chat, so that a restart, or a simulation of
//! the day, decides on the same.

mod value;

use std::fmt;

use jid::FullJid;
use serde::{Deserialize, Serialize};

pub use value::{BYTES_MAX, DEPTH_MAX, Excess, Facts, Number, VALUES_MAX, Value};

/// How a guest came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// They opened a room and invited the desk.
    #[default]
    Room,
    /// They wrote to the desk's address, and the desk opened the room.
    Direct,
}

impl Channel {
    /// As conditions spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Direct => "direct",
        }
    }
}

/// What is known about the guest of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFacts {
    /// Who asked for help: the address that the invitation came from. It vouches for what they brought; who comes back to the
    /// room under another address brought none of it.
    #[serde(with = "address")]
    pub jid: FullJid,
    /// How they came.
    #[serde(default)]
    pub channel: Channel,
    /// Their language as they told it (BCP 47, primary part, lower case).
    pub language: Option<String>,
    /// They were served before.
    pub returning: bool,
    /// Why they asked, in their words.
    pub reason: Option<String>,
    /// What their form said. Nobody vouches for it.
    pub said: Facts,
    /// What a signed token proved.
    pub trusted: Option<Trusted>,
    /// What CRMs know of them.
    pub crm: Facts,
    /// Some of that was looked up by what they said, for which nobody vouches.
    #[serde(default)]
    pub crm_by_said: bool,
    /// CRMs that gave no answer that could be used.
    #[serde(default)]
    pub crm_failed: Vec<String>,
}

/// What a signed token proved, about whoever brought it and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// Who the guest is, in the words of whoever signed (`sub`, RFC 7519, 4.1.2).
    pub id: String,
    /// What else it says.
    pub claims: Facts,
}

impl GuestFacts {
    /// Nothing but who they are.
    pub fn new(jid: FullJid) -> Self {
        Self {
            jid,
            channel: Channel::default(),
            language: None,
            returning: false,
            reason: None,
            said: Facts::default(),
            trusted: None,
            crm: Facts::default(),
            crm_by_said: false,
            crm_failed: Vec::new(),
        }
    }

    /// What is proved about somebody in this chat: nothing, unless they are who brought the token.
    pub fn trusted_of(&self, guest: &FullJid) -> Option<&Trusted> {
        self.trusted.as_ref().filter(|_| self.jid == *guest)
    }
}

/// What a guest brings along with an invitation (XEP-0004, FORM_TYPE `urn:frontdesk:guest:0`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brought {
    /// The form's fields. Untrusted, bounded by the adapter.
    pub said: Facts,
    /// A signed token, not looked at yet.
    pub token: Option<Token>,
}

/// A signed token (JWT, RFC 7519) as it came. Who has it is taken for the guest, so it is never shown (I7).
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// No token is longer, in bytes: web servers let no header be longer, so nobody makes them so.
pub const TOKEN_BYTES_MAX: usize = 8 * 1_024;

impl Token {
    /// Nothing where it is empty. One that is too long is cut, so that nothing can be proved with it.
    pub fn new(text: &str) -> Option<Self> {
        let end = text.char_indices().map(|(at, _)| at).find(|at| *at > TOKEN_BYTES_MAX);
        let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The words, for whoever verifies them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A full JID as text.
mod address {
    use jid::FullJid;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(jid: &FullJid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(jid.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FullJid, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
