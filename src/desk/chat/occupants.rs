//! Who is in the room, and who they are for the desk.

use jid::Jid;

use super::stage::{ClosingStep, Inside, Missing, Occupant, Person, Plea, Service, Stage, Visit};
use super::{Chat, LineDraft};
use crate::desk::bounds::Bucket;
use crate::desk::event::{OccupantGone, OccupantPresent};
use crate::desk::ids::{Nick, OperatorId};
use crate::desk::office::{Office, Out};
use crate::desk::record::{LineKind, Outcome, Speaker};
use crate::desk::wording;

/// At most so many occupants are kept of one room; a help chat has a handful.
const OCCUPANTS_MAX: usize = 200;
/// How often we come back into a room that we were thrown out of.
const THROWN_OUT_MAX: u32 = 5;
/// Status codes of XEP-0045, 15.6.2.
const RENAMED: u16 = 303;
const BANNED: u16 = 301;
const AFFILIATION_LOST: u16 = 321;
const MADE_MEMBERS_ONLY: u16 = 322;

impl Chat {
    /// Presence of an occupant: new, changed, or our own.
    pub fn occupant_present(&mut self, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        match &mut self.visit {
            Visit::Outside | Visit::Queued { .. } => {}
            Visit::Entering(_) if presence.own => self.entered(presence, office, out),
            Visit::Entering(_) => self.seen_from_the_door(presence, office),
            Visit::Inside(_) if presence.own => self.own_standing(presence, office, out),
            Visit::Inside(_) => self.seen_inside(presence, office, out),
        }
    }

    /// Somebody who was there before us.
    fn seen_from_the_door(&mut self, presence: &OccupantPresent, office: &Office) {
        let person = self.identify(presence, true, office);
        let occupant = occupant_of(presence, person);
        let Visit::Entering(entry) = &mut self.visit else { return };
        if entry.occupants.len() < OCCUPANTS_MAX || entry.occupants.contains_key(&presence.nick) {
            entry.occupants.insert(presence.nick.clone(), occupant);
        }
        if person == Person::Guest {
            self.learn_guest(presence);
        }
    }

    fn seen_inside(&mut self, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        match inside.occupants.get(&presence.nick).cloned() {
            Some(before) => self.occupant_changed(&before, presence, office, out),
            None if inside.occupants.len() < OCCUPANTS_MAX => self.occupant_entered(presence, office, out),
            None => {}
        }
    }

    fn occupant_entered(&mut self, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        let person = self.identify(presence, false, office);
        let occupant = occupant_of(presence, person);
        let Visit::Inside(inside) = &mut self.visit else { return };
        let line = arrival(&presence.nick, &occupant);
        inside.occupants.insert(presence.nick.clone(), occupant);
        self.line(line, out);
        self.let_guests_speak(out);
        self.arrived(person, presence, office, out);
    }

    /// A known occupant's standing changed, or their real JID became visible.
    fn occupant_changed(&mut self, before: &Occupant, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        let person = match (&before.jid, &presence.jid) {
            (None, Some(_)) => self.identify(presence, before.person == Person::Guest, office),
            _ => before.person,
        };
        let Visit::Inside(inside) = &mut self.visit else { return };
        if let Some(occupant) = inside.occupants.get_mut(&presence.nick) {
            occupant.affiliation = presence.affiliation;
            occupant.role = presence.role;
            occupant.jid = presence.jid.clone().or(occupant.jid.take());
            occupant.person = person;
        }
        if person != before.person || before.jid.is_none() {
            self.arrived(person, presence, office, out);
            // Whom we took them for is not here.
            self.departed(office, out);
        }
    }

    /// What follows from somebody's being there.
    pub(super) fn arrived(&mut self, person: Person, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        match person {
            Person::Guest => self.guest_arrived(presence, office, out),
            Person::Operator(operator) => self.operator_arrived(operator, office, out),
            Person::Other => self.departed(office, out),
        }
    }

    fn guest_arrived(&mut self, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        self.guest_gone = None;
        self.guest_hears();
        let was_known = self.guest_is_known();
        let moved = self.learn_guest(presence);
        if moved
            && was_known
            && let Stage::Serving(service) = &*self.stage
        {
            let (operator, sentence) = (service.operator, wording::guest_has_new_address(self.id, self.guest.as_str()));
            self.tell_operator(operator, sentence, office, out);
        }
        if matches!(&*self.stage, Stage::Pleading(Plea { missing: Missing::Identity, .. })) && self.guest_is_known() {
            self.ready_to_serve(office, out);
        }
    }

