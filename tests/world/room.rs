//! A group-chat room as XEP-0045 describes it, as far as the desk can notice.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use frontdesk::desk::action::Question;
use frontdesk::desk::event::{
    Affiliation, Answer, Body, Condition, Delay, Event, OccupantGone, OccupantPresent, Page, Role, RoomFeatures,
    RoomMessage,
};
use frontdesk::desk::ids::{MessageId, Nick, OccupantId, RoomJid, StanzaId};
use jid::{BareJid, FullJid};

/// How many lines a page of the archive holds: few, so that stories turn pages.
const PAGE_LINES: usize = 3;
/// How many lines of history a room tells, as Prosody and ejabberd do unless told otherwise.
pub const HISTORY_MAX: usize = 20;

/// How a room treats the desk at its door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Open,
    /// There is no such room: entering makes one.
    Missing,
    /// It never answers.
    Silent,
    /// It answers with this.
    Refusing(Condition),
    /// The nick is taken, so many times.
    NickTaken(u32),
}

#[derive(Debug, Clone)]
pub struct Occupant {
    pub jid: FullJid,
    pub role: Role,
}

#[derive(Debug, Clone)]
pub struct Line {
    /// Who said it.
    pub by: BareJid,
    pub nick: Nick,
    pub id: Option<MessageId>,
    pub body: String,
    pub stanza_id: StanzaId,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct Room {
    pub jid: RoomJid,
    pub door: Door,
    pub affiliations: BTreeMap<BareJid, Affiliation>,
    /// The desk is an admin of the service: owner everywhere.
    pub desk_is_admin: bool,
    pub password: Option<String>,
    pub members_only: bool,
    pub persistent: bool,
    pub jids_for_all: bool,
    /// It announces that it gives stanza-ids.
    pub vouches: bool,
    /// It keeps an archive, if it vouches too.
    pub archive: bool,
    /// Its archive answers nothing.
    pub archive_silent: bool,
    /// It announces that it gives occupant-ids.
    pub names_speakers: bool,
    /// How many lines it tells whoever enters.
    pub history_max: usize,
    pub occupants: BTreeMap<Nick, Occupant>,
    pub lines: Vec<Line>,
    /// Events for the desk.
    pub outbox: Vec<Event>,
    /// Words that were said since somebody asked: by whom, what, and whether before the desk.
    pub words: Vec<(FullJid, Line, bool)>,
    /// The room answers no question.
    pub mute: bool,
    /// So many of the next things that the desk tells it it does not hear: it is just ending, or being put to sleep.
    pub deaf: u32,
    /// So many of the desk's next lines come back, because there were too many.
    pub throttle: u32,
    /// It says that it is not there until the desk has entered it.
    pub unloaded: bool,
    pub destroyed: bool,
    /// Somebody did something to it after which the desk may give it up.
    pub harmed: bool,
    /// How much had been said under this name before there was this room.
    pub born: usize,
    account: BareJid,
    count: usize,
    used: bool,
}

impl Room {
    pub fn new(jid: RoomJid, account: BareJid) -> Self {
        Self {
            jid,
            door: Door::Missing,
            affiliations: BTreeMap::new(),
            desk_is_admin: true,
            password: None,
            members_only: false,
            persistent: false,
            jids_for_all: false,
            vouches: true,
            archive: true,
            archive_silent: false,
            names_speakers: true,
            history_max: HISTORY_MAX,
            occupants: BTreeMap::new(),
            lines: Vec::new(),
            outbox: Vec::new(),
            words: Vec::new(),
            mute: false,
            deaf: 0,
            throttle: 0,
            unloaded: false,
            destroyed: false,
            harmed: false,
            born: 0,
            account,
            count: 0,
            used: false,
        }
    }

    /// A room of a name under which so much was said before: no id comes twice.
    pub fn again(jid: RoomJid, account: BareJid, said: usize) -> Self {
        Self { count: said, born: said, ..Self::new(jid, account) }
    }

