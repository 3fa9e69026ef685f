//! The machine on a port of its own, with a thread and a clock: what tests, the demo and other programs use.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::call::{CallerAct, CallerScript};
use super::machine::{Machine, Output};
use super::record::{LogEntry, SimEvent, Status};
use super::settings::{Faults, Settings};
use super::sound::{Coder, Coding, Sound};
use crate::Error;
use crate::pty::{SimPort, Waker};

/// So many entries of the log are kept.
const LOG_KEPT: usize = 20_000;
/// So much that the program on the port does not read is kept.
const UNSENT_KEPT: usize = 1024 * 1024;

/// A simulated voice modem that any program can open.
///
/// Its thread ends, and its link goes, when it is dropped.
#[derive(Debug)]
pub struct SimModem {
    path: PathBuf,
    shared: Arc<Shared>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inner {
    machine: Machine,
    clock: Clock,
    log: VecDeque<LogEntry>,
    unsent: VecDeque<u8>,
    stop: bool,
    /// The plug is to be pulled or put back in.
    plug: Option<bool>,
}

/// The line's time: real time, times the speed.
#[derive(Debug, Clone, Copy)]
struct Clock {
    start: Instant,
    speed: f64,
}

impl Clock {
    fn now(self) -> Instant {
        let real = self.start.elapsed();
        if self.speed == 1.0 { self.start + real } else { self.start + real.mul_f64(self.speed) }
    }

    /// How long to wait, in real time, until the line's time is `at`.
    fn until(self, at: Instant) -> Duration {
        let wait = at.saturating_duration_since(self.now());
        if self.speed == 1.0 { wait } else { wait.div_f64(self.speed) }
    }
}

/// What the other side has heard of us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Each stretch of sound in the coding that was selected, as bytes without DLE shielding.
    pub stretches: Vec<(Coding, Vec<u8>)>,
}

impl Heard {
    /// The bytes, whatever their coding.
    pub fn bytes(&self) -> Vec<u8> {
        self.stretches.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }

    /// The samples.
    pub fn samples(&self) -> Vec<i16> {
        self.stretches.iter().flat_map(|(coding, bytes)| Coder::new(*coding).decode(bytes)).collect()
    }
}

impl SimModem {
    /// A modem that is switched on and plugged in.
    ///
    /// # Errors
    ///
    /// No pseudo-terminal, or no link to it.
    pub fn start(settings: Settings) -> Result<Self, Error> {
        let port = SimPort::new(settings.link.as_deref())?;
        let path = port.path().to_owned();
        let waker = port.waker();
        let speed = if settings.speed > 0.0 && settings.speed.is_finite() { settings.speed } else { 1.0 };
        let start = Instant::now();
        let inner = Inner {
            machine: Machine::new(settings, start),
            clock: Clock { start, speed },
            log: VecDeque::new(),
            unsent: VecDeque::new(),
            stop: false,
            plug: None,
        };
        let shared = Arc::new(Shared { inner: Mutex::new(inner), changed: Condvar::new() });
        let thread = std::thread::Builder::new()
            .name("simulated-modem".into())
            .spawn({
                let shared = shared.clone();
                move || shared.serve(port)
            })
            .map_err(Error::Port)?;
        Ok(Self { path, shared, waker, thread: Some(thread) })
    }

    /// What a program opens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets a call come in. False if the line is not free: the caller then hears the busy tone.
    pub fn ring(&self, script: CallerScript) -> bool {
        self.ask(|machine, now| machine.call_in(now, script))
    }

    /// Lets a call knock while another is on.
    pub fn call_waits(&self, script: &CallerScript) {
        self.ask(|machine, now| machine.call_waits(now, script));
    }

    /// The other side hangs up, or gives up while it rings.
    pub fn caller_hangs_up(&self) {
        self.ask(Machine::caller_hangs_up);
    }

    /// The other side presses keys, after what it is doing already.
    pub fn caller_presses(&self, keys: &str) {
        self.ask(|machine, now| machine.act(now, CallerAct::Press(keys.into())));
    }

