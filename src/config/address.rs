//! `[xmpp]`: who we are, where we connect and how the connection is protected.

use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use jid::{BareJid, ResourcePart};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use toml::Spanned;

use super::mistakes::{Mistakes, Source};
use super::shape::{Given, RawXmpp, Table};
use super::{Server, Tls, Xmpp};
use crate::desk::ids::Nick;

/// The port of STARTTLS (RFC 6120, 14.7).
const PORT_STARTTLS: u16 = 5222;
/// The customary port of direct TLS (XEP-0368 has none of its own).
const PORT_DIRECT: u16 = 5223;
/// The nick where none is given.
const NICK_DEFAULT: &str = "Support";

/// Checks `[xmpp]`; `None` where there is no account to speak of.
pub(super) fn xmpp(raw: &Table<RawXmpp>, source: &Source, mistakes: &mut Mistakes) -> Option<Xmpp> {
    if raw.unread {
        return None;
    }
    let tls = tls(&raw.values.tls, mistakes);
    let server = raw.values.server.as_ref().and_then(|server| self::server(server, tls, mistakes));
    refuse_plaintext_abroad(raw, tls, server.as_ref(), mistakes);
    let nick = nick(&raw.values.nick, mistakes);
    let ca_file = raw.values.ca_file.as_ref().map(|file| ca_file(file, source, mistakes));
    let password_file = raw.values.password_file.as_ref().map(|file| source.resolve(file.get_ref()));
    let Some(jid) = &raw.values.jid else {
        let advice = "write `jid = \"support@example.org\"`, the desk's account, under `[xmpp]`";
        mistakes.note(raw.span.clone(), "`xmpp.jid` is missing", advice);
        return None;
    };
    let jid = account(jid, mistakes)?;
    Some(Xmpp { jid, password_file, server, tls, ca_file, nick })
}

/// An account's bare JID: with a local part, without a resource.
pub(super) fn account(given: &Spanned<String>, mistakes: &mut Mistakes) -> Option<BareJid> {
    match parse_account(given.get_ref()) {
        Ok(jid) => Some(jid),
        Err((what, advice)) => {
            mistakes.note(given.span(), what, advice);
            None
        }
    }
}

/// The same, with what is wrong and what to write instead.
pub(super) fn parse_account(text: &str) -> Result<BareJid, (String, String)> {
    let example = || "write an account such as \"alice@example.org\"".to_owned();
    match BareJid::new(text) {
        Ok(jid) if jid.node().is_some() => Ok(jid),
        Ok(_) => Err((format!("{text:?} is a server, not an account"), example())),
        Err(jid::Error::ResourceInBareJid) => {
            let bare = text.split('/').next().unwrap_or_default();
            Err((format!("{text:?} has a resource, which belongs to one client only"), format!("write {bare:?}")))
        }
        Err(error) => Err((format!("{text:?} is no JID: {error}"), example())),
    }
}

/// Accounts, each once.
pub(super) fn accounts(given: &Given<Vec<Spanned<String>>>, mistakes: &mut Mistakes) -> Vec<BareJid> {
    let mut accounts = Vec::new();
    for jid in given.iter().flat_map(Spanned::get_ref) {
        match account(jid, mistakes) {
            Some(jid) if !accounts.contains(&jid) => accounts.push(jid),
            _ => {}
        }
    }
    accounts
}

/// A domain, in lower case.
pub(super) fn domain(given: &Spanned<String>, example: &str, mistakes: &mut Mistakes) -> Option<String> {
    let text = given.get_ref();
    let advice = || format!("write a domain such as {example:?}");
    match BareJid::new(text) {
        _ if text.is_empty() || text.contains(char::is_whitespace) => {
            mistakes.note(given.span(), format!("{text:?} is no domain"), advice());
            None
        }
        Ok(jid) if jid.node().is_none() => Some(jid.domain().as_str().to_lowercase()),
        Ok(jid) => {
            let advice = format!("write its domain, {:?}", jid.domain().as_str());
            mistakes.note(given.span(), format!("{text:?} is an address, a domain is wanted"), advice);
            None
        }
        Err(_) => {
            mistakes.note(given.span(), format!("{text:?} is no domain"), advice());
            None
        }
    }
}

