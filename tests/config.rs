//! A test for each mistake a user can make in the configuration: which line, and what to write instead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "support/configuration.rs"]
mod configuration;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use configuration::{ALICE, Desk, GOOD, SUPPORT, accepted, instead, refused, under};
use frontdesk::config::{Config, PasswordOrigin, PasswordSources, Server, Sureness, Tls, documented_keys};
use frontdesk::desk::settings::StrategyName;
use frontdesk::secret::Secret;

// What is right.

#[test]
fn the_shortest_configuration_has_the_documented_defaults() {
    let config = accepted(GOOD);
    assert_eq!(config.xmpp.tls, Tls::Required);
    assert_eq!(&*config.xmpp.nick, "Support");
    assert_eq!((config.xmpp.server, config.xmpp.ca_file, config.xmpp.password_file), (None, None, None));
    assert!(config.rooms.guests.is_empty() && config.rooms.hide_operators);
    assert_eq!(config.rooms.guest_grace, Duration::from_secs(45));
    assert_eq!(config.rooms.operator_grace, Duration::from_secs(30));
    assert_eq!(config.rooms.chats_open_max, 500);
    assert!(config.rooms.alias && config.rooms.shared_accounts.is_empty());
    assert_eq!(config.rooms.alias_idle, Duration::from_secs(900));
    assert_eq!(config.zone, chrono_tz::Tz::UTC);
    assert!(config.faq_dir.is_none() && config.database.ends_with("frontdesk.db"));
    let queue = &config.queues[0];
    assert_eq!((queue.offer, queue.first_reply), (Duration::from_secs(20), Duration::from_secs(120)));
    assert_eq!((queue.tier, queue.wrap_up), (Duration::from_secs(60), Duration::ZERO));
    assert_eq!((queue.escalate, queue.message), (Duration::from_secs(180), Duration::from_secs(300)));
    assert_eq!((queue.strategy, queue.chat_weight, queue.priority), (StrategyName::RoundRobin, 1, 0));
    assert_eq!((queue.missed_offers_max, queue.prefer_last_operator), (3, false));
    assert!(queue.supervisors.is_empty() && queue.skills.is_empty() && queue.overflow.is_none());
    assert!(queue.hours.is_none() && queue.holidays.is_empty());
    let alice = &config.operators[0];
    assert_eq!((&*alice.name, alice.chats_max, alice.tier), ("alice", 3, 1));
    assert_eq!(alice.queues, vec![queue.name.clone()]);
}

#[test]
fn the_desk_gets_what_was_configured() {
    let toml = under("[rooms]", "guests = [\"Guest.Example.org\"]").replace("rooms.example", "Rooms.example");
    let settings = accepted(&toml).settings();
    assert_eq!(settings.account.as_str(), "support@example.org");
    assert_eq!(settings.services, ["rooms.example.org"]);
    assert_eq!(settings.guests, ["guest.example.org"]);
    assert_eq!((settings.queues.len(), settings.operators.len()), (1, 1));
}

#[test]
fn paths_are_relative_to_the_configuration() {
    let toml = under("[xmpp]", "password_file = \"secret\"").replace("[store]", "[store]\nurl = \"sqlite:desk.db\"");
    let desk = Desk::with(&toml);
    fs::create_dir(desk.folder.path().join("faq")).unwrap();
    let config = desk.load().unwrap();
    let inside = |name| desk.folder.path().join(name);
    assert_eq!(config.xmpp.password_file, Some(inside("secret")));
    assert_eq!(config.database, inside("desk.db"));
    assert_eq!(config.faq_dir, Some(inside("faq")));
}

#[test]
fn servers_are_given_with_and_without_a_port() {
    let server = |line: &str| accepted(&under("[xmpp]", line)).xmpp.server.unwrap();
    let at = |host: &str, port| Server { host: host.to_owned(), port };
    assert_eq!(server("server = \"127.0.0.1:6222\""), at("127.0.0.1", 6222));
    assert_eq!(server("server = \"[::1]:6222\""), at("::1", 6222));
    assert_eq!(server("server = \"::1\""), at("::1", 5222));
    assert_eq!(server("server = \"[::1]\""), at("::1", 5222));
    assert_eq!(server("server = \"xmpp.example.org\""), at("xmpp.example.org", 5222));
    assert_eq!(server("server = \"xmpp.example.org\"\ntls = \"direct\""), at("xmpp.example.org", 5223));
}

