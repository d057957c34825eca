//! Stories played against the desk: what happens goes in, what the desk wants done comes out.
//!
//! Each `tests/scenarios/*.txt` is a story. `UPDATE_GOLDENFILES=1 cargo test --test scenarios` writes down anew what
//! happens; read the diff and keep it only if you meant it.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that goes wrong should stop"
)]

mod world;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use frontdesk::desk::crm::{CrmReply, CrmSettings, CrmTrouble};
use frontdesk::desk::event::{
    Affiliation, Condition, DirectMessage, Event, GuestRating, Invitation, InvitationForm, RecordTrouble, RosterItem,
    Show,
};
use frontdesk::desk::facts::{Brought, Facts};
use frontdesk::desk::ids::{ChatId, MessageId, Nick, QueueName, RoomJid, StanzaId};
use frontdesk::desk::record::Thumb;
use frontdesk::desk::routing::rules::{Rule, Rules};
use frontdesk::desk::settings::{OperatorSettings, Overflow, QueueSettings, Settings, StrategyName};
use goldenscript::{ArgumentConsumer, Command, Context};
use jid::{FullJid, Jid};
use world::World;
use world::crm::Manner;
use world::known;
use world::people::{self, person, room};
use world::room::Door;
use world::telling::line_told;
use world::turn::CrashPoint;

test_each_file::test_each_path! { in "./tests/scenarios" => play }

fn play(path: &Path) {
    let mut story = Story { world: World::new(people::settings(vec![people::operator("alice", 3)])) };
    goldenscript::run(&mut story, path).unwrap();
}

struct Story {
    world: World,
}

type Told = Result<(), Box<dyn Error>>;

impl goldenscript::Runner for Story {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Result<String, Box<dyn Error>> {
        let mut args = command.consume_args();
        let extra = match command.name.as_str() {
            "desk" => self.desk(&mut args).map(|()| None),
            "connect" => {
                self.world.connect();
                Ok(None)
            }
            "reconnect" => {
                self.world.connect();
                Ok(None)
            }
            "pass" => self.wait(&mut args).map(|()| None),
            "guests-come" => self.guests_come(&mut args).map(|()| None),
            "inside" => Ok(Some(format!("the desk is in {} rooms\n", self.world.rooms_entered()))),
            "disconnect" => {
                self.world.disconnect();
                Ok(None)
            }
            "resume" => {
                self.world.resume();
                Ok(None)
            }
            "kill" => {
                self.world.kill();
                Ok(None)
            }
            "start" => {
                self.world.start();
                Ok(None)
            }
            "restart" => {
                self.world.restart();
                Ok(None)
            }
            "die-after" => self.die_after(&mut args).map(|()| None),
            "lag" => {
                self.world.lagging = true;
                Ok(None)
            }
            "slow-rooms" => {
                self.world.rooms_slow = true;
                Ok(None)
            }
            "catch-up" => {
                self.world.catch_up();
                Ok(None)
            }
            "crm" => self.crm(&mut args).map(|()| None),
            "record" => self.record(&mut args).map(|()| None),
            "retire" => {
                self.world.happen(Event::RetirementAsked);
                Ok(None)
            }
            "queue" => self.queue(&mut args).map(|()| None),
            "drop-queue" => self.drop_queue(&mut args).map(|()| None),
            "operator" => self.operator(&mut args).map(|()| None),
            "rule" => self.rule(&mut args).map(|()| None),
            "no-rules" => self.no_rules().map(|()| None),
            "believe-tokens" => self.believe_tokens(&mut args).map(|()| None),
            "types" => self.types(&mut args, true).map(|()| None),
            "stops-typing" => self.types(&mut args, false).map(|()| None),
            "tell-states" => {
                self.world.telling_states = true;
                Ok(None)
            }
            "rate" => self.rate(&mut args).map(|()| None),
            "tell-why" => {
                self.world.telling_why = true;
                Ok(None)
            }
            "people" => {
                (self.world.telling, self.world.telling_people) = (true, true);
                Ok(None)
            }
            "crowd" => self.crowd(&mut args).map(|()| None),
            "presence" => self.presence(&mut args).map(|()| None),
            "unseen" => self.unseen(&mut args).map(|()| None),
            "subscribe" => self.subscribe(&mut args).map(|()| None),
            "roster" => self.roster(&mut args).map(|()| None),
            "room" => self.room(&mut args).map(|()| None),
            "enter" => self.enter(&mut args).map(Some),
            "leave" => self.leave(&mut args).map(|()| None),
            "rename" => self.rename(&mut args).map(|()| None),
            "grant" => self.grant(&mut args).map(|()| None),
            "throw-out" => self.throw_out(&mut args).map(|()| None),
            "invite" => self.invite(&mut args).map(|()| None),
            "flood" => self.flood(&mut args).map(|()| None),
            "say" => self.say(&mut args).map(|()| None),
            "pour" => self.pour(&mut args).map(|()| None),
            "pour-directly" => self.pour_directly(&mut args).map(|()| None),
            "robot" => self.robot(&mut args).map(Some),
            "bounce" => self.bounce(&mut args).map(|()| None),
            "bounce-directly" => self.bounce_directly(&mut args).map(|()| None),
            "subject" => self.subject(&mut args).map(|()| None),
            "tell" => self.tell(&mut args).map(|()| None),
            "lose" => self.lose(&mut args).map(|()| None),
            "no-own-archive" => {
                self.world.own_archive.clear();
                Ok(None)
            }
            "time-asked" => self.time_asked(&mut args).map(|()| None),
            "wait" => self.wait(&mut args).map(|()| None),
            "chats" => Ok(Some(self.chats())),
            "counted" => Ok(Some(self.counted())),
            "transcript" => self.transcript(&mut args).map(Some),
            "deadline" => Ok(Some(self.deadline())),
            other => Err(format!("no such command: {other}").into()),
        }?;
        args.reject_next()?;
        let told = match command.name.as_str() {
            "flood" | "pour" | "pour-directly" | "crowd" | "reconnect" | "pass" => self.world.take_summary(),
            _ => self.world.take_told(),
        };
        Ok(told + &extra.unwrap_or_default())
    }
}

