//! Tones and pauses one after the other, faded so that nothing clicks.

use std::f32::consts::{PI, TAU};

use crate::{amplitude, millis};

/// The most tones that sound at once.
const MOST_TONES: usize = 3;
/// Tones begin and end over this many samples (1 ms).
const FADE: u64 = 8;

/// One tone, chord or pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    tones: [(f32, f32); MOST_TONES],
    samples: u64,
    fade_in: bool,
    fade_out: bool,
    phase: f32,
    modulation: (f32, f32),
}

impl Part {
    /// Up to three tones, each a frequency in Hz and a level in dBm0, for so many samples. More than three
    /// are left out.
    pub fn tones(tones: &[(f32, f32)], samples: u64) -> Self {
        let mut all = [(0.0, 0.0); MOST_TONES];
        for (slot, &(hz, dbm0)) in all.iter_mut().zip(tones) {
            *slot = (hz, amplitude(dbm0));
        }
        Self { tones: all, samples, fade_in: true, fade_out: true, phase: 0.0, modulation: (0.0, 0.0) }
    }

    /// Nothing, for so many samples.
    pub fn silence(samples: u64) -> Self {
        Self::tones(&[], samples)
    }

    /// The same, its loudness swinging `hz` times a second by `depth` (0 to 1).
    #[must_use]
    pub fn modulated(self, hz: f32, depth: f32) -> Self {
        Self { modulation: (hz, depth), ..self }
    }

    /// The same with the phase moved by half a turn.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { phase: self.phase + PI, ..self }
    }

    /// The same without a fade at its start or end.
    #[must_use]
    pub fn unfaded(self, at_start: bool, at_end: bool) -> Self {
        Self { fade_in: !at_start, fade_out: !at_end, ..self }
    }

    /// How long it is.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    fn at(&self, n: u64) -> i16 {
        // In f64: a tone of an hour must still have its frequency at the end.
        let turns = |hz: f32| ((f64::from(hz) * n as f64 / 8000.0).fract() as f32) * TAU;
        let mut sum: f32 = self
            .tones
            .iter()
            .filter(|(hz, _)| *hz > 0.0)
            .map(|&(hz, peak)| peak * (turns(hz) + self.phase).sin())
            .sum();
        let (hz, depth) = self.modulation;
        if hz > 0.0 {
            sum *= 1.0 + depth * turns(hz).sin();
        }
        if self.fade_in && n < FADE {
            sum *= (n as f32 + 0.5) / FADE as f32;
        }
        if self.fade_out && self.samples - n <= FADE {
            sum *= ((self.samples - n) as f32 - 0.5) / FADE as f32;
        }
        sum.round().clamp(-32_768.0, 32_767.0) as i16
    }
}

/// Parts one after the other, as an iterator of samples. With [`repeated`](Self::repeated) it never ends.
///
/// ```
/// use telephone_audio::generate::ToneSequence;
/// let two_beeps = ToneSequence::new().tone(&[(1000.0, -12.0)], 200).pause(100).tone(&[(1000.0, -12.0)], 200);
/// assert_eq!(two_beeps.count(), 4000);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToneSequence {
    parts: Vec<Part>,
    repeat: bool,
    part: usize,
    position: u64,
}

impl ToneSequence {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        if part.samples > 0 {
            self.parts.push(part);
        }
        self
    }

    /// Adds tones (Hz, dBm0) for so many milliseconds.
    #[must_use]
    pub fn tone(self, tones: &[(f32, f32)], ms: u64) -> Self {
        self.part(Part::tones(tones, millis(ms)))
    }

    /// Adds silence for so many milliseconds.
    #[must_use]
    pub fn pause(self, ms: u64) -> Self {
        self.part(Part::silence(millis(ms)))
    }

    /// From the beginning again when it ends.
    #[must_use]
    pub fn repeated(self) -> Self {
        Self { repeat: true, ..self }
    }

    /// Adds what another sequence has.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// How many samples one round of it takes.
    pub fn round(&self) -> u64 {
        self.parts.iter().map(|p| p.samples).sum()
    }

    /// Fills a buffer with what comes next and returns how much of it was filled.
    pub fn fill(&mut self, buffer: &mut [i16]) -> usize {
        let mut filled = 0;
        for (slot, x) in buffer.iter_mut().zip(self) {
            *slot = x;
            filled += 1;
        }
        filled
    }

    /// The samples of so many milliseconds, silence after the end.
    pub fn samples(&mut self, ms: u64) -> Vec<i16> {
        let mut out = vec![0; usize::try_from(millis(ms)).unwrap_or(0)];
        self.fill(&mut out);
        out
    }
}

impl Iterator for ToneSequence {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        let part = match self.parts.get(self.part) {
            Some(part) => part,
            None if self.repeat && !self.parts.is_empty() => {
                self.part = 0;
                &self.parts[0]
            }
            None => return None,
        };
        let x = part.at(self.position);
        self.position += 1;
        if self.position >= part.samples {
            self.position = 0;
            self.part += 1;
        }
        Some(x)
    }
}
