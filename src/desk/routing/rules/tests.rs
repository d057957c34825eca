//! Conditions: what they may say, what they find, and that nobody can make them dangerous.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops where it fails")]

use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::desk::facts::{BYTES_MAX, Facts, GuestFacts, Trusted, VALUES_MAX, Value};

fn facts(object: serde_json::Value) -> Facts {
    let serde_json::Value::Object(object) = object else { panic!("no object") };
    Facts::from_json(object).unwrap()
}

/// Ada, who proved who she is, and of whom a CRM knows something.
fn ada() -> GuestFacts {
    let claims = facts(json!({ "plan": "gold", "seats": 12, "roles": ["admin", "buyer"] }));
    GuestFacts {
        language: Some("de".to_owned()),
        reason: Some("My bill is wrong".to_owned()),
        said: facts(json!({ "department": "billing", "name": "Ada Löw", "vip": false, "age": 36 })),
        trusted: Some(Trusted { id: "customer-7".to_owned(), claims }),
        crm: facts(json!({
            "licence": "enterprise", "rate": 0.5, "contracts": [{ "kind": "a", "open": true }, { "kind": "b", "open": false }],
            "address": { "city": "Kiel" },
        })),
        ..GuestFacts::new("ada@guest.example/web".parse().unwrap())
    }
}

fn asked(condition: &str, guest: &GuestFacts) -> Result<bool, Failure> {
    let condition = Condition::compile(condition).unwrap_or_else(|flaw| panic!("{condition}: {flaw:?}"));
    let room = "help1@rooms.chat.example".parse().unwrap();
    // A Monday, 10:05 in Berlin.
    let scene = Scene::new(guest, &room, at(), chrono_tz::Europe::Berlin);
    let answer = condition.holds(&scene.context());
    let rules = Rules::new(vec![always(condition.clone())]);
    assert_eq!(decided(&rules, &scene), answer, "{}: what is sure and CEL say the same", condition.source());
    answer
}

/// What comes of a single rule.
fn decided(rules: &Rules, scene: &Scene<'_>) -> Result<bool, Failure> {
    let decision = rules.decide(scene);
    match (decision.rule, decision.failed.first()) {
        (Some(0), None) => Ok(true),
        (None, None) => Ok(false),
        (None, Some((0, failure))) => Err(*failure),
        other => panic!("{other:?}"),
    }
}

fn at() -> chrono::DateTime<chrono::Utc> {
    DateTime::from_timestamp(1_796_029_500, 0).unwrap()
}

fn always(when: Condition) -> Rule {
    Rule { when, line: 1, then: Then::Route(Route::default()), tags: Vec::new() }
}

