//! What guests bring along, and rules about it: `department=billing;vip=true`, `sub=c7;jti=t1;exp=300`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use frontdesk::desk::facts::{Brought, Facts, Token, Value};
use frontdesk::desk::ids::QueueName;
use frontdesk::desk::routing::rules::{Condition, Route, Rule, Then};
use frontdesk::desk::token::{TokenKey, TokenSettings};
use jwt_compact::alg::{Ed25519, Hs256, Hs256Key, Hs512, Hs512Key};
use jwt_compact::{AlgorithmExt, Claims, Header};
use serde_json::{Map, Value as Json, json};

use super::people::person;

const SECRET: &[u8] = b"a secret of thirty-two bytes or more";

/// Whoever signs with Ed25519 has this key; the desk has its public half.
const SIGNER: [u8; 32] = [7; 32];

/// `[token]` as stories have it: for `HS256`, or for `EdDSA`.
pub fn token_settings(algorithm: &str) -> TokenSettings {
    let key = match algorithm {
        "EdDSA" => TokenKey::ed_dsa(&public_pem()),
        _ => TokenKey::hs256(SECRET),
    };
    TokenSettings {
        key: key.unwrap(),
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

fn public_pem() -> String {
    SigningKey::from_bytes(&SIGNER).verifying_key().to_public_key_pem(LineEnding::LF).unwrap()
}

/// A token: `sub`, `jti`, `aud`, and other claims; `exp` and `nbf` in seconds from now; `alg=none`, `alg=HS512`; `sign=EdDSA`;
/// `key=other`, and, as a secret for HMAC, `key=public` (the bytes of the public key) and `key=public-pem`; `pad=N` bytes of
/// a claim. `raw=words` is no token at all.
fn signed(words: &str, at: DateTime<Utc>) -> String {
    let mut claims = Map::from_iter([("aud".to_owned(), json!("support@chat.example"))]);
    let (mut algorithm, mut secret, mut expires, mut begins) = ("HS256", SECRET.to_vec(), Some(300), None);
    let mut signer = SigningKey::from_bytes(&SIGNER);
    for (name, value) in pairs(words) {
        match name {
            "raw" => return value.to_owned(),
            "alg" => algorithm = value,
            "sign" => algorithm = "signed with Ed25519",
            "key" if value == "public" => secret = signer.verifying_key().as_bytes().to_vec(),
            "key" if value == "public-pem" => secret = public_pem().into_bytes(),
            "key" => {
                secret = b"another secret of thirty-two bytes or so".to_vec();
                signer = SigningKey::from_bytes(&[8; 32]);
            }
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
        "signed with Ed25519" => Ed25519.token(&header, &claims, &signer).unwrap(),
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
