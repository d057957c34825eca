//! Answers, and the headers that every one of them carries.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Method, Response, StatusCode};

use super::assets::Asset;

/// What is sent.
pub(super) type Answer = Response<Full<Bytes>>;

/// Nothing may be loaded, run, sent or framed: for answers that are no pages.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// A page never needs any of these.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// For a year (RFC 6797, 6.1).
const TLS_ONLY: &str = "max-age=31536000";

/// How long others may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Never.
    No,
    /// They must ask whether it is still the same.
    Ask,
    /// Some minutes.
    Minutes,
    /// For ever: another content has another name.
    Always,
}

impl Keep {
    fn words(self) -> &'static str {
        match self {
            Self::No => "no-store",
            Self::Ask => "no-cache",
            Self::Minutes => "public, max-age=300",
            Self::Always => "public, max-age=31536000, immutable",
        }
    }
}

/// A few words, for people who look.
pub(super) fn words(status: StatusCode, words: &str) -> Answer {
    answer(status, "text/plain; charset=utf-8", Keep::No, Bytes::from(format!("{words}\n")))
}

/// There is nothing of that name.
pub(super) fn nothing_here() -> Answer {
    words(StatusCode::NOT_FOUND, "There is nothing here.")
}

/// An answer with a body of that type.
pub(super) fn answer(status: StatusCode, media: &str, keep: Keep, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_TYPE, media);
    set(&mut answer, CACHE_CONTROL, keep.words());
    answer
}

/// A file, as short as the client can read it; only its name where the client has it already.
pub(super) fn file(asset: &Asset, keep: Keep, asked: &HeaderMap) -> Answer {
    let has = |header: HeaderName, wanted: &str| {
        let values = asked.get_all(header).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.split(';').next().map(str::trim) == Some(wanted))
    };
    if has(IF_NONE_MATCH, &asset.etag) || has(IF_NONE_MATCH, &format!("W/{}", asset.etag)) {
        let mut same = answer(StatusCode::NOT_MODIFIED, &asset.media, keep, Bytes::new());
        set(&mut same, ETAG, &asset.etag);
        return same;
    }
    let packed = asset.gzip.as_ref().filter(|_| has(ACCEPT_ENCODING, "gzip"));
    let body = packed.unwrap_or(&asset.plain).clone();
    let mut answer = answer(StatusCode::OK, &asset.media, keep, body);
    if packed.is_some() {
        set(&mut answer, CONTENT_ENCODING, "gzip");
    }
    if asset.gzip.is_some() {
        set(&mut answer, VARY, "accept-encoding");
    }
    set(&mut answer, ETAG, &asset.etag);
    answer
}

/// Only looking is possible here.
pub(super) fn look_only(method: &Method) -> Option<Answer> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let mut answer = words(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.");
    set(&mut answer, ALLOW, "GET, HEAD");
    Some(answer)
}

/// Puts on what every answer carries. `tls`: browsers reach us over TLS; `policy`: the page's own, where it is one.
pub(super) fn guarded(mut answer: Answer, tls: bool, policy: Option<&str>) -> Answer {
    set(&mut answer, CONTENT_SECURITY_POLICY, policy.unwrap_or(NOTHING));
    set(&mut answer, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut answer, REFERRER_POLICY, "no-referrer");
    set(&mut answer, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    // The loader and the window are there to be shown on other people's pages.
    set(&mut answer, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    if tls {
        set(&mut answer, STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    answer
}

/// Sets a header; a value that cannot be one is left out.
pub(super) fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}
