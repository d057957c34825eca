//! The configuration and the FAQ are read again: on SIGHUP both, all or nothing; where only the FAQ's files changed, the
//! FAQ alone. What cannot be used is told, and what was in service stays.

use crate::config::Config;
use crate::crm::Crm;
use crate::desk::event::Event;
use crate::faq::{Faq, Thresholds};
use crate::web::{Site, Web};

use super::watch::Loaded;
use super::{crm, report};

/// The FAQ as the configuration says; an empty one where it names none.
pub(super) fn faq(config: &Config) -> Loaded {
    let loaded = config.faq_dir.as_deref().map(Loaded::from).unwrap_or_default();
    Loaded { faq: sure(loaded.faq, config), ..loaded }
}

fn sure(faq: Faq, config: &Config) -> Faq {
    let sureness = config.faq_sureness;
    faq.with_thresholds(Thresholds::percent(sureness.answer_from_percent, sureness.suggest_from_percent))
}

/// Takes over what the FAQ's files say now, if all of them can be used.
pub(super) fn entries(config: &Config, entries: &mut Faq, loaded: Loaded) {
    if loaded.problems.is_empty() {
        *entries = sure(loaded.faq, config);
        tracing::info!(entries = entries.entries().len(), "the FAQ was changed and is read again");
    } else {
        report::faq_problems(&loaded.problems);
        tracing::error!("the FAQ was changed, but not all of it can be used; the old one stays in service");
    }
}

/// Takes over what the files say now, if all of it can be used; otherwise everything stays as it is.
pub(super) fn settings(config: &mut Config, entries: &mut Faq, crm: &mut Crm) -> Option<(Event, Loaded)> {
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
    let mut loaded = faq(&new);
    if !loaded.problems.is_empty() {
        report::faq_problems(&loaded.problems);
        tracing::error!("the configuration is not read again because of the FAQ; everything stays as it was");
        return None;
    }
    let new_crm = match crm::in_service(&new) {
        Ok(new_crm) => new_crm,
        Err(failure) => {
            tracing::error!("the configuration is not read again, everything stays as it was: {}", failure.words);
            return None;
        }
    };
    let store = |config: &Config| (config.database.clone(), config.retention, config.log_dir.clone());
    if new.xmpp != config.xmpp || store(&new) != store(config) {
        tracing::warn!("changes of [xmpp] and [store] take effect after a restart");
    }
    let settings = new.settings();
    *entries = std::mem::take(&mut loaded.faq);
    crm.replace(new_crm);
    *config = new;
    Some((Event::SettingsChanged(Box::new(settings)), loaded))
}

/// Shows what the configuration says now. Listeners stay as they are until a restart.
pub(super) fn pages(web: Option<&Web>, site: Option<Site>) {
    match (web, site) {
        (Some(web), Some(site)) => {
            if !web.listens_as(&site) {
                tracing::warn!("where [web] listens changes after a restart; all else of it is in service now");
            }
            web.show(site);
        }
        (Some(_), None) => tracing::warn!("the pages of [web] are served as before until a restart"),
        (None, Some(_)) => tracing::warn!("the pages of [web] are served after a restart"),
        (None, None) => {}
    }
}
