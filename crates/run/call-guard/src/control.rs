//! The local socket on which a running guard takes commands, one JSON object a line.

#[cfg(not(unix))]
use std::path::Path;

use crate::sentences;
use call_event::{GuardCommand, GuardReply};
use crossbeam_channel::{Sender, bounded};

#[cfg(not(unix))]
use crate::error::GuardError;

/// A command and where its answer goes.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub command: GuardCommand,
    /// Where the answer goes; it holds one.
    pub reply: Sender<GuardReply>,
}

/// Gives commands to a guard in the same program: for the web page, MQTT and the socket. Clones are equal.
#[derive(Debug, Clone)]
pub struct GuardHandle {
    pub(crate) requests: Sender<Request>,
    pub(crate) hub: crate::hub::NoticeHub,
}

impl GuardHandle {
    /// Asks, and waits a few seconds for the answer at the most.
    pub fn ask(&self, command: GuardCommand) -> GuardReply {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
        let (reply, answer) = bounded(1);
        let refused = |reason: &str| GuardReply::Refused { reason: reason.into() };
        if self.requests.send_timeout(Request { command, reply }, PATIENCE).is_err() {
            return refused(sentences::BUSY);
        }
        answer.recv_timeout(PATIENCE).unwrap_or_else(|_| refused(sentences::NO_ANSWER))
    }

    /// The guard's news.
    pub fn hub(&self) -> &crate::hub::NoticeHub {
        &self.hub
    }
}

#[cfg(unix)]
pub use unix::{ControlSocket, ask};

#[cfg(unix)]
mod unix {
    use std::io::{self, BufRead, BufReader, Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use call_event::{GuardCommand, GuardReply};

    use super::GuardHandle;
    use crate::error::GuardError;

    /// The longest command or answer.
    const LONGEST: u64 = 256 * 1024;
    /// The most who may talk to the guard at once.
    const MOST_GUESTS: usize = 32;
    /// How long a guest may say nothing.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// The open socket; removed from the folder when dropped.
    #[derive(Debug)]
    pub struct ControlSocket {
        path: PathBuf,
    }

    impl ControlSocket {
        /// Opens the socket and serves it on a thread. What a dead guard left behind is replaced; the
        /// folder's lock sees to it that no other lives.
        ///
        /// # Errors
        ///
        /// The socket or the thread cannot be made.
        pub fn open(path: &Path, guard: GuardHandle) -> Result<Self, GuardError> {
            let failed = |source| GuardError::Socket { path: path.to_owned(), source };
            match std::fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
                _ => {}
            }
            let listener = UnixListener::bind(path).map_err(failed)?;
            // Owner and group of the guard may command it, nobody else.
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
            std::thread::Builder::new()
                .name("control".into())
                .spawn(move || serve(&listener, &guard))
                .map_err(|source| GuardError::Thread { what: "the control socket", source })?;
            Ok(Self { path: path.to_owned() })
        }
    }

    impl Drop for ControlSocket {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    fn serve(listener: &UnixListener, guard: &GuardHandle) {
        let guests = Arc::new(AtomicUsize::new(0));
        for guest in listener.incoming() {
            let Ok(guest) = guest else {
                std::thread::sleep(Duration::from_millis(100));
                continue;
            };
            if guests.fetch_add(1, Ordering::Relaxed) >= MOST_GUESTS {
                guests.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (guard, counted) = (guard.clone(), Arc::clone(&guests));
            let talk = move || {
                let _ = converse(&guest, &guard);
                counted.fetch_sub(1, Ordering::Relaxed);
            };
            if std::thread::Builder::new().name("control guest".into()).spawn(talk).is_err() {
                guests.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    fn converse(guest: &UnixStream, guard: &GuardHandle) -> io::Result<()> {
        guest.set_read_timeout(Some(PATIENCE))?;
        guest.set_write_timeout(Some(Duration::from_secs(5)))?;
        let mut lines = BufReader::new(guest);
        let mut to = guest;
        loop {
            let mut line = String::new();
            if lines.by_ref().take(LONGEST).read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<GuardCommand>(&line) {
                Ok(GuardCommand::Watch) => return watch(to, guard),
                Ok(command) => say(&mut to, &guard.ask(command))?,
                Err(e) => say(&mut to, &GuardReply::Refused { reason: format!("not a command: {e}") })?,
            }
        }
    }

    /// Sends the news until the guest goes.
    fn watch(mut to: &UnixStream, guard: &GuardHandle) -> io::Result<()> {
        let stream = guard.hub.subscribe(256);
        loop {
            match stream.notices().recv_timeout(Duration::from_secs(20)) {
                Ok(notice) => say(&mut to, &*notice)?,
                // An empty line finds out whether the guest is still there.
                Err(crossbeam_channel::RecvTimeoutError::Timeout) => to.write_all(b"\n")?,
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn say(to: &mut &UnixStream, what: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        to.write_all(&line)
    }

    /// Asks the guard behind a socket.
    ///
    /// # Errors
    ///
    /// No guard runs there, or it does not answer.
    pub fn ask(socket: &Path, command: &GuardCommand) -> Result<GuardReply, GuardError> {
        let gone = |source| GuardError::NotRunning { path: socket.to_owned(), source };
        let mut stream = UnixStream::connect(socket).map_err(gone)?;
        stream.set_read_timeout(Some(Duration::from_secs(15))).map_err(gone)?;
        say(&mut &stream, command).map_err(gone)?;
        stream.flush().map_err(gone)?;
        let mut line = String::new();
        BufReader::new(stream.take(LONGEST)).read_line(&mut line).map_err(gone)?;
        serde_json::from_str(&line)
            .map_err(|e| GuardError::Answer { path: socket.to_owned(), reason: e.to_string() })
    }
}

/// The open socket; this system has none.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct ControlSocket;

#[cfg(not(unix))]
impl ControlSocket {
    /// There is no such socket on this system; the guard runs without.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open(_path: &Path, _guard: GuardHandle) -> Result<Self, GuardError> {
        Ok(Self)
    }
}

/// There is no such socket on this system.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn ask(socket: &Path, _command: &GuardCommand) -> Result<GuardReply, GuardError> {
    let source = std::io::Error::from(std::io::ErrorKind::Unsupported);
    Err(GuardError::NotRunning { path: socket.to_owned(), source })
}
