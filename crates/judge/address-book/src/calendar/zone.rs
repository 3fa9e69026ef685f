//! Wall times to moments, the same way everywhere.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// The clock that an event's wall times are on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Zone {
    /// A zone with its summer times.
    Named(chrono_tz::Tz),
    /// A fixed distance from UTC.
    Fixed(FixedOffset),
}

impl Zone {
    /// The moment of a wall time. One that the clock skips is read with the offset before the change (02:30
    /// becomes 03:30), one that comes twice is the first: so RFC 5545 has it.
    pub(super) fn moment(self, wall: NaiveDateTime) -> DateTime<Utc> {
        match self {
            Self::Fixed(offset) => {
                wall.checked_sub_offset(offset).map_or(DateTime::<Utc>::MAX_UTC, |utc| utc.and_utc())
            }
            Self::Named(tz) => match tz.from_local_datetime(&wall) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
                LocalResult::None => {
                    // No change of clocks is longer than a day.
                    let before = wall - TimeDelta::days(1);
                    let offset = match tz.offset_from_local_datetime(&before) {
                        LocalResult::Single(o) | LocalResult::Ambiguous(o, _) => chrono::Offset::fix(&o),
                        LocalResult::None => chrono::Offset::fix(&Utc),
                    };
                    Self::Fixed(offset).moment(wall)
                }
            },
        }
    }

    /// The wall time at a moment.
    pub(super) fn wall(self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Named(tz) => at.with_timezone(&tz).naive_local(),
            Self::Fixed(offset) => at.with_timezone(&offset).naive_local(),
        }
    }
}