    /// The last one has left a temporary room, or it was destroyed.
    pub fn deserted(&self) -> bool {
        self.destroyed || self.used && !self.persistent && self.occupants.is_empty()
    }

    /// A temporary room vanishes with its last occupant. A door that says no is kept for the story.
    pub fn stays(&self) -> bool {
        let fresh = !self.used && self.door != Door::Missing;
        !self.destroyed && (self.persistent || !self.occupants.is_empty() || fresh)
    }

    pub fn affiliation(&self, jid: &BareJid) -> Affiliation {
        if *jid == self.account && self.desk_is_admin {
            return Affiliation::Owner;
        }
        self.affiliations.get(jid).copied().unwrap_or(Affiliation::None)
    }

    pub fn desk_nick(&self) -> Option<Nick> {
        self.occupants.iter().find(|(_, one)| one.jid.to_bare() == self.account).map(|(nick, _)| nick.clone())
    }

    pub fn desk_sees_jids(&self) -> bool {
        let role = self.desk_nick().and_then(|nick| self.occupants.get(&nick)).map(|desk| desk.role);
        self.jids_for_all || role == Some(Role::Moderator)
    }

    pub fn desk_inside(&self) -> bool {
        self.desk_nick().is_some()
    }

    // The desk

    pub fn enter_desk(&mut self, jid: &FullJid, nick: &Nick, password: Option<&str>) {
        if self.does_not_hear() {
            return;
        }
        match self.door {
            Door::Silent => return,
            Door::Refusing(condition) => return self.refuse(condition),
            Door::NickTaken(times) if times > 0 => {
                self.door = Door::NickTaken(times - 1);
                return self.refuse(Condition::Conflict);
            }
            Door::Open | Door::Missing | Door::NickTaken(_) => {}
        }
        if self.password.is_some() && self.password.as_deref() != password {
            return self.refuse(Condition::NotAuthorized);
        }
        if let Some(before) = self.desk_nick() {
            return self.enter_desk_again(&before, nick);
        }
        if self.occupants.contains_key(nick) {
            return self.refuse(Condition::Conflict);
        }
        let created = self.door == Door::Missing;
        if created {
            self.affiliations.insert(self.account.clone(), Affiliation::Owner);
        }
        self.door = Door::Open;
        self.unloaded = false;
        self.put(jid.clone(), nick.clone());
        self.show_around(nick, if created { vec![110, 201] } else { vec![110] });
    }

    fn does_not_hear(&mut self) -> bool {
        let deaf = self.deaf > 0;
        self.deaf = self.deaf.saturating_sub(1);
        deaf
    }

    /// Whoever enters where they are is told everything anew; under another nick they are renamed.
    fn enter_desk_again(&mut self, before: &Nick, nick: &Nick) {
        if before == nick {
            self.show_around(nick, vec![110]);
        } else if self.occupants.contains_key(nick) {
            self.refuse(Condition::Conflict);
        } else {
            self.rename_to(before, nick, true);
        }
    }

    fn show_around(&mut self, nick: &Nick, codes: Vec<u16>) {
        let others: Vec<Nick> = self.occupants.keys().filter(|other| *other != nick).cloned().collect();
        for other in others {
            self.announce(&other, Vec::new());
        }
        self.announce(nick, codes);
        self.replay();
        self.outbox.push(Event::SubjectReceived { room: self.jid.clone(), nick: None, subject: String::new() });
    }

    fn refuse(&mut self, condition: Condition) {
        self.outbox.push(Event::EntryRefused { room: self.jid.clone(), condition });
    }

    fn replay(&mut self) {
        let start = self.lines.len().saturating_sub(self.history_max);
        for line in self.lines.split_off(start) {
            self.lines.push(line.clone());
            let delay = Some(Delay { from: None, stamp: line.at });
            self.hear(&line, delay);
        }
    }

    pub fn leave_desk(&mut self) {
        if let Some(nick) = self.desk_nick() {
            self.occupants.remove(&nick);
            self.gone(&nick, true, vec![110], false);
        }
    }

