//! What a source said, as facts: chosen, then held against the bounds.

use serde_json::{Map, Value as Json};

use crate::desk::crm::{CrmReply, CrmTrouble};
use crate::desk::facts::Facts;

/// How long an answer over HTTP may be, in bytes.
pub const ANSWER_MAX: usize = 64 * 1024;

/// An answer as it came, by name.
pub(super) type Members = Map<String, Json>;

/// Reads a JSON object. Depth is bounded by the parser, at 128 levels; [`facts`] bounds it further.
pub(super) fn object(text: &[u8]) -> Result<Members, CrmTrouble> {
    serde_json::from_slice(text).map_err(|_| CrmTrouble::Nonsense)
}

/// What is kept of an answer: the chosen fields, or all. An answer beyond the bounds is refused whole, for a part of it
/// could say something else.
pub(super) fn facts(mut members: Members, fields: Option<&[String]>) -> CrmReply {
    if let Some(fields) = fields {
        members.retain(|name, _| fields.contains(name));
    }
    match Facts::from_json(members) {
        Ok(facts) => CrmReply::Known(facts),
        Err(excess) => CrmReply::Failed(CrmTrouble::TooMuch(excess)),
    }
}
