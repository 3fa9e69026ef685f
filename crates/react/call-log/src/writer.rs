//! Writing without waiting: a thread of its own takes what the guard hands over.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use crate::{Answer, CallKey, CallLog, CallRecord, ListChange, LogError, Message};

/// Bounds of a [`LogWriter`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterLimits {
    /// How many entries may wait to be taken by the thread.
    pub queue: usize,
    /// How many entries are kept while the log cannot be written; then the oldest go.
    pub kept: usize,
    /// The first wait after a failure; it doubles from failure to failure.
    pub first_retry: Duration,
    /// The longest wait.
    pub last_retry: Duration,
    /// How long the last entries may take to be written when the writer is dropped.
    pub farewell: Duration,
}

impl Default for WriterLimits {
    fn default() -> Self {
        Self {
            queue: 4096,
            kept: 20_000,
            first_retry: Duration::from_secs(1),
            last_retry: Duration::from_secs(60),
            farewell: Duration::from_secs(10),
        }
    }
}

/// What the writer tells whoever listens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogNews {
    /// This call is in the log for good, under this number.
    Logged {
        /// The call.
        key: CallKey,
        /// Its number.
        id: i64,
    },
    /// The log cannot be written; entries are kept in memory. The text says why and what to do.
    Failing(String),
    /// The log can be written again and nothing is kept any more.
    Well,
}

/// How the writer fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogHealth {
    /// Why nothing can be written, while that is so.
    pub failing: Option<String>,
    /// Entries that wait to be written.
    pub waiting: usize,
    /// Entries written.
    pub written: u64,
    /// Entries given up because too many waited.
    pub lost: u64,
}

#[derive(Debug)]
enum Entry {
    Call(Box<CallRecord>),
    Message(Box<Message>),
    ListChange(Box<ListChange>),
    Answer(Box<Answer>),
    /// Answered once all before it is written.
    Flush(Sender<()>),
}

/// Hands entries to a thread that writes them. No method waits for the disk, save [`LogWriter::flush`]
/// and dropping it.
#[derive(Debug)]
pub struct LogWriter {
    queue: Option<Sender<Entry>>,
    news: Receiver<LogNews>,
    health: Arc<Mutex<LogHealth>>,
    thread: Option<JoinHandle<()>>,
}

/// How many entries share one transaction.
const AT_ONCE: usize = 256;
/// How long the thread rests before it uses the quiet for counting.
const IDLE: Duration = Duration::from_millis(500);
/// How long it sleeps at a time when there is nothing to count either.
const REST: Duration = Duration::from_secs(24 * 3600);
/// How often an entry is tried that alone cannot be written.
const ATTEMPTS: u32 = 3;

impl LogWriter {
    /// Writes to the log in this file, and goes on trying if it cannot be opened now.
    pub fn open(path: PathBuf) -> Self {
        Self::start(move || CallLog::open(&path), WriterLimits::default())
    }

    /// Like [`LogWriter::open`], and puts each entry down for delivery to the server as well.
    pub fn open_for_delivery(path: PathBuf) -> Self {
        let open = move || {
            let mut log = CallLog::open(&path)?;
            log.keep_for_delivery();
            Ok(log)
        };
        Self::start(open, WriterLimits::default())
    }

    /// Writes to the log that `open` opens; it is asked again after each failure.
    pub fn start(
        open: impl FnMut() -> Result<CallLog, LogError> + Send + 'static,
        limits: WriterLimits,
    ) -> Self {
        let (queue, entries) = bounded(limits.queue.max(1));
        let (tell, news) = bounded(1024);
        let health = Arc::new(Mutex::new(LogHealth::default()));
        let mut scribe = Scribe {
            open: Box::new(open),
            log: None,
            entries,
            tell,
            waiting: VecDeque::new(),
            health: Arc::clone(&health),
            limits,
            retry: None,
            uncounted: true,
            counting: false,
        };
        let thread = std::thread::Builder::new().name("call-log".into()).spawn(move || scribe.run()).ok();
        if thread.is_none() {
            log::error!("the call log's thread cannot be started; nothing will be logged");
        }
        Self { queue: Some(queue), news, health, thread }
    }

    /// Hands over a call, or what became of one handed over before. Never waits. False if it had to be
    /// dropped because the queue is full.
    pub fn call(&self, call: CallRecord) -> bool {
        self.hand_over(Entry::Call(Box::new(call)))
    }

    /// Hands over a message. Never waits.
    pub fn message(&self, message: Message) -> bool {
        self.hand_over(Entry::Message(Box::new(message)))
    }

