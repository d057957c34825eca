//! TOML to [`Config`]: refuses early, with file, line, what is wrong and what to write instead.
//!
//! Reading goes in three steps, each in a file of its own: [`shape`] takes the file apart and refuses unknown keys and
//! wrong types; [`queues`], [`people`], [`rules`], [`token`], [`places`] and [`address`] check what the values mean; this file puts them together.
//! All mistakes of one step are told at once.

mod address;
mod crm;
mod crm_url;
mod keys;
mod mistakes;
mod opening;
mod overflow;
mod password;
mod people;
mod places;
mod queues;
mod rules;
mod shape;
mod token;
mod web;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use jid::BareJid;

use crate::desk::ids::Nick;
use crate::desk::routing::rules::Rules;
use crate::desk::settings::{OperatorSettings, QueueSettings, Settings};
use crate::desk::token::TokenSettings;
use crate::secret::Secret;

pub use crm::{CrmPlace, CrmSource, CrmUrl};
pub use crm_url::UrlPiece;
pub use keys::documented_keys;
pub use mistakes::{ConfigErrors, Mistake};
pub use password::{PASSWORD_CREDENTIAL, PASSWORD_VARIABLE, PasswordError, PasswordOrigin, PasswordSources};

pub use web::{Field, FieldName, OperatorPages, Upstream, Web, Window};

use mistakes::{Mistakes, Source};

/// The checked configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where it was read from.
    pub file: PathBuf,
    /// `[xmpp]`: who we are and how we connect.
    pub xmpp: Xmpp,
    /// `[rooms]`: which rooms and guests we serve.
    pub rooms: Rooms,
    /// `[store]`, `url`: the SQLite database file.
    pub database: PathBuf,
    /// `[store]`, `retention_days`: how long a closed chat's words are kept.
    pub retention: Duration,
    /// `[store]`, `log_dir`: the folder for a text and a JSON-lines file a chat; its parent exists.
    pub log_dir: Option<PathBuf>,
    /// `[faq]`, `dir`: the folder with the entries; `None` where none was named and there is no folder `faq`.
    pub faq_dir: Option<PathBuf>,
    /// `[faq]`: how sure the desk must be.
    pub faq_sureness: Sureness,
    /// `[time]`, `zone`: what `!time` says without an argument.
    pub zone: Tz,
    /// `[web]`: the guest's window; `None` where nothing is served over HTTP.
    pub web: Option<Web>,
    /// `[[queue]]`, in the file's order; the first is the default. Never empty.
    pub queues: Vec<QueueSettings>,
    /// `[[operator]]`, in the file's order, then those who are supervisors only.
    pub operators: Vec<OperatorSettings>,
    /// `[[rule]]`, in the file's order.
    pub rules: Rules,
    /// `[token]`, and its key.
    pub token: Option<TokenSettings>,
    /// `[[crm]]`, in the file's order.
    pub crms: Vec<CrmSource>,
}

/// `[faq]`, `answer_from_percent` and `suggest_from_percent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sureness {
    /// From how likely an entry answers the question its answer is given, in percent.
    pub answer_from_percent: u32,
    /// From how likely entries are suggested, in percent; at most the other.
    pub suggest_from_percent: u32,
}

/// `[xmpp]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xmpp {
    /// The desk's account.
    pub jid: BareJid,
    /// Where its password is written, unless the environment has it.
    pub password_file: Option<PathBuf>,
    /// Where to connect; `None` = ask the DNS (RFC 6120, 3.2.1).
    pub server: Option<Server>,
    /// How the connection is protected.
    pub tls: Tls,
    /// A private certificate authority (PEM); `None` = the system's.
    pub ca_file: Option<PathBuf>,
    /// The nick that the desk wants in rooms.
    pub nick: Nick,
}

/// The server's address, as given.
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
    /// STARTTLS, and nothing is said before it (RFC 6120, 5).
    Required,
    /// TLS from the first byte (XEP-0368).
    Direct,
    /// None. Loopback only.
    Off,
}

