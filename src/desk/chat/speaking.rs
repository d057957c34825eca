//! What the desk says, and the lines of the transcript.

use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};

use super::stage::Visit;
use super::{Chat, PLACE_STEP};
use crate::desk::action::Speech;
use crate::desk::event::RoomMessage;
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{ChatId, MessageId, Nick, OperatorId, RoomJid};
use crate::desk::office::{Office, Out};
use crate::desk::record::{LineKind, LineRecord, Record, Speaker};
use crate::desk::wording::{self, Language};

/// How many owed lines a chat keeps to say again; the oldest are given up first.
const OWED_MAX: usize = 50;
/// Owed words that are older are no longer true enough to be said again, in seconds.
const OWED_TRUE_SECONDS: i64 = 60;

impl Chat {
    /// Says something in the room: owed from now on, heard when the room repeats it.
    pub(super) fn say(&mut self, body: String, out: &mut Out) {
        self.utter(body, None, out);
    }

    /// Says something in the room that tells how the chat stands.
    pub(super) fn say_how_it_stands(&mut self, body: String, state: GuestState, out: &mut Out) {
        self.utter(body, Some(state), out);
    }

    fn utter(&mut self, body: String, state: Option<GuestState>, out: &mut Out) {
        let id = self.next_id();
        let nick = match &self.visit {
            Visit::Inside(inside) => Some(inside.nick.clone()),
            Visit::Outside | Visit::Queued { .. } | Visit::Entering(_) => None,
        };
        let mut draft = LineDraft::new(LineKind::Owed, Speaker::Desk, body.clone());
        draft.message_id = Some(id.clone());
        (draft.nick, draft.joined_as) = (nick.clone(), nick.clone());
        let seq = self.line(draft, out);
        self.told_at = out.mono();
        self.make_room_for_words();
        let at = out.stamp.at.wall;
        let (before_visit, held) = (nick.is_none(), self.throttle.holds());
        self.owe(Owed { seq, id, nick, body, at, before_visit, held, relayed: false, state }, out);
    }

    /// These words are owed, and said at once where nothing stands in their way.
    pub(super) fn owe(&mut self, owed: Owed, out: &mut Out) {
        if !owed.before_visit && !owed.held {
            out.speak(owed.speech(&self.room, self.language));
        }
        self.owed.push_back(owed);
    }

    /// The oldest of our own words are given up, where they are too many. What a guest wrote is not ours to give up.
    fn make_room_for_words(&mut self) {
        let mut ours = self.owed.iter().enumerate().filter(|(_, owed)| !owed.relayed).map(|(index, _)| index);
        let (oldest, count) = (ours.next(), ours.count() + 1);
        if let Some(oldest) = oldest.filter(|_| count >= OWED_MAX) {
            self.owed.remove(oldest);
        }
    }

    /// Says something in the room on behalf of the FAQ or a command.
    pub fn answer(&mut self, body: String, out: &mut Out) {
        if !self.stage.ending() {
            self.say(body, out);
        }
    }

    /// Writes to an operator, outside the room.
    pub(super) fn tell_operator(&mut self, operator: OperatorId, body: String, office: &Office, out: &mut Out) {
        let Some(who) = office.operators.get(operator) else { return };
        let to = who.settings.jid.clone().into();
        let id = self.next_id();
        out.speak(Speech::Direct { to, id, body, language: Language::English });
    }

    /// Adds a line to the transcript. Says which.
    pub(super) fn line(&mut self, draft: LineDraft, out: &mut Out) -> i64 {
        let LineDraft(mut line) = draft;
        self.last_seq += 1;
        (line.chat, line.seq) = (self.id, self.last_seq);
        if line.place.is_none() && line.kind != LineKind::Owed {
            line.place = Some(self.next_place());
        }
        // A stamp may be anybody's; nothing was said later than now.
        line.at = line.at.min(out.stamp.at.wall);
        if matches!(self.visit, Visit::Inside(_)) {
            self.last_line_at = self.last_line_at.max(Some(line.at));
        }
        out.remember(Record::Line(line));
        self.last_seq
    }

    pub(super) fn next_place(&mut self) -> i64 {
        self.last_place += PLACE_STEP;
        self.last_place
    }

    pub(super) fn next_id(&mut self) -> MessageId {
        self.marks.sent += 1;
        MessageId::of(&self.tag, itoa::Buffer::new().format(self.marks.sent))
    }

    pub(super) fn note_reason(&mut self, reason: Option<&str>, out: &mut Out) {
        let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else { return };
        self.first_words.push(reason.to_owned());
        let mut draft = LineDraft::new(LineKind::Note, Speaker::Guest, reason.to_owned());
        draft.jid = Some(self.guest.to_string());
        self.line(draft, out);
    }
}

/// Words that are committed and not yet heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) seq: i64,
    pub(super) id: MessageId,
    /// Under which nick it was said first.
    pub(super) nick: Option<Nick>,
    pub(super) body: String,
    pub(super) at: DateTime<Utc>,
    /// It was said, if at all, before the present visit to the room.
    pub(super) before_visit: bool,
    /// The room refused it, or one before it, because we speak too fast.
    pub(super) held: bool,
    /// It is the guest's line, which they wrote to us directly.
    pub(super) relayed: bool,
    /// How the chat stood then; not known any more after a restart.
    pub(super) state: Option<GuestState>,
}

/// What a line is about; the chat adds its number, the time where it is not told, and the next place where it has none.
#[derive(Debug, Clone)]
pub(super) struct LineDraft(Box<LineRecord>);

impl LineDraft {
    pub(super) fn new(kind: LineKind, speaker: Speaker, body: String) -> Self {
        Self(Box::new(LineRecord {
            chat: ChatId(0),
            seq: 0,
            place: None,
            at: DateTime::<Utc>::MAX_UTC,
            kind,
            speaker,
            nick: None,
            jid: None,
            stanza_id: None,
            message_id: None,
            body,
            joined_as: None,
            corrects: None,
            retracts: None,
        }))
    }
}

impl Deref for LineDraft {
    type Target = LineRecord;

    fn deref(&self) -> &LineRecord {
        &self.0
    }
}

impl DerefMut for LineDraft {
    fn deref_mut(&mut self) -> &mut LineRecord {
        &mut self.0
    }
}

impl Owed {
    pub(super) fn of(line: &LineRecord) -> Option<Self> {
        let id = line.message_id.clone()?;
        let relayed = line.is_relayed();
        let nick = if relayed { &line.joined_as } else { &line.nick };
        Some(Self {
            seq: line.seq,
            id,
            nick: nick.clone(),
            body: if relayed { wording::direct::guest_says(&line.body) } else { line.body.clone() },
            at: line.at,
            before_visit: true,
            held: false,
            relayed,
            state: None,
        })
    }

    /// What is said, or said again: with the same id, so that the room's echo proves it.
    pub(super) fn speech(&self, room: &RoomJid, language: Language) -> Speech {
        let Self { id, body, state, .. } = self;
        Speech::Room { room: room.clone(), id: id.clone(), body: body.clone(), language, state: state.clone() }
    }

    /// Is this what the room made of it? Our nick may have been another one.
    pub(super) fn is(&self, message: &RoomMessage) -> bool {
        message.id.as_ref() == Some(&self.id) && message.nick == self.nick
    }

    pub(super) fn still_true(&self, now: DateTime<Utc>) -> bool {
        self.relayed || (now - self.at).num_seconds() <= OWED_TRUE_SECONDS
    }
}
