//! Signed tokens (JWT, RFC 7519): what one proves about a guest, and whose it is.
//!
//! How tokens are signed is the configuration's to say, never the token's: its header must say the same or it proves
//! nothing. Whoever signs must let it end soon and give it an id, which is kept until then, so that a token which somebody
//! else has seen is worth nothing to them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::VerifyingKey;
use jwt_compact::alg::{Ed25519, Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, UntrustedToken, ValidationError};
use serde_json::{Map, Value as Json};

use super::facts::{Facts, Token, Trusted};
use super::ids::ChatId;

/// Clocks differ by so much.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// No id of a guest, and no id of a token, is longer, in bytes.
const ID_BYTES_MAX: usize = 256;
/// So many ids of tokens are kept. When there are more, tokens prove nothing until some have ended.
const USED_MAX: usize = 100_000;
/// RFC 7518, 3.2: a key for HS256 is as long as its hash, at least.
const SECRET_BYTES_MIN: usize = 32;

/// `[token]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// How tokens are signed, and the key.
    pub key: TokenKey,
    /// For whom they must be made (`aud`).
    pub audience: String,
    /// How far ahead their end may lie at most.
    pub lifetime_max: Duration,
}

/// A key that verifies.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenKey {
    /// HMAC with SHA-256: a secret that whoever signs has too (RFC 7518, 3.2).
    Hs256(Vec<u8>),
    /// Ed25519: the public half of the signer's key (RFC 8037, 3.1).
    EdDsa(VerifyingKey),
}

impl TokenKey {
    /// A secret for HS256; nothing where it is too short to be one.
    pub fn hs256(secret: &[u8]) -> Option<Self> {
        (secret.len() >= SECRET_BYTES_MIN).then(|| Self::Hs256(secret.to_vec()))
    }

    /// A public key for EdDSA, in PEM; nothing where it is none.
    pub fn ed_dsa(pem: &str) -> Option<Self> {
        use ed25519_dalek::pkcs8::DecodePublicKey;
        VerifyingKey::from_public_key_pem(pem).ok().map(Self::EdDsa)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hs256(_) => "Hs256(…)",
            Self::EdDsa(_) => "EdDsa(…)",
        })
    }
}

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worthless {
    /// The desk knows no key.
    NoKey,
    /// It is no token, or too long to be one.
    Malformed,
    /// It says that it is signed in another way, or not at all.
    Algorithm,
    /// It is not signed with that key.
    Signature,
    /// It was made for somebody else.
    Audience,
    /// It is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// It never ends, or ends too late.
    LongLived,
    /// It does not say whom it is about, or has no id of its own.
    Nameless,
    /// It says more than is kept.
    TooMuch,
    /// It was used in another chat.
    Used,
    /// Too many were used lately.
    TooMany,
}

/// The id of a token that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedToken {
    /// The id (`jti`).
    pub id: String,
    /// In which chat.
    pub chat: ChatId,
    /// When the token is over, so that the id need not be kept any longer.
    pub expires_at: DateTime<Utc>,
}

/// Which tokens were used where.
#[derive(Debug, Clone, Default)]
pub struct UsedTokens {
    used: BTreeMap<String, (ChatId, DateTime<Utc>)>,
}

impl UsedTokens {
    /// What an earlier desk remembered.
    pub fn restored(used: impl Iterator<Item = UsedToken>) -> Self {
        Self { used: used.map(|token| (token.id, (token.chat, token.expires_at))).collect() }
    }

    /// A token is used in a chat.
    ///
    /// # Errors
    /// It was used in another one, or there is no room to remember it.
    fn take(&mut self, token: &UsedToken, at: DateTime<Utc>) -> Result<(), Worthless> {
        if self.used.len() >= USED_MAX {
            self.used.retain(|_, (_, expires_at)| *expires_at >= at - LEEWAY);
        }
        match self.used.get(&token.id) {
            Some((chat, _)) if *chat == token.chat => Ok(()),
            Some(_) => Err(Worthless::Used),
            None if self.used.len() >= USED_MAX => Err(Worthless::TooMany),
            None => {
                self.used.insert(token.id.clone(), (token.chat, token.expires_at));
                Ok(())
            }
        }
    }

    /// What a token proves to this chat at this time, and its id, to be remembered.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn prove(
        &mut self,
        token: &Token,
        settings: Option<&TokenSettings>,
        chat: ChatId,
        at: DateTime<Utc>,
    ) -> Result<(Trusted, UsedToken), Worthless> {
        let settings = settings.ok_or(Worthless::NoKey)?;
        let claims = signed(token, &settings.key)?;
        let (trusted, id, expires_at) = accepted(claims, settings, at)?;
        let used = UsedToken { id, chat, expires_at };
        self.take(&used, at)?;
        Ok((trusted, used))
    }
}

/// What was signed with that key.
fn signed(token: &Token, key: &TokenKey) -> Result<Claims<Map<String, Json>>, Worthless> {
    let token = UntrustedToken::new(token.expose()).map_err(|_| Worthless::Malformed)?;
    let checked = match key {
        TokenKey::Hs256(secret) => Hs256.validator(&Hs256Key::new(secret)).validate(&token),
        TokenKey::EdDsa(key) => Ed25519.validator(key).validate(&token),
    };
    checked.map(|token| token.into_parts().1).map_err(|error| match error {
        ValidationError::AlgorithmMismatch { .. } => Worthless::Algorithm,
        ValidationError::MalformedClaims(_) => Worthless::Malformed,
        _ => Worthless::Signature,
    })
}

fn accepted(
    claims: Claims<Map<String, Json>>,
    settings: &TokenSettings,
    at: DateTime<Utc>,
) -> Result<(Trusted, String, DateTime<Utc>), Worthless> {
    let expires_at = claims.expiration.ok_or(Worthless::LongLived)?;
    if expires_at < at - LEEWAY {
        return Err(Worthless::Expired);
    }
    if claims.not_before.is_some_and(|begins| begins > at + LEEWAY) {
        return Err(Worthless::NotYet);
    }
    let latest = at + LEEWAY + TimeDelta::from_std(settings.lifetime_max).unwrap_or_default();
    if expires_at > latest {
        return Err(Worthless::LongLived);
    }
    let mut others = claims.custom;
    if !others.remove("aud").is_some_and(|audience| names(&audience, &settings.audience)) {
        return Err(Worthless::Audience);
    }
    let (id, name) = (text(others.remove("jti")), text(others.remove("sub")));
    let (Some(id), Some(name)) = (id, name) else { return Err(Worthless::Nameless) };
    let claims = Facts::from_json(others).map_err(|_| Worthless::TooMuch)?;
    Ok((Trusted { id: name, claims }, id, expires_at))
}

/// RFC 7519, 4.1.3: one, or several.
fn names(audience: &Json, wanted: &str) -> bool {
    match audience {
        Json::String(one) => one == wanted,
        Json::Array(several) => several.iter().any(|one| one.as_str() == Some(wanted)),
        _ => false,
    }
}

fn text(claim: Option<Json>) -> Option<String> {
    match claim {
        Some(Json::String(text)) if !text.is_empty() && text.len() <= ID_BYTES_MAX => Some(text),
        _ => None,
    }
}
