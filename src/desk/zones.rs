//! What time it is somewhere: `!time [zone]`.

use chrono::{DateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::wording::{self, Language};

/// How many names are proposed for one that is unknown.
const NEAR_MAX: usize = 3;
/// Longer names than any zone has are not looked up.
const NAME_MAX: usize = 64;

/// The sentence for `!time`, with the configured zone where none is asked for.
pub fn tell(asked: Option<&str>, default: Tz, language: Language, now: DateTime<Utc>) -> String {
    match asked {
        None => wording::time(language, &now.with_timezone(&default)),
        Some(name) => match find(name) {
            Ok(zone) => wording::time(language, &now.with_timezone(&zone)),
            Err(near) => wording::unknown_zone(language, &near),
        },
    }
}

/// A zone by its name or by the name of its city, without regard to case; else the names that contain it.
fn find(name: &str) -> Result<Tz, Vec<&'static str>> {
    let wanted = name.trim().replace(' ', "_").to_lowercase();
    if wanted.is_empty() || wanted.len() > NAME_MAX {
        return Err(Vec::new());
    }
    if let Ok(zone) = Tz::from_str_insensitive(&wanted) {
        return Ok(zone);
    }
    let city = |zone: &&Tz| zone.name().rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&wanted));
    if let Some(zone) = TZ_VARIANTS.iter().find(city) {
        return Ok(*zone);
    }
    let near = TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|zone| zone.to_lowercase().contains(&wanted));
    Err(near.take(NEAR_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: Option<&str>) -> String {
        tell(zone, Tz::Europe__Berlin, Language::English, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn zones_are_found_by_name_and_by_city() {
        assert_eq!(at(None), "It is 01:00:00 (UTC+01:00) on 1970-01-01 in Europe/Berlin.");
        for name in ["Asia/Tokyo", "asia/tokyo", " Tokyo ", "tokyo"] {
            assert_eq!(at(Some(name)), "It is 09:00:00 (UTC+09:00) on 1970-01-01 in Asia/Tokyo.", "{name}");
        }
        assert!(at(Some("New York")).ends_with("America/New_York."));
    }

    #[test]
    fn what_is_no_zone_gets_advice() {
        assert!(at(Some("berl")).contains("Perhaps Europe/Berlin?"));
        assert!(at(Some("Atlantis")).contains("Names look like"));
        assert!(at(Some(&"x".repeat(10_000))).contains("Names look like"));
        assert!(at(Some("")).contains("Names look like"));
    }
}
