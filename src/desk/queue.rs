//! Who waits, since when, in what order; and how long guests waited lately.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::ids::{ChatId, QueueName};

/// So many recent waits of a queue are remembered.
const WAITS_MAX: usize = 50;
/// With fewer than so many nothing is said about how long it takes.
const WAITS_MIN: usize = 10;
/// So many per cent of the recent guests waited no longer than what is said.
const PERCENTILE: usize = 80;
/// A guest is told their exact place up to here; counting on would cost more the longer the line is.
pub const AHEAD_MAX: usize = 99;

/// A place in line: higher priority first, then the older chat. Chats are numbered in the order of their invitations,
/// so the number is the age.
pub type Place = (Reverse<i32>, ChatId);

/// What chats of one queue have in common in what they ask of an operator: whoever cannot take the first of them for
/// that reason can take none of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Demand {
    /// What the operator must know.
    pub skills: BTreeSet<String>,
    /// What the operator should speak.
    pub language: Option<String>,
}

/// All queues. A chat stands in line while it waits and while it is offered; it wants somebody while it waits in a room
/// that is ready.
#[derive(Debug, Clone, Default)]
pub struct Queues {
    lines: BTreeMap<QueueName, BTreeSet<Place>>,
    wanting: BTreeMap<QueueName, BTreeMap<Demand, BTreeSet<Place>>>,
    waits: BTreeMap<QueueName, Waits>,
}

/// How long the latest guests waited.
#[derive(Debug, Clone, Default)]
struct Waits {
    /// In the order of their coming.
    latest: VecDeque<Duration>,
    /// The same, the shortest first: asked more often than it is changed.
    sorted: Vec<Duration>,
}

/// Where a chat stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// In which queue.
    pub queue: QueueName,
    /// At which place.
    pub place: Place,
    /// With which demand, if it wants somebody now.
    pub wanting: Option<Demand>,
}

impl Queues {
    /// A chat takes its place.
    pub fn join(&mut self, stand: &Stand) {
        let join = |line: &mut BTreeSet<Place>| line.extend([stand.place]);
        change(&mut self.lines, &stand.queue, join);
        if let Some(demand) = &stand.wanting {
            change(&mut self.wanting, &stand.queue, |lines| change(lines, demand, join));
        }
    }

    /// A chat gives its place up.
    pub fn leave(&mut self, stand: &Stand) {
        if let Some(line) = self.lines.get_mut(&stand.queue) {
            line.remove(&stand.place);
        }
        let lines = stand.wanting.as_ref().zip(self.wanting.get_mut(&stand.queue));
        if let Some((demand, lines)) = lines
            && let Some(line) = lines.get_mut(demand)
        {
            line.remove(&stand.place);
            if line.is_empty() {
                lines.remove(demand);
            }
        }
    }

    /// How many chats are served before this one, up to [`AHEAD_MAX`] + 1, which stands for more.
    pub fn ahead_of(&self, queue: &QueueName, place: Place) -> usize {
        self.lines.get(queue).map_or(0, |line| line.range(..place).take(AHEAD_MAX + 1).count())
    }

    /// How many chats stand in line.
    pub fn length(&self, queue: &QueueName) -> usize {
        self.lines.get(queue).map_or(0, BTreeSet::len)
    }

    /// Who stands in line, in order.
    pub fn line(&self, queue: &QueueName) -> impl Iterator<Item = Place> {
        self.lines.get(queue).into_iter().flatten().copied()
    }

    /// Who wants somebody in this queue: a line for each demand.
    pub fn wanting(&self, queue: &QueueName) -> impl Iterator<Item = &BTreeSet<Place>> {
        self.wanting.get(queue).into_iter().flat_map(BTreeMap::values)
    }

    /// Everybody who wants somebody, in the order in which they are to be served.
    pub fn wanting_in_order(&self) -> BTreeSet<Place> {
        self.wanting.values().flat_map(BTreeMap::values).flatten().copied().collect()
    }

    /// A guest of this queue waited so long until they heard from an operator.
    pub fn waited(&mut self, queue: &QueueName, wait: Duration) {
        change(&mut self.waits, queue, |waits| waits.add(wait));
    }

    /// How long most of the recent guests of this queue who were helped waited at most; nothing where there were too few to
    /// say.
    pub fn expected_wait(&self, queue: &QueueName) -> Option<Duration> {
        let waits = &self.waits.get(queue).filter(|waits| waits.sorted.len() >= WAITS_MIN)?.sorted;
        let index = (waits.len() * PERCENTILE).div_ceil(100).saturating_sub(1);
        waits.get(index).copied()
    }
}

impl Waits {
    fn add(&mut self, wait: Duration) {
        if self.latest.len() >= WAITS_MAX
            && let Some(oldest) = self.latest.pop_front()
            && let Ok(place) = self.sorted.binary_search(&oldest)
        {
            self.sorted.remove(place);
        }
        self.latest.push_back(wait);
        let place = self.sorted.partition_point(|other| *other < wait);
        self.sorted.insert(place, wait);
    }
}

/// Changes what belongs to a key, new where nothing does yet. The key is copied only then, where `entry` would copy it each time.
fn change<K: Ord + Clone, V: Default>(map: &mut BTreeMap<K, V>, key: &K, act: impl FnOnce(&mut V)) {
    match map.get_mut(key) {
        Some(value) => act(value),
        None => {
            let mut value = V::default();
            act(&mut value);
            map.insert(key.clone(), value);
        }
    }
}
