//! How the program ends: the one list of exit codes, and the failures that lead to them.

use std::fmt;
use std::io;
use std::process::{ExitCode, Termination};

use crate::config::ConfigErrors;
use crate::store::StoreError;

/// The exit codes of sysexits.h that scripts and service managers may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked is done.
    Done = 0,
    /// EX_USAGE: what was typed makes no sense, or names a chat that does not exist.
    Usage = 64,
    /// EX_UNAVAILABLE: the server, the database or a right is not there; also: another frontdesk is running.
    Unavailable = 69,
    /// EX_IOERR: the disk failed, or is full, or the database is damaged.
    Io = 74,
    /// EX_NOPERM: the server does not accept the account's password.
    Denied = 77,
    /// EX_CONFIG: the configuration must be changed.
    Config = 78,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Why a command failed: what to tell the person at the shell, and the code for their scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// The words, without a name in front and without a full stop. Never a secret, never a guest's words (I7).
    pub words: String,
}

impl Failure {
    /// A failure with these words.
    pub fn new(exit: Exit, words: impl fmt::Display) -> Self {
        Self { exit, words: words.to_string() }
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::new(Exit::Config, errors)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::Foreign { .. } => Exit::Config,
            StoreError::Exists { .. } => Exit::Usage,
            StoreError::Locked { .. }
            | StoreError::NotFound { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::Busy
            | StoreError::Ended => Exit::Unavailable,
            StoreError::Missing { .. }
            | StoreError::Gone { .. }
            | StoreError::Full
            | StoreError::ReadOnly(_)
            | StoreError::Io(_)
            | StoreError::Corrupt(_)
            | StoreError::Other(_) => Exit::Io,
        };
        Self::new(exit, error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Io, error)
    }
}
