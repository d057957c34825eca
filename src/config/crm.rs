//! `[[crm]]`: who is asked about a guest, by what, and how.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use toml::Spanned;

use super::address::ca_file;
use super::crm_url::{self, UrlPiece};
use super::keys::listed;
use super::mistakes::{Mistakes, Source};
use super::password::{self, PasswordError};
use super::people::check_name;
use super::places::seconds;
use super::shape::{Given, RawCrm, Table};
use crate::desk::crm::{CrmName, CrmSettings, KeyFact};
use crate::secret::Secret;

/// How long a chat may be made to wait, in seconds.
const TIMEOUT_SECONDS: RangeInclusive<i64> = 1..=10;
const TIMEOUT_DEFAULT: u32 = 3;
/// How many sources there may be: each is asked about each guest.
const SOURCES_MAX: usize = 8;
/// What somebody is looked up by where nothing else is written.
const BY_DEFAULT: &str = "guest.id";
const FACTS: &str = "`guest.id` (a signed token's), `guest.claims.NAME` (of that token), `guest.account`, or, with \
                     `allow_said = true`, `guest.said.NAME` (the guest's form)";

/// One `[[crm]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmSource {
    /// What the desk must know of it.
    pub settings: CrmSettings,
    /// Which facts are kept; all where there is no list.
    pub fields: Option<Vec<String>>,
    /// Where they are.
    pub place: CrmPlace,
}

impl CrmSource {
    /// Reads the bearer token from where it is kept, if there is one.
    ///
    /// # Errors
    /// It cannot be read, or it is not protected.
    pub fn token(&self) -> Result<Option<Secret>, PasswordError> {
        match &self.place {
            CrmPlace::Http(CrmUrl { token_file: Some(file), .. }) => password::token(file).map(Some),
            _ => Ok(None),
        }
    }
}

/// Where a CRM's facts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrmPlace {
    /// Over HTTP.
    Http(CrmUrl),
    /// In a CSV file.
    Csv {
        /// The file.
        file: PathBuf,
        /// The column that is looked into.
        key: String,
    },
    /// In a SQLite database.
    Sqlite {
        /// The file.
        file: PathBuf,
        /// A `SELECT` with one parameter.
        query: String,
    },
}

/// An HTTP service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmUrl {
    /// The URL's host, in lower case: a name, or an address without brackets.
    pub host: String,
    /// The URL.
    pub url: Vec<UrlPiece>,
    /// Where a bearer token is written.
    pub token_file: Option<PathBuf>,
    /// A private certificate authority (PEM); `None` = the system's.
    pub ca_file: Option<PathBuf>,
    /// Host names and addresses that may be asked though they are private.
    pub allow: Vec<String>,
}

/// Checks each `[[crm]]`.
pub(super) fn sources(raw: &[Table<RawCrm>], source: &Source, mistakes: &mut Mistakes) -> Vec<CrmSource> {
    if let Some(one_more) = raw.get(SOURCES_MAX) {
        let what = format!("there are {} `[[crm]]`, and each is asked about each guest", raw.len());
        mistakes.note(one_more.span.clone(), what, format!("write at most {SOURCES_MAX}"));
    }
    let mut known: Vec<CrmSource> = Vec::new();
    for table in raw.iter().filter(|table| !table.unread) {
        let Some(one) = one(table, source, mistakes) else { continue };
        if known.iter().any(|other| other.settings.name == one.settings.name) {
            let span = table.values.name.as_ref().map_or_else(|| table.span.clone(), Spanned::span);
            let what = format!("there are two `[[crm]]` named {:?}", &*one.settings.name.0);
            mistakes.note(span, what, "give one of them another name");
        }
        known.push(one);
    }
    known
}

