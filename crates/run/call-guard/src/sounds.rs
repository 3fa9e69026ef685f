//! Sounds that are made here when no file is given.

use std::f64::consts::TAU;
use std::sync::Arc;

use call_event::Sound;

/// Samples a second.
const RATE: u32 = 8000;

/// A tone of that many hertz and milliseconds, with fades so that it does not click.
fn tone(out: &mut Vec<i16>, hertz: f64, ms: u32) {
    let length = RATE * ms / 1000;
    let fade = RATE / 200;
    for i in 0..length {
        let edge = f64::from(i.min(length - i).min(fade)) / f64::from(fade);
        let wave = (TAU * hertz * f64::from(i) / f64::from(RATE)).sin();
        #[allow(clippy::cast_possible_truncation, reason = "a sine times 8000 fits")]
        out.push((wave * edge * 8000.0) as i16);
    }
}

fn silence(out: &mut Vec<i16>, ms: u32) {
    let length = usize::try_from(RATE * ms / 1000).unwrap_or(0);
    out.extend(std::iter::repeat_n(0, length));
}

fn made(build: impl FnOnce(&mut Vec<i16>)) -> Sound {
    let mut samples = Vec::new();
    build(&mut samples);
    Sound::Samples(Arc::from(samples))
}

/// The beep after which a message is recorded.
pub(crate) fn beep() -> Sound {
    made(|out| {
        silence(out, 200);
        tone(out, 1000.0, 400);
        silence(out, 100);
    })
}

/// The three rising tones of "this number is not in service", twice.
pub(crate) fn not_in_service() -> Sound {
    made(|out| {
        silence(out, 300);
        for _ in 0..2 {
            tone(out, 913.8, 274);
            tone(out, 1370.6, 274);
            tone(out, 1776.7, 380);
            silence(out, 1000);
        }
    })
}

/// As many short beeps as the digit to press; a long one for `0`, `*` and `#`.
pub(crate) fn press(digit: char) -> Sound {
    made(|out| {
        silence(out, 300);
        match digit.to_digit(10) {
            Some(n @ 1..) => {
                for _ in 0..n {
                    tone(out, 800.0, 180);
                    silence(out, 180);
                }
            }
            _ => tone(out, 800.0, 900),
        }
    })
}

/// Something like a murmur, never twice the same length: machines wait for such a sound.
pub(crate) fn murmur(turn: usize) -> Sound {
    const PITCHES: [f64; 5] = [180.0, 210.0, 165.0, 195.0, 150.0];
    made(|out| {
        for i in 0..3 + turn % 4 {
            tone(out, PITCHES[(turn + i) % PITCHES.len()], 120);
            silence(out, 40);
        }
    })
}
