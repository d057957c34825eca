//! Where the account's password is kept. Never in the configuration, never on the command line.
//!
//! Looked up in this order, the first one that is there decides:
//! systemd's `$CREDENTIALS_DIRECTORY/xmpp_password`, the environment's `FRONTDESK_XMPP_PASSWORD`, `xmpp.password_file`.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Config;
use crate::secret::Secret;

/// The environment variable that may hold the password.
pub const PASSWORD_VARIABLE: &str = "FRONTDESK_XMPP_PASSWORD";
/// The name of the systemd credential (`LoadCredential=xmpp_password:…`).
pub const PASSWORD_CREDENTIAL: &str = "xmpp_password";
/// How long a password may be, in bytes. Nobody types more; a wrong file does not fill the memory.
const PASSWORD_MAX: u64 = 4_096;

/// The places to look at.
#[derive(Clone)]
pub struct PasswordSources {
    /// `$CREDENTIALS_DIRECTORY`, set by systemd.
    pub credentials_directory: Option<PathBuf>,
    /// The value of [`PASSWORD_VARIABLE`].
    pub environment: Option<OsString>,
    /// `xmpp.password_file`.
    pub file: Option<PathBuf>,
}

/// The place where the password was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordOrigin {
    /// A file in systemd's credentials directory.
    Credential(PathBuf),
    /// The environment.
    Environment,
    /// `xmpp.password_file`.
    File(PathBuf),
    /// A CRM's `token_file`: kept as passwords are.
    Token(PathBuf),
}

/// Why there is no password. None of the texts shows it.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// No place has one.
    #[error(
        "no password is given; write it to a file of its own, `chmod 600` that file and name it under [xmpp] as \
         `password_file = \"secret\"`, or set {PASSWORD_VARIABLE}, or the systemd credential {PASSWORD_CREDENTIAL}"
    )]
    Missing,
    /// The place cannot be read.
    #[error("{origin} cannot be read: {error}; make it a readable file with the {} in it", .origin.what())]
    Unreadable {
        /// Which place.
        origin: PasswordOrigin,
        /// Why.
        error: io::Error,
    },
    /// Others on this machine could read it too.
    #[error("{} can be read by others (mode {mode:03o}); run `chmod 600 {}`", file.display(), file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("{0} is empty; write the {what} there", what = .0.what())]
    Empty(PasswordOrigin),
    /// It cannot be a password.
    #[error(
        "{0} holds no {what}, which is one line of UTF-8, at most {PASSWORD_MAX} bytes; write the {what} alone there",
        what = .0.what()
    )]
    NotOneLine(PasswordOrigin),
}

impl fmt::Display for PasswordOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(file) => write!(f, "the systemd credential {}", file.display()),
            Self::Environment => write!(f, "the environment variable {PASSWORD_VARIABLE}"),
            Self::File(file) => write!(f, "the password file {}", file.display()),
            Self::Token(file) => write!(f, "the token file {}", file.display()),
        }
    }
}

impl PasswordOrigin {
    fn what(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Credential(_) | Self::Environment | Self::File(_) => "password",
        }
    }
}

impl PasswordSources {
    /// Where this process has to look.
    pub fn of_process(config: &Config) -> Self {
        Self {
            credentials_directory: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            environment: std::env::var_os(PASSWORD_VARIABLE),
            file: config.xmpp.password_file.clone(),
        }
    }

    /// The first place that is there, whether good or not.
    pub fn origin(&self) -> Option<PasswordOrigin> {
        let credential = self.credentials_directory.as_ref().map(|folder| folder.join(PASSWORD_CREDENTIAL));
        if let Some(file) = credential.filter(|file| file.exists()) {
            return Some(PasswordOrigin::Credential(file));
        }
        if self.environment.is_some() {
            return Some(PasswordOrigin::Environment);
        }
        self.file.clone().map(PasswordOrigin::File)
    }

    /// Reads the password.
    ///
    /// # Errors
    /// No place has one, or the first place that is there is not good.
    pub fn read(&self) -> Result<Secret, PasswordError> {
        let origin = self.origin().ok_or(PasswordError::Missing)?;
        let bytes = match &origin {
            PasswordOrigin::Environment => self.environment.clone().unwrap_or_default().into_encoded_bytes(),
            // systemd vouches for its directory; the access lists that it sets look like group permissions.
            PasswordOrigin::Credential(file) => bytes_of(file, false, &origin)?,
            PasswordOrigin::File(file) | PasswordOrigin::Token(file) => bytes_of(file, true, &origin)?,
        };
        one_line(bytes, origin)
    }
}

/// The token in a file of its own, which nobody else can read.
pub(super) fn token(file: &Path) -> Result<Secret, PasswordError> {
    let origin = PasswordOrigin::Token(file.to_owned());
    one_line(bytes_of(file, true, &origin)?, origin)
}

fn bytes_of(path: &Path, private: bool, origin: &PasswordOrigin) -> Result<Vec<u8>, PasswordError> {
    let unreadable = |error| PasswordError::Unreadable { origin: origin.clone(), error };
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if private && mode & 0o077 != 0 {
        return Err(PasswordError::Exposed { file: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(PASSWORD_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn one_line(bytes: Vec<u8>, origin: PasswordOrigin) -> Result<Secret, PasswordError> {
    let too_long = u64::try_from(bytes.len()).is_ok_and(|length| length > PASSWORD_MAX);
    let text = match String::from_utf8(bytes) {
        Ok(text) if !too_long => text,
        _ => return Err(PasswordError::NotOneLine(origin)),
    };
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(PasswordError::Empty(origin));
    }
    if line.contains(char::is_control) {
        return Err(PasswordError::NotOneLine(origin));
    }
    Ok(Secret::new(line.to_owned()))
}