    /// The guest is here. Says whether they have another address than the one that we knew.
    fn learn_guest(&mut self, presence: &OccupantPresent) -> bool {
        self.marks.came = true;
        let address = match presence.jid.as_ref().filter(|jid| jid.resource().is_some()) {
            Some(jid) if *jid == **self.guest => None,
            Some(jid) => jid.clone().try_into_full().ok(),
            None if self.guest_is_known() => None,
            None => self.room.occupant(&presence.nick).filter(|occupant| *occupant != *self.guest),
        };
        let moved = address.is_some();
        if let Some(address) = address {
            *self.guest = address;
        }
        moved
    }

    /// Who is this? `early`: they were in the room before us.
    fn identify(&self, presence: &OccupantPresent, early: bool, office: &Office) -> Person {
        match &presence.jid {
            Some(jid) => self.identify_by_jid(jid, &presence.nick, early, office),
            None => self.identify_unseen(&presence.nick, early),
        }
    }

    fn identify_by_jid(&self, jid: &Jid, nick: &Nick, early: bool, office: &Office) -> Person {
        // Who serves may finish, though the configuration has them no more.
        let known = office.operators.find_ever(jid);
        let employed = |operator: &OperatorId| office.operators.get(*operator).is_some_and(|who| who.employed);
        if let Some(operator) = known.filter(|operator| employed(operator) || self.served_by(*operator)) {
            return Person::Operator(operator);
        }
        if *jid == *self.guest {
            return Person::Guest;
        }
        let welcome = office.welcomes(jid.domain().as_str());
        let invited_by_nick = !self.guest_is_known() && self.room.is_occupant(&self.guest, nick);
        if (invited_by_nick && early || self.marks.closed_door) && welcome { Person::Guest } else { Person::Other }
    }

    /// Without real JIDs nobody can be an operator; who was there before us is the guest, for nothing depends on it
    /// but when the chat ends.
    fn identify_unseen(&self, nick: &Nick, early: bool) -> Person {
        let invited_by_nick = !self.guest_is_known() && self.room.is_occupant(&self.guest, nick);
        if early || invited_by_nick { Person::Guest } else { Person::Other }
    }

    /// Somebody left, was renamed, or we are out.
    pub fn occupant_gone(&mut self, gone: OccupantGone, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if gone.own || gone.nick == inside.nick {
            return self.out_of_the_room(&gone, office, out);
        }
        let Some(occupant) = inside.occupants.remove(&gone.nick) else { return };
        if let Some(new_nick) = gone.new_nick.filter(|_| gone.codes.contains(&RENAMED)) {
            inside.occupants.insert(new_nick, occupant);
            return;
        }
        self.line(passage(LineKind::Left, &gone.nick, &occupant), out);
        self.departed(office, out);
    }

    /// Is the guest, or the operator, still there?
    fn departed(&mut self, office: &mut Office, out: &mut Out) {
        let _ = office;
        self.recognize_operator();
        let now = out.mono();
        let Visit::Inside(inside) = &self.visit else { return };
        if !inside.has(Person::Guest) && self.guest_gone.is_none() && !self.listens_directly() {
            self.guest_gone = Some(now);
        }
        if let Stage::Serving(service) = self.stage.aside()
            && service.gone.is_none()
            && inside.misses(service.operator)
        {
            service.gone = Some(now);
        }
    }

    /// We are not in the room any more (or under another nick).
    fn out_of_the_room(&mut self, gone: &OccupantGone, office: &mut Office, out: &mut Out) {
        if gone.codes.contains(&RENAMED) {
            return self.own_nick_changed(gone.new_nick.clone());
        }
        if self.ends_with(gone) {
            self.release_held(office, out);
            self.settle_by_history(out);
        }
        self.visit = Visit::Outside;
        if let Some(outcome) = self.closing_ends_with(gone) {
            return self.shut(outcome, office, out);
        }
        if gone.destroyed {
            let outcome = self.outcome_by_talk(Outcome::Abandoned);
            return self.end(outcome, "its room was destroyed", office, out);
        }
        if shut_out(gone) {
            let outcome = self.outcome_by_talk(Outcome::Refused);
            return self.end(outcome, "I was shut out of its room", office, out);
        }
        self.thrown_out_times += 1;
        if self.thrown_out_times > THROWN_OUT_MAX {
            let outcome = self.outcome_by_talk(Outcome::Refused);
            return self.end(outcome, "I was thrown out of its room again and again", office, out);
        }
        self.begin_to_close_anew(out);
        // COMPAT ejabberd 23.01: after a kill -9 and a new login the server throws the new session out of its rooms
        // (110, unavailable, no other code). Whatever the reason, an exit that nobody explains is answered by entering.
        self.thrown_out();
        self.enter(out);
    }

    /// Is there no way back, so that nothing that is missing will be filled any more?
    fn ends_with(&self, gone: &OccupantGone) -> bool {
        self.closing_ends_with(gone).is_some()
            || gone.destroyed
            || shut_out(gone)
            || self.thrown_out_times >= THROWN_OUT_MAX
    }

