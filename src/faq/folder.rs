//! The FAQ's folder: which files are entries, and which cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::entries::Entry;
use super::redirects;

/// How large a file may be, in bytes.
pub const FILE_MAX: u64 = 256 * 1024;
/// How many entries a FAQ may have.
pub const ENTRIES_MAX: usize = 100_000;
/// How deep sub-folders may lie.
const DEPTH_MAX: usize = 16;

/// A file or folder that could not be loaded. Displayed as `FILE: what is wrong; what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaqProblem {
    /// Which.
    pub file: PathBuf,
    /// What is wrong with it, and what to do.
    pub what: String,
}

impl fmt::Display for FaqProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.what)
    }
}

/// What the files look like from outside. Where it is another than before, something was changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprint(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Fingerprint {
    /// Of all Markdown files in the folder: their names, sizes and times of change. Reads none of them.
    pub fn of(folder: &Path) -> Self {
        let files = Walk::through(folder).files.into_iter();
        Self(
            files
                .map(|(path, real)| (path, fs::metadata(real)))
                .map(|(path, data)| seen_from_outside(path, data))
                .collect(),
        )
    }
}

fn seen_from_outside(path: PathBuf, data: std::io::Result<Metadata>) -> (PathBuf, u64, Option<SystemTime>) {
    let length = data.as_ref().map_or(0, Metadata::len);
    (path, length, data.and_then(|data| data.modified()).ok())
}

/// All good entries, in the order of their paths, and all problems.
pub(super) fn read(folder: &Path) -> (Vec<Entry>, Vec<FaqProblem>) {
    let mut walk = Walk::through(folder);
    let entries = walk.entries();
    (entries, walk.problems)
}

#[derive(Default)]
struct Walk {
    /// The Markdown files, and where they really are.
    files: Vec<(PathBuf, PathBuf)>,
    /// Folders that were entered; a link may lead to one again.
    visited: BTreeSet<PathBuf>,
    problems: Vec<FaqProblem>,
}

impl Walk {
    fn through(folder: &Path) -> Self {
        let mut walk = Self::default();
        match folder.canonicalize() {
            Ok(root) => {
                walk.visited.insert(root.clone());
                walk.folder(folder, &root, 0);
            }
            Err(error) => walk.problem(folder, format!("cannot be read: {error}; name a folder that exists")),
        }
        walk
    }

    fn problem(&mut self, file: &Path, what: impl Into<String>) {
        self.problems.push(FaqProblem { file: file.to_owned(), what: what.into() });
    }

    fn folder(&mut self, folder: &Path, root: &Path, depth: usize) {
        if depth > DEPTH_MAX {
            self.problem(folder, format!("lies more than {DEPTH_MAX} folders deep; move it up"));
            return;
        }
        match sorted(folder) {
            Ok(paths) => paths.iter().for_each(|path| self.look_at(path, root, depth)),
            Err(error) => self.problem(folder, format!("cannot be read: {error}; make it readable")),
        }
    }

    fn look_at(&mut self, path: &Path, root: &Path, depth: usize) {
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            return;
        }
        let markdown = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"));
        match path.canonicalize() {
            Ok(real) if !real.starts_with(root) => {
                self.problem(path, "is a link that leads out of the folder; copy what it leads to");
            }
            Ok(real) if real.is_dir() => self.enter(path, real, root, depth + 1),
            Ok(real) if markdown && real.is_file() => self.files.push((path.to_owned(), real)),
            Ok(_) if markdown => self.problem(path, "is no plain file; replace it by one"),
            Err(error) if markdown => self.problem(path, format!("cannot be read: {error}")),
            _ => {}
        }
    }

    /// A link to a folder above would lead in circles.
    fn enter(&mut self, folder: &Path, real: PathBuf, root: &Path, depth: usize) {
        if self.visited.insert(real) {
            self.folder(folder, root, depth);
        }
    }

    fn entries(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut taken: BTreeMap<String, PathBuf> = BTreeMap::new();
        for (path, real) in std::mem::take(&mut self.files) {
            if entries.len() == ENTRIES_MAX {
                self.problem(&path, format!("is one too many: a FAQ has at most {ENTRIES_MAX} entries"));
                break;
            }
            match entry(&path, &real) {
                Ok(entry) => match taken.get(&entry.id) {
                    Some(first) => {
                        let what = format!("has the same name as {}; rename one of them", first.display());
                        self.problem(&path, what);
                    }
                    None => {
                        taken.insert(entry.id.clone(), path);
                        entries.push(entry);
                    }
                },
                Err(what) => self.problem(&path, what),
            }
        }
        self.redirections(entries, &taken)
    }

    /// Leaves out those whose `see:` leads nowhere.
    fn redirections(&mut self, entries: Vec<Entry>, files: &BTreeMap<String, PathBuf>) -> Vec<Entry> {
        let (_, wrong) = redirects::resolve(&entries);
        let wrong: BTreeMap<usize, String> = wrong.into_iter().collect();
        let mut good = Vec::with_capacity(entries.len());
        for (number, entry) in entries.into_iter().enumerate() {
            match (wrong.get(&number), files.get(&entry.id)) {
                (Some(what), Some(file)) => self.problem(file, what.as_str()),
                _ => good.push(entry),
            }
        }
        good
    }
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|item| item.map(|item| item.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn entry(path: &Path, real: &Path) -> Result<Entry, String> {
    let id = path.file_stem().and_then(|name| name.to_str());
    let id = id.ok_or("has a name that is not UTF-8; rename it")?;
    Entry::parse(id, &words_of(real)?)
}

/// An entry's file, and where it really is.
///
/// # Errors
/// There is none of that name.
pub(super) fn find(folder: &Path, id: &str) -> Result<(PathBuf, PathBuf), String> {
    let is_its = |path: &Path| path.file_stem().and_then(|name| name.to_str()) == Some(id);
    let found = Walk::through(folder).files.into_iter().find(|(path, _)| is_its(path));
    found.ok_or_else(|| format!("there is no entry `{id}` in {}; was its file removed or renamed?", folder.display()))
}

fn words_of(file: &Path) -> Result<String, String> {
    let text = text_of(file)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// What stands in a file, with its byte order mark, if it has one.
pub(super) fn text_of(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut bytes));
    let length = opened.map_err(|error| format!("cannot be read: {error}; make it readable"))?;
    if u64::try_from(length).is_ok_and(|length| length > FILE_MAX) {
        return Err(format!("is larger than {} KiB; split it into several entries", FILE_MAX / 1024));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count();
        format!("is not UTF-8 (line {line}); save it in UTF-8")
    })
}
