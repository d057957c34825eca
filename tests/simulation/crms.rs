//! CRMs of a day: they answer at once, late, never, twice, or with something that cannot be used, and change their manner.

use std::time::Duration;

use frontdesk::desk::crm::{CrmReply, CrmSettings, CrmTrouble, KeyFact};
use frontdesk::desk::facts::{Facts, Value};
use frontdesk::desk::settings::Settings;

use super::chance::Chance;
use crate::world::World;
use crate::world::crm::Manner;

const NAMES: [&str; 2] = ["customers", "contracts"];

/// A chance of their own, so that days are the same with and without them.
pub struct Crms(Chance);

impl Crms {
    /// On every other day there are some.
    pub fn draw(seed: u64, settings: &mut Settings) -> Self {
        let mut chance = Chance::new(seed ^ 0x00c0_ffee);
        if chance.percent(50) {
            let count = chance.below(NAMES.len()) + 1;
            settings.crms = NAMES[..count].iter().map(|name| crm(name, &mut chance)).collect();
        }
        Self(chance)
    }

    /// Now and then one of them changes.
    pub fn act(&mut self, world: &mut World) {
        if !self.0.percent(15) {
            return;
        }
        let name = (*self.0.pick(&NAMES)).to_owned();
        match self.manner() {
            Some(manner) => world.crms.manners.insert(name, manner),
            None => world.crms.manners.remove(&name),
        };
    }

    fn manner(&mut self) -> Option<Manner> {
        let mut facts = Facts::default();
        facts.add("licence", Value::from("enterprise")).unwrap();
        let replies = [
            CrmReply::Known(facts),
            CrmReply::Unknown,
            CrmReply::Failed(CrmTrouble::Unreachable),
            CrmReply::Failed(CrmTrouble::TooLarge),
        ];
        let reply = self.0.pick(&replies).clone();
        let after = Duration::from_millis(*self.0.pick(&[0, 0, 20, 900, 2_500, 3_000, 9_000, 60_000]));
        let times = *self.0.pick(&[1, 1, 1, 2, 3]);
        (!self.0.percent(20)).then_some(Manner { reply, after, times })
    }
}

fn crm(name: &str, chance: &mut Chance) -> CrmSettings {
    let limit = Duration::from_secs(*chance.pick(&[1, 3, 10]));
    CrmSettings { name: name.into(), by: vec![KeyFact::Account], limit }
}
