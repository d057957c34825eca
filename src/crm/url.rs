//! A URL with places for values. A value stays what it is, a name in the path or a value in the query: it can neither leave
//! its place nor change host, path or other values.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

/// How long a value may be, in bytes.
pub const VALUE_MAX: usize = 256;

/// All but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A piece of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As written in the configuration.
    Literal(String),
    /// The next value.
    Value,
}

/// The URL with these values in their places, in order. `None` where a value cannot stand there: then nobody is known by it.
pub(super) fn fill(pieces: &[Piece], values: &[String]) -> Option<Url> {
    let mut values = values.iter();
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Value => {
                let value = values.next()?;
                let fits = if text.contains('?') { fits(value) } else { fits(value) && fits_into_path(value) };
                text.extend(utf8_percent_encode(value, RESERVED).filter(|_| fits));
                if !fits {
                    return None;
                }
            }
        }
    }
    let url = Url::parse(&text).ok()?;
    // Nothing was taken for something else: `..` and the like would be gone from what was parsed.
    (url.as_str() == text).then_some(url)
}

fn fits(value: &str) -> bool {
    !value.is_empty() && value.len() <= VALUE_MAX && !value.contains(char::is_control)
}

/// Some servers take an encoded slash, or dots, for what they stand for.
fn fits_into_path(value: &str) -> bool {
    !value.contains(['/', '\\']) && !value.bytes().all(|byte| byte == b'.')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    fn filled(value: &str) -> Option<String> {
        let pieces = [
            Piece::Literal("https://crm.example/customers/".to_owned()),
            Piece::Value,
            Piece::Literal("?full=1&of=".to_owned()),
            Piece::Value,
        ];
        fill(&pieces, &[value.to_owned(), value.to_owned()]).map(|url| url.to_string())
    }

    #[test]
    fn values_stay_in_their_places() {
        let url = |value: &str| format!("https://crm.example/customers/{value}?full=1&of={value}");
        assert_eq!(filled("4711"), Some(url("4711")));
        assert_eq!(filled("a b&c=d?e#f;g"), Some(url("a%20b%26c%3Dd%3Fe%23f%3Bg")));
        assert_eq!(filled("%2e%2e"), Some(url("%252e%252e")));
        assert_eq!(filled("joe@evil.example:80"), Some(url("joe%40evil.example%3A80")));
        assert_eq!(filled("Ünï"), Some(url("%C3%9Cn%C3%AF")));
        assert_eq!(filled("' OR 1=1 --"), Some(url("%27%20OR%201%3D1%20--")));
    }

    #[test]
    fn what_could_leave_its_place_is_nobodys_name() {
        for value in ["", ".", "..", "...", "../admin", "a/b", "a\\b", "a\r\nHost: b", "a\0"] {
            assert_eq!(filled(value), None, "{value:?}");
        }
        assert_eq!(filled(&"x".repeat(VALUE_MAX + 1)), None);
    }

    /// In the query a slash is a character like others.
    #[test]
    fn a_query_takes_what_a_path_does_not() {
        let pieces = [Piece::Literal("https://crm.example/find?jid=".to_owned()), Piece::Value];
        let url = fill(&pieces, &["joe@chat.example/../x".to_owned()]).unwrap();
        assert_eq!(url.as_str(), "https://crm.example/find?jid=joe%40chat.example%2F..%2Fx");
    }

    /// A dot of the configuration and one of the value are two.
    #[test]
    fn dots_of_both_do_not_add_up() {
        let pieces = [Piece::Literal("https://crm.example/a/.".to_owned()), Piece::Value];
        assert_eq!(fill(&pieces, &[".".to_owned()]), None);
        let twice = [Piece::Literal("https://crm.example/a/".to_owned()), Piece::Value, Piece::Value];
        assert_eq!(fill(&twice, &[".".to_owned(), ".".to_owned()]), None);
    }
}