    /// Hands over a change of a list. Never waits.
    pub fn list_change(&self, change: ListChange) -> bool {
        self.hand_over(Entry::ListChange(Box::new(change)))
    }

    /// Hands over what a look-up answered. Never waits.
    pub fn answer(&self, answer: Answer) -> bool {
        self.hand_over(Entry::Answer(Box::new(answer)))
    }

    fn hand_over(&self, entry: Entry) -> bool {
        let Some(queue) = &self.queue else { return false };
        match queue.try_send(entry) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
                health.lost += 1;
                if health.lost.is_power_of_two() {
                    log::error!("the call log does not keep up; {} entries are lost so far", health.lost);
                }
                false
            }
        }
    }

    /// What was logged and how the log fares, as it happens. Who does not listen misses the news, not the log.
    pub fn news(&self) -> &Receiver<LogNews> {
        &self.news
    }

    /// How the writer fares now.
    pub fn health(&self) -> LogHealth {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until all that was handed over is in the log, at most so long. False if it is not.
    pub fn flush(&self, at_most: Duration) -> bool {
        let (done, wait) = bounded(1);
        let end = Instant::now() + at_most;
        let Some(queue) = &self.queue else { return false };
        queue.send_deadline(Entry::Flush(done), end).is_ok() && wait.recv_deadline(end).is_ok()
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the call log's thread died");
        }
    }
}

/// An entry that waits, and how often it alone was tried in vain.
struct Waiting {
    entry: Entry,
    failed: u32,
}

struct Scribe {
    open: Box<dyn FnMut() -> Result<CallLog, LogError> + Send>,
    log: Option<CallLog>,
    entries: Receiver<Entry>,
    tell: Sender<LogNews>,
    waiting: VecDeque<Waiting>,
    health: Arc<Mutex<LogHealth>>,
    limits: WriterLimits,
    /// When the log is tried again, and the wait after that.
    retry: Option<(Instant, Duration)>,
    uncounted: bool,
    /// Counting has begun and is not through.
    counting: bool,
}

impl Scribe {
    fn run(&mut self) {
        loop {
            let wait = match self.retry {
                Some((at, _)) => at.saturating_duration_since(Instant::now()),
                None if self.uncounted => IDLE,
                // Nothing is to be done until somebody hands something over.
                None => REST,
            };
            match self.entries.recv_timeout(wait) {
                Ok(entry) => {
                    self.keep(entry);
                    while let Ok(entry) = self.entries.try_recv() {
                        self.keep(entry);
                    }
                    if self.retry.is_none() {
                        self.write_all();
                    }
                }
                Err(RecvTimeoutError::Timeout) if self.retry.is_some() => self.write_all(),
                Err(RecvTimeoutError::Timeout) => self.count(),
                Err(RecvTimeoutError::Disconnected) => break self.say_farewell(),
            }
        }
    }

    /// The writer was dropped: what waits gets a last chance.
    fn say_farewell(&mut self) {
        let end = Instant::now() + self.limits.farewell;
        self.write_all();
        while let Some((at, _)) = self.retry
            && at < end
        {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            self.write_all();
        }
        if !self.waiting.is_empty() {
            log::error!("{} entries could not be written to the call log and are lost", self.waiting.len());
        }
    }

    /// Puts an entry with those that wait. A later writing of a call takes the place of an earlier one.
    fn keep(&mut self, entry: Entry) {
        if let Entry::Call(call) = &entry {
            let earlier = self
                .waiting
                .iter_mut()
                .rev()
                .find(|w| matches!(&w.entry, Entry::Call(waiting) if waiting.key == call.key));
            if let Some(earlier) = earlier {
                earlier.entry = entry;
                return;
            }
        }
        self.waiting.push_back(Waiting { entry, failed: 0 });
        let mut lost = 0;
        while self.waiting.len() > self.limits.kept {
            self.waiting.pop_front();
            lost += 1;
        }
        let waiting = self.waiting.len();
        self.note(|health| {
            health.lost += lost;
            health.waiting = waiting;
        });
    }

    fn write_all(&mut self) {
        while !self.waiting.is_empty() {
            if let Err(error) = self.write_some() {
                self.fail(&error);
                return;
            }
        }
        if self.retry.take().is_some() {
            log::info!("the call log can be written again");
            self.note(|health| health.failing = None);
            self.tell(LogNews::Well);
        }
    }

