//! What must hold after every event.

use frontdesk::desk::ids::QueueName;
use frontdesk::desk::record::StageName;
use frontdesk::desk::snapshot::Snapshot;
use jid::BareJid;

use super::case::{self, Case};
use super::choice::Choice;
use super::{Model, Verdict};
use crate::world::World;

/// How late a desk may notice that somebody set the clock and a queue is open, in seconds.
const OPENING_SLACK: u64 = 900;

impl Model {
    pub fn agree(&mut self, world: &World, now: &Snapshot) -> Verdict {
        if self.settings.is_none() || self.restarted {
            return Ok(());
        }
        for view in &now.chats {
            let Some(case) = self.cases.get_mut(&view.id) else { return Err(format!("nobody opened {view:?}")) };
            case.see(view)?;
        }
        self.staff.agree(self.at(), &now.operators)?;
        let due = world.desk.next_deadline().is_some_and(|at| at <= world.now().mono);
        if self.linked && !due {
            self.nobody_overlooked(now)?;
            self.open_in_time(now)?;
        }
        if self.linked && !due && world.heard_all() {
            self.replies_in_time(world, now)?;
        }
        self.wanting = now.chats.iter().filter(|chat| chat.wants_operator).map(|chat| chat.id).collect();
        Ok(())
    }

    fn nobody_overlooked(&self, now: &Snapshot) -> Verdict {
        let wanting = || now.chats.iter().filter(|chat| chat.wants_operator);
        for chat in wanting() {
            let case = &self.cases[&chat.id];
            self.not_kept(case)?;
            let choice = self.choose(case, false);
            if choice != Choice::Nobody {
                return Err(format!("I3: chat {} waits while {choice:?} could take it: {case:?}", chat.id));
            }
        }
        match self.jumped.iter().find(|(older, ..)| wanting().any(|chat| chat.id == *older)) {
            Some((older, offered, to)) => {
                let before = &self.cases[older];
                Err(format!("I3: {to} was offered chat {offered} before chat {older}, which comes first: {before:?}"))
            }
            None => Ok(()),
        }
    }

    /// Whoever has waited for long goes on to where the queue says, if they may.
    fn not_kept(&self, case: &Case) -> Verdict {
        let Some(overflow) = &self.queue(case).overflow else { return Ok(()) };
        let waited = case.waits_since.map(|since| self.mono().since(since.mono)).unwrap_or_default();
        let to = self.settings().queues.iter().find(|queue| queue.name == overflow.to);
        let may = to.is_some_and(|to| case::takes_guests(to, self.at().wall) && !case.left.contains(&to.name));
        // A queue that has opened since is found when the chat looks around the next time.
        let opened_since = to.is_some_and(|to| to.hours.is_some());
        match may && !opened_since && overflow.after.is_some_and(|after| waited >= after) {
            true => Err(format!("I4: chat {} stays in {} for {waited:?}: {overflow:?}", case.id, case.queue)),
            false => Ok(()),
        }
    }

    /// A queue that opens calls those who stayed.
    fn open_in_time(&mut self, now: &Snapshot) -> Verdict {
        let at = self.at();
        let waiting = now.chats.iter().filter(|chat| chat.stage == StageName::Waiting).map(|chat| chat.id);
        for id in waiting.collect::<Vec<_>>() {
            let case = &self.cases[&id];
            let open = case::takes_guests(self.queue(case), at.wall);
            let since = case.asked_at.mono.max(self.clock_set_at);
            let overdue = at.mono.since(since).as_secs() > OPENING_SLACK + 5;
            if case.after_hours && open && (overdue || !case.clock_was_set(at)) {
                return Err(format!("I4: {} is open, and chat {id} is not called in: {case:?}", case.queue));
            }
        }
        Ok(())
    }

    /// Whoever accepted and says nothing loses the chat in time.
    fn replies_in_time(&mut self, world: &World, now: &Snapshot) -> Verdict {
        let at = self.mono();
        for view in now.chats.iter().filter(|view| view.stage == StageName::Serving && view.inside) {
            let case = self.cases.get_mut(&view.id).unwrap();
            if !case.reply.lost(at) {
                continue;
            }
            let Some(room) = world.rooms.get(&view.room) else { continue };
            let there = |jid: &BareJid| room.occupants.values().any(|one| one.jid.to_bare() == *jid);
            let owner = view.operator.as_ref().is_some_and(&there);
            if !room.desk_sees_jids() || !owner {
                case.reply.unsure = true;
            } else if room.nick_of(&view.guest).is_some() {
                return Err(format!("I4: nobody answers in chat {}, and nothing happens: {case:?}", view.id));
            }
        }
        Ok(())
    }

    /// Who is there and may be told what was left for them.
    pub fn there(&self) -> Vec<(BareJid, Vec<QueueName>)> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let there = settings.operators.iter().filter(|one| self.linked && self.staff.available(&one.jid));
        there.map(|one| (one.jid.clone(), one.queues.clone())).collect()
    }
}
