//! A URL with places for facts: `https://crm.example.org/customers/{guest.id}`. Only path and query have such places.

use std::net::IpAddr;

use url::{Host, Position, Url};

use crate::addresses;

/// Stands for a fact while the URL is taken apart. Nobody writes this.
const MARK: &str = "0place0for0a0fact0";

/// A piece of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlPiece {
    /// As it stands.
    Literal(String),
    /// The next of the facts that the CRM is asked by.
    Fact,
}

/// A URL that can be used.
#[derive(Debug)]
pub(super) struct CrmUrlParsed {
    pub host: String,
    pub pieces: Vec<UrlPiece>,
    /// The facts' names as written, in order. Never empty.
    pub facts: Vec<String>,
    https: bool,
}

/// What is wrong, and what to write.
type Wrong = (String, &'static str);

const EXAMPLE: &str = "write for instance `url = \"https://crm.example.org/customers/{guest.id}\"`";

/// Takes it apart.
pub(super) fn parse(text: &str) -> Result<CrmUrlParsed, Wrong> {
    let (marked, facts) = marked(text)?;
    let url = Url::parse(&marked).map_err(|error| (format!("{text:?} is no URL: {error}"), EXAMPLE))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err((format!("a CRM is asked over HTTP, not {:?}", url.scheme()), EXAMPLE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("a name or a password does not belong in a URL".to_owned(), "name a `token_file`"));
    }
    if url.fragment().is_some() {
        return Err(("what stands behind `#` is never sent".to_owned(), "remove it"));
    }
    if facts.is_empty() {
        return Err(("the URL is the same for every guest".to_owned(), EXAMPLE));
    }
    if url[Position::BeforePath..].matches(MARK).count() != facts.len() {
        return Err(("a fact about a guest cannot decide which host is asked".to_owned(), EXAMPLE));
    }
    let host = url.host().map(|host| match host {
        Host::Domain(name) => name.trim_end_matches('.').to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    });
    let host = host.filter(|host| !host.is_empty()).ok_or_else(|| (format!("{text:?} has no host"), EXAMPLE))?;
    Ok(CrmUrlParsed { host, pieces: pieces(url.as_str()), facts, https: url.scheme() == "https" })
}

fn marked(text: &str) -> Result<(String, Vec<String>), Wrong> {
    let braces = || (format!("a brace stands alone in {text:?}"), "write a fact's name between `{` and `}`");
    let (mut marked, mut facts, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, behind)) = rest.split_once('{') {
        let (fact, after) = behind.split_once('}').ok_or_else(braces)?;
        if before.contains('}') || fact.contains('{') {
            return Err(braces());
        }
        marked.push_str(before);
        marked.push_str(MARK);
        facts.push(fact.trim().to_owned());
        rest = after;
    }
    if rest.contains('}') {
        return Err(braces());
    }
    marked.push_str(rest);
    Ok((marked, facts))
}

fn pieces(url: &str) -> Vec<UrlPiece> {
    let mut pieces = Vec::new();
    for (number, literal) in url.split(MARK).enumerate() {
        if number > 0 {
            pieces.push(UrlPiece::Fact);
        }
        if !literal.is_empty() {
            pieces.push(UrlPiece::Literal(literal.to_owned()));
        }
    }
    pieces
}

impl CrmUrlParsed {
    /// What is to be said of a host that is surely in the house, and not allowed. Names are looked up when they are asked.
    pub(super) fn is_inside(&self, allow: &[String]) -> Option<String> {
        let address: Option<IpAddr> = self.host.parse().ok();
        let inside = match address {
            Some(address) => !addresses::is_public(address),
            None => self.is_localhost(),
        };
        let listed =
            |item: &String| *item == self.host || address.is_some_and(|own| plain(item) == Some(addresses::plain(own)));
        let never = address.is_some_and(|address| !addresses::is_one_machine(address));
        match (never, inside && !allow.iter().any(listed)) {
            (true, _) => Some(format!("{:?} is no machine's address", self.host)),
            (false, true) => Some(format!("{:?} is a private address, and not asked", self.host)),
            (false, false) => None,
        }
    }

    /// A token that is sent there is read by nobody else.
    pub(super) fn is_protected(&self) -> bool {
        self.https || self.is_localhost() || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// RFC 6761, 6.3.
    fn is_localhost(&self) -> bool {
        self.host == "localhost" || self.host.ends_with(".localhost")
    }
}

fn plain(item: &str) -> Option<IpAddr> {
    item.parse().ok().map(addresses::plain)
}
