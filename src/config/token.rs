//! `[token]`: whose signed tokens are believed.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;

use super::keys::example;
use super::mistakes::{Mistakes, Source};
use super::password;
use super::places::number;
use super::shape::{RawToken, Table};
use crate::desk::token::{TokenKey, TokenSettings};

/// How far ahead a token may end, in seconds: up to a day, for it stands for a password.
const LIFETIME_SECONDS: RangeInclusive<i64> = 10..=86_400;
const LIFETIME_DEFAULT: u32 = 900;

/// Checks `[token]` and reads its key. `None` where there is no such table, or a mistake was noted.
pub(super) fn token(raw: &Table<RawToken>, source: &Source, mistakes: &mut Mistakes) -> Option<TokenSettings> {
    let RawToken { algorithm, key_file, audience, lifetime_max_seconds } = &raw.values;
    let lifetime = number(lifetime_max_seconds, "lifetime_max_seconds", LIFETIME_DEFAULT, LIFETIME_SECONDS, mistakes);
    if raw.unread || raw.span.is_empty() {
        return None;
    }
    let mut needed = |given: &Option<Spanned<String>>, name: &'static str| {
        if given.is_none() {
            let advice = format!("write `{}` under `[token]`", example("token", name));
            mistakes.note(raw.span.clone(), format!("`token.{name}` is missing"), advice);
        }
        given.clone()
    };
    let (algorithm, file, audience) =
        (needed(algorithm, "algorithm"), needed(key_file, "key_file"), needed(audience, "audience"));
    let (algorithm, file, audience) = (algorithm?, file?, audience?);
    if audience.get_ref().trim().is_empty() {
        let advice = format!("write what the signer puts into `aud`, such as `{}`", example("token", "audience"));
        mistakes.note(audience.span(), "the audience is empty", advice);
    }
    let key = key(&algorithm, &file, source, mistakes)?;
    let lifetime_max = Duration::from_secs(u64::from(lifetime));
    Some(TokenSettings { key, audience: audience.into_inner(), lifetime_max })
}

fn key(
    algorithm: &Spanned<String>,
    file: &Spanned<String>,
    source: &Source,
    mistakes: &mut Mistakes,
) -> Option<TokenKey> {
    let read = match algorithm.get_ref().as_str() {
        "HS256" => secret,
        "EdDSA" => public_key,
        other => {
            let advice = "write \"HS256\", for a secret that both sides have, or \"EdDSA\", for a signer's public key";
            mistakes.note(algorithm.span(), format!("{other:?} is no way of signing that the desk knows"), advice);
            return None;
        }
    };
    match password::private_words(&source.resolve(file.get_ref()))
        .map_err(|error| error.to_string())
        .and_then(|words| read(&words, &source.resolve(file.get_ref())))
    {
        Ok(key) => Some(key),
        Err(why) => {
            let (what, advice) = why.split_once("; ").unwrap_or((why.as_str(), "name a file with the key"));
            mistakes.note(file.span(), what, advice);
            None
        }
    }
}

fn secret(words: &str, file: &Path) -> Result<TokenKey, String> {
    TokenKey::hs256(words.trim_end_matches(['\r', '\n']).as_bytes()).ok_or_else(|| {
        format!(
            "{} holds less than 32 bytes, so it could be guessed; make one with `openssl rand -hex 32`",
            file.display()
        )
    })
}

fn public_key(words: &str, file: &Path) -> Result<TokenKey, String> {
    TokenKey::ed_dsa(words).ok_or_else(|| {
        format!(
            "{} holds no public key for Ed25519 in PEM; make a pair with `openssl genpkey -algorithm ed25519`, and this \
             half of it with `openssl pkey -pubout`",
            file.display()
        )
    })
}
