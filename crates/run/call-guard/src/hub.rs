//! News for whoever wants to hear them. A slow listener misses some and never holds anybody up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use call_event::{GuardNews, GuardNotice};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// Where the guard tells its news. Clones tell the same listeners.
///
/// ```
/// use call_event::GuardNews;
/// use call_guard::NoticeHub;
///
/// let hub = NoticeHub::default();
/// let listener = hub.subscribe(1);
/// hub.tell("home", GuardNews::MessageWaiting { waiting: true });
/// hub.tell("home", GuardNews::MessageWaiting { waiting: false });
/// assert_eq!(listener.notices().try_recv().unwrap().seq, 1);
/// assert_eq!(listener.missed(), 1, "its queue holds one notice only");
/// ```
#[derive(Debug, Clone, Default)]
pub struct NoticeHub {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    listeners: Mutex<Vec<Listener>>,
    count: AtomicU64,
    missed: AtomicU64,
}

#[derive(Debug)]
struct Listener {
    to: Sender<Arc<GuardNotice>>,
    missed: Arc<AtomicU64>,
}

/// A listener's end. Dropping it ends the listening.
#[derive(Debug)]
pub struct NoticeStream {
    from: Receiver<Arc<GuardNotice>>,
    missed: Arc<AtomicU64>,
}

impl NoticeStream {
    /// The notices, in order.
    pub fn notices(&self) -> &Receiver<Arc<GuardNotice>> {
        &self.from
    }

    /// How many this listener missed because its queue was full.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl NoticeHub {
    /// Listens from now on, with room for that many notices.
    pub fn subscribe(&self, capacity: usize) -> NoticeStream {
        let (to, from) = bounded(capacity.max(1));
        let missed = Arc::new(AtomicU64::new(0));
        self.listeners().push(Listener { to, missed: Arc::clone(&missed) });
        NoticeStream { from, missed }
    }

    /// Tells everybody. Never waits.
    pub fn tell(&self, line: &str, news: GuardNews) {
        let seq = self.shared.count.fetch_add(1, Ordering::Relaxed) + 1;
        let mut listeners = self.listeners();
        if listeners.is_empty() {
            return;
        }
        let notice =
            Arc::new(GuardNotice { seq, at_ms: millis(SystemTime::now()), line: line.to_owned(), news });
        listeners.retain(|listener| match listener.to.try_send(Arc::clone(&notice)) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                listener.missed.fetch_add(1, Ordering::Relaxed);
                self.shared.missed.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        });
    }

    /// How many notices slow listeners missed in all.
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<Listener>> {
        self.shared.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970.
pub(crate) fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
