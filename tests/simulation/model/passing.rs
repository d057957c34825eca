//! What becomes of offers and chats, by the lines of their transcripts.

use frontdesk::desk::action::Action;
use frontdesk::desk::commands::Command;
use frontdesk::desk::event::Event;
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{LineKind, LineRecord, Speaker};
use jid::BareJid;

use super::case::{self, Case};
use super::{Model, Verdict, typed_in};

impl Model {
    pub(super) fn line(&mut self, event: &Event, line: &LineRecord, rest: &[Action]) -> Verdict {
        let Some(case) = self.cases.get(&line.chat) else { return Ok(()) };
        let jid = line.jid.as_ref().and_then(|jid| jid.parse::<jid::Jid>().ok()).map(|jid| jid.to_bare());
        if matches!(line.kind, LineKind::Said | LineKind::Unreadable) {
            self.spoke(line, jid);
            return Ok(());
        }
        if line.speaker != Speaker::Operator {
            return Ok(());
        }
        let (Some(jid), weight) = (jid, self.queue(case).chat_weight) else { return Ok(()) };
        match line.kind {
            LineKind::Offered => self.offered(event, line.chat, &jid, rest),
            LineKind::Accepted => self.accepted(line.chat, &jid, weight),
            LineKind::Transferred => self.transferred(line.chat, &jid),
            LineKind::Lapsed => {
                self.staff.missed(&jid);
                self.withdrawn(line.chat, &jid, case::LAPSED)
            }
            LineKind::Declined => {
                self.staff.answered(&jid);
                // Who is away from now on may come back.
                let leaves = |words: &str| words.starts_with("!away") || words.starts_with("!busy 0");
                let pass = if typed_in(event).is_some_and(leaves) { 0 } else { case::DECLINED };
                self.withdrawn(line.chat, &jid, pass)
            }
            LineKind::Revoked => self.revoked(line.chat, &jid),
            _ => Ok(()),
        }
    }

    /// Where the address is unknown, so is who gave a sign of life; and whoever is not the guest may be the operator.
    fn spoke(&mut self, line: &LineRecord, jid: Option<BareJid>) {
        let words = line.kind == LineKind::Unreadable || Command::parse(&line.body).is_none();
        let case = self.cases.get_mut(&line.chat).unwrap();
        match (line.speaker, jid) {
            (Speaker::Operator, Some(jid)) => {
                self.staff.answered(&jid);
                if words && case.owner.as_ref() == Some(&jid) {
                    (case.reply.given, case.waits_since) = (true, None);
                }
                self.spoke_now = words.then_some((line.chat, Some(jid)));
            }
            (Speaker::Operator, None) => {
                self.staff.somebody_answered();
                self.spoke_now = Some((line.chat, None));
                case.reply.unsure = true;
            }
            (Speaker::Other, None) if line.joined_as.is_some() => case.reply.given |= words,
            _ => {}
        }
    }

    fn accepted(&mut self, chat: ChatId, by: &BareJid, weight: u32) -> Verdict {
        let case = &self.cases[&chat];
        if let Some(owner) = &case.owner {
            return Err(format!("I3: {by} accepted chat {chat}, which is {owner}'s"));
        }
        if !case.offered.contains(by) && !self.may_take(case, by) {
            return Err(format!("I3: {by} took chat {chat} and may not: {case:?} {:?}", self.staff));
        }
        let first_reply = self.queue(case).first_reply;
        self.staff.answered(by);
        self.staff.engage(by, chat, weight);
        let due = self.mono() + first_reply;
        let case = self.cases.get_mut(&chat).unwrap();
        case.offered.remove(by);
        case.belongs_to(by, due);
        match &self.spoke_now {
            Some((spoken, Some(who))) if *spoken == chat && who == by => {
                (case.reply.given, case.waits_since) = (true, None);
            }
            Some((spoken, None)) if *spoken == chat => case.reply.unsure = true,
            _ => {}
        }
        if !case.offered.is_empty() {
            return Err(format!("I3: {by} accepted chat {chat}, and {:?} are still asked", case.offered));
        }
        Ok(())
    }

    /// Nobody has to be chosen by the desk to take a chat of theirs that waits; only to have a place.
    fn may_take(&self, case: &Case, operator: &BareJid) -> bool {
        let queue = self.queue(case);
        let employed = self.settings().operators.iter().find(|one| one.jid == *operator);
        let theirs =
            employed.is_some_and(|one| one.queues.contains(&queue.name)) || queue.supervisors.contains(operator);
        theirs && employed.is_some() && case.waits() && self.staff.has_places(operator, queue.chat_weight)
    }

    fn transferred(&mut self, chat: ChatId, to: &BareJid) -> Verdict {
        let now = self.at();
        let case = &self.cases[&chat];
        let (wrap_up, first_reply) = (self.queue(case).wrap_up, self.queue(case).first_reply);
        let case = self.cases.get_mut(&chat).unwrap();
        let from = case.owner.take().filter(|from| from != to);
        let (Some(from), true) = (from, case.offered.remove(to)) else {
            return Err(format!("I3: chat {chat} was handed over to {to}, who was not asked: {case:?}"));
        };
        case.belongs_to(to, now.mono + first_reply);
        self.staff.answered(to);
        self.staff.released_after_serving(&from, chat, wrap_up, now);
        Ok(())
    }

    fn withdrawn(&mut self, chat: ChatId, from: &BareJid, pass: u64) -> Verdict {
        let until = self.mono() + std::time::Duration::from_secs(pass);
        let case = self.cases.get_mut(&chat).unwrap();
        if !case.offered.remove(from) {
            return Err(format!("I3: {from} gave chat {chat} back and had not been asked: {case:?}"));
        }
        case.passes.insert(from.clone(), until);
        self.staff.release(from, chat);
        Ok(())
    }

    /// The offer is taken back, or the chat itself.
    fn revoked(&mut self, chat: ChatId, from: &BareJid) -> Verdict {
        let now = self.at();
        let wrap_up = self.queue(&self.cases[&chat]).wrap_up;
        let case = self.cases.get_mut(&chat).unwrap();
        if case.offered.remove(from) {
            self.staff.release(from, chat);
        } else if case.owner.as_ref() == Some(from) {
            case.owner = None;
            case.passes.insert(from.clone(), now.mono + std::time::Duration::from_secs(case::LOST));
            self.staff.released_after_serving(from, chat, wrap_up, now);
        } else if case.dismissed.take().as_ref() != Some(from) {
            return Err(format!("I3: chat {chat} was taken from {from}, who had nothing to do with it: {case:?}"));
        }
        Ok(())
    }
}
