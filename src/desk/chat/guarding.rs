//! Rights and privacy: what is done to the room before anybody is called into it.
//!
//! Where the desk is owner: persistent, `whois` = moderators, a password where anybody could enter, everybody else
//! lowered to member, and a second look that they were. Each step is a question, asked when the one before is answered.

use std::collections::BTreeSet;
use std::time::Duration;

use jid::BareJid;

use super::Chat;
use super::stage::{Arranging, Guard, Inside, Missing, Person, Plea, Stage, Visit};
use crate::desk::action::{Notice, Question, RoomSetup, Speech};
use crate::desk::event::{Affiliation, Answer, RoomFeatures};
use crate::desk::office::{Office, Out};
use crate::desk::record::Outcome;
use crate::desk::wording;

/// How long the room may take to answer one step.
const STEP: Duration = Duration::from_secs(5);
/// How long we wait for rights that the guest's client may be granting just now, before operators are called into a
/// room that shows their addresses.
const HOPE: Duration = Duration::from_secs(1);

impl Chat {
    /// An answer to one of the questions below.
    pub fn question_answered(&mut self, question: &Question, answer: Answer, office: &mut Office, out: &mut Out) {
        match question {
            // The session is over; the next one asks again.
            Question::Describe { .. } | Question::Archive { .. }
                if answer == Answer::Unanswered && !office.online() => {}
            Question::Describe { .. } => self.described(&answer, office, out),
            Question::Configure { setup, .. } => self.configured(setup.password.is_some(), &answer, office, out),
            Question::ListAffiliated { affiliation, .. } => self.listed(*affiliation, answer, office, out),
            Question::Affiliate { jid, affiliation: Affiliation::Member, .. } => {
                self.lowered(jid, &answer, office, out);
            }
            Question::SelfPing { .. } => self.self_ping_answered(&answer, out),
            Question::Archive { after, .. } => self.archived(after.as_ref(), answer, office, out),
            Question::Destroy { .. } => self.destroyed(&answer, office, out),
            Question::Affiliate { .. }
            | Question::Silence { .. }
            | Question::GiveVoice { .. }
            | Question::Enter { .. }
            | Question::OwnArchive { .. }
            | Question::Roster => {}
        }
    }

    fn described(&mut self, answer: &Answer, office: &mut Office, out: &mut Out) {
        self.notice_missing_room(answer, out);
        match (answer, &mut self.visit) {
            (Answer::Described(features), _) => self.learn_features(*features),
            (_, Visit::Entering(entry)) => entry.undescribed = true,
            (Answer::Refused(_), Visit::Inside(inside)) if inside.undescribed_so_far() => {
                return self.ask_again_inside(out);
            }
            _ => {}
        }
        self.fill_absence(office, out);
        self.release_held(office, out);
        self.look_at_the_beginning(out);
        if matches!(&self.visit, Visit::Inside(inside) if matches!(inside.guard, Guard::Describing { .. })) {
            self.arrange_or_hope(office, out);
        }
    }

    /// It would not say what it is, and has let us in.
    ///
    /// COMPAT ejabberd 23.01: a room that nobody has entered since its service began says that it is not there, and a service
    /// that is just beginning says so too while it lets people in.
    pub(super) fn ask_again_inside(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if inside.undescribed_so_far() {
            inside.asked_again = true;
            inside.held.get_or_insert_default();
            out.ask(Question::Describe { room: self.room.clone() });
        }
    }

    fn learn_features(&mut self, features: RoomFeatures) {
        self.marks.closed_door &= features.password;
        match &mut self.visit {
            Visit::Outside | Visit::Queued { .. } => {}
            Visit::Entering(entry) => entry.features = Some(features),
            Visit::Inside(inside) => inside.features = Some(features),
        }
    }

    pub(super) fn arrange_or_hope(&mut self, office: &mut Office, out: &mut Out) {
        let found_safe = self.found_safe(office);
        let Visit::Inside(inside) = &mut self.visit else { return };
        // Whoever is owner instead of us may make others what they like.
        self.marks.lowered &= inside.owner();
        if found_safe {
            self.guarded(office, out);
        } else if inside.owner() {
            self.arrange(office, out);
        } else if office.settings.hide_operators && matches!(*self.stage, Stage::Joining) {
            inside.guard = Guard::Hoping { limit: out.mono() + HOPE };
        } else {
            self.guarded(office, out);
        }
    }

