//! Words in the editor of whoever reviews them.

use std::env;
use std::fs;
use std::io::Write;
use std::process::Command;

use tempfile::Builder;

use crate::exit::{Exit, Failure};

/// Opens the words in $VISUAL or $EDITOR and hands back what became of them. The editor's command line may have arguments;
/// a shell reads it, as other programs do it.
pub(super) fn edited(words: &str) -> Result<String, Failure> {
    let editor = ["VISUAL", "EDITOR"].iter().filter_map(env::var_os).find(|editor| !editor.is_empty());
    let editor =
        editor.ok_or_else(|| Failure::new(Exit::Usage, "which editor? Set $EDITOR, for example EDITOR=nano"))?;
    let mut file = Builder::new().prefix("frontdesk-").suffix(".md").tempfile()?;
    file.write_all(words.as_bytes())?;
    let mut command = Command::new("sh");
    command.arg("-c").arg("eval \"$0\" '\"$1\"'").arg(&editor).arg(file.path());
    if !command.status()?.success() {
        return Err(Failure::new(Exit::Usage, "the editor failed, so nothing is done"));
    }
    // By its name: editors replace a file as a whole.
    Ok(fs::read_to_string(file.path())?)
}
