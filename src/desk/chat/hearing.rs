//! What is said in the room: lines, echoes of our own words, history, commands.

use chrono::{DateTime, Utc};

use super::run::Mark;
use super::stage::{Absence, Inside, Occupant, Person, Stage, Visit};
use super::{Chat, FIRST_WORDS_MAX, LineDraft, Owed};
use crate::desk::commands::{self, Command};
use crate::desk::event::{Body, RoomMessage};
use crate::desk::ids::{Nick, StanzaId, bare_of};
use crate::desk::office::{Office, Out};
use crate::desk::orders::Ordered;
use crate::desk::record::{Heard, LineKind, Record, Speaker};
use crate::desk::wording::{self, Language};
use crate::desk::zones;

impl Chat {
    /// Words in the room.
    pub fn room_message(&mut self, mut message: Box<RoomMessage>, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let history = !inside.live && message.delay.is_some();
        if history && inside.returned {
            return self.told_again(*message);
        }
        if inside.held.is_some() {
            return self.hold(*message, office, out);
        }
        let vouched = inside.vouched(message.stanza_id.as_ref());
        if vouched.is_some_and(|id| self.known(id)) {
            return;
        }
        if self.is_belated(&message, vouched) {
            return self.keep_belated(*message);
        }
        let vouched = if vouched.is_some() { message.stanza_id.take() } else { None };
        if history { self.history(message, vouched, out) } else { self.present(message, vouched, office, out) }
    }

    /// The history is over; or somebody has set another subject, which are words too.
    pub fn subject_received(&mut self, nick: Option<Nick>, subject: &str, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if inside.live {
            return self.record_subject(nick, subject, out);
        }
        self.begin_to_hear(out);
        self.history_ended(office, out);
        self.say_owed_again(out);
    }

    /// The history is over.
    fn begin_to_hear(&mut self, out: &mut Out) {
        self.record_own_arrival(out);
        self.look_at_the_beginning(out);
    }

    fn record_subject(&mut self, nick: Option<Nick>, subject: &str, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let occupant = nick.as_ref().and_then(|nick| inside.occupant(nick));
        let speaker = occupant.map_or(Speaker::Other, |occupant| occupant.person.speaker());
        let mut draft = LineDraft::new(LineKind::Note, speaker, wording::subject(subject));
        draft.jid = occupant.and_then(Occupant::address);
        draft.joined_as = occupant.map(|occupant| occupant.joined_as.clone());
        draft.nick = nick;
        self.line(draft, out);
    }

    /// Said now. (A room that never sends its subject is live from the first line without a stamp.)
    fn present(&mut self, message: Box<RoomMessage>, vouched: Option<StanzaId>, office: &mut Office, out: &mut Out) {
        self.begin_to_hear(out);
        if self.own_nick(&message) {
            self.echo(message, vouched, office, out);
        } else {
            self.live(message, vouched, office, out);
        }
        self.settle_before_what_came(office, out);
    }

    /// A line from before we came for the first time: part of the chat. Nothing in it is a command.
    fn history(&mut self, message: Box<RoomMessage>, vouched: Option<StanzaId>, out: &mut Out) {
        let stamp = message.delay.as_ref().map(|delay| delay.stamp);
        if !self.ours(&message) || !self.heard(&message, vouched.clone(), Hearing::History, out) {
            self.record_words(message, vouched, Hearing::History, out);
        }
        self.told_of_the_past(stamp);
    }

