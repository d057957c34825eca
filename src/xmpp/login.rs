//! Logging in: which ways we allow, and what to say when it fails.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sasl::common::{ChannelBinding, Credentials};
use thiserror::Error;
use tokio::io::BufStream;
use xmpp::parsers::sasl::DefinedCondition as SaslCondition;
use xmpp::parsers::stream_features::StreamFeatures;
use xmpp::tokio_xmpp::error::AuthError;
use xmpp::tokio_xmpp::xmlstream::{PendingFeaturesRecv, StreamHeader, XmppStream};
use xmpp::tokio_xmpp::{Error as StreamFailure, client_login};

use super::account::{Account, Tls};
use super::wire::Wire;

/// An XML stream over our own socket type.
pub(super) type OurStream = XmppStream<BufStream<Wire>>;

/// Why we are not logged in.
#[derive(Debug, Error)]
pub enum LoginError {
    /// Nobody knows where the server is.
    #[error(
        "the server was not found: {0}; is [xmpp] jid spelled right, and does the DNS work? \
         [xmpp] server = \"host:port\" does without it"
    )]
    Lookup(String),
    /// Nobody listens, or the way is blocked.
    #[error("the server does not answer: {0}")]
    Unreachable(String),
    /// Something took too long.
    #[error("{0} took too long")]
    TimedOut(&'static str),
    /// `tls = "off"`, but the server is somewhere else.
    #[error("tls = \"off\" is for loopback addresses only, and the server is at {0}: set tls = \"required\"")]
    Exposed(std::net::IpAddr),
    /// The server offers no STARTTLS.
    #[error("the server offers no STARTTLS: give it a certificate, or set tls = \"direct\" and its direct TLS port")]
    NoTls,
    /// The certificate does not prove that the server is who it should be.
    #[error(
        "the certificate for {domain} is not accepted: {why}; with a private authority set [xmpp] ca_file, \
         otherwise renew the certificate or correct its name"
    )]
    Certificate {
        /// What the certificate should be for.
        domain: String,
        /// What is wrong with it.
        why: String,
    },
    /// TLS failed in another way.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// No way to log in that both sides allow.
    #[error("the server offers none of {0}: switch one of them on at the server")]
    NoMechanism(&'static str),
    /// The server says no: no retry helps.
    #[error("the server does not accept the account's name and password ({0}): check [xmpp] jid and the password")]
    Refused(String),
    /// The server did not prove that it knows the password, or the like.
    #[error("the login failed: {0}")]
    Handshake(String),
    /// The stream broke, or the server ended it.
    #[error("the stream ended: {0}")]
    Stream(String),
}

impl LoginError {
    /// No retry helps; only a person can.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// How we logged in, and what the server offers since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The version of TLS; `None` = the connection is not protected.
    pub tls: Option<&'static str>,
    /// The way in which the password was proven (RFC 6120, 6).
    pub mechanism: &'static str,
    /// A session can be taken up again on a new connection (XEP-0198).
    pub resumable: bool,
}

/// Logs in on a stream whose header was exchanged, and opens it again (RFC 6120, 6). Nothing is bound yet. Says by which
/// mechanism.
pub(super) async fn log_in(
    account: &Account,
    opened: PendingFeaturesRecv<BufStream<Wire>>,
) -> Result<(StreamFeatures, OurStream, &'static str), LoginError> {
    let (features, stream): (_, OurStream) = opened.recv_features().await.map_err(StreamFailure::from)?;
    let mechanisms = allowed(features.sasl_mechanisms, account.tls)?;
    let mechanism = chosen(&mechanisms);
    let stream = client_login(stream, mechanisms, credentials(account)).await?;
    let header = StreamHeader { to: Some(Cow::Borrowed(account.domain())), from: None, id: None };
    let opened = stream.send_header(header).await.map_err(StreamFailure::from)?;
    let (features, stream) = opened.recv_features().await.map_err(StreamFailure::from)?;
    Ok((features, stream, mechanism))
}

/// COMPAT: the library would fall back to PLAIN, or even ANONYMOUS, in silence; it sees only what we pass on. And it
/// knows channel binding in a form only that ejabberd 23.01 refuses, so there is none.
fn credentials(account: &Account) -> Credentials {
    Credentials::default()
        .with_username(account.jid.node().map(|node| node.as_str()).unwrap_or_default())
        .with_password(account.password.expose())
        .with_channel_binding(ChannelBinding::None)
}

fn allowed(offered: BTreeSet<String>, tls: Tls) -> Result<BTreeSet<String>, LoginError> {
    let is_allowed = |name: &String| match name.as_str() {
        "SCRAM-SHA-256" | "SCRAM-SHA-1" => true,
        "PLAIN" => tls != Tls::Off,
        _ => false,
    };
    let allowed: BTreeSet<String> = offered.into_iter().filter(is_allowed).collect();
    if !allowed.is_empty() {
        return Ok(allowed);
    }
    Err(LoginError::NoMechanism(match tls {
        Tls::Off => "SCRAM-SHA-256, SCRAM-SHA-1",
        Tls::Required | Tls::Direct => "SCRAM-SHA-256, SCRAM-SHA-1, PLAIN",
    }))
}

/// The library takes the strongest, in this order.
fn chosen(mechanisms: &BTreeSet<String>) -> &'static str {
    ["SCRAM-SHA-256", "SCRAM-SHA-1"].into_iter().find(|name| mechanisms.contains(*name)).unwrap_or("PLAIN")
}

impl From<StreamFailure> for LoginError {
    fn from(failure: StreamFailure) -> Self {
        match failure {
            StreamFailure::Auth(AuthError::Fail(condition)) => refused(&condition),
            StreamFailure::Auth(other) => Self::Handshake(other.to_string()),
            other => Self::Stream(other.to_string()),
        }
    }
}

/// `temporary-auth-failure` and the like pass; the rest is for people to mend (RFC 6120, 6.5).
fn refused(condition: &SaslCondition) -> LoginError {
    match condition {
        SaslCondition::NotAuthorized
        | SaslCondition::AccountDisabled
        | SaslCondition::CredentialsExpired
        | SaslCondition::InvalidAuthzid => LoginError::Refused(format!("{condition:?}")),
        other => LoginError::Handshake(format!("{other:?}")),
    }
}
