//! Whether somebody speaks.
//!
//! The floor follows the line: DC, hum, the hiss of 8-bit samples and steady noise are not speech, however loud.

use crate::level::power_of_dbm0;

/// What counts as speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoiceSettings {
    /// The softest speech, in dBm0.
    pub softest: f32,
    /// How far above the floor speech must be, in dB.
    pub above_floor: f32,
    /// So many samples must be that loud before it is speech.
    pub shortest: u32,
    /// Pauses shorter than this, in samples, belong to the speech.
    pub shortest_pause: u32,
    /// The floor is the softest moment of the last so many samples.
    pub memory: u32,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self { softest: -48.0, above_floor: 5.0, shortest: 400, shortest_pause: 1600, memory: 24_000 }
    }
}

/// What the detector noticed. Times are in samples since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceEvent {
    /// Somebody speaks.
    Voice {
        /// Since when.
        start: u64,
    },
    /// Nobody speaks any more.
    Pause {
        /// Since when.
        start: u64,
    },
}

/// A frame is 20 ms: a whole cycle of 50 Hz.
pub(crate) const FRAME: usize = 160;
/// The floor is kept as the softest frame of each of so many parts of the memory.
const PARTS: usize = 6;
/// The mean that is taken away, over so many samples (4 ms): what is slower than 250 Hz goes with it.
const SMOOTH: usize = 32;

/// Tells speech from pauses in a stream, in pieces of any size.
///
/// ```
/// use telephone_audio::voice::{VoiceDetector, VoiceEvent};
/// let mut detector = VoiceDetector::new();
/// let mut events = Vec::new();
/// detector.push(&[700; 8000], |e| events.push(e)); // a DC offset is no voice
/// assert!(events.is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct VoiceDetector {
    settings: VoiceSettings,
    least: f32,
    ratio: f32,
    /// The last samples, for the running mean.
    last: [i16; SMOOTH],
    sum: i32,
    at: usize,
    started: bool,
    frame: f32,
    filled: usize,
    position: u64,
    smoothed: f32,
    floors: [f32; PARTS],
    part: u64,
    loud: u32,
    soft: u32,
    speaking: bool,
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceDetector {
    /// A detector with the usual settings.
    pub fn new() -> Self {
        Self::with_settings(VoiceSettings::default())
    }

    /// A detector with settings of one's own.
    pub fn with_settings(settings: VoiceSettings) -> Self {
        Self {
            settings,
            least: power_of_dbm0(settings.softest),
            ratio: 10f32.powf(settings.above_floor / 10.0),
            last: [0; SMOOTH],
            sum: 0,
            at: 0,
            started: false,
            frame: 0.0,
            filled: 0,
            position: 0,
            smoothed: 0.0,
            // Until the line is known, take it for a quiet one: whoever speaks at once is heard at once.
            floors: [power_of_dbm0(-46.0); PARTS],
            part: 0,
            loud: 0,
            soft: 0,
            speaking: false,
        }
    }

    /// Whether somebody speaks now.
    pub fn speaking(&self) -> bool {
        self.speaking
    }

    /// How loud the last frames were, without DC and hum, in dBm0.
    pub fn level(&self) -> f32 {
        crate::dbm0_of_power(self.smoothed)
    }

    /// The level of the line when nobody speaks, in dBm0.
    pub fn floor(&self) -> f32 {
        crate::dbm0_of_power(self.floor_power())
    }

    /// Listens to the next samples and tells what changed.
    pub fn push(&mut self, samples: &[i16], mut event: impl FnMut(VoiceEvent)) {
        self.push_unless(samples, |_| false, &mut event);
    }

    /// As [`push`](Self::push); `is_tone(end)` says whether the frame that ends there was a tone, not a voice.
    pub(crate) fn push_unless(
        &mut self,
        samples: &[i16],
        is_tone: impl Fn(u64) -> bool,
        event: &mut impl FnMut(VoiceEvent),
    ) {
        let mut rest = samples;
        if !self.started
            && let Some(&first) = rest.first()
        {
            // A line with an offset has had it before we listened.
            self.last = [first; SMOOTH];
            self.sum = i32::from(first) * SMOOTH as i32;
            self.started = true;
        }
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(FRAME - self.filled));
            self.filter(now);
            self.filled += now.len();
            self.position += now.len() as u64;
            rest = later;
            if self.filled == FRAME {
                let power = self.frame / FRAME as f32;
                (self.filled, self.frame) = (0, 0.0);
                self.frame(power, is_tone(self.position), event);
            }
        }
    }

    /// Adds the energy of what is left after the running mean is taken away.
    fn filter(&mut self, samples: &[i16]) {
        let mut energy = 0i64;
        let mut at = self.at;
        for &x in samples {
            self.sum += i32::from(x) - i32::from(self.last[at]);
            self.last[at] = x;
            at = (at + 1) % SMOOTH;
            let middle = self.last[(at + SMOOTH / 2) % SMOOTH];
            let y = i64::from(i32::from(middle) * SMOOTH as i32 - self.sum);
            energy += y * y;
        }
        self.at = at;
        self.frame += energy as f32 / (SMOOTH * SMOOTH) as f32;
    }

    fn floor_power(&self) -> f32 {
        // Softer than this is the rounding of 8-bit samples, not a line.
        self.floors.iter().copied().fold(f32::MAX, f32::min).max(power_of_dbm0(-62.0))
    }

    fn frame(&mut self, power: f32, tone: bool, event: &mut impl FnMut(VoiceEvent)) {
        if tone {
            // What the tone leaves behind in the mean must not be taken for a voice when it ends.
            self.smoothed = 0.0;
        } else {
            self.smoothed = 0.5 * (self.smoothed + power);
        }
        let part = self.position * PARTS as u64 / u64::from(self.settings.memory.max(PARTS as u32));
        let slot = (part % PARTS as u64) as usize;
        if tone {
            // Neither a voice nor the line.
        } else if part == self.part {
            self.floors[slot] = self.floors[slot].min(self.smoothed.max(power));
        } else {
            self.part = part;
            self.floors[slot] = self.smoothed.max(power);
        }
        let loud = !tone && self.smoothed > (self.floor_power() * self.ratio).max(self.least);
        if loud {
            self.soft = 0;
            self.loud += FRAME as u32;
            if !self.speaking && self.loud >= self.settings.shortest {
                self.speaking = true;
                event(VoiceEvent::Voice { start: self.position.saturating_sub(self.loud.into()) });
            }
        } else {
            self.loud = 0;
            self.soft += FRAME as u32;
            if self.speaking && self.soft >= self.settings.shortest_pause {
                self.speaking = false;
                event(VoiceEvent::Pause { start: self.position - u64::from(self.soft) });
            }
        }
    }
}
