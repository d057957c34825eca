//! A short stay beside the desk: a session with a resource of its own that asks, waits for the answer, and leaves.
//!
//! It never says that it is available, so nobody sees it and nothing is delivered to it; and it cannot be resumed, so
//! that the server forgets it, with all that it was in, as soon as its connection ends, however it ends.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use jid::{BareJid, FullJid};
use thiserror::Error;
use xmpp::minidom::Element;
use xmpp::parsers::bind::{BindQuery, BindResponse};
use xmpp::parsers::iq::Iq;
use xmpp::parsers::stanza::Stanza;
use xmpp::tokio_xmpp::xmlstream::{FallibleStreamElement, ReadError, XmppStreamElement};

use crate::desk::event::Condition;

use super::connector::{Connector, LoggedIn};
use super::inbound::condition;
use super::iq;
use super::jitter::Jitter;
use super::login::{Login, LoginError, OurStream};
use super::outbound::Inquiry;
use super::questions::comes_from;

/// For binding the resource.
const BIND_LIMIT: Duration = Duration::from_secs(10);
/// For a polite end.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unanswered {
    /// The answer was an error.
    #[error("{0:?}")]
    Refused(Condition),
    /// No answer came in time.
    #[error("no answer")]
    Silent,
    /// The connection is gone: nothing will be answered any more.
    #[error("the connection was lost: {0}")]
    Lost(String),
}

/// The visit. Ends politely with [`Visit::end`], and when it is dropped.
pub(super) struct Visit {
    stream: OurStream,
    account: BareJid,
    login: Login,
    asked: u32,
}

impl Visit {
    /// Logs in and binds a resource that says what the visit is for.
    pub(super) async fn begin(connector: &Connector, purpose: &str, jitter: &mut Jitter) -> Result<Self, LoginError> {
        let LoggedIn { stream, login, .. } = connector.log_in(jitter, Arc::default()).await?;
        let account = connector.account();
        let mut visit = Self { stream, account: account.jid.clone(), login, asked: 0 };
        let bound = visit.bind(account.side_resource(purpose));
        let bound = tokio::time::timeout(BIND_LIMIT, bound).await.unwrap_or(Err(LoginError::TimedOut("binding")))?;
        if bound.to_bare() == visit.account {
            Ok(visit)
        } else {
            Err(LoginError::Refused(format!("the server calls us {}", bound.to_bare())))
        }
    }

    /// How we logged in.
    pub(super) fn login(&self) -> &Login {
        &self.login
    }

    /// Our account's address.
    pub(super) fn account(&self) -> &BareJid {
        &self.account
    }

    /// Asks, and waits for the payload of the answer. Whoever wants a time limit puts one around it.
    pub(super) async fn ask(&mut self, inquiry: Inquiry) -> Result<Option<Element>, Unanswered> {
        self.asked = self.asked.saturating_add(1);
        let id = format!("visit-{}", self.asked);
        let whom = inquiry.whom.clone();
        self.send(inquiry.with_id(id.clone())).await?;
        loop {
            let Stanza::Iq(iq) = self.next().await? else { continue };
            if iq.id() != id || !comes_from(iq.from(), whom.as_ref(), &self.account) {
                continue;
            }
            match iq {
                Iq::Result { payload, .. } => return Ok(payload),
                Iq::Error { error, .. } => {
                    return Err(Unanswered::Refused(condition::of_error(&Element::from(error))));
                }
                Iq::Get { .. } | Iq::Set { .. } => {}
            }
        }
    }

    /// Sends a stanza.
    pub(super) async fn send(&mut self, stanza: Stanza) -> Result<(), Unanswered> {
        self.stream.send(&stanza).await.map_err(|error| Unanswered::Lost(error.to_string()))
    }

    /// The next stanza that comes. Questions are answered on the way, as any client answers them; what does not parse
    /// is passed over.
    pub(super) async fn next(&mut self) -> Result<Stanza, Unanswered> {
        loop {
            match self.stream.next().await {
                Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Stanza(Stanza::Iq(
                    asked @ (Iq::Get { .. } | Iq::Set { .. }),
                ))))) => self.answer(asked).await?,
                Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Stanza(stanza)))) => return Ok(stanza),
                Some(Ok(_) | Err(ReadError::SoftTimeout)) => {}
                Some(Err(error)) => return Err(Unanswered::Lost(error.to_string())),
                None => return Err(Unanswered::Lost("the server hung up".to_owned())),
            }
        }
    }

    /// Leaves.
    pub(super) async fn end(mut self) {
        let closing = <OurStream as SinkExt<&Stanza>>::close(&mut self.stream);
        if tokio::time::timeout(CLOSE_LIMIT, closing).await.is_err() {
            tracing::debug!("the server did not let us leave politely");
        }
    }

    async fn answer(&mut self, asked: Iq) -> Result<(), Unanswered> {
        match iq::react(asked, &self.account).reply {
            Some(reply) => self.send(reply.into()).await,
            None => Ok(()),
        }
    }

    async fn bind(&mut self, resource: String) -> Result<FullJid, LoginError> {
        let refused = |why: &str| LoginError::Stream(format!("binding failed: {why}"));
        let lost = |error: Unanswered| LoginError::Stream(error.to_string());
        self.send(Iq::from_set("bind", BindQuery::new(Some(resource))).into()).await.map_err(lost)?;
        loop {
            match self.next().await.map_err(lost)? {
                Stanza::Iq(Iq::Result { payload: Some(payload), id, .. }) if id == "bind" => {
                    return BindResponse::try_from(payload)
                        .map(FullJid::from)
                        .map_err(|error| refused(&error.to_string()));
                }
                Stanza::Iq(Iq::Error { error, id, .. }) if id == "bind" => {
                    return Err(refused(&format!("{:?}", error.defined_condition)));
                }
                _ => {}
            }
        }
    }
}
