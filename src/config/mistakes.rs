//! What is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

/// How large a configuration file may be, in bytes.
const CONFIG_MAX: usize = 1024 * 1024;

/// All mistakes of a configuration, in the order of the file. Displayed one a line, as
/// `FILE:LINE: what is wrong; what to write instead`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    /// The file that was read.
    pub file: PathBuf,
    /// Never empty.
    pub mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line in the file, from 1; `None` where the file as a whole could not be read.
    pub line: Option<usize>,
    /// The character in that line, from 1, where that matters: in conditions of rules.
    pub column: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub advice: String,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            let place = [mistake.line, mistake.column].into_iter().flatten().map(|number| format!(":{number}"));
            let line: String = place.collect();
            write!(f, "{newline}{}{line}: {}; {}", self.file.display(), mistake.what, mistake.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// A configuration file as it lies on the disk.
#[derive(Debug)]
pub(super) struct Source {
    /// Its name, as it was given.
    pub file: PathBuf,
    /// Its folder: what the paths in it are relative to.
    pub folder: PathBuf,
    /// Its words.
    pub text: String,
}

impl Source {
    /// Reads the file.
    pub(super) fn read(file: &Path) -> Result<Self, ConfigErrors> {
        let refuse = |line, what: String, advice: &str| ConfigErrors {
            file: file.to_owned(),
            mistakes: vec![Mistake { line, column: None, what, advice: advice.to_owned() }],
        };
        let bytes = std::fs::read(file).map_err(|error| {
            refuse(
                None,
                format!("cannot be read: {error}"),
                "name the configuration with `-c FILE`; README.md has an example",
            )
        })?;
        if bytes.len() > CONFIG_MAX {
            let what = format!("is {} bytes long, at most {CONFIG_MAX} are read", bytes.len());
            return Err(refuse(None, what, "name the configuration with `-c FILE`"));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let line = line_at(error.as_bytes(), good);
            refuse(Some(line), "this line is not UTF-8".to_owned(), "save the file in UTF-8")
        })?;
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self { file: file.to_owned(), folder, text })
    }

    /// Where a path of the file points to.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Where the words of a value begin, behind its quotes.
    pub(super) fn beginning_of(&self, value: &Spanned<String>) -> usize {
        self.verbatim(value).unwrap_or(value.span().start)
    }

    /// Where a byte of a value's words stands; the value's own place where it is not written as it is meant.
    pub(super) fn place_in(&self, value: &Spanned<String>, at: usize) -> usize {
        self.verbatim(value).map_or(value.span().start, |begin| begin + at)
    }

    /// Where a value stands word for word: not if it has escapes.
    fn verbatim(&self, value: &Spanned<String>) -> Option<usize> {
        let written = self.text.get(value.span())?;
        Some(value.span().start + written.find(value.get_ref().as_str())?)
    }

    /// The line of a place, from 1.
    pub(super) fn line_at(&self, offset: usize) -> u32 {
        u32::try_from(line_at(self.text.as_bytes(), offset)).unwrap_or(u32::MAX)
    }

    /// The character of a place in its line, from 1.
    fn column_at(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or_default();
        1 + before.rsplit('\n').next().unwrap_or_default().chars().count()
    }
}

fn line_at(text: &[u8], offset: usize) -> usize {
    1 + text.iter().take(offset).filter(|byte| **byte == b'\n').count()
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Noted>);

#[derive(Debug)]
struct Noted {
    at: usize,
    /// The very character matters, not only the line.
    exact: bool,
    what: String,
    advice: String,
}

impl Mistakes {
    /// Notes a mistake at a place of the file.
    pub(super) fn note(&mut self, span: Range<usize>, what: impl Into<String>, advice: impl Into<String>) {
        self.0.push(Noted { at: span.start, exact: false, what: what.into(), advice: advice.into() });
    }

    /// Notes a mistake at the very character.
    pub(super) fn note_exactly(&mut self, at: usize, what: impl Into<String>, advice: impl Into<String>) {
        self.0.push(Noted { at, exact: true, what: what.into(), advice: advice.into() });
    }

    /// Nothing is wrong, so far.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, with their lines.
    pub(super) fn told_of(mut self, source: &Source) -> ConfigErrors {
        self.0.sort_by_key(|noted| noted.at);
        let told = self.0.into_iter().map(|Noted { at, exact, what, advice }| Mistake {
            line: Some(line_at(source.text.as_bytes(), at)),
            column: exact.then(|| source.column_at(at)),
            what,
            advice,
        });
        ConfigErrors { file: source.file.clone(), mistakes: told.collect() }
    }
}
