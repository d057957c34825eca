//! What we asked and have no answer to yet.

use std::collections::BTreeMap;

use jid::{BareJid, Jid};
use xmpp::minidom::Element;
use xmpp::parsers::iq::Iq;
use xmpp::parsers::message::Message;

use crate::desk::action::Question;
use crate::desk::event::{Answer, Condition, DirectMessage, Event, Page, RoomMessage};

use super::inbound::{self, answer, archived, condition};
use super::outbound::PAGE_LINES;

/// No more questions are open at a time.
const OPEN_MAX: usize = 1_024;

/// A page has no more lines than this, whatever the archive sends.
const LINES_MAX: usize = 4 * PAGE_LINES;

/// So many ticks after it was asked a question counts as unanswered.
const PATIENCE_TICKS: u32 = 12;

/// Open questions by the id of their IQ.
#[derive(Debug)]
pub(super) struct Questions {
    open: BTreeMap<String, Open>,
    asked: u64,
    /// Tells our ids from those of a process before us, whose late answers still come to our address.
    mark: u64,
}

#[derive(Debug)]
struct Open {
    question: Question,
    /// Whom we asked; `None` = our own account.
    whom: Option<Jid>,
    ticks: u32,
    /// Lines of a room's page that came so far.
    lines: Vec<RoomMessage>,
    /// Messages of our own archive's page that came so far.
    direct: Vec<DirectMessage>,
}

impl Questions {
    /// None yet.
    pub(super) fn new(mark: u64) -> Self {
        Self { open: BTreeMap::new(), asked: 0, mark }
    }

    /// Notes a question and gives its IQ's id; `None` where too many are open.
    pub(super) fn note(&mut self, question: &Question, whom: Option<Jid>) -> Option<String> {
        if self.open.len() >= OPEN_MAX {
            tracing::warn!(open = OPEN_MAX, "too many open questions: one more goes unasked");
            return None;
        }
        fault!("xmpp.ask" => return None);
        self.asked = self.asked.wrapping_add(1);
        let id = format!("fd-{:016x}-{}", self.mark, self.asked);
        self.open.insert(
            id.clone(),
            Open { question: question.clone(), whom, ticks: 0, lines: Vec::new(), direct: Vec::new() },
        );
        Some(id)
    }

    /// Keeps a line of a page that we asked for. Says whether the message is one: asked of whom it comes from, in a query
    /// that is open (a guest can put a `<result/>` into any message).
    pub(super) fn keep(&mut self, message: &Message, account: &BareJid) -> bool {
        let Some(open) = archived::query_of(message).and_then(|query| self.open.get_mut(query)) else { return false };
        if !comes_from(message.from.as_ref(), open.whom.as_ref(), account) {
            return false;
        }
        match &open.question {
            Question::Archive { room, .. } if open.lines.len() < LINES_MAX => {
                open.lines.extend(archived::line(room, message));
            }
            Question::OwnArchive { .. } if open.direct.len() < LINES_MAX => {
                open.direct.extend(archived::direct(message, account));
            }
            Question::Archive { .. } | Question::OwnArchive { .. } => {}
            _ => return false,
        }
        open.ticks = 0;
        true
    }

    /// The event that a result or an error means, if it answers what we asked and comes from whom we asked.
    pub(super) fn settle(&mut self, iq: Iq, account: &BareJid) -> Option<Event> {
        let open = self.open.get(iq.id())?;
        if !comes_from(iq.from(), open.whom.as_ref(), account) {
            return None;
        }
        let Open { question, lines, direct, .. } = self.open.remove(iq.id())?;
        fault!("xmpp.answer" => return Some(unanswered(question)));
        let answer = match iq {
            Iq::Result { payload: Some(payload), .. }
                if inbound::unreadable(std::slice::from_ref(&payload)).is_some() =>
            {
                Answer::Refused(Condition::Other)
            }
            Iq::Result { payload, .. } => answer::read(&question, payload.as_ref()),
            Iq::Error { error, .. } => Answer::Refused(condition::of_error(&Element::from(error))),
            Iq::Get { .. } | Iq::Set { .. } => return None,
        };
        let answer = match answer {
            Answer::Archived(page) => {
                fault!("xmpp.archive.page" => return Some(unanswered(question)));
                Answer::Archived(Page { lines, direct, ..page })
            }
            other => other,
        };
        Some(Event::QuestionAnswered { question, answer })
    }

