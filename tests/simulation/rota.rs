//! How the desk is set up on a day, and how that is changed while it works.

use std::collections::BTreeSet;
use std::time::Duration;

use frontdesk::desk::ids::QueueName;
use frontdesk::desk::settings::{OperatorSettings, Overflow, QueueSettings, Settings, StrategyName};

use super::chance::Chance;
use crate::world::people::{OPERATORS, operator, person, queue, settings};

/// Who may come to work, besides the boss.
pub const STAFF: usize = 4;
const QUEUES: [&str; 3] = ["support", "billing", "sales"];
const STRATEGIES: [StrategyName; 5] = [
    StrategyName::RoundRobin,
    StrategyName::LongestIdle,
    StrategyName::FewestChats,
    StrategyName::Tiers,
    StrategyName::Broadcast,
];

/// A day's settings: often everything is used at once.
pub fn draw(chance: &mut Chance) -> Settings {
    let count = chance.below(STAFF) + 1;
    let staff = OPERATORS[..count].iter().map(|name| operator(name, places(chance))).collect();
    let mut settings = settings(staff);
    // Whoever is not seen is given up soon, so that the day ends.
    settings.alias_idle = Duration::from_secs(60);
    if chance.percent(15) {
        return settings;
    }
    settings.queues = QUEUES[..chance.below(3) + 1].iter().map(|name| queue(name)).collect();
    for index in 0..settings.queues.len() {
        set_up(&mut settings, index, chance);
    }
    let queues: Vec<QueueName> = settings.queues.iter().map(|queue| queue.name.clone()).collect();
    for one in &mut settings.operators {
        assign(one, &queues, chance);
    }
    if settings.queues.iter().any(|queue| queue.supervisors.contains(&person("boss").to_bare())) {
        settings.operators.push(boss());
    }
    settings
}

fn places(chance: &mut Chance) -> u32 {
    u32::try_from(chance.below(3)).unwrap() + 1
}

fn boss() -> OperatorSettings {
    OperatorSettings { queues: Vec::new(), supervisor_only: true, ..operator("boss", 2) }
}

fn seconds(chance: &mut Chance, of: &[u64]) -> Duration {
    Duration::from_secs(*chance.pick(of))
}

fn set_up(settings: &mut Settings, index: usize, chance: &mut Chance) {
    let others: Vec<QueueName> = settings
        .queues
        .iter()
        .map(|queue| queue.name.clone())
        .filter(|name| *name != settings.queues[index].name)
        .collect();
    let hours = chance.percent(20).then(|| hours(chance));
    let overflow = (!others.is_empty() && chance.percent(40)).then(|| Overflow {
        to: chance.pick(&others).clone(),
        after: chance.percent(70).then(|| seconds(chance, &[5, 20, 60])),
        beyond: chance.percent(50).then(|| u32::try_from(chance.below(3)).unwrap()),
    });
    let queue = &mut settings.queues[index];
    *queue = QueueSettings {
        name: queue.name.clone(),
        strategy: *chance.pick(&STRATEGIES),
        offer: seconds(chance, &[5, 20]),
        first_reply: seconds(chance, &[10, 30, 120]),
        tier: seconds(chance, &[5, 20, 60]),
        wrap_up: seconds(chance, &[0, 0, 5, 30]),
        prefer_last_operator: chance.percent(30),
        supervisors: supervisors(chance),
        hours: hours.map(|text| text.parse().unwrap()),
        holidays: BTreeSet::new(),
        skills: skills(chance, 15),
        chat_weight: *chance.pick(&[1, 1, 1, 2]),
        priority: *chance.pick(&[0, 0, 0, 5, -5]),
        escalate: seconds(chance, &[10, 40, 180]),
        message: seconds(chance, &[5, 30, 300]),
        missed_offers_max: u32::try_from(chance.below(4)).unwrap(),
        overflow: overflow.filter(|overflow| overflow.after.is_some() || overflow.beyond.is_some()),
    };
}

fn supervisors(chance: &mut Chance) -> Vec<jid::BareJid> {
    match chance.below(4) {
        0 => vec![person("boss").to_bare()],
        1 => vec![person("boss").to_bare(), person("alice").to_bare()],
        _ => Vec::new(),
    }
}

fn skills(chance: &mut Chance, percent: u32) -> BTreeSet<String> {
    ["printers", "taxes"].iter().filter(|_| chance.percent(percent)).map(|skill| (*skill).to_owned()).collect()
}

/// A day begins at ten o'clock in Berlin.
fn hours(chance: &mut Chance) -> String {
    let from = chance.below(25);
    let to = from + 1 + chance.below(30);
    (*chance.pick(&[
        format!("Mo-Su 10:{from:02}-10:{to:02}"),
        format!("Mo-Su 09:00-10:{to:02}"),
        format!("Mo-Su 10:{from:02}-20:00"),
    ]))
    .clone()
}

fn assign(one: &mut OperatorSettings, queues: &[QueueName], chance: &mut Chance) {
    let most = queues.iter().filter(|_| chance.percent(70)).cloned().collect::<Vec<_>>();
    one.queues = if most.is_empty() { vec![chance.pick(queues).clone()] } else { most };
    one.chats_max = places(chance);
    one.tier = u32::try_from(chance.below(3)).unwrap() + 1;
    one.skills = skills(chance, 60);
    let languages: [&[&str]; 4] = [&[], &["de"], &["en", "de"], &["en"]];
    one.languages = chance.pick(&languages).iter().map(|tag| (*tag).to_owned()).collect();
}

/// Somebody edits the configuration and has it read again.
pub fn change(settings: &mut Settings, chance: &mut Chance) {
    match chance.below(6) {
        0 if settings.operators.len() > 1 => {
            let one = chance.below(settings.operators.len());
            dismiss(settings, one);
        }
        1 | 2 if !settings.operators.is_empty() => {
            let queues: Vec<QueueName> = settings.queues.iter().map(|queue| queue.name.clone()).collect();
            let one = chance.below(settings.operators.len());
            let one = &mut settings.operators[one];
            if !one.supervisor_only {
                assign(one, &queues, chance);
            }
        }
        3 => {
            let index = chance.below(settings.queues.len());
            set_up(settings, index, chance);
        }
        4 if settings.queues.len() > 1 => close_queue(settings, chance),
        _ => {
            let known = |name: &&&str| !settings.operators.iter().any(|one| one.name.eq_ignore_ascii_case(name));
            if let Some(name) = OPERATORS[..STAFF].iter().find(known) {
                let queues = vec![settings.queues[0].name.clone()];
                settings.operators.push(OperatorSettings { queues, ..operator(name, 2) });
            }
        }
    }
}

/// A queue is given up, and whatever named it names it no more.
fn close_queue(settings: &mut Settings, chance: &mut Chance) {
    let gone = settings.queues.remove(chance.below(settings.queues.len())).name;
    for queue in &mut settings.queues {
        queue.overflow = queue.overflow.take().filter(|overflow| overflow.to != gone);
    }
    for one in &mut settings.operators {
        one.queues.retain(|queue| *queue != gone);
        if one.queues.is_empty() && !one.supervisor_only {
            one.queues.push(settings.queues[0].name.clone());
        }
    }
}

/// Supervisors are operators, too.
fn dismiss(settings: &mut Settings, one: usize) {
    let gone = settings.operators.remove(one).jid;
    settings.queues.iter_mut().for_each(|queue| queue.supervisors.retain(|supervisor| *supervisor != gone));
}
