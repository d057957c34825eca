//! The world after some deeds, and what is wrong with it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use frontdesk::desk::action::Action;
use frontdesk::desk::event::{Event, Show};
use frontdesk::desk::record::{LineKind, StageName};
use frontdesk::desk::settings::Settings;
use frontdesk::desk::snapshot::Snapshot;

use super::deed::{self, Deed, OPERATORS};
use super::sight;
use crate::holders::Holders;
use crate::model::{Model, Verdict};
use crate::world::World;
use crate::world::people::person;
use crate::world::turn::Watcher;

pub struct State {
    world: World,
    model: Model,
    holders: Holders,
    came: BTreeSet<usize>,
}

/// Looks on while a deed has its effects.
struct Onlooker(Rc<RefCell<Seen>>);

struct Seen {
    model: Model,
    holders: Holders,
    wrong: Option<String>,
}

impl Watcher for Onlooker {
    fn decided(&mut self, world: &World, event: &Event, actions: &[Action]) {
        let mut seen = self.0.borrow_mut();
        if seen.wrong.is_none() {
            seen.wrong = seen.model.decided(world, event, actions).err();
        }
        actions.iter().for_each(|action| seen.holders.hear(action));
    }

    fn performed(&mut self, world: &World) -> Option<String> {
        let mut seen = self.0.borrow_mut();
        let now = world.desk.snapshot();
        if seen.wrong.is_none() {
            let settings = &world.settings;
            seen.wrong = (seen.model.agree(world, &now).err())
                .or_else(|| seen.holders.agree(settings, &now, false).err())
                .or_else(|| shared_out(&now).err());
        }
        None
    }

    fn committed(&mut self) {}

    fn died(&mut self) {}
}

/// What anybody can count: each offer and each chat takes a place, and no more are taken than there are.
fn shared_out(now: &Snapshot) -> Verdict {
    for operator in &now.operators {
        let theirs = now.chats.iter().filter(|chat| {
            let serves = chat.stage == StageName::Serving && chat.operator.as_ref() == Some(&operator.jid);
            serves || chat.offered_to.contains(&operator.jid)
        });
        let places = u32::try_from(theirs.count()).unwrap();
        if places != operator.places || places > operator.places_max {
            return Err(format!("{operator:?} has {places} chats and offers"));
        }
    }
    Ok(())
}

impl State {
    /// A desk that works by one configuration and should work by another. All three operators are available.
    pub fn new(works_by: Settings, should: Settings) -> Self {
        let mut world = World::new(works_by);
        world.settings = should;
        world.telling = false;
        let mut state = Self { world, model: Model::default(), holders: Holders::default(), came: BTreeSet::new() };
        let begun = state.after(|world| {
            world.connect();
            OPERATORS.iter().for_each(|name| world.presence(&person(name), Show::Online));
        });
        begun.unwrap();
        state
    }

    pub fn possible(&self) -> Vec<Deed> {
        deed::possible(&self.world, &self.came)
    }

    pub fn fork(&self) -> Self {
        Self {
            world: self.world.fork(),
            model: self.model.clone(),
            holders: self.holders.clone(),
            came: self.came.clone(),
        }
    }

    /// Does it, and says what is wrong then.
    pub fn does(&mut self, deed: Deed) -> Verdict {
        if let Deed::Come(guest) = deed {
            self.came.insert(guest);
        }
        self.after(|world| deed.is_done(world))
    }

    fn after(&mut self, act: impl FnOnce(&mut World)) -> Verdict {
        let (model, holders) = (std::mem::take(&mut self.model), std::mem::take(&mut self.holders));
        let seen = Rc::new(RefCell::new(Seen { model, holders, wrong: None }));
        self.world.watcher = Some(Box::new(Onlooker(Rc::clone(&seen))));
        act(&mut self.world);
        self.world.watcher = None;
        // What was heard is written and never looked at again.
        self.world.store.lines.retain(|_, line| line.kind == LineKind::Owed);
        let seen = Rc::into_inner(seen).unwrap().into_inner();
        (self.model, self.holders) = (seen.model, seen.holders);
        seen.wrong.map_or(Ok(()), Err)
    }

    /// Two states with the same fingerprint have the same future.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        sight::of(&self.world.desk).hash(&mut hasher);
        self.came.hash(&mut hasher);
        self.world.now().mono.hash(&mut hasher);
        for (name, room) in &self.world.rooms {
            let people: Vec<String> = room.occupants.values().map(|one| one.jid.to_string()).collect();
            (name.to_string(), people).hash(&mut hasher);
        }
        for (client, show) in &self.world.presences {
            (client.to_string(), *show == Show::Online).hash(&mut hasher);
        }
        hasher.finish()
    }
}
