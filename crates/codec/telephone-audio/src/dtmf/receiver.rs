//! From tones to digits.

use super::DIGITS;
use super::bank::{Analysis, GAIN, HOP, LAG, TONES, WINDOW, analyse, needed};
use crate::level::{amplitude, dbm0_of_power};

/// What the receiver takes for a digit. The defaults are those that the accuracy table is made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DtmfSettings {
    /// The softest tone that counts, in dBm0.
    pub softest: f32,
    /// How much louder the low tone may be than the high one, in dB.
    pub twist: f32,
    /// How much louder the high tone may be than the low one, in dB.
    pub reverse_twist: f32,
    /// How far off each tone may be, as a part of its frequency.
    pub off_frequency: f32,
    /// How far each tone may wander while it is looked at, as a part of its frequency.
    pub glide: f32,
    /// The shortest digit, in samples.
    pub shortest: u32,
    /// The shortest pause between two presses of one key, in samples.
    pub shortest_pause: u32,
    /// The least part of the sound (above hum) that the two tones must make up.
    pub purity: f32,
    /// The most that any other row or column may have, as a part of the two tones: a chord has a third note.
    pub third_tone: f32,
}

impl Default for DtmfSettings {
    fn default() -> Self {
        Self {
            softest: -41.0,
            twist: 11.0,
            reverse_twist: 7.0,
            off_frequency: 0.025,
            glide: 0.035,
            shortest: 216,
            shortest_pause: 176,
            purity: 0.73,
            third_tone: 0.05,
        }
    }
}

/// What happened to a digit. Times are in samples since the receiver began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DigitEvent {
    /// It is being pressed.
    Began {
        /// `0-9 A-D * #`.
        digit: char,
        /// When it began.
        start: u64,
    },
    /// It was let go. Each press gives exactly one.
    Ended {
        /// `0-9 A-D * #`.
        digit: char,
        /// When it began.
        start: u64,
        /// When it ended.
        end: u64,
        /// The level of the weaker tone, in dBm0.
        level: f32,
    },
}

/// So many hops are analysed at a time.
const BATCH: usize = 4;
/// The look back from where a digit was first suspected.
const BACK: usize = 4;

/// Two batches of windows, the present one and the one before it, for the look back.
#[derive(Debug, Clone, Copy, Default)]
struct Batches {
    windows: [[Analysis; BATCH]; 2],
    filled: [usize; 2],
    present: usize,
}

impl Batches {
    /// The window so many before the one at `at`, if it is still there.
    fn before(&self, at: usize, back: usize) -> Option<&Analysis> {
        if back <= at {
            return self.windows[self.present].get(at - back);
        }
        let other = 1 - self.present;
        self.windows[other].get((self.filled[other] + at).checked_sub(back)?)
    }
}

/// Finds digits in a stream, in pieces of any size.
///
/// ```
/// use telephone_audio::dtmf::{DigitEvent, DtmfReceiver};
/// let mut heard = String::new();
/// let sound: Vec<i16> = telephone_audio::generate::digits("0800#", -10.0, 50, 50).collect();
/// DtmfReceiver::new().push(&sound, |event| {
///     if let DigitEvent::Began { digit, .. } = event {
///         heard.push(digit);
///     }
/// });
/// assert_eq!(heard, "0800#");
/// ```
#[derive(Debug, Clone)]
pub struct DtmfReceiver {
    rules: Rules,
    /// Samples that no window has passed yet.
    kept: Vec<i16>,
    /// The centre of the next window, in samples since the beginning.
    centre: u64,
    batches: Batches,
    digit: Option<Candidate>,
}

/// The settings in the units of the analysis.
#[derive(Debug, Clone, Copy)]
struct Rules {
    settings: DtmfSettings,
    softest: f32,
    twist: f32,
    reverse_twist: f32,
}

/// Two tones that may be or are a digit.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    low: usize,
    high: usize,
    /// The largest magnitude of each tone so far.
    peak: [f32; 2],
    /// The sum of the magnitudes: with the peak, how long the digit has lasted.
    sum: [f32; 2],
    /// The last windows, and how many there were: a ring.
    looks: [Look; LOOKS],
    seen: usize,
    /// How long it has been away, in samples.
    away: f32,
    /// What was bridged within it, in samples.
    bridged: f32,
    /// Where it began, by the last full window.
    began: u64,
    /// Where the digit began, once it is accepted.
    accepted: Option<u64>,
    /// It was looked at and is none: wait for its end.
    refused: bool,
}

