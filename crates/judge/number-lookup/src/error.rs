//! Why a source gave no answer.

use std::path::PathBuf;

/// Why a source gave no answer, with the remedy where there is one.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source cannot be reached, or not in time.
    #[error("{source_name}: {why}")]
    Unreachable {
        /// The source.
        source_name: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// The source answered with a status that is none of success.
    #[error("{source_name} answered {status}")]
    Status {
        /// The source.
        source_name: Box<str>,
        /// The HTTP status.
        status: u16,
    },
    /// The source wants to be left alone for a while.
    #[error("{source_name} wants no more questions for {seconds} s")]
    TooMany {
        /// The source.
        source_name: Box<str>,
        /// For how long.
        seconds: u64,
    },
    /// The page does not look as its data file says.
    #[error("the page of {source_name} has changed: switch the source off, or mend its file ({what})")]
    PageChanged {
        /// The source.
        source_name: Box<str>,
        /// What was not found.
        what: Box<str>,
    },
    /// The answer is no JSON, or not of the right form.
    #[error("{source_name}: the answer cannot be read: {why}")]
    BadAnswer {
        /// The source.
        source_name: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// The token or password was refused.
    #[error("{source_name} refused the token: make a new one in your account there")]
    Refused {
        /// The source.
        source_name: Box<str>,
    },
    /// A source that failed too often is left alone for a while.
    #[error("{source_name} failed too often and is left alone for {seconds} s")]
    LeftAlone {
        /// The source.
        source_name: Box<str>,
        /// For how long.
        seconds: u64,
    },
    /// A source that is still busy with the numbers before.
    #[error("{source_name} is still busy")]
    Busy {
        /// The source.
        source_name: Box<str>,
    },
    /// A mistake in the settings or in a site's file.
    #[error("{place}: {why}")]
    Settings {
        /// Where.
        place: Box<str>,
        /// What.
        why: Box<str>,
    },
    /// A file of ours.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: Box<str>,
    },
}

impl Error {
    /// Whether the source itself is in trouble, so that it is to be left alone for a while.
    pub(crate) fn counts(&self) -> bool {
        !matches!(self, Self::Settings { .. } | Self::LeftAlone { .. } | Self::Busy { .. })
    }
}