#[test]
fn what_conditions_find() {
    let ada = ada();
    for holds in [
        "true",
        "guest.jid == 'ada@guest.example/web' && guest.account == 'ada@guest.example' && guest.domain == 'guest.example'",
        "guest.channel == 'room' && guest.channel != 'direct'",
        "guest.language == 'de' && !guest.returning && guest.reason.contains('bill')",
        "guest.said.department == 'billing' && guest.said.name.startsWith('Ada') && guest.said.name.endsWith('Löw')",
        "guest.said.department in ['sales', 'billing'] && !(guest.said.department in ['sales'])",
        "guest.said.age >= 36 && 36 <= guest.said.age && guest.said.age < 37 && guest.said.age != 35 && guest.said.age == 36",
        "guest.said.vip == false && !guest.said.vip && !has(guest.said.page) && has(guest.said.vip)",
        "has(guest.id) && guest.id == 'customer-7' && guest.claims.seats * 2 == 24 && 'admin' in guest.claims.roles",
        "has(guest.crm.licence) && guest.crm.licence == \"enterprise\"",
        "guest.crm.rate > 0.4 && guest.crm.rate + 0.5 == 1.0 && guest.crm.address.city == 'Kiel'",
        "guest.crm.contracts.exists(c, c.kind == 'a' && c.open) && !guest.crm.contracts.all(c, c.open)",
        "guest.crm.contracts.exists_one(c, c.open) && size(guest.crm.contracts) == 2 && guest.crm.contracts[1].kind == 'b'",
        "has(guest.crm.address.city) && has(guest.crm.address) && has(guest.crm)",
        "guest.said.department.lowerAscii() == 'billing' && guest.said['department'] == 'billing'",
        "int('7') == 7 && string(7) == '7' && double('0.5') == guest.crm.rate && -7 < 0 && 7 % 2 == 1 && 7 - 1 == 12 / 2",
        "room.jid == 'help1@rooms.chat.example' && room.name == 'help1' && room.service == 'rooms.chat.example'",
        "now.date == '2026-11-30' && now.time == '10:05' && now.weekday in ['Mo', 'Tu'] && now.hour == 10 && now.minute == 5",
        "now.year == 2026 && now.month == 11 && now.day == 30 && now.time >= '09:00' && now.time < '17:00'",
        "guest.said.nothing == 'x' || true",
        "guest.said.department == 'sales' ? false : true",
        "{'gold': 3, 'silver': 2}[guest.claims.plan] > 2",
    ] {
        assert_eq!(asked(holds, &ada), Ok(true), "{holds}");
    }
    for not in [
        "guest.said.nothing == 'x' && false",
        "false && guest.said.nothing == 'x'",
        "has(guest.said.nothing) && guest.said.nothing.parts.missing == 1",
        "guest.said.department == 'sales' && guest.said.nothing == 'x'",
        "guest.said.department == 3",
        "guest.said.age == 'x'",
        "guest.said.age > 36 && guest.said.nothing > 1",
    ] {
        assert_eq!(asked(not, &ada), Ok(false), "{not}");
    }
}

#[test]
fn what_nobody_can_answer() {
    let ada = ada();
    for (condition, failure) in [
        ("guest.said.nothing == 'x'", Failure::Missing),
        ("guest.said.nothing", Failure::Missing),
        ("!guest.said.nothing", Failure::Missing),
        ("guest.said.nothing.deep == 1", Failure::Missing),
        ("has(guest.said.nothing.deep)", Failure::Missing),
        ("guest.said.name", Failure::NoAnswer),
        ("guest.said.name > 3", Failure::Kind),
        ("guest.said.age.contains('x')", Failure::Kind),
        ("guest.said.name && true", Failure::Kind),
        ("guest.said.age / 0 == 1", Failure::Range),
        ("guest.said.age % 0 == 1", Failure::Range),
        ("guest.said.age * 9223372036854775807 > 1", Failure::Range),
        ("-(-9223372036854775807 - 1) > 1", Failure::Range),
        ("(-9223372036854775807 - 1) / -1 > 1", Failure::Range),
        ("guest.claims.roles[2] == 'x'", Failure::Range),
        ("int('x') == 1", Failure::Kind),
        ("int(1e300) == 1", Failure::Kind),
    ] {
        assert_eq!(asked(condition, &ada), Err(failure), "{condition}");
    }
    let nobody = GuestFacts::new("a@guest.example/b".parse().unwrap());
    for missing in ["guest.id == 'x'", "guest.language == 'de'", "guest.reason == ''", "guest.crm.licence == 'x'"] {
        assert_eq!(asked(missing, &nobody), Err(Failure::Missing), "{missing}");
    }
    for absent in ["has(guest.id)", "has(guest.language)", "has(guest.claims.plan)", "has(guest.crm.licence)"] {
        assert_eq!(asked(absent, &nobody), Ok(false), "{absent}");
    }
}

