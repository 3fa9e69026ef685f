//! A line's two threads: one reads and keeps the time, one takes commands.
//!
//! Between the byte that completes a caller ID and the event stands one thread, between a command and the
//! byte on its way another; neither sleeps or polls, and neither waits for who listens.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use call_event::{LineCommand, LineEvent, Sound};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::port::{Port, Reader, Waker, Woken};
use crate::recorder::Recorder;
use crate::session::{Output, Session, Stage};
use crate::{Error, Settings, find};

/// Events that wait for who listens; more are dropped and counted.
const MAX_EVENTS: usize = 512;
/// Commands that wait for the line.
const MAX_COMMANDS: usize = 256;
/// Read at once.
const READ: usize = 4096;
/// How long sound gathers before it is read: a wake-up for each 10 ms would cost more than all the hearing.
const GATHER: Duration = Duration::from_millis(30);
/// A line that is asked to stop has so long to go on-hook.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// A line with a voice modem: what it reports, what it is asked to do, and its thread.
///
/// Dropping `commands` or `events` ends any call on-hook and stops the line, as
/// [`LineCommand::ShutDown`] does.
#[derive(Debug)]
pub struct Line {
    /// What the line reports.
    pub events: Receiver<LineEvent>,
    /// What the line is asked to do.
    pub commands: Sender<LineCommand>,
    /// Ends once the line is on-hook and the port is closed.
    pub join: JoinHandle<()>,
}

/// What both threads share.
struct Shared {
    open: Mutex<Option<Open>>,
    waker: Waker,
    events: Sender<LineEvent>,
    outbox: Mutex<Outbox>,
}

#[derive(Default)]
struct Outbox {
    dropped: u64,
    /// Nobody listens any more, or a command said so: the line is to stop.
    stop: bool,
    /// Somebody wants a sign of life, which only the reading thread may give: it is the one that could hang.
    asked: bool,
}

