//! The same desk on simulated days: what queueing theory says about the simplest of them holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod world;

use std::time::Duration;

use frontdesk::simulate;
use frontdesk::simulate::crowd::Day;
use frontdesk::simulate::erlang::ErlangC;

#[test]
fn as_erlang_says() {
    let n: u64 = std::env::var("FRONTDESK_SIMULATED_CHATS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    for c in [1_u32, 3, 10] {
        let mut settings = world::people::settings((0..c).map(|n| world::people::operator(&format!("o{n}"), 1)).collect());
        settings.guests = vec!["guest.example".to_owned()];
        let day = Day { chats: n, arrivals_per_hour: 3600.0 / 60.0 * 0.8 * f64::from(c), talk: Duration::from_secs(60), patience: None, accept: Duration::ZERO, seed: 1 };
        let begin = std::time::Instant::now();
        let outcome = simulate::day(&settings, day, None, |_| {});
        let erlang = ErlangC::new(day.arrivals_per_hour, day.talk, c).unwrap();
        println!("{c}: {:?} in {:?}; mean {:?} p50 {:?} p95 {:?}; erlang {:?} {:?} {:?}; occ {:?} unserved {}", outcome.ledger.outcomes, begin.elapsed(), outcome.waits.mean(), outcome.waits.quantile(0.5), outcome.waits.quantile(0.95),
            erlang.mean_wait(), erlang.quantile(0.5), erlang.quantile(0.95), outcome.ledger.staff().iter().map(|w| w.occupancy(outcome.open_millis)).collect::<Vec<_>>(), outcome.unserved);
    }
}