#[test]
fn what_is_refused_and_where() {
    let mut elsewhere = Vec::new();
    for (condition, at, what) in [
        ("", 0, "there is no condition"),
        ("  ", 0, "there is no condition"),
        ("guest.said.a == ", 16, "this is no condition"),
        ("guest.said.a = 1", 13, "this is no condition"),
        ("ghost.said.a == 1", 0, "nobody knows `ghost`"),
        ("licence == 1", 0, "nobody knows `licence`"),
        ("guest.sayd.a == 1", 0, "there is no `guest.sayd`"),
        ("now.our > 1", 0, "there is no `now.our`"),
        ("now.hour.minute > 1", 0, "`now.hour` has no parts"),
        ("size(guest) > 1", 5, "`guest` alone says nothing"),
        ("guest.said.a.matches('x')", 20, "`matches` cannot be called like this"),
        ("timestamp('2026') > 1", 9, "`timestamp` cannot be called like this"),
        ("guest.said.a.contains('x', 'y')", 21, "`contains` cannot be called like this"),
        ("guest.said.a.split(',') == []", 18, "`split` cannot be called like this"),
        ("type(guest.said.a) == int", 4, "`type` cannot be called like this"),
        ("guest.claims.l.map(x, x + x) == []", 18, "`map` and `filter` make lists"),
        ("guest.claims.l.filter(x, x > 1) == []", 21, "`map` and `filter` make lists"),
        ("guest.claims.l.exists(x, x.exists(y, y > 1))", 33, "a loop within or behind another"),
        ("guest.claims.l.exists(guest, guest > 1)", 21, "`guest` means something already"),
        ("Foo{a: 1} == 1", 3, "there are no types"),
        ("optional.of(1).hasValue()", 23, "cannot be called like this"),
        ("guest.?said.a == 1", 5, "this is no condition"),
        ("guest.said.`a` == 1", 10, "this is no condition"),
        ("'Ä' == guest.sad.x", 8, "there is no `guest.sad`"),
    ] {
        let flaw = Condition::compile(condition).unwrap_err();
        assert!(flaw.what.contains(what), "{condition}: {flaw:?}");
        assert!(!flaw.advice.is_empty());
        if flaw.at != at {
            elsewhere.push((condition, flaw.at));
        }
    }
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    let long = format!("guest.said.a == '{}'", "x".repeat(condition::SOURCE_BYTES_MAX));
    assert!(Condition::compile(&long).unwrap_err().what.contains("at most 1024 are read"));
}

/// Any bytes of what conditions are made of.
#[test]
fn nothing_that_is_drawn_by_chance_hurts() {
    const WORDS: [&str; 40] = [
        "guest",
        "room",
        "now",
        ".",
        "said",
        "crm",
        "claims",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "?",
        "&&",
        "||",
        "!",
        "==",
        "<",
        "in",
        "+",
        "-",
        "*",
        "/",
        "%",
        "'x'",
        "\"",
        "1",
        "1.5",
        "1u",
        "null",
        "has(",
        ".exists(x,",
        ".all(",
        "size(",
        "true",
        "ß",
        " ",
    ];
    let ada = ada();
    let room = "help1@rooms.chat.example".parse().unwrap();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut read = 0;
    for _ in 0..3_000 {
        let condition: String = (0..=draw(12)).map(|_| WORDS[draw(WORDS.len())]).collect();
        if let Ok(condition) = Condition::compile(&condition) {
            read += 1;
            let _ = condition.holds(&Scene::new(&ada, &room, at(), chrono_tz::UTC).context());
        }
    }
    assert!(read > 20, "some of them can be read: {read}");
}

/// At worst, with all that a source may bring, an allowed condition takes some milliseconds.
#[test]
fn long_texts_make_no_long_work() {
    let long = facts(json!({ "a": "x".repeat(BYTES_MAX - 1) }));
    let many = facts(json!({ "l": vec!["x".repeat(BYTES_MAX / VALUES_MAX); VALUES_MAX - 2] }));
    let guest = GuestFacts { said: long, crm: many, ..ada() };
    assert_eq!(asked("guest.crm.l.exists(x, guest.said.a.contains(x + 'y'))", &guest), Ok(false));
    let sum = |n: usize| vec!["guest.said.a"; n].join(" + ");
    assert_eq!(asked(&format!("size({}) > 1", sum(20)), &guest), Ok(true));
    for costly in [
        format!("guest.crm.l.exists(x, size({}) > 1)", sum(5)),
        format!("guest.crm.l.all(x, {}.contains(x))", ["guest.said.a.contains(guest.said.b)"; 5].join(" || ")),
    ] {
        let flaw = Condition::compile(&costly).map(|condition| condition.source().len());
        assert!(flaw.is_err_and(|flaw| flaw.what.contains("too long")), "{costly}");
    }
}