fn one(raw: &Table<RawCrm>, source: &Source, mistakes: &mut Mistakes) -> Option<CrmSource> {
    let values = &raw.values;
    let limit = seconds(&values.timeout_seconds, "timeout_seconds", TIMEOUT_DEFAULT, TIMEOUT_SECONDS, mistakes);
    let fields = values.fields.as_ref().map(|fields| self::fields(fields, mistakes));
    let kind = Kind::of(raw, mistakes);
    let (place, by) = kind.and_then(|kind| {
        refuse_keys_of_others(kind, values, mistakes);
        match kind {
            Kind::Url(url) => http(url, values, source, mistakes),
            Kind::Csv(file) => csv(file, raw, source, mistakes),
            Kind::Sqlite(file) => sqlite(file, raw, source, mistakes),
        }
    })?;
    let Some(name) = &values.name else {
        let advice = "write `name = \"customers\"` under `[[crm]]`: operators and logs call it so";
        mistakes.note(raw.span.clone(), "this CRM has no name", advice);
        return None;
    };
    let settings = CrmSettings { name: CrmName::from(name.get_ref().as_str()), by, limit };
    check_name(name, "customers", mistakes).then_some(CrmSource { settings, fields, place })
}

/// Which of the three it is.
#[derive(Clone, Copy)]
enum Kind<'a> {
    Url(&'a Spanned<String>),
    Csv(&'a Spanned<String>),
    Sqlite(&'a Spanned<String>),
}

impl<'a> Kind<'a> {
    fn of(raw: &'a Table<RawCrm>, mistakes: &mut Mistakes) -> Option<Self> {
        let RawCrm { url, csv, sqlite, .. } = &raw.values;
        let kinds = [url.as_ref().map(Kind::Url), csv.as_ref().map(Kind::Csv), sqlite.as_ref().map(Kind::Sqlite)];
        let mut kinds = kinds.into_iter().flatten();
        match (kinds.next(), kinds.next()) {
            (None, _) => {
                let advice = "write `url = \"https://…/{guest.id}\"`, or `csv` with `key`, or `sqlite` with `query`";
                mistakes.note(raw.span.clone(), "this CRM does not say where to look", advice);
                None
            }
            (first, None) => first,
            (Some(_), Some(second)) => {
                let advice = "write one of them, and the other under a `[[crm]]` of its own";
                mistakes.note(second.given().span(), "a CRM is one of `url`, `csv` and `sqlite`", advice);
                None
            }
        }
    }

    fn given(self) -> &'a Spanned<String> {
        let (Kind::Url(given) | Kind::Csv(given) | Kind::Sqlite(given)) = self;
        given
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Url(_) => "url",
            Kind::Csv(_) => "csv",
            Kind::Sqlite(_) => "sqlite",
        }
    }
}

/// `query` in a CSV file would be looked for in vain.
fn refuse_keys_of_others(kind: Kind<'_>, values: &RawCrm, mistakes: &mut Mistakes) {
    let belongs = [
        ("key", values.key.as_ref().map(Spanned::span), &["csv"][..]),
        ("query", values.query.as_ref().map(Spanned::span), &["sqlite"]),
        ("by", values.by.as_ref().map(Spanned::span), &["csv", "sqlite"]),
        ("token_file", values.token_file.as_ref().map(Spanned::span), &["url"]),
        ("ca_file", values.ca_file.as_ref().map(Spanned::span), &["url"]),
        ("allow", values.allow.as_ref().map(Spanned::span), &["url"]),
    ];
    for (key, span, kinds) in belongs {
        let Some(span) = span.filter(|_| !kinds.contains(&kind.name())) else { continue };
        let advice = match key {
            "by" => "remove it; the URL says by what, such as `{guest.id}`".to_owned(),
            _ => format!("remove it; it belongs to {}", listed(kinds.iter())),
        };
        mistakes.note(span, format!("`{key}` means nothing beside `{}`", kind.name()), advice);
    }
}

fn fields(given: &Spanned<Vec<Spanned<String>>>, mistakes: &mut Mistakes) -> Vec<String> {
    if given.get_ref().is_empty() {
        let advice = "name the facts that are wanted, or remove it: then all are";
        mistakes.note(given.span(), "`fields` is empty, so nothing would be known", advice);
    }
    given.get_ref().iter().map(|field| field.get_ref().clone()).collect()
}

// What somebody is looked up by