impl Story {
    /// `desk operators=alice:3,bob:1 guests=any max=2 hide=false offer=20`
    fn desk(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let mut settings = self.world.settings.clone();
        while let Some((key, value)) = args.next_key() {
            match key {
                "operators" => settings.operators = operators(value),
                "guests" if value == "any" => settings.guests.clear(),
                "max" => settings.chats_open_max = value.parse()?,
                "alias" => settings.alias = value.parse()?,
                "idle" => settings.alias_idle = Duration::from_secs(value.parse()?),
                "shared" => settings.shared_accounts = value.split(',').map(|name| person(name).to_bare()).collect(),
                "crm" => settings.crms = crms(value)?,
                "hide" => settings.hide_operators = value.parse()?,
                _ => return Err(format!("no such setting: {key}").into()),
            }
        }
        self.configure(settings);
        Ok(())
    }

    /// How a CRM answers from now on: `crm customers known="{\"licence\": \"basic\"}" after=2 times=2`, `crm customers unknown`,
    /// `crm customers down`, `crm customers silent`.
    fn crm(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let name = word(args)?.to_owned();
        let reply = match (args.take_key("known"), args.next_pos()) {
            (Some(json), _) => {
                CrmReply::Known(Facts::from_json(serde_json::from_str(json)?).map_err(|at| at.to_string())?)
            }
            (None, Some("unknown")) => CrmReply::Unknown,
            (None, Some("down")) => CrmReply::Failed(CrmTrouble::Unreachable),
            (None, Some("nonsense")) => CrmReply::Failed(CrmTrouble::Nonsense),
            (None, Some("huge")) => CrmReply::Failed(CrmTrouble::TooLarge),
            (None, Some("silent")) => {
                self.world.crms.manners.remove(&name);
                return Ok(());
            }
            _ => return Err("what does it know?".into()),
        };
        let after = Duration::try_from_secs_f64(args.take_key("after").unwrap_or("0").parse()?)?;
        let times = args.take_key("times").unwrap_or("1").parse()?;
        self.world.crms.manners.insert(name, Manner { reply, after, times });
        Ok(())
    }

