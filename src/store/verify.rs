//! Proving that the record is whole: the database, each chat's chain, and that no chat had two owners (I3).

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::chain::{self, BEGINNING, Content, Deed, Hash};
use super::{Reader, StoreError, routing, rows};
use crate::desk::ids::ChatId;
use crate::desk::record::{Heard, LineKind, LineRecord};

/// So many faults are told in words; the rest is counted.
const FAULTS_MAX: usize = 1_000;

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// How many chats there are.
    pub chats: u64,
    /// How many of them are erased.
    pub erased: u64,
    /// How many lines there are.
    pub lines: u64,
    /// How many links the chains have.
    pub links: u64,
    /// What is wrong: the first 1,000.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub faults_number: u64,
}

/// Something that is not as it should be. Its words never quote anybody (I7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In which chat; `None` where the database as a whole is meant.
    pub chat: Option<ChatId>,
    /// In which of its lines.
    pub seq: Option<i64>,
    /// What.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.chat, self.seq) {
            (Some(chat), Some(seq)) => write!(f, "chat {chat}, line {seq}: {}", self.what),
            (Some(chat), None) => write!(f, "chat {chat}: {}", self.what),
            _ => write!(f, "database: {}", self.what),
        }
    }
}

impl Reader {
    /// Looks at everything. `progress` is told how many links were looked at, and of how many.
    ///
    /// # Errors
    /// What the disk says, where no more can be read.
    pub fn verify(&self, mut progress: impl FnMut(u64, u64)) -> Result<Findings, StoreError> {
        let mut findings = Findings::default();
        self.verify_database(&mut findings)?;
        if findings.faults_number > 0 {
            // What is read from a damaged file proves nothing about the chains.
            return Ok(findings);
        }
        let total: i64 = self.connection().query_row("SELECT count(*) FROM link", (), |row| row.get(0))?;
        let total = u64::try_from(total).unwrap_or_default();
        progress(0, total);
        for head in rows::all(self.connection(), "SELECT * FROM chat ORDER BY id", (), head)? {
            self.verify_chat(&head, &mut findings)?;
            progress(findings.links, total);
        }
        Ok(findings)
    }

    fn verify_database(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let told = rows::all(self.connection(), "PRAGMA integrity_check(100)", (), |row| Ok(row.get::<_, String>(0)?));
        match told {
            Ok(told) => {
                told.into_iter().filter(|words| words != "ok").for_each(|words| findings.note(None, None, words))
            }
            Err(StoreError::Corrupt(words)) => findings.note(None, None, words),
            Err(error) => return Err(error),
        }
        let strays = rows::all(self.connection(), "PRAGMA foreign_key_check", (), |row| {
            Ok(format!("a row of `{}` belongs to no chat", row.get::<_, String>(0)?))
        });
        strays.unwrap_or_default().into_iter().for_each(|words| findings.note(None, None, words));
        Ok(())
    }

    fn verify_chat(&self, head: &Head, findings: &mut Findings) -> Result<(), StoreError> {
        findings.chats += 1;
        findings.erased += u64::from(head.erased);
        let lines = self.lines_to_verify(head, findings)?;
        let mut chain = Chain { head, lines, before: BEGINNING, n: 0 };
        let links = "SELECT * FROM link WHERE chat = ?1 ORDER BY n";
        for link in rows::all(self.connection(), links, [head.chat.0], link)? {
            findings.links += 1;
            chain.follow(&link, findings)?;
        }
        chain.end(findings);
        one_owner(head, &chain.lines, findings);
        self.verify_choices(head, findings)
    }

    /// They are no part of the chain, but each must be readable: a starting desk reads them.
    fn verify_choices(&self, head: &Head, findings: &mut Findings) -> Result<(), StoreError> {
        let mut statement =
            self.connection().prepare_cached("SELECT chat, n, reason FROM choice WHERE chat = ?1 ORDER BY n")?;
        let mut found = statement.query([head.chat.0])?;
        while let Some(row) = found.next()? {
            if routing::choice(row).is_err() {
                let n: i64 = row.get("n")?;
                findings.note(Some(head.chat), None, format!("its choice {n} cannot be read"));
            }
        }
        Ok(())
    }

    fn lines_to_verify(&self, head: &Head, findings: &mut Findings) -> Result<BTreeMap<i64, Line>, StoreError> {
        let mut statement = self.connection().prepare_cached("SELECT * FROM line WHERE chat = ?1 ORDER BY seq")?;
        let mut found = statement.query([head.chat.0])?;
        let mut lines = BTreeMap::new();
        while let Some(row) = found.next()? {
            findings.lines += 1;
            let seq: i64 = row.get("seq")?;
            match rows::line(row).and_then(|record| Ok((record, rows::owed_at(row)?))) {
                Ok((record, owed_at)) => {
                    lines.insert(seq, Line { record, owed_at, recorded: false, heard: false });
                }
                Err(error) => findings.note(Some(head.chat), Some(seq), error.to_string()),
            }
        }
        Ok(lines)
    }
}

impl Findings {
    fn note(&mut self, chat: Option<ChatId>, seq: Option<i64>, what: impl Into<String>) {
        self.faults_number += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { chat, seq, what: what.into() });
        }
    }
}

/// What a chat's row says of its chain.
struct Head {
    chat: ChatId,
    links: i64,
    hash: Option<Hash>,
    erased: bool,
}

struct Link {
    n: i64,
    seq: i64,
    deed: Deed,
    salt: Option<[u8; 16]>,
    seal: Hash,
    hash: Hash,
}

