//! One steady tone: faxes, modems, beeps, and the parts of a special information tone.

use super::spectrum::{Frame, HOP, Spectrum};
use crate::Tone;
use crate::level::power_of_dbm0;

/// What the detector noticed. Times are in samples since it began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SingleToneEvent {
    /// A tone of a fax or modem is recognised. A 2100 Hz tone is told as [`Tone::FaxAnswer`] first, and again
    /// by its other name once its phase was seen to reverse or its loudness to swing.
    Recognised {
        /// Which.
        tone: Tone,
        /// When it began.
        start: u64,
    },
    /// A steady tone has ended.
    Ended {
        /// What it was, if it has a name.
        tone: Option<Tone>,
        /// Its frequency in Hz.
        hz: f32,
        /// The part of the sound that it was, 0 to 1.
        purity: f32,
        /// When it began.
        start: u64,
        /// When it ended.
        end: u64,
    },
}

/// Follows the strongest tone of the line while it is steady and alone.
///
/// ```
/// use telephone_audio::tones::{SingleToneDetector, SingleToneEvent};
/// use telephone_audio::{Tone, generate};
/// let fax: Vec<i16> = generate::ced(-20.0).collect();
/// let mut told = Vec::new();
/// SingleToneDetector::new().push(&fax, |event| told.push(event));
/// assert!(matches!(told[0], SingleToneEvent::Recognised { tone: Tone::FaxAnswer, .. }));
/// ```
#[derive(Debug, Clone, Default)]
pub struct SingleToneDetector {
    spectrum: Spectrum,
    run: Option<Run>,
    /// The middle of the tone that ended last, waiting for the window to leave it.
    phases: [f32; PHASES],
    powers: [f32; SWINGS],
}

/// The phase is compared with that of so many looks before: the windows do not overlap any more.
const PHASES: usize = 5;
/// The loudness is watched over so many looks.
const SWINGS: usize = 24;

#[derive(Debug, Clone, Copy)]
struct Run {
    hz: f32,
    /// Power-weighted sums for the mean frequency.
    weighted: f32,
    weight: f32,
    reference: f32,
    total: f32,
    looks: u32,
    missed: u32,
    start: u64,
    end: u64,
    tone: Option<Tone>,
    reversals: u32,
    last_reversal: u64,
}

/// The softest tone.
const SOFTEST: f32 = -46.0;

impl SingleToneDetector {
    /// A detector at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens to the next samples and tells what changed.
    pub fn push(&mut self, samples: &[i16], mut event: impl FnMut(SingleToneEvent)) {
        let mut spectrum = std::mem::take(&mut self.spectrum);
        spectrum.push(samples, |frame| self.look(frame, &mut event));
        self.spectrum = spectrum;
    }

    /// The frequency of the steady tone that sounds now.
    pub(crate) fn sounding(&self) -> Option<f32> {
        self.run.filter(|r| r.looks >= 3).map(|r| r.hz)
    }

    /// Takes a look that somebody else made.
    pub(crate) fn look(&mut self, frame: &Frame, event: &mut impl FnMut(SingleToneEvent)) {
        let peak = frame.peaks[0];
        let alone = peak.power > 0.5 * frame.total && peak.power > power_of_dbm0(SOFTEST);
        if let Some(mut run) = self.run.take() {
            let same = alone && (peak.hz - run.hz).abs() < 25.0;
            let loud = same && peak.power > 0.25 * run.reference;
            if loud {
                run.missed = 0;
                run.add(frame);
                self.watch(&mut run, frame, event);
                self.run = Some(run);
                return;
            }
            run.missed += 1;
            // A phase reversal makes a hole of two looks.
            let another = alone && !same && peak.power > 0.25 * run.reference;
            if run.missed <= 3 && !another {
                self.run = Some(run);
                return;
            }
            run.finish(event);
        }
        if alone {
            self.phases = [f32::NAN; PHASES];
            self.powers = [0.0; SWINGS];
            self.run = Some(Run::new(frame));
        }
    }

