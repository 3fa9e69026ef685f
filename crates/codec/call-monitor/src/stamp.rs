//! Date and time as the box writes them: local wall time, two-digit year, no zone.

use std::fmt;

/// A day as the box writes it, `dd.mm.yy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// The whole year, 2000 to 2099.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31; the box is trusted to know how long a month is.
    pub day: u8,
}

/// When something happened by the box's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// The day. Some lines that people publish have lost it.
    pub date: Option<Date>,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
}

impl Stamp {
    /// Reads `dd.mm.yy hh:mm:ss` or `hh:mm:ss`; `None` for anything else.
    ///
    /// ```
    /// use call_monitor::Stamp;
    /// let stamp = Stamp::parse(b"16.06.20 12:25:42").unwrap();
    /// assert_eq!((stamp.date.unwrap().year, stamp.second), (2020, 42));
    /// assert_eq!(stamp.to_string(), "16.06.20 12:25:42");
    /// ```
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Self> {
        match text.len() {
            17 => {
                let (date, rest) = text.split_first_chunk::<8>()?;
                let (&gap, time) = rest.split_first()?;
                let [day, month, year] = three(*date, b'.')?;
                if gap != b' ' || !(1..=31).contains(&day) || !(1..=12).contains(&month) {
                    return None;
                }
                let date = Date { year: 2000 + u16::from(year), month, day };
                Self::time(Some(date), *time.first_chunk::<8>()?)
            }
            8 => Self::time(None, *text.first_chunk::<8>()?),
            _ => None,
        }
    }

    #[inline]
    fn time(date: Option<Date>, text: [u8; 8]) -> Option<Self> {
        let [hour, minute, second] = three(text, b':')?;
        (hour < 24 && minute < 60 && second <= 60).then_some(Self { date, hour, minute, second })
    }

    /// Seconds since the first day of the year 2000, as if the wall clock never jumped: for comparing two
    /// stamps of one box. Without a date only the time of day counts.
    pub fn seconds(&self) -> i64 {
        let days = self.date.map_or(0, |d| days(d.year, d.month, d.day));
        let time = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        days * 86_400 + time
    }
}

/// Three two-digit numbers in eight bytes, with `mark` between them.
///
/// All eight bytes are checked at once: this runs for every line, and it is half of a line's work.
#[inline]
fn three(text: [u8; 8], mark: u8) -> Option<[u8; 3]> {
    const HIGH: u64 = 0xf0f0_00f0_f000_f0f0;
    const DIGIT: u64 = 0x3030_0030_3000_3030;
    const SIX: u64 = 0x0606_0006_0600_0606;
    if text[2] != mark || text[5] != mark {
        return None;
    }
    let word = u64::from_le_bytes(text) & 0xffff_00ff_ff00_ffff;
    // A digit has 3 in its upper half, and still has after 6 was added.
    if word & HIGH != DIGIT || (word.wrapping_add(SIX)) & HIGH != DIGIT {
        return None;
    }
    let two = |at: usize| (text[at] & 0x0f) * 10 + (text[at + 1] & 0x0f);
    Some([two(0), two(3), two(6)])
}

/// Days from 1 January 2000 to a day of this century.
fn days(year: u16, month: u8, day: u8) -> i64 {
    // March is the first month here, so that the leap day is the last day of a year.
    let (y, m) = if month <= 2 { (i64::from(year) - 1, month + 9) } else { (i64::from(year), month - 3) };
    let day_of_year = (153 * i64::from(m) + 2) / 5 + i64::from(day) - 1;
    y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 730_425
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Date { year, month, day }) = self.date {
            write!(f, "{day:02}.{month:02}.{:02} ", year % 100)?;
        }
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_across_leap_years() {
        assert_eq!(days(2000, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 60);
        assert_eq!(days(2020, 6, 16), 7472);
        assert_eq!(days(2021, 1, 1) - days(2020, 1, 1), 366);
    }

    #[test]
    fn only_digits_and_marks_in_their_places_are_a_stamp() {
        assert!(Stamp::parse(b"29.02.24 23:59:60").is_some());
        for wrong in [
            "16.06.20 12:25:4",
            "16.06.20 12:25:4x",
            "16.06.2O 12:25:42",
            "16-06-20 12:25:42",
            "16.06.20T12:25:42",
            "00.06.20 12:25:42",
            "16.13.20 12:25:42",
            "16.06.20 24:25:42",
            "16.06.20 12:60:42",
            "16.06.20 12:25:61",
            ":6.06.20 12:25:42",
            "",
        ] {
            assert_eq!(Stamp::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