    /// `drop-queue second`: it is no longer configured, and its operators serve the first one.
    fn drop_queue(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let mut settings = self.world.settings.clone();
        let name = QueueName::from(word(args)?);
        settings.queues.retain(|queue| queue.name != name);
        for queue in &mut settings.queues {
            queue.overflow.take_if(|overflow| overflow.to == name);
        }
        for operator in &mut settings.operators {
            operator.queues.retain(|queue| *queue != name);
        }
        self.configure(settings);
        Ok(())
    }

    fn configure(&mut self, settings: Settings) {
        if !self.world.running {
            self.world.settings = settings;
        } else if self.world.linked {
            self.world.settings = settings.clone();
            self.world.happen(Event::SettingsChanged(Box::new(settings)));
        } else {
            let telling = (self.world.telling_why, self.world.telling_people, self.world.telling_states);
            self.world = World::new(settings);
            (self.world.telling_why, self.world.telling_people, self.world.telling_states) = telling;
        }
    }

    /// `queue support strategy=tiers offer=20 first_reply=120 tier=60 wrap_up=10 supervisors=boss hours="Mo-Fr 09:00-17:00"
    /// holidays=2026-12-25 skills=billing weight=2 priority=5 escalate=180 message=300 missed=3 last=true
    /// overflow_to=other overflow_after=60 overflow_beyond=2`: a queue that is not there yet is added.
    fn queue(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let mut settings = self.world.settings.clone();
        let name = word(args)?;
        if !settings.queues.iter().any(|queue| *queue.name.0 == *name) {
            settings.queues.push(people::queue(name));
        }
        let queue = settings.queues.iter_mut().find(|queue| *queue.name.0 == *name).ok_or("no queue")?;
        while let Some((key, value)) = args.next_key() {
            set_queue(queue, key, value)?;
        }
        for jid in settings.queues.iter().flat_map(|queue| queue.supervisors.clone()) {
            if !settings.operators.iter().any(|operator| operator.jid == jid) {
                let name = jid.node().ok_or("no name")?.to_string();
                settings.operators.push(OperatorSettings {
                    queues: Vec::new(),
                    supervisor_only: true,
                    ..people::operator(&name, 3)
                });
            }
        }
        self.configure(settings);
        Ok(())
    }

    /// `operator bob max=2 tier=2 skills=billing languages=de,en queues=support,billing`
    fn operator(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let mut settings = self.world.settings.clone();
        let name = word(args)?;
        let jid = person(name).to_bare();
        if !settings.operators.iter().any(|operator| operator.jid == jid) {
            settings.operators.push(people::operator(name, 3));
        }
        let operator = settings.operators.iter_mut().find(|operator| operator.jid == jid).ok_or("no operator")?;
        while let Some((key, value)) = args.next_key() {
            let list = || value.split(',').map(str::to_owned);
            match key {
                "max" => operator.chats_max = value.parse()?,
                "tier" => operator.tier = value.parse()?,
                "skills" => operator.skills = list().collect(),
                "languages" => operator.languages = list().collect(),
                "queues" => operator.queues = value.split(',').map(QueueName::from).collect(),
                _ => return Err(format!("no such property: {key}").into()),
            }
        }
        self.configure(settings);
        Ok(())
    }

    /// `rule "guest.said.department == 'billing'" "queue=billing;priority=5;skills=tax;operator=bob;tags=vip;refuse=Sorry"`: one
    /// more; it stands in line 10 for the first, 20 for the second, and so on.
    fn rule(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let mut settings = self.world.settings.clone();
        let (when, then) = (word(args)?, word(args)?);
        let mut rules: Vec<Rule> = settings.rules.iter().cloned().collect();
        let line = u32::try_from(10 * (rules.len() + 1))?;
        rules.push(known::rule(when, then, line));
        settings.rules = Rules::new(rules);
        self.configure(settings);
        Ok(())
    }

    /// `no-rules`: there are none any more.
    fn no_rules(&mut self) -> Told {
        let settings = Settings { rules: Rules::default(), ..self.world.settings.clone() };
        self.configure(settings);
        Ok(())
    }

    /// `believe-tokens`, `believe-tokens alg=EdDSA`: there is a `[token]`.
    fn believe_tokens(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let token = known::token_settings(args.take_key("alg").unwrap_or("HS256"));
        let settings = Settings { token: Some(token), ..self.world.settings.clone() };
        self.configure(settings);
        Ok(())
    }

