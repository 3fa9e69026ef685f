//! What is heard on a line, and when.

use std::fmt;

use crate::country::Progress;
use crate::generate::SitCode;

/// Something that was heard. Time is counted in samples since the listener began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// When it was certain: the number of samples listened to until then.
    pub at: u64,
    /// What it was.
    pub what: What,
}

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// A digit is being pressed (told at most 40 ms after it began, in a live stream).
    DigitBegan {
        /// `0-9 A-D * #`.
        digit: char,
        /// When it began.
        start: u64,
    },
    /// A digit was let go. Count these: each press gives exactly one.
    Digit {
        /// `0-9 A-D * #`.
        digit: char,
        /// When it began.
        start: u64,
        /// When it ended.
        end: u64,
        /// The level of its weaker tone, in dBm0.
        level: f32,
    },
    /// The star key was pressed the way the settings ask for: one event a press.
    Star {
        /// When the press began (the second one of a double press).
        start: u64,
    },
    /// A tone is there and known by name.
    Tone {
        /// Which.
        tone: Tone,
        /// When it began.
        start: u64,
    },
    /// A tone reported before has stopped.
    ToneEnded {
        /// Which.
        tone: Tone,
        /// When it began.
        start: u64,
        /// When it ended.
        end: u64,
    },
    /// A special information tone: the number is dead.
    Sit {
        /// What it says.
        code: SitCode,
        /// When it began.
        start: u64,
        /// When it ended.
        end: u64,
    },
    /// Somebody speaks.
    Voice {
        /// Since when.
        start: u64,
    },
    /// Nobody speaks any more.
    Silence {
        /// Since when.
        start: u64,
    },
    /// It has been silent for as long as the settings ask for.
    LongSilence {
        /// Since when.
        start: u64,
    },
    /// The other side has hung up: busy, congestion or dial tone in the middle of a call.
    CallerGone {
        /// The tone that says so.
        tone: Progress,
    },
}

/// A tone that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tone {
    /// A call-progress tone of the country.
    Progress(Progress),
    /// A fax machine calls: CNG, 1100 Hz.
    FaxCalling,
    /// A fax machine or modem answers: CED or ANS, 2100 Hz.
    FaxAnswer,
    /// A modem answers and turns off echo cancellers: 2100 Hz with phase reversals.
    AnswerReversing,
    /// A V.8 modem answers: ANSam.
    AnswerModulated,
    /// A Bell 103 modem answers: 2225 Hz.
    BellAnswer,
    /// A modem calls: 1300 Hz.
    DataCalling,
    /// The beep of an answering machine: one steady tone that is none of the others.
    Beep,
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Progress(meaning) => meaning.fmt(f),
            Self::FaxCalling => f.write_str("cng"),
            Self::FaxAnswer => f.write_str("ced"),
            Self::AnswerReversing => f.write_str("ans-reversing"),
            Self::AnswerModulated => f.write_str("ansam"),
            Self::BellAnswer => f.write_str("bell-answer"),
            Self::DataCalling => f.write_str("data-calling"),
            Self::Beep => f.write_str("beep"),
        }
    }
}
