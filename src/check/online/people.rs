//! Guests' domains and operators' subscriptions.

use std::io;

use crate::check::report::{Finding, Report};
use crate::config::Config;
use crate::desk::event::Condition;
use crate::desk::settings::OperatorSettings;
use crate::exit::Exit;
use crate::xmpp::{Contact, Survey, Unanswered};

use super::unanswered;

/// Whether the domains of `rooms.guests` are there.
pub(super) async fn guests(config: &Config, survey: &mut Survey, report: &mut Report<'_>) -> io::Result<()> {
    if config.rooms.guests.is_empty() {
        return report.tell(&Finding::good("guests: may come from anywhere"));
    }
    for domain in &config.rooms.guests {
        report.begin(&format!("asking {domain} whether it is there …"));
        let answer = survey.describe(domain).await.map(drop);
        report.tell(&guests_of(domain, &answer))?;
    }
    Ok(())
}

/// A domain that refuses to describe itself is there all the same. A Prosody that speaks to no other server says
/// not-allowed of every domain that is not its own.
fn guests_of(domain: &str, answer: &Result<(), Unanswered>) -> Finding {
    match answer {
        Ok(()) => Finding::good(format!("guests: {domain} is there")),
        Err(Unanswered::Refused(condition @ (Condition::RemoteServerNotFound | Condition::NotAllowed))) => {
            let words = format!(
                "guests: {domain} is not there ({condition:?}); correct `guests` under [rooms], or make that domain at \
                 the server, with anonymous logins"
            );
            Finding::bad(Exit::Config, words)
        }
        Err(why @ Unanswered::Refused(Condition::RemoteServerTimeout)) => unanswered(&format!("guests: {domain}"), why),
        Err(Unanswered::Refused(_)) => Finding::good(format!("guests: {domain} is there")),
        Err(why) => unanswered(&format!("guests: {domain}"), why),
    }
}

/// Whether the desk sees when its operators are there.
pub(super) async fn operators(config: &Config, survey: &mut Survey, report: &mut Report<'_>) -> io::Result<()> {
    if config.operators.is_empty() {
        return Ok(());
    }
    report.begin("reading the roster …");
    match survey.contacts().await {
        Ok(contacts) => report.tell_all(subscriptions(config, &contacts)),
        Err(why) => report.tell(&unanswered("operators: the roster", &why)),
    }
}

fn subscriptions(config: &Config, contacts: &[Contact]) -> Vec<Finding> {
    let contact = |operator: &OperatorSettings| contacts.iter().find(|contact| contact.jid == operator.jid);
    let is_seen = |operator: &&OperatorSettings| contact(operator).is_some_and(|contact| contact.seen);
    let (seen, unseen): (Vec<_>, Vec<_>) = config.operators.iter().partition(is_seen);
    let names: Vec<&str> = seen.iter().map(|operator| &*operator.name).collect();
    let all_seen = (!names.is_empty())
        .then(|| Finding::good(format!("operators: the desk sees when they are there: {}", names.join(", "))));
    let unseen = unseen.into_iter().map(|operator| not_seen(config, operator, contact(operator)));
    all_seen.into_iter().chain(unseen).collect()
}

fn not_seen(config: &Config, operator: &OperatorSettings, contact: Option<&Contact>) -> Finding {
    let OperatorSettings { name, jid, .. } = operator;
    let account = &config.xmpp.jid;
    let asked = contact.is_some_and(|contact| contact.asked);
    let advice = if asked {
        format!("accept the request of {account} in {name}'s client")
    } else {
        format!("start the desk, which asks for it, and accept the request of {account} in {name}'s client")
    };
    let (who, consequence) = if operator.supervisor_only {
        ("supervisor", "asks them for nothing")
    } else {
        ("operator", "offers them no chats")
    };
    Finding::doubtful(format!("{who} {name}: the desk does not see when {jid} is there, so it {consequence}; {advice}"))
}
