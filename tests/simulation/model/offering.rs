//! Offers: by the desk, which must choose right, and by owners who hand a chat over.

use std::collections::BTreeSet;

use frontdesk::desk::action::{Action, Notice};
use frontdesk::desk::event::Event;
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::Record;
use jid::BareJid;

use super::case::Case;
use super::{Model, Verdict, typed_in};

impl Model {
    /// An offer by the desk, or a transfer by the owner.
    pub(super) fn offered(&mut self, event: &Event, chat: ChatId, to: &BareJid, rest: &[Action]) -> Verdict {
        let routed =
            |action: &Action| matches!(action, Action::Report(Notice::OfferMade { chat: id, .. }) if *id == chat);
        let weight = if rest.first().is_some_and(routed) {
            if self.looked_at.insert(chat) {
                self.choice_is_right(chat, to, rest)?;
            }
            self.queue(&self.cases[&chat]).chat_weight
        } else {
            let typed = typed_in(event).and_then(|words| words.strip_prefix("!transfer "));
            if let Some(words) = typed {
                let named = self.settings().queues.iter().map(|queue| queue.name.clone());
                let named = named.into_iter().find(|name| words.split(' ').any(|word| *word == *name.0));
                self.cases.get_mut(&chat).unwrap().handed_to = named;
            }
            self.transfer_is_right(chat, to)?
        };
        self.staff.engage(to, chat, weight);
        let case = self.cases.get_mut(&chat).unwrap();
        case.offered.insert(to.clone());
        Ok(())
    }

    fn choice_is_right(&mut self, chat: ChatId, first: &BareJid, rest: &[Action]) -> Verdict {
        let mut to = BTreeSet::from([first.clone()]);
        let more = rest.iter().take_while(|action| !matches!(action, Action::Remember(Record::Chat(_))));
        to.extend(more.filter_map(|action| match action {
            Action::Report(Notice::OfferMade { chat: id, operator }) if *id == chat => Some(operator.clone()),
            _ => None,
        }));
        let case = &self.cases[&chat];
        if case.after_hours || case.owner.is_some() || !case.offered.is_empty() {
            return Err(format!("I3: chat {chat} is offered to {to:?} though it does not wait: {case:?}"));
        }
        let right = self.choose(case, false);
        let perhaps = self.staff.unsure(self.at());
        // A desk that starts takes whoever had the chat itself for whom the guest had last.
        let had = case.accepted_by.contains(first)
            || self.served.get(&case.guest).is_some_and(|served| served.contains(first));
        let preferred = had && self.queue(case).prefer_last_operator && to.len() == 1 && self.fits(case, first, true);
        if !preferred && !perhaps && !right.allows(&to) {
            return Err(format!(
                "I3: chat {chat} was offered to {to:?}, but {} should choose {right:?}: {case:?} {:?}",
                self.queue(case).strategy.name(),
                self.staff
            ));
        }
        for other in self.wanting.iter().filter(|other| **other != chat) {
            let Some(before) = self.cases.get(other).filter(|before| self.comes_before(before, case)) else { continue };
            let may = self.choose(before, false);
            if let Some(operator) = to.iter().find(|operator| may.names(operator)) {
                self.jumped.push((*other, chat, operator.clone()));
            }
        }
        self.cases.get_mut(&chat).unwrap().several = to.len() > 1;
        Ok(())
    }

    fn comes_before(&self, one: &Case, other: &Case) -> bool {
        (one.place() < other.place()) != self.younger_first
    }

    /// Says how many places it takes: as many as a chat of the queue to which it goes.
    fn transfer_is_right(&self, chat: ChatId, to: &BareJid) -> Result<u32, String> {
        let case = &self.cases[&chat];
        let Some(owner) = &case.owner else {
            return Err(format!("I3: chat {chat} is handed over to {to} by nobody"));
        };
        let weight = self.offered_weight(case);
        let free = self.staff.free(to, weight, self.at(), true);
        if owner == to || !free {
            return Err(format!("I3: chat {chat} of {owner} is handed over to {to}, who cannot: {:?}", self.staff));
        }
        Ok(weight)
    }

    pub(super) fn offered_weight(&self, case: &Case) -> u32 {
        let name = case.handed_to.as_ref().unwrap_or(&case.queue);
        let queues = &self.settings.as_ref().unwrap().queues;
        queues.iter().find(|queue| queue.name == *name).unwrap_or(&queues[0]).chat_weight
    }
}
