//! Names and addresses, each a type of its own, so that "sent to the wrong one" does not compile.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use compact_str::CompactString;
use jid::{BareJid, FullJid, Jid, ResourcePart};

use super::prints::print_of;

/// A chat's number: assigned by the desk in order of opening, never used twice in one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatId(pub i64);

impl ChatId {
    /// A number is its own fingerprint.
    pub fn print(self) -> u64 {
        self.0.cast_unsigned()
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An address without its resource, as it is written. Nothing is copied for it.
pub fn account_of(jid: &Jid) -> &str {
    let whole = jid.as_str();
    let resource = jid.resource().map_or(0, |resource| resource.as_str().len() + 1);
    whole.get(..whole.len().saturating_sub(resource)).unwrap_or(whole)
}

/// An address without its resource: a copy that is cut, where `jid` writes the text anew.
pub fn bare_of(jid: &Jid) -> BareJid {
    jid.clone().into_bare()
}

/// An operator as the desk knows them while it runs. The number is a position in memory, stable over a
/// reload and never stored; what is stored is the operator's bare JID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorId(pub u32);

/// A room's bare JID, `room@service`. Shared: it goes with nearly everything that is heard and done.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomJid(Arc<Printed>);

/// An address with its fingerprint, for those who find by it what belongs to the room.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Printed {
    jid: BareJid,
    print: u64,
}

impl RoomJid {
    /// A room has a local part: a service's own address is none.
    pub fn new(jid: BareJid) -> Option<Self> {
        let print = print_of(jid.as_str());
        jid.node().is_some().then(|| Self(Arc::new(Printed { jid, print })))
    }

    /// The address itself.
    pub fn bare(&self) -> &BareJid {
        &self.0.jid
    }

    /// The address's fingerprint. Others may have the same, if somebody makes them up for it.
    pub fn print(&self) -> u64 {
        self.0.print
    }

    /// The MUC service that the room lives on.
    pub fn service(&self) -> &str {
        self.0.jid.domain().as_str()
    }

    /// The address of an occupant (XEP-0045, 3 "occupant JID"); `None` where the nick is no resource part.
    pub fn occupant(&self, nick: &Nick) -> Option<FullJid> {
        let part = ResourcePart::new(&nick.0).ok()?;
        Some(self.0.jid.with_resource(&part))
    }

    /// Is this the address of the occupant with that nick? (Mostly it is none of the room's, and nothing is made to compare it.)
    pub fn is_occupant(&self, jid: &FullJid, nick: &Nick) -> bool {
        account_of(jid) == self.0.jid.as_str() && self.occupant(nick).as_ref() == Some(jid)
    }
}

/// The fingerprint alone: for tables that nobody fills with addresses made up for it.
impl Hash for RoomJid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.print);
    }
}

impl fmt::Debug for RoomJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RoomJid").field(&self.0.jid).finish()
    }
}

impl fmt::Display for RoomJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.jid.fmt(f)
    }
}

impl FromStr for RoomJid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let jid = BareJid::from_str(text).map_err(|error| format!("{text:?} is no JID: {error}"))?;
        Self::new(jid).ok_or_else(|| format!("{text:?} names a service, not a room"))
    }
}

/// An occupant's nick. Never a proof of who somebody is (I5). It is in every line, and mostly short: then it is copied with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nick(pub CompactString);

impl Deref for Nick {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: Into<CompactString>> From<T> for Nick {
    fn from(nick: T) -> Self {
        Self(nick.into())
    }
}

impl fmt::Display for Nick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A queue's name as the configuration spells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName(pub Arc<str>);

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for QueueName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

/// The `id` attribute of a stanza that we send: derived from a chat's tag and a count, so that saying
/// something again after a crash uses the same id. Shared: what is said, what is owed and the line each have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub Arc<str>);

impl MessageId {
    /// `tag-rest`: an id that says to which chat it belongs.
    pub fn of(tag: &str, rest: &str) -> Self {
        Self([tag, "-", rest].concat().into())
    }
}

impl<T: Into<Arc<str>>> From<T> for MessageId {
    fn from(id: T) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An id that a room gave to a message (XEP-0359, 3 "stanza-id"). Worth something only where the room
/// announces `urn:xmpp:sid:0` and the id is the room's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StanzaId(pub String);

/// Who said something, under whatever nick (XEP-0421): the same for all clients of an account, as long as the room lives.
/// Worth something only where the room announces `urn:xmpp:occupant-id:0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccupantId(pub String);
