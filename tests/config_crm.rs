//! A test for each mistake a user can make in `[[crm]]`: which line, and what to write instead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "support/configuration.rs"]
mod configuration;

use std::path::Path;
use std::time::Duration;

use configuration::{Desk, GOOD, accepted};
use frontdesk::config::{CrmPlace, CrmUrl, UrlPiece};
use frontdesk::desk::crm::KeyFact;

const CSV: &str = "name = \"customers\"\ncsv = \"customers.csv\"\nkey = \"number\"";
const URL: &str = "name = \"customers\"\nurl = \"https://crm.example.org/customers/{guest.id}\"";

fn with(crm: &str) -> String {
    format!("{GOOD}\n[[crm]]\n{crm}\n")
}

#[track_caller]
fn refused(crm: &str, marker: &str, words: &[&str]) {
    configuration::refused(&with(crm), marker, words);
}

/// The URL is refused, at its line.
#[track_caller]
fn url_refused(url: &str, more: &str, words: &[&str]) {
    refused(&format!("name = \"customers\"\nurl = \"{url}\"\n{more}"), "url = ", words);
}

fn http(crm: &str) -> CrmUrl {
    match accepted(&with(crm)).crms.remove(0).place {
        CrmPlace::Http(url) => url,
        other => panic!("{other:?}"),
    }
}

fn literal(text: &str) -> UrlPiece {
    UrlPiece::Literal(text.to_owned())
}

// What is right.

#[test]
fn a_file_is_looked_into_by_the_tokens_id() {
    let config = accepted(&with(CSV));
    let crm = &config.crms[0];
    assert_eq!((&*crm.settings.name.0, crm.settings.limit), ("customers", Duration::from_secs(3)));
    assert_eq!((&crm.settings.by[..], &crm.fields), (&[KeyFact::Id][..], &None));
    let CrmPlace::Csv { file, key } = &crm.place else { panic!() };
    assert!(file.ends_with("customers.csv") && file.parent() != Some(Path::new("")), "{file:?}");
    assert_eq!(key, "number");
    assert!(crm.settings.vouched());
    assert_eq!(config.settings().crms, std::slice::from_ref(&crm.settings));
}

#[test]
fn a_database_is_asked_with_one_value() {
    let sqlite = "name = \"customers\"\nsqlite = \"crm.db\"\nquery = \"SELECT licence FROM customer WHERE jid = ?1\"\n\
                  by = \"guest.account\"\ntimeout_seconds = 10\nfields = [\"licence\"]";
    let crm = accepted(&with(sqlite)).crms.remove(0);
    assert_eq!((&crm.settings.by[..], crm.settings.limit), (&[KeyFact::Account][..], Duration::from_secs(10)));
    assert_eq!(crm.fields, Some(vec!["licence".to_owned()]));
    assert!(matches!(crm.place, CrmPlace::Sqlite { query, .. } if query.ends_with("?1")));
}

#[test]
fn a_url_has_places_for_facts_in_path_and_query() {
    let url =
        "name = \"customers\"\nurl = \"HTTPS://CRM.Example.org:443/c/{guest.id}/x?plan={ guest.claims.plan }&a=b c\"";
    let crm = accepted(&with(url)).crms.remove(0);
    assert_eq!(crm.settings.by, [KeyFact::Id, KeyFact::Claim("plan".to_owned())]);
    let url = http(url);
    assert_eq!(url.host, "crm.example.org");
    let pieces = [
        literal("https://crm.example.org/c/"),
        UrlPiece::Fact,
        literal("/x?plan="),
        UrlPiece::Fact,
        literal("&a=b%20c"),
    ];
    assert_eq!(url.url, pieces);
}

#[test]
fn hosts_of_the_house_are_asked_where_they_are_allowed() {
    for (host, allow) in [
        ("127.0.0.1:8080", "127.0.0.1"),
        ("localhost", "localhost"),
        ("LOCALHOST:1", "localhost"),
        ("[::1]", "::1"),
        ("[::ffff:10.0.0.7]", "10.0.0.7"),
        ("10.0.0.7", "10.0.0.7"),
        ("crm.internal", "crm.internal"),
        ("crm.internal", "CRM.internal"),
        ("crm.internal", "10.0.0.7"),
    ] {
        let url = format!("name = \"c\"\nurl = \"http://{host}/{{guest.id}}\"\nallow = [\"{allow}\"]");
        assert_eq!(http(&url).allow, [allow.to_lowercase()], "{host}");
    }
}

