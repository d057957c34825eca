//! What pages and doors need to know of the configuration.

use std::path::PathBuf;

use jid::BareJid;

use crate::config::{Config, Web};

/// The site as the configuration says; replaced as a whole when that is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `[web]`.
    pub web: Web,
    /// The desk's account.
    pub desk: BareJid,
    /// Its nick in rooms.
    pub nick: String,
    /// Where guests log in without an account.
    pub domain: String,
    /// MUC services that the desk serves; rooms are made on the first.
    pub services: Vec<String>,
    /// How long a guest who vanished may take to return, in seconds.
    pub grace_seconds: u64,
    /// A private certificate authority of the XMPP server (PEM).
    pub ca_file: Option<PathBuf>,
    /// The shop page is served too: in `scripts/demo` only.
    pub demo: bool,
}

impl Site {
    /// `None` where nothing is served over HTTP.
    pub fn of(config: &Config, demo: bool) -> Option<Self> {
        let web = config.web.clone()?;
        Some(Self {
            web,
            desk: config.xmpp.jid.clone(),
            nick: config.xmpp.nick.to_string(),
            domain: config.rooms.guests.first()?.clone(),
            services: config.rooms.services.clone(),
            grace_seconds: config.rooms.guest_grace.as_secs(),
            ca_file: config.xmpp.ca_file.clone(),
            demo,
        })
    }

    /// May a page of this origin speak to the desk?
    pub fn knows(&self, origin: &str) -> bool {
        self.web.address == origin || self.web.sites.iter().any(|site| site == origin)
    }

    /// Does what needs a restart differ?
    pub fn listens_as(&self, other: &Self) -> bool {
        let pages = |site: &Self| site.web.operators.as_ref().map(|pages| (pages.listen, pages.dir.clone()));
        self.web.listen == other.web.listen && pages(self) == pages(other)
    }
}
