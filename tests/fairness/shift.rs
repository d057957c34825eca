//! Operators who come at once when they are asked, and guests who leave when they are helped.

use std::collections::BTreeMap;
use std::time::Duration;

use frontdesk::desk::event::{Event, Show};
use frontdesk::desk::ids::Nick;
use frontdesk::desk::moment::Mono;
use frontdesk::desk::settings::Settings;
use jid::Jid;

use crate::world::people::{person, room};
use crate::world::{Mail, World};

pub struct Shift {
    world: World,
    staff: Vec<String>,
    /// Who was served by whom, in the order of serving. Guests are numbered in the order in which they come.
    pub accepted: Vec<(usize, String)>,
    waiting: Vec<usize>,
    services: BTreeMap<usize, Duration>,
    /// When which guests leave.
    ends: BTreeMap<(Mono, usize), String>,
    guests: usize,
}

impl Shift {
    pub fn new(settings: Settings, staff: &[&str]) -> Self {
        let mut world = World::new(settings);
        world.telling = false;
        world.connect();
        staff.iter().for_each(|name| world.presence(&person(name), Show::Online));
        Self {
            world,
            staff: staff.iter().map(|name| (*name).to_owned()).collect(),
            accepted: Vec::new(),
            waiting: Vec::new(),
            services: BTreeMap::new(),
            ends: BTreeMap::new(),
            guests: 0,
        }
    }

    pub fn configure(&mut self, settings: Settings) {
        self.world.settings = settings.clone();
        self.world.happen(Event::SettingsChanged(Box::new(settings)));
        self.follow_invitations();
    }

    /// A guest comes, and will leave when they have been served for so long.
    pub fn guest_comes(&mut self, takes: Duration) {
        let guest = self.guests;
        self.guests += 1;
        let (place, who) = (room(&format!("r{guest}")), person(&format!("guest{guest}")));
        self.services.insert(guest, takes);
        self.waiting.push(guest);
        self.world.in_room(&place, |room| room.enter(&who, &Nick::from("Guest".to_owned()), None));
        self.world.invite_directly(place, who);
        self.follow_invitations();
    }

    pub fn wait(&mut self, span: Duration) {
        let until = self.world.now().mono + span;
        while let Some((at, guest)) = self.ends.keys().next().copied().filter(|(at, _)| *at <= until) {
            self.pass(at);
            self.ends.remove(&(at, guest));
            self.ends_for(guest);
        }
        self.pass(until);
    }

    fn pass(&mut self, until: Mono) {
        let span = until.since(self.world.now().mono);
        self.world.wait(span);
        self.follow_invitations();
    }

    /// The operator closes, so that the place is free at once.
    fn ends_for(&mut self, guest: usize) {
        let (_, operator) = self.accepted.iter().find(|(served, _)| *served == guest).unwrap().clone();
        let at = self.world.now().wall;
        let place = room(&format!("r{guest}"));
        self.world.in_room(&place, |room| {
            let nick = room.nick_of(&person(&operator)).unwrap();
            room.say(&nick, None, "!close", None, at);
        });
        self.follow_invitations();
    }

    /// Whoever is invited comes, and says something.
    fn follow_invitations(&mut self) {
        loop {
            let mail = std::mem::take(&mut self.world.mail);
            let invited: Vec<_> = mail.into_iter().filter_map(|(to, mail)| self.invitation(&to, &mail)).collect();
            if invited.is_empty() {
                return;
            }
            for (operator, guest) in invited {
                self.comes(&operator, guest);
            }
        }
    }

    fn invitation(&self, to: &Jid, mail: &Mail) -> Option<(String, usize)> {
        let Mail::Invitation { room, .. } = mail else { return None };
        let name = self.staff.iter().find(|name| person(name).to_bare() == to.to_bare())?;
        let guest = room.bare().node()?.as_str().strip_prefix('r')?.parse().ok()?;
        Some((name.clone(), guest))
    }

    fn comes(&mut self, operator: &str, guest: usize) {
        self.accepted.push((guest, operator.to_owned()));
        self.waiting.retain(|other| *other != guest);
        let ends = self.world.now().mono + self.services[&guest];
        self.ends.insert((ends, guest), operator.to_owned());
        let (place, who, at) = (room(&format!("r{guest}")), person(operator), self.world.now().wall);
        let nick = Nick::from(operator.to_owned());
        self.world.in_room(&place, |room| {
            let password = room.password.clone();
            assert!(room.enter(&who, &nick, password.as_deref()));
            room.say(&nick, None, "Good morning", None, at);
        });
    }

    /// Taken places and all places, in the order of the staff.
    pub fn loads(&self) -> Vec<(u32, u32)> {
        let views = self.world.desk.snapshot().operators;
        let of = |name: &String| {
            let view = views.iter().find(|view| view.jid == person(name).to_bare()).unwrap();
            (view.places, view.places_max)
        };
        self.staff.iter().map(of).collect()
    }

    /// Whoever was served last did not go before somebody who waits and comes first.
    pub fn assert_order(&self, hurries: impl Fn(usize) -> bool) {
        let Some((last, _)) = self.accepted.last() else { return };
        let place = |guest: usize| (!hurries(guest), guest);
        let older = self.waiting.iter().find(|waiting| **waiting < *last && place(**waiting) < place(*last));
        assert!(older.is_none(), "{last} was served before {older:?}");
    }
}
