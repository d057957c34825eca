//! Who is at the other end: their address, and the page that they come from.

use std::net::{IpAddr, Ipv6Addr};

use hyper::HeaderMap;
use hyper::header::ORIGIN;
use ipnet::IpNet;

/// The client's address: the peer, or whom the nearest proxies that we trust say they speak for. Proxies add their peer
/// at the end, so what stands farther left may be anybody's invention.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let trusts = |address: &IpAddr| trusted.iter().any(|network| network.contains(&address.to_canonical()));
    let named: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut client = peer.to_canonical();
    for name in named.iter().rev() {
        if !trusts(&client) {
            break;
        }
        let Ok(before) = name.trim().parse::<IpAddr>() else { break };
        client = before.to_canonical();
    }
    client
}

/// One household: a single IPv4 address, or a /64, of which anybody who has one has all.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

/// The page's origin, as the browser says; `None` where there is none, or several.
pub(super) fn origin(headers: &HeaderMap) -> Option<&str> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = origins.next()?.to_str().ok()?;
    origins.next().is_none().then_some(origin)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client_of(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_speaks() {
        assert_eq!(client_of("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(client_of("203.0.113.9", &["198.51.100.1"], &["127.0.0.1/32"]), "203.0.113.9");
        assert_eq!(client_of("127.0.0.1", &["198.51.100.1"], &["127.0.0.1/32"]), "198.51.100.1");
        assert_eq!(client_of("::ffff:127.0.0.1", &["198.51.100.1"], &["127.0.0.1/32"]), "198.51.100.1");
    }

    #[test]
    fn what_the_client_itself_wrote_into_the_header_counts_for_nothing() {
        assert_eq!(client_of("127.0.0.1", &["1.1.1.1, 198.51.100.1"], &["127.0.0.1/32"]), "198.51.100.1");
        assert_eq!(client_of("127.0.0.1", &["1.1.1.1", "198.51.100.1"], &["127.0.0.1/32"]), "198.51.100.1");
        assert_eq!(
            client_of("127.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.7"], &["127.0.0.1/32", "10.0.0.0/8"]),
            "198.51.100.1"
        );
        assert_eq!(client_of("127.0.0.1", &["198.51.100.1, nonsense"], &["127.0.0.1/32"]), "127.0.0.1");
    }

    #[test]
    fn a_household_is_one_address_or_one_network_of_ipv6() {
        assert_eq!(household("2001:db8:1:2:3:4:5:6".parse().unwrap()).to_string(), "2001:db8:1:2::");
        assert_eq!(household("::ffff:203.0.113.9".parse().unwrap()).to_string(), "203.0.113.9");
    }
}