/// `[rooms]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rooms {
    /// MUC services whose invitations are accepted. In lower case, never empty.
    pub services: Vec<String>,
    /// Domains whose users may ask for help; empty = any. In lower case.
    pub guests: Vec<String>,
    /// How long a guest who vanished may take to return.
    pub guest_grace: Duration,
    /// The same for an operator.
    pub operator_grace: Duration,
    /// Operators' real JIDs stay hidden from guests where rights allow.
    pub hide_operators: bool,
    /// Further guests get a polite refusal.
    pub chats_open_max: usize,
    /// Whoever writes to the desk directly is served too.
    pub alias: bool,
    /// How long a guest whose words are carried may say nothing.
    pub alias_idle: Duration,
    /// Accounts that many guests share.
    pub shared_accounts: Vec<BareJid>,
}

impl Config {
    /// Reads and checks the file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// All mistakes that were found, in the order of the file.
    pub fn load(file: &Path) -> Result<Self, ConfigErrors> {
        let source = Source::read(file)?;
        let mut mistakes = Mistakes::default();
        let config = checked(&source, &mut mistakes);
        match config {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(mistakes.told_of(&source)),
        }
    }

    /// What the desk needs to know of it.
    pub fn settings(&self) -> Settings {
        Settings {
            account: self.xmpp.jid.clone(),
            nick: self.xmpp.nick.clone(),
            services: self.rooms.services.clone(),
            guests: self.rooms.guests.clone(),
            guest_grace: self.rooms.guest_grace,
            operator_grace: self.rooms.operator_grace,
            hide_operators: self.rooms.hide_operators,
            chats_open_max: self.rooms.chats_open_max,
            alias: self.rooms.alias,
            alias_idle: self.rooms.alias_idle,
            shared_accounts: self.rooms.shared_accounts.clone(),
            zone: self.zone,
            queues: self.queues.clone(),
            operators: self.operators.clone(),
            rules: self.rules.clone(),
            token: self.token.clone(),
            crms: self.crms.iter().map(|crm| crm.settings.clone()).collect(),
        }
    }

    /// Reads the account's password from where it is kept. Not part of [`Config::load`], so that what needs no
    /// password works without it.
    ///
    /// # Errors
    /// There is none, it cannot be read, or it is not protected.
    pub fn password(&self) -> Result<Secret, PasswordError> {
        PasswordSources::of_process(self).read()
    }
}

/// `None` only where a mistake was noted.
fn checked(source: &Source, mistakes: &mut Mistakes) -> Option<Config> {
    let raw = shape::take_apart(source, mistakes)?;
    let xmpp = address::xmpp(&raw.xmpp, source, mistakes);
    let rooms = places::rooms(&raw.rooms, xmpp.as_ref(), mistakes);
    let database = places::database(&raw.store, source, mistakes);
    let retention = places::retention(&raw.store, mistakes);
    let log_dir = places::log_dir(&raw.store, source, mistakes);
    let faq_dir = places::faq_dir(&raw.faq, source, mistakes);
    let faq_sureness = places::faq_sureness(&raw.faq, mistakes);
    let zone = places::zone(&raw.time, mistakes);
    let web = web::web(&raw.web, rooms.as_ref(), source, mistakes);
    let queues = queues::queues(&raw.queues, mistakes);
    let operators = people::operators(&raw.operators, &raw.queues, mistakes);
    let crms = crm::sources(&raw.crms, source, mistakes);
    queues::refuse_heavy_chats(&raw.queues, &queues, &operators, mistakes);
    let rules = rules::rules(&raw.rules, source, &raw.queues, &operators, mistakes);
    rules::refuse_impossible_skills(&raw.rules, &rules, &queues, &operators, mistakes);
    let token = token::token(&raw.token, source, mistakes);
    people::refuse_ambiguous_names(&raw.queues, &raw.operators, mistakes);
    if let (Some(xmpp), Some(rooms)) = (&xmpp, &rooms) {
        people::refuse_impossible_operators(&raw.queues, &raw.operators, &xmpp.jid, &rooms.services, mistakes);
    }
    Some(Config {
        file: source.file.clone(),
        xmpp: xmpp?,
        rooms: rooms?,
        database: database?,
        retention,
        log_dir,
        faq_dir,
        faq_sureness,
        zone,
        web,
        operators: people::with_supervisors(&queues, operators),
        queues,
        rules,
        token,
        crms,
    })
}
