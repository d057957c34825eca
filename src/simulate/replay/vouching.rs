//! What a guest proved then they prove again. The token that they brought is not kept, so the replay signs one of its own, and
//! its desk believes nobody else.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header};
use serde_json::{Map, Value as Json};

use crate::desk::facts::{Token, Trusted};
use crate::desk::ids::ChatId;
use crate::desk::settings::Settings;
use crate::desk::token::{TokenKey, TokenSettings};

/// No secret: outside a replay nobody believes what is signed with it.
const KEY: &[u8; 32] = b"what is played again is no proof";
const AUDIENCE: &str = "replay";
const LIFETIME: Duration = Duration::from_secs(60);

/// The desk of a replay believes the replay's tokens where it would believe any.
pub(super) fn believed(settings: Settings) -> Settings {
    let replays = |key| TokenSettings { key, audience: AUDIENCE.to_owned(), lifetime_max: LIFETIME };
    Settings { token: settings.token.and(TokenKey::hs256(KEY)).map(replays), ..settings }
}

/// A token that proves this, in this chat, at that time.
pub(super) fn token(trusted: &Trusted, chat: ChatId, at: DateTime<Utc>) -> Option<Token> {
    let mut custom: Map<String, Json> = match serde_json::to_value(&trusted.claims) {
        Ok(Json::Object(claims)) => claims,
        _ => return None,
    };
    let own = [("aud", AUDIENCE.to_owned()), ("sub", trusted.id.clone()), ("jti", chat.to_string())];
    custom.extend(own.map(|(name, value)| (name.to_owned(), Json::String(value))));
    let mut claims = Claims::new(custom);
    claims.expiration = at.checked_add_signed(TimeDelta::from_std(LIFETIME).ok()?);
    let signed = Hs256.token(&Header::empty(), &claims, &Hs256Key::new(KEY)).ok()?;
    Token::new(&signed)
}
