//! Who is here, what they can do, how loaded.

use std::collections::{BTreeMap, BTreeSet};

use jid::{BareJid, Jid};

use super::event::{ContactPresence, RosterItem, Show};
use super::ids::{ChatId, OperatorId, QueueName};
use super::settings::OperatorSettings;

/// At most so many clients of one operator are remembered; more are ignored.
const CLIENTS_MAX: usize = 32;

/// All operators, by number and by address.
#[derive(Debug, Default)]
pub struct Operators {
    list: Vec<Operator>,
    by_jid: BTreeMap<BareJid, OperatorId>,
    turns: u64,
}

/// One operator.
#[derive(Debug)]
pub struct Operator {
    /// What the configuration says.
    pub settings: OperatorSettings,
    /// They are still configured. Numbers are never used again, so who was removed stays, without duties.
    pub employed: bool,
    /// We receive their presence; `None` until the roster came.
    pub subscribed: Option<bool>,
    clients: BTreeMap<String, Show>,
    load: Load,
    turn: u64,
}

/// What an operator chose, shown by their clients' presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// One of their clients says online or chat.
    Available,
    /// Their clients say away, extended away or do not disturb.
    Away,
    /// No client.
    Offline,
}

/// What the desk knows of an operator's work: each offer and each chat served takes one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Chats that are offered to them or that they serve.
    pub chats: BTreeSet<ChatId>,
}

impl Operators {
    /// Takes over a new configuration. Who stays keeps their number, presence and load.
    pub fn configure(&mut self, settings: &[OperatorSettings]) {
        for operator in &mut self.list {
            operator.employed = false;
        }
        for one in settings {
            match self.by_jid.get(&one.jid).and_then(|id| self.list.get_mut(id.0 as usize)) {
                Some(operator) => {
                    operator.settings = one.clone();
                    operator.employed = true;
                }
                None => self.add(one.clone()),
            }
        }
    }

    fn add(&mut self, settings: OperatorSettings) {
        let id = OperatorId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.by_jid.insert(settings.jid.clone(), id);
        self.list.push(Operator::new(settings));
    }

    /// The operator with this number.
    pub fn get(&self, id: OperatorId) -> Option<&Operator> {
        self.list.get(id.0 as usize)
    }

    fn get_mut(&mut self, id: OperatorId) -> Option<&mut Operator> {
        self.list.get_mut(id.0 as usize)
    }

    /// Who has this address, if they are employed.
    pub fn find(&self, jid: &BareJid) -> Option<OperatorId> {
        self.by_jid.get(jid).copied().filter(|id| self.get(*id).is_some_and(|operator| operator.employed))
    }

    /// Who has or had this address.
    pub fn find_ever(&self, jid: &BareJid) -> Option<OperatorId> {
        self.by_jid.get(jid).copied()
    }

    /// Everybody who is employed, in the configuration's order of first appearance.
    pub fn employed(&self) -> impl Iterator<Item = (OperatorId, &Operator)> {
        self.list
            .iter()
            .enumerate()
            .filter(|(_, operator)| operator.employed)
            .map(|(number, operator)| (OperatorId(u32::try_from(number).unwrap_or(u32::MAX)), operator))
    }

    /// A client's presence changed. Says whether the operator's availability did.
    pub fn presence(&mut self, presence: &ContactPresence) -> bool {
        let Some(operator) = self.find(&presence.from.to_bare()).and_then(|id| self.get_mut(id)) else { return false };
        let before = operator.availability();
        operator.client(&presence.from, presence.show);
        before != operator.availability()
    }

    /// The session is new: nobody's presence is known.
    pub fn forget_presence(&mut self) {
        for operator in &mut self.list {
            operator.clients.clear();
            operator.subscribed = None;
        }
    }

    /// What the roster says of a contact.
    pub fn roster(&mut self, item: &RosterItem) {
        if let Some(operator) = self.find(&item.jid).and_then(|id| self.get_mut(id)) {
            operator.subscribed = Some(item.to);
        }
    }

    /// A chat takes one of the operator's places; they move to the end of the turn.
    pub fn engage(&mut self, id: OperatorId, chat: ChatId) {
        self.turns += 1;
        let turn = self.turns;
        if let Some(operator) = self.get_mut(id) {
            operator.load.chats.insert(chat);
            operator.turn = turn;
        }
    }

    /// A chat gives its place back.
    pub fn release(&mut self, id: OperatorId, chat: ChatId) {
        if let Some(operator) = self.get_mut(id) {
            operator.load.chats.remove(&chat);
        }
    }
}

impl Operator {
    fn new(settings: OperatorSettings) -> Self {
        Self { settings, employed: true, subscribed: None, clients: BTreeMap::new(), load: Load::default(), turn: 0 }
    }

    /// What they chose.
    pub fn availability(&self) -> Availability {
        if self.clients.values().any(|show| matches!(show, Show::Online | Show::Chat)) {
            Availability::Available
        } else if self.clients.is_empty() {
            Availability::Offline
        } else {
            Availability::Away
        }
    }

    /// What the desk knows.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// When they last had their turn: the number of the offer.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// They serve this queue and have a place left.
    pub fn has_place(&self, queue: &QueueName) -> bool {
        self.employed
            && self.settings.queues.contains(queue)
            && self.load.chats.len() < usize::try_from(self.settings.chats_max).unwrap_or(usize::MAX)
    }

    fn client(&mut self, from: &Jid, show: Show) {
        let client = from.resource().map(|part| part.to_string()).unwrap_or_default();
        match show {
            // Unavailable presence from the bare JID is about all clients (RFC 6121, 4.5.3).
            Show::Offline if client.is_empty() => self.clients.clear(),
            Show::Offline => {
                self.clients.remove(&client);
            }
            _ if self.clients.len() < CLIENTS_MAX || self.clients.contains_key(&client) => {
                self.clients.insert(client, show);
            }
            _ => {}
        }
    }
}
