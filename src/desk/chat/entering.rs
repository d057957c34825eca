//! The way into the room, the first time and every time after.

use std::collections::VecDeque;
use std::time::Duration;

use jid::{BareJid, FullJid};
use litemap::LiteMap;

use super::beginning::Past;
use super::occupants::arrival;
use super::stage::{Absence, Entry, Guard, Inside, Person, SignOfLife, Stage, Visit};
use super::throttled::Throttle;
use super::{Chat, LineDraft};
use crate::desk::action::{Question, Speech};
use crate::desk::alias;
use crate::desk::event::{Affiliation, Answer, Condition, OccupantPresent};
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{Nick, RoomJid, account_of, bare_of};
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};
use crate::desk::record::{Counter, LineKind, Outcome, Speaker};
use crate::desk::wording;

/// How long a room may take to let us in. A "room" that is no room never answers.
const ENTRY: Duration = Duration::from_secs(10);
/// The same for a room that we were in: it is one, and its service is busy.
const RETURN: Duration = Duration::from_secs(25);
/// After so long a silence a room that we were in is asked whether it has heard us knock.
const HEARD: Duration = Duration::from_secs(2);
/// How long the service of a room that we were in may be away.
const SERVICE: Duration = Duration::from_secs(60);
/// How long a guest waits for us to knock, when many do; then they are told that we cannot come.
const CROWD: Duration = Duration::from_secs(20);
/// Pause before knocking again at a room that is not ready yet (locked, busy).
const KNOCK: Duration = Duration::from_millis(500);
/// Pause before knocking again at a service that is away.
const SERVICE_KNOCK: Duration = Duration::from_secs(2);
/// How many nicks are tried where ours is taken.
const NICKS_MAX: u32 = 5;
/// How much history we ask for: more than servers keep by default (20).
const HISTORY_LINES: u32 = 100;
/// How long we wait for a room to describe itself.
const DESCRIPTION: Duration = Duration::from_secs(5);
/// The same where it decides whether what was said while we were away is looked for: a busy server is no reason for a gap.
const DESCRIPTION_AGAIN: Duration = Duration::from_secs(10);
/// So long, at least, an operator has for their first words after we could not hear them.
const FIRST_WORDS: Duration = Duration::from_secs(20);
/// XEP-0045, 15.6.2: "the room was created" and with it "these are your own words".
const STATUS_CREATED: u16 = 201;

/// How it was last noted whose chat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    /// How often the guest's address had changed.
    guest: u32,
    /// They write to us directly.
    directly: bool,
}

impl Chat {
    /// Wants into the room, and knocks as soon as it is its turn ([`crate::desk::bounds::Doors`]).
    pub fn enter(&mut self, out: &Out) {
        if !self.closed() {
            self.visit = Visit::Queued { since: out.mono() };
        }
    }

    /// It is its turn: knocks, for the first time in this session.
    pub fn knock_first(&mut self, office: &Office, out: &mut Out) {
        if matches!(self.visit, Visit::Queued { .. }) {
            let nick = office.settings.nick.clone();
            let patience = if self.marks.entered { RETURN } else { ENTRY };
            self.knock(nick, 0, out.mono() + patience, out);
        }
    }

    /// What all chats share follows where this one stands on its way in, and whose it is.
    pub fn keep_place(&mut self, office: &mut Office, out: &Out) {
        match self.visit {
            Visit::Queued { .. } => office.bounds.doors.queue(self.id, self.newcomer()),
            Visit::Entering(_) => {}
            Visit::Outside | Visit::Inside(_) => office.bounds.doors.forget(self.id),
        }
        let placed = Placed { guest: self.guest.changes(), directly: self.is_direct() };
        let before = self.placed.replace(placed);
        if self.stage.ending() {
            self.placed = None;
            office.guests.forget(self.id);
            if self.is_direct() {
                let whose = alias::whose(&self.direct_address(), &office.settings.shared_accounts);
                office.afterwords.ended(whose, self.words_of_robot(), out.mono());
            }
        } else if before != Some(placed) {
            office.guests.note(self.id, &self.guest, &self.room, placed.directly);
        }
    }

