//! Is a second copy of the desk running? Ask the fixed resource, from a resource of our own.

use std::time::Duration;

use jid::Jid;

use super::account::RESOURCE;
use super::connector::Connector;
use super::jitter::Jitter;
use super::login::LoginError;
use super::names;
use super::outbound::Inquiry;
use super::visit::{Unanswered, Visit};
use super::xml::Tag;

/// A copy that lives answers within this time; the ghost of a dead session never does.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Whether somebody answers at the desk's fixed resource.
pub(super) async fn second_copy_answers(connector: &Connector, jitter: &mut Jitter) -> Result<bool, LoginError> {
    let Some(desk) = connector.account().with_resource(RESOURCE) else { return Ok(false) };
    let mut visit = Visit::begin(connector, "probe", jitter).await?;
    let ping = visit.ask(Inquiry::of(Jid::from(desk), Tag::new("ping", names::PING)));
    let answer = tokio::time::timeout(ANSWER_LIMIT, ping).await.unwrap_or(Err(Unanswered::Silent));
    visit.end().await;
    match answer {
        Ok(_) => Ok(true),
        Err(Unanswered::Refused(_) | Unanswered::Silent) => Ok(false),
        Err(Unanswered::Lost(why)) => Err(LoginError::Stream(why)),
    }
}
