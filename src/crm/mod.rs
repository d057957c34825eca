//! LOOKS UP: what is known about a guest, over HTTP, in a CSV file, or in somebody else's SQLite database.
//!
//! Each `[[crm]]` is a [`Source`]. [`Crm::ask`] sends a question on its way and returns at once; [`Crm::answered`] brings
//! the answers back, one for each question and in any order, none later than its source's time limit. Whatever a source
//! says is bounded and never trusted to be well made.

mod answer;
mod csv;
mod http;
mod names;
mod sqlite;
mod url;

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::desk::crm::{CrmReply, CrmTrouble, LookUp};
use crate::desk::event::Event;
use crate::secret::Secret;

pub use answer::ANSWER_MAX;
pub use csv::FILE_MAX;
pub use http::{Host, Http};
pub use names::Names;
pub use url::{Piece, VALUE_MAX};

use answer::Members;
use csv::Table;
use sqlite::Query;

/// So many questions one source is asked at the same time.
const AT_ONCE: usize = 8;
/// So many questions are on their way or wait for their turn; whoever comes then hears at once that it is too much.
const WAITING_MAX: usize = 1_024;

/// One `[[crm]]`.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// How long it may take to answer.
    pub limit: Duration,
    /// Which of its facts are kept; all where there is no list.
    pub fields: Option<Vec<String>>,
    /// Where the facts are.
    pub place: Place,
}

/// Where a source has its facts.
#[derive(Debug, Clone)]
pub enum Place {
    /// An HTTP service that answers with a JSON object.
    Http(Host),
    /// A CSV file whose first line names the columns.
    Csv {
        /// The file.
        file: PathBuf,
        /// The column that is looked into.
        key: String,
    },
    /// Somebody else's SQLite database, which is only read.
    Sqlite {
        /// The file.
        file: PathBuf,
        /// A `SELECT` with one parameter.
        query: String,
    },
}

/// Why a source cannot be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("CRM {source_name}: {why}")]
pub struct CrmError {
    /// Which.
    pub source_name: String,
    /// What is wrong, and what to change.
    pub why: String,
}

/// All sources, and the questions that are on their way.
#[derive(Debug, Default)]
pub struct Crm {
    sources: Vec<Arc<Asked>>,
    asking: JoinSet<Event>,
}

/// A source that is in service.
#[derive(Debug)]
struct Asked {
    name: String,
    limit: Duration,
    fields: Option<Vec<String>>,
    turns: Arc<Semaphore>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Http(Http),
    Csv(Table),
    Sqlite(Query),
}

impl Crm {
    /// Puts these sources into service, with the bearer tokens for those that have one. `names` says where hosts are.
    ///
    /// # Errors
    /// A CA file cannot be used.
    pub fn new(sources: Vec<(Source, Option<Secret>)>, names: &Names) -> Result<Self, CrmError> {
        let sources = sources.into_iter().map(|(source, token)| Asked::new(source, token, names).map(Arc::new));
        Ok(Self { sources: sources.collect::<Result<_, _>>()?, asking: JoinSet::new() })
    }

    /// Other sources take over. What is on its way is answered by the old ones.
    pub fn replace(&mut self, other: Self) {
        self.sources = other.sources;
    }

    /// Asks one source about somebody. Must be called within the runtime.
    pub fn ask(&mut self, question: LookUp) {
        let source = self.sources.iter().find(|source| *source.name == *question.source.0);
        let source = source.filter(|_| self.asking.len() < WAITING_MAX).map(Arc::clone);
        self.asking.spawn(async move {
            let reply = match source {
                Some(source) => source.reply(question.values).await,
                None => CrmReply::Failed(CrmTrouble::Busy),
            };
            Event::LookedUp { chat: question.chat, source: question.source, reply }
        });
    }

