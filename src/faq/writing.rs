//! Writes what was learnt into the folder: a new file for a new entry, a new alias into an entry's own file. What is
//! written is read back before it is kept, and a file is there whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::entries::{self, Entry};
use super::folder;
use super::markdown;

/// How long a name that is made from a question may be, in characters.
const NAME_MAX: usize = 60;
/// A new file may be read by whom the umask lets.
const NEW_FILE: u32 = 0o666;

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The question; one line is made of it.
    pub question: String,
    /// Other ways to ask it.
    pub aliases: Vec<String>,
    /// In which language, a tag; `None` = good for everybody.
    pub language: Option<String>,
    /// The answer as people read it; empty lines part its paragraphs.
    pub text: String,
}

impl Draft {
    /// The entry's Markdown: what reads it gets the same question, aliases and words back. Space at the ends of lines and
    /// more than one empty line between paragraphs are not kept.
    ///
    /// # Errors
    /// There is no question or no answer; or it cannot be written so that it is read as the same.
    pub fn markdown(&self) -> Result<String, String> {
        let question = one_line(&self.question);
        let text = markdown::tidy(&self.text);
        let mut head = format!("# {}\n", markdown::inline(&question));
        let aliases: Vec<String> = self.aliases.iter().map(|alias| as_alias(alias)).collect();
        if !aliases.is_empty() {
            head.push_str(&format!("aliases: {}\n", aliases.join(", ")));
        }
        if let Some(language) = &self.language {
            head.push_str(&format!("lang: {language}\n"));
        }
        let written = format!("{head}\n{}\n", markdown::body(&text));
        let read = Entry::parse("draft", &written)?;
        let same = read.question == question && read.text == text && read.aliases == aliases && read.see.is_none();
        if same { Ok(written) } else { Err(NOT_THE_SAME.to_owned()) }
    }

    /// A name for its file, made from the question.
    pub fn name(&self) -> String {
        let mut name = String::new();
        for character in unaccented(&self.question) {
            match character {
                c if c.is_alphanumeric() => name.extend(c.to_lowercase()),
                '\'' | '’' => {}
                _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
                _ => {}
            }
        }
        let name: String = name.chars().take(NAME_MAX).collect();
        let name = name.trim_matches('-');
        if name.is_empty() { "entry".to_owned() } else { name.to_owned() }
    }
}

/// What a new file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming<'a> {
    /// So; it must be free.
    Exactly(&'a str),
    /// So, or so with a number where that is taken.
    Like(&'a str),
}

/// Writes an entry's Markdown into a new file of the folder, and says which.
///
/// # Errors
/// What is wrong, and what to do.
pub fn add(folder: &Path, markdown: &str, naming: Naming<'_>) -> Result<PathBuf, String> {
    let (name, numbers) = match naming {
        Naming::Exactly(name) => (name, 2..2),
        Naming::Like(name) => (name, 2..NUMBERS_MAX),
    };
    if !is_name(name) {
        return Err(format!("`{name}` is no name for an entry; write letters, digits and dashes"));
    }
    Entry::parse(name, markdown).map_err(|what| format!("it {what}"))?;
    let names = std::iter::once(name.to_owned()).chain(numbers.map(|number| format!("{name}-{number}")));
    for name in names {
        if let Some(file) = write_new(folder, &name, markdown)? {
            return Ok(file);
        }
    }
    Err(format!("there is an entry `{name}` already; give it another name"))
}

/// How far names are numbered.
const NUMBERS_MAX: usize = 1_000;

/// Adds an alias to an entry's file, leaves every other byte as it was, and says which file it was. One that is there
/// already is not added again.
///
/// # Errors
/// What is wrong, and what to do.
pub fn add_alias(folder: &Path, id: &str, alias: &str) -> Result<PathBuf, String> {
    let (file, real) = folder::find(folder, id)?;
    let told = |what: String| format!("{}: {what}", file.display());
    let before = folder::text_of(&real).map_err(told)?;
    let alias = as_alias(alias);
    let entry = Entry::parse(id, before.trim_start_matches('\u{feff}')).map_err(told)?;
    if alias.is_empty() {
        return Err("an alias without a word is of no use".to_owned());
    }
    if entry.aliases.contains(&alias) {
        return Ok(file);
    }
    let after = entries::with_alias(&before, &alias).map_err(told)?;
    let read = Entry::parse(id, after.trim_start_matches('\u{feff}')).map_err(told)?;
    let one_more = with_sorted(Entry { aliases: [entry.aliases.clone(), vec![alias]].concat(), ..entry });
    if with_sorted(read) != one_more {
        return Err(told(NOT_THE_SAME.to_owned()));
    }
    replace(&real, &after).map_err(|error| told(error.to_string()))?;
    Ok(file)
}

const NOT_THE_SAME: &str = "would not be read as it was meant; write the file by hand";

fn with_sorted(mut entry: Entry) -> Entry {
    entry.aliases.sort();
    entry
}

/// Neither a path nor hidden.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') && name.len() <= 200
}

fn one_line(text: &str) -> String {
    markdown::printable(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Commas part aliases from each other.
fn as_alias(text: &str) -> String {
    one_line(&text.replace([',', ';'], " "))
}

fn unaccented(text: &str) -> impl Iterator<Item = char> + '_ {
    use unicode_normalization::UnicodeNormalization;
    text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c))
}

/// `None` where an entry has that name, in whichever sub-folder.
fn write_new(folder: &Path, name: &str, content: &str) -> Result<Option<PathBuf>, String> {
    if folder::find(folder, name).is_ok() {
        return Ok(None);
    }
    let file = folder.join(format!("{name}.md"));
    let written = beside(&file, content, Permissions::from_mode(NEW_FILE)).and_then(|temporary| {
        match temporary.persist_noclobber(&file) {
            Ok(_) => Ok(Some(file.clone())),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error.error),
        }
    });
    written.map_err(|error| format!("{}: {error}", file.display()))
}

fn replace(file: &Path, content: &str) -> io::Result<()> {
    let permissions = fs::metadata(file)?.permissions();
    let temporary = beside(file, content, permissions.clone())?;
    fs::set_permissions(temporary.path(), permissions)?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// A hidden file in the same folder, which nobody takes for an entry, with its content on the disk.
fn beside(file: &Path, content: &str, permissions: Permissions) -> io::Result<NamedTempFile> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut temporary =
        Builder::new().prefix(".frontdesk-").suffix(".new").permissions(permissions).tempfile_in(folder)?;
    temporary.write_all(content.as_bytes())?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}