    fn write_some(&mut self) -> Result<(), LogError> {
        let log = match &mut self.log {
            Some(log) => log,
            none => none.insert((self.open)()?),
        };
        let count = self.waiting.len().min(AT_ONCE);
        let some = self.waiting.make_contiguous();
        let logged = match log.together(|log| some[..count].iter().map(|w| write(log, &w.entry)).collect()) {
            Ok(logged) => logged,
            // Something is wrong with the place, not with an entry.
            Err(error) if !matches!(error, LogError::Failed { .. } | LogError::Unexpected { .. }) => {
                return Err(error);
            }
            Err(_) => return self.write_one_by_one(count),
        };
        let done: Vec<Waiting> = self.waiting.drain(..count).collect();
        self.uncounted = true;
        let left = self.waiting.len();
        self.note(|health| {
            health.written += count as u64;
            health.waiting = left;
        });
        // Only now: whoever hears of it finds the health as it is.
        for (waiting, id) in done.iter().zip::<Vec<i64>>(logged) {
            settle(&self.tell, &waiting.entry, id);
        }
        Ok(())
    }

    /// One entry spoils the others: find it, so that it alone is held back.
    fn write_one_by_one(&mut self, count: usize) -> Result<(), LogError> {
        let mut spoilt = None;
        for _ in 0..count {
            let (Some(log), Some(mut waiting)) = (self.log.as_mut(), self.waiting.pop_front()) else { break };
            match log.together(|log| write(log, &waiting.entry)) {
                Ok(id) => {
                    settle(&self.tell, &waiting.entry, id);
                    self.uncounted = true;
                    self.note(|health| health.written += 1);
                }
                Err(error) if waiting.failed + 1 >= ATTEMPTS => {
                    log::error!("an entry of the call log is given up: {}", error.full_text());
                    self.note(|health| health.lost += 1);
                }
                Err(error) => {
                    waiting.failed += 1;
                    self.waiting.push_back(waiting);
                    spoilt = Some(error);
                }
            }
        }
        let left = self.waiting.len();
        self.note(|health| health.waiting = left);
        spoilt.map_or(Ok(()), Err)
    }

    fn fail(&mut self, error: &LogError) {
        let text = error.full_text();
        let wait = self.retry.map_or(self.limits.first_retry, |(_, wait)| wait);
        let first =
            self.health.lock().unwrap_or_else(PoisonError::into_inner).failing.as_ref() != Some(&text);
        if first {
            log::error!("{text}; {} entries are kept and written later", self.waiting.len());
            self.note(|health| health.failing = Some(text.clone()));
            self.tell(LogNews::Failing(text));
        }
        // The next try begins with a fresh look: the file may have been mended or moved.
        self.log = None;
        self.retry = Some((Instant::now() + wait, (wait * 2).min(self.limits.last_retry)));
    }

    /// Uses a quiet moment to count new calls.
    fn count(&mut self) {
        if !std::mem::take(&mut self.uncounted) {
            return;
        }
        let log = match &mut self.log {
            Some(log) => log,
            none => match (self.open)() {
                Ok(log) => none.insert(log),
                Err(error) => return self.fail(&error),
            },
        };
        // A few new calls are counted as fast when somebody asks; counting many at once spares the disk.
        let due = if std::mem::take(&mut self.counting) { Ok(true) } else { log.worth_counting() };
        match due.and_then(|due| if due { log.count_new() } else { Ok(false) }) {
            Ok(more) => (self.uncounted, self.counting) = (more, more),
            Err(error) => log::debug!("counting calls later: {}", error.full_text()),
        }
    }

    fn note(&self, change: impl FnOnce(&mut LogHealth)) {
        change(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn tell(&self, news: LogNews) {
        // Nobody may be listening.
        let _ = self.tell.try_send(news);
    }
}

fn write(log: &mut CallLog, entry: &Entry) -> Result<i64, LogError> {
    match entry {
        Entry::Call(call) => log.put_call(call),
        Entry::Message(message) => log.put_message(message),
        Entry::ListChange(change) => log.put_list_change(change).map(|()| 0),
        Entry::Answer(answer) => log.record_answer(answer).map(|()| 0),
        Entry::Flush(_) => Ok(0),
    }
}

/// The entry is committed: whoever waits for that hears it.
fn settle(tell: &Sender<LogNews>, entry: &Entry, id: i64) {
    match entry {
        Entry::Call(call) => drop(tell.try_send(LogNews::Logged { key: call.key, id })),
        Entry::Flush(done) => drop(done.try_send(())),
        _ => {}
    }
}
