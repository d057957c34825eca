//! The way into rooms: not too many at once, not too many a second, and a flood of one sender stands behind itself only.
//!
//! Rooms that we come back to go first, the oldest chat before the others: somebody was promised something there. Then
//! come new invitations, one of each sender in turn, the oldest of each first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jid::BareJid;

use super::bucket::{Bucket, Rate};
use crate::desk::ids::ChatId;
use crate::desk::moment::Mono;

/// Rooms entered in a second: 100, and 20 more at once. Each costs the server a dozen stanzas; after a reconnect 500 open
/// chats are back within five seconds.
const PACE: Rate = Rate { burst: 20, every: Duration::from_millis(10) };
/// Rooms being entered at once. Those that never answer take ten seconds each.
const ENTERING_MAX: usize = 100;
/// The same for one sender: twenty of them, however silent their rooms, leave a place for somebody else.
const ENTERING_EACH_MAX: usize = 4;

/// Chats that want into their rooms, and those that are knocking.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    pace: Bucket,
    returning: BTreeSet<ChatId>,
    /// Whose turn it is: each sender with somebody waiting, once.
    turns: VecDeque<BareJid>,
    waiting: BTreeMap<BareJid, BTreeSet<ChatId>>,
    /// The sender of each chat that waits or knocks; `None` for one that comes back.
    senders: BTreeMap<ChatId, Option<BareJid>>,
    entering: BTreeSet<ChatId>,
    entering_each: BTreeMap<BareJid, usize>,
}

impl Doors {
    /// A chat wants into its room; `sender` invited us, `None` where we come back.
    pub fn queue(&mut self, chat: ChatId, sender: Option<BareJid>) {
        if self.waits(chat) {
            return;
        }
        self.forget(chat);
        match &sender {
            None => drop(self.returning.insert(chat)),
            Some(sender) => self.queue_behind(sender, chat),
        }
        self.senders.insert(chat, sender);
    }

    fn queue_behind(&mut self, sender: &BareJid, chat: ChatId) {
        match self.waiting.get_mut(sender) {
            Some(line) => drop(line.insert(chat)),
            None => {
                self.waiting.insert(sender.clone(), BTreeSet::from([chat]));
                self.turns.push_back(sender.clone());
            }
        }
    }

    /// It is in, or does not want to any more.
    pub fn forget(&mut self, chat: ChatId) {
        let Some(sender) = self.senders.remove(&chat) else { return };
        self.returning.remove(&chat);
        let knocked = self.entering.remove(&chat);
        let Some(sender) = sender else { return };
        if knocked {
            self.one_less(&sender);
        }
        self.leave_line(&sender, chat);
    }

    /// The next that may knock, if one may.
    pub fn next(&mut self, now: Mono) -> Option<ChatId> {
        if self.ready_at()? > now {
            return None;
        }
        let chat = self.returning.pop_first().or_else(|| self.next_in_turn())?;
        self.pace.take(PACE, now);
        self.entering.insert(chat);
        Some(chat)
    }

    /// Does anybody want in who has not knocked yet?
    pub fn somebody_waits(&self) -> bool {
        !self.turns.is_empty() || !self.returning.is_empty()
    }

    /// When one of those who wait may knock; `None` where all must wait for others to be done.
    pub fn ready_at(&self) -> Option<Mono> {
        if !self.somebody_waits() {
            return None;
        }
        let eligible = !self.returning.is_empty() || self.turns.iter().any(|sender| self.has_place(sender));
        (eligible && self.entering.len() < ENTERING_MAX).then(|| self.pace.ready_at(PACE))
    }

    /// The chat that is next, as far as one can tell.
    pub fn first(&self) -> Option<ChatId> {
        let in_turn = || self.turns.iter().find(|sender| self.has_place(sender));
        let of_sender = || self.waiting.get(in_turn()?)?.first();
        self.returning.first().or_else(of_sender).copied()
    }

    /// Where there is no place for one more: the latest of the sender with the most who wait, if those are more than this
    /// sender has.
    pub fn latest_of_the_most(&self, newcomer: &BareJid) -> Option<ChatId> {
        let theirs = self.waiting.get(newcomer).map_or(0, BTreeSet::len);
        let most = self.waiting.values().max_by_key(|line| line.len())?;
        if most.len() > theirs + 1 { most.last().copied() } else { None }
    }

    fn waits(&self, chat: ChatId) -> bool {
        self.senders.contains_key(&chat) && !self.entering.contains(&chat)
    }

    fn has_place(&self, sender: &BareJid) -> bool {
        self.entering_each.get(sender).copied().unwrap_or_default() < ENTERING_EACH_MAX
    }

    fn next_in_turn(&mut self) -> Option<ChatId> {
        let place = self.turns.iter().position(|sender| self.has_place(sender))?;
        let sender = self.turns.remove(place)?;
        let line = self.waiting.get_mut(&sender)?;
        let chat = line.pop_first()?;
        if line.is_empty() {
            self.waiting.remove(&sender);
        } else {
            self.turns.push_back(sender.clone());
        }
        *self.entering_each.entry(sender).or_default() += 1;
        Some(chat)
    }

    fn leave_line(&mut self, sender: &BareJid, chat: ChatId) {
        let Some(line) = self.waiting.get_mut(sender) else { return };
        line.remove(&chat);
        if line.is_empty() {
            self.waiting.remove(sender);
            self.turns.retain(|other| other != sender);
        }
    }

    fn one_less(&mut self, sender: &BareJid) {
        if let Some(count) = self.entering_each.get_mut(sender) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.entering_each.remove(sender);
            }
        }
    }
}

#[cfg(test)]
#[path = "doors_tests.rs"]
mod tests;