/// So many rules decide together.
const RULES_TOGETHER: usize = 97;

fn all_at_once(conditions: &[String]) -> Vec<Rules> {
    let rule = |when: &String| always(Condition::compile(when).unwrap());
    conditions.chunks(RULES_TOGETHER).map(|some| Rules::new(some.iter().map(rule).collect())).collect()
}

/// Nobody is passed over who should have been asked, one after the other.
fn first_that_holds(rules: &Rules, answers: &[Result<bool, Failure>], scene: &Scene<'_>) {
    let first = answers.iter().position(|answer| *answer == Ok(true));
    let before = &answers[..first.unwrap_or(answers.len())];
    let failed: Vec<_> = before.iter().enumerate().filter_map(|(n, one)| one.err().map(|why| (n, why))).collect();
    let decision = rules.decide(scene);
    assert_eq!((decision.rule, usize::try_from(decision.failures)), (first, Ok(failed.len())));
    assert!(failed.starts_with(&decision.failed));
}

/// Conditions of all forms.
const PARTS: [&str; 112] = [
    "has(guest.said.a)",
    "!has(guest.said.a)",
    "guest.said.a",
    "!guest.said.a",
    "guest.said.a == 'x'",
    "'x' == guest.said.a",
    "guest.said.a != 'x'",
    "guest.said.a in ['x', 'y']",
    "guest.said.a.startsWith('x')",
    "guest.said.a.endsWith('x')",
    "guest.said.a.contains('x')",
    "guest.said.a.endsWith('')",
    "guest.said.a.exists(x, x.startsWith('x'))",
    "guest.said.a.exists(x, x.endsWith('x') && !x.startsWith('y'))",
    "guest.said.a.exists_one(x, x.k.startsWith(''))",
    "guest.said.a.exists(x, x.contains('x'))",
    "guest.said.a.exists_one(x, 1 < x)",
    "guest.said.a.exists(x, x <= 1 && x >= 1)",
    "guest.said.a > 9223372036854775807",
    "-1 < guest.said.a",
    "guest.said.a <= 0 || guest.said.a >= 1",
    "guest.said.a == [1]",
    "guest.said.a != ['y', 1]",
    "['x'] == guest.said.a",
    "[guest.said.a, guest.said.b] == ['x', 'x']",
    "[guest.said.a] == [1.0]",
    "guest.said.a in [1.5, 'x', [1]]",
    "guest.said.a > 1.0 && guest.said.a >= 1",
    "guest.said.a >= 9007199254740993",
    "guest.said.a == 9007199254740993",
    "size([guest.said.a]) == 1",
    "guest.said.a.exists(x, x == [1] || x == 2.0)",
    "1.5 in guest.said.a",
    "guest.said.a == 1",
    "guest.said.a < 1",
    "1 <= guest.said.a",
    "guest.said.a != 1",
    "guest.said.a == true",
    "has(guest.said.a.b)",
    "!has(guest.said.a.b)",
    "guest.said.a.b == 'x'",
    "has(guest.id)",
    "guest.id == 'x'",
    "guest.said.a > 0.5",
    "has(guest.claims)",
    "guest.said.a == guest.said.b",
    "size(guest.said.a) == 1",
    "guest.said.a.size() > 1",
    "guest.said.a.lowerAscii() == 'x'",
    "guest.said.a + guest.said.b == 'xx'",
    "guest.said.a + 1 > guest.said.a",
    "guest.said.a * 9223372036854775807 > 1",
    "6 / guest.said.a == 6",
    "7 % guest.said.a - 1 == -1",
    "-guest.said.a < 1",
    "guest.said.a < 'xy'",
    "guest.said.a >= 'x'",
    "'x' in guest.said.a",
    "guest.said.a in ['x', 1, true]",
    "guest.said.a in [guest.said.b, 'y']",
    "(guest.said.a == 'x') == true",
    "guest.said.a.startsWith(guest.said.b)",
    "guest.said.a.exists(x, x == 'x')",
    "guest.said.a.all(x, x == 'x')",
    "guest.said.a.exists_one(x, x == 'x')",
    "guest.said.a.exists(x, x.k == 'x' && has(x.o))",
    "guest.said.a.all(x, has(x.k) && x.k != guest.said.b)",
    "guest.said.a.exists(x, !x.o)",
    "guest.said.a.exists(x, x > 1)",
    "guest.said.a.exists_one(x, x.o)",
    "guest.said.a.all(x, x in ['x', 'y'])",
    "guest.said.a.exists(x, size(x) == 1 || has(x.k.deep))",
    "guest.said.a.all(said, said.startsWith(guest.said.b))",
    "guest.said.a == 1.5",
    "guest.said.a <= 1.5 && -guest.said.a < -0.5",
    "guest.said.a + 0.5 > 1.0",
    "guest.said.a * 2.0 - 1.0 == 2.0 / guest.said.a",
    "string(guest.said.a) == 'x'",
    "string(guest.said.a) == '1'",
    "string(guest.said.a) != '01'",
    "string(guest.said.a).startsWith('1')",
    "int(guest.said.a) == 1",
    "double(guest.said.a) > 0.5",
    "guest.said.a == 'x' ? true : guest.said.b == 'x'",
    "(guest.said.a ? 1 : 2) == 1",
    "(guest.said.a > 0 ? 'x' : guest.said.b) == 'x'",
    "guest.said.a[0] == 'x'",
    "guest.said.a['b'] == 'x'",
    "guest.said['a'] == 'x'",
    "guest.said.a[1].o",
    "guest.said.a[0].k == 'x'",
    "guest.said.a[guest.said.b] == 'x'",
    "guest.said.a[-1] == 1",
    "guest.said.a.exists(x, x[0] == 'x' || x['k'] == 'x')",
    "guest.said.a.exists(x, string(x) == '2')",
    "guest.said.a.exists(x, x == 'x') == guest.said.b",
    "guest.said.a == { 'b': 'x' }",
    "{ 'b': 'x' } != guest.said.a",
    "guest.said.a == {}",
    "guest.said.a == []",
    "{ 'n': guest.said.a } == { 'n': 1 }",
    "{ 'n': guest.said.a, 'm': 1 } == { 'm': 1.0, 'n': 'x' }",
    "{ 'n': guest.said.a } == { 'm': 1 }",
    "{ 'n': guest.said.a, 'n': 1 } == { 'n': 1 }",
    "{ 1: guest.said.a } == { 1: 'x' }",
    "size({ 'n': guest.said.a }) == 1",
    "guest.said.a in [{ 'b': 'x' }, 1.5, true, -1, [[1], 1.5, { 'k': 1 }]]",
    "guest.said.a.exists(x, x == { 'k': 1 } || x == 1.5)",
    "[[guest.said.a], { 'b': guest.said.b }] == [['x'], { 'b': 'x' }]",
    "[guest.said.a] == guest.said.b || guest.said.b == [guest.said.a]",
    "{ 'b': guest.said.b } == guest.said.a",
    "guest.said.a == -0.0",
];

