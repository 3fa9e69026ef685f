//! A FRITZ!Box as a line: events out, commands in.

mod back_off;
mod jobs;
mod list;
mod monitor;
mod raw_log;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use call_event::{LineCommand, LineEvent};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};

use crate::{BookCache, Error, FritzBoxSettings};
use jobs::{Done, Job};
use raw_log::RawLogFile;
use state::{LineState, Output};

/// How many events wait for whoever takes them.
const EVENT_ROOM: usize = 1024;
/// How many commands wait for the line.
const COMMAND_ROOM: usize = 256;
/// How many lines of the call monitor wait; a box never sends so many at once.
const MONITOR_ROOM: usize = 1024;
/// How many questions wait for the box.
const JOB_ROOM: usize = 64;

/// A FRITZ!Box at work. Dropping `commands`, or sending [`LineCommand::ShutDown`], ends its threads.
#[derive(Debug)]
pub struct FritzLine {
    /// What the line reports.
    pub events: Receiver<LineEvent>,
    /// What the line is asked to do.
    pub commands: Sender<LineCommand>,
    /// The phone books named in the settings, read again from time to time.
    pub books: Arc<BookCache>,
}

/// What the thread at port 1012 tells.
#[derive(Debug)]
enum FromMonitor {
    Up,
    Down { reason: Box<str>, retry_in: Duration },
    Line(Box<[u8]>),
}

/// Starts the threads that listen to the box and speak with it, for ever: a box that is not there is reported by
/// [`LineEvent::Down`] and tried again.
///
/// # Errors
///
/// Only if no thread can be started.
pub fn spawn(settings: FritzBoxSettings) -> Result<FritzLine, Error> {
    let books = Arc::new(BookCache::new(settings.numbering()));
    spawn_with_books(settings, books)
}

/// [`spawn`], with books that somebody else holds as well.
///
/// # Errors
///
/// Only if no thread can be started.
pub fn spawn_with_books(settings: FritzBoxSettings, books: Arc<BookCache>) -> Result<FritzLine, Error> {
    let (event_sender, events) = bounded(EVENT_ROOM);
    let (commands, command_receiver) = bounded(COMMAND_ROOM);
    let (monitor_sender, monitor) = bounded(MONITOR_ROOM);
    let (job_sender, jobs) = bounded(JOB_ROOM);
    let (done_sender, done) = bounded(JOB_ROOM);
    let settings = Arc::new(settings);
    let stop = Arc::new(AtomicBool::new(false));
    let thread = |name: &str, work: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new().name(name.into()).spawn(work).map(drop).map_err(Error::Thread)
    };
    {
        let (settings, stop) = (settings.clone(), stop.clone());
        thread("fritz-monitor", Box::new(move || monitor::run(&settings, &monitor_sender, &stop)))?;
    }
    {
        let (settings, books) = (settings.clone(), books.clone());
        thread("fritz-tr064", Box::new(move || jobs::run(&settings, &books, &jobs, &done_sender)))?;
    }
    let at_line = books.clone();
    thread(
        "fritz-line",
        Box::new(move || {
            let mut desk = Desk {
                raw_log: settings.raw_log.clone().map(RawLogFile::new),
                state: LineState::new(settings, at_line, Instant::now()),
                events: event_sender,
                jobs: job_sender,
                dropped: 0,
            };
            desk.run(&command_receiver, &monitor, &done);
            stop.store(true, Ordering::Relaxed);
        }),
    )?;
    Ok(FritzLine { events, commands, books })
}

/// The line's own thread: what comes goes into the state, what it wants done goes out.
struct Desk {
    state: LineState,
    raw_log: Option<RawLogFile>,
    events: Sender<LineEvent>,
    jobs: Sender<Job>,
    dropped: u64,
}

impl Desk {
    fn run(
        &mut self,
        commands: &Receiver<LineCommand>,
        monitor: &Receiver<FromMonitor>,
        done: &Receiver<Done>,
    ) {
        loop {
            let Some(wait) = self.pump() else { return };
            select! {
                recv(commands) -> command => match command {
                    Ok(LineCommand::ShutDown) | Err(_) => return,
                    Ok(command) => self.state.handle_command(Instant::now(), command),
                },
                recv(monitor) -> told => match told {
                    Ok(FromMonitor::Up) => self.state.handle_up(Instant::now()),
                    Ok(FromMonitor::Down { reason, retry_in }) => self.state.handle_down(reason, retry_in),
                    Ok(FromMonitor::Line(line)) => {
                        if let Some(log) = &mut self.raw_log {
                            log.write(&line);
                        }
                        self.state.handle_line(Instant::now(), SystemTime::now(), &line);
                    }
                    Err(_) => return,
                },
                recv(done) -> done => match done {
                    Ok(done) => self.state.handle_done(Instant::now(), SystemTime::now(), done),
                    Err(_) => return,
                },
                default(wait) => self.state.handle_timeout(Instant::now()),
            }
        }
    }

    /// Hands on what the state wants; the answer is how long it can be left alone, or `None` if nobody listens.
    fn pump(&mut self) -> Option<Duration> {
        loop {
            match self.state.poll_output() {
                Output::Event(event) => {
                    if self.dropped > 0 && self.events.try_send(LineEvent::Dropped(self.dropped)).is_ok() {
                        self.dropped = 0;
                    }
                    match self.events.try_send(event) {
                        Ok(()) => {}
                        Err(TrySendError::Full(_)) => self.dropped += 1,
                        Err(TrySendError::Disconnected(_)) => return None,
                    }
                }
                Output::Job(job) => {
                    if let Err(TrySendError::Full(job)) = self.jobs.try_send(job) {
                        self.state.handle_busy(Instant::now(), job);
                    }
                }
                Output::Timeout(at) => return Some(at.saturating_duration_since(Instant::now())),
            }
        }
    }
}
