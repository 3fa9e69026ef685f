//! Times of day, days of the week and holidays, in a time zone.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use address_book::calendar::Calendar;
use chrono::{
    DateTime, Datelike, Days, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc, Weekday,
};
use chrono_tz::Tz;

use crate::Error;

/// The time zone of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// The computer's own.
    Local,
    /// One by name.
    Named(Tz),
}

impl Zone {
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        name.parse()
            .map(Self::Named)
            .map_err(|_| format!("{name:?} is no time zone; write for example Europe/Berlin"))
    }

    /// The wall clock at a moment. Every moment has one, on the days on which clocks change too.
    pub(crate) fn wall_clock(self, at: SystemTime) -> NaiveDateTime {
        let at: DateTime<Utc> = DateTime::<Utc>::from_timestamp(super::list::unix(at), 0).unwrap_or_default();
        match self {
            Self::Local => at.with_timezone(&Local).naive_local(),
            Self::Named(zone) => at.with_timezone(&zone).naive_local(),
        }
    }

    fn tz(self) -> Tz {
        match self {
            Self::Named(zone) => zone,
            Self::Local => Tz::UTC,
        }
    }

    /// Noon of a day, which every zone has on all but a handful of days in history.
    fn noon(self, day: NaiveDate) -> DateTime<Utc> {
        let noon = day.and_hms_opt(12, 0, 0).unwrap_or_default();
        match self {
            Self::Named(zone) => zone.from_local_datetime(&noon).earliest().map(|t| t.with_timezone(&Utc)),
            Self::Local => None,
        }
        .unwrap_or_else(|| noon.and_utc())
    }
}

/// The days that count as `holiday`.
#[derive(Debug, Default)]
pub(crate) struct Holidays {
    days: Vec<NaiveDate>,
    calendar: Option<(Calendar, Zone)>,
    /// The last day that was asked for: most calls of a day ask the same.
    last: Mutex<Option<(NaiveDate, bool)>>,
}

impl Holidays {
    /// Reads a calendar file, or lines of `YYYY-MM-DD name`.
    pub(crate) fn open(path: &Path, zone: Zone) -> Result<(Arc<Self>, Vec<String>), Error> {
        let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let text = String::from_utf8_lossy(&bytes);
        let mut problems = Vec::new();
        let mut holidays = Self::default();
        if text.to_ascii_uppercase().contains("BEGIN:VCALENDAR") {
            // Whole days of a calendar are read in the zone in which noon is asked for.
            let (calendar, troubles) = Calendar::read(&bytes, zone.tz());
            problems.extend(troubles.iter().map(|problem| format!("{}: {problem}", path.display())));
            holidays.calendar = Some((calendar, zone));
        } else {
            for (index, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                match line.get(..10).and_then(|day| day.parse().ok()) {
                    Some(day) => holidays.days.push(day),
                    None => {
                        problems.push(format!(
                            "{}:{}: no day YYYY-MM-DD at its beginning",
                            path.display(),
                            index + 1
                        ));
                    }
                }
            }
            holidays.days.sort_unstable();
        }
        Ok((Arc::new(holidays), problems))
    }

    pub(crate) fn has(&self, day: NaiveDate) -> bool {
        let Some((calendar, zone)) = &self.calendar else { return self.days.binary_search(&day).is_ok() };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, holiday)) = *last
            && known == day
        {
            return holiday;
        }
        let holiday = calendar.at(zone.noon(day)).next().is_some();
        *last = Some((day, holiday));
        holiday
    }
}

/// When a rule holds.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    zone: Zone,
    windows: Vec<(NaiveTime, NaiveTime)>,
    /// Bit n is set for the n-th day after Monday.
    weekdays: u8,
    holidays: Option<Arc<Holidays>>,
    on_holidays: bool,
    not_on_holidays: bool,
}

impl Schedule {
    /// Reads the times and days of a rule; `None` if it has neither.
    pub(crate) fn read(
        times: &[String],
        days: &[String],
        zone: Zone,
        holidays: Option<&Arc<Holidays>>,
    ) -> Result<Option<Self>, String> {
        if times.is_empty() && days.is_empty() {
            return Ok(None);
        }
        let windows = times.iter().map(|text| read_window(text)).collect::<Result<_, _>>()?;
        let mut schedule = Self {
            zone,
            windows,
            weekdays: 0,
            holidays: holidays.cloned(),
            on_holidays: false,
            not_on_holidays: false,
        };
        for day in days {
            match day.to_ascii_lowercase().as_str() {
                "weekday" => schedule.weekdays |= 0b001_1111,
                "weekend" => schedule.weekdays |= 0b110_0000,
                "holiday" => schedule.on_holidays = true,
                "not-holiday" => schedule.not_on_holidays = true,
                name => {
                    let weekday: Weekday = name.parse().map_err(|_| {
                        format!("{day:?} is no day; use mon to sun, weekday, weekend, holiday or not-holiday")
                    })?;
                    schedule.weekdays |= 1 << weekday.num_days_from_monday();
                }
            }
        }
        if (schedule.on_holidays || schedule.not_on_holidays) && holidays.is_none() {
            return Err("holidays are asked for, but no file of holidays is given".into());
        }
        Ok(Some(schedule))
    }

    /// Whether it holds at a moment.
    pub(crate) fn holds(&self, at: SystemTime) -> bool {
        let clock = self.zone.wall_clock(at);
        let (day, time) = (clock.date(), clock.time());
        if self.windows.is_empty() {
            return self.on_day(day);
        }
        self.windows.iter().any(|&(from, to)| {
            if from < to {
                (from..to).contains(&time) && self.on_day(day)
            } else {
                // Past midnight it still belongs to the day before.
                time >= from && self.on_day(day)
                    || time < to
                        && day.checked_sub_days(Days::new(1)).is_some_and(|yesterday| self.on_day(yesterday))
            }
        })
    }

    fn on_day(&self, day: NaiveDate) -> bool {
        let holiday = || self.holidays.as_ref().is_some_and(|holidays| holidays.has(day));
        if self.not_on_holidays && holiday() {
            return false;
        }
        let any_weekday = self.weekdays == 0 && !self.on_holidays;
        any_weekday
            || self.weekdays & 1 << day.weekday().num_days_from_monday() != 0
            || self.on_holidays && holiday()
    }
}

fn read_window(text: &str) -> Result<(NaiveTime, NaiveTime), String> {
    let bad = || format!("{text:?} is no time of day; write for example 22:00-07:00");
    let (from, to) = text.split_once('-').ok_or_else(bad)?;
    let time = |text: &str| {
        let text = text.trim();
        if text == "24:00" {
            return Some(NaiveTime::MIN);
        }
        let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
        NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
    };
    let (from, to) = (time(from).ok_or_else(bad)?, time(to).ok_or_else(bad)?);
    if from == to && from.num_seconds_from_midnight() != 0 {
        return Err(format!("{text:?} begins when it ends; for the whole day leave it out"));
    }
    Ok((from, to))
}
