//! The thread that owns the stick.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, never, select};
use serialport::TTYPort;

use crate::find::{Found, is_only_waiting, open, open_port};
use crate::machine::{Machine, MachineOutput, Port};
use crate::{Error, GsmCommand, GsmEvent, Settings};

/// How many events wait for whoever takes them.
const EVENT_ROOM: usize = 1024;
/// How many commands wait for the stick.
const COMMAND_ROOM: usize = 256;
/// How many pieces of bytes wait to be worked off.
const BYTE_ROOM: usize = 64;
/// The first pause before a lost stick is tried again, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long ending the calls may take when nobody commands any more.
const LAST_CALLS: Duration = Duration::from_secs(8);
/// How long one write may take: a stick that takes nothing for so long is gone.
const WRITE_LIMIT: Duration = Duration::from_secs(3);

/// A GSM modem at work: its events, and the way to command it. Dropping the commands ends the thread, with every
/// call ended first.
#[derive(Debug)]
pub struct GsmLine {
    /// What it reports.
    pub events: Receiver<GsmEvent>,
    /// What it is asked to do.
    pub commands: Sender<GsmCommand>,
}

/// Starts a thread that finds the stick, sets it up, and keeps it going for ever.
///
/// # Errors
///
/// Only if no thread can be started: a stick that is not there is waited for.
pub fn spawn(settings: Settings) -> Result<GsmLine, Error> {
    let (sender, events) = bounded(EVENT_ROOM);
    let (commands, receiver) = bounded(COMMAND_ROOM);
    std::thread::Builder::new()
        .name("gsm-modem".into())
        .spawn(move || Keeper::new(settings, sender, receiver).run())
        .map_err(Error::Thread)?;
    Ok(GsmLine { events, commands })
}

/// Why the talk with a stick ended.
enum Ended {
    Stop,
    Lost(Box<str>),
}

/// Keeps one stick going.
struct Keeper {
    settings: Settings,
    events: Sender<GsmEvent>,
    commands: Receiver<GsmCommand>,
    dropped: u64,
    /// A PIN was tried in this run and not found right.
    pin_tried: bool,
    stop_at: Option<Instant>,
}

impl Keeper {
    fn new(settings: Settings, events: Sender<GsmEvent>, commands: Receiver<GsmCommand>) -> Self {
        Self { settings, events, commands, dropped: 0, pin_tried: false, stop_at: None }
    }

    fn run(mut self) {
        let mut pause = BACK_OFF.0;
        let mut last: Option<Machine> = None;
        loop {
            let reason: Box<str> = match open(&self.settings) {
                Ok(Found { path, port, events }) => {
                    log::info!("GSM stick at {}", path.display());
                    let now = Instant::now();
                    let mut machine = Machine::new(now, self.settings.clone(), self.may_try_pin());
                    if let Some(last) = &mut last {
                        machine.follow(last);
                    }
                    let ended = self.serve(&mut machine, port, events);
                    if machine.is_up() {
                        pause = BACK_OFF.0;
                    }
                    self.settings.show_lines = machine.shows_lines();
                    last = Some(machine);
                    match ended {
                        Ended::Stop => return,
                        Ended::Lost(reason) => reason,
                    }
                }
                Err(reason) => reason.into(),
            };
            // Two programs that fight for a stick must not meet again and again.
            let retry_in = pause.mul_f64(0.75 + fastrand::f64() * 0.5);
            pause = (pause * 2).min(BACK_OFF.1);
            log::warn!("GSM stick: {reason}; trying again in {retry_in:.1?}");
            self.tell(GsmEvent::Down { reason, retry_in });
            if self.wait(retry_in) {
                return;
            }
        }
    }

