//! What the server is and allows, found out beside a desk that may be running: for `frontdesk check --online`.
//!
//! It asks, and at each MUC service it makes a room of its own and does there what the desk does with a guest's room.
//! The room is never persistent, so it ends with us at the latest, even if we are killed.

use std::future::Future;
use std::time::Duration;

use jid::{BareJid, Jid};
use thiserror::Error;
use xmpp::minidom::Element;

use crate::desk::event::RoomFeatures;

use super::account::Account;
use super::connector::Connector;
use super::inbound::roster;
use super::jitter::Jitter;
use super::login::{Login, LoginError};
use super::names;
use super::outbound::Inquiry;
use super::visit::{Unanswered, Visit};
use super::xml::Tag;

mod trial;

/// Each question is answered within this time, or counts as unanswered.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// Nobody announces more features that we care for.
const FEATURES_MAX: usize = 1_000;

/// Why there is no survey.
#[derive(Debug, Error)]
pub enum SurveyFailure {
    /// The account cannot be used: the certificates cannot be read.
    #[error("{0}")]
    Account(String),
    /// The login did not work; in words that say what to change.
    #[error(transparent)]
    Login(#[from] LoginError),
}

/// Who somebody says they are (XEP-0030, 3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entity {
    /// Category and type of the first identity, as in `conference/text`; empty where there is none.
    pub kind: String,
    /// Its name; empty where there is none.
    pub name: String,
    features: Vec<String>,
}

impl Entity {
    /// Is it a service for group chats (XEP-0045, 6.1)?
    pub fn is_muc(&self) -> bool {
        self.features.iter().any(|feature| feature == names::MUC)
    }
}

/// Somebody in our roster (RFC 6121, 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub jid: BareJid,
    /// We see when they are there (subscription `to` or `both`).
    pub seen: bool,
    /// We have asked to see it, and they have not answered.
    pub asked: bool,
}

/// What came of making a room at a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What was found in it; or why there was none.
    pub found: Result<RoomFound, Unanswered>,
    /// The room's address, where it is still there: it never should be.
    pub left_behind: Option<String>,
}

/// What the desk may do in a room at this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFound {
    /// Fields of the room's configuration (XEP-0045, 10.2) that the desk needs and may not set, without
    /// `muc#roomconfig_`.
    pub withheld: Vec<&'static str>,
    /// Whether it could be configured as the desk does it.
    pub configured: Result<(), Unanswered>,
    /// What the configured room says of itself.
    pub features: Result<RoomFeatures, Unanswered>,
    /// The desk's standing at the service.
    pub rights: Rights,
}

/// The desk's standing at a MUC service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// It may do everything in every room.
    Admin,
    /// It may do only what a room's people let it do.
    None,
    /// It could not be found out.
    Unknown(String),
}

/// What the archive of our own account keeps by itself (XEP-0441, 2: the default of its preferences).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnArchive {
    /// All that is written to us.
    Everything,
    /// What contacts write.
    Contacts,
    /// Nothing.
    Nothing,
    /// There is none.
    Missing,
}

/// A session for asking. Ends politely with [`Survey::end`], and when it is dropped.
pub struct Survey {
    visit: Visit,
    jitter: Jitter,
}

impl Survey {
    /// Logs in, under a resource that no desk uses.
    ///
    /// # Errors
    /// Why it did not work, after one try.
    pub async fn begin(account: Account) -> Result<Self, SurveyFailure> {
        let connector = Connector::new(account).map_err(SurveyFailure::Account)?;
        let mut jitter = Jitter::new(connector.account().seed);
        let visit = Box::pin(Visit::begin(&connector, "check", &mut jitter)).await?;
        Ok(Self { visit, jitter })
    }

    /// How we logged in.
    pub fn login(&self) -> &Login {
        self.visit.login()
    }

    /// Asks our server, a service, or any domain who it is.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn describe(&mut self, domain: &str) -> Result<Entity, Unanswered> {
        let query = Tag::new("query", names::DISCO_INFO);
        Ok(self.ask(Inquiry::of(address(domain)?, query)).await?.as_ref().map(entity).unwrap_or_default())
    }

    /// Asks a domain which software it runs (XEP-0092).
    ///
    /// # Errors
    /// There is no answer.
    pub async fn software(&mut self, domain: &str) -> Result<String, Unanswered> {
        let answer = self.ask(Inquiry::of(address(domain)?, Tag::new("query", names::VERSION))).await?;
        let words = |name| answer.as_ref()?.get_child(name, names::VERSION).map(Element::text);
        Ok([words("name"), words("version")].into_iter().flatten().collect::<Vec<_>>().join(" "))
    }

    /// Asks for our roster.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn contacts(&mut self) -> Result<Vec<Contact>, Unanswered> {
        let answer = self.ask(Inquiry::of_our_account(Tag::new("query", names::ROSTER))).await?;
        Ok(answer.as_ref().map(contacts).unwrap_or_default())
    }

    /// Asks what our account's archive keeps.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn own_archive(&mut self) -> Result<OwnArchive, Unanswered> {
        match self.ask(Inquiry::of_our_account(Tag::new("prefs", names::ARCHIVE))).await {
            Ok(prefs) => Ok(own_archive(prefs.as_ref())),
            Err(Unanswered::Refused(_)) => Ok(OwnArchive::Missing),
            Err(why) => Err(why),
        }
    }

    /// Makes a room at a service, tries what the desk needs, and removes it.
    pub async fn try_room(&mut self, service: &str) -> Trial {
        trial::run(self, service).await
    }

    /// Leaves.
    pub async fn end(self) {
        self.visit.end().await;
    }

    async fn ask(&mut self, inquiry: Inquiry) -> Result<Option<Element>, Unanswered> {
        in_time(self.visit.ask(inquiry)).await
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Unanswered>>) -> Result<T, Unanswered> {
    tokio::time::timeout(STEP_LIMIT, work).await.unwrap_or(Err(Unanswered::Silent))
}

fn address(domain: &str) -> Result<Jid, Unanswered> {
    Jid::new(domain).map_err(|_| Unanswered::Refused(crate::desk::event::Condition::JidMalformed))
}

fn entity(query: &Element) -> Entity {
    let all = |name: &'static str| query.children().filter(move |child| child.is(name, names::DISCO_INFO));
    let first = all("identity").next();
    let said = |attribute| first.and_then(|identity| identity.attr(attribute)).unwrap_or_default();
    let features = all("feature").filter_map(|feature| feature.attr("var")).take(FEATURES_MAX);
    Entity {
        kind: format!("{}/{}", said("category"), said("type")).trim_matches('/').to_owned(),
        name: said("name").to_owned(),
        features: features.map(ToOwned::to_owned).collect(),
    }
}

fn own_archive(prefs: Option<&Element>) -> OwnArchive {
    match prefs.and_then(|prefs| prefs.attr("default")) {
        Some("always") => OwnArchive::Everything,
        Some("roster") => OwnArchive::Contacts,
        Some("never") => OwnArchive::Nothing,
        _ => OwnArchive::Missing,
    }
}

fn contacts(query: &Element) -> Vec<Contact> {
    let asked: Vec<&str> =
        query.children().filter(|item| item.attr("ask").is_some()).filter_map(|item| item.attr("jid")).collect();
    let items = roster::items(query).into_iter();
    items.map(|item| Contact { asked: asked.contains(&item.jid.as_str()), seen: item.to, jid: item.jid }).collect()
}