#[test]
fn plaintext_is_accepted_on_loopback() {
    for host in ["127.0.0.1:5222", "127.8.8.8:5222", "[::1]:5222", "localhost:5222"] {
        let config = accepted(&under("[xmpp]", &format!("server = {host:?}\ntls = \"off\"")));
        assert_eq!(config.xmpp.tls, Tls::Off);
    }
}

#[test]
fn time_zones_are_known_without_regard_to_case() {
    assert_eq!(accepted(&under("[time]", "zone = \"europe/berlin\"")).zone, chrono_tz::Tz::Europe__Berlin);
}

#[test]
fn an_operator_may_be_named_like_their_own_account() {
    accepted(&under(ALICE, "name = \"Alice\""));
}

#[test]
fn what_an_operator_can_do() {
    let toml = under(
        ALICE,
        "tier = 2\nskills = [\" Billing \", \"VAT returns\", \"billing\"]\nlanguages = [\"de\", \"pt-BR\"]",
    );
    let alice = accepted(&toml).operators.remove(0);
    assert_eq!((alice.tier, alice.supervisor_only), (2, false));
    assert_eq!(alice.skills.into_iter().collect::<Vec<_>>(), ["billing", "vat returns"]);
    assert_eq!(alice.languages, ["de", "pt-br"]);
}

// The file as a whole.

#[test]
fn a_missing_file_is_named() {
    let told = Config::load(Path::new("/nowhere/frontdesk.toml")).unwrap_err().to_string();
    assert!(told.starts_with("/nowhere/frontdesk.toml: cannot be read"), "{told}");
    assert!(told.contains("-c FILE"), "{told}");
}

#[test]
fn a_file_that_is_not_utf_8() {
    let desk = Desk::with("");
    fs::write(desk.file(), b"[xmpp]\nnick = \"Caf\xe9\"\n").unwrap();
    assert!(
        desk.told().contains("frontdesk.toml:2: this line is not UTF-8; save the file in UTF-8"),
        "{}",
        desk.told()
    );
}

#[test]
fn a_file_that_is_much_too_large() {
    let told = Desk::with(&"# padding\n".repeat(200_000)).told();
    assert!(told.contains("at most"), "{told}");
}

