#![doc = include_str!("../README.md")]

#[cfg(feature = "password")]
mod password;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(feature = "password")]
pub use password::{HashError, PasswordHash};

/// A password, PIN or token. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Secret(Box<str>);

/// Why a secret could not be read. The texts name the file, never what stands in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("{}: the secret cannot be read; put it there alone on one line, readable by the guard only", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds nothing.
    #[error("{}: no secret in this file; put it there alone on one line", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
}

impl Secret {
    /// The longest file that is read.
    const MAX_BYTES: u64 = 64 * 1024;

    /// A secret that is already at hand.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Reads a secret that stands alone in a file. A bare name is looked for in the credentials folder of
    /// the service manager first, where `credentials` gives one (`$CREDENTIALS_DIRECTORY`).
    ///
    /// # Errors
    ///
    /// The file cannot be read or is empty.
    pub fn from_file(path: &Path, credentials: Option<&Path>) -> Result<Self, Error> {
        let bare = path.components().count() == 1;
        let path = match credentials {
            Some(folder) if bare && folder.join(path).exists() => folder.join(path),
            _ => path.to_owned(),
        };
        let failed = |source| Error::Read { path: path.clone(), source };
        if fs::metadata(&path).map_err(failed)?.len() > Self::MAX_BYTES {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, "far too long for a secret")));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(Error::Empty { path });
        }
        Ok(Self(text.into()))
    }

    /// The secret itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares without telling by its time how much was right.
    pub fn matches(&self, guess: &str) -> bool {
        let (own, guess) = (self.0.as_bytes(), guess.as_bytes());
        let mut differs = u8::from(own.len() != guess.len());
        for (index, byte) in guess.iter().enumerate() {
            differs |= byte ^ own.get(index % own.len().max(1)).copied().unwrap_or_default();
        }
        std::hint::black_box(differs) == 0 && !own.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_prints() {
        assert_eq!(
            format!("{:?} {:#?}", Secret::new("tiger"), Some(Secret::new("tiger"))),
            "*** Some(\n    ***,\n)"
        );
    }

    #[test]
    fn compares_whole() {
        let secret = Secret::new("tiger");
        for wrong in ["", "t", "tige", "tigers", "tigertiger", "TIGER"] {
            assert!(!secret.matches(wrong), "{wrong:?}");
        }
        assert!(secret.matches("tiger"));
        assert!(!Secret::new("").matches(""), "an empty password opens nothing");
    }

    #[test]
    fn comes_from_a_file_or_the_credentials_folder() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        fs::write(&file, "one two\r\n").unwrap();
        assert_eq!(Secret::from_file(&file, None).unwrap().reveal(), "one two");
        assert_eq!(Secret::from_file(Path::new("token"), Some(dir.path())).unwrap().reveal(), "one two");
    }

    #[test]
    fn errors_name_the_file_and_not_its_text() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        let missing = Secret::from_file(&file, None).unwrap_err().to_string();
        assert!(missing.contains("token") && missing.contains("cannot be read"), "{missing}");
        fs::write(&file, "\n").unwrap();
        assert!(matches!(Secret::from_file(&file, None), Err(Error::Empty { .. })));
        fs::write(&file, vec![b'x'; 70_000]).unwrap();
        assert!(Secret::from_file(&file, None).is_err());
    }
}
