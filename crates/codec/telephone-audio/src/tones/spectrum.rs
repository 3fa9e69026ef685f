//! What frequencies sound: one look every 20 ms, 64 ms wide, shared by all the tone detectors.

use std::sync::LazyLock;

use super::transform::{self, POINTS, Parts};
use crate::level::power_of_dbm0;

/// A look every so many samples (20 ms).
pub(crate) const HOP: usize = 160;
/// Each look takes in so many (64 ms): enough to tell 400 from 450 Hz.
pub(crate) const WINDOW: usize = 2 * POINTS;
/// A window of real samples is transformed as half as many complex ones, and taken apart afterwards.
const BINS: usize = POINTS;
/// The width of a bin in Hz.
pub(crate) const BIN_HZ: f32 = 8000.0 / WINDOW as f32;
/// What is heard of the line: 218 to 3594 Hz. Hum lies below.
const HEARD: std::ops::Range<usize> = 14..231;

/// Cosine and sine of each bin's turn.
static TURNS: LazyLock<([f32; BINS], [f32; BINS])> = LazyLock::new(|| {
    let turn = |k: usize| std::f64::consts::TAU * k as f64 / WINDOW as f64;
    (std::array::from_fn(|k| turn(k).cos() as f32), std::array::from_fn(|k| turn(k).sin() as f32))
});
static HANN: LazyLock<[f32; WINDOW]> = LazyLock::new(|| {
    std::array::from_fn(|n| {
        let turn = std::f64::consts::TAU * (n as f64 + 0.5) / WINDOW as f64;
        (0.5 - 0.5 * turn.cos()) as f32
    })
});
/// Makes the powers of a tone's bins add up to its mean square: a Hann window's squares sum to 3/8.
const POWER_SCALE: f32 = 2.0 / (WINDOW as f32 * WINDOW as f32 * 0.375);

/// One frequency that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Peak {
    /// Its frequency in Hz.
    pub hz: f32,
    /// Its mean square in sample values.
    pub power: f32,
}

/// One look at the line.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The middle of what was looked at, in samples since the beginning.
    pub centre: u64,
    /// The mean square of everything heard, hum left out.
    pub total: f32,
    /// The two frequencies that stand out most; power 0 if there is nothing.
    pub peaks: [Peak; 2],
    power: [f32; BINS],
    re: [f32; BINS],
    im: [f32; BINS],
}

impl Frame {
    fn empty() -> Self {
        Self {
            centre: 0,
            total: 0.0,
            peaks: [Peak::default(); 2],
            power: [0.0; BINS],
            re: [0.0; BINS],
            im: [0.0; BINS],
        }
    }

    /// The power between two frequencies, and the strongest frequency there.
    pub fn band(&self, low: f32, high: f32) -> Peak {
        let from = ((low / BIN_HZ).floor() as usize).clamp(2, BINS - 4);
        let to = ((high / BIN_HZ).ceil() as usize).clamp(from, BINS - 4);
        let top = (from..=to).fold(from, |best, k| if self.power[k] > self.power[best] { k } else { best });
        self.peak_at(top)
    }

    /// All the power between two frequencies.
    pub fn power_between(&self, low: f32, high: f32) -> f32 {
        let from = ((low / BIN_HZ).round() as usize).clamp(1, BINS - 1);
        let to = ((high / BIN_HZ).round() as usize).clamp(from, BINS - 1);
        self.power[from..=to].iter().sum()
    }

    /// The phase at a frequency's bin, in radians.
    pub(crate) fn phase(&self, hz: f32) -> f32 {
        let bin = ((hz / BIN_HZ).round() as usize).min(BINS - 1);
        self.im[bin].atan2(self.re[bin])
    }

    fn peak_at(&self, top: usize) -> Peak {
        let (before, at, after) = (self.power[top - 1], self.power[top], self.power[top + 1]);
        if at <= 0.0 {
            return Peak::default();
        }
        // Between two bins of a Hann window the ratio of their magnitudes says where the tone lies.
        let (neighbour, side) = if after > before { (after, 1.0) } else { (before, -1.0) };
        let ratio = (neighbour / at).sqrt();
        let offset = side * (2.0 * ratio - 1.0) / (1.0 + ratio);
        Peak { hz: (top as f32 + offset) * BIN_HZ, power: before + at + after }
    }

    #[inline(always)]
    fn find_peaks(&mut self) {
        let first = self.largest(HEARD);
        // The second is the larger of those on both sides of the first.
        let below = (first > HEARD.start + 2).then(|| self.largest(HEARD.start..first - 2));
        let above = (first + 3 < HEARD.end).then(|| self.largest(first + 3..HEARD.end));
        let second = match (below, above) {
            (Some(a), Some(b)) => Some(if self.power[b] > self.power[a] { b } else { a }),
            (a, b) => a.or(b),
        };
        self.peaks = [self.peak_at(first), second.map_or_else(Peak::default, |k| self.peak_at(k))];
    }

    /// The bin with the most power: first the value, in eight lanes, then where it is.
    #[inline(always)]
    fn largest(&self, range: std::ops::Range<usize>) -> usize {
        let part = &self.power[range.clone()];
        let (eights, rest) = part.as_chunks::<LANES>();
        let mut most = [0.0f32; LANES];
        for eight in eights {
            for lane in 0..LANES {
                most[lane] = if eight[lane] > most[lane] { eight[lane] } else { most[lane] };
            }
        }
        let most = most.iter().chain(rest).copied().fold(0.0, f32::max);
        // Whole eights first: comparing eight at once is one step.
        let at = eights.iter().position(|eight| eight.iter().fold(false, |found, &p| found | (p == most)));
        let from = at.unwrap_or(eights.len()) * LANES;
        range.start + from + part[from..].iter().position(|&p| p == most).unwrap_or(0)
    }
}

