//! Where our server is: as configured, or as the DNS says (RFC 6120, 3.2; XEP-0368).

use std::net::SocketAddr;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData};

use super::account::{Account, Server, Tls};
use super::jitter::Jitter;
use super::login::LoginError;

/// No domain needs more servers than this.
const SERVERS_MAX: usize = 16;

/// The servers to try, in this order. Never empty.
pub(super) async fn servers(account: &Account, jitter: &mut Jitter) -> Result<Vec<Server>, LoginError> {
    if let Some(server) = &account.server {
        return Ok(vec![server.clone()]);
    }
    let (service, port) = match account.tls {
        Tls::Direct => ("_xmpps-client._tcp", 5223),
        Tls::Required | Tls::Off => ("_xmpp-client._tcp", 5222),
    };
    let domain = ascii(account.domain())?;
    match records(service, &domain).await {
        Some(records) if records.iter().all(|record| record.target.is_root()) => {
            Err(LoginError::Lookup(format!("{domain} says that it offers no XMPP service ({service})")))
        }
        Some(records) => Ok(in_order(records, jitter)),
        None => Ok(vec![Server { host: domain, port }]),
    }
}

/// All addresses of a server.
pub(super) async fn addresses(server: &Server) -> Result<Vec<SocketAddr>, LoginError> {
    let found = tokio::net::lookup_host((server.host.as_str(), server.port)).await;
    match found {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(LoginError::Lookup(format!("{} is not known: {error}", server.host))),
    }
}

/// A domain as the DNS and certificates spell it (RFC 5890, A-labels).
pub(super) fn ascii(domain: &str) -> Result<String, LoginError> {
    let name = Name::from_utf8(domain).map_err(|error| LoginError::Lookup(format!("{domain}: {error}")))?;
    Ok(name.to_ascii().trim_end_matches('.').to_owned())
}

/// The records; `None` where there are none, or nobody knows: then the domain itself is tried.
async fn records(service: &str, domain: &str) -> Option<Vec<SRV>> {
    let resolver = TokioResolver::builder_tokio().ok()?.build().ok()?;
    let lookup = resolver.srv_lookup(format!("{service}.{domain}.")).await.ok()?;
    let records: Vec<SRV> = lookup.answers().iter().filter_map(|record| srv(&record.data)).take(SERVERS_MAX).collect();
    (!records.is_empty()).then_some(records)
}

fn srv(data: &RData) -> Option<SRV> {
    match data {
        RData::SRV(srv) => Some(srv.clone()),
        _ => None,
    }
}

/// Lower priorities first; among equals by chance, in proportion to their weight (RFC 2782).
fn in_order(mut records: Vec<SRV>, jitter: &mut Jitter) -> Vec<Server> {
    records.retain(|record| !record.target.is_root());
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut servers = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let equals: Vec<SRV> = records.extract_if(.., |record| record.priority == priority).collect();
        servers.extend(by_weight(equals, jitter));
    }
    servers
}

fn by_weight(mut equals: Vec<SRV>, jitter: &mut Jitter) -> Vec<Server> {
    let mut servers = Vec::with_capacity(equals.len());
    while !equals.is_empty() {
        let total = equals.iter().map(|record| u64::from(record.weight)).sum();
        let chosen = position_at(&equals, jitter.up_to(total));
        let record = equals.remove(chosen);
        servers.push(Server { host: record.target.to_ascii().trim_end_matches('.').to_owned(), port: record.port });
    }
    servers
}

/// The first record at which the running sum of the weights reaches `mark`.
fn position_at(records: &[SRV], mark: u64) -> usize {
    let mut sum = 0;
    let reached = records.iter().position(|record| {
        sum += u64::from(record.weight);
        sum >= mark
    });
    reached.unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, host: &str) -> SRV {
        SRV::new(priority, weight, 5222, Name::from_utf8(host).unwrap())
    }

    fn first(seed: u64) -> String {
        let records = vec![record(20, 0, "last."), record(10, 90, "big."), record(10, 10, "small.")];
        let servers = in_order(records, &mut Jitter::new(seed));
        assert_eq!(servers.len(), 3);
        assert_eq!(servers.last().unwrap().host, "last");
        servers.first().unwrap().host.clone()
    }

    #[test]
    fn weight_decides_among_equal_priorities() {
        let big = (0..1000).filter(|seed| first(*seed) == "big").count();
        assert!((800..=980).contains(&big), "{big} of 1000");
    }

    #[test]
    fn domains_are_spelled_in_ascii() {
        assert_eq!(ascii("bücher.example").unwrap(), "xn--bcher-kva.example");
        assert_eq!(ascii("chat.example").unwrap(), "chat.example");
    }
}
