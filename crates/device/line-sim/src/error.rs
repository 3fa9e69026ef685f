use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a simulated device cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pseudo-terminal could not be made.
    #[error("no pseudo-terminal to be had: {0}; is /dev/pts mounted, and are there too many already?")]
    NoPty(#[source] io::Error),
    /// The link to the port could not be made.
    #[error("cannot make the link {path}: {source}; choose a folder that you may write to")]
    Link {
        /// The link.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// Something that is no link stands where the link should be.
    #[error("{0} exists and is not a link; remove it or choose another place")]
    InTheWay(PathBuf),
    /// The device is unplugged.
    #[error("the simulated device is unplugged")]
    Unplugged,
    /// Reading or writing the simulator's end failed.
    #[error("the simulated port failed: {0}")]
    Port(#[source] io::Error),
    /// What was waited for did not happen in time.
    #[error("not seen in time; the end of the log:{log}")]
    NotSeen {
        /// The newest lines of the log.
        log: Box<str>,
    },
    /// An address cannot be listened at.
    #[error("cannot listen at {addr}: {source}; choose another port, or 0 for any")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {source}")]
    Thread {
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: Box<str>,
    },
    /// A dialogue or scenario file holds a line that says nothing.
    #[error("{path}, line {line}: {reason}")]
    Script {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what could stand there.
        reason: Box<str>,
    },
}