/// Sums run in so many lanes, or each addition would wait for the one before.
const LANES: usize = 8;

#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    let (eights, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0f32; LANES];
    for eight in eights {
        for lane in 0..LANES {
            lanes[lane] += eight[lane];
        }
    }
    lanes.iter().chain(rest).sum()
}

/// Weighs a window, transforms it, and takes the result apart into the bins of real samples, their powers, and what is
/// most and in all; the compiler makes it for each width of processor.
struct Look<'a> {
    samples: &'a [i16; WINDOW],
    hann: &'a [f32; WINDOW],
    turns: &'a ([f32; BINS], [f32; BINS]),
    frame: &'a mut Frame,
}

impl pulp::NullaryFnOnce for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { samples, hann, turns: (cos, sin), frame } = self;
        let (mut packed, mut out) = (Parts::ZERO, Parts::ZERO);
        let (re, im) = (packed.re.as_flattened_mut(), packed.im.as_flattened_mut());
        for k in 0..BINS {
            re[k] = f32::from(samples[2 * k]) * hann[2 * k];
            im[k] = f32::from(samples[2 * k + 1]) * hann[2 * k + 1];
        }
        transform::forward(&mut packed, &mut out);
        let (re, im) = (out.re.as_flattened(), out.im.as_flattened());
        // The same backwards, as its conjugate.
        let (back_re, back_im) = (packed.re.as_flattened_mut(), packed.im.as_flattened_mut());
        (back_re[0], back_im[0]) = (re[0], -im[0]);
        for k in 1..BINS {
            (back_re[k], back_im[k]) = (re[BINS - k], -im[BINS - k]);
        }
        for k in 0..BINS {
            let (even_re, even_im) = (0.5 * (re[k] + back_re[k]), 0.5 * (im[k] + back_im[k]));
            let (odd_re, odd_im) = (0.5 * (im[k] - back_im[k]), 0.5 * (back_re[k] - re[k]));
            let x = even_re + cos[k] * odd_re + sin[k] * odd_im;
            let y = even_im + cos[k] * odd_im - sin[k] * odd_re;
            (frame.re[k], frame.im[k]) = (x, y);
            frame.power[k] = (x * x + y * y) * POWER_SCALE;
        }
        frame.total = sum(&frame.power[HEARD]);
        frame.find_peaks();
    }
}

/// Looks at a stream, in pieces of any size.
#[derive(Clone)]
pub struct Spectrum {
    kept: Vec<i16>,
    hop_energy: [f32; WINDOW / HOP + 1],
    centre: u64,
    frame: Box<Frame>,
    gate: f32,
}

impl std::fmt::Debug for Spectrum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spectrum").field("centre", &self.centre).finish_non_exhaustive()
    }
}

impl Default for Spectrum {
    fn default() -> Self {
        Self::new()
    }
}

impl Spectrum {
    /// Begins to look.
    pub fn new() -> Self {
        let mut kept = Vec::with_capacity(WINDOW + HOP);
        // The first looks reach back before the first sample.
        kept.resize(WINDOW - HOP, 0);
        Self {
            kept,
            hop_energy: [0.0; WINDOW / HOP + 1],
            centre: HOP as u64,
            frame: Box::new(Frame::empty()),
            gate: power_of_dbm0(-50.0) * HOP as f32,
        }
    }

    /// The last look.
    pub fn last(&self) -> &Frame {
        &self.frame
    }

    /// Looks at the next samples; `seen` is called for every look.
    pub fn push(&mut self, samples: &[i16], mut seen: impl FnMut(&Frame)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(WINDOW - self.kept.len()));
            self.kept.extend_from_slice(now);
            rest = later;
            if self.kept.len() == WINDOW {
                self.look();
                seen(&self.frame);
                self.kept.drain(..HOP);
            }
        }
    }

    fn look(&mut self) {
        self.frame.centre = self.centre.saturating_sub((WINDOW / 2) as u64);
        self.centre += HOP as u64;
        let newest = &self.kept[WINDOW - HOP..];
        let (mut total, mut square) = (0i32, 0i64);
        for block in newest.chunks(32) {
            total += block.iter().map(|&x| i32::from(x)).sum::<i32>();
            // Thirty-two squares of halves fit in 32 bits.
            let halves: i32 = block.iter().map(|&x| (i32::from(x >> 1) * i32::from(x >> 1)) >> 4).sum();
            square += i64::from(halves) * 64;
        }
        let mean = total as f32 / HOP as f32;
        self.hop_energy.rotate_left(1);
        self.hop_energy[WINDOW / HOP] = square as f32 - mean * mean * HOP as f32;
        if self.hop_energy.iter().all(|&e| e < self.gate) {
            // Nothing in it for any detector: not worth a transform.
            if self.frame.total > 0.0 {
                let centre = self.frame.centre;
                *self.frame = Frame::empty();
                self.frame.centre = centre;
            }
            return;
        }
        let Some(samples) = self.kept.first_chunk::<WINDOW>() else { return };
        pulp::Arch::new().dispatch(Look { samples, hann: &HANN, turns: &TURNS, frame: &mut self.frame });
    }
}