/// How much a tone is off that turns by one radian more in a hop.
const HZ_PER_TURN: f32 = 8000.0 / (std::f32::consts::TAU * HOP as f32);

/// One window of a candidate.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    tones: [(f32, f32); 2],
    height: [f32; 2],
    /// The energy of each of the two tones, of the strongest of the others, and of everything.
    explained: [f32; 2],
    other: f32,
    energy: f32,
}

impl Look {
    /// How much further a tone has turned than its nominal frequency does, as a complex number.
    fn turn_since(&self, before: &Self, t: usize, tone: usize) -> (f32, f32) {
        let (a, b) = (self.tones[t], before.tones[t]);
        // The sine parts were taken with a plus sign, so the phase runs the other way.
        let (re, im) = (a.0 * b.0 + a.1 * b.1, a.0 * b.1 - a.1 * b.0);
        let back = TURN_BACK[tone];
        (re * back.0 - im * back.1, re * back.1 + im * back.0)
    }
}

/// So many windows of a candidate are kept until it is accepted.
const LOOKS: usize = 8;
/// A window is whole if both tones are that near to their peaks.
const FULL: f32 = 0.78;

/// How far each tone turns in a hop, the other way round: cosine and sine.
const TURN_BACK: [(f32, f32); 8] = [
    (0.4143756, -0.9101060),
    (-0.7289686, 0.6845471),
    (0.7624425, -0.6470560),
    (-0.6079303, 0.7939904),
    (-0.0251301, -0.9996842),
    (0.9949510, -0.1003617),
    (0.6470560, 0.7624425),
    (0.2970416, 0.9548645),
];

impl Default for DtmfReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl DtmfReceiver {
    /// A receiver with the usual limits.
    pub fn new() -> Self {
        Self::with_settings(DtmfSettings::default())
    }

    /// A receiver with limits of one's own.
    pub fn with_settings(settings: DtmfSettings) -> Self {
        let ratio = |db: f32| 10f32.powf(db / 20.0);
        let rules = Rules {
            settings,
            softest: GAIN * amplitude(settings.softest),
            twist: ratio(settings.twist),
            reverse_twist: ratio(settings.reverse_twist),
        };
        Self {
            rules,
            // The first window may begin before the first sample: a digit may be there from the start.
            kept: vec![0; LAG + HOP],
            centre: 0,
            batches: Batches::default(),
            digit: None,
        }
    }

    /// Whether a digit is being pressed right now.
    pub fn pressed(&self) -> Option<char> {
        let digit = self.digit?;
        digit.accepted.map(|_| DIGITS[digit.low * 4 + digit.high - 4])
    }

    /// Listens to the next samples and tells what happened.
    pub fn push(&mut self, samples: &[i16], mut event: impl FnMut(DigitEvent)) {
        // Windows that begin in what was kept are put together with the samples that follow; all others are
        // read where they are.
        let kept = self.kept.len();
        let taken = if samples.len() < 4 * needed(1) { samples.len() } else { needed(2) };
        let mut bridge = std::mem::take(&mut self.kept);
        bridge.extend_from_slice(&samples[..taken]);
        let hops = hops_in(bridge.len());
        self.analyse_batches(&bridge, hops, &mut event);
        if taken == samples.len() {
            bridge.drain(..hops * HOP);
            self.kept = bridge;
            return;
        }
        let rest = &samples[hops * HOP - kept..];
        let hops = hops_in(rest.len());
        self.analyse_batches(rest, hops, &mut event);
        bridge.clear();
        bridge.extend_from_slice(&rest[hops * HOP..]);
        self.kept = bridge;
    }

    /// The stream has ended: a digit still pressed ends too.
    pub fn finish(&mut self, mut event: impl FnMut(DigitEvent)) {
        self.push(&[0; 4 * WINDOW], &mut event);
        if let Some(digit) = self.digit.take() {
            digit.end(&mut event);
        }
    }

