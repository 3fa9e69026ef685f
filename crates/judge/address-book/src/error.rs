//! What can go wrong with contacts and calendars as a whole.

use std::io;
use std::path::PathBuf;

/// Why contacts or calendars could not be read or written at all. Trouble with single cards or events is
/// a [`Problem`](crate::Problem) instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("{}: cannot be read; check the path and its permissions", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot be written; check free space and permissions", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A group cannot have that name.
    #[error("\"{name}\" cannot be a group's name: use letters, digits, spaces, - and _ only")]
    GroupName {
        /// The name.
        name: String,
    },
    /// A file holds no contact.
    #[error("no contacts in this file ({why}); export it as vCard once more")]
    NoContacts {
        /// What is wrong with it.
        why: String,
    },
    /// A server gave no usable answer.
    #[error("{url}: {why}")]
    Server {
        /// The address, without user and password.
        url: String,
        /// What happened, with the remedy.
        why: String,
    },
}