fn tls(given: &Given<String>, mistakes: &mut Mistakes) -> Tls {
    let Some(given) = given else { return Tls::Required };
    match given.get_ref().as_str() {
        "required" => Tls::Required,
        "direct" => Tls::Direct,
        "off" => Tls::Off,
        other => {
            let advice = "write \"required\" (STARTTLS), \"direct\", or \"off\" (on loopback only)";
            mistakes.note(given.span(), format!("`tls` cannot be {other:?}"), advice);
            Tls::Required
        }
    }
}

fn server(given: &Spanned<String>, tls: Tls, mistakes: &mut Mistakes) -> Option<Server> {
    let default = if tls == Tls::Direct { PORT_DIRECT } else { PORT_STARTTLS };
    let parsed = parse_server(given.get_ref(), default);
    if parsed.is_none() {
        let advice = "write host and port, such as \"127.0.0.1:5222\", \"[::1]:5222\" or \"xmpp.example.org:5222\"";
        mistakes.note(given.span(), format!("{:?} is no server address", given.get_ref()), advice);
    }
    parsed
}

/// A host and a port.
pub(super) fn parse_server(text: &str, port_default: u16) -> Option<Server> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some(Server { host: address.to_string(), port: port_default });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok().filter(|port| *port != 0)?),
        _ => (text, port_default),
    };
    if let Some(bracketed) = host.strip_prefix('[') {
        let address: Ipv6Addr = bracketed.strip_suffix(']')?.parse().ok()?;
        return Some(Server { host: address.to_string(), port });
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!host.is_empty() && host.chars().all(plain)).then(|| Server { host: host.to_owned(), port })
}

/// Without TLS everybody on the way could read the password.
fn refuse_plaintext_abroad(raw: &Table<RawXmpp>, tls: Tls, server: Option<&Server>, mistakes: &mut Mistakes) {
    let (Tls::Off, Some(given)) = (tls, &raw.values.tls) else { return };
    match server {
        Some(server) if is_loopback(&server.host) => {}
        None if raw.values.server.is_some() => {}
        None => {
            let advice = "write `tls = \"required\"`, or name a server on this machine: `server = \"127.0.0.1:5222\"`";
            mistakes.note(
                given.span(),
                "`tls = \"off\"` needs a server on this machine, and no `server` is given",
                advice,
            );
        }
        Some(server) => {
            let what = format!("`tls = \"off\"` is refused, for {:?} is not this machine", server.host);
            mistakes.note(given.span(), what, "write `tls = \"required\"`, or a `server` such as \"127.0.0.1:5222\"");
        }
    }
}

/// `localhost` is loopback by RFC 6761, 6.3.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn nick(given: &Given<String>, mistakes: &mut Mistakes) -> Nick {
    let Some(given) = given else { return Nick::from(NICK_DEFAULT) };
    let text = given.get_ref();
    if text.trim() != text || ResourcePart::new(text).is_err() {
        let what = format!("{text:?} cannot be a nick in a room");
        mistakes.note(given.span(), what, format!("write for instance `nick = \"{NICK_DEFAULT}\"`"));
    }
    Nick::from(text.clone())
}

/// A private authority's certificates.
pub(super) fn ca_file(given: &Spanned<String>, source: &Source, mistakes: &mut Mistakes) -> PathBuf {
    let file = source.resolve(given.get_ref());
    if let Err(what) = certificates_in(&file) {
        let advice = "name a PEM file with the certificate (-----BEGIN CERTIFICATE-----) of the authority that signed the server's, or remove `ca_file`";
        mistakes.note(given.span(), format!("{} {what}", file.display()), advice);
    }
    file
}

fn certificates_in(file: &Path) -> Result<(), String> {
    let pem = std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| "is damaged PEM".to_owned())?;
        roots.add(certificate).map_err(|_| "holds something that is no certificate".to_owned())?;
    }
    if roots.is_empty() { Err("holds no certificate".to_owned()) } else { Ok(()) }
}