#[test]
fn an_empty_file_lacks_three_things() {
    let errors = Desk::with("").load().unwrap_err();
    let told = errors.to_string();
    assert_eq!(errors.mistakes.len(), 3, "{told}");
    for words in ["`xmpp.jid` is missing", "`rooms.services` is missing", "there is no queue"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_file() {
    let toml = instead("alice@example.org", "alice@example.org/phone")
        .replace("[time]", "[time]\nzone = \"Berlin\"")
        .replace("[rooms]", "[rooms]\nguest_grace_seconds = -1\ncolour = 1");
    let errors = Desk::with(&toml).load().unwrap_err();
    let lines: Vec<_> = errors.mistakes.iter().map(|mistake| mistake.line.unwrap()).collect();
    assert_eq!(lines, [5, 6, 14, 20], "{errors}");
}

#[test]
fn words_without_quotes() {
    refused(
        &instead("\"support@example.org\"", "support@example.org"),
        "jid = support",
        &["not TOML", "double quotes"],
    );
}

#[test]
fn a_string_that_does_not_end() {
    refused(&instead("\"rooms.example.org\"]", "\"rooms.example.org]"), "services", &["not TOML"]);
}

#[test]
fn a_key_twice() {
    refused(&under("[time]", "zone = \"UTC\"\nzone = \"Etc/UTC\""), "Etc/UTC", &["duplicate key", "keep one"]);
}

#[test]
fn a_table_twice() {
    refused(&format!("{GOOD}\n[time] # again\n"), "# again", &["duplicate key", "keep one"]);
}

// Unknown keys.

#[test]
fn a_misspelled_key() {
    let words = ["[[queue]] does not know `ofer_seconds`", "did you mean `offer_seconds`?", "`wrap_up_seconds`"];
    refused(&under(SUPPORT, "ofer_seconds = 20"), "ofer_seconds", &words);
}

#[test]
fn a_key_that_is_like_none() {
    refused(&under("[faq]", "xyzzy = 1"), "xyzzy", &["[faq] does not know `xyzzy`", "remove it", "knows `dir`"]);
}

#[test]
fn a_key_in_the_wrong_table() {
    refused(&under("[rooms]", "offer_seconds = 20"), "offer_seconds", &["write it under [[queue]]"]);
}

#[test]
fn a_key_outside_of_all_tables() {
    refused(&format!("zone = \"UTC\"\n{GOOD}"), "zone", &["nobody knows `zone`", "write it under [time]"]);
}

#[test]
fn a_misspelled_table() {
    refused(&format!("{GOOD}\n[[operators]]\n"), "operators", &["did you mean `[[operator]]`?", "`[rooms]`"]);
}

#[test]
fn an_unknown_table() {
    refused(&format!("{GOOD}\n[zebra]\n"), "zebra", &["nobody knows `zebra`", "remove it", "`[xmpp]`"]);
}

#[test]
fn a_password_in_the_configuration() {
    let toml = under("[xmpp]", "password = \"hunter2\"");
    refused(&toml, "password", &["does not belong in this file", "chmod 600", "password_file = \"secret\""]);
    assert!(!Desk::with(&toml).told().contains("hunter2"), "I7");
}

#[test]
fn a_password_without_quotes_is_not_shown_either() {
    assert!(!Desk::with(&under("[xmpp]", "password = hunter2")).told().contains("hunter2"), "I7");
}

// Wrong types.

#[test]
fn a_number_in_quotes() {
    let words = ["`guest_grace_seconds` cannot be of type string", "`guest_grace_seconds = 45`"];
    refused(&under("[rooms]", "guest_grace_seconds = \"45\""), "guest_grace", &words);
}

#[test]
fn a_number_with_a_fraction() {
    refused(&under(ALICE, "chats_max = 2.5"), "chats_max", &["`chats_max` cannot be of type float", "`chats_max = 3`"]);
}

#[test]
fn a_number_that_no_computer_holds() {
    refused(&under("[rooms]", "chats_open_max = 99999999999999999999"), "chats_open_max", &["`chats_open_max`"]);
}

#[test]
fn a_word_where_a_list_is_wanted() {
    let words = ["`services` cannot be of type string", "`services = [\"rooms.example.org\"]`"];
    refused(&instead("[\"rooms.example.org\"]", "\"rooms.example.org\""), "services", &words);
}

#[test]
fn a_list_of_other_things() {
    let words = ["`languages` holds something of the wrong type", "`languages = [\"de\", \"en\"]`"];
    refused(&under(ALICE, "languages = [1, 2]"), "languages", &words);
}

#[test]
fn yes_instead_of_true() {
    let words = ["`hide_operators` cannot be of type string", "`hide_operators = true`"];
    refused(&under("[rooms]", "hide_operators = \"yes\""), "hide_operators", &words);
}

#[test]
fn a_queue_with_a_value_of_the_wrong_type_is_not_called_missing() {
    let toml = under(SUPPORT, "offer_seconds = \"20\"").replace(ALICE, &format!("{ALICE}\nqueues = [\"support\"]"));
    refused(&toml, "offer_seconds", &["`offer_seconds` cannot be of type string"]);
}

#[test]
fn single_brackets_around_queue() {
    refused(&instead("[[queue]]", "[queue]"), "[queue]", &["write `[[queue]]`, with two brackets"]);
}

#[test]
fn double_brackets_around_time() {
    refused(&instead("[time]", "[[time]]"), "[[time]]", &["`time` is one table", "write `[time]`"]);
}

#[test]
fn a_value_instead_of_a_table() {
    refused(&format!("faq = \"faq\"\n{}", instead("[faq]\n", "")), "faq", &["write `[faq]`"]);
}

// [xmpp]

#[test]
fn no_account() {
    refused(&instead("jid = \"support@example.org\"\n", ""), "[xmpp]", &["`xmpp.jid` is missing", "write `jid = "]);
}

#[test]
fn an_account_with_a_resource() {
    let words = ["has a resource", "write \"support@example.org\""];
    refused(&instead("support@example.org", "support@example.org/desk"), "/desk", &words);
}

#[test]
fn an_account_without_a_local_part() {
    refused(&instead("support@example.org", "example.org"), "jid = \"example.org\"", &["is a server, not an account"]);
}

#[test]
fn an_account_that_is_no_jid() {
    refused(&instead("support@example.org", "a@b@example.org"), "a@b", &["is no JID", "write an account such as"]);
}

#[test]
fn an_unknown_value_of_tls() {
    refused(&under("[xmpp]", "tls = \"starttls\""), "tls", &["cannot be \"starttls\"", "\"required\""]);
}

#[test]
fn plaintext_without_a_server() {
    let words = ["needs a server on this machine", "server = \"127.0.0.1:5222\""];
    refused(&under("[xmpp]", "tls = \"off\""), "tls", &words);
}

#[test]
fn plaintext_to_another_machine() {
    for host in ["192.0.2.1:5222", "xmpp.example.org:5222", "localhost.example.org:5222", "[2001:db8::1]:5222"] {
        let toml = under("[xmpp]", &format!("server = {host:?}\ntls = \"off\""));
        refused(&toml, "tls", &["is refused", "is not this machine", "write `tls = \"required\"`"]);
    }
}

#[test]
fn a_server_that_is_no_address() {
    for server in ["", "xmpp://example.org", "example.org:port", "example.org:0", "example.org:70000", "[::1", "[a]:1"]
    {
        let toml = under("[xmpp]", &format!("server = {server:?}"));
        refused(&toml, "server =", &["is no server address", "127.0.0.1:5222"]);
    }
}

#[test]
fn a_private_ca_that_is_not_there() {
    refused(&under("[xmpp]", "ca_file = \"ca.pem\""), "ca_file", &["ca.pem cannot be read", "name a PEM file"]);
}

#[test]
fn a_private_ca_without_a_certificate() {
    let told = |content: &str| {
        let desk = Desk::with(&under("[xmpp]", "ca_file = \"ca.pem\""));
        desk.put("ca.pem", content, 0o644);
        desk.told()
    };
    assert!(told("hello").contains(":2: ") && told("hello").contains("holds no certificate"));
    assert!(told("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").contains("holds no certificate"));
    assert!(told("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").contains("is no certificate"));
    assert!(told("-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n").contains("is damaged PEM"));
}

#[test]
fn a_nick_that_no_room_takes() {
    for nick in ["", " ", "Support "] {
        refused(&under("[xmpp]", &format!("nick = {nick:?}")), "nick", &["cannot be a nick", "nick = \"Support\""]);
    }
}

// [rooms]

#[test]
fn no_services() {
    let toml = instead("services = [\"rooms.example.org\"]\n", "");
    refused(&toml, "[rooms]", &["`rooms.services` is missing", "write `services = [\"rooms.example.org\"]`"]);
}

#[test]
fn an_empty_list_of_services() {
    refused(&instead("[\"rooms.example.org\"]", "[]"), "services", &["is empty", "rooms.example.org"]);
}

#[test]
fn a_room_as_a_service() {
    let words = ["is an address, a domain is wanted", "\"rooms.example.org\""];
    refused(&instead("rooms.example.org", "help@rooms.example.org"), "help@", &words);
}

#[test]
fn a_service_that_is_no_domain() {
    for service in ["", "rooms example org", "rooms.example.org/help"] {
        let toml = instead("rooms.example.org", service);
        refused(&toml, "services", &["is no domain", "such as \"rooms.example.org\""]);
    }
}

#[test]
fn the_own_server_as_a_service() {
    refused(&instead("rooms.example.org", "example.org"), "services", &["desk's own server", "rooms.example.org"]);
}

#[test]
fn a_guest_domain_that_is_an_address() {
    let toml = under("[rooms]", "guests = [\"bob@guest.example.org\"]");
    refused(&toml, "guests", &["write its domain", "guest.example.org"]);
}

#[test]
fn grace_outside_of_its_bounds() {
    for (key, value) in [("guest_grace_seconds", -1), ("guest_grace_seconds", 45_000), ("operator_grace_seconds", -5)] {
        let toml = under("[rooms]", &format!("{key} = {value}"));
        refused(&toml, key, &[&format!("`{key}` cannot be {value}"), "write a number from 0 to 3600"]);
    }
}

#[test]
fn no_open_chats_at_all() {
    refused(&under("[rooms]", "chats_open_max = 0"), "chats_open_max", &["cannot be 0", "from 1 to 100000"]);
}

#[test]
fn the_alias_outside_of_its_bounds() {
    let idle = ["cannot be 30", "from 60 to 86400"];
    refused(&under("[rooms]", "alias_idle_seconds = 30"), "alias_idle_seconds", &idle);
    let shared = "shared_accounts = [\"web@guest.example.org/page\"]";
    refused(&under("[rooms]", shared), "shared_accounts", &["has a resource", "web@guest.example.org"]);
}

// [store], [faq], [time]

#[test]
fn a_database_that_is_not_sqlite() {
    let urls =
        ["postgres://localhost/desk", "frontdesk.db", "sqlite:", "sqlite::memory:", "sqlite://desk.db", "sqlite:x/"];
    for url in urls {
        let toml = under("[store]", &format!("url = {url:?}"));
        refused(&toml, "url", &["is no database that this version can use", "url = \"sqlite:frontdesk.db\""]);
    }
}

#[test]
fn a_database_in_a_folder_that_is_not_there() {
    let toml = under("[store]", "url = \"sqlite:data/frontdesk.db\"");
    refused(&toml, "url", &["there is no folder", "data", "make it"]);
}

#[test]
fn a_faq_folder_that_is_not_there() {
    refused(&under("[faq]", "answer_from_percent = 101"), "answer_from_percent", &["cannot be 101", "from 0 to 100"]);
    refused(&under("[faq]", "suggest_from_percent = 60"), "suggest_from_percent", &["would never be made", "at most"]);
    refused(&under("[faq]", "dir = \"answers\""), "dir", &["there is no folder", "answers", "dir = \"faq\""]);
}

#[test]
fn a_faq_folder_that_is_a_file() {
    let desk = Desk::with(&under("[faq]", "dir = \"faq.md\""));
    desk.put("faq.md", "# Question\nanswer", 0o644);
    assert!(desk.told().contains("there is no folder"));
}

#[test]
fn a_city_instead_of_a_time_zone() {
    refused(&under("[time]", "zone = \"Berlin\""), "zone", &["is no time zone", "did you mean \"Europe/Berlin\"?"]);
}

#[test]
fn a_misspelled_time_zone() {
    for zone in ["Europe/Berln", "berln"] {
        refused(&under("[time]", &format!("zone = {zone:?}")), "zone", &["did you mean \"Europe/Berlin\"?"]);
    }
    refused(&under("[time]", "zone = \"New York\""), "zone", &["did you mean \"America/New_York\"?"]);
}

#[test]
fn a_time_zone_that_is_like_none() {
    refused(&under("[time]", "zone = \"+02:00\""), "zone", &["is no time zone", "IANA"]);
}

// [[queue]]

#[test]
fn no_queue() {
    let toml = instead("[[queue]]\nname = \"support\"\n", "");
    refused(&toml, "[xmpp]", &["there is no queue; write `[[queue]]` and under it `name = \"support\"`"]);
}

#[test]
fn a_queue_without_a_name() {
    refused(&instead("name = \"support\"\n", ""), "[[queue]]", &["this queue has no name", "name = \"support\""]);
}

#[test]
fn a_queue_with_a_name_that_nobody_can_type() {
    for name in ["", "  ", "two\\nlines", &"long".repeat(20)] {
        let toml = instead(SUPPORT, &format!("name = \"{name}\""));
        refused(&toml, "name =", &["cannot be a name", "write a name of 1 to 64 characters"]);
    }
}

#[test]
fn two_queues_of_one_name() {
    let toml = format!("{GOOD}\n[[queue]]\nname = \"Support\"\n");
    refused(&toml, "name = \"Support\"", &["already the name of the queue \"support\"", "write another name"]);
}

// [[operator]]

#[test]
fn an_operator_without_an_account() {
    let toml = instead(ALICE, "name = \"Alice\"");
    refused(&toml, "[[operator]]", &["this operator has no account", "jid = \"alice@example.org\""]);
}

#[test]
fn an_operator_with_a_resource() {
    let toml = instead("alice@example.org", "alice@example.org/phone");
    refused(&toml, "/phone", &["has a resource", "write \"alice@example.org\""]);
}

#[test]
fn an_operator_twice() {
    let toml = format!("{GOOD}\n[[operator]]\njid = \"Alice@Example.org\"\n");
    refused(&toml, "Alice@", &["alice@example.org is an operator already", "keep one"]);
}

#[test]
fn two_operators_of_one_name() {
    let toml = under(ALICE, "name = \"Al\"");
    let toml = format!("{toml}\n[[operator]]\njid = \"albert@example.org\"\nname = \"AL\"\n");
    refused(&toml, "AL", &["already the name of the operator \"Al\"", "write another name"]);
}

#[test]
fn an_operator_named_like_another_ones_local_part() {
    let toml = format!("{GOOD}\n[[operator]]\njid = \"bob@example.org\"\nname = \"Alice\"\n");
    refused(&toml, "\"Alice\"", &["already the local part of alice@example.org", "write another name"]);
}

#[test]
fn two_operators_of_one_local_part() {
    let toml = format!("{GOOD}\n[[operator]]\njid = \"alice@example.net\"\n");
    refused(&toml, "example.net", &["\"alice\" is already the local part of alice@example.org"]);
}

#[test]
fn an_operator_named_like_a_queue() {
    let toml = under(ALICE, "name = \"SUPPORT\"");
    refused(&toml, "SUPPORT", &["already the name of the queue \"support\"", "write another name"]);
}

#[test]
fn an_operator_with_a_blank_name() {
    refused(&under(ALICE, "name = \" \""), "name = \" \"", &["cannot be a name", "such as \"Alice\""]);
}

#[test]
fn an_operator_of_an_unknown_queue() {
    let toml = under(ALICE, "queues = [\"suport\"]");
    refused(&toml, "suport", &["there is no queue \"suport\"", "did you mean \"support\"?"]);
}

#[test]
fn an_operator_of_a_queue_that_is_like_none() {
    let toml = under(ALICE, "queues = [\"x\"]");
    refused(&toml, "queues", &["there is no queue \"x\"", "write one of `support`"]);
}

#[test]
fn an_operator_of_no_queue() {
    refused(&under(ALICE, "queues = []"), "queues", &["serves no queue", "write one of `support`"]);
}

#[test]
fn an_operator_without_room_for_a_chat() {
    refused(&under(ALICE, "chats_max = 0"), "chats_max", &["`chats_max` cannot be 0", "from 1 to 1000"]);
}

#[test]
fn a_tier_below_the_first() {
    refused(&under(ALICE, "tier = 0"), "tier", &["`tier` cannot be 0", "from 1 to 100"]);
}

#[test]
fn a_skill_that_is_none() {
    for skill in [" ", "two\\nlines", &"long".repeat(20)] {
        let toml = under(ALICE, &format!("skills = [\"{skill}\"]"));
        refused(&toml, "skills", &["cannot be a skill", "write 1 to 64 characters, such as \"billing\""]);
    }
}

#[test]
fn a_language_by_its_name() {
    let toml = under(ALICE, "languages = [\"German\"]");
    refused(&toml, "languages", &["\"German\" is no language tag", "\"de\""]);
}

#[test]
fn the_desk_as_its_own_operator() {
    let toml = instead("alice@example.org", "HELP@example.org").replace("support@", "help@");
    refused(&toml, "HELP", &["is the desk's own account", "write the operator's own account"]);
}

#[test]
fn a_room_as_an_operator() {
    refused(&instead("alice@example.org", "alice@rooms.example.org"), "alice@rooms", &["is a room, not a person"]);
}

#[test]
fn how_sure_the_faq_must_be() {
    let sureness = |answer_from_percent, suggest_from_percent| Sureness { answer_from_percent, suggest_from_percent };
    assert_eq!(accepted(GOOD).faq_sureness, sureness(50, 15));
    assert_eq!(accepted(&under("[faq]", "answer_from_percent = 10")).faq_sureness, sureness(10, 10));
    let both = "answer_from_percent = 80\nsuggest_from_percent = 0";
    assert_eq!(accepted(&under("[faq]", both)).faq_sureness, sureness(80, 0));
}

// How long, and in which files else.

#[test]
fn words_are_kept_for_half_a_year_unless_told_otherwise() {
    const DAY: Duration = Duration::from_secs(86_400);
    assert_eq!((accepted(GOOD).retention, accepted(GOOD).log_dir), (180 * DAY, None));
    let config = accepted(&under("[store]", "retention_days = 7\nlog_dir = \"logs\""));
    assert_eq!((config.retention, config.log_dir), (7 * DAY, Some(config.file.with_file_name("logs"))));
}

#[test]
fn a_retention_that_is_no_number_of_days() {
    for (value, words) in [("0", "cannot be 0"), ("-1", "cannot be -1"), ("99999", "from 1 to 36500")] {
        refused(&under("[store]", &format!("retention_days = {value}")), "retention_days", &[words]);
    }
    refused(&under("[store]", "retention_days = \"for ever\""), "retention_days", &["cannot be of type string"]);
}

#[test]
fn a_log_folder_that_cannot_be_made() {
    refused(
        &under("[store]", "log_dir = \"no/such/logs\""),
        "log_dir",
        &["there is no folder in which", "make its parent"],
    );
    refused(&under("[store]", "log_dir = \"\""), "log_dir", &["cannot be a folder", "\"logs\""]);
    refused(&under("[store]", "log_dir = \"frontdesk.toml\""), "log_dir", &["cannot be a folder"]);
}

// The password.

fn sources(file: Option<PathBuf>) -> PasswordSources {
    PasswordSources { credentials_directory: None, environment: None, file }
}

#[test]
fn the_password_comes_from_a_protected_file_without_its_newline() {
    let desk = Desk::with(GOOD);
    for content in ["pass word", "pass word\n", "pass word\r\n"] {
        let file = desk.put("secret", content, 0o600);
        assert_eq!(sources(Some(file)).read().unwrap().expose(), "pass word");
    }
}

#[test]
fn a_password_file_that_others_can_read_is_refused() {
    let desk = Desk::with(GOOD);
    for mode in [0o640, 0o604, 0o644, 0o660] {
        let file = desk.put("secret", "hunter2", mode);
        let told = sources(Some(file.clone())).read().unwrap_err().to_string();
        assert!(told.contains("can be read by others"), "{told}");
        assert!(told.contains(&format!("chmod 600 {}", file.display())), "{told}");
        assert!(!told.contains("hunter2"), "I7");
    }
}

#[test]
fn a_password_file_that_cannot_hold_a_password() {
    let desk = Desk::with(GOOD);
    let told = |content: &[u8]| sources(Some(desk.put("secret", content, 0o600))).read().unwrap_err().to_string();
    assert!(told(b"").contains("is empty"));
    assert!(told(b"\n").contains("is empty"));
    assert!(told(b"one\ntwo\n").contains("one line of UTF-8"));
    assert!(told(b"\xff\xfe").contains("one line of UTF-8"));
    assert!(told(&b"x".repeat(10_000)).contains("at most 4096 bytes"));
    let told = sources(Some(desk.folder.path().join("nothing"))).read().unwrap_err().to_string();
    assert!(told.contains("cannot be read") && told.contains("make it a readable file"), "{told}");
    assert!(sources(Some(desk.folder.path().to_owned())).read().is_err(), "a folder is no file");
}

#[test]
fn no_password_anywhere() {
    let told = sources(None).read().unwrap_err().to_string();
    for words in ["password_file = \"secret\"", "chmod 600", "FRONTDESK_XMPP_PASSWORD", "xmpp_password"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn the_credential_goes_before_the_environment_and_that_before_the_file() {
    let desk = Desk::with(GOOD);
    let mut all = sources(Some(desk.put("secret", "from the file", 0o600)));
    assert_eq!(all.read().unwrap().expose(), "from the file");
    all.environment = Some(OsString::from("from the environment"));
    assert_eq!(all.read().unwrap().expose(), "from the environment");
    assert_eq!(all.origin(), Some(PasswordOrigin::Environment));
    all.credentials_directory = Some(desk.folder.path().to_owned());
    assert_eq!(all.read().unwrap().expose(), "from the environment", "a directory without the credential");
    desk.put("xmpp_password", "from systemd\n", 0o440);
    assert_eq!(all.read().unwrap().expose(), "from systemd");
    all.environment = Some(OsString::new());
    all.credentials_directory = None;
    assert!(all.read().unwrap_err().to_string().contains("FRONTDESK_XMPP_PASSWORD is empty"));
}

#[test]
fn a_secret_does_not_show() {
    let secret = Secret::new("hunter2".to_owned());
    assert!(!format!("{secret:?} {secret}").contains("hunter2"));
}

// The README.

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_example_of_the_readme_is_accepted() {
    let readme = readme();
    let (_, after) = readme.split_once("<!-- example: frontdesk.toml -->\n```toml\n").expect("the marked example");
    let (example, _) = after.split_once("\n```").unwrap();
    let desk = Desk::with(example);
    fs::create_dir(desk.folder.path().join("faq")).unwrap();
    let config = desk.load().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.operators.len(), 3, "two operators and a supervisor");
}

#[test]
fn the_readme_explains_every_key() {
    let readme = readme();
    for (table, key) in documented_keys() {
        assert!(readme.contains(&format!("| `{table}.{key}` |")), "README.md has no row for `{table}.{key}`");
    }
}