#[test]
fn a_token_is_read_from_a_file_of_its_own() {
    let desk = Desk::with(&with(&format!("{URL}\ntoken_file = \"token\"")));
    let crm = || desk.load().unwrap().crms.remove(0);
    assert!(crm().token().unwrap_err().to_string().contains("make it a readable file with the token in it"));
    desk.put("token", "s3cret\n", 0o644);
    assert!(crm().token().unwrap_err().to_string().contains("chmod 600"));
    desk.put("token", "", 0o600);
    assert!(crm().token().unwrap_err().to_string().contains("is empty; write the token there"));
    desk.put("token", "two\nlines\n", 0o600);
    let told = crm().token().unwrap_err().to_string();
    assert!(told.contains("holds no token") && !told.contains("lines"), "{told}");
    desk.put("token", "s3cret\n", 0o600);
    assert_eq!(crm().token().unwrap().unwrap().expose(), "s3cret");
    assert_eq!(accepted(&with(CSV)).crms[0].token().unwrap(), None);
}

#[test]
fn the_documented_example_is_valid() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/crm.md")).unwrap();
    let (_, after) = page.split_once("<!-- example: crm -->\n```toml\n[[crm]]\n").expect("the marked example");
    let (example, _) = after.split_once("```").unwrap();
    let names: Vec<_> = accepted(&with(example)).crms.into_iter().map(|crm| crm.settings.name.to_string()).collect();
    assert_eq!(names, ["customers", "colleagues", "contracts"]);
}

// Mistakes.

#[test]
fn a_crm_is_one_of_three_and_has_a_name() {
    refused("name = \"customers\"", "[[crm]]", &["does not say where to look", "`csv` with `key`"]);
    refused("csv = \"c.csv\"\nkey = \"number\"", "[[crm]]", &["has no name", "`name = \"customers\"`"]);
    refused(&CSV.replace("customers\"\ncsv", " \"\ncsv"), "name = \" \"", &["cannot be a name"]);
    refused(&format!("{CSV}\nsqlite = \"crm.db\""), "sqlite =", &["one of `url`, `csv` and `sqlite`"]);
    refused("name = \"c\"\ncsv = \"c.csv\"", "csv =", &["does not say which column", "`key = \"customer\"`"]);
    refused("name = \"c\"\nsqlite = \"c.db\"", "sqlite =", &["does not say what to ask", "`query = \"SELECT"]);
    refused(&format!("{CSV}\nquery = \"SELECT 1\""), "query =", &["means nothing beside `csv`", "belongs to `sqlite`"]);
    refused(&format!("{CSV}\nallow = [\"10.0.0.7\"]"), "allow =", &["means nothing beside `csv`", "belongs to `url`"]);
    refused(&format!("{URL}\nby = \"guest.id\""), "by =", &["means nothing beside `url`", "the URL says by what"]);
    refused(
        &format!("{CSV}\nquerry = \"x\""),
        "querry =",
        &["[[crm]] does not know `querry`", "did you mean `query`?"],
    );
    refused(&format!("{CSV}\nfields = []"), "fields =", &["`fields` is empty"]);
    refused(&format!("{CSV}\ntimeout_seconds = 11"), "timeout_seconds =", &["write a number from 1 to 10"]);
    refused(&format!("{CSV}\ntimeout_seconds = 0"), "timeout_seconds =", &["write a number from 1 to 10"]);
}

#[test]
fn names_are_unmistakable_and_there_are_not_too_many() {
    let twice = format!("{CSV}\n\n[[crm]]\n{URL}");
    let told = Desk::with(&with(&twice)).told();
    assert!(told.contains(":25: there are two `[[crm]]` named \"customers\"; give one of them another name"), "{told}");
    let many: Vec<String> = (0..9).map(|n| CSV.replace("customers\"", &format!("c{n}\""))).collect();
    let told = Desk::with(&with(&many.join("\n\n[[crm]]\n"))).told();
    assert!(told.contains("there are 9 `[[crm]]`") && told.contains("write at most 8"), "{told}");
}

#[test]
fn what_guests_say_of_themselves_must_be_allowed() {
    let by = format!("{CSV}\nby = \"guest.said.customer\"");
    refused(&by, "by =", &["anybody can claim any `guest.said.customer`", "`allow_said = true`"]);
    let crm = accepted(&with(&format!("{by}\nallow_said = true"))).crms.remove(0);
    assert_eq!(crm.settings.by, [KeyFact::Said("customer".to_owned())]);
    assert!(!crm.settings.vouched());
    let url = "https://crm.example.org/{guest.id}?n={guest.said.number}";
    url_refused(url, "", &["anybody can claim any `guest.said.number`"]);
    assert!(!accepted(&with(&format!("name = \"c\"\nurl = \"{url}\"\nallow_said = true"))).crms[0].settings.vouched());
}

