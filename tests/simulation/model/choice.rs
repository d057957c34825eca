//! Who may be offered a chat, by what the documentation says of each strategy.

use std::collections::BTreeSet;
use std::time::Duration;

use frontdesk::desk::settings::{OperatorSettings, StrategyName};
use jid::BareJid;

use super::Model;
use super::case::Case;

/// Who is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Nobody,
    /// One of these.
    OneOf(BTreeSet<BareJid>),
    /// All of these at once.
    All(BTreeSet<BareJid>),
}

impl Choice {
    pub fn allows(&self, to: &BTreeSet<BareJid>) -> bool {
        match self {
            Self::Nobody => false,
            Self::OneOf(any) => to.len() == 1 && to.is_subset(any),
            Self::All(all) => to == all,
        }
    }

    pub fn names(&self, operator: &BareJid) -> bool {
        match self {
            Self::Nobody => false,
            Self::OneOf(any) | Self::All(any) => any.contains(operator),
        }
    }
}

impl Model {
    /// Where it cannot be known whether somebody is away, `hope` says that they are not.
    pub(super) fn choose(&self, case: &Case, hope: bool) -> Choice {
        let now = self.mono();
        let queue = self.queue(case);
        let staff = self.settings().operators.iter().filter(|one| one.queues.contains(&queue.name));
        let fit: Vec<&OperatorSettings> = staff.filter(|one| self.fits(case, &one.jid, hope)).collect();
        let (passed, ready): (Vec<_>, Vec<_>) = fit.into_iter().partition(|one| case.passed(&one.jid, now));
        let chosen = match queue.strategy {
            _ if ready.is_empty() => BTreeSet::new(),
            StrategyName::Broadcast => return Choice::All(ready.iter().map(|one| one.jid.clone()).collect()),
            StrategyName::RoundRobin => self.least(&ready, |jid| self.staff.turn(jid)),
            StrategyName::LongestIdle => self.least(&ready, |jid| (self.staff.idle_since(jid), self.staff.turn(jid))),
            StrategyName::FewestChats => self.fewest(&ready),
            StrategyName::Tiers => self.tiers(case, &passed, &ready),
        };
        match chosen.is_empty() {
            false => Choice::OneOf(chosen),
            true => self.supervisors(case, hope),
        }
    }

    /// Could this operator of the queue take it?
    pub(super) fn fits(&self, case: &Case, operator: &BareJid, hope: bool) -> bool {
        let queue = self.queue(case);
        let Some(one) = self.settings().operators.iter().find(|one| one.jid == *operator) else { return false };
        let insists = self.waited(case) < queue.tier;
        let speaks = |language: &String| {
            one.languages.is_empty() || one.languages.iter().any(|tag| tag.starts_with(language.as_str()))
        };
        let understood = !insists || case.language.as_ref().is_none_or(speaks);
        let knows = case.skills.iter().all(|skill| one.skills.contains(skill));
        understood && knows && self.staff.free(operator, queue.chat_weight, self.at(), hope)
    }

    fn waited(&self, case: &Case) -> Duration {
        case.waits_since.map(|since| self.mono().since(since.mono)).unwrap_or_default()
    }

    fn least<T: Ord>(&self, among: &[&OperatorSettings], of: impl Fn(&BareJid) -> T) -> BTreeSet<BareJid> {
        let least = among.iter().map(|one| of(&one.jid)).min();
        among.iter().filter(|one| Some(of(&one.jid)) == least).map(|one| one.jid.clone()).collect()
    }

    /// Parts of places, as fractions that are compared exactly; then the turn.
    fn fewest(&self, among: &[&OperatorSettings]) -> BTreeSet<BareJid> {
        let fraction = |jid: &BareJid| {
            let (taken, all) = self.staff.load(jid);
            // The smallest number that all of 1 to 10 divide.
            (taken * 2520 / all, self.staff.turn(jid))
        };
        self.least(among, fraction)
    }

    /// The lowest tier that can; the next one when the time of each tier below that is there has passed.
    fn tiers(&self, case: &Case, passed: &[&OperatorSettings], ready: &[&OperatorSettings]) -> BTreeSet<BareJid> {
        let lowest = ready.iter().map(|one| one.tier).min().unwrap();
        let below: BTreeSet<u32> = passed.iter().map(|one| one.tier).filter(|tier| *tier < lowest).collect();
        let times = u32::try_from(below.len()).unwrap();
        if self.waited(case) < self.queue(case).tier * times {
            return BTreeSet::new();
        }
        let equals: Vec<&OperatorSettings> = ready.iter().copied().filter(|one| one.tier == lowest).collect();
        self.least(&equals, |jid| self.staff.turn(jid))
    }

    /// When nobody else can for long.
    fn supervisors(&self, case: &Case, hope: bool) -> Choice {
        let queue = self.queue(case);
        if self.waited(case) < queue.escalate {
            return Choice::Nobody;
        }
        let free = |one: &&OperatorSettings| {
            queue.supervisors.contains(&one.jid)
                && self.staff.free(&one.jid, queue.chat_weight, self.at(), hope)
                && !case.passed(&one.jid, self.mono())
        };
        let ready: Vec<&OperatorSettings> = self.settings().operators.iter().filter(free).collect();
        let chosen = self.least(&ready, |jid| self.staff.turn(jid));
        if chosen.is_empty() { Choice::Nobody } else { Choice::OneOf(chosen) }
    }
}
