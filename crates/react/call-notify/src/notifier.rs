//! The threads that tell: one for each sink, each with a bounded queue, so that none holds up another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{Datelike as _, Local, Timelike as _};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use crate::{Asked, Notice, NotifySettings, SinkError, When};

/// Something that tells people of a notice.
pub(crate) trait Sink: Send {
    /// Tells; may take its time.
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError>;

    /// Called now and then while there is nothing to tell.
    fn idle(&mut self) {}
}

/// How many notices wait for one sink.
const QUEUE: usize = 256;
/// The first wait after a failure, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LAST_WAIT: Duration = Duration::from_secs(300);
/// A notice that cannot be delivered for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(24 * 3600);
/// How often a quiet sink looks at the clock.
const TURN: Duration = Duration::from_secs(5);

/// A notice that did not arrive, to be put into the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Undelivered {
    /// The sink.
    pub sink: String,
    /// The notice.
    pub notice: Notice,
    /// Why.
    pub why: String,
}

/// How a sink fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SinkHealth {
    /// Its name.
    pub sink: String,
    /// Notices delivered.
    pub delivered: u64,
    /// Notices given up.
    pub failed: u64,
    /// Why it fails, while it fails.
    pub failing: Option<String>,
}

/// All sinks. Telling never waits.
#[derive(Debug)]
pub struct Notifier {
    settings: NotifySettings,
    sinks: Vec<Running>,
    undelivered: Receiver<Undelivered>,
    asked: Receiver<Asked>,
}

#[derive(Debug)]
struct Running {
    name: String,
    when: When,
    queue: Option<Sender<Notice>>,
    lost: Sender<Undelivered>,
    health: Arc<Mutex<SinkHealth>>,
    thread: Option<JoinHandle<()>>,
}

impl Notifier {
    /// Starts the sinks that the settings name.
    ///
    /// # Errors
    ///
    /// A setting is wrong: an address that is none, a password file that cannot be read.
    pub fn start(settings: &NotifySettings) -> Result<Self, SinkError> {
        Self::start_after(settings, &[])
    }

    /// Starts the sinks that the settings name, which know of these calls already, the oldest first: they tell
    /// nobody of them, but show them to who asks what was. [`NotifySettings::calls_remembered`] says how many they
    /// take.
    ///
    /// # Errors
    ///
    /// As [`Notifier::start`].
    pub fn start_after(settings: &NotifySettings, past: &[Notice]) -> Result<Self, SinkError> {
        let (ask, asked) = bounded(64);
        let (lost, undelivered) = bounded(1000);
        let sinks = settings
            .open(&ask, past)?
            .into_iter()
            .map(|(name, when, sink)| Running::start(name, when, sink, lost.clone()))
            .collect();
        Ok(Self { settings: settings.clone(), sinks, undelivered, asked })
    }

    /// Tells every sink that takes the notice, with the pages that tell more of its number.
    pub fn tell(&self, notice: &Notice) {
        let mut notice = notice.clone();
        if notice.links.is_empty() {
            notice.links = self.settings.links_of(&notice.e164);
        }
        let notice = &notice;
        for sink in self.sinks.iter().filter(|s| s.when.takes(notice)) {
            sink.hand_over(notice.clone());
        }
    }

    /// What did not arrive.
    pub fn undelivered(&self) -> &Receiver<Undelivered> {
        &self.undelivered
    }

    /// What people ask of the guard.
    pub fn asked(&self) -> &Receiver<Asked> {
        &self.asked
    }

    /// How each sink fares.
    pub fn health(&self) -> Vec<SinkHealth> {
        self.sinks.iter().map(|s| s.health.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        for sink in &mut self.sinks {
            drop(sink.queue.take());
        }
        for sink in &mut self.sinks {
            if let Some(thread) = sink.thread.take()
                && thread.join().is_err()
            {
                log::error!("the thread of {} died", sink.name);
            }
        }
    }
}

impl Running {
    fn start(name: String, when: When, sink: Box<dyn Sink>, lost: Sender<Undelivered>) -> Self {
        let (queue, notices) = bounded(QUEUE);
        let health = Arc::new(Mutex::new(SinkHealth { sink: name.clone(), ..SinkHealth::default() }));
        let mut worker = Worker {
            name: name.clone(),
            when: when.clone(),
            sink,
            notices,
            waiting: VecDeque::new(),
            wait: FIRST_WAIT,
            retry: None,
            lost: lost.clone(),
            health: Arc::clone(&health),
        };
        let thread = std::thread::Builder::new()
            .name(format!("notify-{name}"))
            .spawn(move || worker.run())
            .map_err(|e| log::error!("{name} cannot be started: {e}"))
            .ok();
        Self { name, when, queue: Some(queue), lost, health, thread }
    }

