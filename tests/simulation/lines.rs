//! How a line of a transcript and a line of the room belong together.

use frontdesk::desk::ids::{ChatId, StanzaId};
use frontdesk::desk::record::{LineKind, LineRecord, Outcome, Speaker};
use jid::BareJid;

use super::oracle::Verdict;
use crate::world::people::account;
use crate::world::{Said, World};

/// Rooms number their lines from 1.
pub fn index(id: &StanzaId) -> Option<usize> {
    id.0.strip_prefix('s')?.parse::<usize>().ok()?.checked_sub(1)
}

/// What to take a line for, where the same was said several times.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// What was said when the transcript says so.
    Stamped,
    /// What the desk was told.
    Told,
    First,
}

/// Where a line of the transcript stands in the room.
pub fn find(
    line: &LineRecord,
    said: &[Said],
    from: usize,
    must: impl Fn(usize) -> bool,
    choice: Choice,
) -> Option<usize> {
    let fits = |index: &usize| {
        let said = &said[*index];
        let nick = match line.speaker {
            Speaker::Desk => said.by.to_bare() == account(),
            _ => line.nick.as_ref().is_none_or(|nick| *nick == said.nick),
        };
        if line.is_relayed() {
            let quoted = format!("Guest:\n> {}", line.body.replace('\n', "\n> "));
            return said.by.to_bare() == account() && said.id == line.message_id && said.body == quoted;
        }
        let body = said.body.strip_prefix("encrypted:").unwrap_or(&said.body);
        nick && said.id == line.message_id && body == line.body
    };
    if let Some(index) = line.stanza_id.as_ref().and_then(index) {
        return Some(index).filter(|index| (from..said.len()).contains(index) && fits(index));
    }
    let all = || (from..said.len()).filter(fits);
    let chosen = |index: &usize| match choice {
        Choice::Stamped => said[*index].stamp == line.at,
        Choice::Told => must(*index),
        Choice::First => true,
    };
    all().find(chosen).or_else(|| all().next())
}

pub fn none_lost(
    skipped: std::ops::Range<usize>,
    excused: usize,
    must: &impl Fn(usize) -> bool,
    said: &[Said],
    id: ChatId,
) -> Verdict {
    match skipped.into_iter().find(|line| must(*line) || *line >= excused) {
        Some(line) => Err(format!("I1: chat {id} has lost {:?}", said[line])),
        None => Ok(()),
    }
}

pub fn owed_by_desk(line: &LineRecord) -> Verdict {
    match (line.kind, line.speaker, line.place) {
        (LineKind::Owed, Speaker::Desk, None) => Ok(()),
        (LineKind::Owed, Speaker::Guest, None) if line.is_relayed() => Ok(()),
        (LineKind::Owed, ..) => Err(format!("I2: owed by somebody else, or heard and owed: {line:?}")),
        (_, _, None) => Err(format!("I1: no place in the room: {line:?}")),
        _ => Ok(()),
    }
}

/// Whoever is named by address said it.
pub fn said_by(line: &LineRecord, said: &Said, world: &World) -> Verdict {
    let operator = |jid: &BareJid| jid.domain().as_str() == "chat.example" && *jid != world.settings.account;
    let by = said.by.to_bare();
    if line.is_relayed() {
        // Brought in by the desk; whose words they are is known by whoever sent them (see `direct`).
        let right = by == world.settings.account;
        return if right { Ok(()) } else { Err(format!("I2: {line:?} was said by {}", said.by)) };
    }
    let named = line.jid.as_ref().is_none_or(|jid| *jid == said.by.to_string());
    let right = match line.speaker {
        Speaker::Desk => by == world.settings.account,
        Speaker::Operator => line.jid.is_none() || operator(&by),
        Speaker::Guest => line.jid.is_none() || by.domain().as_str() == "guest.example",
        Speaker::Other => true,
    };
    if named && right { Ok(()) } else { Err(format!("I2: {line:?} was said by {}", said.by)) }
}

/// A greeting of this chat, and not of an earlier one in the same room.
pub fn is_greeting(line: &LineRecord, tag: &str) -> bool {
    let greetings = ["Hello, and welcome!", "Hallo und willkommen!"];
    let ours = line.message_id.as_ref().is_some_and(|id| id.0.starts_with(tag)) && line.speaker == Speaker::Desk;
    ours && greetings.iter().any(|words| line.body.starts_with(words))
}

pub fn outcome(world: &World, id: ChatId) -> Verdict {
    let outcome = world.store.chats[&id].outcome;
    let lines = world.store.transcript(id);
    let spoke = |line: &&&LineRecord| {
        line.speaker == Speaker::Operator && matches!(line.kind, LineKind::Said | LineKind::Unreadable)
    };
    let answered = lines.iter().find(spoke).is_some();
    let answered_live = lines.iter().find(|line| spoke(line) && line.jid.is_some()).is_some();
    match outcome {
        None => Err(format!("chat {id} is closed without an outcome")),
        Some(Outcome::Answered) if !answered => Err(format!("chat {id}: answered by nobody")),
        Some(other) if other != Outcome::Answered && answered_live => {
            Err(format!("chat {id}: an operator spoke, and it counts as {other:?}"))
        }
        Some(_) => Ok(()),
    }
}
