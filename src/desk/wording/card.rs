//! The case card: what operators are told of a guest with the offer. In English, as everything for a team.
//!
//! Nearly all of it is somebody else's words. Each stands on a line of its own behind `> `, on one line, with nothing that
//! turns or hides what stands around it, so that it looks like what it is: a quotation.

use super::{QUOTE_MAX, plain};
use crate::desk::facts::{Facts, GuestFacts, Trusted, Value};
use crate::desk::token::Worthless;

/// So many facts of one source are shown; the rest is in the export.
const FACTS_MAX: usize = 12;

/// All that is known of a guest, in lines: what was proved, then what they only said. Nothing where nothing is.
pub fn case(facts: &GuestFacts, trusted: Option<&Trusted>) -> String {
    let mut card = String::new();
    if let Some(trusted) = trusted {
        card.push_str("Proved by a signed token:\n");
        card.push_str(&fact("id", &Value::from(trusted.id.as_str())));
        card.push_str(&several(&trusted.claims));
    }
    card.push_str(&known(facts));
    if facts.returning {
        card.push_str("They were served before.\n");
    }
    if !facts.said.is_empty() {
        card.push_str("They say, and nobody vouches for it:\n");
        card.push_str(&several(&facts.said));
    }
    card
}

/// What CRMs know, and which of them said nothing of use.
fn known(facts: &GuestFacts) -> String {
    let mut lines = match (facts.crm.is_empty(), facts.crm_by_said) {
        (true, _) => String::new(),
        (false, false) => "Customer data:\n".to_owned(),
        (false, true) => "Customer data, looked up by what they say (nobody vouches for that):\n".to_owned(),
    };
    lines.push_str(&several(&facts.crm));
    if !facts.crm_failed.is_empty() {
        lines.push_str(&format!("Customer data was not available: {}.\n", facts.crm_failed.join(", ")));
    }
    lines
}

/// What a source says, a fact a line.
pub(super) fn several(facts: &Facts) -> String {
    let mut lines: String = facts.iter().take(FACTS_MAX).map(|(name, value)| fact(name, value)).collect();
    let more = facts.iter().count().saturating_sub(FACTS_MAX);
    if more > 0 {
        lines.push_str(&format!("> … {more} more\n"));
    }
    lines
}

fn fact(name: &str, value: &Value) -> String {
    format!("> {}: {}\n", plain(name, QUOTE_MAX), plain(&shown(value), QUOTE_MAX))
}

/// As people write it; lists and maps as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.get().to_string(),
        Value::Text(text) => text.clone(),
        Value::List(_) | Value::Map(_) => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// A token proves nothing, and why.
pub fn token_refused(why: Worthless) -> String {
    let why = match why {
        Worthless::NoKey => "there is no [token] in the configuration to verify it with",
        Worthless::Malformed => "it is none, or is too long",
        Worthless::Algorithm => "it is not signed in the way that the configuration says",
        Worthless::Signature => "it is not signed with the key of the configuration",
        Worthless::Audience => "it was made for somebody else",
        Worthless::Expired => "it has expired",
        Worthless::NotYet => "its time has not come",
        Worthless::LongLived => "it does not end soon enough",
        Worthless::Nameless => "it does not say whom it is about (`sub`), or has no id (`jti`)",
        Worthless::TooMuch => "it says more than is kept",
        Worthless::Used => "it was used in another chat",
        Worthless::TooMany => "too many tokens are in use to remember it",
    };
    format!("The guest brought a signed token that proves nothing: {why}.")
}
