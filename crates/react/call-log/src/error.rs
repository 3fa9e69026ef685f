//! Why the log could not be opened, read or written, and what to do about it.

use std::error::Error;
use std::path::PathBuf;

/// What the library underneath said.
pub(crate) type Source = Box<dyn Error + Send + Sync + 'static>;

/// Why the log could not be opened, read or written.
///
/// Every text names the place (a file, or the server) and the remedy where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file or its folder cannot be opened.
    #[error("cannot open the call log {place}; check that the folder exists and belongs to this user")]
    Open {
        /// The file or server.
        place: String,
        /// What the library said.
        source: Source,
    },
    /// Another program holds the log for longer than this one waits.
    #[error(
        "the call log {place} is locked by another program; close it, or wait until its backup or import ends"
    )]
    Locked {
        /// The file or server.
        place: String,
        /// What the library said.
        source: Source,
    },
    /// The disk is full.
    #[error("the disk is full, so nothing can be written to the call log {place}; free some space")]
    Full {
        /// The file or server.
        place: String,
        /// What the library said.
        source: Source,
    },
    /// The file, its folder or the file system cannot be written.
    #[error("the call log {place} is read-only; make the file and its folder writable for this user")]
    ReadOnly {
        /// The file or server.
        place: String,
        /// What the library said.
        source: Source,
    },
    /// The log was written by a newer version of the program.
    #[error(
        "the call log {place} has layout {found}, but this program knows layouts up to {known} only; update the program"
    )]
    Newer {
        /// The file or server.
        place: String,
        /// The layout of the log.
        found: i64,
        /// The newest layout that this program knows.
        known: i64,
    },
    /// The file is damaged.
    #[error(
        "the call log {place} is damaged, or no database at all; move it away and save what can be read with `sqlite3 OLD .recover | sqlite3 NEW`"
    )]
    Corrupt {
        /// The file or server.
        place: String,
        /// What the library said.
        source: Source,
    },
    /// The file is a database, or something else, but no call log.
    #[error("{place} is not a call log; to take over another program's calls use `callblock log import`")]
    Foreign {
        /// The file or server.
        place: String,
    },
    /// The server cannot be reached, or the connection broke.
    #[error(
        "the log server {place} cannot be reached; the calls are kept here and delivered when it is back"
    )]
    Unreachable {
        /// The server, without its password.
        place: String,
        /// What the library said.
        source: Source,
    },
    /// The server's certificate is not one to trust, or the file with trusted ones is no such file.
    #[error(
        "the log server {place} is not trusted: {what}; name the certificate that signed the server's (`server-ca` in \
         [log]), and reach the server by the name in its certificate"
    )]
    Certificate {
        /// The server, without its password.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// Reading or writing failed in some other way.
    #[error("reading or writing the call log {place} failed while {doing}")]
    Failed {
        /// The file or server.
        place: String,
        /// What was being done.
        doing: &'static str,
        /// What the library said.
        source: Source,
    },
    /// The log holds something that this program never writes.
    #[error(
        "the call log {place} holds {what}, which this program never writes; it may have been edited by hand"
    )]
    Unexpected {
        /// The file or server.
        place: String,
        /// What was found.
        what: String,
    },
    /// A file to be imported cannot be read.
    #[error("cannot import {}: {why}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// Why, with the remedy.
        why: String,
    },
    /// Writing an export failed.
    #[error("cannot write the export")]
    Export {
        /// What the system said.
        source: Source,
    },
    /// A recording could not be deleted.
    #[error("cannot delete the recording {}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Source,
    },
}

impl LogError {
    /// True if trying again later can help without anybody doing anything here.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Unreachable { .. })
    }

    /// The text with all that caused it, in one line.
    pub fn full_text(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}