/// Facts of every kind that a form may bring.
fn values() -> Vec<serde_json::Value> {
    vec![
        json!({}),
        json!({ "a": "x" }),
        json!({ "a": "yx" }),
        json!({ "a": 1 }),
        json!({ "a": 0 }),
        json!({ "a": -0.0, "b": [-0.0] }),
        json!({ "a": 9007199254740993_i64, "b": [9007199254740993_i64] }),
        json!({ "a": { "b": { "k": [1] } }, "b": { "k": [1.0] } }),
        json!({ "a": [1, { "b": "x" }], "b": [1, { "b": "x" }] }),
        json!({ "a": 1.0 }),
        json!({ "a": 1.5, "b": 0 }),
        json!({ "a": 9007199254740992.0, "b": 1 }),
        json!({ "a": 1e300, "b": 1.5 }),
        json!({ "a": [[1], 1.5, { "k": 1 }], "b": [] }),
        json!({ "a": "1", "b": 1 }),
        json!({ "a": true }),
        json!({ "a": false }),
        json!({ "a": ["x"] }),
        json!({ "a": { "b": "x" } }),
        json!({ "a": {}, "b": {} }),
        json!({ "a": "Äx", "b": "Ä" }),
        json!({ "a": "x", "b": "x" }),
        json!({ "a": 1, "b": true }),
        json!({ "a": i64::MIN, "b": -1 }),
        json!({ "a": ["y", 1], "b": "y" }),
        json!({ "a": [] }),
        json!({ "a": ["yy", "x"], "b": 1 }),
        json!({ "a": ["yy", "yx"], "b": "y" }),
        json!({ "a": [1, 2, "x"] }),
        json!({ "a": [["x"], "x", "x"] }),
        json!({ "a": [{ "k": "x", "o": true }, { "k": "y" }], "b": "x" }),
        json!({ "a": [{ "k": "x", "o": false }, { "k": "y", "o": true }], "b": "z" }),
    ]
}

