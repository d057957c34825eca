//! `[rooms]`, `[store]`, `[faq]` and `[time]`, and the numbers of all tables.

use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::{TZ_VARIANTS, Tz};
use toml::Spanned;

use super::address::{accounts, domain};
use super::keys::nearest;
use super::mistakes::{Mistakes, Source};
use super::shape::{Given, RawFaq, RawRooms, RawStore, RawTime, Table};
use super::{Rooms, Sureness, Xmpp};

/// Grace, in seconds: from none to an hour. Longer, and a room waits for somebody who forgot it.
const GRACE_SECONDS: RangeInclusive<i64> = 0..=3_600;
/// How long a guest who is not seen may be silent, in seconds: from a minute, for people think before they write, to a day.
const IDLE_SECONDS: RangeInclusive<i64> = 60..=86_400;
/// How many chats may be open: what the tests have tried, with room to spare.
const CHATS_OPEN: RangeInclusive<i64> = 1..=100_000;
/// How long words are kept, in days: from one to about a century.
const RETENTION_DAYS: RangeInclusive<i64> = 1..=36_500;
/// The database where none is named.
const DATABASE_DEFAULT: &str = "frontdesk.db";
/// The FAQ's folder where none is named.
const FAQ_DEFAULT: &str = "faq";
const ANSWER_FROM_DEFAULT: u32 = 50;
const SUGGEST_FROM_DEFAULT: u32 = 15;

/// Checks `[rooms]`; `None` where there is no service.
pub(super) fn rooms(raw: &Table<RawRooms>, xmpp: Option<&Xmpp>, mistakes: &mut Mistakes) -> Option<Rooms> {
    if raw.unread {
        return None;
    }
    let guests = domains(&raw.values.guests, "guest.example.org", mistakes);
    let guest_grace = seconds(&raw.values.guest_grace_seconds, "guest_grace_seconds", 45, GRACE_SECONDS, mistakes);
    let operator_grace =
        seconds(&raw.values.operator_grace_seconds, "operator_grace_seconds", 30, GRACE_SECONDS, mistakes);
    let chats_open_max = number(&raw.values.chats_open_max, "chats_open_max", 500, CHATS_OPEN, mistakes);
    let alias_idle = seconds(&raw.values.alias_idle_seconds, "alias_idle_seconds", 900, IDLE_SECONDS, mistakes);
    let services = services(raw, xmpp, mistakes)?;
    Some(Rooms {
        services,
        guests,
        guest_grace,
        operator_grace,
        hide_operators: raw.values.hide_operators.unwrap_or(true),
        chats_open_max: usize::try_from(chats_open_max).unwrap_or(usize::MAX),
        alias: raw.values.alias.unwrap_or(true),
        alias_idle,
        shared_accounts: accounts(&raw.values.shared_accounts, mistakes),
    })
}

fn services(raw: &Table<RawRooms>, xmpp: Option<&Xmpp>, mistakes: &mut Mistakes) -> Option<Vec<String>> {
    let example = "write `services = [\"rooms.example.org\"]`, the MUC services whose invitations are accepted,";
    let Some(given) = &raw.values.services else {
        mistakes.note(raw.span.clone(), "`rooms.services` is missing", format!("{example} under `[rooms]`"));
        return None;
    };
    if given.get_ref().is_empty() {
        mistakes.note(
            given.span(),
            "`services` is empty, so no invitation would be accepted",
            format!("{example} here"),
        );
        return None;
    }
    let own = xmpp.map(|xmpp| xmpp.jid.domain().as_str());
    let mut services = domains(&raw.values.services, "rooms.example.org", mistakes);
    if let Some(service) = given.get_ref().iter().find(|service| own == Some(service.get_ref().to_lowercase().as_str()))
    {
        let what = format!("{:?} is the desk's own server, where accounts live and not rooms", service.get_ref());
        mistakes.note(service.span(), what, "write its MUC service, such as \"rooms.example.org\"");
        services.retain(|service| own != Some(service));
    }
    Some(services)
}

/// In lower case, each once.
fn domains(given: &Given<Vec<Spanned<String>>>, example: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let mut domains = Vec::new();
    for item in given.iter().flat_map(Spanned::get_ref) {
        if let Some(domain) = domain(item, example, mistakes)
            && !domains.contains(&domain)
        {
            domains.push(domain);
        }
    }
    domains
}

/// The database's file; `None` where a mistake was noted.
pub(super) fn database(raw: &Table<RawStore>, source: &Source, mistakes: &mut Mistakes) -> Option<PathBuf> {
    let Some(given) = &raw.values.url else { return Some(source.resolve(DATABASE_DEFAULT)) };
    let path = given.get_ref().strip_prefix("sqlite:").filter(|path| {
        // `sqlite::memory:` would remember nothing, and `sqlite://…` means a host to some readers.
        !path.is_empty() && !path.starts_with(':') && !path.starts_with("//") && !path.ends_with('/')
    });
    let Some(path) = path else {
        let what = format!("{:?} is no database that this version can use", given.get_ref());
        mistakes.note(
            given.span(),
            what,
            format!("write `url = \"sqlite:{DATABASE_DEFAULT}\"`, the word `sqlite:` and a file"),
        );
        return None;
    };
    let file = source.resolve(path);
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let what = format!("there is no folder {} for the database", folder.display());
            mistakes.note(given.span(), what, "make it, or name a file in a folder that exists");
            None
        }
        _ => Some(file),
    }
}

