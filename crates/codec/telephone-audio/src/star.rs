//! The star key: how somebody at the telephone says "block this caller".

use crate::dtmf::DigitEvent;
use crate::millis;

/// When the star key counts. By default every press does, a short one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StarSettings {
    /// It must be held for so many samples.
    pub hold: Option<u64>,
    /// It must be pressed twice within so many samples (from the start of one press to that of the next).
    pub twice_within: Option<u64>,
}

impl StarSettings {
    /// As jcblock asks for it: held for 0.66 s, or pressed twice within a second and a half.
    pub fn like_jcblock() -> Self {
        Self { hold: Some(millis(660)), twice_within: Some(millis(1500)) }
    }
}

/// Watches digits for the star key: one event a press. With both conditions set, either will do.
#[derive(Debug, Clone, Default)]
pub struct StarKey {
    settings: StarSettings,
    pressed: Option<u64>,
    last: Option<u64>,
}

impl StarKey {
    /// A watcher with these settings.
    pub fn new(settings: StarSettings) -> Self {
        Self { settings, pressed: None, last: None }
    }

    /// Takes what the receiver reported; the start of the press if the key counts now.
    pub fn digit(&mut self, event: &DigitEvent) -> Option<u64> {
        match *event {
            DigitEvent::Began { digit: '*', start } => {
                let Some(window) = self.settings.twice_within else {
                    self.pressed = Some(start);
                    return match self.settings.hold {
                        None => self.pressed.take(),
                        Some(_) => None,
                    };
                };
                if self.last.is_some_and(|last| start - last <= window) {
                    // A third press begins a new pair.
                    (self.last, self.pressed) = (None, None);
                    return Some(start);
                }
                (self.last, self.pressed) = (Some(start), Some(start));
                None
            }
            DigitEvent::Ended { digit: '*', end, .. } => self.held(end),
            DigitEvent::Began { .. } | DigitEvent::Ended { .. } => {
                // Another key in between: no double press.
                (self.last, self.pressed) = (None, None);
                None
            }
        }
    }

    /// Time goes on while the key may be held; the start of the press if it counts now. `at` must not pass
    /// what the receiver has heard.
    pub fn held(&mut self, at: u64) -> Option<u64> {
        let (hold, start) = (self.settings.hold?, self.pressed?);
        if at.saturating_sub(start) < hold {
            return None;
        }
        (self.last, self.pressed) = (None, None);
        Some(start)
    }
}