    /// Waits without a stick; true to stop. Commands are answered with what they cannot do.
    fn wait(&mut self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            match self.commands.recv_deadline(until) {
                Ok(GsmCommand::ShutDown { .. }) | Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
                Ok(command) => {
                    let now = Instant::now();
                    let mut nobody = Machine::new(now, self.settings.clone(), false);
                    nobody.command(now, command);
                    while let output @ (MachineOutput::Event(_) | MachineOutput::Transmit(_)) =
                        nobody.poll_output()
                    {
                        if let MachineOutput::Event(event) = output {
                            self.tell(event);
                        }
                    }
                    self.settings.show_lines = nobody.shows_lines();
                }
            }
        }
    }

    fn tell(&mut self, event: GsmEvent) {
        if self.dropped > 0 && self.events.try_send(GsmEvent::Dropped(self.dropped)).is_ok() {
            self.dropped = 0;
        }
        match self.events.try_send(event) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => self.dropped += 1,
        }
    }

    /// Talks with a stick until it is lost or no longer wanted.
    fn serve(&mut self, machine: &mut Machine, mut port: TTYPort, events: Option<PathBuf>) -> Ended {
        let (bytes_sender, bytes) = bounded(BYTE_ROOM);
        let stop = Arc::new(AtomicBool::new(false));
        let mut readers = Vec::new();
        let side = match events {
            Some(path) => match open_port(&path, self.settings.baud) {
                Ok(side) => Some((Port::Events, side)),
                Err(reason) => return Ended::Lost(reason.into()),
            },
            None => None,
        };
        let main = match port.try_clone_native() {
            Ok(main) => (Port::Control, main),
            Err(error) => return Ended::Lost(format!("the port cannot be shared: {error}").into()),
        };
        for (which, port) in std::iter::once(main).chain(side) {
            let (sender, stop) = (bytes_sender.clone(), stop.clone());
            match std::thread::Builder::new()
                .name("gsm-modem-read".into())
                .spawn(move || read(which, port, &sender, &stop))
            {
                Ok(reader) => readers.push(reader),
                Err(error) => return Ended::Lost(format!("no thread to read with: {error}").into()),
            }
        }
        let ended = self.talk(machine, &mut port, &bytes);
        stop.store(true, Ordering::Relaxed);
        drop(bytes);
        for reader in readers {
            let _ = reader.join();
        }
        ended
    }

    fn talk(
        &mut self,
        machine: &mut Machine,
        port: &mut TTYPort,
        bytes: &Receiver<(Port, std::io::Result<Vec<u8>>)>,
    ) -> Ended {
        let mut commands = self.commands.clone();
        loop {
            let next = loop {
                let lost: Box<str> = match machine.poll_output() {
                    MachineOutput::Transmit(bytes) => match write(port, &bytes) {
                        Ok(()) => continue,
                        Err(error) => format!("the stick cannot be written to: {error}").into(),
                    },
                    MachineOutput::Event(event) => {
                        self.tell(event);
                        continue;
                    }
                    MachineOutput::PinTried => match self.note_pin() {
                        Ok(()) => continue,
                        Err(reason) => reason.into(),
                    },
                    MachineOutput::PinRight => {
                        self.forget_pin();
                        continue;
                    }
                    MachineOutput::Lost(reason) => reason,
                    MachineOutput::Timeout(next) => break next,
                };
                return self.lose(machine, lost);
            };
            let now = Instant::now();
            if let Some(stop_at) = self.stop_at
                && (machine.is_idle() || now >= stop_at || !machine.is_up())
            {
                return Ended::Stop;
            }
            let wake = [next, self.stop_at].into_iter().flatten().min();
            let wait = wake.map_or(Duration::from_secs(3600), |at| at.saturating_duration_since(now));
            select! {
                recv(bytes) -> got => match got {
                    Ok((which, Ok(bytes))) => machine.handle_bytes(Instant::now(), which, &bytes),
                    Ok((_, Err(error))) => return self.lose(machine, format!("the stick is gone: {error}").into()),
                    Err(_) => return self.lose(machine, "the stick cannot be read any more".into()),
                },
                recv(commands) -> command => match command {
                    Ok(command) => {
                        let now = Instant::now();
                        if let GsmCommand::ShutDown { within } = &command {
                            self.stop_at = Some(now + *within);
                        }
                        machine.command(now, command);
                    }
                    Err(_) => {
                        // Nobody is left: no call may go on unwatched.
                        commands = never();
                        let now = Instant::now();
                        self.stop_at = Some(now + LAST_CALLS);
                        machine.command(now, GsmCommand::ShutDown { within: LAST_CALLS });
                    }
                },
                default(wait) => {}
            }
            machine.handle_timeout(Instant::now());
        }
    }

    fn lose(&mut self, machine: &mut Machine, reason: Box<str>) -> Ended {
        machine.handle_loss(Instant::now());
        loop {
            match machine.poll_output() {
                MachineOutput::Event(event) => self.tell(event),
                MachineOutput::Timeout(_) => break,
                _ => {}
            }
        }
        if self.stop_at.is_some() { Ended::Stop } else { Ended::Lost(reason) }
    }

    fn pin_note(&self) -> Option<PathBuf> {
        self.settings.state_dir.as_ref().map(|dir| dir.join("pin-tried"))
    }

    fn may_try_pin(&self) -> bool {
        !self.pin_tried && !self.pin_note().is_some_and(|note| note.exists())
    }

    /// Notes that a PIN is about to be tried, before it is sent. The note says nothing of the PIN.
    fn note_pin(&mut self) -> Result<(), String> {
        self.pin_tried = true;
        let Some(note) = self.pin_note() else { return Ok(()) };
        let text = "A PIN was tried here and not found right. Correct it, then remove this file.\n";
        note.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&note, text))
            .and_then(|()| fs::File::open(&note)?.sync_all())
            .map_err(|error| format!("{}: {error}; without this note no PIN is tried", note.display()))
    }

    fn forget_pin(&mut self) {
        self.pin_tried = false;
        if let Some(note) = self.pin_note() {
            let _ = fs::remove_file(note);
        }
    }
}

/// Reads one port until it is gone or no longer wanted.
fn read(
    which: Port,
    mut port: TTYPort,
    sender: &Sender<(Port, std::io::Result<Vec<u8>>)>,
    stop: &AtomicBool,
) {
    let mut buffer = [0; 2048];
    while !stop.load(Ordering::Relaxed) {
        let got = match port.read(&mut buffer) {
            Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => Ok(buffer[..read].to_vec()),
            Err(error) if is_only_waiting(&error) => continue,
            Err(error) => Err(error),
        };
        let gone = got.is_err();
        if sender.send((which, got)).is_err() || gone {
            return;
        }
    }
}

/// Writes everything, or fails once the stick takes nothing for too long.
fn write(port: &mut TTYPort, mut bytes: &[u8]) -> std::io::Result<()> {
    let until = Instant::now() + WRITE_LIMIT;
    while !bytes.is_empty() {
        match port.write(bytes) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if is_only_waiting(&error) && Instant::now() < until => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