/// How long a closed chat's words are kept.
pub(super) fn retention(raw: &Table<RawStore>, mistakes: &mut Mistakes) -> Duration {
    let days = number(&raw.values.retention_days, "retention_days", 180, RETENTION_DAYS, mistakes);
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// The folder for the log files; the daemon makes it, so only its parent must exist.
pub(super) fn log_dir(raw: &Table<RawStore>, source: &Source, mistakes: &mut Mistakes) -> Option<PathBuf> {
    let given = raw.values.log_dir.as_ref()?;
    let folder = source.resolve(given.get_ref());
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    if given.get_ref().is_empty() || folder.is_file() {
        let what = format!("{:?} cannot be a folder for log files", given.get_ref());
        mistakes.note(given.span(), what, "name a folder of its own, such as \"logs\", or remove `log_dir`");
    } else if parent.is_some_and(|parent| !parent.is_dir()) {
        let what = format!("there is no folder in which {} could be made", folder.display());
        mistakes.note(given.span(), what, "make its parent, or name another folder");
    }
    Some(folder)
}

/// The FAQ's folder: the named one must exist, the default one may be missing.
pub(super) fn faq_dir(raw: &Table<RawFaq>, source: &Source, mistakes: &mut Mistakes) -> Option<PathBuf> {
    let Some(given) = &raw.values.dir else {
        let folder = source.resolve(FAQ_DEFAULT);
        return folder.is_dir().then_some(folder);
    };
    let folder = source.resolve(given.get_ref());
    if given.get_ref().is_empty() || !folder.is_dir() {
        let what = format!("there is no folder {}", folder.display());
        mistakes.note(given.span(), what, "make it, or name the folder with the FAQ's Markdown files: `dir = \"faq\"`");
    }
    Some(folder)
}

/// How sure the desk must be of an answer and of suggestions.
pub(super) fn faq_sureness(raw: &Table<RawFaq>, mistakes: &mut Mistakes) -> Sureness {
    let RawFaq { answer_from_percent: answer, suggest_from_percent: suggest, .. } = &raw.values;
    let answer_from_percent = number(answer, "answer_from_percent", ANSWER_FROM_DEFAULT, 0..=100, mistakes);
    let usual = SUGGEST_FROM_DEFAULT.min(answer_from_percent);
    let suggest_from_percent = number(suggest, "suggest_from_percent", usual, 0..=100, mistakes);
    if let Some(given) = suggest
        && suggest_from_percent > answer_from_percent
    {
        let what = format!(
            "suggestions from {suggest_from_percent} % on would never be made: answers begin at {answer_from_percent} %"
        );
        mistakes.note(given.span(), what, "write at most what `answer_from_percent` says");
    }
    Sureness { answer_from_percent, suggest_from_percent }
}

/// The time zone; UTC where none is given.
pub(super) fn zone(raw: &Table<RawTime>, mistakes: &mut Mistakes) -> Tz {
    let Some(given) = &raw.values.zone else { return Tz::UTC };
    let name = given.get_ref();
    if let Some(zone) = TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)) {
        return *zone;
    }
    let advice = match nearest_zone(name) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write a name of the IANA time zone database, such as \"Europe/Berlin\" or \"UTC\"".to_owned(),
    };
    mistakes.note(given.span(), format!("{name:?} is no time zone"), advice);
    Tz::UTC
}

/// By its city first ("berlin" → "Europe/Berlin"), also where that is misspelled, then by its whole spelling.
fn nearest_zone(name: &str) -> Option<&'static str> {
    let wanted = name.trim().replace(' ', "_");
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = |zone: &'static str| zone.rsplit('/').next().unwrap_or(zone);
    let in_city = |wanted: &str| names().find(|zone| city(zone).eq_ignore_ascii_case(wanted));
    if wanted.contains('/') {
        return nearest(&wanted, names());
    }
    in_city(&wanted).or_else(|| in_city(nearest(&wanted, names().map(city))?))
}

/// A span of time in whole seconds.
pub(super) fn seconds(
    given: &Given<i64>,
    key: &str,
    default: u32,
    allowed: RangeInclusive<i64>,
    mistakes: &mut Mistakes,
) -> Duration {
    Duration::from_secs(u64::from(number(given, key, default, allowed, mistakes)))
}

/// A number within its bounds.
pub(super) fn number(
    given: &Given<i64>,
    key: &str,
    default: u32,
    allowed: RangeInclusive<i64>,
    mistakes: &mut Mistakes,
) -> u32 {
    let value = within(given, key, &allowed, mistakes);
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
}

/// A number within its bounds, if it was written.
pub(super) fn within(
    given: &Given<i64>,
    key: &str,
    allowed: &RangeInclusive<i64>,
    mistakes: &mut Mistakes,
) -> Option<i64> {
    let given = given.as_ref()?;
    let value = *given.get_ref();
    if allowed.contains(&value) {
        return Some(value);
    }
    note_out_of_bounds(given.span(), key, value, allowed, mistakes);
    None
}

fn note_out_of_bounds(
    span: Range<usize>,
    key: &str,
    value: i64,
    allowed: &RangeInclusive<i64>,
    mistakes: &mut Mistakes,
) {
    let advice = format!("write a number from {} to {}", allowed.start(), allowed.end());
    mistakes.note(span, format!("`{key}` cannot be {value}"), advice);
}
