//! Answers that are still good.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use call_event::LookupAnswer;

/// What a source said, and when. `answer` is `None` if it knew nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it said.
    pub answer: Option<LookupAnswer>,
    /// When.
    pub at: SystemTime,
}

/// Keeps answers; the log's database is one.
pub trait AnswerCache: Send + Sync + std::fmt::Debug {
    /// What the source said of the number, if that is kept and not older than that.
    fn get(&self, source: &str, number: &str, oldest: SystemTime) -> Option<Kept>;
    /// Keeps it for so long.
    fn put(&self, source: &str, number: &str, kept: &Kept, good_for: Duration);
}

/// A source and a number.
type Asked = (Box<str>, Box<str>);

/// Keeps answers for as long as the program runs.
#[derive(Debug, Default)]
pub struct MemoryCache {
    kept: Mutex<HashMap<Asked, Kept>>,
}

/// More answers than that are not kept.
const ROOM: usize = 4096;

impl AnswerCache for MemoryCache {
    fn get(&self, source: &str, number: &str, oldest: SystemTime) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(source.into(), number.into())).filter(|k| k.at >= oldest).cloned()
    }

    fn put(&self, source: &str, number: &str, answer: &Kept, _good_for: Duration) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ROOM
            && let Some(oldest) = kept.iter().min_by_key(|(_, k)| k.at).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert((source.into(), number.into()), answer.clone());
    }
}
