//! A day that was recorded is played again: under the same configuration every choice is the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk::clock;
use frontdesk::desk::event::{Invitation, InvitationForm, Show};
use frontdesk::desk::facts::{Channel, Facts, GuestFacts};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{Choice, ChoiceKind, Outcome, Record};
use frontdesk::desk::routing::rules::Rules;
use frontdesk::desk::settings::{Overflow, Settings, StrategyName};
use frontdesk::simulate::agenda::{Agenda, Deed, StaffNumber};
use frontdesk::simulate::case::Case;
use frontdesk::simulate::cast::Cast;
use frontdesk::simulate::chance::Chance;
use frontdesk::simulate::crowd::{Crowd, Day};
use frontdesk::simulate::replay::script::Stored;
use frontdesk::simulate::replay::{self, Comparison, Period};
use frontdesk::simulate::world::World;
use frontdesk::store::{Reader, Store};
use world::known;

const CHATS: u64 = 150;

/// Guests by chance, and operators who come and go, decline, let offers lapse, hand chats over, and say `!away` and `!busy`.
struct Moody {
    crowd: Crowd,
    moods: Chance,
    operators: usize,
    names: Vec<String>,
    guests: u64,
}

impl Moody {
    fn span(&mut self, mean: u64) -> Duration {
        self.moods.exponential(Duration::from_secs(mean))
    }

    /// Once in so many times.
    fn rarely(&mut self, times: u64) -> bool {
        self.span(1_000) < Duration::from_secs(1_000) / u32::try_from(times).unwrap()
    }

    fn plan_absences(&mut self, agenda: &mut Agenda) {
        for operator in 0..self.operators {
            let mut at = 0;
            for round in 0..12 {
                at += u64::try_from(self.span(900).as_millis()).unwrap();
                let back = at + u64::try_from(self.span(120).as_millis()).unwrap();
                let (goes, returns) = match round % 4 {
                    0 => (Deed::Show(operator, Show::Away), Deed::Show(operator, Show::Online)),
                    1 => (Deed::Show(operator, Show::Offline), Deed::Show(operator, Show::Online)),
                    2 => (Deed::Order(operator, "!away".to_owned()), Deed::Order(operator, "!available".to_owned())),
                    _ => (Deed::Order(operator, "!busy 1".to_owned()), Deed::Order(operator, "!available".to_owned())),
                };
                agenda.at(at, goes);
                agenda.at(back, returns);
                at = back;
            }
        }
    }
}

/// Every fifth guest proves to be a gold customer, every seventh says that they are from the press, every eleventh wrote directly.
fn brings(number: u64, invitation: Invitation, at: DateTime<Utc>) -> Invitation {
    let token = format!("sub=customer-{number};jti=t{number};plan=gold");
    let brought = known::brought(
        number.is_multiple_of(7).then_some("department=press"),
        number.is_multiple_of(5).then_some(token.as_str()),
        at,
    );
    let form = if number.is_multiple_of(11) { InvitationForm::Written } else { invitation.form };
    Invitation { brought, form, ..invitation }
}

impl Cast for Moody {
    fn invite(&mut self, agenda: &mut Agenda) -> Option<Invitation> {
        let language = if self.rarely(3) { Some("de".to_owned()) } else { None };
        let invitation = Invitation { language, reason: Some("It is broken".to_owned()), ..self.crowd.invite(agenda)? };
        self.guests += 1;
        Some(brings(self.guests, invitation, start() + TimeDelta::milliseconds(agenda.now().try_into().unwrap())))
    }

    fn opened(&mut self, case: &Case, agenda: &mut Agenda) {
        self.crowd.opened(case, agenda);
    }

    fn offered(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        if self.rarely(8) {
            let after = self.span(4);
            agenda.after(after, Deed::Decline(case.guest, operator));
        } else {
            self.crowd.offered(case, operator, agenda);
        }
    }

    fn accepted(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        if self.rarely(10) {
            let after = self.span(10);
            // They leave without a word, and the chat is taken from them.
            agenda.after(after, Deed::Leave(case.guest, operator));
        } else {
            self.crowd.accepted(case, operator, agenda);
            if self.rarely(6) {
                let (after, to) = (self.span(20), (operator + 1) % self.operators);
                let words = format!("!transfer {}", self.names[to]);
                agenda.after(after, Deed::Tell(case.guest, operator, words));
            }
        }
    }

    fn released(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda) {
        self.crowd.released(case, operator, agenda);
    }

    fn benched(&mut self, operator: StaffNumber, agenda: &mut Agenda) {
        self.crowd.benched(operator, agenda);
    }

    fn known(&mut self, case: &Case) -> Facts {
        self.crowd.known(case)
    }