    /// Who invited us into a room where nobody was promised anything yet.
    fn newcomer(&self) -> Option<BareJid> {
        (!self.marks.entered).then(|| bare_of(&self.guest))
    }

    /// Whoever was promised something is not sent away because of others.
    pub(super) fn crowd_deadline(&self, since: Mono) -> Option<Mono> {
        (!self.marks.entered).then(|| since + CROWD)
    }

    /// There are too many guests for us to come to this one.
    pub fn crowded_out(&mut self, office: &mut Office, out: &mut Out) {
        if matches!(self.visit, Visit::Queued { .. }) && !self.marks.entered {
            self.turned_away(Refusal::Crowd, office, out);
        }
    }

    /// The room is asked what it is before it is entered: its history comes right behind our own presence, and by then
    /// we must know whether its ids can be believed.
    fn knock(&mut self, nick: Nick, nicks_tried: u32, limit: Mono, out: &mut Out) {
        out.ask(Question::Describe { room: self.room.clone() });
        // People see us come, and do not ask again: so we must know for good that we are wanted.
        out.ask_for_good(Question::Enter {
            room: self.room.clone(),
            nick: nick.clone(),
            password: Option::clone(&self.password),
            history: HISTORY_LINES,
        });
        self.visit = Visit::Entering(Entry {
            nick,
            nicks_tried,
            again: None,
            limit,
            sign_of_life: SignOfLife::Seen(out.mono()),
            occupants: LiteMap::new(),
            features: None,
            undescribed: false,
        });
    }

    /// The session is gone, and with it our place in the room.
    pub fn thrown_out(&mut self) {
        self.visit = Visit::Outside;
        self.throttle = Throttle::default();
        self.owed.iter_mut().for_each(|owed| (owed.before_visit, owed.held) = (true, false));
        self.guest_gone = None;
        if let Stage::Serving(service) = &mut *self.stage {
            service.gone = None;
        }
    }

    /// The session is resumed: what ran while nobody could hear us runs anew.
    pub fn resumed(&mut self, out: &Out) {
        let now = out.mono();
        self.room_lives(out);
        self.direct_chat_goes_on(now);
        if let Some(gone) = &mut self.guest_gone {
            *gone = now;
        }
        if let Stage::Serving(service) = &mut *self.stage {
            service.gone = service.gone.map(|_| now);
            service.reply = service.reply.not_before(now + FIRST_WORDS);
        }
    }

    /// The room said no.
    pub fn entry_refused(&mut self, condition: Condition, office: &mut Office, out: &mut Out) {
        let Visit::Entering(entry) = &mut self.visit else { return };
        match condition {
            Condition::RemoteServerNotFound | Condition::RemoteServerTimeout if self.marks.entered => {
                self.service_is_away(out);
            }
            Condition::Conflict => self.try_another_nick(office, out),
            Condition::ItemNotFound
            | Condition::ResourceConstraint
            | Condition::ServiceUnavailable
            | Condition::PolicyViolation
            | Condition::RemoteServerTimeout => entry.again = Some(out.mono() + KNOCK),
            Condition::NotAllowed
            | Condition::Forbidden
            | Condition::RegistrationRequired
            | Condition::NotAuthorized
            | Condition::NotAcceptable
                if self.marks.ours && !self.marks.entered =>
            {
                self.turned_away(Refusal::NoRoom, office, out);
            }
            Condition::NotAuthorized => self.turned_away(Refusal::Password, office, out),
            Condition::RegistrationRequired => self.turned_away(Refusal::Membership, office, out),
            Condition::Forbidden => self.turned_away(Refusal::Banned, office, out),
            _ => self.turned_away(Refusal::Gone, office, out),
        }
    }

    /// The service of a room that we were in is being restarted, or so we hope for some time.
    fn service_is_away(&mut self, out: &mut Out) {
        let Visit::Entering(entry) = &mut self.visit else { return };
        let now = out.mono();
        let until = *self.service_away.get_or_insert(now) + SERVICE;
        entry.limit = entry.limit.max(until);
        entry.again = Some(now + SERVICE_KNOCK);
    }