    /// The other side says something, after what it is saying already. It is heard while the modem
    /// records; until then the caller waits.
    ///
    /// # Errors
    ///
    /// The file cannot be read or holds no sound that fits the line.
    pub fn caller_says(&self, sound: Sound) -> Result<(), Error> {
        let sound = match sound.load()? {
            super::sound::Loaded::Bytes(bytes) => Sound::Bytes(bytes),
            super::sound::Loaded::Samples(samples) => Sound::Samples(samples),
        };
        self.ask(|machine, now| machine.act(now, CallerAct::Say(sound)));
        Ok(())
    }

    /// The other side does this, after what it is doing already.
    pub fn caller_does(&self, act: CallerAct) {
        self.ask(|machine, now| machine.act(now, act));
    }

    /// The modem reports any code of a voice modem, such as `l` (loop current) or `p` (a telephone on
    /// the same line was picked up).
    pub fn line_code(&self, code: char) {
        if let Ok(code) = u8::try_from(code) {
            self.ask(|machine, now| machine.line_code(now, code));
        }
    }

    /// The modem prints something that nobody asked for.
    pub fn print(&self, bytes: impl AsRef<[u8]>) {
        self.ask(|machine, now| machine.print(now, bytes.as_ref()));
    }

    /// Pulls the plug: the port goes.
    pub fn unplug(&self) {
        self.plug(false);
    }

    /// Puts the plug back in: the port is there again under the same name, the modem starts afresh.
    pub fn replug(&self) {
        self.plug(true);
    }

