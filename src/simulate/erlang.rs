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
