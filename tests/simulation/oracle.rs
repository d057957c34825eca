//! The reference model beside the desk, and what must hold (I1 to I4 of DESIGN.md) after every event.
//!
//! It knows what was really said in each room, which of it the desk was told, and who holds which chat according to
//! the desk's own words. It never looks into the desk but through the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use frontdesk::desk::action::Action;
use frontdesk::desk::event::Event;
use frontdesk::desk::ids::{ChatId, RoomJid, StanzaId};
use frontdesk::desk::moment::Mono;
use frontdesk::desk::record::{LineKind, Record, StageName};
use frontdesk::desk::snapshot::{ChatView, Snapshot};

use super::direct::Directly;
use super::holders::{Holders, engaged};
use super::lines::{Choice, find, index, is_greeting, none_lost, outcome, owed_by_desk, said_by};
use super::messages::Messages;
use super::model::Model;
use super::patience::Patience;
use crate::world::World;
use crate::world::turn::Watcher;

#[derive(Default)]
pub struct Oracle {
    /// The first thing that was wrong.
    pub violation: Option<String>,
    before: Option<Snapshot>,
    entered: BTreeSet<ChatId>,
    /// Rooms that the desk has just entered for the first time: their history belongs to the chat.
    first_visits: BTreeSet<RoomJid>,
    /// Of each room, the lines (by number) of which the desk was told and which it must remember.
    heard: BTreeMap<RoomJid, BTreeSet<usize>>,
    /// Lines of which the desk was told before the room had said what it is: it may wait with them while it is inside.
    waiting: Vec<(RoomJid, usize)>,
    /// Of those that it must remember, the ones that may yet be forgotten with the daemon.
    uncommitted: Vec<(RoomJid, usize)>,
    /// Up to which line of its room each gap line excuses what is missing.
    gaps: BTreeMap<(ChatId, i64), usize>,
    /// From which line of its room on each chat could know what had been said before.
    history: BTreeMap<ChatId, usize>,
    touched: BTreeSet<ChatId>,
    new_gaps: Vec<(ChatId, i64)>,
    holders: Holders,
    patience: Patience,
    pub model: Model,
    messages: Messages,
    directly: Directly,
    /// What the model found wrong with what was decided.
    wrong: Option<String>,
    restarted: bool,
}

impl Watcher for Oracle {
    fn decided(&mut self, world: &World, event: &Event, actions: &[Action]) {
        self.touched.clear();
        self.directly.decided(event, actions);
        if self.wrong.is_none() {
            self.wrong = self.model.decided(world, event, actions).err();
        }
        match event {
            Event::OccupantPresent(presence) if presence.own => self.desk_entered(&presence.room),
            Event::SubjectReceived { room, .. } => drop(self.first_visits.remove(room)),
            Event::RoomMessageReceived(message) => {
                let live = message.delay.is_none() || self.first_visits.contains(&message.room);
                if let (Some(chat), true) = (self.inside(&message.room), live) {
                    self.touched.insert(chat);
                    self.told(&message.room, message.stanza_id.as_ref());
                }
            }
            _ => {}
        }
        for action in actions {
            self.note(action);
        }
    }

    fn performed(&mut self, world: &World) -> Option<String> {
        if self.violation.is_none() {
            self.violation = self.check(world).err();
            return self.violation.clone();
        }
        None
    }

    fn committed(&mut self) {
        self.uncommitted.clear();
        self.model.committed();
        self.directly.committed();
    }

    fn died(&mut self) {
        for (room, line) in std::mem::take(&mut self.uncommitted) {
            self.heard.entry(room).or_default().remove(&line);
        }
        self.waiting.clear();
        self.first_visits.clear();
        self.before = None;
        self.restarted = true;
        self.model.died();
        self.messages.died();
        self.directly.died();
    }
}

pub type Verdict = Result<(), String>;

impl Oracle {
    // What happens

    fn inside(&self, room: &RoomJid) -> Option<ChatId> {
        let chats = &self.before.as_ref()?.chats;
        chats.iter().find(|chat| chat.room == *room && chat.inside).map(|chat| chat.id)
    }

    fn desk_entered(&mut self, room: &RoomJid) {
        let Some(before) = &self.before else { return };
        let chat = before.chats.iter().find(|chat| chat.room == *room && !chat.inside).map(|chat| chat.id);
        if let Some(chat) = chat.filter(|chat| !self.entered.contains(chat)) {
            self.first_visits.insert(room.clone());
            // A visit, or a chat of this number, of which nothing was written may have been forgotten.
            self.history.remove(&chat);
        }
    }

    fn told(&mut self, room: &RoomJid, stanza: Option<&StanzaId>) {
        let Some(line) = stanza.and_then(index) else { return };
        if self.holding(room) {
            return self.waiting.push((room.clone(), line));
        }
        self.must_remember(room, line);
    }

