//! The lines of the record by the room's ids: to know a line again when the room tells it twice.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::desk::ids::StanzaId;

/// How many of the room's last ids are remembered, to know a line again in the room's history and archive. The store
/// knows them all and ignores what comes twice.
const KNOWN_IDS_MAX: usize = 2_000;

/// Ids that the room gave to lines of the record, and the lines' places.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownIds {
    places: BTreeMap<Arc<str>, i64>,
    order: VecDeque<Arc<str>>,
}

impl KnownIds {
    /// Those that the store knows, the oldest first.
    pub(super) fn restored(ids: Vec<(StanzaId, i64)>) -> Self {
        let mut known = Self::default();
        for (id, place) in ids {
            known.add(&id, place);
        }
        known
    }

    /// Where the line with this id stands, if we have it.
    pub(super) fn place(&self, id: &StanzaId) -> Option<i64> {
        self.places.get(id.0.as_str()).copied()
    }

    /// A line is recorded.
    pub(super) fn add(&mut self, id: &StanzaId, place: i64) {
        if self.order.len() >= KNOWN_IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.places.remove(&oldest);
        }
        let id: Arc<str> = id.0.as_str().into();
        self.places.insert(Arc::clone(&id), place);
        self.order.push_back(id);
    }
}
