//! The signals by name.

use std::fmt;
use std::str::FromStr;

use super::{Part, ToneSequence};
use crate::country::{Country, Progress};
use crate::{Error, millis};

/// The two frequencies of a digit (`0-9 A-D * #`), low then high; `None` for any other sign.
pub fn dtmf_frequencies(digit: char) -> Option<(f32, f32)> {
    const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let at = crate::dtmf::DIGITS.iter().position(|&d| d == digit.to_ascii_uppercase())?;
    Some((LOW[at / 4], HIGH[at % 4]))
}

/// Digits as a telephone sends them, each `on` and `off` milliseconds, each of the two tones at `dbm0`. A
/// comma is a pause of a second; other signs are left out.
pub fn digits(digits: &str, dbm0: f32, on: u64, off: u64) -> ToneSequence {
    digits.chars().fold(ToneSequence::new(), |sequence, digit| match dtmf_frequencies(digit) {
        Some((low, high)) => sequence.tone(&[(low, dbm0), (high, dbm0)], on).pause(off),
        None if digit == ',' => sequence.pause(1000),
        None => sequence,
    })
}

/// What a special information tone says about the number, by the North American codes, and the general form
/// of the ITU that the rest of the world uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SitCode {
    /// Intercept: the number was changed or disconnected.
    Intercept,
    /// Vacant code: there is no such number.
    VacantCode,
    /// Reorder: the call could not be completed.
    Reorder,
    /// No circuit: all ways are busy.
    NoCircuit,
    /// The general form: 950, 1400 and 1800 Hz.
    Itu,
}

impl SitCode {
    /// Every code.
    pub const ALL: [Self; 5] = [Self::Intercept, Self::VacantCode, Self::Reorder, Self::NoCircuit, Self::Itu];

    /// The three tones: Hz and milliseconds.
    pub const fn tones(self) -> [(f32, u64); 3] {
        match self {
            Self::Intercept => [(913.8, 274), (1370.6, 274), (1776.7, 380)],
            Self::VacantCode => [(985.2, 380), (1370.6, 274), (1776.7, 380)],
            Self::Reorder => [(913.8, 274), (1428.5, 380), (1776.7, 380)],
            Self::NoCircuit => [(985.2, 380), (1428.5, 380), (1776.7, 380)],
            Self::Itu => [(950.0, 330), (1400.0, 330), (1800.0, 330)],
        }
    }
}

impl fmt::Display for SitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intercept => "IC",
            Self::VacantCode => "VC",
            Self::Reorder => "RO",
            Self::NoCircuit => "NC",
            Self::Itu => "ITU",
        })
    }
}

impl FromStr for SitCode {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        let code = s.to_ascii_uppercase();
        Self::ALL
            .into_iter()
            .find(|c| c.to_string() == code)
            .ok_or(Error::Setting("unknown SIT code; known are IC, VC, RO, NC and ITU"))
    }
}

/// A special information tone: what automatic diallers take for a dead number.
pub fn sit(code: SitCode, dbm0: f32) -> ToneSequence {
    code.tones().into_iter().fold(ToneSequence::new(), |s, (hz, ms)| s.tone(&[(hz, dbm0)], ms))
}

/// The fax calling tone: 1100 Hz, half a second every three and a half, for ever.
pub fn cng(dbm0: f32) -> ToneSequence {
    ToneSequence::new().tone(&[(1100.0, dbm0)], 500).pause(3000).repeated()
}

/// The fax answer tone: 2100 Hz for three seconds, then the 75 ms of silence that must follow.
pub fn ced(dbm0: f32) -> ToneSequence {
    ToneSequence::new().tone(&[(2100.0, dbm0)], 3000).pause(75)
}

/// The modem answer tone that turns off echo cancellers: 2100 Hz, its phase reversed every 450 ms.
pub fn ced_with_reversals(dbm0: f32) -> ToneSequence {
    reversing(dbm0, |part| part)
}

/// The V.8 answer tone: 2100 Hz with reversals, its loudness swinging 15 times a second by a fifth.
pub fn ansam(dbm0: f32) -> ToneSequence {
    reversing(dbm0, |part| part.modulated(15.0, 0.2))
}

