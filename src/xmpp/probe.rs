//! Is a second copy of the desk running? Ask the fixed resource, from a resource of our own.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use jid::{FullJid, Jid};
use xmpp::parsers::bind::{BindQuery, BindResponse};
use xmpp::parsers::iq::Iq;
use xmpp::parsers::stanza::Stanza;
use xmpp::tokio_xmpp::xmlstream::{FallibleStreamElement, XmppStreamElement};

use super::account::RESOURCE;
use super::connector::Connector;
use super::jitter::Jitter;
use super::login::{LoginError, OurStream};
use super::names;
use super::xml::Tag;

/// A copy that lives answers within this time; the ghost of a dead session never does.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// For binding the resource.
const BIND_LIMIT: Duration = Duration::from_secs(10);
/// For a polite end.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Whether somebody answers at the desk's fixed resource.
pub(super) async fn second_copy_answers(connector: &Connector, jitter: &mut Jitter) -> Result<bool, LoginError> {
    let mut stream = visit(connector, "probe", jitter).await?;
    let answered = match connector.account().with_resource(RESOURCE) {
        Some(desk) => tokio::time::timeout(ANSWER_LIMIT, ask(&mut stream, desk)).await.unwrap_or(Ok(false)),
        None => Ok(false),
    };
    leave(&mut stream).await;
    answered
}

/// Logs in and out again, beside the desk that may be running.
pub(super) async fn log_in_and_out(connector: &Connector, jitter: &mut Jitter) -> Result<(), LoginError> {
    let mut stream = visit(connector, "check", jitter).await?;
    leave(&mut stream).await;
    Ok(())
}

async fn visit(connector: &Connector, purpose: &str, jitter: &mut Jitter) -> Result<OurStream, LoginError> {
    let mut stream = connector.log_in(jitter, Arc::default()).await?.stream;
    let bound = bind(&mut stream, connector.account().side_resource(purpose));
    let bound = tokio::time::timeout(BIND_LIMIT, bound).await.unwrap_or(Err(LoginError::TimedOut("binding")))?;
    if bound.to_bare() == connector.account().jid {
        Ok(stream)
    } else {
        Err(LoginError::Refused(format!("the server calls us {}", bound.to_bare())))
    }
}

async fn bind(stream: &mut OurStream, resource: String) -> Result<FullJid, LoginError> {
    let refused = |why: &str| LoginError::Stream(format!("binding failed: {why}"));
    send(stream, Iq::from_set("bind", BindQuery::new(Some(resource)))).await?;
    match answer(stream, "bind").await? {
        Iq::Result { payload: Some(payload), .. } => {
            BindResponse::try_from(payload).map(FullJid::from).map_err(|error| refused(&error.to_string()))
        }
        Iq::Error { error, .. } => Err(refused(&format!("{:?}", error.defined_condition))),
        _ => Err(refused("no answer")),
    }
}

async fn ask(stream: &mut OurStream, desk: FullJid) -> Result<bool, LoginError> {
    let question = Iq::Get {
        from: None,
        to: Some(Jid::from(desk)),
        id: "copy".to_owned(),
        payload: Tag::new("ping", names::PING).into(),
    };
    send(stream, question).await?;
    Ok(matches!(answer(stream, "copy").await?, Iq::Result { .. }))
}

async fn send(stream: &mut OurStream, iq: Iq) -> Result<(), LoginError> {
    stream.send(&Stanza::Iq(iq)).await.map_err(|error| LoginError::Stream(error.to_string()))
}

/// The answer with this id. We are asked for nothing here, so all else is passed over.
async fn answer(stream: &mut OurStream, id: &str) -> Result<Iq, LoginError> {
    loop {
        match stream.next().await {
            Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Stanza(Stanza::Iq(iq))))) if iq.id() == id => {
                return Ok(iq);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(LoginError::Stream(error.to_string())),
            None => return Err(LoginError::Stream("the server hung up".to_owned())),
        }
    }
}

async fn leave(stream: &mut OurStream) {
    let closing = <OurStream as SinkExt<&Stanza>>::close(stream);
    if tokio::time::timeout(CLOSE_LIMIT, closing).await.is_err() {
        tracing::debug!("the server did not let us leave politely");
    }
}
