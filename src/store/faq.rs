//! What the FAQ was asked and may learn, as rows, and back; and what was decided about that.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, TransactionBehavior, named_params, params};

use super::words::Stored;
use super::{Reader, StoreError, rows, sqlite};
use crate::desk::ids::ChatId;
use crate::desk::record::{FaqLesson, FaqProposal, FaqQuery};

/// A proposal as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Its number.
    pub id: i64,
    /// What is proposed.
    pub proposal: FaqProposal,
    /// What became of it.
    pub state: ProposalState,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// Nobody has decided yet.
    Open,
    /// It is in the FAQ.
    Accepted,
    /// It is not wanted.
    Rejected,
}

/// A writer beside the daemon's, for the shell: notes what was decided about proposals.
#[derive(Debug)]
pub struct Reviewer {
    connection: Connection,
}

impl Reviewer {
    /// Opens an existing database; never creates or migrates one.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        drop(Reader::open(database)?);
        Ok(Self { connection: sqlite::open_beside(database)? })
    }

    /// Notes what became of these proposals, all or none. Those that were erased meanwhile are passed over.
    ///
    /// # Errors
    /// What the disk says; [`StoreError::Busy`] where the desk is busy for long.
    pub fn decide(&mut self, proposals: &[i64], state: ProposalState) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for id in proposals {
            transaction.execute("UPDATE faq_proposal SET state = ?2 WHERE id = ?1", params![id, state.word()])?;
        }
        Ok(transaction.commit()?)
    }
}

impl Reader {
    /// What the FAQ was asked since then, in the order of asking.
    ///
    /// # Errors
    /// What the disk says.
    pub fn faq_queries(&self, since: DateTime<Utc>) -> Result<Vec<FaqQuery>, StoreError> {
        let question = "SELECT * FROM faq_query WHERE at >= ?1 ORDER BY at, id";
        rows::all(self.connection(), question, [since.timestamp_millis()], query)
    }

    /// What the FAQ was asked in a chat's room, in the order of asking.
    ///
    /// # Errors
    /// What the disk says.
    pub fn faq_queries_in(&self, chat: ChatId) -> Result<Vec<FaqQuery>, StoreError> {
        rows::all(self.connection(), "SELECT * FROM faq_query WHERE chat = ?1 ORDER BY id", [chat.0], query)
    }

    /// All proposals that are kept, by number.
    ///
    /// # Errors
    /// What the disk says.
    pub fn faq_proposals(&self) -> Result<Vec<Proposed>, StoreError> {
        rows::all(self.connection(), "SELECT * FROM faq_proposal ORDER BY id", (), proposed)
    }
}

/// Adds a question.
pub(super) fn add_query(connection: &Connection, query: &FaqQuery) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO faq_query (chat, at, words, language, verdict, entry)
             VALUES (:chat, :at, :words, :language, :verdict, :entry)",
        )?
        .execute(named_params! {
            ":chat": query.chat.map(|chat| chat.0),
            ":at": query.at.timestamp_millis(),
            ":words": query.words,
            ":language": query.language.tag(),
            ":verdict": query.verdict.word(),
            ":entry": query.entry,
        })?;
    Ok(())
}

/// Adds a proposal. What the same chat has proposed already is not proposed again.
pub(super) fn add_proposal(connection: &Connection, proposal: &FaqProposal) -> Result<(), StoreError> {
    let (answer, operator, entry) = match &proposal.lesson {
        FaqLesson::Entry { answer, by } => (Some(answer), Some(by.as_str()), None),
        FaqLesson::Alias { entry } => (None, None, Some(entry)),
    };
    connection
        .prepare_cached(
            "INSERT INTO faq_proposal (chat, at, question, language, answer, operator, entry, state)
             SELECT :chat, :at, :question, :language, :answer, :operator, :entry, 'open'
             WHERE NOT EXISTS (SELECT 1 FROM faq_proposal WHERE chat = :chat AND question = :question
                               AND answer IS :answer AND entry IS :entry)",
        )?
        .execute(named_params! {
            ":chat": proposal.chat.map(|chat| chat.0),
            ":at": proposal.at.timestamp_millis(),
            ":question": proposal.question,
            ":language": proposal.language.tag(),
            ":answer": answer,
            ":operator": operator,
            ":entry": entry,
        })?;
    Ok(())
}

/// Forgets what was asked and proposed in a chat.
pub(super) fn erase(connection: &Connection, chat: ChatId) -> Result<(), StoreError> {
    connection.execute("DELETE FROM faq_query WHERE chat = ?1", [chat.0])?;
    connection.execute("DELETE FROM faq_proposal WHERE chat = ?1", [chat.0])?;
    Ok(())
}

/// Forgets what was asked and proposed outside of chats before then.
pub(super) fn purge(connection: &Connection, before: DateTime<Utc>) -> Result<(), StoreError> {
    let before = before.timestamp_millis();
    connection.execute("DELETE FROM faq_query WHERE chat IS NULL AND at < ?1", [before])?;
    connection.execute("DELETE FROM faq_proposal WHERE chat IS NULL AND at < ?1", [before])?;
    Ok(())
}

/// A row of `SELECT * FROM faq_query`.
fn query(row: &Row<'_>) -> Result<FaqQuery, StoreError> {
    Ok(FaqQuery {
        chat: row.get::<_, Option<i64>>("chat")?.map(ChatId),
        at: rows::time(row, "at")?,
        words: row.get("words")?,
        language: rows::language(row)?,
        verdict: rows::word(row, "verdict")?,
        entry: row.get("entry")?,
    })
}

/// A row of `SELECT * FROM faq_proposal`.
fn proposed(row: &Row<'_>) -> Result<Proposed, StoreError> {
    let lesson = match row.get::<_, Option<String>>("answer")? {
        Some(answer) => FaqLesson::Entry { answer, by: rows::parsed(row, "operator")? },
        None => FaqLesson::Alias { entry: row.get("entry")? },
    };
    let proposal = FaqProposal {
        chat: row.get::<_, Option<i64>>("chat")?.map(ChatId),
        at: rows::time(row, "at")?,
        question: row.get("question")?,
        language: rows::language(row)?,
        lesson,
    };
    Ok(Proposed { id: row.get("id")?, proposal, state: rows::word(row, "state")? })
}
