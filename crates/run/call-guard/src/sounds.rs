//! Sounds that are made here when no file is given.

use call_event::Sound;
use telephone_audio::Country;
use telephone_audio::generate::{ReadySound, ToneSequence};

/// How loud such sounds are, in dBm0.
const LEVEL: f32 = -14.0;

fn sound(samples: impl Iterator<Item = i16>) -> Sound {
    Sound::Samples(samples.collect())
}

fn ready(name: &str) -> Sound {
    let samples = ReadySound::named(name).map(|s| s.samples(Country::default())).unwrap_or_default();
    Sound::Samples(samples.into())
}

/// The beep after which a message is recorded.
pub(crate) fn beep() -> Sound {
    ready("beep")
}

/// The rising tones of "this number is not in service", and congestion.
pub(crate) fn not_in_service() -> Sound {
    ready("disconnected")
}

/// As many short beeps as the digit to press; a long one for `0`, `*` and `#`.
pub(crate) fn press(digit: char) -> Sound {
    let mut beeps = ToneSequence::new().pause(300);
    match digit.to_digit(10) {
        Some(count @ 1..) => {
            for _ in 0..count {
                beeps = beeps.tone(&[(800.0, LEVEL)], 180).pause(180);
            }
        }
        _ => beeps = beeps.tone(&[(800.0, LEVEL)], 900),
    }
    sound(beeps)
}

/// Something like a murmur, never twice the same: machines wait for such a sound.
pub(crate) fn murmur(turn: usize) -> Sound {
    const PITCHES: [f32; 5] = [180.0, 210.0, 165.0, 195.0, 150.0];
    let mut murmur = ToneSequence::new();
    for i in 0..3 + turn % 4 {
        let pitch = PITCHES[(turn + i) % PITCHES.len()];
        murmur = murmur.tone(&[(pitch, LEVEL), (pitch * 3.1, LEVEL - 6.0)], 120).pause(40);
    }
    sound(murmur)
}
