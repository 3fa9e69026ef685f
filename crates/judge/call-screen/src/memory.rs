//! What must be remembered from call to call.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use call_event::{IncomingCall, Stage, Verdict};
use phone_number::NumberKey;

use crate::Screen;

/// Callers remembered at once. Who floods a line with false numbers pushes out old ones, no more.
const MOST_CALLERS: usize = 10_000;
/// Calls remembered of one caller.
const MOST_CALLS: usize = 32;

/// What must be remembered from call to call: who called lately, who passed the challenge, whom the user expects,
/// whether help was called.
///
/// It holds no clock; every time is an argument.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    calls: HashMap<NumberKey, VecDeque<SystemTime>>,
    passed: HashMap<NumberKey, SystemTime>,
    permit_until: Option<SystemTime>,
    emergency_until: Option<SystemTime>,
}

impl Memory {
    /// Remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next call rings, whoever calls, if it comes within that time.
    pub fn permit_next(&mut self, now: SystemTime, within: Duration) {
        self.permit_until = now.checked_add(within);
    }

    /// Takes the permit back.
    pub fn withdraw_permit(&mut self) {
        self.permit_until = None;
    }

    /// Until when the next call is permitted.
    pub fn permitted_until(&self) -> Option<SystemTime> {
        self.permit_until
    }

    /// Help was called from this line: every call rings for that long.
    pub fn emergency_called(&mut self, now: SystemTime, lasts: Duration) {
        self.emergency_until = now.checked_add(lasts);
    }

    /// A caller passed the challenge and rings freely until then.
    pub fn challenge_passed(&mut self, number: NumberKey, until: SystemTime) {
        if self.passed.len() >= MOST_CALLERS
            && let Some(oldest) = self.passed.iter().min_by_key(|(_, until)| **until).map(|(key, _)| *key)
        {
            self.passed.remove(&oldest);
        }
        self.passed.insert(number, until);
    }

    /// A caller does not ring freely any more.
    pub fn withdraw_pass(&mut self, number: NumberKey) {
        self.passed.remove(&number);
    }

    /// Who passed the challenge, and until when.
    pub fn passed(&self) -> impl Iterator<Item = (NumberKey, SystemTime)> {
        self.passed.iter().map(|(&key, &until)| (key, until))
    }

    /// Remembers a call after it was judged: for rules about repeated calls, and to use up a permit.
    pub fn record(&mut self, screen: &Screen, call: &IncomingCall, verdict: &Verdict) {
        if verdict.reason.stage == Stage::Permit && &*verdict.reason.rule == crate::screen::PERMIT_NEXT {
            self.permit_until = None;
        }
        let Some(key) = screen.place(call).and_then(|number| number.key()) else { return };
        if self.calls.len() >= MOST_CALLERS
            && !self.calls.contains_key(&key)
            && let Some(oldest) =
                self.calls.iter().min_by_key(|(_, times)| times.back().copied()).map(|(k, _)| *k)
        {
            self.calls.remove(&oldest);
        }
        let times = self.calls.entry(key).or_default();
        if times.len() >= MOST_CALLS {
            times.pop_front();
        }
        times.push_back(call.at);
    }

    pub(crate) fn emergency(&self, now: SystemTime) -> bool {
        self.emergency_until.is_some_and(|until| now < until)
    }

    pub(crate) fn permits(&self, now: SystemTime) -> bool {
        self.permit_until.is_some_and(|until| now < until)
    }

    pub(crate) fn has_passed(&self, key: NumberKey, now: SystemTime) -> bool {
        !self.passed.is_empty() && self.passed.get(&key).is_some_and(|&until| now < until)
    }

    /// How often that caller called within that time before now, not counting the call at hand.
    pub(crate) fn calls_within(&self, key: NumberKey, now: SystemTime, within: Duration) -> usize {
        let Some(times) = self.calls.get(&key) else { return 0 };
        // The call at hand may have been recorded already, if it is judged anew.
        let lately =
            |at: &&SystemTime| **at != now && now.duration_since(**at).is_ok_and(|ago| ago <= within);
        times.iter().rev().filter(lately).count()
    }
}
