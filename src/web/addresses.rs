//! How much one address may have: connections at once, and what it sends in a second.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::desk::moment::Mono;

/// So many connections an address may have at once: an office behind one address, with room to spare.
const CONNECTIONS_MAX: usize = 100;
/// An address may send so much at once, in bytes …
const BURST_BYTES: u64 = 256 * 1024;
/// … and so much in a second for long.
const BYTES_A_SECOND: u64 = 32 * 1024;
/// A frame costs as much as so many bytes: many small ones are work, too. 64 frames a second for long.
const FRAME_COSTS_BYTES: u64 = 512;
/// From so many addresses on, those without a connection are forgotten. Until then who comes again finds their purse as
/// they left it.
const ABSENT_MAX: usize = 4_096;

/// All addresses that are connected, or were a moment ago.
#[derive(Clone)]
pub(super) struct Addresses {
    clock: Clock,
    known: Arc<Mutex<HashMap<IpAddr, Usage>>>,
}

/// What an address has.
struct Usage {
    connections: usize,
    /// What it may send at once, at that time.
    purse: u64,
    at: Mono,
}

impl Addresses {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, known: Arc::default() }
    }

    /// A connection for this address; `None` where it has as many as it may.
    pub(super) fn connect(&self, address: IpAddr) -> Option<Place> {
        let now = self.clock.now().mono;
        let mut known = self.lock();
        if known.len() >= ABSENT_MAX {
            known.retain(|_, usage| usage.connections > 0);
        }
        let usage = known.entry(address).or_insert(Usage { connections: 0, purse: BURST_BYTES, at: now });
        if usage.connections >= CONNECTIONS_MAX {
            return None;
        }
        usage.connections += 1;
        drop(known);
        Some(Place { addresses: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Usage>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection of an address; given back by dropping it.
pub(super) struct Place {
    addresses: Addresses,
    address: IpAddr,
}

impl Place {
    /// A frame came: how long nothing more is to be read, for this address sends too fast.
    pub(super) fn pay(&self, bytes: usize) -> Duration {
        let now = self.addresses.clock.now().mono;
        let mut known = self.addresses.lock();
        let Some(usage) = known.get_mut(&self.address) else { return Duration::ZERO };
        usage.pay(u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(FRAME_COSTS_BYTES), now)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut known = self.addresses.lock();
        if let Some(usage) = known.get_mut(&self.address) {
            usage.connections -= 1;
        }
    }
}

impl Usage {
    /// Where the purse is empty, the cost is owed: it is put on the time at which the purse begins to fill again.
    fn pay(&mut self, cost: u64, now: Mono) -> Duration {
        let millis = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        self.purse = self.purse.saturating_add(millis.saturating_mul(BYTES_A_SECOND) / 1_000).min(BURST_BYTES);
        self.at = self.at.max(now);
        let owed = cost.saturating_sub(self.purse);
        self.purse = self.purse.saturating_sub(cost);
        self.at = self.at + Duration::from_millis(owed * 1_000 / BYTES_A_SECOND);
        self.at.since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_send_a_burst_and_then_waits() {
        let mut usage = Usage { connections: 1, purse: BURST_BYTES, at: Mono(0) };
        assert_eq!(usage.pay(BURST_BYTES, Mono(0)), Duration::ZERO);
        assert_eq!(usage.pay(BYTES_A_SECOND, Mono(0)), Duration::from_secs(1));
        assert_eq!(usage.pay(BYTES_A_SECOND, Mono(1_000)), Duration::from_secs(1));
        assert_eq!(usage.pay(BURST_BYTES, Mono(60_000)), Duration::ZERO, "after a rest it may again");
    }

    #[test]
    fn several_connections_of_an_address_pay_from_one_purse() {
        let addresses = Addresses::new(Clock::start());
        let home = IpAddr::from([203, 0, 113, 9]);
        let places: Vec<Place> = (0..CONNECTIONS_MAX).filter_map(|_| addresses.connect(home)).collect();
        assert_eq!(places.len(), CONNECTIONS_MAX);
        assert!(addresses.connect(home).is_none(), "no more");
        assert!(addresses.connect(IpAddr::from([203, 0, 113, 10])).is_some(), "others may");
        let bytes = usize::try_from(BURST_BYTES).unwrap_or_default();
        assert!(places.iter().take(3).map(|place| place.pay(bytes)).max() > Some(Duration::from_secs(5)));
        drop(places);
        let again = addresses.connect(home);
        assert!(again.is_some_and(|place| place.pay(0) > Duration::from_secs(5)), "who comes again has paid nothing");
    }

    #[test]
    fn addresses_that_have_gone_are_forgotten_in_the_end() {
        let addresses = Addresses::new(Clock::start());
        let stays = addresses.connect(IpAddr::from([10, 9, 9, 9]));
        for number in 0..3 * ABSENT_MAX {
            let [.., a, b] = number.to_be_bytes();
            drop(addresses.connect(IpAddr::from([10, 1, a, b])));
        }
        assert!(addresses.lock().len() <= ABSENT_MAX);
        drop(stays);
    }
}
