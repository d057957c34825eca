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

use frontdesk::desk::event::{
    Affiliation, Condition, DirectMessage, Event, Invitation, InvitationForm, RecordTrouble, RosterItem, Show,
};
use frontdesk::desk::ids::{ChatId, MessageId, Nick, RoomJid};
use goldenscript::{ArgumentConsumer, Command, Context};
use jid::{FullJid, Jid};
use world::World;
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
            "record" => self.record(&mut args).map(|()| None),
            "retire" => {
                self.world.happen(Event::RetirementAsked);
                Ok(None)
            }
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
            "say" => self.say(&mut args).map(|()| None),
            "tell" => self.tell(&mut args).map(|()| None),
            "time-asked" => self.time_asked(&mut args).map(|()| None),
            "wait" => self.wait(&mut args).map(|()| None),
            "chats" => Ok(Some(self.chats())),
            "transcript" => self.transcript(&mut args).map(Some),
            "deadline" => Ok(Some(self.deadline())),
            other => Err(format!("no such command: {other}").into()),
        }?;
        args.reject_next()?;
        Ok(self.world.take_told() + &extra.unwrap_or_default())
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
                "hide" => settings.hide_operators = value.parse()?,
                _ => return Err(format!("no such setting: {key}").into()),
            }
        }
        if self.world.linked {
            self.world.settings = settings.clone();
            self.world.happen(Event::SettingsChanged(Box::new(settings)));
        } else {
            self.world = World::new(settings);
        }
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
                ("archive", _) => place.archive = value == "true",
                ("names-speakers", _) => place.names_speakers = value == "true",
                ("history", lines) => place.history_max = lines.parse()?,
                ("mute", _) => place.mute = value == "true",
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
        let nick = Nick(word(args)?.to_owned());
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
            Some(nick) => place.occupant(&Nick(nick.to_owned())).ok_or("no nick")?.into(),
            None => Jid::from(who),
        };
        self.world.happen(Event::InvitationReceived(Invitation {
            room: place,
            from,
            form,
            password: args.take_key("password").map(str::to_owned),
            reason: args.take_key("reason").map(str::to_owned),
            language: args.take_key("lang").map(str::to_owned),
        }));
        Ok(())
    }

    /// `say help1 g1 "words" id=x lang=de`
    fn say(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (place, who, words) = (a_room(args)?, a_person(args)?, word(args)?);
        let (id, language) = (args.take_key("id"), args.take_key("lang"));
        let at = self.world.now().wall;
        self.world.in_room(&place, |room| {
            let nick = room.nick_of(&who).ok_or("not in the room")?;
            room.say(&nick, id.map(|id| MessageId(id.to_owned())), words, language, at);
            Ok(())
        })
    }

    /// `tell alice "!accept"` (to the desk, directly); `tell help1@rooms.chat.example/Joe "words"`
    fn tell(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let (who, words) = (a_person(args)?, word(args)?);
        self.world.happen(Event::DirectMessageReceived(DirectMessage {
            from: who.into(),
            body: words.to_owned(),
            language: args.take_key("lang").map(str::to_owned),
            delayed: args.take_key("delayed").is_some(),
        }));
        Ok(())
    }

    fn time_asked(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        let from = a_person(args)?.into();
        self.world.happen(Event::TimeAsked { from, id: "t1".to_owned() });
        Ok(())
    }

    /// `die-after 3` events from now, when what was decided is written and said; with `said=0` before it is said.
    fn die_after(&mut self, args: &mut ArgumentConsumer<'_>) -> Told {
        self.world.turn.events_max = 1;
        let said = args.take_key("said").map_or(Ok(usize::MAX), str::parse)?;
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
            format!("{} {:?} {} of {}\n", one.jid, one.availability, one.chats, one.chats_max).to_lowercase()
        });
        chats.chain(closed).chain(operators).collect()
    }

    fn transcript(&self, args: &mut ArgumentConsumer<'_>) -> Result<String, Box<dyn Error>> {
        let chat = ChatId(word(args)?.parse()?);
        Ok(self.world.store.transcript(chat).into_iter().map(|line| line_told(line) + "\n").collect())
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

fn operators(text: &str) -> Vec<frontdesk::desk::settings::OperatorSettings> {
    let one = |item: &str| {
        let (name, max) = item.split_once(':').unwrap_or((item, "3"));
        people::operator(name, max.parse().unwrap())
    };
    text.split(',').map(one).collect()
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
    Nick(args.take_key("nick").map_or(own, str::to_owned))
}

fn a_condition(name: &str) -> Result<Condition, Box<dyn Error>> {
    Ok(match name {
        "locked" => Condition::ItemNotFound,
        "banned" => Condition::Forbidden,
        "full" => Condition::ServiceUnavailable,
        "members" => Condition::RegistrationRequired,
        "password" => Condition::NotAuthorized,
        "not-allowed" => Condition::NotAllowed,
        "no-server" => Condition::RemoteServerNotFound,
        other => return Err(format!("no such condition: {other}").into()),
    })
}
