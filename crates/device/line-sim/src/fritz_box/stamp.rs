//! The box's clock: wall time, here always UTC.

use std::time::{SystemTime, UNIX_EPOCH};

use call_monitor::{Date, Stamp};

/// What the box's clock shows now.
pub(super) fn now() -> Stamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of the year 0 of the proleptic Gregorian calendar.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let small = |n: u64| u8::try_from(n).unwrap_or_default();
    Stamp {
        date: Some(Date {
            year: u16::try_from(year).unwrap_or(2099).clamp(2000, 2099),
            month: small(month),
            day: small(day),
        }),
        hour: small(time / 3600),
        minute: small(time / 60 % 60),
        second: small(time % 60),
    }
}

/// Date and time to the minute, as the call list writes them.
pub(super) fn minute(stamp: &Stamp) -> String {
    let text = stamp.to_string();
    text.get(..text.len().saturating_sub(3)).unwrap_or_default().to_owned()
}