    pub fn remove_desk(&mut self) {
        if let Some(nick) = self.desk_nick() {
            self.occupants.remove(&nick);
        }
        self.outbox.clear();
    }

    pub fn say_as_desk(&mut self, id: Option<MessageId>, body: &str, at: DateTime<Utc>) {
        let Some(nick) = self.desk_nick() else { return };
        if self.throttle > 0 {
            self.throttle -= 1;
            let (from, condition) = (self.jid.bare().clone().into(), Condition::PolicyViolation);
            return self.outbox.push(Event::MessageBounced { from, id, condition });
        }
        self.say(&nick, id, body, None, at);
    }

    pub fn throw_desk_out(&mut self, codes: Vec<u16>, destroyed: bool) {
        if let Some(nick) = self.desk_nick() {
            self.occupants.remove(&nick);
            self.destroyed |= destroyed;
            self.gone(&nick, true, codes, destroyed);
        }
    }

    /// An owner destroys the room.
    pub fn destroy(&mut self) {
        self.occupants.retain(|_, one| one.jid.to_bare() == self.account);
        self.destroyed = true;
        self.throw_desk_out(vec![110], true);
    }

    pub fn answer(&mut self, question: &Question) -> Option<Answer> {
        if self.does_not_hear() || self.mute {
            return None;
        }
        let owner = self.affiliation(&self.account.clone()) == Affiliation::Owner;
        let admin = owner || self.affiliation(&self.account.clone()) == Affiliation::Admin;
        Some(match question {
            Question::Describe { .. } if self.unloaded => Answer::Refused(Condition::ItemNotFound),
            Question::Describe { .. } => Answer::Described(self.features()),
            Question::SelfPing { .. } if self.desk_inside() => Answer::Done,
            Question::SelfPing { .. } => Answer::Refused(Condition::NotAcceptable),
            Question::Archive { .. } if !(self.vouches && self.archive) => {
                Answer::Refused(Condition::FeatureNotImplemented)
            }
            Question::Archive { .. } if self.archive_silent => return None,
            Question::Archive { after, .. } => self.page(after.as_ref()),
            _ if !admin => Answer::Refused(Condition::Forbidden),
            Question::ListAffiliated { affiliation, .. } => Answer::Affiliated(self.with_affiliation(*affiliation)),
            Question::Affiliate { jid, affiliation, .. } => {
                self.affiliate(jid, *affiliation);
                Answer::Done
            }
            _ if !owner => Answer::Refused(Condition::Forbidden),
            Question::Configure { setup, .. } => {
                self.persistent = setup.persistent.unwrap_or(self.persistent);
                self.jids_for_all &= !setup.jids_for_moderators_only;
                self.password = setup.password.clone().or(self.password.take());
                Answer::Done
            }
            Question::Destroy { .. } => {
                self.destroyed = true;
                if let Some(nick) = self.desk_nick() {
                    self.occupants.remove(&nick);
                    self.gone(&nick, true, vec![110], true);
                }
                Answer::Done
            }
            Question::Silence { nick, .. } => {
                self.set_role(nick, Role::Visitor);
                Answer::Done
            }
            Question::GiveVoice { nick, .. } => {
                self.set_role(nick, Role::Participant);
                Answer::Done
            }
            Question::Enter { .. } | Question::OwnArchive { .. } | Question::Roster => return None,
        })
    }

    /// XEP-0313: the lines behind one, as many as a page holds.
    /// Behind a line that the archive does not have there is nothing (XEP-0313, 4.3.1: item-not-found).
    fn page(&self, after: Option<&StanzaId>) -> Answer {
        let place = |id: &StanzaId| self.lines.iter().position(|line| line.stanza_id == *id);
        let start = match after.map(place) {
            Some(Some(at)) => at + 1,
            Some(None) => return Answer::Refused(Condition::ItemNotFound),
            None => 0,
        };
        let end = (start + PAGE_LINES).min(self.lines.len());
        let lines = &self.lines[start..end];
        Answer::Archived(Page {
            lines: lines.iter().map(|line| self.message(line, Some(Delay { from: None, stamp: line.at }))).collect(),
            direct: Vec::new(),
            last: lines.last().map(|line| line.stanza_id.clone()),
            complete: end == self.lines.len(),
        })
    }

