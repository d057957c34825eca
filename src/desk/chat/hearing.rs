//! What is said in the room: lines, echoes of our own words, history, commands.

use super::stage::{Absence, Inside, Occupant, Person, Stage, Visit};
use super::{Chat, FIRST_WORDS_MAX, LineDraft};
use crate::desk::action::{Asker, Search, Speech};
use crate::desk::commands::{self, Command};
use crate::desk::event::{Body, RoomMessage};
use crate::desk::ids::{MessageId, Nick, StanzaId};
use crate::desk::office::{Office, Out};
use crate::desk::orders::Ordered;
use crate::desk::record::{Heard, LineKind, Record, Speaker};
use crate::desk::wording::{self, Language};
use crate::desk::zones;

impl Chat {
    /// Words in the room.
    pub fn room_message(&mut self, message: RoomMessage, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let vouched = inside.vouched(message.stanza_id.as_ref());
        if vouched.as_ref().is_some_and(|id| self.known(id)) {
            return;
        }
        let own = message.nick.as_ref() == Some(&inside.nick);
        match (inside.live, message.delay.is_some()) {
            (false, true) => self.history(message, vouched, own, out),
            _ => self.present(message, vouched, own, office, out),
        }
    }

    /// The history is over.
    pub fn subject_received(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if !inside.live {
            self.record_own_arrival(out);
            self.say_owed_again(out);
        }
    }

    /// Said now. (A room that never sends its subject is live from the first line without a stamp.)
    fn present(
        &mut self,
        message: RoomMessage,
        vouched: Option<StanzaId>,
        own: bool,
        office: &mut Office,
        out: &mut Out,
    ) {
        self.record_own_arrival(out);
        if own {
            self.echo(message, vouched, office, out);
        } else {
            self.live(message, vouched, office, out);
        }
        self.gap_before_what_came(office, out);
    }

    /// A line from before we came. In a room that is new to us it is part of the chat; in a room that we come back to
    /// the archive tells more, and without one it counts only where the room's ids tell it from what we have. Nothing in
    /// it is a command.
    fn history(&mut self, message: RoomMessage, vouched: Option<StanzaId>, own: bool, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let returned = inside.returned;
        if returned && inside.from_archive {
            return;
        }
        if self.ours(&message, own) && self.heard(message.id.as_ref(), words(&message.body), vouched.clone(), None, out)
        {
            return;
        }
        if !returned || (self.marks.vouched && vouched.is_some()) {
            self.record_words(message, vouched, Hearing::History, out);
        }
    }

    /// Did we say it? Under our present nick, or under the one that we had then.
    pub(super) fn ours(&self, message: &RoomMessage, own: bool) -> bool {
        own || self.owed.iter().any(|owed| owed.is(message))
    }

    /// The room repeats what we said.
    fn echo(&mut self, message: RoomMessage, vouched: Option<StanzaId>, office: &mut Office, out: &mut Out) {
        let words = words(&message.body).to_owned();
        if !self.heard(message.id.as_ref(), &words, vouched.clone(), None, out) {
            self.record_words(message, vouched, Hearing::Live, out);
        }
        if matches!(&self.stage, Stage::Closing(_)) && self.owed.is_empty() {
            self.last_words_heard(office, out);
        }
    }

    /// One of our owed lines was said. `place`: where in the room's order, if not now.
    pub(super) fn heard(
        &mut self,
        id: Option<&MessageId>,
        words: &str,
        vouched: Option<StanzaId>,
        place: Option<i64>,
        out: &mut Out,
    ) -> bool {
        let found = self.owed.iter().position(|owed| Some(&owed.id) == id && owed.body == words);
        let Some(owed) = found.and_then(|index| self.owed.remove(index)) else { return false };
        let place = place.unwrap_or_else(|| self.next_place());
        self.throttle.relax();
        self.marks.vouched &= vouched.is_some();
        self.know(vouched.clone(), place);
        out.remember(Record::Heard(Heard {
            chat: self.id,
            seq: owed.seq,
            place,
            at: out.stamp.at.wall,
            stanza_id: vouched,
        }));
        true
    }

