//! Digits and beeps as samples.

use std::time::Duration;

use telephone_audio::generate::{ToneSequence, digits as sequence};

/// The level of each tone, in dBm0.
const LEVEL: f32 = -9.0;
/// No beep is longer.
const LONGEST: u128 = 60_000;

fn millis(lasts: Duration) -> u64 {
    u64::try_from(lasts.as_millis().min(LONGEST)).unwrap_or(0)
}

/// A beep.
pub(crate) fn beep(hertz: u16, lasts: Duration) -> Vec<i16> {
    ToneSequence::new().tone(&[(f32::from(hertz.clamp(100, 3800)), LEVEL)], millis(lasts)).collect()
}

/// Digits, `,` for a pause of a second; what is no digit is left out.
pub(crate) fn digits(digits: &str, on: Duration, off: Duration) -> Vec<i16> {
    let digits: String = digits.chars().take(64).collect();
    sequence(&digits, LEVEL, millis(on), millis(off)).collect()
}