    fn holding(&self, room: &RoomJid) -> bool {
        self.before.iter().flat_map(|before| &before.chats).any(|chat| chat.room == *room && chat.holding)
    }

    /// What waited is recorded when the room has said what it is; if we are put out before, it is looked for again.
    fn release(&mut self, now: &Snapshot) {
        let waiting = std::mem::take(&mut self.waiting);
        for (room, line) in waiting {
            match now.chats.iter().find(|chat| chat.room == room) {
                Some(chat) if chat.inside && chat.holding => self.waiting.push((room, line)),
                Some(chat) if chat.inside => self.must_remember(&room, line),
                _ => {}
            }
        }
    }

    fn must_remember(&mut self, room: &RoomJid, line: usize) {
        if self.heard.entry(room.clone()).or_default().insert(line) {
            self.uncommitted.push((room.clone(), line));
        }
    }

    fn note(&mut self, action: &Action) {
        self.holders.hear(action);
        self.messages.hear(action);
        match action {
            Action::Remember(Record::Line(line)) => {
                self.touched.insert(line.chat);
                if line.kind == LineKind::Gap {
                    self.new_gaps.push((line.chat, line.seq));
                }
            }
            Action::Remember(Record::Heard(heard)) => drop(self.touched.insert(heard.chat)),
            _ => {}
        }
    }

    // What must hold

    fn check(&mut self, world: &World) -> Verdict {
        let now = world.desk.snapshot();
        self.agree(world, &now)?;
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        self.model.agree(world, &now)?;
        self.messages.check(world, &self.model)?;
        self.directly.check(world, self.before.as_ref(), &now)?;
        self.release(&now);
        self.note_history(world, &now);
        self.note_gaps(world);
        for chat in std::mem::take(&mut self.touched) {
            let catching_up = now.chats.iter().any(|view| view.id == chat && view.catching_up);
            self.transcript(world, chat, catching_up)?;
        }
        self.closings(world)?;
        self.holders.agree(&world.settings, &now, self.restarted)?;
        self.restarted = false;
        self.entered = now.chats.iter().map(|chat| chat.id).filter(|id| world.store.chats[id].marks.entered).collect();
        self.before = Some(now);
        self.time(world)
    }

    /// I4, whenever time has passed.
    pub fn time(&mut self, world: &World) -> Verdict {
        self.patience.feel(world);
        let Some(now) = &self.before else { return Ok(()) };
        self.patience.check(world, now)
    }

    /// What is in memory is in the store, and the other way round.
    fn agree(&self, world: &World, now: &Snapshot) -> Verdict {
        let stored: Vec<_> = world.store.chats.values().filter(|chat| chat.stage != StageName::Closed).collect();
        let ids = |views: &[ChatView]| views.iter().map(|chat| chat.id).collect::<Vec<_>>();
        let stored_ids: Vec<ChatId> = stored.iter().map(|chat| chat.id).collect();
        if ids(&now.chats) != stored_ids {
            return Err(format!("open chats {:?}, stored as open {stored_ids:?}", ids(&now.chats)));
        }
        for (seen, kept) in now.chats.iter().zip(stored) {
            let same = seen.stage == kept.stage && seen.room == kept.room && seen.guest == kept.guest;
            let same_operator = !engaged(seen) || seen.operator == kept.operator;
            if !same || !same_operator {
                return Err(format!("the snapshot says {seen:?}, the store {kept:?}"));
            }
        }
        Ok(())
    }

    /// A room's history reaches so far back only; what was said earlier is no part of the chat.
    fn note_history(&mut self, world: &World, now: &Snapshot) {
        if self.restarted {
            // A first visit that was forgotten with the daemon was none.
            self.history.retain(|chat, _| world.store.chats.get(chat).is_some_and(|chat| chat.marks.entered));
        }
        for chat in now.chats.iter().filter(|chat| self.first_visits.contains(&chat.room)) {
            let said = world.said.get(&chat.room).map_or(0, Vec::len);
            let room = world.rooms.get(&chat.room);
            let first = room.map_or(said, |room| room.born.max(said.saturating_sub(room.history_max)));
            self.history.entry(chat.id).or_insert(first);
        }
    }

    fn note_gaps(&mut self, world: &World) {
        for (chat, seq) in std::mem::take(&mut self.new_gaps) {
            let said = world.store.chats.get(&chat).and_then(|chat| world.said.get(&chat.room)).map_or(0, Vec::len);
            self.gaps.insert((chat, seq), said);
        }
    }

    /// I1 and I2: what was said, once, in order, and nothing else. Where guests say the same several times under one id,
    /// and the room gives none, there is a way in which it fits.
    fn transcript(&self, world: &World, id: ChatId, catching_up: bool) -> Verdict {
        let verdict = self.transcript_as(world, id, catching_up, Choice::Told);
        let fits = |choice: &Choice| self.transcript_as(world, id, catching_up, *choice).is_ok();
        if verdict.is_err() && [Choice::Stamped, Choice::First].iter().any(fits) { Ok(()) } else { verdict }
    }