    /// `guests-come 100`: so many guests come, of whom nothing is told. `guests-come 10 served=alice after=30`: each waits so
    /// many seconds for somebody who serves them, and goes.
    fn guests_come(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let guests: usize = word(args)?.parse()?;
        let served = args.take_key("served").map(person);
        let after = Duration::from_secs(args.take_key("after").unwrap_or("0").parse()?);
        self.world.telling = false;
        for number in 1..=guests {
            // Not faster than the desk enters rooms.
            self.world.wait(Duration::from_millis(10));
            let (place, guest) = (room(&format!("crowd{number}")), person(&format!("one{number}")));
            self.open(&place, &guest);
            if let Some(operator) = &served {
                self.world.wait(after);
                self.world.happen(direct(operator, "!take"));
                self.world.in_room(&place, |room| {
                    let password = room.password.clone();
                    room.enter(operator, &Nick::from("Op".to_owned()), password.as_deref());
                    room.say(&Nick::from("Op".to_owned()), None, "There you are", None, DateTime::UNIX_EPOCH);
                    room.leave(&guest);
                });
                self.world.wait(Duration::from_secs(60));
            }
        }
        // So many rooms are not entered at once.
        if guests > 20 {
            self.world.wait(Duration::from_secs(5));
        }
        self.world.telling = true;
        Ok(())
    }

    fn open(&mut self, place: &RoomJid, guest: &FullJid) {
        let nick = Nick::from(guest.node().map(|node| node.to_string()).unwrap_or_default());
        self.world.in_room(place, |room| room.enter(guest, &nick, None));
        self.world.happen(Event::InvitationReceived(Invitation {
            room: place.clone(),
            from: guest.clone().into(),
            form: InvitationForm::Mediated,
            password: None,
            reason: None,
            language: None,
            brought: Brought::default(),
        }));
    }

    /// `rate g1 help1 up "Quick and kind"`: directly. `in-room=true`: in the room, under their nick there. `heard=true`:
    /// with the id of something that the desk said in the chat in that room; `heard=id`: with another.
    fn rate(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let in_room = args.take_key("in-room").is_some();
        let heard = args.take_key("heard").map(str::to_owned);
        let (who, place, thumb) = (a_person(args)?, a_room(args)?, word(args)?);
        let thumb = if thumb == "up" { Thumb::Up } else { Thumb::Down };
        let words = word(args)?.to_owned();
        let nick = self.world.in_room(&place, |room| room.nick_of(&who)).filter(|_| in_room);
        let (from, room) = match nick {
            Some(nick) => (place.occupant(&nick).ok_or("no occupant")?.into(), None),
            None => (who.into(), Some(place)),
        };
        let chat = self.world.store.chats.values().rfind(|chat| Some(&chat.room) == room.as_ref());
        let id = |word: String| match (word.as_str(), chat) {
            ("true", Some(chat)) => format!("{}-1", chat.tag),
            _ => word,
        };
        let heard = heard.map(|word| MessageId::from(id(word)));
        self.world.happen(Event::GuestRated(GuestRating { from, room, heard, thumb, words }));
        Ok(())
    }

    /// `types help1 alice`, `stops-typing help1 alice`
    fn types(&mut self, args: &mut ArgumentConsumer<'_>, typing: bool) -> Told {
        let (place, who) = (a_room(args)?, a_person(args)?);
        let nick = self.world.in_room(&place, |room| room.nick_of(&who)).ok_or("not in the room")?;
        self.world.happen(Event::OccupantTyping { room: place, nick, typing });
        Ok(())
    }

    /// `record full`, `record works`
    fn record(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let event = match word(args)? {
            "works" => Event::RecordRestored,
            "full" => Event::RecordFailed(RecordTrouble::Full),
            "gone" => Event::RecordFailed(RecordTrouble::Gone),
            other => return Err(format!("no such trouble: {other}").into()),
        };
        self.world.happen(event);
        Ok(())
    }

    /// `presence alice online`
    fn presence(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (who, show) = (a_person(args)?, word(args)?);
        let show = match show {
            "online" => Show::Online,
            "chat" => Show::Chat,
            "away" => Show::Away,
            "xa" => Show::ExtendedAway,
            "dnd" => Show::Busy,
            "offline" => Show::Offline,
            other => return Err(format!("no such presence: {other}").into()),
        };
        self.world.presence(&who, show);
        Ok(())
    }

