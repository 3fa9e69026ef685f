//! How strong each tone is, for setting the level of a microphone or modem.

use crate::dtmf::DtmfReceiver;
use crate::goertzel::GoertzelBank;
use crate::voice::VoiceDetector;

/// The tones that the meter shows, in Hz: the rows and columns of the keys, then fax and call progress.
pub const METER_TONES: [f32; 12] =
    [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0, 425.0, 440.0, 1100.0, 2100.0];

/// What the meter shows, five times a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Up to when it was listened, in samples.
    pub at: u64,
    /// The level of the line without DC and hum, in dBm0.
    pub level: f32,
    /// The level of the line when nobody speaks, in dBm0.
    pub floor: f32,
    /// The level of each of [`METER_TONES`], in dBm0.
    pub tones: [f32; METER_TONES.len()],
    /// The key that is pressed.
    pub digit: Option<char>,
    /// Whether both tones of the star key are there.
    pub star: bool,
    /// The loudest sample, 0 to 1: 1 is distorted.
    pub peak: f32,
}

impl Reading {
    /// How strong a tone is compared with the softest that would count: 1 is just enough.
    pub fn relative(&self, tone: usize) -> f32 {
        let softest = crate::dtmf::DtmfSettings::default().softest;
        self.tones.get(tone).map_or(0.0, |level| 10f32.powf((level - softest) / 20.0))
    }
}

/// A reading every so many samples (200 ms).
const EVERY: usize = 1600;

/// Measures a line, in pieces of any size.
#[derive(Debug, Clone)]
pub struct Meter {
    tones: GoertzelBank<{ METER_TONES.len() }>,
    voice: VoiceDetector,
    digits: DtmfReceiver,
    digit: Option<char>,
    position: u64,
    peak: u16,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// A meter at the start of a stream.
    pub fn new() -> Self {
        Self {
            tones: GoertzelBank::new(METER_TONES, EVERY),
            voice: VoiceDetector::new(),
            digits: DtmfReceiver::new(),
            digit: None,
            position: 0,
            peak: 0,
        }
    }

    /// Takes the next samples; `show` is called five times a second of sound.
    pub fn push(&mut self, samples: &[i16], mut show: impl FnMut(Reading)) {
        for piece in samples.chunks(80) {
            let digit = &mut self.digit;
            self.digits.push(piece, |event| {
                if let crate::dtmf::DigitEvent::Began { digit: pressed, .. } = event {
                    *digit = Some(pressed);
                }
            });
            self.voice.push(piece, |_| {});
            self.peak = piece.iter().fold(self.peak, |peak, x| peak.max(x.unsigned_abs()));
            self.position += piece.len() as u64;
            let mut tones = None;
            self.tones.push(piece, |levels| tones = Some(levels));
            let Some(tones) = tones else { continue };
            let star = self.digit == Some('*');
            show(Reading {
                at: self.position,
                level: self.voice.level(),
                floor: self.voice.floor(),
                tones,
                digit: self.digit,
                star,
                peak: f32::from(self.peak) / 32_768.0,
            });
            self.digit = self.digits.pressed();
            self.peak = 0;
        }
    }
}
