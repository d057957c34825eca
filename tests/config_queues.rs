//! What a queue may say of itself, and a test for each mistake in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/configuration.rs"]
mod configuration;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveDate;
use configuration::{ALICE, Desk, GOOD, SUPPORT, accepted, refused, under};
use frontdesk::desk::settings::{OperatorSettings, QueueSettings, StrategyName};

/// The queue "support" with these lines.
fn queue(lines: &str) -> QueueSettings {
    accepted(&under(SUPPORT, lines)).queues.remove(0)
}

/// With a second queue, `sales`, and these lines in each.
fn two_queues(support: &str, sales: &str) -> String {
    format!("{}\n[[queue]]\nname = \"sales\"\n{sales}\n", under(SUPPORT, support))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

// Strategies

#[test]
fn every_strategy_is_accepted() {
    use StrategyName::{Broadcast, FewestChats, LongestIdle, RoundRobin, Tiers};
    for (name, strategy) in [
        ("round-robin", RoundRobin),
        ("longest-idle", LongestIdle),
        ("fewest-chats", FewestChats),
        ("tiers", Tiers),
        ("broadcast", Broadcast),
    ] {
        assert_eq!(queue(&format!("strategy = {name:?}")).strategy, strategy);
        assert_eq!(strategy.name(), name);
    }
}

#[test]
fn an_unknown_strategy() {
    let all = "\"round-robin\", \"longest-idle\", \"fewest-chats\", \"tiers\", \"broadcast\"";
    let words = ["there is no strategy \"x\"", &format!("write one of {all}")];
    refused(&under(SUPPORT, "strategy = \"x\""), "strategy", &words);
    for (wrong, near) in [("round_robin", "round-robin"), ("Longest Idle", "longest-idle"), ("tier", "tiers")] {
        let words = [&format!("there is no strategy {wrong:?}"), &format!("did you mean {near:?}? There are {all}")];
        refused(&under(SUPPORT, &format!("strategy = {wrong:?}")), "strategy", &words.map(String::as_str));
    }
}

// Numbers

#[test]
fn numbers_within_their_bounds() {
    let given = queue(
        "chat_weight = 3\npriority = -1000\nescalate_seconds = 1\nmessage_seconds = 86400\nmissed_offers_max = 0\n\
         prefer_last_operator = true\nwrap_up_seconds = 10",
    );
    assert_eq!((given.chat_weight, given.priority, given.missed_offers_max), (3, -1_000, 0));
    assert_eq!((given.escalate, given.message), (Duration::from_secs(1), Duration::from_secs(86_400)));
    assert_eq!((given.prefer_last_operator, given.wrap_up), (true, Duration::from_secs(10)));
}

#[test]
fn numbers_outside_of_their_bounds() {
    for (key, value, bounds) in [
        ("offer_seconds", 0, "from 1 to 3600"),
        ("offer_seconds", 3_601, "from 1 to 3600"),
        ("first_reply_seconds", 0, "from 1 to 86400"),
        ("tier_seconds", -1, "from 1 to 86400"),
        ("wrap_up_seconds", -1, "from 0 to 86400"),
        ("chat_weight", 0, "from 1 to 100"),
        ("chat_weight", 101, "from 1 to 100"),
        ("priority", -1_001, "from -1000 to 1000"),
        ("priority", 1_001, "from -1000 to 1000"),
        ("escalate_seconds", 0, "from 1 to 86400"),
        ("message_seconds", 86_401, "from 1 to 86400"),
        ("missed_offers_max", -1, "from 0 to 100"),
        ("missed_offers_max", 101, "from 0 to 100"),
    ] {
        let told = format!("`{key}` cannot be {value}");
        refused(&under(SUPPORT, &format!("{key} = {value}")), key, &[&told, bounds]);
    }
}

#[test]
fn a_preference_in_quotes() {
    let words = ["`prefer_last_operator` cannot be of type string", "`prefer_last_operator = true`"];
    refused(&under(SUPPORT, "prefer_last_operator = \"yes\""), "prefer_last", &words);
}

#[test]
fn a_chat_that_nobody_has_room_for() {
    let toml = under(SUPPORT, "chat_weight = 4");
    refused(&toml, "chat_weight", &["no operator of this queue has 4 places", "write at most 3", "larger `chats_max`"]);
    accepted(&toml.replace(ALICE, &format!("{ALICE}\nchats_max = 4")));
    accepted(&two_queues("", "chat_weight = 100"));
}

// Supervisors

#[test]
fn a_supervisor_who_is_no_operator_becomes_one_of_no_queue() {
    let config = accepted(&two_queues(
        "supervisors = [\"Boss@example.org\", \"boss@example.org\"]",
        "supervisors = [\"boss@example.org\", \"deputy@example.net\"]",
    ));
    let supervisor = |jid: &str, name: &str| OperatorSettings {
        jid: jid.parse().unwrap(),
        name: name.into(),
        queues: Vec::new(),
        chats_max: 3,
        tier: 1,
        skills: BTreeSet::new(),
        languages: Vec::new(),
        supervisor_only: true,
    };
    let (boss, deputy) = (supervisor("boss@example.org", "boss"), supervisor("deputy@example.net", "deputy"));
    assert_eq!(config.queues[0].supervisors, std::slice::from_ref(&boss.jid));
    assert_eq!(config.queues[1].supervisors, [boss.jid.clone(), deputy.jid.clone()]);
    assert_eq!(&*config.operators[0].name, "alice");
    assert_eq!(config.operators[1..], [boss, deputy]);
}

#[test]
fn a_supervisor_who_is_an_operator_stays_as_they_are() {
    let config = accepted(&under(SUPPORT, "supervisors = [\"alice@example.org\"]"));
    assert_eq!(config.operators.len(), 1);
    assert_eq!(config.operators[0].queues, [config.queues[0].name.clone()]);
    assert!(!config.operators[0].supervisor_only);
}

#[test]
fn a_supervisor_with_a_resource_or_without_an_account() {
    let toml = under(SUPPORT, "supervisors = [\"boss@example.org/phone\"]");
    refused(&toml, "supervisors", &["has a resource", "write \"boss@example.org\""]);
    refused(&under(SUPPORT, "supervisors = [\"example.org\"]"), "supervisors", &["is a server, not an account"]);
    refused(&under(SUPPORT, "supervisors = \"boss@example.org\""), "supervisors", &["`supervisors = [\"boss@"]);
}

#[test]
fn a_supervisor_called_like_somebody_else() {
    let advice = "write an `[[operator]]` for this supervisor, with another `name`";
    for (jid, owner) in [
        ("Alice@example.net", "the local part of alice@example.org"),
        ("support@example.net", "the name of the queue \"support\""),
    ] {
        let toml = under(SUPPORT, &format!("supervisors = [{jid:?}]"));
        refused(&toml, "supervisors", &[&format!("is already {owner}"), advice]);
    }
    let toml = under(SUPPORT, "supervisors = [\"boss@example.org\",\n\"boss@example.net\"]");
    refused(&toml, "boss@example.net", &["\"boss\" is already the local part of boss@example.org", advice]);
}

#[test]
fn the_desk_or_a_room_as_a_supervisor() {
    let toml = under(SUPPORT, "supervisors = [\"desk@example.org\"]").replace("\"support@", "\"desk@");
    refused(&toml, "supervisors", &["is the desk's own account", "write the supervisor's own account"]);
    let toml = under(SUPPORT, "supervisors = [\"boss@rooms.example.org\"]");
    refused(&toml, "supervisors", &["is a room, not a person", "write the supervisor's own account"]);
}

// Hours and holidays

#[test]
fn opening_hours_as_they_are_written_on_doors() {
    for hours in ["Mo-Fr 09:00-17:00; Sa 10:00-14:00", "24/7", "Mo-Fr 08:00-12:00,13:00-17:00", "Mo-Su 22:00-06:00"] {
        assert_eq!(queue(&format!("hours = {hours:?}")).hours.unwrap().to_string(), hours);
    }
}

#[test]
fn rules_that_never_change_are_followed_for_a_year_only() {
    let monday = "2026-11-30T09:00:00Z".parse().unwrap();
    for hours in ["Mo-Su 00:00-24:00", "00:00-12:00,12:00-24:00", "2020 Mo-Fr 09:00-17:00"] {
        let hours = queue(&format!("hours = {hours:?}")).hours.unwrap();
        assert_eq!(hours.next_change(monday, chrono_tz::Europe::Berlin), None, "{hours}");
    }
    let hours = queue("hours = \"Mo-Fr 09:00-17:00\"").hours.unwrap();
    let five = Some("2026-11-30T16:00:00Z".parse().unwrap());
    assert_eq!(hours.next_change(monday, chrono_tz::Europe::Berlin), five);
}

#[test]
fn opening_hours_that_nobody_understands() {
    for (hours, words) in [
        ("9am-5pm", "\"9am-5pm\" are no opening hours: \"9am-5pm\" cannot be understood"),
        ("Mo-Fr 9am-5pm", "are no opening hours: \"9am-5pm\" cannot be understood"),
        ("Montag 09:00-12:00", "are no opening hours: \"ntag 09:00-12:00\" cannot be understood"),
        ("week 10-5 Mo 09:00-10:00", "are no opening hours: Inverted week ranges"),
        (";", "are no opening hours"),
    ] {
        let toml = under(SUPPORT, &format!("hours = {hours:?}"));
        refused(&toml, "hours", &[words, "write for instance `hours = \"Mo-Fr 09:00-17:00; Sa 10:00-14:00\"`"]);
    }
}

#[test]
fn opening_hours_without_any_hours() {
    for hours in ["", " ", "   "] {
        let toml = under(SUPPORT, &format!("hours = {hours:?}"));
        refused(&toml, "hours", &["`hours` is empty; remove it, or write for instance `hours = \"Mo-Fr "]);
    }
}

#[test]
fn opening_hours_that_a_desk_cannot_know() {
    for (hours, what, advice) in [
        ("Mo-Fr 09:00-17:00; PH off", "public or school holidays", "`holidays = [\"2026-12-25\"]`"),
        ("SH 09:00-12:00", "public or school holidays", "write the days under `holidays`"),
        ("Mo-Fr sunrise-sunset", "goes by the sun", "write times of the clock"),
        ("Mo-Fr (Dusk-01:00)-22:00", "goes by the sun", "write times of the clock"),
        ("Mo-Fr 09:00-17:00 unknown", "says `unknown`", "write `open` or `off`"),
        ("\\\"by appointment\\\"", "has a comment", "write it after a `#`"),
    ] {
        refused(&under(SUPPORT, &format!("hours = \"{hours}\"")), "hours", &[what, advice]);
    }
}

#[test]
fn holidays_are_strings_or_dates() {
    let given = queue("holidays = [\"2026-12-25\", 2027-01-01, 2026-12-25]").holidays;
    assert_eq!(given, BTreeSet::from([day("2026-12-25"), day("2027-01-01")]));
}

#[test]
fn holidays_that_are_no_days() {
    for (holiday, shown) in [
        ("\"25.12.2026\"", "\"25.12.2026\""),
        ("\"2026-02-30\"", "\"2026-02-30\""),
        ("\"2026-12-25 \"", "\"2026-12-25 \""),
        ("\"12-25\"", "\"12-25\""),
        ("\"\"", "\"\""),
        ("2026-12-25T00:00:00Z", "\"2026-12-25T00:00:00Z\""),
        ("10:00:00", "\"10:00:00\""),
    ] {
        let words = [&format!("{shown} is no day"), "write year, month and day, such as \"2026-12-25\""];
        refused(&under(SUPPORT, &format!("holidays = [{holiday}]")), "holidays", &words);
    }
    let words = ["`holidays` holds something of the wrong type", "write for instance `holidays = [\"2026-12-25\"]`"];
    refused(&under(SUPPORT, "holidays = [20261225]"), "holidays", &words);
    let words = ["`holidays` cannot be of type string", "write for instance `holidays = [\"2026-12-25\"]`"];
    refused(&under(SUPPORT, "holidays = \"2026-12-25\""), "holidays", &words);
}

// Skills

#[test]
fn skills_are_compared_without_regard_to_case() {
    let skills: Vec<String> = queue("skills = [\" Billing\", \"billing\", \"TAX\"]").skills.into_iter().collect();
    assert_eq!(skills, ["billing", "tax"]);
}

#[test]
fn a_blank_skill() {
    let words = ["\"\" cannot be a skill", "write 1 to 64 characters, such as \"billing\""];
    refused(&under(SUPPORT, "skills = [\"\"]"), "skills", &words);
}

// Overflow

#[test]
fn chats_go_to_another_queue_after_a_while_or_beyond_a_number() {
    let overflow = |lines: &str| accepted(&two_queues(lines, "")).queues[0].overflow.clone().unwrap();
    let both = overflow("overflow_to = \"sales\"\noverflow_seconds = 90\noverflow_chats = 5");
    assert_eq!(&*both.to.0, "sales");
    assert_eq!((both.after, both.beyond), (Some(Duration::from_secs(90)), Some(5)));
    let late = overflow("overflow_to = \"sales\"\noverflow_seconds = 90");
    assert_eq!((late.after, late.beyond), (Some(Duration::from_secs(90)), None));
    let long = overflow("overflow_to = \"sales\"\noverflow_chats = 5");
    assert_eq!((long.after, long.beyond), (None, Some(5)));
}

#[test]
fn an_overflow_without_a_when() {
    let words = ["`overflow_to` does not say when", "`overflow_seconds = 120`", "`overflow_chats = 5`"];
    refused(&two_queues("overflow_to = \"sales\"", ""), "overflow_to", &words);
}

#[test]
fn an_overflow_without_a_where() {
    for key in ["overflow_seconds", "overflow_chats"] {
        let words = [&format!("`{key}` does not say where to"), "`overflow_to = \"other\"`"];
        refused(&under(SUPPORT, &format!("{key} = 9")), key, &words);
    }
}

#[test]
fn an_overflow_out_of_bounds() {
    for (key, bounds) in [("overflow_seconds", "from 1 to 86400"), ("overflow_chats", "from 1 to 100000")] {
        let toml = two_queues(&format!("overflow_to = \"sales\"\n{key} = 0"), "");
        refused(&toml, key, &[&format!("`{key}` cannot be 0"), bounds]);
    }
}

#[test]
fn an_overflow_to_nowhere_or_to_itself() {
    let toml = two_queues("overflow_to = \"sale\"\noverflow_chats = 5", "");
    refused(&toml, "overflow_to", &["there is no queue \"sale\"", "did you mean \"sales\"?"]);
    let toml = under(SUPPORT, "overflow_to = \"support\"\noverflow_chats = 5");
    refused(&toml, "overflow_to", &["the queue \"support\" overflows to itself", "write another queue's name"]);
}

#[test]
fn an_overflow_in_a_circle_is_told_once() {
    let to = |name: &str| format!("overflow_to = {name:?}\noverflow_chats = 5");
    let toml = two_queues(&to("sales"), &to("third"));
    let toml = format!("{toml}\n[[queue]]\nname = \"third\"\n{}\n", to("sales"));
    let toml = format!("{toml}\n[[queue]]\nname = \"fourth\"\n{}\n", to("third"));
    let words = ["in a circle: sales → third → sales", "remove `overflow_to` from one of these queues"];
    refused(&toml, "overflow_to = \"third\"", &words);
    accepted(
        &toml
            .replace("overflow_to = \"sales\"", "overflow_to = \"fifth\"")
            .replace("[[operator]]", "[[queue]]\nname = \"fifth\"\n\n[[operator]]"),
    );
}

#[test]
fn a_queue_that_cannot_be_read_is_not_called_unknown() {
    let toml = two_queues("overflow_to = \"sales\"\noverflow_chats = 5", "priority = \"high\"");
    let errors = Desk::with(&toml).load().unwrap_err();
    assert_eq!(errors.mistakes.len(), 1, "{errors}");
    assert_eq!(accepted(GOOD).queues.len(), 1);
}
