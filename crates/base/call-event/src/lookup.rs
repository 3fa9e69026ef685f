//! What others know of a number.

use std::sync::Arc;

/// What a site, a community list or a telephone directory answered about a number.
///
/// Only answers come in this form; a look-up that fails or is late is no answer, and the telephone rings.
///
/// ```
/// use call_event::LookupAnswer;
/// let answer = LookupAnswer { score: Some(8), votes: 12, ..LookupAnswer::from_source("phoneblock") };
/// assert!(answer.is_bad(6, 3));
/// assert!(!answer.is_bad(6, 20));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupAnswer {
    /// Who says so: `phoneblock`, `tellows`, the name of a directory.
    pub source: Arc<str>,
    /// From 1 (good) over 5 (neutral) to 9 (bad), the scale all ratings are brought to. `None` if it rates nothing.
    pub score: Option<u8>,
    /// How many people rated.
    pub votes: u32,
    /// What the source calls such callers, such as `fraud` or `advertising`.
    pub label: Option<Arc<str>>,
    /// Whom the number belongs to, by a directory.
    pub name: Option<Arc<str>>,
    /// Where a person can read on.
    pub link: Option<Arc<str>>,
}

impl LookupAnswer {
    /// An answer that says nothing yet but where it is from.
    pub fn from_source(source: &str) -> Self {
        Self { source: source.into(), score: None, votes: 0, label: None, name: None, link: None }
    }

    /// Whether at least `votes` people rated it `score` or worse.
    pub fn is_bad(&self, score: u8, votes: u32) -> bool {
        self.score.is_some_and(|own| own >= score) && self.votes >= votes
    }
}
