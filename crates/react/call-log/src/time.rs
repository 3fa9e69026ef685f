//! Times as the log keeps them: milliseconds since 1970 in UTC, and the day on the caller's wall clock.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike as _, Local, NaiveDate, Offset as _, TimeZone as _, Utc};

/// Milliseconds since 1970; earlier times are 1970.
pub(crate) fn millis(at: SystemTime) -> i64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// The time that lies so many milliseconds after 1970.
pub(crate) fn from_millis(ms: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// How many minutes the wall clock of this machine's zone was ahead of UTC at that time.
pub fn local_offset(at: SystemTime) -> i32 {
    DateTime::from_timestamp_millis(millis(at))
        .map_or(0, |utc| Local.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc() / 60)
}

/// `2026-11-20T22:41:00.123Z`
pub(crate) fn rfc3339(at: SystemTime) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis(at))
        .map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// `2026-11-20 23:41:00` on a wall clock that is so many minutes ahead of UTC.
pub fn wall_time(at: SystemTime, offset_minutes: i32) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis(at) + i64::from(offset_minutes) * 60_000)
        .map(|t| t.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// A day on the wall clock, written `2026-11-20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub(crate) i64);

impl Day {
    /// The day of that time on a wall clock that is so many minutes ahead of UTC.
    pub fn of(at: SystemTime, offset_minutes: i32) -> Self {
        Self((millis(at) + i64::from(offset_minutes) * 60_000).div_euclid(86_400_000))
    }

    /// Midnight in UTC at which the day begins there; 1970 for earlier days.
    pub fn start_utc(self) -> SystemTime {
        from_millis(self.0.saturating_mul(86_400_000))
    }

    /// So many days later, or earlier.
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first day of this day's month.
    pub fn month_start(self) -> Self {
        self.date().and_then(|d| d.with_day(1)).map_or(self, Self::from_date)
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> usize {
        // 1 January 1970 was a Thursday. The remainder lies in 0..7.
        usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or(0)
    }

    fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.0 + UNIX_DAY).ok()?)
    }

    fn from_date(date: NaiveDate) -> Self {
        Self(i64::from(date.num_days_from_ce()) - UNIX_DAY)
    }
}

/// Days from the beginning of year 1 to 1970.
const UNIX_DAY: i64 = 719_163;

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => date.fmt(f),
            None => write!(f, "day {}", self.0),
        }
    }
}

/// The text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a day; write it as 2026-11-20")]
pub struct NotADay(String);

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::from_date).map_err(|_| NotADay(text.into()))
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_print_read_and_have_weekdays() {
        let day: Day = "2026-11-20".parse().unwrap();
        assert_eq!(day.to_string(), "2026-11-20");
        assert_eq!(day.weekday(), 4, "a Friday");
        assert_eq!(day.plus(11).to_string(), "2026-12-01");
        assert_eq!(day.month_start().to_string(), "2026-11-01");
        assert!("20.11.2026".parse::<Day>().is_err());
        let at = from_millis(1_795_214_460_000);
        assert_eq!(Day::of(at, 0).to_string(), "2026-11-20");
        assert_eq!(Day::of(at, 120).to_string(), "2026-11-21");
        assert_eq!(wall_time(at, 60), "2026-11-20 23:41:00");
        assert_eq!(rfc3339(at), "2026-11-20T22:41:00.000Z");
    }
}
