//! Whether the CRMs can be asked.

use std::io;

use super::report::{Finding, Report};
use crate::config::{Config, CrmPlace, CrmSource};
use crate::crm::Source;
use crate::daemon;
use crate::exit::Exit;

/// What can be seen without asking anybody: files, queries, tokens.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    config.crms.iter().flat_map(of_one).collect()
}

fn of_one(crm: &CrmSource) -> Vec<Finding> {
    let name = &crm.settings.name;
    let mut findings = vec![match daemon::crm_source(crm).look() {
        Ok(words) => Finding::good(format!("CRM {name}: {words}")),
        Err(error) => Finding::bad(Exit::Config, error.to_string()),
    }];
    if let Err(error) = crm.token() {
        findings.push(Finding::bad(Exit::Config, format!("CRM {name}: {error}")));
    }
    if !crm.settings.vouched() {
        let words = format!(
            "CRM {name}: it is asked by what guests say of themselves, so anybody can be taken for any customer; let rules \
             look at `guest.crm_by_said`"
        );
        findings.push(Finding::doubtful(words));
    }
    findings
}

/// Asks those that answer over HTTP about somebody whom nobody knows.
pub(super) async fn ask(config: &Config, report: &mut Report<'_>) -> io::Result<()> {
    for crm in config.crms.iter().filter(|crm| matches!(crm.place, CrmPlace::Http(_))) {
        let name = &crm.settings.name;
        // A token that cannot be read has been told before.
        let Ok(token) = crm.token() else { continue };
        report.begin(&format!("asking the CRM {name} …"));
        let source: Source = daemon::crm_source(crm);
        report.tell(&match Box::pin(source.try_out(token)).await {
            Ok(()) => Finding::good(format!("CRM {name}: it answers")),
            Err(trouble) => Finding::bad(Exit::Unavailable, format!("CRM {name}: {trouble}")),
        })?;
    }
    Ok(())
}
