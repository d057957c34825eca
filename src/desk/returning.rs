//! Who served whom: a guest who returns may get whom they had.

use std::collections::{BTreeMap, VecDeque};

use jid::{BareJid, FullJid};

use super::prints::{Prints, print_of};

/// So many guests are remembered; the oldest are forgotten.
const GUESTS_MAX: usize = 10_000;

/// The operator that each guest had last. A guest is a full JID, for many may share one account; or who they proved to be.
///
/// Guests are remembered by their fingerprints alone, in a few bytes each. Whoever makes up an address with the fingerprint of another
/// guest's gains what anybody gains by asking for help: perhaps the operator whom that guest had.
#[derive(Debug, Clone, Default)]
pub struct Returning {
    by_address: Latest,
    by_id: Latest,
    operators: Vec<BareJid>,
    numbers: BTreeMap<BareJid, u32>,
}

/// The number of the operator whom each of the latest had, up to [`GUESTS_MAX`].
#[derive(Debug, Clone, Default)]
struct Latest {
    served: Prints<u32>,
    order: VecDeque<u64>,
}

impl Returning {
    /// What an earlier desk remembered, the oldest first: by address, and by proved id.
    pub fn restored(
        served: impl Iterator<Item = (FullJid, BareJid)>,
        served_ids: impl Iterator<Item = (String, BareJid)>,
    ) -> Self {
        let mut returning = Self::default();
        served.for_each(|(guest, operator)| returning.served_by(&guest, None, &operator));
        served_ids.for_each(|(id, operator)| {
            let operator = returning.number(&operator);
            returning.by_id.note(&id, operator);
        });
        returning
    }

    /// This guest was served; `id` where they proved who they are.
    pub fn served_by(&mut self, guest: &FullJid, id: Option<&str>, operator: &BareJid) {
        let operator = self.number(operator);
        self.by_address.note(guest.as_str(), operator);
        if let Some(id) = id {
            self.by_id.note(id, operator);
        }
    }

    /// Whom they had. An id that was proved says more than an address: guests without accounts have a new one each time.
    pub fn get(&self, guest: &FullJid, id: Option<&str>) -> Option<&BareJid> {
        let number = id.and_then(|id| self.by_id.get(id)).or_else(|| self.by_address.get(guest.as_str()))?;
        self.operators.get(usize::try_from(number).ok()?)
    }

    /// There are never more of them than there were operators in the configuration.
    fn number(&mut self, operator: &BareJid) -> u32 {
        if let Some(number) = self.numbers.get(operator) {
            return *number;
        }
        let number = u32::try_from(self.operators.len()).unwrap_or(u32::MAX);
        self.operators.push(operator.clone());
        self.numbers.insert(operator.clone(), number);
        number
    }
}

impl Latest {
    fn get(&self, guest: &str) -> Option<u32> {
        self.served.get(print_of(guest)).copied()
    }

    fn note(&mut self, guest: &str, operator: u32) {
        let print = print_of(guest);
        if self.served.insert(print, operator).is_some() {
            return;
        }
        self.order.push_back(print);
        if self.order.len() > GUESTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.served.remove(oldest);
        }
    }
}
