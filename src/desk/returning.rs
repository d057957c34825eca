//! Who served whom: a guest who returns may get whom they had.

use std::collections::{BTreeMap, VecDeque};

use jid::{BareJid, FullJid};

/// So many guests are remembered; the oldest are forgotten.
const GUESTS_MAX: usize = 10_000;

/// The operator that each guest had last. A guest is a full JID: many may share one account.
#[derive(Debug, Clone, Default)]
pub struct Returning {
    served: BTreeMap<FullJid, BareJid>,
    order: VecDeque<FullJid>,
}

impl Returning {
    /// What an earlier desk remembered, the oldest first.
    pub fn restored(served: impl Iterator<Item = (FullJid, BareJid)>) -> Self {
        let mut returning = Self::default();
        for (guest, operator) in served {
            returning.served_by(guest, operator);
        }
        returning
    }

    /// This guest was served.
    pub fn served_by(&mut self, guest: FullJid, operator: BareJid) {
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

    /// Whom they had.
    pub fn get(&self, guest: &FullJid) -> Option<&BareJid> {
        self.served.get(guest)
    }
}
