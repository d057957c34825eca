//! A CSV file whose first line names the columns. It is read for each question, so that what was changed counts at once.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Weak;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};

use super::answer::Members;
use crate::desk::crm::CrmTrouble;

/// How long a file may be, in bytes: what is read within the time that a guest is made to wait.
pub const FILE_MAX: u64 = 16 * 1024 * 1024;
/// So many lines are read between two looks whether anybody still waits.
const LINES_A_LOOK: usize = 1_024;

/// The file.
#[derive(Debug)]
pub(super) struct Table {
    file: PathBuf,
    key: String,
}

impl Table {
    pub(super) fn new(file: PathBuf, key: String) -> Self {
        Self { file, key }
    }

    /// The first line whose key is this one, as written but for spaces around it. All values are text.
    pub(super) fn find(&self, key: &str, asker: &Weak<()>) -> Result<Option<Members>, CrmTrouble> {
        let (mut reader, headers, column) = self.open().map_err(|_| CrmTrouble::Unreadable)?;
        let mut line = StringRecord::new();
        let mut lines = 0_usize;
        let wanted = key.trim();
        while reader.read_record(&mut line).map_err(|_| CrmTrouble::Nonsense)? {
            if line.get(column).is_some_and(|value| value == wanted && !wanted.is_empty()) {
                return Ok(Some(members(&headers, &line)));
            }
            lines += 1;
            if lines.is_multiple_of(LINES_A_LOOK) && asker.strong_count() == 0 {
                return Err(CrmTrouble::Slow);
            }
        }
        Ok(None)
    }

    /// Reads all of it once.
    pub(super) fn look(&self) -> Result<String, String> {
        let (mut reader, headers, _) = self.open()?;
        let mut lines = 0_usize;
        let mut line = StringRecord::new();
        while reader.read_record(&mut line).map_err(|error| self.unusable(&at(&error)))? {
            lines += 1;
        }
        Ok(format!("{} has {lines} lines and the columns {}", self.file.display(), named(&headers)))
    }

    fn open(&self) -> Result<(Reader<impl Read>, StringRecord, usize), String> {
        let file = File::open(&self.file).map_err(|error| self.unusable(&error.to_string()))?;
        let about = file.metadata().map_err(|error| self.unusable(&error.to_string()))?;
        if !about.is_file() {
            return Err(self.unusable("it is no file"));
        }
        if about.len() > FILE_MAX {
            return Err(self.unusable(&format!("it is longer than {FILE_MAX} bytes; use a SQLite database")));
        }
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(file.take(FILE_MAX));
        let headers = reader.headers().map_err(|error| self.unusable(&at(&error)))?.clone();
        let column = headers.iter().position(|name| name == self.key);
        let missing = || self.unusable(&format!("it has no column {:?}, but {}", self.key, named(&headers)));
        let column = column.ok_or_else(missing)?;
        Ok((reader, headers, column))
    }

    fn unusable(&self, why: &str) -> String {
        format!("{} cannot be used: {why}", self.file.display())
    }
}

/// Empty fields say nothing.
fn members(headers: &StringRecord, line: &StringRecord) -> Members {
    let named = headers.iter().zip(line).filter(|(name, value)| !name.is_empty() && !value.is_empty());
    // Where two columns have one name, the first counts.
    let mut members = Members::new();
    for (name, value) in named {
        members.entry(name).or_insert_with(|| value.into());
    }
    members
}

fn named(headers: &StringRecord) -> String {
    headers.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// Where it is wrong, without what is written there (I7).
fn at(error: &csv::Error) -> String {
    match (error.position(), error.kind()) {
        (_, csv::ErrorKind::Io(error)) => error.to_string(),
        (Some(position), csv::ErrorKind::UnequalLengths { expected_len, len, .. }) => {
            format!("line {} has {len} fields and the first one {expected_len}", position.line())
        }
        (Some(position), csv::ErrorKind::Utf8 { .. }) => format!("line {} is not UTF-8", position.line()),
        (Some(position), _) => format!("line {} is not CSV", position.line()),
        (None, _) => "it is not CSV".to_owned(),
    }
}
