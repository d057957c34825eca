//! A world and another one that goes on differently.

use super::World;
use super::turn::Turn;

impl World {
    /// The same world, without those who look on or tamper, and without what was told, said and written so far.
    pub fn fork(&self) -> Self {
        let mut store = self.store.clone();
        store.commit();
        store.choices.clear();
        Self {
            desk: self.desk.clone(),
            settings: self.settings.clone(),
            own_archive: self.own_archive.clone(),
            store,
            rooms: self.rooms.clone(),
            presences: self.presences.clone(),
            unsubscribed: self.unsubscribed.clone(),
            mail: Vec::new(),
            told: Vec::new(),
            notices: Vec::new(),
            said: self.said.clone(),
            turn: Turn::default(),
            watcher: None,
            tamper: None,
            waiting: self.waiting.clone(),
            late: self.late.clone(),
            unsent: self.unsent.clone(),
            unanswered: self.unanswered.clone(),
            crms: self.crms.clone(),
            ..*self
        }
    }
}
