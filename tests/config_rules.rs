//! What rules and tokens may be in a configuration, and a test for each mistake in them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/configuration.rs"]
mod configuration;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use configuration::{Desk, GOOD, accepted, refused};
use frontdesk::desk::facts::{GuestFacts, Token};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::routing::rules::{Condition, Route, Rule, Rules, Scene, Then};
use frontdesk::desk::token::{TokenKey, UsedTokens, Worthless};

fn with(lines: &str) -> String {
    format!("{GOOD}\n[[rule]]\n{lines}\n")
}

const SECOND: &str = "[[queue]]\nname = \"senior\"\n\n[[operator]]\njid = \"bob@example.org\"\nname = \"Bobby\"\nqueues = [\"senior\"]\nskills = [\"tax\"]\n";

#[test]
fn all_that_can_follow() {
    let rules = "when = 'true'\nqueue = \"senior\"\npriority = -5\nskills = [\"Tax\"]\noperator = \"bobby\"\ntags = [\"vip\", \"a/b:c\"]\n\
                 [[rule]]\nwhen = \"guest.returning\"\nrefuse = \"Sorry.\"\ntags = [\"sorry\"]\n";
    let config = accepted(&format!("{GOOD}\n{SECOND}\n[[rule]]\n{rules}"));
    let rules: Vec<_> = config.rules.iter().collect();
    let Then::Route(route) = &rules[0].then else { panic!("it routes") };
    assert_eq!(route.queue, Some("senior".into()));
    assert_eq!((route.priority, route.skills.iter().next().unwrap().as_str()), (Some(-5), "tax"));
    assert_eq!(route.operator.as_ref().unwrap().as_str(), "bob@example.org");
    assert_eq!(rules[0].tags, ["vip", "a/b:c"]);
    assert_eq!((rules[1].when.source(), &rules[1].then), ("guest.returning", &Then::Refuse("Sorry.".to_owned())));
    let lines: Vec<&str> = std::str::from_utf8(GOOD.as_bytes()).unwrap().lines().collect();
    assert!(rules[0].line as usize > lines.len() && rules[1].line > rules[0].line);
}

#[test]
fn mistakes_are_told_with_what_to_write() {
    refused(&with("queue = \"support\""), "[[rule]]", &["has no condition", "`true` holds always"]);
    refused(&with("when = 'true'"), "[[rule]]", &["nothing follows", "`queue`", "`refuse`"]);
    refused(&with("when = 'true'\nqueue = \"suport\""), "suport", &["there is no queue", "did you mean \"support\"?"]);
    refused(&with("when = 'true'\npriority = 1001"), "1001", &["-1000", "1000"]);
    refused(
        &with("when = 'true'\noperator = \"alicia\""),
        "alicia",
        &["there is no operator", "did you mean \"alice\"?"],
    );
    refused(
        &with("when = 'true'\nskills = [\"tax\"]"),
        "skills",
        &["nobody who serves the queue \"support\"", "`skills`"],
    );
    refused(&with("when = 'true'\ntags = [\"a b\"]"), "tags", &["cannot be a tag"]);
    refused(&with("when = 'true'\ntags = [\"\"]"), "tags", &["cannot be a tag"]);
    refused(&with("when = 'true'\nrefuse = \"\""), "refuse", &["cannot be told to a guest"]);
    refused(&with("when = 'true'\nrefuse = \"No.\"\nqueue = \"support\""), "refuse", &["either refuses a chat"]);
    refused(&with("when = 3\nqueue = \"support\""), "when", &["when"]);
    refused(&with("if = 'true'\nwhen = 'true'\ntags = [\"x\"]"), "if =", &["`if`"]);
    refused(&format!("{GOOD}\n[rule]\nwhen = 'true'\n"), "[rule]", &["[[rule]]"]);
}

