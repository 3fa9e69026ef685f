//! What can be wrong with settings and lists.

use std::io;
use std::path::PathBuf;

/// What can be wrong with settings and lists.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not what it should be, as a whole.
    #[error("{}: {reason}", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A setting has a value that means nothing.
    #[error("{place}: {reason}")]
    Setting {
        /// Which rule, list or key.
        place: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The country or area of the line.
    #[error(transparent)]
    Numbering(#[from] phone_number::Error),
}

impl Error {
    pub(crate) fn setting(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Setting { place: place.into(), reason: reason.into() }
    }

    pub(crate) fn format(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::Format { path: path.into(), reason: reason.into() }
    }
}