    /// No answer will come any more.
    pub(super) fn abandon(&mut self) -> Vec<Event> {
        let open = std::mem::take(&mut self.open);
        open.into_values().map(|open| unanswered(open.question)).collect()
    }

    /// Time passes; whoever was asked too long ago will not answer.
    pub(super) fn tick(&mut self) -> Vec<Event> {
        self.open.values_mut().for_each(|open| open.ticks += 1);
        let late = self.open.extract_if(.., |_, open| open.ticks > PATIENCE_TICKS);
        late.map(|(_, open)| unanswered(open.question)).collect()
    }
}

/// The event that says that nobody will answer.
pub(super) fn unanswered(question: Question) -> Event {
    Event::QuestionAnswered { question, answer: Answer::Unanswered }
}

/// Does the answer come from whom we asked (`None` = our own account)? Our own server answers for our account with no
/// sender, or with our bare address (RFC 6120, 8.1.2.1).
pub(super) fn comes_from(from: Option<&Jid>, whom: Option<&Jid>, account: &BareJid) -> bool {
    match (from, whom) {
        (Some(from), Some(whom)) => from == whom,
        (Some(from), None) => is_own_account(from, account),
        (None, None) => true,
        (None, Some(_)) => false,
    }
}

/// Is this our account's bare address?
pub(super) fn is_own_account(jid: &Jid, account: &BareJid) -> bool {
    jid.is_bare() && jid.to_bare() == *account
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn describe() -> Question {
        Question::Describe { room: "a@rooms.example".parse().unwrap() }
    }

    fn iq(xml: &str) -> Iq {
        Iq::try_from(xml.parse::<Element>().unwrap()).unwrap()
    }

    fn account() -> BareJid {
        "desk@example".parse().unwrap()
    }

    #[test]
    fn only_whom_we_asked_can_answer() {
        let mut questions = Questions::new(1);
        let id = questions.note(&describe(), Some("a@rooms.example".parse().unwrap())).unwrap();
        let error = |from: &str| {
            let condition = "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
            iq(&format!(
                "<iq xmlns='jabber:client' type='error' from='{from}' id='{id}'><error type='auth'>{condition}</error></iq>"
            ))
        };
        assert_eq!(questions.settle(error("b@rooms.example"), &account()), None);
        assert_eq!(questions.settle(error("a@rooms.example/nick"), &account()), None);
        let answer = Answer::Refused(Condition::Forbidden);
        let answered = Event::QuestionAnswered { question: describe(), answer };
        assert_eq!(questions.settle(error("a@rooms.example"), &account()), Some(answered));
        assert_eq!(questions.settle(error("a@rooms.example"), &account()), None);
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_a_refusal() {
        let mut questions = Questions::new(1);
        let id = questions.note(&describe(), Some("a@rooms.example".parse().unwrap())).unwrap();
        let unreadable = "<unreadable xmlns='urn:frontdesk:guard:0' reason='grammar'/>";
        let result =
            iq(&format!("<iq xmlns='jabber:client' type='result' from='a@rooms.example' id='{id}'>{unreadable}</iq>"));
        let answered = Event::QuestionAnswered { question: describe(), answer: Answer::Refused(Condition::Other) };
        assert_eq!(questions.settle(result, &account()), Some(answered));
    }

    #[test]
    fn our_own_account_answers_with_or_without_its_name() {
        for from in ["", "from='desk@example'"] {
            let mut questions = Questions::new(1);
            let id = questions.note(&Question::Roster, None).unwrap();
            let result = iq(&format!("<iq xmlns='jabber:client' type='result' {from} id='{id}'/>"));
            let answer = Answer::Roster(Vec::new());
            let answered = Event::QuestionAnswered { question: Question::Roster, answer };
            assert_eq!(questions.settle(result, &account()), Some(answered));
        }
    }

    #[test]
    fn the_number_of_open_questions_is_bounded() {
        let mut questions = Questions::new(1);
        for _ in 0..OPEN_MAX {
            assert!(questions.note(&Question::Roster, None).is_some());
        }
        assert!(questions.note(&Question::Roster, None).is_none());
        assert_eq!(questions.abandon().len(), OPEN_MAX);
    }

    #[test]
    fn patience_ends() {
        let mut questions = Questions::new(1);
        questions.note(&describe(), None).unwrap();
        let late: Vec<Event> = (0..=PATIENCE_TICKS).flat_map(|_| questions.tick()).collect();
        assert_eq!(late, [unanswered(describe())]);
    }
}
