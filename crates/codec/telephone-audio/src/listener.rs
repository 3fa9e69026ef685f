//! Everything at once: what a line driver listens with.

use crate::country::{Country, Progress};
use crate::dtmf::{DigitEvent, DtmfReceiver};
use crate::heard::{Heard, Tone, What};
use crate::level::millis;
use crate::star::{StarKey, StarSettings};
use crate::tones::{
    ProgressDetector, ProgressEvent, SingleToneDetector, SingleToneEvent, SitDetector, SitEvent, Spectrum,
};
use crate::voice::{VoiceDetector, VoiceEvent, VoiceSettings};

/// What to listen for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ListenerSettings {
    /// Whose call-progress tones the line has.
    pub country: Country,
    /// Listen for digits.
    pub digits: bool,
    /// Listen for the star key, as the settings say.
    pub star: Option<StarSettings>,
    /// Listen for call-progress tones, special information tones, faxes, modems and beeps.
    pub tones: bool,
    /// Listen for voices and silence.
    pub voice: Option<VoiceSettings>,
    /// A pause this long, in samples, is reported as silence.
    pub silence: u64,
    /// A pause this long, in samples, is reported as long silence, once; 0 for never.
    pub long_silence: u64,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            country: Country::default(),
            digits: true,
            star: None,
            tones: true,
            voice: Some(VoiceSettings::default()),
            silence: millis(1000),
            long_silence: 0,
        }
    }
}

impl ListenerSettings {
    /// Everything, with the tones of that country.
    pub fn for_country(country: Country) -> Self {
        Self { country, ..Self::default() }
    }
}

/// Listens to one line: push what was received, in pieces of any size, and be told what was heard.
#[derive(Debug, Clone)]
pub struct Listener {
    settings: ListenerSettings,
    position: u64,
    digits: DtmfReceiver,
    star: Option<StarKey>,
    tones: Option<Box<Tones>>,
    voice: Option<Box<Voice>>,
    tonal: Tonal,
    last_digit: (u64, u64),
}

/// The tone detectors and what they share.
#[derive(Debug, Clone)]
struct Tones {
    spectrum: Spectrum,
    progress: ProgressDetector,
    single: SingleToneDetector,
    sit: SitDetector,
    /// A steady tone that was perhaps a beep: it is one if no other follows.
    beep: Option<(u64, u64)>,
}

/// The voice detector, a little behind, so that it knows of a tone before it hears it.
#[derive(Debug, Clone)]
struct Voice {
    detector: VoiceDetector,
    waiting: Vec<i16>,
    heard: u64,
    silent_since: Option<u64>,
    told: bool,
    told_long: bool,
}

/// The listener looks at no more than this at once, so that what it tells is in order of time.
const PIECE: usize = 160;
/// The voice detector listens so many samples later (120 ms).
const BEHIND: usize = 960;
/// A beep is at least and at most this long.
const BEEP: std::ops::RangeInclusive<u64> = millis(150)..=millis(6000);
/// After a beep nothing else of its kind must follow for so long.
const AFTER_BEEP: u64 = millis(450);

impl Listener {
    /// A listener at the start of a call.
    pub fn new(settings: ListenerSettings) -> Self {
        let tones = settings.tones.then(|| {
            Box::new(Tones {
                spectrum: Spectrum::new(),
                progress: ProgressDetector::new(settings.country),
                single: SingleToneDetector::new(),
                sit: SitDetector::new(),
                beep: None,
            })
        });
        let voice = settings.voice.map(|voice| {
            Box::new(Voice {
                detector: VoiceDetector::with_settings(voice),
                waiting: Vec::with_capacity(BEHIND + PIECE),
                heard: 0,
                silent_since: Some(0),
                told: false,
                told_long: false,
            })
        });
        Self {
            position: 0,
            digits: DtmfReceiver::new(),
            star: settings.star.map(StarKey::new),
            tones,
            voice,
            tonal: Tonal::default(),
            last_digit: (0, 0),
            settings,
        }
    }

