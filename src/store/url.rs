//! `[store] url`: where the database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The address of a store: `sqlite:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreUrl {
    path: PathBuf,
}

impl StoreUrl {
    /// The database's file, as it was written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same address, where a relative path starts at `folder` (that of the configuration) instead of the
    /// current one.
    #[must_use]
    pub fn within(&self, folder: &Path) -> Self {
        Self { path: folder.join(&self.path) }
    }
}

impl From<&Path> for StoreUrl {
    fn from(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }
}

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(path) = text.strip_prefix("sqlite:") else {
            return Err(format!("{text:?} is no store that frontdesk knows; write \"sqlite:frontdesk.db\""));
        };
        if path.is_empty() || path.starts_with("//") || path.starts_with(':') || path.contains(['\0', '?']) {
            return Err(format!("{text:?} names no file; write \"sqlite:frontdesk.db\" or \"sqlite:/var/lib/…\""));
        }
        Ok(Self { path: path.into() })
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.path.display())
    }
}
