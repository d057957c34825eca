//! Rules and guests drawn by chance: whatever the rules say, they say it once, and the same with and without a restart.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod world;

use frontdesk::desk::event::{Event, Invitation, InvitationForm};
use frontdesk::desk::ids::{ChatId, Nick};
use frontdesk::desk::record::{ChatRecord, Choice, ChoiceKind};
use frontdesk::desk::routing::rules::Rules;
use frontdesk::desk::settings::Settings;
use world::World;
use world::known;
use world::people::{self, person, room};

const CONDITIONS: [&str; 12] = [
    "guest.said.department == 'sales'",
    "has(guest.said.department) && guest.said.department in ['sales', 'billing']",
    "has(guest.said.vip) && guest.said.vip",
    "guest.said.age > 17",
    "has(guest.said.age) && guest.said.age < 40 && guest.said.name.startsWith('A')",
    "guest.returning",
    "has(guest.id) && guest.claims.plan == 'gold'",
    "guest.jid.contains('2') || guest.said.department == 'press'",
    "now.minute % 2 == 0",
    "room.name.endsWith('3')",
    "guest.language == 'de'",
    "!has(guest.said.department)",
];
const OUTCOMES: [&str; 8] = [
    "queue=sales",
    "queue=night;priority=5;tags=night",
    "priority=-3",
    "skills=tax;tags=tax",
    "operator=bob",
    "tags=a,b",
    "refuse=Not today.",
    "queue=sales;skills=tax;operator=alice;priority=7;tags=all",
];
const FORMS: [&str; 6] = [
    "department=sales",
    "department=press;vip=true",
    "age=16;name=Ada",
    "age=41;name=Ada;department=billing",
    "language=de",
    "",
];

/// Xorshift: the same from the same seed everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

fn settings(chance: &mut Chance) -> Settings {
    let mut settings = people::settings(vec![people::operator("alice", 2), people::operator("bob", 2)]);
    settings.queues.extend([people::queue("sales"), people::queue("night")]);
    settings.operators[1].queues = settings.queues.iter().map(|queue| queue.name.clone()).collect();
    settings.token = Some(known::token_settings("HS256"));
    let count = 1 + chance.below(8);
    let rules =
        (0..count).map(|n| known::rule(chance.of(&CONDITIONS), chance.of(&OUTCOMES), u32::try_from(10 * n).unwrap()));
    settings.rules = Rules::new(rules.collect());
    settings
}

/// Eight guests ask, one after the other. `restarts`: the desk is killed and started again after each.
fn played(seed: u64, restarts: bool) -> World {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut world = World::new(settings(&mut chance));
    world.connect();
    for number in 1..=8 {
        let (place, guest) = (room(&format!("help{number}")), person(&format!("g{}", 1 + chance.below(8))));
        let token = (chance.below(3) == 0)
            .then(|| format!("sub=c{};jti=t{};plan={}", chance.below(3), chance.below(6), chance.of(&["gold", "tin"])));
        let nick = Nick::from(guest.node().map(|node| node.to_string()).unwrap());
        world.in_room(&place, |room| room.enter(&guest, &nick, None));
        let brought = known::brought(Some(chance.of(&FORMS)), token.as_deref(), world.now().wall);
        world.happen(Event::InvitationReceived(Invitation {
            room: place,
            from: guest.into(),
            form: InvitationForm::Direct,
            password: None,
            reason: None,
            language: None,
            brought,
        }));
        if restarts {
            world.restart();
            world.connect();
        }
    }
    world
}

fn rulings(world: &World) -> Vec<(ChatId, String, Vec<&Choice>)> {
    let ruled = |chat: &ChatRecord| {
        let choices = world.store.choices.get(&chat.id).map(Vec::as_slice).unwrap_or_default();
        let asked = choices.iter().filter(|choice| matches!(choice.kind, ChoiceKind::Ruled | ChoiceKind::Refused));
        let standing = format!("{} {:?} {:?}", chat.queue, chat.standing.ruling, chat.standing.skills);
        (chat.id, format!("{standing} {} {:?}", chat.standing.priority, chat.outcome), asked.collect())
    };
    world.store.chats.values().map(ruled).collect()
}

#[test]
fn rules_say_the_same_with_and_without_a_restart() {
    let (mut applied, mut refused, mut failed, mut proved) = (0, 0, 0, 0);
    for seed in 1..=60 {
        let (once, again) = (played(seed, false), played(seed, true));
        let (plain, restarted) = (rulings(&once), rulings(&again));
        assert_eq!(plain.len(), restarted.len(), "seed {seed}");
        for ((id, standing, asked), (_, after, asked_again)) in plain.iter().zip(&restarted) {
            assert_eq!(standing, after, "seed {seed}, chat {id}");
            assert_eq!(asked.len(), 1, "seed {seed}, chat {id}: rules are asked once");
            let told =
                |choice: &Choice| (choice.kind, choice.because.clone(), choice.rule.clone(), choice.failed.clone());
            assert_eq!(
                asked_again.iter().map(|choice| told(choice)).collect::<Vec<_>>(),
                [told(asked[0])],
                "seed {seed}, chat {id}"
            );
            applied += usize::from(asked[0].rule.is_some());
            refused += usize::from(asked[0].kind == ChoiceKind::Refused);
            failed += asked[0].failed.len();
        }
        proved += once.store.facts.values().filter(|facts| facts.trusted.is_some()).count();
        assert_eq!(once.store.facts, again.store.facts, "seed {seed}");
    }
    assert!(applied > 120 && refused > 12 && failed > 40 && proved > 12, "{applied} {refused} {failed} {proved}");
}