    /// Waits for the next answer. Can be dropped and called again at any time; without a question it never ends.
    pub async fn answered(&mut self) -> Event {
        loop {
            match self.asking.join_next().await {
                Some(Ok(event)) => return event,
                // A task that panicked is no answer: the desk's own limit ends the wait.
                Some(Err(error)) => {
                    tracing::error!(cancelled = error.is_cancelled(), "a look-up ended without an answer")
                }
                None => std::future::pending().await,
            }
        }
    }
}

impl Source {
    /// Looks whether it can be asked at all, without a server: a file is there and of use, a query is a query.
    ///
    /// # Errors
    /// What is wrong, and what to change.
    pub fn look(&self) -> Result<String, CrmError> {
        let looked = match &self.place {
            Place::Http(host) => {
                Http::new(host, None, Names::system()).map(|_| format!("asks {} over HTTP", host.name))
            }
            Place::Csv { file, key } => Table::new(file.clone(), key.clone()).look(),
            Place::Sqlite { file, query } => Query::new(file.clone(), query.clone(), self.limit).look(),
        };
        looked.map_err(|why| CrmError { source_name: self.name.clone(), why })
    }

    /// Asks an HTTP service about somebody whom nobody knows; the others have nothing to be asked online.
    ///
    /// # Errors
    /// It does not answer as it should.
    pub async fn try_out(self, token: Option<Secret>) -> Result<(), CrmTrouble> {
        let Place::Http(host) = &self.place else { return Ok(()) };
        let values =
            vec!["frontdesk-check".to_owned(); host.url.iter().filter(|piece| **piece == Piece::Value).count()];
        let Ok(asked) = Asked::new(self, token, &Names::system()) else { return Err(CrmTrouble::Unreachable) };
        match Arc::new(asked).reply(values).await {
            CrmReply::Failed(trouble) => Err(trouble),
            CrmReply::Known(_) | CrmReply::Unknown => Ok(()),
        }
    }
}

impl Asked {
    fn new(source: Source, token: Option<Secret>, names: &Names) -> Result<Self, CrmError> {
        let way = match source.place {
            Place::Http(host) => {
                let http = Http::new(&host, token, names.clone());
                Way::Http(http.map_err(|why| CrmError { source_name: source.name.clone(), why })?)
            }
            Place::Csv { file, key } => Way::Csv(Table::new(file, key)),
            Place::Sqlite { file, query } => Way::Sqlite(Query::new(file, query, source.limit)),
        };
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Self { name: source.name, limit: source.limit, fields: source.fields, turns, way })
    }

    /// The answer, within the limit: what comes later is not waited for.
    async fn reply(self: Arc<Self>, values: Vec<String>) -> CrmReply {
        let found = tokio::time::timeout(self.limit, Arc::clone(&self).found(values)).await;
        match found {
            Ok(Ok(Some(members))) => answer::facts(members, self.fields.as_deref()),
            Ok(Ok(None)) => CrmReply::Unknown,
            Ok(Err(trouble)) => CrmReply::Failed(trouble),
            Err(_) => CrmReply::Failed(CrmTrouble::Slow),
        }
    }

    async fn found(self: Arc<Self>, values: Vec<String>) -> Result<Option<Members>, CrmTrouble> {
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return Err(CrmTrouble::Busy) };
        if let Way::Http(http) = &self.way {
            return http.ask(&values).await;
        }
        // A file is read on a thread that may wait for its disk. It gives up when nobody waits for it any more.
        let asker = Arc::new(());
        let waits = Arc::downgrade(&asker);
        let source = Arc::clone(&self);
        let read = tokio::task::spawn_blocking(move || {
            let found = source.read(values.first().map(String::as_str).unwrap_or_default(), &waits);
            drop(turn);
            found
        });
        let found = read.await.unwrap_or(Err(CrmTrouble::Unreadable));
        drop(asker);
        found
    }

    fn read(&self, key: &str, asker: &Weak<()>) -> Result<Option<Members>, CrmTrouble> {
        match &self.way {
            Way::Http(_) => Ok(None),
            Way::Csv(table) => table.find(key, asker),
            Way::Sqlite(query) => query.first(key, asker),
        }
    }
}