    /// `unseen alice`: the desk may not see her presence.
    fn unseen(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let who = a_person(args)?;
        self.world.unsubscribed.push(who.to_bare());
        Ok(())
    }

    fn subscribe(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let from = a_person(args)?.to_bare();
        self.world.happen(Event::SubscriptionRequested { from });
        Ok(())
    }

    /// `roster alice to=false`
    fn roster(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let jid = a_person(args)?.to_bare();
        let to = args.take_key("to") == Some("true");
        self.world.happen(Event::RosterChanged(RosterItem { jid, to, from: true }));
        Ok(())
    }

    /// `room help1 rights=admin|none members_only=true password=x jids=all vouches=false door=silent mute=true`
    fn room(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let name = a_room(args)?;
        let place =
            self.world.rooms.entry(name.clone()).or_insert_with(|| world::room::Room::new(name, people::account()));
        place.door = Door::Open;
        while let Some((key, value)) = args.next_key() {
            match (key, value) {
                ("rights", rights) => place.desk_is_admin = rights == "admin",
                ("members_only", _) => place.members_only = true,
                ("password", word) => place.password = Some(word.to_owned()),
                ("jids", _) => place.jids_for_all = true,
                ("persistent", _) => place.persistent = true,
                ("vouches", _) => place.vouches = false,
                ("unloaded", _) => place.unloaded = value == "true",
                ("archive", "silent") => place.archive_silent = true,
                ("archive", _) => place.archive = value == "true",
                ("names-speakers", _) => place.names_speakers = value == "true",
                ("history", lines) => place.history_max = lines.parse()?,
                ("mute", _) => place.mute = value == "true",
                ("deaf", times) => place.deaf = times.parse()?,
                ("throttle", lines) => place.throttle = lines.parse()?,
                ("door", "missing") => place.door = Door::Missing,
                ("door", "silent") => place.door = Door::Silent,
                ("door", "open") => place.door = Door::Open,
                ("door", "nick-taken") => place.door = Door::NickTaken(1),
                ("door", "nicks-taken") => place.door = Door::NickTaken(100),
                ("door", condition) => place.door = Door::Refusing(a_condition(condition)?),
                _ => return Err(format!("no such property: {key}").into()),
            }
        }
        Ok(())
    }

    /// `enter help1 g1 nick=Joe password=x`. Who opens a room owns it. `password=known`: whatever it is now.
    fn enter(&mut self, args: &mut ArgumentConsumer<'_>) -> Result<String, Box<dyn Error>> {
        let (place, who) = (a_room(args)?, a_person(args)?);
        let nick = a_nick(args, &who);
        let password = args.take_key("password").map(str::to_owned);
        let let_in = self.world.in_room(&place, |room| {
            let known = room.password.clone().filter(|_| password.as_deref() == Some("known"));
            room.enter(&who, &nick, known.or(password).as_deref())
        });
        Ok(if let_in { String::new() } else { format!("{who} is not let in\n") })
    }