    fn live(&mut self, message: RoomMessage, vouched: Option<StanzaId>, office: &mut Office, out: &mut Out) {
        let who = self.speaker_of(&message);
        let said = matches!(&message.body, Body::Words(_)).then(|| words(&message.body).to_owned());
        let (command, encrypted, tag) = match &message.body {
            Body::Words(words) => (Command::parse(words), false, message.language.clone()),
            Body::Encrypted(_) => (None, true, None),
            Body::Unreadable(_) => (None, false, None),
        };
        let nick = message.nick.clone();
        self.record_words(message, vouched, Hearing::Live, out);
        if let Some(nick) = nick {
            self.mind_the_pace(&nick, out);
        }
        let Some(occupant) = who else { return };
        self.learn_language(&occupant, tag.as_deref(), office);
        if encrypted {
            self.told_about_encryption(out);
        }
        match (occupant.person, &command, said) {
            (Person::Operator(operator), ..) => self.operator_spoke(operator, command.is_none(), office, out),
            (Person::Guest, None, Some(words)) => self.add_to_message(&words, out),
            _ => {}
        }
        if let Some(command) = command.filter(|_| !self.stage.ending()) {
            self.command(command, &occupant, office, out);
        }
    }

    fn speaker_of(&self, message: &RoomMessage) -> Option<Occupant> {
        let Visit::Inside(inside) = &self.visit else { return None };
        inside.occupant(message.nick.as_ref()?).cloned()
    }

    /// Every line, exactly once (I1).
    pub(super) fn record_words(
        &mut self,
        message: RoomMessage,
        vouched: Option<StanzaId>,
        hearing: Hearing,
        out: &mut Out,
    ) {
        let own = matches!(&self.visit, Visit::Inside(inside) if message.nick.as_ref() == Some(&inside.nick));
        let occupant = self.speaker_of(&message);
        let speaker = match (&message.nick, own) {
            (Some(_), false) => occupant.as_ref().map_or(Speaker::Other, |occupant| occupant.person.speaker()),
            _ => Speaker::Desk,
        };
        let kind = match (&message.body, &message.nick) {
            (Body::Encrypted(_) | Body::Unreadable(_), _) => LineKind::Unreadable,
            (Body::Words(_), Some(_)) => LineKind::Said,
            (Body::Words(_), None) => LineKind::System,
        };
        let live = hearing == Hearing::Live;
        if let (Some(Person::Operator(operator)), false) = (occupant.as_ref().map(|who| who.person), live) {
            self.reply_heard(operator);
        }
        let seen = occupant.filter(|_| live);
        let at = message.delay.as_ref().filter(|_| !live).map(|delay| delay.stamp);
        self.remember_first_words(speaker, &message.body);
        self.marks.vouched &= vouched.is_some();
        let place = match hearing {
            Hearing::Archived(place) => place,
            Hearing::Live | Hearing::History => self.next_place(),
        };
        self.know(vouched.clone(), place);
        let (Body::Words(body) | Body::Encrypted(body) | Body::Unreadable(body)) = message.body;
        self.line(
            LineDraft {
                at,
                place: Some(place),
                nick: message.nick.map(|nick| nick.0),
                jid: seen.as_ref().and_then(|occupant| occupant.jid.as_ref()).map(ToString::to_string),
                joined_as: seen.map(|occupant| occupant.joined_as.0),
                stanza_id: vouched,
                message_id: message.id,
                corrects: message.corrects,
                retracts: message.retracts,
                ..LineDraft::new(kind, speaker, body)
            },
            out,
        );
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
    fn learn_language(&mut self, occupant: &Occupant, tag: Option<&str>, office: &Office) {
        let Some(tag) = tag.filter(|_| occupant.person == Person::Guest) else { return };
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
                let to = jid.to_bare().into();
                office.orders.push(Ordered { operator, to, order, said_in: Some(self.id) });
            }
            (Command::Unknown(text), Person::Operator(operator), Some(_))
                if self.answers_operator(operator, office, out) =>
            {
                self.tell_operator(operator, wording::unknown_command(&text), office, out);
            }
            (Command::Order(_) | Command::Unknown(_), ..) => {}
            (command, person, _) if self.answers_in_room(person, out) => {
                self.public_command(command, person, office, out);
            }
            _ => {}
        }
    }

    fn public_command(&mut self, command: Command, person: Person, office: &Office, out: &mut Out) {
        match command {
            Command::Faq(words) => {
                out.search(Search { asker: Asker::Room(self.id), words, language: self.language });
            }
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
        for owed in self.owed.iter().filter(|owed| owed.before_visit) {
            out.speak(Speech::Room {
                room: self.room.clone(),
                id: owed.id.clone(),
                body: owed.body.clone(),
                language: self.language,
            });
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

impl Inside {
    /// A stanza-id counts only where the room announces that it gives them (XEP-0359, 5).
    fn vouched(&self, id: Option<&StanzaId>) -> Option<StanzaId> {
        id.filter(|_| self.features.is_some_and(|features| features.stanza_ids)).cloned()
    }
}

pub(super) fn words(body: &Body) -> &str {
    match body {
        Body::Words(words) | Body::Encrypted(words) | Body::Unreadable(words) => words,
    }
}
