//! Call-progress tones: the frequencies of a country, and the cadence that tells them apart.

use std::collections::VecDeque;

use super::spectrum::{Frame, HOP, Spectrum};
use crate::country::{Country, Progress, ProgressTone};
use crate::level::power_of_dbm0;

/// What the detector noticed. Times are in samples since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressEvent {
    /// A tone is recognised.
    Began {
        /// What it tells.
        meaning: Progress,
        /// When the part of it that was heard began.
        start: u64,
    },
    /// It has stopped.
    Ended {
        /// What it told.
        meaning: Progress,
        /// When it began.
        start: u64,
        /// When it was last heard.
        end: u64,
    },
}

/// Recognises the call-progress tones of one country.
///
/// ```
/// use telephone_audio::tones::{ProgressDetector, ProgressEvent};
/// use telephone_audio::{Country, Progress, generate};
/// let mut detector = ProgressDetector::new(Country::De);
/// let mut told = Vec::new();
/// detector.push(&generate::busy(Country::De, -18.0).samples(3000), |event| told.push(event));
/// assert!(matches!(told[0], ProgressEvent::Began { meaning: Progress::Busy, .. }));
/// ```
#[derive(Debug, Clone)]
pub struct ProgressDetector {
    spectrum: Spectrum,
    families: Vec<Family>,
}

impl ProgressDetector {
    /// A detector for that country.
    pub fn new(country: Country) -> Self {
        Self { spectrum: Spectrum::new(), families: families(country) }
    }

    /// Listens to the next samples and tells what changed.
    pub fn push(&mut self, samples: &[i16], mut event: impl FnMut(ProgressEvent)) {
        let families = &mut self.families;
        self.spectrum.push(samples, |frame| families.iter_mut().for_each(|f| f.look(frame, &mut event)));
    }

    /// Takes a look that somebody else made.
    pub(crate) fn look(&mut self, frame: &Frame, mut event: impl FnMut(ProgressEvent)) {
        self.families.iter_mut().for_each(|f| f.look(frame, &mut event));
    }

    /// Whether the frequencies of one of the country's tones sound now.
    pub(crate) fn sounding(&self) -> bool {
        self.families.iter().any(|f| f.on)
    }

    /// Whether a frequency by itself is one of the country's tones.
    pub(crate) fn uses(&self, hz: f32) -> bool {
        let alone = |bands: &[Band]| matches!(bands, [b] if (b.low - 15.0..=b.high + 15.0).contains(&hz));
        self.families.iter().any(|family| alone(&family.bands))
    }
}

/// Where one frequency of a tone may lie. Frequencies too close to be told apart share a band.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Band {
    low: f32,
    high: f32,
    wide: bool,
}

fn bands(tone: &ProgressTone) -> Vec<Band> {
    let slack = |hz: f32| 0.016 * hz + 3.0;
    let mut bands: Vec<Band> = Vec::new();
    let swing = tone.modulation;
    for &hz in tone.frequencies {
        let (low, high) = (hz - slack(hz) - swing, hz + slack(hz) + swing);
        match bands.last_mut() {
            Some(band) if low - band.high < 12.0 => (band.high, band.wide) = (high, true),
            _ => bands.push(Band { low, high, wide: swing > 0.0 }),
        }
    }
    bands
}

/// The tones of a country that have the same frequencies and differ in their cadence only.
#[derive(Debug, Clone)]
struct Family {
    bands: Vec<Band>,
    tones: Vec<ProgressTone>,
    /// The power of the last three looks where the frequencies were right, oldest first.
    levels: [f32; 3],
    reference: f32,
    /// The part of the reference at which the tone begins and ends.
    edge: f32,
    on: bool,
    /// How long the present on or off has lasted, in ms.
    run: f32,
    /// Finished ones: on or off, and how long in ms. The first after a long silence is whole.
    runs: VecDeque<(bool, f32)>,
    /// Whether the present run was heard from its start.
    whole: bool,
    told: Option<(Progress, u64)>,
    last_on: u64,
    first_on: u64,
}

/// So many finished runs are looked at.
const RUNS: usize = 8;
const HOP_MS: f32 = HOP as f32 / 8.0;
/// The softest tone, each frequency by itself.
const SOFTEST: f32 = -45.0;

fn families(country: Country) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for tone in country.tones() {
        let own = bands(tone);
        let within = |family: &&mut Family| {
            family.bands == own
                || (family.bands.len() == 1
                    && own.len() == 1
                    && (family.bands[0].wide || own[0].wide)
                    && family.bands[0].low < own[0].high
                    && own[0].low < family.bands[0].high)
        };
        match families.iter_mut().find(within) {
            Some(family) => {
                if own[0].wide {
                    family.bands = own;
                }
                if tone.modulation > 0.0 {
                    // The swing itself is no edge.
                    family.edge = 0.1;
                }
                family.tones.push(*tone);
            }
            None => families.push(Family::new(own, *tone)),
        }
    }
    families
}

impl Family {
    fn new(bands: Vec<Band>, tone: ProgressTone) -> Self {
        Self {
            bands,
            tones: vec![tone],
            levels: [0.0; 3],
            reference: 0.0,
            edge: 0.25,
            on: false,
            run: 0.0,
            runs: VecDeque::with_capacity(RUNS + 1),
            whole: false,
            told: None,
            last_on: 0,
            first_on: 0,
        }
    }