#[test]
fn nobody_is_looked_up_by_what_is_no_fact() {
    for by in ["customer", "guest", "guest.name", "guest.said.", "guest.said.a.b", "guest.crm.id", "room.jid", ""] {
        refused(&format!("{CSV}\nby = \"{by}\""), "by =", &["nobody can be looked up by", "`guest.id`"]);
    }
    url_refused("https://crm.example.org/{customer}", "", &["nobody can be looked up by \"customer\""]);
}

#[test]
fn a_url_says_whom_to_ask_and_nothing_else() {
    url_refused("crm.example.org/{guest.id}", "", &["is no URL"]);
    url_refused("ftp://crm.example.org/{guest.id}", "", &["over HTTP, not \"ftp\""]);
    url_refused("file:///etc/{guest.id}", "", &["over HTTP, not \"file\""]);
    url_refused("https://joe:secret@crm.example.org/{guest.id}", "", &["does not belong in a URL", "`token_file`"]);
    url_refused("https://crm.example.org/{guest.id}#x", "", &["behind `#` is never sent"]);
    url_refused("https://crm.example.org/", "", &["the same for every guest"]);
    url_refused("https://{guest.id}.example.org/", "", &["cannot decide which host"]);
    url_refused("https://{guest.id}", "", &["cannot decide which host"]);
    url_refused("https://crm.example.org:{guest.id}/", "", &["is no URL"]);
    url_refused("https://{guest.id}@crm.example.org/", "", &["does not belong in a URL"]);
    url_refused("https://crm.example.org/#{guest.id}", "", &["behind `#` is never sent"]);
    for braces in ["{guest.id", "guest.id}", "{{guest.id}}", "{guest.id}}"] {
        url_refused(&format!("https://crm.example.org/{braces}"), "", &["a brace stands alone"]);
    }
}

#[test]
fn hosts_of_the_house_are_refused() {
    for (host, shown) in [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1:80", "127.0.0.1"),
        ("localhost", "localhost"),
        ("crm.localhost.", "crm.localhost"),
        ("[::1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("10.0.0.7", "10.0.0.7"),
        ("169.254.169.254", "169.254.169.254"),
        ("[fe80::1]", "fe80::1"),
        ("[fd00::7]", "fd00::7"),
        ("[2002:7f00:1::]", "2002:7f00:1::"),
    ] {
        let words = [format!("{shown:?} is a private address"), format!("`allow = [{shown:?}]`")];
        url_refused(&format!("http://{host}/{{guest.id}}"), "", &[&words[0], &words[1]]);
    }
    url_refused("http://10.0.0.8/{guest.id}", "allow = [\"10.0.0.7\"]", &["is a private address"]);
    for nobody in ["0.0.0.0", "[::]", "224.0.0.1", "255.255.255.255"] {
        let more = format!("allow = [\"{}\"]", nobody.trim_matches(['[', ']']));
        url_refused(&format!("http://{nobody}/{{guest.id}}"), &more, &["is no machine's address"]);
    }
}

#[test]
fn what_is_allowed_is_the_host_or_an_address() {
    let words = ["\"other.example\" is neither the host of the URL nor an address", "\"crm.example.org\""];
    refused(&format!("{URL}\nallow = [\"other.example\"]"), "allow =", &words);
    refused(&format!("{URL}\nallow = [\"10.0.0.0/8\"]"), "allow =", &["is neither the host of the URL nor an address"]);
}

#[test]
fn a_token_is_not_sent_for_everybody_to_read() {
    let url = URL.replace("https", "http");
    refused(&format!("{url}\ntoken_file = \"token\""), "token_file", &["everybody on the way could read the token"]);
    let here =
        "name = \"c\"\nurl = \"http://127.0.0.1:8080/{guest.id}\"\nallow = [\"127.0.0.1\"]\ntoken_file = \"token\"";
    assert!(http(here).token_file.unwrap().ends_with("token"));
}

#[test]
fn a_ca_file_holds_certificates() {
    refused(&format!("{URL}\nca_file = \"ca.pem\""), "ca_file", &["ca.pem cannot be read"]);
}