    fn plug(&self, plugged_in: bool) {
        let mut inner = self.shared.lock();
        inner.plug = Some(plugged_in);
        self.waker.wake();
        // Done when this returns, so that the next line of a test finds it so.
        while inner.plug.is_some() && !inner.stop {
            inner = self.shared.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The modem neither hears nor says anything for that long; `None` for ever.
    pub fn deaf(&self, time: Option<Duration>) {
        self.ask(|machine, now| machine.go_deaf(now, time));
    }

    /// Ends deafness.
    pub fn hear_again(&self) {
        self.ask(Machine::hear_again);
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.ask(|machine, _| machine.set_faults(faults));
    }

    /// Takes what the other side has heard of us since the last time.
    pub fn take_heard(&self) -> Heard {
        Heard { stretches: self.shared.lock().machine.take_heard() }
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        self.shared.lock().machine.status()
    }

    /// What has happened so far, or the newest part of it.
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.lock().log.iter().cloned().collect()
    }

    /// Takes what has happened since the last time.
    pub fn take_log(&self) -> Vec<LogEntry> {
        self.shared.lock().log.drain(..).collect()
    }

    /// The command lines so far.
    pub fn commands(&self) -> Vec<String> {
        let line = |entry: &LogEntry| match &entry.event {
            SimEvent::Command(line) => Some(line.clone()),
            _ => None,
        };
        self.shared.lock().log.iter().filter_map(line).collect()
    }

    /// Waits, in real time, until something has happened that was not taken yet, and takes it.
    pub fn wait_for_log(&self, at_most: Duration) -> Vec<LogEntry> {
        let deadline = Instant::now() + at_most;
        let mut inner = self.shared.lock();
        while inner.log.is_empty() && !inner.stop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        inner.log.drain(..).collect()
    }

    /// The line's own time.
    pub fn now(&self) -> Instant {
        self.shared.lock().clock.now()
    }

    /// How long it takes, in real time, until the line's own time is that.
    pub fn real_time_until(&self, at: Instant) -> Duration {
        self.shared.lock().clock.until(at)
    }

    /// The line's time 0 as a clock reading, to set the log's times beside others; they run alike at
    /// speed 1.
    pub fn started(&self) -> Instant {
        self.shared.lock().clock.start
    }

    /// Waits, in real time, until things stand as wished.
    ///
    /// # Errors
    ///
    /// [`Error::NotSeen`] with the end of the log, if that takes longer than `at_most`.
    pub fn wait_for(
        &self,
        at_most: Duration,
        mut wished: impl FnMut(&Status) -> bool,
    ) -> Result<Status, Error> {
        let deadline = Instant::now() + at_most;
        let mut inner = self.shared.lock();
        loop {
            let status = inner.machine.status();
            if wished(&status) {
                return Ok(status);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let from = inner.log.len().saturating_sub(40);
                let log: String = inner
                    .log
                    .iter()
                    .skip(from)
                    .map(|e| format!("\n{:10.4} {}", e.at.as_secs_f64(), e.event))
                    .collect();
                return Err(Error::NotSeen { log: log.into() });
            }
            let waited = self.shared.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits, in real time, for something to happen that the log tells; what is in the log already counts.
    ///
    /// # Errors
    ///
    /// As for [`SimModem::wait_for`].
    pub fn wait_for_event(
        &self,
        at_most: Duration,
        mut wished: impl FnMut(&SimEvent) -> bool,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + at_most;
        let mut inner = self.shared.lock();
        while !inner.log.iter().any(|e| wished(&e.event)) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(inner);
                return self.wait_for(Duration::ZERO, |_| false).map(|_| ());
            }
            let waited = self.shared.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn ask<T>(&self, question: impl FnOnce(&mut Machine, Instant) -> T) -> T {
        let mut inner = self.shared.lock();
        let now = inner.clock.now();
        let answer = question(&mut inner.machine, now);
        inner.poll();
        self.shared.changed.notify_all();
        self.waker.wake();
        answer
    }
}

impl Drop for SimModem {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Inner {
    /// Takes what the machine has to give; says when it wants to be called again.
    fn poll(&mut self) -> Option<Instant> {
        loop {
            match self.machine.poll_output() {
                Output::Transmit(bytes) => {
                    if self.unsent.len() < UNSENT_KEPT {
                        self.unsent.extend(bytes);
                    }
                }
                Output::Event(entry) => {
                    log::debug!("{:.4} {}", entry.at.as_secs_f64(), entry.event);
                    if self.log.len() == LOG_KEPT {
                        self.log.pop_front();
                    }
                    self.log.push_back(entry);
                }
                Output::Timeout(at) => return at,
            }
        }
    }
}

impl Shared {
    /// A thread that panicked while it held the lock left values that are still whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: between the port and the machine, until it is told to stop or the port fails.
    fn serve(&self, mut port: SimPort) {
        let mut buffer = [0; 4096];
        loop {
            let (wait, to_write, takes) = {
                let mut inner = self.lock();
                let now = inner.clock.now();
                inner.machine.handle_timeout(now);
                let wanted = inner.poll();
                let faulty = inner.machine.poll_plug();
                let asked = inner.plug.take();
                if let Some(plugged_in) = asked.or(faulty) {
                    plug(&mut port, plugged_in);
                    inner.unsent.clear();
                    inner.machine.handle_plug(now, plugged_in);
                    inner.poll();
                    self.changed.notify_all();
                    continue;
                }
                send(&mut port, &mut inner.unsent);
                self.changed.notify_all();
                if inner.stop {
                    return;
                }
                let wait = wanted.map(|at| inner.clock.until(at));
                (wait, !inner.unsent.is_empty(), inner.machine.takes_bytes())
            };
            let ready = match port.wait_to(takes, to_write, wait) {
                Ok(ready) => ready,
                Err(e) => {
                    log::error!("{e}");
                    self.lock().stop = true;
                    self.changed.notify_all();
                    return;
                }
            };
            let read = if ready.readable && takes { port.read(&mut buffer).unwrap_or(0) } else { 0 };
            if ready.opened || ready.closed || read > 0 {
                let mut inner = self.lock();
                let now = inner.clock.now();
                if ready.opened {
                    inner.machine.handle_open(now, true);
                }
                inner.machine.handle_bytes(now, &buffer[..read]);
                if ready.closed {
                    inner.machine.handle_open(now, false);
                    inner.unsent.clear();
                }
            }
        }
    }
}

fn plug(port: &mut SimPort, plugged_in: bool) {
    if !plugged_in {
        port.unplug();
    } else if let Err(e) = port.plug_in() {
        log::error!("{e}");
    }
}

fn send(port: &mut SimPort, unsent: &mut VecDeque<u8>) {
    while !unsent.is_empty() {
        let (first, _) = unsent.as_slices();
        match port.write(first) {
            Ok(0) | Err(_) => return,
            Ok(n) => drop(unsent.drain(..n)),
        }
    }
}
