//! The call monitor on port 1012: one connection that is always there, or will be soon.

use std::io::{self, Read as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use call_monitor::LineFramer;
use crossbeam_channel::Sender;
use socket2::{SockRef, TcpKeepalive};

use super::FromMonitor;
use super::back_off::BackOff;
use crate::{Error, FritzBoxSettings};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the thread looks whether it is to stop.
const READ_TIMEOUT: Duration = Duration::from_millis(500);
/// A dead peer is asked for a sign of life after so long without a word,
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// then so often,
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// and this often before it is given up.
const KEEPALIVE_PROBES: u32 = 3;
/// Linux gives up a little earlier with this, so that a dead peer is found within a minute, not just after it.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(45);
/// A connection that lasted so long was a good one: the next loss is retried at once.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// Reads for ever, until `stop` is set or nobody listens any more.
pub(super) fn run(settings: &FritzBoxSettings, out: &Sender<FromMonitor>, stop: &Arc<AtomicBool>) {
    let mut back_off = BackOff::new();
    while !stop.load(Ordering::Relaxed) {
        let error = match connect(&settings.address, settings.monitor_port) {
            Ok(stream) => {
                if out.send(FromMonitor::Up).is_err() {
                    return;
                }
                let since = Instant::now();
                let source = listen(stream, settings, out, stop);
                if since.elapsed() >= GOOD_AFTER {
                    back_off = BackOff::new();
                }
                match source {
                    Some(source) => {
                        let peer = peer(&settings.address, settings.monitor_port);
                        log::warn!("the call monitor at {peer} was lost: {source}");
                        Error::Broken { peer, source }
                    }
                    None => return,
                }
            }
            Err(error) => error,
        };
        let retry_in = back_off.next();
        if out.send(FromMonitor::Down { reason: error.to_string().into(), retry_in }).is_err() {
            return;
        }
        let until = Instant::now() + retry_in;
        while Instant::now() < until && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(READ_TIMEOUT.min(until.saturating_duration_since(Instant::now())));
        }
    }
}

fn peer(address: &str, port: u16) -> Box<str> {
    format!("{address}:{port}").into()
}

fn connect(address: &str, port: u16) -> Result<TcpStream, Error> {
    let found = (address, port)
        .to_socket_addrs()
        .map_err(|source| Error::Unknown { address: address.into(), source })?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for socket_address in found {
        match TcpStream::connect_timeout(&socket_address, CONNECT_TIMEOUT).and_then(prepare) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    let peer = peer(address, port);
    Err(match last.kind() {
        io::ErrorKind::ConnectionRefused => Error::MonitorOff { peer },
        _ => Error::Unreachable { peer, source: last },
    })
}

/// Lets the system look after a connection on which nothing is ever said from our side.
fn prepare(stream: TcpStream) -> io::Result<TcpStream> {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
    #[cfg(not(windows))]
    let keepalive = keepalive.with_retries(KEEPALIVE_PROBES);
    let socket = SockRef::from(&stream);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    Ok(stream)
}

/// Reads until the connection is lost, and says why; `None` if it is to stop.
fn listen(
    mut stream: TcpStream,
    settings: &FritzBoxSettings,
    out: &Sender<FromMonitor>,
    stop: &Arc<AtomicBool>,
) -> Option<io::Error> {
    let every = Duration::from_secs(60 * u64::from(settings.reconnect_minutes));
    let mut made = Instant::now();
    let mut framer = LineFramer::new();
    let mut twice = Overlap::default();
    let mut buffer = [0; 4096];
    loop {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        match stream.read(&mut buffer) {
            Ok(0) => {
                return Some(io::Error::new(io::ErrorKind::UnexpectedEof, "the box ended the connection"));
            }
            Ok(count) => {
                let mut heard = true;
                framer.push(buffer.get(..count).unwrap_or_default(), |line| {
                    if !twice.is_second(line) {
                        heard &= out.send(FromMonitor::Line(line.into())).is_ok();
                    }
                });
                if !heard {
                    return None;
                }
            }
            Err(error) if is_wait(&error) => {}
            Err(error) => return Some(error),
        }
        if !every.is_zero() && made.elapsed() >= every {
            made = Instant::now();
            // The new connection is there before the old one ends, so nothing is missed; what comes on both is told
            // once. If there is no new one to be had, the old one is kept: it may be well.
            if let Ok(fresh) = connect(&settings.address, settings.monitor_port) {
                let old = std::mem::replace(&mut stream, fresh);
                twice = Overlap::drain(old, &mut framer, |line| {
                    let _ = out.send(FromMonitor::Line(line.into()));
                });
                framer.reset();
            }
        }
    }
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Lines that came on the old connection while the new one was there already: the new one will say them again.
#[derive(Debug, Default)]
struct Overlap {
    lines: Vec<Box<[u8]>>,
}

/// How long the old connection is read on; the box sends to all its listeners within a moment.
const OVERLAP: Duration = Duration::from_millis(300);
/// More lines than that do not come in that time.
const OVERLAP_LINES: usize = 64;

impl Overlap {
    /// Reads the rest of the old connection.
    fn drain(mut old: TcpStream, framer: &mut LineFramer, mut tell: impl FnMut(&[u8])) -> Self {
        let mut out = Self::default();
        let until = Instant::now() + OVERLAP;
        let mut buffer = [0; 4096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || old.set_read_timeout(Some(left)).is_err() {
                return out;
            }
            match old.read(&mut buffer) {
                Ok(0) => return out,
                Ok(count) => framer.push(buffer.get(..count).unwrap_or_default(), |line| {
                    tell(line);
                    if out.lines.len() < OVERLAP_LINES {
                        out.lines.push(line.into());
                    }
                }),
                Err(error) if is_wait(&error) => {}
                Err(_) => return out,
            }
        }
    }

    /// Whether this line was told already. Lines carry their time, so a line that is the same is the same.
    fn is_second(&mut self, line: &[u8]) -> bool {
        match self.lines.iter().position(|l| **l == *line) {
            Some(at) => {
                self.lines.remove(at);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_comes_on_the_old_and_the_new_connection_is_told_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let old = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut server = listener.accept().unwrap().0;
        // Half a line was read before; its rest comes while the new connection is there already.
        let mut framer = LineFramer::new();
        framer.push(b"17.06.20 10:30:31;DISCON", |_| {});
        server.write_all(b"NECT;0;109;\r\n17.06.20 10:31:00;RING;0;03023125555;69001;SIP0;\r\n").unwrap();
        drop(server);
        let mut told = Vec::new();
        let mut overlap = Overlap::drain(old, &mut framer, |line| told.push(line.to_vec()));
        assert_eq!(told.len(), 2);
        assert!(overlap.is_second(b"17.06.20 10:31:00;RING;0;03023125555;69001;SIP0;"));
        assert!(!overlap.is_second(b"17.06.20 10:31:00;RING;0;03023125555;69001;SIP0;"));
        assert!(!overlap.is_second(b"17.06.20 10:32:00;RING;0;03023125555;69001;SIP0;"));
    }

    #[test]
    fn a_connection_is_looked_after_by_the_system() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = connect("127.0.0.1", listener.local_addr().unwrap().port()).unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        #[cfg(target_os = "linux")]
        assert_eq!(
            (socket.tcp_keepalive_time().unwrap(), socket.tcp_keepalive_interval().unwrap()),
            (KEEPALIVE_IDLE, KEEPALIVE_INTERVAL)
        );
    }
}