    /// The power of the family's frequencies, if they are what sounds.
    fn heard(&self, frame: &Frame) -> f32 {
        if frame.total < power_of_dbm0(SOFTEST) {
            return 0.0;
        }
        let (mut sum, mut least) = (0.0, f32::MAX);
        for band in &self.bands {
            let power = if band.wide {
                frame.power_between(band.low - 16.0, band.high + 16.0)
            } else {
                let peak = frame.band(band.low, band.high);
                if !(band.low..=band.high).contains(&peak.hz) {
                    return 0.0;
                }
                peak.power
            };
            sum += power;
            least = f32::min(least, power);
        }
        let is_it = sum > 0.5 * frame.total && least > 0.08 * sum && least > power_of_dbm0(SOFTEST);
        if is_it { sum } else { 0.0 }
    }

    fn look(&mut self, frame: &Frame, event: &mut impl FnMut(ProgressEvent)) {
        self.levels.rotate_left(1);
        self.levels[2] = self.heard(frame);
        // A window half filled by the tone holds a quarter of its power: that is the edge. Two looks ahead
        // show how loud a tone is that has just begun.
        self.reference = self.levels.iter().copied().fold(self.reference * 0.995, f32::max);
        let on = self.levels[0] > self.edge * self.reference && self.levels[0] > 0.0;
        let at = frame.centre.saturating_sub(2 * HOP as u64);
        if on == self.on {
            self.run += HOP_MS;
        } else {
            if self.whole || on {
                self.runs.push_back((self.on, self.run));
            }
            // A tone that was there when we began to listen may have begun long before.
            self.whole = self.whole || (on && at > HOP as u64 * 3);
            if self.runs.len() > RUNS {
                self.runs.pop_front();
            }
            if on && self.runs.len() <= 1 {
                self.first_on = at;
            }
            self.on = on;
            self.run = HOP_MS;
        }
        if on {
            self.last_on = at;
        }
        self.judge(at, event);
    }

    fn judge(&mut self, at: u64, event: &mut impl FnMut(ProgressEvent)) {
        // What does not begin with a tone says nothing.
        while self.runs.front().is_some_and(|run| !run.0) {
            self.runs.pop_front();
        }
        if let Some((meaning, start)) = self.told {
            if self.goes_on(meaning) {
                return;
            }
            self.told = None;
            event(ProgressEvent::Ended { meaning, start, end: self.last_on });
            // What belonged to the tone that has ended must not be taken for the start of another.
            self.runs.clear();
        }
        let found = loop {
            let mut fitting = self.tones.iter().filter(|t| self.fits(t)).map(|t| t.meaning);
            match (fitting.next(), fitting.next()) {
                (Some(meaning), None) => break self.enough(meaning).then_some(meaning),
                (Some(_), Some(_)) => break None,
                (None, _) if self.runs.is_empty() => break None,
                (None, _) => {
                    // Perhaps only the oldest of it does not belong.
                    self.runs.drain(..self.runs.len().min(2));
                }
            }
        };
        if let Some(meaning) = found {
            let lasted: f32 = self.runs.iter().map(|r| r.1).sum::<f32>() + self.run;
            let start = at.saturating_sub((lasted * 8.0) as u64);
            self.told = Some((meaning, start));
            event(ProgressEvent::Began { meaning, start });
        }
    }

    /// Whether what was heard could be part of that tone.
    fn fits(&self, tone: &ProgressTone) -> bool {
        let n = tone.cadence.len();
        if n == 0 {
            return self.runs.is_empty() && self.on;
        }
        (0..n).any(|shift| {
            let expected = |i: usize| f32::from(tone.cadence[(shift + i) % n]);
            let sounds = |i: usize| (shift + i).is_multiple_of(2);
            self.runs
                .iter()
                .enumerate()
                .all(|(i, &(on, ms))| on == sounds(i) && (ms - expected(i)).abs() <= slack(expected(i)))
                && self.on == sounds(self.runs.len())
                && self.run <= expected(self.runs.len()) + slack(expected(self.runs.len()))
        })
    }

    /// Whether enough was heard to say so.
    fn enough(&self, meaning: Progress) -> bool {
        let Some(tone) = self.tones.iter().find(|t| t.meaning == meaning) else { return false };
        let longest_on = self
            .tones
            .iter()
            .flat_map(|t| t.cadence.iter().step_by(2))
            .fold(0.0f32, |longest, &ms| longest.max(f32::from(ms)));
        if tone.cadence.is_empty() {
            return self.on && self.run >= (longest_on * 1.2 + 100.0).max(800.0);
        }
        let tones = self.runs.iter().filter(|r| r.0).count();
        // Two whole tones with the pause between them, or one and a pause as long as no other tone has.
        tones >= 2 || (tones == 1 && !self.on && self.run >= 1200.0)
    }

    /// Whether a tone that was told still goes on.
    fn goes_on(&self, meaning: Progress) -> bool {
        let Some(tone) = self.tones.iter().find(|t| t.meaning == meaning) else { return false };
        if tone.cadence.is_empty() {
            return self.on || self.run < 100.0;
        }
        let times = |sounds: bool| tone.cadence.iter().skip(usize::from(!sounds)).step_by(2).copied();
        let last_fits = self.runs.back().is_none_or(|&(on, ms)| {
            times(on).any(|expected| (ms - f32::from(expected)).abs() <= 2.0 * slack(expected.into()))
        });
        last_fits && times(self.on).any(|expected| self.run <= f32::from(expected) + slack(expected.into()))
    }
}

/// How far a time may be off, in ms.
fn slack(ms: f32) -> f32 {
    0.12 * ms + 28.0
}
