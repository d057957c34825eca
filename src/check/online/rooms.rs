//! The MUC services, and what the desk may do in their rooms.

use std::io;

use crate::check::advice::Software;
use crate::check::report::{Finding, Report};
use crate::config::Config;
use crate::desk::event::{Condition, RoomFeatures};
use crate::exit::Exit;
use crate::xmpp::{Entity, Rights, RoomFound, Survey, Trial, Unanswered};

use super::unanswered;

/// ejabberd's own limit of rooms for one account, where its configuration says nothing.
const USER_CONFERENCES_DEFAULT: usize = 100;

/// One of `rooms.services`.
pub(super) async fn look(
    config: &Config,
    service: &str,
    software: Software,
    survey: &mut Survey,
    report: &mut Report<'_>,
) -> io::Result<()> {
    report.begin(&format!("asking {service} what it is …"));
    match survey.describe(service).await {
        Ok(entity) if entity.is_muc() => report.tell(&Finding::good(format!("{service}: a MUC service")))?,
        Ok(entity) => return report.tell(&no_service(service, &entity, software)),
        Err(why) => return report.tell(&nobody_there(service, &why, software)),
    }
    report.begin(&format!("trying a room at {service} …"));
    let Trial { found, left_behind } = Box::pin(survey.try_room(service)).await;
    match &found {
        Ok(found) => report.tell_all(found_in_room(config, service, found, software))?,
        Err(why) => report.tell(&no_room(service, why, software))?,
    }
    report.tell_all(left_behind.map(|room| {
        let words = format!("{service}: the trial's room {room} is still there; destroy it by hand");
        Finding::bad(Exit::Unavailable, words)
    }))
}

/// What cannot be asked.
pub(super) fn limit(config: &Config, software: Software) -> Option<Finding> {
    let chats = config.rooms.chats_open_max;
    (software == Software::Ejabberd && chats >= USER_CONFERENCES_DEFAULT).then(|| {
        Finding::doubtful(format!(
            "rooms at once: ejabberd lets an account into {USER_CONFERENCES_DEFAULT} unless `max_user_conferences` of \
             `mod_muc` says more, which it does not tell; make it more than `chats_open_max`, {chats}"
        ))
    })
}

fn no_service(service: &str, entity: &Entity, software: Software) -> Finding {
    let kind = if entity.kind.is_empty() { "something else" } else { &entity.kind };
    let advice = software.service(service);
    let words =
        format!("{service}: no MUC service, but {kind}; correct `services` under [rooms], or make it one ({advice})");
    Finding::bad(Exit::Config, words)
}

fn nobody_there(service: &str, why: &Unanswered, software: Software) -> Finding {
    match why {
        Unanswered::Refused(condition) => {
            let advice = software.service(service);
            let words = format!(
                "{service}: nobody is there ({condition:?}); correct `services` under [rooms], or start it ({advice})"
            );
            Finding::bad(Exit::Config, words)
        }
        _ => unanswered(service, why),
    }
}

fn no_room(service: &str, why: &Unanswered, software: Software) -> Finding {
    match why {
        Unanswered::Refused(Condition::ResourceConstraint) => {
            let words = format!(
                "{service}: the desk is in as many rooms as it may; raise the limit (in ejabberd \
                 `max_user_conferences` of `mod_muc`)"
            );
            Finding::bad(Exit::Unavailable, words)
        }
        Unanswered::Refused(condition) => {
            let advice = software.creation();
            let words = format!(
                "{service}: the desk may not make a room ({condition:?}), so its rights cannot be tried; guests must \
                 be able to: {advice}"
            );
            Finding::bad(Exit::Unavailable, words)
        }
        _ => unanswered(&format!("{service}: making a room"), why),
    }
}

fn found_in_room(config: &Config, service: &str, found: &RoomFound, software: Software) -> Vec<Finding> {
    let about = |finding: Finding| Finding { words: format!("{service}: {}", finding.words), ..finding };
    let mut findings = vec![configured(config, found)];
    findings.extend(withheld(config, found, software));
    findings.extend(found.features.iter().map(|features| archive(features, software)));
    findings.push(rights(config, service, found, software));
    findings.into_iter().map(about).collect()
}

fn configured(config: &Config, found: &RoomFound) -> Finding {
    match (&found.configured, &found.features) {
        (Ok(()), Ok(features)) if features.password && !(features.real_jids_for_all && config.rooms.hide_operators) => {
            Finding::good("a room can be made and set up (whether guests may make one cannot be tried from here)")
        }
        (Ok(()), Ok(_)) => Finding::doubtful(
            "a room does not keep the password, or the hidden addresses, that its owner gave it; look what the server \
             forbids owners of rooms",
        ),
        (Err(why), _) | (_, Err(why)) => Finding::doubtful(format!(
            "a room can be made, but not set up ({why}); look what the server forbids owners"
        )),
    }
}

fn withheld(config: &Config, found: &RoomFound, software: Software) -> Vec<Finding> {
    let explained = |field: &&'static str| match *field {
        "persistentroom" => Some(format!(
            "rooms cannot be persistent, so a restart of the server loses the open chats; {}",
            software.persistence()
        )),
        "whois" if config.rooms.hide_operators => {
            Some("rooms cannot hide operators' addresses from guests, as `hide_operators` wants".to_owned())
        }
        "roomsecret" => Some("rooms cannot have a password, so anybody may enter one whose name they know".to_owned()),
        _ => None,
    };
    found.withheld.iter().filter_map(explained).map(Finding::doubtful).collect()
}

fn archive(features: &RoomFeatures, software: Software) -> Finding {
    match (features.archive, features.stanza_ids) {
        (true, true) => Finding::good("rooms have an archive (XEP-0313) and ids that nobody can forge (XEP-0359)"),
        (archive, _) => {
            let missing = if archive { "ids that nobody can forge (XEP-0359)" } else { "archive (XEP-0313)" };
            Finding::doubtful(format!(
                "rooms have no {missing}, so transcripts cannot be completed after the desk was away; {}",
                software.archive()
            ))
        }
    }
}

fn rights(config: &Config, service: &str, found: &RoomFound, software: Software) -> Finding {
    let account = &config.xmpp.jid;
    match &found.rights {
        Rights::Admin => Finding::good(format!("{account} is an admin, so it owns every room")),
        Rights::None => Finding::doubtful(format!(
            "{account} is no admin, so it protects and closes only rooms that the guest's client makes it an owner of; \
             {}",
            software.admin(account.as_str(), service)
        )),
        Rights::Unknown(why) => Finding::doubtful(format!(
            "whether {account} is an admin could not be found out ({why}); {}",
            software.admin(account.as_str(), service)
        )),
    }
}
