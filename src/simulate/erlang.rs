//! Erlang's delay formula: how long guests wait where arrivals and talks are random and all operators are alike (M/M/c).
//!
//! A. K. Erlang, 1917; the notation is that of G. Koole, "Call Center Mathematics", chapter 5.

use std::time::Duration;

/// A queue before operators who are all alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangC {
    /// How many chats can be served at once.
    servers: u32,
    /// Offered load in Erlang: arrivals in the time of one talk.
    load: f64,
    /// How long one talk takes on average, in seconds.
    talk_seconds: f64,
    /// The probability that a guest must wait.
    wait_probability: f64,
}

impl ErlangC {
    /// So many guests an hour, whose talks take so long on average, before so many servers. `None` where the load is not
    /// less than what the servers can do: then the line grows without end and has no mean.
    pub fn new(per_hour: f64, talk: Duration, servers: u32) -> Option<Self> {
        let talk_seconds = talk.as_secs_f64();
        let load = per_hour / 3_600.0 * talk_seconds;
        let stable = load.is_finite() && load < f64::from(servers);
        stable.then(|| Self { servers, load, talk_seconds, wait_probability: wait_probability(servers, load) })
    }

    /// The part of the servers' time that is used.
    pub fn occupancy(&self) -> f64 {
        self.load / f64::from(self.servers)
    }

    /// The probability that a guest must wait at all.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// How long guests wait on average, those who do not wait included.
    pub fn mean_wait(&self) -> Duration {
        seconds(self.wait_probability * self.mean_of_those_who_wait())
    }

    /// The probability that a guest waits no longer than this.
    pub fn within(&self, wait: Duration) -> f64 {
        1.0 - self.wait_probability * (-wait.as_secs_f64() / self.mean_of_those_who_wait()).exp()
    }

    /// So long at most waits the part `part` (0 to 1) of the guests.
    pub fn quantile(&self, part: f64) -> Duration {
        if self.wait_probability <= 1.0 - part {
            return Duration::ZERO;
        }
        seconds(self.mean_of_those_who_wait() * (self.wait_probability / (1.0 - part)).ln())
    }

    /// In seconds.
    fn mean_of_those_who_wait(&self) -> f64 {
        self.talk_seconds / (f64::from(self.servers) - self.load)
    }
}

/// Erlang C from Erlang B, and that by its recursion over the number of servers: no factorial, no power, so nothing
/// overflows however many servers there are.
fn wait_probability(servers: u32, load: f64) -> f64 {
    let blocking = (1..=servers).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked));
    let occupancy = load / f64::from(servers);
    blocking / (1.0 - occupancy * (1.0 - blocking))
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(found: f64, published: f64, digits: i32) {
        assert!((found - published).abs() <= 0.5001 * 10_f64.powi(-digits), "{found}, published {published}");
    }

    /// H. C. Tijms, "A First Course in Stochastic Models" (Wiley, 2003), chapter 9: the delay probability of the M/M/c queue
    /// where the servers are occupied to 80 %.
    #[test]
    fn delay_probabilities_as_published() {
        for (servers, published) in [(1, 0.8), (2, 0.7111), (5, 0.5541), (10, 0.4092), (25, 0.2091)] {
            close(wait_probability(servers, 0.8 * f64::from(servers)), published, 4);
        }
    }

    /// The worked example of <https://www.mitan.co.uk/erlang/elgcmath.htm>: 360 calls in half an hour, four minutes each, for 55
    /// agents: 23.9 % wait, 8.2 s on average, 84.6 % are answered within 15 s, agents are busy for 87.3 %.
    #[test]
    fn a_call_centre_as_published() {
        let erlang = ErlangC::new(720.0, Duration::from_secs(240), 55).unwrap();
        close(erlang.wait_probability(), 0.239, 3);
        close(erlang.mean_wait().as_secs_f64(), 8.2, 1);
        close(erlang.within(Duration::from_secs(15)), 0.846, 3);
        close(erlang.occupancy(), 0.873, 3);
    }

    /// G. Koole, "Call Center Mathematics", chapter 5: one call a minute, five minutes each, eight agents: 16.7 % wait.
    #[test]
    fn a_small_call_centre_as_published() {
        close(ErlangC::new(60.0, Duration::from_secs(300), 8).unwrap().wait_probability(), 0.167, 3);
    }

    #[test]
    fn two_servers_by_hand() {
        // C(2, a) = a² / (2 + a): 1/3 at a = 1.
        close(wait_probability(2, 1.0), 1.0 / 3.0, 12);
        let erlang = ErlangC::new(60.0, Duration::from_secs(60), 2).unwrap();
        close(erlang.mean_wait().as_secs_f64(), 20.0, 6);
        close(erlang.within(Duration::from_secs(60)), 1.0 - 1.0 / (3.0 * 1_f64.exp()), 9);
        assert_eq!(erlang.quantile(0.5), Duration::ZERO, "two thirds do not wait");
        close(erlang.within(erlang.quantile(0.95)), 0.95, 9);
    }

    #[test]
    fn many_servers_do_not_overflow() {
        let erlang = ErlangC::new(3_600.0 * 0.95, Duration::from_secs(10_000), 10_000).unwrap();
        assert!(erlang.wait_probability() > 0.0 && erlang.wait_probability() < 1e-3, "{erlang:?}");
        assert!(ErlangC::new(1.0, Duration::from_secs(1), 100_000).unwrap().wait_probability() >= 0.0);
    }

    #[test]
    fn without_end_there_is_no_mean() {
        assert_eq!(ErlangC::new(60.0, Duration::from_secs(60), 1), None);
        assert_eq!(ErlangC::new(60.0, Duration::from_secs(60), 0), None);
    }
}