fn by(raw: &Table<RawCrm>, mistakes: &mut Mistakes) -> Option<Vec<KeyFact>> {
    let said = raw.values.allow_said.unwrap_or(false);
    match &raw.values.by {
        Some(by) => Some(vec![fact(by.get_ref(), by, said, mistakes)?]),
        None => Some(vec![KeyFact::from_str(BY_DEFAULT).ok()?]),
    }
}

fn fact(text: &str, at: &Spanned<String>, said: bool, mistakes: &mut Mistakes) -> Option<KeyFact> {
    let Ok(fact) = KeyFact::from_str(text) else {
        mistakes.note(at.span(), format!("nobody can be looked up by {text:?}"), format!("write {FACTS}"));
        return None;
    };
    if !fact.vouched() && !said {
        let advice = "look up by `guest.id`, which a signed token proves; or write `allow_said = true`, and do not let \
                      rules give away anything for what comes of it";
        let what = format!("anybody can claim any `{text}`, and would be taken for that customer");
        mistakes.note(at.span(), what, advice);
    }
    Some(fact)
}

// The three kinds

type Found = Option<(CrmPlace, Vec<KeyFact>)>;

fn http(url: &Spanned<String>, values: &RawCrm, source: &Source, mistakes: &mut Mistakes) -> Found {
    let said = values.allow_said.unwrap_or(false);
    let parsed = match crm_url::parse(url.get_ref()) {
        Ok(parsed) => parsed,
        Err((what, advice)) => {
            mistakes.note(url.span(), what, advice);
            return None;
        }
    };
    let facts = parsed.facts.iter().map(|text| fact(text, url, said, mistakes));
    let by = facts.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?;
    let allow = allowed(&values.allow, &parsed.host, mistakes);
    if let Some(what) = parsed.is_inside(&allow) {
        let advice = format!("where that is meant, write `allow = [{:?}]`", parsed.host);
        mistakes.note(url.span(), what, advice);
    }
    if let Some(token) = values.token_file.as_ref().filter(|_| !parsed.is_protected()) {
        let advice = "write `https://`; plain HTTP is for a host on this machine";
        mistakes.note(token.span(), "everybody on the way could read the token", advice);
    }
    let place = CrmUrl {
        host: parsed.host,
        url: parsed.pieces,
        token_file: values.token_file.as_ref().map(|file| source.resolve(file.get_ref())),
        ca_file: values.ca_file.as_ref().map(|file| ca_file(file, source, mistakes)),
        allow,
    };
    Some((CrmPlace::Http(place), by))
}

/// Names in lower case, addresses as they are usually written.
fn allowed(given: &Given<Vec<Spanned<String>>>, host: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let mut allowed = Vec::new();
    for item in given.iter().flat_map(Spanned::get_ref) {
        let text = item.get_ref().trim().to_lowercase();
        match text.parse::<IpAddr>() {
            Ok(address) => allowed.push(address.to_string()),
            Err(_) if text == host => allowed.push(text),
            Err(_) => {
                let what = format!("{:?} is neither the host of the URL nor an address", item.get_ref());
                mistakes.note(item.span(), what, format!("write {host:?}, or the address that it has"));
            }
        }
    }
    allowed
}

fn csv(file: &Spanned<String>, raw: &Table<RawCrm>, source: &Source, mistakes: &mut Mistakes) -> Found {
    let by = by(raw, mistakes);
    let Some(key) = &raw.values.key else {
        let advice = "write with it the column that is looked into, `key = \"customer\"`";
        mistakes.note(file.span(), "`csv` does not say which column", advice);
        return None;
    };
    let file = source.resolve(file.get_ref());
    Some((CrmPlace::Csv { file, key: key.get_ref().trim().to_owned() }, by?))
}

fn sqlite(file: &Spanned<String>, raw: &Table<RawCrm>, source: &Source, mistakes: &mut Mistakes) -> Found {
    let by = by(raw, mistakes);
    let Some(query) = &raw.values.query else {
        let advice = "write with it `query = \"SELECT licence FROM customer WHERE number = ?1\"`";
        mistakes.note(file.span(), "`sqlite` does not say what to ask", advice);
        return None;
    };
    let file = source.resolve(file.get_ref());
    Some((CrmPlace::Sqlite { file, query: query.get_ref().clone() }, by?))
}
