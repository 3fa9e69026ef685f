//! The simulator's end of a serial port: a pseudo-terminal behind a link that stays the same.
//!
//! The other side opens [`SimPort::path`] as it would open `/dev/ttyACM0`. Unlike a bare
//! pseudo-terminal, the port behaves as a device with a plug: it notices when a program opens or closes
//! it (on a real port: DTR), what is sent while nobody has it open is lost, and it can be unplugged
//! and plugged in again under the same name.
//!
//! Every handle is close-on-exec, so a simulator may start other programs without keeping a
//! dead port alive in them.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::{Mode, OFlags, inotify};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use crate::Error;

/// How often a port is looked at for a program that opens it, where the system cannot tell by itself.
const LOOK_FOR_OPENERS: Duration = Duration::from_millis(20);

/// Numbers the links of one process.
static NEXT_LINK: AtomicU64 = AtomicU64::new(0);

/// What [`SimPort::wait`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ready {
    /// Bytes can be read.
    pub readable: bool,
    /// Bytes can be written.
    pub writable: bool,
    /// Somebody called [`Waker::wake`].
    pub woken: bool,
    /// A program has opened the port.
    pub opened: bool,
    /// The last program that had the port open has closed it.
    pub closed: bool,
}

/// Ends a [`SimPort::wait`] from another thread.
#[derive(Debug, Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// Ends the wait that is on, or the next one at once.
    pub fn wake(&self) {
        // Fails only when the counter is full, and then the wait ends anyway.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }
}

/// The simulator's end of a serial port.
#[derive(Debug)]
pub struct SimPort {
    link: PathBuf,
    /// The folder made for the link, if it was made by us.
    folder: Option<PathBuf>,
    plugged: Option<Plugged>,
    wake: Arc<OwnedFd>,
}

/// The pseudo-terminal of a port that is plugged in.
#[derive(Debug)]
struct Plugged {
    master: OwnedFd,
    /// `/dev/pts/N`.
    slave: PathBuf,
    /// Tells that somebody opened the slave; `None` where the system has no watches left.
    openers: Option<OwnedFd>,
    /// Some program has the port open.
    open: bool,
}

impl SimPort {
    /// A port that is plugged in, behind `link`. Without a link one is made in the folder for temporary
    /// files, and taken away with the port.
    ///
    /// # Errors
    ///
    /// [`Error::NoPty`], [`Error::Link`] or [`Error::InTheWay`].
    pub fn new(link: Option<&Path>) -> Result<Self, Error> {
        let (link, folder) = match link {
            Some(link) => (link.to_owned(), None),
            None => {
                let folder = std::env::temp_dir().join(format!(
                    "line-sim-{}-{}",
                    std::process::id(),
                    NEXT_LINK.fetch_add(1, Ordering::Relaxed)
                ));
                fs::create_dir_all(&folder).map_err(|source| Error::Link { path: folder.clone(), source })?;
                (folder.join("ttySIM0"), Some(folder))
            }
        };
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(port_error)?;
        let mut port = Self { link, folder, plugged: None, wake: Arc::new(wake) };
        port.plug_in()?;
        Ok(port)
    }

    /// What the other side opens. Stays the same when the device is unplugged and comes back.
    pub fn path(&self) -> &Path {
        &self.link
    }

    /// Whether the device is plugged in.
    pub fn is_plugged_in(&self) -> bool {
        self.plugged.is_some()
    }

    /// Whether a program has the port open, as far as the last [`SimPort::wait`] saw.
    pub fn is_open(&self) -> bool {
        self.plugged.as_ref().is_some_and(|p| p.open)
    }

    /// Pulls the plug: the link goes, and whoever has the port open sees it die.
    pub fn unplug(&mut self) {
        if self.plugged.take().is_some() {
            let _ = fs::remove_file(&self.link);
        }
    }

    /// Puts the plug back in, under the same name. Does nothing if it is in.
    ///
    /// # Errors
    ///
    /// As for [`SimPort::new`].
    pub fn plug_in(&mut self) -> Result<(), Error> {
        if self.plugged.is_none() {
            let plugged = Plugged::new()?;
            point(&self.link, &plugged.slave)?;
            self.plugged = Some(plugged);
        }
        Ok(())
    }

    /// A handle that ends [`SimPort::wait`] from another thread.
    pub fn waker(&self) -> Waker {
        Waker(self.wake.clone())
    }

    /// Waits for bytes, for room to write (only if `to_write`), for a program that opens or closes the
    /// port, for the waker, or for the time to pass. `None` waits without end.
    ///
    /// # Errors
    ///
    /// [`Error::Port`].
    pub fn wait(&mut self, to_write: bool, timeout: Option<Duration>) -> Result<Ready, Error> {
        self.wait_to(true, to_write, timeout)
    }

