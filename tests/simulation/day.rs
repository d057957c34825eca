//! A day at the desk: who is there, what happens, and how it ends.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use frontdesk::desk::action::Action;
use frontdesk::desk::event::Event;

use super::chance::Chance;
use super::crms::Crms;
use super::guest::Guest;
use super::operator::Operator;
use super::oracle::Oracle;
use super::robot::Robot;
use super::rota;
use super::server;
use super::writer::Writer;
use crate::world::World;
use crate::world::people::OPERATORS;
use crate::world::turn::{Tamper, Watcher};

/// After the last guest has left, all is over within this time.
const CLOSING_TIME: Duration = Duration::from_secs(240);

pub struct Day {
    pub world: World,
    pub oracle: Rc<RefCell<Oracle>>,
    chance: Chance,
    guests: Vec<Guest>,
    /// Who write to the desk's address instead of inviting it.
    writers: Vec<Writer>,
    operators: Vec<Operator>,
    /// On some days there is one.
    robot: Option<Robot>,
    crms: Crms,
    /// How much of what happens is trouble, in percent.
    trouble: u32,
}

/// The oracle, looking on.
struct Onlooker(Rc<RefCell<Oracle>>);

impl Watcher for Onlooker {
    fn decided(&mut self, world: &World, event: &Event, actions: &[Action]) {
        self.0.borrow_mut().decided(world, event, actions);
    }

    fn performed(&mut self, world: &World) -> Option<String> {
        self.0.borrow_mut().performed(world)
    }

    fn committed(&mut self) {
        self.0.borrow_mut().committed();
    }

    fn died(&mut self) {
        self.0.borrow_mut().died();
    }
}

impl Day {
    pub fn new(seed: u64, telling: bool, tamper: Option<Tamper>) -> Self {
        let mut chance = Chance::new(seed);
        let mut settings = rota::draw(&mut chance);
        let crms = Crms::draw(seed, &mut settings);
        let mut world = World::new(settings);
        let oracle = Rc::new(RefCell::new(Oracle::default()));
        world.telling = telling;
        world.watcher = Some(Box::new(Onlooker(Rc::clone(&oracle))));
        world.tamper = tamper;
        world.archiving = seed % 2 == 1;
        world.presence_first = chance.percent(50);
        world.turn.events_max = *chance.pick(&[1, 1, 2, 5, 20]);
        let guests = (1..=chance.below(5) + 2).map(Guest::new).collect();
        let staff = OPERATORS[..rota::STAFF].iter().chain(&["boss"]);
        let operators = staff.map(|name| Operator::new(name)).collect();
        let writers = if chance.percent(50) { chance.below(3) + 1 } else { 0 };
        let writers = (1..=writers).map(|number| Writer::new(number, &mut chance)).collect();
        let trouble = *chance.pick(&[0, 0, 5, 10, 20]);
        let robot = chance.percent(25).then(Robot::default);
        Self { world, oracle, chance, guests, writers, operators, robot, crms, trouble }
    }

    /// Plays the day. Stops at the first thing that is wrong.
    pub fn play(&mut self) -> Result<(), String> {
        self.world.connect();
        for operator in &mut self.operators {
            if self.chance.percent(70) {
                operator.show_up(&mut self.world);
            }
        }
        for _ in 0..self.chance.below(120) + 60 {
            self.something_happens(self.trouble);
            let span = self.chance.span();
            self.pass(span)?;
        }
        self.recover()?;
        self.close()
    }

    fn something_happens(&mut self, trouble: u32) {
        self.crms.act(&mut self.world);
        if self.chance.percent(trouble) {
            server::act(&mut self.world, &mut self.chance);
        } else if self.chance.percent(8) {
            if let Some(robot) = &mut self.robot {
                robot.act(&mut self.world, &mut self.chance);
            }
        } else if !self.writers.is_empty() && self.chance.percent(20) {
            let one = self.chance.below(self.writers.len());
            self.writers[one].act(&mut self.world, &mut self.chance);
        } else if self.chance.percent(50) {
            let one = self.chance.below(self.guests.len());
            self.guests[one].act(&mut self.world, &mut self.chance);
        } else {
            let one = self.chance.below(self.operators.len());
            self.operators[one].act(&mut self.world, &mut self.chance);
        }
    }

    /// What was wrong is repaired, and for some minutes nothing else goes wrong.
    fn recover(&mut self) -> Result<(), String> {
        self.world.note(|| "all is repaired".to_owned());
        server::heal(&mut self.world);
        self.pass(Duration::from_secs(30))?;
        for _ in 0..15 {
            self.something_happens(0);
            let span = self.chance.span();
            self.pass(span)?;
        }
        self.pass(Duration::from_secs(120))
    }

    fn close(&mut self) -> Result<(), String> {
        self.world.note(|| "the guests leave".to_owned());
        for guest in &mut self.guests {
            guest.leave_for_good(&mut self.world);
        }
        for writer in &mut self.writers {
            writer.leave_for_good(&mut self.world);
        }
        let all = self.chance.percent(50);
        for operator in &mut self.operators {
            operator.leave(&mut self.world, all);
        }
        self.pass(CLOSING_TIME)?;
        self.oracle.borrow().all_done(&self.world)
    }

    fn pass(&mut self, span: Duration) -> Result<(), String> {
        self.world.wait(span);
        let mut oracle = self.oracle.borrow_mut();
        match oracle.violation.take() {
            Some(violation) => Err(violation),
            None => oracle.time(&self.world),
        }
    }
}
