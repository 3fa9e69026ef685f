//! The modem without port or clock: whole calls in microseconds.

use std::time::{Duration, Instant};

use line_sim::voice_modem::{LogEntry, Machine, Output, Settings};

/// A modem with the bytes that it has sent and what has happened on it.
pub(crate) struct Bench {
    pub(crate) machine: Machine,
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) sent: Vec<u8>,
    pub(crate) log: Vec<LogEntry>,
    /// When each burst was sent.
    pub(crate) bursts: Vec<(Duration, Vec<u8>)>,
}

impl Bench {
    pub(crate) fn new(settings: Settings) -> Self {
        let now = Instant::now();
        let machine = Machine::new(settings, now);
        Self { machine, now, start: now, sent: Vec::new(), log: Vec::new(), bursts: Vec::new() }
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.machine.poll_output() {
                Output::Transmit(bytes) => {
                    self.sent.extend_from_slice(&bytes);
                    self.bursts.push((self.now - self.start, bytes));
                }
                Output::Event(entry) => self.log.push(entry),
                Output::Timeout(at) => return at,
            }
        }
    }

    /// Lets that much time pass.
    pub(crate) fn pass(&mut self, time: Duration) -> &mut Self {
        let end = self.now + time;
        while let Some(at) = self.drain().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.machine.handle_timeout(self.now);
        }
        self.now = end;
        self.machine.handle_timeout(end);
        self.drain();
        self
    }

    pub(crate) fn seconds(&mut self, seconds: f64) -> &mut Self {
        self.pass(Duration::from_secs_f64(seconds))
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.machine.handle_bytes(self.now, bytes.as_ref());
        self.drain();
        self
    }

    /// Sends a command line and gives what comes back within a tenth of a second.
    pub(crate) fn command(&mut self, line: &str) -> String {
        self.sent.clear();
        self.send(format!("{line}\r")).seconds(0.1);
        self.take()
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.sent).iter().map(|b| char::from(*b)).collect()
    }

    pub(crate) fn happened(&self, text: &str) -> bool {
        self.log.iter().any(|e| e.event.to_string() == text)
    }
}
