//! Whether guests of the window could come in.

use std::io;

use crate::config::Config;
use crate::exit::Exit;
use crate::web::{Site, Unusable, try_out};

use super::super::advice::Software;
use super::super::report::{Finding, Report};

/// Begins a stream for guests where `[web] upstream` says, as the door would.
pub(super) async fn look(config: &Config, software: Software, report: &mut Report<'_>) -> io::Result<()> {
    let Some(site) = Site::of(config, false) else { return Ok(()) };
    let (upstream, domain) = (site.web.upstream.to_string(), site.domain.clone());
    report.begin(&format!("knocking at {upstream} …"));
    let tried = Box::pin(try_out(site)).await;
    report.tell(&match tried {
        Ok(()) => Finding::good(format!("window: guests can log in to {domain} through {upstream}")),
        Err(unusable) => {
            let what_to_do = advice(&unusable, &upstream, &domain, software);
            Finding::bad(Exit::Unavailable, format!("window: `web.upstream` {upstream}: {unusable}; {what_to_do}"))
        }
    })
}

fn advice(unusable: &Unusable, upstream: &str, domain: &str, software: Software) -> String {
    match unusable {
        Unusable::Unreachable(_) => software.websocket(upstream),
        Unusable::Refused(_) => software.guests(domain),
        Unusable::NoAnonymous { no_way: true } => format!("{}; {}", software.safe_websocket(), software.guests(domain)),
        Unusable::NoAnonymous { no_way: false } => software.guests(domain),
    }
}