    fn leave(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who) = (a_room(args)?, a_person(args)?);
        self.world.in_room(&place, |room| room.leave(&who));
        Ok(())
    }

    fn rename(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who) = (a_room(args)?, a_person(args)?);
        let nick = Nick::from(word(args)?.to_owned());
        self.world.in_room(&place, |room| room.rename(&who, &nick));
        Ok(())
    }

    /// `grant help1 desk owner`
    fn grant(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who, what) = (a_room(args)?, word(args)?, word(args)?);
        let jid = if who == "desk" { people::account() } else { person(who).to_bare() };
        let affiliation = match what {
            "owner" => Affiliation::Owner,
            "admin" => Affiliation::Admin,
            "member" => Affiliation::Member,
            _ => Affiliation::None,
        };
        self.world.in_room(&place, |room| room.affiliate(&jid, affiliation));
        Ok(())
    }

    /// `throw-out help1 code=307`, `throw-out help1 destroyed=true`
    fn throw_out(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let place = a_room(args)?;
        let mut codes = vec![110];
        codes.extend(args.take_key("code").map(str::parse::<u16>).transpose()?);
        let destroyed = args.take_key("destroyed").is_some();
        self.world.in_room(&place, |room| room.throw_desk_out(codes, destroyed));
        Ok(())
    }

    /// `invite help1 g1 form=direct by=nick password=x lang=de reason="words"`
    fn invite(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who) = (a_room(args)?, a_person(args)?);
        let form = match args.take_key("form") {
            Some("direct") => InvitationForm::Direct,
            _ => InvitationForm::Mediated,
        };
        let from = match args.take_key("by") {
            Some(nick) => place.occupant(&Nick::from(nick.to_owned())).ok_or("no nick")?.into(),
            None => Jid::from(who),
        };
        let brought = known::brought(args.take_key("said"), args.take_key("token"), self.world.now().wall);
        self.world.happen(Event::InvitationReceived(Invitation {
            room: place,
            from,
            form,
            password: args.take_key("password").map(str::to_owned),
            reason: args.take_key("reason").map(str::to_owned),
            language: args.take_key("lang").map(str::to_owned),
            brought,
        }));
        Ok(())
    }

    /// `flood 500 bot`, `flood 500 bot resources=true`
    fn flood(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (times, who) = (word(args)?.parse()?, word(args)?);
        self.world.flood(times, who, args.take_key("resources").is_some());
        Ok(())
    }

    /// `crowd 50`
    fn crowd(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        self.world.crowd(word(args)?.parse()?);
        Ok(())
    }

    /// `pour help1 g1 250`
    fn pour(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who) = (a_room(args)?, a_person(args)?);
        self.world.pour(&place, &who, word(args)?.parse()?);
        Ok(())
    }

    /// `pour-directly g1 250`: so many direct messages.
    fn pour_directly(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (who, times) = (a_person(args)?, word(args)?.parse::<u32>()?);
        (1..=times).for_each(|number| self.world.happen(direct(&who, &format!("line {number}"))));
        Ok(())
    }

    /// `robot help1 g1 "?? x" pause=2`; `robot directly g1 "!help"`
    fn robot(&mut self, args: &mut ArgumentConsumer<'_>) -> Result<String, Box<dyn Error>> {
        let (place, who, words) = (word(args)?, a_person(args)?, word(args)?);
        let place = (place != "directly").then(|| room(place));
        let pause = Duration::from_secs(args.take_key("pause").unwrap_or("1").parse()?);
        let times = self.world.robot(place.as_ref(), &who, words, pause);
        self.world.take_told();
        Ok(format!("it spoke {times} times until nobody answered\n"))
    }

    /// `bounce help1 ID condition=policy`: the room sends words of ours back.
    fn bounce(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, id) = (a_room(args)?, MessageId::from(word(args)?.to_owned()));
        let condition = a_condition(args.take_key("condition").unwrap_or("policy"))?;
        let from = match args.take_key("by") {
            Some(nick) => place.occupant(&Nick::from(nick.to_owned())).ok_or("no nick")?.into(),
            None => place.bare().clone().into(),
        };
        self.world.happen(Event::MessageBounced { from, id: Some(id), condition });
        Ok(())
    }

    /// `bounce-directly g1 ID condition=full`: a direct message of ours comes back.
    fn bounce_directly(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (who, id) = (a_person(args)?, MessageId::from(word(args)?.to_owned()));
        let condition = a_condition(args.take_key("condition").unwrap_or("full"))?;
        self.world.happen(Event::MessageBounced { from: who.into(), id: Some(id), condition });
        Ok(())
    }

    /// `say help1 g1 "words" id=x lang=de`
    fn say(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who, words) = (a_room(args)?, a_person(args)?, word(args)?);
        let (id, language) = (args.take_key("id"), args.take_key("lang"));
        self.say_in(&place, &who, words, id, language)
    }

    fn say_in(
        &mut self,
        place: &RoomJid,
        who: &FullJid,
        words: &str,
        id: Option<&str>,
        language: Option<&str>,
    ) -> Told {
        let at = self.world.now().wall;
        self.world.in_room(place, |room| {
            let nick = room.nick_of(who).ok_or("not in the room")?;
            room.say(&nick, id.map(|id| MessageId::from(id.to_owned())), words, language, at);
            Ok(())
        })
    }

    /// `subject help1 g1 "words"`
    fn subject(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who, words) = (a_room(args)?, a_person(args)?, word(args)?);
        self.world.in_room(&place, |room| {
            let nick = room.nick_of(&who).ok_or("not in the room")?;
            room.set_subject(&nick, words);
            Ok(())
        })
    }

    /// `tell alice "!accept"` (to the desk, directly); `tell help1@rooms.chat.example/Joe "words"`; `tell g1 "words" id=x
    /// delayed=true encrypted=true bare=true archived=a1`
    fn tell(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let message = written(args)?;
        self.world.own_archive.extend(message.archived.is_some().then(|| message.clone()));
        self.world.happen(Event::DirectMessageReceived(message));
        Ok(())
    }

    /// `lose g1 "words" id=x archived=a2`: the account's archive has it, and a desk that died of it.
    fn lose(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let message = written(args)?;
        self.world.own_archive.push(message);
        Ok(())
    }

    fn time_asked(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let from = a_person(args)?.into();
        self.world.happen(Event::TimeAsked { from, id: "t1".to_owned() });
        Ok(())
    }

    /// `die-after 3` events from now, when what was decided is written and said. `die-after 3 turn=20 said=0`: they are all
    /// in one turn, which is written, and so much of it is said.
    fn die_after(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let said = args.take_key("said").map_or(Ok(usize::MAX), str::parse)?;
        self.world.turn.events_max = args.take_key("turn").map_or(Ok(1), str::parse)?;
        self.world.turn.crash = Some((word(args)?.parse()?, CrashPoint::BeforeSpeaking(said)));
        Ok(())
    }

    /// `wait 20` seconds, `wait 0.5`
    fn wait(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        self.world.wait(Duration::try_from_secs_f64(word(args)?.parse()?)?);
        Ok(())
    }

    fn chats(&self) -> String {
        let snapshot = self.world.desk.snapshot();
        let chats = snapshot.chats.iter().map(|chat| {
            let operator = chat.operator.as_ref().map(|jid| format!(" {jid}")).unwrap_or_default();
            format!("chat {} {:?} {}{operator}\n", chat.id, chat.stage, chat.guest).to_lowercase()
        });
        let closed = self.world.store.chats.values().filter(|chat| chat.closed_at.is_some());
        let closed = closed.map(|chat| format!("chat {} closed {:?}\n", chat.id, chat.outcome.unwrap()).to_lowercase());
        let operators = snapshot.operators.iter().map(|one| {
            format!("{} {:?} {} of {}\n", one.jid, one.availability, one.chats, one.places_max).to_lowercase()
        });
        chats.chain(closed).chain(operators).collect()
    }

    fn transcript(&self, args: &mut ArgumentConsumer<'_>) -> Result<String, Box<dyn Error>> {
        let chat = ChatId(word(args)?.parse()?);
        Ok(self.world.store.transcript(chat).into_iter().map(|line| line_told(line) + "\n").collect())
    }

    fn counted(&self) -> String {
        self.world.store.counted.iter().map(|(what, times)| format!("{what}: {times}\n")).collect()
    }

    fn deadline(&self) -> String {
        match (self.world.desk.next_deadline(), self.world.desk.next_reason()) {
            (Some(at), Some((chat, why))) => {
                format!("in {} s: chat {chat}: {why}\n", at.since(self.world.now().mono).as_secs_f32())
            }
            _ => "none\n".to_owned(),
        }
    }
}

