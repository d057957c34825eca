//! Who served whom: a guest who returns may get whom they had.

use std::collections::{BTreeMap, VecDeque};

use jid::{BareJid, FullJid};

/// So many guests are remembered; the oldest are forgotten.
const GUESTS_MAX: usize = 10_000;

/// The operator that each guest had last. A guest is a full JID, for many may share one account; or who they proved to be.
#[derive(Debug, Clone, Default)]
pub struct Returning {
    by_address: Latest<FullJid>,
    by_id: Latest<String>,
}

/// The latest of each, up to [`GUESTS_MAX`].
#[derive(Debug, Clone)]
struct Latest<K> {
    served: BTreeMap<K, BareJid>,
    order: VecDeque<K>,
}

impl<K> Default for Latest<K> {
    fn default() -> Self {
        Self { served: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl Returning {
    /// What an earlier desk remembered, the oldest first: by address, and by proved id.
    pub fn restored(
        served: impl Iterator<Item = (FullJid, BareJid)>,
        served_ids: impl Iterator<Item = (String, BareJid)>,
    ) -> Self {
        let mut returning = Self::default();
        served.for_each(|(guest, operator)| returning.by_address.note(guest, operator));
        served_ids.for_each(|(id, operator)| returning.by_id.note(id, operator));
        returning
    }

    /// This guest was served; `id` where they proved who they are.
    pub fn served_by(&mut self, guest: FullJid, id: Option<String>, operator: &BareJid) {
        self.by_address.note(guest, operator.clone());
        if let Some(id) = id {
            self.by_id.note(id, operator.clone());
        }
    }

    /// Whom they had. An id that was proved says more than an address: guests without accounts have a new one each time.
    pub fn get(&self, guest: &FullJid, id: Option<&str>) -> Option<&BareJid> {
        id.and_then(|id| self.by_id.served.get(id)).or_else(|| self.by_address.served.get(guest))
    }
}

impl<K: Ord + Clone> Latest<K> {
    fn note(&mut self, guest: K, operator: BareJid) {
        if self.served.insert(guest.clone(), operator).is_some() {
            return;
        }
        self.order.push_back(guest);
        if self.order.len() > GUESTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.served.remove(&oldest);
        }
    }
}