    fn set_role(&mut self, nick: &Nick, role: Role) {
        if let Some(occupant) = self.occupants.get_mut(nick).filter(|one| one.role != Role::Moderator) {
            occupant.role = role;
            self.announce(nick, Vec::new());
        }
    }

    fn features(&self) -> RoomFeatures {
        RoomFeatures {
            members_only: self.members_only,
            password: self.password.is_some(),
            real_jids_for_all: self.jids_for_all,
            persistent: self.persistent,
            stanza_ids: self.vouches,
            occupant_ids: self.names_speakers,
            archive: self.vouches && self.archive,
        }
    }

    fn with_affiliation(&self, wanted: Affiliation) -> Vec<BareJid> {
        self.affiliations.iter().filter(|(_, has)| **has == wanted).map(|(jid, _)| jid.clone()).collect()
    }

    /// Presence tells everybody of a new standing; whoever becomes a moderator sees real JIDs from then on.
    pub fn affiliate(&mut self, jid: &BareJid, affiliation: Affiliation) {
        self.affiliations.insert(jid.clone(), affiliation);
        let touched: Vec<Nick> =
            self.occupants.iter().filter(|(_, one)| one.jid.to_bare() == *jid).map(|(nick, _)| nick.clone()).collect();
        for nick in touched {
            let role = role_for(affiliation);
            if let Some(one) = self.occupants.get_mut(&nick) {
                one.role = role;
            }
            let own = self.occupants[&nick].jid.to_bare() == self.account;
            if !self.desk_inside() {
                continue;
            }
            self.announce(&nick, if own { vec![110] } else { Vec::new() });
        }
        if *jid == self.account && self.desk_inside() {
            let others: Vec<Nick> =
                self.occupants.keys().filter(|nick| Some(*nick) != self.desk_nick().as_ref()).cloned().collect();
            for nick in others {
                self.announce(&nick, Vec::new());
            }
        }
    }

    // People

    /// Says whether the door let them in.
    pub fn enter(&mut self, jid: &FullJid, nick: &Nick, password: Option<&str>) -> bool {
        let known = self.affiliation(&jid.to_bare());
        let shut = self.members_only && known == Affiliation::None;
        let locked = self.password.is_some() && self.password.as_deref() != password;
        if shut || locked || self.occupants.contains_key(nick) {
            return false;
        }
        if self.door == Door::Missing {
            self.door = Door::Open;
            self.affiliations.insert(jid.to_bare(), Affiliation::Owner);
        }
        self.put(jid.clone(), nick.clone());
        if self.desk_inside() {
            self.announce(nick, Vec::new());
        }
        true
    }

    pub fn nick_of(&self, jid: &FullJid) -> Option<Nick> {
        self.occupants.iter().find(|(_, one)| one.jid == *jid).map(|(nick, _)| nick.clone())
    }

    pub fn leave(&mut self, jid: &FullJid) {
        if let Some(nick) = self.nick_of(jid) {
            self.occupants.remove(&nick);
            if self.desk_inside() {
                self.gone(&nick, false, Vec::new(), false);
            }
        }
    }

    pub fn rename(&mut self, jid: &FullJid, to: &Nick) {
        if let Some(nick) = self.nick_of(jid).filter(|_| !self.occupants.contains_key(to)) {
            self.rename_to(&nick, to, false);
        }
    }

    fn rename_to(&mut self, nick: &Nick, to: &Nick, own: bool) {
        let one = self.occupants.remove(nick).unwrap();
        self.occupants.insert(to.clone(), one);
        if self.desk_inside() {
            self.outbox.push(Event::OccupantGone(OccupantGone {
                room: self.jid.clone(),
                nick: nick.clone(),
                own,
                codes: if own { vec![303, 110] } else { vec![303] },
                new_nick: Some(to.clone()),
                destroyed: false,
            }));
            self.announce(to, if own { vec![110] } else { Vec::new() });
        }
    }