/// What is known without CEL is what CEL says: conditions of all their forms, over facts of every kind, in pairs.
#[test]
fn what_is_sure_is_what_cel_says() {
    let mut conditions: Vec<String> = PARTS.map(str::to_owned).to_vec();
    for (number, first) in PARTS.into_iter().enumerate() {
        // Each with a quarter of the others: in all, every part meets every kind of part.
        for (other, second) in PARTS.into_iter().enumerate().skip(number % 4).step_by(4) {
            conditions.push(format!("{first} && {second}"));
            conditions.push(format!("{first} || {second}"));
            conditions.push(match (number + other) % 2 {
                0 => format!("{first} && true && {second}"),
                _ => format!("!({first} || false) && !({second} && true)"),
            });
        }
    }
    let rules: Vec<Rules> =
        conditions.iter().map(|when| Rules::new(vec![always(Condition::compile(when).unwrap())])).collect();
    let room = "help1@rooms.chat.example".parse().unwrap();
    let together = all_at_once(&conditions);
    let (mut known, mut failing) = (0, 0);
    for said in values() {
        let guest = GuestFacts { said: facts(said.clone()), ..GuestFacts::new("a@guest.example/b".parse().unwrap()) };
        let scene = Scene::new(&guest, &room, at(), chrono_tz::UTC);
        let context = scene.context();
        let mut answers = Vec::new();
        for rules in &rules {
            let condition = &rules.get(0).unwrap().when;
            let answer = condition.holds(&context);
            assert_eq!(decided(rules, &scene), answer, "{} with {said}", condition.source());
            let views = rules.places.seen(&scene, &rules.shared);
            let sure = rules.sure[0].answer(views.sight());
            known += usize::from(matches!(sure, Some(Ok(_))));
            failing += usize::from(matches!(sure, Some(Err(_))));
            answers.push(answer);
        }
        for (rules, answers) in together.iter().zip(answers.chunks(RULES_TOGETHER)) {
            first_that_holds(rules, answers, &scene);
        }
    }
    assert!(known > 20_000 && failing > 10_000, "most of what is usual is known: {known} hold or not, {failing} fail");
}