    fn try_another_nick(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Entering(entry) = &self.visit else { return };
        let (tried, limit) = (entry.nicks_tried + 1, entry.limit);
        if tried >= NICKS_MAX {
            return self.turned_away(Refusal::Full, office, out);
        }
        let nick = Nick::from(format!("{} {}", office.settings.nick, tried + 1));
        self.knock(nick, tried, limit, out);
    }

    /// The limit was reached, or it is time to knock again.
    pub(super) fn entry_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let Visit::Entering(entry) = &mut self.visit else { return };
        if entry.limit <= now {
            // Whoever kept saying "not now" is full; whoever said nothing is not there.
            let refusal = if entry.again.is_some() { Refusal::Full } else { Refusal::Gone };
            self.leave_the_door(out);
            return self.turned_away(refusal, office, out);
        }
        if entry.again.is_none() {
            entry.sign_of_life = SignOfLife::Asked(now);
            let nick = entry.nick.clone();
            return out.ask(Question::SelfPing { room: self.room.clone(), nick });
        }
        self.knock_again(out);
    }

    fn knock_again(&mut self, out: &mut Out) {
        let Visit::Entering(entry) = &self.visit else { return };
        let (nick, tried, limit) = (entry.nick.clone(), entry.nicks_tried, entry.limit);
        self.knock(nick, tried, limit, out);
    }

    /// A room answers in order: one that answers this, and has not let us in, has not heard us knock.
    ///
    /// COMPAT ejabberd 23.01: a room that is just ending, or being put to sleep, swallows what it is told. (To knock once more
    /// without asking is no way: whoever enters a room that they are in gets its history again.)
    pub(super) fn not_heard_knocking(&mut self, answer: &Answer, out: &mut Out) {
        let Visit::Entering(entry) = &self.visit else { return };
        let asked = entry.again.is_none() && matches!(entry.sign_of_life, SignOfLife::Asked(_));
        match answer {
            // The room itself has said nothing.
            Answer::Refused(Condition::RemoteServerNotFound | Condition::RemoteServerTimeout) | Answer::Unanswered => {}
            _ if asked => self.knock_again(out),
            _ => {}
        }
    }

    /// When something is to be done about a room that has not let us in.
    pub(super) fn entry_deadline(&self, entry: &Entry) -> Mono {
        let (SignOfLife::Seen(since) | SignOfLife::Asked(since)) = entry.sign_of_life;
        let next = entry.again.or_else(|| self.marks.entered.then(|| since + HEARD));
        next.map_or(entry.limit, |next| next.min(entry.limit))
    }

    /// We knocked and do not want to be let in any more: an answer may still be on its way.
    pub(super) fn leave_the_door(&self, out: &mut Out) {
        if let Visit::Entering(entry) = &self.visit {
            out.speak(Speech::Leave { room: self.room.clone(), nick: entry.nick.clone() });
        }
    }

    fn turned_away(&mut self, refusal: Refusal, office: &mut Office, out: &mut Out) {
        self.visit = Visit::Outside;
        let sentence = refusal.sentence(self, office).filter(|_| !self.marks.entered);
        if let Some(sentence) = sentence.filter(|_| office.bounds.may_tell(&self.guest, out.mono())) {
            self.tell_guest(sentence, office, out);
        }
        self.gap_since_last_visit(out);
        self.tell_of_the_loss(office, out);
        let outcome = match (self.marks.entered, refusal) {
            (true, _) => self.outcome_by_talk(Outcome::Lost),
            (false, Refusal::Gone) => Outcome::Missed,
            (false, _) => Outcome::Refused,
        };
        self.end(outcome, "its room does not let me in any more", office, out);
    }

    /// There is no way back into a room that we were in. A guest who waits there for somebody waits in vain.
    pub(super) fn tell_of_the_loss(&mut self, office: &Office, out: &mut Out) {
        let told = self.direct.as_mut().is_some_and(|direct| std::mem::replace(&mut direct.told_of_end, true));
        if self.marks.entered && self.guest_is_known() && !self.stage.ending() && !told {
            self.tell_guest(wording::room_lost(self.language), office, out);
        }
    }

    /// Writes to the guest outside the room; through the room's own way where their address is unknown.
    pub(super) fn tell_guest(&mut self, body: String, office: &Office, out: &mut Out) {
        if self.guest_is_known() {
            let id = self.next_id();
            let to = self.direct_address();
            out.speak(Speech::Direct { to, id, body, language: self.language });
        } else {
            let _ = office;
            out.speak(Speech::Decline {
                room: self.room.clone(),
                to: FullJid::clone(&self.guest).into(),
                reason: body,
            });
        }
    }

    /// Is the guest's address a real one, not an occupant's?
    pub(super) fn guest_is_known(&self) -> bool {
        account_of(&self.guest) != self.room.bare().as_str()
    }

    /// Our own presence is there: we are in.
    pub(super) fn entered(&mut self, presence: &OccupantPresent, office: &mut Office, out: &mut Out) {
        let Visit::Entering(entry) = &mut self.visit else { return };
        let (occupants, features) = (std::mem::take(&mut entry.occupants), entry.features);
        let undescribed = entry.undescribed;
        let returned = self.marks.entered;
        self.open_hole(returned, out);
        self.visit = Visit::Inside(Box::new(Inside {
            nick: presence.nick.clone(),
            affiliation: presence.affiliation,
            role: presence.role,
            occupant_id: presence.occupant_id.clone(),
            occupants,
            live: false,
            features,
            guard: Guard::Describing { limit: out.mono() + if returned { DESCRIPTION_AGAIN } else { DESCRIPTION } },
            returned,
            place_before: self.last_place,
            absence: if returned { Absence::Unknown } else { Absence::Settled },
            history: VecDeque::new(),
            held: (returned && features.is_none()).then(Vec::new),
            asked_again: false,
            past: Past::default(),
            belated: Vec::new(),
            sign_of_life: SignOfLife::Seen(out.mono()),
            hushes: false,
            encrypted_told: false,
        }));
        let (first, created) = (!self.marks.entered, presence.codes.contains(&STATUS_CREATED));
        if created && !(first && self.marks.ours) {
            return self.room_was_not_there(office, out);
        }
        if first && self.marks.ours && presence.affiliation != Affiliation::Owner {
            return self.room_is_not_ours(office, out);
        }
        if undescribed {
            self.ask_again_inside(out);
        }
        self.marks.entered = true;
        self.service_away = None;
        self.record_earlier_arrivals(out);
        if self.unwelcome_guest(office) {
            return self.end(self.outcome_by_talk(Outcome::Refused), "its guest is nobody whom we serve", office, out);
        }
        if let Some(room) = self.elsewhere(office) {
            return self.sent_elsewhere(&room, office, out);
        }
        if features.is_some() {
            self.fill_absence(office, out);
        }
        self.let_guests_speak(out);
        if created {
            self.say_what_guest_wrote(out);
        }
        self.direct_chat_goes_on(out.mono());
        match &*self.stage {
            Stage::Closing(_) => return self.last_words_heard(office, out),
            _ => self.welcome(office, out),
        }
        if matches!(*self.stage, Stage::Joining) {
            self.look_up(office, out);
        }
        if features.is_some() {
            self.arrange_or_hope(office, out);
        }
    }

    /// The guest was invited by nick; now that we see who they are: have they another chat?
    fn elsewhere(&self, office: &Office) -> Option<RoomJid> {
        let first_time = matches!(&self.visit, Visit::Inside(inside) if !inside.returned);
        office.guests.elsewhere(&self.guest, Some(self.id)).filter(|_| first_time).cloned()
    }

    fn sent_elsewhere(&mut self, room: &RoomJid, office: &mut Office, out: &mut Out) {
        out.count(Counter::InvitationElsewhere);
        if office.bounds.may_tell(&self.guest, out.mono()) {
            self.tell_guest(wording::chat_elsewhere(self.language, room), office, out);
        }
        self.end(Outcome::Refused, "its guest has another chat", office, out);
    }

    /// An unexpected 201: the room that we were invited to is gone, and our knocking made a new, empty one.
    fn room_was_not_there(&mut self, office: &mut Office, out: &mut Out) {
        out.ask(Question::Destroy { room: self.room.clone(), reason: String::new() });
        self.visit = Visit::Outside;
        self.gap_since_last_visit(out);
        self.tell_of_the_loss(office, out);
        let outcome = if self.marks.entered { self.outcome_by_talk(Outcome::Lost) } else { Outcome::Missed };
        self.end(outcome, "its room is gone", office, out);
    }

    /// Somebody was here before us, in a room whose name nobody could guess.
    fn room_is_not_ours(&mut self, office: &mut Office, out: &mut Out) {
        self.leave_room(out);
        self.turned_away(Refusal::NoRoom, office, out);
    }

    fn leave_room(&mut self, out: &mut Out) {
        if let Visit::Inside(inside) = &self.visit {
            out.speak(Speech::Leave { room: self.room.clone(), nick: inside.nick.clone() });
        }
        self.visit = Visit::Outside;
    }

    fn record_earlier_arrivals(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let lines: Vec<LineDraft> = inside.occupants.iter().map(|(nick, occupant)| arrival(nick, occupant)).collect();
        for line in lines {
            self.line(line, out);
        }
    }

    /// In the room's order our own coming stands behind the history.
    pub(super) fn record_own_arrival(&mut self, out: &mut Out) {
        let Visit::Inside(inside) = &mut self.visit else { return };
        if inside.live {
            return;
        }
        inside.live = true;
        let mut draft = LineDraft::new(LineKind::Joined, Speaker::Desk, String::new());
        (draft.nick, draft.joined_as) = (Some(inside.nick.clone()), Some(inside.nick.clone()));
        self.line(draft, out);
    }

    fn welcome(&mut self, office: &mut Office, out: &mut Out) {
        self.note_absences(office, out);
        self.let_dismissed_go(office, out);
        if !self.marks.greeted {
            self.marks.greeted = true;
            let (greeting, state) = match office.queue_open(&self.queue, out.stamp.at.wall) {
                true => (wording::greeting(self.language), GuestState::waiting()),
                false => (wording::greeting_after_hours(self.language), self.after_hours(office, out)),
            };
            self.say_how_it_stands(greeting, state, out);
        }
        // Whoever waited while we were away has waited long enough.
        if self.notice_deadline().is_some_and(|(at, _)| at <= out.mono()) {
            self.tell_waiting(office, out);
        }
    }

    /// Who should be here and is not?
    fn note_absences(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let Visit::Inside(inside) = &self.visit else { return };
        let (here, directly) = (inside.has(Person::Guest), self.listens_directly());
        self.guest_gone = (!here && !directly).then_some(now);
        self.marks.came |= directly;
        if here {
            self.guest_hears();
        }
        let Visit::Inside(inside) = &self.visit else { return };
        match &mut *self.stage {
            Stage::Serving(service) => {
                service.gone = inside.misses(service.operator).then_some(now);
                service.reply = service.reply.not_before(now + FIRST_WORDS);
                self.repeat_transfer(office, out);
            }
            Stage::Offered(offer) => {
                let here = offer.operators.iter().copied().find(|one| inside.has(Person::Operator(*one)));
                match here {
                    Some(operator) => self.accept(operator, office, out),
                    None => self.repeat_offer(office, out),
                }
            }
            _ => {}
        }
    }
}

/// Why a room does not let us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Password,
    Membership,
    Banned,
    Full,
    Crowd,
    /// We may not open one.
    NoRoom,
    Gone,
}

impl Refusal {
    /// What the guest is told; nothing where nobody waits or we are unwanted.
    fn sentence(self, chat: &Chat, office: &Office) -> Option<String> {
        let (language, room) = (chat.language, &chat.room);
        match self {
            Self::Crowd => Some(wording::too_many_chats(language)),
            _ if chat.is_our_room() => Some(wording::direct::cannot_open_room(language)),
            Self::Password => Some(wording::need_password(language, room)),
            Self::Membership => Some(wording::need_membership(language, room, office.settings.account.as_str())),
            Self::Full => Some(wording::cannot_enter(language, room)),
            Self::Banned | Self::NoRoom | Self::Gone => None,
        }
    }
}
