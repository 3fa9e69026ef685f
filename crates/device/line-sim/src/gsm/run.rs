//! The simulated stick behind a serial port, and what may be done to it from outside.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::deed::Deed;
use super::profile::{SimCard, StickProfile};
use super::stick::{Seen, Stick, StickOutput};
use crate::Error;
use crate::pty::{SimPort, Waker};

/// How many deeds wait.
const DEED_ROOM: usize = 256;
/// How much of what was seen waits for whoever looks; more is forgotten.
const SEEN_ROOM: usize = 4096;
/// The longest that the thread sleeps.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// A simulated stick behind a serial port, on a thread of its own. Dropping it unplugs it.
#[derive(Debug)]
pub struct SimStick {
    path: PathBuf,
    deeds: Sender<Deed>,
    waker: Waker,
    /// What the network and the other people see.
    pub seen: Receiver<Seen>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl SimStick {
    /// Plugs a stick in, behind `link` or a link of its own.
    ///
    /// # Errors
    ///
    /// If there is no pseudo-terminal or the link cannot be made.
    pub fn plug_in(profile: StickProfile, card: SimCard, link: Option<&Path>) -> Result<Self, Error> {
        Self::with_ports(Stick::new(profile, card), SimPort::new(link)?, None)
    }

    /// Plugs in a stick that tells events on a port of its own, behind the second link; there nothing is answered.
    ///
    /// # Errors
    ///
    /// If there is no pseudo-terminal or a link cannot be made.
    pub fn plug_in_pair(
        profile: StickProfile,
        card: SimCard,
        link: Option<&Path>,
        event_link: &Path,
    ) -> Result<Self, Error> {
        let mut stick = Stick::new(profile, card);
        stick.events_apart();
        Self::with_ports(stick, SimPort::new(link)?, Some(SimPort::new(Some(event_link))?))
    }

    fn with_ports(stick: Stick, port: SimPort, events: Option<SimPort>) -> Result<Self, Error> {
        let path = port.path().to_owned();
        let waker = port.waker();
        let (deeds, orders) = bounded(DEED_ROOM);
        let (seen_sender, seen) = bounded(SEEN_ROOM);
        let thread = std::thread::Builder::new()
            .name("sim-stick".into())
            .spawn(move || run(port, events, stick, &orders, &seen_sender))
            .map_err(Error::NoPty)?;
        Ok(Self { path, deeds, waker, seen, thread: Some(thread) })
    }

    /// What the other side opens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does something to it.
    pub fn deed(&self, deed: Deed) {
        self.hand().deed(deed);
    }

    /// A hand that can do things to it from another thread.
    pub fn hand(&self) -> SimHand {
        SimHand { deeds: self.deeds.clone(), waker: self.waker.clone() }
    }
}

/// Does things to a [`SimStick`], for as long as it is there.
#[derive(Debug, Clone)]
pub struct SimHand {
    deeds: Sender<Deed>,
    waker: Waker,
}

impl SimHand {
    /// Does something to the stick.
    pub fn deed(&self, deed: Deed) {
        if self.deeds.send(deed).is_ok() {
            self.waker.wake();
        }
    }
}

impl Drop for SimStick {
    fn drop(&mut self) {
        let _ = self.deeds.try_send(Deed::Stop);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    mut port: SimPort,
    mut events: Option<SimPort>,
    mut stick: Stick,
    orders: &Receiver<Deed>,
    seen: &Sender<Seen>,
) {
    let mut unsent: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        loop {
            match orders.try_recv() {
                Ok(Deed::Stop) | Err(TryRecvError::Disconnected) => return,
                Ok(Deed::Unplug) => {
                    port.unplug();
                    events.iter_mut().for_each(SimPort::unplug);
                    stick.replug(Instant::now());
                    unsent.clear();
                }
                Ok(Deed::PlugIn) => {
                    for port in std::iter::once(&mut port).chain(&mut events) {
                        if let Err(error) = port.plug_in() {
                            log::error!("{error}");
                        }
                    }
                }
                Ok(deed) => act(&mut stick, Instant::now(), deed),
                Err(TryRecvError::Empty) => break,
            }
        }
        stick.handle_timeout(Instant::now());
        let next = loop {
            match stick.poll_output() {
                StickOutput::Transmit(bytes) => unsent.extend(bytes),
                StickOutput::TransmitEvent(bytes) => {
                    if let Some(Err(error)) = events.as_mut().map(|port| tell(port, &bytes)) {
                        log::debug!("simulated stick: events: {error}");
                    }
                }
                StickOutput::Seen(what) => {
                    let _ = seen.try_send(what);
                }
                StickOutput::Timeout(at) => break at,
            }
        };
        if !unsent.is_empty() && port.is_plugged_in() {
            match port.write(&unsent) {
                Ok(written) => drop(unsent.drain(..written)),
                Err(_) => unsent.clear(),
            }
        }
        let wait =
            next.map_or(LONGEST_WAIT, |at| at.saturating_duration_since(Instant::now()).min(LONGEST_WAIT));
        match port.wait(!unsent.is_empty(), Some(wait)) {
            Ok(ready) if ready.readable => {
                if let Ok(read) = port.read(&mut buffer) {
                    stick.handle_bytes(Instant::now(), &buffer[..read]);
                }
            }
            Ok(_) => {}
            Err(error) => {
                log::debug!("simulated stick: {error}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// Writes to the port for events, where nothing that is asked is answered. What finds no room is lost.
fn tell(port: &mut SimPort, bytes: &[u8]) -> Result<(), Error> {
    let mut asked = [0; 256];
    while port.wait(false, Some(Duration::ZERO))?.readable && port.read(&mut asked)? > 0 {}
    port.write(bytes).map(drop)
}

fn act(stick: &mut Stick, now: Instant, deed: Deed) {
    match deed {
        Deed::Call(number) => {
            stick.call_in(now, number.as_deref());
        }
        Deed::Answer(number) => {
            stick.remote_answers(now, &number);
        }
        Deed::HangUp(number) => {
            stick.remote_ends(now, &number);
        }
        Deed::Digit(digit) => stick.remote_digit(digit),
        Deed::Sms { from, text, lost } => {
            stick.sms_in(&from, &text, &lost);
        }
        Deed::Subscriber(number, does) => stick.subscriber(&number, does),
        Deed::Signal(rssi) => stick.set_signal(rssi),
        Deed::Network(status) => stick.set_network(status),
        Deed::Fault(fault) => stick.fault(fault),
        Deed::Unplug | Deed::PlugIn | Deed::Stop => {}
    }
}