fn written(args: &mut ArgumentConsumer<'_>) -> Result<DirectMessage, Box<dyn Error>> {
    let (who, words) = (a_person(args)?, word(args)?);
    Ok(DirectMessage {
        from: if args.take_key("bare").is_some() { Jid::from(who.to_bare()) } else { who.into() },
        body: words.to_owned(),
        language: args.take_key("lang").map(str::to_owned),
        delayed: args.take_key("delayed").is_some(),
        id: args.take_key("id").map(|id| MessageId::from(id.to_owned())),
        encrypted: args.take_key("encrypted").is_some(),
        archived: args.take_key("archived").map(|id| StanzaId(id.to_owned())),
    })
}

fn direct(from: &FullJid, words: &str) -> Event {
    Event::DirectMessageReceived(DirectMessage {
        from: from.clone().into(),
        body: words.to_owned(),
        language: None,
        delayed: false,
        id: None,
        encrypted: false,
        archived: None,
    })
}

/// `customers:guest.account:3,people:guest.said.number:2`: each with what it is asked by and how long it has.
fn crms(text: &str) -> Result<Vec<CrmSettings>, Box<dyn Error>> {
    let one = |item: &str| {
        let parts: Vec<&str> = item.split(':').collect();
        let [name, by, limit] = parts[..] else { return Err("name:fact:seconds is wanted".into()) };
        let by = vec![by.parse().map_err(|()| "no such fact")?];
        Ok(CrmSettings { name: name.into(), by, limit: Duration::from_secs(limit.parse()?) })
    };
    text.split(',').filter(|item| !item.is_empty()).map(one).collect()
}