    fn analyse_batches(&mut self, samples: &[i16], hops: usize, event: &mut impl FnMut(DigitEvent)) {
        let least = 0.5 * self.rules.settings.purity;
        let mut done = 0;
        while done < hops {
            let now = (hops - done).min(BATCH);
            let batches = &mut self.batches;
            batches.present = 1 - batches.present;
            batches.filled[batches.present] = now;
            let windows = &mut batches.windows[batches.present][..now];
            analyse(&samples[done * HOP..], least, windows);
            for at in 0..now {
                if self.digit.is_some() || self.batches.windows[self.batches.present][at].likely {
                    self.follow(at, event);
                }
                self.centre += HOP as u64;
            }
            done += now;
        }
    }

    #[inline(never)]
    fn follow(&mut self, at: usize, event: &mut impl FnMut(DigitEvent)) {
        let now = &self.batches.windows[self.batches.present][at];
        let (low, high) = (usize::from(now.low), usize::from(now.high));
        let settings = &self.rules.settings;
        if let Some(digit) = &mut self.digit {
            let presence = digit.add(now, self.centre);
            let undecided = digit.accepted.is_none();
            if undecided && !digit.refused && digit.lasted() >= settings.shortest as f32 {
                match digit.verdict(&self.rules) {
                    Some(true) => {
                        let start = digit.began;
                        digit.accepted = Some(start);
                        event(DigitEvent::Began { digit: digit.name(), start });
                    }
                    Some(false) => digit.refused = true,
                    None => {}
                }
            }
            let other = now.likely && (low, high) != (digit.low, digit.high);
            // A digit gives way to another one; the clicks at the edges of a short hole are none.
            let replaced =
                other && if undecided { digit.accepted.is_none() } else { digit.away > 2.2 * HOP as f32 };
            let gone = digit.away >= settings.shortest_pause as f32;
            if !gone && !replaced {
                return;
            }
            debug_assert!(presence <= 1.0);
            digit.end(event);
            self.digit = None;
        }
        if !now.likely {
            return;
        }
        let mut digit = Candidate::new(low, high);
        // What came before this window counts as far as it holds the two tones already.
        let own = digit.magnitudes(now);
        let mut back = 0;
        while back < BACK
            && self.batches.before(at, back + 1).is_some_and(|before| {
                let height = digit.magnitudes(before);
                height[0] > 0.1 * own[0] && height[1] > 0.1 * own[1]
            })
        {
            back += 1;
        }
        for back in (1..=back).rev() {
            if let Some(before) = self.batches.before(at, back) {
                digit.add(before, self.centre.saturating_sub((back * HOP) as u64));
                digit.away = 0.0;
            }
        }
        digit.add(now, self.centre);
        self.digit = Some(digit);
    }
}

/// How many hops fit in so many samples.
fn hops_in(samples: usize) -> usize {
    (samples + HOP).saturating_sub(needed(1)) / HOP
}

impl Candidate {
    fn new(low: usize, high: usize) -> Self {
        Self {
            low,
            high,
            peak: [1.0; 2],
            sum: [0.0; 2],
            looks: [Look::default(); LOOKS],
            seen: 0,
            away: 0.0,
            bridged: 0.0,
            began: 0,
            accepted: None,
            refused: false,
        }
    }

    fn name(&self) -> char {
        DIGITS[self.low * 4 + self.high - 4]
    }

    fn magnitudes(&self, analysis: &Analysis) -> [f32; 2] {
        [self.low, self.high].map(|t| {
            let (re, im) = (analysis.parts[t] as f32, analysis.parts[8 + t] as f32);
            (re * re + im * im).sqrt()
        })
    }

    /// Adds a window; how much of it the digit fills, 0 to 1.
    fn add(&mut self, analysis: &Analysis, centre: u64) -> f32 {
        let height = self.magnitudes(analysis);
        for t in 0..2 {
            self.peak[t] = self.peak[t].max(height[t]);
        }
        let presence = (height[0] / self.peak[0]).min(height[1] / self.peak[1]);
        if presence > 0.5 {
            if self.away > 0.0 {
                self.bridged += self.away;
                self.away = 0.0;
            }
            self.sum[0] += height[0];
            self.sum[1] += height[1];
        } else {
            if presence > 0.1 {
                self.sum[0] += height[0].min(presence * self.peak[0]);
                self.sum[1] += height[1].min(presence * self.peak[1]);
            }
            self.away += (1.0 - presence) * HOP as f32;
        }
        if self.accepted.is_none() {
            self.looks[self.seen % LOOKS] = self.look(analysis, height);
            self.seen += 1;
        }
        if presence > FULL {
            // Hann windows add up to one: what they hold until here is the time from the start to here.
            let ahead = self.lasted() - HOP as f32 / 2.0;
            self.began = centre.saturating_sub(ahead.max(0.0) as u64);
        }
        presence
    }

