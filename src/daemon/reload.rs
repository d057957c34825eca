//! SIGHUP: the configuration and the FAQ are read again, all or nothing.

use crate::config::Config;
use crate::desk::event::Event;
use crate::faq::{Faq, FaqProblem};

use super::report;

/// The FAQ as the configuration says; an empty one where it names none.
pub(super) fn faq(config: &Config) -> (Faq, Vec<FaqProblem>) {
    match &config.faq_dir {
        Some(folder) => Faq::load(folder),
        None => (Faq::of(Vec::new()), Vec::new()),
    }
}

/// Takes over what the files say now, if all of it can be used; otherwise everything stays as it is.
pub(super) fn settings(config: &mut Config, entries: &mut Faq) -> Option<Event> {
    fault!("daemon.reload" => {
        tracing::error!("the configuration is not read again, everything stays as it was");
        return None;
    });
    let new = match Config::load(&config.file) {
        Ok(new) => new,
        Err(errors) => {
            tracing::error!("the configuration is not read again, everything stays as it was:\n{errors}");
            return None;
        }
    };
    let (new_faq, problems) = faq(&new);
    if !problems.is_empty() {
        report::faq_problems(&problems);
        tracing::error!("the configuration is not read again because of the FAQ; everything stays as it was");
        return None;
    }
    let store = |config: &Config| (config.database.clone(), config.retention, config.log_dir.clone());
    if new.xmpp != config.xmpp || store(&new) != store(config) {
        tracing::warn!("changes of [xmpp] and [store] take effect after a restart");
    }
    let settings = new.settings();
    *entries = new_faq;
    *config = new;
    tracing::info!("the configuration and the FAQ are read again");
    Some(Event::SettingsChanged(Box::new(settings)))
}