    fn hand_over(&self, notice: Notice) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(notice) | TrySendError::Disconnected(notice)) = queue.try_send(notice) {
            let why = "too many notices wait for it already".to_owned();
            self.health.lock().unwrap_or_else(PoisonError::into_inner).failed += 1;
            // Nobody may be listening; then the health is all that tells.
            let _ = self.lost.try_send(Undelivered { sink: self.name.clone(), notice, why });
        }
    }
}

struct Worker {
    name: String,
    when: When,
    sink: Box<dyn Sink>,
    notices: Receiver<Notice>,
    waiting: VecDeque<(Notice, Instant)>,
    wait: Duration,
    retry: Option<Instant>,
    lost: Sender<Undelivered>,
    health: Arc<Mutex<SinkHealth>>,
}

impl Worker {
    fn run(&mut self) {
        loop {
            let wait = self.retry.map_or(TURN, |at| at.saturating_duration_since(Instant::now()).min(TURN));
            match self.notices.recv_timeout(wait) {
                Ok(notice) => {
                    let now = Local::now();
                    let quiet = self.is_quiet_at(&now);
                    if quiet && self.when.quiet_forgets && notice.event != crate::Happening::Test {
                        continue;
                    }
                    if self.waiting.len() == QUEUE
                        && let Some((oldest, _)) = self.waiting.pop_front()
                    {
                        self.give_up(oldest, "too many notices wait for it already".into());
                    }
                    self.waiting.push_back((notice, Instant::now()));
                }
                Err(RecvTimeoutError::Timeout) => self.sink.idle(),
                Err(RecvTimeoutError::Disconnected) => {
                    // The last chance, without waiting.
                    self.deliver();
                    return;
                }
            }
            if self.retry.is_none_or(|at| at <= Instant::now()) {
                self.deliver();
            }
        }
    }

    fn is_quiet_at(&self, now: &chrono::DateTime<Local>) -> bool {
        let weekday = u8::try_from(now.weekday().num_days_from_monday()).unwrap_or(0);
        let minute = u16::try_from(now.hour() * 60 + now.minute()).unwrap_or(0);
        self.when.is_quiet(weekday, minute)
    }

    fn deliver(&mut self) {
        while let Some((notice, since)) = self.waiting.front() {
            let is_test = notice.event == crate::Happening::Test;
            if !is_test && self.is_quiet_at(&Local::now()) {
                self.retry = None;
                return;
            }
            match self.sink.tell(notice) {
                Ok(()) => {
                    self.waiting.pop_front();
                    self.retry = None;
                    self.wait = FIRST_WAIT;
                    let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
                    health.delivered += 1;
                    if health.failing.take().is_some() {
                        log::info!("{} works again", self.name);
                    }
                }
                Err(error) if error.is_temporary() && since.elapsed() < GIVE_UP => {
                    let wait = error.wait().unwrap_or(self.wait);
                    self.wait = (self.wait * 2).min(LAST_WAIT);
                    self.retry = Some(Instant::now() + wait);
                    let text = error.to_string();
                    let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
                    if health.failing.as_ref() != Some(&text) {
                        log::warn!("{}: {text}; tried again", self.name);
                        health.failing = Some(text);
                    }
                    return;
                }
                Err(error) => {
                    if let Some((notice, _)) = self.waiting.pop_front() {
                        self.give_up(notice, error.to_string());
                    }
                }
            }
        }
        self.retry = None;
    }

    fn give_up(&self, notice: Notice, why: String) {
        log::error!("{}: a notice is given up: {why}", self.name);
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.failed += 1;
        health.failing = Some(why.clone());
        drop(health);
        let _ = self.lost.try_send(Undelivered { sink: self.name.clone(), notice, why });
    }
}
