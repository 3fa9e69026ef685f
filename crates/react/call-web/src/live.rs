//! News to all viewers: made into text once, handed to each, dropped for those who do not read.

use std::sync::{Arc, Mutex, PoisonError};

use call_event::GuardNotice;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// How many news wait for one viewer; who is slower starts anew.
const ROOM: usize = 256;
/// How many of the last news a viewer who comes back can still get.
const KEPT: usize = 256;

/// The viewers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    viewers: Vec<Sender<Arc<str>>>,
    last: std::collections::VecDeque<(u64, Arc<str>)>,
}

impl Live {
    /// Hands a piece of news to everybody.
    pub(crate) fn tell(&self, notice: &GuardNotice) {
        let Ok(json) = serde_json::to_string(notice) else { return };
        let text: Arc<str> = format!("id: {}\ndata: {json}\n\n", notice.seq).into();
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.viewers.retain(|viewer| {
            !matches!(
                viewer.try_send(Arc::clone(&text)),
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_))
            )
        });
        if shared.last.len() >= KEPT {
            shared.last.pop_front();
        }
        shared.last.push_back((notice.seq, text));
    }

    /// A new viewer, who has seen everything up to `seen`. `None` if there are too many.
    pub(crate) fn join(&self, seen: Option<u64>, most: usize) -> Option<Receiver<Arc<str>>> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.viewers.len() >= most {
            return None;
        }
        let (to, from) = bounded(ROOM);
        if let Some(seen) = seen {
            for (_, text) in shared.last.iter().filter(|(seq, _)| *seq > seen) {
                // It has room for all that is kept.
                let _ = to.try_send(Arc::clone(text));
            }
        }
        shared.viewers.push(to);
        Some(from)
    }

    /// How many watch.
    #[cfg(test)]
    pub(crate) fn viewers(&self) -> usize {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).viewers.len()
    }
}
