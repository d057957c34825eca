//! Who we are and how we reach our server.

use std::net::IpAddr;
use std::path::PathBuf;

use jid::{BareJid, FullJid};

use crate::secret::Secret;

/// The resource of the desk's only session (RFC 6120, 7). Fixed, so that a second copy is found.
pub(super) const RESOURCE: &str = "frontdesk";

/// The desk's account and its server.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account's address.
    pub jid: BareJid,
    /// Its password.
    pub password: Secret,
    /// Where to connect; `None` = what the DNS says (RFC 6120, 3.2.1).
    pub server: Option<Server>,
    /// How the connection is protected.
    pub tls: Tls,
    /// A private certificate authority, PEM. It then counts alone; `None` = the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// Where jitter and the choice among equal servers come from; to be drawn at random once per process.
    pub seed: u64,
}

/// A server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A host name, or an IP address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS; without it we do not log in (RFC 6120, 5).
    Required,
    /// TLS from the first byte (XEP-0368).
    Direct,
    /// None. Refused unless the server's address is loopback.
    Off,
}

impl Account {
    /// The address of this account's session with that resource; `None` where it is no resource part.
    pub(super) fn with_resource(&self, resource: &str) -> Option<FullJid> {
        self.jid.with_resource_str(resource).ok()
    }

    /// A resource for a session beside the desk's own, told apart from those of other processes by the seed.
    pub(super) fn side_resource(&self, purpose: &str) -> String {
        format!("{RESOURCE}-{purpose}-{:016x}", self.seed)
    }

    /// The account's domain.
    pub(super) fn domain(&self) -> &str {
        self.jid.domain().as_str()
    }

    /// May this address be spoken to?
    pub(super) fn may_connect_to(&self, address: IpAddr) -> bool {
        self.tls != Tls::Off || address.to_canonical().is_loopback()
    }
}
