//! What only the server can tell: beside a desk that may be running, which it does not disturb.

mod people;
mod rooms;
mod window;

use std::io;

use crate::config::{Config, Tls};
use crate::daemon;
use crate::exit::Exit;
use crate::xmpp::{Login, LoginError, OwnArchive, Survey, SurveyFailure, Unanswered};

use super::advice::Software;
use super::crm;
use super::report::{Finding, Report};

/// Looks at the server, if there is a password to log in with.
pub(super) fn look(config: &Config, report: &mut Report<'_>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        crm::ask(config, report).await?;
        // A password that cannot be read has been told before.
        let Ok(account) = daemon::account(config) else { return Ok(()) };
        report.begin(&format!("logging in as {} …", config.xmpp.jid));
        match Box::pin(Survey::begin(account)).await {
            Ok(survey) => Box::pin(ask_about_everything(config, survey, report)).await,
            Err(failure) => report.tell(&not_logged_in(&failure)),
        }
    })
}

async fn ask_about_everything(config: &Config, mut survey: Survey, report: &mut Report<'_>) -> io::Result<()> {
    report.tell(&logged_in(config, survey.login()))?;
    let software = software(config, &mut survey, report).await?;
    report.tell(&resumption(survey.login(), software))?;
    report.tell(&own_archive(&mut survey, software).await)?;
    for service in &config.rooms.services {
        rooms::look(config, service, software, &mut survey, report).await?;
    }
    report.tell_all(rooms::limit(config, software))?;
    people::guests(config, &mut survey, report).await?;
    people::operators(config, &mut survey, report).await?;
    window::look(config, software, report).await?;
    report.begin("logging out …");
    survey.end().await;
    report.begin("");
    Ok(())
}

fn logged_in(config: &Config, login: &Login) -> Finding {
    let protected = match (login.tls, config.xmpp.tls) {
        (Some(version), Tls::Direct) => format!("direct {version}"),
        (Some(version), _) => version.to_owned(),
        (None, _) => "no TLS, on loopback".to_owned(),
    };
    Finding::good(format!("login: {}, {}, {protected}", config.xmpp.jid, login.mechanism))
}

fn not_logged_in(failure: &SurveyFailure) -> Finding {
    let exit = match failure {
        SurveyFailure::Account(_) => Exit::Config,
        SurveyFailure::Login(LoginError::Refused(_)) => Exit::Denied,
        SurveyFailure::Login(LoginError::Exposed(_) | LoginError::NoTls | LoginError::Certificate { .. }) => {
            Exit::Config
        }
        SurveyFailure::Login(_) => Exit::Unavailable,
    };
    Finding::bad(exit, format!("login: {failure}"))
}

/// What the server calls itself: by its identity, which every server has, and by its version, which some hide.
async fn software(config: &Config, survey: &mut Survey, report: &mut Report<'_>) -> io::Result<Software> {
    let domain = config.xmpp.jid.domain().as_str();
    report.begin(&format!("asking {domain} who it is …"));
    let identity = survey.describe(domain).await.unwrap_or_default();
    let version = survey.software(domain).await.unwrap_or_default();
    let name = if version.is_empty() { identity.name.clone() } else { version };
    let software = match Software::of(&identity) {
        Software::Other => Software::called(&name),
        known => known,
    };
    let words = if name.is_empty() { "it does not say what it is".to_owned() } else { name };
    report.tell(&Finding::good(format!("server: {words}")))?;
    Ok(software)
}

fn resumption(login: &Login, software: Software) -> Finding {
    if login.resumable {
        return Finding::good("connection: a short loss of the line loses nothing (XEP-0198)");
    }
    let advice = software.resumption();
    Finding::doubtful(format!(
        "connection: a short loss of the line throws the desk out of its rooms (no XEP-0198); {advice}"
    ))
}

/// Without it direct messages are lost that a desk had read, and not yet written when it was killed.
async fn own_archive(survey: &mut Survey, software: Software) -> Finding {
    let missing = match survey.own_archive().await {
        Ok(OwnArchive::Everything) => {
            return Finding::good(
                "direct messages: the account has an archive, so a killed desk loses none (XEP-0313)",
            );
        }
        Ok(OwnArchive::Contacts) => "the account's archive keeps only what contacts write".to_owned(),
        Ok(OwnArchive::Nothing) => "the account's archive is told to keep nothing".to_owned(),
        Ok(OwnArchive::Missing) => "the account has no archive (XEP-0313)".to_owned(),
        Err(why) => return unanswered("the account's archive", &why),
    };
    Finding::doubtful(format!(
        "direct messages: {missing}, so those are lost that a desk has just read when it is killed; {}",
        software.own_archive()
    ))
}

/// What to say of a question without an answer, where one was due.
fn unanswered(what: &str, why: &Unanswered) -> Finding {
    Finding::bad(Exit::Unavailable, format!("{what}: {why}"))
}
