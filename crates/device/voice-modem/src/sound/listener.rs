//! What is heard in the sound itself, for modems that do not report it.

use std::time::Duration;

use call_event::LineTone;
use telephone_audio::{Country, Listener as Ear, ListenerSettings, Progress, Tone, What};

/// Something that was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Heard {
    /// Silence, for so long by now; told every second.
    Silence(Duration),
    /// Voice again.
    Voice,
    /// A tone.
    Tone(LineTone),
    /// A tone that says that the other side has hung up.
    Gone,
    /// A digit.
    Digit(char),
}

/// Listens to the caller's sound.
#[derive(Debug)]
pub(crate) struct Listener {
    ear: Ear,
    silent_since: Option<u64>,
    seconds_told: u64,
}

const RATE: u64 = telephone_audio::SAMPLE_RATE as u64;

impl Listener {
    /// A listener at the start of a stream, with the tones of the country of these two letters.
    pub(crate) fn new(country: &str) -> Self {
        let country = country.parse().unwrap_or(Country::Itu);
        Self { ear: Ear::new(ListenerSettings::for_country(country)), silent_since: None, seconds_told: 0 }
    }

    /// Takes sound; gives what was heard in it.
    pub(crate) fn listen(&mut self, samples: &[i16], mut heard: impl FnMut(Heard)) {
        let since = &mut self.silent_since;
        let told = &mut self.seconds_told;
        self.ear.push(samples, |sound| match sound.what {
            What::Silence { start } => {
                *since = Some(start);
                *told = 0;
            }
            What::Voice { .. } => {
                *since = None;
                heard(Heard::Voice);
            }
            What::Digit { digit, .. } => heard(Heard::Digit(digit)),
            What::Tone { tone, .. } => {
                if let Some(tone) = line_tone(tone) {
                    heard(Heard::Tone(tone));
                }
            }
            What::CallerGone { .. } => heard(Heard::Gone),
            What::Sit { .. } => heard(Heard::Tone(LineTone::Sit)),
            _ => {}
        });
        if let Some(start) = self.silent_since {
            let seconds = (self.ear.position() - start) / RATE;
            if seconds > self.seconds_told {
                self.seconds_told = seconds;
                heard(Heard::Silence(Duration::from_secs(seconds)));
            }
        }
    }
}

fn line_tone(tone: Tone) -> Option<LineTone> {
    Some(match tone {
        Tone::Progress(Progress::Dial) => LineTone::Dial,
        Tone::Progress(Progress::Ringback) => LineTone::Ringback,
        Tone::Progress(Progress::Busy | Progress::Congestion) => LineTone::Busy,
        Tone::FaxCalling => LineTone::FaxCalling,
        Tone::FaxAnswer | Tone::AnswerReversing | Tone::AnswerModulated | Tone::BellAnswer => {
            LineTone::FaxAnswer
        }
        Tone::DataCalling => LineTone::DataCalling,
        Tone::Beep => LineTone::Beep,
        _ => return None,
    })
}