/// The very character, also behind an umlaut, in a text of several lines, and where the words stand in double quotes.
#[test]
fn a_bad_condition_is_told_with_line_and_column() {
    for (when, line, column, words) in [
        ("when = 'guest.sayd.department == \"x\"'", 0, 9, "did you mean `guest.said`?"),
        ("when = 'guest.said.a == \"ä\" && gast.x'", 0, 32, "nobody knows `gast`"),
        ("when = '''\nhas(guest.said.a)\n  && guest.said.a = 1\n'''", 2, 19, "this is no condition"),
        ("when = \"guest.said.a.matches('x')\"", 0, 29, "use `contains`"),
        ("when = \"guest.said.a == \\\"x\\\" && now.our > 1\"", 0, 8, "there is no `now.our`"),
    ] {
        let desk = Desk::with(&with(&format!("{when}\nqueue = \"support\"")));
        let errors = desk.load().expect_err("a mistake");
        let told = errors.to_string();
        let first = 3 + GOOD.lines().count();
        assert!(told.starts_with(&format!("{}:{}:{column}: ", desk.file().display(), first + line)), "{told}");
        assert!(told.contains(words) && errors.mistakes.len() == 1, "{told}");
    }
}

#[test]
fn too_many_rules() {
    let rules = "[[rule]]\nwhen = 'true'\ntags = [\"x\"]\n".repeat(1_001);
    let told = Desk::with(&format!("{GOOD}\n{rules}")).told();
    assert!(told.contains("there are 1001 rules, at most 1000 are read"), "{told}");
}

/// Whatever is written there, reading and asking it neither panics nor overflows the stack, also in a debug build.
#[test]
fn nothing_is_deep_enough_to_hurt() {
    const MOST: usize = 1_024;
    let around = |open: &str, inner: &str, close: &str| {
        let times = (MOST - inner.len()) / (open.len() + close.len());
        [5, 11, 13, 60, times].map(|n| open.repeat(n) + inner + &close.repeat(n))
    };
    let deep = [
        around("(", "true", ")"),
        around("!", "true", ""),
        around("-", "1", " == 1"),
        around("[", "1", "]"),
        around("{1:", "1", "}"),
        around("true ? ", "true", " : true"),
        around("true && ", "true", ""),
        around("1 + ", "1", ""),
        around("guest.said.a == 1 || ", "true", ""),
        around("size([", "1", "])"),
        around("", "guest.said", ".a"),
        around("", "guest.said", "[0]"),
        around("", "\"x\"", ".lowerAscii()"),
        around("\"x\".contains(", "\"x\"", ")"),
        around("[1].exists(x, ", "true", ")"),
        around("has(", "guest.said.a", ")"),
        around("", "1", " in [1]"),
    ];
    let ada = GuestFacts::new("ada@guest.example/web".parse().unwrap());
    let room = "help1@rooms.chat.example".parse().unwrap();
    let mut read = 0;
    for condition in deep.iter().flatten() {
        let desk = Desk::with(&with(&format!("when = '''{condition}'''\ntags = [\"deep\"]")));
        match desk.load() {
            Ok(config) => {
                read += 1;
                config.rules.decide(&Scene::new(&ada, &room, chrono::DateTime::UNIX_EPOCH, chrono_tz::UTC));
            }
            Err(errors) => assert_eq!(errors.mistakes.len(), 1, "{errors}"),
        }
    }
    assert!(read > 20, "some of them are not too deep: {read}");
}

// Tokens

const TOKEN: &str = "[token]\nalgorithm = \"HS256\"\nkey_file = \"token.key\"\naudience = \"support@example.org\"\n";
/// Ed25519, made for this test; nobody has the other half any more.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

fn desk(toml: &str, key: &str, mode: u32) -> Desk {
    let desk = Desk::with(&format!("{GOOD}\n{toml}"));
    desk.put("token.key", key, mode);
    desk
}

#[test]
fn both_ways_of_signing() {
    let secret = "0123456789abcdef0123456789abcdef";
    let config = desk(TOKEN, &format!("{secret}\n"), 0o600).load().unwrap();
    let token = config.token.clone().unwrap();
    assert_eq!(
        (token.key, token.lifetime_max),
        (TokenKey::hs256(secret.as_bytes()).unwrap(), Duration::from_secs(900))
    );
    assert!(!format!("{config:?}").contains(secret), "no secret is shown");
    let other = format!("{}lifetime_max_seconds = 60\n", TOKEN.replace("HS256", "EdDSA"));
    let token = desk(&other, PUBLIC, 0o600).load().unwrap().token.unwrap();
    assert_eq!((token.key, token.lifetime_max), (TokenKey::ed_dsa(PUBLIC).unwrap(), Duration::from_secs(60)));
}