    /// How many samples it has listened to.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether somebody speaks, by what was heard up to 120 ms ago.
    pub fn speaking(&self) -> bool {
        self.voice.as_ref().is_some_and(|v| v.detector.speaking())
    }

    /// Listens to the next samples and tells what was heard, in the order in which it became certain.
    pub fn push(&mut self, samples: &[i16], mut heard: impl FnMut(Heard)) {
        for piece in samples.chunks(PIECE) {
            self.position += piece.len() as u64;
            self.hear_digits(piece, &mut heard);
            self.hear_tones(piece, &mut heard);
            self.hear_voice(piece, &mut heard);
        }
    }

    /// The call is over: tells what was still going on.
    pub fn finish(&mut self, mut heard: impl FnMut(Heard)) {
        let at = self.position;
        let mut told = |mut what: Heard| {
            what.at = at;
            match &mut what.what {
                What::Digit { end, .. } | What::ToneEnded { end, .. } | What::Sit { end, .. } => {
                    *end = at.min(*end);
                }
                _ => {}
            }
            heard(what);
        };
        // Silence lets every detector come to its end.
        for _ in 0..600 / 20 {
            self.position += PIECE as u64;
            self.hear_digits(&[0; PIECE], &mut told);
            self.hear_tones(&[0; PIECE], &mut told);
        }
        if let Some(voice) = &mut self.voice {
            let waiting = std::mem::take(&mut voice.waiting);
            voice.listen(&waiting, &self.tonal, at, &self.settings, &mut told);
        }
        self.position = at;
    }

    fn hear_digits(&mut self, samples: &[i16], heard: &mut impl FnMut(Heard)) {
        if !self.settings.digits && self.star.is_none() {
            return;
        }
        let at = self.position;
        let (star, last) = (&mut self.star, &mut self.last_digit);
        let tell = self.settings.digits;
        self.digits.push(samples, |event| {
            let what = match event {
                DigitEvent::Began { digit, start } => {
                    *last = (start, u64::MAX);
                    What::DigitBegan { digit, start }
                }
                DigitEvent::Ended { digit, start, end, level } => {
                    *last = (start, end);
                    What::Digit { digit, start, end, level }
                }
            };
            if tell {
                heard(Heard { at, what });
            }
            if let Some(start) = star.as_mut().and_then(|star| star.digit(&event)) {
                heard(Heard { at, what: What::Star { start } });
            }
        });
        if self.digits.pressed() == Some('*')
            // What the receiver knows of the key is a window old.
            && let Some(start) = self.star.as_mut().and_then(|star| star.held(at.saturating_sub(144)))
        {
            heard(Heard { at, what: What::Star { start } });
        }
        let (start, end) = self.last_digit;
        if end > at.saturating_sub(BEHIND as u64) {
            self.tonal.mark(start, end.min(at));
        }
    }

