//! `[web]`: the guest's window, served over HTTP, and the operators' pages.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use toml::Spanned;

use super::address::{is_loopback, parse_server};
use super::keys::{listed, nearest};
use super::mistakes::{Mistakes, Source};
use super::shape::{Given, RawWeb, Table};
use super::{Rooms, Server};

/// No text of the window is longer, in characters.
const TEXT_MAX: usize = 64;
/// So many sites, departments or proxies may be named.
const NAMES_MAX: usize = 100;
/// The folder of the operators' client where none is named.
const OPERATOR_DIR_DEFAULT: &str = "converse";
const LISTEN_ADVICE: &str = "write an address of this machine and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"";

/// The checked `[web]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Where the guests' pages are served, in the clear: a proxy in front of it speaks TLS.
    pub listen: SocketAddr,
    /// The origin under which browsers reach `listen` (RFC 6454, 6.2).
    pub address: String,
    /// Origins of the pages that may show the window, each once.
    pub sites: Vec<String>,
    /// The WebSocket of the XMPP server.
    pub upstream: Upstream,
    /// Whose word on the client's address is taken (`X-Forwarded-For`).
    pub trusted_proxies: Vec<IpNet>,
    /// What the window shows.
    pub window: Window,
    /// The operators' pages, where they are wanted.
    pub operators: Option<OperatorPages>,
}

/// The WebSocket of the XMPP server (RFC 7395).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `wss`; `ws` leads to this machine only.
    pub secure: bool,
    /// Where.
    pub server: Server,
    /// Path and query, from the slash on.
    pub path: String,
}

/// As a URL.
impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { host, port } = &self.server;
        let scheme = if self.secure { "wss" } else { "ws" };
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        write!(f, "{scheme}://{host}:{port}{}", self.path)
    }
}

/// What the window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its title; the window's own words where there is none.
    pub title: Option<String>,
    /// The site's colour, `#rrggbb`.
    pub colour: Option<String>,
    /// What is asked before a chat.
    pub form: Vec<Field>,
    /// What is asked while no queue is open.
    pub form_closed: Vec<Field>,
    /// What can be chosen as the department.
    pub departments: Vec<String>,
}

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// What is asked.
    pub name: FieldName,
    /// It must be filled in.
    pub required: bool,
}

/// What a form can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldName {
    /// What they are called.
    Name,
    /// Where they can be reached.
    Email,
    /// One of `departments`.
    Department,
    /// Their number with the site.
    CustomerId,
    /// What it is about.
    Question,
}

impl FieldName {
    const ALL: [Self; 5] = [Self::Name, Self::Email, Self::Department, Self::CustomerId, Self::Question];

    /// As the configuration and the window spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Department => "department",
            Self::CustomerId => "customer_id",
            Self::Question => "question",
        }
    }
}

/// A listener of its own, with an XMPP client for the operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorPages {
    /// Where they are served.
    pub listen: SocketAddr,
    /// The origin under which browsers reach it.
    pub address: String,
    /// The folder with the client, as `scripts/converse` unpacks it.
    pub dir: PathBuf,
}

/// Checks `[web]`; `None` where nothing is to be served.
pub(super) fn web(raw: &Table<RawWeb>, rooms: Option<&Rooms>, source: &Source, mistakes: &mut Mistakes) -> Option<Web> {
    let values = &raw.values;
    let listen = values.listen.as_ref().and_then(|given| listener(given, mistakes));
    let address = values.address.as_ref().and_then(|given| origin(given, mistakes));
    let sites = each(&values.sites, "sites", mistakes, origin);
    let trusted_proxies = each(&values.trusted_proxies, "trusted_proxies", mistakes, network);
    let upstream = values.upstream.as_ref().and_then(|given| upstream(given, mistakes));
    let window = window(values, mistakes);
    let operators = operators(raw, source, mistakes);
    let given = values.listen.as_ref()?;
    if values.upstream.is_none() && !raw.unread {
        let advice =
            "write the WebSocket of your XMPP server, such as `upstream = \"ws://127.0.0.1:5280/xmpp-websocket\"`";
        mistakes.note(given.span(), "the window needs `web.upstream`", advice);
    }
    if rooms.is_some_and(|rooms| rooms.guests.is_empty()) {
        let advice = "write `guests = [\"guest.example.org\"]`, the domain where guests log in without an account, under `[rooms]`";
        mistakes.note(given.span(), "the window needs `rooms.guests`", advice);
    }
    let (listen, upstream) = (listen?, upstream?);
    let address = address.unwrap_or_else(|| format!("http://{listen}"));
    Some(Web { listen, address, sites, upstream, trusted_proxies, window, operators })
}

