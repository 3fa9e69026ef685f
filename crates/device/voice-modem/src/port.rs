//! The serial port: opened for us alone, read and written without ever waiting for long.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::{Mode, OFlags};
use serialport::{SerialPort, TTYPort};

use crate::Error;

/// A modem that takes no bytes for so long is lost.
const STALLED_AFTER: Duration = Duration::from_secs(2);

/// An open port. `serialport` sets it up and holds it exclusively; reading and writing go through a second
/// handle, so that one wait can cover the port and the wake-up by another thread.
#[derive(Debug)]
pub(crate) struct Port {
    path: PathBuf,
    file: Arc<File>,
    settings: TTYPort,
    /// On a pseudo terminal the output queue always looks empty.
    pub(crate) has_queue: bool,
}

/// Ends the wait of the thread that reads.
#[derive(Debug, Clone)]
pub(crate) struct Waker(Arc<OwnedFd>);

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// Bytes can be read, or the port has failed, which reading will tell.
    Port,
    /// Another thread asked for attention.
    Waker,
    /// The time is over.
    Time,
}

impl Waker {
    pub(crate) fn new() -> Result<Self, Error> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|e| Error::System(e.into()))?;
        Ok(Self(Arc::new(fd)))
    }

    pub(crate) fn wake(&self) {
        // Full means that a wake-up is waiting already.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }

    /// Waits for the waker alone. True if it was woken.
    pub(crate) fn wait(&self, until: Option<Instant>) -> bool {
        let mut fds = [PollFd::new(&*self.0, PollFlags::IN)];
        let woken = matches!(poll(&mut fds, timespec(until).as_ref()), Ok(n) if n > 0);
        self.clear();
        woken
    }

    fn clear(&self) {
        let _ = rustix::io::read(&*self.0, &mut [0u8; 8]);
    }
}

fn timespec(until: Option<Instant>) -> Option<Timespec> {
    let left = until?.saturating_duration_since(Instant::now());
    Timespec::try_from(left).ok()
}

impl Port {
    /// Opens the port, telling absent, busy and not permitted apart.
    pub(crate) fn open(path: &Path, baud: u32) -> Result<Self, Error> {
        let port = path.to_path_buf();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(errno) => return Err(explain(port, errno.into())),
        };
        let is_tty = rustix::termios::isatty(&file);
        if !is_tty {
            return Err(Error::NoModem { port, why: "it is no serial port".into() });
        }
        let builder = serialport::new(path.to_string_lossy(), baud).timeout(STALLED_AFTER).dtr_on_open(true);
        let settings = TTYPort::open(&builder).map_err(|error| {
            // A port that another program holds is reported as missing; that it is there was just seen.
            match error.kind() {
                serialport::ErrorKind::NoDevice => busy(port.clone()),
                serialport::ErrorKind::Io(kind) => {
                    explain(port.clone(), io::Error::new(kind, error.description))
                }
                _ => Error::Open { port: port.clone(), source: io::Error::other(error.description) },
            }
        })?;
        let mut settings = settings;
        // Modems buffer little: without flow control long sounds would be cut. Not every port has the lines for it.
        if let Err(error) = settings.set_flow_control(serialport::FlowControl::Hardware) {
            log::debug!("{}: no hardware flow control: {error}", path.display());
        }
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let has_queue = !real.starts_with("/dev/pts");
        Ok(Self { path: port, file: Arc::new(file), settings, has_queue })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A handle for the thread that reads, so that it need not hold the port while it waits.
    pub(crate) fn reader(&self) -> Reader {
        Reader { path: self.path.clone(), file: Arc::clone(&self.file) }
    }

    /// Bytes that wait in the system to be sent, where that can be known.
    pub(crate) fn queued(&self) -> Option<usize> {
        if !self.has_queue {
            return None;
        }
        self.settings.bytes_to_write().ok().and_then(|n| usize::try_from(n).ok())
    }

    /// Writes all of it, or fails within [`STALLED_AFTER`].
    pub(crate) fn write(&self, mut bytes: &[u8]) -> Result<(), Error> {
        let deadline = Instant::now() + STALLED_AFTER;
        while !bytes.is_empty() {
            match rustix::io::write(&*self.file, bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    if Instant::now() >= deadline {
                        return Err(Error::Stalled { port: self.path.clone(), within: STALLED_AFTER });
                    }
                    let mut fds = [PollFd::new(&*self.file, PollFlags::OUT)];
                    let _ = poll(&mut fds, timespec(Some(deadline)).as_ref());
                }
                Err(errno) => return Err(Error::Lost { port: self.path.clone(), source: errno.into() }),
            }
        }
        Ok(())
    }

    /// Drops DTR, which makes most modems hang up; a port without that line is left as it is.
    pub(crate) fn drop_dtr(&mut self) {
        let _ = self.settings.write_data_terminal_ready(false);
    }
}

/// The reading end of a port.
#[derive(Debug)]
pub(crate) struct Reader {
    path: PathBuf,
    file: Arc<File>,
}

impl Reader {
    /// Waits for bytes, a wake-up or the time.
    pub(crate) fn wait(&self, waker: &Waker, until: Option<Instant>) -> Result<Woken, Error> {
        let mut fds = [
            PollFd::new(&*self.file, PollFlags::IN),
            PollFd::from_borrowed_fd(waker.0.as_fd(), PollFlags::IN),
        ];
        match poll(&mut fds, timespec(until).as_ref()) {
            Ok(0) => Ok(Woken::Time),
            Ok(_) if !fds[0].revents().is_empty() => Ok(Woken::Port),
            Ok(_) => {
                waker.clear();
                Ok(Woken::Waker)
            }
            Err(rustix::io::Errno::INTR) => Ok(Woken::Waker),
            Err(errno) => Err(Error::Lost { port: self.path.clone(), source: errno.into() }),
        }
    }

    /// Reads what is there. Only "nothing there" and "interrupted" mean go on; all else is a lost device.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let lost = |source: io::Error| Error::Lost { port: self.path.clone(), source };
        match rustix::io::read(&*self.file, buffer) {
            Ok(0) => Err(lost(io::ErrorKind::BrokenPipe.into())),
            Ok(n) => Ok(n),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(0),
            Err(errno) => Err(lost(errno.into())),
        }
    }
}

fn explain(port: PathBuf, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::Absent { port },
        io::ErrorKind::PermissionDenied => Error::NotPermitted { port },
        io::ErrorKind::ResourceBusy => busy(port),
        _ if matches!(source.raw_os_error(), Some(6 | 19)) => Error::Absent { port },
        _ => Error::Open { port, source },
    }
}

fn busy(port: PathBuf) -> Error {
    let user = crate::port_user::user_of(&port);
    Error::Busy { port, user }
}