    /// As [`SimPort::wait`], but for bytes only if `to_read`: a device with flow control leaves them
    /// where they are until it has room.
    ///
    /// # Errors
    ///
    /// [`Error::Port`].
    pub fn wait_to(
        &mut self,
        to_read: bool,
        to_write: bool,
        timeout: Option<Duration>,
    ) -> Result<Ready, Error> {
        let mut ready = Ready::default();
        let Some(plugged) = &mut self.plugged else {
            wait_for(&mut [PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN)], timeout)?;
            ready.woken = drain(self.wake.as_fd());
            return Ok(ready);
        };
        let mut wanted = PollFlags::empty();
        wanted.set(PollFlags::IN, to_read);
        wanted.set(PollFlags::OUT, to_write);
        let wake = PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN);
        let seen = if plugged.open {
            let mut fds = [wake, PollFd::new(&plugged.master, wanted)];
            wait_for(&mut fds, timeout)?;
            fds[1].revents()
        } else {
            // A port without programs reports nothing but that, at once and for ever, so it is not waited for.
            let now = plugged.look(wanted)?;
            if !now.contains(PollFlags::HUP) || now.contains(PollFlags::IN) {
                now
            } else if let Some(openers) = &plugged.openers {
                let mut fds = [wake, PollFd::new(openers, PollFlags::IN)];
                wait_for(&mut fds, timeout)?;
                plugged.look(wanted)?
            } else {
                let slice = timeout.map_or(LOOK_FOR_OPENERS, |t| t.min(LOOK_FOR_OPENERS));
                wait_for(&mut [wake], Some(slice))?;
                plugged.look(wanted)?
            }
        };
        ready.woken = drain(self.wake.as_fd());
        ready.readable = seen.contains(PollFlags::IN);
        let open = !seen.contains(PollFlags::HUP);
        ready.writable = open && seen.contains(PollFlags::OUT);
        if open != plugged.open && !(plugged.open && ready.readable) {
            plugged.open = open;
            ready.opened = open;
            ready.closed = !open;
            if ready.closed {
                plugged.forget_unread();
            }
        }
        Ok(ready)
    }

    /// Reads what the other side has sent; 0 if there is nothing now, or nobody there.
    ///
    /// # Errors
    ///
    /// [`Error::Unplugged`] or [`Error::Port`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let plugged = self.plugged.as_ref().ok_or(Error::Unplugged)?;
        match rustix::io::read(&plugged.master, buffer) {
            Ok(n) => Ok(n),
            Err(Errno::AGAIN | Errno::INTR | Errno::IO) => Ok(0),
            Err(e) => Err(port_error(e)),
        }
    }

    /// Sends as much as the port takes now and says how much that was. A port that nobody has open
    /// takes everything, and it is lost.
    ///
    /// # Errors
    ///
    /// [`Error::Unplugged`] or [`Error::Port`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let plugged = self.plugged.as_ref().ok_or(Error::Unplugged)?;
        if !plugged.open {
            return Ok(bytes.len());
        }
        match rustix::io::write(&plugged.master, bytes) {
            Ok(n) => Ok(n),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(Errno::IO) => Ok(bytes.len()),
            Err(e) => Err(port_error(e)),
        }
    }
}

impl Drop for SimPort {
    fn drop(&mut self) {
        self.unplug();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Plugged {
    fn new() -> Result<Self, Error> {
        let no_pty = |e: Errno| Error::NoPty(e.into());
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).map_err(no_pty)?;
        grantpt(&master).map_err(no_pty)?;
        unlockpt(&master).map_err(no_pty)?;
        let name = ptsname(&master, Vec::new()).map_err(no_pty)?;
        let slave = PathBuf::from(name.to_string_lossy().into_owned());
        rustix::io::ioctl_fionbio(&master, true).map_err(no_pty)?;

        // A modem neither echoes through the terminal nor edits lines. Kept while the master lives.
        let handle = open_slave(&slave).map_err(no_pty)?;
        let mut modes = tcgetattr(&handle).map_err(no_pty)?;
        modes.make_raw();
        tcsetattr(&handle, OptionalActions::Now, &modes).map_err(no_pty)?;
        drop(handle);

        let openers = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)
            .ok()
            .filter(|watch| inotify::add_watch(watch, &slave, inotify::WatchFlags::OPEN).is_ok());
        Ok(Self { master, slave, openers, open: false })
    }

    /// How the port is right now.
    fn look(&self, wanted: PollFlags) -> Result<PollFlags, Error> {
        if let Some(openers) = &self.openers {
            drain(openers.as_fd());
        }
        let mut fds = [PollFd::new(&self.master, wanted)];
        wait_for(&mut fds, Some(Duration::ZERO))?;
        Ok(fds[0].revents())
    }