    fn watch(&mut self, run: &mut Run, frame: &Frame, event: &mut impl FnMut(SingleToneEvent)) {
        let mean = run.mean();
        self.powers.rotate_left(1);
        self.powers[SWINGS - 1] = frame.peaks[0].power.sqrt();
        let lasted = run.end - run.start;
        if run.tone.is_none() && lasted >= 8 * 440 {
            run.tone = match mean {
                m if (m - 2100.0).abs() < 26.0 => Some(Tone::FaxAnswer),
                m if (m - 2225.0).abs() < 28.0 => Some(Tone::BellAnswer),
                _ => None,
            };
            if let Some(tone) = run.tone {
                event(SingleToneEvent::Recognised { tone, start: run.start });
            }
        }
        if (mean - 2100.0).abs() >= 30.0 {
            return;
        }
        let phase = frame.phase(mean);
        let before = self.phases[0];
        self.phases.rotate_left(1);
        self.phases[PHASES - 1] = phase;
        let apart = (HOP * PHASES) as f32 / 8000.0;
        let expected = std::f32::consts::TAU * (mean * apart).fract();
        let off = (phase - before - expected).rem_euclid(std::f32::consts::TAU);
        let reversed = (off - std::f32::consts::PI).abs() < 1.0;
        if reversed && frame.centre.saturating_sub(run.last_reversal) > 8 * 300 {
            run.reversals += 1;
            run.last_reversal = frame.centre;
        }
        let other = match run.tone {
            Some(Tone::FaxAnswer | Tone::AnswerReversing) if self.swings() => Tone::AnswerModulated,
            Some(Tone::FaxAnswer) if run.reversals >= 2 => Tone::AnswerReversing,
            _ => return,
        };
        run.tone = Some(other);
        event(SingleToneEvent::Recognised { tone: other, start: run.start });
    }

    /// Whether the loudness swings 15 times a second.
    fn swings(&self) -> bool {
        let mean = self.powers.iter().sum::<f32>() / SWINGS as f32;
        let least = self.powers.iter().copied().fold(f32::MAX, f32::min);
        if least < 0.75 * mean {
            return false;
        }
        let part = |hz: f32| {
            let (mut re, mut im) = (0.0, 0.0);
            for (i, power) in self.powers.iter().enumerate() {
                let (sin, cos) = (std::f32::consts::TAU * hz * (i * HOP) as f32 / 8000.0).sin_cos();
                re += (power / mean - 1.0) * cos;
                im += (power / mean - 1.0) * sin;
            }
            2.0 * re.hypot(im) / SWINGS as f32
        };
        let swing = part(15.0);
        swing > 0.05 && swing > 2.0 * part(8.0).max(part(21.5))
    }
}

impl Run {
    fn new(frame: &Frame) -> Self {
        let peak = frame.peaks[0];
        Self {
            hz: peak.hz,
            weighted: peak.hz * peak.power,
            weight: peak.power,
            reference: peak.power,
            total: frame.total,
            looks: 1,
            missed: 0,
            start: frame.centre,
            end: frame.centre,
            tone: None,
            reversals: 0,
            last_reversal: 0,
        }
    }

    fn add(&mut self, frame: &Frame) {
        let peak = frame.peaks[0];
        if peak.power > 4.0 * self.reference {
            // The looks before only touched the tone; it begins here.
            *self = Self::new(frame);
            return;
        }
        self.looks += 1;
        self.end = frame.centre;
        self.reference = self.reference.max(peak.power);
        self.weighted += peak.hz * peak.power;
        self.weight += peak.power;
        self.total += frame.total;
        if self.looks <= 4 {
            self.hz = self.mean();
        }
    }

    fn mean(&self) -> f32 {
        self.weighted / self.weight
    }

    fn finish(self, event: &mut impl FnMut(SingleToneEvent)) {
        if self.looks < 3 {
            return;
        }
        let half = HOP as u64 / 2;
        let (start, end) = (self.start.saturating_sub(half), self.end + half);
        let (hz, ms) = (self.mean(), (end - start) / 8);
        let purity = self.weight / self.total;
        let mut tone = self.tone;
        if tone.is_none() && purity > 0.6 {
            tone = match hz {
                _ if (hz - 1100.0).abs() <= 38.0 && (380..=650).contains(&ms) => Some(Tone::FaxCalling),
                _ if (hz - 1300.0).abs() <= 24.0 && (430..=780).contains(&ms) => Some(Tone::DataCalling),
                _ => None,
            };
            if let Some(tone) = tone {
                event(SingleToneEvent::Recognised { tone, start });
            }
        }
        event(SingleToneEvent::Ended { tone, hz, purity, start, end });
    }
}
