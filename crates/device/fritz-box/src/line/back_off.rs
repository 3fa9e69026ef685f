//! How long to wait before the next try.

use std::time::Duration;

/// 1 s, 2 s, 4 s ... 60 s, each with up to a quarter more or less, so that many clients do not come at once.
#[derive(Debug, Clone)]
pub(super) struct BackOff {
    next: Duration,
    longest: Duration,
}

impl BackOff {
    pub(super) fn new() -> Self {
        Self::up_to(Duration::from_secs(60))
    }

    pub(super) fn up_to(longest: Duration) -> Self {
        Self { next: Duration::from_secs(1), longest }
    }

    pub(super) fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now.mul_f64(0.75 + fastrand::f64() / 2.0)
    }
}
