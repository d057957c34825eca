//! What the log shows: our own words, on standard error.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

/// The variable that says how much to log.
const LEVEL_VARIABLE: &str = "FRONTDESK_LOG";

/// Begins to log. Only what frontdesk itself says is shown, at any level: the XMPP library logs whole stanzas, which
/// are people's words (I7).
pub(super) fn to_standard_error() {
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(super::output::is_styled(&io::stderr()))
        // Where standard error is closed, complaining about it there would end the thread.
        .log_internal_errors(false);
    let ours = Targets::new().with_target("frontdesk", level());
    // There is a log already where a test has begun one.
    drop(registry().with(lines).with(ours).try_init());
}

fn level() -> LevelFilter {
    std::env::var(LEVEL_VARIABLE).ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO)
}