    /// Back in a room that was made safe, and says that it is as we left it: only we could have changed who its owners are.
    /// (A desk that comes and goes would otherwise begin anew each time, and nobody would be called.)
    fn found_safe(&self, office: &Office) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        let Some(features) = inside.features.filter(|_| inside.owner() && self.marks.lowered) else { return false };
        let shows_addresses = office.settings.hide_operators && features.real_jids_for_all;
        features.persistent && !shows_addresses && !self.wants_password()
    }

    /// Somebody changed our standing.
    pub(super) fn rights_changed(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        self.marks.lowered &= inside.owner();
        match (&inside.guard, inside.owner()) {
            (Guard::Hoping { .. } | Guard::Done, true) if !self.stage.ending() => self.arrange(office, out),
            _ => {}
        }
        if matches!(&*self.stage, Stage::Pleading(Plea { missing: Missing::Members, .. })) && self.may_serve() {
            self.ready_to_serve(office, out);
        }
    }

    fn arrange(&mut self, office: &Office, out: &mut Out) {
        let account = &office.settings.account;
        let name = wording::room_name(self.id, self.guest_name());
        let description = wording::room_description(account.as_str(), self.id);
        let password =
            self.wants_password().then(|| Option::clone(&self.password).unwrap_or_else(|| out.stamp.entropy.hex()));
        if let Some(password) = &password {
            *self.password = Some(password.clone());
        }
        let Visit::Inside(inside) = &mut self.visit else { return };
        let setup = RoomSetup {
            persistent: Some(true),
            jids_for_moderators_only: office.settings.hide_operators,
            password: password.clone(),
            name: Some(name),
            description: Some(description),
            hidden: self.marks.ours,
        };
        out.ask_for_good(Question::Configure { room: self.room.clone(), setup });
        for affiliation in [Affiliation::Owner, Affiliation::Admin] {
            out.ask(Question::ListAffiliated { room: self.room.clone(), affiliation });
        }
        let limit = out.mono() + STEP;
        inside.guard = Guard::Arranging(Arranging { password, configured: false, owners: None, admins: None, limit });
    }

    /// What the guest calls themselves: in the form, as an occupant, or by their account where they write to us directly.
    /// Nobody vouches for it.
    fn guest_name(&self) -> Option<&str> {
        let Visit::Inside(inside) = &self.visit else { return None };
        let occupant = || inside.occupants.iter().find(|(_, occupant)| occupant.person == Person::Guest);
        let account = || self.guest.node().filter(|_| self.marks.ours).map(|node| node.as_str());
        let said = self.facts.said.text("name").filter(|name| !name.trim().is_empty());
        said.or_else(|| occupant().map(|(nick, _)| &**nick)).or_else(account)
    }

    /// A room that anybody could enter gets a password; one whose password we do not know gets one that we know. A
    /// members-only room stays as the guest wanted it.
    fn wants_password(&self) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        !inside.members_only() && (self.password.is_none() || !self.marks.closed_door)
    }

    fn configured(&mut self, with_password: bool, answer: &Answer, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Guard::Arranging(arranging) = &mut inside.guard else { return };
        arranging.configured = true;
        let password = arranging.password.take();
        if *answer == Answer::Done {
            if let Some(password) = password.filter(|_| with_password) {
                self.password_set(password, out);
            }
        } else {
            if matches!(answer, Answer::Refused(_)) && !self.marks.closed_door {
                *self.password = None;
            }
            out.report(Notice::RightsMissing { chat: self.id, what: "configure the room" });
        }
        self.arranged(office, out);
    }

    fn password_set(&mut self, password: String, out: &mut Out) {
        *self.password = Some(password.clone());
        self.marks.closed_door = true;
        if self.guest_is_known() && !self.marks.ours {
            let id = self.next_id();
            out.speak(Speech::Invite {
                to: jid::FullJid::clone(&self.guest).into(),
                room: self.room.clone(),
                password: Some(password),
                reason: wording::keep_password(self.language),
                id,
            });
        }
    }

    fn listed(&mut self, affiliation: Affiliation, answer: Answer, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let (Guard::Arranging(arranging) | Guard::Verifying(arranging)) = &mut inside.guard else { return };
        let list = match answer {
            Answer::Affiliated(list) => list,
            _ => Vec::new(),
        };
        match affiliation {
            Affiliation::Owner => arranging.owners = Some(list),
            _ => arranging.admins = Some(list),
        }
        match inside.guard {
            Guard::Verifying(_) => self.verified(office, out),
            _ => self.arranged(office, out),
        }
    }

    /// All answers of the first step are there: lower everybody else.
    fn arranged(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Guard::Arranging(Arranging { configured: true, owners: Some(owners), admins: Some(admins), .. }) =
            &inside.guard
        else {
            return;
        };
        let others = others(owners, admins, &office.settings.account);
        if others.is_empty() {
            self.marks.lowered = true;
            return self.guarded(office, out);
        }
        let account = office.settings.account.clone();
        if !owners.contains(&account) {
            // A room must keep an owner; an admin of the service is one without being listed.
            let affiliation = Affiliation::Owner;
            out.ask(Question::Affiliate { room: self.room.clone(), jid: account, affiliation });
        }
        for jid in &others {
            let affiliation = Affiliation::Member;
            out.ask(Question::Affiliate { room: self.room.clone(), jid: jid.clone(), affiliation });
        }
        inside.guard = Guard::Lowering { open: others, limit: out.mono() + STEP };
    }

    fn lowered(&mut self, jid: &BareJid, answer: &Answer, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Guard::Lowering { open, .. } = &mut inside.guard else { return };
        if !open.remove(jid) {
            return;
        }
        let all_answered = open.is_empty();
        if *answer != Answer::Done {
            out.report(Notice::RightsMissing { chat: self.id, what: "lower the guest to member" });
        }
        if all_answered {
            self.verify(office, out);
        }
    }

    fn verify(&mut self, office: &Office, out: &mut Out) {
        let _ = office;
        let Visit::Inside(inside) = &mut self.visit else { return };
        for affiliation in [Affiliation::Owner, Affiliation::Admin] {
            out.ask(Question::ListAffiliated { room: self.room.clone(), affiliation });
        }
        let limit = out.mono() + STEP;
        inside.guard =
            Guard::Verifying(Arranging { password: None, configured: true, owners: None, admins: None, limit });
    }

    fn verified(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        let Guard::Verifying(Arranging { owners: Some(owners), admins: Some(admins), .. }) = &inside.guard else {
            return;
        };
        self.marks.lowered = others(owners, admins, &office.settings.account).is_empty();
        if !self.marks.lowered {
            out.report(Notice::RightsMissing { chat: self.id, what: "keep operators' addresses hidden" });
        }
        self.guarded(office, out);
    }

    /// A step took too long: go on with what we have. Whoever waits must not wait for a room that is silent.
    pub(super) fn guard_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        match inside.guard {
            Guard::Describing { .. } => {
                self.settle_without_description(office, out);
                self.release_held(office, out);
                self.look_at_the_beginning(out);
                self.arrange_or_hope(office, out);
            }
            Guard::Hoping { .. } | Guard::Done => self.guarded(office, out),
            Guard::Arranging(_) | Guard::Lowering { .. } | Guard::Verifying(_) => {
                out.report(Notice::RightsMissing { chat: self.id, what: "get an answer of the room in time" });
                self.guarded(office, out);
            }
        }
    }

    /// The room is as safe as it can be made.
    fn guarded(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        inside.guard = Guard::Done;
        self.call_guest(out);
        if matches!(*self.stage, Stage::Joining) {
            self.ready_to_serve(office, out);
        }
    }

    /// From the door to the queue, if nothing is missing.
    pub(super) fn ready_to_serve(&mut self, office: &mut Office, out: &mut Out) {
        match self.missing_right(office) {
            Some(missing) => self.plead(missing, office, out),
            None => self.start_waiting(office, out),
        }
    }

    fn start_waiting(&mut self, office: &mut Office, out: &mut Out) {
        self.look_up(office, out);
        if self.looking_up() {
            return self.enter_stage(Stage::Joining, office, out);
        }
        self.take_in_what_crms_said(office, out);
        self.ask_rules(office, out);
        if self.stage.ending() {
            return;
        }
        self.mind_hours(office, out);
        self.enter_stage(Stage::Waiting, office, out);
        self.tell_closed(office, out);
    }

    /// The guest was invited by nick, and turns out to be somebody whom we do not serve.
    pub(super) fn unwelcome_guest(&self, office: &Office) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        let by_nick = inside.occupants.iter().find(|(nick, _)| self.room.is_occupant(&self.guest, nick));
        let Some(jid) = by_nick.and_then(|(_, occupant)| occupant.jid.as_ref()) else { return false };
        !office.welcomes(jid.domain().as_str()) || office.operators.find(jid).is_some()
    }

    fn missing_right(&self, office: &Office) -> Option<Missing> {
        if !self.may_serve() {
            return Some(Missing::Members);
        }
        let must_know = !office.settings.guests.is_empty();
        (must_know && !self.guest_is_known()).then_some(Missing::Identity)
    }

    fn may_serve(&self) -> bool {
        let Visit::Inside(inside) = &self.visit else { return false };
        !inside.members_only() || inside.may_add_members()
    }

    fn plead(&mut self, missing: Missing, office: &mut Office, out: &mut Out) {
        let account = office.settings.account.as_str();
        let words = match missing {
            Missing::Members => wording::need_rights_members(self.language, account),
            Missing::Identity => wording::need_rights_identity(self.language, account),
        };
        self.say(words, out);
        let until = out.mono() + office.settings.guest_grace;
        self.enter_stage(Stage::Pleading(Plea { missing, until }), office, out);
    }

    pub(super) fn plea_unheard(&mut self, office: &mut Office, out: &mut Out) {
        let words = wording::rights_never_came(self.language);
        self.close(Outcome::Refused, words, "a right was missing", office, out);
    }

    /// Lets an operator into a members-only room, or out of its list again.
    pub(super) fn membership(&self, jid: &BareJid, affiliation: Affiliation, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        if inside.members_only() && inside.may_add_members() {
            out.ask(Question::Affiliate { room: self.room.clone(), jid: jid.clone(), affiliation });
        }
    }
}

impl Inside {
    /// It has not said what it is, and was not asked again.
    fn undescribed_so_far(&self) -> bool {
        self.features.is_none() && !self.asked_again && matches!(self.guard, Guard::Describing { .. })
    }

    /// Everything that can be done for the room's safety is done.
    pub fn guarded(&self) -> bool {
        self.guard == Guard::Done
    }
}

fn others(owners: &[BareJid], admins: &[BareJid], account: &BareJid) -> BTreeSet<BareJid> {
    owners.iter().chain(admins).filter(|jid| *jid != account).cloned().collect()
}
