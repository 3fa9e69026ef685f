//! What happened on a call, for the log.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_event::{CallNews, Decision, EndReason, IncomingCall, Stage, Verdict};

/// jcblock's mark in front of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallMark {
    /// `-`: passed.
    #[default]
    Passed,
    /// `W`: on an allow list.
    Listed,
    /// `B`: blocked.
    Blocked,
    /// `*`: answered, and entered in the deny list with the star key.
    StarKey,
}

impl CallMark {
    /// The character that jcblock writes.
    pub fn character(self) -> char {
        match self {
            Self::Passed => '-',
            Self::Listed => 'W',
            Self::Blocked => 'B',
            Self::StarKey => '*',
        }
    }
}

/// What happened on a call so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallFacts {
    /// How often it rang.
    pub rings: u32,
    /// The digits pressed, bounded.
    pub digits: String,
    /// Whether we answered.
    pub answered: bool,
    /// Where the recording goes.
    pub recording_to: Option<PathBuf>,
    /// The recording, once it is complete.
    pub recorded: Option<(PathBuf, Duration)>,
    /// Whether the recording is a voice-mail message.
    pub message: bool,
    /// Whether the caller pressed the right key.
    pub passed_challenge: bool,
    /// The star key's mark, if it was pressed.
    pub mark: CallMark,
    /// Whether listening for the star key is over.
    pub listened: bool,
    /// Why something could not be done as decided.
    pub trouble: Option<String>,
}

impl CallFacts {
    /// The most digits that are kept of a call; callers choose what they press.
    pub const MAX_DIGITS: usize = 64;
}

/// A call from beginning to end.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedCall {
    /// The call.
    pub call: IncomingCall,
    /// What was decided; `None` if it ended before anything was.
    pub verdict: Option<Verdict>,
    /// It was placed from here, not received.
    pub outgoing: bool,
    /// What happened.
    pub facts: CallFacts,
    /// The word of the action that was last at work: voice mail may have taken a call that rang.
    pub action: &'static str,
    /// How it ended.
    pub ended: EndReason,
    /// How long it was answered.
    pub answered_for: Duration,
    /// When the guard heard of it.
    pub at: SystemTime,
}

impl FinishedCall {
    /// jcblock's mark.
    pub fn mark(&self) -> CallMark {
        mark(self.facts.mark, self.verdict.as_ref())
    }

    /// The call as listeners see it.
    pub fn news(&self) -> CallNews {
        let mut news = news_of(&self.call, self.verdict.as_ref(), &self.facts);
        news.outcome = self.ended.to_string();
        news.outgoing = self.outgoing;
        news.answered_s = self.answered_for.as_secs_f64();
        if !self.action.is_empty() {
            news.action = self.action.to_owned();
        }
        news
    }
}

pub(super) fn mark(seen: CallMark, verdict: Option<&Verdict>) -> CallMark {
    match verdict {
        _ if seen == CallMark::StarKey => CallMark::StarKey,
        Some(v) if v.decision() == Decision::Block => CallMark::Blocked,
        Some(v) if matches!(v.reason.stage, Stage::Allow | Stage::Permit) => CallMark::Listed,
        _ => CallMark::Passed,
    }
}

pub(super) fn news_of(call: &IncomingCall, verdict: Option<&Verdict>, facts: &CallFacts) -> CallNews {
    let mut news = CallNews::of(call);
    if let Some(verdict) = verdict {
        news.decide(verdict);
    }
    news.rings = facts.rings;
    news.digits.clone_from(&facts.digits);
    news.recording = facts
        .recorded
        .as_ref()
        .and_then(|(path, _)| path.file_name())
        .map(|name| name.to_string_lossy().into_owned());
    news
}
