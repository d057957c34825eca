//! CRMs as the desk sees them: who is asked, by which fact, and what comes back.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jid::FullJid;

use super::facts::{Excess, Facts, GuestFacts, Value};
use super::ids::ChatId;

/// What a `[[crm]]` is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrmName(pub Arc<str>);

/// One `[[crm]]`, as far as the desk must know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmSettings {
    /// Its name.
    pub name: CrmName,
    /// The facts that it is asked by, in the order in which it takes them. Never empty.
    pub by: Vec<KeyFact>,
    /// How long a chat waits for it.
    pub limit: Duration,
}

/// A fact by which somebody can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFact {
    /// `guest.id`: who they are by their signed token.
    Id,
    /// `guest.account`: their bare address, for which their server vouches.
    Account,
    /// `guest.claims.NAME`: a claim of their signed token.
    Claim(String),
    /// `guest.said.NAME`: what their form says. Anybody can write anything there.
    Said(String),
}

/// A question to one CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// For which chat.
    pub chat: ChatId,
    /// Whom to ask.
    pub source: CrmName,
    /// What by, in the order of [`CrmSettings::by`].
    pub values: Vec<String>,
}

/// What a CRM said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrmReply {
    /// This is known.
    Known(Facts),
    /// It knows nobody by these values.
    Unknown,
    /// Nothing that could be used.
    Failed(CrmTrouble),
}

/// Why a CRM said nothing of use. The sentences name neither a URL nor anything about the guest (I7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CrmTrouble {
    /// Its time limit passed.
    #[error("no answer within `timeout_seconds`")]
    Slow,
    /// Too many questions are open.
    #[error("too many questions are waiting for it")]
    Busy,
    /// Nobody answers there.
    #[error("it cannot be reached")]
    Unreachable,
    /// Its address is this machine's or its network's.
    #[error("its address is a private one; where that is meant, name the host under `allow`")]
    Inside,
    /// It does not prove who it is.
    #[error("its certificate is not one that we believe; `ca_file` names a private authority")]
    Certificate,
    /// The connection broke while it answered.
    #[error("the connection broke off")]
    Broken,
    /// It sends us elsewhere.
    #[error("it redirects to another address, which is not followed; write the final URL")]
    Redirected,
    /// It refuses, or fails.
    #[error("it answered with the HTTP status {0}")]
    Status(u16),
    /// Its answer is too long.
    #[error("its answer is too long")]
    TooLarge,
    /// Its answer is no JSON object, or its file no CSV.
    #[error("its answer cannot be read: neither a JSON object nor a line of CSV")]
    Nonsense,
    /// Its answer says too much.
    #[error("its answer is {0}; choose with `fields`")]
    TooMuch(Excess),
    /// The file or the query cannot be used.
    #[error("its file or its query cannot be used; `frontdesk check` says why")]
    Unreadable,
}

impl fmt::Display for CrmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for CrmName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl FromStr for KeyFact {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = |prefix: &str| text.strip_prefix(prefix).filter(|name| !name.is_empty() && !name.contains('.'));
        match text {
            "guest.id" => Ok(Self::Id),
            "guest.account" => Ok(Self::Account),
            _ => match (name("guest.claims."), name("guest.said.")) {
                (Some(claim), _) => Ok(Self::Claim(claim.to_owned())),
                (_, Some(said)) => Ok(Self::Said(said.to_owned())),
                _ => Err(()),
            },
        }
    }
}

impl KeyFact {
    /// Somebody other than the guest vouches for it.
    pub fn vouched(&self) -> bool {
        !matches!(self, Self::Said(_))
    }

    /// What it is about this guest, who has this real address if it is known.
    fn value(&self, facts: &GuestFacts, guest: Option<&FullJid>) -> Option<String> {
        let trusted = || guest.and_then(|guest| facts.trusted_of(guest));
        match self {
            Self::Id => Some(trusted()?.id.clone()),
            Self::Account => Some(guest?.to_bare().to_string()),
            Self::Claim(name) => text(trusted()?.claims.get(name)?),
            Self::Said(name) => text(facts.said.get(name)?),
        }
    }
}

impl CrmSettings {
    /// Everything that it is asked by is vouched for.
    pub fn vouched(&self) -> bool {
        self.by.iter().all(KeyFact::vouched)
    }

    /// What it is asked by; `None` where something of it is not known.
    pub fn values(&self, facts: &GuestFacts, guest: Option<&FullJid>) -> Option<Vec<String>> {
        self.by.iter().map(|fact| fact.value(facts, guest).filter(|value| !value.trim().is_empty())).collect()
    }
}

/// Words and whole numbers name somebody; nothing else does.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.trim().to_owned()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
