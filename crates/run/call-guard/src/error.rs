//! What can go wrong around the guard; a call in progress never ends in an error.

use std::io;
use std::path::PathBuf;

/// Why the guard could not start, or not be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// A folder or file could not be made.
    #[error("{}: cannot be made; choose another folder with --dir or mend its permissions", path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another guard runs on the same folder.
    #[error("another guard runs on {} (process {process}); stop it, or give this one a folder of its own with --dir", path.display())]
    Running {
        /// The folder.
        path: PathBuf,
        /// Its process id, as it wrote it.
        process: String,
    },
    /// The control socket could not be opened.
    #[error("{}: the control socket cannot be opened", path.display())]
    Socket {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No guard answers on the control socket.
    #[error("no guard runs on {}; start one with `callblock run`, or name its folder with --dir", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What came back was no answer.
    #[error("{}: the guard's answer could not be read: {reason}", path.display())]
    Answer {
        /// The socket.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A thread could not be started.
    #[error("no thread could be started for {what}")]
    Thread {
        /// What for.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}