/// A line, and what the chain has said of it so far.
struct Line {
    record: LineRecord,
    owed_at: Option<DateTime<Utc>>,
    recorded: bool,
    heard: bool,
}

/// A walk along a chat's chain.
struct Chain<'a> {
    head: &'a Head,
    lines: BTreeMap<i64, Line>,
    before: Hash,
    n: i64,
}

impl Chain<'_> {
    fn follow(&mut self, link: &Link, findings: &mut Findings) -> Result<(), StoreError> {
        let chat = Some(self.head.chat);
        self.n += 1;
        if link.n != self.n {
            findings.note(chat, None, format!("link {} of its chain is missing", self.n));
            self.n = link.n;
        }
        if chain::hash(&self.before, &link.seal) != link.hash {
            findings.note(chat, Some(link.seq), "its link does not follow from the one before");
        }
        self.before = link.hash;
        let Some(line) = self.lines.get_mut(&link.seq) else {
            findings.note(chat, Some(link.seq), "it was recorded and is gone");
            return Ok(());
        };
        if !line.take(link.deed) {
            findings.note(
                chat,
                Some(link.seq),
                "its link is there twice, or says that it was heard though it was not owed",
            );
        } else if !line.fits(link, self.head.erased)? {
            findings.note(chat, Some(link.seq), "it is not as it was recorded");
        }
        Ok(())
    }

    fn end(&self, findings: &mut Findings) {
        let chat = Some(self.head.chat);
        for (seq, line) in &self.lines {
            if !line.recorded {
                findings.note(chat, Some(*seq), "it was added without a link");
            } else if line.owed_at.is_some() && !line.heard {
                findings.note(chat, Some(*seq), "it says that it was heard, without a link");
            }
        }
        if self.head.links != self.n || self.head.hash.unwrap_or(BEGINNING) != self.before {
            findings.note(
                chat,
                None,
                "its chain does not end where its head says: lines were taken away or added there",
            );
        }
    }
}

impl Line {
    /// Each deed has one link.
    fn take(&mut self, deed: Deed) -> bool {
        match deed {
            Deed::Line => !std::mem::replace(&mut self.recorded, true),
            Deed::Heard => self.owed_at.is_some() && !std::mem::replace(&mut self.heard, true),
        }
    }

    /// Without a salt nothing can be said of a line but that it is empty, as an erased one must be.
    fn fits(&self, link: &Link, erased: bool) -> Result<bool, StoreError> {
        let Some(salt) = &link.salt else { return Ok(erased && self.is_empty()) };
        let content = match link.deed {
            Deed::Line => Content::of_line(&chain::as_recorded(self.record.clone(), self.owed_at)),
            Deed::Heard => Content::of_hearing(&Heard {
                chat: self.record.chat,
                seq: self.record.seq,
                place: self.record.place.unwrap_or_default(),
                at: self.record.at,
                stanza_id: self.record.stanza_id.clone(),
            }),
        };
        Ok(content.seal(salt)? == link.seal)
    }

    fn is_empty(&self) -> bool {
        let LineRecord { nick, jid, stanza_id, message_id, body, joined_as, corrects, retracts, .. } = &self.record;
        let (nicks, texts) = ([nick, joined_as], [jid, corrects, retracts]);
        let nothing = nicks.into_iter().all(Option::is_none) && texts.into_iter().all(Option::is_none);
        body.is_empty() && stanza_id.is_none() && message_id.is_none() && nothing
    }
}

/// I3 by the lines: whoever accepted has the chat until it is taken from them or they hand it over, and meanwhile nobody
/// else can accept. That an offer is taken back from somebody else, or lapses, changes nothing. (Whether an operator was
/// beyond their capacity cannot be told afterwards: the configuration may have changed.)
fn one_owner(head: &Head, lines: &BTreeMap<i64, Line>, findings: &mut Findings) {
    let mut owner: Option<(i64, &Option<String>)> = None;
    for (seq, line) in lines {
        let who = &line.record.jid;
        let of_owner = owner.is_some_and(|(_, owner)| owner == who);
        match (line.record.kind, owner) {
            (LineKind::Accepted, Some((before, _))) => {
                let what = format!("accepted, though line {before} had been and was not taken back (I3)");
                findings.note(Some(head.chat), Some(*seq), what);
                owner = Some((*seq, who));
            }
            // In an erased chat nobody has a name, and what was taken back from somebody else counts as theirs.
            (LineKind::Transferred, None) if !head.erased => {
                findings.note(Some(head.chat), Some(*seq), "handed over, though nobody had it (I3)");
                owner = Some((*seq, who));
            }
            (LineKind::Accepted | LineKind::Transferred, _) => owner = Some((*seq, who)),
            (LineKind::Revoked, _) if of_owner => owner = None,
            _ => {}
        }
    }
}

fn head(row: &Row<'_>) -> Result<Head, StoreError> {
    Ok(Head {
        chat: ChatId(row.get("id")?),
        links: row.get("links")?,
        hash: row.get("head")?,
        erased: row.get::<_, Option<i64>>("erased_at")?.is_some(),
    })
}

fn link(row: &Row<'_>) -> Result<Link, StoreError> {
    let deed: String = row.get("deed")?;
    Ok(Link {
        n: row.get("n")?,
        seq: row.get("seq")?,
        deed: if deed == Deed::Heard.word() { Deed::Heard } else { Deed::Line },
        salt: row.get("salt")?,
        seal: row.get("seal")?,
        hash: row.get("hash")?,
    })
}