    fn chose(&mut self, case: &Case, choice: &Choice) {
        self.crowd.chose(case, choice);
    }

    fn closed(&mut self, case: &Case, agenda: &mut Agenda) {
        self.crowd.closed(case, agenda);
    }
}

fn settings(strategy: StrategyName) -> Settings {
    let names = ["alice", "bob", "carol", "dave"];
    let mut operators: Vec<_> = names.iter().map(|name| world::people::operator(name, 2)).collect();
    operators[1].tier = 2;
    operators[2].languages = vec!["de".to_owned()];
    operators[3].queues = vec!["support".into(), "second".into()];
    let mut settings = world::people::settings(operators);
    let (mut first, mut second) = (world::people::queue("support"), world::people::queue("second"));
    first.strategy = strategy;
    first.offer = Duration::from_secs(15);
    first.wrap_up = Duration::from_secs(5);
    first.overflow = Some(Overflow { to: "second".into(), after: Some(Duration::from_secs(90)), beyond: None });
    second.offer = Duration::from_secs(15);
    settings.queues = vec![first, second];
    settings.token = Some(known::token_settings("HS256"));
    settings
}

/// Who proved to be a gold customer, and who wrote directly, goes to the second queue; the press goes away.
fn rules() -> Rules {
    Rules::new(vec![
        known::rule("has(guest.id) && guest.claims.plan == 'gold'", "queue=second;tags=gold", 10),
        known::rule("has(guest.said.department) && guest.said.department == 'press'", "refuse=Sorry", 20),
        known::rule("guest.channel == 'direct'", "queue=second", 30),
    ])
}

fn start() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

/// A day, written by the real store.
fn recorded(settings: &Settings, database: &std::path::Path, seed: u64) {
    let start = start();
    let day = Day {
        chats: CHATS,
        arrivals_per_hour: 110.0,
        talk: Duration::from_secs(180),
        patience: Some(Duration::from_secs(200)),
        accept: Duration::from_secs(6),
        seed,
    };
    let mut written: Vec<(Record, DateTime<Utc>)> = Vec::new();
    {
        let keeper = Box::new(|record: &Record, at: DateTime<Utc>| written.push((record.clone(), at)));
        let names = settings.operators.iter().map(|who| who.jid.node().unwrap().to_string()).collect();
        let crowd = Crowd::new(day, settings, start);
        let operators = settings.operators.len();
        let moody = Moody { crowd, moods: Chance::new(seed, 9), operators, names, guests: 0 };
        let mut world = World::new(settings.clone(), start, moody, Some(keeper));
        world.cast.crowd.begin(settings.operators.len(), &mut world.agenda);
        world.cast.plan_absences(&mut world.agenda);
        world.live(|_| None, |_| {});
        assert_eq!(world.open(), 0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (store, _) = Store::open(database, clock::entropy).unwrap();
        let at = written[0].1;
        let records = written.into_iter().map(|(record, _)| record).collect();
        store.commit(Arc::new(records), at).await.unwrap();
        store.close().await.unwrap();
    });
}

fn stored(database: &std::path::Path) -> Period {
    let reader = Reader::open(database).unwrap();
    let to = "2027-01-01T00:00:00Z".parse().unwrap();
    let chats = reader.chats_opened(DateTime::<Utc>::MIN_UTC, to).unwrap();
    let whole = |chat: frontdesk::desk::record::ChatRecord| {
        let id = chat.id;
        Stored {
            lines: reader.lines(id).unwrap(),
            choices: reader.choices(id).unwrap(),
            facts: reader.facts(id).unwrap(),
            chat,
        }
    };
    let chats: Vec<Stored> = chats.into_iter().map(whole).collect();
    Period { from: chats[0].chat.opened_at, chats, attendance: reader.attendance(to).unwrap() }
}

fn differing(comparison: &Comparison) -> Vec<String> {
    let differing = comparison.chats.iter().filter(|one| one.was != one.would);
    differing.map(|one| format!("{}: {:#?}\n-> {:#?}", one.chat, one.was, one.would)).collect()
}

#[test]
fn a_recorded_day_goes_the_same_way_again() {
    for (seed, strategy) in [
        StrategyName::RoundRobin,
        StrategyName::LongestIdle,
        StrategyName::FewestChats,
        StrategyName::Tiers,
        StrategyName::Broadcast,
    ]
    .into_iter()
    .enumerate()
    {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("frontdesk.db");
        let settings = settings(strategy);
        recorded(&settings, &database, seed as u64);
        let period = stored(&database);
        assert_rich(&period, strategy);
        let comparison = replay::play(&settings, period, None, |_| {});
        assert_eq!(comparison.chats.len(), CHATS as usize);
        assert_eq!(comparison.always_there, Vec::<String>::new());
        let differing = differing(&comparison);
        let first = differing.first().cloned().unwrap_or_default();
        assert!(differing.is_empty(), "{strategy:?}: {} chats differ, the first of them {first}", differing.len());
    }
}

