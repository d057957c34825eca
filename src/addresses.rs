//! Which network addresses are out in the world, and which lead into a house: this machine, its network, its provider's.
//!
//! Whoever can make us ask an address of their choice must not reach what only we can reach. Source: the IANA registries of
//! special-purpose addresses (RFC 6890, as of 2025).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks (first address, length of the prefix) that are not out in the world.
const INSIDE_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What is given out to the world so far; of it, what is not out in the world all the same.
const WORLD_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const INSIDE_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
/// 6to4 (RFC 3056) and NAT64 (RFC 6052): an IPv4 address in an IPv6 one, and at which bit it begins.
const CARRIERS: &[(Ipv6Addr, u32, u32)] =
    &[(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 16), (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, 96)];

/// It is out in the world: whatever form it is written in, no machine of the house answers there.
pub fn is_public(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(v4) => !INSIDE_V4.iter().any(|(network, length)| v4_in(v4, *network, *length)),
        IpAddr::V6(v6) => {
            v6_in(v6, WORLD_V6.0, WORLD_V6.1) && !INSIDE_V6.iter().any(|(network, length)| v6_in(v6, *network, *length))
        }
    }
}

/// It is one machine's: neither everybody's (multicast, broadcast) nor nobody's (unspecified).
pub fn is_one_machine(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(v4) => !v4_in(v4, Ipv4Addr::UNSPECIFIED, 8) && v4 < Ipv4Addr::new(224, 0, 0, 0),
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast(),
    }
}

/// The address that is meant: an IPv4 address can be written as an IPv6 one in several ways.
pub fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let carried = CARRIERS.iter().find(|(network, length, _)| v6_in(v6, *network, *length));
    match (carried, v6.to_canonical()) {
        (Some((_, _, begin)), _) => IpAddr::V4(v4_at(v6, *begin)),
        (None, canonical) => canonical,
    }
}

fn v4_at(v6: Ipv6Addr, begin: u32) -> Ipv4Addr {
    let bits = v6.to_bits() >> (96 - begin) & u128::from(u32::MAX);
    Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or_default())
}

fn v4_in(address: Ipv4Addr, network: Ipv4Addr, length: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

fn v6_in(address: Ipv6Addr, network: Ipv6Addr, length: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_house_is_known_in_every_form() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.168.1.1",
            "198.19.255.255",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:c0a8:101::",
            "3fff::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
    }

    #[test]
    fn the_world_is_outside() {
        for outside in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn nobody_and_everybody_are_no_machine() {
        for none in ["0.0.0.0", "::", "::ffff:0.0.0.0", "224.0.0.1", "255.255.255.255", "ff02::1", "2002:e000:1::"] {
            assert!(!is_one_machine(none.parse().unwrap()), "{none}");
        }
        for one in ["127.0.0.1", "::1", "10.0.0.1", "fe80::1", "1.1.1.1", "223.0.0.1"] {
            assert!(is_one_machine(one.parse().unwrap()), "{one}");
        }
    }
}
