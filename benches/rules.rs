//! How long a decision takes with a thousand rules: `cargo bench --bench rules`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement talks and stops where it fails"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use frontdesk::desk::facts::{Facts, GuestFacts};
use frontdesk::desk::routing::rules::{Condition, Route, Rule, Rules, Scene, Then};
use serde_json::{Value, json};

const RULES: usize = 1_000;
const TIMES: usize = 2_000;

fn main() {
    // `cargo test --benches` and clippy run or build it too; nothing is measured there.
    if std::env::args().any(|word| word == "--test") {
        return;
    }
    println!(
        "{RULES} rules, the last one applies; median and worst of {TIMES} decisions, and how long it takes to read them"
    );
    measure("a department each", |n| format!("guest.said.department == \"d{n}\""));
    measure("what a CRM knows", |n| {
        format!("has(guest.crm.licence) && guest.crm.licence == \"l{n}\" && guest.crm.seats > {n}")
    });
    measure("several parts", |n| {
        format!("guest.language == \"de\" && guest.said.page.startsWith(\"https://example.org/{n}/\") && now.hour < 24")
    });
    measure("nothing there", |n| format!("has(guest.claims.plan{}) && guest.claims.plan == \"p{n}\"", n % 50));
    measure("sums and alternatives", |n| {
        format!("size(guest.said.subject) + 1 == {n} || guest.said.customer_id == \"K-{n}\"")
    });
    measure("a loop each", |n| format!("guest.crm.contracts.exists(c, c.kind == \"k{n}\")"));
    measure("a longer loop each", |n| format!("guest.crm.contracts.exists(c, c.open && c.kind == \"k{n}\")"));
    measure("a loop that compares otherwise", |n| {
        format!("guest.crm.contracts.exists(c, c.open && c.kind.startsWith(\"k{n}\"))")
    });
    measure("a loop over numbers", |n| format!("guest.crm.contracts.exists(c, c.open && c.seats > {n})"));
    measure("a loop that looks inside texts", |n| {
        format!("guest.crm.contracts.exists(c, c.open && c.kind.contains(\"k{n}\"))")
    });
    measure("a number as text", |n| format!("string(guest.crm.seats) == \"{n}\""));
    measure("no whole numbers", |n| format!("guest.crm.discount * 2.0 == {n}.5"));
    measure("a text where a number is asked for", |n| format!("guest.said.customer_id == {n}"));
    measure("a number with a point beside whole ones", |n| format!("guest.crm.discount > {n}"));
    measure("lists as a whole", |n| format!("[guest.crm.seats, 1] == [{n}, 1]"));
    measure("maps as a whole", |n| format!("{{'n': guest.crm.seats}} == {{'n': {n}}}"));
    measure("nothing there, and nobody asks", |n| format!("guest.crm.plan == \"p{n}\""));
    measure("nothing there in one of two", |n| format!("guest.language == \"de\" && guest.crm.plan.kind == \"p{n}\""));
    measure("a number asked of a text", |n| format!("guest.said.customer_id > {n}"));
    measure("a loop through nothing", |n| format!("guest.crm.orders.exists(o, o == \"o{n}\")"));
    measure("a loop whose items lack something", |n| format!("guest.crm.contracts.exists(c, c.plan == \"p{n}\")"));
    measure("maps as a whole, and more", |n| {
        format!("guest.said.department == \"d{n}\" && {{'n': guest.crm.seats}} == {{'n': {n}}}")
    });
}

fn measure(what: &str, condition: impl Fn(usize) -> String) {
    let begin = Instant::now();
    let rule = |when: &str| Rule {
        when: Condition::compile(when).unwrap(),
        line: 1,
        then: Then::Route(Route::default()),
        tags: Vec::new(),
    };
    let mut rules: Vec<Rule> = (100..100 + RULES - 1).map(|n| rule(&condition(n))).collect();
    rules.push(rule("guest.said.name == \"Ada\""));
    let rules = Rules::new(rules);
    let reading = begin.elapsed();
    let (guest, room) = (guest(), "help1@rooms.chat.example".parse().unwrap());
    let at = DateTime::<Utc>::from_timestamp(1_796_029_500, 0).unwrap();
    let mut spans: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begin = Instant::now();
            let scene = Scene::new(&guest, &room, at, chrono_tz::Europe::Berlin);
            assert_eq!(black_box(rules.decide(&scene)).rule, Some(RULES - 1));
            begin.elapsed()
        })
        .collect();
    spans.sort_unstable();
    let micros = |span: Duration| span.as_secs_f64() * 1e6;
    println!(
        "{what}: {:.1} µs, worst {:.1} µs; read in {:.0} ms",
        micros(spans[TIMES / 2]),
        micros(spans[TIMES - 1]),
        reading.as_secs_f64() * 1e3
    );
}

fn guest() -> GuestFacts {
    GuestFacts {
        language: Some("de".to_owned()),
        reason: Some("My bill is wrong".to_owned()),
        said: facts(json!({
            "department": "billing", "name": "Ada", "subject": "Invoice 17", "page": "https://example.org/invoices", "customer_id": "K-4711",
        })),
        crm: facts(json!({
            "licence": "enterprise", "seats": 12, "discount": 0.15, "since": 2019, "address": { "city": "Kiel", "country": "de" },
            "contracts": [{ "kind": "gold", "open": true, "seats": 12 }, { "kind": "basic", "open": false, "seats": 3 }],
        })),
        ..GuestFacts::new("ada@guest.example/web".parse().unwrap())
    }
}

fn facts(object: Value) -> Facts {
    let Value::Object(object) = object else { unreachable!() };
    Facts::from_json(object).unwrap()
}