/// The day has everything that could go another way.
fn assert_rich(period: &Period, strategy: StrategyName) {
    let count = |kind| period.chats.iter().flat_map(|stored| &stored.choices).filter(|one| one.kind == kind).count();
    let ended = |outcome| period.chats.iter().filter(|stored| stored.chat.outcome == Some(outcome)).count();
    let kinds =
        [ChoiceKind::Offered, ChoiceKind::Nobody, ChoiceKind::Revoked, ChoiceKind::Transferred, ChoiceKind::Overflowed];
    let counts = kinds.map(count);
    assert!(counts.iter().all(|count| *count > 0), "{strategy:?}: {kinds:?} {counts:?}");
    assert!(ended(Outcome::Answered) > 80 && ended(Outcome::Abandoned) > 5, "{strategy:?}");
}

/// Without Bob his chats go to others, and nobody else's choices can be made with him.
#[test]
fn another_configuration_goes_another_way() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("frontdesk.db");
    let before = settings(StrategyName::RoundRobin);
    recorded(&before, &database, 7);
    let mut after = before;
    after.operators.remove(1);
    after.operators.push(world::people::operator("erin", 1));
    let comparison = replay::play(&after, stored(&database), None, |_| {});
    let had = |name: &str, would: bool| {
        let course = |one: &replay::Played| if would { one.would.operator.clone() } else { one.was.operator.clone() };
        comparison.chats.iter().filter(|one| course(one).as_deref() == Some(name)).count()
    };
    assert!(had("bob@chat.example", false) > 10, "{}", had("bob@chat.example", false));
    assert_eq!((had("Bob", true), had("bob@chat.example", true)), (0, 0));
    assert!(had("Erin", true) > 10);
    assert_eq!(comparison.always_there, ["Erin"]);
    let moved = comparison.chats.iter().filter(|one| one.goes_elsewhere()).count();
    assert!(moved >= had("bob@chat.example", false), "{moved}");
}

/// What is decided for a stored chat is what the rules say of its guest, who brings along what they brought.
#[test]
fn rules_send_stored_chats_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("frontdesk.db");
    let before = settings(StrategyName::RoundRobin);
    recorded(&before, &database, 8);
    let period = stored(&database);
    let brought: BTreeMap<ChatId, GuestFacts> =
        period.chats.iter().map(|stored| (stored.chat.id, stored.facts.clone().unwrap())).collect();
    let comparison = replay::play(&Settings { rules: rules(), ..before }, period, None, |_| {});
    assert_eq!(comparison.chats.len(), CHATS as usize);
    let mut times = [0; 4];
    for one in &comparison.chats {
        let facts = &brought[&one.chat];
        let gold = facts.trusted.is_some();
        let press = facts.said.text("department") == Some("press");
        let (way, kind, queue) = match (gold, press, facts.channel) {
            (true, ..) => (0, ChoiceKind::Ruled, "second"),
            (_, true, _) => (1, ChoiceKind::Refused, "support"),
            (.., Channel::Direct) => (2, ChoiceKind::Ruled, "second"),
            (.., Channel::Room) => (3, ChoiceKind::Ruled, "support"),
        };
        times[way] += 1;
        let ruling = &one.would.steps[0];
        assert_eq!((ruling.kind, &*ruling.queue), (kind, queue), "{}: {facts:?}", one.chat);
        assert!(one.was.steps.iter().all(|step| !matches!(step.kind, ChoiceKind::Ruled | ChoiceKind::Refused)));
        assert_eq!(one.would.outcome == Some(Outcome::Refused), press && !gold, "{}: {:?}", one.chat, one.would);
        let offered = one.would.steps.iter().find(|step| step.kind == ChoiceKind::Offered);
        assert!(
            offered.is_none_or(|step| &*step.queue == queue || queue == "support"),
            "{}: {:?}",
            one.chat,
            one.would
        );
    }
    assert!(times.iter().all(|times| *times >= 8), "{times:?}");
}

#[test]
fn a_day_under_rules_goes_the_same_way_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("frontdesk.db");
    let settings = Settings { rules: rules(), ..settings(StrategyName::LongestIdle) };
    recorded(&settings, &database, 9);
    let period = stored(&database);
    let refused = period.chats.iter().filter(|stored| stored.chat.outcome == Some(Outcome::Refused)).count();
    assert!(refused >= 8, "{refused}");
    let comparison = replay::play(&settings, period, None, |_| {});
    let differing = differing(&comparison);
    assert!(differing.is_empty(), "{} chats differ, the first of them {}", differing.len(), differing[0]);
}