    /// Whoever has no voice is not heard (XEP-0045, 7.4).
    pub fn say(&mut self, nick: &Nick, id: Option<MessageId>, body: &str, language: Option<&str>, at: DateTime<Utc>) {
        if self.occupants.get(nick).is_some_and(|one| one.role == Role::Visitor) {
            return;
        }
        self.count += 1;
        let stanza_id = StanzaId(format!("s{}", self.count));
        let by = self.occupants.get(nick).map_or_else(|| self.account.clone(), |one| one.jid.to_bare());
        let line = Line { by, nick: nick.clone(), id, body: body.to_owned(), stanza_id, at };
        self.lines.push(line.clone());
        if let Some(by) = self.occupants.get(nick) {
            self.words.push((by.jid.clone(), line.clone(), self.desk_inside()));
        }
        if self.desk_inside() {
            let language = language.map(str::to_owned);
            let message = RoomMessage { language, ..self.message(&line, None) };
            self.outbox.push(Event::RoomMessageReceived(Box::new(message)));
        }
    }

    pub fn set_subject(&mut self, nick: &Nick, subject: &str) {
        if self.desk_inside() {
            let (nick, subject) = (Some(nick.clone()), subject.to_owned());
            self.outbox.push(Event::SubjectReceived { room: self.jid.clone(), nick, subject });
        }
    }

    fn hear(&mut self, line: &Line, delay: Option<Delay>) {
        let message = self.message(line, delay);
        self.outbox.push(Event::RoomMessageReceived(Box::new(message)));
    }

    fn message(&self, line: &Line, delay: Option<Delay>) -> RoomMessage {
        let body = match line.body.split_once(':') {
            Some(("encrypted", fallback)) => Body::Encrypted(fallback.to_owned()),
            Some(("unreadable", saved)) => Body::Unreadable(saved.to_owned()),
            _ => Body::Words(line.body.clone()),
        };
        RoomMessage {
            room: self.jid.clone(),
            nick: Some(line.nick.clone()),
            id: line.id.clone(),
            body,
            stanza_id: Some(line.stanza_id.clone()),
            occupant_id: Some(occupant_id(&line.by)),
            delay,
            language: None,
            corrects: None,
            retracts: None,
        }
    }

    fn put(&mut self, jid: FullJid, nick: Nick) {
        self.used = true;
        let role = role_for(self.affiliation(&jid.to_bare()));
        self.occupants.insert(nick, Occupant { jid, role });
    }

    fn announce(&mut self, nick: &Nick, codes: Vec<u16>) {
        let occupant = self.occupants[nick].clone();
        let affiliation = self.affiliation(&occupant.jid.to_bare());
        let desk_role = self.desk_nick().map(|desk| self.occupants[&desk].role);
        let visible = self.jids_for_all || desk_role == Some(Role::Moderator);
        self.outbox.push(Event::OccupantPresent(OccupantPresent {
            room: self.jid.clone(),
            nick: nick.clone(),
            jid: visible.then(|| occupant.jid.clone().into()),
            affiliation,
            role: occupant.role,
            occupant_id: Some(occupant_id(&occupant.jid.to_bare())),
            own: codes.contains(&110),
            codes,
        }));
    }

    fn gone(&mut self, nick: &Nick, own: bool, codes: Vec<u16>, destroyed: bool) {
        self.outbox.push(Event::OccupantGone(OccupantGone {
            room: self.jid.clone(),
            nick: nick.clone(),
            own,
            codes,
            new_nick: None,
            destroyed,
        }));
    }
}

fn role_for(affiliation: Affiliation) -> Role {
    match affiliation {
        Affiliation::Owner | Affiliation::Admin => Role::Moderator,
        _ => Role::Participant,
    }
}

fn occupant_id(jid: &BareJid) -> OccupantId {
    OccupantId(format!("o-{jid}"))
}