    fn hear_tones(&mut self, samples: &[i16], heard: &mut impl FnMut(Heard)) {
        let Some(tones) = &mut self.tones else { return };
        let at = self.position;
        let Tones { spectrum, progress, single, sit, beep } = &mut **tones;
        let (tonal, digit) = (&mut self.tonal, self.last_digit);
        spectrum.push(samples, |frame| {
            progress.look(frame, |event| {
                let what = match event {
                    ProgressEvent::Began { meaning, start } => {
                        What::Tone { tone: Tone::Progress(meaning), start }
                    }
                    ProgressEvent::Ended { meaning, start, end } => {
                        What::ToneEnded { tone: Tone::Progress(meaning), start, end }
                    }
                };
                heard(Heard { at, what });
                if let ProgressEvent::Began { meaning, .. } = event
                    && meaning != Progress::Ringback
                {
                    heard(Heard { at, what: What::CallerGone { tone: meaning } });
                }
            });
            single.look(frame, &mut |event| {
                if let Some(found) = sit.tone(&event) {
                    *beep = None;
                    let SitEvent { code, start, end } = found;
                    heard(Heard { at, what: What::Sit { code, start, end } });
                    return;
                }
                match event {
                    SingleToneEvent::Recognised { tone, start } => {
                        heard(Heard { at, what: What::Tone { tone, start } });
                    }
                    SingleToneEvent::Ended { tone: Some(tone), start, end, .. } => {
                        heard(Heard { at, what: What::ToneEnded { tone, start, end } });
                    }
                    SingleToneEvent::Ended { tone: None, hz, purity, start, end } => {
                        let within_digit = start < digit.1 && end > digit.0;
                        let may_be = !within_digit
                            && beep.is_none()
                            && purity > 0.85
                            && (350.0..2600.0).contains(&hz)
                            && !progress.uses(hz)
                            && BEEP.contains(&(end - start));
                        *beep = may_be.then_some((start, end));
                    }
                }
            });
            if progress.sounding() || single.sounding().is_some() {
                tonal.mark(frame.centre.saturating_sub(millis(60)), frame.centre + millis(20));
            }
        });
        if let Some((start, end)) = *beep
            && at > end + AFTER_BEEP
            && !sit.under_way(at)
        {
            *beep = None;
            let tone = Tone::Beep;
            heard(Heard { at, what: What::Tone { tone, start } });
            heard(Heard { at, what: What::ToneEnded { tone, start, end } });
        }
    }

    fn hear_voice(&mut self, samples: &[i16], heard: &mut impl FnMut(Heard)) {
        let Some(voice) = &mut self.voice else { return };
        voice.waiting.extend_from_slice(samples);
        let ready = voice.waiting.len().saturating_sub(BEHIND);
        let waiting = std::mem::take(&mut voice.waiting);
        voice.listen(&waiting[..ready], &self.tonal, self.position, &self.settings, heard);
        voice.waiting = waiting;
        voice.waiting.drain(..ready);
    }
}

impl Voice {
    fn listen(
        &mut self,
        samples: &[i16],
        tonal: &Tonal,
        at: u64,
        settings: &ListenerSettings,
        heard: &mut impl FnMut(Heard),
    ) {
        self.heard += samples.len() as u64;
        let Self { detector, silent_since, told, told_long, .. } = self;
        detector.push_unless(samples, |end| tonal.at(end), &mut |event| match event {
            VoiceEvent::Voice { start } => {
                *silent_since = None;
                heard(Heard { at, what: What::Voice { start } });
            }
            VoiceEvent::Pause { start } => (*silent_since, *told, *told_long) = (Some(start), false, false),
        });
        let Some(start) = self.silent_since else { return };
        let lasted = self.heard.saturating_sub(start);
        if !self.told && lasted >= settings.silence {
            self.told = true;
            heard(Heard { at, what: What::Silence { start } });
        }
        if !self.told_long && settings.long_silence > 0 && lasted >= settings.long_silence {
            self.told_long = true;
            heard(Heard { at, what: What::LongSilence { start } });
        }
    }
}

/// Which of the last frames were tones, one bit for each 20 ms.
#[derive(Debug, Clone, Copy, Default)]
struct Tonal {
    frames: u64,
    newest: u64,
}

impl Tonal {
    /// From there to there it was a tone.
    fn mark(&mut self, from: u64, to: u64) {
        let frame = PIECE as u64;
        // The frames that it only touches are not voice either.
        let (first, last) = ((from / frame).saturating_sub(1), to / frame + 1);
        if last > self.newest {
            self.frames = self.frames.checked_shl((last - self.newest).min(64) as u32).unwrap_or(0);
            self.newest = last;
        }
        for k in first.max(self.newest.saturating_sub(63))..=last {
            self.frames |= 1 << (self.newest - k);
        }
    }

    /// Whether the frame that ends there was a tone.
    fn at(&self, end: u64) -> bool {
        let k = (end / PIECE as u64).saturating_sub(1);
        self.newest >= k && self.newest - k < 64 && self.frames >> (self.newest - k) & 1 == 1
    }
}