/// An open port with its session.
struct Open {
    port: Port,
    session: Session,
    recorder: Recorder,
    failed: Option<Error>,
    /// Until when the reading thread sleeps at most.
    next: Option<Instant>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in one thread must not keep the other from going on-hook.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn spawn(settings: Settings) -> Line {
    let (events_in, events) = bounded(MAX_EVENTS);
    let (commands, commands_out) = bounded(MAX_COMMANDS);
    let name = format!("line {}", settings.line);
    let join = std::thread::Builder::new().name(name).spawn(move || match Waker::new() {
        Ok(waker) => run(&settings, waker, events_in, commands_out),
        Err(error) => {
            let _ = events_in
                .try_send(LineEvent::Down { reason: error.to_string().into(), retry_in: Duration::ZERO });
        }
    });
    let join = join.unwrap_or_else(|error| {
        // The system is out of threads. The line is dead, and its channels say so.
        log::error!("no thread for a line: {error}");
        std::thread::spawn(|| {})
    });
    Line { events, commands, join }
}

fn run(settings: &Settings, waker: Waker, events: Sender<LineEvent>, commands: Receiver<LineCommand>) {
    let shared =
        Arc::new(Shared { open: Mutex::new(None), waker, events, outbox: Mutex::new(Outbox::default()) });
    let listener = Arc::clone(&shared);
    let spawned = std::thread::Builder::new()
        .name(format!("commands {}", settings.line))
        .spawn(move || take_commands(&listener, &commands));
    if let Err(error) = spawned {
        shared.report(LineEvent::Down { reason: error.to_string().into(), retry_in: Duration::ZERO });
        return;
    }
    let mut pause = settings.retry_first;
    while !shared.stops() {
        let began = Instant::now();
        // A fault of ours must not leave the line off-hook or unguarded.
        let reason = catch_unwind(AssertUnwindSafe(|| guard(settings, &shared)))
            .unwrap_or_else(|_| Some("a fault in the program; the line is opened again".into()));
        shared.close(settings);
        let Some(reason) = reason else { break };
        if began.elapsed() > settings.retry_at_most {
            pause = settings.retry_first;
        }
        let retry_in = pause.mul_f64(0.75 + fastrand::f64() / 2.0);
        pause = (pause * 2).min(settings.retry_at_most);
        log::warn!("line {}: {reason}; next try in {:.1} s", settings.line, retry_in.as_secs_f64());
        shared.report(LineEvent::Down { reason, retry_in });
        let until = Instant::now() + retry_in;
        while !shared.stops() && Instant::now() < until {
            shared.waker.wait(Some(until));
            shared.give_sign_of_life();
        }
    }
}

/// Opens the port and guards the line until the modem is lost (why) or the line is to stop (`None`).
fn guard(settings: &Settings, shared: &Shared) -> Option<Box<str>> {
    let (port, usb) = match open(settings) {
        Ok(open) => open,
        Err(error) => return Some(error.to_string().into()),
    };
    let reader = port.reader();
    let now = Instant::now();
    let session = Session::new(now, settings.clone(), usb);
    *lock(&shared.open) =
        Some(Open { port, session, recorder: Recorder::default(), failed: None, next: None });
    serve(shared, &reader).map(|error| error.to_string().into())
}

pub(crate) fn open(settings: &Settings) -> Result<(Port, Option<(u16, u16)>), Error> {
    let path = match &settings.port {
        Some(path) => path.clone(),
        None => find::find_modem()?,
    };
    let port = Port::open(&path, settings.baud)?;
    Ok((port, find::usb_numbers(&path)))
}

fn serve(shared: &Shared, reader: &Reader) -> Option<Error> {
    let mut buffer = [0u8; READ];
    let mut stop_at: Option<Instant> = None;
    let mut next = Some(Instant::now());
    let mut gathers = false;
    loop {
        let until = match (next, stop_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let enough = Instant::now() + GATHER;
        let called = gathers && shared.waker.wait(Some(until.map_or(enough, |due| due.min(enough))));
        let woken = match called {
            true => Woken::Waker,
            false => match reader.wait(&shared.waker, until) {
                Ok(woken) => woken,
                Err(error) => return shared.lost(error),
            },
        };
        let mut bytes: &[u8] = &[];
        if woken == Woken::Port {
            match reader.read(&mut buffer) {
                Ok(n) => bytes = &buffer[..n],
                Err(error) => return shared.lost(error),
            }
        }
        let now = Instant::now();
        let mut open = lock(&shared.open);
        let open = open.as_mut()?;
        if !bytes.is_empty() {
            open.session.wall = SystemTime::now();
            open.session.handle_bytes(now, bytes);
        }
        if open.next.is_some_and(|at| at <= now) {
            open.session.wall = SystemTime::now();
            if open.session.is_sending() {
                open.session.port_queue = open.port.queued();
            }
            open.session.handle_timeout(now);
        }
        shared.give_sign_of_life();
        if shared.stops() && stop_at.is_none() {
            stop_at = Some(now + STOP_WITHIN);
            open.session.command(now, LineCommand::ShutDown);
        }
        open.drain(now, shared);
        next = open.next;
        gathers = open.session.is_streaming();
        if let Some(error) = open.failed.take() {
            open.session.lost(now, &error.to_string());
            open.drain(now, shared);
            return Some(error);
        }
        match open.session.stage() {
            Stage::Finished => return None,
            Stage::Lost(why) => {
                let why = why.clone();
                return Some(Error::NoModem { port: open.port.path().to_path_buf(), why });
            }
            _ => {}
        }
        if stop_at.is_some_and(|at| at <= now) {
            return None;
        }
    }
}

fn take_commands(shared: &Shared, commands: &Receiver<LineCommand>) {
    loop {
        let Ok(command) = commands.recv() else {
            shared.stop();
            return;
        };
        match command {
            LineCommand::ShutDown => {
                shared.stop();
                return;
            }
            LineCommand::SignOfLife => {
                lock(&shared.outbox).asked = true;
                shared.waker.wake();
            }
            // Files are read here, where nothing waits for it but the next command.
            LineCommand::Play(Sound::File(file)) => match telephone_audio::read_wav(&file) {
                Ok(samples) => shared.command(LineCommand::Play(Sound::Samples(samples.into()))),
                Err(error) => {
                    let why = Error::Sound { file: file.clone(), why: error.to_string().into() }.to_string();
                    let command = Box::new(LineCommand::Play(Sound::File(file)));
                    shared.report(LineEvent::Refused { command, reason: why.into() });
                }
            },
            command => shared.command(command),
        }
    }
}

impl Shared {
    fn stops(&self) -> bool {
        lock(&self.outbox).stop
    }

    fn stop(&self) {
        lock(&self.outbox).stop = true;
        self.waker.wake();
    }

    fn report(&self, event: LineEvent) {
        let mut outbox = lock(&self.outbox);
        if outbox.dropped > 0 && self.events.try_send(LineEvent::Dropped(outbox.dropped)).is_ok() {
            log::warn!("{} dropped because nobody took them", call_event::counted(outbox.dropped, "event"));
            outbox.dropped = 0;
        }
        match self.events.try_send(event) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => outbox.dropped += 1,
            Err(TrySendError::Disconnected(_)) => {
                // Nobody guards the line any more.
                if !std::mem::replace(&mut outbox.stop, true) {
                    self.waker.wake();
                }
            }
        }
    }

    /// Answers whoever asked, from the thread that could hang.
    fn give_sign_of_life(&self) {
        if std::mem::take(&mut lock(&self.outbox).asked) {
            self.report(LineEvent::Alive);
        }
    }

    fn command(&self, command: LineCommand) {
        let now = Instant::now();
        let mut open = lock(&self.open);
        let Some(open) = open.as_mut() else {
            self.report(LineEvent::Refused {
                command: Box::new(command),
                reason: "the modem is not there".into(),
            });
            return;
        };
        let before = open.next;
        open.session.wall = SystemTime::now();
        if open.session.is_sending() {
            open.session.port_queue = open.port.queued();
        }
        open.session.command(now, command);
        open.drain(now, self);
        // The other thread keeps the time: it is woken only if something is due sooner than it knows.
        let sooner = match (before, open.next) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(next)) => next < before,
        };
        if sooner || open.failed.is_some() || matches!(open.session.stage(), Stage::Lost(_) | Stage::Finished)
        {
            self.waker.wake();
        }
    }

    fn lost(&self, error: Error) -> Option<Error> {
        let now = Instant::now();
        if let Some(open) = lock(&self.open).as_mut() {
            open.session.lost(now, &error.to_string());
            open.drain(now, self);
        }
        Some(error)
    }

    /// Closes the port, with a last word to the modem in case it is still off-hook.
    fn close(&self, settings: &Settings) {
        let Some(mut open) = lock(&self.open).take() else { return };
        if !matches!(open.session.stage(), Stage::Finished) {
            if let Err(error) = open.port.write(b"\x10\x03\rATH0\r") {
                log::debug!("line {}: {error}", settings.line);
            }
            let now = Instant::now();
            if !matches!(open.session.stage(), Stage::Lost(_)) {
                open.session.lost(now, "the line is opened again");
                open.drain(now, self);
            }
        }
        open.port.drop_dtr();
    }
}

impl Open {
    /// Does what the session wants. Bytes to the modem go out before anything is reported.
    fn drain(&mut self, now: Instant, shared: &Shared) {
        loop {
            match self.session.poll_output(now) {
                Output::Transmit(bytes) => {
                    if self.failed.is_none()
                        && let Err(error) = self.port.write(&bytes)
                    {
                        self.failed = Some(error);
                    }
                }
                Output::Event(event) => shared.report(event),
                Output::Record(what) => {
                    if let Some(event) = self.recorder.handle(what) {
                        shared.report(event);
                    }
                }
                Output::Timeout(at) => {
                    self.next = at;
                    return;
                }
            }
        }
    }
}
