//! What guests bring along, and rules about it: `department=billing;vip=true`, `sub=c7;jti=t1;exp=300`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk::desk::facts::{Brought, Facts, Token, Value};
use frontdesk::desk::ids::QueueName;
use frontdesk::desk::routing::rules::{Condition, Route, Rule, Then};
use frontdesk::desk::token::{TokenKey, TokenSettings};
use jwt_compact::alg::{Hs256, Hs256Key, Hs512, Hs512Key};
use jwt_compact::{AlgorithmExt, Claims, Header};
use serde_json::{Map, Value as Json, json};

use super::people::person;

const SECRET: &[u8] = b"a secret of thirty-two bytes or more";

/// `[token]` as stories have it.
pub fn token_settings() -> TokenSettings {
    TokenSettings {
        key: TokenKey::hs256(SECRET).unwrap(),
        audience: "support@chat.example".to_owned(),
        lifetime_max: Duration::from_secs(900),
    }
}

/// What a form says: words, `true` and `false`, whole numbers.
pub fn facts(words: &str) -> Facts {
    let mut facts = Facts::default();
    for (name, value) in pairs(words) {
        let value = match (value.parse::<bool>(), value.parse::<i64>()) {
            (Ok(yes), _) => Value::Boolean(yes),
            (_, Ok(number)) => Value::Integer(number),
            _ => Value::from(value),
        };
        facts.add(name, value).unwrap();
    }
    facts
}

pub fn brought(said: Option<&str>, token: Option<&str>, at: DateTime<Utc>) -> Brought {
    Brought { said: said.map(facts).unwrap_or_default(), token: token.and_then(|words| Token::new(&signed(words, at))) }
}

/// A token: `sub`, `jti`, `aud`, and other claims; `exp` and `nbf` in seconds from now; `alg=none`, `alg=HS512`; `key=other`;
/// `pad=N` bytes of a claim. `raw=words` is no token at all.
fn signed(words: &str, at: DateTime<Utc>) -> String {
    let mut claims = Map::from_iter([("aud".to_owned(), json!("support@chat.example"))]);
    let (mut algorithm, mut secret, mut expires, mut begins) = ("HS256", SECRET, Some(300), None);
    for (name, value) in pairs(words) {
        match name {
            "raw" => return value.to_owned(),
            "alg" => algorithm = value,
            "key" => secret = b"another secret of thirty-two bytes or so",
            "exp" => expires = value.parse().ok(),
            "nbf" => begins = value.parse().ok(),
            "pad" => drop(claims.insert("pad".to_owned(), json!("x".repeat(value.parse().unwrap())))),
            name => drop(claims.insert(name.to_owned(), json!(value))),
        }
    }
    claims.retain(|_, value| *value != json!("-"));
    let mut claims: Claims<Map<String, Json>> = Claims::new(claims);
    claims.expiration = expires.map(|seconds| at + TimeDelta::seconds(seconds));
    claims.not_before = begins.map(|seconds| at + TimeDelta::seconds(seconds));
    let header = Header::empty();
    match algorithm {
        "HS256" => Hs256.token(&header, &claims, &Hs256Key::new(secret)).unwrap(),
        "HS512" => Hs512.token(&header, &claims, &Hs512Key::new(secret)).unwrap(),
        other => {
            // As an attacker writes it: another header before the same claims, with the signature that it had, or none.
            let token = Hs256.token(&header, &claims, &Hs256Key::new(secret)).unwrap();
            let mut parts = token.split('.').skip(1);
            let header = base64_url(&json!({ "alg": other, "typ": "JWT" }).to_string());
            let signature = if other == "none" { "" } else { parts.clone().nth(1).unwrap() };
            format!("{header}.{}.{signature}", parts.next().unwrap())
        }
    }
}

fn base64_url(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut coded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            coded.push(char::from(DIGITS[usize::try_from(bits >> (18 - 6 * digit) & 63).unwrap()]));
        }
    }
    coded
}

/// `when` and then `queue=sales;priority=5;skills=billing,tax;operator=bob;tags=vip,big;refuse=Sorry`.
pub fn rule(when: &str, then: &str, line: u32) -> Rule {
    let (mut route, mut refuse, mut tags) = (Route::default(), None, Vec::new());
    for (name, value) in pairs(then) {
        match name {
            "queue" => route.queue = Some(QueueName::from(value)),
            "priority" => route.priority = Some(value.parse().unwrap()),
            "skills" => route.skills = value.split(',').map(str::to_owned).collect(),
            "operator" => route.operator = Some(person(value).to_bare()),
            "tags" => tags = value.split(',').map(str::to_owned).collect(),
            "refuse" => refuse = Some(value.to_owned()),
            other => panic!("no such thing follows from a rule: {other}"),
        }
    }
    let when = Condition::compile(when).unwrap_or_else(|flaw| panic!("{when}: {flaw:?}"));
    Rule { when, line, then: refuse.map_or(Then::Route(route), Then::Refuse), tags }
}

fn pairs(words: &str) -> impl Iterator<Item = (&str, &str)> {
    words.split(';').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').expect("NAME=VALUE"))
}