    fn transcript_as(&self, world: &World, id: ChatId, catching_up: bool, choice: Choice) -> Verdict {
        let Some(chat) = world.store.chats.get(&id) else { return Ok(()) };
        let none = Vec::new();
        let said = world.said.get(&chat.room).unwrap_or(&none);
        let heard = self.heard.get(&chat.room);
        let must = |line: usize| heard.is_some_and(|heard| heard.contains(&line));
        let lines = world.store.transcript(id);
        let (mut next, mut excused) = (0, self.history.get(&id).copied().unwrap_or_default());
        // What was said while the desk was away may still be on its way from the archive.
        if catching_up {
            excused = said.len();
        }
        // Said again under the same id is said again because nobody knew that it had been heard.
        let mut greetings = BTreeSet::new();
        for line in lines {
            owed_by_desk(line)?;
            if is_greeting(line, &chat.tag) {
                greetings.insert(line.message_id.clone());
            }
            match line.kind {
                LineKind::Gap => excused = excused.max(self.gaps.get(&(id, line.seq)).copied().unwrap_or(0)),
                LineKind::Said | LineKind::Unreadable => {
                    let found = find(line, said, next, must, choice)
                        .ok_or_else(|| format!("I2: {line:?} was not said there, or not then, or is doubled"))?;
                    said_by(line, &said[found], world)?;
                    none_lost(next..found, excused, &must, said, id)?;
                    next = found + 1;
                }
                _ => {}
            }
        }
        if greetings.len() > 1 {
            return Err(format!("chat {id}: the guest was greeted {} times", greetings.len()));
        }
        match (next..said.len()).find(|line| must(*line)) {
            Some(line) => Err(format!("I1: chat {id} has lost {:?}", said[line])),
            None if chat.stage == StageName::Closed => self.nothing_behind(world, id, next, excused),
            None => Ok(()),
        }
    }

    /// A chat that is closed after an absence says that something may be missing. What is said behind our back, when we
    /// leave or are put out of the room for good, is no part of it.
    fn nothing_behind(&self, world: &World, id: ChatId, next: usize, excused: usize) -> Verdict {
        let chat = &world.store.chats[&id];
        let before = self.before.iter().flat_map(|before| &before.chats).find(|before| before.id == id);
        let (Some(before), Some(said)) = (before, world.said.get(&chat.room)) else { return Ok(()) };
        if before.stage == StageName::Closing || !chat.marks.entered {
            return Ok(());
        }
        match (next.max(excused)..said.len()).find(|line| !before.inside || said[*line].before_desk) {
            Some(line) => Err(format!("I1: chat {id} was closed without a gap for {:?}", said[line])),
            None => Ok(()),
        }
    }

    fn closings(&mut self, world: &World) -> Verdict {
        let Some(before) = &self.before else { return Ok(()) };
        let over: Vec<ChatId> = before
            .chats
            .iter()
            .map(|chat| chat.id)
            .filter(|id| world.store.chats.get(id).is_some_and(|chat| chat.stage == StageName::Closed))
            .collect();
        for id in over {
            self.transcript(world, id, false)?;
            outcome(world, id)?;
            self.not_given_up(world, id)?;
            self.heard.remove(&world.store.chats[&id].room);
        }
        Ok(())
    }

    /// I4: a restart, a new session, a kick are no reasons to give up a chat whose guest is there.
    fn not_given_up(&self, world: &World, id: ChatId) -> Verdict {
        let before = self.before.iter().flat_map(|before| &before.chats).find(|before| before.id == id);
        let Some(before) = before.filter(|before| !matches!(before.stage, StageName::Closing | StageName::Joining))
        else {
            return Ok(());
        };
        let Some(room) = world.rooms.get(&before.room).filter(|room| !room.harmed) else { return Ok(()) };
        let there = room.nick_of(&before.guest).is_some();
        if there { Err(format!("I4: chat {id} was given up, and its guest is there: {before:?}")) } else { Ok(()) }
    }

    /// At the end of the day.
    pub fn all_done(&self, world: &World) -> Verdict {
        self.messages.arrived(world)?;
        self.directly.arrived(world)?;
        let left: Vec<_> = world.desk.snapshot().chats;
        if !left.is_empty() {
            return Err(format!("I4: all guests have gone, but {left:?} are open"));
        }
        let inside: Vec<_> = world.rooms.values().filter(|room| room.desk_inside()).map(|room| &room.jid).collect();
        if !inside.is_empty() {
            return Err(format!("I4: no chat is open, but the desk sits in {inside:?}"));
        }
        Ok(())
    }
}

/// So long ago was `then`.
pub fn since(now: Mono, then: Mono) -> u64 {
    now.since(then).as_secs()
}
