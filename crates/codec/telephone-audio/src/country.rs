//! The call-progress tones of each country: what is sent, and so what is to be recognised.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Whose tones the line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Country {
    /// The plain set of ITU-T E.180, 425 Hz: right for much of the world.
    #[default]
    Itu,
    /// United States and Canada.
    Us,
    /// Germany.
    De,
    /// United Kingdom.
    Uk,
    /// France.
    Fr,
    /// Italy.
    It,
    /// Spain.
    Es,
    /// Switzerland.
    Ch,
    /// Austria.
    At,
    /// Australia.
    Au,
    /// Japan.
    Jp,
}

/// What a call-progress tone tells the one who dials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Progress {
    /// The exchange waits for a number.
    Dial,
    /// The called telephone rings.
    Ringback,
    /// The called telephone is in use; on a call, the other side hung up.
    Busy,
    /// No way through the network: "reorder" in America, "congestion" elsewhere.
    Congestion,
    /// There is no such number.
    Unobtainable,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dial => "dial",
            Self::Ringback => "ringback",
            Self::Busy => "busy",
            Self::Congestion => "congestion",
            Self::Unobtainable => "unobtainable",
        })
    }
}

/// One call-progress tone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProgressTone {
    /// What it tells.
    pub meaning: Progress,
    /// The frequencies that sound together, in Hz.
    pub frequencies: &'static [f32],
    /// How fast the loudness swings, in Hz; 0 for a plain tone. (Japan's ringback.)
    pub modulation: f32,
    /// On, off, on, off ... in milliseconds, over and over; empty if the tone is continuous.
    pub cadence: &'static [u16],
}

const fn tone(meaning: Progress, frequencies: &'static [f32], cadence: &'static [u16]) -> ProgressTone {
    ProgressTone { meaning, frequencies, modulation: 0.0, cadence }
}

use Progress::{Busy, Congestion, Dial, Ringback, Unobtainable};

const ITU: &[ProgressTone] = &[
    tone(Dial, &[425.0], &[]),
    tone(Ringback, &[425.0], &[1000, 4000]),
    tone(Busy, &[425.0], &[500, 500]),
    tone(Congestion, &[425.0], &[250, 250]),
];
const US: &[ProgressTone] = &[
    tone(Dial, &[350.0, 440.0], &[]),
    tone(Ringback, &[440.0, 480.0], &[2000, 4000]),
    tone(Busy, &[480.0, 620.0], &[500, 500]),
    tone(Congestion, &[480.0, 620.0], &[250, 250]),
];
const DE: &[ProgressTone] = &[
    tone(Dial, &[425.0], &[]),
    tone(Ringback, &[425.0], &[1000, 4000]),
    tone(Busy, &[425.0], &[480, 480]),
    tone(Congestion, &[425.0], &[240, 240]),
];
const UK: &[ProgressTone] = &[
    tone(Dial, &[350.0, 440.0], &[]),
    tone(Ringback, &[400.0, 450.0], &[400, 200, 400, 2000]),
    tone(Busy, &[400.0], &[375, 375]),
    tone(Congestion, &[400.0], &[400, 350, 225, 525]),
    tone(Unobtainable, &[400.0], &[]),
];
const FR: &[ProgressTone] = &[
    tone(Dial, &[440.0], &[]),
    tone(Ringback, &[440.0], &[1500, 3500]),
    tone(Busy, &[440.0], &[500, 500]),
    tone(Congestion, &[440.0], &[250, 250]),
];
const IT: &[ProgressTone] = &[
    tone(Dial, &[425.0], &[200, 200, 600, 1000]),
    tone(Ringback, &[425.0], &[1000, 4000]),
    tone(Busy, &[425.0], &[500, 500]),
    tone(Congestion, &[425.0], &[200, 200]),
];
const ES: &[ProgressTone] = &[
    tone(Dial, &[425.0], &[]),
    tone(Ringback, &[425.0], &[1500, 3000]),
    tone(Busy, &[425.0], &[200, 200]),
    tone(Congestion, &[425.0], &[200, 200, 200, 200, 200, 600]),
];
const CH: &[ProgressTone] = &[
    tone(Dial, &[425.0], &[]),
    tone(Ringback, &[425.0], &[1000, 4000]),
    tone(Busy, &[425.0], &[500, 500]),
    tone(Congestion, &[425.0], &[200, 200]),
];
const AT: &[ProgressTone] = &[
    tone(Dial, &[420.0], &[]),
    tone(Ringback, &[420.0], &[1000, 5000]),
    tone(Busy, &[420.0], &[400, 400]),
    tone(Congestion, &[420.0], &[200, 200]),
];
const AU: &[ProgressTone] = &[
    tone(Dial, &[413.0, 438.0], &[]),
    tone(Ringback, &[413.0, 438.0], &[400, 200, 400, 2000]),
    tone(Busy, &[425.0], &[375, 375]),
    tone(Unobtainable, &[425.0], &[2500, 500]),
];
const JP: &[ProgressTone] = &[
    tone(Dial, &[400.0], &[]),
    ProgressTone { meaning: Ringback, frequencies: &[400.0], modulation: 16.0, cadence: &[1000, 2000] },
    tone(Busy, &[400.0], &[500, 500]),
];

impl Country {
    /// Every country.
    pub const ALL: [Self; 11] = [
        Self::Itu,
        Self::Us,
        Self::De,
        Self::Uk,
        Self::Fr,
        Self::It,
        Self::Es,
        Self::Ch,
        Self::At,
        Self::Au,
        Self::Jp,
    ];

    /// Its call-progress tones. Where a country has no own tone for something (congestion in Japan sounds as
    /// busy does), there is none in the list.
    pub fn tones(self) -> &'static [ProgressTone] {
        match self {
            Self::Itu => ITU,
            Self::Us => US,
            Self::De => DE,
            Self::Uk => UK,
            Self::Fr => FR,
            Self::It => IT,
            Self::Es => ES,
            Self::Ch => CH,
            Self::At => AT,
            Self::Au => AU,
            Self::Jp => JP,
        }
    }

    /// The tone of that meaning; the plain ITU tone where the country has no own one.
    pub fn tone(self, meaning: Progress) -> Option<ProgressTone> {
        let of = |country: Self| country.tones().iter().copied().find(|t| t.meaning == meaning);
        of(self).or_else(|| of(Self::Itu))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Itu => "ITU",
            Self::Us => "US",
            Self::De => "DE",
            Self::Uk => "UK",
            Self::Fr => "FR",
            Self::It => "IT",
            Self::Es => "ES",
            Self::Ch => "CH",
            Self::At => "AT",
            Self::Au => "AU",
            Self::Jp => "JP",
        })
    }
}

impl FromStr for Country {
    type Err = Error;

    /// The two-letter code in either case; `GB` and `CA` are understood too.
    fn from_str(s: &str) -> Result<Self, Error> {
        let code = s.to_ascii_uppercase();
        match code.as_str() {
            "GB" => Ok(Self::Uk),
            "CA" => Ok(Self::Us),
            code => Self::ALL.into_iter().find(|c| c.to_string() == code).ok_or(Error::Setting(
                "unknown country; known are ITU, US, DE, UK, FR, IT, ES, CH, AT, AU and JP (ITU is right for most others)",
            )),
        }
    }
}
