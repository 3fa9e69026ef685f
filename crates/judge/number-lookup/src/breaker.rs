//! Leaves a source alone that fails again and again.

use std::time::{Duration, Instant};

/// After so many failures in a row a source is left alone,
const FAILURES: u32 = 3;
/// for this long at first, then for twice as long,
const FIRST: Duration = Duration::from_secs(300);
/// but never longer.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// Counts failures. Time is handed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker {
    failures: u32,
    pause: Option<Duration>,
    until: Option<Instant>,
}

impl Breaker {
    /// How long the source is still to be left alone; `None` if it may be asked.
    pub(crate) fn closed_for(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn failed(&mut self, now: Instant) {
        self.failures += 1;
        if self.failures >= FAILURES {
            let pause = self.pause.map_or(FIRST, |p| (p * 2).min(LONGEST));
            self.pause = Some(pause);
            self.until = Some(now + pause);
            // One try after the pause decides whether it is left alone again.
            self.failures = FAILURES - 1;
        }
    }

    /// The source itself named a time.
    pub(crate) fn leave_alone(&mut self, now: Instant, time: Duration) {
        self.until = Some(now + time.clamp(Duration::from_secs(60), LONGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_close_it_and_one_success_opens_it() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(breaker.closed_for(now), None);
            breaker.failed(now);
        }
        assert_eq!(breaker.closed_for(now), Some(FIRST));
        now += FIRST;
        assert_eq!(breaker.closed_for(now), None);
        breaker.failed(now);
        assert_eq!(breaker.closed_for(now), Some(FIRST * 2));
        breaker.succeeded();
        assert_eq!(breaker.closed_for(now), None);
        breaker.leave_alone(now, Duration::from_secs(1));
        assert_eq!(breaker.closed_for(now), Some(Duration::from_secs(60)));
    }
}