fn reversing(dbm0: f32, dress: impl Fn(Part) -> Part) -> ToneSequence {
    // 450 ms hold a whole number of cycles of 2100 Hz, so only the reversal moves the phase.
    (0..7)
        .fold(ToneSequence::new(), |sequence, i| {
            let part = dress(Part::tones(&[(2100.0, dbm0)], millis(450))).unfaded(i > 0, i < 6);
            sequence.part(if i % 2 == 1 { part.reversed() } else { part })
        })
        .pause(75)
}

/// The answer tone of old American modems (Bell 103), 2225 Hz for three seconds.
pub fn bell_answer(dbm0: f32) -> ToneSequence {
    ToneSequence::new().tone(&[(2225.0, dbm0)], 3000)
}

/// The data calling tone: 1300 Hz, 0.6 s every 2.6 s, for ever.
pub fn data_calling(dbm0: f32) -> ToneSequence {
    ToneSequence::new().tone(&[(1300.0, dbm0)], 600).pause(2000).repeated()
}

/// The beep before a recording.
pub fn beep(dbm0: f32) -> ToneSequence {
    ToneSequence::new().tone(&[(1000.0, dbm0)], 400)
}

/// Silence of so many milliseconds.
pub fn silence(ms: u64) -> ToneSequence {
    ToneSequence::new().pause(ms)
}

/// A call-progress tone of a country, for ever (continuous tones in pieces of an hour).
pub fn progress(country: Country, meaning: Progress, dbm0: f32) -> ToneSequence {
    let Some(tone) = country.tone(meaning) else { return sit(SitCode::Itu, dbm0).pause(1000).repeated() };
    let chord: Vec<(f32, f32)> = tone.frequencies.iter().map(|&hz| (hz, dbm0)).collect();
    let sound = |ms: u64| {
        let part = Part::tones(&chord, millis(ms));
        if tone.modulation > 0.0 { part.modulated(tone.modulation, 0.8) } else { part }
    };
    if tone.cadence.is_empty() {
        return ToneSequence::new().part(sound(3_600_000).unfaded(false, true)).repeated();
    }
    tone.cadence
        .iter()
        .enumerate()
        .fold(ToneSequence::new(), |sequence, (i, &ms)| match i % 2 {
            0 => sequence.part(sound(ms.into())),
            _ => sequence.pause(ms.into()),
        })
        .repeated()
}

/// The tone of a ringing telephone.
pub fn ringback(country: Country, dbm0: f32) -> ToneSequence {
    progress(country, Progress::Ringback, dbm0)
}

/// The tone of a busy line.
pub fn busy(country: Country, dbm0: f32) -> ToneSequence {
    progress(country, Progress::Busy, dbm0)
}

/// A sound that is made when it is wanted, so that none has to be shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadySound {
    /// Its name, as the file is called.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

/// The sounds that [`ReadySound::samples`] makes.
pub const READY_SOUNDS: [ReadySound; 5] = [
    ReadySound {
        name: "disconnected",
        purpose: "SIT and congestion tone, as a number not in service sounds",
    },
    ReadySound { name: "sit", purpose: "the special information tone alone (IC)" },
    ReadySound { name: "beep", purpose: "the beep before a recording" },
    ReadySound { name: "fax-answer", purpose: "the answer of a fax machine (CED, 2100 Hz)" },
    ReadySound { name: "busy", purpose: "six seconds of busy tone" },
];

impl ReadySound {
    /// The sound of that name.
    pub fn named(name: &str) -> Option<Self> {
        READY_SOUNDS.into_iter().find(|s| s.name == name)
    }

    /// Its samples, for a line of that country.
    pub fn samples(self, country: Country) -> Vec<i16> {
        match self.name {
            "disconnected" => {
                let mut tone = progress(country, Progress::Congestion, -16.0);
                let mut out: Vec<i16> = sit(SitCode::Intercept, -14.0).pause(300).collect();
                out.extend(tone.samples(6000));
                out
            }
            "sit" => sit(SitCode::Intercept, -14.0).collect(),
            "fax-answer" => ced(-12.0).collect(),
            "busy" => busy(country, -16.0).samples(6000),
            _ => ToneSequence::new().pause(50).then(beep(-12.0)).pause(50).collect(),
        }
    }
}
