//! News to all viewers: made into text once, handed to each, dropped for those who do not read.

use std::sync::{Arc, Mutex, PoisonError, Weak};

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

/// A viewer's end.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) events: Receiver<Arc<str>>,
    /// Gone with the viewer, so that an empty place can be seen without any news.
    _place: Arc<()>,
}

#[derive(Debug, Default)]
struct Shared {
    viewers: Vec<(Sender<Arc<str>>, Weak<()>)>,
    last: std::collections::VecDeque<(u64, Arc<str>)>,
}

impl Live {
    /// Hands a piece of news to everybody.
    pub(crate) fn tell(&self, notice: &GuardNotice) {
        let Ok(json) = serde_json::to_string(notice) else { return };
        let text: Arc<str> = format!("id: {}\ndata: {json}\n\n", notice.seq).into();
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.viewers.retain(|(viewer, _)| {
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
    pub(crate) fn join(&self, seen: Option<u64>, most: usize) -> Option<Viewer> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.viewers.retain(|(_, place)| place.strong_count() > 0);
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
        let place = Arc::new(());
        shared.viewers.push((to, Arc::downgrade(&place)));
        Some(Viewer { events: from, _place: place })
    }
}