    /// Drops what nobody has read, as a port does that is closed.
    fn forget_unread(&self) {
        if let Ok(handle) = open_slave(&self.slave) {
            let _ = tcflush(&handle, QueueSelector::IFlush);
        }
    }
}

fn open_slave(path: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())
}

/// Lets the link point to the slave in one step, so that nobody ever finds it missing or half made.
fn point(link: &Path, slave: &Path) -> Result<(), Error> {
    let failed = |source| Error::Link { path: link.to_owned(), source };
    match fs::symlink_metadata(link) {
        Ok(there) if !there.file_type().is_symlink() => return Err(Error::InTheWay(link.to_owned())),
        _ => {}
    }
    let mut fresh = link.as_os_str().to_owned();
    fresh.push(format!(".{}.new", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let _ = fs::remove_file(&fresh);
    std::os::unix::fs::symlink(slave, &fresh).map_err(failed)?;
    fs::rename(&fresh, link).map_err(failed)
}

fn wait_for(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> Result<(), Error> {
    let timeout = timeout.and_then(|t| Timespec::try_from(t).ok());
    match poll(fds, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(e) => Err(port_error(e)),
    }
}

/// Reads until nothing is left, and says whether there was something.
fn drain(fd: BorrowedFd<'_>) -> bool {
    let mut buffer = [0u8; 1024];
    let mut some = false;
    while matches!(rustix::io::read(fd, &mut buffer), Ok(n) if n > 0) {
        some = true;
    }
    some
}

fn port_error(e: Errno) -> Error {
    Error::Port(e.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_secs(10));

    fn until(port: &mut SimPort, mut seen: impl FnMut(Ready) -> bool) {
        for _ in 0..100 {
            if seen(port.wait(false, LONG).unwrap()) {
                return;
            }
        }
        panic!("never seen");
    }

    fn client(port: &SimPort) -> fs::File {
        fs::File::options().read(true).write(true).open(port.path()).unwrap()
    }

    #[test]
    fn bytes_pass_unchanged_both_ways_and_programs_come_and_go() {
        let mut port = SimPort::new(None).unwrap();
        assert!(!port.is_open());
        assert_eq!(port.write(b"nobody hears this").unwrap(), 17);
        for round in 0..3u8 {
            let mut file = client(&port);
            until(&mut port, |r| r.opened);
            let all: Vec<u8> = (0..=255).map(|b: u8| b ^ round).collect();
            assert_eq!(port.write(&all).unwrap(), 256);
            let mut got = [0; 256];
            file.read_exact(&mut got).unwrap();
            assert_eq!(got[..], all[..]);
            file.write_all(&all).unwrap();
            until(&mut port, |r| r.readable);
            let mut back = vec![0; 512];
            let n = port.read(&mut back).unwrap();
            assert_eq!(back[..n], all[..]);
            // Left unread, it must not reach the next program.
            port.write(b"stale").unwrap();
            drop(file);
            until(&mut port, |r| r.closed);
        }
    }

    #[test]
    fn what_was_written_just_before_closing_is_read() {
        let mut port = SimPort::new(None).unwrap();
        let mut file = client(&port);
        file.write_all(b"ATH\r").unwrap();
        drop(file);
        let mut got: Vec<u8> = Vec::new();
        let mut buffer = [0; 16];
        while got.len() < 4 {
            let ready = port.wait(false, LONG).unwrap();
            assert!(!ready.closed || ready.readable);
            let n = port.read(&mut buffer).unwrap();
            got.extend(&buffer[..n]);
        }
        assert_eq!(got, b"ATH\r");
    }

    #[test]
    fn unplugged_and_back_under_the_same_name() {
        let mut port = SimPort::new(None).unwrap();
        let path = port.path().to_owned();
        let mut file = client(&port);
        until(&mut port, |r| r.opened);
        port.unplug();
        assert!(!path.exists() && fs::symlink_metadata(&path).is_err());
        assert!(file.read(&mut [0; 8]).map_or(true, |n| n == 0));
        assert!(matches!(port.write(b"x"), Err(Error::Unplugged)));
        port.plug_in().unwrap();
        let mut file = client(&port);
        until(&mut port, |r| r.opened);
        port.write(b"back").unwrap();
        let mut got = [0; 4];
        file.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"back");
        drop(port);
        assert!(fs::symlink_metadata(&path).is_err());
    }

    #[test]
    fn a_wait_ends_when_woken() {
        let mut port = SimPort::new(None).unwrap();
        port.waker().wake();
        assert!(port.wait(false, None).unwrap().woken);
        port.unplug();
        port.waker().wake();
        assert!(port.wait(false, None).unwrap().woken);
    }

    #[test]
    fn a_file_in_the_way_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("line-sim-way-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("precious");
        fs::write(&path, "text").unwrap();
        assert!(matches!(SimPort::new(Some(&path)), Err(Error::InTheWay(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        fs::remove_dir_all(folder).unwrap();
    }
}