    /// Did we say it, while we were here or earlier? Where the room does not say whose words they are: under our present
    /// nick, or under the one that we had then.
    pub(super) fn ours(&self, message: &RoomMessage) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        let by_nick = || self.own_nick(message) || self.owed.iter().any(|owed| owed.is(message));
        inside.our_voice(message).unwrap_or_else(by_nick)
    }

    fn own_nick(&self, message: &RoomMessage) -> bool {
        matches!(&self.visit, Visit::Inside(inside) if message.nick.as_ref() == Some(&inside.nick))
    }

    /// The room repeats what we said.
    fn echo(&mut self, message: Box<RoomMessage>, vouched: Option<StanzaId>, office: &mut Office, out: &mut Out) {
        if !self.heard(&message, vouched.clone(), Hearing::Live, out) {
            self.record_words(message, vouched, Hearing::Live, out);
        }
        if matches!(&*self.stage, Stage::Closing(_)) && self.owed.is_empty() {
            self.last_words_heard(office, out);
        }
    }

    /// One of our owed lines was said, if it is one.
    pub(super) fn heard(
        &mut self,
        message: &RoomMessage,
        vouched: Option<StanzaId>,
        hearing: Hearing,
        out: &mut Out,
    ) -> bool {
        let said = |owed: &Owed| Some(&owed.id) == message.id.as_ref() && owed.body == words(&message.body);
        let found = self.owed.iter().position(said);
        let Some(owed) = found.and_then(|index| self.owed.remove(index)) else { return false };
        let place = self.place_of(hearing);
        let now = out.stamp.at.wall;
        let at = hearing.stamp(message).unwrap_or(now).min(now);
        self.throttle.relax();
        self.marks.vouched &= vouched.is_some();
        self.know(vouched.as_ref(), place);
        let mark = Mark::of(owed.nick.as_deref(), Some(&owed.id.0), &owed.body);
        self.run.add(place, at, Some(owed.id), mark);
        out.remember(Record::Heard(Heard { chat: self.id, seq: owed.seq, place, at, stanza_id: vouched }));
        if !owed.relayed {
            let nick = message.nick.as_deref();
            self.carry(owed.seq, place, Speaker::Desk, nick, &owed.body, out);
        }
        true
    }

    fn place_of(&mut self, hearing: Hearing) -> i64 {
        match hearing {
            Hearing::Archived(place) => place,
            Hearing::Live | Hearing::History => self.next_place(),
        }
    }

    fn live(&mut self, message: Box<RoomMessage>, vouched: Option<StanzaId>, office: &mut Office, out: &mut Out) {
        let (command, encrypted, tag) = match &message.body {
            Body::Words(words) => (Command::parse(words), false, message.language.clone()),
            Body::Encrypted(_) => (None, true, None),
            Body::Unreadable(_) => (None, false, None),
        };
        // Nearly all lines are words that need not be kept for what follows.
        let readable = matches!(&message.body, Body::Words(_));
        let said = (readable && self.takes_message()).then(|| words(&message.body).to_owned());
        let now = out.mono();
        let pouring = message.nick.as_ref().filter(|nick| self.pours(nick, now)).cloned();
        let who = self.speaker_of(&message);
        let voice = who.map(|occupant| (occupant.person, occupant.jid.is_some()));
        let commander = who.filter(|_| command.is_some()).cloned();
        if let (Some((person, _)), true) = (voice, readable) {
            self.follow_exchange(person, words(&message.body), command.as_ref());
        }
        self.record_words(message, vouched, Hearing::Live, out);
        if let Some(nick) = pouring {
            self.hush(nick, out);
        }
        let Some((person, known)) = voice else { return };
        self.learn_language(person, tag.as_deref(), office);
        if encrypted {
            self.told_about_encryption(out);
        }
        match (person, &command, said) {
            (Person::Operator(operator), ..) => self.operator_spoke(operator, command.is_none(), office, out),
            (Person::Guest, None, Some(words)) => self.add_to_message(&words, out),
            (Person::Other, None, _) if !known => self.somebody_spoke(),
            _ => {}
        }
        if let Some((command, occupant)) = command.zip(commander).filter(|_| !self.stage.ending()) {
            self.command(command, &occupant, office, out);
        }
    }

    /// Under our nick speaks nobody else while we are here. Of what was said without us the room must say that it is ours:
    /// what we know to be ours is heard, and what is left under our nick may be anybody's.
    fn own_words(&self, message: &RoomMessage, live: bool) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        if live { self.own_nick(message) } else { inside.our_voice(message) == Some(true) }
    }

    fn speaker_of(&self, message: &RoomMessage) -> Option<&Occupant> {
        let Visit::Inside(inside) = &self.visit else { return None };
        inside.occupant(message.nick.as_ref()?)
    }

    /// Every line, exactly once (I1).
    pub(super) fn record_words(
        &mut self,
        message: Box<RoomMessage>,
        vouched: Option<StanzaId>,
        hearing: Hearing,
        out: &mut Out,
    ) {
        let live = hearing == Hearing::Live;
        let occupant = self.speaker_of(&message);
        let speaker = match &message.nick {
            None => Speaker::Desk,
            Some(_) if self.own_words(&message, live) => Speaker::Desk,
            Some(_) => occupant.map_or(Speaker::Other, |occupant| occupant.person.speaker()),
        };
        let person = occupant.map(|occupant| occupant.person);
        let seen = occupant.filter(|_| live);
        let (jid, joined_as) = (seen.and_then(Occupant::address), seen.map(|occupant| occupant.joined_as.clone()));
        let kind = match (&message.body, &message.nick) {
            (Body::Encrypted(_) | Body::Unreadable(_), _) => LineKind::Unreadable,
            (Body::Words(_), Some(_)) => LineKind::Said,
            (Body::Words(_), None) => LineKind::System,
        };
        if let (Some(Person::Operator(operator)), false) = (person, live) {
            self.reply_heard(operator);
        }
        let at = hearing.stamp(&message);
        self.remember_first_words(speaker, &message.body);
        self.marks.vouched &= vouched.is_some();
        let place = self.place_of(hearing);
        self.know(vouched.as_ref(), place);
        self.run.add(place, at.unwrap_or(out.stamp.at.wall), None, Mark::of_message(&message));
        let (Body::Words(body) | Body::Encrypted(body) | Body::Unreadable(body)) = message.body;
        let nick = message.nick;
        let carried = (kind == LineKind::Said && self.listens_directly()).then(|| (nick.clone(), body.clone()));
        let mut draft = LineDraft::new(kind, speaker, body);
        draft.at = at.unwrap_or(draft.at);
        draft.place = Some(place);
        (draft.nick, draft.jid, draft.joined_as) = (nick, jid, joined_as);
        (draft.stanza_id, draft.message_id) = (vouched, message.id);
        (draft.corrects, draft.retracts) = (message.corrects, message.retracts);
        let seq = self.line(draft, out);
        if let Some((nick, words)) = carried {
            self.carry(seq, place, speaker, nick.as_deref(), &words, out);
        }
    }

    fn remember_first_words(&mut self, speaker: Speaker, body: &Body) {
        if let (Speaker::Guest, Body::Words(words)) = (speaker, body)
            && self.first_words.len() < FIRST_WORDS_MAX
            && Command::parse(words).is_none()
        {
            self.first_words.push(words.clone());
        }
    }

    /// The guest's own words tell the language, where the invitation did not.
    fn learn_language(&mut self, person: Person, tag: Option<&str>, office: &Office) {
        let Some(tag) = tag.filter(|_| person == Person::Guest) else { return };
        self.learn_tongue(tag, office);
        if let Some(language) = Language::from_tag(tag) {
            self.language = language;
        }
    }

    fn told_about_encryption(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if !inside.encrypted_told {
            inside.encrypted_told = true;
            self.say(wording::cannot_read_encrypted(self.language), out);
        }
    }

    fn command(&mut self, command: Command, occupant: &Occupant, office: &mut Office, out: &mut Out) {
        match (command, occupant.person, &occupant.jid) {
            // Where real JIDs are invisible, operators command by direct message only (I5).
            (Command::Order(order), Person::Operator(operator), Some(jid)) => {
                let to = bare_of(jid).into();
                office.orders.push(Ordered { operator, to, order, said_in: Some(self.id) });
            }
            (Command::Unknown(text), Person::Operator(operator), Some(_))
                if self.answers_operator(operator, office, out) =>
            {
                self.tell_operator(operator, wording::unknown_command(&text), office, out);
            }
            (Command::Order(_) | Command::Unknown(_), ..) => {}
            (Command::Bye, Person::Guest, _) => self.guest_says_goodbye(office, out),
            (Command::Bye, ..) => {}
            (command, person, _) if self.answers_in_room(person, out) => {
                self.public_command(command, person, office, out);
            }
            _ => {}
        }
    }

    fn public_command(&mut self, command: Command, person: Person, office: &mut Office, out: &mut Out) {
        match command {
            Command::Faq(ask) => self.ask_faq(ask, office, out),
            Command::Time(zone) => {
                let sentence = zones::tell(zone.as_deref(), office.settings.zone, self.language, out.stamp.at.wall);
                self.say(sentence, out);
            }
            _ => {
                self.say(commands::listed(self.language, false), out);
                if let Person::Operator(operator) = person {
                    self.tell_operator(operator, commands::listed(Language::English, true), office, out);
                }
            }
        }
    }

    /// Does the guest hold this nick now?
    pub fn is_guest(&self, nick: &Nick) -> bool {
        self.person(nick) == Some(Person::Guest)
    }

    /// The first part of the ids of what we say in the room, where only people who were told the password can hear it.
    pub fn private_tag(&self) -> Option<&str> {
        self.marks.closed_door.then_some(self.tag.as_str())
    }

    /// Who holds this nick now.
    pub(super) fn person(&self, nick: &Nick) -> Option<Person> {
        let Visit::Inside(inside) = &self.visit else { return None };
        inside.occupant(nick).map(|occupant| occupant.person)
    }

    /// After a lost link or a crash: what we owed and the history did not show is said again, if it is still true.
    pub(super) fn say_owed_again(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if !inside.live || inside.absence != Absence::Settled {
            return;
        }
        let now = out.stamp.at.wall;
        self.owed.retain(|owed| owed.still_true(now));
        for owed in self.owed.iter_mut().filter(|owed| owed.before_visit) {
            owed.before_visit = false;
            owed.nick.get_or_insert_with(|| inside.nick.clone());
            out.speak(owed.speech(&self.room, self.language));
        }
    }
}

/// How a line came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    /// Said now: who holds the nick now said it.
    Live,
    /// Replayed by the room when we came.
    History,
    /// Found in the archive, with this place in the room's order.
    Archived(i64),
}

impl Hearing {
    /// When it was said, where the room says so. A stamp in a live line is anybody's.
    fn stamp(self, message: &RoomMessage) -> Option<DateTime<Utc>> {
        message.delay.as_ref().filter(|_| self != Self::Live).map(|delay| delay.stamp)
    }
}

impl Inside {
    /// A stanza-id counts only where the room announces that it gives them (XEP-0359, 5).
    pub(super) fn vouched<'a>(&self, id: Option<&'a StanzaId>) -> Option<&'a StanzaId> {
        id.filter(|_| self.vouches())
    }
}

pub(super) fn words(body: &Body) -> &str {
    match body {
        Body::Words(words) | Body::Encrypted(words) | Body::Unreadable(words) => words,
    }
}