    /// We have closed the room, or left it; or somebody was quicker, and there is nothing to close any more. Says how the
    /// chat ends.
    fn closing_ends_with(&self, gone: &OccupantGone) -> Option<Outcome> {
        let Stage::Closing(closing) = &*self.stage else { return None };
        let over = closing.step == ClosingStep::Doors || gone.destroyed || shut_out(gone);
        over.then_some(closing.outcome)
    }

    fn own_nick_changed(&mut self, nick: Option<Nick>) {
        if let (Visit::Inside(inside), Some(nick)) = (&mut self.visit, nick) {
            inside.nick = nick;
        }
    }

    /// Our own standing in the room: new rights may have come.
    fn own_standing(&mut self, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let before = inside.affiliation;
        inside.nick = presence.nick.clone();
        inside.affiliation = presence.affiliation;
        inside.role = presence.role;
        if before != presence.affiliation {
            self.rights_changed(office, out);
        }
        // Whoever could not be missed while we were blind can be now.
        self.departed(office, out);
    }

    /// Where real JIDs are invisible and the operator said `!accept` by direct message: the newcomer is the operator,
    /// if there is just one.
    pub(super) fn vouch_for_newcomer(&mut self, operator: OperatorId) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let mut unknown: Vec<&mut Occupant> =
            inside.occupants.iter_mut().map(|(_, occupant)| occupant).filter(|occupant| occupant.unknown()).collect();
        if let [one] = unknown.as_mut_slice() {
            one.person = Person::Operator(operator);
        }
    }

    /// The same where the word came before they did, or while several were there who might have been they.
    fn recognize_operator(&mut self) {
        let &Stage::Serving(Service { operator, came: false, .. }) = &*self.stage else { return };
        self.vouch_for_newcomer(operator);
        let here = self.operator_is_inside(operator);
        if let Stage::Serving(service) = self.stage.aside()
            && here
        {
            (service.gone, service.came) = (None, true);
        }
    }
}

impl Person {
    /// The word for the transcript.
    pub fn speaker(self) -> Speaker {
        match self {
            Self::Guest => Speaker::Guest,
            Self::Operator(_) => Speaker::Operator,
            Self::Other => Speaker::Other,
        }
    }
}

impl Occupant {
    /// The real JID for the transcript, where we see it.
    pub(super) fn address(&self) -> Option<String> {
        self.jid.as_ref().map(|jid| jid.as_str().to_owned())
    }

    /// Could be anybody: an operator too.
    fn unknown(&self) -> bool {
        self.jid.is_none() && self.person == Person::Other
    }
}

impl Inside {
    /// Is the operator away? Where real JIDs are invisible, nobody can tell, and no is the answer.
    pub fn misses(&self, operator: OperatorId) -> bool {
        let empty = self.occupants.is_empty();
        let telling = empty || self.sees_jids() || self.occupants.values().any(|occupant| occupant.jid.is_some());
        telling && !self.has(Person::Operator(operator)) && !self.has_unknown()
    }

    fn has_unknown(&self) -> bool {
        self.occupants.values().any(Occupant::unknown)
    }

    /// May an operator be there whom nobody can tell from others? (Of several who were there before us, one is the guest.)
    pub fn hides_somebody(&self) -> bool {
        self.has_unknown() || self.occupants.values().filter(|occupant| occupant.jid.is_none()).count() > 1
    }

    /// Who holds this nick now.
    pub fn occupant(&self, nick: &Nick) -> Option<&Occupant> {
        self.occupants.get(nick)
    }
}

/// The line that somebody came.
pub(super) fn arrival(nick: &Nick, occupant: &Occupant) -> LineDraft {
    passage(LineKind::Joined, nick, occupant)
}

fn passage(kind: LineKind, nick: &Nick, occupant: &Occupant) -> LineDraft {
    let mut draft = LineDraft::new(kind, occupant.person.speaker(), String::new());
    draft.nick = Some(nick.clone());
    draft.jid = occupant.address();
    draft.joined_as = Some(occupant.joined_as.clone());
    draft
}

fn occupant_of(presence: &OccupantPresent, person: Person) -> Occupant {
    Occupant {
        jid: presence.jid.clone(),
        affiliation: presence.affiliation,
        role: presence.role,
        person,
        joined_as: presence.nick.clone(),
        pace: Bucket::default(),
        hushed_until: None,
    }
}

/// Somebody does not want us there.
fn shut_out(gone: &OccupantGone) -> bool {
    [BANNED, AFFILIATION_LOST, MADE_MEMBERS_ONLY].iter().any(|code| gone.codes.contains(code))
}
