//! Times inside a PDU: the service centre's stamp, and how long a message is worth delivering.

use std::fmt;
use std::time::Duration;

/// A date and time with its offset from UTC, as the network sent it. Not checked to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Year, 1990 to 2089.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
    /// Quarters of an hour east of UTC.
    pub quarters: i8,
}

impl Timestamp {
    /// Reads seven octets. Total: a half octet that is no digit counts as what it is.
    pub fn decode(octets: [u8; 7]) -> Self {
        let two = |octet: u8| (octet & 0x0f).min(9) * 10 + (octet >> 4).min(9);
        let zone = octets[6];
        // The tens of the zone have three bits; the fourth is the sign.
        let quarters = i8::try_from((zone & 0x07) * 10 + (zone >> 4).min(9)).unwrap_or(0);
        let year = u16::from(two(octets[0]));
        Self {
            year: if year >= 90 { 1900 + year } else { 2000 + year },
            month: two(octets[1]),
            day: two(octets[2]),
            hour: two(octets[3]),
            minute: two(octets[4]),
            second: two(octets[5]),
            quarters: if zone & 0x08 == 0 { quarters } else { -quarters },
        }
    }

    /// Writes seven octets.
    pub fn encode(self) -> [u8; 7] {
        let two = |value: u8| ((value % 10) << 4) | (value / 10 % 10);
        let [_, year] = (self.year % 100).to_be_bytes();
        let zone = two(self.quarters.unsigned_abs()) & 0xf7 | if self.quarters < 0 { 0x08 } else { 0 };
        [two(year), two(self.month), two(self.day), two(self.hour), two(self.minute), two(self.second), zone]
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, quarters } = *self;
        let sign = if quarters < 0 { '-' } else { '+' };
        let minutes = u32::from(quarters.unsigned_abs()) * 15;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// How long the network tries to deliver a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Validity {
    /// For so long, in the steps that the network knows: 5 minutes up to 12 hours, then half hours up to a day,
    /// days up to 30, weeks up to 63. The octet as it is sent.
    Relative(u8),
    /// Until then.
    Absolute(Timestamp),
    /// The rare enhanced form, unread.
    Enhanced([u8; 7]),
}

impl Validity {
    /// The step that is at least that long; 63 weeks if there is none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use at_codec::gsm::Validity;
    /// assert_eq!(Validity::lasting(Duration::from_secs(3 * 86_400)), Validity::Relative(169));
    /// ```
    pub fn lasting(time: Duration) -> Self {
        let step = (0..=255).find(|&n| Self::span(n) >= time).unwrap_or(255);
        Self::Relative(step)
    }

    /// How long a relative validity is.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Relative(step) => Some(Self::span(step)),
            _ => None,
        }
    }

    fn span(step: u8) -> Duration {
        let n = u64::from(step);
        let minutes = match step {
            0..=143 => (n + 1) * 5,
            144..=167 => 12 * 60 + (n - 143) * 30,
            168..=196 => (n - 166) * 24 * 60,
            _ => (n - 192) * 7 * 24 * 60,
        };
        Duration::from_secs(minutes * 60)
    }
}