fn listener(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<SocketAddr> {
    let parsed = given.get_ref().parse::<SocketAddr>().ok().filter(|address| address.port() != 0);
    if parsed.is_none() {
        mistakes.note(given.span(), format!("nobody can listen on {:?}", given.get_ref()), LISTEN_ADVICE);
    }
    parsed
}

/// An origin: scheme, host and port, as browsers write it.
fn origin(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<String> {
    let text = given.get_ref();
    let advice = "write scheme and host as the browser shows them, such as \"https://www.example.org\", without a path";
    let parsed = parse_origin(text);
    if parsed.is_none() {
        mistakes.note(given.span(), format!("{text:?} is no origin of a page"), advice);
    }
    parsed
}

fn parse_origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text).to_lowercase();
    let (scheme, authority) = text.split_once("://")?;
    let default = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let Server { host, port } = parse_server(authority, default)?;
    // Browsers write international names in ASCII (RFC 6454, 6.2).
    if !host.is_ascii() {
        return None;
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    Some(if port == default { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") })
}

fn network(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<IpNet> {
    let text = given.get_ref();
    let parsed = text.parse::<IpAddr>().map(IpNet::from).ok().or_else(|| text.parse().ok());
    if parsed.is_none() {
        let advice = "write an address such as \"127.0.0.1\", or a network such as \"10.0.0.0/8\"";
        mistakes.note(given.span(), format!("{text:?} is no address of a proxy"), advice);
    }
    parsed
}

fn upstream(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<Upstream> {
    let text = given.get_ref();
    let Some(upstream) = parse_upstream(text) else {
        let advice = "write for instance \"ws://127.0.0.1:5280/xmpp-websocket\" or \"wss://xmpp.example.org:5281/xmpp-websocket\"";
        mistakes.note(given.span(), format!("{text:?} is no WebSocket"), advice);
        return None;
    };
    if !upstream.secure && !is_loopback(&upstream.server.host) {
        let what = format!("`ws://` is refused, for {:?} is not this machine", upstream.server.host);
        mistakes.note(given.span(), what, "write `wss://`, or a server such as \"ws://127.0.0.1:5280/xmpp-websocket\"");
    }
    Some(upstream)
}

fn parse_upstream(text: &str) -> Option<Upstream> {
    let (scheme, rest) = text.split_once("://")?;
    let secure = match scheme {
        "ws" => false,
        "wss" => true,
        _ => return None,
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let server = parse_server(authority, if secure { 443 } else { 80 })?;
    plain.then(|| Upstream { secure, server, path: format!("/{path}") })
}

fn window(values: &RawWeb, mistakes: &mut Mistakes) -> Window {
    let departments = each(&values.departments, "departments", mistakes, text);
    let form = each(&values.form, "form", mistakes, field);
    let form_closed = each(&values.form_closed, "form_closed", mistakes, field);
    for given in [&values.form, &values.form_closed].into_iter().flatten().flat_map(Spanned::get_ref) {
        if given.get_ref().trim_end_matches('*') == FieldName::Department.name() && departments.is_empty() {
            let advice = "write `departments = [\"Sales\", \"Technical\"]` as well, or remove it here";
            mistakes.note(given.span(), "there is no department to choose", advice);
        }
    }
    let asked = |name, required| Field { name, required };
    Window {
        title: values.title.as_ref().and_then(|given| text(given, mistakes)),
        colour: values.colour.as_ref().and_then(|given| colour(given, mistakes)),
        form: if values.form.is_some() { form } else { vec![asked(FieldName::Question, true)] },
        form_closed: if values.form_closed.is_some() {
            form_closed
        } else {
            vec![asked(FieldName::Name, false), asked(FieldName::Email, true), asked(FieldName::Question, true)]
        },
        departments,
    }
}

fn text(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<String> {
    let text = given.get_ref().trim();
    if text.is_empty() || text.chars().count() > TEXT_MAX || text.contains(char::is_control) {
        let advice = format!("write 1 to {TEXT_MAX} characters on one line");
        mistakes.note(given.span(), format!("{:?} cannot be shown", given.get_ref()), advice);
        return None;
    }
    Some(text.to_owned())
}

fn colour(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<String> {
    let text = given.get_ref().to_lowercase();
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let what = format!("{:?} is no colour", given.get_ref());
        mistakes.note(given.span(), what, "write six hexadecimal digits, such as \"#1f6feb\"");
        return None;
    }
    Some(text)
}

fn field(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<Field> {
    let text = given.get_ref();
    let (name, required) = text.strip_suffix('*').map_or((text.as_str(), false), |name| (name, true));
    let found = FieldName::ALL.into_iter().find(|known| known.name() == name);
    if found.is_none() {
        let names = || FieldName::ALL.into_iter().map(FieldName::name);
        let advice = match nearest(name, names()) {
            Some(near) => format!("did you mean \"{near}\"? A `*` after it marks what must be filled in"),
            None => format!("write some of {}; a `*` after it marks what must be filled in", listed(names())),
        };
        mistakes.note(given.span(), format!("a form cannot ask for {name:?}"), advice);
    }
    found.map(|name| Field { name, required })
}

fn operators(raw: &Table<RawWeb>, source: &Source, mistakes: &mut Mistakes) -> Option<OperatorPages> {
    let values = &raw.values;
    let given = values.operator_listen.as_ref()?;
    let listen = listener(given, mistakes);
    let address = values.operator_address.as_ref().and_then(|given| origin(given, mistakes));
    if values.listen.is_none() {
        let advice = "write `listen = \"127.0.0.1:8080\"` as well, or remove it";
        mistakes.note(given.span(), "`operator_listen` has no effect without `web.listen`", advice);
    } else if values.listen.as_ref().map(Spanned::get_ref) == Some(given.get_ref()) {
        let advice = "write another port: what runs on the guests' pages must not reach the operators'";
        mistakes.note(given.span(), "operators' and guests' pages cannot share a listener", advice);
    }
    let dir = values.operator_dir.as_ref();
    let folder = source.resolve(dir.map_or(OPERATOR_DIR_DEFAULT, |dir| dir.get_ref().as_str()));
    if !folder.join("dist/converse.min.js").is_file() {
        let what = format!("there is no client for operators in {}", folder.display());
        let advice = format!("run `scripts/converse {}`, or name its folder: `operator_dir`", folder.display());
        mistakes.note(dir.unwrap_or(given).span(), what, advice);
    }
    let listen = listen?;
    Some(OperatorPages { listen, address: address.unwrap_or_else(|| format!("http://{listen}")), dir: folder })
}

/// What a list means, each once.
fn each<T: PartialEq>(
    given: &Given<Vec<Spanned<String>>>,
    key: &str,
    mistakes: &mut Mistakes,
    read: fn(&Spanned<String>, &mut Mistakes) -> Option<T>,
) -> Vec<T> {
    let Some(list) = given else { return Vec::new() };
    if list.get_ref().len() > NAMES_MAX {
        mistakes.note(list.span(), format!("`{key}` is too long"), format!("write at most {NAMES_MAX}"));
        return Vec::new();
    }
    let mut read_ones = Vec::new();
    for item in list.get_ref() {
        if let Some(one) = read(item, mistakes)
            && !read_ones.contains(&one)
        {
            read_ones.push(one);
        }
    }
    read_ones
}
