//! What can go wrong with sound.

use std::io;
use std::path::PathBuf;

/// What went wrong with a sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened, read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are not a WAV file.
    #[error("{}: this is not a WAV file ({reason}); `callblock sound convert` makes one of it", path.display())]
    NotWav {
        /// Which file.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// A WAV file, but not one that a telephone line takes as it is.
    #[error("{}: {reason}; `callblock sound convert` makes it right", path.display())]
    NotTelephone {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The encoder of voice messages failed.
    #[error("no voice message can be made of this sound (Opus encoder: {0})")]
    VoiceMessage(i32),
    /// A format that the crate does not know.
    #[error("unknown sound format `{0}`; known are u8, s16, mulaw, alaw and ima")]
    UnknownFormat(String),
    /// No decoder made anything of the file.
    #[error("{}: {reason}; wav, mp3, flac and ogg can be read", path.display())]
    Undecodable {
        /// Which file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(&'static str),
}

impl Error {
    /// An input or output error of the file at `path`.
    pub(crate) fn file(path: &std::path::Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}