#[test]
fn rules_that_wait_for_something_else_are_passed_over() {
    let asked = |when: fn(usize) -> String| {
        let rules: Vec<Rule> = (0..200).map(|n| always(Condition::compile(&when(n)).unwrap())).collect();
        let rules = Rules::new(rules);
        let (ada, room) = (ada(), "help1@rooms.chat.example".parse().unwrap());
        let scene = Scene::new(&ada, &room, at(), chrono_tz::UTC);
        rules.sieve.passed(rules.places.seen(&scene, &rules.shared).sight()).asked.numbers().count()
    };
    assert_eq!(asked(|n| format!("guest.said.department == 'd{n}'")), 0);
    assert_eq!(asked(|n| format!("'d{n}' == guest.said.department && guest.said.nothing == 1")), 0);
    assert_eq!(asked(|n| format!("guest.channel == 'room' && guest.said.department in ['d{n}', 'e{n}']")), 0);
    assert_eq!(asked(|n| format!("guest.said.department == 'd{n}' || size(guest.said.department) == 10{n}")), 0);
    assert_eq!(asked(|n| format!("guest.said.department.startsWith('d{n}')")), 0);
    assert_eq!(asked(|n| format!("guest.said.department.endsWith('{n}ling') && guest.channel == 'room'")), 0);
    assert_eq!(asked(|n| format!("guest.said.department.contains('x{n}')")), 0);
    assert_eq!(asked(|n| format!("size(guest.said.department) > 1{n}")), 0);
    assert_eq!(asked(|n| format!("{n} > size(guest.said.department)")), 192);
    assert_eq!(asked(|n| format!("size(guest.said.department) <= {n}")), 193);
    assert_eq!(asked(|n| format!("[guest.said.department, 1] == ['d{n}', 1]")), 0);
    assert_eq!(asked(|n| format!("{{ 'd': guest.said.department }} == {{ 'd': 'd{n}' }}")), 0);
    assert_eq!(asked(|n| format!("size(guest.said.department) == {n}.5 || guest.said.department == ['d{n}']")), 0);
    // Two numbers that are the same are, however they are written.
    assert_eq!(asked(|n| format!("[size(guest.said.department)] == [{n}.0]")), 1);
    // A beginning that is in several is looked for in each.
    assert_eq!(asked(|n| format!("guest.said.department.startsWith('{}')", ["", "b", "bi", "billing"][n % 4])), 200);
    // What is not there fails, and nobody need ask; unless there is more in the condition.
    assert_eq!(asked(|n| format!("guest.said.nothing == 'd{n}'")), 0);
    assert_eq!(asked(|n| format!("guest.said.department > {n}")), 0);
    assert_eq!(asked(|n| format!("guest.said.nothing == 'd{n}' && guest.channel == 'alias'")), 200);
    // What is not compared is looked at.
    assert_eq!(asked(|n| format!("guest.said.department != 'd{n}'")), 200);
    assert_eq!(asked(|n| format!("!(guest.said.department == 'd{n}')")), 200);
}

#[test]
fn the_first_that_holds_decides() {
    let rule = |when: &str, tag: &str| Rule { tags: vec![tag.to_owned()], ..always(Condition::compile(when).unwrap()) };
    let rules = Rules::new(vec![
        rule("guest.said.nothing == 1", "failing"),
        rule("guest.said.department == 'sales'", "dismissed"),
        rule("guest.said.department == 'billing' && guest.said.nothing == 1", "failing too"),
        rule("guest.said.department == 'billing'", "first"),
        rule("true", "second"),
    ]);
    let ada = ada();
    let decision = rules.decide(&Scene::new(&ada, &"help1@rooms.chat.example".parse().unwrap(), at(), chrono_tz::UTC));
    assert_eq!(decision.rule, Some(3));
    assert_eq!(decision.failed, [(0, Failure::Missing), (2, Failure::Missing)]);
    let many = Rules::new(vec![rule("guest.said.nothing == 1", "failing"); 100]);
    let decision = many.decide(&Scene::new(&ada, &"help1@rooms.chat.example".parse().unwrap(), at(), chrono_tz::UTC));
    assert_eq!((decision.rule, decision.failed.len(), decision.failures), (None, FAILED_TOLD_MAX, 100));
}

/// CEL's own errors carry the values that were looked at; none of those reaches a failure's words.
#[test]
fn a_failure_tells_nothing_of_the_guest() {
    let guest = GuestFacts { said: facts(json!({ "a": "SECRET" })), ..ada() };
    for condition in ["guest.said.a > 1", "guest.said.a", "guest.said.a.b == 1", "guest.claims[guest.said.a] == 1"] {
        let failure = asked(condition, &guest).unwrap_err();
        assert!(!failure.to_string().contains("SECRET") && !format!("{failure:?}").contains("SECRET"));
    }
    let _ = Value::from("SECRET");
}
