//! What `[web]` may say, and a test for each mistake in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/configuration.rs"]
mod configuration;

use std::fs;

use configuration::{Desk, GOOD, accepted, refused};
use frontdesk::config::{Field, FieldName, Web};

const LISTEN: &str = "listen = \"127.0.0.1:8080\"";
const UPSTREAM: &str = "upstream = \"ws://127.0.0.1:5280/xmpp-websocket\"";

/// Guests have a domain, and `[web]` has these lines.
fn with(lines: &str) -> String {
    let guests = GOOD.replace("[store]", "guests = [\"guest.example.org\"]\n\n[store]");
    format!("{guests}\n[web]\n{lines}\n")
}

/// The same, with what must be there.
fn usual(lines: &str) -> String {
    with(&format!("{LISTEN}\n{UPSTREAM}\n{lines}"))
}

fn web(lines: &str) -> Web {
    accepted(&usual(lines)).web.unwrap()
}

fn asked(name: FieldName, required: bool) -> Field {
    Field { name, required }
}

// What is right.

#[test]
fn nothing_is_served_unless_somebody_listens() {
    assert_eq!(accepted(GOOD).web, None);
    assert_eq!(accepted(&with(&format!("title = \"Help\"\n{UPSTREAM}"))).web, None);
}

#[test]
fn the_shortest_web_has_the_documented_defaults() {
    let web = web("");
    assert_eq!(web.address, "http://127.0.0.1:8080");
    assert!(web.sites.is_empty() && web.trusted_proxies.is_empty() && web.operators.is_none());
    assert_eq!((web.upstream.secure, web.upstream.path.as_str()), (false, "/xmpp-websocket"));
    assert_eq!((web.window.title, web.window.colour), (None, None));
    assert_eq!(web.window.form, [asked(FieldName::Question, true)]);
    let closed = [asked(FieldName::Name, false), asked(FieldName::Email, true), asked(FieldName::Question, true)];
    assert_eq!(web.window.form_closed, closed);
}

#[test]
fn origins_are_written_as_browsers_write_them() {
    let web = web(
        "address = \"https://Help.example.org:443/\"\nsites = [\"HTTP://www.example.org:80\", \"http://www.example.org\", \"https://shop.example.org:8443\"]",
    );
    assert_eq!(web.address, "https://help.example.org");
    assert_eq!(web.sites, ["http://www.example.org", "https://shop.example.org:8443"]);
}

#[test]
fn a_server_elsewhere_is_reached_over_tls() {
    let toml = with(&format!("{LISTEN}\nupstream = \"wss://xmpp.example.org/ws?x=1\""));
    let upstream = accepted(&toml).web.unwrap().upstream;
    assert_eq!((upstream.secure, upstream.server.port, upstream.path.as_str()), (true, 443, "/ws?x=1"));
}

#[test]
fn forms_proxies_and_looks() {
    let web = web(
        "title = \" Help \"\ncolour = \"#1F6FEB\"\nform = [\"department*\", \"question\"]\nform_closed = []\ndepartments = [\"Sales\"]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\", \"::1\"]",
    );
    assert_eq!(web.window.title.as_deref(), Some("Help"));
    assert_eq!(web.window.colour.as_deref(), Some("#1f6feb"));
    assert_eq!(web.window.form, [asked(FieldName::Department, true), asked(FieldName::Question, false)]);
    assert!(web.window.form_closed.is_empty());
    let proxies: Vec<String> = web.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]);
}

#[test]
fn operators_have_a_listener_of_their_own() {
    let desk =
        Desk::with(&usual("operator_listen = \"127.0.0.1:8081\"\noperator_address = \"https://op.example.org\""));
    fs::create_dir_all(desk.folder.path().join("converse/dist")).unwrap();
    desk.put("converse/dist/converse.min.js", "", 0o644);
    let pages = desk.load().unwrap().web.unwrap().operators.unwrap();
    assert_eq!((pages.listen.port(), pages.address.as_str()), (8081, "https://op.example.org"));
    assert!(pages.dir.ends_with("converse"));
}

// What is wrong.

#[test]
fn a_listener_that_is_none() {
    for listen in ["8080", "localhost:8080", "127.0.0.1", "127.0.0.1:0", "example.org:80"] {
        refused(
            &with(&format!("listen = \"{listen}\"\n{UPSTREAM}")),
            "listen",
            &["nobody can listen on", "127.0.0.1:8080"],
        );
    }
}

#[test]
fn no_upstream() {
    refused(&with(LISTEN), LISTEN, &["the window needs `web.upstream`", "xmpp-websocket"]);
}

#[test]
fn no_domain_for_guests() {
    let toml = usual("").replace("guests = [\"guest.example.org\"]", "");
    refused(&toml, LISTEN, &["the window needs `rooms.guests`", "[rooms]"]);
}

#[test]
fn an_upstream_that_is_none() {
    for upstream in
        ["http://127.0.0.1:5280/", "127.0.0.1:5280", "ws://", "ws://127.0.0.1:5280/a b", "ws://127.0.0.1:5280/#a"]
    {
        refused(&with(&format!("{LISTEN}\nupstream = \"{upstream}\"")), "upstream", &["is no WebSocket"]);
    }
}

#[test]
fn an_upstream_in_the_clear_to_another_machine() {
    let toml = with(&format!("{LISTEN}\nupstream = \"ws://xmpp.example.org/ws\""));
    refused(&toml, "upstream", &["`ws://` is refused", "wss://"]);
}

#[test]
fn a_site_that_is_no_origin() {
    for site in [
        "www.example.org",
        "https://www.example.org/shop",
        "https://bücher.example",
        "file:///x",
        "*",
        "https://*.example.org",
    ] {
        refused(
            &usual(&format!("sites = [\"{site}\"]")),
            "sites",
            &["is no origin of a page", "https://www.example.org"],
        );
    }
    refused(&usual("address = \"help.example.org\""), "address", &["is no origin of a page"]);
}

#[test]
fn a_proxy_that_is_no_address() {
    refused(
        &usual("trusted_proxies = [\"proxy.example.org\"]"),
        "trusted_proxies",
        &["is no address of a proxy", "10.0.0.0/8"],
    );
}

#[test]
fn a_colour_in_words() {
    refused(&usual("colour = \"blue\""), "colour", &["is no colour", "#1f6feb"]);
}

#[test]
fn a_title_that_cannot_be_shown() {
    refused(&usual("title = \"\""), "title", &["cannot be shown"]);
    refused(&usual(&format!("title = \"{}\"", "x".repeat(65))), "title", &["cannot be shown"]);
}

#[test]
fn a_form_that_asks_for_what_nobody_knows() {
    refused(&usual("form = [\"mail*\"]"), "form", &["a form cannot ask for \"mail\"", "did you mean \"email\""]);
    refused(&usual("form = [\"shoe size\"]"), "form", &["`question`", "a `*` after it"]);
    refused(&usual("form = [\"department\"]"), "form", &["there is no department to choose", "departments"]);
}

#[test]
fn operators_pages_that_cannot_be() {
    let alone = format!("{UPSTREAM}\noperator_listen = \"127.0.0.1:8081\"\noperator_dir = \"pages\"");
    let told = Desk::with(&with(&alone)).told();
    assert!(told.contains("`operator_listen` has no effect without `web.listen`"), "{told}");
    refused(
        &usual("operator_listen = \"127.0.0.1:8081\""),
        "operator_listen",
        &["there is no client for operators", "scripts/converse"],
    );
    let told = Desk::with(&usual("operator_listen = \"127.0.0.1:8080\"")).told();
    assert!(told.contains("cannot share a listener"), "{told}");
}