/// Runs openssl in a folder, as whoever signs would.
fn openssl(folder: &Path, words: &str) -> Vec<u8> {
    let output = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// RFC 7515, 2: without padding.
fn base64_url(folder: &Path, bytes: &[u8]) -> String {
    std::fs::write(folder.join("plain"), bytes).unwrap();
    let coded = String::from_utf8(openssl(folder, "base64 -A -in plain")).unwrap();
    coded.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// A token of these parts, signed by this command of openssl, which finds what is signed in the file `signed`.
fn signed_by_openssl(folder: &Path, header: &str, claims: &serde_json::Value, sign: &str) -> Token {
    let words =
        format!("{}.{}", base64_url(folder, header.as_bytes()), base64_url(folder, claims.to_string().as_bytes()));
    std::fs::write(folder.join("signed"), &words).unwrap();
    let signature = base64_url(folder, &openssl(folder, sign));
    Token::new(&format!("{words}.{signature}")).unwrap()
}

/// Somebody else's signer, the file that the configuration names, and what a token proves in the end.
#[test]
fn a_token_that_openssl_signed_is_believed() {
    let desk = Desk::with(&format!("{GOOD}\n{}", TOKEN.replace("HS256", "EdDSA")));
    let folder = desk.folder.path();
    for name in ["key", "other"] {
        openssl(folder, &format!("genpkey -algorithm ed25519 -out {name}.pem"));
    }
    let public = openssl(folder, "pkey -in key.pem -pubout");
    desk.put("token.key", &public, 0o600);
    let settings = desk.load().unwrap().token.unwrap();
    let at = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
    let claims = |jti: &str, exp: i64| {
        serde_json::json!({
            "aud": ["support@example.org"], "sub": "customer-7", "jti": jti, "exp": at.timestamp() + exp, "plan": "gold",
        })
    };
    let (ed_dsa, hs256) = (r#"{"alg":"EdDSA","typ":"JWT"}"#, r#"{"alg":"HS256","typ":"JWT"}"#);
    let sign = "pkeyutl -sign -rawin -in signed -inkey key.pem";
    let mut used = UsedTokens::default();
    let mut prove = |token: &Token, chat: i64, after: i64| {
        let at = at + TimeDelta::seconds(after);
        used.prove(token, Some(&settings), ChatId(chat), at).map(|(trusted, _)| trusted)
    };

    let good = signed_by_openssl(folder, ed_dsa, &claims("t1", 300), sign);
    let trusted = prove(&good, 1, 0).unwrap();
    assert_eq!((trusted.id.as_str(), trusted.claims.text("plan")), ("customer-7", Some("gold")));
    let mut facts = GuestFacts::new("ada@guest.example/web".parse().unwrap());
    facts.trusted = Some(trusted);
    let when = Condition::compile("guest.id == 'customer-7' && guest.claims.plan == 'gold'").unwrap();
    let rules = Rules::new(vec![Rule { when, line: 1, then: Then::Route(Route::default()), tags: Vec::new() }]);
    let scene = Scene::new(&facts, &"help1@rooms.example.org".parse().unwrap(), at, chrono_tz::UTC);
    assert_eq!(rules.decide(&scene).rule, Some(0));

    // In its chat it is good until it is over, in another one never.
    assert!(prove(&good, 1, 330).is_ok());
    assert_eq!(prove(&good, 2, 330), Err(Worthless::Used));
    assert_eq!(prove(&good, 1, 331), Err(Worthless::Expired));

    let other = signed_by_openssl(folder, ed_dsa, &claims("t2", 300), &sign.replace("key.pem", "other.pem"));
    assert_eq!(prove(&other, 3, 0), Err(Worthless::Signature));
    for secret in [public.as_slice(), &openssl(folder, "pkey -in key.pem -pubout -outform DER")[12..]] {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let hmac = format!("dgst -sha256 -mac HMAC -macopt hexkey:{hex} -binary signed");
        let confused = signed_by_openssl(folder, hs256, &claims("t3", 300), &hmac);
        assert_eq!(prove(&confused, 3, 0), Err(Worthless::Algorithm));
        let pretended = signed_by_openssl(folder, ed_dsa, &claims("t3", 300), &hmac);
        assert_eq!(prove(&pretended, 3, 0), Err(Worthless::Signature));
    }
    let unsigned = signed_by_openssl(folder, r#"{"alg":"none"}"#, &claims("t4", 300), "version -v");
    let unsigned = Token::new(&format!("{}.", unsigned.expose().rsplit_once('.').unwrap().0)).unwrap();
    assert_eq!(prove(&unsigned, 3, 0), Err(Worthless::Algorithm));
    let mut much = claims("t5", 300);
    much["pad"] = "x".repeat(1_000_000).into();
    assert_eq!(prove(&signed_by_openssl(folder, ed_dsa, &much, sign), 3, 0), Err(Worthless::Malformed));
    much["pad"] = vec![0; 300].into();
    assert_eq!(prove(&signed_by_openssl(folder, ed_dsa, &much, sign), 3, 0), Err(Worthless::TooMuch));
    let mut elsewhere = claims("t6", 300);
    elsewhere["aud"] = "other@example.org".into();
    assert_eq!(prove(&signed_by_openssl(folder, ed_dsa, &elsewhere, sign), 3, 0), Err(Worthless::Audience));
    // What was refused has used nothing up.
    assert!(prove(&signed_by_openssl(folder, ed_dsa, &claims("t6", 300), sign), 3, 0).is_ok());
}

#[test]
fn mistakes_in_tokens() {
    let secret = "0123456789abcdef0123456789abcdef";
    for (toml, key, mode, words) in [
        (TOKEN.replace("HS256", "RS256"), secret, 0o600, ["no way of signing", "\"EdDSA\""]),
        (TOKEN.replace("HS256", "none"), secret, 0o600, ["no way of signing", "\"HS256\""]),
        (TOKEN.to_owned(), "short", 0o600, ["less than 32 bytes", "openssl rand -hex 32"]),
        (TOKEN.to_owned(), secret, 0o644, ["can be read by others", "chmod 600"]),
        (TOKEN.replace("HS256", "EdDSA"), secret, 0o600, ["no public key for Ed25519", "openssl"]),
        (TOKEN.replace("token.key", "nowhere"), secret, 0o600, ["cannot be read", "make it"]),
        (
            TOKEN.replace("audience = \"support@example.org\"\n", ""),
            secret,
            0o600,
            ["`token.audience` is missing", "write"],
        ),
        (TOKEN.replace("key_file = \"token.key\"\n", ""), secret, 0o600, ["`token.key_file` is missing", "write"]),
        (TOKEN.replace("algorithm = \"HS256\"\n", ""), secret, 0o600, ["`token.algorithm` is missing", "write"]),
        (TOKEN.replace("support@example.org", ""), secret, 0o600, ["the audience is empty", "`aud`"]),
        (format!("{TOKEN}lifetime_max_seconds = 5\n"), secret, 0o600, ["lifetime_max_seconds", "10"]),
    ] {
        let told = desk(&toml, key, mode).told();
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(words.iter().all(|word| told.contains(word)) && !told.contains(secret), "{toml}: {told}");
    }
}

// The documentation

fn example(marker: &str) -> String {
    let page = std::fs::read_to_string("docs/rules.md").unwrap();
    let (_, after) = page.split_once(&format!("<!-- example: {marker} -->\n```")).expect("the marked example");
    let (_, after) = after.split_once('\n').unwrap();
    after.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_documented_rules_are_rules() {
    let others = "[[queue]]\nname = \"senior\"\n";
    let good = GOOD.replace(
        "jid = \"alice@example.org\"",
        "jid = \"alice@example.org\"\nskills = [\"billing\"]\nqueues = [\"support\", \"senior\"]",
    );
    assert_eq!(accepted(&format!("{good}\n{others}\n{}", example("rules"))).rules.iter().count(), 4);
    let conditions = example("conditions");
    assert!(conditions.lines().count() >= 10);
    for condition in conditions.lines() {
        Condition::compile(condition).unwrap_or_else(|flaw| panic!("{condition}: {flaw:?}"));
    }
}