    /// How long it has sounded, in samples, pauses that were bridged included.
    fn lasted(&self) -> f32 {
        (self.sum[0] / self.peak[0]).min(self.sum[1] / self.peak[1]) * HOP as f32 + self.bridged
    }

    fn look(&self, analysis: &Analysis, height: [f32; 2]) -> Look {
        let energies = analysis.energies();
        // Neighbours hear what a tone leaves beside it; only those further off hear something else.
        let apart = |t: usize| [self.low, self.high].iter().all(|&own| (TONES[t] - TONES[own]).abs() > 150.0);
        let other = (0..8).filter(|&t| apart(t)).map(|t| energies[t]).fold(0.0, f32::max);
        Look {
            tones: [self.low, self.high].map(|t| (analysis.parts[t] as f32, analysis.parts[8 + t] as f32)),
            height,
            explained: [energies[self.low], energies[self.high]],
            other,
            energy: analysis.energy as f32,
        }
    }

    /// Whether it is a digit; `None` if that cannot be said yet.
    fn verdict(&self, rules: &Rules) -> Option<bool> {
        let settings = &rules.settings;
        let [low, high] = self.peak;
        // At its edges a tone is spread over all frequencies; only what is whole tells what it is.
        let full = |look: &Look| look.height[0] > FULL * low && look.height[1] > FULL * high;
        let (mut explained, mut other, mut energy, mut turns) = ([0.0; 2], 0.0, 0.0, 0);
        let mut sum = [(0.0f32, 0.0f32); 2];
        let (mut least, mut most) = ([f32::MAX; 2], [f32::MIN; 2]);
        let kept = self.seen.min(LOOKS);
        let look = |i: usize| &self.looks[(self.seen - kept + i) % LOOKS];
        for look in (0..kept).map(look).filter(|look| full(look)) {
            explained = [explained[0] + look.explained[0], explained[1] + look.explained[1]];
            other += look.other;
            energy += look.energy;
        }
        for i in 1..kept {
            let (before, now) = (look(i - 1), look(i));
            if !full(before) || !full(now) {
                continue;
            }
            turns += 1;
            for (t, tone) in [self.low, self.high].into_iter().enumerate() {
                let turn = now.turn_since(before, t, tone);
                sum[t] = (sum[t].0 + turn.0, sum[t].1 + turn.1);
                // The sine will do: the angles that a digit has are small.
                let sine = turn.1 / turn.0.hypot(turn.1).max(1.0);
                least[t] = least[t].min(sine);
                most[t] = most[t].max(sine);
            }
        }
        if turns < 2 {
            return None;
        }
        let mut off = [0.0f32; 2];
        for (t, tone) in [self.low, self.high].into_iter().enumerate() {
            let hz = sum[t].1.atan2(sum[t].0) * HZ_PER_TURN;
            off[t] = hz / TONES[tone];
            let glide = (most[t] - least[t]) * HZ_PER_TURN / TONES[tone];
            if off[t].abs() > settings.off_frequency || glide > settings.glide {
                return Some(false);
            }
            // A tone beside the middle of its window is heard softer than it is.
            let bins = hz * WINDOW as f32 / 8000.0;
            explained[t] /= 1.0 - 1.1 * bins * bins;
        }
        // A note and its octave lie 4.3 % from every digit, split between the two tones.
        if (off[0] - off[1]).abs() > 1.45 * settings.off_frequency {
            return Some(false);
        }
        let explained = explained[0] + explained[1];
        Some(
            low.min(high) >= rules.softest
                && low <= high * rules.twist
                && high <= low * rules.reverse_twist
                && explained >= settings.purity * energy
                && other <= settings.third_tone * explained,
        )
    }

    fn end(&self, event: &mut impl FnMut(DigitEvent)) {
        let Some(start) = self.accepted else { return };
        let weaker = self.peak[0].min(self.peak[1]) / GAIN;
        event(DigitEvent::Ended {
            digit: self.name(),
            start,
            end: start + self.lasted() as u64,
            level: dbm0_of_power(weaker * weaker / 2.0),
        });
    }
}
