//! Everything at once: what a line driver listens with.

use crate::country::Country;
use crate::dtmf::{DigitEvent, DtmfReceiver};
use crate::heard::{Heard, What};
use crate::millis;
use crate::star::{StarKey, StarSettings};
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
    voice: Option<VoiceDetector>,
    last_digit: Option<(u64, u64)>,
    silent_since: Option<u64>,
    told_silence: bool,
    told_long_silence: bool,
}

/// The listener looks at no more than this at once, so that what it tells is in order of time.
const PIECE: usize = 160;

impl Listener {
    /// A listener at the start of a call.
    pub fn new(settings: ListenerSettings) -> Self {
        Self {
            position: 0,
            digits: DtmfReceiver::new(),
            star: settings.star.map(StarKey::new),
            voice: settings.voice.map(VoiceDetector::with_settings),
            last_digit: None,
            silent_since: settings.voice.map(|_| 0),
            told_silence: false,
            told_long_silence: false,
            settings,
        }
    }

    /// How many samples it has listened to.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Listens to the next samples and tells what was heard, in the order in which it became certain.
    pub fn push(&mut self, samples: &[i16], mut heard: impl FnMut(Heard)) {
        for piece in samples.chunks(PIECE) {
            self.piece(piece, &mut heard);
        }
    }

    /// The call is over: tells what was still going on.
    pub fn finish(&mut self, mut heard: impl FnMut(Heard)) {
        let at = self.position;
        self.digits.finish(|event| {
            if let DigitEvent::Ended { digit, start, end, level } = event {
                let end = end.min(at);
                heard(Heard { at, what: What::Digit { digit, start, end, level } });
            }
        });
    }

    fn piece(&mut self, samples: &[i16], heard: &mut impl FnMut(Heard)) {
        self.position += samples.len() as u64;
        let at = self.position;
        if self.settings.digits || self.star.is_some() {
            let (star, last) = (&mut self.star, &mut self.last_digit);
            let tell_digits = self.settings.digits;
            self.digits.push(samples, |event| {
                let what = match event {
                    DigitEvent::Began { digit, start } => {
                        *last = Some((start, u64::MAX));
                        What::DigitBegan { digit, start }
                    }
                    DigitEvent::Ended { digit, start, end, level } => {
                        *last = Some((start, end));
                        What::Digit { digit, start, end, level }
                    }
                };
                if tell_digits {
                    heard(Heard { at, what });
                }
                if let Some(start) = star.as_mut().and_then(|star| star.digit(&event)) {
                    heard(Heard { at, what: What::Star { start } });
                }
            });
            if self.digits.pressed() == Some('*')
                && let Some(start) = self.star.as_mut().and_then(|star| star.held(at.saturating_sub(96)))
            {
                heard(Heard { at, what: What::Star { start } });
            }
        }
        if let Some(voice) = &mut self.voice {
            let digit = self.last_digit;
            let (since, told, told_long) =
                (&mut self.silent_since, &mut self.told_silence, &mut self.told_long_silence);
            voice.push_unless(
                samples,
                |end| digit.is_some_and(|(from, to)| end > from && end < to.saturating_add(960)),
                &mut |event| match event {
                    VoiceEvent::Voice { start } => {
                        *since = None;
                        heard(Heard { at, what: What::Voice { start } });
                    }
                    VoiceEvent::Pause { start } => {
                        *since = Some(start);
                        (*told, *told_long) = (false, false);
                    }
                },
            );
            if let Some(start) = self.silent_since {
                let lasted = at - start;
                if !self.told_silence && lasted >= self.settings.silence {
                    self.told_silence = true;
                    heard(Heard { at, what: What::Silence { start } });
                }
                let long = self.settings.long_silence;
                if !self.told_long_silence && long > 0 && lasted >= long {
                    self.told_long_silence = true;
                    heard(Heard { at, what: What::LongSilence { start } });
                }
            }
        }
    }
}