fn operators(text: &str) -> Vec<frontdesk::desk::settings::OperatorSettings> {
    let one = |item: &str| {
        let (name, max) = item.split_once(':').unwrap_or((item, "3"));
        people::operator(name, max.parse().unwrap())
    };
    text.split(',').map(one).collect()
}

fn set_queue(queue: &mut QueueSettings, key: &str, value: &str) -> Told {
    let seconds = || value.parse().map(Duration::from_secs);
    let mut overflow = queue.overflow.take().unwrap_or(Overflow { to: QueueName::from(""), after: None, beyond: None });
    match key {
        "strategy" => queue.strategy = strategy(value)?,
        "offer" => queue.offer = seconds()?,
        "first_reply" => queue.first_reply = seconds()?,
        "tier" => queue.tier = seconds()?,
        "wrap_up" => queue.wrap_up = seconds()?,
        "supervisors" => queue.supervisors = value.split(',').map(|name| person(name).to_bare()).collect(),
        "hours" => queue.hours = Some(value.parse()?),
        "holidays" => queue.holidays = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
        "skills" => queue.skills = value.split(',').filter(|skill| !skill.is_empty()).map(str::to_owned).collect(),
        "weight" => queue.chat_weight = value.parse()?,
        "priority" => queue.priority = value.parse()?,
        "escalate" => queue.escalate = seconds()?,
        "message" => queue.message = seconds()?,
        "missed" => queue.missed_offers_max = value.parse()?,
        "last" => queue.prefer_last_operator = value.parse()?,
        "overflow_to" => overflow.to = QueueName::from(value),
        "overflow_after" => overflow.after = Some(seconds()?),
        "overflow_beyond" => overflow.beyond = Some(value.parse()?),
        _ => return Err(format!("no such property: {key}").into()),
    }
    queue.overflow = Some(overflow).filter(|overflow| !overflow.to.0.is_empty());
    Ok(())
}

fn strategy(name: &str) -> Result<StrategyName, Box<dyn Error>> {
    use StrategyName::{Broadcast, FewestChats, LongestIdle, RoundRobin, Tiers};
    let all = [RoundRobin, LongestIdle, FewestChats, Tiers, Broadcast];
    all.into_iter().find(|strategy| strategy.name() == name).ok_or_else(|| format!("no strategy {name}").into())
}

fn word<'a>(args: &mut ArgumentConsumer<'a>) -> Result<&'a str, Box<dyn Error>> {
    args.next_pos().ok_or_else(|| "a word is missing".into())
}

fn a_room(args: &mut ArgumentConsumer<'_>) -> Result<RoomJid, Box<dyn Error>> {
    Ok(room(word(args)?))
}

fn a_person(args: &mut ArgumentConsumer<'_>) -> Result<FullJid, Box<dyn Error>> {
    Ok(person(word(args)?))
}

fn a_nick(args: &mut ArgumentConsumer<'_>, who: &FullJid) -> Nick {
    let own = who.node().map(|node| node.to_string()).unwrap_or_default();
    Nick::from(args.take_key("nick").map_or(own, str::to_owned))
}

fn a_condition(name: &str) -> Result<Condition, Box<dyn Error>> {
    Ok(match name {
        "locked" => Condition::ItemNotFound,
        "banned" => Condition::Forbidden,
        "full" => Condition::ServiceUnavailable,
        "members" => Condition::RegistrationRequired,
        "password" => Condition::NotAuthorized,
        "not-allowed" => Condition::NotAllowed,
        "policy" => Condition::PolicyViolation,
        "resources" => Condition::ResourceConstraint,
        "no-server" => Condition::RemoteServerNotFound,
        other => return Err(format!("no such condition: {other}").into()),
    })
}
